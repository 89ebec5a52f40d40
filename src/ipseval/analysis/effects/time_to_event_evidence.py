"""Whom the points of a curve count: events until then, and people who are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.time_to_event_reading import Times
from ipseval.core.evidence import Evidence, uneven
from ipseval.core.evidence_cells import Cells, Counted

UNTIL, LATER = "until", "later"


def time_evidence(
    data: Times, rows: Sequence[Mapping[str, Any]], event: str, by: str, id: str | None
) -> Evidence:
    """Tell of each row its groups, who had the event by its time, and the steps of its curve."""
    times = sorted({float(r["contrast"]) for r in rows if _is_point(r)})
    own = {f"{event} {UNTIL} {when:g}": _until(data, when) for when in times}
    if by and by not in data.frame.columns:
        own[by] = _spread(data, np.array(data.names, dtype=object)[data.group])
    cells = Cells(data.frame, id, own)
    counted = Counted(data.rows, data.needed, data.chosen)
    base = (by,) if by else ()
    lines = []
    for row in rows:
        who = [(by, row["group"])] if by and row.get("group") else []
        split = _split(row, base, event)
        coefficients = sum(r.get("scale") == "hazard_ratio" for r in rows)
        line = cells.line(counted, who=who, splits=(split,), parameters=max(1, coefficients))
        if row.get("n_events") is not None:
            line = replace(line, events=cells.line(counted, event=(event, "1")).events)
        lines.append(replace(line, uneven=_uneven(data, row["group"] if who else ""), **_step(data, row)))
    _nested(cells, counted, base, event, times)
    return cells.evidence(by, lines)


def _uneven(data: Times, group: str) -> int:
    groups = [data.names.index(group)] if group else range(len(data.names))
    found = [uneven(data.weights[data.group == g]) for g in groups]
    return min((n for n in found if n), default=0)


def _split(row: Mapping[str, Any], base: tuple[str, ...], event: str) -> tuple[str, ...]:
    """A point splits its group by who had the event until then; a mean time by nothing."""
    if _is_point(row):
        return (*base, f"{event} {UNTIL} {float(row['contrast']):g}")
    return base if str(row["term"]).startswith("restricted_mean") else (*base, event)


def _is_point(row: Mapping[str, Any]) -> bool:
    return row["term"] in ("incidence", "incidence_difference")


def _until(data: Times, when: float) -> pd.Series:
    """The event's code for who had it by a time; another word for everybody else."""
    code = np.where(data.time <= when, data.code.astype(str), LATER)
    return _spread(data, np.where(data.code == 0, LATER, code))


def _spread(data: Times, values: NDArray[Any]) -> pd.Series:
    """A column for the whole frame, missing for who is not analysed."""
    whole = np.full(len(data.frame), None, dtype=object)
    whole[data.rows] = values
    return pd.Series(whole, index=data.frame.index)


def _step(data: Times, row: Mapping[str, Any]) -> dict[str, Any]:
    """How many had the event by the time of a point, and how many are left."""
    if row["term"] != "incidence":
        return {}
    own, when = data.group == data.names.index(row["group"]), float(row["contrast"])
    events = int((own & (data.code == 1) & (data.time <= when)).sum())
    return {"step": (when, events, int((own & (data.time >= when)).sum()))}


def _nested(
    cells: Cells, counted: Counted, base: tuple[str, ...], event: str, times: Sequence[float]
) -> None:
    """Who had the event by a time had it by every later one, and in the end."""
    names = [*(f"{event} {UNTIL} {when:g}" for when in times), event]
    for early, late in pairwise(names):
        cells.line(counted, splits=((*base, early, late),))
