"""Runs the analyses of a plan on its people and hands out results by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.result import Base, Result
from ipseval.study.people import People, select
from ipseval.study.plan import Analysis, PersonBase, Plan
from ipseval.study.verbs import COLUMN_OPTIONS, option_faults, public

GIVEN_TO_SHOWS = ("result", "lang", "layout", "labels", "title", "label", "banner", "notes", "id", "axes")
"""Arguments of tables and drawings that a plan gives in its own words, not under `with`."""

Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a plan gave: its people, its results by name, and the size of each base."""

    plan: Plan
    people: People
    results: Mapping[str, Result]
    bases: Mapping[str, int]


def run_analyses(plan: Plan, people: People, progress: Progress = silent) -> Outcome:
    """Check every name the plan uses, then compute every result of the plan."""
    check_names(plan, people)
    bases = {name: select(people, base) for name, base in plan.bases.items()}
    results: dict[str, Result] = {}
    for done, analysis in enumerate(plan.analyses.values()):
        progress("analyses", done, len(plan.analyses))
        results[analysis.id] = _run(plan, people, analysis, bases[analysis.base])
    progress("analyses", len(plan.analyses), len(plan.analyses))
    return Outcome(plan, people, results, {name: len(frame) for name, frame in bases.items()})


def check_names(plan: Plan, people: People) -> None:
    """Refuse a plan that names columns which are not there, all of them at once, with near names."""
    there = [str(c) for c in people.frame.columns]
    faults = [*_option_faults(plan), *_misused(plan, people)]
    if faults:
        raise SchemaError("\n".join(faults))
    faults = [
        f"results.{analysis.id}: {name!r} is not a column: {hint_for(name, there)}"
        for analysis in plan.analyses.values()
        for name in named_columns(analysis)
        if name not in there
    ]
    if faults:
        lines = "\n".join(f"  - {fault}" for fault in dict.fromkeys(faults))
        raise SchemaError(
            f"the plan {plan.id!r} names {len(faults)} column(s) that the data do not have:\n{lines}"
        )


NEED_FORMULA = ("odds_ratios", "marginal_effects")


def _option_faults(plan: Plan) -> Iterator[str]:
    """Say which options of results, tables and figures do not exist."""
    from ipseval.reporting.tables import table

    for analysis in plan.analyses.values():
        verb, where = public(analysis.verb), f"results.{analysis.id}"
        yield from option_faults(where, verb, analysis.options, ("frame", "data", "reasons", "registered"))
        if analysis.verb in NEED_FORMULA and not analysis.options.get("formula"):
            yield f"{where}: {analysis.verb} needs a formula under with, such as 'outcome ~ predictor'."
        if analysis.verb == "attrition" and not analysis.options.get("answered"):
            yield f"{where}: attrition needs answered under with, such as in_<input>."
        if analysis.verb == "response" and not isinstance(analysis.options.get("waves"), Mapping):
            yield f"{where}: response needs waves: {{name: in_<input>, ...}} under with."
    for show in plan.shows.values():
        call = table if show.kind == "table" else public(show.how)
        yield from option_faults(f"{show.kind}s.{show.id}", call, show.options, GIVEN_TO_SHOWS)


def _misused(plan: Plan, people: People) -> Iterator[str]:
    """Say which columns are used as what they are not: free text as categories, categories as numbers."""
    variables = people.codebook.variables
    for analysis in plan.analyses.values():
        where = f"results.{analysis.id}"
        for name in _texts(analysis.options.get("columns")):
            if name in variables and variables[name].role == "free_text":
                yield f"{where}: {name!r} is free text: people's own words are never tabulated; leave it out."
        for name in _plain_terms(str(analysis.options.get("formula", ""))):
            if (
                name in variables
                and variables[name].measure == "nominal"
                and len(variables[name].codes()) > 2
            ):
                yield f"{where}: {name!r} is categories, not a number; write C({name}) in the formula."


def _plain_terms(formula: str) -> list[str]:
    """Return the predictors of a formula that stand outside C(...)."""
    right = re.sub(r"C\([^)]*\)", " ", formula.partition("~")[2])
    return re.findall(r"[^\W\d]\w*(?!\w*\s*\()", right)


def named_columns(analysis: Analysis) -> Iterator[str]:
    """Yield every column that an analysis names, the variables of a formula too."""
    for option in COLUMN_OPTIONS:
        yield from _texts(analysis.options.get(option))
    yield from _texts(list((analysis.options.get("outcomes") or {}).values()))
    formula = str(analysis.options.get("formula", ""))
    yield from (name for name in re.findall(r"[^\W\d]\w*(?!\w*\s*\()", formula) if name != "C")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _run(plan: Plan, people: People, analysis: Analysis, frame: pd.DataFrame) -> Result:
    options = ARRANGED.get(analysis.verb, _as_given)(dict(analysis.options), people, frame)
    verb = public(analysis.verb)
    formula = options.pop("formula", None)
    data = options.pop("data", frame)
    result: Result = verb(formula, data, **options) if formula else verb(data, **options)
    base = plan.bases[analysis.base]
    return replace(result, base=_said(base, result)).with_plan(plan.id)


def _said(base: PersonBase, result: Result) -> Base:
    """Give the result's base the plan's name; how many stays what the verb counted."""
    return replace(result.base, name=base.name, predicate=base.predicate)


def _as_given(options: dict[str, Any], people: People, frame: pd.DataFrame) -> dict[str, Any]:
    return options


def _described(options: dict[str, Any], people: People, frame: pd.DataFrame) -> dict[str, Any]:
    """Give `describe` the declared codes of its columns and the reasons for missing answers."""
    return _with_levels(options, people, "columns") | {"reasons": people.reasons.loc[frame.index]}


def _compared(options: dict[str, Any], people: People, frame: pd.DataFrame) -> dict[str, Any]:
    return _with_levels(options, people, "by") | {"reasons": people.reasons.loc[frame.index]}


def _responded(options: dict[str, Any], people: People, frame: pd.DataFrame) -> dict[str, Any]:
    """Turn "who is in which input" into the ids that `response` counts."""
    asked = options.pop("waves")
    for column in asked.values():
        if frame[column].dtype != bool:
            raise SchemaError(
                f"waves names {column!r}, which is not one of the columns that say who is in a file: "
                f"{hint_for(column, [f'in_{key}' for key in people.surveys])}"
            )
    waves = {name: list(frame.index[frame[column]]) for name, column in asked.items()}
    return {**options, "data": waves, "registered": list(frame.index)}


ARRANGED: Mapping[str, Callable[[dict[str, Any], People, pd.DataFrame], dict[str, Any]]] = {
    "describe": _described,
    "attrition": _compared,
    "response": _responded,
}


def _with_levels(options: dict[str, Any], people: People, named: str) -> dict[str, Any]:
    """Add the declared codes of every coded column, so that empty categories keep their row."""
    levels = dict(options.get("levels") or {})
    columns = options.get(named, [])
    columns = [columns] if isinstance(columns, str) else columns
    for column in columns:
        variable = people.codebook.variables.get(column)
        if variable is not None and variable.measure in ("nominal", "ordinal") and variable.codes():
            levels.setdefault(column, list(people.codebook.levels(column)))
    return {**options, "levels": levels}
