"""Run-length coding of weekly codes, straight down the wide columns, and what can be done with runs.

Arrays in, arrays out.  A `Runs` tiles the weeks of every person: each run reaches to the week before the
next one, the last to the end.  So whatever changes a state (grouping, bridging short gaps, censoring)
rewrites values and joins equal neighbours, and a window of weeks is one `repeat`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int16]
Starts = NDArray[np.uint16]
Offsets = NDArray[np.int64]
OUTSIDE = -3
"""The code of weeks that the file does not cover."""
MOST_WEEKS = 65_535


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of equal codes, person after person.

    Attributes
    ----------
    offset
        Where each person's runs begin: n + 1 numbers; person i has runs offset[i] to offset[i + 1] - 1.
    code, start
        Code of each run, and the week it starts in (0 is the first week of the file).
    n_weeks
        Weeks that every person's runs cover together.
    """

    offset: Offsets
    code: Codes
    start: Starts
    n_weeks: int

    @property
    def n(self) -> int:
        """Persons."""
        return len(self.offset) - 1

    def end(self) -> NDArray[np.int64]:
        """The week after each run's last."""
        end = np.empty(len(self.start), dtype=np.int64)
        end[:-1] = self.start[1:]
        end[self.offset[1:] - 1] = self.n_weeks
        return end

    def person(self) -> NDArray[np.int64]:
        """The person (0, 1, ...) of each run."""
        return np.repeat(np.arange(self.n), np.diff(self.offset))

    def stretch(self, low: int, high: int) -> Runs:
        """The runs of persons `low` to `high` - 1, without a copy."""
        a, b = int(self.offset[low]), int(self.offset[high])
        return Runs(self.offset[low : high + 1] - a, self.code[a:b], self.start[a:b], self.n_weeks)

    def take(self, rows: NDArray[np.int64]) -> Runs:
        """The runs of some persons, in the order given."""
        counts = np.diff(self.offset)[rows]
        offset = np.concatenate(([0], np.cumsum(counts)))
        at = np.repeat(self.offset[rows] - offset[:-1], counts) + np.arange(offset[-1])
        return Runs(offset, self.code[at], self.start[at], self.n_weeks)


def encode(columns: Sequence[NDArray[np.generic]]) -> Runs:
    """Code equal weeks in a row as one run; each column is one week for the same persons.

    The columns are compared with their left neighbour as they are, in the file's own small integers; only
    the weeks in which something changes are touched again.  Nothing is transposed or sorted.
    """
    n, n_weeks = len(columns[0]), len(columns)
    differs = np.zeros(-(-n // 8) * 8, dtype=bool)  # whole words of eight
    few, counts = np.zeros(len(differs), dtype=np.uint8), np.ones(n, dtype=np.int64)
    changed = []
    for week in range(1, n_weeks):
        np.not_equal(columns[week], columns[week - 1], out=differs[:n])
        changed.append(_true_places(differs))
        few += differs
        if week % 255 == 0 or week == n_weeks - 1:  # a byte holds no more
            counts += few[:n]
            few[:] = 0
    offset = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(counts, out=offset[1:])
    code = np.empty(offset[-1], dtype=np.int16)
    start = np.zeros(offset[-1], dtype=np.uint16)
    place = offset[:-1].copy()
    code[place] = columns[0]
    for week, rows in enumerate(changed, start=1):
        next_place = place[rows] + 1
        place[rows] = next_place
        code[next_place] = columns[week][rows]
        start[next_place] = week
    return Runs(offset, code, start, n_weeks)


def _true_places(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Find what is true, where few are: words of eight without one are passed over at once."""
    words = flags.view(np.uint64)
    word = (words != 0).nonzero()[0]
    at = words.take(word).view(bool).nonzero()[0]
    return np.asarray((word << 3).take(at >> 3) + (at & 7))


def joined(runs: Runs, code: NDArray[np.int16]) -> Runs:
    """Give the runs new codes and join neighbours that have become equal."""
    first = np.zeros(len(code), dtype=bool)
    first[runs.offset[:-1]] = True
    kept = first.copy()
    kept[1:] |= code[1:] != code[:-1]
    before = np.concatenate(([0], np.cumsum(kept)))
    return Runs(before[runs.offset], code[kept], runs.start[kept], runs.n_weeks)


def bridged(runs: Runs, gap: int, fillable: Sequence[int]) -> Runs:
    """Fill gaps of at most `gap` weeks that lie between two runs of the same code.

    Only runs whose code is in `fillable` are gaps; the first and the last run of a person never are.
    """
    if gap < 1 or len(runs.code) < 3:
        return runs
    person = runs.person()
    code, length = runs.code, runs.end() - runs.start
    short = np.isin(code, fillable) & (length <= gap)
    inside = np.zeros(len(code), dtype=bool)
    inside[1:-1] = (
        short[1:-1] & (person[:-2] == person[2:]) & (code[:-2] == code[2:]) & ~np.isin(code[2:], fillable)
    )
    new = code.copy()
    new[inside] = code[np.flatnonzero(inside) - 1]
    return joined(runs, new)


def censored(runs: Runs, ending: Sequence[int], into: int) -> Runs:
    """Give every week from the first one in an ending state on the code `into`."""
    hit = np.isin(runs.code, ending)
    seen = np.cumsum(hit)
    before = np.concatenate(([0], seen))[runs.offset[:-1]]
    after = seen > np.repeat(before, np.diff(runs.offset))
    return joined(runs, np.where(after, into, runs.code).astype(np.int16))


def first_week_in(runs: Runs, codes: Sequence[int]) -> NDArray[np.int64]:
    """Give the first week of each person in one of the codes, -1 for never."""
    hit = np.flatnonzero(np.isin(runs.code, codes))
    person = runs.person()[hit]
    who, at = np.unique(person, return_index=True)
    first = np.full(runs.n, -1, dtype=np.int64)
    first[who] = runs.start[hit[at]]
    return first


def weeks_in_codes(
    runs: Runs, codes: Sequence[int], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Count each person's weeks in the codes from week `first` to `last`, both included."""
    hit = np.flatnonzero(np.isin(runs.code, codes))
    person = runs.person()[hit]
    begin = np.maximum(runs.start[hit].astype(np.int64), first[person])
    finish = np.minimum(runs.end()[hit], last[person] + 1)
    weeks = np.maximum(finish - begin, 0)
    return np.bincount(person, weights=weeks, minlength=runs.n).astype(np.int64)


def grid(runs: Runs, first: NDArray[np.int64], length: int) -> Codes:
    """Lay out the codes of each person from their own first week on: one row per person, one column per week.

    Weeks before or after the file have the code OUTSIDE.
    """
    row_first = np.repeat(first, np.diff(runs.offset))
    begin = np.maximum(runs.start.astype(np.int64), row_first)
    weeks = np.maximum(np.minimum(runs.end(), row_first + length) - begin, 0)
    flat = np.repeat(runs.code, weeks)
    if len(flat) == runs.n * length:
        return flat.reshape(runs.n, length)
    out = np.full(runs.n * length, OUTSIDE, dtype=np.int16)
    place = runs.person() * length + begin - row_first
    within = np.arange(len(flat)) - np.repeat(np.cumsum(weeks) - weeks, weeks)
    out[np.repeat(place, weeks) + within] = flat
    return out.reshape(runs.n, length)
