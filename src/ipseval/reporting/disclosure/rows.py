"""What becomes of each row of a result: which of its numbers may be shown, and why not.

The counts are judged as one system beforehand; here the numbers that rest on them follow.  A number from
which a hidden count could be computed goes with the count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ipseval.core.evidence import ANSWERED, Line, Where
from ipseval.core.result import Result
from ipseval.reporting.disclosure.facts import TIMES, Facts, records
from ipseval.reporting.disclosure.profiles import Profile

OK, HIDDEN, PROTECTING, ROUNDED, PERSON = "ok", "hidden", "hidden_to_protect", "rounded", "needs_person"
PAIRED = ("change", "band_change", "reliable_change")
MODELS = ("odds_ratio", "risk_ratio", "hazard_ratio", "log_odds", "relative_risk_ratio")
AVERAGED = ("quantile", "minimum", "maximum")
SPREAD = ("mean", "sd", "sum", "difference", "standardised", "correlation", "risk_difference", "test")
CURVES = ("cumulative_incidence",)
CHECKED = ("share", *MODELS, *AVERAGED, *SPREAD, *CURVES)
"""Scales that have a rule here; a number of any other kind is left to a person."""
_WHY = {HIDDEN: "release_small", PROTECTING: "release_protects", PERSON: "release_already_out"}
_WHY_BEHIND = {HIDDEN: "release_model_cell", PROTECTING: "release_derived", PERSON: "release_already_out"}
_QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}


@dataclass(frozen=True)
class Fate:
    """What is shown of one row, its status, and the code of the sentence that says why."""

    n: int | None
    n_events: int | None
    estimate: float | None
    rest: bool
    status: str
    why: str = ""

    def without_numbers(self, status: str, why: str) -> Fate:
        """The row without anything but its counts."""
        return replace(self, estimate=None, rest=False, status=status, why=why)


@dataclass(frozen=True, eq=False)
class Seen:
    """One result with its facts, and what the outsider sees of each of its counts."""

    result: Result
    facts: Facts
    spots: Mapping[tuple[int, str], str]
    """(row, field) -> "ok", "hidden" or "hidden_to_protect"."""

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the estimates by column."""
        return records(self.result)


def fates(seen: Sequence[Seen], hidden: Sequence[Where], profile: Profile) -> list[list[Fate]]:
    """Judge every row of every result; `hidden` are the hidden counts' conditions."""
    out = [[_alone(each, at, row, profile) for at, row in enumerate(_rows(each))] for each in seen]
    _small_means(seen, out, profile)
    for each, rows in zip(seen, out, strict=True):
        for at, row in enumerate(_rows(each)):
            if (
                rows[at].estimate is not None
                and row["scale"] != "share"
                and _gives_away(each, at, row, hidden)
            ):
                rows[at] = rows[at].without_numbers(PROTECTING, "release_derived")
    return out


def _rows(seen: Seen) -> list[dict[str, Any]]:
    return seen.rows


def _count(row: Mapping[str, Any], name: str) -> int | None:
    value = row[name]
    return None if value is None or value != value else int(value)


def _alone(seen: Seen, at: int, row: Mapping[str, Any], profile: Profile) -> Fate:
    """Judge a row by its own counts and its own line of evidence."""
    states = [seen.spots.get((at, name), OK) for name in ("n", "n_events", "behind")]
    n = _count(row, "n") if states[0] == OK else None
    events = _count(row, "n_events") if states[1] == OK else None
    estimate = float(row["estimate"]) if math.isfinite(row["estimate"]) else None
    fate = Fate(n, events, estimate, True, OK)
    for state, why in _WHY.items():
        if state in states[:2]:
            return fate.without_numbers(state, why)
    if row["scale"] == "share" and states[2] == OK and row["status"] != "refused":
        return fate if seen.result.evidence is not None else _unknown_people()
    return _beside_counts(seen, at, row, profile, fate, states[2])


def _unknown_people() -> Fate:
    return Fate(None, None, None, False, PERSON, "release_no_evidence")


def _beside_counts(
    seen: Seen, at: int, row: Mapping[str, Any], profile: Profile, fate: Fate, behind: str
) -> Fate:
    """Judge a number whose own counts may be shown: by what is behind it, and by the rules of its scale."""
    if behind != OK:
        return fate.without_numbers(behind, _WHY_BEHIND[behind])
    if row["status"] == "refused":
        return fate.without_numbers(OK, "release_refused_before")
    if seen.result.evidence is None:
        return _unknown_people()
    if at in seen.facts.gone:
        return fate.without_numbers(HIDDEN, "release_step")
    if row["scale"] not in CHECKED:
        return fate.without_numbers(PERSON, "release_no_rule")
    for rule in _RULES:
        why = rule(seen, row, seen.facts.lines[at], profile)
        if why:
            return fate.without_numbers(HIDDEN, why)
    if row["scale"] in AVERAGED:
        average = next(value for k, value in seen.facts.lines[at].averages if k >= profile.persons)
        return replace(fate, estimate=average, rest=False, status=ROUNDED, why="release_averaged")
    return fate


def _few(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    n = _count(row, "n")
    return "release_few_behind" if n is not None and n < profile.persons else ""


def _alike(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    no_spread = row["scale"] in ("mean", "sd", "difference") and row["std_error"] == 0
    return "release_all_equal" if line.all_equal or no_spread else ""


def _rare(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    return "release_rare_value" if line.fewest is not None and line.fewest < profile.persons else ""


def _dominated(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    return "release_dominated" if line.top_two is not None and line.top_two > profile.firm_share else ""


def _not_averaged(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    if row["scale"] not in AVERAGED:
        return ""
    at = _QUARTILES.get(row["term"])
    n = _count(row, "n") or 0
    thin = at is not None and n * min(at, 1 - at) < profile.persons
    return "" if not thin and any(k >= profile.persons for k, _ in line.averages) else "release_one_value"


def _model(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    """Persons per level and outcome are counts behind the number and judged with the others."""
    if row["scale"] not in MODELS:
        return ""
    if line.fewest is None or line.parameters is None:
        return "release_no_support"
    n = _count(row, "n") or 0
    few = n - line.parameters - 1 < profile.residual_df or line.parameters > profile.parameters_per_person * n
    return "release_model_df" if few else ""


def _few_df(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    if line.residual_df is not None and line.residual_df < profile.residual_df:
        return "release_model_df"
    tested = row["scale"] in ("test", "correlation") and (_count(row, "n") or 0) < profile.residual_df
    return "release_model_df" if tested else ""


_Rule = Callable[[Seen, Mapping[str, Any], Line, Profile], str]
_RULES: tuple[_Rule, ...] = (_few, _alike, _rare, _dominated, _not_averaged, _model, _few_df)


@dataclass(frozen=True)
class Mean:
    """A mean-like number and the people behind it."""

    result: int
    row: int
    name: tuple[str, ...]
    group: Where
    population: str
    n: int


def means_of(seen: Sequence[Seen]) -> list[Mean]:
    """The numbers that could be subtracted from one another as sums over people."""
    found = []
    for number, each in enumerate(seen):
        for at, row in enumerate(_rows(each)):
            n = _count(row, "n")
            if (
                n
                and row["scale"] in ("mean", "sd", "sum", "difference")
                and row["estimate"] == row["estimate"]
            ):
                name = _mean_name(row, each.facts.columns.get(row["outcome"], ()), each.facts.lines[at])
                found.append(Mean(number, at, name, each.facts.groups[at], each.facts.population, n))
    return found


def _mean_name(row: Mapping[str, Any], columns: Sequence[str], line: Line) -> tuple[str, ...]:
    """What is averaged: a mean before, after or in an arm is that of its column, in whatever result."""
    if line.who is not None and row["scale"] == "mean":
        return row["outcome"], row["contrast"], "mean", "mean"
    kind, _, time = str(row["term"]).rpartition("_")
    if len(columns) == 2 and time in TIMES and kind in ("", "sd"):
        return columns[TIMES.index(time)], "", kind or "mean", kind or "mean"
    return row["outcome"], row["contrast"], row["term"], row["estimand"]


def _small_means(seen: Sequence[Seen], out: list[list[Fate]], profile: Profile) -> None:
    """Two means whose people differ by a few give those few away; so do groups that make up a whole."""
    by_name: dict[tuple[str, ...], list[Mean]] = {}
    for mean in means_of(seen):
        by_name.setdefault(mean.name, []).append(mean)
    for same in by_name.values():
        for small in sorted(same, key=lambda m: m.n):
            for large in same:
                close = small.group == large.group and 0 < large.n - small.n < profile.persons
                if close and _shown(out, small) and _shown(out, large):
                    _hide(out, small, "release_near_base")
        _complements(same, out, profile)


def _complements(same: list[Mean], out: list[list[Fate]], profile: Profile) -> None:
    for whole in [m for m in same if not m.group]:
        sets = {frozenset(name for name, _ in m.group) for m in same if m.group}
        for names in sets:
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


def _gives_away(seen: Seen, at: int, row: Mapping[str, Any], hidden: Sequence[Where]) -> bool:
    """Say whether the number is made of counts of which one is hidden."""
    outcome, group = row["outcome"], seen.facts.groups[at]
    term = str(row["term"]).split("[")[0]
    columns = seen.facts.columns.get(outcome, ())
    # Contrasts of a change are made within a group, others between groups.
    paired = len(columns) == 2 and seen.result.kind in PAIRED
    columns = columns if paired else ()
    for place in hidden:
        names = {name.split(":")[0] for name, code in place if code != ANSWERED}
        if not names & {outcome, *columns}:
            continue
        if row["scale"] in MODELS and not paired:
            if term in names or len(names) == 1:
                return True
        elif (row["contrast"] and not paired) or group <= place:
            return True
    return False
