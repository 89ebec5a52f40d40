"""Variances of a logistic fit that allow for clusters (CR2, with Satterthwaite's degrees) and for weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array, Fit


@dataclass(frozen=True)
class Joint:
    """An F test of several coefficients at once: statistic, degrees above and below."""

    statistic: float
    above: float
    below: float


@dataclass(frozen=True, eq=False)
class Robust:
    """Covariance of all coefficients on the caller's columns, with t degrees of freedom per coefficient.

    `joint` has one test per group of coefficients asked for.
    """

    cov: Array
    df: Array
    joint: tuple[Joint, ...] = ()


def cluster_robust(fit: Fit, x: Array, clusters: NDArray[np.intp], spans: Sequence[slice] = ()) -> Robust:
    """Return the bias-reduced covariance CR2 (Bell and McCaffrey 2002; Pustejovsky and Tipton 2018).

    Parameters
    ----------
    fit, x
        An unweighted maximum-likelihood fit and its n x p columns.
    clusters
        The number of each row's cluster, from 0.
    spans
        Coefficients to test together, such as a factor's levels.
    """
    variance = fit.fitted * (1.0 - fit.fitted)
    bread = np.asarray(np.linalg.inv((x * variance[:, None]).T @ x), dtype=float)
    groups = [np.flatnonzero(clusters == g) for g in range(int(clusters.max()) + 1)]
    columns = x * variance[:, None]
    residual = fit.problem.y - fit.fitted
    meat = np.zeros_like(bread)
    pulls = np.empty((x.shape[1], len(groups), len(x)))
    for g, rows in enumerate(groups):
        adjusted = _adjustment(variance[rows], columns[rows], bread)
        weight = x[rows].T @ adjusted
        score = weight @ residual[rows]
        meat += np.outer(score, score)
        own = bread @ weight
        # What the fit takes out of this cluster's residuals; never a matrix of persons by persons.
        pulls[:, g, :] = -(own @ columns[rows] @ bread) @ x.T
        pulls[:, g, rows] += own
    degrees = np.array([_satterthwaite(p, variance) for p in pulls])
    cov = bread @ meat @ bread
    joint = [_hotelling(fit.beta[g], cov[g, g], pulls[g], variance) for g in spans]
    return Robust(cov, degrees, tuple(joint))


def _hotelling(beta: Array, cov: Array, pulls: Array, variance: Array) -> Joint:
    """Test coefficients together by the approximate Hotelling test HTZ (Pustejovsky and Tipton 2018).

    `pulls` (q x G x n) says how each cluster's part hangs on the residuals.  The covariance is taken for a
    Wishart matrix whose degrees match the total variance of its elements under the model.
    """
    q = len(beta)
    shared = np.einsum("sin,n,tjn->sitj", pulls, variance, pulls, optimize=True)
    values, vectors = np.linalg.eigh(np.einsum("siti->st", shared))
    root = (vectors / np.sqrt(values)) @ vectors.T
    scaled = np.einsum("as,sitj,tb->aibj", root, shared, root, optimize=True)
    own = np.einsum("aiaj->ij", scaled)
    total = (own**2).sum() + (scaled * scaled.transpose(2, 1, 0, 3)).sum()
    eta = q * (q + 1.0) / total
    wald = float(beta @ np.linalg.solve(cov, beta))
    below = eta - q + 1.0
    return Joint(below / (eta * q) * wald, float(q), float(below))


def _adjustment(variance: Array, columns: Array, bread: Array) -> Array:
    """Return the matrix that makes a cluster's residuals unbiased when the model's variance is right."""
    root = np.sqrt(variance)
    middle = root[:, None] * (np.diag(variance) - columns @ bread @ columns.T) * root
    values, vectors = np.linalg.eigh((middle + middle.T) / 2.0)
    keep = values > 1e-12 * max(float(values.max()), 1e-300)
    inverse_root = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
    return np.asarray(root[:, None] * inverse_root * root)


def _satterthwaite(pulls: Array, variance: Array) -> float:
    """Return degrees of freedom from how each cluster's part (G x n) varies under the model."""
    products = (pulls * variance) @ pulls.T
    return float(np.trace(products) ** 2 / (products**2).sum())


def design_robust(fit: Fit, x: Array, weights: Array, clusters: NDArray[np.intp]) -> Robust:
    """Return the linearisation covariance of a weighted fit, units or clusters sampled with replacement."""
    score = x * (weights * (fit.problem.y - fit.fitted))[:, None]
    count = int(clusters.max()) + 1
    totals = np.zeros((count, x.shape[1]))
    np.add.at(totals, clusters, score)
    totals -= totals.mean(axis=0)
    meat = totals.T @ totals * (count / (count - 1.0))
    df = float(count - x.shape[1])
    return Robust(fit.cov @ meat @ fit.cov, np.full(x.shape[1], df))


def heteroskedastic(bread: Array, x: Array, residual: Array) -> Array:
    """Return the plain sandwich (HC0) of a fit with canonical scores."""
    score = x * residual[:, None]
    return np.asarray(bread @ (score.T @ score) @ bread)


def pooled_joint(beta: Array, cov: Array, complete_df: float) -> Joint | None:
    """Test q coefficients of m fits together: D1 (Li, Raghunathan and Rubin 1991), degrees after Reiter 2007.

    Parameters
    ----------
    beta, cov
        m x q estimates and m x q x q covariances.
    complete_df
        Degrees of freedom without missing answers.

    Returns
    -------
    Joint or None
        None where m is too small for degrees of freedom (q (m - 1) must be above 4).
    """
    m, q = beta.shape
    t = q * (m - 1.0)
    middle, within = beta.mean(axis=0), cov.mean(axis=0)
    between = np.atleast_2d(np.cov(beta, rowvar=False))
    rise = (1.0 + 1.0 / m) * float(np.trace(between @ np.linalg.inv(within))) / q
    statistic = float(middle @ np.linalg.solve((1.0 + rise) * within, middle)) / q
    below = _reiter(rise, t, complete_df) if t > 4.0 else np.nan
    return Joint(statistic, float(q), below) if below > 0.0 else None


def _reiter(rise: float, t: float, complete_df: float) -> float:
    """Return the denominator degrees of freedom of D1 in small samples (doi:10.1093/biomet/asm028)."""
    a = rise * t / (t - 2.0)
    v = (complete_df + 1.0) / (complete_df + 3.0) * complete_df
    c0, c1, c2 = 1.0 / (t - 4.0), v - 2.0 * (1.0 + a), v - 4.0 * (1.0 + a)
    if c2 <= 0.0:
        return np.nan
    inverse = 1.0 / c2 + c0 * (
        a**2 * c1 / ((1.0 + a) ** 2 * c2)
        + 8.0 * a**2 * c1 / ((1.0 + a) * c2**2)
        + 4.0 * a**2 / ((1.0 + a) * c2)
        + 4.0 * a**2 / (c2 * c1)
        + 16.0 * a**2 * c1 / c2**3
        + 8.0 * a**2 / c2**2
    )
    return 4.0 + 1.0 / inverse
