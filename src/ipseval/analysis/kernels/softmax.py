"""Likelihoods beside the binary one (ordered classes, unordered classes, counts) and Newton's method on them.

Each likelihood is a function of its parameters that returns log-likelihood, score and information; fit,
tests and profile limits are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array, logistic_parts
from ipseval.analysis.kernels.profile import chi2_quantile
from ipseval.analysis.kernels.separation import recedes

Parts = tuple[float, Array, Array]
Likelihood = Callable[[Array], Parts]


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a likelihood is highest: parameters, height, inverse information, and whether it settled."""

    theta: Array
    loglik: float
    cov: Array
    converged: bool


def climb(likelihood: Likelihood, start: Array, held: list[int] | None = None) -> Optimum:
    """Maximise by Newton's method with halved steps; parameters in `held` stay where they start."""
    theta = np.array(start, dtype=float)
    free = np.ones(len(theta), dtype=bool)
    free[held or []] = False
    loglik, score, info = likelihood(theta)
    converged = False
    for _ in range(100):
        step = np.zeros(len(theta))
        step[free] = np.linalg.lstsq(info[np.ix_(free, free)], score[free], rcond=None)[0]
        step *= min(1.0, 5.0 / max(float(np.abs(step).max()), 5.0))
        theta, (loglik, score, info) = _uphill(likelihood, theta, step, loglik)
        if np.abs(score[free]).max() <= 1e-8 and np.abs(step).max() < 1e-9:
            converged = True
            break
    return Optimum(theta, loglik, np.asarray(np.linalg.pinv(info)), converged)


def _uphill(likelihood: Likelihood, theta: Array, step: Array, before: float) -> tuple[Array, Parts]:
    for _ in range(40):
        found = likelihood(theta + step)
        if found[0] >= before - 1e-12 * (1.0 + abs(before)):
            return theta + step, found
        step = step / 2.0
    return theta + step, found


def ordered(x: Array, classes: NDArray[np.int_], count: int) -> Likelihood:
    """Proportional odds: thresholds first, then one slope per column of `x` (without intercept)."""
    cuts, p = count - 1, x.shape[1]
    upper, lower = np.zeros((len(x), cuts + p)), np.zeros((len(x), cuts + p))
    upper[:, cuts:] = lower[:, cuts:] = -x
    has_upper, has_lower = classes < cuts, classes > 0
    upper[np.flatnonzero(has_upper), classes[has_upper]] = 1.0
    lower[np.flatnonzero(has_lower), classes[has_lower] - 1] = 1.0
    upper[~has_upper] = 0.0
    lower[~has_lower] = 0.0

    def likelihood(theta: Array) -> Parts:
        mean_u, var_u, _ = logistic_parts(upper @ theta)
        mean_l, var_l, _ = logistic_parts(lower @ theta)
        share = np.where(has_upper, mean_u, 1.0) - np.where(has_lower, mean_l, 0.0)
        if (share <= 0.0).any():
            return -np.inf, np.zeros(cuts + p), np.eye(cuts + p)
        du, dl = np.where(has_upper, var_u, 0.0) / share, np.where(has_lower, var_l, 0.0) / share
        slope = du[:, None] * upper - dl[:, None] * lower
        bend = (upper.T * (du * (1.0 - 2.0 * mean_u))) @ upper - (
            lower.T * (dl * (1.0 - 2.0 * mean_l))
        ) @ lower
        return float(np.log(share).sum()), slope.sum(axis=0), slope.T @ slope - bend

    return likelihood


def ordered_recedes(x: Array, classes: NDArray[np.int_], count: int) -> bool:
    """Say whether the proportional-odds likelihood has no finite top."""
    cuts = count - 1
    rows = []
    for place, sign in ((classes, 1.0), (classes - 1, -1.0)):
        use = (place >= 0) & (place < cuts)
        block = np.column_stack([np.zeros((int(use.sum()), cuts)), -x[use]])
        block[np.arange(len(block)), place[use]] = 1.0
        rows.append(sign * block)
    return recedes(np.vstack(rows))


def unordered(x: Array, classes: NDArray[np.int_], count: int) -> Likelihood:
    """Multinomial logit: for each class but the first, one coefficient per column of `x` (with intercept)."""
    n, p = x.shape
    hit = np.zeros((n, count - 1))
    later = classes > 0
    hit[np.flatnonzero(later), classes[later] - 1] = 1.0

    def likelihood(theta: Array) -> Parts:
        eta = x @ theta.reshape(count - 1, p).T
        top = np.maximum(eta.max(axis=1), 0.0)
        raised = np.exp(eta - top[:, None])
        total = raised.sum(axis=1) + np.exp(-top)
        share = raised / total[:, None]
        loglik = float((hit * eta).sum() - (top + np.log(total)).sum())
        score = ((hit - share).T @ x).ravel()
        spread = -share[:, :, None] * share[:, None, :]
        spread[:, np.arange(count - 1), np.arange(count - 1)] += share
        info = np.einsum("nab,ni,nj->aibj", spread, x, x, optimize=True)
        return loglik, score, info.reshape((count - 1) * p, (count - 1) * p)

    return likelihood


def unordered_recedes(x: Array, classes: NDArray[np.int_], count: int) -> bool:
    """Say whether the multinomial likelihood has no finite top."""
    p = x.shape[1]
    rows = []
    for other in range(count):
        use = np.flatnonzero(classes != other)
        block = np.zeros((len(use), count, p))
        block[np.arange(len(use)), classes[use]] = x[use]
        block[:, other] -= x[use]
        rows.append(block[:, 1:].reshape(len(use), -1))
    return recedes(np.vstack(rows))


def counts(x: Array, y: Array) -> Likelihood:
    """Poisson with logarithmic link, for risk ratios of a yes/no outcome; `x` with intercept."""

    def likelihood(theta: Array) -> Parts:
        eta = np.minimum(x @ theta, 300.0)
        mean = np.exp(eta)
        return float(y @ eta - mean.sum()), x.T @ (y - mean), (x.T * mean) @ x

    return likelihood


def counts_recede(x: Array, y: Array) -> bool:
    """Say whether the Poisson likelihood of a yes/no outcome has no finite top."""
    return recedes(np.vstack([-x[y < 0.5], x[y > 0.5], -x[y > 0.5]]))


def profile_of(likelihood: Likelihood, best: Optimum, index: int, level: float) -> tuple[float, float]:
    """Return the profile limits of one parameter."""
    target = best.loglik - 0.5 * chi2_quantile(level)
    error = float(np.sqrt(best.cov[index, index]))
    return _edge(likelihood, best, index, target, -error), _edge(likelihood, best, index, target, error)


def _edge(likelihood: Likelihood, best: Optimum, index: int, target: float, step: float) -> float:
    from scipy.optimize import brentq

    last = best.theta.copy()

    def gap(value: float) -> float:
        nonlocal last
        start = last.copy()
        start[index] = value
        found = climb(likelihood, start, [index])
        last = found.theta
        return found.loglik - target

    inner, outer = float(best.theta[index]), float(best.theta[index]) + 1.5 * step
    for _ in range(40):
        if gap(outer) < 0.0:
            return float(brentq(gap, inner, outer, xtol=1e-11, rtol=1e-12))
        inner, outer = outer, outer + step
    return float("nan")
