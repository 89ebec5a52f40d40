"""The pattern of hidden cells against brute force, and the outsider against his own bounds."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.reporting.disclosure.attack import Need, Problem, attainable, open_needs
from ipseval.reporting.disclosure.suppress import suppress


def table(counts, k):
    """A two-way table with margins; inner cells cost 1, sums 40, the total 1600."""
    inner = np.asarray(counts)
    rows, columns = inner.shape
    full = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    full[:rows, :columns] = inner
    full[rows, :columns], full[:rows, columns], full[rows, columns] = inner.sum(0), inner.sum(1), inner.sum()
    place = np.arange(full.size).reshape(full.shape)
    facts = []
    for line in [*place, *place.T]:
        fact = np.zeros(full.size)
        fact[line[:-1]], fact[line[-1]] = 1, -1
        facts.append(fact)
    values = full.ravel()
    forced = (values > 0) & (values < k)
    at_row, at_column = np.divmod(np.arange(full.size), columns + 1)
    cost = 40.0 ** ((at_row == rows).astype(int) + (at_column == columns))
    needs = tuple(Need(int(c), t) for c in np.flatnonzero(forced) for t in (1, k - 1))
    return Problem(
        values, forced, values >= k, np.zeros(full.size, bool), (values > 0).astype(np.int64), cost, np.array(facts), needs
    )  # fmt: skip


def least_by_trying(problem):
    """The cheapest pattern by trying all with sums kept; None where there is none."""
    free = [c for c in np.flatnonzero(problem.free) if problem.cost[c] < 40]
    for size in range(len(free) + 1):
        for cells in combinations(free, size):
            hidden = problem.forced.copy()
            hidden[list(cells)] = True
            if not open_needs(problem, hidden):
                return size
    return None


@pytest.mark.parametrize("seed", range(6))
def test_no_cheaper_pattern_exists(seed):
    rng = np.random.default_rng(seed)
    problem = attainable(table(rng.poisson(rng.gamma(1.5, 5, (3, 3))), 3), 3)
    found = suppress(problem, 3)
    assert not open_needs(problem, found.hidden)
    least = least_by_trying(problem)
    if least is not None:
        assert int((found.hidden & ~problem.forced).sum()) == least
        assert found.optimal


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=3, max_size=3),
    st.sampled_from([3, 5]),
)
def test_every_need_is_met_and_greedy_costs_no_less(counts, k):
    problem = table(counts, k)
    best, quick = suppress(problem, k), suppress(problem, k, largest=0)
    for pattern in (best, quick):
        from dataclasses import replace

        assert not open_needs(replace(problem, needs=pattern.needs), pattern.hidden)
        assert pattern.hidden[problem.forced].all()
        assert not pattern.hidden[problem.values == 0].any()
    if best.optimal and set(best.needs) == set(quick.needs):
        assert problem.cost[quick.hidden].sum() >= problem.cost[best.hidden].sum() - 1e-9


def test_hiding_only_what_is_small_is_not_enough():
    problem = table([[2, 20, 15], [12, 14, 9], [8, 7, 11]], 3)
    assert open_needs(problem, problem.forced)
    assert int(suppress(problem, 3).hidden.sum()) == 4
