"""Averages of predicted risks over the persons of a logistic model, and their delta-method gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import logistic_parts

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Margins:
    """Mean risks under each scenario (..., S) and their gradients in the coefficients (S x p)."""

    risk: Array
    gradient: Array


def mean_risks(scenarios: list[Array], beta: Array) -> Margins:
    """Average the predicted risk over all rows under each scenario's columns (n x p)."""
    parts = [logistic_parts(x @ beta)[:2] for x in scenarios]
    risk = np.array([mean.mean() for mean, _ in parts])
    gradient = np.array([(variance @ x) / len(x) for (_, variance), x in zip(parts, scenarios, strict=True)])
    return Margins(risk, gradient)


def resampled_risks(scenarios: list[Array], beta: Array, weights: Array) -> Array:
    """Average risks for resamples: coefficients (B x p), counts (B x n); returns B x S."""
    total = weights.sum(axis=1)
    columns = [(logistic_parts(beta @ x.T)[0] * weights).sum(axis=1) / total for x in scenarios]
    return np.column_stack(columns)


def slope_average(ahead: Array, behind: Array, beta: Array, width: float) -> tuple[float, Array]:
    """Return the average derivative, from columns moved `width`/2 ahead and behind, and its gradient."""
    pair = mean_risks([ahead, behind], beta)
    return float((pair.risk[0] - pair.risk[1]) / width), (pair.gradient[0] - pair.gradient[1]) / width
