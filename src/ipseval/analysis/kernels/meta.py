"""Random-effects pooling of trials: Paule-Mandel variance between trials, Hartung-Knapp interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pooling:
    """Pooled value with error and t degrees, and how much the trials differ.

    `plain_error` is the error without Hartung and Knapp's factor; `tau2_low` and `tau2_high` are
    Q-profile limits; `predict_error` is the error of a new trial's effect.
    """

    value: float
    std_error: float
    plain_error: float
    df: float
    tau2: float
    tau2_low: float
    tau2_high: float
    q: float
    q_p: float
    i2: float
    predict_error: float
    weights: Array


def pool(y: Array, variance: Array, level: float) -> Pooling:
    """Pool `y` with sampling `variance` (both length k, k >= 2).

    References: Paule and Mandel (1982), https://doi.org/10.6028/jres.087.022; Hartung and Knapp (2001),
    https://doi.org/10.1002/sim.1009; Viechtbauer (2007), https://doi.org/10.1002/sim.2514.
    """
    k = len(y)
    tau2 = _tau2(y, variance, k - 1.0)
    weights = 1.0 / (variance + tau2)
    value = float(weights @ y / weights.sum())
    plain = float(np.sqrt(1.0 / weights.sum()))
    factor = float(weights @ (y - value) ** 2) / (k - 1.0)
    error = plain * float(np.sqrt(factor))
    q = q_statistic(y, variance, 0.0)
    from scipy import special

    low = _tau2(y, variance, float(special.chdtri(k - 1.0, (1.0 - level) / 2.0)))
    high = _tau2(y, variance, float(special.chdtri(k - 1.0, (1.0 + level) / 2.0)))
    fixed = 1.0 / variance
    typical = (k - 1.0) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return Pooling(
        value, error, plain, k - 1.0, tau2, low, high, q, float(tails.chi2_upper(q, k - 1.0)),
        tau2 / (tau2 + typical), float(np.sqrt(tau2 + error**2)), weights / weights.sum(),
    )  # fmt: skip


def q_statistic(y: Array, variance: Array, tau2: float) -> float:
    """Cochran's Q with weights 1 / (variance + tau2)."""
    weights = 1.0 / (variance + tau2)
    mean = weights @ y / weights.sum()
    return float(weights @ (y - mean) ** 2)


def _tau2(y: Array, variance: Array, target: float) -> float:
    """Return the variance between trials at which Q equals `target`; 0 where Q is smaller at once."""
    from scipy import optimize

    if q_statistic(y, variance, 0.0) <= target:
        return 0.0
    high = float(y.var(ddof=1) + variance.max())
    while q_statistic(y, variance, high) > target:
        high *= 2.0
    return float(
        optimize.brentq(lambda t: q_statistic(y, variance, t) - target, 0.0, high, xtol=1e-15, rtol=1e-14)
    )
