"""Weights that make arms comparable, and errors that know that the weights were estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipseval.analysis.kernels.logit import Array
from ipseval.core.errors import EstimationError

PANEL = 8_192
"""Rows worked on at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights with what their estimation adds to an effect's error.

    The weight of row i moves by `slope[i] * x[i]` per unit of the model's coefficients, and row i moves
    those by `bread @ x[i] * pull[i]`; `x` (n x p, intercept first) are the model's columns.
    """

    weight: Array
    slope: Array
    x: Array
    bread: Array
    pull: Array


def propensity_weights(x: Array, d: Array, score: Array, bread: Array, target: str) -> Weights:
    """Odds (ATT, ATC), inverse-probability (ATE) or overlap (ATO) weights from the log odds `score`."""
    e = 1.0 / (1.0 + np.exp(-score))
    odds = np.exp(score)
    treated = d == 1
    if target == "ATT":
        weight, slope = np.where(treated, 1.0, odds), np.where(treated, 0.0, odds)
    elif target == "ATC":
        weight, slope = np.where(treated, 1.0 / odds, 1.0), np.where(treated, -1.0 / odds, 0.0)
    elif target == "ATE":
        weight, slope = np.where(treated, 1.0 / e, 1.0 / (1.0 - e)), np.where(treated, -1.0 / odds, odds)
    else:
        weight = np.where(treated, 1.0 - e, e)
        slope = np.where(treated, -e * (1.0 - e), e * (1.0 - e))
    return Weights(weight, slope, x, bread, d - e)


def entropy_weights(x: Array, d: Array, target: str = "ATT") -> Weights:
    """Weights closest to equal that give the other arm exactly the target arm's means.

    `x` is n x p with the intercept first; the weights of the other arm sum to the target arm's size.
    Reference: Hainmueller (2012), https://doi.org/10.1093/pan/mpr025.
    """
    own = d == (1.0 if target == "ATT" else 0.0)
    centre = x[own].mean(axis=0)[1:]
    z = x[:, 1:][~own]
    z -= centre
    best, info = _dual(z)
    log_weights = z @ best
    weights = np.exp(log_weights - log_weights.max())
    weights *= own.sum() / weights.sum()
    weight = np.ones(len(d))
    weight[~own] = weights
    # The information of (1, z) becomes that of the model's own columns, which are z moved by `centre`.
    back = np.eye(len(centre) + 1)
    back[0, 1:] = -centre
    spread = np.sqrt(np.diag(info))
    inner = np.linalg.inv(info / spread / spread[:, None]) / spread / spread[:, None]
    bread = back @ inner @ back.T / own.sum()
    return Weights(weight, np.where(own, 0.0, weight), x, bread, np.where(own, 1.0, -weight))


def _dual(z: Array) -> tuple[Array, Array]:
    """Minimise log(sum(exp(z @ b))): its gradient, the weighted mean of `z`, is then 0.

    Returns `b` and the weighted moments of (1, z) there.
    """
    b = np.zeros(z.shape[1])
    value, moments = _log_sum(z, b)
    # Columns are judged in their own spread, not divided by it: that would be one more copy of a register.
    scale = np.sqrt(np.maximum(np.diag(moments)[1:] - moments[0, 1:] ** 2, 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    for _ in range(200):
        mean = moments[0, 1:]
        if np.abs(mean / scale).max() < 1e-10:
            return b, moments
        if np.abs(b * scale).max() > 1e4:
            break
        cov = (moments[1:, 1:] - np.outer(mean, mean)) / np.outer(scale, scale)
        try:
            step = -np.linalg.solve(cov, mean / scale) / scale
        except np.linalg.LinAlgError:
            break
        # The slope along the step; it is below 0 unless the weights are piled on a few rows.
        fall = float(mean @ step)
        for _ in range(40):
            moved = _log_sum(z, b + step)
            if moved[0] <= value + 1e-4 * fall + 1e-14:
                break
            step, fall = step / 2.0, fall / 2.0
        b = b + step
        value, moments = moved
    raise EstimationError(
        "entropy balancing has no answer: no weights above 0 give the other arm these means, because a "
        "covariate's mean among the target arm lies outside what the other arm can reach; drop or coarsen it."
    )


def _log_sum(z: Array, b: Array) -> tuple[float, Array]:
    """Return log(sum(exp(z @ b))) and the weighted moments of (1, z), panel by panel."""
    eta = z @ b
    top = float(eta.max())
    w = np.exp(eta - top)
    total = float(w.sum())
    w /= total
    moments = np.zeros((z.shape[1] + 1, z.shape[1] + 1))
    for start in range(0, len(z), PANEL):
        rows, own = z[start : start + PANEL], w[start : start + PANEL]
        moments[0, 1:] += own @ rows
        moments[1:, 1:] += (rows * own[:, None]).T @ rows
    moments[0, 0], moments[1:, 0] = 1.0, moments[0, 1:]
    return top + float(np.log(total)), moments


def influence(found: Weights, y: Array, d: Array) -> tuple[tuple[float, float], Array]:
    """Return the two weighted means and every row's influence on them (n x 2), the weights' estimation in.

    Rows with weight 0 (an outcome that is missing) only inform the weights.
    """
    means, columns = [], []
    for arm in (1.0, 0.0):
        w = np.where(d == arm, found.weight, 0.0)
        h = np.where(d == arm, found.slope, 0.0)
        total = w.sum()
        mean = float(w @ y / total)
        gap = y - mean
        moved = found.bread @ ((h * gap) @ found.x)
        columns.append((w * gap + (found.x @ moved) * found.pull) / total)
        means.append(mean)
    return (means[0], means[1]), np.column_stack(columns)


def effective_n(weight: Array) -> float:
    """Return the size of an unweighted sample that would be as exact: (sum w)^2 / sum w^2."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0
