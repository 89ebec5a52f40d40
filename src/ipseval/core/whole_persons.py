"""What whole persons could have: totals behind a printed mean, and the spread behind two of them.

Given n pairs of scores on a known scale whose totals print as two known means, the sum of squared
differences has a smallest and a largest possible value.

Smallest: all differences within one step of each other, which is always possible.  Largest: a convex
function on boxes with two sum constraints is largest at a corner, where at most one person per wave is not
at an end of the range, and by the rearrangement inequality the sum is then largest when one wave is sorted
upwards and the other downwards (Hardy, Littlewood & Polya 1934, Inequalities, theorem 368).
Band counts printed beside the means can only narrow these ranges; they are not used, so the ranges are
safe: nothing outside them is possible.

Away from a tie all conventions of `core.rounding` agree, so they are only asked near one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ipseval.core import tails
from ipseval.core.rounding import CONVENTIONS, conventions_giving

ALL = frozenset(CONVENTIONS)
NONE: frozenset[str] = frozenset()
ORDER = "order_of_arithmetic"
BILLION = 10**9
NEAR_TIE = Fraction(1, BILLION)


@dataclass(frozen=True)
class Squares:
    """Smallest and largest sum of squared changes, in steps of the scale."""

    smallest: int
    largest: int


@dataclass(frozen=True)
class OpenRange:
    """Lowest and highest mean change, SD of the change, paired t-test p and d_z."""

    difference: tuple[float, float]
    sd: tuple[float, float]
    p: tuple[float, float]
    d_z: tuple[float, float]


def decimals(printed: str) -> int:
    """Return how many decimals a number was printed with (trailing zeros count)."""
    return len(printed.partition(".")[2])


def number(printed: str) -> Fraction:
    """Return the printed number exactly."""
    return Fraction(printed)


def half_step(printed: str) -> Fraction:
    """Return half a unit of the last printed decimal."""
    return Fraction(1, 2 * 10 ** decimals(printed))


@lru_cache(maxsize=200_000)
def fits(value: Fraction, printed: str, *, ordered: bool = True) -> frozenset[str]:
    """Return the conventions by which `value` prints as `printed`; empty where none does.

    `ordered` says that the value comes from one division, so that no order of arithmetic can move a tie.
    """
    off = abs(value - number(printed)) / half_step(printed)
    if off < 1 - NEAR_TIE:
        return ALL
    if off > 1 + NEAR_TIE:
        return NONE
    return conventions_giving(value, printed) | (NONE if ordered else {ORDER})


def steps_that_print(
    printed: str, answers: int, low: Fraction, step: Fraction, top: int, *, ordered: bool = True
) -> list[int]:
    """Return the totals, in steps above the lowest, of this many answers whose mean prints so.

    An answer is `low` plus 0 to `top` steps; any convention of rounding may have been used.
    """
    if answers < 1:
        return []
    centre, spread = (number(printed) - low) * answers / step, half_step(printed) * answers / step
    near = range(max(0, math.floor(centre - spread)), min(answers * top, math.ceil(centre + spread)) + 1)
    return [k for k in near if fits(low + k * step / answers, printed, ordered=ordered)]


def totals(printed: str, n: int, low: int, high: int, unit: int = 1, items: int = 1) -> list[int]:
    """Return the totals over n persons (in raw steps of `unit`) whose mean prints so by some convention.

    `items` is how many whole answers were averaged per person, so that the total is of n * items answers.
    """
    answers, lowest, highest = n * items, -(-low // unit), high // unit
    start, step = Fraction(lowest * unit), Fraction(unit)
    found = steps_that_print(printed, answers, start, step, highest - lowest, ordered=items == 1)
    return [lowest * answers + k for k in found]


def squared_changes(n: int, before: int, after: int, top: int) -> Squares:
    """Bound the sum of squared changes of n persons with scores 0..top and these sums."""
    quotient, rest = divmod(after - before, n)
    smallest = (n - rest) * quotient**2 + rest * (quotient + 1) ** 2
    rising, falling = _at_the_ends(n, before, top), _at_the_ends(n, after, top)[::-1]
    largest = 0
    while rising:
        (left, x), (right, y) = rising.pop(), falling.pop()
        together = min(left, right)
        largest += together * (y - x) ** 2
        if left > together:
            rising.append((left - together, x))
        if right > together:
            falling.append((right - together, y))
    return Squares(smallest, largest)


def _at_the_ends(n: int, total: int, top: int) -> list[tuple[int, int]]:
    """Return n scores with this total, all but one at an end of the range, as (persons, score), rising."""
    at_top, rest = divmod(total, top)
    between = min(1, n - at_top)
    runs = [(n - at_top - between, 0), (between, rest), (at_top, top)]
    return [run for run in runs if run[0] > 0]


def open_range(
    before: str,
    after: str,
    *,
    n: int,
    low: int | Fraction,
    high: int | Fraction,
    unit: int | Fraction = 1,
) -> OpenRange | None:
    """Return what any n whole persons with these printed means could have, or None where no totals fit.

    Parameters
    ----------
    before, after
        The two means as printed, with their decimals and a decimal point.
    n
        Pairs of answers, 2 or more.
    low, high, unit
        Smallest and largest score and the step between scores (WHO-5: 0, 100, 4).
    """
    start, step = Fraction(low), Fraction(unit)
    top = int((Fraction(high) - start) / step)
    first, last = (steps_that_print(mean, n, start, step, top) for mean in (before, after))
    found = [
        _one(n, y - x, squares, float(step))
        for x in first
        for y in last
        for bounds in [squared_changes(n, x, y, top)]
        for squares in (bounds.smallest, bounds.largest)
    ]
    if not found:
        return None
    ends = [(min(column), max(column)) for column in zip(*found, strict=True)]
    return OpenRange(*ends)


def _one(n: int, total: int, squares: int, step: float) -> tuple[float, float, float, float]:
    """Mean change, SD, p and d_z of n persons with this total and sum of squares."""
    mean = total / n
    # In whole numbers, so that a spread of exactly zero is zero.
    sd = math.sqrt((n * squares - total * total) / (n * (n - 1)))
    if sd == 0.0:
        # Everyone moved alike: no test has a finite statistic, and p tends to 0 or stays 1.
        alike = (1.0, 0.0) if total == 0 else (tails.SMALLEST, math.copysign(math.inf, mean))
        return step * mean, 0.0, *alike
    d_z = mean / sd
    return step * mean, step * sd, float(tails.t_two_sided(d_z * math.sqrt(n), n - 1)), d_z
