"""Who stands behind a count of young people: a definition in a year is a column that splits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.evidence import Count, Evidence, Line, Sum, Where, where
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text

Flags = NDArray[np.bool_]
NO_GROUP = "in no group"


@dataclass(frozen=True, eq=False)
class Group:
    """People counted together: the words of the row, and the column and level that they share."""

    label: str
    column: str
    level: Any
    members: Flags


@dataclass(frozen=True, eq=False)
class Row:
    """One row of the result: definition, year, the people of the group, and who of them is NEET."""

    name: str
    year: int
    group: Group
    population: Flags
    flags: Flags

    @property
    def column(self) -> str:
        """The name of the definition in the year as a column."""
        return f"NEET by {self.name} in {self.year}"

    @property
    def place(self) -> tuple[tuple[str, str], ...]:
        """The condition of the group; an age is one at the definition's own reference."""
        if not self.group.column:
            return ()
        own = f" at {self.name} {self.year}" if self.group.column == "age" else ""
        return ((self.group.column + own, code_text(self.group.level)),)


def neet_evidence(people: pd.DataFrame, id: str, rows: Sequence[Row]) -> Evidence:
    """Tell the cells of every row; one definition inside another is a count of those between them."""
    frame = people.reset_index(drop=True)
    cells = Cells(frame, id, _columns(frame, rows))
    lines = []
    for row in rows:
        counted = Counted(np.flatnonzero(row.population), (row.column,))
        nobody = not (row.population & row.group.members).any()
        lines.append(Line() if nobody else cells.line(counted, who=row.place, event=(row.column, "1")))
    made = cells.evidence(lines=lines)
    counts, sums = _between(rows, lines)
    return Evidence(
        made.population, made.by, made.counts + counts, made.sums + sums, made.lines, people=made.people
    )


def _columns(frame: pd.DataFrame, rows: Sequence[Row]) -> dict[str, pd.Series]:
    """The definitions and the groups as columns: every person of a population is in one group."""
    found: dict[str, pd.Series] = {}
    for row in rows:
        found[row.column] = pd.Series(row.flags.astype(float)).where(pd.Series(row.population))
        for name, code in row.place:
            groups = found.setdefault(name, pd.Series(NO_GROUP, index=frame.index, dtype=object))
            groups[row.group.members] = code
    return found


def _between(rows: Sequence[Row], lines: Sequence[Line]) -> tuple[tuple[Count, ...], tuple[Sum, ...]]:
    counts: dict[Where, int] = {}
    sums: list[Sum] = []
    told = [(row, line.events) for row, line in zip(rows, lines, strict=True) if line.events is not None]
    for (wide, total), (narrow, part) in permutations(told, 2):
        a, b = wide.flags & wide.group.members, narrow.flags & narrow.group.members
        if wide.group.label == narrow.group.label and wide.name != narrow.name and not (b & ~a).any():
            between = total | where((f"not {narrow.column}", "1"))
            counts[between] = int((a & ~b).sum())
            sums.append(Sum(total, (part, between)))
    return tuple(Count(place, n) for place, n in counts.items()), tuple(sums)
