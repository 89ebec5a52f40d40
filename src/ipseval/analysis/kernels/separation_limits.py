"""What maximum likelihood still says where data separate: infinite estimates with one finite limit.

The likelihood keeps a finite supremum when coefficients run off: rows that the run decides add nothing,
and the rest is an ordinary model.  So a profile, its limits and the likelihood-ratio test exist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array, fit_logit, make_problem, maximise
from ipseval.analysis.kernels.profile import chi2_quantile
from ipseval.analysis.kernels.separation import find_separation

FARTHEST = 200.0


@dataclass(frozen=True)
class Limit:
    """One coefficient: log odds (may be infinite), standard error (NaN then), limits, LR statistic."""

    estimate: float
    std_error: float
    low: float
    high: float
    ratio: float


def undecided_rows(x: Array, y: Array) -> NDArray[np.bool_]:
    """Mark the rows that stay when all that some combination of columns decides is taken out.

    One look is enough: a combination that decides further rows among those left could be added, small,
    to the one that decided the others, and would have been found with it.
    """
    return ~find_separation(x, y).decided


def independent_columns(x: Array, first: list[int]) -> list[int]:
    """Return `first` and further columns, in order, that none of the kept ones tell already."""
    kept: list[int] = []
    for j in first + [k for k in range(x.shape[1]) if k not in first]:
        if np.linalg.matrix_rank(x[:, [*kept, j]]) > len(kept):
            kept.append(j)
    return kept


def separated_limits(x: Array, y: Array, index: int, direction: int, level: float) -> Limit | None:
    """Return what the likelihood says of one slope; None where it says nothing."""
    z = x.copy()
    z[:, 1:] -= z[:, 1:].mean(axis=0)
    spread = np.ones(x.shape[1])
    spread[1:] = z[:, 1:].std(axis=0)
    z = z / spread
    sup, own = _supremum(z, y), _Profile.of(z, y, index)
    if own is None or sup is None:
        return None
    target = sup.loglik - 0.5 * chi2_quantile(level)
    ratio = max(2.0 * (sup.loglik - own.height(0.0)), 0.0)
    scale = float(spread[index])
    if direction:
        finite = own.crossing(target, 0.0, -direction) / scale
        ends = (finite, np.inf) if direction > 0 else (-np.inf, finite)
        return Limit(direction * np.inf, np.nan, *ends, ratio)
    if index not in sup.columns:
        return None
    at = sup.columns.index(index)
    middle = float(sup.beta[at])
    low, high = own.crossing(target, middle, -1), own.crossing(target, middle, 1)
    return Limit(middle / scale, float(np.sqrt(sup.cov[at, at])) / scale, low / scale, high / scale, ratio)


def supremum_loglik(x: Array, y: Array) -> float:
    """Return the supremum of the log-likelihood, reached or not; NaN where it could not be computed."""
    z = x.copy()
    z[:, 1:] -= z[:, 1:].mean(axis=0)
    z[:, 1:] /= z[:, 1:].std(axis=0)
    found = _supremum(z, y)
    return np.nan if found is None else found.loglik


@dataclass(frozen=True, eq=False)
class _Supremum:
    loglik: float
    beta: Array
    cov: Array
    columns: list[int]


def _supremum(z: Array, y: Array) -> _Supremum | None:
    left = undecided_rows(z, y)
    if not left.any():
        return _Supremum(0.0, np.empty(0), np.empty((0, 0)), [])
    columns = independent_columns(z[left], [0])
    fit = fit_logit(z[left][:, columns], y[left])
    return _Supremum(fit.loglik, fit.beta, fit.cov, columns) if fit.converged else None


class _Profile:
    """The profile of one held slope: the rows the other columns leave undecided, warm-started."""

    def __init__(self, z: Array, y: Array, index: int, left: NDArray[np.bool_]) -> None:
        others = [k for k in range(z.shape[1]) if k != index]
        kept = [others[k] for k in independent_columns(z[left][:, others], [0])]
        self.problem = make_problem(z[left][:, [*kept, index]], y[left], scaled=False)
        self.last = np.zeros(self.problem.p)

    @classmethod
    def of(cls, z: Array, y: Array, index: int) -> _Profile | None:
        others = [k for k in range(z.shape[1]) if k != index]
        left = undecided_rows(z[:, others], y)
        told = independent_columns(z[left][:, others], [0])
        columns = z[left][:, [*[others[k] for k in told], index]]
        if not left.any() or np.linalg.matrix_rank(columns) < columns.shape[1]:
            return None
        return cls(z, y, index, left)

    def height(self, value: float) -> float:
        start, free = self.last.copy(), np.ones((1, self.problem.p), dtype=bool)
        start[-1], free[0, -1] = value, False
        found = maximise(self.problem, start[None, :], free=free)
        self.last = found.beta[0]
        return float(found.loglik[0])

    def crossing(self, target: float, start: float, side: int) -> float:
        """Walk to where the profile falls below the target on `side`, from wherever it is at `start`."""
        from scipy.optimize import brentq

        inner, step = start, 0.5
        while self.height(inner) < target:
            inner -= side * step
            step *= 1.6
            if abs(inner - start) > FARTHEST:
                return np.nan
        outer, step = inner + side * 0.5, 0.5
        while self.height(outer) > target:
            inner, step = outer, step * 1.6
            outer = inner + side * step
            if abs(outer - start) > FARTHEST:
                return side * float("inf")
        return float(brentq(lambda v: self.height(v) - target, inner, outer, xtol=1e-12, rtol=1e-13))
