"""Whom measures of predicted risks rest on: those with and without the event, by risk where few differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula
from ipseval.analysis.odds_evidence import term_splits
from ipseval.core.evidence import Evidence, spread
from ipseval.core.evidence_cells import Cells, Counted, whole_column
from ipseval.core.labels import code_text

Array = NDArray[np.float64]
FEW_RISKS = 12
"""Of no more different risks than these the measures are made of a table of risk by outcome."""


@dataclass(frozen=True, eq=False)
class _Judged:
    """Persons whose risks are judged: places in the frame, whether they had the event, and the risks."""

    rows: NDArray[np.intp]
    y: Array
    risk: Array
    outcome: str
    needed: tuple[str, ...]
    parameters: int


def model_evidence(
    formula: Formula, frame: pd.DataFrame, complete: NDArray[np.bool_], y: Array, risk: Array | None, n: int
) -> Evidence | None:
    """The cells of a table of odds ratios of the same model, and the risks that it gives, for `n` rows."""
    if risk is None:
        return None
    needed = (formula.outcome, *formula.predictors)
    judged = _Judged(np.flatnonzero(complete), y, risk, formula.outcome, needed, 1 + len(formula.terms))
    return _evidence(frame, judged, term_splits(formula.outcome, formula.terms, frame), n)


def outside_evidence(
    frame: pd.DataFrame, complete: NDArray[np.bool_], y: Array, risk: Array, columns: tuple[str, str], n: int
) -> Evidence:
    """The same of risks that came from elsewhere; `columns` are those of outcome and risk."""
    judged = _Judged(np.flatnonzero(complete), y, risk, columns[0], columns, 2)
    return _evidence(frame, judged, (), n)


def _evidence(
    frame: pd.DataFrame, judged: _Judged, splits: Sequence[tuple[str, ...]], n_rows: int
) -> Evidence:
    """Tell of every measure the cells of risk, and of `splits`, by outcome, and how the risks are spread."""
    name = f"risk {'+'.join(judged.needed)}"
    # Risks that differ in what a computer leaves over are the same risk.
    alike = np.array([f"{risk:.9g}" for risk in judged.risk])
    own = {name: whole_column(frame, judged.rows, alike)}
    cells = Cells(frame, None, own)
    few = len(np.unique(alike)) <= FEW_RISKS
    behind = [*splits, (name, judged.outcome) if few else (judged.outcome,)]
    with_event = judged.rows[judged.y == 1.0]
    event = (
        (judged.outcome, code_text(frame[judged.outcome].iloc[int(with_event[0])]))
        if len(with_event)
        else None
    )
    numbers = [] if few else [judged.risk[judged.y == each] for each in (1.0, 0.0)]
    line = cells.line(
        Counted(judged.rows, judged.needed), splits=behind, event=event, parameters=judged.parameters,
        residual_df=float(len(judged.y) - judged.parameters), of=(judged.outcome,), **spread(numbers),
    )  # fmt: skip
    return cells.evidence(lines=[line] * n_rows)
