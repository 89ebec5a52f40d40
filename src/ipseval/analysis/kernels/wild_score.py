"""Score version of the wild cluster bootstrap for one coefficient of a logit, the null imposed.

The model is fitted once with the coefficient held at the null; each draw multiplies the clusters' efficient
scores by a weight of its own, so nothing is fitted again and nothing can separate in a draw.
Reference: Kline and Santos (2012), https://doi.org/10.1515/2156-6674.1006.
"""

from __future__ import annotations

import numpy as np

from ipseval.analysis.kernels.cluster import Array, Codes
from ipseval.analysis.kernels.logit import logistic_parts
from ipseval.analysis.kernels.wild import Draws
from ipseval.core.errors import EstimationError
from ipseval.core.tails import resampling_p

STEPS = 60


def cluster_scores(
    x: Array, y: Array, clusters: Codes, column: int, null: float, weights: Array | None = None
) -> Array:
    """Return each cluster's efficient score (G) of the coefficient of `column`, which is held at `null`."""
    w = np.ones(len(y)) if weights is None else weights
    rest, own = np.delete(x, column, axis=1), x[:, column]
    mean, variance = _held(rest, y, w, null * own)
    # What the other coefficients' estimation takes out of the score of this one.
    info = (rest * (w * variance)[:, None]).T @ rest
    lost = np.linalg.solve(info, rest.T @ (w * variance * own))
    return np.asarray(np.bincount(clusters, weights=w * (y - mean) * (own - rest @ lost)), dtype=float)


def _held(x: Array, y: Array, w: Array, offset: Array) -> tuple[Array, Array]:
    """Fit a logit with an offset by Newton's method; return fitted means and variances."""
    beta = np.zeros(x.shape[1])

    def loglik(at: Array) -> float:
        eta = x @ at + offset
        return float(w @ (y * eta - logistic_parts(eta)[2]))

    value = loglik(beta)
    for _ in range(STEPS):
        mean, variance, _ = logistic_parts(x @ beta + offset)
        info = (x * (w * variance)[:, None]).T @ x
        try:
            step = np.linalg.solve(info, x.T @ (w * (y - mean)))
        except np.linalg.LinAlgError:
            break
        for _ in range(30):
            moved = loglik(beta + step)
            if moved >= value - 1e-12 * (1.0 + abs(value)):
                break
            step = step / 2.0
        beta, value = beta + step, moved
        if np.abs(step).max() < 1e-10:
            mean, variance, _ = logistic_parts(x @ beta + offset)
            return mean, variance
    raise EstimationError(
        "the logit without treatment does not settle: a covariate tells the outcomes apart; take it out."
    )


def score_p(scores: Array, drawn: Draws) -> float:
    """Return the two-sided p of `cluster_scores`; ties count, so it is never 0."""
    observed = abs(_studentised(scores, np.ones((1, len(scores))))[0])
    t = np.abs(_studentised(scores, drawn.v))
    exceeding = int((t >= observed * (1.0 - 1e-9)).sum())
    return exceeding / len(t) if drawn.exact else resampling_p(exceeding, len(t))


def _studentised(scores: Array, v: Array) -> Array:
    spread = np.sqrt((v**2) @ scores**2)
    return np.asarray(np.divide(v @ scores, spread, out=np.zeros(len(v)), where=spread > 0))
