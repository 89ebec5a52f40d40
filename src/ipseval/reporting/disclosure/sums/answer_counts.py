"""A table of all answers tells the sum of the answers as numbers, for everybody in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ipseval.reporting.disclosure.counts.who import Ids, all_persons, counted_persons
from ipseval.reporting.disclosure.facts import PLAIN
from ipseval.reporting.disclosure.fate import OK, Fate, Seen
from ipseval.reporting.disclosure.sums.functionals import ANSWER, PRODUCT, Functional
from ipseval.reporting.disclosure.sums.same_values import Values


def shown_answers(seen: Sequence[Seen], out: Sequence[Sequence[Fate]]) -> list[Functional]:
    """How many gave each answer, where that is shown: a sum of ones."""
    found = []
    for number, each in enumerate(seen):
        for at, row in enumerate(each.rows):
            ids = counted_persons(each, at)
            told = row["estimand"] in PLAIN and row["scale"] == "share" and out[number][at].status == OK
            if told and ids is not None:
                column = ANSWER.join((str(row["outcome"]), str(row["term"])))
                found.append(Functional(number, at, len(ids), ((column, ids, 1.0),), fixed=True))
    return found


def counted_sums(seen: Sequence[Seen], out: Sequence[Sequence[Fate]], values: Values) -> list[Functional]:
    """Sums of each number that follows from the answers of a table of which all counts are shown."""
    found = []
    for number, each in enumerate(seen):
        tables: dict[tuple[str, str], list[int]] = {}
        for at, row in enumerate(each.rows):
            if row["estimand"] in PLAIN and row["scale"] == "share":
                tables.setdefault((str(row["outcome"]), str(row["group"])), []).append(at)
        for (outcome, _), rows in tables.items():
            whole = sum(each.count(at, "n_events") or 0 for at in rows) == each.count(rows[0], "n")
            ids = counted_persons(each, rows[0])
            if not whole or ids is None or any(out[number][at].status != OK for at in rows):
                continue
            for column in _numbers(each, outcome, ids, values):
                place = (number, rows[0], len(ids))
                found.append(Functional(*place, ((column, ids, 1.0),), fixed=True))
                found.append(
                    Functional(*place, ((PRODUCT.join((column, column)), ids, 1.0),), True, fixed=True)
                )
    return found


def _numbers(each: Seen, outcome: str, ids: Ids, values: Values) -> list[str]:
    """Columns of numbers, known of most of these persons, of which everybody with one answer has one."""
    people = each.facts.people
    answers = people.answers.get(outcome) if people is not None else None
    if answers is None:
        return []
    everybody = all_persons(each)
    order = np.argsort(everybody)
    codes = answers.codes[order][np.searchsorted(everybody[order], ids)]
    found = []
    for column, (known, numbers) in values.items():
        at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        there = known[at] == ids
        if 2 * there.sum() <= len(ids):
            continue
        pairs = np.unique(np.column_stack([codes, numbers[at]])[there], axis=0)
        # Who gave the same answer has the same number, though no result holds it.
        if len(pairs) == len(np.unique(codes)) == len(np.unique(codes[there])):
            found.append(column)
    return found
