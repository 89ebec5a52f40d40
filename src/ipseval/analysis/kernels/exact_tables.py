"""Exact tests of k x 2 tables, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

MOST_TABLES = 300_000
"""Distinct tables above which the test is drawn instead of enumerated."""
MOST_STEPS = 200_000_000
"""Additions for one category, times persons (whole numbers grow with them), above which the same."""
DRAWS = 9_999


@dataclass(frozen=True)
class TableTest:
    """A p with how it came about: "exact" or "drawn"."""

    p_value: float
    how: str


def freeman_halton(first: NDArray[np.int64], totals: NDArray[np.int64], seed: int) -> TableTest:
    """Fisher-Freeman-Halton test of a k x 2 table: P(table no likelier than the observed), given the margins.

    `first` are the counts of the first group per category, `totals` those of both groups.  The
    probability of a table is proportional to a product of binomial coefficients, kept as whole
    numbers, so that equal probabilities compare equal.
    """
    kept = totals > 0
    first, totals = first[kept], totals[kept]
    observed = prod(comb(int(t), int(x)) for t, x in zip(totals, first, strict=True))
    states: dict[int, dict[int, int]] = {0: {1: 1}}
    persons = int(totals.sum())
    target, left = int(first.sum()), persons
    for total in map(int, totals):
        left -= total
        if sum(map(len, states.values())) * (total + 1) * persons > MOST_STEPS:
            return _drawn(first, totals, seed)
        states = _add_category(states, total, target, left)
        if sum(map(len, states.values())) > MOST_TABLES:
            return _drawn(first, totals, seed)
    final = states[target]
    whole = sum(product * count for product, count in final.items())
    as_rare = sum(product * count for product, count in final.items() if product <= observed)
    return TableTest(float(tails.floor_p(as_rare / whole)), "exact")


def _add_category(
    states: dict[int, dict[int, int]], total: int, target: int, left: int
) -> dict[int, dict[int, int]]:
    grown: dict[int, dict[int, int]] = {}
    for used, products in states.items():
        for x in range(max(0, target - used - left), min(total, target - used) + 1):
            into, factor = grown.setdefault(used + x, {}), comb(total, x)
            for product, count in products.items():
                into[product * factor] = into.get(product * factor, 0) + count
    return grown


def _drawn(first: NDArray[np.int64], totals: NDArray[np.int64], seed: int) -> TableTest:
    from scipy import special

    def log_weight(counts: NDArray[np.int64]) -> NDArray[np.float64]:
        parts = (
            special.gammaln(totals + 1) - special.gammaln(counts + 1) - special.gammaln(totals - counts + 1)
        )
        return np.asarray(parts.sum(axis=-1))

    draws = np.random.default_rng(seed).multivariate_hypergeometric(totals, int(first.sum()), size=DRAWS)
    as_rare = int((log_weight(draws) <= log_weight(first) + 1e-7).sum())
    return TableTest(tails.resampling_p(as_rare, DRAWS), "drawn")
