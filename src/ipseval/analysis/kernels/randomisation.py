"""Randomisation inference when whole municipalities got an offer: every placement of the treated ones.

The statistic is the difference of (weighted) cluster means over its error, so that it stays honest when
treated clusters vary otherwise than the rest; the interval holds every constant effect not rejected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
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


@lru_cache(maxsize=2)
def _every(count: int, treated: int) -> NDArray[np.intp]:
    flat = np.fromiter((i for chosen in combinations(range(count), treated) for i in chosen), dtype=np.intp)
    found = flat.reshape(-1, treated)
    found.flags.writeable = False
    return found


def placements(count: int, treated: int, resamples: int, seed: int) -> tuple[NDArray[np.intp], bool]:
    """List every choice of `treated` among `count` clusters, or draw `resamples` where there are too many."""
    if comb(count, treated) <= MOST_PLACEMENTS:
        return _every(count, treated), True
    rng = np.random.default_rng(seed)
    return np.argsort(rng.random((resamples, count)), axis=1)[:, :treated], False


def judge_placements(clusters: Clusters, level: float, resamples: int, seed: int) -> Placed:
    """Test no effect over all placements of the treated clusters, and invert the test."""
    count, treated = len(clusters.m0), int(clusters.treated.sum())
    chosen, exact = placements(count, treated, resamples, seed)
    own = np.flatnonzero(clusters.treated)[None, :]
    gap0, gap1 = _gap(clusters.m0, clusters, own), _gap(clusters.m1, clusters, own)
    estimate = float(gap0[0] / gap1[0])

    here, everywhere = Sums.of(clusters, own), Sums.of(clusters, chosen)

    def p_at(null: float) -> float:
        observed = abs(float(here.studentised(null)[0]))
        t = np.abs(everywhere.studentised(null))
        exceeding = int((t >= observed * (1.0 - 1e-9)).sum())
        return exceeding / len(t) if exact else resampling_p(exceeding, len(t))

    smallest = smallest_p(count, treated) if exact else 1.0 / (resamples + 1)
    statistic = float(here.studentised(0.0)[0])
    low, high = -float("inf"), float("inf")
    if smallest < 1.0 - level:
        step = abs(estimate / statistic) if statistic and np.isfinite(statistic) else np.ptp(clusters.m0)
        low, high = invert(p_at, estimate, float(max(step, 1e-9)), 1.0 - level)
    return Placed(estimate, statistic, p_at(0.0), low, high, len(chosen), exact, smallest)


def _gap(values: Array, clusters: Clusters, chosen: NDArray[np.intp]) -> Array:
    w = clusters.weight
    top, below = (w * values)[chosen].sum(axis=1), w[chosen].sum(axis=1)
    return np.asarray(top / below - ((w * values).sum() - top) / (w.sum() - below))


@dataclass(frozen=True, eq=False)
class Sums:
    """Weighted sums over the chosen clusters (9 x B) and over all (9), from which t follows at any null.

    In order: w, w m0, w m1, w^2, w^2 m0, w^2 m1, w^2 m0^2, w^2 m0 m1, w^2 m1^2, with both m centred.
    """

    inside: Array
    outside: Array
    counts: tuple[int, int]
    spans: tuple[float, float]

    @classmethod
    def of(cls, clusters: Clusters, chosen: NDArray[np.intp]) -> Sums:
        """Sum once over all placements; every null value is then a few sums of vectors."""
        w, m0, m1 = clusters.weight, clusters.m0 - clusters.m0.mean(), clusters.m1 - clusters.m1.mean()
        w2 = w**2
        each = np.array([w, w * m0, w * m1, w2, w2 * m0, w2 * m1, w2 * m0**2, w2 * m0 * m1, w2 * m1**2])
        inside = np.array([np.add.reduce(row[chosen.T], axis=0) for row in each])
        size = chosen.shape[1]
        spans = (float(np.ptp(m0)), float(np.ptp(m1)))
        return cls(inside, each.sum(axis=1)[:, None] - inside, (size, len(w) - size), spans)

    def studentised(self, null: float) -> Array:
        """Return (mean chosen - mean rest) / error under a null; one treated cluster has no spread.

        With equal weights it is Welch's t on cluster means.  Where one side is a single cluster, the spread
        is that of the other side alone.
        """
        (mean1, var1), (mean0, var0) = (
            _arm(sums, n, null) for sums, n in zip((self.inside, self.outside), self.counts, strict=True)
        )
        error = np.sqrt(var1 + var0)
        gap = mean1 - mean0
        tiny = 1e-12 * max(self.spans[0] + abs(null) * self.spans[1], 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = gap / error
        # A spread that is rounding only: sums of squares lose half the digits.
        none = error <= 1e-7 * max(self.spans[0] + abs(null) * self.spans[1], 1e-300)
        ends = np.where(np.abs(gap) > tiny, np.copysign(np.inf, gap), 0.0)
        return np.asarray(np.where(none, ends, t))


def _arm(sums: Array, n: int, null: float) -> tuple[Array, Array]:
    w, ww = sums[0], sums[3]
    wy = sums[1] - null * sums[2]
    wwy = sums[4] - null * sums[5]
    wwyy = sums[6] - 2.0 * null * sums[7] + null**2 * sums[8]
    mean = wy / w
    if n < 2:
        return mean, np.zeros_like(mean)
    spread = np.maximum(wwyy - 2.0 * mean * wwy + mean**2 * ww, 0.0) / w**2
    return mean, spread * n / (n - 1.0)
