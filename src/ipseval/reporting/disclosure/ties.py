"""Ties cells that are the same people: within a release by its people, to earlier ones by marks.

A mark is the sum of a cell's persons as one number, blinded by the ledger's own factor; marks of cells that
are joined add up, so a later release sees that it prints what an earlier one hid under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where
from ipseval.core.people import People
from ipseval.reporting.disclosure.members import Same, digests, same_people

Key = tuple[str, Where]
Sums = Iterable[tuple[Key, tuple[Key, ...]]]
Tie = tuple[tuple[Key, ...], tuple[Key, ...]]
MOST_PARTS = 14
"""Of more parts not every choice is tried; what joins more than these is not seen across releases."""
MODULUS = 2**64


def gathered(told: Sequence[People]) -> People:
    """All columns that results of the same people know and that say the same in each."""
    whole, unlike = dict(told[0].answers), set[str]()
    for each in told[1:]:
        if not np.array_equal(each.ids, told[0].ids):
            continue
        for name, answers in each.answers.items():
            mine = whole.setdefault(name, answers)
            if mine is not answers and not _alike(mine.codes, mine.texts, answers.codes, answers.texts):
                unlike.add(name)
    return People(told[0].ids, {name: a for name, a in whole.items() if name not in unlike})


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
    return mark * factor % MODULUS


def across(marks: Mapping[Key, int], sums: Sums, earlier: Mapping[Key, int], earlier_sums: Sums) -> list[Tie]:
    """Find which cells now are together the people of which cells then, where both split the same people.

    Only within one population: that nobody of a cell has come or gone is not known outside.
    """
    found: dict[tuple[frozenset[Key], frozenset[Key]], None] = {}
    by_mark = {(key[0], mark): key for key, mark in earlier.items()}
    for key, mark in marks.items():
        old = by_mark.get((key[0], mark), key)
        if old != key:
            found[(frozenset({key}), frozenset({old}))] = None
    then = [(total, parts) for total, parts in earlier_sums if _known(total, parts, earlier)]
    for total, parts in sums:
        if not _known(total, parts, marks):
            continue
        for whole, pieces in then:
            alike = whole[0] == total[0] and earlier[whole] == marks[total]
            if alike and set(parts) != set(pieces):
                for mine, theirs in _matched([marks[p] for p in parts], [earlier[p] for p in pieces]):
                    found[(frozenset(parts[k] for k in mine), frozenset(pieces[k] for k in theirs))] = None
    return [(tuple(sorted(a, key=repr)), tuple(sorted(b, key=repr))) for a, b in found]


def _known(total: Key, parts: Sequence[Key], marks: Mapping[Key, int]) -> bool:
    return len(parts) <= MOST_PARTS and total in marks and all(p in marks for p in parts)


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
