"""Judges a whole release at once: counts as one system, then the numbers that rest on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ipseval.core.result import Result
from ipseval.reporting.disclosure.counts.graph import Graph
from ipseval.reporting.disclosure.counts.graph_build import build
from ipseval.reporting.disclosure.counts.graph_problem import known_before, problem_of
from ipseval.reporting.disclosure.counts.ledger import Ledger
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.facts import Facts, facts_of
from ipseval.reporting.disclosure.fate import HIDDEN, OK, PERSON, PROTECTING, ROUNDED, Fate, Seen
from ipseval.reporting.disclosure.numbers.coded import hidden_of, judge_after_means
from ipseval.reporting.disclosure.numbers.mean_earlier import judge_earlier, told_kept, told_means
from ipseval.reporting.disclosure.numbers.mean_sums import judge_sums
from ipseval.reporting.disclosure.numbers.means import judge_derived
from ipseval.reporting.disclosure.numbers.rows import fates
from ipseval.reporting.disclosure.numbers.windows import told_windows
from ipseval.reporting.disclosure.pattern.attack import (
    InfeasibleError,
    Ints,
    Mask,
    Need,
    Problem,
    attainable,
    open_needs,
    without_told,
)
from ipseval.reporting.disclosure.pattern.rounding import rounded
from ipseval.reporting.disclosure.pattern.suppress import suppress
from ipseval.reporting.disclosure.profiles import Profile
from ipseval.reporting.disclosure.sums.linear import judge_linear

STAFF = ("staff", "employee", "practitioner")
"""Units of a base that are few people who know one another."""
WORSE = (OK, PROTECTING, HIDDEN, PERSON)
"""States of a count, from the one that shows it."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What becomes of each row, and how it was found.

    `hidden` counts must not be told; `shown` ones stand in the files, or are behind a number that does.
    `gap` is the share of the cost of what is hidden that another pattern may save, None where that is not
    known; `refused` holds, per result, the code of the sentence why it does not leave at all, or "".
    """

    fates: tuple[tuple[Fate, ...], ...]
    refused: tuple[str, ...]
    graph: Graph
    hidden: frozenset[Key]
    shown: frozenset[Key]
    small: dict[Key, int]
    told: dict[str, list[dict[str, object]]]
    gap: float | None
    attacked: int
    already_out: int
    exposed: int


def judge(
    results: Sequence[Result],
    profile: Profile,
    *,
    method: str,
    ledger: Ledger,
    inside: Sequence[tuple[str, str]],
) -> Judged:
    """Decide for every number of every result whether it may be shown."""
    refused = tuple(_refused_whole(r, profile) for r in results)
    facts = [facts_of(r, at, profile.steps) for at, r in enumerate(results)]
    kept = [at for at, why in enumerate(refused) if not why]
    graph = build([facts[at] for at in kept], ledger.counts(), ledger.sums(), inside, ledger.factor)
    problem, keys = problem_of(graph, profile.persons, profile.missing == "open")
    told: frozenset[int] = frozenset()
    if ledger.entries:
        problem, told = without_told(problem, known_before(problem, graph, keys), profile.persons)
    try:
        shown, hidden, gap, needs = _protected(problem, method, profile)
    except InfeasibleError as refusal:
        raise _named(refusal, [keys[c] for c in refusal.cells], graph, [results[at] for at in kept]) from None
    out = told | {at for at, key in enumerate(keys) if _told_small(graph, key, profile.persons)}
    states = {key: PERSON if at in out else _state(problem, hidden, at) for at, key in enumerate(keys)}
    values = {key: int(shown[at]) for at, key in enumerate(keys)} if method == "round" else {}
    seen = [Seen(results[at], facts[at], _spots(facts[at], graph, states)) for at in kept]
    hidden_keys = frozenset(k for k, s in states.items() if s != OK and k in graph.printed)
    rows = fates(seen, hidden_of(seen, graph, list(hidden_keys)), profile, ledger)
    judge_after_means(seen, rows, graph, ledger.means())
    judge_earlier(seen, rows, graph, ledger.means(), profile.persons)
    judge_linear(seen, rows, profile.persons)
    judge_sums(seen, rows, graph, ledger, profile.persons)
    judge_derived(seen, rows)
    if method == "round":
        rows = [_in_round(s, r, graph, values) for s, r in zip(seen, rows, strict=True)]
    whole: list[tuple[Fate, ...]] = [() for _ in results]
    for at, found in zip(kept, rows, strict=True):
        whole[at] = tuple(found)
    beside = {
        "means": told_means(seen, rows, graph),
        "kept": told_kept(seen, rows, graph),
        "windows": told_windows(seen, rows, profile),
    }
    few = [k for k, n in graph.values.items() if k in graph.printed and 0 < n < profile.persons]
    small = dict.fromkeys(few, profile.persons)
    exposed = 0 if method == "round" else len(open_needs(replace(problem, needs=needs), hidden))
    return Judged(
        tuple(whole), refused, graph, hidden_keys, _shown(graph, rows), small, beside, gap,
        len(needs), len(out), exposed,
    )  # fmt: skip


def _shown(graph: Graph, rows: Sequence[Sequence[Fate]]) -> frozenset[Key]:
    """Counts of which some row shows itself, or a number made of it."""
    found = set()
    for key, spots in graph.printed.items():
        for result, row, field in spots:
            fate = rows[result][row]
            told = {"n": fate.n, "n_events": fate.n_events}.get(field, fate.estimate)
            if told is not None or (field == "behind" and fate.rest):
                found.add(key)
    return frozenset(found)


def _refused_whole(result: Result, profile: Profile) -> str:
    if result.base.unit in STAFF and result.base.n < profile.staff:
        return "release_staff"
    return "release_small_base" if result.base.n < profile.persons else ""


def _protected(
    problem: Problem, method: str, profile: Profile
) -> tuple[Ints, Mask, float | None, tuple[Need, ...]]:
    nothing = np.zeros(len(problem.values), dtype=bool)
    if method == "round":
        problem = attainable(problem, profile.persons)
        return rounded(problem, profile.rounding_base), nothing, 0.0, problem.needs
    pattern = suppress(problem, profile.persons)
    return problem.values, pattern.hidden, pattern.gap, pattern.needs


def _named(
    refusal: InfeasibleError, cells: Sequence[Key], graph: Graph, results: Sequence[Result]
) -> InfeasibleError:
    """The refusal with the outcomes whose counts are concerned; the few in a base difference have none."""
    spots = [spot for key in cells for spot in graph.printed.get(key, ())]
    outcomes = {str(results[at].estimates["outcome"].iloc[row]) for at, row, _ in spots}
    if not outcomes:
        return refusal
    return InfeasibleError(f"in {', '.join(sorted(outcomes))}: {refusal}", refusal.cells)


def _state(problem: Problem, hidden: Mask, at: int) -> str:
    if not hidden[at]:
        return OK
    return HIDDEN if problem.forced[at] else PROTECTING


def _told_small(graph: Graph, key: Key, least: int) -> bool:
    """An earlier release, of other rules, shows a count that these rules hide."""
    old = graph.earlier.get(key)
    return old is not None and old.shown and key in graph.printed and 0 < graph.values[key] < least


def _spots(facts: Facts, graph: Graph, states: dict[Key, str]) -> dict[tuple[int, str], str]:
    """What the outsider sees of each count of each row; of the many behind a number, the worst."""
    found: dict[tuple[int, str], str] = {}
    for place, spots in facts.printed.items():
        state = states[graph.key(facts.population, place)]
        for spot in spots:
            before = found.get((spot.row, spot.field), OK)
            found[(spot.row, spot.field)] = max(before, state, key=WORSE.index)
    return found


def _in_round(seen: Seen, rows: list[Fate], graph: Graph, values: dict[Key, int]) -> list[Fate]:
    """Put the rounded counts in, and shares made of them; what rests on exact counts goes."""
    at_spot = {
        (spot.row, spot.field): values[graph.key(seen.facts.population, place)]
        for place, spots in seen.facts.printed.items()
        for spot in spots
    }
    out = []
    for at, (row, fate) in enumerate(zip(seen.rows, rows, strict=True)):
        n, events = at_spot.get((at, "n")), at_spot.get((at, "n_events"))
        share = None
        if row["scale"] == "share" and n and events is not None:
            share = events / n
        elif row["scale"] == "mean" and fate.estimate is not None and (at, "behind") not in seen.spots:
            share = round(fate.estimate, 1)
        status, why = ROUNDED, "release_rounded"
        if share is None:
            # What was not there to be rounded has a reason of its own.
            gone = fate.estimate is None
            status, why = (fate.status, fate.why) if gone else (HIDDEN, "release_not_with_rounding")
        out.append(Fate(n, events, share, False, status, why))
    return out


__all__ = ["InfeasibleError", "Judged", "judge"]
