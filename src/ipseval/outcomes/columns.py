"""Counting weeks straight down the wide columns, without ever making spells.  Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.uint16]
Column = NDArray[np.generic]
MOST_INTERVALS = 3
TILE = 32_768


class CodeSet:
    """A set of codes made ready for testing whole columns.

    Few intervals are tested by comparing, which runs at the speed of memory; many by a table.
    """

    def __init__(self, codes: Iterable[int]) -> None:
        self.codes = tuple(sorted(set(codes)))
        self.intervals = _intervals(self.codes)
        self.table: Flags | None = None
        if len(self.intervals) > MOST_INTERVALS:
            self.table = np.zeros(2**16, dtype=bool)
            self.table[np.array(self.codes, dtype=np.int64) & 0xFFFF] = True

    def holds(self, column: Column) -> Flags:
        """Say which codes of a column are in the set."""
        if self.table is not None:
            unsigned = (
                column if column.dtype == np.uint8 else column.astype(np.int16, copy=False).view(np.uint16)
            )
            return np.asarray(self.table[unsigned])
        found = np.zeros(len(column), dtype=bool)
        limit = np.iinfo(column.dtype)
        for low, high in self.intervals:
            if high < limit.min or low > limit.max:
                continue
            if low == high:
                found |= column == column.dtype.type(low)
            else:
                found |= (column >= column.dtype.type(max(low, limit.min))) & (
                    column <= column.dtype.type(min(high, limit.max))
                )
        return found


def _intervals(codes: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def weeks_by_period(
    columns: Sequence[Column], periods: Sequence[tuple[int, int]], sets: Mapping[str, CodeSet]
) -> dict[str, Counts]:
    """Count each person's weeks in each set and period: name -> persons x periods.

    `periods` are first and last place among the columns.  Persons are walked in tiles that stay in the
    processor's cache.
    """
    n = len(columns[0])
    out = {name: np.zeros((len(periods), n), dtype=np.uint16) for name in sets}
    for low in range(0, n, TILE):
        tile = slice(low, min(low + TILE, n))
        for place, (first, last) in enumerate(periods):
            for name, codes in sets.items():
                out[name][place, tile] = _counted(columns, first, last, tile, codes)
    return {name: counts.T for name, counts in out.items()}


def _counted(columns: Sequence[Column], first: int, last: int, tile: slice, codes: CodeSet) -> Counts:
    """Count in bytes, up to 255 weeks at a time."""
    total = np.zeros(tile.stop - tile.start, dtype=np.uint16)
    for start in range(first, last + 1, 255):
        part = np.zeros(len(total), dtype=np.uint8)
        for week in range(start, min(start + 255, last + 1)):
            part += codes.holds(columns[week][tile]).view(np.uint8)
        total += part
    return total


def weeks_after(
    columns: Sequence[Column], index: NDArray[np.int64], spans: Sequence[tuple[int, int]], codes: CodeSet
) -> tuple[Counts, NDArray[np.int32]]:
    """Count weeks in the set within each span around each person's index column, and find the first one.

    Returns persons x spans, and the weeks from the index to the first week in the set within the last
    span (-1 for none).  Spans count from the index column, which is 0.
    """
    n, length = len(index), len(columns)
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    # Persons in the order of their index week: each column then concerns one stretch of them.
    order = np.argsort(index, kind="stable")
    sorted_index = index[order]
    counts = np.zeros((len(spans), n), dtype=np.uint16)
    first = np.full(n, -1, dtype=np.int32)
    begin, finish = spans[-1]
    for week in range(length):
        near = _between(sorted_index, week - high, week - low)
        if near.start == near.stop:
            continue
        hit = codes.holds(columns[week][order[near]])
        for place, (a, b) in enumerate(spans):
            mine = _between(sorted_index, week - b, week - a)
            counts[place, mine] += hit[mine.start - near.start : mine.stop - near.start]
        mine = _between(sorted_index, week - finish, week - begin)
        new = (
            np.flatnonzero(hit[mine.start - near.start : mine.stop - near.start] & (first[mine] < 0))
            + mine.start
        )
        first[new] = week - sorted_index[new]
    out = np.empty_like(counts)
    out[:, order] = counts
    back = np.empty_like(first)
    back[order] = first
    return out.T, back


def _between(ordered: NDArray[np.int64], low: int, high: int) -> slice:
    a, b = np.searchsorted(ordered, [low, high + 1])
    return slice(int(a), int(b))
