"""Means over waves by estimating equations (independence working correlation), small-sample corrected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.repeated_mixed import FTest, Person

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GeeFit:
    """Coefficients, the robust and the Mancl-DeRouen covariance, and persons minus columns."""

    beta: Floats
    cov_robust: Floats
    cov: Floats
    df: float


def fit_gee(people: list[Person]) -> GeeFit:
    """Least squares with standard errors that allow for any correlation within persons.

    Each person's residuals are divided by what their own rows take out of them (I - H) before they enter the
    covariance.  Reference: Mancl and DeRouen (2001), https://doi.org/10.1111/j.0006-341X.2001.00126.x.
    """
    x = np.vstack([p.x for p in people])
    y = np.concatenate([p.y for p in people])
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ (x.T @ y)
    plain, corrected = np.zeros_like(bread), np.zeros_like(bread)
    for person in people:
        residual = person.y - person.x @ beta
        leverage = person.x @ bread @ person.x.T
        # pinv: a person alone in a cell has leverage one there and carries no information on its spread.
        larger = np.linalg.pinv(np.eye(len(residual)) - leverage, rcond=1e-10) @ residual
        for total, part in ((plain, person.x.T @ residual), (corrected, person.x.T @ larger)):
            total += np.outer(part, part)
    return GeeFit(beta, bread @ plain @ bread, bread @ corrected @ bread, float(len(people) - x.shape[1]))


def wald_f(fit: GeeFit, contrast: Floats) -> FTest:
    """Test `contrast @ beta = 0` by F with the fit's degrees of freedom."""
    rows = np.atleast_2d(contrast)
    value = rows @ fit.beta
    statistic = float(value @ np.linalg.solve(rows @ fit.cov @ rows.T, value)) / len(rows)
    return FTest(statistic, len(rows), fit.df)
