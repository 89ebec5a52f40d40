"""The two mean outcomes of an effect, by the estimator that was asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.effects import estimators
from ipseval.analysis.effects.inference import Means, Task
from ipseval.analysis.effects.inputs import size_notes
from ipseval.analysis.effects.learners import takes_weights
from ipseval.analysis.effects.plan import Plan
from ipseval.analysis.effects.reading import support_note
from ipseval.analysis.kernels.weights import Weights, influence, propensity_weights
from ipseval.analysis.kernels.weights_propensity import propensity
from ipseval.core.errors import EstimationError
from ipseval.core.result import Note

THIN = 1e-3
"""A propensity nearer than this to 0 or 1 in another fold makes AIPW rest on few people."""


def means_of(plan: Plan, task: Task, binary: bool) -> tuple[Means, list[Note]]:
    """Return mean outcomes with and without treatment in the target population, and what is to be told."""
    if plan.method == "aipw":
        return _augmented(plan, task, binary)
    if plan.method == "ipw":
        full = np.column_stack([np.ones(len(task.d)), task.x])
        fit = propensity(full, task.d, task.weights)
        found = propensity_weights(full, task.d, fit.score, fit.bread, plan.estimand)
        both = Weights(
            found.weight * task.weights, found.slope * task.weights, full, found.bread,
            found.pull * task.weights,
        )  # fmt: skip
        solved = estimators.difference(task.y, task.d, both.weight)
        notes = [Note("design_firth")] if fit.firth else []
        notes += [n for n in (support_note(fit.score, task.d, refuse=True),) if n is not None]
        notes += size_notes(both.weight, task.d)
        return Means(*solved.means, solved, influence(both, task.y, task.d)[1]), notes
    if plan.method == "regression":
        solved = estimators.regression(task.y, task.d, task.x, task.weights, plan.estimand)
    else:
        solved = estimators.difference(task.y, task.d, task.weights)
    return Means(*solved.means, solved, None), []


def _augmented(plan: Plan, task: Task, binary: bool) -> tuple[Means, list[Note]]:
    units = task.persons if task.clusters is None else task.clusters
    count = min(plan.folds, int(units.max()) + 1)
    _check_folds(task, units, count)
    folds = estimators.folds_of(units, count, plan.seed)
    for fold in range(count):
        if len(np.unique(task.d[folds != fold])) < 2:
            raise EstimationError(
                f"folds={plan.folds} leaves one arm only outside a fold; use more folds or another seed."
            )
    found = estimators.cross_fit(
        task.y, task.d, task.x, task.weights, folds, binary=binary, learners=plan.learners
    )
    e = found.chance
    thin = int(((e < THIN) | (e > 1.0 - THIN)).sum())
    notes = [Note("effect_thin", values={"n": thin, "least": THIN})] if thin else []
    notes += _learner_notes(plan, task)
    e = np.clip(e, 1e-6, 1.0 - 1e-6)
    if plan.estimand != "ATE":
        predicted = found.control if plan.estimand == "ATT" else found.treated
        solved = estimators.augmented(task.y, task.d, predicted, e, task.weights, plan.estimand)
        return Means(*solved.means, solved, None), notes
    scores = np.column_stack(
        [
            found.treated + task.d * (task.y - found.treated) / e,
            found.control + (1.0 - task.d) * (task.y - found.control) / (1.0 - e),
        ]
    )
    share = task.weights / task.weights.sum()
    middle = share @ scores
    return Means(float(middle[0]), float(middle[1]), None, share[:, None] * (scores - middle)), notes


def _learner_notes(plan: Plan, task: Task) -> list[Note]:
    """Name the learners, and tell of one that cannot take the weights."""
    given = [learner for learner in plan.learners if learner is not None]
    notes = [Note("effect_learner", values={"learner": type(learner).__name__}) for learner in given]
    if np.ptp(task.weights) > 0.0:
        notes += [
            Note("effect_learner_unweighted", values={"learner": type(learner).__name__})
            for learner in given
            if not takes_weights(learner)
        ]
    return notes


def _check_folds(task: Task, units: NDArray[np.intp], count: int) -> None:
    if count < 2:
        raise EstimationError(
            "folds= must be 2 or more, and there must be at least two clusters to hold out."
        )
    if task.clusters is None and min(task.d.sum(), (1 - task.d).sum()) < count:
        raise EstimationError(f"folds={count} is more than the smaller arm has persons; use fewer.")
