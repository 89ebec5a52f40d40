"""Weeks before a week, for whole batches of persons, straight from their runs of codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.core.errors import DesignError
from ipseval.outcomes.columns import Flags, taken
from ipseval.outcomes.runs import Runs
from ipseval.outcomes.spells import Spells

TILE = 8_192
Word = np.uint16 | np.uint32 | np.uint64


@dataclass(frozen=True, eq=False)
class Packed:
    """Some sets as one table: each code's flags are `width` bits apart in one number."""

    n: int
    width: int
    kind: type[Word]
    table: pa.Array

    def count(self, weeks: NDArray[Any], place: int) -> NDArray[np.uint16]:
        """Take one set's weeks out of the sums of all; none may have more weeks than `width` bits hold."""
        own = weeks >> self.kind(self.width * place)
        return (own & self.kind(2**self.width - 1)).astype(np.uint16)


def packed(sets: Sequence[Flags], width: int) -> Packed:
    """Lay the flags of some sets side by side in one table."""
    bits = width * len(sets)
    kind: type[Word] = np.uint16 if bits <= 16 else np.uint32 if bits <= 32 else np.uint64
    table = sum(flags.astype(np.uint64) << np.uint64(width * k) for k, flags in enumerate(sets))
    return Packed(len(sets), width, kind, pa.array(np.asarray(table, dtype=kind)))


class Before:
    """How many weeks in each of some sets lie before a week, to be asked of many persons at once.

    A run that begins in week s with flag f, after a run with flag g, changes the sum over all later weeks by
    (f - g) * (t - s); so one running sum of (f - g) * s is all that is needed.  It runs on over persons: only
    differences within one person, who all begin in week 0, mean anything, and those are exact because whole
    numbers wrap round.
    """

    def __init__(self, runs: Runs, sets: Packed) -> None:
        self.kind = sets.kind
        self.flag: NDArray[Any] = taken(sets.table, runs.code.view(np.uint16))
        steps: NDArray[Any] = np.zeros(len(self.flag), dtype=self.kind)
        np.subtract(self.flag[1:], self.flag[:-1], out=steps[1:])
        np.multiply(steps, runs.start, out=steps)
        self.sum = np.cumsum(steps, out=steps)

    def week(self, run: NDArray[np.int64], week: Any) -> NDArray[Any]:
        """Give the sum before a week that lies in (or right after) each of the runs."""
        return np.asarray(self.flag[run] * np.asarray(week).astype(self.kind) - self.sum[run])


def runs_at_edges(runs: Runs, bucket: NDArray[np.int32], n_edges: int) -> NDArray[np.int64]:
    """Give for each edge and person the last run whose bucket is at or before the edge."""
    person = np.repeat(np.arange(runs.n, dtype=np.int32) * np.int32(n_edges + 1), np.diff(runs.offset))
    counted = np.bincount(bucket + person, minlength=runs.n * (n_edges + 1))
    until = np.cumsum(counted).reshape(runs.n, n_edges + 1)[:, :n_edges].T
    return np.ascontiguousarray(until) - 1


def tiles(n: int) -> Iterator[slice]:
    """Cut persons into pieces whose runs stay in the processor's cache."""
    for low in range(0, n, TILE):
        yield slice(low, min(low + TILE, n))


def seen_first(batches: Iterator[Spells]) -> tuple[Spells | None, Iterator[Spells]]:
    """Look at the first batch, which knows the weeks of the file, without taking it away."""
    first = next(batches, None)
    if first is None:
        return None, batches
    require_codes(first)
    return first, chain([first], batches)


def require_codes(part: Spells) -> None:
    """Refuse spells of states."""
    if part.states:
        raise DesignError(
            "source: spells of codes are needed, not of states; leave states= out of ips.dream.spells."
        )
