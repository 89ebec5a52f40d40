"""Few treated clusters among many: how large an effect chance gives is read from all clusters' own shocks.

Under a null effect every cluster's part of the estimate has variance A^2 tau^2 + Q sigma^2, with A the sum
and Q the sum of squares of its persons' pulls on the estimate.  Parts in units of that variance are
exchangeable if treated clusters vary like the others but for size, so they are dealt out anew among all.

Only residuals are seen, and a residual varies less than the shock behind it, most so in a large cluster.
So a part is put in units of what its *residual* varies by, and all units are scaled so that what is dealt
out varies on average like the estimate does.  Both follow from the fit; with clusters of one size and no
covariates the two cancel, and the test is the exact permutation test.
References: Conley and Taber (2011), https://doi.org/10.1162/REST_a_00049; Ferman and Pinto (2019),
https://doi.org/10.1162/rest_a_00759; the residuals' variance as in Bell and McCaffrey (2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.cluster import Array, Codes, Linear
from ipseval.analysis.kernels.wild import invert
from ipseval.core.tails import resampling_p

LOST = 1e-6
"""A cluster whose residual keeps less of its shock's variance than this is taken as it is."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums by cluster of some values a (n): a, a^2 (G), x'a and x'Wa (G x p)."""

    one: Array
    two: Array
    x: Array
    xw: Array


@dataclass(frozen=True, eq=False)
class Held:
    """The fit with the null imposed: residuals are u - x h x'W u.

    `shared` is x'W1 by cluster (G x p); `middle` are x'WVWx for V of shocks (tau) and of persons (sigma).
    """

    h: Array
    shared: Array
    middle: tuple[Array, Array]

    def variances(self, of: Sums) -> Array:
        """Return what the residuals' sums of each cluster vary by, per unit of tau^2 and sigma^2 (G x 2)."""
        left = of.x @ self.h
        ends = [np.einsum("gi,ij,gj->g", left, middle, left) for middle in self.middle]
        shock = of.one**2 - 2.0 * of.one * (left * self.shared).sum(axis=1) + ends[0]
        person = of.two - 2.0 * (left * of.xw).sum(axis=1) + ends[1]
        return np.column_stack([shock, person])

    def of_sum(self, of: Sums, q: Array) -> Array:
        """Return what the sum over clusters, weighted by q, varies by per unit of tau^2 and sigma^2 (2)."""
        left = (q @ of.x) @ self.h
        shock = (q**2 * of.one**2).sum() - 2.0 * left @ ((q * of.one) @ self.shared)
        person = (q**2 * of.two).sum() - 2.0 * left @ (q @ of.xw)
        return np.array([shock + left @ self.middle[0] @ left, person + left @ self.middle[1] @ left])


@dataclass(frozen=True, eq=False)
class Shocks:
    """What decides at any null effect b: each cluster's part of the estimate is `part0 - b * part1`.

    `parts` are sums of the pulls.  `seen` (G x 2) is what a residual's part varies by, per unit of tau^2 and
    sigma^2.  `moments` (2 x 2) are the expectations, and `squares` (2 x 3, quadratic in b) the values, of the
    residuals' sum of squares in all and between clusters.
    """

    estimate: float
    part0: Array
    part1: Array
    parts: Sums
    held: Held
    seen: Array
    moments: Array
    squares: Array


def shocks_of(fit: Linear, clusters: Codes, contrast: Array) -> Shocks:
    """Sum a linear fit by cluster for tests of `contrast` @ beta with the null imposed."""
    x, w, toward = fit.x, fit.weights, fit.bread @ contrast
    estimate = float(contrast @ fit.beta)
    # Residuals of the fit held at contrast @ beta = b are e0 - b * e1.
    e1 = x @ toward / float(contrast @ toward)
    e0 = fit.residual + e1 * estimate
    pull = w * (x @ toward)

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(clusters, weights=values), dtype=float)

    def by_column(a: Array) -> Array:
        return np.column_stack([total(x[:, j] * a) for j in range(x.shape[1])])

    def sums(a: Array) -> Sums:
        return Sums(total(a), total(a**2), by_column(a), by_column(w * a))

    everybody, parts = sums(np.ones(len(w))), sums(pull)
    h = fit.bread - np.outer(toward, toward) / float(contrast @ toward)
    shared = everybody.xw
    held = Held(h, shared, (shared.T @ shared, (x * (w**2)[:, None]).T @ x))
    size, sum0, sum1 = everybody.one, total(e0), total(e1)
    # In all: the trace of the residuals' covariance, per unit of tau^2 and sigma^2.
    gram = h @ (x.T @ x) @ h
    lost = 2.0 * np.einsum("gi,ij,gj->", everybody.x, h, shared)
    freedom = 2.0 * np.trace(h @ ((x * w[:, None]).T @ x))
    ends = [np.trace(gram @ middle) for middle in held.middle]
    whole = (len(w) - lost + ends[0], len(w) - freedom + ends[1])
    moments = np.array([whole, (held.variances(everybody) / size[:, None]).sum(axis=0)])
    squares = np.array(
        [
            [e0 @ e0, e0 @ e1, e1 @ e1],
            [(sum0**2 / size).sum(), (sum0 * sum1 / size).sum(), (sum1**2 / size).sum()],
        ]
    )
    return Shocks(estimate, total(pull * e0), total(pull * e1), parts, held, held.variances(parts), moments,
                  squares)  # fmt: skip


def components(found: Shocks, null: float) -> Array:
    """Return tau^2 and sigma^2 under a null effect by the method of moments, neither below 0."""
    seen = found.squares @ np.array([1.0, -2.0 * null, null**2])
    (all_tau, all_sigma), _ = found.moments
    both = np.linalg.lstsq(found.moments, seen, rcond=None)[0]
    if both[0] < 0.0:
        return np.array([0.0, max(seen[0] / all_sigma, 0.0)])
    if both[1] < 0.0:
        return np.array([max(seen[0] / all_tau, 0.0), 0.0])
    return np.asarray(both, dtype=float)


def spread_at(found: Shocks, null: float) -> Array:
    """Return the standard deviation of every cluster's part under a null effect."""
    return np.asarray(np.sqrt(_shock_variances(found) @ components(found, null)))


def _shock_variances(found: Shocks) -> Array:
    return np.column_stack([found.parts.one**2, found.parts.two])


def units_at(found: Shocks, null: float) -> tuple[Array, Array]:
    """Return what is dealt out (G), and what a cluster makes of a unit that it gets (G)."""
    both = components(found, null)
    full = _shock_variances(found) @ both
    seen = found.seen @ both
    seen = np.where(seen > LOST * full, seen, full)
    side = np.sign(found.parts.one)
    q = np.divide(side, np.sqrt(seen), out=np.zeros_like(full), where=seen > 0)
    pull = side * np.sqrt(full)
    count, own = len(q), float(full.sum())
    # Units sum to less than independent ones would; dealing turns that into this much of the variance.
    shared = (float(found.held.of_sum(found.parts, q) @ both) - count) / (count * (count - 1))
    dealt = own + (float(pull.sum()) ** 2 - own) * shared
    scale = np.sqrt(own / dealt) if dealt > LOST * own else 1.0
    return scale * q * (found.part0 - null * found.part1), pull


def deals(count: int, resamples: int, seed: int) -> NDArray[np.intp]:
    """Draw `resamples` orders in which the clusters' shocks are dealt out."""
    rng = np.random.default_rng(seed)
    return np.asarray(np.argsort(rng.random((resamples, count)), axis=1))


def p_value(found: Shocks, dealt: NDArray[np.intp], null: float = 0.0) -> float:
    """Return the two-sided p that the effect is `null`; the order that came about counts as one deal."""
    units, pull = units_at(found, null)
    drawn = np.abs(units[dealt] @ pull)
    observed = abs(float((found.part0 - null * found.part1).sum()))
    return resampling_p(int((drawn >= observed * (1.0 - 1e-9)).sum()), len(dealt))


def limits(found: Shocks, dealt: NDArray[np.intp], step: float, alpha: float) -> tuple[float, float]:
    """Return the interval of null effects that are not rejected."""
    return invert(lambda b: p_value(found, dealt, b), found.estimate, step, alpha)
