"""Means of answers beside counts of each answer: one equation more, which may tell what is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ipseval.core.evidence import ANSWERED, Where, where
from ipseval.core.people import Answers, People
from ipseval.reporting.disclosure.counts.graph import Graph
from ipseval.reporting.disclosure.counts.ledger import key_of
from ipseval.reporting.disclosure.counts.span import Key
from ipseval.reporting.disclosure.counts.ties import gathered
from ipseval.reporting.disclosure.fate import OK, PERSON, Fate, Seen
from ipseval.reporting.disclosure.numbers.mean_sums import population_of


def hidden_of(seen: Sequence[Seen], graph: Graph, hidden: Sequence[Key]) -> list[list[Where]]:
    """For each result the counts that are hidden, here or earlier, also under the names of made columns."""
    now = [place for _, place in hidden]
    told: dict[str, list[People]] = {}
    for each in seen:
        if each.facts.people is not None:
            told.setdefault(population_of(each, graph), []).append(each.facts.people)
    people = {name: gathered(known) for name, known in told.items()}
    found = []
    for each in seen:
        own = population_of(each, graph)
        before = [
            key[1] for key, old in graph.earlier.items() if key[0] == own and old.printed and not old.shown
        ]
        places = [*now, *before]
        there = people.get(own)
        made = [more for place in places for more in _renamed(place, each, there)] if there else []
        found.append([*places, *made])
    return found


def _renamed(place: Where, each: Seen, people: People) -> list[Where]:
    """The same condition on columns whose codes follow from those of its own, such as numbers for words."""
    found = []
    for name, code in place:
        mine = people.answers.get(name)
        if code == ANSWERED or mine is None:
            continue
        for other in _numbers(each, people):
            if other != name and _follows(people.answers[other], mine):
                found.append((place - {(name, code)}) | where((other, code)))
    return found


def _numbers(each: Seen, people: People) -> list[str]:
    """Columns that numbers of a result are made of, and what they hold is known."""
    made = dict.fromkeys(name for at in range(len(each.rows)) for name in each.made_of(at))
    return [name for name in made if name in people.answers]


def _follows(other: Answers, mine: Answers) -> bool:
    """Whether everybody with one code of mine has one code of the other, of which there are several."""
    both = (mine.codes >= 0) & (other.codes >= 0)
    pairs = np.unique(np.column_stack([mine.codes[both], other.codes[both]]), axis=0)
    return len(pairs) == len(np.unique(pairs[:, 0])) and len(np.unique(pairs[:, 1])) > 1


def judge_after_means(
    seen: Sequence[Seen], out: list[list[Fate]], graph: Graph, earlier: Sequence[Mapping[str, Any]]
) -> None:
    """Leave counts of which some are hidden to a person, where the mean of the same answers is out."""
    for each, rows in zip(seen, out, strict=True):
        own = population_of(each, graph)
        told = {m["name"][0] for m in earlier if m.get("who") and graph.key(*key_of(m["who"]))[0] == own}
        shares = [at for at, row in enumerate(each.rows) if row["scale"] == "share"]
        gone = {each.rows[at]["outcome"] for at in shares if rows[at].status != OK} & told
        for at in shares:
            if each.rows[at]["outcome"] in gone:
                rows[at] = Fate(None, None, None, False, PERSON, "release_mean_out")
