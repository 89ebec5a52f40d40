"""Ages of one person at several times: some birthday must go with all of them.

Proof: who is a years old on some day from d1 to d2 was born after d1 - (a + 1) years and no later than d2 -
a years. Each reading gives such an interval of days; they are about one birth, so they must have a common
day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ipseval.auditing.findings import CONTRADICTION, NOTE, Finding
from ipseval.auditing.published import Ages, Published, Reading
from ipseval.auditing.rules.common import find
from ipseval.core.errors import AuditError


def ages(published: Published) -> Iterator[Finding]:
    """Judge every person's ages."""
    for person in published.ages:
        spans = [birth(reading) for reading in person.readings]
        told = "; ".join(f"{r.age}: {r.when}" for r in person.readings)
        if spans and max(s[0] for s in spans) > min(s[1] for s in spans):
            sums = "; ".join(f"{s[0].isoformat()} - {s[1].isoformat()}" for s in spans)
            yield find(person, CONTRADICTION, "ages", "audit_ages", arithmetic=sums, told=told)
        yield from _outside(person)


def _outside(person: Ages) -> Iterator[Finding]:
    for reading in person.readings:
        if (person.youngest is not None and reading.age < person.youngest) or (
            person.oldest is not None and reading.age > person.oldest
        ):
            yield find(
                person,
                NOTE,
                "ages",
                "audit_age_outside",
                age=reading.age,
                when=reading.when,
                youngest=person.youngest or 0,
                oldest=person.oldest or "-",
            )


def birth(reading: Reading) -> tuple[date, date]:
    """Return the first and last day somebody of this age at this time can be born."""
    first, last = _days(reading.when)[0], _days(reading.until or reading.when)[1]
    return _back(first, reading.age + 1) + timedelta(days=1), _back(last, reading.age)


def _days(when: str) -> tuple[date, date]:
    """Return the first and last day of a year, a month or a date."""
    try:
        parts = [int(p) for p in when.split("-")]
        if len(parts) == 1:
            return date(parts[0], 1, 1), date(parts[0], 12, 31)
        if len(parts) == 2:
            nxt = date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1)
            return date(parts[0], parts[1], 1), nxt - timedelta(days=1)
        return date(parts[0], parts[1], parts[2]), date(parts[0], parts[1], parts[2])
    except (ValueError, IndexError):
        raise AuditError("ages: a time must be written as 2024, 2024-11 or 2024-11-30.") from None


def _back(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
