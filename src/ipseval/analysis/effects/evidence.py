"""Whom the rows of an effect count: the arms, and by outcome where it is yes or no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import Arms, Named
from ipseval.core.evidence import Evidence, Line, number_line, top_two, uneven
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text
from ipseval.core.result import Result

ARMS = {"mean_treated": 1.0, "mean_control": 0.0}


@dataclass(frozen=True, eq=False)
class Compared:
    """The people of a comparison in the frame they came from.

    `rows` are their positions, `y` and `d` their outcomes and arms, `arm` the column of arms for the whole
    frame; `chosen` says that a design picked them; `columns` counts what was adjusted for; `weights` are
    their weights where they have any.
    """

    frame: pd.DataFrame
    id: str | None
    rows: NDArray[np.intp]
    y: NDArray[np.float64]
    d: NDArray[np.float64]
    outcome: str
    treatment: str
    needed: tuple[str, ...]
    columns: int = 0
    arm: pd.Series | None = None
    chosen: bool = False
    weights: NDArray[np.float64] | None = None

    def uneven(self, *arms: float) -> int:
        """Persons whose weight is not that of most of their arm, in the arm with the fewest (not none)."""
        if self.weights is None:
            return 0
        found = [uneven(self.weights[self.d == arm]) for arm in arms]
        return min((n for n in found if n), default=0)


def arms_evidence(frame: pd.DataFrame, named: Named, arms: Arms, result: Result) -> Evidence:
    """Tell of an effect read from a frame whom its rows count."""
    needed = (named.outcome, *named.covariates, *(c for c in (named.cluster, named.weights) if c))
    about = Compared(
        frame, named.id or None, arms.rows, arms.y, arms.d, named.outcome, named.treatment, needed,
        arms.x.shape[1], weights=arms.weights,
    )  # fmt: skip
    return effect_evidence(about, result)


def design_evidence(
    design: Design,
    frame: pd.DataFrame,
    id: str | None,
    kept: NDArray[np.intp],
    arms: Arms,
    result: Result,
) -> Evidence:
    """Tell of an effect in a design whom its rows count; `kept` are the analysed rows of the design."""
    place = design.rows_in(frame, id)[kept]
    outcome = str(result.estimates["outcome"].iloc[0])
    arm = None
    if design.treatment not in frame.columns:
        everyone = np.full(len(frame), np.nan)
        everyone[place] = arms.d
        arm = pd.Series(everyone, index=frame.index)
    own = design.id if design.id in frame.columns else ""
    about = Compared(
        frame, id or own or None, place, arms.y, arms.d, outcome, design.treatment, (outcome,),
        arms.x.shape[1], arm, chosen=True, weights=design.weight[kept],
    )  # fmt: skip
    return effect_evidence(about, result)


def effect_evidence(about: Compared, result: Result) -> Evidence:
    """Tell of each row its arm, the cells of arm by outcome, and how the outcome is spread."""
    own = {} if about.arm is None else {about.treatment: about.arm}
    cells = Cells(about.frame, about.id, own)
    made: dict[tuple[str, bool], Line] = {}
    lines = []
    for term, n_events in zip(result.estimates["term"], result.estimates["n_events"].notna(), strict=True):
        key = (term if term in ARMS else "", bool(n_events))
        if key not in made:
            made[key] = _line(cells, about, *key)
        lines.append(made[key])
    return cells.evidence(lines=lines)


def _line(cells: Cells, about: Compared, term: str, events: bool) -> Line:
    there = np.ones(len(about.y), dtype=bool) if not term else about.d == ARMS[term]
    arm = about.frame[about.treatment] if about.arm is None else about.arm
    who = [(about.treatment, _code(arm, about.rows[there]))] if term else []
    odd = about.uneven(*([ARMS[term]] if term else ARMS.values()))
    counted = Counted(about.rows, about.needed, about.chosen, about.treatment)
    if not bool(np.isin(about.y, (0.0, 1.0)).all()):
        spread = number_line(np.sort(about.y[there]), "mean")
        arms = [about.y[there & (about.d == a)] for a in (1.0, 0.0)]
        held = max((top_two(y.tolist()) or 0.0 for y in arms), default=0.0)
        return cells.line(
            counted, who=who, splits=((about.treatment,),), parameters=about.columns + 1,
            fewest=spread.fewest, all_equal=spread.all_equal, top_two=held, uneven=odd,
        )  # fmt: skip
    with_event = about.rows[about.y == 1.0]
    event = (
        (about.outcome, _code(about.frame[about.outcome], with_event)) if events and len(with_event) else None
    )
    split = (about.treatment, about.outcome)
    return cells.line(
        counted, who=who, splits=(split,), event=event, parameters=about.columns + 1, uneven=odd
    )


def _code(series: pd.Series, rows: NDArray[np.intp]) -> str:
    """How the data write what these rows have in common."""
    return code_text(series.iloc[int(rows[0])])
