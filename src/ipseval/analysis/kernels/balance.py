"""How alike two (weighted) arms are, covariate by covariate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array


def spread_of(x: Array, d: Array, target: str) -> Array:
    """Return each column's standard deviation before matching, the denominator of every SMD.

    The treated's own for ATT, the controls' own for ATC, and the root of the two variances' mean else; a
    0/1 column has sqrt(p (1 - p)), any other the usual one with n - 1.
    """
    arms = [_deviation(x[d == arm]) for arm in (1.0, 0.0)]
    if target == "ATT":
        return arms[0]
    if target == "ATC":
        return arms[1]
    return np.asarray(np.sqrt((arms[0] ** 2 + arms[1] ** 2) / 2.0))


def is_binary(x: Array) -> NDArray[np.bool_]:
    """Say which columns hold zeros and ones only."""
    return np.asarray(((x == 0) | (x == 1)).all(axis=0))


def _deviation(x: Array) -> Array:
    mean = x.mean(axis=0)
    share = np.clip(mean, 0.0, 1.0)
    plain = x.std(axis=0, ddof=1) if len(x) > 1 else np.full(x.shape[1], np.nan)
    return np.asarray(np.where(is_binary(x), np.sqrt(share * (1 - share)), plain))


def weighted_moments(x: Array, w: Array) -> tuple[Array, Array]:
    """Return weighted means and variances (unbiased for reliability weights)."""
    share = w / w.sum()
    mean = share @ x
    below = 1.0 - float((share**2).sum())
    variance = share @ (x - mean) ** 2 / below if below > 0 else np.full(x.shape[1], np.nan)
    return np.asarray(mean), np.asarray(variance)


def distribution_gaps(values: Array, d: Array, w: Array) -> tuple[float, float]:
    """Return the largest (Kolmogorov-Smirnov) and the mean gap of the weighted distribution functions.

    The mean is over the distinct values, those of people with weight 0 too.
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    signed = np.where(d[order] == 1, w[order] / w[d == 1].sum(), -w[order] / w[d == 0].sum())
    last = np.append(ordered[1:] != ordered[:-1], True)
    gaps = np.abs(np.cumsum(signed)[last])
    return float(gaps.max()), float(gaps.mean())
