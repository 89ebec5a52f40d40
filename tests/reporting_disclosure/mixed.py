"""Bundles of several verbs on the same people, and what each tells an attacker who reads the files.

A table, odds ratios, an effect, bands before and after and a curve of the same few persons: each is another way
to say who there is by sex, arm, job and band.  The attacker turns every number back into people.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.instruments import Norm
from reporting_disclosure.attacker import Attack

CODES = {"sex": ("f", "m"), "arm": ("0", "1"), "job": ("0", "1"), "first": ("hi", "lo"), "last": ("hi", "lo")}
LONGEST = 52


@dataclass(frozen=True)
class Mixed:
    """People and the threshold, and which verbs speak of them in which release."""

    k: int
    people: pd.DataFrame
    releases: tuple[tuple[str, ...], ...]


def mixed(seed: int) -> Mixed:
    """Draw people of whom some cells are small, and three to five verbs in one or two releases."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(50, 130))
    people = pd.DataFrame(
        {
            "id": np.arange(n),
            "sex": rng.choice(CODES["sex"], n, p=[0.75, 0.25]),
            "arm": rng.permutation(np.arange(n) % 2),
            "job": (rng.random(n) < rng.uniform(0.08, 0.5)).astype(int),
            "first": rng.choice(CODES["first"], n, p=[0.6, 0.4]),
            "last": rng.choice(CODES["last"], n, p=[0.85, 0.15]),
        }
    )
    # Nobody is lost to follow-up, so that a curve at the end is a share: the most that it can tell.
    people["weeks"] = np.where(people["job"] == 1, rng.integers(1, LONGEST, n), LONGEST).astype(float)
    verbs = list(rng.permutation(list(VERBS)))[: int(rng.integers(3, 6))]
    cut = int(rng.integers(1, len(verbs))) if rng.random() < 0.4 else len(verbs)
    return Mixed(
        int(rng.choice((3, 5))),
        people,
        tuple(t for t in (tuple(map(str, verbs[:cut])), tuple(map(str, verbs[cut:]))) if t),
    )


def _counts(column: str, by: str | None):
    def make(people: pd.DataFrame) -> ips.Result:
        return ips.describe(
            people,
            columns=[column],
            by=by,
            id="id",
            levels={column: [int(c) if c.isdigit() else c for c in CODES[column]]},
        )

    return make


VERBS = {
    "counts__job__sex": _counts("job", "sex"),
    "counts__job__arm": _counts("job", "arm"),
    "counts__job__all": _counts("job", None),
    "counts__sex__all": _counts("sex", None),
    "counts__last__sex": _counts("last", "sex"),
    "odds__sex": lambda p: ips.odds_ratios("job ~ C(sex)", p, id="id", influence=False, method="ml"),
    "odds__arm": lambda p: ips.odds_ratios("job ~ C(arm)", p, id="id", influence=False, method="ml"),
    "effect__arm": lambda p: ips.effect(p, outcome="job", treatment="arm", id="id"),
    "bands__sex": lambda p: ips.band_change(
        p, before="first", after="last", by="sex", id="id", levels=["lo", "hi"]
    ),
    "curve__arm": lambda p: ips.time_to_event(
        p, duration="weeks", event="job", by="arm", id="id", times=[LONGEST]
    ),
}

NORM = Norm(0.5, 0.5, "everybody", "invented")
RECOVERY = {
    "case_at_start": ({}, {"first": "hi"}),
    "reliable_improvement": ({}, {"first": "hi", "last": "lo"}),
    "reliable_deterioration": ({}, {"first": "lo", "last": "hi"}),
    "recovery": ({"first": "hi"}, {"first": "hi", "last": "lo"}),
    "reliable_recovery": ({"first": "hi"}, {"first": "hi", "last": "lo"}),
}
"""Whom a share of `recovery` counts, and of whom: a case is "hi", and from one to the other is a reliable change."""
VERBS |= {
    "costs__arm": lambda p: ips.cost_effectiveness(
        p.assign(cost=1000.0 + 37.0 * (p["id"] * 7919 % 101)), cost="cost", effect="job", treatment="arm", id="id",
        willingness=[0, 5000], resamples=199,
    ),
    "amount__arm": lambda p: ips.count_effect(
        p, outcome="job", treatment="arm", id="id", quantiles=[], resamples=199
    ),
    "movement__all": lambda p: ips.continua_movement(
        p.assign(**{c: pd.Categorical(p[c], ["lo", "hi"]) for c in ("first", "last")}), before="first", after="last",
        id="id",
    ),
    "recovery__all": lambda p: ips.recovery(
        p.assign(**{f"points {c}": p[c].map({"lo": 4, "hi": 12}) for c in ("first", "last")}),
        measures={"gad7": ("points first", "points last")}, id="id",
    ),
    "norm__sex": lambda p: ips.compare_with_norm(p, score="job", norm=NORM, by="sex", id="id"),
    "norm__all": lambda p: ips.compare_with_norm(p, score="job", norm=NORM, id="id"),
}  # fmt: skip


class MixedAttack(Attack):
    """Reads every kind of file of a mixed bundle into equations about people."""

    def read(self, folder: Path, release: str = "") -> None:
        for path in sorted(folder.glob("*.csv")):
            kind, _, rest = path.stem.partition("__")
            with path.open(encoding="utf-8-sig", newline="") as stream:
                lines = [line for line in csv.DictReader(stream) if line["line"] == "row"]
            getattr(self, f"_{kind}")(lines, rest)

    def _counts(self, lines: list[Mapping[str, str]], named: str) -> None:
        column, by = named.split("__")
        for line in lines:
            self._line({**line, "Outcome": column}, "0", "" if by == "all" else by, "")

    def _bands(self, lines: list[Mapping[str, str]], by: str) -> None:
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

    def _effect(self, lines: list[Mapping[str, str]], by: str) -> None:
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

    def _costs(self, lines: list[Mapping[str, str]], by: str) -> None:
        own = [line for line in lines if line["Outcome"] == "effect"]
        arms = {line["Term"]: line for line in own if line["Term"] != "difference"}
        self._arms({"1": arms["mean_treated"], "0": arms["mean_control"]}, by)
        self._gap(list(arms.values()), [line for line in lines if line["Outcome"] != "cost"])

    def _amount(self, lines: list[Mapping[str, str]], by: str) -> None:
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

    def _gap(self, arms: list[Mapping[str, str]], made: list[Mapping[str, str]]) -> None:
        """What is made of both means tells one that is hidden."""
        if any(_number(line["Value"]) is None for line in arms):
            self.told += [line["Term"] for line in made if _number(line["Value"]) is not None]

    def _curve(self, lines: list[Mapping[str, str]], by: str) -> None:
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

    def _movement(self, lines: list[Mapping[str, str]], _: str) -> None:
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

    def _recovery(self, lines: list[Mapping[str, str]], _: str) -> None:
        for line in lines:
            of, who = RECOVERY[line["Term"]]
            self._known(self.who("0", **of), line["n"], f"n of {line['Term']}")
            self._known(self.who("0", **who), line["Count"], line["Term"])
            self._share(self.who("0", **of), self.who("0", **who), line, line["Term"])

    def _norm(self, lines: list[Mapping[str, str]], by: str) -> None:
        """A difference from a known mean, in points or in standard deviations, is the mean."""
        for line in lines:
            whole = {} if by == "all" else {by: line["Group"]}
            self._known(self.who("0", **whole), line["n"], f"n {whole}")
            value = _number(line["Value"])
            kind = _kind(line)
            if value is not None and kind != "mean":
                value = NORM.mean + value * (NORM.sd if kind.startswith("standardised") else 1.0)
            told = {**line, "Value": "" if value is None else repr(value)}
            self._share(self.who("0", **whole), self.who("0", job="1", **whole), told, f"job {whole}")

    def _odds(self, lines: list[Mapping[str, str]], by: str) -> None:
        for line in lines:
            self._known(self.who("0"), line["n"], "everybody")
            self._known(self.who("0", job="1"), line["Count"], "job")
        self._ratios(lines, by)

    def _share(self, whole: np.ndarray, part: np.ndarray, line: Mapping[str, str], where: str) -> None:
        """A share to the printed digits with its n is a count."""
        n, share = _number(line["n"]), _number(line["Value"])
        self.hidden[where] = part
        if share is not None and n is not None:
            self._equation(part, float(round(share * n)), 0.0)
        elif share is not None:
            self.told.append(where)

    def _ratios(self, lines: list[Mapping[str, str]], by: str) -> None:
        """Of all two-way tables that have these ratios to the printed digits, what they have in common."""
        shown = [line for line in lines if _number(line["Value"]) not in (None, 1.0)]
        wanted = {"odds_ratio": _odds, "risk_ratio": _risk, "risk_difference": _difference}
        kinds = [(wanted[k], _number(line["Value"])) for line in shown for k in wanted if _kind(line) == k]
        totals = [(_number(line["n"]), _number(line["Count"])) for line in shown]
        totals = [t for t in totals if None not in t]
        if not kinds or not totals:
            return
        n, events = (int(v) for v in totals[0])
        second, first = CODES[by][1], CODES[by][0]
        fits = set()
        for size, hits in product(range(1, n), range(events + 1)):
            table = (hits, size - hits, events - hits, n - size - events + hits)
            if min(table) >= 0 and all(
                abs(_safe(make, table) - value) <= 1e-6 * max(1.0, value) for make, value in kinds
            ):
                fits.add((size, hits))
        assert fits, "no table has these ratios"
        for at, people in enumerate(
            (self.who("0", **{by: second}), self.who("0", **{by: second, "job": "1"}))
        ):
            found = [fit[at] for fit in fits]
            self.rows.append(people)
            self.low.append(float(min(found)))
            self.high.append(float(max(found)))
        # With the groups known from elsewhere the ratio leaves one table; he tries each that he can believe.
        self.tables.append((self.who("0", **{by: second}), self.who("0", **{by: second, "job": "1"}), fits))
        self.hidden[f"{by}={first}, job=1"] = self.who("0", **{by: first, "job": "1"})

    @property
    def tables(self) -> list[tuple[np.ndarray, np.ndarray, set[tuple[int, int]]]]:
        """Two-way tables that fit the ratios: who is in the second group, who of them has a job, (both)."""
        return self.__dict__.setdefault("_tables", [])

    def settle(self) -> None:
        """Use what is known of the groups to rule tables out, until nothing more follows."""
        before = -1
        while before != len(self.rows):
            before = len(self.rows)
            for at, (group, both, fits) in enumerate(self.tables):
                sizes, hits = self.range(group), self.range(both)
                left = {f for f in fits if sizes[0] <= f[0] <= sizes[1] and hits[0] <= f[1] <= hits[1]}
                assert left, "the files contradict one another"
                if left != fits:
                    self.tables[at] = (group, both, left)
                    for place, people in enumerate((group, both)):
                        found = [f[place] for f in left]
                        self.rows.append(people)
                        self.low.append(float(min(found)))
                        self.high.append(float(max(found)))


TARGETS = (
    ("job", "sex"),
    ("job", "arm"),
    ("last", "sex"),
    ("first", "sex"),
    ("job",),
    ("sex",),
    ("last",),
    ("first",),
)


def run_mixed(drawn: Mixed, place: Path, insider: int | None = None) -> tuple[list[str], int, int]:
    """Release and attack: small counts told, numbers shown, and numbers in all.

    An `insider` is the row of one of the people, who knows his own answers.
    """
    attack = MixedAttack(CODES, 1)
    shown = total = 0
    for number, names in enumerate(drawn.releases):
        out = ips.release(
            {name: VERBS[name](drawn.people) for name in names}, place / f"r{number}", profile=f"dst-{drawn.k}",
            ledger=place / "ledger.json", lang="en",
        )  # fmt: skip
        attack.read(out.folder)
        shown += sum(f.estimate is not None for rows in out.judged.fates for f in rows)
        total += sum(len(rows) for rows in out.judged.fates)
    if insider is not None:
        own = {c: str(drawn.people[c].iloc[insider]) for c in CODES}
        attack.rows.append(attack.who("0", **own))
        attack.low.append(1.0)
        attack.high.append(np.inf)
    attack.settle()
    told = list(attack.told)
    for columns in TARGETS:
        for codes in product(*(CODES[c] for c in columns)):
            n = int(
                np.logical_and.reduce(
                    [drawn.people[c].astype(str) == v for c, v in zip(columns, codes, strict=True)]
                ).sum()
            )
            if 0 < n < drawn.k:
                low, high = attack.range(attack.who("0", **dict(zip(columns, codes, strict=True))))
                told += [f"{columns}={codes}"] if low == high else []
    return told, shown, total


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _kind(line: Mapping[str, str]) -> str:
    scale = line["Scale"]
    return scale.split(",")[0].strip().replace(" ", "_").lower()


def _odds(table: tuple[int, int, int, int]) -> float:
    a, b, c, d = table
    return (a * d) / (b * c)


def _risk(table: tuple[int, int, int, int]) -> float:
    a, b, c, d = table
    return (a / (a + b)) / (c / (c + d))


def _difference(table: tuple[int, int, int, int]) -> float:
    a, b, c, d = table
    return a / (a + b) - c / (c + d)


def _safe(make, table: tuple[int, int, int, int]) -> float:
    try:
        return make(table)
    except ZeroDivisionError:
        return float("inf")
