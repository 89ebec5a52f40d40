"""Many logistic fits on resampled or thinned rows at once, and the BCa interval made of them.

A resample is a row of counts, so no rows are copied: a panel of resamples shares the columns and their
products.  Each fit equals the single fit on the same rows to 1e-10; resamples without a finite answer
are named, by the certificate that Newton's step itself gives or else by linear programming.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ipseval.analysis.kernels.logit import Array, Fit, Problem, held_at, maximise, safe_inverse, unpack
from ipseval.analysis.kernels.separation import separates

Bools = NDArray[np.bool_]
PANEL_CELLS = 60_000
"""Cells (resamples x rows) that are worked on together, so that they stay in the cache."""
LOOSE = 1e-8
"""Tolerance of the fits behind a count of verdicts."""
EARLIEST_CERTIFICATE, LATEST_STEP = 8, 30


@dataclass(frozen=True, eq=False)
class Resamples:
    """Slopes of each resample on the caller's columns (B x p, NaN where there is none) and which lack one."""

    beta: Array
    separated: Bools

    @property
    def share_separated(self) -> float:
        """Share of resamples without a finite answer."""
        return float(self.separated.mean())


def resample_counts(n: int, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how often each of `n` rows stands in each of `draws` resamples of size n (draws x n)."""
    picked = rng.integers(0, n, size=(draws, n))
    flat = (picked + np.arange(draws)[:, None] * n).ravel()
    return np.asarray(np.bincount(flat, minlength=draws * n).reshape(draws, n))


def resample_fits(fit: Fit, counts: NDArray[np.int64]) -> Resamples:
    """Fit the model of `fit` again for every row of counts (B x n)."""
    panel = max(1, PANEL_CELLS // fit.problem.n)
    parts = [_panel(fit, counts[k : k + panel]) for k in range(0, len(counts), panel)]
    gamma = np.concatenate([g for g, _ in parts])
    lacking = np.concatenate([s for _, s in parts])
    return Resamples(fit.problem.back(gamma), lacking)


def _panel(fit: Fit, counts: NDArray[np.int64]) -> tuple[Array, Bools]:
    weights = counts.astype(float)
    lacking = _unanswerable(fit.problem, weights)
    gamma = np.full((len(counts), fit.problem.p), np.nan)
    if fit.problem.penalised:
        start = np.tile(fit.gamma, (int((~lacking).sum()), 1))
        found = maximise(fit.problem, start, weights=weights[~lacking])
        gamma[~lacking] = np.where(found.converged[:, None], found.beta, np.nan)
        lacking[np.flatnonzero(~lacking)[~found.converged]] = True
        return gamma, lacking
    places = np.flatnonzero(~lacking)
    beta, state = _newton(fit, weights[places])
    for k in np.flatnonzero(state == 0):
        beta[k], state[k] = _single(fit.problem, weights[places[k]], fit.gamma)
    gamma[places] = np.where((state == 1)[:, None], beta, np.nan)
    lacking[places[state != 1]] = True
    return gamma, lacking


def _unanswerable(problem: Problem, weights: Array) -> Bools:
    """Mark resamples whose columns are not independent, or (without penalty) with one class only."""
    if problem.penalised:
        return _dependent(problem, weights)
    events = weights @ problem.y
    return np.asarray((events == 0) | (events == weights.sum(axis=1)))


def _dependent(problem: Problem, weights: Array) -> Bools:
    gram = unpack(weights @ problem.pairs, problem) / weights.sum(axis=1)[:, None, None]
    return np.asarray(np.linalg.eigvalsh(gram)[:, 0] < 1e-10)


def _newton(fit: Fit, weights: Array) -> tuple[Array, NDArray[np.int_]]:
    """Run Newton from the full sample's answer; state 1 is settled, 2 separated, 0 left open."""
    problem = fit.problem
    beta = np.tile(fit.gamma, (len(weights), 1))
    state = np.zeros(len(weights), dtype=int)
    live = np.arange(len(weights))
    weighted_y = weights * problem.y
    for round_ in range(LATEST_STEP):
        if not len(live):
            break
        residual, spread = _residual_spread(beta[live] @ problem.z.T, weights, weighted_y)
        score, info = residual @ problem.z, unpack(spread @ problem.pairs, problem)
        if round_ == 0:
            state[_suspect(info)] = -1
        step = _solve(info, score)
        longest = np.abs(step).max(axis=1)
        step *= np.minimum(1.0, 5.0 / np.maximum(longest, 5.0))[:, None]
        beta[live] += step
        finished = np.where(longest < 1e-7, 1, np.minimum(state[live], 0))
        if round_ >= EARLIEST_CERTIFICATE:
            finished[_certified(problem, step, weights)] = 2
        state[live] = finished
        keep = finished == 0
        if not keep.all():
            live, weights, weighted_y = live[keep], weights[keep], weighted_y[keep]
    state[state == -1] = 0
    return beta, state


def _suspect(info: Array) -> Bools:
    """Mark information matrices so near to singular that the columns may be dependent."""
    diagonal = np.sqrt(np.maximum(np.diagonal(info, axis1=1, axis2=2), 1e-300))
    with np.errstate(invalid="ignore"):
        volume = np.linalg.det(info / (diagonal[:, :, None] * diagonal[:, None, :]))
    return np.asarray(~(volume > 1e-9))


def _residual_spread(eta: Array, weights: Array, weighted_y: Array) -> tuple[Array, Array]:
    """Return weighted residuals and variances without overflow, reusing the memory of `eta`."""
    np.clip(eta, -700.0, 700.0, out=eta)
    np.negative(eta, out=eta)
    np.exp(eta, out=eta)
    eta += 1.0
    np.reciprocal(eta, out=eta)
    spread = weights * eta
    residual = weighted_y - spread
    np.subtract(1.0, eta, out=eta)
    spread *= eta
    return residual, spread


def _solve(info: Array, score: Array) -> Array:
    try:
        return np.asarray(np.linalg.solve(info, score[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.asarray(np.einsum("kij,kj->ki", safe_inverse(info), score))


def _certified(problem: Problem, step: Array, weights: Array) -> Bools:
    """Mark steps that never speak against an outcome present in the resample: they prove separation."""
    margin = (step @ problem.z.T) * np.where(problem.y > 0.5, 1.0, -1.0)
    margin = np.where(weights > 0, margin, 0.0)
    return np.asarray((margin.min(axis=1) >= -1e-8) & (margin.max(axis=1) > 0.5))


def _single(problem: Problem, weights: Array, start: Array) -> tuple[Array, int]:
    if _dependent(problem, weights[None, :])[0] or separates(problem.z, problem.y, weights):
        return start, 2
    found = maximise(problem, start[None, :], weights=weights[None, :])
    return found.beta[0], 1 if found.converged[0] else 2


def deletion_fits(fit: Fit) -> Resamples:
    """Fit the model again without each row in turn (n x p)."""
    counts = np.ones((fit.problem.n, fit.problem.n), dtype=np.int64) - np.eye(fit.problem.n, dtype=np.int64)
    return resample_fits(fit, counts)


def bca_limits(estimate: float, draws: Array, deleted: Array, level: float) -> tuple[float, float]:
    """Return bias-corrected and accelerated limits (Efron 1987, doi:10.1080/01621459.1987.10478410).

    Parameters
    ----------
    estimate, draws, deleted
        The estimate, its resampled values, and its values with each person left out.
    """
    below = (np.sum(draws < estimate) + 0.5 * np.sum(draws == estimate)) / len(draws)
    below = float(np.clip(below, 0.5 / len(draws), 1.0 - 0.5 / len(draws)))
    bias = float(special.ndtri(below))
    pull = deleted.mean() - deleted
    spread = float((pull**2).sum()) ** 1.5
    acceleration = float((pull**3).sum()) / (6.0 * spread) if spread > 0 else 0.0
    tails = special.ndtri(np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0]))
    moved = special.ndtr(bias + (bias + tails) / (1.0 - acceleration * (bias + tails)))
    low, high = np.quantile(draws, np.clip(moved, 0.0, 1.0))
    return float(low), float(high)


def deletion_tests(
    fit: Fit, groups: list[list[int]], rows: NDArray[np.intp]
) -> tuple[Array, Array, Array, Bools]:
    """Test each group of slopes again without each of `rows`.

    Returns
    -------
    tuple
        Likelihood-ratio, Wald and score statistics (groups x rows), and the rows without which the
        model has no finite answer or no independent columns.
    """
    weights = np.ones((len(rows), fit.problem.n))
    weights[np.arange(len(rows)), rows] = 0.0
    gram = unpack(weights @ fit.problem.pairs, fit.problem) / fit.problem.n
    lacking = np.linalg.eigvalsh(gram)[:, 0] < 1e-10
    usable = np.flatnonzero(~lacking)
    own = weights[usable]
    start = np.tile(fit.gamma, (len(usable), 1))
    full = maximise(fit.problem, start, weights=own, tolerance=LOOSE)
    nulls = held_at(fit, groups)
    if not fit.problem.penalised:
        for k in np.flatnonzero(np.abs(full.beta @ fit.problem.z.T).max(axis=1) > 20.0):
            lacking[usable[k]] = separates(fit.problem.z, fit.problem.y, weights[usable[k]])
    found = np.full((3, len(groups), len(rows)), np.nan)
    inverse = safe_inverse(full.info)
    for g, group in enumerate(groups):
        free = np.ones(full.beta.shape, dtype=bool)
        free[:, group] = False
        start = np.tile(nulls.beta[g], (len(usable), 1))
        null = maximise(fit.problem, start, free=free, weights=own, tolerance=LOOSE)
        part, cov = full.beta[:, group], inverse[:, group][:, :, group]
        found[0, g, usable] = np.maximum(2.0 * (full.loglik - null.loglik), 0.0)
        found[1, g, usable] = np.einsum("ki,kij,kj->k", part, np.linalg.inv(cov), part)
        null_inverse = safe_inverse(null.info)[:, group][:, :, group]
        found[2, g, usable] = np.einsum(
            "ki,kij,kj->k", null.score[:, group], null_inverse, null.score[:, group]
        )
    return found[0], found[1], found[2], np.asarray(lacking)
