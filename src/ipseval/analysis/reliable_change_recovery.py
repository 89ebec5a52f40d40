"""Recovery as a programme defines it: case at start, below every threshold at the end, reliably better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import change_inputs as inputs
from ipseval.analysis.change_rows import Book, start
from ipseval.analysis.change_thresholds import share_row
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import Evidence
from ipseval.core.evidence_cells import Cells, Counted, whole_column
from ipseval.core.result import Base, Method, Result, Source, estimates_frame, sample_frame

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class CaseRule:
    """One measure of a recovery rule: a case at or above `case`; `reliable` points are a reliable change."""

    case: float
    reliable: float


PRESETS: dict[str, dict[str, CaseRule]] = {
    "talking_therapies": {"phq9": CaseRule(10, 6), "gad7": CaseRule(8, 4)},
}
"""English NHS Talking Therapies manual: PHQ-9 and GAD-7, lower is better."""


def recovery(
    frame: pd.DataFrame,
    *,
    measures: Mapping[str, tuple[str, str]],
    preset: str = "talking_therapies",
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Count recovery, reliable improvement and reliable recovery by a programme's own rule.

    Parameters
    ----------
    frame
        One row per person.
    measures
        Measure of the preset ("phq9", "gad7") -> (column before, column after); all or some of them.
    preset
        "talking_therapies": case at start is at or above the threshold on any measure (PHQ-9 10, GAD-7 8).
    id
        Person column.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Shares with Wilson intervals: `case_at_start`, `reliable_improvement` (one measure reliably better,
        none reliably worse) and `reliable_deterioration` of all with complete pairs; `recovery` (below every
        threshold after) and `reliable_recovery` (recovery with reliable improvement) of the cases at start.

    Raises
    ------
    EstimationError
        An unknown preset or measure, unknown columns.

    Notes
    -----
    Assumptions: lower scores are better.  Missing data: persons with every measure before and after.
    Checked against: counts by hand.  References: Gyani et al. 2013,
    https://doi.org/10.1016/j.brat.2013.06.004.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> scores = pd.DataFrame({"g0": [12, 9, 5], "g1": [6, 7, 5]})
    >>> ips.recovery(scores, measures={"gad7": ("g0", "g1")}).estimates["n_events"].tolist()
    [2, 1, 0, 2, 1]
    """
    require_level(level)
    require_option(preset, tuple(PRESETS), argument="preset")
    rules = PRESETS[preset]
    if not measures:
        raise EstimationError(f"measures= is empty: give at least one of {', '.join(map(repr, rules))}.")
    for name in measures:
        require_option(name, tuple(rules), argument="measures")
    long = (None, None, None)
    data = inputs.wide(frame, before=None, after=None, outcomes=measures, long=long, id=id, by=None)
    columns = [c for pair in measures.values() for c in pair]
    complete = frame[columns].notna().all(axis=1)
    kept = inputs.Wide(data.frame[complete], data.outcomes, id, None)
    found = {pairs.outcome: pairs for pairs in inputs.pairs(kept)}
    book = Book(level, "wilcoxon", 0, 0)
    reached = _reached(found, rules)
    _rows(next(iter(found.values())), "+".join(found), reached, book)
    n = int(complete.sum())
    return Result(
        kind="recovery",
        estimates=estimates_frame(book.rows),
        sample=sample_frame([("in_frame", "", len(frame)), ("analysed", "", n)]),
        method=Method(
            estimator="recovery_estimator",
            interval="wilson",
            level=level,
            missing="complete_pairs",
            references=("https://doi.org/10.1016/j.brat.2013.06.004",),
        ),
        base=Base(name="answered_both_times", n=n),
        notes=tuple(book.notes),
        source=Source.of(frame=frame),
        evidence=_evidence(frame, id, columns, f"{preset} {'+'.join(found)}", complete.to_numpy(), reached),
    )


@dataclass(frozen=True, eq=False)
class _Reached:
    """Of each person with every measure: a case at start, below every threshold after, and how it changed."""

    case: Mask
    recovered: Mask
    improved: Mask
    deteriorated: Mask


def _reached(found: Mapping[str, inputs.Pairs], rules: Mapping[str, CaseRule]) -> _Reached:
    nobody: Mask = np.zeros(next(iter(found.values())).n, dtype=bool)
    case, still, better, worse = nobody.copy(), nobody.copy(), nobody.copy(), nobody.copy()
    for name, pairs in found.items():
        case |= pairs.before >= rules[name].case
        still |= pairs.after >= rules[name].case
        better |= -pairs.difference >= rules[name].reliable
        worse |= pairs.difference >= rules[name].reliable
    return _Reached(case, case & ~still, better & ~worse, worse & ~better)


def _rows(some: inputs.Pairs, whole: str, reached: _Reached, book: Book) -> None:
    everybody: Mask = np.ones(some.n, dtype=bool)
    for term, chosen, base in (
        ("case_at_start", reached.case, everybody),
        ("reliable_improvement", reached.improved, everybody),
        ("reliable_deterioration", reached.deteriorated, everybody),
        ("recovery", reached.recovered, reached.case),
        ("reliable_recovery", reached.recovered & reached.improved, reached.case),
    ):
        row = start(some, term, "share") | {"outcome": whole, "n": int(base.sum())}
        share_row(row, int((chosen & base).sum()), int(base.sum()), book)


def _evidence(
    frame: pd.DataFrame, id: str | None, columns: list[str], rule: str, complete: Mask, reached: _Reached
) -> Evidence:
    """Tell of each share its cell of start by end by change, so that what lies between two of them counts."""
    rule = f"{rule} of {'+'.join(columns)}"
    case, end, change = (f"{rule}: {what}" for what in ("case at start", "below after", "change"))
    rows = np.flatnonzero(complete)
    changed = np.where(reached.improved, "better", np.where(reached.deteriorated, "worse", "neither"))
    made: dict[str, Any] = {
        case: reached.case.astype(int), end: reached.recovered.astype(int), change: changed
    }  # fmt: skip
    cells = Cells(frame, id, {name: whole_column(frame, rows, values) for name, values in made.items()})
    counted = Counted(rows, tuple(columns))
    at_start, below = (case, "1"), (end, "1")
    cells.count(counted, (case, end, change))
    among = cells.line(counted, who=[at_start], event=below)
    reliably = cells.line(counted, who=[at_start, below, (change, "better")]).who
    lines = [
        *(cells.line(counted, event=event) for event in (at_start, (change, "better"), (change, "worse"))),
        among,
        replace(among, events=reliably),
    ]
    return cells.evidence(lines=lines)
