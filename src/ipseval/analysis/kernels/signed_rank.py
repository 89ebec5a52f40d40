"""Wilcoxon's signed-rank test, exact under ties and zeros, and its Hodges-Lehmann interval.

The distribution is conditional on the observed ranks: every sign is tossed, so W+ is a sum of
independent terms 0 or rank, and its distribution is built by adding one person at a time.  Ranks are
doubled so that midranks are whole numbers and ties compare exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.ranks import doubled_ranks, snapped
from ipseval.core import tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ZERO_RULES = ("wilcoxon", "pratt")
EXACT_MOST = 300
"""Persons with a change up to which the distribution is exact; beyond, the normal with tie correction."""
MOST_VALUES = 2_500
"""Distinct changes up to which all pairwise means are formed."""
SCANNED = 128
"""Walsh averages up to which every candidate limit is tried; beyond, bisection and a guard."""
GUARD = 12
"""Candidates beyond a bisected limit that are tried too, since p is not strictly monotone under ties."""


@dataclass(frozen=True)
class SignedRank:
    """W+ (sum of the ranks of rises), persons with a change, persons without, and the exact p."""

    statistic: float
    n_changed: int
    n_zero: int
    p_value: float
    p_greater: float
    p_less: float
    exact: bool = True


@dataclass(frozen=True)
class HodgesLehmann:
    """Pseudomedian and the limits that invert the signed-rank test; infinite where no limit exists."""

    estimate: float
    low: float
    high: float


def sign_sums(weights: Ints) -> Floats:
    """Distribution of a sum over persons of 0 or `weight`, each with probability one half."""
    distribution = np.zeros(int(weights.sum()) + 1)
    distribution[0] = 1.0
    reach = 0
    for weight in np.sort(weights).tolist():
        distribution[: reach + 1] *= 0.5
        moved = distribution[: reach + 1].copy()
        distribution[weight : reach + weight + 1] += moved
        reach += weight
    return distribution


def tails_of_sign_sum(weights: Ints, observed: int) -> tuple[float, float, float]:
    """Return P(two-sided), P(sum >= observed) and P(sum <= observed) of `sign_sums`."""
    distribution = sign_sums(weights)
    upper = float(distribution[observed:].sum())
    lower = float(distribution[: observed + 1].sum())
    both = min(1.0, 2.0 * min(upper, lower))
    return both, min(1.0, upper), min(1.0, lower)


def signed_rank(differences: Floats, zeros: str = "wilcoxon") -> SignedRank:
    """Exact signed-rank test of differences with median zero.

    `zeros="wilcoxon"` drops persons without a change before ranking; "pratt" ranks them and then
    leaves their ranks out.  With nobody changed every p is 1.
    """
    d = snapped(differences)
    n_zero = int((d == 0).sum())
    if zeros == "wilcoxon":
        d = d[d != 0]
    ranks = doubled_ranks(snapped(np.abs(d)))[d != 0]
    signs = d[d != 0] > 0
    observed = int(ranks[signs].sum())
    if len(ranks) > EXACT_MOST:
        return _normal(ranks, observed, n_zero)
    both, upper, lower = tails_of_sign_sum(ranks, observed)
    floor = tails.SMALLEST
    return SignedRank(
        observed / 2.0, len(ranks), n_zero, max(both, floor), max(upper, floor), max(lower, floor)
    )


def _normal(ranks: Ints, observed: int, n_zero: int) -> SignedRank:
    from scipy import special

    doubled = ranks.astype(float)
    z = (observed - doubled.sum() / 2.0) / (np.sqrt((doubled**2).sum()) / 2.0)
    sides = [max(float(special.ndtr(s * z)), tails.SMALLEST) for s in (-1.0, 1.0)]
    both = float(tails.normal_two_sided(z))
    return SignedRank(observed / 2.0, len(ranks), n_zero, both, sides[0], sides[1], exact=False)


def walsh_means(differences: Floats) -> tuple[Floats, Floats]:
    """Return the distinct pairwise means (each person with themself too) and how many pairs have each."""
    values, counts = np.unique(differences, return_counts=True)
    i, j = np.triu_indices(len(values))
    pairs = np.where(i == j, counts[i] * (counts[i] + 1) // 2, counts[i] * counts[j])
    means = snapped((values[i] + values[j]) / 2.0)
    points, inverse = np.unique(means, return_inverse=True)
    return points, np.bincount(inverse, weights=pairs).astype(float)


def weighted_median(points: Floats, weights: Floats) -> float:
    """Median of sorted points that stand `weights` times each."""
    cumulative = np.cumsum(weights)
    half = cumulative[-1] / 2.0
    at = int(np.searchsorted(cumulative, half - 0.25))
    beyond = int(np.searchsorted(cumulative, half + 0.25))
    return float((points[at] + points[beyond]) / 2.0)


def hodges_lehmann(differences: Floats, level: float, zeros: str = "wilcoxon") -> HodgesLehmann | None:
    """Median of the pairwise means, with the smallest interval that holds every shift not rejected.

    The p of a shift only changes at a pairwise (Walsh) mean, so a candidate is every such mean and
    every gap between two of them; the interval is closed over the accepted ones.  None when there are
    more than `MOST_VALUES` distinct changes.
    """
    d = snapped(differences)
    if len(np.unique(d)) > MOST_VALUES:
        return None
    points, pairs = walsh_means(d)
    median = weighted_median(points, pairs)
    alpha = 1.0 - level

    def accepted(position: int) -> bool:
        return signed_rank(d - _place(points, position), zeros).p_value > alpha

    # Even positions are gaps (0 lies below every point), odd positions are the points themselves.
    last = 2 * len(points)
    if accepted(0):
        return HodgesLehmann(median, -np.inf, np.inf)
    middle = 2 * min(int(np.searchsorted(points, median)), len(points) - 1) + 1
    low = _outermost(range(middle + 1), accepted, len(points))
    high = _outermost(range(last, middle - 1, -1), accepted, len(points))
    return HodgesLehmann(
        median, float(points[(low - 1) // 2]), float(points[min(high // 2, len(points) - 1)])
    )


def _place(points: Floats, position: int) -> float:
    if position % 2:
        return float(points[position // 2])
    k = position // 2
    if k == 0:
        return float(points[0] - 1.0 - abs(points[0]))
    if k == len(points):
        return float(points[-1] + 1.0 + abs(points[-1]))
    return float((points[k - 1] + points[k]) / 2.0)


def _outermost(positions: range, accepted: object, n_points: int) -> int:
    """Return the first accepted position, walking inwards (all of them, or bisection and a guard)."""
    assert callable(accepted)
    if n_points <= SCANNED:
        return next((p for p in positions if accepted(p)), positions[-1])
    outside, inside = 0, len(positions) - 1
    while inside - outside > 1:
        middle = (outside + inside) // 2
        if accepted(positions[middle]):
            inside = middle
        else:
            outside = middle
    near = range(max(1, inside - GUARD), inside)
    return next((positions[k] for k in near if accepted(positions[k])), positions[inside])
