"""Finds cells that are the same people from their marks alone: of earlier releases, and of weeks.

A mark is the sum of a cell's persons as one number, blinded by the ledger's own factor; marks of cells that
are joined add up, so a later release sees that it prints what an earlier one hid under another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where
from ipseval.core.people import WHOLE
from ipseval.reporting.disclosure.counts.members import is_structure
from ipseval.reporting.disclosure.counts.span import Key

Sums = Iterable[tuple[Key, tuple[Key, ...]]]
Tie = tuple[tuple[Key, ...], tuple[Key, ...]]
SMALL = 300
"""In larger populations the few who are left are looked for up to two, else up to four."""
MOST_PARTS = 14
"""Of more parts not every choice is tried; what joins more than these is not seen across releases."""


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
    mine, theirs = _sets(marks, sums), _sets(others, other_sums)
    for population in dict.fromkeys(key[0] for key in others):
        whole = _Whole({k[1]: m for k, m in {**marks, **others}.items() if k[0] == population}, population)
        away = _Choices(others, theirs.get(population, []), whole)
        for own in mine.get(population, ()):
            values = [marks[key] for key in own]
            new = [pair for pair in whole.made_of(own, values) if _reaches(pair, others)]
            new += [
                pair for other in away.sharing(values) for pair in _pairs(own, values, other, others, whole)
            ]
            found |= dict.fromkeys(new)
        for own in theirs.get(population, []):
            found |= dict.fromkeys(whole.made_of(own, [others[key] for key in own]))
    return [(tuple(sorted(a, key=repr)), tuple(sorted(b, key=repr))) for a, b in found]


def _reaches(pair: tuple[frozenset[Key], frozenset[Key]], others: Mapping[Key, int]) -> bool:
    return any(key in others for side in pair for key in side)


def _pairs(
    own: Sequence[Key], values: Sequence[int], other: Sequence[Key], others: Mapping[Key, int], whole: _Whole
) -> list[tuple[frozenset[Key], frozenset[Key]]]:
    """The smallest choices of both sets that are the same people, and no cell of their own."""
    if set(own) == set(other):
        return []
    matched = _matched(values, [others[key] for key in other], whole)
    return [(frozenset(own[k] for k in a), frozenset(other[k] for k in b)) for a, b in matched]


class _Whole:
    """Cells by their marks: what is together one of them is said of it, not of every other way to make it."""

    def __init__(self, cells: Mapping[Where, int], population: str) -> None:
        self.keys = [(population, place) for place in cells]
        given = np.array(list(cells.values()), dtype=np.uint64)
        self.order = np.argsort(given, kind="stable")
        self.marks = given[self.order]

    def holds(self, marks: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which marks are those of a cell."""
        at = np.minimum(np.searchsorted(self.marks, marks), len(self.marks) - 1)
        return np.asarray(self.marks[at] == marks)

    def made_of(
        self, own: Sequence[Key], values: Sequence[int]
    ) -> list[tuple[frozenset[Key], frozenset[Key]]]:
        """Choices of several of these cells that are together one cell."""
        choices = _choices(values)
        found = []
        for at in np.flatnonzero(self.holds(choices)).tolist():
            if at.bit_count() > 1:
                cell = self.keys[self.order[np.searchsorted(self.marks, choices[at])]]
                found.append((frozenset({cell}), frozenset(own[k] for k in _members(at))))
        return found


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

    def __init__(self, marks: Mapping[Key, int], sets: Sequence[tuple[Key, ...]], whole: _Whole) -> None:
        each = [_choices([marks[key] for key in own])[1:] for own in sets]
        each = [own[~whole.holds(own)] for own in each]
        owner = np.repeat(np.arange(len(sets)), np.array([len(own) for own in each], dtype=np.intp))
        together = np.concatenate([np.empty(0, np.uint64), *each])
        order = np.argsort(together, kind="stable")
        self.sets, self.marks, self.owner = sets, together[order], owner[order]

    def sharing(self, marks: Sequence[int]) -> list[tuple[Key, ...]]:
        """The sets of which some choice has the mark of a choice of these, but for all of these."""
        own = _choices(marks)[1:-1]
        low, high = (np.searchsorted(self.marks, own, side=side) for side in ("left", "right"))
        hit = [self.owner[a:b] for a, b in zip(low, high, strict=True) if a < b]
        return [self.sets[at] for at in np.unique(np.concatenate(hit))] if hit else []


def nearly_across(
    marks: Mapping[Key, int], others: Mapping[Key, int], counts: Mapping[Key, int], ids: NDArray[np.uint64]
) -> list[tuple[Key, Key]]:
    """Find cells that lie in others but for few, or others in them: what is left marks some of `ids`."""
    few = Few(ids)
    found = []
    for (one, mine), (other, theirs) in product(marks.items(), others.items()):
        left = counts[other] - counts[one]
        if not 0 < abs(left) <= few.most or _same_columns(one[1], other[1]):
            continue
        part, whole = (one, other) if left > 0 else (other, one)
        among = counts.get((one[0], part[1] & whole[1]), len(ids))
        rest = (theirs - mine if left > 0 else mine - theirs) % WHOLE
        if is_structure(counts[part], counts[whole], among) and few.are(rest, abs(left)):
            found.append((part, whole))
    return found


def _same_columns(one: Where, other: Where) -> bool:
    """Whether one cell splits by columns of the other, so that sums tell of both already."""
    a, b = ({name for name, _ in each} for each in (one, other))
    return a <= b or b <= a


class Few:
    """Whether a mark is that of so many persons, whoever they are."""

    def __init__(self, ids: NDArray[np.uint64]) -> None:
        """Note the marks of all single persons, blinded as the mark that is asked for."""
        self.one = np.sort(ids)
        self.most = 4 if len(ids) <= SMALL else 2
        a, b = np.triu_indices(len(ids) if self.most > 2 else 0, 1)
        self.two = np.sort(self.one[a] + self.one[b])

    def are(self, mark: int, n: int) -> bool:
        """Say so, for n of 1 to `most`; of more nothing is known."""
        wanted = np.uint64(mark)
        if n == 1:
            return _holds(self.one, np.array([wanted]))
        if n < 4:
            return _holds(self.one if n == 2 else self.two, wanted - self.one)
        return _holds(self.two, wanted - self.two)


def _holds(ordered: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> bool:
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return bool((ordered[place] == wanted).any())


def _matched(mine: Sequence[int], theirs: Sequence[int], whole: _Whole) -> list[tuple[list[int], list[int]]]:
    """The smallest choices of parts on both sides whose marks add up to the same, and to no cell's."""
    a, b = _choices(mine), _choices(theirs)
    known = whole.holds(a)
    found: list[tuple[list[int], list[int]]] = []
    place = {int(total): choice for choice, total in enumerate(b)}
    used = 0
    for choice in sorted(range(1, len(a) - 1), key=int.bit_count):
        if choice & used or known[choice] or int(a[choice]) not in place:
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
