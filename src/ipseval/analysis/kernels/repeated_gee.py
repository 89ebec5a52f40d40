"""Answers over waves by estimating equations, for scores and for yes/no, small-sample corrected.

The working correlation is independence or exchangeable.  Its parameter is the mean product of two Pearson
residuals of one person over their variance, as in R's geepack (Halekoh, Hojsgaard and Yan 2006,
https://doi.org/10.18637/jss.v015.i02).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.repeated_mixed import FTest, Person
from ipseval.core import tails
from ipseval.core.errors import EstimationError

Floats = NDArray[np.float64]
STEPS = 200
CLOSE = 1e-11
FAR = 30.0
"""Log-odds beyond this are a likelihood that has no top (e^30 to 1)."""


@dataclass(frozen=True, eq=False)
class GeeFit:
    """Coefficients, the robust and the Mancl-DeRouen covariance, persons minus columns, the correlation."""

    beta: Floats
    cov_robust: Floats
    cov: Floats
    df: float
    correlation: float


@dataclass(frozen=True, eq=False)
class _Scaled:
    """One person's columns and residuals on the scale where every answer has variance one (times phi)."""

    x: Floats
    residual: Floats
    weight: Floats
    """Inverse of the working correlation."""


def fit_gee(people: list[Person], *, yes_no: bool = False, exchangeable: bool = False) -> GeeFit:
    """Fit means (or log-odds where `yes_no`) with standard errors that allow for any correlation in persons.

    Each person's residuals are divided by what their own rows take out of them (I - H) before they enter the
    covariance.  Reference: Mancl and DeRouen (2001), https://doi.org/10.1111/j.0006-341X.2001.00126.x.
    """
    beta, correlation = np.zeros(people[0].x.shape[1]), 0.0
    for _ in range(STEPS):
        scaled = [_scaled(p, beta, correlation, yes_no) for p in people]
        step = np.linalg.solve(_bread_inverse(scaled), sum(s.x.T @ s.weight @ s.residual for s in scaled))
        beta = beta + step
        if yes_no and max(float(np.abs(p.x @ beta).max()) for p in people) > FAR:
            break
        before = correlation
        if exchangeable:
            correlation = _correlation(people, beta, yes_no)
        if max(np.abs(step).max() / max(1.0, np.abs(beta).max()), abs(correlation - before)) < CLOSE:
            return _finish(people, beta, correlation, yes_no)
    raise EstimationError(
        "the estimating equations have no solution: the answers separate completely in some group; "
        "leave out covariates or waves."
    )


def _scaled(person: Person, beta: Floats, correlation: float, yes_no: bool) -> _Scaled:
    eta = person.x @ beta
    m = len(eta)
    # Inverse of (1 - r) I + r J.
    weight = (np.eye(m) - correlation / (1.0 + (m - 1) * correlation)) / (1.0 - correlation)
    if not yes_no:
        return _Scaled(person.x, person.y - eta, weight)
    mu = tails.expit(eta)
    spread = np.sqrt(mu * tails.expit(-eta))
    return _Scaled(person.x * spread[:, None], (person.y - mu) / spread, weight)


def _bread_inverse(scaled: list[_Scaled]) -> Floats:
    return np.asarray(sum(s.x.T @ s.weight @ s.x for s in scaled), dtype=np.float64)


def _correlation(people: list[Person], beta: Floats, yes_no: bool) -> float:
    """Mean product of pairs of Pearson residuals over their mean square."""
    residuals = [_scaled(p, beta, 0.0, yes_no).residual for p in people]
    squares = sum(float(r @ r) for r in residuals)
    answers, pairs = sum(map(len, residuals)), sum(len(r) * (len(r) - 1) // 2 for r in residuals)
    if not pairs or not squares > 0.0:
        return 0.0
    products = sum((float(r.sum()) ** 2 - float(r @ r)) / 2.0 for r in residuals)
    found = products / pairs / (squares / answers)
    largest = max(map(len, residuals))
    # A working correlation must leave every person's matrix positive definite.
    return float(np.clip(found, -0.99 / max(largest - 1, 1), 0.99))


def _finish(people: list[Person], beta: Floats, correlation: float, yes_no: bool) -> GeeFit:
    scaled = [_scaled(p, beta, correlation, yes_no) for p in people]
    bread = np.linalg.inv(_bread_inverse(scaled))
    plain, corrected = np.zeros_like(bread), np.zeros_like(bread)
    for s in scaled:
        leverage = s.x @ bread @ s.x.T @ s.weight
        # pinv: a person alone in a cell has leverage one there and carries no information on its spread.
        larger = np.linalg.pinv(np.eye(len(s.residual)) - leverage, rcond=1e-10) @ s.residual
        for total, residual in ((plain, s.residual), (corrected, larger)):
            part = s.x.T @ s.weight @ residual
            total += np.outer(part, part)
    df = float(len(people) - len(beta))
    return GeeFit(beta, bread @ plain @ bread, bread @ corrected @ bread, df, correlation)


def wald_f(fit: GeeFit, contrast: Floats) -> FTest:
    """Test `contrast @ beta = 0` by F with the fit's degrees of freedom; NaN where a row has no spread."""
    rows = np.atleast_2d(contrast)
    value = rows @ fit.beta
    spread = rows @ fit.cov @ rows.T
    if np.linalg.matrix_rank(spread, hermitian=True) < len(rows):
        return FTest(float("nan"), len(rows), fit.df)
    statistic = float(value @ np.linalg.solve(spread, value)) / len(rows)
    return FTest(statistic, len(rows), fit.df)
