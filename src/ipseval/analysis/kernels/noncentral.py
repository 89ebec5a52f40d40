"""Limits of the noncentrality of Student's t, by quadrature.

The noncentral t is P(Z <= t S - d) with S a chi variable over the root of its degrees of freedom.
Integrating over S is accurate to rounding for every t; the series behind `scipy.special.nctdtr`
gives NaN or does not end for some arguments met in practice.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NODES = 96
TAIL = 1e-17
"""Mass of S left out at each end."""


def t_noncentrality(t: float, df: float, level: float) -> tuple[float, float]:
    """Return the noncentralities under which `t` is the upper and the lower limit of a central `level`.

    This inverts the equal-tailed t-test, so zero lies outside exactly when the two-sided p is below
    1 - level.  Reference: Steiger and Fouladi (1997), Noncentrality interval estimation.
    """
    alpha = (1.0 - level) / 2.0
    return _solve(t, df, 1.0 - alpha), _solve(t, df, alpha)


def noncentral_t_cdf(t: float, df: float, noncentrality: float) -> float:
    """P(T <= t) of the noncentral t."""
    from scipy import special

    low, high = _range_of_s(df)
    # The integrand steps from 0 to 1 within a few 1/|t| of s = noncentrality / t: split there.
    cuts = [low, high]
    if t != 0.0:
        step, width = noncentrality / t, 8.0 / abs(t)
        cuts += [c for c in (step - width, step, step + width) if low < c < high]
    cuts.sort()
    total = 0.0
    for a, b in pairwise(cuts):
        s, weight = _nodes(a, b)
        total += float((weight * _density(s, df) * special.ndtr(t * s - noncentrality)).sum())
    return min(total, 1.0)


def _solve(t: float, df: float, probability: float) -> float:
    from scipy import optimize

    low, high = _range_of_s(df)
    ends = sorted((t * low, t * high))
    return float(
        optimize.brentq(
            lambda d: noncentral_t_cdf(t, df, d) - probability,
            ends[0] - 10.0,
            ends[1] + 10.0,
            xtol=1e-12,
            rtol=1e-13,
            maxiter=300,
        )
    )


@cache
def _range_of_s(df: float) -> tuple[float, float]:
    from scipy import special

    low = float(special.gammaincinv(df / 2.0, TAIL))
    high = float(special.gammainccinv(df / 2.0, TAIL))
    return float(np.sqrt(2.0 * low / df)), float(np.sqrt(2.0 * high / df))


@cache
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


def _nodes(a: float, b: float) -> tuple[Floats, Floats]:
    nodes, weights = _legendre()
    half = (b - a) / 2.0
    return (a + b) / 2.0 + half * nodes, half * weights


def _density(s: Floats, df: float) -> Floats:
    """Density of sqrt(chi2 / df)."""
    from scipy import special

    k = df / 2.0
    logs = np.log(2.0) + k * np.log(k) - special.gammaln(k) + (df - 1.0) * np.log(s) - k * s * s
    return np.asarray(np.exp(logs))
