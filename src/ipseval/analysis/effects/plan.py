"""What was asked of an effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

METHODS = ("difference", "regression", "ipw", "aipw")
ESTIMANDS = {
    "difference": ("ATT", "ATC", "ATE"),
    "regression": ("ATT", "ATC", "ATE"),
    "ipw": ("ATT", "ATC", "ATE", "ATO"),
    "aipw": ("ATT", "ATC", "ATE"),
}


@dataclass(frozen=True)
class Plan:
    """Estimator, estimand, question and how it is to be judged."""

    method: str
    estimand: str
    question: str
    vcov: str
    level: float
    resamples: int
    seed: int
    folds: int
    learners: tuple[Any, Any] = (None, None)
    """For "aipw": learners of the chance of treatment and of the outcome, None for the house's own."""
