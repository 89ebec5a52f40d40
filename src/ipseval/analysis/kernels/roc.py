"""How well predicted risks order and match outcomes: AUC with DeLong's variance, Brier, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import fit_logit, logistic_parts

Array = NDArray[np.float64]


def midranks(values: Array) -> Array:
    """Return ranks from 1, ties sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[inverse])


def auc(predicted: Array, y: Array) -> float:
    """Return the share of pairs (with and without the event) ordered rightly; ties count half."""
    events = y > 0.5
    n1, n0 = int(events.sum()), int((~events).sum())
    if not n1 or not n0:
        return float("nan")
    return float((midranks(predicted)[events].sum() - n1 * (n1 + 1) / 2.0) / (n1 * n0))


def auc_delong(predicted: Array, y: Array) -> tuple[float, float]:
    """Return AUC and its standard error (DeLong et al. 1988, by Sun and Xu's midranks 2014)."""
    events = y > 0.5
    n1, n0 = int(events.sum()), int((~events).sum())
    ranks = midranks(predicted)
    with_ = (ranks[events] - midranks(predicted[events])) / n0
    without = 1.0 - (ranks[~events] - midranks(predicted[~events])) / n1
    variance = (with_.var(ddof=1) / n1 if n1 > 1 else np.nan) + (
        without.var(ddof=1) / n0 if n0 > 1 else np.nan
    )
    return float(with_.mean()), float(np.sqrt(variance))


def brier(predicted: Array, y: Array) -> tuple[float, float]:
    """Return the mean squared error of the risks and its standard error."""
    error = (y - predicted) ** 2
    return float(error.mean()), float(error.std(ddof=1) / np.sqrt(len(y)))


def calibration_slope(linear: Array, y: Array) -> tuple[float, float]:
    """Return the slope of the outcome on the log odds predicted, and its standard error; NaN without one."""
    if np.ptp(linear) < 1e-10:
        return float("nan"), float("nan")
    fit = fit_logit(np.column_stack([np.ones(len(y)), linear]), y)
    big = np.abs(fit.gamma @ fit.problem.z.T).max() > 25.0
    if big or not fit.converged:
        return float("nan"), float("nan")
    return float(fit.beta[1]), float(np.sqrt(fit.cov[1, 1]))


def calibration_intercept(linear: Array, y: Array) -> tuple[float, float]:
    """Return the shift of the log odds that makes the mean risk the observed share, with its error."""
    shift = 0.0
    for _ in range(100):
        mean, variance, _ = logistic_parts(linear + shift)
        step = float(np.clip((y - mean).sum() / variance.sum(), -3.0, 3.0))
        shift += step
        if abs(step) < 1e-13:
            break
    return shift, float(1.0 / np.sqrt(logistic_parts(linear + shift)[1].sum()))


def hosmer_lemeshow(predicted: Array, y: Array, groups: int) -> tuple[float, int]:
    """Return the statistic over groups of like risk, and how many groups there are (ties stay together)."""
    edges = np.quantile(predicted, np.linspace(0.0, 1.0, groups + 1)[1:-1])
    place = np.searchsorted(edges, predicted, side="left")
    used = np.unique(place)
    total = 0.0
    for k in used:
        inside = place == k
        expected, n = float(predicted[inside].sum()), int(inside.sum())
        total += (float(y[inside].sum()) - expected) ** 2 / (expected * (1.0 - expected / n))
    return total, len(used)
