"""How many are in each state week by week, and who goes from which state to which, from spells of states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.checks import require_whole
from ipseval.core.errors import DesignError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.weeks import week_label, week_labels
from ipseval.outcomes.spells import Spells

Counts = NDArray[np.int64]


def distribution(spells: Any, every: int = 1) -> Result:
    """Count the persons in each state, every so many weeks (see `ips.dream.distribution`)."""
    require_whole(every, argument="every", error=DesignError)
    names, first, n, counts, _ = _counted(spells)
    rows = [
        {"outcome": name, "term": label, "scale": "share", "n": n, "n_events": int(counts[state, week]),
         "estimate": counts[state, week] / n}
        for week, label in list(enumerate(week_labels(first + np.arange(counts.shape[1]))))[::every]
        for state, name in enumerate(names)
    ]  # fmt: skip
    return _result("distribution", rows, n, "distribution_estimator", ())


def flows(spells: Any) -> Result:
    """Count the changes from one state to another over all weeks (see `ips.dream.flows`)."""
    names, first, n, counts, moves = _counted(spells)
    rows = [
        {"outcome": names[a], "term": names[b], "scale": "count", "n": n, "estimate": float(moves[a, b])}
        for a in range(len(names))
        for b in range(len(names))
        if moves[a, b]
    ]
    span = {"first": week_label(first), "last": week_label(first + counts.shape[1] - 1)}
    return _result("flows", rows, n, "flows_estimator", (Note("flows_span", values=span),))


def _counted(spells: Any) -> tuple[tuple[str, ...], int, int, Counts, Counts]:
    """Add up persons by state and week, and changes by pair of states, batch by batch."""
    names: tuple[str, ...] = ()
    first = n = 0
    counts = moves = np.zeros((0, 0), dtype=np.int64)
    for part in spells.batches():
        if not part.states:
            raise DesignError("source: spells of states are needed; give states='group' or use .grouped().")
        if not names:
            names, first = part.states, part.first_week
            counts = np.zeros((len(names), part.runs.n_weeks), dtype=np.int64)
            moves = np.zeros((len(names), len(names)), dtype=np.int64)
        n += len(part.ids)
        counts += _by_week(part, len(names))
        moves += _by_pair(part, len(names))
    if n == 0:
        raise DesignError("source: there are no persons in these spells.")
    return names, first, n, counts, moves


def _by_week(part: Spells, n_states: int) -> Counts:
    runs = part.runs
    steps = np.zeros((n_states, runs.n_weeks + 1), dtype=np.int64)
    np.add.at(steps, (runs.code, runs.start.astype(np.int64)), 1)
    np.add.at(steps, (runs.code, runs.end()), -1)
    return np.asarray(np.cumsum(steps, axis=1)[:, : runs.n_weeks])


def _by_pair(part: Spells, n_states: int) -> Counts:
    runs = part.runs
    inside = np.ones(max(len(runs.code) - 1, 0), dtype=bool)
    inside[runs.offset[1:-1] - 1] = False  # from one person's last run to the next one's first
    pair = runs.code[:-1].astype(np.int64) * n_states + runs.code[1:]
    return np.bincount(pair[inside], minlength=n_states**2).reshape(n_states, n_states)


def _result(
    kind: str, rows: Sequence[dict[str, Any]], n: int, estimator: str, notes: tuple[Note, ...]
) -> Result:
    made = estimates_frame(rows)
    return Result(
        kind=kind,
        estimates=made,
        sample=sample_frame([("dream_persons", "", n)]),
        method=Method(estimator, missing="dream_missing"),
        base=Base("dream_persons", n, registers=("DREAM",)),
        notes=notes,
        source=Source.of(counts=made[["outcome", "term", "estimate"]]),
    )
