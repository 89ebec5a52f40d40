"""Learners of the user's own, such as scikit-learn's, for the two models behind AIPW."""

from __future__ import annotations

from copy import deepcopy
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import EstimationError

Array = NDArray[np.float64]
Learners = tuple[Any, Any]
"""One for the chance of treatment, one for the outcome; None is the house's own."""
Rows = tuple[Array, Array, Array]
"""Covariates without an intercept, what is to be predicted, and weights."""


def check_learners(learners: object) -> Learners:
    """Refuse what is no pair of objects that can learn and predict."""
    if not isinstance(learners, tuple | list) or len(learners) != 2:
        raise EstimationError(
            "learners= is a pair: one for the chance of treatment and one for the outcome (None for our own)."
        )
    for learner, what, needed in (
        (learners[0], "first (chance of treatment)", "predict_proba"),
        (learners[1], "second (outcome)", "predict"),
    ):
        if learner is None:
            continue
        if isinstance(learner, type):
            raise EstimationError(
                f"learners= has as its {what} a class; give an object of it, with brackets."
            )
        lacking = [m for m in ("fit", needed) if not callable(getattr(learner, m, None))]
        if lacking:
            raise EstimationError(
                f"learners= has as its {what} a {type(learner).__name__} without {' and '.join(lacking)}; "
                f"give an object with fit and {needed}, such as scikit-learn's."
            )
    return learners[0], learners[1]


def takes_weights(learner: Any) -> bool:
    """Say whether `fit` names sample_weight among its arguments."""
    try:
        return "sample_weight" in signature(learner.fit).parameters
    except (TypeError, ValueError):
        # Methods written in C may have no signature.
        return False


def fitted_chance(learner: Any, rows: Rows, x: Array) -> Array:
    """Fit a copy to 0/1 and return the chance of 1 for the rows of `x`."""
    return _predicted(learner, rows, x, chance=True)


def fitted_outcome(learner: Any, rows: Rows, x: Array, *, binary: bool) -> Array:
    """Fit a copy to the outcome and return its mean, or the chance of yes, for the rows of `x`."""
    y = rows[1]
    if binary and y.min() == y.max():
        # One answer only: most classifiers refuse that, and there is nothing to learn.
        return np.full(len(x), float(y[0]))
    return _predicted(learner, rows, x, chance=binary and hasattr(learner, "predict_proba"))


def _predicted(learner: Any, rows: Rows, x: Array, *, chance: bool) -> Array:
    seen, wanted, weights = rows
    own = deepcopy(learner)
    extra = {"sample_weight": weights} if takes_weights(own) else {}
    try:
        own.fit(seen, wanted.astype(int) if chance else wanted, **extra)
        raw = own.predict_proba(x) if chance else own.predict(x)
        found = np.asarray(raw, dtype=float)
        if chance and found.ndim == 2:
            found = found[:, list(getattr(own, "classes_", (0, 1))).index(1)]
        found = found.reshape(-1)
    except Exception as error:
        # The learner's own message may carry values of persons.
        raise EstimationError(
            f"learners=: {type(learner).__name__} stopped with a {type(error).__name__} on {len(seen)} rows "
            f"of {seen.shape[1]} covariate columns; try it by itself."
        ) from None
    outside = chance and bool(((found < 0.0) | (found > 1.0)).any())
    if found.shape != (len(x),) or not np.isfinite(found).all() or outside:
        raise EstimationError(
            f"learners=: {type(learner).__name__} must predict one finite number"
            f"{' from 0 to 1' if chance else ''} per row; its predictions are something else."
        )
    return found
