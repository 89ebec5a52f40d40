"""Months between two months, and hours of a week.

Proof: from month a to month b, both counted, there are (years apart) x 12 + (months apart) + 1 months, and
one less where the ends are not both counted whole; d days from clock hour s to e are d (e - s) hours.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, Finding
from ipseval.auditing.published import Published
from ipseval.auditing.rules.common import find
from ipseval.core.errors import AuditError
from ipseval.core.whole_persons import half_step, number


def periods(published: Published) -> Iterator[Finding]:
    """Judge months and hours."""
    for period in published.periods:
        if period.months is None or not (period.start and period.end):
            continue
        months = months_between(period.start, period.end)
        if period.months not in (months, months - 1):
            yield find(
                period,
                CONTRADICTION,
                "period",
                "audit_months",
                told=period.months,
                months=months,
                start=period.start,
                end=period.end,
            )
    for hours in published.hours:
        if not hours.hours or None in (hours.days, hours.start, hours.end):
            continue
        total = (hours.days or 0) * (((hours.end or 0) - (hours.start or 0)) % 24 or 24)
        if abs(number(hours.hours) - total) > half_step(hours.hours):
            yield find(
                hours,
                CONTRADICTION,
                "period",
                "audit_hours",
                told=hours.hours,
                total=total,
                arithmetic=f"{hours.days} x ({hours.end} - {hours.start}) = {total}",
            )


def months_between(start: str, end: str) -> int:
    """Return the months from `start` to `end` (year-month), both counted.

    >>> months_between("2023-03", "2025-02")
    24
    """
    try:
        (y1, m1), (y2, m2) = ([int(p) for p in text.split("-")[:2]] for text in (start, end))
    except ValueError:
        raise AuditError("periods: start and end must be written as 2023-03.") from None
    return (y2 - y1) * 12 + m2 - m1 + 1
