"""A survey in hand: data, reasons for missing answers, codebook and the report of what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from ipseval.loading.codebook import Codebook


@dataclass(frozen=True)
class Problem:
    """Something found in a file: which column, which rule, how many rows, what to do.

    `level` is "error" or "warning"; `message` is one sentence without any person's value.
    """

    level: str
    column: str
    rule: str
    n_rows: int
    message: str


@dataclass(frozen=True)
class ReadReport:
    """What was read: file name (no folder), format, encoding, rows, columns, and what was found."""

    file: str
    format: str
    encoding: str
    n_rows: int
    n_columns: int
    problems: tuple[Problem, ...] = ()
    note: str = ""
    """The file's own label or notes, such as that its persons are invented."""


@dataclass(frozen=True, eq=False)
class Survey:
    """Data with their meaning.

    `data` has one row per answer form.  Codes stay codes (numbers: Int64 or float64; text: str;
    dates: datetime64); whatever is missing is NA there, and `reasons` (same index and columns, text)
    says why, NA where there is an answer.  The repr shows the shape only.
    """

    data: pd.DataFrame
    reasons: pd.DataFrame
    codebook: Codebook
    report: ReadReport
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Show the shape, never a row."""
        return f"<Survey {self.report.file}: {len(self.data)} rows, {self.data.shape[1]} columns>"

    def rename(self, names: Mapping[str, str]) -> Survey:
        """Give columns new names in data, reasons and codebook at once."""
        return replace(
            self,
            data=self.data.rename(columns=dict(names)),
            reasons=self.reasons.rename(columns=dict(names)),
            codebook=self.codebook.rename(names),
        )

    def subset(self, columns: Sequence[str]) -> Survey:
        """Keep the named columns in data, reasons and codebook at once."""
        names = list(columns)
        return replace(
            self, data=self.data[names], reasons=self.reasons[names], codebook=self.codebook.subset(names)
        )
