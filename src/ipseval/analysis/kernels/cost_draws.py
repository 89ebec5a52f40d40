"""Cost and effect together: the difference between arms in every resample of clusters, in one batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.bootstrap import bca_levels
from ipseval.core.errors import EstimationError

Array = NDArray[np.float64]
Whole = NDArray[np.intp]
PANEL = 250
"""Resamples taken at once, so that memory stays flat."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Mean with and without treatment per resample and column of y: (resamples, columns) each."""

    treated: Array
    control: Array

    @property
    def difference(self) -> Array:
        """Treated minus control."""
        return self.treated - self.control


def adjusted_means(y: Array, d: Array, x: Array, weights: Array) -> Draws:
    """Return the two mean outcomes among the treated, by least squares within each arm, per set of weights.

    Parameters
    ----------
    y
        Outcomes, (n, q).
    d
        Arm, 0 or 1, (n,).
    x
        Covariates without intercept, (n, p); with p = 0 the answer is the difference of means.
    weights
        One row of weights per answer, (r, n).
    """
    full = np.column_stack([np.ones(len(d)), x])
    n, p = full.shape
    squares = (full[:, :, None] * full[:, None, :]).reshape(n, p * p)
    products = (full[:, :, None] * y[:, None, :]).reshape(n, p * y.shape[1])
    means = []
    arm = d == 1.0
    inside = weights[:, arm]
    target = inside @ full[arm] / inside.sum(axis=1)[:, None]
    for own in (arm, ~arm):
        w = weights[:, own]
        gram = (w @ squares[own]).reshape(-1, p, p)
        cross = (w @ products[own]).reshape(-1, p, y.shape[1])
        means.append(np.einsum("rp,rpq->rq", target, _solved(gram, cross)))
    return Draws(means[0], means[1])


def _solved(gram: Array, cross: Array) -> Array:
    """Solve each system; one that a resample leaves undetermined gives NaN, never a guess."""
    scale = np.einsum("rpp->rp", gram)
    good = (scale > 0).all(axis=1)
    if good.any():
        root = np.sqrt(scale[good])
        smallest = np.linalg.eigvalsh(gram[good] / (root[:, :, None] * root[:, None, :]))[:, 0]
        good[np.flatnonzero(good)[smallest < 1e-10]] = False
    out = np.full(cross.shape, np.nan)
    if good.any():
        out[good] = np.linalg.solve(gram[good], cross[good])
    return out


def strata_of(units: Whole, d: Array) -> Whole:
    """Return each unit's stratum: 0 controls only, 1 treated only, 2 both arms (as matched sets have)."""
    count = int(units.max()) + 1
    treated = np.bincount(units, weights=d, minlength=count)
    size = np.bincount(units, minlength=count)
    return np.where(treated == 0, 0, np.where(treated == size, 1, 2)).astype(np.intp)


def resampled(
    y: Array, d: Array, x: Array, weights: Array, units: Whole, resamples: int, seed: int
) -> tuple[Draws, Draws]:
    """Resample units (persons, sets, municipalities) within their stratum, and leave each out in turn.

    Returns
    -------
    tuple
        The resamples and the leave-one-out answers.
    """
    count, strata = int(units.max()) + 1, strata_of(units, d)
    rng = np.random.default_rng(seed)
    parts = []
    for start in range(0, resamples, PANEL):
        drawn = np.zeros((min(PANEL, resamples - start), count))
        for stratum in np.unique(strata):
            own = np.flatnonzero(strata == stratum)
            drawn[:, own] = rng.multinomial(len(own), np.full(len(own), 1.0 / len(own)), size=len(drawn))
        parts.append(adjusted_means(y, d, x, drawn[:, units] * weights))
    left = [
        adjusted_means(y, d, x, (np.arange(a, min(a + PANEL, count))[:, None] != units) * weights)
        for a in range(0, count, PANEL)
    ]
    return _joined(parts), _joined(left)


def _joined(parts: list[Draws]) -> Draws:
    return Draws(np.concatenate([p.treated for p in parts]), np.concatenate([p.control for p in parts]))


def bca(estimate: float, draws: Array, left_out: Array, level: float) -> tuple[float, float]:
    """Return BCa limits of one number; refuses where the resamples do not surround the estimate."""
    if not np.isfinite(left_out).all():
        raise EstimationError("leaving out one unit leaves the model undetermined; use fewer covariates.")
    below = (np.sum(draws < estimate) + 0.5 * np.sum(draws == estimate)) / len(draws)
    if not 0.0 < below < 1.0:
        return float("nan"), float("nan")
    pull = left_out.mean() - left_out
    spread = float((pull**2).sum()) ** 1.5
    acceleration = float((pull**3).sum()) / (6.0 * spread) if spread > 0 else 0.0
    low, high = np.quantile(draws, bca_levels(float(below), acceleration, level))
    return float(low), float(high)
