"""The effect of taking part from an offer that moved some people only: 2SLS with an Anderson-Rubin set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.evidence import Compared
from ipseval.analysis.effects.evidence_parts import iv_evidence
from ipseval.analysis.effects.inference import t_fields
from ipseval.analysis.effects.inputs import Named, read_arms, treatment_of
from ipseval.analysis.kernels.cluster import Contrast, cr2, fit_linear
from ipseval.core import tails
from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import DesignError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
WEAK = 10.0
"""A first-stage F below this makes 2SLS itself unreliable; the Anderson-Rubin set stays valid."""
REFERENCES = ("https://doi.org/10.1214/aoms/1177730090", "https://doi.org/10.2307/2291629")


@dataclass(frozen=True)
class ConfidenceSet:
    """All effects not rejected: from `low` to `high`, or (`outside`) everything but those between."""

    low: float
    high: float
    outside: bool


def anderson_rubin(
    slopes: tuple[float, float], variances: tuple[float, float, float], critical: float
) -> ConfidenceSet:
    """Solve (g_y - b g_d)^2 <= c^2 (v_yy - 2 b v_yd + b^2 v_dd) for b.

    `slopes` are those of outcome and treatment on the instrument, `variances` theirs and their covariance.
    Reference: Anderson and Rubin (1949), https://doi.org/10.1214/aoms/1177730090.
    """
    (gy, gd), (vyy, vyd, vdd) = slopes, variances
    a = gd**2 - critical**2 * vdd
    b = -2.0 * (gy * gd - critical**2 * vyd)
    c = gy**2 - critical**2 * vyy
    inside = b * b - 4.0 * a * c
    if inside <= 0.0 or a == 0.0:
        return ConfidenceSet(-float("inf"), float("inf"), False)
    ends = sorted(((-b - np.sqrt(inside)) / (2 * a), (-b + np.sqrt(inside)) / (2 * a)))
    return ConfidenceSet(float(ends[0]), float(ends[1]), a < 0.0)


def iv_effect(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    instrument: str,
    covariates: Sequence[str],
    cluster: str | None,
    id: str | None,
    level: float,
) -> Result:
    """Estimate what `ips.effect(method="iv")` promises: see there."""
    require_columns(frame, [instrument], argument="instrument")
    if instrument in (outcome, treatment, *covariates):
        raise DesignError(
            f"instrument={instrument!r} has another part already; name the column of the offer."
        )
    treatment_of(frame[instrument], instrument)
    # The offer is the arm that the gate judges; whether somebody took part is what it moved.
    require_columns(frame, [treatment], argument="treatment")
    require_numbers(frame, [treatment], argument="treatment")
    taking = pd.to_numeric(frame[treatment]).astype(float)
    arms = read_arms(
        frame.assign(__taking=taking),
        Named(outcome, instrument, ("__taking", *covariates), cluster or "", "", id or ""),
    )
    d, z = arms.x[:, 0], arms.d
    if not np.isin(d, (0.0, 1.0)).all() or len(np.unique(d)) < 2:
        raise DesignError(f"treatment={treatment!r} must be 0 or 1, and both must occur.")
    x = np.column_stack([np.ones(len(d)), z, arms.x[:, 1:]])
    units = arms.persons if arms.clusters is None else arms.clusters
    unit = np.zeros(x.shape[1])
    unit[1] = 1.0
    on_y, on_d, on_gap = (cr2(fit_linear(x, v), units, unit) for v in (arms.y, d, arms.y - d))
    situation = gate.situation_of("taking_part", level, z, arms.clusters, on_y.df)
    verdict = gate.judge(situation)
    rows, notes = _rows((on_y, on_d, on_gap), situation, verdict, level)
    for row in rows:
        row |= {"outcome": outcome, "n": arms.n, "scale": row.get("scale", "difference")}
    result = Result(
        kind="effect",
        estimates=estimates_frame(rows),
        sample=arms.sample,
        method=Method(
            "effect_iv", "population_late", "interval_anderson_rubin" if verdict.chosen else "", level,
            "test_anderson_rubin" if verdict.chosen else "", "complete_cases", None, REFERENCES,
        ),
        base=Base("in_frame", arms.total),
        notes=(*arms.notes, *notes, Note("effect_iv_assumptions")),
        extras={"attainable": gate.attainable(situation), "procedures": gate.procedures(verdict)},
        source=Source.of(frame=frame),
    )  # fmt: skip
    needed = (outcome, treatment, *covariates, *([cluster] if cluster else []))
    about = Compared(frame, id, arms.rows, arms.y, z, outcome, instrument, needed, x.shape[1])
    return replace(result, evidence=iv_evidence(about, treatment, d, result))


def _rows(
    found: tuple[Contrast, Contrast, Contrast], situation: gate.Situation, verdict: gate.Verdict, level: float
) -> tuple[list[dict[str, Any]], list[Note]]:
    on_y, on_d, on_gap = found
    terms = (("first_stage", on_d), ("reduced_form", on_y))
    said = {"clusters": situation.clusters, "treated": situation.treated, "df": gate.told_df(situation.df)}
    if not verdict.chosen:
        refused: list[dict[str, Any]] = [
            {"term": t, "status": "refused"} for t in ("first_stage", "reduced_form", "iv")
        ]
        return refused, [Note(verdict.reason, row=i, values=said) for i in range(3)]
    rows = [
        {"term": term, "estimate": one.estimate, "estimand": term, "contrast": "offered - not"}
        | t_fields(one.estimate, one, level)
        for term, one in terms
    ]
    notes = [Note(verdict.reason, values=said)]
    ratio = (on_d.estimate / on_d.std_error) ** 2 if on_d.std_error > 0 else float("inf")
    if ratio < WEAK:
        notes.append(Note("effect_iv_weak", row=2, values={"f": round(float(ratio), 1)}))
    # Var(y - d) = Var(y) + Var(d) - 2 Cov, and CR2 is a quadratic form in the residual, so this holds for it.
    covariance = (on_y.std_error**2 + on_d.std_error**2 - on_gap.std_error**2) / 2.0
    held = anderson_rubin(
        (on_y.estimate, on_d.estimate), (on_y.std_error**2, covariance, on_d.std_error**2),
        float(tails.t_quantile(level, on_y.df)),
    )  # fmt: skip
    row: dict[str, Any] = {
        "term": "iv", "estimand": "LATE", "contrast": "taking part - not",
        "estimate": on_y.estimate / on_d.estimate,
        "ci_low": held.low, "ci_high": held.high, "conf_level": level, "statistic": rows[1]["statistic"],
        "df": rows[1]["df"], "p_value": rows[1]["p_value"],
    }  # fmt: skip
    if held.outside or not np.isfinite(held.low):
        row |= {"ci_low": -float("inf"), "ci_high": float("inf"), "status": "flagged"}
        values = {"low": float(f"{held.low:.3g}"), "high": float(f"{held.high:.3g}")}
        notes.append(Note("effect_iv_rays" if held.outside else "effect_iv_open", row=2, values=values))
    return [*rows, row], notes
