"""Turns the YAML of a plan into a `Plan`; every fault of the file is told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.study.plan import Analysis, Derived, Input, PersonBase, Plan, Score, Section, Show
from ipseval.study.verbs import DRAWINGS, OPERATIONS, VERBS

TOP = (
    "plan", "title", "inputs", "scores", "derived", "bases", "results", "tables", "figures", "report",
    "labels", "values", "cohort", "published",
)  # fmt: skip


class _Faults:
    """Collects what is wrong, so that a person mends a plan in one go."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.said: list[str] = []

    def say(self, where: str, what: str) -> None:
        self.said.append(f"{where}: {what}")

    def keys(
        self, where: str, found: Any, allowed: Sequence[str], needed: Sequence[str] = ()
    ) -> dict[str, Any]:
        if not isinstance(found, Mapping):
            self.say(where, "must be a mapping of keys to values.")
            return {}
        for key in found:
            if key not in allowed:
                self.say(where, f"the key {key!r} is unknown: {hint_for(str(key), allowed)}")
        for key in needed:
            if key not in found:
                self.say(where, f"the key {key!r} is missing.")
        return {str(k): v for k, v in found.items()}

    def one_of(self, where: str, name: str, options: Sequence[str]) -> None:
        if name not in options:
            self.say(where, f"{name!r} is not known: {hint_for(name, options)}")

    def text(self, where: str, found: Any) -> dict[str, str]:
        if found is None:
            return {}
        if isinstance(found, str):
            return {"da": found, "en": found}
        if isinstance(found, Mapping) and set(found) <= {"da", "en"} and found:
            return {str(k): str(v) for k, v in found.items()}
        self.say(where, "must be a text, or {da: ..., en: ...}.")
        return {}

    def raise_if_any(self) -> None:
        if self.said:
            lines = "\n".join(f"  - {line}" for line in self.said)
            raise SchemaError(f"{self.file} is not a plan yet, {len(self.said)} problem(s):\n{lines}")


def read_plan(found: Any, path: Path) -> Plan:
    """Build the plan, or raise one SchemaError that lists every fault."""
    faults = _Faults(path.name)
    top = faults.keys("the file", found, TOP, needed=("plan", "title", "inputs", "bases", "results"))
    faults.raise_if_any()
    inputs = _each(faults, top, "inputs", _input)
    analyses = _each(faults, top, "results", _analysis)
    shows = _each(faults, top, "tables", _table) | _each(faults, top, "figures", _figure)
    plan = Plan(
        id=str(top["plan"]),
        title=faults.text("title", top["title"]),
        inputs=inputs,
        scores=tuple(_score(faults, f"scores[{i}]", s) for i, s in enumerate(top.get("scores") or ())),
        derived=tuple(_derived(faults, k, d) for k, d in (top.get("derived") or {}).items()),
        bases=_each(faults, top, "bases", _base),
        analyses=analyses,
        shows=shows,
        report=tuple(_section(faults, f"report[{i}]", s) for i, s in enumerate(top.get("report") or ())),
        labels={k: faults.text(f"labels.{k}", v) for k, v in (top.get("labels") or {}).items()},
        values={
            k: {str(c): faults.text(f"values.{k}.{c}", t) for c, t in v.items()}
            for k, v in (top.get("values") or {}).items()
        },
        cohort=str(top.get("cohort") or ""),
        published=str(top.get("published") or ""),
        folder=path.parent,
    )
    _references(faults, plan)
    faults.raise_if_any()
    return plan


def _each(faults: _Faults, top: Mapping[str, Any], part: str, build: Callable[..., Any]) -> dict[str, Any]:
    found = top.get(part) or {}
    if not isinstance(found, Mapping):
        faults.say(part, "must be a mapping of names to entries.")
        return {}
    return {str(name): build(faults, f"{part}.{name}", str(name), entry) for name, entry in found.items()}


def _input(faults: _Faults, where: str, name: str, entry: Any) -> Input:
    e = faults.keys(where, entry, ("file", "schema", "id", "suffix", "aliases", "required"), ("file",))
    return Input(
        key=name,
        file=str(e.get("file", "")),
        schema=str(e.get("schema", "")),
        id=str(e.get("id", "id")),
        suffix=str(e.get("suffix", "")),
        aliases=tuple(e.get("aliases", ())),
        required=bool(e.get("required", True)),
    )


def _score(faults: _Faults, where: str, entry: Any) -> Score:
    needed = ("instrument", "input", "items", "coding")
    e = faults.keys(where, entry, (*needed, "name", "options"), needed)
    return Score(
        instrument=str(e.get("instrument", "")),
        input=str(e.get("input", "")),
        items=tuple(e.get("items", ())),
        coding=e.get("coding", ""),
        name=str(e.get("name", "")),
        options=dict(e.get("options", {})),
    )


def _derived(faults: _Faults, name: str, entry: Any) -> Derived:
    where = f"derived.{name}"
    e = faults.keys(where, entry, ("operation", "columns", "label", "options"), ("operation", "columns"))
    faults.one_of(where, str(e.get("operation", "")), OPERATIONS)
    return Derived(
        name, str(e.get("operation", "")), tuple(e.get("columns", ())), dict(e.get("options", {})),
        faults.text(where, e.get("label")),
    )  # fmt: skip


def _base(faults: _Faults, where: str, name: str, entry: Any) -> PersonBase:
    e = faults.keys(where, entry, ("answered", "where", "predicate"), ("predicate",))
    conditions = tuple(e.get("where", ()))
    for i, condition in enumerate(conditions):
        faults.keys(f"{where}.where[{i}]", condition, ("column", "in", "at_least", "at_most"), ("column",))
    return PersonBase(name, tuple(e.get("answered", ())), conditions, faults.text(where, e.get("predicate")))


def _analysis(faults: _Faults, where: str, name: str, entry: Any) -> Analysis:
    e = faults.keys(where, entry, ("verb", "base", "with"), ("verb", "base"))
    faults.one_of(where, str(e.get("verb", "")), VERBS)
    return Analysis(
        name,
        str(e.get("verb", "")),
        str(e.get("base", "")),
        dict(e.get("with", {})),
    )


def _show(faults: _Faults, where: str, name: str, entry: Any, kind: str, how: str) -> Show:
    e = faults.keys(where, entry, ("results", how, "label", "title", "with", "note"), ("results", "title"))
    results = e.get("results", ())
    return Show(
        name, kind, (results,) if isinstance(results, str) else tuple(results), str(e.get(how, "auto")),
        faults.text(where, e.get("label")), faults.text(where, e.get("title")), dict(e.get("with", {})),
        faults.text(where, e.get("note")),
    )  # fmt: skip


def _table(faults: _Faults, where: str, name: str, entry: Any) -> Show:
    return _show(faults, where, name, entry, "table", "layout")


def _figure(faults: _Faults, where: str, name: str, entry: Any) -> Show:
    show = _show(faults, where, name, entry, "figure", "draw")
    faults.one_of(where, show.how, DRAWINGS)
    return show


def _section(faults: _Faults, where: str, entry: Any) -> Section:
    e = faults.keys(where, entry, ("heading", "items", "text"), ("heading",))
    return Section(
        faults.text(where, e.get("heading")), tuple(e.get("items", ())), faults.text(where, e.get("text"))
    )


def _references(faults: _Faults, plan: Plan) -> None:
    """Check every name that one part of a plan uses of another."""
    for score in plan.scores:
        faults.one_of(f"scores of {score.instrument}", score.input, tuple(plan.inputs))
    for base in plan.bases.values():
        for key in base.answered:
            faults.one_of(f"bases.{base.name}", key, tuple(plan.inputs))
    for analysis in plan.analyses.values():
        faults.one_of(f"results.{analysis.id}", analysis.base, tuple(plan.bases))
    for show in plan.shows.values():
        for result in show.results:
            faults.one_of(f"{show.kind}s.{show.id}", result, tuple(plan.analyses))
    for i, section in enumerate(plan.report):
        for item in section.items:
            faults.one_of(f"report[{i}]", item, (*plan.shows, "ledger"))
