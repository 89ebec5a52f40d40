"""The pattern of hidden cells against brute force, and the outsider against his own bounds."""

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.reporting.disclosure.pattern import suppress as searching
from ipseval.reporting.disclosure.pattern.attack import Need, Problem, attainable, open_needs
from ipseval.reporting.disclosure.pattern.master import Master, is_network
from ipseval.reporting.disclosure.pattern.suppress import suppress


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
        assert not open_needs(replace(problem, needs=pattern.needs), pattern.hidden)
        assert pattern.hidden[problem.forced].all()
        assert not pattern.hidden[problem.values == 0].any()
    if best.optimal and set(best.needs) == set(quick.needs):
        assert problem.cost[quick.hidden].sum() >= problem.cost[best.hidden].sum() - 1e-9


def test_a_need_that_keeps_giving_way_changes_the_way_and_not_the_pattern(monkeypatch):
    """With its changes in the programme from the start, or never, the cheapest costs the same."""
    rng = np.random.default_rng(4)
    problem = table(rng.poisson(rng.gamma(1.2, 10, (6, 5))), 3)
    costs = []
    for patience in (1, 10_000):
        monkeypatch.setattr("ipseval.reporting.disclosure.pattern.master.PATIENCE", patience)
        found = suppress(problem, 3)
        assert found.optimal
        assert not open_needs(replace(problem, needs=found.needs), found.hidden)
        costs.append(problem.cost[found.hidden].sum())
    assert costs[0] == pytest.approx(costs[1], rel=1e-4)


def test_a_table_with_its_margins_is_a_network_and_three_ways_through_a_count_are_not():
    assert is_network(table([[2, 20, 15], [12, 14, 9]], 3).relations)
    assert not is_network(np.array([[1.0, 1, 0], [1, 0, 1], [1, 1, 1]]))
    assert not is_network(np.array([[2.0, -1.0]]))
    assert not is_network(np.array([[1.0, 1.0, 0], [0, 1.0, 1.0], [1.0, 0, 1.0]]))


def test_in_sums_that_are_no_network_a_change_may_be_larger_than_its_need():
    """u is known; t + u = v and t + v = w, so that one more of t is one more of v and two of w."""
    problem = Problem(
        values=np.array([1, 6, 7, 8]),
        forced=np.array([True, False, False, False]),
        free=np.array([False, False, True, True]),
        gone=np.zeros(4, bool),
        floor=np.ones(4, dtype=np.int64),
        cost=np.array([1.0, 1.0, 1.0, 1.0]),
        relations=np.array([[1.0, 1, -1, 0], [1, 0, 1, -1]]),
        needs=(Need(0, 2),),
    )
    master = Master(problem)
    for _ in range(8):
        master.gave_way(problem.needs[0])
    master.outside(problem.forced)
    found = master.solve(0.0, 100)
    assert found.hidden.tolist() == [True, False, True, True]


def test_a_search_that_is_stopped_gives_a_pattern_that_holds_and_how_far_it_may_be_from_the_best(monkeypatch):
    problem = table(np.random.default_rng(4).poisson(9, (6, 6)), 5)
    best = suppress(problem, 5)
    monkeypatch.setattr(searching, "ROUNDS", 2)
    stopped = suppress(problem, 5)
    assert best.optimal
    assert not stopped.optimal
    assert not open_needs(replace(problem, needs=stopped.needs), stopped.hidden)
    own = ~problem.forced
    costs = [float(problem.cost[p.hidden & own].sum()) for p in (best, stopped)]
    assert costs[1] * (1 - stopped.gap) <= costs[0] + 1e-9
    assert 0 < stopped.gap < 1


def test_pages_and_record_say_when_a_pattern_is_not_proven_the_cheapest(monkeypatch, tmp_path):
    monkeypatch.setattr(searching, "ROUNDS", 1)
    rng = np.random.default_rng(5)
    people = pd.DataFrame({"g": rng.choice(list("abcdef"), 200), "a": rng.choice(list("stuvwx"), 200)})
    out = ips.release(ips.describe(people, columns=["a"], by="g"), tmp_path / "out", lang="en")
    record = json.loads((tmp_path / "out" / "evidence.json").read_text(encoding="utf-8"))
    assert record["optimal"] is out.optimal is False
    assert 0 < record["at_most_dearer_than_cheapest"] < 1
    for page in (tmp_path / "out" / "index.html", out.checker / "checker.html"):
        assert "not proven the cheapest" in page.read_text(encoding="utf-8")


def test_hiding_only_what_is_small_is_not_enough():
    problem = table([[2, 20, 15], [12, 14, 9], [8, 7, 11]], 3)
    assert open_needs(problem, problem.forced)
    assert int(suppress(problem, 3).hidden.sum()) == 4
