"""Point estimators as one linear problem, so that one set of cluster errors serves them all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.effects.learners import Learners, fitted_chance, fitted_outcome
from ipseval.analysis.kernels.cluster import Array, Linear, fit_linear
from ipseval.analysis.kernels.logit import logistic_parts
from ipseval.core.errors import EstimationError

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Solved:
    """A linear fit and the two contrasts of it that are the mean with and without treatment."""

    fit: Linear
    treated: Array
    control: Array

    @property
    def means(self) -> tuple[float, float]:
        """Mean outcome with, and without, treatment in the target population."""
        return float(self.treated @ self.fit.beta), float(self.control @ self.fit.beta)

    @property
    def difference(self) -> Array:
        """The contrast of the effect."""
        return self.treated - self.control


def difference(y: Array, d: Array, weights: Array) -> Solved:
    """(Weighted) mean of the treated against that of the controls."""
    fit = fit_linear(np.column_stack([np.ones(len(d)), d]), y, weights)
    return Solved(fit, np.array([1.0, 1.0]), np.array([1.0, 0.0]))


def regression(y: Array, d: Array, x: Array, weights: Array, target: str) -> Solved:
    """G-computation by least squares with every covariate's slope free in each arm.

    Covariates are centred at the target population's mean, so the coefficient of treatment is its effect
    (Lin 2013, https://doi.org/10.1214/12-AOAS583); with no covariates it is the plain difference.
    """
    if not x.shape[1]:
        return difference(y, d, weights)
    who = {"ATT": d, "ATC": 1.0 - d, "ATE": np.ones(len(d))}[target] * weights
    centred = x - (who @ x) / who.sum()
    for arm, word in ((1.0, "treated"), (0.0, "control")):
        own = np.column_stack([np.ones(len(d)), centred])[d == arm]
        if np.linalg.matrix_rank(own) <= x.shape[1]:
            raise EstimationError(
                f"covariates= cannot be fitted within the {word} arm ({len(own)} row(s)): a level or "
                "combination does not occur there; merge levels or use fewer covariates."
            )
    fit = fit_linear(np.column_stack([np.ones(len(d)), d, centred, centred * d[:, None]]), y, weights)
    treated, control = np.zeros(len(fit.beta)), np.zeros(len(fit.beta))
    treated[:2], control[0] = 1.0, 1.0
    return Solved(fit, treated, control)


def augmented(y: Array, d: Array, predicted: Array, chance: Array, weights: Array, target: str) -> Solved:
    """AIPW of the ATT or ATC: the weighted difference of what an outcome model leaves over.

    `predicted` is the outcome model of the arm that is not the target's own, `chance` the propensity, both
    from other folds.  Being doubly robust, errors that take both as known are right to first order
    (Chernozhukov et al. 2018, https://doi.org/10.1111/ectj.12097).
    """
    odds = chance / (1.0 - chance)
    share = np.where(d == 1, 1.0, odds) if target == "ATT" else np.where(d == 1, 1.0 / odds, 1.0)
    left = difference(y - predicted, d, share * weights)
    own = d == (1.0 if target == "ATT" else 0.0)
    shift = float((weights * predicted)[own].sum() / weights[own].sum())
    # Adding the target's mean prediction to both arms changes no contrast of the two.
    moved = left.fit.beta + np.array([shift, 0.0])
    return Solved(Linear(left.fit.x, left.fit.weights, moved, left.fit.residual, left.fit.bread),
                  left.treated, left.control)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Nuisance:
    """Cross-fitted predictions per row: outcome in either arm, and the chance of treatment."""

    treated: Array
    control: Array
    chance: Array


def folds_of(persons: NDArray[np.intp], count: int, seed: int) -> NDArray[np.intp]:
    """Split persons (or whole clusters) into `count` folds at random, evenly."""
    codes, place = np.unique(persons, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(codes))
    return np.asarray(order[place] % count)


def cross_fit(
    y: Array, d: Array, x: Array, weights: Array, folds: NDArray[np.intp], *, binary: bool,
    learners: Learners = (None, None),
) -> Nuisance:  # fmt: skip
    """Predict each fold from the others: by the learners given, else logit (of yes/no) or least squares."""
    full = np.column_stack([np.ones(len(d)), x])
    chance_of, outcome_of = learners
    treated, control, chance = (np.empty(len(d)) for _ in range(3))
    for fold in np.unique(folds):
        test, train = folds == fold, folds != fold
        if chance_of is None:
            chance[test] = _logit(full, d, weights, train, test)
        else:
            chance[test] = fitted_chance(chance_of, (x[train], d[train], weights[train]), x[test])
        for arm, found in ((1.0, treated), (0.0, control)):
            own = train & (d == arm)
            if outcome_of is None:
                found[test] = _outcome(full, y, weights, own, test, binary=binary)
            else:
                data = (x[own], y[own], weights[own])
                found[test] = fitted_outcome(outcome_of, data, x[test], binary=binary)
    return Nuisance(treated, control, chance)


def _logit(x: Array, d: Array, weights: Array, train: Bools, test: Bools) -> Array:
    from ipseval.analysis.kernels.weights_propensity import propensity

    beta = propensity(x[train], d[train], weights[train]).beta
    return logistic_parts(x[test] @ beta)[0]


def _outcome(x: Array, y: Array, weights: Array, own: Bools, test: Bools, *, binary: bool) -> Array:
    if binary and 0.0 < y[own].mean() < 1.0:
        from ipseval.analysis.kernels.weights_propensity import propensity

        return logistic_parts(x[test] @ propensity(x[own], y[own], weights[own]).beta)[0]
    root = np.sqrt(weights[own])
    beta = np.linalg.lstsq(x[own] * root[:, None], y[own] * root, rcond=None)[0]
    return np.asarray(x[test] @ beta)
