"""Checks of arguments that every verb shares; each failure is one sentence with a way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ipseval.core.errors import EstimationError, IpsevalError

if TYPE_CHECKING:
    import pandas as pd


def near_names(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Names that resemble `name`, best first; upper and lower case count as the same."""
    by_folded = {other.casefold(): other for other in names}
    hits = difflib.get_close_matches(name.casefold(), by_folded, n=most, cutoff=0.6)
    return [by_folded[hit] for hit in hits]


def hint_for(name: str, names: Iterable[str]) -> str:
    """Build the closing half-sentence that offers near names, or says what there is."""
    names = list(names)
    near = near_names(name, names)
    if near:
        return "did you mean " + " or ".join(repr(n) for n in near) + "?"
    shown = ", ".join(repr(n) for n in names[:8])
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"there are {shown}{more}." if names else "there are none."


def require_frame(
    frame: object, *, argument: str = "frame", error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse what is no DataFrame; anything with columns and rows passes."""
    if not hasattr(frame, "columns"):
        inside = hasattr(getattr(frame, "data", None), "columns")
        hint = "give its .data" if inside else "give the data themselves"
        raise error(f"{argument}= must be a DataFrame, not {type(frame).__name__}; {hint}.")


def require_columns(
    frame: pd.DataFrame,
    columns: Sequence[str],
    *,
    argument: str,
    error: type[IpsevalError] = EstimationError,
) -> None:
    """Refuse columns that `frame` does not have, all at once, offering near names."""
    require_frame(frame, error=error)
    odd = [type(c).__name__ for c in columns if not isinstance(c, str)]
    if odd:
        raise error(f"{argument}= must name columns as text, not as {odd[0]}; put its name in quotes.")
    names = [str(c) for c in frame.columns]
    missing = [c for c in columns if c not in names]
    if missing:
        said = "; ".join(f"{c!r} is not a column: {hint_for(c, names)}" for c in missing)
        raise error(f"{argument}= names {len(missing)} unknown column(s): {said}")
    doubled = sorted({c for c in columns if names.count(c) > 1})
    if doubled:
        raise error(
            f"{argument}= names column(s) that stand more than once in the frame: "
            f"{', '.join(map(repr, doubled))}; rename or drop the copies first."
        )


def require_numbers(
    frame: pd.DataFrame, columns: Sequence[str], *, argument: str, error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse columns that hold text where numbers are needed; the count is told, never a value."""
    import pandas as pd

    for column in columns:
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values):
            continue
        n = int((values.notna() & pd.to_numeric(values, errors="coerce").isna()).sum())
        if n:
            raise error(
                f"{argument}={column!r} holds {n} row(s) with text or dates where numbers were expected; "
                "make them numbers, or missing, first."
            )


def require_option(
    value: object, options: Sequence[str], *, argument: str, error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse an option that is not offered, and say which are."""
    if value not in options:
        said = ", ".join(repr(o) for o in options)
        raise error(f"{argument}={value!r} is not offered: choose one of {said}.")


def require_level(
    level: float, *, argument: str = "level", error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse a confidence level outside (0, 1); 95 instead of 0.95 is the usual slip."""
    if not (isinstance(level, int | float) and 0.0 < level < 1.0):
        raise error(f"{argument}={level!r} is not a confidence level: give a share such as 0.95.")
