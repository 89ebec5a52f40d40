"""What missing answers could do to a mean: weights, bounds without assumptions, trimming, shifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import fit_logit
from ipseval.core import tails

Floats = NDArray[np.float64]
LEAST_CHANCE = 1e-6
"""A fitted chance of answering below this means the model parts answerers from the rest."""


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error, and the degrees of freedom of its t."""

    value: float
    std_error: float
    df: float


def ipw_mean(y: Floats, answered: NDArray[np.bool_], x: Floats) -> Estimate | None:
    """Mean of everybody from those who answered, each weighted by one over the chance of answering.

    `y` is read where `answered`; `x` (n, p) starts with ones.  The standard error allows for the weights
    being estimated (stacked estimating equations).  None when the response model parts the groups.
    Reference: Robins, Rotnitzky and Zhao (1994), https://doi.org/10.1080/01621459.1994.10476818.
    """
    r = answered.astype(float)
    fit = fit_logit(x, r)
    p = fit.fitted
    if not fit.converged or p.min() < LEAST_CHANCE or p.max() > 1.0 - 1e-12:
        return None
    weight = np.where(answered, 1.0 / p, 0.0)
    values = np.where(answered, y, 0.0)
    mean = float((weight * values).sum() / weight.sum())
    residual = weight * (values - mean)
    # Estimating the weights takes away what the response model explains of the residuals.
    slope = ((residual * (1.0 - p))[:, None] * x).sum(axis=0)
    influence = (residual - (x * (r - p)[:, None]) @ (fit.cov @ slope)) / weight.sum()
    return Estimate(mean, float(np.sqrt((influence**2).sum())), float(r.sum() - 1.0))


def filled_mean(y: Floats, n_missing: int, value: float) -> Estimate:
    """Mean when every missing answer is `value`."""
    whole = np.concatenate([y, np.full(n_missing, value)])
    n = len(whole)
    error = float(np.std(whole, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return Estimate(float(whole.mean()), error, n - 1.0)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """First minus second, of independent groups, with Welch's degrees of freedom."""
    parts = np.array([first.std_error, second.std_error]) ** 2
    below = (parts**2 / np.array([first.df, second.df])).sum() if min(first.df, second.df) > 0 else 0.0
    df = float(parts.sum() ** 2 / below) if below > 0 else float("nan")
    return Estimate(first.value - second.value, float(np.sqrt(parts.sum())), df)


def imbens_manski(low: Estimate, high: Estimate, level: float) -> tuple[float, float]:
    """Interval that holds the true value with probability `level` when it lies between two bounds.

    Reference: Imbens and Manski (2004), https://doi.org/10.1111/j.1468-0262.2004.00555.x.
    """
    from scipy import optimize, special

    widest = max(low.std_error, high.std_error)
    if not widest > 0.0:
        return low.value, high.value
    gap = max(high.value - low.value, 0.0) / widest
    c = optimize.brentq(lambda c: float(special.ndtr(c + gap) - special.ndtr(-c)) - level, 0.0, 40.0)
    return float(low.value - c * low.std_error), float(high.value + c * high.std_error)


def trimmed_mean(y: Floats, share: float, *, top: bool) -> float:
    """Mean after a share of the persons at the top (or bottom) is cut; who is on the edge counts in part."""
    ordered = np.sort(y)[::-1] if top else np.sort(y)
    cut = share * len(y)
    kept = np.clip(np.arange(1, len(y) + 1) - cut, 0.0, 1.0)
    return float((kept * ordered).sum() / kept.sum())


@dataclass(frozen=True)
class Lee:
    """Bounds of the effect on those who answer in either arm, and the share that was trimmed."""

    low: float
    high: float
    trimmed: float


def lee_bounds(treated: Floats, n_treated: int, control: Floats, n_control: int) -> Lee:
    """Trim the arm that answers more, from the top and from the bottom, until both answer alike.

    Reference: Lee (2009), https://doi.org/10.1111/j.1467-937X.2009.00536.x.
    """
    p1, p0 = len(treated) / n_treated, len(control) / n_control
    if p1 >= p0:
        share = (p1 - p0) / p1
        low, high = (trimmed_mean(treated, share, top=top) - control.mean() for top in (True, False))
    else:
        share = (p0 - p1) / p0
        low, high = (treated.mean() - trimmed_mean(control, share, top=top) for top in (False, True))
    return Lee(float(low), float(high), float(share))


def lee_errors(
    treated: Floats, n_treated: int, control: Floats, n_control: int, resamples: int, seed: int
) -> tuple[float, float]:
    """Bootstrap standard errors of both bounds; persons (answered or not) are drawn within their arm."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        m1, m0 = (
            rng.binomial(n_treated, len(treated) / n_treated),
            rng.binomial(n_control, len(control) / n_control),
        )
        if m1 == 0 or m0 == 0:
            continue
        drawn = lee_bounds(rng.choice(treated, m1), n_treated, rng.choice(control, m0), n_control)
        found.append((drawn.low, drawn.high))
    low, high = np.std(np.array(found), axis=0, ddof=1)
    return float(low), float(high)


@dataclass(frozen=True)
class Tipping:
    """Shift of the missing at which the estimate is zero, and at which it is no longer clear of zero."""

    zero: float
    unclear: float


def tipping_shift(estimate: Estimate, missing: float, n: int, critical: float) -> Tipping:
    """Solve for the shift delta when a share `missing` of n persons is delta away from those who answered.

    The estimate is then value + missing * delta; delta adds missing * (1 - missing) * delta^2 / n to its
    variance.  `unclear` is NaN when the estimate is not clear of zero to begin with.
    """
    nan = float("nan")
    if missing == 0.0:
        return Tipping(nan, nan)
    zero = -estimate.value / missing
    v = estimate.std_error**2
    if not abs(estimate.value) > critical * estimate.std_error:
        return Tipping(zero, nan)
    # (value + m d)^2 = c^2 (v + m (1 - m) d^2 / n), a quadratic in d.
    a = missing**2 - critical**2 * missing * (1.0 - missing) / n
    b = 2.0 * estimate.value * missing
    c = estimate.value**2 - critical**2 * v
    roots = np.roots([a, b, c])
    real = roots[np.isreal(roots)].real
    against = real[np.sign(real) == -np.sign(estimate.value)]
    return Tipping(zero, float(against[np.argmin(np.abs(against))]) if len(against) else nan)


def fisher_p(a: int, n1: int, c: int, n0: int) -> float:
    """Two-sided Fisher p of a out of n1 against c out of n0."""
    from scipy import special

    total, events = n1 + n0, a + c
    x = np.arange(max(0, events - n0), min(n1, events) + 1)

    def log_comb(n: float, k: Floats) -> Floats:
        return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))

    logs = log_comb(n1, x.astype(float)) + log_comb(n0, (events - x).astype(float))
    logs -= log_comb(total, np.array([float(events)]))
    weights = np.exp(logs)
    observed = weights[a - x[0]]
    return float(tails.floor_p(weights[weights <= observed * (1.0 + 1e-7)].sum()))
