"""Numbers as sums over persons: whose values a mean, a difference or an SD adds up, and with what weight.

A number that is not such a sum (a ratio, a rank test) is none here; its own rules judge it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import ANSWERED, Where
from ipseval.reporting.disclosure.counts.who import columns_at, counted_persons, persons
from ipseval.reporting.disclosure.facts import TIMES
from ipseval.reporting.disclosure.fate import PAIRED, Seen
from ipseval.reporting.disclosure.numbers.means import ADDITIVE

Ids = NDArray[np.uint64]
Part = tuple[str, Ids, float]
"""A column, persons, and what each person's value counts for."""
PRODUCT = "\x1c"
"""Between two columns whose products are added up."""
ANSWER = "\x1e"
"""Between a question and one of its answers, a column of who gave it."""
RANKS = ("hodges_lehmann",)
"""Terms on a linear scale that are no sums."""


@dataclass(frozen=True, eq=False)
class Functional:
    """A sum over persons that a row tells; of `squares`, a sum of squares or products.

    One that is `fixed` follows from counts, which are judged before and stay.
    """

    result: int
    row: int
    n: int
    parts: tuple[Part, ...]
    squares: bool = False
    fixed: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns whose values are added up."""
        return tuple(column for column, _, _ in self.parts)


def functionals(seen: Sequence[Seen]) -> list[Functional]:
    """What every row tells whose persons are known; weighted numbers are judged apart (`weights`)."""
    found = []
    for number, each in enumerate(seen):
        for at, row in enumerate(each.rows):
            n = each.count(at, "n")
            if n and row["estimate"] == row["estimate"] and not each.facts.lines[at].uneven:
                plain, squared = _parts(each, at, row)
                found += [Functional(number, at, n, plain)] if plain else []
                found += [Functional(number, at, n, squared, True)] if squared else []
    return found


def _parts(each: Seen, at: int, row: Mapping[str, Any]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Sums of values, and of squares: an SD, or a standard error beside its mean, tells the latter."""
    columns = each.facts.columns.get(row["outcome"], ())
    if len(columns) == 2 and each.result.kind in PAIRED:
        return _of_pairs(each, at, row, (columns[0], columns[1]))
    if row["scale"] in ADDITIVE:
        ids, of = counted_persons(each, at), columns_at(each, at)
        if ids is None or len(of) != 1:
            return (), ()
        own: tuple[Part, ...] = ((of[0], ids, 1.0 / len(ids)),)
        if row["scale"] == "sd":
            return (), _squares(own)
        return own, _squares(own) if _has_error(row) else ()
    if row["scale"] in ("difference", "standardised"):
        return _of_arms(each, at, row)
    return (), ()


def _of_pairs(
    each: Seen, at: int, row: Mapping[str, Any], columns: tuple[str, str]
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    ids = counted_persons(each, at)
    if ids is None:
        return (), ()
    before, after = ((column, ids, 1.0 / len(ids)) for column in columns)
    change = (after, (before[0], ids, -before[2]))
    term, scale = str(row["term"]), row["scale"]
    kind, _, time = term.rpartition("_")
    if scale == "mean" and term in TIMES:
        own: tuple[Part, ...] = ((before, after)[TIMES.index(term)],)
        return own, _squares(own) if _has_error(row) else ()
    if scale == "sd" and kind == "sd" and time in TIMES:
        return (), _squares(((before, after)[TIMES.index(time)],))
    if scale == "sd" and term == "sd_difference":
        return (), _squares(change)
    if scale == "correlation":
        return (), ((_product(*columns), ids, 1.0),)
    if scale == "difference" and row["contrast"] and term not in RANKS:
        return change, _squares(change) if _has_error(row) else ()
    return (), ()


def _of_arms(each: Seen, at: int, row: Mapping[str, Any]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """A difference of two arms, where no more than the arms splits its people."""
    cells, of = each.facts.lines[at].behind, columns_at(each, at)
    arms = [ids for ids in (persons(each, cell) for cell in cells) if ids is not None]
    if len(cells) != 2 or len(arms) != 2 or len(of) != 1 or any(_named(cell, of[0]) for cell in cells):
        return (), ()
    parts = tuple((of[0], ids, sign / len(ids)) for ids, sign in zip(arms, (1.0, -1.0), strict=True))
    squared = tuple((_product(of[0], of[0]), ids, 1.0 / (len(ids) * max(len(ids) - 1, 1))) for ids in arms)
    return parts, squared if _has_error(row) else ()


def _named(cell: Where, column: str) -> bool:
    return any(name == column and code != ANSWERED for name, code in cell)


def _has_error(row: Mapping[str, Any]) -> bool:
    return bool(row["std_error"] == row["std_error"])


def _squares(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The square of a sum of columns, person by person."""
    return tuple((_product(a, b), ids, float(np.sign(x * y))) for a, ids, x in parts for b, _, y in parts)


def _product(a: str, b: str) -> str:
    return PRODUCT.join(sorted((a, b)))
