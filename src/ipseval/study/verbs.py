"""The public verbs, drawings and operations that a plan may name; nothing else can be called from one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

VERBS: tuple[str, ...] = (
    "describe",
    "response",
    "attrition",
    "change",
    "band_change",
    "odds_ratios",
    "marginal_effects",
    "reliability",
)
DRAWINGS: tuple[str, ...] = ("change_bars", "likert_bars", "count_bars", "forest", "movement")
OPERATIONS: tuple[str, ...] = ("mean", "sum", "difference", "copy")

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
)
"""Options of verbs whose texts are column names; the runner checks them before anything is computed."""


def public(name: str) -> Any:
    """Return the public verb or drawing `name` of ipseval."""
    return getattr(import_module("ipseval"), name)
