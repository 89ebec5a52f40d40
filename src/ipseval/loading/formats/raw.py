"""What every reader of a format hands on, before missing answers are told apart from answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ipseval.loading.codebook import AnswerSet, Variable
from ipseval.loading.survey import Problem


@dataclass(frozen=True)
class Cells:
    """A table as it stands in a text file or a sheet: names and cells, nothing decided yet.

    `columns` holds one list per name; a cell is text, a number, a date, a truth value or None.
    """

    names: tuple[str, ...]
    columns: tuple[list[object], ...]
    encoding: str = ""
    delimiter: str = ""
    note: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True)
class Raw:
    """Typed columns, with codes for missing answers still in place.

    `frame` holds numbers, text or dates; a column that mixes numbers with text codes for missing
    answers (".a", "Ved ikke") is of dtype object, and its variable's `missing` lists those codes.
    `variables` has one entry per column, in file order.
    """

    frame: pd.DataFrame
    variables: Mapping[str, Variable]
    format: str
    encoding: str
    sets: Mapping[str, AnswerSet] = field(default_factory=dict)
    note: str = ""
    problems: tuple[Problem, ...] = ()
