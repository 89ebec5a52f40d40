"""Ranks under ties, and exact distributions of rank sums by dynamic programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT_WORK = 400_000_000
"""Cells of the rank-sum table above which the normal approximation takes over (a second or two)."""


def snapped(values: Floats) -> Floats:
    """Make numbers equal that differ by rounding only (1e-9 of the largest), so that ties are ties.

    Each run of neighbours becomes its lowest number; what is within rounding of zero becomes zero.
    """
    values = np.asarray(values, dtype=float)
    slack = 1e-9 * float(np.max(np.abs(values), initial=0.0))
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    starts = np.concatenate([[True], np.diff(ranked) > slack])[: len(values)]
    result = np.empty_like(values)
    result[order] = ranked[starts][np.cumsum(starts) - 1]
    result[np.abs(values) <= slack] = 0.0
    return result


def doubled_ranks(values: Floats) -> Ints:
    """Return twice the midranks, which are whole numbers whatever the ties."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((2 * ends - counts + 1)[inverse], dtype=np.int64)


@dataclass(frozen=True)
class RankSum:
    """Wilcoxon-Mann-Whitney: share of pairs in which the first group is higher (ties count half), and p."""

    superiority: float
    p_value: float
    exact: bool


def rank_sum(first: Floats, second: Floats) -> RankSum:
    """Two-sided rank-sum test, exact given the ties (by dynamic programming) while the table is small.

    The p is P(|W - E W| >= |w - E w|) over all ways to choose who is in the first group.
    """
    n1, n2 = len(first), len(second)
    doubled = doubled_ranks(snapped(np.concatenate([first, second])))
    w = int(doubled[:n1].sum())
    superiority = (w / 2.0 - n1 * (n1 + 1) / 2.0) / (n1 * n2)
    small, chosen = (n1, w) if n1 <= n2 else (n2, int(doubled[n1:].sum()))
    total = int(doubled.sum())
    if small * total * len(doubled) > EXACT_WORK:
        return RankSum(superiority, _rank_sum_normal(doubled, n1, w), exact=False)
    table = np.zeros((small + 1, total + 1))
    table[0, 0] = 1.0
    reach = 0
    for count, rank in enumerate(doubled):
        top = min(count + 1, small)
        table[1 : top + 1, rank : reach + rank + 1] += table[:top, : reach + 1]
        reach += int(rank)
    weights = table[small] / table[small].sum()
    # 2 * W is compared with twice its expectation, so that the comparison is between whole numbers.
    distance = np.abs(len(doubled) * np.arange(total + 1) - small * total)
    p = float(weights[distance >= abs(len(doubled) * chosen - small * total)].sum())
    return RankSum(superiority, float(tails.floor_p(p)), exact=True)


def _rank_sum_normal(doubled: Ints, n1: int, w: int) -> float:
    n = len(doubled)
    n2 = n - n1
    spread = float(np.sum((doubled - doubled.mean()) ** 2))
    sd = np.sqrt(n1 * n2 * spread / (n * (n - 1)))
    return float(tails.normal_two_sided((w - n1 * doubled.mean()) / sd)) if sd > 0 else 1.0
