"""Weights that make arms comparable, and errors that know that the weights were estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipseval.analysis.kernels.logit import Array
from ipseval.core.errors import EstimationError


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
    other = x[~own]
    centre = x[own].mean(axis=0)
    scale = np.where(other.std(axis=0) > 0, other.std(axis=0), 1.0)
    z = (other[:, 1:] - centre[1:]) / scale[1:]
    log_weights = z @ _dual(z)
    weights = np.exp(log_weights - log_weights.max())
    weights *= own.sum() / weights.sum()
    weight = np.ones(len(d))
    weight[~own] = weights
    info = (other * weights[:, None]).T @ other
    bread = np.linalg.inv(info / scale / scale[:, None]) / scale / scale[:, None]
    return Weights(weight, np.where(own, 0.0, weight), x, bread, np.where(own, 1.0, -weight))


def _dual(z: Array) -> Array:
    """Minimise log(sum(exp(z @ b))): its gradient, the weighted mean of `z`, is then 0."""
    b = np.zeros(z.shape[1])
    value, mean, cov = _log_sum(z, b)
    for _ in range(200):
        try:
            step = -np.linalg.solve(cov, mean)
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
        value, mean, cov = moved
        if np.abs(mean).max() < 1e-10:
            return np.asarray(b)
        if np.abs(b).max() > 1e4:
            break
    raise EstimationError(
        "entropy balancing has no answer: no weights above 0 give the other arm these means, because a "
        "covariate's mean among the target arm lies outside what the other arm can reach; drop or coarsen it."
    )


def _log_sum(z: Array, b: Array) -> tuple[float, Array, Array]:
    eta = z @ b
    top = float(eta.max())
    w = np.exp(eta - top)
    total = w.sum()
    w /= total
    mean = w @ z
    root = z * np.sqrt(w)[:, None]
    return top + float(np.log(total)), np.asarray(mean), np.asarray(root.T @ root - np.outer(mean, mean))


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
