"""Whole persons behind a printed number: which counts, totals and bases print as it does.

Away from a tie all six conventions of `core.rounding` agree, so they are only asked near one.  At an exact
tie the order of the arithmetic (100 * k / n or k / n * 100 in doubles) can push the value to a side of its
own; a number that only this explains is possible, and marked `ORDER`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ipseval.core.rounding import conventions_giving
from ipseval.core.whole_persons import ALL, BILLION, NONE, ORDER, decimals, fits, half_step, number

ORDERS = ("exact", "100k/n", "k/n*100", "k*(100/n)", "proportion", "proportion in doubles")
EVERY_WAY = frozenset((order, rule) for order in ORDERS for rule in ALL)
NO_WAY: frozenset[tuple[str, str]] = frozenset()


def is_number(text: str) -> bool:
    """Return whether a text is one plain number with a decimal point."""
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


@lru_cache(maxsize=10_000)
def _scaled(printed: str) -> tuple[int, int]:
    """Return a printed number as whole units of its last decimal, and how many units make one."""
    unit = 10 ** decimals(printed)
    return int(number(printed) * unit), unit


@lru_cache(maxsize=200_000)
def share_ways(count: int, n: int, percent: str) -> frozenset[tuple[str, str]]:
    """Return the ways (order of arithmetic, convention) by which count of n prints as `percent`.

    The orders are the exact 100 k / n; that, k / n x 100 and k x (100 / n) in doubles; and the proportion
    (exact, and in doubles) rounded with two more decimals.  Away from a tie all ways agree.
    """
    if n < 1:
        return NO_WAY
    scaled, unit = _scaled(percent)
    # Whole numbers only: this is asked for every count and base.  Twice the distance against a whole unit.
    off, limit = 2 * abs(100 * unit * count - scaled * n) * BILLION, n * BILLION
    if off < limit - n:
        return EVERY_WAY
    if off > limit + n:
        return NO_WAY
    proportion = str(Decimal(percent).scaleb(-2))
    printed: dict[str, tuple[Fraction | float, str]] = {
        "exact": (Fraction(100 * count, n), percent),
        "100k/n": (100 * count / n, percent),
        "k/n*100": (count / n * 100, percent),
        "k*(100/n)": (count * (100 / n), percent),
        "proportion": (Fraction(count, n), proportion),
        "proportion in doubles": (count / n, proportion),
    }
    return frozenset((order, rule) for order, (v, p) in printed.items() for rule in conventions_giving(v, p))


def share_fits(count: int, n: int, percent: str) -> frozenset[str]:
    """Return the conventions by which count of n prints as `percent`; ORDER where only another order does."""
    ways = share_ways(count, n, percent)
    if ways is EVERY_WAY:
        return ALL
    exact = frozenset(rule for order, rule in ways if order == "exact")
    return exact | ({ORDER} if len(ways) > len(exact) else NONE)


def possible_counts(percent: str, n: int) -> list[int]:
    """Return the counts k for which 100 k / n prints as `percent` by some convention.

    >>> possible_counts("51", 28), possible_counts("57", 28)
    ([], [16])
    """
    if n < 1:
        return []
    scaled, unit = _scaled(percent)
    low, high = (2 * scaled - 1) * n // (200 * unit), -((-(2 * scaled + 1) * n) // (200 * unit))
    near = range(max(0, low), min(n, high) + 1)
    return [k for k in near if share_fits(k, n, percent)]


def mean_is_possible(printed: str, answers: int) -> bool:
    """Return whether any whole total of this many answers prints as this mean (GRIM, without a range)."""
    centre, spread = number(printed) * answers, half_step(printed) * answers
    near = range(math.floor(centre - spread), math.ceil(centre + spread) + 1)
    return any(fits(Fraction(s, answers), printed) for s in near)


def whole_row(percents: Sequence[str], n: int, *, complete: bool = True) -> list[tuple[int, ...]]:
    """Return the vectors of counts of n persons that print as this row; at most the first twenty.

    A row that is `complete` must use all n persons; one that is not may leave some untold.  A row is made in
    one go, so one way of rounding must give all its cells: 7 of 40 cannot be 17 % here and 18 % there.
    """
    choices = [possible_counts(p, n) for p in percents]
    if not all(choices):
        return []
    found: list[tuple[int, ...]] = []
    least = [0] * (len(choices) + 1)
    most = [0] * (len(choices) + 1)
    for i in range(len(choices) - 1, -1, -1):
        least[i], most[i] = least[i + 1] + choices[i][0], most[i + 1] + choices[i][-1]

    def walk(i: int, left: int, taken: tuple[int, ...], ways: frozenset[tuple[str, str]]) -> None:
        if len(found) >= 20 or not ways or least[i] > left or (complete and most[i] < left):
            return
        if i == len(choices):
            found.append(taken)
            return
        for k in choices[i]:
            walk(i + 1, left - k, (*taken, k), ways & share_ways(k, n, percents[i]))

    walk(0, n, (), EVERY_WAY)
    return found


def bases_of_row(percents: Sequence[str], most: int, *, complete: bool = True) -> list[int]:
    """Return every base up to `most` for which the whole row is possible."""
    return [m for m in range(1, most + 1) if whole_row(percents, m, complete=complete)]


def sum_window(parts: Sequence[str]) -> tuple[Fraction, Fraction]:
    """Return what the sum of the numbers behind these printed ones can be (ends included)."""
    centre = sum((number(p) for p in parts), Fraction(0))
    spread = sum((half_step(p) for p in parts), Fraction(0))
    return centre - spread, centre + spread
