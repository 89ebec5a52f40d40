"""The Jupyter guard: frames of persons show their shape and nothing else."""

from __future__ import annotations

import sys
from typing import Any

from ipseval.core.errors import DisclosureError
from ipseval.core.identity_columns import column_identity
from ipseval.core.microdata import is_marked

LOOKED_AT = 200
_HELD = (("pandas", "DataFrame"), ("pandas", "Series"), ("polars.dataframe.frame", "DataFrame"))
KEYS = ("cpr", "pnr", "person")


def guard(on: bool = True) -> bool:
    """Show only the shape of frames that hold rows of persons, for the rest of the session.

    Parameters
    ----------
    on
        False takes the guard away again.

    Returns
    -------
    bool
        Whether the guard stands; False outside IPython and Jupyter, where nothing is changed.

    Notes
    -----
    A frame or column is held back when it came from a reader of ipseval (the mark in `attrs`), or when a
    column or the index holds personal numbers, or is named as a key of persons and is different in every row.
    Polars frames are judged by their columns.  Tracebacks are cut to the plain form.

    What it cannot hold back: `print(frame)`, `frame.to_html()`, single values, lists and arrays, pictures,
    the message of an error of another package, and frames that lost their mark (a merge with an unmarked
    frame) and have no column that tells persons apart.  A summary of a marked frame keeps the mark and is
    held back too: clear it with `summary.attrs.clear()`.
    Scan the notebook before it leaves (`ips.scan`).

    Raises
    ------
    DisclosureError
        When `on` is neither True nor False.

    Examples
    --------
    >>> guard()
    False
    """
    if not isinstance(on, bool):
        raise DisclosureError(f"on= must be True or False, not {type(on).__name__}.")
    shell = _shell()
    if shell is None:
        return False
    for formatter in shell.display_formatter.formatters.values():
        for module, name in (
            ("pandas", "DataFrame"),
            ("pandas", "Series"),
            ("polars.dataframe.frame", "DataFrame"),
        ):
            _set(formatter, module, name, on)
    if on:
        shell.InteractiveTB.set_mode("Plain")
    else:
        shell.InteractiveTB.set_mode("Context")
    return on


def _shell() -> Any:
    """Give the running IPython shell without importing IPython where it is not."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _set(formatter: Any, module: str, name: str, on: bool) -> None:
    """Register or take away one formatter; each kind of output must hold back for itself."""
    kind = formatter.format_type
    loaded = sys.modules.get(module)
    target = getattr(loaded, name, None) or f"{module}.{name}"
    if not on:
        formatter.pop(target, None)
    elif kind == "text/plain":
        formatter.for_type(target, _plain)
    elif kind == "text/html":
        formatter.for_type(target, _html)
    else:
        formatter.for_type(target, _other(formatter.print_method))


def _plain(value: Any, printer: Any, cycle: bool) -> None:
    printer.text(shape(value) if holds_persons(value) else repr(value))


def _html(value: Any) -> str | None:
    if holds_persons(value):
        return f"<p><code>{shape(value)}</code></p>"
    made = getattr(value, "_repr_html_", None)
    return made() if made is not None else None


def _other(method: str) -> Any:
    def shown(value: Any) -> Any:
        made = getattr(value, method, None)
        return None if made is None or holds_persons(value) else made()

    return shown


def shape(value: Any) -> str:
    """Say how large a frame or column is, never what is in it."""
    if len(value.shape) == 1:
        return f"<{value.shape[0]} values of persons, held back by ipseval.guard()>"
    return f"<{value.shape[0]} rows of persons, {value.shape[1]} columns, held back by ipseval.guard()>"


def holds_persons(value: Any) -> bool:
    """Say whether a frame or column is marked as rows of persons, or looks like them."""
    if is_marked(value):
        return True
    frame = value.head(LOOKED_AT)
    if hasattr(frame, "to_pandas"):
        frame = frame.to_pandas()
    if len(frame.shape) == 1:
        frame = frame.to_frame(str(frame.name or ""))
    frame = frame.reset_index()
    return any(_tells_apart(str(frame.columns[k]), frame.iloc[:, k]) for k in range(frame.shape[1]))


def _tells_apart(name: str, column: Any) -> bool:
    found = column_identity(name, column)
    if found is None or found.kind not in KEYS:
        return False
    return found.by == "values" or found.kind != "person" or (len(column) > 1 and bool(column.is_unique))
