"""Ties cells that are the same people: within a release by its people, to earlier ones by marks.

A mark is the sum of a cell's persons as one number, blinded by the ledger's own factor; marks of cells that
are joined add up, so a later release sees that it prints what an earlier one hid under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where
from ipseval.core.people import WHOLE, People
from ipseval.reporting.disclosure.members import Same, digests, same_people, spelling, spellings

Key = tuple[str, Where]
Sums = Iterable[tuple[Key, tuple[Key, ...]]]
Tie = tuple[tuple[Key, ...], tuple[Key, ...]]
MOST_PARTS = 14
"""Of more parts not every choice is tried; what joins more than these is not seen across releases."""


def gathered(told: Sequence[People]) -> People:
    """All columns that results of the same people know; one coded in several ways stands in each."""
    whole = dict(told[0].answers)
    for each in told[1:]:
        if not np.array_equal(each.ids, told[0].ids):
            continue
        for name, answers in each.answers.items():
            ways = [whole[n] for n in spellings(name, whole)]
            if not any(_alike(a.codes, a.texts, answers.codes, answers.texts) for a in ways):
                whole[spelling(name, len(ways))] = answers
    return People(told[0].ids, whole)


def _alike(
    codes: NDArray[np.int32], texts: Sequence[str], others: NDArray[np.int32], words: Sequence[str]
) -> bool:
    """Whether two columns say the same, in whatever order their codes stand."""
    place = {text: at for at, text in enumerate(texts)}
    there = np.array([place.get(word, -2) for word in words] + [-1])
    return bool(np.array_equal(codes, there[others]))


def one_name_each(people: People, counts: Mapping[Where, int]) -> tuple[dict[Where, Where], list[Same]]:
    """Give cells of the same people one name, and say which cells are others together."""
    found = same_people(people, counts)
    name: dict[Where, Where] = {}

    def own(place: Where) -> Where:
        while place in name:
            place = name[place]
        return place

    for these, those in found:
        if len(these) == 1 == len(those) and own(these[0]) != own(those[0]):
            name[own(those[0])] = own(these[0])
    more = [pair for pair in found if not len(pair[0]) == 1 == len(pair[1])]
    return {place: own(place) for place in name}, more


def marks_of(people: People, counts: Mapping[Where, int]) -> dict[Where, int]:
    """The mark of each cell, not blinded."""
    return digests(people, counts)


def blinded(mark: int, factor: int) -> int:
    """A mark that stands in a ledger; the factor is odd, so that no two marks become one."""
    return mark * factor % WHOLE


def across(marks: Mapping[Key, int], sums: Sums, others: Mapping[Key, int], other_sums: Sums) -> list[Tie]:
    """Find which cells are together the people of which others: of earlier releases, or known by marks alone.

    Only within one population: that nobody of a cell has come or gone is not known outside.
    """
    found: dict[tuple[frozenset[Key], frozenset[Key]], None] = {}
    by_mark = {(key[0], mark): key for key, mark in others.items()}
    for key, mark in marks.items():
        other = by_mark.get((key[0], mark), key)
        if other != key:
            found[(frozenset({key}), frozenset({other}))] = None
    theirs = {pop: _Choices(others, sets) for pop, sets in _sets(others, other_sums).items()}
    for population, own in _sets(marks, sums).items() if theirs else ():
        for mine in own if population in theirs else ():
            for other_set in theirs[population].sharing([marks[key] for key in mine]):
                if set(mine) == set(other_set):
                    continue
                for a, b in _matched([marks[k] for k in mine], [others[k] for k in other_set]):
                    found[(frozenset(mine[k] for k in a), frozenset(other_set[k] for k in b))] = None
    return [(tuple(sorted(a, key=repr)), tuple(sorted(b, key=repr))) for a, b in found]


def _sets(marks: Mapping[Key, int], sums: Sums) -> dict[str, list[tuple[Key, ...]]]:
    """Cells by population that stand beside one another: parts of a sum, and codes of the same columns."""
    beside: dict[tuple[str, frozenset[str]], list[Key]] = {}
    for key in marks:
        beside.setdefault((key[0], frozenset(name for name, _ in key[1])), []).append(key)
    parts = [parts for total, parts in sums if total in marks and all(p in marks for p in parts)]
    found: dict[str, dict[frozenset[Key], tuple[Key, ...]]] = {}
    for each in (*map(tuple, beside.values()), *parts):
        if 1 < len(each) <= MOST_PARTS:
            found.setdefault(each[0][0], {})[frozenset(each)] = tuple(each)
    return {population: list(sets.values()) for population, sets in found.items()}


class _Choices:
    """Sets of cells with the mark of every choice of theirs, to find those that share one with a set."""

    def __init__(self, marks: Mapping[Key, int], sets: Sequence[tuple[Key, ...]]) -> None:
        each = [_choices([marks[key] for key in own])[1:] for own in sets]
        owner = np.repeat(np.arange(len(sets)), [len(own) for own in each])
        together = np.concatenate(each)
        order = np.argsort(together, kind="stable")
        self.sets, self.marks, self.owner = sets, together[order], owner[order]

    def sharing(self, marks: Sequence[int]) -> list[tuple[Key, ...]]:
        """The sets of which some choice has the mark of a choice of these, but for all of these."""
        own = _choices(marks)[1:-1]
        low, high = (np.searchsorted(self.marks, own, side=side) for side in ("left", "right"))
        hit = [self.owner[a:b] for a, b in zip(low, high, strict=True) if a < b]
        return [self.sets[at] for at in np.unique(np.concatenate(hit))] if hit else []


def _matched(mine: Sequence[int], theirs: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """The smallest choices of parts on both sides whose marks add up to the same."""
    a, b = _choices(mine), _choices(theirs)
    found: list[tuple[list[int], list[int]]] = []
    place = {int(total): choice for choice, total in enumerate(b)}
    used = 0
    for choice in sorted(range(1, len(a) - 1), key=int.bit_count):
        if choice & used or int(a[choice]) not in place:
            continue
        used |= choice
        found.append((_members(choice), _members(place[int(a[choice])])))
    return found


def _choices(marks: Sequence[int]) -> NDArray[np.uint64]:
    """The sum of every choice of marks; the k-th bit of its place says whether mark k is in it."""
    sums = np.zeros(1, dtype=np.uint64)
    for mark in marks:
        sums = np.concatenate([sums, sums + np.uint64(mark)])
    return sums


def _members(choice: int) -> list[int]:
    return [k for k in range(choice.bit_length()) if choice >> k & 1]


class Span:
    """Relations that say something new; those that follow from the ones taken before are not needed."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, float]] = {}
        self.place: dict[Key, int] = {}

    def take(self, total: Key, parts: Sequence[Key]) -> bool:
        """Take a relation in; False where it follows from the others."""
        row: dict[int, float] = {self._at(total): -1.0}
        for part in parts:
            row[self._at(part)] = row.get(self._at(part), 0.0) + 1.0
        # A total among its own parts cancels: the other parts are nobody.
        row = {key: value for key, value in row.items() if value}
        while row and (lead := min(row)) in self.rows:
            held = self.rows[lead]
            scale = row[lead] / held[lead]
            left = {key: row.get(key, 0.0) - scale * value for key, value in held.items()}
            row = {key: value for key, value in (row | left).items() if abs(value) > 1e-9}
        if row:
            self.rows[min(row)] = row
        return bool(row)

    def _at(self, key: Key) -> int:
        return self.place.setdefault(key, len(self.place))
