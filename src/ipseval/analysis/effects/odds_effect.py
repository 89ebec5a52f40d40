"""The odds ratio of treatment from a logit, tested by the score version of the wild cluster bootstrap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.evidence import arms_evidence
from ipseval.analysis.effects.inputs import Arms, Named, read_arms
from ipseval.analysis.kernels.logit import Array, fit_logit
from ipseval.analysis.kernels.separation import find_separation
from ipseval.analysis.kernels.wild import draws, invert
from ipseval.analysis.kernels.wild_score import cluster_scores, score_p
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

REFERENCES = ("https://doi.org/10.1515/2156-6674.1006",)


def odds_effect(
    frame: pd.DataFrame,
    named: Named,
    *,
    question: str,
    vcov: str,
    level: float,
    resamples: int,
    seed: int,
) -> Result:
    """Estimate what `ips.effect(method="logit")` promises: see there."""
    if not named.cluster:
        raise EstimationError(
            "method='logit' is for clusters: name cluster=, or use ips.odds_ratios without."
        )
    arms = read_arms(frame, named)
    if not arms.binary or arms.clusters is None:
        raise EstimationError(f"method='logit' needs a 0/1 outcome; outcome={named.outcome!r} is none.")
    x = np.column_stack([np.ones(len(arms.y)), arms.d, arms.x])
    asked = "wild" if vcov == "auto" else vcov
    if asked not in ("wild", "webb"):
        raise EstimationError("method='logit' is tested by vcov='wild' or 'webb' only.")
    situation = gate.situation_of(question, level, arms.d, arms.clusters, float("nan"))
    verdict = gate.judge(situation, asked)
    row: dict[str, Any] = {
        "term": "odds_ratio", "scale": "odds_ratio", "outcome": named.outcome, "estimand": "conditional",
        "contrast": "treated - control", "n": arms.n, "n_events": len(np.unique(arms.persons[arms.y == 1])),
    }  # fmt: skip
    said = {
        "clusters": situation.clusters, "treated": situation.treated, "df": "–",
        "signs": float(f"{situation.smallest_signs:.2g}"), "placements": "–",
    }  # fmt: skip
    reason = verdict.reason
    if verdict.chosen and find_separation(x, arms.y, arms.weights).found:
        reason, asked = "effect_separated", ""
    if verdict.chosen and asked:
        row |= _fields(arms, x, verdict.chosen, level, resamples, seed)
        notes = [Note("gate_score", values=said)]
    else:
        row["status"] = "refused"
        notes = [Note(reason, row=0, values=said)]
    chosen = row.get("status") != "refused"
    result = Result(
        kind="effect",
        estimates=estimates_frame([row]),
        sample=arms.sample,
        method=Method(
            "effect_logit", "population_conditional", "interval_score" if chosen else "", level,
            "test_score" if chosen else "", "complete_cases", seed if chosen else None, REFERENCES,
        ),
        base=Base("in_frame", arms.total),
        notes=(*arms.notes, *notes, Note(f"question_{question}")),
        extras={"attainable": gate.attainable(situation), "procedures": gate.procedures(verdict)},
        source=Source.of(frame=frame),
    )  # fmt: skip
    return replace(result, evidence=arms_evidence(frame, named, arms, result))


def _fields(arms: Arms, x: Array, chosen: str, level: float, resamples: int, seed: int) -> dict[str, Any]:
    clusters = arms.clusters
    if clusters is None:
        raise AssertionError("clusters were asked for above")
    fit = fit_logit(x, arms.y, weights=arms.weights)
    drawn = draws(int(clusters.max()) + 1, "webb" if chosen == "webb" else "rademacher", resamples, seed)

    def p_at(null: float) -> float:
        return score_p(cluster_scores(x, arms.y, clusters, 1, null, arms.weights), drawn)

    estimate = float(fit.beta[1])
    low, high = invert(p_at, estimate, float(np.sqrt(fit.cov[1, 1])), 1.0 - level)
    return {
        "estimate": float(np.exp(estimate)), "ci_low": float(np.exp(low)), "ci_high": float(np.exp(high)),
        "conf_level": level, "p_value": p_at(0.0),
    }  # fmt: skip
