"""Few treated clusters among many: how large an effect chance gives is read from all clusters' own shocks.

Under a null effect every cluster's part of the estimate has variance A^2 tau^2 + Q sigma^2, with A the sum
and Q the sum of squares of its persons' pulls on the estimate.  Parts in units of that variance are
exchangeable if treated clusters vary like the others but for size, so they are dealt out anew among all.
References: Conley and Taber (2011), https://doi.org/10.1162/REST_a_00049; Ferman and Pinto (2019),
https://doi.org/10.1162/rest_a_00759.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.cluster import Array, Codes, Linear
from ipseval.analysis.kernels.wild import invert
from ipseval.core.tails import resampling_p


@dataclass(frozen=True, eq=False)
class Shocks:
    """What decides at any null effect b: cluster sums of residuals are `sum0 - b * sum1`, parts likewise.

    `pull` and `squares` are A and Q per cluster, `size` its rows; `within` are the three sums from which the
    residuals' spread around their cluster's mean follows as a quadratic in b.
    """

    estimate: float
    part0: Array
    part1: Array
    sum0: Array
    sum1: Array
    pull: Array
    squares: Array
    size: Array
    within: tuple[float, float, float]
    rows: int


def shocks_of(fit: Linear, clusters: Codes, contrast: Array) -> Shocks:
    """Sum a linear fit by cluster for tests of `contrast` @ beta with the null imposed."""
    toward = fit.bread @ contrast
    estimate = float(contrast @ fit.beta)
    # Residuals of the fit held at contrast @ beta = b are e0 - b * e1.
    e1 = fit.x @ toward / float(contrast @ toward)
    e0 = fit.residual + e1 * estimate
    pull = fit.weights * (fit.x @ toward)

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(clusters, weights=values), dtype=float)

    size = total(np.ones(len(e0)))
    sum0, sum1 = total(e0), total(e1)
    within = (
        float(e0 @ e0 - (sum0**2 / size).sum()),
        float(e0 @ e1 - (sum0 * sum1 / size).sum()),
        float(e1 @ e1 - (sum1**2 / size).sum()),
    )
    return Shocks(estimate, total(pull * e0), total(pull * e1), sum0, sum1, total(pull), total(pull**2),
                  size, within, len(e0))  # fmt: skip


def spread_at(found: Shocks, null: float) -> Array:
    """Return the standard deviation of every cluster's part under a null effect, by the method of moments."""
    count = len(found.size)
    sums = found.sum0 - null * found.sum1
    inside = found.within[0] - 2.0 * null * found.within[1] + null**2 * found.within[2]
    sigma2 = max(inside, 0.0) / max(found.rows - count, 1)
    between = float((sums**2 / found.size).sum()) - (count - 1) * sigma2
    tau2 = max(between, 0.0) / (found.rows - float((found.size**2).sum()) / found.rows)
    return np.asarray(np.sqrt(found.pull**2 * tau2 + found.squares * sigma2))


def deals(count: int, resamples: int, seed: int) -> NDArray[np.intp]:
    """Draw `resamples` orders in which the clusters' shocks are dealt out."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.argsort(rng.random((resamples, count)), axis=1))


def p_value(found: Shocks, dealt: NDArray[np.intp], null: float = 0.0) -> float:
    """Return the two-sided p that the effect is `null`; the order that came about counts as one deal."""
    spread = spread_at(found, null)
    parts = found.part0 - null * found.part1
    known = spread > 0
    units = np.divide(parts, spread, out=np.zeros_like(parts), where=known) * np.sign(found.pull)
    drawn = np.abs(units[dealt] @ (spread * np.sign(found.pull)))
    observed = abs(float(parts.sum()))
    return resampling_p(int((drawn >= observed * (1.0 - 1e-9)).sum()), len(dealt))


def limits(found: Shocks, dealt: NDArray[np.intp], step: float, alpha: float) -> tuple[float, float]:
    """Return the interval of null effects that are not rejected."""
    return invert(lambda b: p_value(found, dealt, b), found.estimate, step, alpha)
