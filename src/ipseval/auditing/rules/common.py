"""What the rules share: how a finding is made and how strict one may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ipseval.auditing.findings import CONTRADICTION, METHOD, SOURCE, Finding
from ipseval.auditing.fitting import possible_counts, share_fits
from ipseval.auditing.published import Distribution, Printed, Published
from ipseval.core.whole_persons import half_step, number


def find(
    item: Printed, level: str, rule: str, code: str, *, arithmetic: str = "", fix: str = "", **values: Any
) -> Finding:
    """Make a finding about an item; where its reading is in doubt, that is what the finding says."""
    if item.doubt and level in (CONTRADICTION, METHOD):
        level = SOURCE
    return Finding(level, rule, item.id, item.what, item.lines, code, values, arithmetic, fix)


def unless_weighted(published: Published) -> str:
    """Return contradiction only where the report's numbers are known not to be weighted.

    Any printed share or mean can be a weighted one, so whole persons decide nothing while that is open.
    """
    return CONTRADICTION if published.weights == "none" else METHOD


def size(published: Published, table: Distribution) -> int | None:
    """Return the n of a distribution: its own, or its group's."""
    if table.n is not None:
        return table.n
    group = published.group(table.group)
    return group.n if group else None


def shown(value: Fraction | float, places: int = 2) -> str:
    """Write a number for a line of arithmetic."""
    return f"{float(value):.{places}f}"


def of_n(count: int, n: int) -> str:
    """Write a share as arithmetic."""
    return f"{count}/{n} = {shown(Fraction(100 * count, n))} %"


def near_bases(percent: str, n: int, count: int | None = None, most: int = 6) -> list[int]:
    """Return the nearest smaller bases for which the percent is possible (with this count where given)."""
    if count is None:
        found: list[int] = []
        for m in range(n - 1, 0, -1):
            if len(found) == most:
                break
            if possible_counts(percent, m):
                found.append(m)
    else:
        found = [m for m in reversed(base_window(count, percent, n)) if share_fits(count, m, percent)]
    return found[:most]


def base_window(count: int, percent: str, n: int) -> range:
    """Return the bases under n that can make this count this percent; none else can."""
    half = half_step(percent)
    low, high = number(percent) - half, number(percent) + half
    first = math.floor(Fraction(100 * count) / high) if high > 0 else 1
    last = math.ceil(Fraction(100 * count) / low) if low > 0 else n - 1
    return range(max(1, count, first), min(n - 1, last) + 1)


def spans(numbers: Sequence[int]) -> str:
    """Write whole numbers as spans: 48-53, 55."""
    out: list[str] = []
    ordered = sorted(set(numbers))
    start = 0
    for i in range(1, len(ordered) + 1):
        if i == len(ordered) or ordered[i] != ordered[i - 1] + 1:
            first, last = ordered[start], ordered[i - 1]
            out.append(str(first) if first == last else f"{first}-{last}")
            start = i
    return ", ".join(out)
