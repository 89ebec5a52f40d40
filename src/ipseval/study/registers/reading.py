"""Turns the `registers` part of a plan into values; every fault is told with the others of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, Protocol

from ipseval.core.checks import hint_for
from ipseval.study.registers.plan import Arm, Costs, RegisterPlan, names


class Faults(Protocol):
    """What this part needs of the collector of faults."""

    def say(self, where: str, what: str) -> None: ...  # noqa: D102  # as the collector documents it

    def keys(self, where: str, found: Any, allowed: Any, needed: Any = ()) -> dict[str, Any]: ...  # noqa: D102  # as above


KEYS = (
    "id", "index", "participants", "comparison", "background", "events", "education", "history", "outcomes",
    "weeks", "lists", "costs",
)  # fmt: skip
ARM_KEYS = ("file", "where", "columns")
COST_KEYS = ("prices", "years", "benefits", "logs", "contacts", "with", "sensitivity")
LOG_KEYS = ("file", "column", "per", "where")
GIVEN = ("people", "frame", "dream", "jobs", "events", "education", "contacts", "index", "id", "progress")
"""Options of the verbs that the linking sets itself."""


def read_registers(faults: Faults, entry: Any) -> RegisterPlan | None:
    """Read the part, or None where the plan has none."""
    import ipseval

    if entry is None:
        return None
    e = faults.keys("registers", entry, KEYS, ("id", "index", "participants"))
    if not e:
        return None
    history, outcomes = _mapping(faults, "history", e), _mapping(faults, "outcomes", e)
    _options(faults, "registers.history", ipseval.covariates, history)
    _options(faults, "registers.outcomes", ipseval.employment, outcomes)
    return RegisterPlan(
        id=str(e.get("id", "")),
        index=str(e.get("index", "")),
        participants=_arm(faults, "participants", e.get("participants")),
        comparison=_arm(faults, "comparison", e["comparison"]) if e.get("comparison") else None,
        background={str(k): str(v) for k, v in _mapping(faults, "background", e).items()},
        events=_mapping(faults, "events", e),
        education=_mapping(faults, "education", e),
        history=history,
        outcomes={k: tuple(v) if isinstance(v, list) else v for k, v in outcomes.items()},
        weeks=_weeks(faults, e),
        jobs="outcomes" in e or "weeks" not in e,
        lists={name: str(file) for name, file in _mapping(faults, "lists", e).items()},
        costs=_costs(faults, e.get("costs")),
    )


def _arm(faults: Faults, name: str, entry: Any) -> Arm:
    e = faults.keys(f"registers.{name}", entry or {}, ARM_KEYS, ("file",))
    return Arm(str(e.get("file", "")), tuple(e.get("where") or ()), names(e.get("columns")))


def _weeks(faults: Faults, parts: Mapping[str, Any]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Read group -> spans of weeks; groups that DREAM's code list lacks are told with those there are."""
    from ipseval.outcomes.codes import dream_codes

    found, groups = {}, dream_codes().groups
    for group, spans in _mapping(faults, "weeks", parts).items():
        where = f"registers.weeks.{group}"
        if group not in groups:
            faults.say(where, f"is no group of DREAM's code list: {hint_for(group, groups)}")
        elif not isinstance(spans, list) or not spans or not all(_is_span(span) for span in spans):
            faults.say(where, "must be a list of spans of weeks around the index date, such as [[1, 52]].")
        else:
            found[group] = tuple((span[0], span[1]) for span in spans)
    return found


def _is_span(span: Any) -> bool:
    return isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in span)


def _costs(faults: Faults, entry: Any) -> Costs | None:
    if entry is None:
        return None
    import ipseval

    e = faults.keys("registers.costs", entry, COST_KEYS, ("prices", "years", "with"))
    for item, log in _mapping(faults, "logs", e).items():
        faults.keys(f"registers.costs.logs.{item}", log, LOG_KEYS, ("file",))
    options = _mapping(faults, "with", e)
    _options(faults, "registers.costs.with", ipseval.person_costs, options)
    return Costs(
        prices=str(e.get("prices", "")),
        years=int(e.get("years", 1)),
        benefits=_mapping(faults, "benefits", e),
        logs=_mapping(faults, "logs", e),
        contacts=_mapping(faults, "contacts", e),
        options=options,
        sensitivity=_percentages(faults, _mapping(faults, "sensitivity", e)),
    )


def _percentages(faults: Faults, given: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    for item, listed in given.items():
        if not isinstance(listed, list) or not all(isinstance(p, int | float) and p > 0 for p in listed):
            faults.say(
                f"registers.costs.sensitivity.{item}",
                "must be a list of percentages of the unit cost above 0, such as [80, 125].",
            )
            return {}
    return {item: tuple(map(float, listed)) for item, listed in given.items()}


def _mapping(faults: Faults, name: str, parts: Mapping[str, Any]) -> dict[str, Any]:
    found = parts.get(name)
    if found is None or isinstance(found, Mapping):
        return {str(k): v for k, v in (found or {}).items()}
    faults.say(f"registers.{name}", "must be a mapping of keys to values.")
    return {}


def _options(faults: Faults, where: str, verb: Callable[..., Any], given: Mapping[str, Any]) -> None:
    offered = [name for name in signature(verb).parameters if name not in GIVEN]
    for name in given:
        if name not in offered:
            faults.say(where, f"{name!r} is no option of {verb.__name__}: {hint_for(name, offered)}")
