"""All counts of a release as one system: same people and conditions are one cell, whatever table they are in.

Bases that could lie inside one another are taken to do so, because a reader may know it: the people in the
larger and not in the smaller are counted, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import ANSWERED, BELOW, MISSING, TOGETHER, Sum, Where, where
from ipseval.core.people import People
from ipseval.reporting.disclosure import ties
from ipseval.reporting.disclosure.attack import Floats, Need, Problem
from ipseval.reporting.disclosure.facts import Facts
from ipseval.reporting.disclosure.members import nearly
from ipseval.reporting.disclosure.suppress import MARGIN

Key = tuple[str, Where]


@dataclass(frozen=True)
class Earlier:
    """A count in an earlier release: printed and shown or hidden, or only a part of a sum.

    `small` is the threshold below which it lay, 0 where it did not; `mark` is of its people (`ties`).
    """

    key: Key
    n: int
    shown: bool
    printed: bool = True
    small: int = 0
    mark: int | None = None


@dataclass(eq=False)
class Graph:
    """Cells with counts, the results' rows that print them, and the sums between them."""

    values: dict[Key, int] = field(default_factory=dict)
    printed: dict[Key, list[tuple[int, int, str]]] = field(default_factory=dict)
    sums: list[tuple[Key, tuple[Key, ...]]] = field(default_factory=list)
    earlier: dict[Key, Earlier] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    unseen_parts: set[Key] = field(default_factory=set)
    same: dict[Key, Key] = field(default_factory=dict)
    marks: dict[Key, int] = field(default_factory=dict)
    nearly: list[tuple[Key, Key]] = field(default_factory=list)
    """Cells that lie in others but for few, as far as persons are known."""
    ids: dict[str, NDArray[np.uint64]] = field(default_factory=dict)
    """The marks of single persons by population."""
    span: ties.Span = field(default_factory=ties.Span)

    def key(self, population: str, place: Where) -> Key:
        """The cell of a population and conditions, after like populations and like cells were joined."""
        cell = (self.alias.get(population, population), place)
        return self.same.get(cell, cell)


def build(
    facts: Sequence[Facts],
    earlier: Iterable[Earlier] = (),
    earlier_sums: Iterable[tuple[Key, tuple[Key, ...]]] = (),
    inside: Sequence[tuple[str, str]] = (),
    factor: int = 1,
) -> Graph:
    """Join the counts of all results and of earlier releases.

    `inside` names bases, the smaller first, that the caller knows to lie inside one another; `factor` blinds
    marks as those of earlier releases are.
    """
    earlier, earlier_sums = list(earlier), list(earlier_sums)
    tables: dict[str, dict[Where, int]] = {}
    for each in facts:
        _merge(tables.setdefault(each.population, {}), each)
    for old in earlier:
        _hold_counted(tables.setdefault(old.key[0], {}).setdefault(old.key[1], old.n), old)
    _hold_declared(facts, tables, inside)
    graph = Graph(alias=_joined(tables))
    alike = _one_name_each(graph, facts, tables, factor)
    marked = _marked(graph, facts, factor)
    for population, counts in tables.items():
        for place, n in counts.items():
            graph.values.setdefault(graph.key(population, place), n)
    _take_printed(graph, facts)
    for total, parts in earlier_sums:
        _add(graph, graph.key(*total), tuple(graph.key(*p) for p in parts))
    for old in earlier:
        cell = graph.key(*old.key)
        if cell not in graph.earlier or old.shown:
            graph.earlier[cell] = old
    for these, those in [*alike, *_across(graph, marked, earlier, earlier_sums)]:
        _tie(graph, these, those)
    _answered_together(graph)
    _between_edges(graph)
    _nest(graph)
    return graph


def _hold_counted(n: int, old: Earlier) -> None:
    """The same words for the same people must count as they did."""
    if n != old.n and not any(name == "#" for name, _ in old.key[1]):
        raise _counted_otherwise(old)


def _counted_otherwise(old: Earlier) -> DisclosureError:
    names = ", ".join(sorted(name for name, _ in old.key[1])) or "everybody"
    return DisclosureError(
        f"an earlier release in the ledger counts {names} otherwise for the same people: give a column that "
        "was recoded since a name of its own."
    )


def _one_name_each(
    graph: Graph, facts: Sequence[Facts], tables: dict[str, dict[Where, int]], factor: int
) -> list[ties.Tie]:
    """Join the cells that are the same people, and say which are so together."""
    told: dict[str, list[People]] = {}
    for each in facts:
        if each.people is not None:
            told.setdefault(graph.key(each.population, where())[0], []).append(each.people)
    more: list[ties.Tie] = []
    for population, known in told.items():
        people = ties.gathered(known)
        names, joined = ties.one_name_each(people, tables[population])
        marks = ties.marks_of(people, tables[population])
        nested = nearly(people, tables[population])
        graph.same |= {(population, a): (population, b) for a, b in names.items()}
        graph.marks |= {graph.key(population, a): ties.blinded(mark, factor) for a, mark in marks.items()}
        graph.nearly += [(graph.key(population, a), graph.key(population, b)) for a, b in nested]
        graph.ids[population] = people.ids * np.uint64(factor)
        for these, those in joined:
            sides = ([graph.key(population, p) for p in side] for side in (these, those))
            more.append((tuple(next(sides)), tuple(next(sides))))
    return more


def _marked(graph: Graph, facts: Sequence[Facts], factor: int) -> dict[Key, int]:
    """Cells of which the marks are told and no columns; `graph` gets the marks, too."""
    told = {
        graph.key(each.population, place): ties.blinded(mark, factor)
        for each in facts
        for place, mark in each.marks.items()
    }
    graph.marks |= told
    return told


def _across(
    graph: Graph,
    marked: Mapping[Key, int],
    earlier: Sequence[Earlier],
    sums: Sequence[tuple[Key, tuple[Key, ...]]],
) -> list[ties.Tie]:
    """What earlier releases count of the same people under other names, and results that tell marks alone."""
    then, out = dict(marked), {}
    for old in earlier:
        cell = graph.key(*old.key)
        if old.mark is not None:
            if graph.marks.get(cell, old.mark) != old.mark:
                raise _counted_otherwise(old)
            then[cell] = out[cell] = old.mark
    before = [(graph.key(*total), tuple(graph.key(*p) for p in parts)) for total, parts in sums]
    for population, ids in graph.ids.items():
        mine, theirs = ({k: m for k, m in side.items() if k[0] == population} for side in (graph.marks, out))
        graph.nearly += ties.nearly_across(mine, theirs, graph.values, ids)
    return ties.across(graph.marks, graph.sums, then, before)


def _tie(graph: Graph, these: Sequence[Key], those: Sequence[Key]) -> None:
    """Say that cells and other cells are the same people together."""
    if len(those) == 1:
        these, those = those, these
    if len(these) == 1:
        _add(graph, these[0], tuple(those))
        return
    inside = ",".join(sorted("=".join(c) for key in these for c in key[1]))
    both = (these[0][0], where(("together", inside)))
    graph.values[both] = sum(graph.values[key] for key in these)
    _add(graph, both, tuple(these))
    _add(graph, both, tuple(those))


def _take_printed(graph: Graph, facts: Sequence[Facts]) -> None:
    for at, each in enumerate(facts):
        for place, spots in each.printed.items():
            cell = graph.printed.setdefault(graph.key(each.population, place), [])
            cell += [(at, spot.row, spot.field) for spot in spots]
        for fact in each.sums:
            _add_sum(graph, each.population, fact)


def _merge(counts: dict[Where, int], facts: Facts) -> None:
    """Take in the counts of one result; the base of a population has one size."""
    known = counts.get(where())
    if known is not None and known != facts.counts[where()]:
        raise DisclosureError(
            f"the base {facts.base!r} has {len({known, facts.counts[where()]})} different sizes in results "
            "of the same people: name the bases apart, or make the results anew from one frame."
        )
    for place, n in facts.counts.items():
        if counts.setdefault(place, n) != n:
            raise DisclosureError(
                f"two results of the base {facts.base!r} count the same people differently: make both from "
                "one frame, or name the bases apart."
            )


def _hold_declared(
    facts: Sequence[Facts], tables: dict[str, dict[Where, int]], inside: Sequence[tuple[str, str]]
) -> None:
    names = {f.base: f.population for f in facts}
    for small, large in inside:
        lacking = [name for name in (small, large) if name not in names]
        if lacking:
            raise DisclosureError(f"inside= names {lacking[0]!r}, which is the base of no result given.")
        a, b = tables[names[small]], tables[names[large]]
        wrong = sum(a[place] > b[place] for place in a.keys() & b.keys())
        if wrong:
            raise DisclosureError(
                f"the base {small!r} is said to lie inside {large!r}, but {wrong} of its counts are larger "
                "there: correct inside=."
            )


def _joined(tables: dict[str, dict[Where, int]]) -> dict[str, str]:
    """Populations that count alike whatever both count are one."""
    alias: dict[str, str] = {}
    names = list(tables)
    for first, second in combinations(names, 2):
        a, b = tables[alias.get(first, first)], tables[alias.get(second, second)]
        if a is b:
            continue
        shared = a.keys() & b.keys()
        if where() in shared and all(a[p] == b[p] for p in shared):
            root, gone = alias.get(first, first), alias.get(second, second)
            tables[root].update(b)
            alias |= {name: root for name in names if alias.get(name, name) == gone}
    return alias


def _add_sum(graph: Graph, population: str, fact: Sum) -> None:
    _add(graph, graph.key(population, fact.total), tuple(graph.key(population, p) for p in fact.parts))


def _add(graph: Graph, total: Key, parts: tuple[Key, ...]) -> None:
    held = total in graph.values and all(p in graph.values for p in parts)
    if not held or parts == (total,) or graph.values[total] != sum(graph.values[p] for p in parts):
        return
    if graph.span.take(total, parts):
        graph.sums.append((total, parts))


def _answered_together(graph: Graph) -> None:
    """Those who answered several columns are some of those who answered one of them."""
    for population, place in list(graph.values):
        for name, code in place:
            if code != ANSWERED or TOGETHER not in name:
                continue
            others = place - {(name, code)}
            # What the rest answered is theirs; how many they are is only about missing answers.
            larger = [(others, "rest")]
            larger += [(others | where((column, ANSWERED)), "missing") for column in name.split(TOGETHER)]
            for whole, word in larger:
                _part_of(graph, (population, place), (population, whole), where((f"{name}:{word}", "1")))


def _part_of(graph: Graph, part: Key, whole: Key, mark: Where) -> None:
    more = (whole[0], whole[1] | mark)
    inside = any(part in parts for total, parts in graph.sums if total == whole)
    if whole in graph.values and not inside and 0 < graph.values[part] <= graph.values[whole]:
        graph.values.setdefault(more, graph.values[whole] - graph.values[part])
        _add(graph, whole, (part, more))


def _between_edges(graph: Graph) -> None:
    """Bars with other edges over the same people: count what lies between neighbouring edges of either."""
    edges: dict[tuple[str, Where, str], list[tuple[float, Key]]] = {}
    codes: dict[tuple[str, Where, str], list[tuple[float, Key]]] = {}
    for population, place in list(graph.values):
        for name, code in place:
            found = edges if name.endswith(BELOW) else codes
            value = _number(code)
            if value is not None:
                spot = (population, place - {(name, code)}, name.removesuffix(BELOW))
                found.setdefault(spot, []).append((value, (population, place)))
    for (population, others, column), ends in edges.items():
        answers = codes.get((population, others, column), [])
        first = min(value for value, _ in ends)
        lowest = next(key for value, key in ends if value == first)
        _add(graph, lowest, tuple(key for value, key in answers if value < first))
        for (a, low), (b, high) in pairwise(sorted(ends)):
            if not any(total == high and low in parts for total, parts in graph.sums):
                piece = (population, others | where((f"{column}{BELOW}{BELOW}", f"{a:g}-{b:g}")))
                graph.values[piece] = graph.values[high] - graph.values[low]
                _add(graph, high, (low, piece))
            _add(graph, high, (low, *(key for value, key in answers if a <= value < b)))


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _nest(graph: Graph) -> None:
    """Where one base could lie inside another, count those in the larger alone."""
    tables: dict[str, dict[Where, int]] = {}
    for (population, place), n in graph.values.items():
        tables.setdefault(population, {})[place] = n
    for first, second in combinations(sorted(tables, key=lambda p: tables[p].get(where(), 0)), 2):
        a, b = tables[first], tables[second]
        shared = [place for place in a if place in b]
        if where() not in shared or any(a[p] > b[p] for p in shared):
            continue
        for place in shared:
            more = (f"{second}\x1f{first}", place)
            graph.values[more] = b[place] - a[place]
            graph.unseen_parts.add(more)
            graph.sums.append(((second, place), ((first, place), more)))


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
    forced = now & small & ~out
    gone = ~now & ~out
    told = np.array([open_missing and _only_missing(k) for k in keys], dtype=bool)
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
        free=now & ~small & ~out & (n > 0),
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
            _add(graph, whole, (part, more))


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
