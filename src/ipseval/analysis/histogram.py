"""A histogram whose bars hold enough people: neighbouring bars are joined until they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from ipseval.analysis.describe import describe
from ipseval.core.checks import require_columns, require_frame, require_numbers
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import BELOW, Count, Sum, population, where
from ipseval.core.result import Note, Result


def histogram(
    frame: pd.DataFrame,
    *,
    column: str,
    edges: Sequence[float],
    by: str | None = None,
    id: str | None = None,
    least: int = 5,
    level: float = 0.95,
) -> Result:
    """Count people in bars of a number, with bars joined until each holds nobody or enough people.

    Parameters
    ----------
    frame
        One row per person (per person and group when `by` is a wave).
    column
        The number.
    edges
        Where bars begin and end, rising; a bar holds its lower edge, the last one its upper edge, too.
    by
        Column of groups; bars are joined until each is large enough in every group, so all have the same.
    id
        Person column.
    least
        Fewest persons in a bar.
    level
        Confidence level of the shares, between 0 and 1.

    Returns
    -------
    Result
        As `ips.describe`, with a row per bar ("20-30") and group.

    Raises
    ------
    EstimationError
        Edges that do not rise, numbers outside them, fewer than `least` persons in all.

    Notes
    -----
    Assumptions: as `ips.describe`.  Missing data: persons without the number are counted, and in no bar.
    Checked against: tests/reporting_disclosure (by hand).

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"age": [18, 19, 19, 20, 21, 22, 23, 27, 29]})
    >>> bars = ips.histogram(people, column="age", edges=[18, 20, 25, 30], least=3).estimates
    >>> bars[["term", "n_events"]].to_string(index=False, header=False).split()
    ['18-20', '3', '20-30', '6']
    """
    require_frame(frame)
    require_columns(frame, [column, *([by] if by else [])], argument="column and by")
    require_numbers(frame, [column], argument="column")
    numbers = pd.to_numeric(frame[column]).astype(float)
    ends = _checked(edges, numbers, column, least)
    groups = [numbers] if by is None else [numbers[frame[by] == g] for g in frame[by].dropna().unique()]
    merged = _merged(ends, [np.histogram(g.dropna(), ends)[0] for g in groups], least, column)
    names = [f"{a:g}-{b:g}" for a, b in pairwise(merged)]
    spot = np.clip(np.searchsorted(merged, numbers, side="right") - 1, 0, len(names) - 1)
    words = pd.Series(np.array(names, dtype=object)[spot], index=frame.index).where(numbers.notna(), None)
    result = describe(
        frame.assign(**{column: words}), columns=[column], by=by, id=id, levels={column: names}, level=level
    )
    if result.evidence is not None:
        counts, sums = _below(result.estimates, column, by, merged[1:-1])
        told = replace(result.evidence, population=population(frame, id), counts=counts, sums=sums)
        result = replace(result, evidence=told)
    joined = len(ends) - len(merged)
    return (
        result.with_notes(Note("histogram_joined", values={"n": joined, "least": least}))
        if joined
        else result
    )


def _below(
    rows: pd.DataFrame, column: str, by: str | None, inner: Sequence[float]
) -> tuple[tuple[Count, ...], tuple[Sum, ...]]:
    """Persons below each inner edge, by group: what other bars of the same numbers share with these."""
    counts, sums = [], []
    bars = rows[rows["outcome"] == column]
    for group, own in bars.groupby("group", sort=False):
        others = where((by or "", str(group))) if group else where()
        before, n = None, 0
        for edge, term, events in zip(inner, own["term"], own["n_events"], strict=False):
            n += int(events)
            below = others | where((f"{column}{BELOW}", str(float(edge))))
            bar = others | where((column, str(term)))
            counts.append(Count(below, n))
            sums.append(Sum(below, (bar,) if before is None else (before, bar)))
            before = below
    return tuple(counts), tuple(sums)


def _checked(edges: Sequence[float], numbers: pd.Series, column: str, least: int) -> list[float]:
    ends = [float(e) for e in edges] if not isinstance(edges, str) else []
    if len(ends) < 2 or any(b <= a for a, b in pairwise(ends)):
        raise EstimationError("edges= must be at least two rising numbers, such as [18, 20, 25, 30].")
    if isinstance(least, bool) or not isinstance(least, int) or least < 1:
        raise EstimationError("least= must be a whole number of persons, 1 or more.")
    outside = int(((numbers < ends[0]) | (numbers > ends[-1])).sum())
    if outside:
        raise EstimationError(
            f"column={column!r} has {outside} row(s) outside edges=; widen the first or the last edge."
        )
    return ends


def _merged(ends: list[float], counts: list[np.ndarray], least: int, column: str) -> list[float]:
    """Join a bar that is too small in some group with the smaller of its neighbours, the first such first."""
    table = np.array(counts)
    if ((table.sum(axis=1) > 0) & (table.sum(axis=1) < least)).any():
        raise EstimationError(
            f"column={column!r} has a group (by=) of fewer than {least} person(s) (least=), too few for any "
            "bar: leave the group out, or join it with another."
        )
    ends = list(ends)
    while True:
        small = np.flatnonzero(((table > 0) & (table < least)).any(axis=0))
        if not len(small):
            return ends
        at = int(small[0])
        beside = [k for k in (at - 1, at + 1) if 0 <= k < table.shape[1]]
        first = min(at, min(beside, key=lambda k: int(table[:, k].sum())))
        joined = table[:, first] + table[:, first + 1]
        table = np.column_stack([table[:, :first], joined, table[:, first + 2 :]])
        del ends[first + 1]
