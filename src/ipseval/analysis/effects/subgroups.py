"""Whether the effect differs between groups declared in advance: interactions, not significance in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.change import holm
from ipseval.analysis.effects import gate
from ipseval.analysis.effects.inference import t_fields
from ipseval.analysis.effects.inputs import Arms, Named, read_arms
from ipseval.analysis.formula_design import levels_of
from ipseval.analysis.kernels.cluster import Linear, cr2, fit_linear, least_df
from ipseval.core.checks import require_columns, require_level, require_one_row_each
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.evidence import Line
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
LEAST = 10
"""Fewer people than this in an arm of a group are told of."""


def effect_by(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    by: Sequence[str],
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Estimate the effect within groups declared in advance, and test whether the groups differ.

    Parameters
    ----------
    frame
        One row per person.
    outcome, treatment
        Outcome (number or 0/1) and 0/1 treatment.
    by
        Columns of groups, all that were declared: they are one family for the correction.
    covariates
        Columns known before treatment, with one slope for all groups.
    cluster
        Municipality column.
    id
        Person column, by which `ips.release` knows the same persons in other results; each stands once.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per column and group a row `effect_in_group` (interval, no p: whether a group's own effect is told
        from 0 says nothing of whether groups differ), and per group but the first a row `interaction`: its
        effect minus the first group's, with its p.
        Extras: `adjusted` (the interactions' p by Holm over all columns).

    Raises
    ------
    DesignError
        An empty `by`, a group with one arm only.
    EstimationError
        Unknown columns, a person twice.

    Notes
    -----
    Assumptions: as `ips.effect` with method "regression"; groups are known before treatment.  Missing data:
    complete rows for each column of groups.  With so few treated clusters that CR2 rests on fewer than four
    degrees every row is refused: dealing out the clusters' shocks rejected interactions too often.
    Checked against: tests/analysis_effects (differences of means by group; statsmodels' coefficients).
    References: Wang and others 2007, https://doi.org/10.1056/NEJMsr077003.
    """
    require_level(level)
    if isinstance(by, str) or not by:
        raise DesignError("by= must list the columns of groups declared in advance, such as ['gender'].")
    require_columns(frame, list(by), argument="by")
    if id is not None:
        require_columns(frame, [id], argument="id")
        require_one_row_each(frame, id, argument="frame", error=EstimationError)
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    arms: Arms | None = None
    cells = Cells(frame, id)
    lines: list[Line] = []
    for column in by:
        known = frame[frame[column].notna()]
        arms = read_arms(known, Named(outcome, treatment, tuple(covariates), cluster or ""))
        groups = known.iloc[arms.rows][column]
        first = len(rows)
        _column_rows(rows, notes, arms, groups, column, outcome, level)
        place = np.flatnonzero(frame[column].notna().to_numpy(dtype=bool))[arms.rows]
        needed = (outcome, *covariates, column, *([cluster] if cluster else []))
        lines += _lines(cells, Counted(place, needed), rows[first:], (column, treatment, outcome), arms)
    if arms is None:
        raise EstimationError("by= is empty.")
    return Result(
        kind="effect",
        estimates=estimates_frame(rows),
        sample=arms.sample,
        method=Method(
            "effect_by_group", "population_group", "interval_cr2" if cluster else "interval_hc2", level,
            "test_interaction", "complete_cases", None, ("https://doi.org/10.1056/NEJMsr077003",),
        ),
        base=Base("in_frame", len(frame)),
        notes=(*arms.notes, *notes, Note("effect_by_not_within")),
        extras={"adjusted": _adjusted(rows)},
        source=Source.of(frame=frame),
        evidence=cells.evidence(lines=lines),
    )  # fmt: skip


def _lines(
    cells: Cells, counted: Counted, rows: list[dict[str, Any]], named: tuple[str, str, str], arms: Arms
) -> list[Line]:
    """A group's effect rests on its arms, by outcome where that is yes or no; an interaction on all."""
    column, treatment, outcome = named
    split = (treatment, outcome) if arms.binary else (treatment,)
    groups = [(column, row["group"].removeprefix(f"{column}: ")) for row in rows]
    whole = cells.line(counted, splits=((column, *split),)).behind
    found = []
    for group, row in zip(groups, rows, strict=True):
        line = cells.line(counted, who=[group], splits=(split,), parameters=2 * len(rows) + arms.x.shape[1])
        fewest = line.fewest if arms.binary else None
        found.append(
            replace(line, fewest=fewest, behind=whole if row["term"] == "interaction" else line.behind)
        )
    return found


def _column_rows(
    rows: list[dict[str, Any]], notes: list[Note], arms: Arms, groups: pd.Series, column: str, outcome: str,
    level: float,
) -> None:  # fmt: skip
    levels = levels_of(groups)
    member = np.column_stack([(groups == v).to_numpy(dtype=float) for v in levels])
    counts = np.array([[int(((arms.d == a) & (m == 1)).sum()) for a in (1, 0)] for m in member.T])
    if len(levels) < 2 or (counts < 2).any():
        raise DesignError(
            f"by={column!r} has {int((counts < 2).any(axis=1).sum())} of {len(levels)} group(s) with "
            "fewer than two people in an arm; merge groups."
        )
    k = len(levels)
    fit = fit_linear(np.column_stack([member, member * arms.d[:, None], arms.x]), arms.y)
    units = arms.persons if arms.clusters is None else arms.clusters
    first: Array = np.zeros(fit.x.shape[1])
    first[k] = 1.0
    for j, value in enumerate(levels):
        unit = np.zeros(fit.x.shape[1])
        unit[k + j] = 1.0
        base = {
            "outcome": outcome, "group": f"{column}: {code_text(value)}", "estimand": "group_effect",
            "scale": "risk_difference" if arms.binary else "difference", "n": int(counts[j].sum()),
        }  # fmt: skip
        terms = [("effect_in_group", unit)] + ([("interaction", unit - first)] if j else [])
        for term, contrast in terms:
            _one_row(rows, notes, base | {"term": term}, arms, (fit, units, contrast), level)
        if counts[j].min() < LEAST:
            notes.append(Note("effect_by_small", row=len(rows) - 1, values={"n": int(counts[j].min())}))


def _one_row(
    rows: list[dict[str, Any]], notes: list[Note], row: dict[str, Any], arms: Arms,
    asked: tuple[Linear, NDArray[np.intp], Array], level: float,
) -> None:  # fmt: skip
    found = cr2(*asked)
    df = found.df if arms.clusters is None else min(found.df, least_df(*asked))
    situation = gate.situation_of("taking_part", level, arms.d, arms.clusters, df)
    verdict = gate.judge(situation)
    if verdict.chosen == "wild":
        verdict = gate.judge(situation, "cr2")
    if not verdict.chosen:
        values = {"clusters": situation.clusters, "treated": situation.treated, "df": gate.told_df(found.df)}
        notes.append(Note(verdict.reason, row=len(rows), values=values))
        rows.append(row | {"status": "refused"})
        return
    fields = {"estimate": found.estimate} | t_fields(found.estimate, found, level)
    if row["term"] == "effect_in_group":
        fields = {key: v for key, v in fields.items() if key not in ("p_value", "statistic")}
    rows.append(row | fields)


def _adjusted(rows: list[dict[str, Any]]) -> pd.DataFrame:
    tested = [r for r in rows if r["term"] == "interaction" and r.get("p_value") is not None]
    p = np.array([r["p_value"] for r in tested], dtype=float)
    made = [(r["group"], a, b, len(p)) for r, a, b in zip(tested, p, holm(p), strict=True)]
    return pd.DataFrame(made, columns=["group", "p_value", "p_holm", "family_size"])
