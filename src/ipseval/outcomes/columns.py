"""Counting weeks straight down the wide columns, without ever making spells.  Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.uint16]
Column = NDArray[Any]
MOST_INTERVALS = 3
SHORT = 8_192
TILE = 65_536
MOST_SHARING = 4
MOST_IN_BYTE = 255


class CodeSet:
    """A set of codes made ready for testing columns.

    A whole column is compared with the set's few intervals, at the speed of memory; a short one, or a set
    of many intervals, is looked up in a table.
    """

    def __init__(self, codes: Iterable[int]) -> None:
        self.codes = tuple(sorted(set(codes)))
        self.intervals = _intervals(self.codes)
        self.table: Flags = np.zeros(2**16, dtype=bool)
        self.table[np.array(self.codes, dtype=np.int64)] = True

    def holds(self, column: Column) -> Flags:
        """Say which codes of a column of small integers are in the set."""
        kind = np.uint8 if column.dtype.itemsize == 1 else np.uint16
        unsigned: NDArray[Any] = column.view(kind)
        if len(self.intervals) > MOST_INTERVALS or len(column) < SHORT:
            return np.asarray(self.table[unsigned])
        found = np.zeros(len(column), dtype=bool)
        for low, high in self.intervals:
            if high <= np.iinfo(kind).max:  # a code that the column's type cannot hold is not in it
                found |= (unsigned - kind(low)) <= kind(high - low)  # below `low` wraps round to far above
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
    """Count each person's weeks in each set and period: name -> periods x persons.

    `periods` are first and last place among the columns.  It does not matter how many codes a set has;
    persons are walked in tiles that stay in the processor's cache.
    """
    n = len(columns[0])
    out = {name: np.zeros((len(periods), n), dtype=np.uint16) for name in sets}
    for low in range(0, n, TILE):
        tile = slice(low, min(low + TILE, n))
        for place, (first, last) in enumerate(periods):
            counts = _counted([c[tile] for c in columns[first : last + 1]], list(sets.values()))
            for name, found in zip(sets, counts, strict=True):
                out[name][place, tile] = found
    return out


def _counted(columns: Sequence[Column], sets: Sequence[CodeSet]) -> list[Counts]:
    """Count the weeks in each set: by a table where a code is one byte, else where codes change."""
    if columns[0].dtype != np.uint8:
        return _where_changed(columns, sets)
    found: list[Counts] = []
    for low in range(0, len(sets), MOST_SHARING):
        found += _by_table(columns, sets[low : low + MOST_SHARING])
    return found


def _by_table(columns: Sequence[Column], sets: Sequence[CodeSet]) -> list[Counts]:
    """Translate each week's bytes once: every set has some bits of the byte, enough for `most` weeks."""
    bits = 8 // len(sets)
    most = 2**bits - 1
    table = sum(codes.table[:256].astype(np.uint8) << (bits * k) for k, codes in enumerate(sets))
    to_bits = np.asarray(table, dtype=np.uint8).tobytes()
    n = len(columns[0])
    totals = [np.zeros(n, dtype=np.uint16) for _ in sets]
    for begin in range(0, len(columns), MOST_IN_BYTE):
        parts = [np.zeros(n, dtype=np.uint8) for _ in sets]
        block = columns[begin : begin + MOST_IN_BYTE]
        for low in range(0, len(block), most):
            shared = np.zeros(n, dtype=np.uint8)
            for column in block[low : low + most]:
                shared += np.frombuffer(column.tobytes().translate(to_bits), dtype=np.uint8)
            for k, part in enumerate(parts):
                part += (shared >> (bits * k)) & most
        for total, part in zip(totals, parts, strict=True):
            total += part
    return totals


def _where_changed(columns: Sequence[Column], sets: Sequence[CodeSet]) -> list[Counts]:
    """Test only persons whose code changed since the week before, in bytes up to 255 weeks at a time."""
    inside = [codes.holds(columns[0]).view(np.uint8) for codes in sets]
    parts = [now.copy() for now in inside]
    totals = [np.zeros(len(now), dtype=np.uint16) for now in inside]
    for week in range(1, len(columns)):
        if week % MOST_IN_BYTE == 0:
            for total, part in zip(totals, parts, strict=True):
                total += part
                part[:] = 0
        changed = np.flatnonzero(columns[week] != columns[week - 1])
        codes_now = columns[week][changed]
        for codes, now, part in zip(sets, inside, parts, strict=True):
            now[changed] = codes.holds(codes_now)
            part += now
    for total, part in zip(totals, parts, strict=True):
        total += part
    return totals


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
