"""Which cells of persons a table of odds ratios can be taken apart into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula, Term
from ipseval.analysis.formula_design import Design
from ipseval.analysis.odds_sample import Sample
from ipseval.core.evidence import Evidence, Line
from ipseval.core.evidence_cells import Cells, Counted, is_coded
from ipseval.core.labels import code_text


@dataclass(frozen=True, eq=False)
class Rested:
    """A model that rows rest on: its terms, the rows of the frame it used, and its parameters."""

    terms: tuple[Term, ...]
    used: NDArray[np.bool_]
    needed: tuple[str, ...]
    parameters: int


def odds_evidence(
    formula: Formula,
    frame: pd.DataFrame,
    id: str | None,
    rows: Sequence[tuple[Mapping[str, Any], Rested]],
    events: Mapping[str, str],
) -> Evidence:
    """Tell of every row of the estimates the levels by outcome of its model.

    `events` gives, per outcome of the estimates, the code in the data that `n_events` counts.
    """
    cells = Cells(frame, id)
    models: list[Rested] = []
    for _, model in rows:
        if not any(model is each for each in models):
            models.append(model)
    lines: dict[tuple[int, str], Line] = {}
    made = []
    for row, model in rows:
        key = (next(at for at, each in enumerate(models) if each is model), row["outcome"])
        if key not in lines:
            code = events.get(row["outcome"])
            lines[key] = cells.line(
                Counted(np.flatnonzero(model.used), model.needed),
                splits=term_splits(formula.outcome, model.terms, frame),
                event=None if code is None else (formula.outcome, code),
                parameters=model.parameters,
            )
        made.append(lines[key])
    return cells.evidence(lines=made)


def one_model(formula: Formula, sample: Sample, design: Design, parts: int = 1) -> Rested:
    """The model of all terms on the complete rows; `parts` equations have their own coefficients."""
    needed = (formula.outcome, *formula.predictors)
    return Rested(formula.terms, sample.complete, needed, parts * sum(len(b.names) for b in design.blocks))


def event_codes(formula: Formula, frame: pd.DataFrame, outcome: NDArray[np.float64]) -> dict[str, str]:
    """The code in the data that the model calls the event."""
    with_event = np.flatnonzero(outcome == 1.0)
    if not len(with_event):
        return {}
    return {formula.outcome: code_text(frame[formula.outcome].iloc[int(with_event[0])])}


def term_splits(outcome: str, terms: Sequence[Term], frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Per term its levels by the outcome's codes; numbers split nobody apart."""
    found = [
        tuple(dict.fromkeys([*(c for c in term.columns if _listed(term, c) or is_coded(frame[c])), outcome]))
        for term in terms
    ]
    return list(dict.fromkeys(found)) or [(outcome,)]


def _listed(term: Term, column: str) -> bool:
    """Whether a term takes a column by its levels."""
    return any(f.column == column and f.transform == "C" for f in term.factors)
