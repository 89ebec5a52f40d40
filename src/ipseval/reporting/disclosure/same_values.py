"""Columns that are others in other words: the same but for few persons, another unit, the sum of items.

Where the values of one follow from those of others, a sum of the one is a sum of the others; only for the
persons for whom they do not, it is something new.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipseval.reporting.disclosure.fate import Seen
from ipseval.reporting.disclosure.functionals import Functional, Part

Floats = NDArray[np.float64]
Ids = NDArray[np.uint64]
FEW = 20
"""Columns that differ for more persons are two."""
SPARE = 10
"""Persons beyond the number of items for a sum of theirs to be no accident."""


class Rule:
    """For these persons the column is the sum of others times their weights, and a constant."""

    def __init__(self, ids: Ids, others: Mapping[str, float]) -> None:
        """Note the persons, and the other columns with their weights."""
        self.ids, self.others = ids, others


Rules = Mapping[str, Rule]


def rules_of(all_of: Sequence[Functional], seen: Sequence[Seen]) -> Rules:
    """Find which columns that are summed follow from others, where their values are known."""
    together = {each.columns for each in all_of if len(each.parts) == 2 and not each.squares}
    return _rules(_values(all_of, seen), [own for own in sorted(together) if own[0] != own[1]])


def rewritten(all_of: Sequence[Functional], rules: Rules) -> list[Functional]:
    """Say sums of columns that follow from others in those others; squares stay in their own."""
    found = []
    for each in all_of:
        parts = [new for part in each.parts for new in _in_others(part, rules)]
        found.append(each if each.squares else replace(each, parts=tuple(parts)))
    return found


def _in_others(part: Part, rules: Rules) -> list[Part]:
    column, ids, weight = part
    rule = rules.get(column)
    if rule is None:
        return [part]
    follows = np.isin(ids, rule.ids)
    found: list[Part] = [(column, ids[~follows], weight)] if not follows.all() else []
    for other, times in rule.others.items():
        if follows.any():
            found += _in_others((other, ids[follows], weight * times), rules)
    return found


def _values(all_of: Sequence[Functional], seen: Sequence[Seen]) -> dict[str, tuple[Ids, Floats]]:
    """The numbers of each column that is summed, by person, where a result holds them."""
    found: dict[str, tuple[Ids, Floats]] = {}
    for each in all_of:
        people = seen[each.result].facts.people
        for column in each.columns:
            answers = people.answers.get(column) if people is not None else None
            if people is None or answers is None or each.squares:
                continue
            numbers = np.array([_number(text) for text in answers.texts], dtype=np.float64)
            there = answers.codes >= 0
            own = np.full(len(people.ids), np.nan)
            own[there] = numbers[answers.codes[there]]
            known = found.get(column)
            if not np.isnan(own[there]).any() and (known is None or there.sum() > len(known[0])):
                found[column] = people.ids[there], own[there]
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _rules(values: Mapping[str, tuple[Ids, Floats]], pairs: Sequence[tuple[str, ...]]) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for column in values:
        rule = _of_one(column, values, rules) or _of_several(column, values, rules, pairs)
        if rule is not None:
            rules[column] = rule
    return rules


def _of_one(column: str, values: Mapping[str, tuple[Ids, Floats]], rules: Rules) -> Rule | None:
    """Another column that is this one for all but few, or in another unit for all."""
    for other in values:
        if other == column or column in _needed(other, rules) or other in rules:
            continue
        shared, mine, theirs = np.intersect1d(values[column][0], values[other][0], return_indices=True)
        a, b = values[column][1][mine], values[other][1][theirs]
        if len(shared) <= SPARE or len(np.unique(b)) < 3:
            continue
        alike = a == b
        if 0 < len(shared) - alike.sum() < FEW and alike.sum() > len(shared) / 2:
            return Rule(shared[alike], {other: 1.0})
        slope, constant = np.polyfit(b, a, 1)
        if np.allclose(slope * b + constant, a, rtol=1e-9, atol=1e-9 * np.abs(a).max()):
            return Rule(shared, {other: float(slope)})
    return None


def _of_several(
    column: str,
    values: Mapping[str, tuple[Ids, Floats]],
    rules: Rules,
    pairs: Sequence[tuple[str, ...]],
) -> Rule | None:
    """Items of one name and their numbers, or a before and after, of which this column is a weighted sum."""
    numbered: dict[str, list[str]] = {}
    for name in values:
        numbered.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    families = [*numbered.values(), *(list(own) for own in pairs if set(own) <= values.keys())]
    families = [[name for name in own if name != column and name not in rules] for own in families]
    for items in (own for own in families if len(own) > 1):
        shared = values[column][0]
        for item in items:
            shared = np.intersect1d(shared, values[item][0])
        if len(shared) <= len(items) + SPARE:
            continue
        wanted = _at(values[column], shared)
        table = np.column_stack([*(_at(values[i], shared) for i in items), np.ones(len(shared))])
        weights, *_ = np.linalg.lstsq(table, wanted, rcond=None)
        if np.allclose(table @ weights, wanted, rtol=1e-8, atol=1e-8 * np.abs(wanted).max()):
            used = {i: float(w) for i, w in zip(items, weights, strict=False) if abs(w) > 1e-8}
            return Rule(shared, used) if used else None
    return None


def _needed(column: str, rules: Rules) -> set[str]:
    """The columns that a column is said in."""
    rule = rules.get(column)
    return set() if rule is None else set(rule.others).union(*(_needed(c, rules) for c in rule.others))


def _at(own: tuple[Ids, Floats], ids: Ids) -> Floats:
    order = np.argsort(own[0])
    return own[1][order][np.searchsorted(own[0][order], ids)]
