"""Cells that are the same people under other names: found from who the people are, not from words.

Each cell of a release is a set of persons.  Two columns split a population into two patterns; where some
cells of the one hold exactly the persons of some cells of the other, their counts are tied, and an outsider
may know it (a region is its municipalities, "other" is what was joined).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, count, takewhile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import gammaln

from ipseval.core.evidence import ANSWERED, MISSING, TOGETHER, Where
from ipseval.core.people import Answers, People

Ints = NDArray[np.int64]
Same = tuple[tuple[Where, ...], tuple[Where, ...]]
"""Cells, and other cells that are the same people together."""
YES, NO = "1", "0"
MOST_FEW = 20
"""No threshold is above this."""
RARELY = 1e-3
MOST_COUNTED = 100_000
"""Pairs of parts beyond the number of persons that are counted one by one; of more, only those there are."""
AGAIN = "\x1b"
"""Before the number of a further way in which a column is coded, such as digits beside words."""


@dataclass(frozen=True, eq=False)
class _Pattern:
    """How some columns together split the people: a part per person, and the cells that parts are."""

    columns: frozenset[str]
    part: Ints
    parts: int
    cells: Mapping[int, Where]


def digests(people: People, places: Mapping[Where, int]) -> dict[Where, int]:
    """Sum the persons of each cell to one number; that of joined cells is the sum of theirs."""
    found: dict[Where, int] = {}
    for pattern in _patterns(people, places):
        sums = np.zeros(pattern.parts, dtype=np.uint64)
        np.add.at(sums, pattern.part, people.ids)
        found |= {cell: int(sums[at]) for at, cell in pattern.cells.items()}
    return found


def same_people(people: People, places: Mapping[Where, int]) -> list[Same]:
    """Find what is counted under several names, wherever both patterns have cells for all of it.

    A cell whose count is not that of the persons who answered so is not what its words say, and is left out.
    """
    found: list[Same] = []
    for one, other in combinations(_patterns(people, places), 2):
        if not (one.columns <= other.columns or other.columns <= one.columns):
            found += _alike(one, other)
    return found


def nearly(people: People, places: Mapping[Where, int]) -> list[tuple[Where, Where]]:
    """Find cells that lie in a cell of other columns but for few, as a score of 0 lies in "no" to a question.

    That all of a part are in the whole by chance is rare among so many; then the reader may know it, too.
    """
    found = []
    for one, other in combinations(_patterns(people, places), 2):
        if one.columns <= other.columns or other.columns <= one.columns:
            continue
        for part, whole in (*_nested(one, other), *_nested(other, one)):
            shared = part & whole
            among = _counted_where(people, shared) if shared else len(people.ids)
            if is_structure(places[part], places[whole], among):
                found.append((part, whole))
    return found


def _nested(one: _Pattern, other: _Pattern) -> list[tuple[Where, Where]]:
    """Cells of the one of which everybody is in a cell of the other that has a few more."""
    a, b, n = _crossed(one, other)
    met = np.bincount(a, minlength=one.parts)
    few = np.bincount(b, weights=n, minlength=other.parts)[b] - n
    hit = np.flatnonzero((met[a] == 1) & (few > 0) & (few < MOST_FEW))
    cells = ((one.cells.get(int(a[k])), other.cells.get(int(b[k]))) for k in hit)
    return [(part, whole) for part, whole in cells if part is not None and whole is not None]


def _crossed(one: _Pattern, other: _Pattern) -> tuple[Ints, Ints, Ints]:
    """Parts of the one and of the other that share persons, and how many."""
    both = one.part * other.parts + other.part
    if one.parts * other.parts <= len(both) + MOST_COUNTED:
        n = np.bincount(both)
        met = np.flatnonzero(n)
        n = n[met]
    else:
        met, n = np.unique(both, return_counts=True)
    return met // other.parts, met % other.parts, n


def inside(people: People, place: Where) -> NDArray[np.bool_] | None:
    """Who of the people meets the conditions; None where a column of theirs is not known."""
    there = np.ones(len(people.ids), dtype=bool)
    for name, code in (_condition(people, *each) for each in place):
        answers = _column(people, name)
        if answers is None or code not in answers.texts:
            return None
        there &= answers.codes == answers.texts.index(code)
    return there


def _counted_where(people: People, conditions: Where) -> int:
    there = np.ones(len(people.ids), dtype=bool)
    for name, code in (_condition(people, *each) for each in conditions):
        answers = _column(people, name)
        if answers is not None and code in answers.texts:
            there &= answers.codes == answers.texts.index(code)
    return int(there.sum())


def is_structure(part: int, whole: int, among: int) -> bool:
    """Whether all of a part, were they drawn by chance from `among` people, would hardly lie in the whole."""
    log = gammaln(whole + 1) - gammaln(whole - part + 1) + gammaln(among - part + 1) - gammaln(among + 1)
    return bool(log < np.log(RARELY))


def _alike(one: _Pattern, other: _Pattern) -> list[Same]:
    """The smallest sets of cells of two patterns that hold the same people."""
    a, b, n = _crossed(one, other)
    size = one.parts + other.parts
    edges = csr_array((np.ones(len(n)), (a, one.parts + b)), shape=(size, size))
    count, part = connected_components(edges, directed=False)
    found: list[Same] = []
    for each in range(count):
        inside = np.flatnonzero(part[: one.parts] == each).tolist()
        beside = np.flatnonzero(part[one.parts :] == each).tolist()
        named = all(v in one.cells for v in inside) and all(v in other.cells for v in beside)
        if named and len(inside) + len(beside) < size:
            found.append((tuple(one.cells[v] for v in inside), tuple(other.cells[v] for v in beside)))
    return found


def _patterns(people: People, places: Mapping[Where, int]) -> list[_Pattern]:
    """Group cells by the columns that their conditions speak of."""
    columns: dict[str, Answers | None] = {}
    by_columns: dict[frozenset[str], dict[tuple[tuple[str, str], ...], Where]] = {}
    for place in places:
        read = [_condition(people, name, code) for name, code in place]
        names = frozenset(name for name, _ in read)
        for name in names - columns.keys():
            columns[name] = _column(people, name)
        if place and len(names) == len(read) and all(columns[name] is not None for name in names):
            by_columns.setdefault(names, {}).setdefault(tuple(sorted(read)), place)
    known = {name: answers for name, answers in columns.items() if answers is not None}
    made = (_pattern(people, names, cells, known, places) for names, cells in by_columns.items())
    return [pattern for pattern in made if pattern is not None]


def spelling(name: str, at: int) -> str:
    """What a column is called in its further ways of coding."""
    return f"{name}{AGAIN}{at}" if at else name


def spellings(name: str, known: Iterable[str]) -> list[str]:
    """All ways of coding a column that are known, the first first."""
    there = set(known)
    return list(takewhile(there.__contains__, (spelling(name, at) for at in count())))


def _condition(people: People, name: str, code: str) -> tuple[str, str]:
    """A condition as a column and its code; having answered or not is a column of its own."""
    if code == ANSWERED:
        return name + ANSWERED, YES
    if name.endswith(MISSING):
        return name.removesuffix(MISSING) + ANSWERED, NO
    ways = spellings(name, people.answers)
    return next((way for way in ways if code in people.answers[way].texts), name), code


def _column(people: People, name: str) -> Answers | None:
    if not name.endswith(ANSWERED):
        return people.answers.get(name)
    needed = [people.answers.get(each) for each in name.removesuffix(ANSWERED).split(TOGETHER)]
    if any(each is None for each in needed):
        return None
    there = np.logical_and.reduce([each.codes >= 0 for each in needed if each is not None])
    return Answers(there.astype(np.int32), (NO, YES))


def _pattern(
    people: People,
    names: frozenset[str],
    cells: Mapping[tuple[tuple[str, str], ...], Where],
    columns: Mapping[str, Answers],
    places: Mapping[Where, int],
) -> _Pattern | None:
    order = sorted(names)
    sizes = [len(columns[name].texts) + 1 for name in order]
    if np.prod([float(size) for size in sizes]) > 2**62:
        return None
    label = np.zeros(len(people.ids), dtype=np.int64)
    for name, size in zip(order, sizes, strict=True):
        label = label * size + columns[name].codes + 1  # 0: no answer
    found: dict[int, Where] = {}
    for codes, place in cells.items():
        at = 0
        for (name, code), size in zip(codes, sizes, strict=True):
            texts = columns[name].texts
            at = at * size + (texts.index(code) + 1 if code in texts else 0)
        if all(code in columns[name].texts for name, code in codes):
            found[at] = place
    labels, part, n = np.unique(label, return_inverse=True, return_counts=True)
    there = enumerate(zip(labels.tolist(), n.tolist(), strict=True))
    own = {at: found[label] for at, (label, n) in there if label in found and places[found[label]] == n}
    return _Pattern(names, part, len(labels), own)
