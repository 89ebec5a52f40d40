"""What spread of change any whole persons could have who meet two printed means."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np


@dataclass(frozen=True)
class Squares:
    """Smallest and largest sum of squared changes, in steps of the scale."""

    smallest: int
    largest: int


def squared_changes(n: int, before: int, after: int, top: int) -> Squares:
    """Bound the sum of squared changes of n persons with scores 0..top whose sums are `before` and `after`.

    Smallest: all changes within one step of each other, which is always possible.  Largest: a sum of squares
    is convex, so scores can be pushed to the ends until at most one person per wave is between them; such
    scores differ most when the highest before meets the lowest after.
    """
    total = after - before
    low, extra = divmod(total, n)
    smallest = extra * (low + 1) ** 2 + (n - extra) * low**2
    x, y = _pushed(n, before, top), _pushed(n, after, top)
    largest = int(((np.sort(y)[::-1] - np.sort(x)) ** 2).sum())
    return Squares(smallest, largest)


def _pushed(n: int, total: int, top: int) -> np.ndarray:
    at_top, rest = divmod(total, top)
    scores = np.zeros(n, dtype=np.int64)
    scores[:at_top] = top
    if rest:
        scores[at_top] = rest
    return scores


def sums_that_print(
    n: int, printed: Fraction, decimals: int, low: Fraction, step: Fraction, top: int
) -> list[int]:
    """List the whole sums (in steps above the lowest score) whose mean rounds to the printed one.

    Both ends of the rounding interval count, since conventions differ on halves.
    """
    half = Fraction(1, 2 * 10**decimals)
    least = ceil((printed - half - low) * n / step)
    most = floor((printed + half - low) * n / step)
    return list(range(max(least, 0), min(most, n * top) + 1))
