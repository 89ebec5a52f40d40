"""Runs the analyses of a plan on its people and hands out results by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from typing import Any

import pandas as pd

from ipseval.analysis.formula import bare_column, columns_read, without_backticks, written
from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.result import Base, Result
from ipseval.core.result_text import codes_without_words
from ipseval.loading.codebook import Variable
from ipseval.study.arranged import ARRANGED, ID, PLAN_OPTIONS, WEIGHT, Made, with_ids
from ipseval.study.people import People, select
from ipseval.study.plan import Analysis, PersonBase, Plan
from ipseval.study.registers.linked import with_registers
from ipseval.study.registers.plan import REGISTERS
from ipseval.study.steps import Steps, column_hint
from ipseval.study.verbs import COLUMN_OPTIONS, WEIGHED, option_faults, public

GIVEN_TO_VERBS = ("frame", "source", "data", "reasons", "registered", "id", "jobs", "dream")
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

    def without_words(self) -> list[str]:
        """Say which results have codes that a reader would see as codes."""
        return [
            f"results.{name}: no words for {code!r} in data_schemas/languages; the report shows the code."
            for name, result in self.results.items()
            for code in codes_without_words(result)
        ]


def run_analyses(
    plan: Plan, people: People, progress: Progress = silent, steps: Steps | None = None
) -> Outcome:
    """Check every name the plan uses, then compute every result of the plan.

    Parameters
    ----------
    plan, people, progress
        The plan, its persons, and what is called as work goes on.
    steps
        What could not be done before; then only names and bases are looked at, and all is told at once.
    """
    steps = Steps(plan) if steps is None else steps
    unmade = bool(steps.faults)
    with steps.names() if unmade else nullcontext():
        check_names(plan, people)
    bases, made = {}, Made(people, {}, {})
    for name, who in plan.bases.items():
        with steps.step(f"bases.{name}"):
            bases[name] = select(people, who)
    if unmade:
        steps.raise_if_any()
    for design in plan.designs.values():
        if not steps.failed(_rests_on(plan, design)):
            with steps.step(f"designs.{design.id}"):
                made.designs[design.id] = _designed(design, bases[design.base])
    for done, analysis in enumerate(plan.analyses.values()):
        progress("analyses", done, len(plan.analyses))
        if not steps.failed(_rests_on(plan, analysis)):
            with steps.step(f"results.{analysis.id}"):
                base = plan.bases[_base_of(plan, analysis)]
                made.results[analysis.id] = _run(plan, made, analysis, base, bases[base.name])
    progress("analyses", len(plan.analyses), len(plan.analyses))
    steps.raise_if_any()
    return Outcome(plan, people, made.results, {name: len(frame) for name, frame in bases.items()})


def _base_of(plan: Plan, analysis: Analysis) -> str:
    return analysis.base or plan.designs[analysis.design].base


def _rests_on(plan: Plan, analysis: Analysis) -> list[str]:
    """Name the steps that must be done before an analysis or a design."""
    others = [*_texts(analysis.options.get("results")), *_texts(analysis.options.get("result"))]
    return [
        f"bases.{_base_of(plan, analysis)}",
        f"designs.{analysis.design}",
        *(f"results.{name}" for name in others),
    ]


def _designed(design: Analysis, frame: pd.DataFrame) -> Any:
    options = {**design.options}
    return public(design.verb)(options.pop("formula"), with_ids(frame), id=ID, **options)


def check_names(plan: Plan, people: People) -> None:
    """Refuse a plan that names columns which are not there, all of them at once, with near names."""
    there = [str(c) for c in people.frame.columns]
    misused = [*_option_faults(plan), *_misused(plan, people)]
    absent = {
        f"results.{analysis.id}: {name!r} is not a column: {column_hint(name, there, people.labels)}": name
        for analysis in plan.analyses.values()
        for name in named_columns(analysis, there)
        if name not in there
    }
    said = [f"{len(misused)} option(s) or column(s) are misused"] if misused else []
    said += [f"{len(set(absent.values()))} column(s) are not in the data"] if absent else []
    if said:
        lines = "\n".join(f"  - {fault}" for fault in (*misused, *absent))
        raise SchemaError(f"{plan.file or plan.id}: {' and '.join(said)}:\n{lines}")


NEED_FORMULA = ("odds_ratios", "marginal_effects")


def _option_faults(plan: Plan) -> Iterator[str]:
    """Say which options of results, tables and figures do not exist."""
    from ipseval.reporting.tables import table

    for analysis in plan.analyses.values():
        where, taken = f"results.{analysis.id}", PLAN_OPTIONS.get(analysis.verb)
        if taken is None:
            yield from option_faults(where, public(analysis.verb), analysis.options, GIVEN_TO_VERBS)
        else:
            yield from (
                f"{where}: {name!r} is no option of {analysis.verb} in a plan: {hint_for(str(name), taken)}"
                for name in analysis.options
                if name not in taken
            )
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
        formula = str(analysis.options.get("formula", ""))
        if bare := bare_column(formula, map(str, people.frame.columns)):
            yield f"{where}: the formula {without_backticks(bare)}"
        for name, transform in columns_read(formula)[1:]:
            if transform != "C" and name in variables and _many_categories(variables[name]):
                said = f"{name!r} is categories, not a number; write C({written(name)}) in the formula."
                yield f"{where}: {said}"


def _many_categories(variable: Variable) -> bool:
    return variable.measure == "nominal" and len(variable.codes()) > 2


def named_columns(analysis: Analysis, there: Iterable[str] = ()) -> Iterator[str]:
    """Yield every column that an analysis names, those of a formula too unless one lacks its backticks."""
    for option in COLUMN_OPTIONS:
        yield from _texts(analysis.options.get(option))
    yield from _texts(list((analysis.options.get("outcomes") or {}).values()))
    formula = str(analysis.options.get("formula", ""))
    if not bare_column(formula, there):
        yield from (name for name, _ in columns_read(formula))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _run(plan: Plan, made: Made, analysis: Analysis, base: PersonBase, frame: pd.DataFrame) -> Result:
    options = dict(analysis.options)
    weighed = bool(analysis.design) and analysis.verb in WEIGHED
    if weighed:
        frame = frame.assign(**{WEIGHT: _weights(made.designs[analysis.design], frame)})
    if analysis.verb in ARRANGED:
        options = ARRANGED[analysis.verb](options, made, frame)
    designed = bool(analysis.design) and not weighed
    call = _of_design(analysis.verb, made.designs[analysis.design]) if designed else public(analysis.verb)
    if "data" not in options:
        options["data"] = with_ids(frame)
        if "id" in signature(call).parameters:
            options["id"] = ID
    first = [] if designed else [options.pop("formula", None) or None, options.pop("data")]
    result = call(*(each for each in first if each is not None), **options)
    if REGISTERS in base.answered and made.people.linked is not None:
        result = with_registers(made.people.linked, result)
    found: Result = replace(result, base=_said(base, analysis, result))
    return found.with_plan(plan.id)


def _weights(design: Any, frame: pd.DataFrame) -> pd.Series:
    """Give each person's weight in a design, 0 for who is not in it."""
    return pd.Series(design.weight, index=pd.Index(design.ids)).reindex(frame.index).fillna(0.0)


def _of_design(verb: str, design: Any) -> Callable[..., Any]:
    return design.balance if verb == "balance" else partial(public(verb), design)


def _said(base: PersonBase, analysis: Analysis, result: Result) -> Base:
    """Give the result's base the plan's name; how many stays what the verb counted.

    A design compares some of its base, so its results are told apart from those of everybody in it.  A
    result about a number (an E-value) rests on nobody and keeps its own base.
    """
    if not result.base.n:
        return result.base
    if analysis.design:
        return replace(result.base, name=f"{base.name}, {analysis.design}", predicate=base.predicate)
    return replace(result.base, name=base.name, predicate=base.predicate)
