"""What becomes of each row of a result: which of its numbers may be shown, and why not.

The counts are judged as one system beforehand; here the numbers that rest on them follow.  A number from
which a hidden count could be computed goes with the count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ipseval.core.evidence import ANSWERED, Line, Where
from ipseval.reporting.disclosure.counts.ledger import Ledger
from ipseval.reporting.disclosure.fate import HIDDEN, OK, PAIRED, PERSON, PROTECTING, ROUNDED, Fate, Seen
from ipseval.reporting.disclosure.numbers.means import judge_means
from ipseval.reporting.disclosure.numbers.rank_limits import limits_of_few
from ipseval.reporting.disclosure.numbers.weights import judge_weights
from ipseval.reporting.disclosure.numbers.windows import AVERAGED, judge_windows
from ipseval.reporting.disclosure.profiles import Profile

MODELS = ("odds_ratio", "risk_ratio", "hazard_ratio", "log_odds", "relative_risk_ratio")
SPREAD = ("mean", "sd", "sum", "difference", "standardised", "correlation", "risk_difference", "test")
CURVES = ("cumulative_incidence",)
CHECKED = ("share", *MODELS, *AVERAGED, *SPREAD, *CURVES)
"""Scales that have a rule here; a number of any other kind is left to a person."""
WITH_CELLS = (
    "expected_share",
    "weighted_share",
    "mean_ratio",
    "cliffs_delta",
    "cost_per_effect",
    "resample_share",
    "auc",
    "brier",
    "calibration_intercept",
    "calibration_slope",
    "points_per_month",
    "pooled_share",
)
"""Scales that are judged where the result tells the cells that each number rests on."""
_WHY = {HIDDEN: "release_small", PROTECTING: "release_protects", PERSON: "release_already_out"}
_WHY_BEHIND = {HIDDEN: "release_model_cell", PROTECTING: "release_derived", PERSON: "release_already_out"}
_QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
_PAIRWISE = "hodges_lehmann"
_RANKED = (_PAIRWISE, "permutation")
"""Terms of a change whose p (or rank sum) tells how many fell where that is few: p times 2 to the power of n
counts the ways to choose signs, and of a few small ones there is one way for each number."""
_OF_CHANGES = "share_"
"""How estimands begin that count kinds of changes, and no answers of a column."""


def fates(
    seen: Sequence[Seen], hidden: Sequence[Sequence[Where]], profile: Profile, ledger: Ledger
) -> list[list[Fate]]:
    """Judge every row of every result; `hidden` are the conditions of the counts hidden from each."""
    out = [[_alone(each, at, row, profile) for at, row in enumerate(_rows(each))] for each in seen]
    judge_weights(seen, out, ledger.means(), profile)
    judge_windows(seen, out, ledger.windows(), profile)
    judge_means(seen, out, profile)
    for each, rows, gone in zip(seen, out, hidden, strict=True):
        for at, row in enumerate(_rows(each)):
            if rows[at].estimate is not None and row["scale"] != "share" and _gives_away(each, at, row, gone):
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
    if events and (at, "n_events") not in seen.spots:
        return _unknown_people()
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
        rare = row["scale"] not in MODELS and _rare(seen, row, seen.facts.lines[at], profile)
        why = rare or _WHY_BEHIND[behind]
        return fate.without_numbers(behind, why)
    if row["status"] == "refused":
        return fate.without_numbers(OK, "release_refused_before")
    if seen.result.evidence is None:
        return _unknown_people()
    if at in seen.facts.gone:
        return fate.without_numbers(HIDDEN, "release_step")
    told = row["scale"] in WITH_CELLS and seen.facts.lines[at].who is not None
    if row["scale"] not in CHECKED and not told:
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
    held = line.top_two
    if row["scale"] in AVERAGED:
        held = next((share for k, share in line.held if k >= profile.persons), None)
    return "release_dominated" if held is not None and held > profile.firm_share else ""


def _not_averaged(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    if row["scale"] not in AVERAGED:
        return "release_one_value" if line.one_value else ""
    at = _QUARTILES.get(row["term"])
    n = _count(row, "n") or 0
    thin = at is not None and n * min(at, 1 - at) < profile.persons
    return "" if not thin and any(k >= profile.persons for k, _ in line.averages) else "release_one_value"


def _rank_limits(seen: Seen, row: Mapping[str, Any], line: Line, profile: Profile) -> str:
    if row["term"] != _PAIRWISE:
        return ""
    n, level = _count(row, "n") or 0, float(row["conf_level"])
    few = level != level or limits_of_few(n, level, profile.persons)
    return "release_rank_limits" if few else ""


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
_RULES: tuple[_Rule, ...] = (_few, _alike, _rare, _dominated, _not_averaged, _rank_limits, _model, _few_df)


def _gives_away(seen: Seen, at: int, row: Mapping[str, Any], hidden: Sequence[Where]) -> bool:
    """Say whether the number is made of counts of which one is hidden."""
    made_of, group = seen.made_of(at), seen.facts.groups[at]
    if set(made_of) & {name for place in seen.facts.lines[at].behind for name, _ in place}:
        # All cells that it can be taken apart into are known, and were judged with the others.
        return False
    term = str(row["term"]).split("[")[0]
    columns = seen.facts.columns.get(row["outcome"], ())
    # Contrasts of a change are made within a group, others between groups.
    paired = len(columns) == 2 and seen.result.kind in PAIRED
    columns = columns if paired else ()
    ranked = paired and row["term"] in _RANKED
    for place in hidden:
        names = {_column_of(name, ranked) for name, code in place if code != ANSWERED}
        if not names & {*made_of, *columns}:
            continue
        if row["scale"] in MODELS and not paired:
            if term in names or len(names) == 1:
                return True
        elif (row["contrast"] and not paired) or group <= place:
            return True
    return False


def _column_of(name: str, ranked: bool) -> str:
    """The column whose answers a condition counts; who rose or fell is no answer, and only ranks tell it."""
    column, _, estimand = name.partition(":")
    return name if estimand.startswith(_OF_CHANGES) and not ranked else column
