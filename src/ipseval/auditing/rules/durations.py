"""A mean duration beside classes of durations: open classes, and people who were not done.

Proof: the mean lies between the mean of the classes' lower ends and that of their upper ends; a class
without an upper end leaves the mean without one.  Someone who is not done has lasted at least as long as
printed, so a mean that counts them as done is too low (a survival curve would not be).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Cell, Duration, Published
from ipseval.auditing.rules.common import find, shown, unless_weighted
from ipseval.core.whole_persons import number


def durations(published: Published) -> Iterator[Finding]:
    """Judge every mean duration."""
    for duration in published.durations:
        table = published.distribution(duration.distribution)
        if table is not None and duration.value:
            yield from _judge(published, duration, list(table.cells))


def _judge(published: Published, duration: Duration, cells: list[Cell]) -> Iterator[Finding]:
    told = [c for c in cells if c.count is not None and c.low]
    n = sum(c.count or 0 for c in told)
    if not n:
        return
    low = Fraction(sum((c.count or 0) * number(c.low) for c in told), n)
    is_open = [c for c in told if not c.high]
    high = None if is_open else Fraction(sum((c.count or 0) * number(c.high) for c in told), n)
    slack = number(duration.tolerance) if duration.tolerance else Fraction(1, 2)
    value = number(duration.value)
    values: dict[str, Any] = {
        "value": duration.value,
        "low": shown(low, 1),
        "high": shown(high, 1) if high is not None else "-",
        "n": n,
    }
    if value + slack < low or (high is not None and value - slack > high):
        yield find(duration, unless_weighted(published), "duration", "audit_duration_outside", **values)
    if is_open:
        yield find(
            duration,
            NOTE,
            "duration",
            "audit_duration_open",
            open=sum(c.count or 0 for c in is_open),
            **values,
        )
    if duration.censored:
        yield find(
            duration, NOTE, "duration", "audit_duration_censored", censored=duration.censored, **values
        )
