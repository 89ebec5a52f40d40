"""Wild cluster bootstrap of one coefficient, the null imposed, from cluster totals alone.

Every draw needs the clusters' totals only, so all 2^(G - 1) sign patterns of a dozen clusters cost a
matrix product.  p counts ties with the observed statistic (the observed pattern is one of them), so it is
never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ipseval.analysis.kernels.cluster import Array, Codes
from ipseval.core.tails import resampling_p

ENUMERATED = 14
"""Up to so many clusters every sign pattern is used; above, patterns are drawn."""
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])


@dataclass(frozen=True, eq=False)
class Totals:
    """Cluster totals (G, or G x p) from which any null value's draws follow.

    `a0 - b * a1` is z'u by cluster and `u0 - b * u1` is x'u, with u the residual under the null b and z
    the regressor purged of the others; `zx` is x'z and `bread` the inverse of x'Wx.
    """

    estimate: float
    a0: Array
    a1: Array
    u0: Array
    u1: Array
    zx: Array
    bread: Array


def totals(x: Array, y: Array, clusters: Codes, column: int, weights: Array | None = None) -> Totals:
    """Sum a weighted least-squares problem by cluster for tests of the coefficient of `column`."""
    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    x, y = x * root[:, None], y * root
    rest, own = np.delete(x, column, axis=1), x[:, column]
    q, _ = np.linalg.qr(rest)
    z = own - q @ (q.T @ own)
    e = y - q @ (q.T @ y)
    count = int(clusters.max()) + 1

    def by_cluster(values: Array) -> Array:
        found = np.zeros((count, *values.shape[1:]))
        np.add.at(found, clusters, values)
        return found

    crossed, bread = by_cluster(x * z[:, None]), np.asarray(np.linalg.inv(x.T @ x), dtype=float)
    sums = (by_cluster(z * e), by_cluster(z * z), by_cluster(x * e[:, None]), crossed)
    return Totals(float(z @ y / (z @ z)), *sums, crossed, bread)


def statistics(found: Totals, null: float, v: Array) -> Array:
    """Return the cluster-robust t (without constants) of each row of `v` (B x G); ones give the observed."""
    a = found.a0 - null * found.a1
    u = found.u0 - null * found.u1
    score = v * a - (v @ u) @ found.bread @ found.zx.T
    spread = np.sqrt((score**2).sum(axis=1))
    top = v @ a
    tiny = 1e-12 * np.abs(a).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        t = top / spread
    return np.asarray(np.where(spread > tiny, t, np.where(np.abs(top) > tiny, np.copysign(np.inf, top), 0.0)))


@dataclass(frozen=True, eq=False)
class Draws:
    """Weights by draw and cluster; `exact` says that they are every sign pattern up to mirroring."""

    v: Array
    exact: bool


def draws(count: int, kind: str, resamples: int, seed: int) -> Draws:
    """Make "rademacher" (every pattern where clusters are few) or "webb" weights for `count` clusters."""
    if kind == "rademacher" and count <= ENUMERATED:
        bits = np.arange(2 ** (count - 1))[:, None] >> np.arange(count - 1)[None, :]
        return Draws(np.hstack([np.ones((len(bits), 1)), 1.0 - 2.0 * (bits & 1)]), True)
    rng = np.random.default_rng(seed)
    values = WEBB if kind == "webb" else np.array([-1.0, 1.0])
    return Draws(rng.choice(values, (resamples, count)), False)


def p_value(found: Totals, drawn: Draws, null: float = 0.0) -> float:
    """Return the two-sided p that the coefficient is `null`."""
    observed = abs(float(statistics(found, null, np.ones((1, len(found.a0))))[0]))
    t = np.abs(statistics(found, null, drawn.v))
    exceeding = int((t >= observed * (1.0 - 1e-9)).sum())
    return exceeding / len(t) if drawn.exact else resampling_p(exceeding, len(t))


def invert(p_at: Callable[[float], float], estimate: float, step: float, alpha: float) -> tuple[float, float]:
    """Return the ends at which a test of a null value stops (p < alpha), or infinity where it never does.

    From the estimate outwards the steps double until the null is rejected; then the end is bisected.
    """
    return _end(p_at, estimate, -step, alpha), _end(p_at, estimate, step, alpha)


def _end(p_at: Callable[[float], float], inside: float, step: float, alpha: float) -> float:
    outside = inside + step
    for _ in range(40):
        if p_at(outside) < alpha:
            break
        inside, outside = outside, outside + 2.0 * (outside - inside)
    else:
        return float(np.sign(step)) * float("inf")
    for _ in range(30):
        middle = (inside + outside) / 2.0
        inside, outside = (inside, middle) if p_at(middle) < alpha else (middle, outside)
    return inside
