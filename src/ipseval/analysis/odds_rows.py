"""Rows and notes of an odds-ratio table, made from fitted models; no statistics of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ipseval.analysis.formula_design import Block
from ipseval.analysis.kernels.logit_exact import exact_odds_ratio
from ipseval.analysis.odds_influence import Hang
from ipseval.analysis.odds_model import Model, Refusal, Tested, lines_of, separation_refusals
from ipseval.analysis.odds_settings import INTERVAL_OF, TEST_OF, Settings
from ipseval.core.result import Note

FEW_EVENTS = 10
"""Events per parameter below which the table says so (Peduzzi 1996; van Smeden 2016 on its limits)."""
THIN = 5
"""Persons per level and outcome below which a row's note says so."""


NEAR_COLLINEAR = 30.0
"""Condition number of the scaled columns above which the table says so (Belsley, Kuh and Welsch 1980)."""


@dataclass
class Table:
    """Rows and notes as they are made; a note knows the row it speaks of."""

    hangs: Mapping[tuple[str, str], Hang] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, row: dict[str, Any], *notes: tuple[str, Mapping[str, Any]]) -> None:
        """Append a row and what is to be said of it."""
        self.notes += [Note(code, row=len(self.rows), values=values) for code, values in notes]
        self.rows.append(row)


@dataclass(frozen=True)
class View:
    """One interval and its test, in the form a row takes: the main view, or a named second one."""

    interval: str
    test: str
    estimand: str = "odds_ratio"


def views(settings: Settings) -> tuple[View, ...]:
    """Return the main view and, where another test was asked for, its own row beside it."""
    main = View(settings.interval, TEST_OF[settings.interval])
    if not settings.test or settings.test == main.test:
        return (main,)
    return (main, View(INTERVAL_OF[settings.test], settings.test, f"odds_ratio_{settings.test}"))


def add_model(table: Table, model: Model, outcome: str, settings: Settings) -> None:
    """Append all rows of one model, block by block."""
    place = 0
    for number, block in enumerate(model.design.blocks):
        if len(block.names) > 1:
            _add_global(table, model, outcome, settings, number)
        if block.is_factor:
            _add_reference(table, model, outcome, block, settings.interval == "exact")
        for name in block.names:
            _add_coefficient(table, model, outcome, settings, block, name, place)
            place += 1


def _base(model: Model, outcome: str, term: str) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "contrast": model.contrast,
        "term": term,
        "estimand": "odds_ratio",
        "scale": "odds_ratio",
        "n": model.persons,
        "n_events": model.persons_with_event,
    }


def _add_global(table: Table, model: Model, outcome: str, settings: Settings, number: int) -> None:
    """Append the test of all levels of a factor at once; it has no estimate."""
    test = TEST_OF[settings.interval]
    block = model.design.blocks[number]
    row = _base(model, outcome, block.term.name) | {"estimand": "global_test", "scale": "test"}
    if model.refusal("") or test not in model.global_tests:
        reason = model.refusal("") or Refusal("odds_no_global_test")
        table.add(row | {"status": "refused"}, (reason.code, reason.values))
        return
    found = model.global_tests[test][number]
    if np.isnan(found.p):
        table.add(row | {"status": "refused"}, ("odds_joint_not_found", {"term": block.term.name}))
        return
    said = {"term": block.term.name, "above": float(found.df), "below": float(found.below)}
    table.add(row | _tested(found), *([] if np.isnan(found.below) else [("odds_f_test", said)]))


def _add_reference(table: Table, model: Model, outcome: str, block: Block, exact: bool) -> None:
    row = _base(model, outcome, block.reference)
    reason = model.refusal("")
    if reason and not (exact and model.separation is not None):
        table.add(row | {"status": "refused"}, (reason.code, reason.values))
        return
    table.add(row | {"estimate": 1.0})


def _add_coefficient(
    table: Table, model: Model, outcome: str, settings: Settings, block: Block, name: str, place: int
) -> None:
    for view in views(settings):
        row = _base(model, outcome, name) | {"estimand": view.estimand, "conf_level": settings.level}
        numbers, reason = _numbers(model, settings, view, block, place)
        if reason is not None:
            table.add(row | {"status": "refused"}, (reason.code, reason.values))
            continue
        main = view.estimand == "odds_ratio"
        notes = list(_said_of(model, settings, block, name, place)) if main else []
        notes += _hanging(table.hangs.get((model.contrast, name))) if main else []
        if np.isinf([numbers["estimate"], numbers["ci_high"]]).any() or numbers["estimate"] == 0.0:
            notes.append(("odds_infinite", {"term": name}))
        elif np.isnan([numbers["ci_low"], numbers["ci_high"]]).any():
            notes.append(("odds_limit_not_found", {"term": name}))
        status = "flagged" if any(code in FLAGGING for code, _ in notes) else "ok"
        table.add(row | numbers | {"status": status}, *notes)


FLAGGING = ("odds_measured_late", "odds_remedied_firth", "odds_limit_not_found", "odds_infinite")


def _numbers(
    model: Model, settings: Settings, view: View, block: Block, place: int
) -> tuple[dict[str, Any], Refusal | None]:
    """Return the numbers of a row in one view, or why there are none."""
    if view.interval == "exact":
        return _exact_numbers(model, settings, block)
    name = model.design.names[place]
    lines = model.lines
    reason = model.refusal(name)
    if reason is None and view.estimand != "odds_ratio":
        if model.fit is None:
            reason = Refusal("odds_test_separated", {"term": name})
        else:
            lines = lines_of(model.fit, len(model.design.names), view.interval, settings)[0]
    if reason is None and lines is not None:
        reason = lines.reason
    if reason is not None or lines is None:
        return {}, reason or Refusal("odds_not_converged")
    numbers = {
        "estimate": np.exp(lines.beta[place]),
        "std_error": lines.std_error[place],
        "ci_low": np.exp(lines.low[place]),
        "ci_high": np.exp(lines.high[place]),
    }
    return numbers | (_tested(model.tests[view.test][place]) if view.test else {}), None


def _exact_numbers(model: Model, settings: Settings, block: Block) -> tuple[dict[str, Any], Refusal | None]:
    """Return the exact conditional odds ratio of a model of one two-valued column."""
    if model.refusal("") and not (model.separation and model.separation.found):
        return {}, model.refusal("")
    x = block.values[:, 0]
    low, high = float(x.min()), float(x.max())
    if len(model.design.names) != 1 or not np.isin(x, [low, high]).all():
        return {}, Refusal("odds_exact_single", {"term": block.term.name})
    up, y = x == high, model.y
    counts = (int(y[up].sum()), int(up.sum()), int(y[~up].sum()), int((~up).sum()))
    found = exact_odds_ratio(*counts, level=settings.level)
    step = high - low
    return {
        "estimate": np.exp(found.estimate / step),
        "ci_low": np.exp(found.low / step),
        "ci_high": np.exp(found.high / step),
        "p_value": found.p,
    }, None


def _tested(test: Tested) -> dict[str, Any]:
    return {"statistic": test.statistic, "df": test.df, "p_value": test.p}


def _said_of(
    model: Model, settings: Settings, block: Block, name: str, place: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    if _penalised_away(model):
        yield "odds_remedied_firth", {"term": name}
    late = [c for c in block.term.columns if _is_late(c, settings)]
    if late:
        yield "odds_measured_late", {"column": ", ".join(late)}
    alpha = 1.0 - settings.level
    verdicts = {test: entries[place].p < alpha for test, entries in model.tests.items()}
    own = TEST_OF[settings.interval]
    other = [test for test, verdict in verdicts.items() if own in verdicts and verdict != verdicts[own]]
    if other:
        yield "odds_verdict_differs", {"term": name, "tests": ", ".join(TEST_WORDS[t] for t in other)}
    if block.is_factor and _thin(model, block, name):
        yield "odds_thin_level", {"term": name, "few": THIN}


def _penalised_away(model: Model) -> bool:
    """Whether data separate and only the penalty gives an answer."""
    return model.separation is not None and model.separation.found and model.method != "ml"


def _hanging(hang: Hang | None) -> list[tuple[str, dict[str, Any]]]:
    if hang is None or not hang.flips:
        return []
    code = "odds_influence_least" if hang.least else "odds_influence"
    return [(code, {"flips": hang.flips, "n": hang.n, "term": hang.term})]


TEST_WORDS = {"lr": "LR", "wald": "Wald", "score": "score"}


def _is_late(column: str, settings: Settings) -> bool:
    """Whether a predictor was measured at the outcome's wave or later, as far as `measured_at` tells."""
    known = settings.measured_at
    outcome = known.get("")
    if outcome is None or column not in known:
        return False
    return bool(known[column] >= outcome)  # type: ignore[operator]  # times of any kind that has an order


def _thin(model: Model, block: Block, name: str) -> bool:
    inside = block.values[:, block.names.index(name)] > 0
    with_event = model.y > 0.5
    return min(model.count(inside & with_event), model.count(inside & ~with_event)) < THIN


def model_notes(models: list[Model], settings: Settings) -> list[Note]:
    """Return what is said of whole models: few events per parameter, the covariate FLAC adds."""
    notes = []
    for model in models:
        notes += [Note(said.code, values=said.values) for said in model.said]
        if model.separation is not None and _penalised_away(model):
            reason = separation_refusals(model.design, model.separation, model.y)[""]
            notes.append(Note("odds_separated_by", values=reason.values))
        if model.lines is None or model.contrast != "multivariable":
            continue
        least = min(model.events, model.n - model.events)
        if least < FEW_EVENTS * model.parameters:
            per = least / model.parameters
            values = {"events": least, "parameters": model.parameters, "per": per, "few": FEW_EVENTS}
            notes.append(Note("odds_few_events", values=values))
            if model.method == "ml":
                notes.append(Note("odds_prefer_firth"))
        if model.fit is not None and model.condition > NEAR_COLLINEAR:
            notes.append(Note("odds_near_collinear", values={"condition": float(model.condition)}))
        if model.method == "flac":
            notes.append(Note("odds_flac_added"))
    return notes
