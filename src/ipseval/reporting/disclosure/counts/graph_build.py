"""Joins the counts of all results and of earlier releases to one system.

Bases that could lie inside one another are taken to do so, because a reader may know it: the people in the
larger and not in the smaller are counted, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import Sum, Where, where
from ipseval.reporting.disclosure.counts.graph import Earlier, Graph
from ipseval.reporting.disclosure.counts.graph_people import (
    across,
    counted_otherwise,
    marked_cells,
    one_name_each,
    tie,
)
from ipseval.reporting.disclosure.counts.graph_words import answered_together, between_edges, nest
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.facts import Facts


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
    alike = one_name_each(graph, facts, tables, factor)
    marked = marked_cells(graph, facts, factor)
    for population, counts in tables.items():
        for place, n in counts.items():
            graph.values.setdefault(graph.key(population, place), n)
    _take_printed(graph, facts)
    for total, parts in earlier_sums:
        graph.add(graph.key(*total), tuple(graph.key(*p) for p in parts))
    for old in earlier:
        cell = graph.key(*old.key)
        if cell not in graph.earlier or old.shown:
            graph.earlier[cell] = old
    for these, those in [*alike, *across(graph, marked, earlier, earlier_sums)]:
        tie(graph, these, those)
    answered_together(graph)
    between_edges(graph)
    nest(graph)
    return graph


def _hold_counted(n: int, old: Earlier) -> None:
    """The same words for the same people must count as they did."""
    if n != old.n and not any(name == "#" for name, _ in old.key[1]):
        raise counted_otherwise(old)


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
    graph.add(graph.key(population, fact.total), tuple(graph.key(population, p) for p in fact.parts))
