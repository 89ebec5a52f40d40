"""What stands behind each number of a change: how the answers, and the changes, that make it are spread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ipseval.analysis.change_inputs import Pairs
from ipseval.core.evidence import Line, spread

_BEFORE = ("before", "sd_before", "expected_from_selection")
_AFTER = ("after", "sd_after")
_BOTH = ("correlation", "d_av", "g_av", "d_rm", "g_rm", "d_start", "g_start")


def lines_of(rows: Sequence[dict[str, Any]], found: Iterable[Pairs]) -> tuple[Line, ...]:
    """A line per row; shares are counts and judged as such."""
    lines: dict[tuple[str, str], dict[str, Line]] = {}
    for pairs in found:
        lines[(pairs.outcome, pairs.group)] = {
            "before": Line(**spread([pairs.before])),
            "after": Line(**spread([pairs.after])),
            "change": Line(**spread([pairs.difference])),
            "both": Line(**spread([pairs.before, pairs.after, pairs.difference])),
        }
    return tuple(
        Line() if row["scale"] == "share" else lines[(row["outcome"], row["group"])][_kind(row["term"])]
        for row in rows
    )


def _kind(term: str) -> str:
    if term in _BEFORE:
        return "before"
    if term in _AFTER:
        return "after"
    return "both" if term in _BOTH else "change"
