"""Effects from repeated measurement: differences in differences, event study, effects by cohort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.effect import effect
from ipseval.analysis.effects.inference import t_fields
from ipseval.analysis.effects.inputs import finite_numbers
from ipseval.analysis.effects.panel_evidence import Followed, panel_evidence
from ipseval.analysis.kernels import panel as kernel
from ipseval.analysis.kernels.cluster import Contrast, cr2
from ipseval.core import tails
from ipseval.core.checks import (
    require_apart,
    require_columns,
    require_level,
    require_one_kind,
    require_option,
)
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Array = NDArray[np.float64]
METHODS = ("did", "twfe", "event_study", "group_time")
CONTROLS = ("never", "not_yet")
REFERENCES = (
    "https://doi.org/10.1016/j.jeconom.2020.12.001",
    "https://doi.org/10.1016/j.jeconom.2021.03.014",
    "https://doi.org/10.1080/07350015.2016.1247004",
)


@dataclass(frozen=True, eq=False)
class Panel:
    """A balanced panel: `y` and `treated` are persons x periods; cohorts are positions among `periods`."""

    y: Array
    treated: Array
    cohort: NDArray[np.intp]
    clusters: NDArray[np.intp]
    named: bool
    periods: tuple[Any, ...]
    towns: list[Any]
    sample: pd.DataFrame
    notes: tuple[Note, ...]
    total: int
    ids: pd.Index


def panel_effect(
    frame: pd.DataFrame,
    *,
    outcome: str,
    id: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    method: str = "group_time",
    controls: str = "never",
    anticipation: int = 0,
    question: str = "taking_part",
    level: float = 0.95,
) -> Result:
    """Estimate an effect from people measured before and after, treated against not (yet) treated.

    Parameters
    ----------
    frame
        One row per person and period.
    outcome, id, time, treatment
        Outcome; person; period (numbers or dates); 1 from the period of entry on, 0 before and for those
        never treated.
    cluster
        Municipality column, constant within a person; persons are the clusters if left out.
    method
        "did": mean after minus mean before entry per person, one cohort only, judged by the same gate as
        `ips.effect`; "twfe": person and period effects; "group_time": an effect per cohort and period and
        their average; "event_study": averages by time since entry, the periods before entry among them.
    controls
        For the last two: "never" treated, or those "not_yet" treated.
    anticipation
        Periods before entry in which the outcome may move already (the dip before entry).
    question
        As in `ips.effect`.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        "did" and "twfe": a row `difference`.  "group_time": a row per cohort (`group`) and period
        (`contrast`) and the row `average` over periods from entry on.  "event_study": a row per period
        since entry; those before entry should be near 0, and the row `before_entry` tests all of them (but
        those within `anticipation`) together.  Estimand: the effect on those treated.

    Raises
    ------
    DesignError
        A person twice in a period, treatment that is switched off again, nobody never or not yet treated.
    EstimationError
        Unknown columns.

    Notes
    -----
    Assumptions: without treatment the arms would have moved in parallel.  Missing data: only persons measured
    in every period; the others are counted.  Periods are the values that occur; uneven steps are told.
    Checked against: tests/oracles/effect_panel (R: plm, clubSandwich; diff-diff for cohorts and periods),
    linearmodels' PanelOLS, and the definition spelled out.  diff-diff's average counts the periods within
    `anticipation` as treated, ours begins at entry.
    References: Callaway and Sant'Anna 2021, https://doi.org/10.1016/j.jeconom.2020.12.001; Goodman-Bacon
    2021, https://doi.org/10.1016/j.jeconom.2021.03.014.
    """
    require_level(level)
    require_option(method, METHODS, argument="method")
    require_option(controls, CONTROLS, argument="controls")
    require_option(question, gate.QUESTIONS, argument="question")
    if isinstance(anticipation, bool) or not isinstance(anticipation, int) or anticipation < 0:
        raise EstimationError("anticipation= must be a whole number of periods, 0 or more.")
    data = _read(frame, outcome, id, time, treatment, cluster)
    about = Followed(
        frame, outcome, id, time, treatment, data.ids, data.y, data.cohort, data.periods, anticipation,
        controls == "not_yet" and method not in ("did", "twfe"),
    )  # fmt: skip
    if method == "did":
        result = _did(frame, data, outcome, cluster, question, anticipation, level)
        return replace(result, evidence=panel_evidence(about, result))
    if method == "twfe":
        rows, notes, verdict, situation = _two_way(data, outcome, question, level)
    else:
        rows, notes, verdict, situation = _by_group(
            data,
            outcome,
            question,
            level,
            method=method,
            not_yet=controls == "not_yet",
            anticipation=anticipation,
        )
    result = Result(
        kind="panel_effect",
        estimates=estimates_frame(rows),
        sample=data.sample,
        method=Method(
            f"panel_{method}", "population_att",
            f"interval_{verdict.chosen}" if verdict.chosen else "", level,
            f"test_{verdict.chosen}" if verdict.chosen else "", "panel_balanced", None, REFERENCES,
        ),
        base=Base("in_frame", data.total),
        notes=(*data.notes, *notes, Note(f"question_{question}")),
        extras={"attainable": gate.attainable(situation), "procedures": gate.procedures(verdict)},
        source=Source.of(frame=frame),
    )  # fmt: skip
    return replace(result, evidence=panel_evidence(about, result))


def _observed(wide: pd.DataFrame, entered: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the persons who have outcome and treatment in every period."""
    complete = wide.notna().all(axis=1) & entered.notna().all(axis=1)
    if not complete.any():
        raise DesignError(
            "no person has outcome= and treatment= in every period: keep periods in which all were observed."
        )
    return wide[complete], entered[complete]


def _read(
    frame: pd.DataFrame, outcome: str, id: str, time: str, treatment: str, cluster: str | None
) -> Panel:
    columns = [outcome, id, time, treatment, *([cluster] if cluster else [])]
    require_columns(frame, columns, argument="outcome, id, time, treatment and cluster")
    require_apart(
        {"outcome": outcome, "id": id, "time": time, "treatment": treatment, "cluster": cluster},
        error=DesignError,
    )
    require_one_kind(frame, time, argument="time")
    finite_numbers(frame, outcome, argument="outcome")
    finite_numbers(frame, treatment, argument="treatment")
    for column in (id, time, treatment, *([cluster] if cluster else [])):
        lacking = int(frame[column].isna().sum())
        if lacking:
            raise DesignError(f"column {column!r} is missing in {lacking} row(s); every row must have it.")
    doubled = int(frame.duplicated([id, time]).sum())
    if doubled:
        raise DesignError(f"id={id!r}: {doubled} row(s) repeat a person's {time!r}; keep one row per period.")
    wide = frame.pivot(index=id, columns=time, values=outcome).astype(float)
    entered = frame.pivot(index=id, columns=time, values=treatment).astype(float)
    wide, entered = _observed(wide, entered)
    treated = entered.to_numpy()
    if not np.isin(treated, (0.0, 1.0)).all():
        raise DesignError(f"treatment={treatment!r} must be 0 or 1 in every row.")
    off = int((np.diff(treated, axis=1) < 0).any(axis=1).sum())
    if off:
        raise DesignError(
            f"treatment={treatment!r} is switched off again for {off} person(s); code it 1 from entry on."
        )
    ever = treated.any(axis=1)
    cohort = np.where(ever, treated.argmax(axis=1), kernel.NEVER).astype(np.intp)
    if not ever.any() or (cohort == 0).all() or treated.shape[1] < 2:
        raise DesignError("frame: nobody is measured both before and after entry; more periods are needed.")
    towns, clusters = _clusters(frame, wide, id, cluster)
    persons = int(frame[id].nunique())
    flow = [("in_frame", "", persons)]
    flow += [("analysed", "treated", int(ever.sum())), ("analysed", "control", int((~ever).sum()))]
    notes = []
    if persons > len(wide):
        notes.append(Note("panel_incomplete", values={"n": persons - len(wide)}))
    if _uneven(wide.columns):
        notes.append(Note("panel_uneven", values={"column": time}))
    early = int((cohort == 0).sum())
    if early:
        notes.append(Note("panel_always", values={"n": early}))
    keep = cohort != 0
    return Panel(
        wide.to_numpy()[keep], treated[keep], cohort[keep], pd.factorize(clusters[keep])[0].astype(np.intp),
        cluster is not None, tuple(wide.columns), [t for t, k in zip(towns, keep, strict=True) if k],
        sample_frame([*flow]), tuple(notes), persons, wide.index[keep],
    )  # fmt: skip


def _clusters(
    frame: pd.DataFrame, wide: pd.DataFrame, id: str, cluster: str | None
) -> tuple[list[Any], NDArray[np.intp]]:
    if cluster is None:
        return list(range(len(wide))), np.arange(len(wide))
    per = frame.groupby(id)[cluster].nunique()
    movers = int((per > 1).sum())
    if movers:
        raise DesignError(
            f"cluster={cluster!r} changes for {movers} person(s); use the one at the index date in all rows."
        )
    towns = frame.drop_duplicates(id).set_index(id)[cluster].loc[wide.index]
    return list(towns), np.asarray(pd.factorize(towns)[0], dtype=np.intp)


def _uneven(periods: Any) -> bool:
    """Say whether the steps between periods differ (a gap); months and text are not judged."""
    if not pd.api.types.is_numeric_dtype(periods):
        return False
    return len(np.unique(np.diff(np.asarray(periods, dtype=float)))) > 1


def _did(
    frame: pd.DataFrame, data: Panel, outcome: str, cluster: str | None, question: str, anticipation: int,
    level: float,
) -> Result:  # fmt: skip
    cohorts = np.unique(data.cohort[data.cohort != kernel.NEVER])
    if len(cohorts) != 1:
        raise DesignError(
            f"method='did' needs one period of entry, and there are {len(cohorts)}; use method='group_time'."
        )
    start = int(cohorts[0]) - anticipation
    if start < 1:
        raise DesignError(f"anticipation={anticipation} leaves no period before entry; use less.")
    after = data.y[:, int(cohorts[0]) :].mean(axis=1)
    people = pd.DataFrame(
        {
            outcome: after - data.y[:, :start].mean(axis=1),
            "treated": (data.cohort != kernel.NEVER).astype(int),
            "cluster": data.towns,
        }
    )
    found = effect(
        people, outcome=outcome, treatment="treated", cluster="cluster" if cluster else None,
        question=question, level=level,
    )  # fmt: skip
    rows = [
        {str(k): v for k, v in row.items()} | {"scale": "difference", "estimand": "ATT"}
        for _, row in found.estimates.iterrows()
        if row["term"] == "difference"
    ]
    notes = tuple(Note(n.code, None if n.row is None else 0, n.values) for n in found.notes)
    method = Method(
        "panel_did", "population_att", found.method.interval, level, found.method.test, "panel_balanced",
        None, REFERENCES,
    )  # fmt: skip
    return Result(
        "panel_effect", estimates_frame(rows), data.sample, method, Base("in_frame", data.total),
        (*data.notes, *notes), found.extras, Source.of(frame=frame),
    )  # fmt: skip


def _before_entry(early: list[tuple[float, Array]]) -> dict[str, Any]:
    """Test all effects before entry together (Wald); their errors come from the same people."""
    effects = np.array([value for value, _ in early])
    parts = np.column_stack([totals for _, totals in early])
    cov = parts.T @ parts
    df = int(np.linalg.matrix_rank(cov))
    row: dict[str, Any] = {"term": "before_entry", "scale": "test", "df": df}
    if df:
        statistic = float(effects @ np.linalg.pinv(cov) @ effects)
        row |= {"statistic": statistic, "p_value": float(tails.chi2_upper(statistic, df))}
    return row


Judged = tuple[list[dict[str, Any]], list[Note], gate.Verdict, gate.Situation]


def _two_way(data: Panel, outcome: str, question: str, level: float) -> Judged:
    fit = kernel.two_way(data.y, data.treated)
    unit = np.zeros(len(fit.beta))
    unit[0] = 1.0
    periods = data.y.shape[1]
    found = cr2(fit, np.repeat(data.clusters, periods), unit)
    ever = (data.cohort != kernel.NEVER).astype(float)
    situation = gate.situation_of(question, level, ever, data.clusters, found.df)
    verdict = gate.judge(situation, "cr2")
    notes = []
    if len(np.unique(data.cohort[data.cohort != kernel.NEVER])) > 1:
        notes.append(Note("panel_twfe_staggered"))
    row: dict[str, Any] = {
        "outcome": outcome, "term": "difference", "estimand": "ATT", "contrast": "treated - control",
        "scale": "difference", "n": len(data.y),
    }  # fmt: skip
    said = {"clusters": situation.clusters, "treated": situation.treated, "df": gate.told_df(found.df)}
    if verdict.chosen:
        row |= {"estimate": found.estimate} | t_fields(found.estimate, found, level)
        notes.append(Note("gate_cr2", values=said))
    else:
        row["status"] = "refused"
        notes.append(Note(verdict.reason, row=0, values=said))
    return [row], notes, verdict, situation


def _by_group(
    data: Panel, outcome: str, question: str, level: float, *, method: str, not_yet: bool, anticipation: int
) -> Judged:
    found = kernel.group_time(data.y, data.cohort, anticipation=anticipation, not_yet=not_yet)
    if not len(found.effect):
        raise DesignError(
            f"no period has controls who are never (or not yet) treated with anticipation={anticipation}; "
            "try controls='not_yet'."
        )
    ever = (data.cohort != kernel.NEVER).astype(float)
    situation = gate.situation_of(
        question, level, ever, data.clusters if data.named else None, float("nan"), linear=False
    )
    verdict = gate.judge(situation)
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    since = found.period - found.cohort

    def add(row: dict[str, Any], value: float, influence: Array, n: int) -> None:
        row |= {"outcome": outcome, "estimand": "ATT", "scale": "difference", "n": n}
        if verdict.chosen:
            totals = np.bincount(data.clusters, weights=influence)
            spread = Contrast(value, float(np.sqrt((totals**2).sum())), float("inf"))
            row |= {"estimate": value} | t_fields(value, spread, level)
        else:
            notes.append(
                Note(
                    verdict.reason,
                    row=len(rows),
                    values={"clusters": situation.clusters, "treated": situation.treated, "df": "–"},
                )
            )
            row["status"] = "refused"
        rows.append(row)

    if method == "group_time":
        for k in range(len(found.effect)):
            add(
                {
                    "term": "group_time", "group": str(data.periods[found.cohort[k]]),
                    "contrast": str(data.periods[found.period[k]]),
                },
                float(found.effect[k]), found.influence[k] / len(data.y),
                int(found.n[k] + found.n_control[k]),
            )  # fmt: skip
        value, influence = kernel.average(found, since >= 0, data.cohort)
        add({"term": "average"}, value, influence, len(data.y))
    else:
        early: list[tuple[float, Array]] = []
        for lag in np.unique(since).tolist():
            value, influence = kernel.average(found, since == lag, data.cohort)
            add({"term": "event_time", "contrast": f"{lag:+d}"}, value, influence, len(data.y))
            if lag < -anticipation:
                totals: Array = np.bincount(data.clusters, weights=influence).astype(float)
                early.append((value, totals))
        if verdict.chosen and early:
            rows.append(_before_entry(early) | {"outcome": outcome, "n": len(data.y)})
    if verdict.chosen:
        notes.append(
            Note(verdict.reason, values={"clusters": situation.clusters, "treated": situation.treated})
        )
    return rows, notes, verdict, situation
