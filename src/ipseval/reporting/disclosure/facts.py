"""What a result tells about counts of persons: who stands behind each n and n_events, and what adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ipseval.core.evidence import ANSWERED, Line, Sum, Where, where
from ipseval.core.result import Result

MISSING = ":missing"
"""Ends the name of a condition that says nobody knows the answer."""
PLAIN = ("share",)
"""Estimands whose term is a code of the outcome itself; others count something else about it."""


@dataclass(frozen=True)
class Printed:
    """Where a count would be printed: row of the estimates, and "n" or "n_events"."""

    row: int
    field: str


@dataclass(frozen=True)
class Facts:
    """Counts by condition, where they are printed, what adds up, and a line per row."""

    population: str
    base: str
    counts: Mapping[Where, int]
    printed: Mapping[Where, tuple[Printed, ...]]
    sums: tuple[Sum, ...]
    lines: tuple[Line, ...]
    groups: tuple[Where, ...]


def facts_of(result: Result, position: int) -> Facts:
    """Read the estimates of a result as counts of persons, with what its evidence adds."""
    rows = records(result)
    told = result.evidence
    by = told.by if told is not None and told.by else "group"
    reader = _Reader(result, by, [r["n"] for r in rows])
    for at, row in enumerate(rows):
        reader.take(at, row)
    reader.add_up()
    if told is not None:
        reader.counts |= {count.where: count.n for count in told.counts}
        reader.sums += told.sums
    lines = told.lines if told is not None and told.lines else tuple(Line() for _ in rows)
    return Facts(
        population=told.population if told is not None else _population(result, position),
        base=result.base.name,
        counts=reader.counts,
        printed={k: tuple(v) for k, v in reader.printed.items()},
        sums=tuple(reader.sums),
        lines=lines,
        groups=tuple(reader.group_of(row) for row in rows),
    )


def records(result: Result) -> list[dict[str, Any]]:
    """The rows of the estimates by column."""
    return [{str(k): v for k, v in row.items()} for row in result.estimates.to_dict("records")]


def variable(row: Mapping[str, Any]) -> str:
    """The name under which a share is counted."""
    parts = [row["outcome"]]
    parts += [] if row["estimand"] in PLAIN else [row["estimand"]]
    parts += [row["contrast"]] if row["contrast"] else []
    return ":".join(parts)


def _population(result: Result, position: int) -> str:
    prints = "+".join(p for _, p in result.source.fingerprints)
    return f"{result.base.name}:{prints}" if prints else f"{result.base.name}:{position}"


class _Reader:
    """Gathers the counts of one result; a working value that never leaves this module."""

    def __init__(self, result: Result, by: str, sizes: list[Any]) -> None:
        self.by = by
        self.base_n = result.base.n
        self.counts: dict[Where, int] = {}
        self.printed: dict[Where, list[Printed]] = {}
        self.sums: list[Sum] = []
        self.shares: dict[tuple[str, Where], list[tuple[Where, int]]] = {}
        self.answered: dict[tuple[str, Where], int] = {}
        self._sizes(result, sizes)

    def _sizes(self, result: Result, sizes: list[Any]) -> None:
        """How many persons a group has: the largest n of its rows; everybody where there are no groups."""
        groups = [str(g) for g in result.estimates["group"]]
        for group, n in zip(groups, sizes, strict=True):
            if n == n and n is not None and group:
                place = where((self.by, group))
                self.counts[place] = max(self.counts.get(place, 0), int(n))
        self.counts[where()] = self.base_n
        inside = list(self.counts)[:-1] if groups else []
        if len(inside) > 1 and sum(self.counts[g] for g in inside) == self.base_n:
            self.sums.append(Sum(where(), tuple(inside)))

    def group_of(self, row: Mapping[str, Any]) -> Where:
        return where((self.by, row["group"])) if row["group"] else where()

    def take(self, at: int, row: Mapping[str, Any]) -> None:
        """Note the counts of one row."""
        if row["n"] is None or row["n"] != row["n"] or not row["n"]:
            return
        name, group = variable(row), self.group_of(row)
        is_share = row["scale"] == "share" and row["n_events"] == row["n_events"]
        whole = self._whole(name if is_share else row["outcome"], group, int(row["n"]))
        self.printed.setdefault(whole, []).append(Printed(at, "n"))
        if row["n_events"] is None or row["n_events"] != row["n_events"]:
            return
        name = name if is_share else row["outcome"]
        part = group | where((name, row["term"] if is_share else "event"))
        part = self._free(part, int(row["n_events"]))
        self.counts[part] = int(row["n_events"])
        self.printed.setdefault(part, []).append(Printed(at, "n_events"))
        rest = self.shares.setdefault((name, whole), [])
        if (part, self.counts[part]) not in rest:
            rest.append((part, self.counts[part]))

    def _whole(self, name: str, group: Where, n: int) -> Where:
        """Who answered: the whole group where nobody is missing."""
        if self.counts.get(group) == n:
            return group
        place = self._free(group | where((name, ANSWERED)), n)
        self.counts[place] = n
        self.answered[(name, group)] = n
        if self.counts.get(group, 0) > n:
            missing = group | where((f"{name}{MISSING}", str(n)))
            self.counts[missing] = self.counts[group] - n
            self._sum(Sum(group, (place, missing)))
        return place

    def _free(self, place: Where, n: int) -> Where:
        """The same words for another number of persons mean other people."""
        again = 1
        found = place
        while self.counts.get(found, n) != n:
            again += 1
            found = place | where(("#", str(again)))
        return found

    def _sum(self, fact: Sum) -> None:
        if fact not in self.sums:
            self.sums.append(fact)

    def add_up(self) -> None:
        """Codes that make up everybody who answered; else each share and its complement; then the groups."""
        for (name, whole), parts in self.shares.items():
            n = self.counts[whole]
            if len(parts) > 1 and sum(k for _, k in parts) == n:
                self._sum(Sum(whole, tuple(p for p, _ in parts)))
                continue
            for part, k in parts:
                rest = part | where((f"{name}:rest", "1"))
                self.counts[rest] = n - k
                self._sum(Sum(whole, (part, rest)))
        self._over_groups()

    def _over_groups(self) -> None:
        """Where the groups make up everybody, so do the counts inside them."""
        if not self.sums or self.sums[0].total != where() or len(self.sums[0].parts) < 2:
            return
        groups = self.sums[0].parts
        names = {p - g for g in groups for p in self.counts if g < p and not any(c == "#" for c, _ in p)}
        for extra in sorted(names, key=sorted):
            inside = [g | extra for g in groups]
            if all(p in self.counts for p in inside):
                self.counts[extra] = sum(self.counts[p] for p in inside)
                self._sum(Sum(extra, tuple(inside)))
