"""Profile-likelihood limits, all ends at once, and the limits that invert Rao's score test.

The batch follows Venzon and Moolgavkar (1988, doi:10.2307/2347496): Newton's method on "the
log-likelihood equals its target and every other score is zero".  An end that does not settle is found
again by bracketing, so that a limit is either exact to rounding, infinite, or marked as not found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from ipseval.analysis.kernels.logit import Array, Batch, Fit, evaluate, maximise, safe_inverse

FARTHEST = 60.0
"""How far from the estimate, in slopes of a scaled column, a limit is looked for."""
LAST_STEP = 1e-7
"""Length of a Newton step, in slopes of scaled columns, after which an end counts as found."""


def chi2_quantile(level: float, df: float = 1.0) -> float:
    """Return the value that a chi-square falls below with probability `level`."""
    return float(special.chdtri(df, 1.0 - level))


def profile_limits(fit: Fit, index: NDArray[np.intp], level: float) -> tuple[Array, Array]:
    """Return lower and upper limits of the slopes `index` on the caller's columns.

    Penalised problems use the penalised likelihood with the penalty of the whole model, as logistf does.
    NaN marks a limit that was not found, infinity one that does not exist.
    """
    index = np.asarray(index, dtype=np.intp)
    ends = np.concatenate([index, index])
    side = np.repeat([-1.0, 1.0], len(index))
    target = fit.objective - 0.5 * chi2_quantile(level)
    beta, settled = _all_ends(fit, ends, side, target)
    found = beta[np.arange(len(ends)), ends]
    for k in np.flatnonzero(~settled):
        found[k] = _bracketed(_profile_gap(fit, int(ends[k]), target), fit, int(ends[k]), float(side[k]))
    limits = found / fit.problem.scale[ends]
    return limits[: len(index)], limits[len(index) :]


def _all_ends(
    fit: Fit, ends: NDArray[np.intp], side: Array, target: float
) -> tuple[Array, NDArray[np.bool_]]:
    problem, rows = fit.problem, np.arange(len(ends))
    inverse = fit.inverse
    reach = np.sqrt(2.0 * (fit.objective - target))
    beta = fit.gamma + side[:, None] * reach * inverse[ends] / np.sqrt(inverse[ends, ends])[:, None]
    settled = np.zeros(len(ends), dtype=bool)
    for _ in range(40):
        live = ~settled
        loglik, score, info = evaluate(problem, beta[live])
        rest = score.copy()
        rest[rows[: live.sum()], ends[live]] = 0.0
        inside = np.sign(beta[live, ends[live]] - fit.gamma[ends[live]]) == side[live]
        near = (np.abs(loglik - target) < 1e-11 * (1 + abs(target))) & (
            np.abs(rest).max(axis=1) < 1e-9 * problem.n
        )
        step = _end_step(loglik, score, info, ends[live], side[live], target)
        settled[live] = near & inside
        moving = rows[live][~(near & inside)]
        beta[moving] += step[~(near & inside)]
        if not problem.penalised:
            # Newton's next error is the square of this step: no need to look again.
            last = np.abs(step).max(axis=1) < LAST_STEP
            settled[live] |= last & inside
        if settled.all():
            break
    return beta, settled


def _end_step(
    loglik: Array, score: Array, info: Array, ends: NDArray[np.intp], side: Array, target: float
) -> Array:
    """Return the step to where the quadratic seen from here meets the target, the other scores zero."""
    rows = np.arange(len(ends))
    plain, column = _solve_twice(info, score, ends)
    room = 2.0 * (loglik - target) + np.einsum("ki,ki->k", score, plain)
    width = column[rows, ends]
    reach = np.sqrt(np.maximum(room, 0.0) / np.maximum(width, 1e-300))
    step = plain + (side * reach)[:, None] * column
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, 3.0 / np.maximum(longest, 3.0)))


def _solve_twice(info: Array, score: Array, ends: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return each inverse information times the score, and its column of the end's coefficient."""
    rows = np.arange(len(ends))
    sides = np.zeros((*score.shape, 2))
    sides[:, :, 0] = score
    sides[rows, ends, 1] = 1.0
    try:
        found = np.linalg.solve(info, sides)
    except np.linalg.LinAlgError:
        found = safe_inverse(info) @ sides
    return np.asarray(found[:, :, 0]), np.asarray(found[:, :, 1])


def _profile_gap(fit: Fit, index: int, target: float) -> Callable[[float], float]:
    """Return the height of the profile above the target, as a function of the scaled slope held.

    A penalised likelihood can have more than one top when few rows carry many columns, so the search
    starts from the last point and from the estimate, and the higher top counts.
    """
    last = fit.gamma.copy()

    def gap(value: float) -> float:
        nonlocal last
        tops = [_held(fit, index, value, last)]
        if fit.problem.penalised:
            tops.append(_held(fit, index, value, fit.gamma))
        best = max(tops, key=lambda top: float(top.loglik[0]))
        last = best.beta[0]
        return float(best.loglik[0]) - target

    return gap


def _score_gap(fit: Fit, index: int, target: float) -> Callable[[float], float]:
    last = fit.gamma.copy()

    def gap(value: float) -> float:
        nonlocal last
        held = _held(fit, index, value, last)
        last = held.beta[0]
        return target - score_statistic(held.score[0], held.info[0], [index])

    return gap


def _held(fit: Fit, index: int, value: float, start: Array) -> Batch:
    begin = start[None, :].copy()
    begin[0, index] = value
    free = np.ones((1, fit.problem.p), dtype=bool)
    free[0, index] = False
    return maximise(fit.problem, begin, free=free)


def score_statistic(score: Array, info: Array, held: list[int]) -> float:
    """Return Rao's statistic of the `held` coefficients at a fit where the others' scores are zero."""
    part = score[held]
    return float(part @ np.linalg.inv(info)[np.ix_(held, held)] @ part)


def score_limits(fit: Fit, index: NDArray[np.intp], level: float) -> tuple[Array, Array]:
    """Return the limits that invert the score test of each slope, on the caller's columns."""
    target = chi2_quantile(level)
    found = [
        [_bracketed(_score_gap(fit, int(j), target), fit, int(j), side) / fit.problem.scale[j] for j in index]
        for side in (-1.0, 1.0)
    ]
    return np.array(found[0], dtype=float), np.array(found[1], dtype=float)


def _bracketed(gap: Callable[[float], float], fit: Fit, index: int, side: float) -> float:
    """Walk outwards until the gap turns negative, then close in on the crossing."""
    from scipy.optimize import brentq

    known: dict[float, float] = {}

    def height(value: float) -> float:
        # Asked again it must say the same, although the search behind it starts where it last stood.
        if value not in known:
            known[value] = gap(value)
        return known[value]

    inner = float(fit.gamma[index])
    step = side * max(float(np.sqrt(fit.cov[index, index]) * fit.problem.scale[index]), 1e-3)
    outer = inner + step
    while height(outer) > 0.0:
        inner, step = outer, step * 1.6
        outer = inner + step
        if abs(outer - fit.gamma[index]) > FARTHEST:
            return side * float("inf")
    if height(inner) <= 0.0:
        return float("nan")
    return float(brentq(height, inner, outer, xtol=1e-12, rtol=1e-13, maxiter=200))
