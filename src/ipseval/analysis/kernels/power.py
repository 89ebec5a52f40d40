"""Power of the tests of this house: t by the noncentral t, shares by enumeration, clusters inflated."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.noncentral import noncentral_t_cdf
from ipseval.core import tails

Floats = NDArray[np.float64]
MOST_ENUMERATED = 400
"""Persons per arm up to which the power of Fisher's test is enumerated."""


def t_power(noncentrality: float, df: float, alpha: float) -> float:
    """Power of the two-sided t-test, both tails counted."""
    if df < 1:
        return float("nan")
    critical = float(tails.t_quantile(1.0 - alpha, df))
    below = noncentral_t_cdf(-critical, df, noncentrality)
    return 1.0 - noncentral_t_cdf(critical, df, noncentrality) + below


def paired_mean_power(n: int, effect: float, sd_difference: float, alpha: float) -> float:
    """Power of the paired t-test for a mean change of `effect` points."""
    return t_power(effect / sd_difference * np.sqrt(n), n - 1, alpha) if n > 1 else float("nan")


def paired_share_power(n: int, effect: float, discordant: float, alpha: float) -> float:
    """Power of McNemar's exact test when `discordant` of persons change and the shares differ by `effect`."""
    from scipy import special

    gain = (discordant + effect) / 2.0 / discordant
    total = 0.0
    for movers in range(1, n + 1):
        chance = _binomial(n, discordant)[movers]
        if chance < 1e-15:
            continue
        # Reject when the smaller side is at most k, the largest with doubled tail at most alpha.
        k = _mcnemar_critical(movers, alpha)
        if k >= 0:
            low = float(special.bdtr(k, movers, gain))
            high = float(special.bdtrc(movers - k - 1, movers, gain))
            total += chance * (low + high)
    return float(total)


@lru_cache(maxsize=64)
def _binomial(n: int, p: float) -> Floats:
    from scipy import special

    k = np.arange(n + 1)
    logs = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = logs + special.xlogy(k, p) + special.xlog1py(n - k, -p)
    return np.asarray(np.exp(logs))


@lru_cache(maxsize=4096)
def _mcnemar_critical(movers: int, alpha: float) -> int:
    from scipy import special

    k = np.arange((movers - 1) // 2 + 1)
    fine = np.flatnonzero(2.0 * special.bdtr(k, movers, 0.5) <= alpha)
    return int(fine[-1]) if len(fine) else -1


def two_mean_power(n1: float, n0: float, effect: float, sd: float, alpha: float, df: float) -> float:
    """Power of the two-sample t-test; with clusters, effective persons and their own df are given."""
    if min(n1, n0) <= 0:
        return float("nan")
    return t_power(effect / (sd * np.sqrt(1.0 / n1 + 1.0 / n0)), df, alpha)


def two_share_power(n1: int, n0: int, p1: float, p0: float, alpha: float) -> float:
    """Power of Fisher's exact test, by adding up every table that it rejects."""
    weights = np.outer(_binomial(n1, p1), _binomial(n0, p0))
    return float(weights[_fisher_rejects(n1, n0, alpha)].sum())


@lru_cache(maxsize=32)
def _fisher_rejects(n1: int, n0: int, alpha: float) -> NDArray[np.bool_]:
    from scipy import special

    a, c = np.arange(n1 + 1), np.arange(n0 + 1)

    def log_comb(n: int, k: NDArray[np.int64]) -> Floats:
        return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))

    logs = log_comb(n1, a)[:, None] + log_comb(n0, c)[None, :]
    rejects = np.zeros(logs.shape, dtype=bool)
    for events in range(n1 + n0 + 1):
        i = np.arange(max(0, events - n0), min(n1, events) + 1)
        line = np.exp(logs[i, events - i] - logs[i, events - i].max())
        line /= line.sum()
        order = np.argsort(line)
        cumulative = np.cumsum(line[order])
        # Tables as likely as each other stand or fall together.
        last = np.searchsorted(line[order], line[order] * (1.0 + 1e-7), side="right") - 1
        rejects[i[order], events - i[order]] = cumulative[last] <= alpha
    return rejects


def two_share_power_normal(n1: float, n0: float, p1: float, p0: float, alpha: float, df: float) -> float:
    """Power of the unpooled test of two shares by the t (clusters) or the normal (infinite df)."""
    error = np.sqrt(p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0)
    if not error > 0.0:
        return 1.0
    if np.isinf(df):
        from scipy import special

        z = tails.normal_quantile(1.0 - alpha)
        shift = (p1 - p0) / error
        return float(special.ndtr(shift - z) + special.ndtr(-shift - z))
    return t_power((p1 - p0) / error, df, alpha)


def design_effect(cluster_size: float, icc: float) -> float:
    """How many times larger a variance becomes when persons come in clusters of one size."""
    return 1.0 + (cluster_size - 1.0) * icc
