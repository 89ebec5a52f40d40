"""The one owner of tail probabilities, so that p is never 0 and never 1 - cdf."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

SMALLEST = math.ulp(0.0)
"""What an underflowing p is stored as: the smallest positive double."""


def floor_p(p: ArrayLike) -> NDArray[np.float64]:
    """Clip p-values into [SMALLEST, 1]; NaN stays NaN."""
    return np.asarray(np.clip(np.asarray(p, dtype=float), SMALLEST, 1.0), dtype=np.float64)


def normal_two_sided(z: ArrayLike) -> NDArray[np.float64]:
    """Two-sided p of a standard normal statistic."""
    from scipy import special

    return floor_p(2.0 * special.ndtr(-np.abs(np.asarray(z, dtype=float))))


def t_two_sided(t: ArrayLike, df: ArrayLike) -> NDArray[np.float64]:
    """Two-sided p of Student's t with `df` degrees of freedom."""
    from scipy import special

    return floor_p(2.0 * special.stdtr(np.asarray(df, dtype=float), -np.abs(np.asarray(t, dtype=float))))


def chi2_upper(x: ArrayLike, df: ArrayLike) -> NDArray[np.float64]:
    """Upper tail of chi-square with `df` degrees of freedom."""
    from scipy import special

    return floor_p(special.chdtrc(np.asarray(df, dtype=float), np.asarray(x, dtype=float)))


def f_upper(x: ArrayLike, df1: ArrayLike, df2: ArrayLike) -> NDArray[np.float64]:
    """Upper tail of the F distribution."""
    from scipy import special

    return floor_p(special.fdtrc(np.asarray(df1, float), np.asarray(df2, float), np.asarray(x, float)))


def f_quantile(p: float, df1: float, df2: float) -> float:
    """Return the value that an F variable stays under with probability `p`."""
    from scipy import special

    return float(special.fdtri(df1, df2, p))


def normal_quantile(level: float) -> float:
    """Return z such that a central interval of the standard normal holds `level`."""
    from scipy import special

    return float(-special.ndtri((1.0 - level) / 2.0))


def t_quantile(level: float, df: ArrayLike) -> NDArray[np.float64]:
    """Return t such that a central interval of Student's t holds `level`."""
    from scipy import special

    return np.asarray(-special.stdtrit(np.asarray(df, dtype=float), (1.0 - level) / 2.0))


def resampling_p(exceeding: int, draws: int) -> float:
    """Monte-Carlo p, (b + 1) / (m + 1): never 0, and valid."""
    return (exceeding + 1) / (draws + 1)


def expit(x: ArrayLike) -> NDArray[np.float64]:
    """Logistic function without overflow."""
    from scipy import special

    return np.asarray(special.expit(np.asarray(x, dtype=float)))
