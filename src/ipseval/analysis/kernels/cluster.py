"""Weighted least squares with errors for clusters: CR2 and Satterthwaite's degrees, never an n x n matrix.

The adjustment of a cluster is the identity plus a matrix of rank at most 2p, so its inverse root is had
from a 2p x 2p eigenproblem however many persons the cluster holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import EstimationError

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Linear:
    """A fit of `y` (n) on `x` (n x p) with `weights` (n); `bread` is the inverse of x'Wx."""

    x: Array
    weights: Array
    beta: Array
    residual: Array
    bread: Array


@dataclass(frozen=True)
class Contrast:
    """A linear combination of coefficients with its error and the degrees of freedom of its t."""

    estimate: float
    std_error: float
    df: float


def fit_linear(x: Array, y: Array, weights: Array | None = None) -> Linear:
    """Fit by (weighted) least squares; columns that depend on one another are refused."""
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    root = np.sqrt(w)
    scale = np.sqrt((x**2 * w[:, None]).sum(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    q, r = np.linalg.qr(x * root[:, None] / scale)
    diagonal = np.abs(np.diag(r))
    if len(y) < x.shape[1] or diagonal.min() <= 1e-9 * max(float(diagonal.max()), 1e-300):
        raise EstimationError(
            "treatment and covariates= are not independent of each other (constant, identical, "
            "or the sum of others); drop one of them."
        )
    inverse = np.linalg.inv(r) / scale[:, None]
    beta = inverse @ (q.T @ (root * y))
    return Linear(x, w, beta, y - x @ beta, inverse @ inverse.T)


def groups_of(clusters: Codes) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each cluster, numbered from 0, in order."""
    order = np.argsort(clusters, kind="stable")
    edges = np.flatnonzero(np.diff(clusters[order])) + 1
    yield from np.split(order, edges)


def cr2(fit: Linear, clusters: Codes, contrast: Array) -> Contrast:
    """Bias-reduced cluster error of `contrast` @ beta, with Satterthwaite's degrees of freedom.

    The working model is independence with equal variances, as in clubSandwich for a least-squares fit.
    References: Bell and McCaffrey (2002); Pustejovsky and Tipton (2018),
    https://doi.org/10.1080/07350015.2016.1247004.
    """
    x, w, m = fit.x, fit.weights, fit.bread
    s = (x * (w**2)[:, None]).T @ x
    pull = m @ contrast
    parts = _singles if clusters.max() + 1 == len(clusters) else _clusters
    scores, own, d, b = parts(fit, clusters, pull, m @ s @ m)
    variance = float((scores**2).sum())
    # P[g, h] = cov of the clusters' parts under the working model = diag(own) + L q L'.
    left = np.hstack([d, b])
    q = np.block([[np.zeros_like(m), -m], [-m, m @ s @ m]])
    inner = np.einsum("gi,ij,gj->g", left, q, left)
    gram = q @ (left.T @ left)
    total = float((own + inner).sum())
    squares = float((own**2).sum() + 2.0 * (own * inner).sum() + np.trace(gram @ gram))
    df = total**2 / squares if squares > 0 else float("nan")
    return Contrast(float(contrast @ fit.beta), float(np.sqrt(variance)), df)


SHARES = (0.0, 0.02, 0.1, 0.5)
"""Shares of the variance that clusters may hold in common."""


def least_df(fit: Linear, clusters: Codes, contrast: Array) -> float:
    """Return the degrees of freedom where shocks that a cluster shares take their least favourable share.

    Satterthwaite's degrees above hold persons for independent, and are then far too many where a large
    cluster's shock carries the estimate (Imbens and Kolesar 2016, https://doi.org/10.1162/REST_a_00552).
    """
    pull = fit.weights * (fit.x @ (fit.bread @ contrast))
    shared = np.bincount(clusters, weights=pull) ** 2
    own = np.bincount(clusters, weights=pull**2)
    found = []
    for share in SHARES:
        parts = share * shared + (1.0 - share) * own
        found.append(float(parts.sum() ** 2 / (parts**2).sum()))
    return min(found)


def _singles(fit: Linear, _: Codes, pull: Array, msm: Array) -> tuple[Array, Array, Array, Array]:
    """Return what `_clusters` does where every row is its own cluster."""
    x, w = fit.x, fit.weights
    lever, spread = ((x @ m * x).sum(axis=1) for m in (fit.bread, msm))
    kept = 1.0 - 2.0 * w * lever + spread
    root = np.where(kept > 1e-10, 1.0 / np.sqrt(np.maximum(kept, 1e-300)), 0.0)
    a = root * w * (x @ pull)
    return a * fit.residual, a**2, x * (w * a)[:, None], x * a[:, None]


def _clusters(fit: Linear, clusters: Codes, pull: Array, msm: Array) -> tuple[Array, Array, Array, Array]:
    """Per cluster: its part of the estimate's error, |a|^2, x'Wa and x'a (a = the adjusted pull)."""
    count, p = int(clusters.max()) + 1, fit.x.shape[1]
    scores, own = np.empty(count), np.empty(count)
    d, b = np.empty((count, p)), np.empty((count, p))
    core = np.block([[msm, -fit.bread], [-fit.bread, np.zeros_like(msm)]])
    for g, rows in enumerate(groups_of(clusters)):
        x, w = fit.x[rows], fit.weights[rows]
        a = _inverse_root(np.hstack([x, x * w[:, None]]), core, w * (x @ pull))
        scores[g] = a @ fit.residual[rows]
        own[g] = a @ a
        d[g], b[g] = x.T @ (w * a), x.T @ a
    return scores, own, d, b


def _inverse_root(u: Array, core: Array, v: Array) -> Array:
    """Return (I + u core u')^(-1/2) v, with 0 for directions that the model fits without error."""
    q, r = np.linalg.qr(u)
    middle = r @ core @ r.T
    values, vectors = np.linalg.eigh((middle + middle.T) / 2.0)
    kept = 1.0 + values
    factor = np.where(kept > 1e-10, 1.0 / np.sqrt(np.maximum(kept, 1e-300)), 0.0) - 1.0
    basis = q @ vectors
    return np.asarray(v + basis @ (factor * (basis.T @ v)))


def sandwich(fit: Linear, clusters: Codes, contrast: Array) -> Contrast:
    """Cluster error without any small-sample factor, for many clusters only; its reference is normal."""
    parts = fit.weights * fit.residual * (fit.x @ (fit.bread @ contrast))
    totals = np.bincount(clusters, weights=parts)
    return Contrast(float(contrast @ fit.beta), float(np.sqrt((totals**2).sum())), float("inf"))
