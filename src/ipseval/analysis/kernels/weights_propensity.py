"""The chance of treatment for many rows: Newton in panels, Firth's penalty only where it is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipseval.analysis.kernels.logit import Array, fit_logit, logistic_parts
from ipseval.analysis.kernels.separation import find_separation
from ipseval.core.errors import EstimationError

PANEL = 8_192
"""Rows worked on at a time, so that they stay in the processor's cache."""
SMALL = 20_000
"""Up to so many rows separation is decided by linear programming."""
EXTREME = 20.0
"""A fitted log odds beyond this is looked into: it may be running to infinity."""


@dataclass(frozen=True, eq=False)
class Propensity:
    """Coefficients (intercept first), log odds and inverse information; `firth` where data are separated."""

    beta: Array
    score: Array
    bread: Array
    firth: bool


def propensity(x: Array, d: Array, weights: Array | None = None) -> Propensity:
    """Fit a logit of `d` on `x` (n x p, intercept first); Firth's where no finite answer exists."""
    w = np.ones(len(d)) if weights is None else weights
    scale = np.sqrt(np.einsum("ij,ij->j", x, x) / len(x))
    scale = np.where(scale > 0, scale, 1.0)
    found = _newton(x, d, w, scale)
    if found is not None:
        score = x @ found[0]
        if np.abs(score).max() < EXTREME:
            return Propensity(found[0], score, _inverse(found[1], scale), False)
    if len(d) > SMALL:
        if found is None:
            raise EstimationError(
                f"the propensity model did not settle on {len(d)} rows: a covariate tells the arms apart "
                "without error, or two covariates say the same; take it out."
            )
        return Propensity(found[0], x @ found[0], _inverse(found[1], scale), False)
    if not find_separation(x, d, w).found and found is not None:
        return Propensity(found[0], x @ found[0], _inverse(found[1], scale), False)
    fit = fit_logit(x, d, weights=weights, penalised=True)
    return Propensity(fit.beta, x @ fit.beta, fit.cov, True)


def _parts(x: Array, d: Array, w: Array, beta: Array) -> tuple[float, Array, Array]:
    """Return log-likelihood, score and information, panel by panel."""
    p = x.shape[1]
    loglik, score, info = 0.0, np.zeros(p), np.zeros((p, p))
    for start in range(0, len(d), PANEL):
        part = slice(start, start + PANEL)
        rows = x[part]
        eta = rows @ beta
        mean, variance, soft = logistic_parts(eta)
        loglik += float((w[part] * (d[part] * eta - soft)).sum())
        score += rows.T @ (w[part] * (d[part] - mean))
        root = rows * np.sqrt(w[part] * variance)[:, None]
        info += root.T @ root
    return loglik, score, info


def _start(x: Array, d: Array, w: Array, scale: Array) -> Array:
    """Start from all treated and a spread of controls, the intercept moved by the share that was drawn."""
    beta = np.zeros(x.shape[1])
    rare = np.flatnonzero(d == (1.0 if d.mean() < 0.5 else 0.0))
    common = np.flatnonzero(d != d[rare[0]]) if len(rare) else np.arange(len(d))
    step = len(common) // 20_000
    if step < 5:
        share = float(np.clip((w @ d) / w.sum(), 1e-12, 1 - 1e-12))
        beta[0] = np.log(share / (1.0 - share))
        return beta
    chosen = np.sort(np.concatenate([rare, common[::step]]))
    found = _newton(x[chosen], d[chosen], w[chosen], scale)
    if found is None:
        return beta
    moved = found[0].copy()
    moved[0] += np.log(1.0 / step) * (1.0 if d[rare[0]] == 1 else -1.0)
    return moved


def _newton(x: Array, d: Array, w: Array, scale: Array) -> tuple[Array, Array] | None:
    """Return the coefficients and the information there, or None where Newton's steps do not settle."""
    beta = _start(x, d, w, scale)
    loglik, score, info = _parts(x, d, w, beta)
    for _ in range(60):
        inner = info / scale / scale[:, None]
        if not np.isfinite(inner).all() or np.linalg.cond(inner) > 1e14:
            return None
        step = np.linalg.solve(inner, score / scale) / scale
        for _ in range(30):
            moved = _parts(x, d, w, beta + step)
            if moved[0] >= loglik - 1e-10 * (1.0 + abs(loglik)):
                break
            step = step / 2.0
        beta = beta + step
        loglik, score, info = moved
        # Newton's error after a step is of the order of the step's square.
        if np.abs(step * scale).max() < 1e-7:
            return np.asarray(beta), info
    return None


def _inverse(info: Array, scale: Array) -> Array:
    return np.asarray(np.linalg.inv(info / scale / scale[:, None]) / scale / scale[:, None])
