"""Errors, intervals and tests of an effect, once the gate has chosen how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.effects.estimators import Solved
from ipseval.analysis.kernels import ferman_pinto, randomisation, wild
from ipseval.analysis.kernels.cluster import Contrast, Linear, cr2, sandwich
from ipseval.core import tails

Array = NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Means:
    """The two mean outcomes and how their errors are had.

    Either `solved` (a linear problem) or `influence` (n x 2, each row's part of the two means);
    `known_error` is Abadie and Imbens' error of the difference where controls were reused.
    """

    treated: float
    control: float
    solved: Solved | None
    influence: Array | None
    known_error: float | None = None

    @property
    def difference(self) -> float:
        """Treated minus control."""
        return self.treated - self.control

    def fitted(self) -> Solved:
        """Return the linear problem; callers ask only where the gate has let a linear procedure through."""
        if self.solved is None:
            raise AssertionError("the gate lets only linear estimators come here")
        return self.solved


@dataclass(frozen=True, eq=False)
class Task:
    """What inference needs beside the means: data, clusters, level and random draws."""

    y: Array
    d: Array
    x: Array
    weights: Array
    clusters: NDArray[np.intp] | None
    persons: NDArray[np.intp]
    level: float
    resamples: int
    seed: int
    sets: NDArray[np.intp] | None = None
    """Matched sets where they span clusters."""


def spread(means: Means, task: Task, chosen: str, gradient: tuple[float, float]) -> Contrast:
    """Return the error of `gradient` @ (treated, control) with its degrees of freedom."""
    units = task.persons if task.clusters is None else task.clusters
    if means.influence is not None and (means.solved is None or chosen in ("m_estimation", "sandwich")):
        parts = means.influence @ np.array(gradient)
        totals = np.bincount(units, weights=parts)
        return Contrast(float("nan"), float(np.sqrt((totals**2).sum())), float("inf"))
    solved = means.fitted()
    contrast = gradient[0] * solved.treated + gradient[1] * solved.control
    if chosen in ("sandwich", "m_estimation"):
        return sandwich(solved.fit, units, contrast)
    if chosen == "two_way" and task.sets is not None:
        return two_way(solved.fit, units, task.sets, contrast)
    return cr2(solved.fit, units, contrast)


def two_way(fit: Linear, clusters: NDArray[np.intp], sets: NDArray[np.intp], contrast: Array) -> Contrast:
    """Add the variances by cluster and by matched set less the part counted twice, never below the cluster's.

    Reference: Cameron, Gelbach and Miller (2011), https://doi.org/10.1198/jbes.2010.07136.
    """
    both = np.unique(np.column_stack([clusters, sets]), axis=0, return_inverse=True)[1].reshape(-1)
    town, pair, cell = (cr2(fit, np.asarray(codes), contrast) for codes in (clusters, sets, both))
    variance = town.std_error**2 + max(pair.std_error**2 - cell.std_error**2, 0.0)
    return Contrast(town.estimate, float(np.sqrt(variance)), town.df)


def t_fields(estimate: float, found: Contrast, level: float) -> Row:
    """Return error, limits, t, degrees and p; a normal reference has no degrees."""
    many = not np.isfinite(found.df)
    if not found.std_error > 0:
        return {"std_error": found.std_error, "conf_level": level}
    quantile = tails.normal_quantile(level) if many else float(tails.t_quantile(level, found.df))
    half = quantile * found.std_error
    t = estimate / found.std_error
    p = tails.normal_two_sided(t) if many else tails.t_two_sided(t, found.df)
    return {
        "std_error": found.std_error, "ci_low": estimate - half, "ci_high": estimate + half,
        "conf_level": level, "statistic": t, "df": None if many else found.df, "p_value": float(p),
    }  # fmt: skip


def difference_fields(means: Means, task: Task, chosen: str) -> Row:
    """Return the fields of the effect's row by the procedure chosen."""
    if chosen in ("wild", "webb"):
        return _wild(means, task, chosen)
    if chosen == "randomisation":
        return _placed(task)
    if chosen in ("larger_p", "ferman_pinto"):
        return _dealt(means, task, chosen)
    if chosen == "abadie_imbens" and means.known_error is not None:
        found = Contrast(means.difference, means.known_error, float("inf"))
    else:
        found = spread(means, task, chosen, (1.0, -1.0))
    return {"estimate": means.difference} | t_fields(means.difference, found, task.level)


def _wild(means: Means, task: Task, chosen: str) -> Row:
    fit = means.fitted().fit
    clusters = task.clusters
    if clusters is None:
        raise AssertionError("the gate lets no wild bootstrap through without clusters")
    y = fit.x @ fit.beta + fit.residual
    found = wild.totals(fit.x, y, clusters, 1, fit.weights)
    drawn = wild.draws(len(found.a0), "webb" if chosen == "webb" else "rademacher", task.resamples, task.seed)
    error = cr2(fit, clusters, means.fitted().treated - means.fitted().control).std_error
    low, high = wild.invert(
        lambda b: wild.p_value(found, drawn, b), means.difference, max(error, 1e-9), 1.0 - task.level
    )
    return {
        "estimate": means.difference, "ci_low": low, "ci_high": high, "conf_level": task.level,
        "p_value": wild.p_value(found, drawn),
    }  # fmt: skip


def _dealt(means: Means, task: Task, chosen: str) -> Row:
    solved, clusters = means.fitted(), task.clusters
    if clusters is None:
        raise AssertionError("the gate lets no shocks be dealt out without clusters")
    dealt = ferman_pinto.deals(int(clusters.max()) + 1, task.resamples, task.seed)
    found = dealt_fields(solved.fit, clusters, solved.difference, dealt, task.level)
    if chosen == "ferman_pinto":
        return found
    persons = cr2(solved.fit, task.persons, solved.difference)
    return larger_p(found, t_fields(means.difference, persons, task.level))


def larger_p(one: Row, other: Row) -> Row:
    """Reject only where two tests both do: the larger p, and the interval that holds both.

    Its size is at most the smaller of the two sizes, so it is valid if either of them is.  Both intervals
    hold the estimate, so what neither test rejects is one interval.
    Reference: Berger and Hsu (1996), https://doi.org/10.1214/ss/1032280304.
    """
    if "p_value" not in other:
        return one
    return one | {
        "p_value": max(one["p_value"], other["p_value"]),
        "ci_low": min(one["ci_low"], other["ci_low"]),
        "ci_high": max(one["ci_high"], other["ci_high"]),
    }


def dealt_fields(
    fit: Linear, clusters: NDArray[np.intp], contrast: Array, dealt: NDArray[np.intp], level: float
) -> Row:
    """Return the fields of one contrast by dealing the clusters' shocks out anew."""
    found = ferman_pinto.shocks_of(fit, clusters, contrast)
    step = float(np.sqrt((ferman_pinto.spread_at(found, found.estimate) ** 2).sum()))
    low, high = ferman_pinto.limits(found, dealt, max(step, 1e-9), 1.0 - level)
    return {
        "estimate": found.estimate, "ci_low": low, "ci_high": high, "conf_level": level,
        "p_value": ferman_pinto.p_value(found, dealt),
    }  # fmt: skip


def _placed(task: Task) -> Row:
    clusters = task.clusters
    if clusters is None:
        raise AssertionError("the gate lets no placement through without clusters")
    full = np.column_stack([np.ones(len(task.y)), task.x]) * np.sqrt(task.weights)[:, None]
    q, _ = np.linalg.qr(full)
    root = np.sqrt(task.weights)

    def means_of(values: Array) -> Array:
        # Under the null the outcome is the covariates' alone: what they leave over is averaged by cluster.
        left = values * root - q @ (q.T @ (values * root))
        return np.asarray(np.bincount(clusters, weights=left * root) / size)

    size = np.asarray(np.bincount(clusters, weights=task.weights), dtype=float)
    treated = np.bincount(clusters, weights=task.d) > 0
    found = randomisation.judge_placements(
        randomisation.Clusters(means_of(task.y), means_of(task.d), size, treated),
        task.level,
        task.resamples,
        task.seed,
    )
    return {
        "estimate": found.estimate, "ci_low": found.low, "ci_high": found.high, "conf_level": task.level,
        "statistic": found.statistic, "p_value": found.p_value,
    }  # fmt: skip
