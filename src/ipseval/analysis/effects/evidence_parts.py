"""Whom the rows of an effect on counts, of costs, and by an instrument rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.evidence import Compared
from ipseval.core.evidence import Evidence, Line, Sum, spread
from ipseval.core.evidence_cells import Cells, Counted, is_coded
from ipseval.core.labels import code_text
from ipseval.core.result import Result

Array = NDArray[np.float64]
LEVELS = {"treated": 1.0, "control": 0.0}
AMOUNTS = ("mean_if_any", "part_share", "part_amount")


def count_evidence(about: Compared, result: Result) -> Evidence:
    """Tell of an effect on a count the arms by having any, and how the numbers of each arm are spread."""
    is_yes_no = bool(np.isin(about.y, (0.0, 1.0)).all())
    any_name = about.outcome if is_yes_no else f"{about.outcome}>0"
    own = _arm(about) | ({} if is_yes_no else {any_name: _whole(about, (about.y > 0).astype(float))})
    cells = Cells(about.frame, about.id, own)
    counted = Counted(about.rows, about.needed, about.chosen, about.treatment)

    def line(term: str, group: str) -> Line:
        arms = [LEVELS[group]] if group else [1.0, 0.0]
        numbers = [] if is_yes_no else [about.y[about.d == a] for a in arms]
        of: tuple[str, ...] = (about.outcome,)
        if term in AMOUNTS:
            numbers += [y[y > 0] for y in numbers]
            of = (any_name,) if term == "mean_if_any" else (about.outcome, any_name)
        if term == "share_any":
            numbers, of = [], (any_name,)
        return cells.line(
            counted, who=_who(about, group), splits=((about.treatment, any_name),), of=of,
            one_value=term.startswith("quantile"), uneven=about.uneven(*arms), **spread(numbers),
        )  # fmt: skip

    lines = _each(result.estimates, ("term", "group"), line)
    none = (any_name, "0")
    for place in [w for w in cells.counts if none in w and not is_yes_no]:
        # Who has none is counted by a table of the number, too.
        cells.sums[Sum(place, ((place - {none}) | {(about.outcome, "0")},))] = None
    return cells.evidence(lines=lines)


def iv_evidence(about: Compared, taking: str, took: Array, result: Result) -> Evidence:
    """Tell of an instrument who was offered, who took part, and with which outcome where it is yes or no."""
    cells = Cells(about.frame, about.id)
    counted = Counted(about.rows, about.needed, by=about.treatment)
    is_yes_no = bool(np.isin(about.y, (0.0, 1.0)).all())
    offered = [about.y[about.d == a] for a in (1.0, 0.0)]

    def line(term: str) -> Line:
        # The errors of the ratio tell how taking part and outcome go together, those of its parts do not.
        own = {"first_stage": (taking,), "reduced_form": (about.outcome,)}.get(term, (taking, about.outcome))
        split = (about.treatment, *(c for c in own if is_yes_no or c == taking))
        numbers = [] if is_yes_no or term == "first_stage" else offered
        return cells.line(
            counted, splits=(split,), of=(taking if term == "first_stage" else about.outcome,),
            parameters=about.columns, residual_df=float(len(took) - about.columns), **spread(numbers),
        )  # fmt: skip

    return cells.evidence(lines=_each(result.estimates, ("term",), line))


def cost_evidence(about: Compared, values: Array, names: Mapping[str, str], result: Result) -> Evidence:
    """Tell of costs and effect the arms, and how each column that a number is made of is spread.

    `values` has a column per cost and the effect last; `names` gives the column of costs of each side.
    """
    cells = Cells(about.frame, about.id, _arm(about))
    counted = Counted(about.rows, about.needed, about.chosen, about.treatment)
    places = {name: at for at, name in enumerate((*names.values(), about.outcome))}

    def line(outcome: str, group: str, term: str) -> Line:
        of: Sequence[str] = (names[group], about.outcome) if outcome != "effect" else (about.outcome,)
        of = (names[group],) if outcome == "cost" else of
        arm = {"mean_treated": "treated", "mean_control": "control"}.get(term, "")
        arms = [LEVELS[arm]] if arm else [1.0, 0.0]
        coded = [c for c in of if is_coded(about.frame[c].iloc[about.rows])]
        plain = [values[:, places[c]] for c in of if c not in coded]
        return cells.line(
            counted, who=_who(about, arm), splits=((about.treatment, *coded),), of=tuple(of),
            parameters=about.columns + 1, residual_df=float(len(about.d) - 2 * (about.columns + 1)),
            uneven=about.uneven(*arms), **spread([y[about.d == a] for y in plain for a in arms]),
        )  # fmt: skip

    return cells.evidence(lines=_each(result.estimates, ("outcome", "group", "term"), line))


def _each(rows: pd.DataFrame, names: tuple[str, ...], line: Callable[..., Line]) -> list[Line]:
    """A line per row; rows that say the same have the same."""
    made: dict[tuple[str, ...], Line] = {}
    keys = list(rows[list(names)].itertuples(index=False, name=None))
    for key in keys:
        if key not in made:
            made[key] = line(*key)
    return [made[key] for key in keys]


def _who(about: Compared, arm: str) -> list[tuple[str, str]]:
    if not arm:
        return []
    there = about.rows[about.d == LEVELS[arm]]
    series = about.frame[about.treatment] if about.arm is None else about.arm
    return [(about.treatment, code_text(series.iloc[int(there[0])]))]


def _arm(about: Compared) -> dict[str, pd.Series]:
    return {} if about.arm is None else {about.treatment: about.arm}


def _whole(about: Compared, values: Array) -> pd.Series:
    """The values of those compared as a column of the whole frame."""
    found = np.full(len(about.frame), np.nan)
    found[about.rows] = values
    return pd.Series(found, index=about.frame.index)


def arm_column(frame: pd.DataFrame, rows: NDArray[np.intp], d: Array, treatment: str) -> pd.Series | None:
    """The arms of a design as a column of the frame that its outcome is in; None where it has one."""
    if treatment in frame.columns:
        return None
    found = np.full(len(frame), np.nan)
    found[rows] = d
    return pd.Series(found, index=frame.index)
