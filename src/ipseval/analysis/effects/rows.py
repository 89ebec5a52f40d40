"""The rows of an effect: what the gate lets through with its numbers, the rest refused with a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.inference import Means, Task, difference_fields, spread, t_fields
from ipseval.analysis.effects.inputs import Arms
from ipseval.analysis.effects.plan import Plan
from ipseval.analysis.kernels.cluster import cr2, least_df
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

REFERENCES = ("https://doi.org/10.1080/07350015.2016.1247004",)
DRAWN = ("wild", "webb", "larger_p", "ferman_pinto")
"""Procedures that may draw at random, so that the seed is told."""
NO_RATIO = ("", "wild", "webb", "randomisation", "abadie_imbens", "larger_p", "ferman_pinto")
"""Procedures that test a difference of means only."""
ROUNDING = 1e-9
"""Shares nearer to 0 or 1 than this are 0 or 1."""


def result_of(
    plan: Plan, task: Task, means: Means, arms: Arms, outcome: str, notes: list[Note], base: Base,
    source: Source, population: str = "",
) -> Result:  # fmt: skip
    """Judge the means and put them into one result."""
    verdict, situation = judged(plan, task, means)
    if verdict.chosen and _no_spread(means, task, verdict.chosen):
        verdict = replace(verdict, chosen="", reason="effect_no_spread")
    rows: list[dict[str, Any]] = []
    of_arm = "weighted_share" if arms.binary else "mean"
    for term, value, arm in (("mean_treated", means.treated, 1), ("mean_control", means.control, 0)):
        rows.append(
            {"term": term, "estimand": plan.estimand, "scale": of_arm, "estimate": value, "n": arms.n_in(arm)}
        )
    scale = "risk_difference" if arms.binary else "difference"
    events = len(np.unique(arms.persons[arms.y == 1])) if arms.binary else None
    first = {"estimand": plan.estimand, "contrast": "treated - control", "n": arms.n, "n_events": events}
    row = first | {"term": "difference", "scale": scale}
    if verdict.chosen:
        rows.append(row | difference_fields(means, task, verdict.chosen))
    else:
        notes.append(Note(verdict.reason, row=len(rows), values=gate.told(situation)))
        rows.append(row | {"status": "refused"})
    if arms.binary:
        _ratios(rows, notes, first, means, task, verdict)
    for one in rows:
        one["outcome"] = outcome
    if verdict.chosen:
        notes.append(Note(verdict.reason, values=gate.told(situation) | {"procedure": verdict.chosen}))
    return Result(
        kind="effect",
        estimates=estimates_frame(rows),
        sample=arms.sample,
        method=Method(
            estimator=f"effect_{plan.method}",
            estimand=population or f"population_{plan.estimand.lower()}",
            interval=f"interval_{verdict.chosen}" if verdict.chosen else "",
            level=plan.level,
            test=f"test_{verdict.chosen}" if verdict.chosen else "",
            missing="complete_cases",
            seed=plan.seed if plan.method == "aipw" or verdict.chosen in DRAWN else None,
            references=REFERENCES,
        ),
        base=base,
        notes=(*notes, Note(f"question_{plan.question}")),
        extras={"attainable": gate.attainable(situation), "procedures": gate.procedures(verdict)},
        source=source,
    )


def judged(plan: Plan, task: Task, means: Means) -> tuple[gate.Verdict, gate.Situation]:
    """Ask the gate which inference is valid for these means."""
    df = float("nan")
    if means.solved is not None:
        units = task.persons if task.clusters is None else task.clusters
        df = cr2(means.solved.fit, units, means.solved.difference).df
        if task.clusters is not None:
            df = min(df, least_df(means.solved.fit, units, means.solved.difference))
    linear = means.solved is not None and (means.influence is None or task.clusters is not None)
    reused = means.known_error is not None
    situation = gate.situation_of(
        plan.question,
        plan.level,
        task.d,
        task.clusters,
        df,
        linear=linear,
        reused=reused,
        dealt=True,
        crossed=task.sets is not None,
    )
    return gate.judge(situation, plan.vcov), situation


def _no_spread(means: Means, task: Task, chosen: str) -> bool:
    """Say whether the errors would be rounding only: one outcome value, or a model that fits every person."""
    width = float(np.ptp(task.y))
    if width == 0.0:
        return True
    if means.solved is None or chosen == "randomisation":
        return False
    return bool(np.abs(means.solved.fit.residual).max() <= 1e-9 * width)


def _ratios(
    rows: list[dict[str, Any]], notes: list[Note], first: dict[str, Any], means: Means, task: Task,
    verdict: gate.Verdict,
) -> None:  # fmt: skip
    """Add risk ratio and odds ratio by the delta method on the logarithm."""
    a, b = means.treated, means.control
    for term in ("risk_ratio", "odds_ratio"):
        row = first | {"term": term, "scale": term}
        odds = term == "odds_ratio"
        # A fit leaves a share of none a rounding error above 0, of which a ratio makes anything.
        inside = min(a, b) > ROUNDING and (not odds or max(a, b) < 1.0 - ROUNDING)
        if not inside or verdict.chosen in NO_RATIO:
            code = "effect_ratio_no_test" if inside else "effect_ratio_undefined"
            notes.append(Note(code, row=len(rows)))
            rows.append(row | {"status": "refused"})
            continue
        value = np.log(a / b) + (np.log((1 - b) / (1 - a)) if odds else 0.0)
        slope = (1 / (a * (1 - a)), -1 / (b * (1 - b))) if odds else (1 / a, -1 / b)
        found = t_fields(float(value), spread(means, task, verdict.chosen, slope), task.level)
        for end in ("ci_low", "ci_high"):
            if end in found:
                found[end] = float(np.exp(found[end]))
        rows.append(row | {"estimate": float(np.exp(value))} | found)
