"""The system as an outsider meets it: what is too small, what may be hidden, what must stay possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ipseval.core.evidence import ANSWERED, MISSING, where
from ipseval.reporting.disclosure.counts.graph import Earlier, Graph
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.pattern.attack import Floats, Need, Problem
from ipseval.reporting.disclosure.pattern.suppress import MARGIN


def problem_of(graph: Graph, least: int, open_missing: bool = True) -> tuple[Problem, list[Key]]:
    """Set the release up for an outsider: what is too small, what may be hidden, what must stay possible.

    With `open_missing` it may be known how many did not answer or are not in a base, but not what the few
    are otherwise.
    """
    _rests(graph, least)
    _betweens(graph, least)
    keys = list(graph.values)
    place = {key: at for at, key in enumerate(keys)}
    n = np.array([graph.values[k] for k in keys], dtype=np.int64)
    out = np.array([k in graph.earlier and graph.earlier[k].shown for k in keys], dtype=bool)
    now = np.array([k in graph.printed for k in keys], dtype=bool)
    before = np.array([k in graph.earlier and _was_hidden(graph.earlier[k]) for k in keys], dtype=bool)
    small = (n > 0) & (n < least)
    told = np.array([open_missing and _only_missing(k) for k in keys], dtype=bool)
    forced = now & small & ~out & ~told
    gone = ~now & ~out
    relations = np.zeros((len(graph.sums), len(keys)))
    for row, (total, parts) in enumerate(graph.sums):
        relations[row, place[total]] -= 1.0
        for part in parts:
            relations[row, place[part]] += 1.0
    needs = [Need(int(c), t) for c in np.flatnonzero(forced) for t in _ends(least)]
    needs += [Need(int(c), least) for c in np.flatnonzero(gone & small & ~before & ~told)]
    for key, old in graph.earlier.items():
        if old.small and not now[place[key]]:
            needs += [Need(place[key], t) for t in _ends(old.small)]
    problem = Problem(
        values=n,
        forced=forced,
        free=now & ~forced & ~out & (n > 0),
        gone=gone,
        floor=((now | before) & (n > 0)).astype(np.int64),
        cost=_costs(graph, keys),
        relations=relations,
        needs=tuple(needs),
    )
    return problem, keys


def _ends(least: int) -> tuple[int, int]:
    """What must stay possible of a small count; where only 1 is small, 2 as well."""
    return 1, max(least - 1, 2)


def known_before(problem: Problem, graph: Graph, keys: Sequence[Key]) -> Problem:
    """What an outsider has before this release: counts shown earlier, and that hidden ones are not zero."""
    out = np.array([k in graph.earlier and graph.earlier[k].shown for k in keys], dtype=bool)
    before = np.array([k in graph.earlier and _was_hidden(graph.earlier[k]) for k in keys], dtype=bool)
    nothing = np.zeros(len(keys), dtype=bool)
    floor = (before & (problem.values > 0)).astype(np.int64)
    return replace(problem, forced=nothing, free=nothing, gone=~out, floor=floor)


def _only_missing(key: Key) -> bool:
    is_difference = "\x1f" in key[0]
    return any(name.endswith(MISSING) for name, _ in key[1]) or (is_difference and not key[1])


def _was_hidden(old: Earlier) -> bool:
    return old.printed and not old.shown


def _rests(graph: Graph, least: int) -> None:
    """Everybody in a sum but one part: counted where they are few."""
    for total, parts in list(graph.sums):
        for part in parts if len(parts) > 2 else ():
            few = graph.values[total] - graph.values[part]
            if 0 < few < least:
                inside = ",".join(sorted("=".join(c) for c in total[1]))
                rest = (total[0], part[1] | where(("all but", inside)))
                if rest not in graph.values:
                    graph.values[rest] = few
                    graph.sums.append((total, (part, rest)))


def _betweens(graph: Graph, least: int) -> None:
    """Those in a cell and not in another that lies in it: counted where they are few."""
    for part, whole in dict.fromkeys(graph.nearly):
        few = graph.values[whole] - graph.values[part]
        if 0 < few < least:
            other = part[1] - whole[1]
            missing = all(code == ANSWERED or name.endswith(MISSING) for name, code in other)
            words = ",".join(sorted("=".join(c) for c in other))
            more = (whole[0], whole[1] | where((f"not {words}{MISSING if missing else ''}", "1")))
            graph.values.setdefault(more, few)
            graph.add(whole, (part, more))


def _costs(graph: Graph, keys: list[Key]) -> Floats:
    made_of: dict[Key, list[Key]] = {}
    for total, parts in graph.sums:
        made_of.setdefault(total, []).extend(p for p in parts if p in graph.printed)
    depths: dict[Key, int] = {}

    def depth(key: Key) -> int:
        if key not in depths:
            depths[key] = 0
            depths[key] = max((1 + depth(p) for p in made_of.get(key, ())), default=0)
        return depths[key]

    largest = 1 + max(graph.values.values(), default=0)
    cost = [MARGIN ** min(depth(k), 3) + graph.values[k] / largest for k in keys]
    cost = [
        each + 0.2 * max(0, len(graph.printed.get(key, ())) - 1) for each, key in zip(cost, keys, strict=True)
    ]
    return np.array(cost, dtype=np.float64)
