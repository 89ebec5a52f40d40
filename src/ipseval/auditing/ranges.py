"""What whole persons could have: the range of SD, p and effect size behind two printed means.

Given n pairs of whole scores on a known range whose totals print as two known means, the sum of squared
differences has a smallest and a largest possible value.

Smallest: differences as equal as whole steps allow.  Largest: a convex function on boxes with two sum
constraints is largest at a corner, where at most one person per wave is not at an end of the range, and
by the rearrangement inequality the sum of squared differences is then largest when one wave is sorted
upwards and the other downwards (Hardy, Littlewood & Polya 1934, Inequalities, theorem 368).
Band counts printed beside the means can only narrow these ranges; they are not used, so the ranges are
safe: nothing outside them is possible.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ipseval.auditing.fitting import totals
from ipseval.core import tails


@dataclass(frozen=True)
class OpenRange:
    """Lowest and highest SD of the change, paired t-test p and d_z, or None where nothing fits."""

    sd: tuple[float, float]
    p: tuple[float, float]
    d_z: tuple[float, float]


def squares(n: int, low: int, high: int, before: int, after: int) -> tuple[int, int]:
    """Return the smallest and largest sum of squared differences of n whole pairs with these totals."""
    quotient, rest = divmod(after - before, n)
    smallest = (n - rest) * quotient**2 + rest * (quotient + 1) ** 2
    rising, falling = _at_the_ends(n, low, high, before), _at_the_ends(n, low, high, after)[::-1]
    largest = sum((y - x) ** 2 for x, y in zip(rising, falling, strict=True))
    return smallest, largest


def _at_the_ends(n: int, low: int, high: int, total: int) -> list[int]:
    """Return n whole scores with this total, all but one at an end of the range, rising."""
    at_high, rest = divmod(total - n * low, high - low)
    if at_high == n:
        return [high] * n
    return [low] * (n - at_high - 1) + [low + rest] + [high] * at_high


def open_range(before: str, after: str, *, n: int, low: int, high: int, unit: int = 1) -> OpenRange | None:
    """Return what any n whole persons with these printed means could have, or None where no totals fit.

    Parameters
    ----------
    before, after
        The two means as printed, with their decimals.
    n
        Pairs of answers.
    low, high, unit
        Smallest and largest score and the step between scores (WHO-5: 0, 100, 4).
    """
    found = [
        candidate
        for x in totals(before, n, low, high, unit)
        for y in totals(after, n, low, high, unit)
        for candidate in _candidates(n, low // unit, high // unit, x, y)
    ]
    if not found:
        return None
    sd, p, d_z = (tuple(column) for column in zip(*found, strict=True))
    return OpenRange((min(sd) * unit, max(sd) * unit), (min(p), max(p)), (min(d_z), max(d_z)))


def _candidates(n: int, low: int, high: int, x: int, y: int) -> Iterator[tuple[float, float, float]]:
    mean = (y - x) / n
    for total in squares(n, low, high, x, y):
        sd = math.sqrt(max(total - n * mean**2, 0.0) / (n - 1))
        if sd == 0.0:
            # Everyone moved alike: no test has a finite statistic, and p tends to 0 or stays 1.
            yield (
                0.0,
                (1.0 if mean == 0 else tails.SMALLEST),
                (0.0 if mean == 0 else math.copysign(math.inf, mean)),
            )
            continue
        t = mean / (sd / math.sqrt(n))
        yield sd, float(tails.t_two_sided(t, n - 1)), mean / sd
