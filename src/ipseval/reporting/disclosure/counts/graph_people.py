"""Cells that are the same people: by the persons of a release, and by marks of earlier ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import Where, where
from ipseval.core.people import People
from ipseval.reporting.disclosure.counts import marks, ties
from ipseval.reporting.disclosure.counts.graph import Earlier, Graph
from ipseval.reporting.disclosure.counts.members import digests, nearly
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.facts import Facts


def counted_otherwise(old: Earlier) -> DisclosureError:
    """The refusal of a name that counts other people than it did."""
    names = ", ".join(sorted(name for name, _ in old.key[1])) or "everybody"
    return DisclosureError(
        f"an earlier release in the ledger counts {names} otherwise for the same people: give a column that "
        "was recoded since a name of its own."
    )


def one_name_each(
    graph: Graph, facts: Sequence[Facts], tables: dict[str, dict[Where, int]], factor: int
) -> list[marks.Tie]:
    """Join the cells that are the same people, and say which are so together."""
    told: dict[str, list[People]] = {}
    for each in facts:
        if each.people is not None:
            told.setdefault(graph.key(each.population, where())[0], []).append(each.people)
    more: list[marks.Tie] = []
    for population, known in told.items():
        people = ties.gathered(known)
        names, joined = ties.one_name_each(people, tables[population])
        nested = nearly(people, tables[population])
        graph.same |= {(population, a): (population, b) for a, b in names.items()}
        graph.marks |= {
            graph.key(population, a): marks.blinded(mark, factor)
            for a, mark in digests(people, tables[population]).items()
        }
        graph.nearly += [(graph.key(population, a), graph.key(population, b)) for a, b in nested]
        graph.ids[population] = people.ids * np.uint64(factor)
        for these, those in joined:
            sides = ([graph.key(population, p) for p in side] for side in (these, those))
            more.append((tuple(next(sides)), tuple(next(sides))))
    return more


def marked_cells(graph: Graph, facts: Sequence[Facts], factor: int) -> dict[Key, int]:
    """Cells of which the marks are told and no columns; `graph` gets the marks, too."""
    told = {
        graph.key(each.population, place): marks.blinded(mark, factor)
        for each in facts
        for place, mark in each.marks.items()
    }
    graph.marks |= told
    return told


def across(
    graph: Graph,
    marked: Mapping[Key, int],
    earlier: Sequence[Earlier],
    sums: Sequence[tuple[Key, tuple[Key, ...]]],
) -> list[marks.Tie]:
    """What earlier releases count of the same people under other names, and results that tell marks alone."""
    then, out = dict(marked), {}
    for old in earlier:
        cell = graph.key(*old.key)
        if old.mark is not None:
            if graph.marks.get(cell, old.mark) != old.mark:
                raise counted_otherwise(old)
            then[cell] = out[cell] = old.mark
    before = [(graph.key(*total), tuple(graph.key(*p) for p in parts)) for total, parts in sums]
    for population, ids in graph.ids.items():
        mine, theirs = ({k: m for k, m in side.items() if k[0] == population} for side in (graph.marks, out))
        graph.nearly += marks.nearly_across(mine, theirs, graph.values, ids)
    return marks.across(graph.marks, graph.sums, then, before)


def tie(graph: Graph, these: Sequence[Key], those: Sequence[Key]) -> None:
    """Say that cells and other cells are the same people together."""
    if len(those) == 1:
        these, those = those, these
    if len(these) == 1:
        graph.add(these[0], tuple(those))
        return
    inside = ",".join(sorted("=".join(c) for key in these for c in key[1]))
    both = (these[0][0], where(("together", inside)))
    graph.values[both] = sum(graph.values[key] for key in these)
    graph.add(both, tuple(these))
    graph.add(both, tuple(those))
