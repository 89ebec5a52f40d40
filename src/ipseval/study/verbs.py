"""The public verbs, drawings and operations that a plan may name; nothing else can be called from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from inspect import signature
from typing import Any

from ipseval.core.checks import hint_for

VERBS: tuple[str, ...] = (
    "describe",
    "response",
    "attrition",
    "change",
    "band_change",
    "odds_ratios",
    "marginal_effects",
    "reliability",
    "repeated",
    "reliable_change",
    "balance",
    "effect",
    "effect_by",
    "rosenbaum_bounds",
    "cost_effectiveness",
    "count_effect",
    "tipping_point",
    "time_to_event",
    "weekly_shares",
    "triangulate",
    "e_value",
    "target",
    "caseload",
    "sites",
)
DESIGN_VERBS: tuple[str, ...] = ("match", "weight")
DESIGNED: tuple[str, ...] = (
    "balance", "effect", "rosenbaum_bounds", "cost_effectiveness", "count_effect", "tipping_point",
    "time_to_event", "weekly_shares",
)  # fmt: skip
"""Verbs that take a design in place of a base."""
WEIGHED: tuple[str, ...] = ("weekly_shares",)
"""Those of them that take its weights as a column."""
COHORTS: tuple[str, ...] = ("ips_ung", "schemas", "reconnect")
OPERATIONS: tuple[str, ...] = ("mean", "sum", "difference", "copy", "any")

COLUMN_OPTIONS: tuple[str, ...] = (
    "columns",
    "by",
    "before",
    "after",
    "means",
    "sets",
    "answered",
    "items",
    "waves",
    "outcome",
    "treatment",
    "cluster",
    "covariates",
    "duration",
    "event",
    "exact",
    "cost",
    "effect",
    "consultant",
    "site",
    "start",
    "end",
    "contacts",
    "scores",
)
"""Options of verbs whose texts are column names; the runner checks them before anything is computed."""


def public(name: str) -> Any:
    """Return the public verb or drawing `name` of ipseval."""
    return getattr(import_module("ipseval"), name)


def is_public(name: str) -> bool:
    """Whether ipseval has `name`, for plans or not."""
    return name in import_module("ipseval").__all__


def option_faults(
    where: str, call: Callable[..., Any], given: Iterable[str], set_here: Iterable[str]
) -> Iterator[str]:
    """Say which options a call does not take; `set_here` are arguments that the plan gives in other words."""
    offered = [name for name in signature(call).parameters if name not in set_here]
    for name in given:
        if name not in offered:
            yield f"{where}: {name!r} is no option of {call.__name__}: {hint_for(str(name), offered)}"


def drawings() -> tuple[str, ...]:
    """Return the drawings that a report may hold; those with a mark per person are for the screen alone."""
    from ipseval.reporting.figures.display import DRAWINGS

    return tuple(DRAWINGS)
