"""Columns that are others in other words: the same but for few persons, another unit, the sum of items.

Where the values of one follow from those of others, a sum of the one is a sum of the others; only for the
persons for whom they do not, it is something new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ipseval.reporting.disclosure.counts.who import all_persons
from ipseval.reporting.disclosure.fate import Seen
from ipseval.reporting.disclosure.sums.fits import EXACT, Floats, one_other, several_others
from ipseval.reporting.disclosure.sums.functionals import ANSWER, PRODUCT, Functional, Part

Ids = NDArray[np.uint64]
MOST_COLUMNS, MOST_SUMS = 15, 300
"""Of more columns, only those whose names go together are tried as parts of a sum; of more sums, none."""


class Rule:
    """For these persons the column is the sum of others times their weights, and a constant."""

    def __init__(self, ids: Ids, others: Mapping[str, float]) -> None:
        """Note the persons, and the other columns with their weights."""
        self.ids, self.others = ids, others


Rules = Mapping[str, Rule]
Values = Mapping[str, tuple[Ids, Floats]]


def rules_of(all_of: Sequence[Functional], values: Values) -> Rules:
    """Find which columns that are summed follow from others, where their values are known."""
    plain = [each for each in all_of if not each.squares and not each.fixed]
    together = {each.columns for each in plain if len(each.parts) == 2}
    families = _families(values, together) if len(plain) <= MOST_SUMS else []
    rules: dict[str, Rule] = {}
    for column in (name for name in values if ANSWER not in name):
        rule = _of_one(column, values, rules) or _of_several(column, values, rules, families)
        if rule is not None:
            rules[column] = rule
    return rules


def rewritten(all_of: Sequence[Functional], rules: Rules) -> list[Functional]:
    """Say sums of columns that follow from others in those others; squares only those of one other."""
    found = []
    for each in all_of:
        say = _square_in_other if each.squares else _in_others
        found.append(replace(each, parts=tuple(new for part in each.parts for new in say(part, rules))))
    return found


def _square_in_other(part: Part, rules: Rules) -> list[Part]:
    """A product of columns in those that they are in another unit."""
    column, ids, weight = part
    names, follows = [], np.ones(len(ids), dtype=bool)
    times = weight
    for name in column.split(PRODUCT):
        rule = rules.get(name)
        if rule is not None and len(rule.others) == 1:
            follows &= np.isin(ids, rule.ids)
            ((name, factor),) = rule.others.items()
            times *= factor
        names.append(name)
    other = PRODUCT.join(sorted(names))
    found: list[Part] = [(column, ids[~follows], weight)] if not follows.all() else []
    return [*found, (other, ids[follows], times)] if follows.any() else found


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


def values_of(all_of: Sequence[Functional], seen: Sequence[Seen]) -> dict[str, tuple[Ids, Floats]]:
    """The numbers of each column that is summed, by person, where a result holds them."""
    found: dict[str, tuple[Ids, Floats]] = {}
    for each in (f for f in all_of if not f.squares):
        for column in each.columns:
            own = _values(column, seen[each.result])
            if own is not None and (column not in found or len(own[0]) > len(found[column][0])):
                found[column] = own
    return found


def _values(column: str, each: Seen) -> tuple[Ids, Floats] | None:
    """Persons in order and their numbers; of one answer to a question, whether it is theirs."""
    people = each.facts.people
    name, _, answer = column.partition(ANSWER)
    answers = people.answers.get(name) if people is not None else None
    if answers is None:
        return None
    texts = [str(text == answer) for text in answers.texts] if answer else answers.texts
    numbers = np.array([_number(text) for text in texts], dtype=np.float64)
    there = answers.codes >= 0
    own, ids = numbers[answers.codes[there]], all_persons(each)[there]
    order = np.argsort(ids)
    return None if np.isnan(own).any() else (ids[order], own[order])


def _number(text: str) -> float:
    if text in ("True", "False"):
        return float(text == "True")
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _families(values: Values, together: Iterable[tuple[str, ...]]) -> list[list[str]]:
    """Columns that may be parts of a sum: items of one name, a before and after; any, where they are few."""
    numbered: dict[str, list[str]] = {}
    for name in values:
        numbered.setdefault(_family(name), []).append(name)
    found = [*numbered.values(), *(list(own) for own in sorted(together) if set(own) <= values.keys())]
    numbers = [name for name in values if ANSWER not in name]
    return [*found, numbers] if len(numbers) <= MOST_COLUMNS else found


def _family(name: str) -> str:
    """Items whose names differ by numbers; their answers."""
    question, answer, _ = name.partition(ANSWER)
    return re.sub(r"\d+", "#", question) + answer


def _of_one(column: str, values: Values, rules: Rules) -> Rule | None:
    """Another column that is this one for all but few, in whatever unit."""
    for other in values:
        if other == column or column in _needed(other, rules) or other in rules:
            continue
        shared, mine, theirs = np.intersect1d(
            values[column][0], values[other][0], assume_unique=True, return_indices=True
        )
        found = one_other(values[column][1][mine], values[other][1][theirs])
        if found is not None:
            times, alike = found
            return Rule(shared[alike], {other: times})
    return None


def _of_several(column: str, values: Values, rules: Rules, families: Sequence[Sequence[str]]) -> Rule | None:
    """Columns of which this one is a weighted sum for all but few who have them."""
    for family in families:
        parts = [p for p in family if p != column and p not in rules and column not in _needed(p, rules)]
        shared = values[column][0]
        for part in parts:
            shared = np.intersect1d(shared, values[part][0], assume_unique=True)
        if len(parts) < 2 or not len(shared):
            continue
        table = np.column_stack([_at(values[p], shared) for p in parts])
        found = several_others(table, _at(values[column], shared))
        if found is not None:
            used = {p: float(w) for p, w in zip(parts, found[0], strict=True) if abs(w) > EXACT}
            if used:
                return Rule(shared[found[1]], used)
    return None


def _needed(column: str, rules: Rules) -> set[str]:
    """The columns that a column is said in."""
    rule = rules.get(column)
    return set() if rule is None else set(rule.others).union(*(_needed(c, rules) for c in rule.others))


def _at(own: tuple[Ids, Floats], ids: Ids) -> Floats:
    return own[1][np.searchsorted(own[0], ids)]
