"""The layouts of tables by name, each a small function in its own file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ipseval.core.result import Result
from ipseval.reporting.layouts import odds as odds_of
from ipseval.reporting.layouts import statistics as statistics_of
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.bands import bands
from ipseval.reporting.layouts.baseline import baseline
from ipseval.reporting.layouts.compare import compare
from ipseval.reporting.layouts.counts import counts
from ipseval.reporting.layouts.estimates import change, estimates
from ipseval.reporting.layouts.flow import flow
from ipseval.reporting.layouts.likert import likert
from ipseval.reporting.layouts.matrix import matrix
from ipseval.reporting.layouts.odds import odds, odds_full
from ipseval.reporting.layouts.parts import Est
from ipseval.reporting.layouts.statistics import statistics

Layout = Callable[[Sequence[Result], Sequence[Est], Ask], Body]

LAYOUTS: dict[str, Layout] = {
    "counts": counts,
    "statistics": statistics,
    "likert": likert,
    "compare": compare,
    "baseline": baseline,
    "bands": bands,
    "change": change,
    "estimates": estimates,
    "odds": odds,
    "odds_full": odds_full,
    "matrix": matrix,
    "flow": flow,
}


# Layouts that show some scales only; how many estimates they leave out is told under the table.
ONLY: dict[str, tuple[str, ...]] = {
    "statistics": statistics_of.SCALES,
    "likert": ("share", "mean"),
    "odds": odds_of.SCALES,
    "odds_full": odds_of.SCALES,
}


def left_out(layout: str, rows: Sequence[Est]) -> tuple[Est, ...]:
    """Return the estimates of scales that a layout has no place for."""
    return tuple(r for r in rows if r.scale not in ONLY[layout]) if layout in ONLY else ()


def by_kind(kinds: Sequence[str], rows: Sequence[Est]) -> str:
    """Choose a layout from what the estimates are; some makers have a layout of their own."""
    scales = {r.scale for r in rows}
    if set(kinds) == {"attrition"}:
        return "compare"
    if set(kinds) == {"band_change"} and {"before", "difference_tango"} <= {r.estimand for r in rows}:
        return "bands"
    if set(kinds) == {"change"} and {"before", "after", "difference"} <= {r.term for r in rows}:
        return "change"
    if "share" in scales and scales <= {"share", "mean", "sd", "minimum", "quantile", "maximum"}:
        paired = any(r.contrast or r.p_value is not None for r in rows)
        return "estimates" if paired else "counts"
    if set(kinds) == {"describe", "balance"}:
        return "baseline"
    if "odds_ratio" in scales and scales <= {"odds_ratio", "test"}:
        return "odds_full"
    interval = all(r.ci_low is not None for r in rows if not r.refused)
    if scales <= set(statistics_of.SCALES) and not interval and not any(r.contrast for r in rows):
        return "statistics"
    return "estimates"
