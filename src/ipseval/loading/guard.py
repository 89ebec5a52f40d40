"""The Jupyter guard: frames of persons show their shape and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ipseval.core.errors import DisclosureError
from ipseval.core.identity_columns import (
    DESCRIBING,
    KEY_KINDS,
    column_identity,
    is_vague,
    kind_by_name,
    tells_of_persons,
)
from ipseval.core.microdata import is_marked

LOOKED_AT = 200
_HELD = (
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("pandas.io.formats.style", "Styler"),
    ("polars.dataframe.frame", "DataFrame"),
)
_SAID = {
    "stands": "Guard: frames and columns of persons show their shape only. print(), single values and "
    "pictures are not held back; ips.guard(False) takes it away, ips.scan looks at the notebook.",
    "gone": "Guard: taken away; frames of persons show their rows again.",
    "outside": "Guard: not set up, since this is not IPython or Jupyter.",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class Guard:
    """Whether the guard stands: a sentence to read, and true or false to ask."""

    state: str

    def __bool__(self) -> bool:
        """Say whether frames of persons are held back now."""
        return self.state == "stands"

    def __repr__(self) -> str:
        """Say it in a sentence."""
        return f"<{_SAID[self.state]}>"


def guard(on: bool = True) -> Guard:
    """Show only the shape of frames that hold rows of persons, for the rest of the session.

    Parameters
    ----------
    on
        False takes the guard away again.

    Returns
    -------
    Guard
        A sentence that says whether the guard stands, true or false when asked; outside IPython and Jupyter
        nothing is changed.

    Notes
    -----
    A frame, a column or a row is held back when it came from a reader of ipseval (the mark in `attrs`); when
    a column or the index holds personal numbers, or is named as a key of persons and differs in every row;
    when columns are named after first names, last names or dates of birth, or a name stands beside an
    address; and when it is cut out of such a frame that has a name in the notebook (some of its columns or
    rows under their old index).  Polars frames are judged by their columns.  Tracebacks are cut to the plain
    form.

    What it cannot hold back: `print(frame)`, `frame.to_html()`, single values, arrays, pictures, the message
    of an error of another package, and frames that lost both their mark and their index (a merge with an
    unmarked frame, `reset_index`) and have no column that tells persons apart.  A summary of a marked frame
    keeps the mark and is held back too: clear it with `summary.attrs.clear()`.
    Scan the notebook before it leaves (`ips.scan`).

    Raises
    ------
    DisclosureError
        When `on` is neither True nor False.

    Examples
    --------
    >>> import ipseval as ips
    >>> ips.guard()
    <Guard: not set up, since this is not IPython or Jupyter.>
    """
    if not isinstance(on, bool):
        raise DisclosureError(f"on= must be True or False, not {type(on).__name__}.")
    shell = _shell()
    if shell is None:
        return Guard("outside")
    for formatter in shell.display_formatter.formatters.values():
        for module, name in _HELD:
            _set(formatter, module, name, on)
    shell.InteractiveTB.set_mode("Plain" if on else "Context")
    return Guard("stands" if on else "gone")


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
    value = _unstyled(value)
    if len(value.shape) == 1:
        return f"<{value.shape[0]} values of persons, held back by ipseval.guard()>"
    return f"<{value.shape[0]} rows of persons, {value.shape[1]} columns, held back by ipseval.guard()>"


def holds_persons(value: Any) -> bool:
    """Say whether a frame, a column or a row is marked as persons, looks like them, or is cut out of such."""
    value = _unstyled(value)
    return (
        is_marked(value)
        or _looks_like_persons(value)
        or any(_cut_from(value, w) for w in _frames_of_persons())
    )


def _unstyled(value: Any) -> Any:
    """Give the frame behind a styled one."""
    return value.data if type(value).__name__ == "Styler" else value


def _looks_like_persons(value: Any) -> bool:
    frame = value.head(LOOKED_AT)
    if hasattr(frame, "to_pandas"):
        frame = frame.to_pandas()
    if len(frame.shape) == 1:
        if _is_row(frame):
            return True
        frame = frame.to_frame(str(frame.name or ""))
    elif any(_is_row(frame.iloc[:, k]) for k in range(min(3, frame.shape[1]))):
        return True
    frame = frame.reset_index(names=[f"{n or ''}" for n in frame.index.names], allow_duplicates=True)
    columns = [str(c) for c in frame.columns]
    if len(frame) and tells_of_persons(columns):
        return True
    return any(_tells_apart(name, frame.iloc[:, k]) for k, name in enumerate(columns))


def _is_row(column: Any) -> bool:
    """Say whether one person's values stand under one another: a text beside the name of its column."""
    labels = [str(label) for label in column.index]
    told = [
        k for k, n in enumerate(labels) if kind_by_name(n) in (*KEY_KINDS, *DESCRIBING) and not is_vague(n)
    ]
    return any(isinstance(column.iloc[k], str) for k in told)


def _tells_apart(name: str, column: Any) -> bool:
    found = column_identity(name, column)
    if found is None or found.kind not in KEY_KINDS:
        return False
    return found.by == "values" or found.kind != "person" or (len(column) > 1 and bool(column.is_unique))


def _frames_of_persons() -> Iterator[Any]:
    """Give the pandas frames of persons that have a name in the notebook."""
    pandas, shell = sys.modules.get("pandas"), _shell()
    if pandas is None or shell is None:
        return
    named = {id(v): v for v in list(shell.user_ns.values()) if isinstance(v, pandas.DataFrame)}
    yield from (v for v in named.values() if is_marked(v) or _looks_like_persons(v))


def _cut_from(part: Any, whole: Any) -> bool:
    """Say whether values stand in a frame of persons under the same index and columns, or turned."""
    if not hasattr(part, "iloc") or not (whole.index.is_unique and whole.columns.is_unique) or not len(part):
        return False
    frame = part.head(LOOKED_AT)
    frame = frame.to_frame() if len(frame.shape) == 1 else frame
    return _stands_in(frame, whole) or _stands_in(frame.T.head(LOOKED_AT), whole)


def _stands_in(part: Any, whole: Any) -> bool:
    columns, rows = whole.columns.get_indexer(part.columns), whole.index.get_indexer(part.index)
    if (columns < 0).any() or (rows < 0).any():
        return False
    same = whole.iloc[rows, columns]
    return bool(same.astype(object).equals(part.astype(object)))
