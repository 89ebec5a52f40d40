"""Time to a job (or another event): who has had it by when, with censoring and competing events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.inputs import covariate_columns
from ipseval.analysis.formula_design import levels_of, refuse_infinite
from ipseval.analysis.kernels import survival as kernel
from ipseval.analysis.kernels.gray import gray
from ipseval.core import tails
from ipseval.core.checks import require_columns, require_level, require_numbers
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Array = NDArray[np.float64]
GRID = 41
"""Points of the curves in extras, evenly spread, so that nobody's own time shows."""
REFERENCES = (
    "https://doi.org/10.1080/01621459.1958.10501452",
    "https://doi.org/10.1080/01621459.1977.10480613",
    "https://doi.org/10.1186/1471-2288-13-152",
    "https://doi.org/10.1214/aos/1176350951",
)


@dataclass(frozen=True, eq=False)
class Times:
    """Complete rows: duration, event code, group number."""

    time: Array
    code: NDArray[np.intp]
    group: NDArray[np.intp]
    names: tuple[str, ...]
    used: pd.DataFrame
    horizon: float
    competing: bool


@dataclass
class Book:
    """Rows and notes as they are written."""

    outcome: str
    level: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def time_to_event(
    frame: pd.DataFrame,
    *,
    duration: str,
    event: str,
    by: str | None = None,
    covariates: Sequence[str] | None = None,
    times: Sequence[float] = (),
    horizon: float | None = None,
    level: float = 0.95,
) -> Result:
    """Tell who has had an event by when, how long it took, and whether groups differ.

    Parameters
    ----------
    frame
        One row per person.
    duration
        Time from the index date to the event or to the end of observation, 0 or more (weeks, days, ...).
    event
        0 observed without the event, 1 the event, 2, 3, ... competing events (death, pension, emigration).
    by
        Column of groups; treatment coded 0/1 gives treated minus control.
    covariates
        Columns of a Cox model, `by` among its columns.
    times
        Times at which the incidence is given; the horizon if left out.
    horizon
        End of the restricted mean; the smallest of the groups' longest times if left out.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per group `incidence` at each time (Aalen-Johansen; one minus Kaplan-Meier without competing events;
        log-log interval) and `restricted_mean` (mean time free of any event).  Between groups
        `restricted_mean_difference` (two groups), `log_rank` (of the event's own hazard: with competing
        events they count as censored there), `gray` (of the incidence itself, where there are competing
        events), and `hazard_ratio` rows of a Cox model.  Only these carry a p.  Extras: `curves` (incidence
        and persons at risk by group, on an even grid).

    Raises
    ------
    EstimationError
        Unknown columns, negative times, codes that are no whole numbers, no event at all.

    Notes
    -----
    Assumptions: censoring is unrelated to the event; persons are independent (no cluster= here: use `effect`
    on a share by a fixed time where municipalities matter); hazards are proportional in the Cox rows.
    Missing data: rows without duration, event, group or covariate are left out and counted.
    Checked against: tests/oracles/effect_survival (R: survival), tests/oracles/effect_gray (R: cmprsk).
    References: Kaplan and Meier 1958, https://doi.org/10.1080/01621459.1958.10501452; Efron 1977,
    https://doi.org/10.1080/01621459.1977.10480613; Royston and Parmar 2013,
    https://doi.org/10.1186/1471-2288-13-152; Gray 1988, https://doi.org/10.1214/aos/1176350951.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"weeks": [4, 9, 12, 20, 26, 26], "job": [1, 1, 0, 1, 0, 0]})
    >>> est = ips.time_to_event(people, duration="weeks", event="job").estimates.set_index("term")
    >>> round(float(est.loc["incidence", "estimate"]), 3)
    0.556
    """
    require_level(level)
    data, notes, flow = _read(frame, duration, event, by, tuple(covariates or ()), horizon)
    book = Book(event, level, notes=notes)
    for g, name in enumerate(data.names):
        _group_rows(book, data, g, name, tuple(times) or (data.horizon,))
    if len(data.names) > 1:
        _between_rows(book, data)
    columns = tuple(dict.fromkeys([*([by] if by else []), *(covariates or ())]))
    if columns and (covariates or len(data.names) > 1):
        _cox_rows(book, data, columns)
    return Result(
        kind="time_to_event",
        estimates=estimates_frame(book.rows),
        sample=flow,
        method=Method(
            "time_to_event_estimator", "", "time_to_event_interval", level, "time_to_event_test",
            "complete_cases", None, REFERENCES,
        ),
        base=Base("in_frame", len(frame)),
        notes=tuple(book.notes),
        extras={"curves": _curves(data)},
        source=Source.of(frame=frame),
    )  # fmt: skip


def _read(
    frame: pd.DataFrame, duration: str, event: str, by: str | None, covariates: tuple[str, ...],
    horizon: float | None,
) -> tuple[Times, list[Note], pd.DataFrame]:  # fmt: skip
    needed = tuple(dict.fromkeys([duration, event, *([by] if by else []), *covariates]))
    require_columns(frame, needed, argument="duration, event, by and covariates")
    refuse_infinite(frame, needed)
    known = frame[list(needed)].notna().to_numpy(dtype=bool)
    complete = np.flatnonzero(known.all(axis=1))
    used = frame.iloc[complete]
    require_numbers(used, [duration], argument="duration")
    require_numbers(used, [event], argument="event")
    time = pd.to_numeric(used[duration]).to_numpy(dtype=float)
    codes = pd.to_numeric(used[event]).to_numpy(dtype=float)
    below, odd = time < 0, (codes < 0) | (codes % 1 != 0)
    for bad, what in (
        (below, f"duration={duration!r} below 0"),
        (odd, f"event={event!r} that is no whole number from 0 up"),
    ):
        if bad.any():
            raise EstimationError(f"{int(bad.sum())} row(s) have {what}; correct or leave them out.")
    if not (codes == 1).any():
        raise EstimationError(f"event={event!r} is 1 in no row; code the event of interest as 1.")
    levels = levels_of(used[by]) if by else []
    names = tuple(code_text(v) for v in levels) or ("",)
    group = np.zeros(len(used), dtype=np.intp)
    for g, value in enumerate(levels):
        group[(used[by] == value).to_numpy(dtype=bool)] = g
    longest = min(float(time[group == g].max()) for g in range(len(names)))
    end = longest if horizon is None else float(horizon)
    if not 0 < end <= longest:
        raise EstimationError(
            f"horizon={end:g} must be above 0 and at most {longest:g}, which every group was followed to."
        )
    notes = [
        Note("effect_dropped", values={"column": c, "n": int((~k).sum())})
        for c, k in zip(needed, known.T, strict=True)
        if not k.all()
    ]
    flow = [("in_frame", "", len(frame)), ("analysed", "", len(used))]
    flow += [("analysed", name, int((group == g).sum())) for g, name in enumerate(names) if name]
    flow.append(flow.pop(1))
    code = codes.astype(np.intp)
    return Times(time, code, group, names, used, end, bool((code > 1).any())), notes, sample_frame(flow)


def _group_rows(book: Book, data: Times, g: int, name: str, times: Sequence[float]) -> None:
    own = data.group == g
    found = kernel.curve(data.time[own], data.code[own])
    n = int(own.sum())
    for when in times:
        value, error = kernel.incidence_at(found, when)
        row = {
            "outcome": book.outcome, "group": name, "term": "incidence", "contrast": f"{when:g}",
            "estimand": "incidence", "scale": "probability", "estimate": value, "std_error": error,
            "conf_level": book.level, "n": n,
        }  # fmt: skip
        if 0.0 < value < 1.0:
            # On the log(-log(1 - F)) scale the limits stay between 0 and 1.
            spread = tails.normal_quantile(book.level) * error / abs((1 - value) * np.log(1 - value))
            row["ci_low"] = 1.0 - (1.0 - value) ** np.exp(-spread)
            row["ci_high"] = 1.0 - (1.0 - value) ** np.exp(spread)
        if when > float(data.time[own].max()):
            book.notes.append(Note("time_beyond", row=len(book.rows), values={"time": f"{when:g}"}))
            row = {k: v for k, v in row.items() if k not in ("estimate", "std_error", "ci_low", "ci_high")}
            row["status"] = "refused"
        book.rows.append(row)
    mean, error = _mean(data, g)
    half = tails.normal_quantile(book.level) * error
    book.rows.append(
        {
            "outcome": book.outcome, "group": name, "term": "restricted_mean",
            "contrast": f"{data.horizon:g}", "estimand": "restricted_mean", "scale": "mean",
            "estimate": mean, "std_error": error,
            "ci_low": mean - half, "ci_high": mean + half, "conf_level": book.level, "n": n,
        }
    )  # fmt: skip


def _mean(data: Times, g: int) -> tuple[float, float]:
    own = data.group == g
    return kernel.mean_time(kernel.curve(data.time[own], data.code[own]), data.horizon)


def _between_rows(book: Book, data: Times) -> None:
    n = len(data.time)
    if len(data.names) == 2:
        one, other = (
            kernel.mean_time(
                kernel.curve(data.time[data.group == g], data.code[data.group == g]), data.horizon
            )
            for g in (1, 0)
        )
        gap, error = one[0] - other[0], float(np.hypot(one[1], other[1]))
        half = tails.normal_quantile(book.level) * error
        row = {
            "outcome": book.outcome, "term": "restricted_mean_difference", "estimand": "restricted_mean",
            "contrast": f"{data.names[1]} - {data.names[0]}", "scale": "difference", "estimate": gap, "n": n,
        }  # fmt: skip
        if error > 0:
            row |= {
                "std_error": error, "ci_low": gap - half, "ci_high": gap + half, "conf_level": book.level,
                "statistic": gap / error, "p_value": float(tails.normal_two_sided(gap / error)),
            }  # fmt: skip
        book.rows.append(row)
    statistic, df = kernel.log_rank(data.time, (data.code == 1).astype(np.intp), data.group)
    book.rows.append(
        {
            "outcome": book.outcome, "term": "log_rank", "scale": "test", "statistic": statistic, "df": df,
            "p_value": float(tails.chi2_upper(statistic, df)), "n": n,
        }
    )  # fmt: skip
    if data.competing:
        book.notes.append(Note("time_cause_specific", row=len(book.rows) - 1))
        statistic, df = gray(data.time, data.code, data.group)
        book.rows.append(
            {
                "outcome": book.outcome, "term": "gray", "scale": "test", "statistic": statistic, "df": df,
                "p_value": float(tails.chi2_upper(statistic, df)), "n": n,
            }
        )  # fmt: skip


def _cox_rows(book: Book, data: Times, columns: tuple[str, ...]) -> None:
    design = covariate_columns(data.used, columns)
    fit = kernel.cox(data.time, (data.code == 1).astype(np.intp), design.matrix()[:, 1:])
    error = np.sqrt(np.diag(fit.cov))
    half = tails.normal_quantile(book.level) * error
    for j, name in enumerate(design.names):
        z = fit.beta[j] / error[j]
        book.rows.append(
            {
                "outcome": book.outcome, "term": name, "estimand": "hazard_ratio", "scale": "hazard_ratio",
                "estimate": np.exp(fit.beta[j]), "std_error": error[j], "conf_level": book.level,
                "ci_low": np.exp(fit.beta[j] - half[j]), "ci_high": np.exp(fit.beta[j] + half[j]),
                "statistic": z, "p_value": float(tails.normal_two_sided(z)), "n": len(data.time),
                "n_events": int((data.code == 1).sum()),
            }
        )  # fmt: skip
    if data.competing:
        book.notes.append(Note("time_cause_specific_hazard"))


def _curves(data: Times) -> pd.DataFrame:
    rows = []
    for g, name in enumerate(data.names):
        own = data.group == g
        found = kernel.curve(data.time[own], data.code[own])
        for when in np.linspace(0.0, data.horizon, GRID):
            value, error = kernel.incidence_at(found, float(when))
            rows.append((name, float(when), int((data.time[own] >= when).sum()), value, error))
    return pd.DataFrame(rows, columns=["group", "time", "at_risk", "incidence", "std_error"])
