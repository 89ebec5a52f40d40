"""Randomisation inference when whole municipalities got an offer: every placement of the treated ones.

The statistic is the difference of (weighted) cluster means over its error, so that it stays honest when
treated clusters vary otherwise than the rest; the interval holds every constant effect not rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.cluster import Array
from ipseval.analysis.kernels.wild import invert
from ipseval.core.tails import resampling_p

MOST_PLACEMENTS = 400_000
"""Above so many placements they are drawn instead of listed."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Cluster means under a null effect b: `m0 - b * m1`; `weight` per cluster and who was treated."""

    m0: Array
    m1: Array
    weight: Array
    treated: NDArray[np.bool_]


@dataclass(frozen=True)
class Placed:
    """Estimate, t, p, limits, number of placements, and the smallest p that they allow."""

    estimate: float
    statistic: float
    p_value: float
    low: float
    high: float
    placements: int
    exact: bool
    smallest: float


def smallest_p(count: int, treated: int) -> float:
    """Return the smallest two-sided p of the exact test; with arms of equal size the mirror counts too."""
    return (2.0 if 2 * treated == count else 1.0) / comb(count, treated)


def placements(count: int, treated: int, resamples: int, seed: int) -> tuple[NDArray[np.intp], bool]:
    """List every choice of `treated` among `count` clusters, or draw `resamples` where there are too many."""
    if comb(count, treated) <= MOST_PLACEMENTS:
        flat = np.fromiter(
            (i for chosen in combinations(range(count), treated) for i in chosen), dtype=np.intp
        )
        return flat.reshape(-1, treated), True
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((resamples, count)), axis=1)[:, :treated], False


def judge_placements(clusters: Clusters, level: float, resamples: int, seed: int) -> Placed:
    """Test no effect over all placements of the treated clusters, and invert the test."""
    count, treated = len(clusters.m0), int(clusters.treated.sum())
    chosen, exact = placements(count, treated, resamples, seed)
    own = np.flatnonzero(clusters.treated)[None, :]
    gap0, gap1 = _gap(clusters.m0, clusters, own), _gap(clusters.m1, clusters, own)
    estimate = float(gap0[0] / gap1[0])

    def p_at(null: float) -> float:
        means = clusters.m0 - null * clusters.m1
        observed = abs(float(studentised(means, clusters.weight, own)[0]))
        t = np.abs(studentised(means, clusters.weight, chosen))
        exceeding = int((t >= observed * (1.0 - 1e-9)).sum())
        return exceeding / len(t) if exact else resampling_p(exceeding, len(t))

    smallest = smallest_p(count, treated) if exact else 1.0 / (resamples + 1)
    statistic = float(studentised(clusters.m0, clusters.weight, own)[0])
    low, high = -float("inf"), float("inf")
    if smallest < 1.0 - level:
        step = abs(estimate / statistic) if statistic and np.isfinite(statistic) else np.ptp(clusters.m0)
        low, high = invert(p_at, estimate, float(max(step, 1e-9)), 1.0 - level)
    return Placed(estimate, statistic, p_at(0.0), low, high, len(chosen), exact, smallest)


def _gap(values: Array, clusters: Clusters, chosen: NDArray[np.intp]) -> Array:
    w = clusters.weight
    top, below = (w * values)[chosen].sum(axis=1), w[chosen].sum(axis=1)
    return np.asarray(top / below - ((w * values).sum() - top) / (w.sum() - below))


def studentised(values: Array, weight: Array, chosen: NDArray[np.intp]) -> Array:
    """Return (mean chosen - mean rest) / error for each row of `chosen`; one treated cluster has no spread.

    With equal weights it is Welch's t on cluster means.  Where one side is a single cluster, the spread is
    that of the other side alone.
    """
    centred = values - values.mean()
    sums = [weight, weight * centred, weight**2, weight**2 * centred, weight**2 * centred**2]
    inside = np.array([s[chosen].sum(axis=1) for s in sums])
    outside = np.array([s.sum() for s in sums])[:, None] - inside
    n1 = chosen.shape[1]
    n0 = len(values) - n1
    mean1, var1 = _arm(inside, n1)
    mean0, var0 = _arm(outside, n0)
    error = np.sqrt(var1 + var0)
    gap = mean1 - mean0
    tiny = 1e-12 * max(float(np.ptp(values)), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = gap / error
    return np.asarray(np.where(error > tiny, t, np.where(np.abs(gap) > tiny, np.copysign(np.inf, gap), 0.0)))


def _arm(sums: Array, n: int) -> tuple[Array, Array]:
    w, wy, ww, wwy, wwyy = sums
    mean = wy / w
    if n < 2:
        return mean, np.zeros_like(mean)
    spread = np.maximum(wwyy - 2.0 * mean * wwy + mean**2 * ww, 0.0) / w**2
    return mean, spread * n / (n - 1.0)
