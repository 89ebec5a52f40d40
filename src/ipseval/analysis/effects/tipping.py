"""What people without an outcome would have to be like for the verdict to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.comparison import (
    Comparison,
    attainable_of,
    comparison_of,
    fields,
    gap,
    judged,
)
from ipseval.analysis.effects.design import Design
from ipseval.analysis.kernels.cluster import Contrast
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
REFERENCES = ("https://doi.org/10.1002/sim.6128", "https://doi.org/10.1177/1740774513484142")
STEPS = 11
WIDEST = 3.0
"""Scale outcomes: departures are tried up to so many standard deviations."""


def tipping_point(
    source: pd.DataFrame | Design,
    *,
    outcome: str,
    treatment: str | None = None,
    cluster: str | None = None,
    question: str = "taking_part",
    data: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Say how different people with an unknown outcome must be before the effect is gone.

    Parameters
    ----------
    source
        A frame, or a design (then `data` and `id` join the outcome); everybody of it is kept.
    outcome
        A number or 0/1, missing where unknown.
    treatment, cluster, question, data, id
        As for `ips.effect`.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        `like_the_known`: the unknown of each arm have the mean of its known.  For 0/1 outcomes `worst_case`
        and `best_case` (all unknown treated 0 and controls 1, and the reverse).  `tipping_zero` and
        `tipping_unclear`: by how much the unknown treated must fall short of (or exceed) the known treated
        for the effect to be 0, or no longer told from 0: percentage points as a share for 0/1 outcomes,
        else the outcome's unit; a row is refused where no departure does it.
        Extras: `grid` (unknown treated by unknown controls, each cell with estimate, limits and p).

    Raises
    ------
    EstimationError
        Unknown columns, an outcome known for everybody, or for nobody of an arm.

    Notes
    -----
    Assumptions: the mean of the unknown is what the cell says; being a premise, it adds no error of its own.
    Missing data: that is the subject.  Difference of (weighted) means only, with HC2 or CR2.
    Checked against: tests/analysis_effects/test_tipping.py (the filled-in data analysed by `ips.effect`).
    References: Liublinska and Rubin 2014, https://doi.org/10.1002/sim.6128; White and others 2012,
    https://doi.org/10.1177/1740774513484142.
    """
    require_level(level)
    require_option(question, gate.QUESTIONS, argument="question")
    c = comparison_of(
        source, outcome=outcome, treatment=treatment, cluster=cluster, data=data, id=id, unknown=True
    )
    sets = _unknown(c, outcome)
    middle = sets.at(*sets.known)
    verdict, said = judged(c, middle, question, level)
    cells = [("like_the_known", middle)]
    if sets.binary:
        cells += [("worst_case", sets.at(0.0, 1.0)), ("best_case", sets.at(1.0, 0.0))]
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    for term, found in cells:
        row: dict[str, Any] = {"term": term, "contrast": "treated - control", "n": c.count()}
        row["scale"] = "risk_difference" if sets.binary else "difference"
        if verdict.chosen:
            row |= fields(found.estimate, found, level)
        else:
            row["status"] = "refused"
            notes.append(Note(verdict.reason, row=len(rows), values=said))
        rows.append(row)
    for term, worth in sets.turns(level).items():
        found_at = _tip(worth, middle.estimate, sets.reach) if verdict.chosen else None
        row = {"term": term, "scale": "departure", "estimate": found_at, "n": sets.count(1.0)}
        if found_at is None:
            row["status"] = "refused"
            code = "tipping_none" if verdict.chosen else verdict.reason
            notes.append(Note(code, row=len(rows), values=said))
        rows.append(row)
    for row in rows:
        row |= {"outcome": outcome, "estimand": c.estimand}
    notes.append(Note("tipping_unknown", values={"treated": sets.count(1.0), "control": sets.count(0.0)}))
    if verdict.chosen:
        notes.append(Note(verdict.reason, values=said | {"procedure": verdict.chosen}))
    return Result(
        kind="tipping_point",
        estimates=estimates_frame(rows),
        sample=c.sample,
        method=Method(
            "sensitivity_tipping", c.population, f"interval_{verdict.chosen}" if verdict.chosen else "",
            level, f"test_{verdict.chosen}" if verdict.chosen else "", "tipping_missing", None, REFERENCES,
        ),
        base=Base("in_frame", c.total),
        notes=(*c.notes, *notes, Note(f"question_{question}")),
        extras={
            "grid": _grid(sets, level if verdict.chosen else None),
            "attainable": attainable_of(c, middle, question, level),
        },
        source=Source.of(frame=c.frame),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Unknown:
    """A comparison in which some outcomes are unknown; `known` are the means of the known, treated first."""

    c: Comparison
    lost: NDArray[np.bool_]
    known: tuple[float, float]
    spread: float
    binary: bool

    def at(self, treated: float, control: float) -> Contrast:
        """Estimate the effect where the unknown of the arms have these means."""
        filled = np.where(self.c.d == 1.0, treated, control)
        return gap(self.c, np.where(self.lost, filled, self.c.y))

    def count(self, arm: float) -> int:
        """Count the unknown of an arm."""
        return int((self.lost & (self.c.d == arm)).sum())

    @property
    def reach(self) -> tuple[float, float]:
        """How far below and above the known treated the unknown ones may be."""
        if self.binary:
            return self.known[0], 1.0 - self.known[0]
        return WIDEST * self.spread, WIDEST * self.spread

    def turns(self, level: float) -> dict[str, Callable[[float], float]]:
        """Name what must lose its sign: the effect, or the limit on the side of 0."""
        one, other = self.known
        end = "ci_low" if self.at(one, other).estimate > 0 else "ci_high"
        return {
            "tipping_zero": lambda shift: self.at(one + shift, other).estimate,
            "tipping_unclear": lambda shift: _limit(self.at(one + shift, other), level, end),
        }


def _unknown(c: Comparison, outcome: str) -> Unknown:
    lost = np.isnan(c.y)
    if not lost.any():
        raise EstimationError(f"outcome={outcome!r} is known for everybody compared; nothing can tip.")
    means = []
    for arm, word in ((1.0, "treated"), (0.0, "control")):
        own = ~lost & (c.d == arm)
        if not own.any():
            raise EstimationError(f"outcome={outcome!r} is known for no {word} row; nothing can be told.")
        means.append(float(np.average(c.y[own], weights=c.weights[own])))
    seen = c.y[~lost]
    return Unknown(c, lost, (means[0], means[1]), float(np.std(seen)), set(np.unique(seen)) <= {0.0, 1.0})


def _limit(found: Contrast, level: float, end: str) -> float:
    """Return one end of the interval, however far the departure has moved the estimate."""
    return float(fields(found.estimate, found, level).get(end, found.estimate))


def _tip(worth: Callable[[float], float], estimate: float, reach: tuple[float, float]) -> float | None:
    """Find the smallest departure of the treated at which `worth` loses the estimate's sign."""
    sign = 1.0 if estimate > 0 else -1.0
    if sign * worth(0.0) <= 0.0:
        return 0.0
    end = -reach[0] if sign > 0 else reach[1]
    if sign * worth(end) > 0.0:
        return None
    low, high = 0.0, end
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if sign * worth(middle) > 0.0 else (low, middle)
    return high


def _grid(sets: Unknown, level: float | None) -> pd.DataFrame:
    if sets.binary:
        axes = (np.linspace(0.0, 1.0, STEPS), np.linspace(0.0, 1.0, STEPS))
    else:
        steps = np.linspace(-1.0, 1.0, STEPS) * sets.spread
        axes = (sets.known[0] + steps, sets.known[1] + steps)
    rows = []
    for treated in axes[0].tolist():
        for control in axes[1].tolist():
            found = sets.at(treated, control)
            one = {} if level is None else fields(found.estimate, found, level)
            told = (one.get(k, np.nan) for k in ("estimate", "ci_low", "ci_high", "p_value"))
            rows.append((treated, control, *told))
    names = ["unknown_treated", "unknown_control", "estimate", "ci_low", "ci_high", "p_value"]
    return pd.DataFrame(rows, columns=names)
