"""Logistic regression by Newton's method: one fit, or a batch of fits with some coefficients held.

Everything runs on centred and scaled columns and is turned back at the end; the likelihood and the
penalised likelihood (Firth, through Jeffreys' prior) do not notice.  A batch shares rows and differs in
weights or in which coefficients are held at which value; that is all that profile limits, tests,
deletions and resamples need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import EstimationError

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_ITERATIONS = 200
SCORE_TOLERANCE = 1e-12
"""Largest free score, per person, at which a fit counts as found (columns scaled)."""
NULL_TOLERANCE = 1e-8
"""The same for fits that only serve a test: Newton's next error is the square of the step before it."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows of a logistic model on scaled columns.

    `z` is n x p with the intercept first, `pairs` its n x p(p+1)/2 products, `upper` their places;
    `centre` and `scale` (length p) lead back to the caller's columns.  `penalised` asks for Firth's
    penalty.
    """

    z: Array
    y: Array
    weights: Array | None
    pairs: Array
    upper: tuple[NDArray[np.intp], NDArray[np.intp]]
    centre: Array
    scale: Array
    penalised: bool = False

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.z.shape[0])

    @property
    def p(self) -> int:
        """Number of coefficients, the intercept among them."""
        return int(self.z.shape[1])

    def back(self, beta: Array) -> Array:
        """Turn coefficients (..., p) on scaled columns into those on the caller's columns."""
        slopes = np.asarray(beta / self.scale)
        slopes[..., 0] = beta[..., 0] - slopes[..., 1:] @ self.centre[1:]
        return slopes

    def transform(self) -> Array:
        """Return the p x p matrix that `back` multiplies with."""
        matrix = np.diag(1.0 / self.scale)
        matrix[0, 1:] = -self.centre[1:] / self.scale[1:]
        return matrix


def make_problem(
    x: Array, y: Array, *, weights: Array | None = None, penalised: bool = False, scaled: bool = True
) -> Problem:
    """Scale the columns of `x` (n x p, intercept first) and table their products.

    Raises
    ------
    EstimationError
        Where a column is a combination of the others, so that no single answer exists.
    """
    x = np.asarray(x, dtype=float)
    y = np.asarray(y, dtype=float)
    centre, scale = np.zeros(x.shape[1]), np.ones(x.shape[1])
    if scaled and x.shape[1] > 1:
        centre[1:] = x[:, 1:].mean(axis=0)
        spread = x[:, 1:].std(axis=0)
        scale[1:] = np.where(spread > 0, spread, 1.0)
    z = (x - centre) / scale
    if not _independent(z if weights is None else z[weights > 0]):
        raise EstimationError(
            "the model's columns are not independent of each other (constant, identical, or one the sum of "
            "others); drop one of them."
        )
    upper = np.triu_indices(x.shape[1])
    return Problem(z, y, weights, z[:, upper[0]] * z[:, upper[1]], upper, centre, scale, penalised)


def _independent(z: Array) -> bool:
    """Say whether scaled columns are independent; the quick look at their products settles all but few."""
    products = z.T @ z / max(len(z), 1)
    return bool(np.linalg.eigvalsh(products)[0] > 1e-8) or bool(np.linalg.matrix_rank(z) == z.shape[1])


@dataclass(frozen=True, eq=False)
class Batch:
    """K fits on scaled columns: coefficients, (penalised) log-likelihood, score, information, success."""

    beta: Array
    loglik: Array
    score: Array
    info: Array
    converged: Bools
    iterations: int


@dataclass(frozen=True, eq=False)
class Fit:
    """One fit on the caller's columns.

    `inverse` is the inverse information on scaled, `cov` on the caller's columns; `loglik` is the
    log-likelihood without, `objective` with Firth's penalty (the same under maximum likelihood); `fitted` is
    held by the kernel's callers only and never leaves the house.
    """

    problem: Problem
    gamma: Array
    inverse: Array
    beta: Array
    cov: Array
    loglik: float
    objective: float
    fitted: Array
    converged: bool
    iterations: int


def logistic_parts(eta: Array) -> tuple[Array, Array, Array]:
    """Return mean, variance and log(1 + exp(eta)) without overflow."""
    small = np.exp(-np.abs(eta))
    one = 1.0 + small
    mean = np.where(eta >= 0.0, 1.0, small) / one
    return mean, small / (one * one), np.maximum(eta, 0.0) + np.log1p(small)


def unpack(packed: Array, problem: Problem) -> Array:
    """Turn packed upper triangles (K x q) into symmetric matrices (K x p x p)."""
    full = np.empty((packed.shape[0], problem.p, problem.p))
    full[:, problem.upper[0], problem.upper[1]] = packed
    full[:, problem.upper[1], problem.upper[0]] = packed
    return full


def evaluate(problem: Problem, beta: Array, weights: Array | None = None) -> tuple[Array, Array, Array]:
    """Return (penalised) log-likelihood (K), score (K x p) and information (K x p x p) at `beta` (K x p)."""
    eta = beta @ problem.z.T
    mean, variance, soft = logistic_parts(eta)
    residual = problem.y - mean
    weights = problem.weights if weights is None else weights
    if weights is None:
        loglik = eta @ problem.y - soft.sum(axis=1)
    else:
        loglik = ((problem.y * eta - soft) * weights).sum(axis=1)
        residual, variance = residual * weights, variance * weights
    info = unpack(variance @ problem.pairs, problem)
    if problem.penalised:
        sign, logdet = np.linalg.slogdet(info)
        loglik = np.where(sign > 0, loglik + 0.5 * logdet, -np.inf)
        inverse = safe_inverse(info)
        doubled = np.where(problem.upper[0] == problem.upper[1], 1.0, 2.0)
        packed = inverse[:, problem.upper[0], problem.upper[1]] * doubled
        leverage = variance * (packed @ problem.pairs.T)
        residual = residual + leverage * (0.5 - mean)
    return loglik, residual @ problem.z, info


def safe_inverse(info: Array) -> Array:
    """Invert a stack of information matrices; one that is singular gets a vanishing ridge."""
    try:
        return np.asarray(np.linalg.inv(info), dtype=float)
    except np.linalg.LinAlgError:
        ridge = 1e-10 * np.maximum(np.trace(info, axis1=1, axis2=2), 1e-8)
        return np.asarray(np.linalg.inv(info + ridge[:, None, None] * np.eye(info.shape[-1])))


def safe_solve(info: Array, score: Array) -> Array:
    """Solve a stack of information matrices for one score each, with `safe_inverse` where one is singular."""
    try:
        return np.asarray(np.linalg.solve(info, score[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.asarray(np.einsum("kij,kj->ki", safe_inverse(info), score))


def masked_step(info: Array, score: Array, free: Bools | None) -> Array:
    """Newton's step for the free coefficients; the held ones do not move."""
    if free is None:
        return safe_solve(info, score)
    held = np.where(free[:, :, None] & free[:, None, :], info, 0.0)
    rows, columns = np.nonzero(~free)
    held[rows, columns, columns] = 1.0
    return safe_solve(held, np.where(free, score, 0.0))


def maximise(
    problem: Problem,
    start: Array,
    *,
    free: Bools | None = None,
    weights: Array | None = None,
    tolerance: float = SCORE_TOLERANCE,
    most: int = MAX_ITERATIONS,
) -> Batch:
    """Maximise from `start` (K x p) over the `free` coefficients, halving steps that go downhill.

    A fit that has not settled after `most` steps is marked, never passed off as found.
    """
    beta = np.array(start, dtype=float)
    taken = 0
    if not problem.penalised and beta.shape[0] * problem.n <= TOGETHER:
        quick = _all_at_once(problem, beta, free, weights, tolerance, most)
        if quick.converged.all():
            return quick
        beta, taken = quick.beta, quick.iterations
    loglik, score, info = evaluate(problem, beta, weights)
    length = np.ones(len(beta))
    done = np.zeros(len(beta), dtype=bool)
    iteration = taken
    for iteration in range(taken + 1, most + 1):  # noqa: B007 - the count is part of the result
        open_ = ~done
        mask = None if free is None else free[open_]
        own = None if weights is None else weights[open_]
        before = score[open_] if mask is None else np.where(mask, score[open_], 0.0)
        metric = info[open_]
        step = _capped(masked_step(metric, score[open_], mask) * length[open_, None])
        moved = _halved(problem, beta[open_], step, loglik[open_], own)
        beta[open_], loglik[open_], score[open_], info[open_] = moved
        after = score[open_] if mask is None else np.where(mask, score[open_], 0.0)
        if problem.penalised:
            length[open_] = _length(step, before - after, np.einsum("ki,kij,kj->k", step, metric, step))
        left = np.abs(after).max(axis=1)
        small = np.abs(step).max(axis=1) < 10.0 * tolerance
        done[open_] = (left <= tolerance * problem.n) & (small | (left <= 1e-14 * problem.n))
        if done.all():
            break
    return Batch(beta, loglik, score, info, done, iteration)


TOGETHER = 60_000
"""Cells (fits x rows) up to which all fits take their steps together, whether settled already or not."""


def _all_at_once(
    problem: Problem, beta: Array, free: Bools | None, weights: Array | None, tolerance: float, most: int
) -> Batch:
    """Take plain Newton steps with all fits together, as long as every one of them goes uphill.

    Nearly all likelihoods settle so in a few steps; the rest come back unsettled, to be walked with care.
    """
    none = np.zeros(len(beta), dtype=bool)
    loglik, score, info = evaluate(problem, beta, weights)
    frame = None if free is None else _Frame.of(free)
    for iteration in range(1, min(most, 12) + 1):
        step = safe_solve(info, score) if frame is None else safe_solve(*frame.within(info, score))
        longest = float(np.abs(step).max())
        if not longest < 5.0:
            break
        found = evaluate(problem, beta + step, weights)
        if not (found[0] >= loglik - 1e-12 * (1.0 + np.abs(loglik))).all():
            break
        beta = beta + step
        loglik, score, info = found
        left = float(np.abs(score if frame is None else score * frame.free).max())
        if left <= tolerance * problem.n and (longest < 10.0 * tolerance or left <= 1e-14 * problem.n):
            return Batch(beta, loglik, score, info, ~none, iteration)
    return Batch(beta, loglik, score, info, none, iteration)


@dataclass(frozen=True, eq=False)
class _Frame:
    """Which coefficients move, as numbers to multiply with (K x p, K x p x p) and ones for the held."""

    free: Array
    both: Array
    ones: Array

    @classmethod
    def of(cls, free: Bools) -> _Frame:
        moving = free.astype(float)
        return cls(
            moving, moving[:, :, None] * moving[:, None, :], (~free)[:, :, None] * np.eye(free.shape[1])
        )

    def within(self, info: Array, score: Array) -> tuple[Array, Array]:
        return info * self.both + self.ones, score * self.free


def _length(step: Array, change: Array, metric: Array) -> Array:
    """Return the next step's length from the last one's curvature (Barzilai and Borwein 1988).

    The information is not the curvature of Firth's likelihood: where it is too flat, whole steps
    overshoot and may swing for ever.
    """
    curvature = np.einsum("ki,ki->k", step, change)
    with np.errstate(divide="ignore", invalid="ignore"):
        length = metric / curvature
    return np.where(np.isfinite(length), np.clip(length, 0.25, 2.0), 1.0)


def _capped(step: Array, most: float = 5.0) -> Array:
    """Shorten steps longer than `most` standard deviations' worth: Newton overshoots far from the top."""
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, most / np.maximum(longest, most)))


def _halved(
    problem: Problem, beta: Array, step: Array, before: Array, weights: Array | None
) -> tuple[Array, Array, Array, Array]:
    """Take the step, halving it where the objective would fall by more than rounding."""
    trial = beta + step
    loglik, score, info = evaluate(problem, trial, weights)
    slack = 1e-12 * (1.0 + np.abs(before))
    for _ in range(30):
        worse = ~(loglik >= before - slack) & np.isfinite(before)
        if not worse.any():
            break
        step[worse] /= 2.0
        trial[worse] = beta[worse] + step[worse]
        own = None if weights is None else weights[worse]
        loglik[worse], score[worse], info[worse] = evaluate(problem, trial[worse], own)
    return trial, loglik, score, info


def fit_logit(
    x: Array,
    y: Array,
    *,
    weights: Array | None = None,
    penalised: bool = False,
    problem: Problem | None = None,
    most: int = MAX_ITERATIONS,
) -> Fit:
    """Fit one logistic model by maximum likelihood, or by Firth's penalised likelihood.

    Parameters
    ----------
    x, y
        n x p columns with the intercept first, and n zeros and ones.
    weights
        n frequencies, or None.
    penalised
        Ask for Firth's penalty.
    problem
        What `make_problem` made of the same `x` and `y`, to spare the work.
    most
        Steps after which a fit is left unsettled.
    """
    problem = problem or make_problem(x, y, weights=weights, penalised=penalised)
    start = np.zeros((1, problem.p))
    start[0, 0] = _start_intercept(problem)
    found = maximise(problem, start, most=most)
    inverse, back = safe_inverse(found.info)[0], problem.transform()
    eta = found.beta[0] @ problem.z.T
    fitted, _, soft = logistic_parts(eta)
    terms = problem.y * eta - soft
    plain = float(terms.sum() if problem.weights is None else terms @ problem.weights)
    return Fit(
        problem, found.beta[0], inverse, problem.back(found.beta.copy())[0], back @ inverse @ back.T, plain,
        float(found.loglik[0]), fitted, bool(found.converged[0]), found.iterations,
    )  # fmt: skip


def _start_intercept(problem: Problem) -> float:
    weights = np.ones(problem.n) if problem.weights is None else problem.weights
    events, total = float(weights @ problem.y), float(weights.sum())
    share = (events + 0.5) / (total + 1.0)
    return float(np.log(share / (1.0 - share)))


def held_at(fit: Fit, groups: list[list[int]], value: float = 0.0) -> Batch:
    """Fit again with each group of slopes held at `value`, all groups in one batch."""
    problem = fit.problem
    start = np.tile(fit.gamma, (len(groups), 1))
    free = np.ones(start.shape, dtype=bool)
    for row, group in enumerate(groups):
        start[row, group] = value * problem.scale[group]
        free[row, group] = False
    tolerance = SCORE_TOLERANCE if problem.penalised else NULL_TOLERANCE
    return maximise(problem, start, free=free, tolerance=tolerance)
