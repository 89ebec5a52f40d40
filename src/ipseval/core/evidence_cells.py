"""The cells that numbers of a model or a comparison can be taken apart into, in the words of `describe`.

An odds ratio of a yes/no predictor with its n and events is a two-way table in other words.  So the rows of a
model tell which cells of persons they rest on, and a release judges them as it judges the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.evidence import (
    ANSWERED,
    MISSING,
    TOGETHER,
    Count,
    Evidence,
    Line,
    Sum,
    Where,
    population,
    where,
)
from ipseval.core.labels import code_text
from ipseval.core.people import People, coded_answers, people_of_codes

Positions = np.ndarray[Any, np.dtype[np.intp]]
Condition = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Counted:
    """The rows of a frame that a number counts, and why the others are not among them.

    Attributes
    ----------
    rows
        Positions in the frame.
    needed
        Columns that a person must have answered.
    chosen
        The persons were picked by more than their answers (matched, for instance).
    by
        A column such as the arm: how many of each code are left out may be told where how many did not
        answer may be.
    """

    rows: Positions
    needed: tuple[str, ...]
    chosen: bool = False
    by: str = ""


@dataclass(eq=False)
class Cells:
    """Gathers counts and sums while a verb tells what its rows rest on; a working value.

    `columns` are columns that the frame does not hold as they are counted, such as classes made of a score.
    """

    frame: pd.DataFrame
    id: str | None
    columns: Mapping[str, pd.Series] = field(default_factory=dict)
    counts: dict[Where, int] = field(default_factory=dict)
    sums: dict[Sum, None] = field(default_factory=dict)
    _coded: dict[str, tuple[Positions, list[str]]] = field(default_factory=dict)
    _tables: dict[tuple[Any, ...], dict[Where, int]] = field(default_factory=dict)
    _parts: dict[tuple[Any, ...], dict[Where, int]] = field(default_factory=dict)
    _marks: dict[tuple[Any, ...], Where] = field(default_factory=dict)
    _lacking: dict[str, None] = field(default_factory=dict)
    _needed: dict[str, None] = field(default_factory=dict)
    _chosen: dict[str, Positions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number the persons once."""
        self.persons: Positions | None = None
        if self.id is not None and self.frame[self.id].duplicated().any():
            self.persons = np.asarray(pd.factorize(self.frame[self.id])[0], dtype=np.intp)
        self.everybody = np.arange(len(self.frame), dtype=np.intp)
        self.counts[where()] = self._distinct(self.everybody)

    def line(
        self,
        counted: Counted,
        *,
        who: Sequence[Condition] = (),
        splits: Sequence[tuple[str, ...]] = ((),),
        event: Condition | None = None,
        **said: Any,
    ) -> Line:
        """Say what stands behind one row.

        `who` are conditions on those counted; each of `splits` lists columns that the number can split them
        by; `event` is the condition that `n_events` counts.  `said` are further fields of the `Line`.
        """
        self._needed |= dict.fromkeys(counted.needed)
        base = tuple(name for name, _ in who)
        conditions = where(*who)
        behind: dict[Where, int] = {}
        for split in splits:
            columns = tuple(dict.fromkeys((*base, *split)))
            cells = self._crossed(counted, columns)
            full = {w: n for w, n in cells.items() if len(_plain(w)) == len(columns)}
            behind |= {w: n for w, n in full.items() if conditions <= w}
        events = None
        if event is not None:
            found = self._crossed(counted, tuple(dict.fromkeys((*base, event[0]))))
            events = self._at(found, conditions | where(event))
        whole = self._at(self._crossed(counted, base), conditions)
        fewest = min(behind.values(), default=0) if any(splits) else None
        return Line(**({"fewest": fewest} | said), who=whole, events=events, behind=tuple(behind))

    def count(self, counted: Counted, columns: tuple[str, ...]) -> None:
        """Count what the columns split those counted into, though no number is made of it."""
        self._crossed(counted, columns)

    def evidence(self, by: str = "", lines: Iterable[Line] = ()) -> Evidence:
        """All that was told, with a line per row of the estimates."""
        return Evidence(
            population(self.frame, self.id),
            by,
            tuple(Count(w, n) for w, n in self.counts.items()),
            tuple(self.sums),
            tuple(lines),
            people=None if self.persons is not None else self._people(),
        )

    def _people(self) -> People | None:
        """The answers that were counted or needed, and who was chosen."""
        coded = dict(self._coded)
        coded |= {c: coded_answers(self._series(c)) for c in (self._needed | self._lacking) if c not in coded}
        for choice, rows in self._chosen.items():
            there = np.full(len(self.frame), -1, dtype=np.intp)
            there[rows] = 0
            coded[choice] = there, ["1"]
        ids = None if self.id is None else self.frame[self.id]
        return people_of_codes(len(self.frame), ids, coded)

    def _at(self, cells: Mapping[Where, int], conditions: Where) -> Where | None:
        return next((w for w in cells if _plain(w) == conditions), None)

    def _crossed(self, counted: Counted, columns: tuple[str, ...]) -> dict[Where, int]:
        """Count every combination of codes, and what sums to what; the same table is made once."""
        key = (*self._key(counted), columns)
        if key not in self._tables:
            self._tables[key] = self._made(counted, columns)
        return self._tables[key]

    def _key(self, counted: Counted) -> tuple[Any, ...]:
        whole = len(counted.rows) == len(self.frame)
        return (b"" if whole else counted.rows.tobytes(), counted.needed, counted.chosen, counted.by)

    def _made(self, counted: Counted, columns: tuple[str, ...]) -> dict[Where, int]:
        mark = self._mark(counted)
        found: dict[Where, Where] = {}
        cells: dict[Where, int] = {}
        for size in range(len(columns) + 1):
            for chosen in combinations(columns, size):
                inside = self._counts(chosen, counted.rows)
                outside = self._counts(chosen, self.everybody) if mark else inside
                # Where nobody of the cell is left out, it is the cell that everybody else speaks of.
                place = {w: w if outside[w] == n else w | mark for w, n in inside.items()}
                found |= place
                cells |= {place[w]: n for w, n in inside.items()}
                for w in (w for w in outside if place.get(w, w) != w) if self.persons is None else ():
                    self._left_out(w, outside[w], inside[w], mark, counted.by)
        self.counts |= cells
        if self.persons is None:
            self._add_up(found, columns)
        return cells

    def _left_out(self, whole: Where, n: int, counted: int, mark: Where, by: str) -> None:
        """Those of a cell who are not counted: what else they answered is theirs when they are few."""
        ((name, _),) = mark
        told = {column for column, _ in whole} <= {by}
        rest = whole | where((f"{name}{MISSING}", str(counted)) if told else (f"{name}:rest", "1"))
        self.counts |= {whole: n, rest: n - counted}
        self.sums[Sum(whole, (whole | mark, rest))] = None

    def _mark(self, counted: Counted) -> Where:
        """The condition of having been counted: the columns in which somebody lacks an answer."""
        key = self._key(counted)
        if key not in self._marks:
            self._marks[key] = self._new_mark(counted)
        return self._marks[key]

    def _new_mark(self, counted: Counted) -> Where:
        if len(counted.rows) == len(self.frame):
            return where()
        names = [c for c in counted.needed if self._series(c).isna().any()]
        self._lacking |= dict.fromkeys(names)
        if counted.chosen or not names:
            choice = f"chosen {hashlib.sha256(counted.rows.tobytes()).hexdigest()[:12]}"
            self._chosen[choice] = counted.rows
            names.append(choice)
        name = TOGETHER.join(sorted(set(names)))
        return where((name, ANSWERED))

    def _add_up(self, found: Mapping[Where, Where], columns: tuple[str, ...]) -> None:
        """Every combination is the sum of those with one more column."""
        parts: dict[tuple[Where, str], list[Where]] = {}
        for cell in found:
            for condition in cell:
                parts.setdefault((cell - {condition}, condition[0]), []).append(cell)
        for (total, _), inside in parts.items():
            self.sums[Sum(found[total], tuple(found[w] for w in inside))] = None

    def _counts(self, columns: tuple[str, ...], rows: Positions) -> dict[Where, int]:
        """Persons by combination of codes among some rows; combinations of nobody are left out."""
        key = (columns, rows.tobytes())
        if key not in self._parts:
            self._parts[key] = self._counted_anew(columns, rows)
        return self._parts[key]

    def _counted_anew(self, columns: tuple[str, ...], rows: Positions) -> dict[Where, int]:
        if not columns:
            return {where(): self._distinct(rows)}
        coded = [self._codes(c) for c in columns]
        sizes = [len(texts) for _, texts in coded]
        numbers = [codes[rows] for codes, _ in coded]
        there = np.logical_and.reduce([n >= 0 for n in numbers])
        spot = np.ravel_multi_index([n[there] for n in numbers], sizes)
        if self.persons is not None:
            pairs = np.unique(np.column_stack([spot, self.persons[rows][there]]), axis=0)
            spot = pairs[:, 0]
        whole = np.bincount(spot, minlength=1)
        spots = np.flatnonzero(whole)
        counts = whole[spots]
        found = {}
        for place, n in zip(spots.tolist(), counts.tolist(), strict=True):
            at = np.unravel_index(place, sizes)
            texts = [names[int(k)] for (_, names), k in zip(coded, at, strict=True)]
            found[where(*zip(columns, texts, strict=True))] = int(n)
        return found

    def _codes(self, column: str) -> tuple[Positions, list[str]]:
        if column not in self._coded:
            codes, values = pd.factorize(self._series(column))
            self._coded[column] = (np.asarray(codes, dtype=np.intp), [code_text(v) for v in values])
        return self._coded[column]

    def _series(self, column: str) -> pd.Series:
        return self.columns[column] if column in self.columns else self.frame[column]

    def _distinct(self, rows: Positions) -> int:
        return len(rows) if self.persons is None else len(np.unique(self.persons[rows]))


def _plain(place: Where) -> Where:
    """The conditions without that of having answered."""
    return frozenset((name, code) for name, code in place if code != ANSWERED)


def whole_column(frame: pd.DataFrame, rows: Positions, values: np.ndarray[Any, Any]) -> pd.Series:
    """What some rows of a frame have, as a column of the whole frame; the others have no answer."""
    found = np.full(len(frame), np.nan, dtype=object)
    found[rows] = values
    return pd.Series(found, index=frame.index)


def is_coded(column: pd.Series) -> bool:
    """Whether a column splits people into cells: words, categories, truth values, two different numbers."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return True
    return len(pd.unique(column.dropna())) <= 2
