"""The effect of treatment: the estimator named, the estimand carried, the test judged before it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import estimators, gate
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inference import Means, Task, difference_fields, spread, t_fields
from ipseval.analysis.effects.inputs import Arms, Named, read_arms
from ipseval.analysis.effects.instrument import iv_effect
from ipseval.analysis.effects.reading import support_note
from ipseval.analysis.kernels.cluster import cr2
from ipseval.analysis.kernels.matching_error import abadie_imbens
from ipseval.analysis.kernels.weights import Weights, influence, propensity_weights
from ipseval.analysis.kernels.weights_propensity import propensity
from ipseval.core.checks import require_columns, require_level, require_option
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
METHODS = ("difference", "regression", "ipw", "aipw")
ESTIMANDS = {
    "difference": ("ATT", "ATC", "ATE"),
    "regression": ("ATT", "ATC", "ATE"),
    "ipw": ("ATT", "ATC", "ATE", "ATO"),
    "aipw": ("ATT", "ATC", "ATE"),
}
REFERENCES = ("https://doi.org/10.1080/07350015.2016.1247004",)
THIN = 1e-3
"""A propensity nearer than this to 0 or 1 in another fold makes AIPW rest on few people."""


@dataclass(frozen=True)
class Plan:
    """What was asked for."""

    method: str
    estimand: str
    question: str
    vcov: str
    level: float
    resamples: int
    seed: int
    folds: int


def effect(
    source: pd.DataFrame | Design,
    *,
    outcome: str,
    treatment: str | None = None,
    instrument: str | None = None,
    covariates: Sequence[str] = (),
    method: str | None = None,
    estimand: str | None = None,
    question: str = "taking_part",
    cluster: str | None = None,
    vcov: str = "auto",
    weights: str | None = None,
    data: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
    resamples: int = 9_999,
    seed: int = 20260101,
    folds: int = 5,
) -> Result:
    """Estimate the effect of treatment, with the test that is valid here or a refusal that says why.

    Parameters
    ----------
    source
        A frame, or a design from `ips.match` or `ips.weight` (then `data` and `id` join the outcome).
    outcome
        A number or a yes/no (0/1) column.
    treatment
        0/1 column; known already from a design.
    instrument
        0/1 column of an offer; for "iv".
    covariates
        Columns known before treatment; for "regression", "ipw" and "aipw".
    method
        "difference" (means), "regression" (g-computation by least squares within each arm), "ipw" (weights
        from a logit), "aipw" (cross-fitted, doubly robust) or "iv" (2SLS with `instrument`; rows
        `first_stage`, `reduced_form` and `iv`, whose limits are the Anderson-Rubin set and whose p is its
        test).  A design offers the first two; for differences in differences see `ips.panel_effect`.
    estimand
        "ATT" (those who took part), "ATC", "ATE" or "ATO"; a design carries its own.
    question
        "taking_part": the effect on those who took part.  "offer": the effect of the offer on everybody
        eligible in the municipalities that made it.
    cluster
        Municipality (or other) column within which people share circumstances.
    vcov
        "auto" lets the gate choose; or "hc2", "cr2", "wild", "webb", "randomisation", "sandwich",
        "m_estimation", which the gate may refuse.
    weights
        Column of weights above 0.
    data, id
        With a design: the frame that holds the outcome, and its person column.
    level
        Confidence level, between 0 and 1.
    resamples, seed, folds
        Draws where placements or sign patterns are too many to list; seed of those and of the folds; number
        of folds for "aipw".

    Returns
    -------
    Result
        Rows `mean_treated`, `mean_control`, `difference` (treated minus control), and for a yes/no outcome
        `risk_ratio` and `odds_ratio`.  Only these three carry an interval and a p, from the same test.  A
        refused row has no numbers; the note says what a referee would.  Extras: `attainable` (clusters,
        degrees of freedom, smallest p that these data can give) and `procedures` (chosen, possible, refused,
        with the reason's code).

    Raises
    ------
    DesignError
        One arm only, the outcome among the covariates, a person in both arms, ids that do not join.
    EstimationError
        Unknown columns, or a model that the data do not determine.

    Notes
    -----
    Assumptions: given the covariates (or the design) the arms differ by treatment alone; people in different
    clusters are independent.  Missing data: complete rows; who is left out is counted and told.
    With clusters the weights of a design or of "ipw" are taken as known.  "aipw" with cluster= holds whole
    clusters out, so that no municipality predicts itself.
    Checked against: tests/oracles/effect_clusters (R: clubSandwich), tests/oracles/effect_weights (R: survey,
    stacked equations), brute force over every sign pattern and placement.
    References: Pustejovsky and Tipton 2018, https://doi.org/10.1080/07350015.2016.1247004.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"ips": [1, 1, 1, 1, 0, 0, 0, 0], "weeks": [20, 31, 12, 40, 8, 15, 22, 3]})
    >>> result = ips.effect(people, outcome="weeks", treatment="ips")
    >>> row = result.estimates.set_index("term").loc["difference"]
    >>> round(float(row["estimate"]), 2), round(float(row["p_value"]), 3)
    (13.75, 0.113)
    """
    require_level(level)
    require_option(question, gate.QUESTIONS, argument="question")
    require_option(vcov, gate.INFERENCE, argument="vcov")
    if isinstance(source, Design):
        if treatment not in (None, source.treatment) or estimand not in (None, source.estimand) or weights:
            raise DesignError(
                "treatment=, estimand= and weights= are the design's own; leave them out, or make another."
            )
        plan = Plan(method or "difference", source.estimand, question, vcov, level, resamples, seed, folds)
        require_option(plan.method, METHODS[:2], argument="method")
        return _design_effect(source, plan, outcome, tuple(covariates), cluster, data, id)
    if method == "did":
        raise EstimationError("method='did' needs people measured before and after: use ips.panel_effect.")
    if (method == "iv") != (instrument is not None):
        raise EstimationError("instrument= goes with method='iv', and method='iv' needs it.")
    if treatment is None or data is not None:
        raise EstimationError("treatment= is needed with a frame, and data= only goes with a design.")
    if instrument is not None:
        return iv_effect(
            source, outcome=outcome, treatment=treatment, instrument=instrument, covariates=covariates,
            cluster=cluster, id=id, level=level,
        )  # fmt: skip
    chosen = method or ("regression" if covariates else "difference")
    require_option(chosen, METHODS, argument="method")
    target = estimand or ESTIMANDS[chosen][0]
    require_option(target, ESTIMANDS[chosen], argument="estimand")
    if bool(covariates) == (chosen == "difference"):
        raise EstimationError(
            f"method={chosen!r} and covariates= do not go together: 'difference' takes none, others do."
        )
    plan = Plan(chosen, target, question, vcov, level, resamples, seed, folds)
    named = Named(outcome, treatment, tuple(covariates), cluster or "", weights or "", id or "")
    arms = read_arms(source, named)
    task = Task(arms.y, arms.d, arms.x, arms.weights, arms.clusters, arms.persons, level, resamples, seed)
    means, notes = _means(plan, task, arms.binary)
    base = Base("in_frame", arms.total)
    return _result(plan, task, means, arms, outcome, [*arms.notes, *notes], base, Source.of(frame=source))


def _means(plan: Plan, task: Task, binary: bool) -> tuple[Means, list[Note]]:
    if plan.method == "aipw":
        return _augmented(plan, task, binary)
    if plan.method == "ipw":
        full = np.column_stack([np.ones(len(task.d)), task.x])
        fit = propensity(full, task.d, task.weights)
        found = propensity_weights(full, task.d, fit.score, fit.bread, plan.estimand)
        both = Weights(
            found.weight * task.weights, found.slope * task.weights, full, found.bread,
            found.pull * task.weights,
        )  # fmt: skip
        solved = estimators.difference(task.y, task.d, both.weight)
        notes = [Note("design_firth")] if fit.firth else []
        notes += [n for n in (support_note(fit.score, task.d, refuse=True),) if n is not None]
        return Means(*solved.means, solved, influence(both, task.y, task.d)[1]), notes
    if plan.method == "regression":
        solved = estimators.regression(task.y, task.d, task.x, task.weights, plan.estimand)
    else:
        solved = estimators.difference(task.y, task.d, task.weights)
    return Means(*solved.means, solved, None), []


def _augmented(plan: Plan, task: Task, binary: bool) -> tuple[Means, list[Note]]:
    units = task.persons if task.clusters is None else task.clusters
    count = min(plan.folds, int(units.max()) + 1)
    _check_folds(task, units, count)
    folds = estimators.folds_of(units, count, plan.seed)
    for fold in range(count):
        if len(np.unique(task.d[folds != fold])) < 2:
            raise EstimationError(
                f"folds={plan.folds} leaves one arm only outside a fold; use more folds or another seed."
            )
    found = estimators.cross_fit(task.y, task.d, task.x, task.weights, folds, binary=binary)
    e = found.chance
    thin = int(((e < THIN) | (e > 1.0 - THIN)).sum())
    notes = [Note("effect_thin", values={"n": thin, "least": f"{THIN:g}"})] if thin else []
    e = np.clip(e, 1e-6, 1.0 - 1e-6)
    if plan.estimand != "ATE":
        predicted = found.control if plan.estimand == "ATT" else found.treated
        solved = estimators.augmented(task.y, task.d, predicted, e, task.weights, plan.estimand)
        return Means(*solved.means, solved, None), notes
    scores = np.column_stack(
        [
            found.treated + task.d * (task.y - found.treated) / e,
            found.control + (1.0 - task.d) * (task.y - found.control) / (1.0 - e),
        ]
    )
    share = task.weights / task.weights.sum()
    middle = share @ scores
    return Means(float(middle[0]), float(middle[1]), None, share[:, None] * (scores - middle)), notes


def _check_folds(task: Task, units: NDArray[np.intp], count: int) -> None:
    if count < 2:
        raise EstimationError(
            "folds= must be 2 or more, and there must be at least two clusters to hold out."
        )
    if task.clusters is None and min(task.d.sum(), (1 - task.d).sum()) < count:
        raise EstimationError(f"folds={count} is more than the smaller arm has persons; use fewer.")


def _design_effect(
    design: Design,
    plan: Plan,
    outcome: str,
    covariates: tuple[str, ...],
    cluster: str | None,
    data: pd.DataFrame | None,
    id: str | None,
) -> Result:
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    require_columns(frame, [outcome, *covariates, *([cluster] if cluster else [])], argument="outcome")
    if outcome == design.treatment or outcome in covariates:
        raise DesignError(
            f"outcome={outcome!r} is the treatment or a covariate of the comparison; name another."
        )
    if bool(covariates) == (plan.method == "difference"):
        raise EstimationError("covariates= goes with method='regression' of a design, and only with it.")
    rows = design.rows_in(frame, id)
    used = np.flatnonzero(design.weight > 0)
    part = frame.iloc[rows[used]].copy()
    part["__treated"] = design.d[used]
    named = Named(outcome, "__treated", covariates, cluster or "")
    arms = read_arms(part, named)
    kept = used[arms.rows]
    weight = design.weight[kept]
    pairs = cluster is None and design.kind == "match" and design.pairs is None
    clusters = np.asarray(pd.factorize(design.subclass[kept])[0], dtype=np.intp) if pairs else arms.clusters
    task = Task(arms.y, arms.d, arms.x, weight, clusters, arms.persons, plan.level, plan.resamples, plan.seed)
    means, notes = _means(plan, task, arms.binary)
    if design.estimated is not None and plan.method == "difference":
        means = replace(means, influence=_estimated_influence(design, arms, kept))
    sample = pd.concat([design.sample, arms.sample[arms.sample["step"] != "in_frame"]], ignore_index=True)
    arms = replace(arms, sample=sample)
    said = [*design.notes, *arms.notes, *notes]
    if design.pairs is not None and cluster is None:
        means = replace(means, known_error=_reused_error(design, frame, rows, outcome, plan))
        if means.known_error is None:
            said.append(Note("effect_reused_controls"))
    base = Base("in_frame", design.total)
    return _result(plan, task, means, arms, outcome, said, base, Source.of(frame=frame), design.population)


def _estimated_influence(design: Design, arms: Arms, kept: NDArray[np.intp]) -> Array:
    """Return the influence on both means of the analysed rows, the others' part in the weights left out."""
    known = design.estimated
    if known is None:
        raise AssertionError("only weighted designs come here")
    y, mask = np.zeros(len(design.d)), np.zeros(len(design.d))
    y[kept], mask[kept] = arms.y, 1.0
    found = Weights(known.weight * mask, known.slope * mask, _with_one(design.x), known.bread, known.pull)
    return influence(found, y, design.d)[1][kept]


def _reused_error(
    design: Design, frame: pd.DataFrame, rows: NDArray[np.intp], outcome: str, plan: Plan
) -> float | None:
    """Return Abadie and Imbens' error; None where an outcome of the comparison is missing or adjusted for."""
    y = frame[outcome].to_numpy(dtype=float, na_value=np.nan)[rows]
    known = np.isfinite(y) & (rows >= 0)
    if design.pairs is None or plan.method != "difference" or not known[design.weight > 0].all():
        return None
    # Neighbours of the same arm are sought among everybody whose outcome is known, used or not.
    place = np.cumsum(known) - 1
    pairs = (place[design.pairs[0]], place[design.pairs[1]])
    own = design.d == (1.0 if design.estimand == "ATT" else 0.0)
    return abadie_imbens(y[known], own[known], design.score[known], pairs)


def _with_one(x: Array) -> Array:
    return np.column_stack([np.ones(len(x)), x])


def _result(
    plan: Plan, task: Task, means: Means, arms: Arms, outcome: str, notes: list[Note], base: Base,
    source: Source, population: str = "",
) -> Result:  # fmt: skip
    verdict, situation = _judged(plan, task, means)
    if verdict.chosen and _no_spread(means, task, verdict.chosen):
        verdict = replace(verdict, chosen="", reason="effect_no_spread")
    rows: list[dict[str, Any]] = []
    for term, value, arm in (("mean_treated", means.treated, 1), ("mean_control", means.control, 0)):
        rows.append(
            {"term": term, "estimand": plan.estimand, "scale": "mean", "estimate": value, "n": arms.n_in(arm)}
        )
    scale = "risk_difference" if arms.binary else "difference"
    events = len(np.unique(arms.persons[arms.y == 1])) if arms.binary else None
    first = {"estimand": plan.estimand, "contrast": "treated - control", "n": arms.n, "n_events": events}
    row = first | {"term": "difference", "scale": scale}
    if verdict.chosen:
        rows.append(row | difference_fields(means, task, verdict.chosen))
    else:
        notes.append(Note(verdict.reason, row=len(rows), values=_said(situation)))
        rows.append(row | {"status": "refused"})
    if arms.binary:
        _ratios(rows, notes, first, means, task, verdict)
    for one in rows:
        one["outcome"] = outcome
    if verdict.chosen:
        notes.append(Note(verdict.reason, values=_said(situation) | {"procedure": verdict.chosen}))
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
            seed=plan.seed if plan.method == "aipw" or verdict.chosen in ("wild", "webb") else None,
            references=REFERENCES,
        ),
        base=base,
        notes=(*notes, Note(f"question_{plan.question}")),
        extras={"attainable": gate.attainable(situation), "procedures": gate.procedures(verdict)},
        source=source,
    )


def _judged(plan: Plan, task: Task, means: Means) -> tuple[gate.Verdict, gate.Situation]:
    df = float("nan")
    if means.solved is not None:
        units = task.persons if task.clusters is None else task.clusters
        df = cr2(means.solved.fit, units, means.solved.difference).df
    linear = means.solved is not None and (means.influence is None or task.clusters is not None)
    reused = means.known_error is not None
    situation = gate.situation_of(
        plan.question, plan.level, task.d, task.clusters, df, linear=linear, reused=reused
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


def _said(s: gate.Situation) -> dict[str, Any]:
    return {
        "clusters": s.clusters, "treated": s.treated, "df": f"{s.df:.1f}",
        "signs": f"{s.smallest_signs:.2g}", "placements": f"{s.smallest_placement:.2g}",
    }  # fmt: skip


def _ratios(
    rows: list[dict[str, Any]], notes: list[Note], first: dict[str, Any], means: Means, task: Task,
    verdict: gate.Verdict,
) -> None:  # fmt: skip
    """Add risk ratio and odds ratio by the delta method on the logarithm."""
    a, b = means.treated, means.control
    for term in ("risk_ratio", "odds_ratio"):
        row = first | {"term": term, "scale": term}
        odds = term == "odds_ratio"
        inside = a > 0.0 and b > 0.0 and (not odds or (a < 1.0 and b < 1.0))
        if not inside or verdict.chosen in ("", "wild", "webb", "randomisation", "abadie_imbens"):
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
