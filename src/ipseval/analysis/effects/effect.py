"""The effect of treatment: the estimator named, the estimand carried, the test judged before it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.evidence import arms_evidence
from ipseval.analysis.effects.inference import Task
from ipseval.analysis.effects.inputs import Named, read_arms, refuse_roles
from ipseval.analysis.effects.instrument import iv_effect
from ipseval.analysis.effects.joined import design_effect
from ipseval.analysis.effects.learners import check_learners
from ipseval.analysis.effects.means import means_of
from ipseval.analysis.effects.odds_effect import odds_effect
from ipseval.analysis.effects.plan import ESTIMANDS, METHODS, Plan
from ipseval.analysis.effects.rows import result_of
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Result, Source


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
    learners: tuple[Any, Any] | None = None,
    roles: Mapping[str, str] | None = None,
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
        from a logit), "aipw" (cross-fitted, doubly robust), "iv" (2SLS with `instrument`; rows
        `first_stage`, `reduced_form` and `iv`, whose limits are the Anderson-Rubin set and whose p is its
        test) or "logit" (the conditional odds ratio of treatment, with clusters, by the score version of
        the wild cluster bootstrap).  A design offers the first two; for differences in differences see
        `ips.panel_effect`.
    estimand
        "ATT" (those who took part), "ATC", "ATE" or "ATO"; a design carries its own.
    question
        "taking_part": the effect on those who took part.  "offer": the effect of the offer on everybody
        eligible in the municipalities that made it.
    cluster
        Municipality (or other) column within which people share circumstances.
    vcov
        "auto" lets the gate choose; or "hc2", "cr2", "two_way" (clusters and matched sets), "wild", "webb",
        "ferman_pinto" (shocks dealt out anew among all clusters), "larger_p" (the larger p of that and of
        errors for persons), "randomisation", "sandwich",
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
    learners
        For "aipw": (chance of treatment, outcome), objects such as scikit-learn's with `fit` and
        `predict_proba`, and with `fit` and `predict` (for a yes/no outcome `predict_proba` where there is
        one); None in either place is our own.  Copied for every fold; their random seeds are yours to set.
    roles
        What columns are, where it is known: "before" (known before treatment), "after" (measured once it had
        begun), "outcome" or "id".  A covariate that is not "before" is refused.

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
    Measured size, coverage and power of every default: docs/measured/effects.md.
    References: Pustejovsky and Tipton 2018, https://doi.org/10.1080/07350015.2016.1247004; Ferman and Pinto
    2019, https://doi.org/10.1162/rest_a_00759.

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
    refuse_roles(covariates, roles, argument="covariates")
    if isinstance(source, Design):
        if treatment not in (None, source.treatment) or estimand not in (None, source.estimand) or weights:
            raise DesignError(
                "treatment=, estimand= and weights= are the design's own; leave them out, or make another."
            )
        if learners is not None:
            raise EstimationError(
                "learners= go with method='aipw' of a frame; a design has its weights already."
            )
        plan = Plan(method or "difference", source.estimand, question, vcov, level, resamples, seed, folds)
        require_option(plan.method, METHODS[:2], argument="method")
        return design_effect(source, plan, outcome, tuple(covariates), cluster, data, id)
    if method == "did":
        raise EstimationError("method='did' needs people measured before and after: use ips.panel_effect.")
    if (method == "iv") != (instrument is not None):
        raise EstimationError("instrument= goes with method='iv', and method='iv' needs it.")
    if treatment is None or data is not None:
        raise EstimationError("treatment= is needed with a frame, and data= only goes with a design.")
    if learners is not None and method != "aipw":
        raise EstimationError("learners= go with method='aipw'; leave them out, or ask for that method.")
    if instrument is not None:
        return iv_effect(
            source, outcome=outcome, treatment=treatment, instrument=instrument, covariates=covariates,
            cluster=cluster, id=id, level=level,
        )  # fmt: skip
    named = Named(outcome, treatment, tuple(covariates), cluster or "", weights or "", id or "")
    if method == "logit":
        return odds_effect(
            source, named, question=question, vcov=vcov, level=level, resamples=resamples, seed=seed
        )
    own = (None, None) if learners is None else check_learners(learners)
    how = (question, vcov, level, resamples, seed, folds, own)
    return _frame_effect(source, named, method, estimand, how)


def _frame_effect(
    frame: pd.DataFrame,
    named: Named,
    method: str | None,
    estimand: str | None,
    how: tuple[str, str, float, int, int, int, tuple[Any, Any]],
) -> Result:
    covariates, source = named.covariates, frame
    chosen = method or ("regression" if covariates else "difference")
    require_option(chosen, METHODS, argument="method")
    target = estimand or ESTIMANDS[chosen][0]
    require_option(target, ESTIMANDS[chosen], argument="estimand")
    if bool(covariates) == (chosen == "difference"):
        raise EstimationError(
            f"method={chosen!r} and covariates= do not go together: 'difference' takes none, others do."
        )
    plan = Plan(chosen, target, *how)
    arms = read_arms(source, named)
    task = Task(
        arms.y, arms.d, arms.x, arms.weights, arms.clusters, arms.persons, plan.level, plan.resamples,
        plan.seed,
    )  # fmt: skip
    means, notes = means_of(plan, task, arms.binary)
    base = Base("in_frame", arms.total)
    result = result_of(
        plan, task, means, arms, named.outcome, [*arms.notes, *notes], base, Source.of(frame=source)
    )
    return replace(result, evidence=arms_evidence(source, named, arms, result))
