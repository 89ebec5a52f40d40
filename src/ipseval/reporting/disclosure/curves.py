"""Points of a curve that may be shown: between two of them enough people have had the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.core.evidence import Line

DIFFERENCE = "incidence_difference"


def kept_points(points: Sequence[tuple[float, int, int]], least: int) -> set[float]:
    """Times of a curve that may be shown, of points (time, events until then, people left) in order.

    Since the point kept before at least `least` must have had the event, and as many must be left; the first
    point at which nobody has had it may stand, too.
    """
    kept = set()
    before = 0
    for time, events, left in points:
        if left < least:
            break
        if events - before >= least or events == 0:
            kept.add(time)
            before = events
    return kept


def points_gone(rows: Sequence[Mapping[str, Any]], lines: Sequence[Line], least: int) -> frozenset[int]:
    """Rows of a result that are points too near to the one before, or differences at such a time."""
    curves: dict[str, list[tuple[tuple[float, int, int], int]]] = {}
    for at, (row, line) in enumerate(zip(rows, lines, strict=True)):
        if line.step is not None:
            curves.setdefault(row["group"], []).append((line.step, at))
    gone = set()
    for points in curves.values():
        points.sort()
        kept = kept_points([step for step, _ in points], least)
        gone |= {at for step, at in points if step[0] not in kept}
    times = {rows[at]["contrast"] for at in gone}
    gone |= {at for at, r in enumerate(rows) if r["term"] == DIFFERENCE and r["contrast"] in times}
    return frozenset(gone)
