"""Means that earlier releases have shown of nearly the same people, and what the ledger notes of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.core.people import WHOLE
from ipseval.reporting.disclosure.counts.graph import Graph
from ipseval.reporting.disclosure.counts.ledger import key_of, told_key
from ipseval.reporting.disclosure.counts.marks import Few
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.fate import FOR_ITSELF, PERSON, PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.numbers.means import ADDITIVE, Mean, means_of


def judge_earlier(
    seen: Sequence[Seen],
    out: list[list[Fate]],
    graph: Graph,
    earlier: Sequence[Mapping[str, Any]],
    least: int,
) -> None:
    """Hide a mean that is already out on a few persons more or fewer, or leave it to a person."""
    few = {population: Few(ids) for population, ids in graph.ids.items()} if earlier else {}
    for mean in means_of(seen):
        fate = out[mean.result][mean.row]
        if fate.estimate is None:
            continue
        cell = counted(seen[mean.result], mean.row, graph)
        near = [m for m in earlier if tuple(m["name"]) == mean.name and abs(m["n"] - mean.n) < least]
        if any(_same(mean, cell, old, graph) for old in near):
            continue
        found = [_near(mean, cell, old, graph, few) for old in near]
        if PROTECTING in found:
            out[mean.result][mean.row] = fate.without_numbers(PROTECTING, "release_near_earlier")
        elif PERSON in found:
            out[mean.result][mean.row] = fate.without_numbers(PERSON, "release_nearly_out")


def _same(mean: Mean, cell: Key | None, old: Mapping[str, Any], graph: Graph) -> bool:
    """Whether the very same number of the very same persons is out already, and tells nothing more."""
    mark = graph.mark(cell) if cell is not None else None
    same = mean.n == old["n"] and mean.uneven == old.get("uneven", 0)
    return same and mark is not None and f"{mark:x}" == old.get("mark")


def _near(mean: Mean, cell: Key | None, old: Mapping[str, Any], graph: Graph, few: Mapping[str, Few]) -> str:
    """Whether the people are nearly those of an earlier mean: yes, perhaps, or no."""
    alike, more = old["group"] == _plain(mean), mean.n - old["n"]
    mark, known = (graph.mark(cell), few.get(cell[0])) if cell is not None else (None, None)
    if mark is None or known is None or not old.get("mark"):
        return PROTECTING if alike and more else ""
    if graph.key(*key_of(old["who"]))[0] == (cell or ("",))[0] and not alike:
        # Of one population the relations between counts tell.
        return ""
    left = (mark - int(old["mark"], 16)) % WHOLE
    if more == 0:
        # As many, but others: one may have come for one who went.
        return PERSON if alike and left else ""
    if 0 < more <= known.most:
        return PROTECTING if known.are(left, more) else ""
    return PROTECTING if alike else PERSON


def told_means(seen: Sequence[Seen], rows: Sequence[Sequence[Fate]], graph: Graph) -> list[dict[str, object]]:
    """What the ledger notes of the means that are shown."""
    found = []
    for mean in means_of(seen):
        each = seen[mean.result]
        if rows[mean.result][mean.row].estimate is None:
            continue
        told = {"name": list(mean.name), "group": _plain(mean), "n": mean.n, "uneven": mean.uneven}
        cell = counted(each, mean.row, graph) if each.rows[mean.row]["scale"] in ADDITIVE else None
        if cell is not None:
            told |= {"who": told_key(cell)}
            mark = graph.mark(cell)
            told |= {} if mark is None else {"mark": f"{mark:x}"}
        found.append(told)
    return found


def told_kept(seen: Sequence[Seen], rows: Sequence[Sequence[Fate]], graph: Graph) -> list[dict[str, object]]:
    """What the ledger notes of means that are hidden for themselves: no later release may tell them."""
    found: list[dict[str, object]] = []
    for mean in means_of(seen):
        cell = counted(seen[mean.result], mean.row, graph)
        if cell is not None and rows[mean.result][mean.row].why in FOR_ITSELF:
            found.append({"name": list(mean.name), "who": told_key(cell)})
    return found


def counted(each: Seen, at: int, graph: Graph) -> Key | None:
    """The cell whose persons the n of a row counts."""
    place = each.facts.counted.get(at)
    return None if place is None else graph.key(each.facts.population, place)


def _plain(mean: Mean) -> list[list[str]]:
    return sorted([list(condition) for condition in mean.group])
