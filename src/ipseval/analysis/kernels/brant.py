"""Whether one odds ratio fits at every cut between ordered classes (Brant 1990, doi:10.2307/2532457).

Each cut has a logistic model of its own; the test asks whether their slopes differ by more than they would
if the slopes were one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array, fit_logit
from ipseval.analysis.kernels.separation import separates
from ipseval.core.tails import chi2_upper


@dataclass(frozen=True)
class Parallel:
    """One chi-square test: all slopes, or those of one group of columns."""

    statistic: float
    df: float
    p: float


def brant(
    x: Array, classes: NDArray[np.int_], count: int, groups: Sequence[Sequence[int]]
) -> list[Parallel] | None:
    """Test all slopes together, then each group of columns.

    Parameters
    ----------
    x
        n x p columns with the intercept first.
    classes
        Class of each row, 0 to `count` - 1.
    groups
        Columns to test together, such as a factor's levels.

    Returns
    -------
    list of Parallel, or None
        None where the model of a cut has no finite answer.
    """
    cuts = [(classes > k).astype(float) for k in range(count - 1)]
    if any(y.min() == y.max() or separates(x, y) for y in cuts):
        return None
    fits = [fit_logit(x, y) for y in cuts]
    if not all(fit.converged for fit in fits):
        return None
    beta = np.concatenate([fit.beta for fit in fits])
    cov = _covariance(x, [fit.fitted for fit in fits])
    everything = list(range(1, x.shape[1]))
    return [_test(beta, cov, x.shape[1], list(group)) for group in [everything, *groups]]


def _covariance(x: Array, shares: list[Array]) -> Array:
    """Return the covariance of all cuts' coefficients: at one person, being above cuts k < l is nested."""
    bread = [np.linalg.inv((x.T * (share * (1.0 - share))) @ x) for share in shares]
    rows = []
    for k, low in enumerate(shares):
        row = []
        for m, high in enumerate(shares):
            shared = high if m >= k else low
            row.append(bread[k] @ ((x.T * (shared - low * high)) @ x) @ bread[m])
        rows.append(row)
    return np.block(rows)


def _test(beta: Array, cov: Array, p: int, group: list[int]) -> Parallel:
    """Compare the first cut's slopes in `group` with those of every later cut."""
    cuts = len(beta) // p
    contrast = np.zeros(((cuts - 1) * len(group), len(beta)))
    for cut in range(1, cuts):
        for place, column in enumerate(group):
            row = (cut - 1) * len(group) + place
            contrast[row, column], contrast[row, cut * p + column] = 1.0, -1.0
    gap = contrast @ beta
    statistic = float(gap @ np.linalg.solve(contrast @ cov @ contrast.T, gap))
    df = float(len(gap))
    return Parallel(statistic, df, float(chi2_upper(statistic, df)))
