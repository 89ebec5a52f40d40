"""The ranges of what print leaves open, against brute force over all whole persons."""

import math
from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ipseval.core.whole_persons import open_range, squared_changes, totals


@pytest.mark.parametrize(("n", "top"), [(2, 4), (3, 3), (4, 2), (3, 4)])
def test_the_squares_are_those_of_every_possible_group(n, top):
    found = {}
    for group in combinations_with_replacement(list(product(range(top + 1), repeat=2)), n):
        key = (sum(x for x, _ in group), sum(y for _, y in group))
        squares = sum((y - x) ** 2 for x, y in group)
        low, high = found.get(key, (squares, squares))
        found[key] = (min(low, squares), max(high, squares))
    for (before, after), (low, high) in found.items():
        ours = squared_changes(n, before, after, top)
        assert (ours.smallest, ours.largest) == (low, high)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(3, 12), st.integers(3, 12)), min_size=5, max_size=40))
def test_no_sample_lies_outside_its_own_range(pairs):
    before, after = np.array(pairs).T
    n = len(pairs)
    found = open_range(f"{before.mean():.2f}", f"{after.mean():.2f}", n=n, low=3, high=12)
    sd = (after - before).std(ddof=1)
    assert found.sd[0] - 1e-9 <= sd <= found.sd[1] + 1e-9
    if sd > 0:
        p = stats.ttest_rel(after, before).pvalue
        assert found.p[0] - 1e-12 <= p <= found.p[1] + 1e-12


def test_the_published_means_name_their_totals():
    assert totals("7.85", 40, 3, 12) == [314]
    assert totals("2.83", 40, 1, 5) == [113]
    assert totals("3.22", 40, 1, 5) == [129]
    assert totals("49", 40, 0, 100, unit=4) == list(range(485, 495))


def test_a_mean_that_no_whole_persons_have_gives_no_range():
    assert open_range("7.84", "8.03", n=40, low=3, high=12) is None


def test_p_is_never_zero_even_where_everyone_moves_alike():
    found = open_range("2.00", "3.00", n=5, low=1, high=5)
    assert 0 < found.p[0] <= found.p[1] <= 1
    assert math.isinf(found.d_z[1])


def test_scales_that_start_above_zero_and_step_by_halves_are_whole_too():
    pairs = [(1.5, 2.0), (2.0, 4.5), (1.5, 1.5), (4.0, 3.5)]
    before, after = np.array(pairs).T
    found = open_range("2.25", "2.875", n=4, low=Fraction(3, 2), high=Fraction(9, 2), unit=Fraction(1, 2))
    assert found.difference == (0.625, 0.625)
    assert found.sd[0] <= (after - before).std(ddof=1) <= found.sd[1]


def test_a_hundred_thousand_persons_take_no_longer_than_forty():
    assert squared_changes(100_000, 1_000_000, 1_100_000, 25).largest == 84_000 * 25**2


def test_one_answer_is_its_own_mean_and_none_have_no_mean():
    assert totals("3", 1, 1, 5) == [3]
    assert totals("3", 0, 1, 5) == []
