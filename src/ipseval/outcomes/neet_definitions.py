"""Definitions of NEET as data: seven published ones are packaged, each part of them can be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipseval.core.checks import hint_for, require_option
from ipseval.core.errors import DesignError, SchemaError
from ipseval.core.resources import data_root, packaged_yaml

PARTS = ("age", "reference", "work", "education", "population", "criteria")
KINDS = ("week", "month", "years")
MEASURES = ("week", "month")


@dataclass(frozen=True)
class Condition:
    """One condition: what a column says, or whether DREAM has any week in some groups.

    `wanted` is what must hold; with `below` a number must be under that limit instead; `empty` says what a
    missing value counts as (None: it is an error).
    """

    name: str
    column: str = ""
    dream_groups: tuple[str, ...] = ()
    wanted: bool = True
    below: float | None = None
    empty: bool | None = None


@dataclass(frozen=True)
class NeetDefinition:
    """Who is NEET: age, reference period, what counts as work and education, who is in the population.

    `population` decides the denominator; `criteria` further narrow the numerator.
    """

    name: str
    title: Mapping[str, str]
    age: tuple[int, int]
    age_at: str
    kind: str
    month: int
    day: int
    years: int
    measure: str
    at_least: float
    work_groups: tuple[str, ...]
    work_activities: tuple[str, ...]
    levels: tuple[str, ...]
    weeks_before: int
    student_grant: bool
    population: tuple[Condition, ...]
    criteria: tuple[Condition, ...]
    incomplete: bool
    published: tuple[Mapping[str, Any], ...]
    replaced: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the people that the definition asks for."""
        return tuple(c.column for c in (*self.population, *self.criteria) if c.column)

    @property
    def needs_dream(self) -> bool:
        """Say whether DREAM is needed."""
        by_group = any(c.dream_groups for c in (*self.population, *self.criteria))
        return by_group or bool(self.work_groups or self.work_activities) or self.student_grant


def neet_definitions() -> tuple[str, ...]:
    """Name the packaged definitions."""
    return tuple(sorted(p.stem for p in (data_root() / "neet").glob("*.yaml")))


def definition_of(name: str | Mapping[str, Any], replace: Mapping[str, Any] | None) -> NeetDefinition:
    """Return a packaged definition, or build one's own, with parts replaced."""
    if isinstance(name, str):
        if name not in neet_definitions():
            raise DesignError(f"definition={name!r} is not packaged: {hint_for(name, neet_definitions())}")
        raw = dict(packaged_yaml(f"neet/{name}.yaml"))
    else:
        raw = dict(name)
    replaced = dict(replace or {})
    for part, value in replaced.items():
        require_option(part, PARTS, argument="replace", error=DesignError)
        whole = raw.get(part)
        raw[part] = {**whole, **value} if isinstance(whole, Mapping) and isinstance(value, Mapping) else value
    try:
        return _built(raw, tuple(replaced))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise SchemaError(
            f"the NEET definition is not well formed ({type(problem).__name__} at {problem}); it needs "
            "definition, "
            "title, age, reference, work, education, population and criteria, as in data_schemas/neet."
        ) from None


def _built(raw: Mapping[str, Any], replaced: tuple[str, ...]) -> NeetDefinition:
    age, reference, work, education = raw["age"], raw["reference"], raw["work"], raw["education"]
    require_option(reference["kind"], KINDS, argument="reference kind", error=SchemaError)
    require_option(work["measure"], MEASURES, argument="work measure", error=SchemaError)
    require_option(age["at"], ("reference_end", "reference_start"), argument="age at", error=SchemaError)
    return NeetDefinition(
        name=raw["definition"],
        title=raw["title"],
        age=(int(age["first"]), int(age["last"])),
        age_at=age["at"],
        kind=reference["kind"],
        month=int(reference.get("month", 1)),
        day=int(reference.get("day", 1)),
        years=int(reference.get("years", 1)),
        measure=work["measure"],
        at_least=float(work["at_least"]),
        work_groups=tuple(work.get("dream_groups", ())),
        work_activities=tuple(work.get("dream_activities", ())),
        levels=tuple(education["levels"]),
        weeks_before=int(education["weeks_before"]),
        student_grant=bool(education["student_grant"]),
        population=tuple(_condition(c) for c in raw["population"]),
        criteria=tuple(_condition(c) for c in raw["criteria"]),
        incomplete=bool(raw.get("incomplete", False)),
        published=tuple(raw.get("published", ())),
        replaced=replaced,
    )


def _condition(raw: Mapping[str, Any]) -> Condition:
    if bool(raw.get("column")) == bool(raw.get("dream_groups")):
        raise SchemaError(f"condition {raw['name']!r} needs either column or dream_groups.")
    return Condition(
        name=raw["name"],
        column=raw.get("column", ""),
        dream_groups=tuple(raw.get("dream_groups", ())),
        wanted=bool(raw.get("is", True)),
        below=raw.get("below"),
        empty=raw.get("empty"),
    )
