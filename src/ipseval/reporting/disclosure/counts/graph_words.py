"""What follows from conditions: who answered together, bars with other edges, bases in one another."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from ipseval.core.evidence import ANSWERED, BELOW, TOGETHER, Where, where
from ipseval.core.people import WHOLE
from ipseval.reporting.disclosure.counts.graph import Graph
from ipseval.reporting.disclosure.counts.marks import Few
from ipseval.reporting.disclosure.counts.span import Key


def answered_together(graph: Graph) -> None:
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
        graph.add(whole, (part, more))


def between_edges(graph: Graph) -> None:
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
        graph.add(lowest, tuple(key for value, key in answers if value < first))
        for (a, low), (b, high) in pairwise(sorted(ends)):
            if not any(total == high and low in parts for total, parts in graph.sums):
                piece = (population, others | where((f"{column}{BELOW}{BELOW}", f"{a:g}-{b:g}")))
                graph.values[piece] = graph.values[high] - graph.values[low]
                graph.add(high, (low, piece))
            graph.add(high, (low, *(key for value, key in answers if a <= value < b)))


def _apart(graph: Graph, first: str, second: str) -> bool:
    """Whether the persons are known, and somebody of the first is not in the second."""
    a, b = graph.ids.get(first), graph.ids.get(second)
    if not (first.startswith("people:") and second.startswith("people:")) or b is None:
        return False
    if a is not None:
        return not np.isin(a, b).all()
    old = graph.earlier.get((first, where()))
    left, few = len(b) - graph.values[first, where()], Few(b)
    if old is None or old.mark is None or not 0 < left <= few.most:
        return False
    return not few.are((int(b.sum(dtype=np.uint64)) - old.mark) % WHOLE, left)


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def nest(graph: Graph) -> None:
    """Where one base could lie inside another, count those in the larger alone."""
    tables: dict[str, dict[Where, int]] = {}
    for (population, place), n in graph.values.items():
        tables.setdefault(population, {})[place] = n
    for first, second in combinations(sorted(tables, key=lambda p: tables[p].get(where(), 0)), 2):
        a, b = tables[first], tables[second]
        shared = [place for place in a if place in b]
        if where() not in shared or any(a[p] > b[p] for p in shared) or _apart(graph, first, second):
            continue
        for place in shared:
            more = (f"{second}\x1f{first}", place)
            graph.values[more] = b[place] - a[place]
            graph.sums.append(((second, place), ((first, place), more)))
