"""Rows of an attrition analysis as they are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.result import Note

Row = dict[str, Any]


@dataclass
class Work:
    """Rows and notes as they are made; it never leaves the analysis."""

    there: pd.Series
    level: float
    seed: int
    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, row: Row, note: str = "", status: str = "refused") -> None:
        """Add a row; a note's code refuses it, or flags it when `status` says so."""
        if note:
            self.notes.append(Note(note, row=len(self.rows), values={"outcome": row["outcome"]}))
            row = {**row, "status": status}
        self.rows.append(row)

    def add_smd(self, row: Row, difference: float, variance: float) -> None:
        """Add a standardised difference, or its refusal when two groups are constant and apart."""
        if variance > 0:
            self.add(row | {"estimate": difference / float(np.sqrt(variance))})
        elif difference == 0:
            self.add(row | {"estimate": 0.0})
        else:
            self.add(row, "no_spread_in_either_group")
