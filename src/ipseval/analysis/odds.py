"""Odds ratios of a yes/no outcome that say when not to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula, parse_formula
from ipseval.analysis.formula_design import Design, design_of, empty_design
from ipseval.analysis.odds_evidence import Rested, event_codes, odds_evidence
from ipseval.analysis.odds_influence import influence_columns, influence_of
from ipseval.analysis.odds_model import Model, fit_model
from ipseval.analysis.odds_robust import Structure, check_structure, pooled_model, robust_model
from ipseval.analysis.odds_rows import Table, add_model, model_notes
from ipseval.analysis.odds_sample import Sample, read_sample
from ipseval.analysis.odds_settings import PLAIN_ONLY, TEST_OF, Settings, check_settings, method_of
from ipseval.analysis.odds_support import model_columns, support_columns
from ipseval.core.checks import require_columns, require_frame
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import Evidence
from ipseval.core.labels import code_text
from ipseval.core.later import LaterFrames
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

REFERENCES = {
    "ml": (),
    "firth": ("10.1093/biomet/80.1.27", "10.1002/sim.1047"),
    "flic": ("10.1093/biomet/80.1.27", "10.1002/sim.7273"),
    "odds_cr2": ("10.1080/07350015.2016.1247004",),
    "odds_survey": ("10.2307/1402588",),
    "odds_pooled": ("10.1093/biomet/86.4.948",),
    "flac": ("10.1093/biomet/80.1.27", "10.1002/sim.7273"),
}


def odds_ratios(
    formula: str,
    frame: pd.DataFrame,
    *,
    method: str | None = None,
    interval: str = "profile",
    test: str | None = None,
    models: str = "multivariable",
    level: float = 0.95,
    per: Mapping[str, float] | None = None,
    reference: Mapping[str, object] | None = None,
    event: object = None,
    id: str | None = None,
    measured_at: Mapping[str, object] | None = None,
    separated: str = "refuse",
    rows: str = "common",
    resamples: int = 1999,
    seed: int = 20,
    influence: bool = True,
    cluster: str | None = None,
    weights: str | None = None,
    imputation: str | None = None,
) -> Result:
    """Compare the odds of an outcome between persons, one row per predictor or level.

    Parameters
    ----------
    formula
        Such as "job ~ age + C(gender) + age:gender"; see `ipseval.analysis.formula.parse_formula`.
    frame
        One row per person.
    method
        "firth" (penalised likelihood; the default, as its intervals were measured to keep their level in
        small samples), "ml" (maximum likelihood), "flic" or "flac" (Firth with an intercept whose predicted
        share is the observed one; FLAC moves the slopes too).  Left out, it is "ml" where only that has
        what is asked: "score", "exact", `separated`, `cluster`, `weights` and `imputation`.
    interval
        "profile" (likelihood, penalised under Firth), "wald", "score", "bootstrap" or "exact".
    test
        None for the test that the interval inverts.  Another of "lr", "wald", "score", "exact" puts a
        second row beside each, with its own interval, its estimand named after the test.
    models
        "multivariable", "univariable" (one model per predictor), or "both".
    level
        Confidence level, in (0, 1).
    per
        The step of a numeric predictor that its row speaks of, such as {"age": 5}.
    reference
        The level of a factor that the others are compared with, such as {"gender": 2}.
    event
        The code of the outcome that counts as the event, where it is not 0/1 or False/True.
    id
        The person column.  A person who stands in two rows is refused, unless within a `cluster`: then
        persons are counted once and their rows hang together as the cluster's do.
    measured_at
        When columns were measured (numbers or dates), the outcome among them: a predictor measured at
        the outcome's time or later is flagged in its row.
    separated
        What to do where data separate under method="ml": "refuse" the model's rows, fit it by "firth" and
        flag them, or report the "infinite" estimates with their finite profile limit.
    rows
        "common" fits every model on the persons complete in all columns; "available" fits each
        univariable model on the persons complete in its own.
    resamples, seed
        Number of resamples (at least 999) and the seed of a bootstrap interval.  With method="ml" it is
        refused where more than 1 % of the resamples separate.
    influence
        Count how many single persons, left out, would change a row's verdict.
    cluster
        A column of clusters (towns, teams): CR2 standard errors and Satterthwaite's degrees of freedom,
        with interval="wald".
    weights
        A column of survey weights: linearisation standard errors (of clusters where `cluster` is given),
        with interval="wald".  Persons are counted, not weights.
    imputation
        A column that numbers the imputed copies of a long frame: fits (with `cluster` or `weights` where
        named) are pooled by Rubin's rules, with interval="wald".

    Returns
    -------
    Result
        One row per predictor, level (the reference among them, with estimate 1) and product; a factor
        of three or more levels has a row with the test of all its levels.  `std_error` is that of the
        log odds ratio.  `extras["support"]` counts persons per level and outcome,
        `extras["models"]` has a line per model, `extras["influence"]` counts the single deletions that
        would change a row's verdict.

    Raises
    ------
    EstimationError
        For a formula with an unknown name, an outcome of other than two values, an infinite value, or
        a choice that is not offered.

    Assumptions
    -----------
    Independent persons; a numeric predictor acts linearly on the log odds.

    Missing data
    ------------
    Persons lacking the outcome or a predictor are left out, counted and told by column.

    Checked against
    ---------------
    tests/oracles/odds_ratios (R: glm, confint, anova), tests/oracles/odds_firth (brglm2),
    tests/oracles/odds_robust (clubSandwich, survey, mice).

    References
    ----------
    Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2002, doi:10.1002/sim.1047; Venzon and
    Moolgavkar 1988, doi:10.2307/2347496; Puhr et al. 2017, doi:10.1002/sim.7273.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"job": [0, 0, 0, 1, 0, 1, 1, 1], "age": [19, 25, 21, 22, 28, 27, 24, 29]})
    >>> ips.odds_ratios("job ~ age", people, per={"age": 5}).estimates["estimate"].round(3).tolist()
    [2.228]
    """
    parsed = _parse(formula, frame, id)
    structure = Structure(cluster or "", weights or "", imputation or "")
    only_ml = bool(structure.columns) or separated != "refuse" or not {interval, test}.isdisjoint(PLAIN_ONLY)
    settings = check_settings(
        Settings(
            method=method_of(method, only_ml), interval=interval,
            test=test if test is not None else TEST_OF.get(interval, ""),
            models=models, level=level, separated=separated, rows=rows,
            resamples=resamples, seed=seed, influence=influence, per=dict(per or {}),
            reference=dict(reference or {}), measured_at=_measured(measured_at, parsed),
        )
    )  # fmt: skip
    if structure.columns:
        require_columns(frame, list(structure.columns), argument="cluster, weights, imputation")
        check_structure(structure, settings, frame)
    one = frame if imputation is None else frame[frame[imputation] == frame[imputation].iloc[0]]
    each = settings.models == "univariable" and settings.rows == "available"
    sample = read_sample(parsed, one, event=event, id=id, each=each, cluster=structure.cluster)
    fitted = _fit_all(parsed, sample, settings, _Extra(structure, frame, event))
    hangs = (
        [h for m in fitted for h in influence_of(m, settings)] if influence and not structure.columns else []
    )
    table = Table({(h.contrast, h.term): h for h in hangs})
    for model in fitted:
        add_model(table, model, parsed.outcome, settings)
    told = _outcome_note(parsed, sample, one, event)
    result = _result(parsed, sample, settings, fitted, table, frame, structure, told)
    if structure.imputation:
        return result
    return replace(result, evidence=_evidence(parsed, sample, settings, fitted, table, frame, id))


def _evidence(
    formula: Formula, sample: Sample, settings: Settings, fitted: list[Model], table: Table,
    frame: pd.DataFrame, id: str | None,
) -> Evidence:  # fmt: skip
    """Each row rests on its model: all terms, or the one that it speaks of."""
    rested = {}
    for model in fitted:
        terms = tuple(block.term for block in model.design.blocks)
        columns = tuple(dict.fromkeys(c for term in terms for c in term.columns))
        common = settings.rows == "common"
        needed = (formula.outcome, *(formula.predictors if common else columns))
        own = terms[0].name if model.contrast == "univariable" and terms else ""
        rested[(model.contrast, own)] = Rested(terms, sample.rows(columns, common), needed, model.parameters)
    rows = [
        (
            row,
            rested[(row["contrast"], row["term"].split("[")[0] if row["contrast"] == "univariable" else "")],
        )
        for row in table.rows
    ]
    return odds_evidence(formula, frame, id, rows, event_codes(formula, frame, sample.outcome))


@dataclass(frozen=True, eq=False)
class _Extra:
    """The structure of the persons with the whole frame it stands in."""

    structure: Structure
    frame: pd.DataFrame
    event: object


def _parse(formula: str, frame: pd.DataFrame, id: str | None) -> Formula:
    require_frame(frame)
    parsed = parse_formula(formula, [c for c in frame.columns if isinstance(c, str)])
    if id is not None:
        require_columns(frame, [id], argument="id")
    return parsed


def _measured(measured_at: Mapping[str, object] | None, formula: Formula) -> dict[str, object]:
    """Check the times and store the outcome's under the empty name."""
    given = dict(measured_at or {})
    unknown = [c for c in given if c != formula.outcome and c not in formula.predictors]
    if unknown:
        raise EstimationError(
            f"measured_at= names {', '.join(map(repr, unknown))}, which the formula does not; "
            "name its outcome and predictors only."
        )
    if given and formula.outcome not in given:
        raise EstimationError(f"measured_at= must say when the outcome {formula.outcome!r} was measured too.")
    if given:
        given[""] = given[formula.outcome]
    return given


def _fit_all(formula: Formula, sample: Sample, settings: Settings, extra: _Extra) -> list[Model]:
    found: list[Model] = []
    for contrast in settings.contrasts:
        if contrast == "multivariable":
            found.append(_fit(contrast, formula, formula, sample, settings, extra))
            continue
        for term in formula.main_terms:
            own = Formula(formula.outcome, (term,))
            found.append(_fit(contrast, own, formula, sample, settings, extra))
    return found


def _fit(
    contrast: str, own: Formula, whole: Formula, sample: Sample, settings: Settings, extra: _Extra
) -> Model:
    structure = extra.structure
    if structure.imputation:
        copies = [copy for _, copy in extra.frame.groupby(structure.imputation, sort=True)]
        if len(copies) < 2:
            raise EstimationError(
                f"imputation={structure.imputation!r} numbers one copy only; give at least 2."
            )
        samples = [read_sample(whole, copy, event=extra.event, id=None) for copy in copies]
        read = [_data(own, s, settings) for s in samples]
        parts = [
            copy[list(structure.columns)].reset_index(drop=True).loc[use]
            for copy, (_, _, use) in zip(copies, read, strict=True)
        ]
        designs, outcomes = [d for d, _, _ in read], [y for _, y, _ in read]
        pooled = pooled_model(contrast, designs, outcomes, settings, structure, parts)
        return pooled if sample.ids is None else replace(pooled, people=sample.ids[read[0][2]])
    design, y, use = _data(own, sample, settings)
    if structure.columns:
        rows = extra.frame[list(structure.columns)].reset_index(drop=True).loc[use]
        found = robust_model(contrast, design, y, settings, structure, rows)
        return found if sample.ids is None else replace(found, people=sample.ids[use])
    return fit_model(contrast, design, y, settings)


def _data(
    formula: Formula, sample: Sample, settings: Settings
) -> tuple[Design, NDArray[np.float64], NDArray[np.bool_]]:
    columns = formula.predictors
    use = sample.rows(columns, settings.rows == "common")
    y = sample.outcome[use]
    reference = {k: v for k, v in settings.reference.items() if k in columns}
    per = {k: v for k, v in settings.per.items() if k in columns}
    data = sample.frame if use.all() else sample.frame.loc[use]
    design = design_of(formula, data, reference=reference, per=per) if len(y) else empty_design(formula)
    return design, y, use


def _outcome_note(formula: Formula, sample: Sample, frame: pd.DataFrame, event: object) -> Note:
    """Say what the outcome is and which of its answers is the event, by its code in the data."""
    code = event_codes(formula, frame, sample.outcome).get(formula.outcome)
    values = {"column": formula.outcome, "level": code or code_text(1 if event is None else event)}
    return Note("odds_outcome", values=values)


def _result(
    formula: Formula,
    sample: Sample,
    settings: Settings,
    fitted: list[Model],
    table: Table,
    frame: pd.DataFrame,
    structure: Structure,
    told: Note,
) -> Result:
    own = TEST_OF[settings.interval]
    columns = list(dict.fromkeys([formula.outcome, *formula.predictors, *structure.columns]))
    suffix = "_penalised" if settings.method != "ml" else ""
    method = Method(
        estimator=structure.estimator if structure.columns else f"odds_{settings.method}",
        estimand="odds_ratio",
        interval=f"odds_{settings.interval}" + (suffix if settings.interval == "profile" else ""),
        level=settings.level,
        test=(f"odds_test_{own}" + (suffix if own == "lr" else "")) if own else "",
        missing="odds_imputed" if structure.imputation else "complete_cases",
        seed=settings.seed if settings.interval == "bootstrap" else None,
        references=REFERENCES[structure.estimator if structure.columns else settings.method],
    )  # fmt: skip
    persons = max([m.persons for m in fitted], default=0)
    notes: list[Note] = [
        told,
        *sample.notes,
        *model_notes(fitted, settings),
        Note("odds_not_probability"),
        *table.notes,
    ]
    return Result(
        "odds_ratios",
        estimates_frame(table.rows),
        sample.flow,
        method,
        Base(name="analysed", n=int(np.int64(persons))),
        notes=tuple(notes),
        extras=LaterFrames(
            {
                "support": support_columns(fitted),
                "models": model_columns(fitted),
                "influence": influence_columns(list(table.hangs.values())),
            }
        ),
        source=Source.of(frame=frame[columns] if structure.columns else sample.frame).with_rows_of(frame),
    )
