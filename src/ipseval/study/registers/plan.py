"""What a plan says of registers, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

REGISTERS = "registers"
"""The name under which bases speak of those who were linked, as of an input."""


@dataclass(frozen=True)
class Arm:
    """A list of persons with an index date: `file` in the data folder, `where` conditions on its columns."""

    file: str
    where: tuple[Mapping[str, Any], ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Costs:
    """Prices and where quantities come from; options go to `ips.person_costs`.

    `benefits`: item -> group of the DREAM code list (weeks); `logs`: item -> {file, column, per, where};
    `contacts`: item -> name of dated events; `sensitivity`: item -> percentages of its unit cost at which
    every cost is told once more.
    """

    prices: str
    years: int
    benefits: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    sensitivity: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisterPlan:
    """Which registers are read, for whom, and what is made of them.

    `events`: name -> {register: date column}; `background`: column of the linked frame -> column of BEF;
    `lists`: name -> file of sites and the like; `history` and `outcomes` are options of `ips.covariates`
    and `ips.employment`; `weeks`: group of the DREAM code list -> spans of weeks around the index date.
    """

    id: str
    index: str
    participants: Arm
    comparison: Arm | None = None
    background: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    education: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Mapping[str, Any] = field(default_factory=dict)
    weeks: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    jobs: bool = True
    """Whether BFL is read: not where weeks of DREAM are asked for and no outcomes of work."""
    lists: Mapping[str, str] = field(default_factory=dict)
    costs: Costs | None = None


def names(found: Sequence[Any] | None) -> tuple[str, ...]:
    """Return a list of a plan as text."""
    return tuple(map(str, found or ()))
