"""An attacker who has the released CSV files and the questionnaire, and nothing else.

He writes every number shown as an equation about people by sex, area, answer and base, and asks, in whole
people, what each number that is not shown could be.  He shares neither code nor equations with the release.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp


@dataclass
class Attack:
    """What was read: one column per kind of person, one row per equation."""

    codes: Mapping[str, Sequence[str]]
    layers: int
    most: int = 2000
    width: int = 0
    """With rounded files: the truth lies less than this from what is shown."""
    made: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """Columns made of another, as the report describes them: its name, and the new code of each of its codes."""
    rows: list[np.ndarray] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    hidden: dict[str, np.ndarray] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = [*self.codes, "layer"]
        kinds = product(*self.codes.values(), range(self.layers))
        self.kinds = [dict(zip(names, kind, strict=True)) for kind in kinds]

    def who(self, base: str, **conditions: str) -> np.ndarray:
        """Which kinds of people meet the conditions."""
        hits = [
            float(kind["layer"] <= int(base) and all(self.code(kind, k) == v for k, v in conditions.items()))
            for kind in self.kinds
        ]
        return np.array(hits)

    def code(self, kind: Mapping[str, str], column: str) -> str:
        """The code of a kind of person in a column, or in one made of it."""
        if column not in self.made:
            return kind[column]
        of, new = self.made[column]
        return new[kind[of]]

    def read(self, folder: Path, release: str = "") -> None:
        """Take in every CSV of a folder."""
        for path in sorted(folder.glob("*.csv")):
            parts = path.stem.split("__")
            base, by, columns = parts[0], parts[-2].replace("all", ""), parts[1:-2]
            with path.open(encoding="utf-8-sig", newline="") as stream:
                for line in csv.DictReader(stream):
                    if line.get("Outcome") in columns:
                        self._line(line, base, by, release)

    def _line(self, line: Mapping[str, str], base: str, by: str, release: str) -> None:
        group = {by: line["Group"]} if by else {}
        whole = self.who(base, **group)
        outcome = line["Outcome"]
        self._known(whole, line["n"], f"{base}|{sorted(group.items())}")
        n = number(line["n"])
        if line["What"] == "share":
            part = self.who(base, **group, **{outcome: line["Term"]})
            where = f"{base}|{sorted({**group, outcome: line['Term']}.items())}"
            self._known(part, line["Count"], where)
            others = [number(line[c]) for c in ("Value", "Standard error", "CI from", "CI to")]
            if (line["Count"] in ("", "–") or n is None) and any(o is not None for o in others):
                self.told.append(where)
        elif not self.width and line["What"] == "mean" and (mean := number(line["Value"])) is not None:
            codes = np.array([float(self.code(kind, outcome)) for kind in self.kinds])
            if n is None:
                self.told.append(f"mean of {base}|{group}")
            else:
                self._equation(whole * codes, mean * n, 0.01)

    def _known(self, people: np.ndarray, text: str, where: str) -> None:
        value = number(text)
        if value is None or self.width:
            self.hidden[where] = people
        if value is None:
            self._equation(people, None, 0.0)
        elif self.width:
            self._equation(people, value, self.width - 1.0)
        else:
            self._equation(people, value, 0.0)

    def _equation(self, people: np.ndarray, value: float | None, slack: float) -> None:
        self.rows.append(people)
        # A zero is never hidden, and the attacker knows it.
        self.low.append(1.0 if value is None else value - slack)
        self.high.append(np.inf if value is None else value + slack)

    def range(self, people: np.ndarray) -> tuple[int, int]:
        """The least and the most whole people that fit everything read."""
        ends = []
        for sign in (1.0, -1.0):
            found = milp(
                sign * people,
                constraints=[LinearConstraint(np.array(self.rows), self.low, self.high)],
                bounds=Bounds(0, self.most),
                integrality=np.ones(len(people)),
            )
            assert found.x is not None, "the files contradict one another"
            ends.append(round(float(people @ found.x)))
        return ends[0], ends[1]

    def shown(self) -> int:
        """How many distinct counts stand in the clear."""
        return len(
            {
                row.tobytes()
                for row, low, high in zip(self.rows, self.low, self.high, strict=True)
                if low == high
            }
        )

    def all_counts(self) -> int:
        """How many distinct counts there are, shown or not."""
        return len(
            {
                row.tobytes()
                for row, low, high in zip(self.rows, self.low, self.high, strict=True)
                if low == high or high == np.inf
            }
        )


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def recovered(attack: Attack, truth: np.ndarray, k: int) -> list[str]:
    """Small counts that the attacker can name: those hidden, and differences between bases.

    `truth` has the people per kind; only the judge of the attack knows it.
    """
    found = list(attack.told)
    targets = dict(attack.hidden)
    for layer in range(1, attack.layers):
        for inner in range(layer):
            more = attack.who(str(layer)) - attack.who(str(inner))
            for name, codes in attack.codes.items():
                for code in codes:
                    inside = np.array([float(kind[name] == code) for kind in attack.kinds])
                    targets[f"in {layer} not in {inner}: {name}={code}"] = more * inside
    for where, people in targets.items():
        if 0 < round(float(people @ truth)) < k:
            low, high = attack.range(people)
            if low == high:
                found.append(where)
    return found
