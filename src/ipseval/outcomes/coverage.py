"""Which weeks a file has, so that weeks it does not have are never counted as weeks of nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_label
from ipseval.outcomes.spells import Spells

Ints = NDArray[np.int64]
Span = tuple[int, int]
PIECE = 65_536


@dataclass(frozen=True, eq=False)
class Coverage:
    """The weeks of a file: `before[k]` of them lie before the k-th week from the first."""

    first: int
    before: Ints

    @property
    def last(self) -> int:
        """The last week."""
        return self.first + len(self.before) - 2

    def weeks(self, begin: Ints, finish: Ints) -> Ints:
        """Count the weeks the file has from `begin` to `finish`, both included."""
        most = len(self.before) - 1
        low, high = np.clip(begin - self.first, 0, most), np.clip(finish + 1 - self.first, 0, most)
        return np.asarray(self.before[np.maximum(high, low)] - self.before[low])

    def lacking(self, index: Ints, spans: Sequence[Span]) -> NDArray[np.bool_]:
        """Say for each index week and span around it whether the file lacks some of its weeks."""
        low, gone = self._by_week(spans)
        return np.asarray(gone.take(_places(index, low, gone), axis=0))

    def n_lacking(self, index: Ints, spans: Sequence[Span]) -> int:
        """Count the index weeks of which some span is not covered whole."""
        low, gone = self._by_week(spans)
        some = np.asarray(gone.any(axis=1))
        pieces = (index[k : k + PIECE] for k in range(0, len(index), PIECE))
        return sum(int(some.take(_places(piece, low, some)).sum()) for piece in pieces)

    def _by_week(self, spans: Sequence[Span]) -> tuple[int, NDArray[np.bool_]]:
        """Say it for every week from one, which is told, on.

        Before and beyond them every span lies outside the file, so few weeks stand for all persons.
        """
        low = self.first - max(b for _, b in spans) - 1
        each = np.arange(low, self.last - min(a for a, _ in spans) + 2)
        gone = [self.weeks(each + a, each + b) < b + 1 - a for a, b in spans]
        return low, np.column_stack(gone)


def _places(index: Ints, low: int, table: NDArray[np.bool_]) -> Ints:
    return np.clip(index, low, low + len(table) - 1) - low


def coverage_of(weeks: Collection[int]) -> Coverage:
    """Give the coverage of some weeks."""
    first = min(weeks)
    there = np.zeros(max(weeks) - first + 1, dtype=np.int64)
    there[np.fromiter(weeks, dtype=np.int64) - first] = 1
    return Coverage(first, np.concatenate(([0], np.cumsum(there))))


def coverage_of_spells(spells: Spells) -> Coverage:
    """Give the coverage of spells of codes: their weeks without those that the file lacked."""
    gone = set(spells.gap_weeks())
    return coverage_of([w for w in range(spells.first_week, spells.last_week + 1) if w not in gone])


def widest(index: Ints, first: int, last: int) -> str:
    """Say how wide a window may be for all to be covered by the weeks from `first` to `last`."""
    span = f"{week_label(first)} to {week_label(last)}"
    a, b = first - int(index.min()), last - int(index.max())
    if a > b:
        return f"DREAM has {span}, and no one window fits all of these index dates"
    return f"DREAM has {span}, so the widest window that fits all of these index dates is ({a}, {b})"


def require_spans(index: Ints, spans: Sequence[Span], coverage: Coverage) -> None:
    """Refuse spans of which DREAM lacks weeks for some persons."""
    n = coverage.n_lacking(index, spans)
    if n:
        raise DesignError(
            f"spans=: DREAM lacks weeks of {', '.join(map(str, spans))} for {n} of {len(index)} persons of "
            f"people; {widest(index, coverage.first, coverage.last)}: shorten the spans, leave these persons "
            "out, or give them missing values with incomplete='missing'."
        )
