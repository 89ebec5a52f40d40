"""The plan of a study: what is read, scored, analysed and shown, as values read from one YAML file.

The format is documented in `docs/plan_format.md`.  A plan holds no code: conditions are lists of
`{column, in}` or `{column, at_least, at_most}`, derived columns are named operations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipseval.core.checks import near_names
from ipseval.core.errors import SchemaError
from ipseval.core.resources import load_yaml
from ipseval.study.registers.plan import RegisterPlan

Text = Mapping[str, str]

PLANS = Path(__file__).parent / "plans"


@dataclass(frozen=True)
class Input:
    """One file: `file` is its name without extension; columns get `suffix` in the people frame.

    `aliases` are other names the file may have in somebody's folder.
    """

    key: str
    file: str
    schema: str = ""
    id: str = "id"
    suffix: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Score:
    """One instrument scored from one input; `name` is the column the score gets before the suffix."""

    instrument: str
    input: str
    items: tuple[str, ...]
    coding: str | Mapping[Any, Any]
    name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Derived:
    """A column made by one named operation.

    mean, sum, difference, copy, any (1 where one is above 0), in (1 where the answer is one of `codes`).
    """

    name: str
    operation: str
    columns: tuple[str, ...]
    label: Text = field(default_factory=dict)
    codes: tuple[Any, ...] = ()


@dataclass(frozen=True)
class PersonBase:
    """A denominator: who answered which inputs and meets which conditions, in words too."""

    name: str
    answered: tuple[str, ...] = ()
    where: tuple[Mapping[str, Any], ...] = ()
    predicate: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Analysis:
    """One call of a public verb on one base or one design; `options` go to the verb as they stand."""

    id: str
    verb: str
    base: str
    options: Mapping[str, Any] = field(default_factory=dict)
    design: str = ""


@dataclass(frozen=True)
class Show:
    """A table or a figure of the report: which results, in which layout or drawing."""

    id: str
    kind: str
    results: tuple[str, ...]
    how: str
    label: Text
    title: Text
    options: Mapping[str, Any] = field(default_factory=dict)
    note: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A part of the report: a heading, a paragraph, and tables and figures by id."""

    heading: Text
    items: tuple[str, ...] = ()
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A whole evaluation."""

    id: str
    title: Text
    inputs: Mapping[str, Input]
    scores: tuple[Score, ...]
    derived: tuple[Derived, ...]
    bases: Mapping[str, PersonBase]
    analyses: Mapping[str, Analysis]
    shows: Mapping[str, Show]
    report: tuple[Section, ...]
    labels: Mapping[str, Text] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    designs: Mapping[str, Analysis] = field(default_factory=dict)
    registers: RegisterPlan | None = None
    cohort: str = ""
    invented: Mapping[str, Any] = field(default_factory=dict)
    published: str = ""
    release: str = ""
    folder: Path = PLANS
    file: str = ""
    """The plan's file and its folder, as messages name it."""


def packaged_plans() -> tuple[str, ...]:
    """Return the names of the plans that come with ipseval."""
    return tuple(sorted(p.stem for p in PLANS.glob("*.yaml")))


def _meant(near: Sequence[str]) -> str:
    return f"did you mean {' or '.join(map(repr, dict.fromkeys(near)))}? If not: " if near else ""


def load_plan(name_or_path: str | Path) -> Plan:
    """Read a packaged plan by name, or a plan file of your own.

    Raises
    ------
    SchemaError
        When there is no such plan (near names are offered), or the file is not a plan.
    """
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml"):
        packaged = PLANS / f"{name_or_path}.yaml"
        inside = path / "plan.yaml"
        path = inside if inside.is_file() else packaged
        if not path.is_file():
            wanted = Path(name_or_path)
            own = [p.parent.name for p in wanted.parent.glob("*/plan.yaml")]
            near = [
                *(str(wanted.parent / name) for name in near_names(wanted.name, own)),
                *near_names(wanted.name, packaged_plans()),
            ]
            raise SchemaError(
                f"there is no plan {str(name_or_path)!r}; {_meant(near)}the packaged plans are "
                f"{', '.join(packaged_plans())}; one of your own is a .yaml file or a folder with plan.yaml."
            )
    if not path.is_file():
        beside = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        near = [*near_names(path.name, beside), *near_names(path.stem, packaged_plans())]
        raise SchemaError(
            f"there is no plan file {path.name!r}; {_meant(near)}give the path of a .yaml file, or the "
            f"name of a packaged plan: {', '.join(packaged_plans())}."
        )
    from ipseval.study.plan_reading import read_plan

    return read_plan(load_yaml(path), path)
