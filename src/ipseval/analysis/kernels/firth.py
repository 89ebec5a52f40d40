"""What goes with Firth's penalised fit: intercepts whose predicted share is the observed one.

FLIC puts Firth's slopes into an offset and fits the intercept again by maximum likelihood; FLAC splits
Firth's penalty off into pseudo-rows and gives them a covariate of their own (Puhr, Heinze, Nold, Lusa
and Geroldinger 2017, doi:10.1002/sim.7273).
"""

from __future__ import annotations

import numpy as np

from ipseval.analysis.kernels.logit import (
    Array,
    Fit,
    Problem,
    fit_logit,
    logistic_parts,
    make_problem,
)


def leverages(fit: Fit) -> Array:
    """Return the n diagonal elements of the hat matrix at the fit."""
    weights = fit.fitted * (1.0 - fit.fitted)
    if fit.problem.weights is not None:
        weights = weights * fit.problem.weights
    return np.asarray(weights * ((fit.problem.z @ fit.inverse) * fit.problem.z).sum(axis=1))


def flic_intercept(fit: Fit) -> float:
    """Return the intercept, on the caller's columns, that makes the mean predicted share the observed one."""
    slopes = fit.gamma.copy()
    slopes[0] = 0.0
    offset = slopes @ fit.problem.z.T
    intercept = float(fit.gamma[0])
    for _ in range(100):
        mean, variance, _ = logistic_parts(intercept + offset)
        step = float((fit.problem.y - mean).sum() / variance.sum())
        intercept += float(np.clip(step, -3.0, 3.0))
        if abs(step) < 1e-13:
            break
    moved = fit.gamma.copy()
    moved[0] = intercept
    return float(fit.problem.back(moved[None, :])[0, 0])


def flac_problem(x: Array, y: Array) -> Problem:
    """Return the rows of FLAC: the data, then each row twice with weight h/2, told apart in a last column."""
    firth = fit_logit(x, y, penalised=True)
    half = leverages(firth) / 2.0
    added = np.concatenate([np.zeros(len(y)), np.ones(2 * len(y))])
    rows = np.column_stack([np.vstack([x, x, x]), added])
    weights = np.concatenate([np.ones(len(y)), half, half])
    return make_problem(rows, np.concatenate([y, y, 1.0 - y]), weights=weights)
