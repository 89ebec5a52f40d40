"""Gives each person dates that fit the project, the length of the programme and each other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

Person = dict[str, Any]
FIRST, LAST_START, CLOSED = date(2023, 3, 1), date(2025, 2, 28), date(2025, 4, 30)
MONTH = 30.4375
EDGES = {
    1: (1.0, 1.9),
    2: (2.2, 3.9),
    3: (4.2, 5.9),
    4: (6.2, 7.9),
    5: (8.2, 9.9),
    6: (10.2, 11.9),
    7: (12.3, 24.0),
}
MEAN_MONTHS = 9.0


def fill_dates(people: Sequence[Person], rng: random.Random) -> None:
    """Complete dates and months; the mean length is about nine months, as the report says."""
    who = [p for p in people if p["in_end"]]
    for p, months in zip(who, lengths(who, rng), strict=True):
        days = round(months * MONTH)
        p["end.varighed_mdr"] = round(days / MONTH, 1)
        ended = CLOSED - timedelta(days=rng.randrange(0, 14))
        if p["finished"]:
            room = (CLOSED - FIRST).days - days
            latest = min(room, (LAST_START - FIRST).days)
            ended = FIRST + timedelta(days=rng.randrange(0, latest + 1) + days)
        p["end.dato_slut"] = ended.isoformat()
        p["reg.dato_start"] = (ended - timedelta(days=days)).isoformat()
    for p in people:
        if not p["in_end"]:
            span = (date(2024, 9, 30) if p["finished"] else LAST_START) - (
                FIRST if p["finished"] else date(2023, 9, 1)
            )
            begun = (FIRST if p["finished"] else date(2023, 9, 1)) + timedelta(days=rng.randrange(span.days))
            p["reg.dato_start"] = begun.isoformat()
        if p["in_start"]:
            p["start.dato_start"] = p["reg.dato_start"]


def lengths(who: Sequence[Person], rng: random.Random) -> list[float]:
    """Draw tenths of months inside each person's category until their mean is near nine months."""
    tenths = []
    for p in who:
        low, high = EDGES[p["end.varighed"]]
        tenths.append(rng.randrange(round(10 * low), round(10 * high) + 1))
    target = round(10 * MEAN_MONTHS * len(who))
    while abs(sum(tenths) - target) > 5:
        i = rng.randrange(len(who))
        low, high = EDGES[who[i]["end.varighed"]]
        step = 1 if sum(tenths) < target else -1
        if round(10 * low) <= tenths[i] + step <= round(10 * high):
            tenths[i] += step
    return [t / 10 for t in tenths]
