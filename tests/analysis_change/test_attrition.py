from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.exact_tables import freeman_halton
from ipseval.analysis.kernels.ranks import rank_sum
from ipseval.analysis.kernels.shares import newcombe_independent
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "attrition"


def test_it_equals_r_in_every_column():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    result = assert_result(
        ips.attrition(frame, answered="answered", by=["age", "who5", "sex", "edu"], id="id")
    )
    expected = pd.read_csv(ORACLE / "expected.csv")
    both = result.estimates.merge(expected, on=["outcome", "term"], suffixes=("", "_r"))
    assert len(both) == len(expected)
    for column in ("estimate", "p_value", "n"):
        np.testing.assert_allclose(both[column].astype(float), both[column + "_r"], rtol=0, atol=1e-8)


@pytest.mark.parametrize("seed", range(6))
def test_the_rank_sum_p_equals_enumeration(seed):
    rng = np.random.default_rng(seed)
    n1, n2 = int(rng.integers(1, 6)), int(rng.integers(1, 7))
    values = rng.integers(0, 4, n1 + n2).astype(float)
    ranks = pd.Series(values).rank().to_numpy()
    expected = n1 * (n1 + n2 + 1) / 2
    observed = abs(ranks[:n1].sum() - expected)
    sums = [abs(sum(ranks[list(c)]) - expected) for c in combinations(range(n1 + n2), n1)]
    p = np.mean([s >= observed - 1e-9 for s in sums])
    assert rank_sum(values[:n1], values[n1:]).p_value == pytest.approx(p, abs=1e-12)


def test_a_large_rank_sum_is_approximate_and_says_so():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.integers(0, 2, 1500), "x": rng.normal(size=1500)})
    result = assert_result(ips.attrition(frame, answered="a", by=["x"]))
    assert "p_is_approximate" in {note.code for note in result.notes}


def test_a_large_table_is_drawn_near_its_exact_p_and_says_so(monkeypatch):
    first, totals = np.array([3, 5, 1, 8, 2]), np.array([9, 6, 10, 15, 6])
    exact = freeman_halton(first, totals, 1)
    monkeypatch.setattr("ipseval.analysis.kernels.exact_tables.MOST_TABLES", 1)
    drawn = freeman_halton(first, totals, 1)
    assert drawn.how == "drawn"
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.01)


def test_arms_get_their_response_their_difference_and_an_exact_p():
    frame = pd.DataFrame({"end": [1] * 8 + [0] * 2 + [1] * 4 + [0] * 6, "arm": ["b"] * 10 + ["a"] * 10})
    est = assert_result(ips.attrition(frame, answered="end", arm="arm")).estimates
    assert est.loc[est["group"] == "a", "n_events"].tolist() == [4]
    difference = est[est["term"] == "difference"].iloc[0]
    assert difference["contrast"] == "b - a"
    assert difference["estimate"] == pytest.approx(0.4)
    low, high = newcombe_independent(56, 70, 48, 80, 0.95)  # Newcombe 1998, table II, method 10
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    test = est[est["term"] == "exact_test"].iloc[0]
    tables = {k: comb(10, k) * comb(10, 12 - k) for k in range(2, 11)}
    p = sum(v for v in tables.values() if v <= tables[8]) / sum(tables.values())
    assert test["p_value"] == pytest.approx(p, abs=1e-12)


def test_arms_that_part_among_those_who_answered_are_shown():
    frame = pd.DataFrame(
        {
            "arm": ["a"] * 6 + ["b"] * 6,
            "x": [1.0, 2, 3, 4, 5, 6] * 2,
            "s": ["f", "m"] * 6,
            "end": [1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1],
        }
    )
    est = assert_result(ips.attrition(frame, answered="end", by=["x", "s"], arm="arm")).estimates
    balance = est[est["estimand"] == "arm_balance"].set_index(["outcome", "group", "term"])["estimate"]
    assert balance["x", "everybody", "smd"] == 0
    assert balance["x", "responder", "smd"] == pytest.approx(3.0)
    # Among those who answered: f, m, f in the first arm and m, f, m in the second.
    assert balance["s", "responder", "f"] == pytest.approx((1 / 3 - 2 / 3) / np.sqrt(2 / 9))
    assert est.loc[est["term"] == "difference", "estimate"].iloc[0] == 0


def test_empty_sides_and_constants_keep_their_rows():
    frame = pd.DataFrame({"end": [1, 1, 1], "x": [1.0, 2.0, np.nan], "s": ["f", "f", "f"]})
    result = assert_result(ips.attrition(frame, answered="end", by=["x", "s"]))
    assert result.estimates.loc[result.estimates["contrast"] != "", "status"].eq("refused").all()
    frame = pd.DataFrame({"end": [1, 1, 0, 0], "x": [1.0, 1.0, 2.0, 2.0], "s": ["f"] * 4})
    result = assert_result(ips.attrition(frame, answered="end", by=["x", "s"]))
    est = result.estimates.set_index(["outcome", "term"])
    assert est.loc[("x", "smd"), "status"] == "refused"
    assert est.loc[("s", "exact_test"), "status"] == "refused"
    assert est.loc[("x", "rank_sum"), "p_value"] == pytest.approx(1 / 3)


def test_relabelling_and_row_order_do_not_matter():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    first = ips.attrition(frame, answered="answered", by=["edu", "age"]).tidy()
    again = ips.attrition(frame.sample(frac=1, random_state=3), answered="answered", by=["edu", "age"]).tidy()
    pd.testing.assert_frame_equal(first, again, rtol=1e-10)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"answered": "x"}, "not 0 or 1"),
        ({"answered": "end", "by": "x"}, "give a list"),
        ({"answered": "end", "by": ["nope"]}, "not a column"),
        ({"answered": "end", "arm": "x"}, "two arms"),
    ],
)
def test_bad_input_gives_one_sentence(options, said):
    frame = pd.DataFrame({"end": [1, 0, 1], "x": [1.0, 2.0, 3.0]})
    with pytest.raises(EstimationError) as caught:
        ips.attrition(frame, **options)
    assert said in str(caught.value)


def test_missing_answers_keep_their_reasons():
    frame = pd.DataFrame({"there": [1, 1, 0, 0], "edu": ["a", None, "b", None]})
    reasons = pd.DataFrame({"there": [None] * 4, "edu": [None, "dont_know", None, "not_answered"]})
    result = ips.attrition(frame, answered="there", by=["edu"], reasons=reasons)
    assert result.extras["missing"].to_dict("records") == [
        {"outcome": "edu", "group": "", "reason": "dont_know", "n": 1},
        {"outcome": "edu", "group": "", "reason": "not_answered", "n": 1},
    ]
