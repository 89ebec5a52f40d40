"""Tests from a paper's means and standard deviations, and pooling of trials beside one's own result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.kernels import meta
from ipseval.analysis.kernels import two_by_two as kernel
from ipseval.core import tails
from ipseval.core.checks import require_columns, require_level, require_numbers, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Array = NDArray[np.float64]
MEASURES = ("risk_difference", "risk_ratio", "odds_ratio")
POOLING_REFERENCES = (
    "https://doi.org/10.6028/jres.087.022",
    "https://doi.org/10.1002/sim.1009",
    "https://doi.org/10.1002/sim.2514",
)
FEW_TRIALS = 5


def t_from_summary(
    mean1: float, sd1: float, n1: int, mean2: float, sd2: float, n2: int, *, outcome: str = "",
    level: float = 0.95,
) -> Result:  # fmt: skip
    """Compare two means from what a paper prints: mean, standard deviation and number of each arm.

    Parameters
    ----------
    mean1, sd1, n1
        Mean, standard deviation (n - 1 in its denominator) and persons of the first arm.
    mean2, sd2, n2
        The same of the second arm.
    outcome
        What was measured.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Two rows, first minus second, each naming its test: `welch` (separate variances,
        Welch-Satterthwaite degrees) and `pooled` (one variance, n1 + n2 - 2 degrees).  A paper that says
        "t-test" mostly prints one of them: the p tells which.

    Raises
    ------
    EstimationError
        A negative standard deviation or fewer than two persons in an arm.

    Notes
    -----
    Assumptions: independent persons, means roughly normal.  Missing data: none here.
    Checked against: tests/oracles/two_by_two (R: t.test on data with exactly these summaries).
    References: Welch 1947, https://doi.org/10.1093/biomet/34.1-2.28.

    Examples
    --------
    >>> import ipseval as ips
    >>> est = ips.t_from_summary(32.4, 20.0, 50, 26.7, 30.0, 40).estimates
    >>> [round(float(df), 1) for df in est["df"]]
    [65.1, 88.0]
    """
    require_level(level)
    for n, sd, which in ((n1, sd1, "1"), (n2, sd2, "2")):
        if n < 2 or not (np.isfinite(sd) and sd >= 0):
            raise EstimationError(f"n{which}= must be 2 or more and sd{which}= 0 or more and finite.")
    gap = mean1 - mean2
    v1, v2 = sd1**2 / n1, sd2**2 / n2
    if not v1 + v2 > 0:
        raise EstimationError("sd1= and sd2= are both 0; a t test needs spread in at least one arm.")
    welch = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    common = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
    rows = [
        _t_row("welch", gap, float(np.sqrt(v1 + v2)), welch, level),
        _t_row("pooled", gap, float(np.sqrt(common * (1 / n1 + 1 / n2))), n1 + n2 - 2.0, level),
    ]
    for row in rows:
        row |= {"outcome": outcome, "n": n1 + n2}
    return Result(
        kind="two_by_two",
        estimates=estimates_frame(rows),
        sample=sample_frame(
            [("analysed", "first", n1), ("analysed", "second", n2), ("analysed", "", n1 + n2)]
        ),
        method=Method(
            "summary_t_estimator", "", "summary_t_interval", level, "summary_t_test", "two_by_two_missing",
            None, ("https://doi.org/10.1093/biomet/34.1-2.28",),
        ),
        base=Base("two_by_two_base", n1 + n2),
    )  # fmt: skip


def _t_row(term: str, gap: float, error: float, df: float, level: float) -> dict[str, Any]:
    half = float(tails.t_quantile(level, df)) * error
    t = gap / error
    return {
        "term": term, "estimand": "difference_of_means", "scale": "difference", "contrast": "first - second",
        "estimate": gap, "std_error": error, "ci_low": gap - half, "ci_high": gap + half, "conf_level": level,
        "statistic": t, "df": df, "p_value": float(tails.t_two_sided(t, df)),
    }  # fmt: skip


def pool_trials(
    frame: pd.DataFrame,
    *,
    study: str,
    counts: Sequence[str] | None = None,
    measure: str = "risk_difference",
    estimate: str | None = None,
    std_error: str | None = None,
    level: float = 0.95,
) -> Result:
    """Pool trials with random effects, so that one's own result can stand beside the published ones.

    Parameters
    ----------
    frame
        One row per trial.
    study
        Column with the trial's name.
    counts
        Four columns: events and persons of the first arm, events and persons of the second.
    measure
        With `counts`: "risk_difference", "risk_ratio" or "odds_ratio".  With `estimate`: what the
        estimates are; ratios are given as logarithms.
    estimate, std_error
        Instead of `counts`: columns with each trial's estimate and standard error.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        A row per trial (Wald), then `pooled_effect` (Paule-Mandel, Hartung-Knapp t interval and its p),
        `prediction` (interval for a new trial's effect), `between_variance` (tau squared with Q-profile
        limits) and `heterogeneity` (Cochran's Q).  Ratios are shown as ratios, their errors are of the
        logarithm.  Extras: `weights` (each trial's share) with I squared.

    Raises
    ------
    EstimationError
        Unknown columns, a trial named twice, missing numbers, fewer than two trials left.

    Notes
    -----
    Assumptions: independent trials; their true effects are roughly normal around a common mean.  Missing
    data: a trial without numbers is refused; one with an empty cell keeps its row as refused under a ratio.
    Checked against: tests/oracles/trial_pooling (R: metafor, rma with method "PM" and test "knha").
    References: Paule and Mandel 1982, https://doi.org/10.6028/jres.087.022; Hartung and Knapp 2001,
    https://doi.org/10.1002/sim.1009; Viechtbauer 2007, https://doi.org/10.1002/sim.2514.
    """
    require_level(level)
    require_option(measure, MEASURES, argument="measure")
    names = _study_names(frame, study)
    ratio = measure != "risk_difference"
    if counts is not None and estimate is None and std_error is None:
        y, error, persons = _from_counts(frame, counts, measure, level)
    elif counts is None and estimate is not None and std_error is not None:
        require_columns(frame, [estimate, std_error], argument="estimate and std_error")
        require_numbers(frame, [estimate, std_error], argument="estimate or std_error")
        table = frame[[estimate, std_error]].apply(pd.to_numeric)
        y, error = table.to_numpy(dtype=float, na_value=np.nan).T
        if not (np.isfinite(y).all() and (error > 0).all() and np.isfinite(error).all()):
            raise EstimationError("estimate= and std_error= must be finite in every row, and errors above 0.")
        persons = None
    else:
        raise EstimationError("pool_trials needs either counts= (four columns), or estimate= and std_error=.")
    used = np.isfinite(error)
    if used.sum() < 2:
        raise EstimationError(
            f"frame: {int(used.sum())} trial(s) can be pooled where two or more were expected."
        )
    found = meta.pool(y[used], error[used] ** 2, level)
    book = _PoolBook(measure, level, ratio)
    rows = book.trials(names, y, error, persons) + book.pooled(
        found, None if persons is None else int(persons[used].sum())
    )
    total = len(frame) if persons is None else int(persons.sum())
    return Result(
        kind="pool_trials",
        estimates=estimates_frame(rows),
        sample=sample_frame([("in_frame", "", len(frame)), ("analysed", "", int(used.sum()))]),
        method=Method(
            "pooling_estimator", measure, "pooling_interval", level, "pooling_test", "pooling_missing", None,
            POOLING_REFERENCES,
        ),
        base=Base("pooling_base", total, unit="study" if persons is None else "person"),
        notes=_pool_notes(found, used, len(names)),
        extras={"weights": _weights(names, used, found)},
        source=Source.of(frame=frame),
    )  # fmt: skip


def _study_names(frame: pd.DataFrame, study: str) -> list[str]:
    require_columns(frame, [study], argument="study")
    names = [str(v) for v in frame[study]]
    doubled = len(names) - len(set(names))
    if doubled or frame[study].isna().any():
        raise EstimationError(f"study={study!r} must name each trial once; {doubled} row(s) repeat a name.")
    return names


def _from_counts(
    frame: pd.DataFrame, counts: Sequence[str], measure: str, level: float
) -> tuple[Array, Array, NDArray[np.int64]]:
    if len(counts) != 4:
        raise EstimationError("counts= must name four columns: events, persons, events, persons.")
    require_columns(frame, list(counts), argument="counts")
    require_numbers(frame, list(counts), argument="counts")
    table = frame[list(counts)].apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)
    a, n1, c, n2 = table.T
    fine = np.isfinite(table).all(axis=1) & (table >= 0).all(axis=1) & (table % 1 == 0).all(axis=1)
    fine &= (a <= n1) & (c <= n2) & (n1 > 0) & (n2 > 0)
    if not fine.all():
        raise EstimationError(
            f"counts= has {int((~fine).sum())} row(s) that are no whole numbers with events within their arm."
        )
    y, error = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    for i, row in enumerate(table.astype(int).tolist()):
        found = _one(row, measure, level)
        if found is not None:
            y[i], error[i] = found.estimate, found.std_error
    return y, error, np.asarray(n1 + n2, dtype=np.int64)


def _one(row: list[int], measure: str, level: float) -> kernel.Tested | None:
    a, n1, c, n2 = row
    if measure == "risk_difference":
        return kernel.wald_difference(a, n1, c, n2, level)
    empty = min(a, c) == 0 or (a == n1 and c == n2)
    if measure == "risk_ratio":
        return None if empty else kernel.log_risk_ratio(a, n1, c, n2, level)
    return None if empty or a == n1 or c == n2 else kernel.log_odds_ratio(a, n1, c, n2, level)


class _PoolBook:
    """Writes the rows of trials and of their pooling on one scale."""

    def __init__(self, measure: str, level: float, ratio: bool) -> None:
        self.measure, self.level, self.turn = measure, level, np.exp if ratio else float

    def row(self, term: str, estimand: str, value: float, error: float, half: float) -> dict[str, Any]:
        return {
            "term": term, "estimand": estimand, "scale": self.measure, "contrast": "first - second",
            "estimate": float(self.turn(value)), "std_error": error, "conf_level": self.level,
            "ci_low": float(self.turn(value - half)), "ci_high": float(self.turn(value + half)),
        }  # fmt: skip

    def trials(
        self, names: list[str], y: Array, error: Array, persons: NDArray[np.int64] | None
    ) -> list[dict[str, Any]]:
        made = []
        for i, name in enumerate(names):
            n = None if persons is None else int(persons[i])
            if not np.isfinite(error[i]):
                row: dict[str, Any] = {"term": name, "estimand": "trial", "scale": self.measure}
                row["status"] = "refused"
            else:
                z = y[i] / error[i]
                half = tails.normal_quantile(self.level) * error[i]
                row = self.row(name, "trial", y[i], error[i], half)
                row |= {"statistic": z, "p_value": float(tails.normal_two_sided(z))}
            made.append(row | {"n": n})
        return made

    def pooled(self, found: meta.Pooling, n: int | None) -> list[dict[str, Any]]:
        t = float(tails.t_quantile(self.level, found.df))
        statistic = found.value / found.std_error if found.std_error > 0 else float("nan")
        main = self.row(
            "pooled_effect", "pooled_effect", found.value, found.std_error, t * found.std_error
        ) | {
            "statistic": statistic, "df": found.df, "p_value": float(tails.t_two_sided(statistic, found.df)),
            "n": n,
        }  # fmt: skip
        new = self.row("prediction", "prediction", found.value, found.predict_error, t * found.predict_error)
        between = {
            "term": "between_variance", "estimand": "between_variance", "scale": "variance",
            "estimate": found.tau2, "ci_low": found.tau2_low, "ci_high": found.tau2_high,
            "conf_level": self.level,
        }  # fmt: skip
        q: dict[str, Any] = {
            "term": "heterogeneity",
            "scale": "test",
            "statistic": found.q,
            "df": found.df,
            "p_value": found.q_p,
        }
        return [main, new | {"df": found.df}, between, q]


def _pool_notes(found: meta.Pooling, used: NDArray[np.bool_], trials: int) -> tuple[Note, ...]:
    notes = [
        Note("pooling_zero_cells", row=int(i), values={"n": int((~used).sum())})
        for i in np.flatnonzero(~used)
    ]
    if used.sum() < FEW_TRIALS:
        notes.append(Note("pooling_few", values={"n": int(used.sum())}))
    if found.std_error < found.plain_error:
        notes.append(Note("pooling_narrow", row=trials, values={"plain": float(f"{found.plain_error:.4g}")}))
    return tuple(notes)


def _weights(names: list[str], used: NDArray[np.bool_], found: meta.Pooling) -> pd.DataFrame:
    weights = np.full(len(names), np.nan)
    weights[used] = found.weights
    return pd.DataFrame({"study": names, "weight": weights, "i_squared": found.i2})
