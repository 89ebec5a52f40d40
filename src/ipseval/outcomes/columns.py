"""Counting weeks straight down the wide columns, without ever making spells.  Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Counts = NDArray[np.uint16]
Column = NDArray[Any]
MOST_SHARING = 4
CODES = 2**16


def flags_of(codes: Iterable[int]) -> Flags:
    """Give a set of codes as a table: true at the place of each code; codes below 0 stand from the end."""
    flags = np.zeros(CODES, dtype=bool)
    flags[np.array(sorted(set(codes)), dtype=np.int64)] = True
    return flags


def taken(table: pa.Array, at: NDArray[Any]) -> NDArray[Any]:
    """Look numbers up in a table; Arrow does it several times as fast as NumPy."""
    return np.asarray(table.take(pa.array(at)).to_numpy())


class Translation:
    """A table from codes to numbers of one or two bytes, to be applied to whole columns.

    Codes of one byte are looked up for two persons at a time: neighbours in a column are read as one number,
    and the table holds the answers of every such pair.
    """

    def __init__(self, table: Counts | Column) -> None:
        self.kind = table.dtype
        self.single = pa.array(table)
        one = table[:256].astype(np.uint32)
        pairs = one[:, None] << 8 * self.kind.itemsize | one
        self.pair = pa.array(pairs.astype(f"u{2 * self.kind.itemsize}").ravel())

    def of(self, column: Column) -> Column:
        """Translate a column of uint8 or int16."""
        if column.dtype.itemsize == 2:
            return taken(self.single, column.view(np.uint16))
        n = len(column)
        even = column if n % 2 == 0 else np.append(column, column[:1])
        return taken(self.pair, even.view(np.uint16)).view(self.kind)[:n]


def weeks_by_period(
    columns: Sequence[Column], periods: Sequence[tuple[int, int]], sets: Mapping[str, Flags]
) -> dict[str, Counts]:
    """Count each person's weeks in each set and period: name -> periods x persons.

    `periods` are first and last place among the columns.  It does not matter how many codes a set has.
    """
    out = {name: np.zeros((len(periods), len(columns[0])), dtype=np.uint16) for name in sets}
    names = list(sets)
    for low in range(0, len(names), MOST_SHARING):
        some = names[low : low + MOST_SHARING]
        bits = 16 // len(some)
        shared = sum(sets[name].astype(np.uint16) << (bits * k) for k, name in enumerate(some))
        to_bits = Translation(np.asarray(shared, dtype=np.uint16))
        for place, (first, last) in enumerate(periods):
            _add(columns[first : last + 1], to_bits, bits, [out[name][place] for name in some])
    return out


def _add(columns: Sequence[Column], to_bits: Translation, bits: int, totals: Sequence[Counts]) -> None:
    """Add up the weeks of all sets at once: each has some bits of a number, enough for `most` weeks."""
    most = 2**bits - 1
    for low in range(0, len(columns), most):
        shared = np.zeros(len(columns[0]), dtype=np.uint16)
        for column in columns[low : low + most]:
            shared += to_bits.of(column)
        for k, total in enumerate(totals):
            total += (shared >> np.uint16(bits * k)) & np.uint16(most)


def weeks_after(
    columns: Sequence[Column], index: NDArray[np.int64], spans: Sequence[tuple[int, int]], flags: Flags
) -> tuple[Counts, NDArray[np.int32]]:
    """Count weeks in the set within each span around each person's index column, and find the first one.

    Returns persons x spans, and the weeks from the index to the first week in the set within the last
    span (-1 for none).  Spans count from the index column, which is 0.

    The columns are walked backwards once, with the weeks so far of everyone and how long each waits for the
    next one; what a person needs is taken down in the weeks where a span of theirs begins, and where it is
    over.  Only differences within a span are asked for, so numbers may wrap round that can hold a span.
    """
    n, n_weeks = len(index), len(columns)
    edges = sorted({*(a for a, _ in spans), *(b + 1 for _, b in spans)})
    asked = np.clip(index + np.array(edges)[:, None], 0, n_weeks).astype(np.uint16)
    order = np.argsort(asked, axis=None, kind="stable")
    stretch = np.searchsorted(asked.ravel()[order], np.arange(n_weeks + 1))
    widest = max(b + 1 - a for a, b in spans)
    all_bits = np.iinfo(np.uint8 if widest < 2**8 else np.uint16)
    to_mask = Translation(np.where(flags, all_bits.max, 0).astype(all_bits.dtype))
    weeks, wait = np.zeros((2, n), all_bits.dtype)
    later, until_next = np.zeros((2, len(order)), all_bits.dtype)
    for week in range(min(int(asked.max(initial=0)), n_weeks - 1), int(asked.min(initial=n_weeks)) - 1, -1):
        inside = to_mask.of(columns[week])
        weeks -= inside  # all bits are -1
        wait |= inside
        wait += 1
        mine = order[stretch[week] : stretch[week + 1]]
        rows = mine % n
        later[mine], until_next[mine] = weeks[rows], wait[rows]
    later, until_next = later.reshape(asked.shape), until_next.reshape(asked.shape)
    at = edges.index
    counts = np.column_stack([later[at(a)] - later[at(b + 1)] for a, b in spans]).astype(np.uint16)
    begin = at(spans[-1][0])
    first = asked[begin] + until_next[begin].astype(np.int64) - index
    return counts, np.where(counts[:, -1] > 0, first, -1).astype(np.int32)
