"""Means as sums over people: what adds up of counts adds up of any number that people have.

Whoever knows the mean of a cell and how many are in it knows a sum over people.  Sums follow the relations
that counts follow, those of earlier releases, too; so a sum over few is told where it follows from the
relations and the means that are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ipseval.core.evidence import MISSING
from ipseval.reporting.disclosure.counts.graph import Graph
from ipseval.reporting.disclosure.counts.ledger import Ledger, key_of
from ipseval.reporting.disclosure.counts.span import Key, Span
from ipseval.reporting.disclosure.fate import PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.numbers.mean_earlier import counted, told_kept
from ipseval.reporting.disclosure.numbers.means import ADDITIVE, Mean, means_of

Shown = list[tuple[Mean, Key]]


def judge_sums(
    seen: Sequence[Seen],
    out: list[list[Fate]],
    graph: Graph,
    ledger: Ledger,
    least: int,
) -> None:
    """Hide means from which the sum over fewer than `least` persons follows, or one hidden for itself."""
    earlier = ledger.means()
    own = [*ledger.kept(), *told_kept(seen, out, graph)]
    few = [key for key, n in graph.values.items() if 0 < n < least]
    relations = Span()
    for total, parts in graph.sums:
        relations.take(total, parts)
    for one, other in _same_people(graph):
        relations.take(one, (other,))
    for name, shown in _by_name(seen, out, graph).items():
        before = [graph.key(*key_of(m["who"])) for m in earlier if m.get("who") and tuple(m["name"]) == name]
        base = _knowing(relations, [*before, *_nothing(graph, name[0])])
        kept = [graph.key(*key_of(m["who"])) for m in own if tuple(m["name"]) == name]
        wanted = [key for key in (*few, *kept) if not base.tells(key)]
        for mean in _to_hide(base, shown, wanted):
            rows = out[mean.result]
            rows[mean.row] = rows[mean.row].without_numbers(PROTECTING, "release_sum")


def _same_people(graph: Graph) -> list[tuple[Key, Key]]:
    """Cells of two populations with one mark: the women of one table may be all of another."""
    first: dict[int, Key] = {}
    found = []
    for key in graph.values:
        mark, old = graph.mark(key), graph.earlier.get(key)
        mark = old.mark if mark is None and old is not None else mark
        if mark is not None and first.setdefault(mark, key) != key:
            found.append((first[mark], key))
    return found


def population_of(each: Seen, graph: Graph) -> str:
    """The name of a result's people, after like ones were joined."""
    return graph.key(each.facts.population, frozenset())[0]


def _by_name(
    seen: Sequence[Seen], out: Sequence[Sequence[Fate]], graph: Graph
) -> dict[tuple[str, ...], Shown]:
    found: dict[tuple[str, ...], Shown] = {}
    for mean in means_of(seen):
        each = seen[mean.result]
        key = counted(each, mean.row, graph)
        if (
            key is not None
            and each.rows[mean.row]["scale"] in ADDITIVE
            and out[mean.result][mean.row].estimate is not None
        ):
            found.setdefault(mean.name, []).append((mean, key))
    return found


def _nothing(graph: Graph, column: str) -> list[Key]:
    """Cells of people who lack the number: nothing of theirs is in any sum."""
    return [key for key in graph.values if any(name == f"{column}{MISSING}" for name, _ in key[1])]


def _knowing(span: Span, known: Iterable[Key]) -> Span:
    more = span.copy()
    for key in known:
        more.know(key)
    return more


def _to_hide(base: Span, shown: Shown, wanted: Sequence[Key]) -> list[Mean]:
    """The means of fewest people without which no wanted sum follows."""
    hidden: list[Mean] = []
    shown = sorted(shown, key=lambda each: each[0].n)
    while told := _first_told(_knowing(base, [key for _, key in shown]), wanted):
        # Where no single one suffices, the smallest goes first.
        alone = (at for at in range(len(shown)) if not _follows(base, shown[:at] + shown[at + 1 :], told))
        at = next(alone, 0)
        cell = shown[at][1]
        hidden += [mean for mean, key in shown if key == cell]
        shown = [each for each in shown if each[1] != cell]
    return hidden


def _first_told(span: Span, wanted: Sequence[Key]) -> Key | None:
    return next((key for key in wanted if span.tells(key)), None)


def _follows(base: Span, shown: Shown, key: Key) -> bool:
    return _knowing(base, [cell for _, cell in shown]).tells(key)
