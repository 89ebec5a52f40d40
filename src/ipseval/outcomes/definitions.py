"""What each outcome means: the code of its sentence and the limits that stand in it."""

from __future__ import annotations

from typing import Any

from ipseval.outcomes.engine import STAR_WEEKS, Rules

SHARES = (
    "any_work", "steady_work", "any_competitive_strict", "any_competitive_inclusive", "star_employment",
    "any_ordinary_education", "positive_destination",
)  # fmt: skip
MEANS = (
    "weeks_worked", "hours_worked", "days_to_first_job", "longest_job_days", "longest_work_weeks",
    "weeks_competitive_strict", "weeks_competitive_inclusive", "weeks_self_support", "hours_beside_benefit",
    "weeks_ordinary_education", "weeks_preparatory_education", "psychiatric_contacts", "weeks_seen",
    "weeks_at_risk",
)  # fmt: skip
TIMES = ("job_weeks", "job_event", "start_weeks", "start_event", "dropout_weeks", "dropout_event")
"""Times that may be cut short, and codes of what ended them: for `ips.time_to_event`, never for a mean."""


def at_least(hours: float) -> str:
    """Say a limit of paid hours: a week always needs some."""
    return f"≥ {hours:g}" if hours > 0 else "> 0"


def kind_of(name: str) -> str:
    """Say whether an outcome is a share, a mean, a time or a date; empty for a column that is none."""
    if name in SHARES or name.startswith("retained_"):
        return "share"
    if name in MEANS:
        return "mean"
    if name in TIMES:
        return "time"
    return "date" if name == "first_job_date" else ""


def meanings(rules: Rules) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give each outcome the code of its definition and the limits used."""
    limits = {
        "first": rules.window.first, "last": rules.window.last, "min_hours": at_least(rules.min_hours),
        "min_weeks": rules.min_weeks, "gap_days": rules.gap_days, "star_weeks": STAR_WEEKS,
        "gap": rules.retention_gap,
    }  # fmt: skip
    found = {name: (f"def_{name}", limits) for name in (*SHARES, *MEANS, *TIMES, "first_job_date")}
    for after in rules.retention:
        found[f"retained_{after}"] = ("def_retained", {**limits, "after": after})
    return found
