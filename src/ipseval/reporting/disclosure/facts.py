"""What a result tells about counts of persons: who stands behind each n and n_events, and what adds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ipseval.core.evidence import ANSWERED, MISSING, TOGETHER, Evidence, Line, Sum, Where, where
from ipseval.core.people import People
from ipseval.core.result import Result
from ipseval.reporting.disclosure.curves import points_gone

TIMES = ("before", "after")
OF_CHANGED = "share_of_changed"
"""The estimand whose n counts those who changed at all."""
PLAIN = ("share",)
"""Estimands whose term is a code of the outcome itself; others count something else about it."""


@dataclass(frozen=True)
class Printed:
    """Where a count stands: row of the estimates, and "n", "n_events", or "behind" its other numbers."""

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
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    people: People | None = None
    marks: Mapping[Where, int] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    """Points of curves that are not shown, so that nothing behind them is."""

    @cached_property
    def counted(self) -> dict[int, Where]:
        """The people whom the n of a row counts."""
        return {
            spot.row: place for place, spots in self.printed.items() for spot in spots if spot.field == "n"
        }


def facts_of(result: Result, position: int, steps: int = 1) -> Facts:
    """Read the estimates of a result as counts of persons, with what its evidence adds.

    Between two points of a curve at least `steps` people must have had the event.
    """
    rows = records(result)
    told = result.evidence
    lines = told.lines if told is not None and told.lines else tuple(Line() for _ in rows)
    guessed = [row for row, line in zip(rows, lines, strict=True) if line.who is None]
    gone = points_gone(rows, lines, steps)
    reader = _Reader(result, guessed)
    for at, (row, line) in enumerate(zip(rows, lines, strict=True)):
        if line.who is None:
            reader.take(at, row, line)
        else:
            reader.take_told(at, row, replace(line, behind=()) if at in gone else line, line.who)
    reader.add_up()
    if told is not None:
        reader.sums += told.sums
    return Facts(
        population=told.population if told is not None else _population(result, position),
        base=result.base.name,
        counts=reader.counts,
        # A result that does not say who was counted shows nothing, so nothing of it is out.
        printed={k: tuple(v) for k, v in reader.printed.items()} if told is not None else {},
        sums=tuple(reader.sums),
        lines=lines,
        groups=tuple(_group(reader, row, line) for row, line in zip(rows, lines, strict=True)),
        columns=reader.columns,
        people=told.people if told is not None else None,
        marks={} if told is None else {c.where: c.mark for c in told.counts if c.mark is not None},
        gone=gone,
    )


def _group(reader: _Reader, row: Mapping[str, Any], line: Line) -> Where:
    """The people whom a number speaks of, whether all of them answered or not."""
    return reader.group_of(row) if line.who is None else frozenset(c for c in line.who if c[1] != ANSWERED)


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

    def __init__(self, result: Result, rows: Sequence[Mapping[str, Any]]) -> None:
        told = result.evidence or Evidence("")
        self.by = told.by or "group"
        self.split = bool(told.by)
        self.columns = dict(told.columns)
        self.codes = {(name, said): code for name, said, code in told.codes}
        self.counts: dict[Where, int] = {count.where: count.n for count in told.counts}
        self.base_n = self.counts.get(where(), result.base.n)
        self.printed: dict[Where, list[Printed]] = {}
        self.sums: list[Sum] = []
        self.shares: dict[tuple[str, Where], list[tuple[Where, int]]] = {}
        self.answered: dict[tuple[str, Where], int] = {}
        self.largest: dict[tuple[str, str], int] = {}
        self._sizes(rows)

    def _sizes(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """How many persons a group has: told, or the largest n of its rows; everybody without groups."""
        known = set(self.counts)
        for row in rows:
            n = row["n"]
            if n is None or n != n:
                continue
            spot = (row["outcome"], row["group"])
            self.largest[spot] = max(self.largest.get(spot, 0), int(n))
            place = self.group_of(row)
            if place and place not in known:
                self.counts[place] = max(self.counts.get(place, 0), int(n))
        self.counts[where()] = self.base_n
        inside = [place for place in self.counts if place]
        inside = [place for place in inside if {name for name, _ in place} == {self.by}]
        lacking = self.base_n - sum(self.counts[g] for g in inside)
        if len(inside) > 1 and (lacking == 0 or (lacking > 0 and self.split)):
            self.sums.append(Sum(where(), (*inside, *self._without_group(lacking))))

    def _without_group(self, n: int) -> tuple[Where, ...]:
        """Those whose group nobody knows: the whole and the groups tell their number and their sum."""
        if not n:
            return ()
        place = where((f"{self.by}{MISSING}", str(n)))
        self.counts[place] = n
        return (place,)

    def _code(self, name: str, said: str) -> str:
        return self.codes.get((name, said), said)

    def group_of(self, row: Mapping[str, Any]) -> Where:
        return where((self.by, self._code(self.by, str(row["group"])))) if row["group"] else where()

    def _together(self, row: Mapping[str, Any]) -> str:
        """The name of having answered all columns that the outcome needs, where the row counts just those."""
        columns = self.columns.get(row["outcome"], ())
        whole = len(columns) > 1 and int(row["n"]) == self.largest[(row["outcome"], row["group"])]
        return TOGETHER.join(sorted(set(columns))) if whole else ""

    def _counted(self, row: Mapping[str, Any]) -> str:
        """The column whose codes a share counts, or a name of its own."""
        columns = self.columns.get(row["outcome"], ())
        if len(columns) == 2 and row["estimand"] in TIMES:
            return columns[TIMES.index(row["estimand"])]
        return variable(row)

    def take(self, at: int, row: Mapping[str, Any], line: Line) -> None:
        """Note the counts of one row, and the cells that all who answered fall into."""
        if row["n"] is None or row["n"] != row["n"] or not row["n"]:
            return
        name, group = variable(row), self.group_of(row)
        is_share = row["scale"] == "share" and row["n_events"] == row["n_events"]
        name = name if is_share else row["outcome"]
        together = self._together(row)
        changed = is_share and not together and row["estimand"] == OF_CHANGED
        whole = self._changed(row, name, group) if changed else ()
        whole = whole or self._whole(together or name, group, int(row["n"]))
        self.printed.setdefault(whole, []).append(Printed(at, "n"))
        for cell in line.behind:
            self.printed.setdefault(cell, []).append(Printed(at, "behind"))
            self._part(name, whole, cell)
        if row["n_events"] is None or row["n_events"] != row["n_events"]:
            return
        counted = self._counted(row) if is_share and together else name
        code = self._code(counted, str(row["term"]) if is_share else "event")
        part = (whole if together else group) | where((counted, code))
        part = self._free(part, int(row["n_events"]))
        self.counts[part] = int(row["n_events"])
        self.printed.setdefault(part, []).append(Printed(at, "n_events"))
        self._part(counted, whole, part)

    def _changed(self, row: Mapping[str, Any], name: str, group: Where) -> Where | tuple[()]:
        """Those who changed, and those who did not: they answered, and are nobody missing."""
        columns, n = self.columns.get(row["outcome"], ()), int(row["n"])
        if len(columns) != 2:
            return ()
        pairs = self._whole(
            TOGETHER.join(sorted(set(columns))), group, self.largest[(row["outcome"], row["group"])]
        )
        changed = self._free(pairs | where((name, "changed")), n)
        unchanged = self._free(pairs | where((name, "unchanged")), self.counts[pairs] - n)
        self.counts |= {changed: n, unchanged: self.counts[pairs] - n}
        self._sum(Sum(pairs, (changed, unchanged)))
        return changed

    def _part(self, name: str, whole: Where, part: Where) -> None:
        parts = self.shares.setdefault((name, whole), [])
        if (part, self.counts[part]) not in parts:
            parts.append((part, self.counts[part]))

    def take_told(self, at: int, row: Mapping[str, Any], line: Line, who: Where) -> None:
        """Note the counts of a row that says itself whom it counts."""
        if row["n"] is not None and row["n"] == row["n"]:
            self.printed.setdefault(who, []).append(Printed(at, "n"))
        if line.events is not None and row["n_events"] == row["n_events"]:
            self.printed.setdefault(line.events, []).append(Printed(at, "n_events"))
        if row["status"] != "refused":
            for cell in line.behind:
                self.printed.setdefault(cell, []).append(Printed(at, "behind"))

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
