"""What each kind of file of a mixed bundle tells an attacker: every number is turned back into people."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from reporting_disclosure import puzzles
from reporting_disclosure.attacker import Attack, number
from reporting_disclosure.mixed import CODES, LONGEST, NORM, RECOVERY
from reporting_disclosure.mixed_newer import NEWER, kind_of
from reporting_disclosure.puzzles import Puzzle, TwoSides, possible

Lines = Sequence[Mapping[str, str]]
RATIOS = {"odds_ratio": puzzles.odds, "risk_ratio": puzzles.risk, "risk_difference": puzzles.gap}


@dataclass
class MixedAttack(Attack):
    """Reads every kind of file of a mixed bundle into equations about people, and puzzles."""

    puzzles: list[Puzzle | TwoSides] = field(default_factory=list)
    left: dict[str, tuple[float, list[np.ndarray]]] = field(default_factory=dict)
    """How many are left out of a number, and the counts from which what they answered can be told."""

    def read(self, folder: Path, release: str = "") -> None:
        for path in sorted(folder.glob("*.csv")):
            kind, _, rest = path.stem.partition("__")
            with path.open(encoding="utf-8-sig", newline="") as stream:
                lines = [line for line in csv.DictReader(stream) if line["line"] == "row"]
            if kind in NEWER:
                NEWER[kind](self, lines, rest)
            else:
                getattr(self, f"_{kind}")(lines, rest)

    def _counts(self, lines: Lines, named: str) -> None:
        column, by = named.split("__")
        for line in lines:
            self._line({**line, "Outcome": column}, "0", "" if by == "all" else by, "")

    def _bands(self, lines: Lines, by: str) -> None:
        for line in lines:
            column = {"before": "first", "after": "last"}.get(line["What"].split(",")[-1].strip())
            if column is None:
                continue
            group = {by: line["Group"]}
            self._known(self.who("0", **group), line["n"], f"n {group}")
            self._known(
                self.who("0", **group, **{column: line["Term"]}),
                line["Count"],
                f"{column} {group} {line['Term']}",
            )

    def _effect(self, lines: Lines, by: str) -> None:
        for line in lines:
            arm = {"mean_treated": "1", "mean_control": "0"}.get(line["Term"])
            conditions = {} if arm is None else {by: arm}
            self._known(self.who("0", **conditions), line["n"], f"n {conditions}")
            if arm is None:
                self._known(self.who("0", job="1"), line["Count"], "job")
            else:
                self._share(
                    self.who("0", **conditions),
                    self.who("0", job="1", **conditions),
                    line,
                    f"job {conditions}",
                )
        self._ratios(lines, by)

    def _costs(self, lines: Lines, by: str) -> None:
        own = [line for line in lines if line["Outcome"] == "effect"]
        arms = {line["Term"]: line for line in own if line["Term"] != "difference"}
        self._arms({"1": arms["mean_treated"], "0": arms["mean_control"]}, by)
        self._gap(
            list(arms.values()), [line for line in lines if line["Outcome"] != "cost" and line["Contrast"]]
        )

    def _amount(self, lines: Lines, by: str) -> None:
        for term in ("share_any", "mean_all"):
            arms = {line["Group"]: line for line in lines if line["Term"] == term and line["Group"]}
            self._arms({"1": arms["treated"], "0": arms["control"]}, by)
            self._gap(list(arms.values()), [line for line in lines if not line["Group"]])

    def _arms(self, lines: Mapping[str, Mapping[str, str]], by: str) -> None:
        """A mean of yes and no in an arm is a share."""
        for arm, line in lines.items():
            whole = {by: arm}
            self._known(self.who("0", **whole), line["n"], f"n {whole}")
            self._share(self.who("0", **whole), self.who("0", job="1", **whole), line, f"job {whole}")

    def _gap(self, arms: Lines, made: Lines) -> None:
        """What is made of both means tells one that is hidden."""
        if any(number(line["Value"]) is None for line in arms):
            self.told += [line["Term"] for line in made if number(line["Value"]) is not None]

    def _curve(self, lines: Lines, by: str) -> None:
        for line in lines:
            if line["Term"] == "incidence" and float(line["Contrast"]) == LONGEST:
                conditions = {by: line["Group"]}
                self._known(self.who("0", **conditions), line["n"], f"n {conditions}")
                self._share(
                    self.who("0", **conditions),
                    self.who("0", job="1", **conditions),
                    line,
                    f"job {conditions}",
                )

    def _movement(self, lines: Lines, _: str) -> None:
        for line in lines:
            if line["Contrast"]:
                whole = self.who("0", first=line["Group"])
                part = self.who("0", first=line["Group"], last=line["Contrast"])
            else:
                whole = self.who("0")
                part = sum(self.who("0", first=c, last=c) for c in CODES["first"])
            where = f"moved {line['Group']} {line['Contrast']}"
            self._known(whole, line["n"], f"n of {where}")
            self._known(part, line["Count"], where)
            self._share(whole, part, line, where)

    def _recovery(self, lines: Lines, _: str) -> None:
        for line in lines:
            of, who = RECOVERY[line["Term"]]
            self._known(self.who("0", **of), line["n"], f"n of {line['Term']}")
            self._known(self.who("0", **who), line["Count"], line["Term"])
            self._share(self.who("0", **of), self.who("0", **who), line, line["Term"])

    def _norm(self, lines: Lines, by: str) -> None:
        """A difference from a known mean, in points or in standard deviations, is the mean."""
        for line in lines:
            whole = {} if by == "all" else {by: line["Group"]}
            self._known(self.who("0", **whole), line["n"], f"n {whole}")
            value = number(line["Value"])
            kind = kind_of(line)
            if value is not None and kind != "mean":
                value = NORM.mean + value * (NORM.sd if kind.startswith("standardised") else 1.0)
            told = {**line, "Value": "" if value is None else repr(value)}
            self._share(self.who("0", **whole), self.who("0", job="1", **whole), told, f"job {whole}")

    def _odds(self, lines: Lines, by: str) -> None:
        for line in lines:
            self._known(self.who("0"), line["n"], "everybody")
            self._known(self.who("0", job="1"), line["Count"], "job")
        self._ratios(lines, by)

    def _share(self, whole: np.ndarray, part: np.ndarray, line: Mapping[str, str], where: str) -> None:
        """A share to the printed digits with its n is a count."""
        n, share = number(line["n"]), number(line["Value"])
        self.hidden[where] = part
        if share is not None and n is not None:
            self._equation(part, float(round(share * n)), 0.0)
        elif share is not None:
            self.told.append(where)

    def _ratios(self, lines: Lines, by: str) -> None:
        """Of all two-way tables that have these ratios to the printed digits, what they have in common."""
        shown = [line for line in lines if number(line["Value"]) not in (None, 1.0)]
        kinds = [(RATIOS[k], float(line["Value"])) for line in shown for k in RATIOS if kind_of(line) == k]
        totals = [(number(line["n"]), number(line["Count"])) for line in shown]
        totals = [t for t in totals if None not in t]
        if not kinds or not totals:
            return
        (n, events), (first, second) = totals[0], CODES[by]

        def make(size: np.ndarray, hits: np.ndarray) -> list[np.ndarray]:
            table = (hits, size - hits, events - hits, n - size - events + hits)
            return [possible(ratio(*table), *table) for ratio, _ in kinds]

        who = [self.who("0", **{by: second}), self.who("0", **{by: second, "job": "1"})]
        self.puzzles.append(Puzzle(who, make, [value for _, value in kinds]))
        self.hidden[f"{by}={first}, job=1"] = self.who("0", **{by: first, "job": "1"})

    def settle(self) -> None:
        """Solve every puzzle with what the others told, until nothing more follows."""
        while any(puzzle.tighten(self) for puzzle in self.puzzles):
            pass

    def _between(self, people: np.ndarray, low: float, high: float) -> None:
        self.rows.append(people)
        self.low.append(low - 1e-6)
        self.high.append(high + 1e-6)

    def told_of_few(self, k: int) -> list[str]:
        """Numbers of nearly the same people, where those left out are few and all else is known."""
        return [
            name
            for name, (few, who) in self.left.items()
            if few < k and all(low == high for low, high in map(self.range, who))
        ]
