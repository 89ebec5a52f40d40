"""Two weighted arms: shares of pairs in which one side is higher, quantiles, and unit-wise resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


def placements(y: Array, d: Array, weights: Array) -> Array:
    """Per person: the share of the other arm below them minus the share above.

    The weighted mean over the treated is Cliff's delta, over the controls minus it; so the difference of the
    two means is twice delta, and its error (people or clusters independent) is that of delta: the first-order
    part of the Wilcoxon-Mann-Whitney statistic (Brunner and Munzel 2000, with clusters and weights).
    """
    found = np.empty(len(y))
    for arm in (0.0, 1.0):
        own, other = d == arm, d != arm
        order = np.argsort(y[other], kind="stable")
        values, mass = y[other][order], np.concatenate([[0.0], np.cumsum(weights[other][order])])
        below = mass[np.searchsorted(values, y[own], "left")]
        above = mass[-1] - mass[np.searchsorted(values, y[own], "right")]
        found[own] = (below - above) / mass[-1]
    return found


def quantile(values: Array, weights: Array, q: float) -> float:
    """Return the smallest value at which the weighted share reaches `q`; values are in rising order."""
    total = np.cumsum(weights)
    return float(values[min(int(np.searchsorted(total, q * total[-1] * (1.0 - 1e-12))), len(values) - 1)])


@dataclass(frozen=True, eq=False)
class Drawn:
    """Quantiles in each arm: as estimated (2 x q), and in each resample (draws x 2 x q), treated first."""

    estimate: Array
    resampled: Array


def resampled_quantiles(
    y: Array, d: Array, weights: Array, units: Ints, quantiles: tuple[float, ...], draws: int, seed: int
) -> Drawn:
    """Draw whole units anew, among those that hold the same arms, and take the quantiles each time."""
    count = int(units.max()) + 1
    inside, size = np.bincount(units, weights=d, minlength=count), np.bincount(units, minlength=count)
    kind = np.where(inside == 0, 0, np.where(inside == size, 1, 2))
    strata = [np.flatnonzero(kind == k) for k in np.unique(kind)]
    sides = []
    for arm in (1.0, 0.0):
        own = np.flatnonzero(d == arm)
        own = own[np.argsort(y[own], kind="stable")]
        sides.append((y[own], weights[own], units[own]))
    estimate = np.array([[quantile(v, w, q) for q in quantiles] for v, w, _ in sides])
    rng = np.random.default_rng(seed)
    found = np.empty((draws, 2, len(quantiles)))
    times = np.zeros(count)
    for b in range(draws):
        for s in strata:
            times[s] = rng.multinomial(len(s), np.full(len(s), 1.0 / len(s)))
        for a, (v, w, u) in enumerate(sides):
            now = w * times[u]
            if now.sum() <= 0.0:
                found[b, a] = np.nan
                continue
            found[b, a] = [quantile(v, now, q) for q in quantiles]
    return Drawn(estimate, found)
