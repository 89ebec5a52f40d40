"""Mean change: t interval, equivalence, and standardised changes from moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TMean:
    """A mean with its t interval; NaN where one person, or no spread, leaves nothing to go by."""

    mean: float
    sd: float
    std_error: float
    low: float
    high: float
    statistic: float
    df: float
    p_value: float


def t_mean(x: Floats, level: float, null: float = 0.0) -> TMean:
    """Mean of `x`, its t interval, and the two-sided t-test against `null`."""
    n = len(x)
    mean = float(np.mean(x))
    nan = float("nan")
    sd = float(np.std(x, ddof=1)) if n > 1 else nan
    if n < 2 or no_spread(x):
        return TMean(mean, 0.0 if n > 1 else nan, nan, nan, nan, nan, nan, nan)
    error = sd / np.sqrt(n)
    half = float(tails.t_quantile(level, n - 1)) * error
    t = (mean - null) / error
    p = float(tails.t_two_sided(t, n - 1))
    return TMean(mean, sd, float(error), mean - half, mean + half, float(t), float(n - 1), p)


def no_spread(x: Floats) -> bool:
    """Say whether all values are one value but for rounding."""
    return bool(np.ptp(x) <= 1e-9 * max(float(np.max(np.abs(x))), 1e-300))


def tost(x: Floats, margin: float, level: float) -> TMean:
    """Equivalence of a mean change to zero within +-margin: p is the larger of two one-sided p.

    The interval has level 2 * level - 1 (90 % for 95 %), since it lies within the margins exactly when
    p < 1 - level.  Reference: Schuirmann (1987), https://doi.org/10.1007/BF01068419.
    """
    from scipy import special

    plain = t_mean(x, 2.0 * level - 1.0)
    if not np.isfinite(plain.std_error):
        return plain
    distance = (margin - abs(plain.mean)) / plain.std_error
    p = float(tails.floor_p(special.stdtr(plain.df, -distance)))
    return TMean(plain.mean, plain.sd, plain.std_error, plain.low, plain.high, float(distance), plain.df, p)


def hedges_j(df: float) -> float:
    """Hedges' exact small-sample factor; NaN for one degree of freedom, where it does not exist."""
    from scipy import special

    if df < 2:
        return float("nan")
    logs = special.gammaln(df / 2.0) - special.gammaln((df - 1.0) / 2.0)
    return float(np.exp(logs) / np.sqrt(df / 2.0))


def change_moments(before: Floats, after: Floats) -> Floats:
    """What `standardised_changes` averages per person: x, y, x^2, y^2, xy, all from the two means."""
    x, y = before - before.mean(), after - after.mean()
    return np.column_stack([before, after, x * x, y * y, x * y, x, y])


def standardised_changes(means: Floats) -> Floats:
    """d_av, d_rm and d_start from averages of `change_moments`; (..., 7) to (..., 3).

    d_av: over the root mean of the two variances (Cumming 2012).  d_rm: d_z times sqrt(2 (1 - r))
    (Morris and DeShon 2002, https://doi.org/10.1037/1082-989X.7.1.105).  d_start: over the SD at start
    (Becker 1988, https://doi.org/10.1111/j.2044-8317.1988.tb00901.x).  SDs divide by n
    here; the caller multiplies all three by sqrt((n - 1) / n) to have them divide by n - 1.
    """
    change = means[..., 1] - means[..., 0]
    xx = means[..., 2] - means[..., 5] ** 2
    yy = means[..., 3] - means[..., 6] ** 2
    xy = means[..., 4] - means[..., 5] * means[..., 6]
    floor = 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        sx, sy = np.sqrt(np.where(xx > floor, xx, np.nan)), np.sqrt(np.where(yy > floor, yy, np.nan))
        variance = xx + yy - 2.0 * xy
        sd = np.sqrt(np.where(variance > floor, variance, np.nan))
        r = xy / (sx * sy)
        d_av = change / np.sqrt((xx + yy) / 2.0)
        d_av = np.where(xx + yy > floor, d_av, np.nan)
        d_rm = change / sd * np.sqrt(2.0 * np.maximum(1.0 - r, 0.0))
        d_start = change / sx
    return np.asarray(np.stack([d_av, d_rm, d_start], axis=-1))
