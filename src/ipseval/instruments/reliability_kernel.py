"""Reliability coefficients of complete answers: arrays in, values out.

`x` is always (n persons, k items), keyed in one direction and without missing answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.tails import f_quantile, normal_quantile

Matrix = NDArray[np.float64]

HEYWOOD = 0.005
"""A unique variance under this share of an item's variance is no solution (the bound of R's factanal)."""


def alpha_from(covariance: Matrix) -> float:
    """Cronbach's alpha of a covariance (or correlation) matrix; NaN if the total does not vary."""
    k = len(covariance)
    total = float(covariance.sum())
    if k < 2 or total <= 0.0:
        return math.nan
    return k / (k - 1) * (1.0 - float(np.trace(covariance)) / total)


def correlation_from(covariance: Matrix) -> Matrix | None:
    """Return the correlation matrix, or None where an item does not vary."""
    spread = np.sqrt(np.diag(covariance))
    return None if (spread == 0.0).any() else covariance / np.outer(spread, spread)


def feldt(alpha: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Feldt's interval for alpha: F distribution with n - 1 and (n - 1)(k - 1) degrees of freedom."""
    tail = (1.0 - level) / 2.0
    df1, df2 = n - 1.0, (n - 1.0) * (k - 1.0)
    low, high = (1.0 - (1.0 - alpha) * f_quantile(p, df1, df2) for p in (1.0 - tail, tail))
    return low, high


def bonett(alpha: float, n: int, k: int, level: float) -> tuple[float, float]:
    """Bonett's interval for alpha, normal on the scale of log(1 - alpha); needs n > 2 and alpha < 1."""
    if n <= 2 or alpha >= 1.0:
        return math.nan, math.nan
    reach = normal_quantile(level) * math.sqrt(2.0 * k / ((k - 1.0) * (n - 2.0)))
    centre = math.log(1.0 - alpha)
    return 1.0 - math.exp(centre + reach), 1.0 - math.exp(centre - reach)


def item_rest(x: Matrix) -> Matrix:
    """Correlate every item with the sum of the others; NaN where either does not vary."""
    total = x.sum(axis=1)
    found = []
    for item in x.T:
        rest = total - item
        pair = np.cov(item, rest)
        spread = math.sqrt(pair[0, 0] * pair[1, 1])
        found.append(pair[0, 1] / spread if spread > 0.0 else math.nan)
    return np.array(found)


@dataclass(frozen=True, eq=False)
class OneFactor:
    """One-factor maximum-likelihood solution: loadings and unique variances in the units of the items."""

    loadings: Matrix
    uniquenesses: Matrix
    heywood: bool
    converged: bool

    @property
    def omega(self) -> float:
        """Share of the variance of the sum that is due to the factor; NaN without a proper solution."""
        if self.heywood or not self.converged:
            return math.nan
        common = float(self.loadings.sum()) ** 2
        return common / (common + float(self.uniquenesses.sum()))


def one_factor(covariance: Matrix, steps: int = 500) -> OneFactor:
    """Fit one factor by maximum likelihood (Jöreskog's reduced problem in the unique variances).

    The fit is made on correlations and scaled back, which maximum likelihood allows.
    """
    spread = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(spread, spread)
    unique = np.clip(0.5 / np.diag(np.linalg.pinv(r)), HEYWOOD, 1.0)  # factanal's start for one factor
    misfit = _misfit(r, unique)
    converged = False
    for _ in range(steps):
        step = _newton_step(r, unique)
        unique, new_misfit = _shortened(r, unique, step, misfit)
        converged = abs(misfit - new_misfit) < 1e-13 and bool(np.abs(step).max() < 1e-7)
        misfit = new_misfit
        if converged or (unique <= HEYWOOD).any():
            break
    loadings = _loadings(r, unique)
    heywood = bool((unique <= HEYWOOD).any())
    return OneFactor(loadings * spread, unique * spread**2, heywood, converged)


def _scaled_eigen(r: Matrix, unique: Matrix) -> tuple[Matrix, Matrix]:
    scale = 1.0 / np.sqrt(unique)
    values, vectors = np.linalg.eigh(r * np.outer(scale, scale))
    return values, vectors


def _misfit(r: Matrix, unique: Matrix) -> float:
    values, _ = _scaled_eigen(r, unique)
    rest = np.maximum(values[:-1], 1e-300)
    return float(np.sum(rest - np.log(rest) - 1.0))


def _loadings(r: Matrix, unique: Matrix) -> Matrix:
    values, vectors = _scaled_eigen(r, unique)
    first = np.asarray(np.sqrt(unique) * vectors[:, -1] * math.sqrt(max(values[-1] - 1.0, 0.0)))
    return first if first.sum() >= 0 else -first


def _newton_step(r: Matrix, unique: Matrix) -> Matrix:
    _, vectors = _scaled_eigen(r, unique)
    loadings = _loadings(r, unique)
    residual = np.diag(r) - loadings**2 - unique
    gradient = -residual / unique**2
    rest = vectors[:, :-1]
    information = ((rest @ rest.T) / np.sqrt(np.outer(unique, unique))) ** 2
    return np.asarray(-np.linalg.lstsq(information, gradient, rcond=None)[0], dtype=np.float64)


def _shortened(r: Matrix, unique: Matrix, step: Matrix, misfit: float) -> tuple[Matrix, float]:
    """Halve the step until the fit is no worse; unique variances stay at or above the bound."""
    share = 1.0
    for _ in range(40):
        tried = np.clip(unique + share * step, HEYWOOD, 1.0)
        found = _misfit(r, tried)
        if found <= misfit + 1e-15:
            return tried, found
        share /= 2.0
    return unique, misfit
