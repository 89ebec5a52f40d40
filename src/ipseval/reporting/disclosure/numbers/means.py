"""Means, and what is made of them: sums over people that could be subtracted from one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipseval.core.evidence import Line, Where
from ipseval.reporting.disclosure.counts.who import counted_persons, has_ids
from ipseval.reporting.disclosure.facts import TIMES
from ipseval.reporting.disclosure.fate import HIDDEN, PAIRED, PERSON, PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.profiles import Profile

ADDITIVE = ("mean", "sd", "sum")
"""Scales that are sums over people, for those who know how many they are."""
MADE_OF_MEANS = ("difference", "standardised", "risk_difference", "mean_ratio", "cost_per_effect")


@dataclass(frozen=True)
class Mean:
    """A mean-like number and the people behind it."""

    result: int
    row: int
    name: tuple[str, ...]
    group: Where
    population: str
    n: int
    uneven: int
    known: bool
    """Its persons are known by ids, so that they are held against others person by person (`linear`)."""


def means_of(seen: Sequence[Seen]) -> list[Mean]:
    """The numbers that could be subtracted from one another as sums over people."""
    found = []
    for number, each in enumerate(seen):
        for at, row in enumerate(each.rows):
            n = each.count(at, "n")
            if (
                n
                and row["scale"] in (*ADDITIVE, "difference", "standardised")
                and row["estimate"] == row["estimate"]
            ):
                name = _mean_name(row, each.facts.columns.get(row["outcome"], ()), each.facts.lines[at])
                group, population = each.facts.groups[at], each.facts.population
                # A difference that is out is not seen by a later release: it stays with the simple rule.
                known = row["scale"] in ADDITIVE and has_ids(each) and counted_persons(each, at) is not None
                found.append(Mean(number, at, name, group, population, n, each.uneven, known))
    return found


def _mean_name(row: Mapping[str, Any], columns: Sequence[str], line: Line) -> tuple[str, ...]:
    """What is averaged: a mean before, after or in an arm is that of its column, in whatever result."""
    if line.who is not None and row["scale"] in ("mean", "sd") and len(line.of) < 2:
        return (*(line.of or (row["outcome"],)), row["contrast"], row["scale"], row["scale"])
    kind, _, time = str(row["term"]).rpartition("_")
    if len(columns) == 2 and time in TIMES and kind in ("", "sd"):
        return columns[TIMES.index(time)], "", kind or "mean", kind or "mean"
    return row["outcome"], row["contrast"], row["term"], row["estimand"]


def judge_means(seen: Sequence[Seen], out: list[list[Fate]], profile: Profile) -> None:
    """Hide what could be had by subtracting means, and what is made of a mean that is hidden."""
    _small_means(seen, out, profile)
    judge_derived(seen, out)


def _small_means(seen: Sequence[Seen], out: list[list[Fate]], profile: Profile) -> None:
    """Two means whose people differ by a few give those few away; so do groups that make up a whole."""
    by_name: dict[tuple[str, ...], list[Mean]] = {}
    for mean in means_of(seen):
        by_name.setdefault(mean.name, []).append(mean)
    for same in by_name.values():
        for small in sorted(same, key=lambda m: m.n):
            for large in same:
                close = small.group == large.group and 0 < large.n - small.n < profile.persons
                close = close and not (small.known and large.known)
                if close and _shown(out, small) and _shown(out, large):
                    _hide(out, small, "release_near_base")
        _complements(same, out, profile)


def judge_derived(seen: Sequence[Seen], out: list[list[Fate]]) -> None:
    """A difference or ratio with one of its means gives the other, so it goes with a mean that is hidden."""
    for number, each in enumerate(seen):
        rows = each.rows
        gone = [
            (set(each.made_of(at)), row["group"])
            for at, row in enumerate(rows)
            if row["scale"] == "mean" and out[number][at].status in (HIDDEN, PROTECTING, PERSON)
        ]
        for at, row in enumerate(rows):
            if row["scale"] not in MADE_OF_MEANS or out[number][at].estimate is None:
                continue
            within = each.result.kind in PAIRED or not row["contrast"] or row["group"]
            if any(
                of & set(each.made_of(at)) and (group == row["group"] or not within) for of, group in gone
            ):
                out[number][at] = out[number][at].without_numbers(PROTECTING, "release_derived")


def _complements(same: list[Mean], out: list[list[Fate]], profile: Profile) -> None:
    for whole in [m for m in same if not m.group]:
        sets = {frozenset(name for name, _ in m.group) for m in same if m.group}
        for names in sets:
            if all(m.known for m in same):
                continue
            parts = [m for m in same if m.group and frozenset(n for n, _ in m.group) == names]
            parts = list({m.group: m for m in sorted(parts, key=lambda m: _shown(out, m))}.values())
            if sum(m.n for m in parts) > whole.n or not _shown(out, whole):
                continue
            left = whole.n - sum(m.n for m in parts)
            gone = [m for m in parts if not _shown(out, m)]
            shown = sorted((m for m in parts if _shown(out, m)), key=lambda m: m.n)
            # One unknown group, or unknown people too few together: the next smallest must go, too.
            while (
                shown
                and (gone or left)
                and (
                    (len(gone) + (left > 0) == 1 and bool(gone))
                    or sum(m.n for m in gone) + left < profile.persons
                )
            ):
                nearest = shown.pop(0)
                for again in [m for m in same if m.group == nearest.group]:
                    _hide(out, again, "release_near_group")
                gone.append(nearest)


def _shown(out: list[list[Fate]], mean: Mean) -> bool:
    return out[mean.result][mean.row].estimate is not None


def _hide(out: list[list[Fate]], mean: Mean, why: str) -> None:
    rows = out[mean.result]
    rows[mean.row] = rows[mean.row].without_numbers(PROTECTING, why)
