"""Checks of arguments that every verb shares; each failure is one sentence with a way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
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
    if hasattr(frame, "to_pandas"):
        raise error(f"{argument}= must be a pandas DataFrame; give {argument}.to_pandas().")


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
        hints = [f"{c!r} is not a column: {hint_for(c, names)}" for c in missing]
        said = "; ".join([*(hint.rstrip(".") for hint in hints[:-1]), hints[-1]])
        raise error(f"{argument}= names {len(missing)} unknown column(s): {said}")
    doubled = sorted({c for c in columns if names.count(c) > 1})
    if doubled:
        raise error(
            f"{argument}= names column(s) that stand more than once in the frame: "
            f"{', '.join(map(repr, doubled))}; rename or drop the copies first."
        )


def is_time(column: pd.Series) -> bool:
    """Whether a column holds dates or lengths of time: pandas would count them in ticks."""
    return getattr(column.dtype, "kind", "") in "mM" or str(column.dtype).startswith("period")


def require_numbers(
    frame: pd.DataFrame, columns: Sequence[str], *, argument: str, error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse columns with text or infinity where numbers are needed; the count is told, never a value."""
    import numpy as np
    import pandas as pd

    for column in columns:
        values = frame[column]
        dates = int(values.notna().sum()) if is_time(values) else 0
        if pd.api.types.is_numeric_dtype(values):
            endless = int(np.isinf(values.to_numpy(dtype=float, na_value=0.0)).sum())
            if endless:
                raise error(f"{argument}={column!r} is infinite in {endless} row(s); make it missing.")
            continue
        n = dates or int((values.notna() & pd.to_numeric(values, errors="coerce").isna()).sum())
        if n:
            raise error(
                f"{argument}={column!r} holds {n} row(s) with text or dates where numbers were expected; "
                "make them numbers, or missing, first."
            )


def require_one_row_each(frame: pd.DataFrame, id: str, *, argument: str, error: type[IpsevalError]) -> None:
    """Refuse a frame in which a person stands twice."""
    doubled = int(frame[id].duplicated().sum())
    if doubled:
        raise error(f"{argument}: {doubled} row(s) repeat a person in {id!r}; one row per person is needed.")


def require_apart(columns: Mapping[str, str | None], *, error: type[IpsevalError] = EstimationError) -> None:
    """Refuse one column for two arguments; None is an argument that is not given."""
    seen: dict[str, str] = {}
    for argument, column in columns.items():
        if column is not None and seen.setdefault(column, argument) != argument:
            raise error(f"{seen[column]}= and {argument}= both name {column!r}; give each its own column.")


def require_one_kind(
    frame: pd.DataFrame, column: str, *, argument: str, error: type[IpsevalError] = EstimationError
) -> None:
    """Refuse a column that mixes text with numbers or dates, since it has no order."""
    import pandas as pd

    if pd.api.types.infer_dtype(frame[column], skipna=True).startswith("mixed"):
        raise error(f"{argument}={column!r} mixes text with numbers or dates; make it one kind first.")


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


def require_whole(
    value: object,
    *,
    argument: str,
    least: int = 1,
    most: int | None = None,
    error: type[IpsevalError] = EstimationError,
) -> None:
    """Refuse what is no whole number from `least` to `most`; True and 3.0 are none."""
    said = type(value).__name__
    if isinstance(value, Integral) and not isinstance(value, bool):
        said = f"{int(value)}"
        if least <= int(value) and (most is None or int(value) <= most):
            return
    upto = "or more" if most is None else f"to {most}"
    raise error(f"{argument}= must be a whole number, {least} {upto}, not {said}.")
