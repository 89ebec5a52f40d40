"""Turns the YAML of a plan into a `Plan`; every fault of the file is told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.instruments.instrument import shipped_ids
from ipseval.loading.schema import load_schema
from ipseval.reporting.display import ID_PATTERN
from ipseval.study.plan import Analysis, Derived, Input, PersonBase, Plan, Score, Section, Show
from ipseval.study.plan_faults import Faults
from ipseval.study.registers.plan import REGISTERS
from ipseval.study.registers.reading import read_registers
from ipseval.study.verbs import COHORTS, DESIGN_VERBS, DESIGNED, OPERATIONS, VERBS, drawings, is_public

TOP = (
    "plan", "title", "inputs", "scores", "derived", "bases", "results", "tables", "figures", "report",
    "labels", "values", "cohort", "invented", "published", "registers", "designs", "release",
)  # fmt: skip


def read_plan(found: Any, path: Path) -> Plan:
    """Build the plan, or raise one SchemaError that lists every fault."""
    faults = Faults(path.name)
    # A plan of registers alone has no questionnaires.
    read = "registers" if isinstance(found, Mapping) and "registers" in found else "inputs"
    top = faults.keys("the file", found, TOP, needed=("plan", "title", read, "bases", "results"))
    faults.raise_if_any()
    inputs = _each(faults, top, "inputs", _input)
    analyses = _each(faults, top, "results", _analysis)
    tables, figures = _each(faults, top, "tables", _table), _each(faults, top, "figures", _figure)
    for name in tables.keys() & figures.keys():
        faults.say(f"figures.{name}", "is the name of a table too; name one of them otherwise.")
    faults.file_name("plan", str(top["plan"]))
    plan = Plan(
        id=str(top["plan"]),
        title=faults.text("title", top["title"]),
        inputs=inputs,
        scores=tuple(
            _score(faults, f"scores[{i}]", s)
            for i, s in enumerate(faults.listed("scores", top.get("scores")))
        ),
        derived=tuple(_each(faults, top, "derived", _derived).values()),
        bases=_each(faults, top, "bases", _base),
        analyses=analyses,
        shows=tables | figures,
        report=tuple(
            _section(faults, f"report[{i}]", s)
            for i, s in enumerate(faults.listed("report", top.get("report")))
        ),
        labels=_texts(faults, "labels", top.get("labels")),
        values={
            str(k): _texts(faults, f"values.{k}", v)
            for k, v in faults.mapping("values", top.get("values")).items()
        },
        designs=_each(faults, top, "designs", _design),
        registers=read_registers(faults, top.get("registers")),
        cohort=str(top.get("cohort") or ""),
        invented=faults.mapping("invented", top.get("invented")),
        published=str(top.get("published") or ""),
        release=str(top.get("release") or ""),
        folder=path.parent,
        file=f"{path.resolve().parent.name}/{path.name}",
    )
    _references(faults, plan)
    if faults.said:
        faults.also(_schema_faults(plan))
    faults.raise_if_any()
    return plan


def _schema_faults(plan: Plan) -> Iterator[str]:
    """Tell what is wrong with the schemas beside a plan that has faults, so that all is mended in one go."""
    for entry in plan.inputs.values():
        path = plan.folder / entry.schema
        if entry.schema and path.is_file():
            try:
                load_schema(path)
            except SchemaError as fault:
                yield str(fault)


def _each(faults: Faults, top: Mapping[str, Any], part: str, build: Callable[..., Any]) -> dict[str, Any]:
    found = faults.mapping(part, top.get(part))
    return {str(name): build(faults, f"{part}.{name}", str(name), entry) for name, entry in found.items()}


def _texts(faults: Faults, where: str, found: Any) -> dict[str, dict[str, str]]:
    return {str(k): faults.text(f"{where}.{k}", v) for k, v in faults.mapping(where, found).items()}


def _input(faults: Faults, where: str, name: str, entry: Any) -> Input:
    e = faults.keys(where, entry, ("file", "schema", "id", "suffix", "aliases", "required"), ("file",))
    return Input(
        key=name,
        file=str(e.get("file", "")),
        schema=str(e.get("schema", "")),
        id=str(e.get("id", "id")),
        suffix=str(e.get("suffix", "")),
        aliases=tuple(map(str, faults.listed(f"{where}.aliases", e.get("aliases")))),
        required=bool(e.get("required", True)),
    )


def _score(faults: Faults, where: str, entry: Any) -> Score:
    needed = ("instrument", "input", "items", "coding")
    e = faults.keys(where, entry, (*needed, "name", "options"), needed)
    return Score(
        instrument=str(e.get("instrument", "")),
        input=str(e.get("input", "")),
        items=faults.listed(f"{where}.items", e.get("items")),
        coding=e.get("coding", ""),
        name=str(e.get("name", "")),
        options=faults.mapping(f"{where}.options", e.get("options")),
    )


def _derived(faults: Faults, where: str, name: str, entry: Any) -> Derived:
    e = faults.keys(where, entry, ("operation", "columns", "in", "label"), ("columns",))
    operation = "in" if "in" in e else str(e.get("operation", ""))
    if ("in" in e) == ("operation" in e):
        faults.say(where, f"needs either an operation ({', '.join(OPERATIONS)}) or in: [...], and not both.")
    elif operation != "in":
        faults.one_of(where, operation, OPERATIONS)
    columns = faults.listed(f"{where}.columns", e.get("columns"))
    wanted = {"difference": 2, "copy": 1, "in": 1}.get(operation, max(1, len(columns)))
    if len(columns) != wanted:
        faults.say(where, f"{operation!r} takes {wanted} column(s), not {len(columns)}.")
    codes = faults.listed(f"{where}.in", e.get("in"))
    if operation == "in" and not codes:
        faults.say(f"{where}.in", "names no answer; write the codes that count as yes: [1, 2].")
    if any(isinstance(code, bool) for code in codes):
        faults.say(f"{where}.in", "holds yes or no without quotes, which YAML reads as true or false.")
    return Derived(name, operation, columns, faults.text(where, e.get("label")), codes)


def _base(faults: Faults, where: str, name: str, entry: Any) -> PersonBase:
    e = faults.keys(where, entry, ("answered", "where", "predicate"), ("predicate",))
    conditions = faults.listed(f"{where}.where", e.get("where"))
    for i, condition in enumerate(conditions):
        _condition(faults, f"{where}.where[{i}]", condition)
    answered = faults.listed(f"{where}.answered", e.get("answered"))
    return PersonBase(name, answered, conditions, faults.text(where, e.get("predicate")))


def _condition(faults: Faults, where: str, entry: Any) -> None:
    c = faults.keys(where, entry, ("column", "in", "at_least", "at_most"), ("column",))
    if "in" in c and not isinstance(c["in"], list):
        faults.say(f"{where}.in", "must be a list: [...].")
    for limit in ("at_least", "at_most"):
        if limit in c and (isinstance(c[limit], bool) or not isinstance(c[limit], int | float | date)):
            faults.say(f"{where}.{limit}", "must be a number or a date (2024-01-31, without quotes).")


def _analysis(faults: Faults, where: str, name: str, entry: Any) -> Analysis:
    e = faults.keys(where, entry, ("verb", "base", "design", "with"), ("verb",))
    verb, design = str(e.get("verb", "")), str(e.get("design", ""))
    if verb not in VERBS and is_public(verb):
        faults.say(where, f"{verb!r} is public, but plans do not offer it: see VERBS in study/verbs.py.")
    else:
        faults.one_of(where, verb, VERBS)
    if bool(design) == ("base" in e):
        faults.say(where, "needs either base (who) or design (a comparison under designs), and not both.")
    if design and verb not in DESIGNED:
        faults.say(where, f"{verb!r} takes no design; those that do are {', '.join(DESIGNED)}.")
    return Analysis(
        name, verb, str(e.get("base", "")), faults.mapping(f"{where}.with", e.get("with")), design
    )


def _design(faults: Faults, where: str, name: str, entry: Any) -> Analysis:
    e = faults.keys(where, entry, ("verb", "base", "with"), ("verb", "base", "with"))
    faults.one_of(where, str(e.get("verb", "")), DESIGN_VERBS)
    options = faults.mapping(f"{where}.with", e.get("with"))
    if not options.get("formula"):
        faults.say(where, "needs a formula under with, such as 'treated ~ age'.")
    return Analysis(name, str(e.get("verb", "")), str(e.get("base", "")), options)


def _show(faults: Faults, where: str, name: str, entry: Any, kind: str, how: str) -> Show:
    e = faults.keys(where, entry, ("results", how, "label", "title", "with", "note"), ("results", "title"))
    results = e.get("results")
    named = (results,) if isinstance(results, str) else faults.listed(f"{where}.results", results)
    if not named:
        faults.say(where, "names no results to show.")
    if not re.fullmatch(ID_PATTERN, name):
        faults.say(where, "must be named with a-z, 0-9, _ and -, a letter first: files are called so.")
    return Show(
        name, kind, named, str(e.get(how, "auto")),
        faults.text(where, e.get("label")), faults.text(where, e.get("title")),
        faults.mapping(f"{where}.with", e.get("with")), faults.text(where, e.get("note")),
    )  # fmt: skip


def _table(faults: Faults, where: str, name: str, entry: Any) -> Show:
    return _show(faults, where, name, entry, "table", "layout")


def _figure(faults: Faults, where: str, name: str, entry: Any) -> Show:
    show = _show(faults, where, name, entry, "figure", "draw")
    faults.one_of(where, show.how, drawings())
    return show


def _section(faults: Faults, where: str, entry: Any) -> Section:
    e = faults.keys(where, entry, ("heading", "items", "text"), ("heading",))
    return Section(
        faults.text(where, e.get("heading")),
        faults.listed(f"{where}.items", e.get("items")),
        faults.text(where, e.get("text")),
    )


def _no_instrument(name: str) -> str:
    known = hint_for(name, [each.upper() for each in shipped_ids()])
    return f"{name!r} is no instrument: {known} `ipseval instruments` lists them all, with items and codings."


def _references(faults: Faults, plan: Plan) -> None:
    """Check every name that one part of a plan uses of another."""
    if plan.cohort:
        faults.one_of("cohort", plan.cohort, COHORTS)
    sources = (*plan.inputs, *([REGISTERS] if plan.registers is not None else []))
    for i, score in enumerate(plan.scores):
        if score.instrument.lower() not in shipped_ids():
            faults.say(f"scores[{i}]", _no_instrument(score.instrument))
        faults.one_of(f"scores of {score.instrument}", score.input, tuple(plan.inputs))
    for base in plan.bases.values():
        for key in base.answered:
            faults.one_of(f"bases.{base.name}", key, sources)
    for design in plan.designs.values():
        faults.one_of(f"designs.{design.id}", design.base, tuple(plan.bases))
    for analysis in plan.analyses.values():
        of, there = (analysis.design, plan.designs) if analysis.design else (analysis.base, plan.bases)
        faults.one_of(f"results.{analysis.id}", of, tuple(there))
    _shown(faults, plan)


def _shown(faults: Faults, plan: Plan) -> None:
    """Check what tables, figures and sections name."""
    for show in plan.shows.values():
        for result in show.results:
            faults.one_of(f"{show.kind}s.{show.id}", result, tuple(plan.analyses))
    for i, section in enumerate(plan.report):
        for item in section.items:
            faults.one_of(f"report[{i}]", item, (*plan.shows, "ledger"))
