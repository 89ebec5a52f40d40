"""Whom the rows of an effect from repeated measurement rest on: cohorts, and answers that go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.kernels import panel as kernel
from ipseval.core.evidence import Evidence, Line, spread
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text
from ipseval.core.result import Result

NEVER = "never"


@dataclass(frozen=True, eq=False)
class Followed:
    """The persons of a panel: columns of the long frame, who is analysed (`ids`), outcomes and cohorts."""

    frame: pd.DataFrame
    outcome: str
    id: str
    time: str
    treatment: str
    ids: pd.Index
    y: NDArray[np.float64]
    cohort: NDArray[np.intp]
    periods: tuple[object, ...]
    anticipation: int
    not_yet: bool


def panel_evidence(about: Followed, result: Result) -> Evidence:
    """Tell of each row its cohorts and controls, and how their changes are spread."""
    cells = Cells(_people(about), about.id)
    place = np.asarray(pd.Index(cells.frame[about.id]).get_indexer(about.ids), dtype=np.intp)
    rows = result.estimates[["term", "group", "contrast"]].itertuples(index=False, name=None)
    words = [tuple(str(word) for word in row) for row in rows]
    made = {row: _line(cells, place, about, row[1], row[2]) for row in dict.fromkeys(words)}
    return cells.evidence(lines=[made[row] for row in words])


def _entry(about: Followed) -> str:
    return f"{about.treatment} from"


def _people(about: Followed) -> pd.DataFrame:
    """One row per person of the frame, analysed or not: entry, and the outcome in each period."""
    frame = about.frame
    ids = pd.Index(frame[about.id].unique())
    treated = frame[pd.to_numeric(frame[about.treatment]) == 1]
    first = treated.groupby(about.id)[about.time].min().map(code_text).reindex(ids)
    wide = frame.pivot(index=about.id, columns=about.time, values=about.outcome).reindex(ids)
    made = {about.id: ids, _entry(about): first.fillna(NEVER).to_numpy(dtype=object)}
    made |= {_named(about, period): wide[period].to_numpy() for period in wide.columns}
    return pd.DataFrame(made)


def _named(about: Followed, period: object) -> str:
    return f"{about.outcome} {code_text(period)}"


def _line(cells: Cells, place: NDArray[np.intp], about: Followed, group: str, contrast: str) -> Line:
    pairs = [
        (g, base, t)
        for g, base, t in _pairs(about)
        if not group or (str(about.periods[g]), str(about.periods[t])) == (group, contrast)
    ]
    arms = [each for g, base, t in pairs for each in _arms(about, g, base, t)]
    who = np.logical_or.reduce(arms) if group and arms else np.ones(len(about.y), dtype=bool)
    is_yes_no = bool(np.isin(about.y, (0.0, 1.0)).all())
    splits: list[tuple[str, ...]] = [(_entry(about),)]
    numbers = []
    for g, base, t in pairs:
        if is_yes_no:
            splits.append((_entry(about), *(_named(about, about.periods[at]) for at in (base, t))))
        else:
            numbers += [(about.y[each, t] - about.y[each, base]) for each in _arms(about, g, base, t)]
    rows = np.sort(place[who])
    return cells.line(
        Counted(rows, (), chosen=len(rows) < len(cells.frame)), splits=splits, of=(about.outcome,),
        residual_df=float(len(rows) - len(np.unique(about.cohort))), **spread(numbers),
    )  # fmt: skip


def _pairs(about: Followed) -> list[tuple[int, int, int]]:
    """(cohort, base, period) of every change that a number may be made of."""
    cohorts = np.unique(about.cohort[about.cohort != kernel.NEVER]).tolist()
    bases = [(g, g - 1 - about.anticipation) for g in cohorts]
    return [(g, base, t) for g, base in bases if base >= 0 for t in range(about.y.shape[1]) if t != base]


def _arms(about: Followed, g: int, base: int, t: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """A cohort and its controls, as the kernel takes them."""
    own = about.cohort == g
    last = max(t, base) + about.anticipation
    return own, (about.cohort > last) & ~own if about.not_yet else about.cohort == kernel.NEVER
