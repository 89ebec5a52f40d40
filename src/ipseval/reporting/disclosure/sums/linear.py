"""All that a release tells of some columns as one system of linear equations over persons.

Whatever an outsider makes of sums by adding and subtracting is a combination of them.  No combination may be
made of fewer persons than the rules ask for, and none may be a number that was hidden for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.reporting.disclosure.counts.who import Ids, counted_persons
from ipseval.reporting.disclosure.fate import FOR_ITSELF, PERSON, PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.numbers.windows import AVERAGED
from ipseval.reporting.disclosure.sums.answer_counts import counted_sums, shown_answers
from ipseval.reporting.disclosure.sums.functionals import Functional, functionals
from ipseval.reporting.disclosure.sums.same_values import Rules, rewritten, rules_of, values_of

Floats = NDArray[np.float64]
FIRST = {2: 60, 3: 25, 4: 16, 5: 12, 6: 10}
"""Of how many pieces, the weightiest first, every choice of so many is tried."""
NEARLY = 1e-9


def judge_linear(seen: Sequence[Seen], out: list[list[Fate]], least: int) -> None:
    """Hide numbers that tell, with others of the release, of fewer than `least`."""
    plain, answers = functionals(seen), shown_answers(seen, out)
    values = values_of([*plain, *answers], seen)
    rules = rules_of(plain, values)
    needed = {other for rule in rules.values() for other in rule.others}
    plain += [*counted_sums(seen, out, values), *(a for a in answers if needed & set(a.columns))]
    _hide_averages(seen, out, rules)
    for same in _components(rewritten(plain, rules)):
        shown = [f for f in same if f.fixed or out[f.result][f.row].estimate is not None]
        kept = [f for f in same if not f.fixed and _stays(out[f.result][f.row])]
        if len(shown) < 2 and not kept:
            continue
        for each in _too_much(shown, kept, least):
            rows = out[each.result]
            rows[each.row] = rows[each.row].without_numbers(PROTECTING, "release_sum")


def _stays(fate: Fate) -> bool:
    """Whether a number must not be told by others: hidden for itself, or left to a person."""
    return fate.why in FOR_ITSELF or fate.status == PERSON


def _hide_averages(seen: Sequence[Seen], out: list[list[Fate]], rules: Rules) -> None:
    """Averages around quantiles of a column and of nearly the same one differ by few persons."""
    shown = [
        (number, at, each.made_of(at))
        for number, each in enumerate(seen)
        for at, row in enumerate(each.rows)
        if row["scale"] in AVERAGED and out[number][at].estimate is not None
    ]
    there = {column for _, _, of in shown for column in of}
    for number, at, of in shown:
        rule = rules.get(of[0])
        if rule is None or len(rule.others) != 1 or not there & set(rule.others):
            continue
        beside = [counted_persons(seen[n], row) for n, row, own in shown if own[0] in rule.others]
        if not _same_persons(counted_persons(seen[number], at), beside, rule.ids):
            out[number][at] = out[number][at].without_numbers(PROTECTING, "release_sum")


def _same_persons(mine: Ids | None, beside: Sequence[Ids | None], follow: Ids) -> bool:
    """Whether all persons are the same and one column follows for all: another unit of the same number."""
    if mine is None or not np.isin(mine, follow).all():
        return False
    return all(each is not None and np.array_equal(each, mine) for each in beside)


def _components(all_of: Sequence[Functional]) -> Iterator[list[Functional]]:
    """Sums that share columns, directly or through others."""
    for squares in (False, True):
        groups: list[tuple[set[str], list[Functional]]] = []
        for each in (f for f in all_of if f.squares == squares):
            touching = [g for g in groups if g[0] & set(each.columns)]
            groups = [g for g in groups if not g[0] & set(each.columns)]
            columns = set(each.columns).union(*(names for names, _ in touching))
            groups.append((columns, [*(f for _, own in touching for f in own), each]))
        yield from (own for _, own in groups)


def _too_much(shown: list[Functional], kept: Sequence[Functional], least: int) -> list[Functional]:
    """The sums that cannot stand beside those of as many or more persons."""
    shown = sorted(shown, key=lambda f: (not f.fixed, -f.n, len(f.parts)))
    system = System([*shown, *kept])
    hidden = list(range(len(shown), len(shown) + len(kept)))
    rows, gone = list(range(len(shown))), []
    while system.tells(rows, hidden, least):
        low, high = 0, len(rows)  # the first `low` rows are safe, the first `high` are not
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if system.tells(rows[:middle], hidden, least) else (middle, high)
        last = shown[rows.pop(high - 1)]
        if not last.fixed:  # what counts alone tell is judged as counts
            gone.append(last)
    return gone


class System:
    """Sums as rows of a matrix over columns and pieces, persons who are alike in all of them."""

    def __init__(self, sums: Sequence[Functional]) -> None:
        everybody = np.unique(np.concatenate([ids for f in sums for _, ids, _ in f.parts]))
        columns = {name: at for at, name in enumerate(dict.fromkeys(c for f in sums for c in f.columns))}
        weights = np.zeros((len(sums), len(columns), len(everybody)))
        for at, each in enumerate(sums):
            for column, ids, weight in each.parts:
                weights[at, columns[column], np.searchsorted(everybody, ids)] += weight
            weights[at] /= max(np.abs(weights[at]).max(), NEARLY)
        flat = np.round(weights.reshape(-1, len(everybody)), 12)
        pieces, self.sizes = np.unique(flat, axis=1, return_counts=True)
        self.weights: Floats = pieces.reshape(len(sums), len(columns), -1)
        names = {key: at for at, key in enumerate(dict.fromkeys((f.result, f.columns) for f in sums))}
        self.family = [names[f.result, f.columns] for f in sums]
        """Groups of one table."""

    def tells(self, rows: Sequence[int], hidden: Sequence[int], least: int) -> bool:
        """Whether some rows together tell of few persons, or one of the hidden rows."""
        if not rows:
            return False
        _, size, basis = np.linalg.svd(self._flat(rows), full_matrices=False)
        basis = basis[size > NEARLY * size[0]]
        if any(_within(self._flat([at])[0], basis) for at in hidden):
            return True
        return self._of_few(rows, basis.reshape(len(basis), *self.weights.shape[1:]), least)

    def _flat(self, rows: Sequence[int]) -> Floats:
        return self.weights[list(rows)].reshape(len(rows), -1)

    def _of_few(self, rows: Sequence[int], basis: Floats, least: int) -> bool:
        """Whether a combination is nothing outside few persons: then its length lies in their pieces."""
        length = (basis**2).sum(axis=(0, 1))
        small = np.flatnonzero(self.sizes < least)
        small = small[np.argsort(-length[small])]
        tried = (*self._between(rows, least), *_weightiest(small, length, least))
        for few in tried:
            if self.sizes[few].sum() >= least or length[few].sum() <= 1 - NEARLY:
                continue
            own = basis[:, :, few].reshape(len(basis), -1)
            own = own.T @ own
            # The largest eigenvalue is at most the root of the sum of squares, which is sooner made.
            if np.linalg.norm(own) > 1 - NEARLY and np.linalg.eigvalsh(own)[-1] > 1 - NEARLY:
                return True
        return False

    def _between(self, rows: Sequence[int], least: int) -> Iterator[list[int]]:
        """Persons who are in one sum and not in another, or in a whole and in none of its parts."""
        inside = (self.weights[list(rows)] != 0).any(axis=1)
        families: dict[int, list[int]] = {}
        for at, row in enumerate(rows):
            families.setdefault(self.family[row], []).append(at)
        unions = [inside[own].any(axis=0) for own in families.values() if len(own) > 1]
        sets = np.unique(np.array([*inside, *unions]), axis=0)
        seen = set()
        for at, one in enumerate(sets):
            apart = sets[at + 1 :] != one
            sizes = apart @ self.sizes
            for other in np.flatnonzero(sizes < least):
                few = np.flatnonzero(apart[other])
                if few.tobytes() not in seen:
                    seen.add(few.tobytes())
                    yield few.tolist()


def _weightiest(small: NDArray[Any], length: Floats, least: int) -> Iterator[list[int]]:
    """Single pieces, and choices of those that could hold most of a combination."""
    yield from ([at] for at in small.tolist() if length[at] > 1 - NEARLY)
    for many in range(2, least):
        yield from (list(few) for few in combinations(small[: FIRST.get(many, many)].tolist(), many))


def _within(row: Floats, basis: Floats) -> bool:
    left = row - basis.T @ (basis @ row)
    return bool(row.any()) and bool(np.linalg.norm(left) <= 1e-8 * np.linalg.norm(row))
