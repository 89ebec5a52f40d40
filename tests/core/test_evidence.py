"""What stands behind numbers, on values small enough to count by hand."""

import numpy as np
import pandas as pd
import pytest

from ipseval.core.evidence import averages_of, number_line, population, split_evidence, top_two
from ipseval.core.result import sample_frame


def test_averages_are_of_the_persons_nearest_in_rank_and_stop_where_too_few_stand_on_the_far_side():
    values = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]
    assert averages_of(values, 0.0) == ((3, 7 / 3),)
    assert averages_of(values, 1.0) == ((3, 112 / 3),)
    assert averages_of(values, 0.5) == ((3, 28 / 3),), "the three in the middle"
    assert averages_of(values[:5], 0.5) == (), "five persons cannot hide three"
    assert averages_of(values[:6], 0.0) == ((3, 7 / 3),), "six can"
    assert [k for k, _ in averages_of(range(40), 0.5)] == [3, 4, 5, 6, 7, 8, 10, 12, 15, 20]


def test_the_two_largest_share_of_a_sum_looks_at_sizes_not_signs():
    assert top_two([1.0, -6.0, 3.0]) == 0.9
    assert top_two([0.0, 0.0]) is None


@pytest.mark.parametrize(
    ("values", "term", "fewest", "equal"),
    [
        ([1, 1, 1, 5], "mean", 1, False),
        ([2, 2, 2], "mean", None, True),
        ([1, 2, 3], "median", 1, False),
        ([1, 2.5, 3.1, 70], "median", None, False),
    ],
)
def test_a_line_says_how_rare_the_rarest_of_few_values_is_and_whether_all_are_equal(
    values, term, fewest, equal
):
    line = number_line(np.array(values, dtype=float), term)
    assert (line.fewest, line.all_equal) == (fewest, equal)
    assert (line.top_two is None) == (term != "mean")


def test_a_population_is_its_persons_whatever_their_order_and_type():
    people = pd.DataFrame({"id": [3, 1, 2, 2], "x": [1, 2, 3, 4]})
    name = population(people, "id")
    assert name == population(people.iloc[::-1], "id")
    assert name == population(people.drop_duplicates("id"), "id")
    assert name == population(people.assign(id=people["id"].astype(float)), "id")
    assert name != population(people.assign(id=[3, 1, 2, 4]), "id")
    assert name != population(people.rename(columns={"id": "cpr"}), "cpr")
    assert population(people, None) != population(people.assign(x=0), None)


def test_split_evidence_counts_who_was_there_at_first_in_each_group():
    frame = pd.DataFrame({"id": [1, 2, 3], "arm": ["a", "b", "b"]})
    steps = [("in_frame", "", 3), ("in_frame", "b", 2), ("analysed", "b", 1)]
    found = split_evidence(frame, "id", "arm", sample_frame(steps), {"x": ("x1", "x2")})
    assert [(sorted(c.where), c.n) for c in found.counts] == [([], 3), ([("arm", "b")], 2)]
    assert found.by == "arm"
    assert found.columns == (("x", ("x1", "x2")),)
    assert found.population == population(frame, "id")
    assert split_evidence(frame, "id", None, sample_frame(steps[:1]), {}).by == ""
