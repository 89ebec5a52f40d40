"""Outcomes from grids: one row per person, one column per week of the window.  Arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def longest_run(flags: Flags) -> Ints:
    """Give the longest run of consecutive weeks of each person."""
    now = np.zeros(len(flags), dtype=np.int64)
    best = now.copy()
    for week in range(flags.shape[1]):
        now = np.where(flags[:, week], now + 1, 0)
        np.maximum(best, now, out=best)
    return best


def first_true(flags: Flags) -> Ints:
    """Give the place of the first week of each person, -1 for none."""
    place = flags.argmax(axis=1)
    return np.where(flags.any(axis=1), place, -1)


def first_run_start(flags: Flags, length: int) -> Ints:
    """Give where the first run of at least `length` weeks begins, -1 for none."""
    if flags.shape[1] < length:
        return np.full(len(flags), -1)
    counts = np.cumsum(np.pad(flags.astype(np.int64), ((0, 0), (1, 0))), axis=1)
    full = counts[:, length:] - counts[:, :-length] == length
    return first_true(full)


def dropped_out(flags: Flags, start: Ints, gap: int) -> Ints:
    """Give the weeks from each person's start to the first break of more than `gap` weeks, -1 for no break.

    A break has to be seen whole: one that is still within the allowed gap at the end of the window is none.
    """
    n, length = flags.shape
    absent = np.zeros(n, dtype=np.int64)
    out = np.full(n, -1, dtype=np.int64)
    for week in range(length):
        going = (start >= 0) & (week >= start) & (out < 0)
        absent = np.where(going & ~flags[:, week], absent + 1, 0)
        ended = going & (absent > gap)
        out[ended] = week - gap - start[ended]
    return out


def retained(out: Ints, start: Ints, after: int, length: int, gap: int) -> NDArray[np.float64]:
    """Say who is still in, `after` weeks after their start: 1, 0, NaN for who never started or is not seen.

    A person is seen if the window goes on for `after` weeks and the allowed gap after the start; one who
    left early but is not seen that long is left out like the rest, or leavers alone would be counted.
    """
    seen = (start >= 0) & (start + after + gap < length)
    still = (out < 0) | (out > after)
    return np.where(seen, still.astype(float), np.nan)
