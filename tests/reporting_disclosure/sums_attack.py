"""An outsider with a pencil: every mean and average that was written is a sum over persons.

He knows how averages around quantiles are made, and who is in which group; he does not know the values.  What
a combination of the sums says of few persons he has told.
"""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.linalg import null_space

AT = {"min": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "max": 1.0}


class Pencil:
    """Gathers the sums of one number over persons of a frame with an `id`."""

    def __init__(self, frame: pd.DataFrame, column: str) -> None:
        self.values = frame.set_index("id")[column].sort_values()
        self.column = column
        self.sums: list[np.ndarray] = []
        self.totals: list[float] = []
        self.of: list[tuple[object, ...]] = []
        self.is_mean: list[bool] = []

    def read(self, path: Path, people: pd.DataFrame, by: str, averaged_over: int) -> None:
        """Take in a table of numbers of some people, by a column or "" for none."""
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["line"] == "row" and row["Value"]]
        for row in rows:
            inside = people if not by else people[people[by] == row["Group"]]
            mine = self.values.index[self.values.index.isin(inside["id"])].to_numpy()
            if row["Outcome"] != self.column or row["Term"] not in ("mean", *AT):
                continue
            if row["Term"] != "mean":
                start = round(AT[row["Term"]] * (len(mine) - 1) - (averaged_over - 1) / 2)
                start = min(max(start, 0), len(mine) - averaged_over)
                mine = mine[start : start + averaged_over]
            self.of.append((by, row["Group"] if by else "", len(people)))
            self.is_mean.append(row["Term"] == "mean")
            self.sums.append(self.values.index.isin(mine).astype(float))
            self.totals.append(float(row["Value"]) * len(mine))

    def holds(self) -> bool:
        """Say whether the sums are what the outsider takes them for."""
        return np.allclose(np.array(self.sums) @ self.values.to_numpy(), self.totals)

    def told(self, least: int) -> list[list[int]]:
        """Sets of fewer persons than `least` of whom a combination of sums, and nobody else, is made.

        Which persons of a group are the largest of all he cannot know: sums over ranks of one group go
        together with its mean, and means with means.
        """
        ways = [[of == group for of in self.of] for group in dict.fromkeys(self.of)]
        together = [np.array(self.sums)[way] for way in (*ways, self.is_mean) if any(way)]
        return [few for sums in together for few in _few(sums, least)]


def _few(sums: np.ndarray, least: int) -> list[list[int]]:
    alike, place = np.unique(sums, axis=1, return_inverse=True)
    sizes = np.bincount(place.ravel())
    rank = np.linalg.matrix_rank(alike)
    small = np.flatnonzero(sizes < least)
    found = []
    for few in (c for many in range(1, least) for c in combinations(small.tolist(), many)):
        if sizes[list(few)].sum() < least:
            others = np.delete(alike, few, axis=1)
            if np.linalg.matrix_rank(others) < rank and _a_sum(alike, others):
                found.append(list(few))
    return found


def _a_sum(alike: np.ndarray, others: np.ndarray) -> bool:
    """Whether what is left over the few adds them up; one person's value less another's is nobody's."""
    nothing = null_space(others.T)
    left = nothing.T @ alike
    return len(left) > 1 or bool((left > -1e-9).all() or (left < 1e-9).all())
