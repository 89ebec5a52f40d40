"""Time to a job (or another event): who has had it by when, with censoring and competing events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import covariate_columns
from ipseval.analysis.effects.time_to_event_evidence import time_evidence
from ipseval.analysis.effects.time_to_event_reading import LEAST_CLUSTERS, Asked, Times, times_of
from ipseval.analysis.kernels import survival as kernel
from ipseval.analysis.kernels import survival_influence as influence_of
from ipseval.analysis.kernels.gray import gray
from ipseval.core import tails
from ipseval.core.checks import require_level
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
GRID = 41
"""Points of the curves in extras, evenly spread, so that nobody's own time shows."""
NOTHING = 1e-12
"""An error below this share of the estimates is rounding."""
REFERENCES = (
    "https://doi.org/10.1080/01621459.1958.10501452",
    "https://doi.org/10.1080/01621459.1977.10480613",
    "https://doi.org/10.1186/1471-2288-13-152",
    "https://doi.org/10.1214/aos/1176350951",
    "https://doi.org/10.1080/01621459.1989.10478874",
)


@dataclass
class Book:
    """Rows and notes as they are written."""

    outcome: str
    level: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, row: dict[str, Any], *, status: str = "", why: Note | None = None) -> None:
        """Write a row; where it has a status, `why` says the reason and goes to its place."""
        if why is not None:
            self.notes.append(Note(why.code, row=len(self.rows), values=why.values))
        self.rows.append({"outcome": self.outcome} | row | ({"status": status} if status else {}))


def time_to_event(
    source: pd.DataFrame | Design,
    *,
    duration: str,
    event: str,
    by: str | None = None,
    covariates: Sequence[str] | None = None,
    times: Sequence[float] = (),
    horizon: float | None = None,
    cluster: str | None = None,
    data: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Tell who has had an event by when, how long it took, and whether groups differ.

    Parameters
    ----------
    source
        A frame with one row per person, or a design from `ips.match` or `ips.weight` (then `data` and `id`
        join the times, and the groups are its arms).
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
    cluster
        Municipality (or other) column within which people share circumstances.
    data, id
        With a design: the frame that holds the times, and its person column.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per group `incidence` at each time (Aalen-Johansen; one minus Kaplan-Meier without competing events;
        log-log interval) and `restricted_mean` (mean time free of any event).  Between groups
        `incidence_difference` at each time and `restricted_mean_difference` (two groups, second level minus
        first), `log_rank` (of the event's own hazard: with competing events they count as censored there),
        `gray` (of the incidence itself, where there are competing events), and `hazard_ratio` rows of a Cox
        model.  Only these carry a p.  Extras: `curves` (incidence and persons at risk by group, on an even
        grid).
        With `cluster` or a design: weighted estimates and robust errors (infinitesimal jackknife summed over
        clusters, matched sets or persons; over both where sets span clusters), with Student's t over the
        fewest clusters or sets of a group, less one.  `log_rank` and `gray` are
        refused there, and with fewer than 30 clusters in a group so is every interval and p.

    Raises
    ------
    DesignError
        A design that uses controls more than once, or whose persons are not in `data`.
    EstimationError
        Unknown columns, negative times, codes that are no whole numbers, no event at all.

    Notes
    -----
    Assumptions: censoring is unrelated to the event (in a design: given its weights); persons, or clusters,
    are independent; weights of a design are taken as known; hazards are proportional in the Cox rows.  With
    few treated municipalities use `ips.effect` on the share with the event by a fixed time.
    Missing data: rows without duration, event, group or covariate are left out and counted.
    Checked against: tests/oracles/effect_survival and effect_survival_clusters (R: survival),
    tests/oracles/effect_gray (R: cmprsk).
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
    asked = Asked(duration, event, by, tuple(covariates or ()), cluster, horizon)
    found = times_of(source, asked, data, id)
    book = Book(event, level, notes=list(found.notes))
    at = tuple(times) or (found.horizon,)
    influence = [_group_rows(book, found, g, at) for g in range(len(found.names))]
    if len(found.names) > 1:
        _between_rows(book, found, at, influence)
    arm = source.treatment if isinstance(source, Design) else by
    columns = tuple(dict.fromkeys([*([arm] if arm else []), *asked.covariates]))
    if columns and (covariates or len(found.names) > 1):
        _cox_rows(book, found, columns)
    least = found.fewest()
    if least is not None:
        book.notes.append(Note("time_robust", values={"n": found.count(), "least": least}))
    tail = "_robust" if found.robust else ""
    return Result(
        kind="time_to_event",
        estimates=estimates_frame(book.rows),
        sample=found.sample,
        method=Method(
            "time_to_event_estimator", found.population, f"time_to_event_interval{tail}", level,
            f"time_to_event_test{tail}", "complete_cases", None, REFERENCES,
        ),
        base=Base("in_frame", found.total),
        notes=tuple(book.notes),
        extras={"curves": _curves(found)},
        source=Source.of(frame=found.frame),
        evidence=time_evidence(found, book.rows, event, arm or "", id),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pull:
    """One group's numbers and errors, and with robust errors everybody's influence on them (n x k)."""

    values: Array
    errors: Array
    influence: Array | None


def _pull(data: Times, g: int, times: tuple[float, ...]) -> Pull:
    """Estimate one group's incidence at each time and, last, its mean time free of any event."""
    curve = data.curve(g)
    found = [kernel.incidence_at(curve, t) for t in times] + [kernel.mean_time(curve, data.horizon)]
    values, errors = (np.array([f[k] for f in found]) for k in (0, 1))
    if not data.robust:
        return Pull(values, errors, None)
    own, influence = data.own(g), np.zeros((len(data.time), len(found)))
    pulled = [influence_of.incidence_influence(curve, *own, t) for t in times]
    pulled.append(influence_of.mean_influence(curve, *own, data.horizon))
    influence[data.group == g] = np.column_stack(pulled)
    return Pull(values, data.spread(influence), influence)


def _group_rows(book: Book, data: Times, g: int, times: tuple[float, ...]) -> Pull:
    found = _pull(data, g, times)
    own = data.group == g
    few = Note("time_few_clusters", values={"n": data.fewest(g), "least": LEAST_CLUSTERS})
    first = {"group": data.names[g], "n": int(own.sum())}
    for j, when in enumerate((*times, data.horizon)):
        last = j == len(times)
        row: dict[str, Any] = first | {
            "term": "restricted_mean" if last else "incidence", "contrast": f"{when:g}",
            "estimand": "restricted_mean" if last else "incidence",
            "scale": "mean" if last else "cumulative_incidence",
        }  # fmt: skip
        if when > float(data.time[own].max()):
            book.add(row, status="refused", why=Note("time_beyond", values={"time": float(when)}))
            continue
        value, error = float(found.values[j]), float(found.errors[j])
        row["estimate"] = value
        if data.few(g):
            book.add(row, status="flagged", why=few)
            continue
        row |= {"std_error": error, "conf_level": book.level}
        reach, counted = _reach(data, book.level, g)
        book.add(row | counted | (_plain(value, error, reach) if last else _log_log(value, error, reach)))
    return found


def _reach(data: Times, level: float, g: int | None = None) -> tuple[float, dict[str, float]]:
    """Return how many errors an interval reaches: normal for persons, t over the fewest clusters or sets."""
    df = data.df(g)
    if np.isinf(df):
        return tails.normal_quantile(level), {}
    return float(tails.t_quantile(level, df)), {"df": df}


def _p(data: Times, statistic: float) -> float:
    df = data.df()
    p = tails.normal_two_sided(statistic) if np.isinf(df) else tails.t_two_sided(statistic, df)
    return float(p)


def _plain(value: float, error: float, reach: float) -> dict[str, float]:
    half = reach * error
    return {"ci_low": value - half, "ci_high": value + half}


def _log_log(value: float, error: float, reach: float) -> dict[str, float]:
    """Return the limits on the log(-log(1 - F)) scale, which stay between 0 and 1."""
    if not 0.0 < value < 1.0:
        return {}
    spread = reach * error / abs((1 - value) * np.log(1 - value))
    return {
        "ci_low": 1.0 - (1.0 - value) ** np.exp(-spread),
        "ci_high": 1.0 - (1.0 - value) ** np.exp(spread),
    }


def _between_rows(book: Book, data: Times, times: tuple[float, ...], pulls: list[Pull]) -> None:
    n = len(data.time)
    if len(data.names) == 2:
        _gap_rows(book, data, times, *pulls)
    none = Note("time_persons_only")
    row: dict[str, Any] = {"term": "log_rank", "scale": "test", "n": n}
    if data.robust:
        book.add(row, status="refused", why=none)
    else:
        statistic, df = kernel.log_rank(data.time, (data.code == 1).astype(np.intp), data.group)
        book.add(row | {"statistic": statistic, "df": df, "p_value": float(tails.chi2_upper(statistic, df))})
    if not data.competing:
        return
    row = {"term": "gray", "scale": "test", "n": n}
    if data.robust:
        book.add(row, status="refused", why=none)
        return
    book.notes.append(Note("time_cause_specific", row=len(book.rows) - 1))
    statistic, df = gray(data.time, data.code, data.group)
    book.add(row | {"statistic": statistic, "df": df, "p_value": float(tails.chi2_upper(statistic, df))})


def _gap_rows(book: Book, data: Times, times: tuple[float, ...], other: Pull, one: Pull) -> None:
    """Write the differences, second group minus first."""
    gaps, errors = one.values - other.values, np.hypot(one.errors, other.errors)
    if one.influence is not None and other.influence is not None:
        errors = data.spread(one.influence - other.influence)
    followed = min(float(data.time[data.group == g].max()) for g in (0, 1))
    few = Note("time_few_clusters", values={"n": data.fewest(), "least": LEAST_CLUSTERS})
    for j, (gap, error) in enumerate(zip(gaps.tolist(), errors.tolist(), strict=True)):
        last = j == len(times)
        row: dict[str, Any] = {
            "term": "restricted_mean_difference" if last else "incidence_difference",
            "estimand": "restricted_mean" if last else "incidence", "n": len(data.time),
            "contrast": f"{data.names[1]} - {data.names[0]}" if last else f"{times[j]:g}",
            "scale": "difference" if last else "risk_difference",
        }  # fmt: skip
        if not last and times[j] > followed:
            book.add(row, status="refused", why=Note("time_beyond", values={"time": float(times[j])}))
        elif data.few():
            book.add(row, status="refused", why=few)
        elif not error > NOTHING * max(abs(float(one.values[j])), abs(float(other.values[j]))):
            book.add(row | {"estimate": gap})
        else:
            reach, counted = _reach(data, book.level)
            test = {"statistic": gap / error, "p_value": _p(data, gap / error)}
            row |= {"estimate": gap, "std_error": error, "conf_level": book.level}
            book.add(row | counted | _plain(gap, error, reach) | test)


def _cox_rows(book: Book, data: Times, columns: tuple[str, ...]) -> None:
    design = covariate_columns(data.used, columns)
    x, event = design.matrix()[:, 1:], (data.code == 1).astype(np.intp)
    fit = kernel.cox(data.time, event, x, data.weights)
    error = np.sqrt(np.diag(fit.cov))
    if data.robust:
        error = data.spread(influence_of.cox_influence(fit, data.time, event, x, data.weights))
    reach, counted = _reach(data, book.level)
    half = reach * error
    first = {"estimand": "hazard_ratio", "scale": "hazard_ratio", "n": len(data.time)}
    few = Note("time_few_clusters", values={"n": data.fewest(), "least": LEAST_CLUSTERS})
    for j, name in enumerate(design.names):
        row = first | {"term": name, "n_events": int(event.sum())}
        if data.few():
            book.add(row, status="refused", why=few)
            continue
        z = fit.beta[j] / error[j]
        ends = {"ci_low": np.exp(fit.beta[j] - half[j]), "ci_high": np.exp(fit.beta[j] + half[j])}
        book.add(
            row
            | {"estimate": np.exp(fit.beta[j]), "std_error": error[j], "conf_level": book.level}
            | ends
            | counted
            | {"statistic": z, "p_value": _p(data, float(z))}
        )
    if data.competing:
        book.notes.append(Note("time_cause_specific_hazard"))


def _curves(data: Times) -> pd.DataFrame:
    rows = []
    grid = np.linspace(0.0, data.horizon, GRID)
    for g, name in enumerate(data.names):
        curve, own = data.curve(g), data.own(g)
        for when in grid.tolist():
            value, error = kernel.incidence_at(curve, when)
            if data.robust:
                pulled = influence_of.incidence_influence(curve, *own, when)
                error = float("nan") if data.few(g) else float(data.spread(pulled[:, None], g)[0])
            rows.append((name, when, int((own[0] >= when).sum()), value, error))
    return pd.DataFrame(rows, columns=["group", "time", "at_risk", "incidence", "std_error"])
