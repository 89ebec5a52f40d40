"""The numbers of an odds-ratio table from plain arrays: no names, no notes, no frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipseval.analysis.kernels.logit import held_at
from ipseval.analysis.kernels.profile import profile_limits
from ipseval.analysis.odds_model import decide, fit_by
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.tails import chi2_upper

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OddsTable:
    """Per slope (the intercept left out): odds ratio, limits, test, and whether data separate.

    `std_error` is that of the log odds ratio; `statistic` and `p` are those of the likelihood-ratio test,
    which the limits invert.
    """

    odds_ratio: Array
    std_error: Array
    low: Array
    high: Array
    statistic: Array
    p: Array
    separation: str


def odds_table(x: ArrayLike, y: ArrayLike, *, method: str = "firth", level: float = 0.95) -> OddsTable:
    """Compute odds ratios, profile limits and likelihood-ratio tests from arrays, separation decided first.

    Parameters
    ----------
    x
        n x p predictors without the intercept, finite and without gaps.
    y
        n zeros and ones, both of them there.
    method
        "firth" or "ml".
    level
        Confidence level, in (0, 1).

    Returns
    -------
    OddsTable
        Arrays of length p.

    Raises
    ------
    EstimationError
        For columns that are not independent, an outcome of one class, data that separate under "ml", or a
        fit that does not settle.

    Assumptions
    -----------
    As `odds_ratios`, which is the same computation on a frame and says what to believe.

    Missing data
    ------------
    None is taken; leave incomplete rows out first.

    Checked against
    ---------------
    `odds_ratios`, number by number, and so its oracles.

    Examples
    --------
    >>> import numpy as np
    >>> age, job = np.array([19, 25, 21, 22, 28, 27, 24, 29]), np.array([0, 0, 0, 1, 0, 1, 1, 1])
    >>> odds_table(age[:, None], job).odds_ratio.round(3).tolist()
    [1.174]
    """
    require_option(method, ("firth", "ml"), argument="method")
    require_level(level)
    columns, outcome = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    _check(columns, outcome)
    matrix = np.column_stack([np.ones(len(columns)), columns])
    separation, plain = decide(matrix, outcome)
    if separation.found and method == "ml":
        raise EstimationError(
            f"the data are separated for {int(separation.decided.sum())} row(s), so that maximum likelihood "
            'has no finite answer; use method="firth".'
        )
    fit = plain if method == "ml" and plain is not None else fit_by(method, matrix, outcome)
    if not fit.converged:
        raise EstimationError("the fit did not settle, so that no numbers are given; use fewer columns.")
    index = np.arange(1, matrix.shape[1])
    low, high = profile_limits(fit, index, level)
    nulls = held_at(fit, [[int(j)] for j in index])
    ratio = np.where(nulls.converged, np.maximum(2.0 * (fit.objective - nulls.loglik), 0.0), np.nan)
    error = np.sqrt(np.diag(fit.cov))[index]
    estimate = np.exp(fit.beta[index])
    return OddsTable(
        estimate, error, np.exp(low), np.exp(high), ratio, chi2_upper(ratio, 1.0), separation.kind
    )


def _check(x: Array, y: Array) -> None:
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise EstimationError("x must be n x p and y of length n; give x[:, None] for one column.")
    bad = int((~np.isfinite(x).all(axis=1) | ~np.isin(y, (0.0, 1.0))).sum())
    if bad:
        raise EstimationError(
            f"{bad} row(s) of x and y hold a gap, an infinite number or an outcome other than 0 and 1; leave "
            "them out."
        )
    if len(np.unique(y)) < 2:
        raise EstimationError(f"all {len(y)} row(s) of y have the same outcome, so there are no odds.")
    if x.shape[1] + 1 >= len(y):
        raise EstimationError(f"x has {x.shape[1]} column(s) for {len(y)} row(s); use fewer.")
