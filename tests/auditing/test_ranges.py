"""The ranges of what print leaves open, against brute force over all whole persons."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ipseval.auditing.fitting import totals
from ipseval.auditing.ranges import open_range, squares


def brute(n, low, high, before, after):
    scores = range(low, high + 1)
    found = [
        sum((y - x) ** 2 for x, y in zip(xs, ys, strict=True))
        for xs in itertools.product(scores, repeat=n)
        if sum(xs) == before
        for ys in itertools.product(scores, repeat=n)
        if sum(ys) == after
    ]
    return (min(found), max(found)) if found else None


@pytest.mark.parametrize(("n", "low", "high"), [(2, 0, 4), (3, 1, 3), (4, 0, 2)])
def test_squares_are_the_extremes_over_all_whole_persons(n, low, high):
    for before in range(n * low, n * high + 1):
        for after in range(n * low, n * high + 1):
            least, most = brute(n, low, high, before, after)
            bound_least, bound_most = squares(n, low, high, before, after)
            assert bound_most == most
            assert bound_least <= least
            if n * low + n <= before <= n * high - n:
                assert bound_least == least, "away from the ends the bound is reached"


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
