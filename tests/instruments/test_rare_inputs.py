"""Inputs that are allowed and seldom: testlets that leave one part, files without a unit, rows without a group."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ScoringError
from ipseval.instruments import GAD7, WHO5
from ipseval.instruments.reading import read_anchor

from support.contract import assert_result


def test_testlets_that_hold_all_items_have_no_alpha_and_no_interval():
    frame = pd.DataFrame(np.random.default_rng(4).integers(0, 5, (40, 3)), columns=list("abc"))
    result = assert_result(ips.reliability(frame, items=list("abc"), testlets=[list("abc")]))
    row = result.estimates.set_index("scale").loc["alpha_testlets"]
    assert row[["estimate", "ci_low", "ci_high"]].isna().all()
    assert row["status"] == "refused"


def test_an_anchor_without_a_unit_has_no_words_for_one():
    anchor = read_anchor(
        {"item": "a", "steps": [[25, 5]], "otherwise": 1, "relation": "at_most"}, {"a": 0}, "mine"
    )
    assert anchor.unit == {"da": "", "en": ""}


def test_the_base_of_a_comparison_counts_only_those_in_a_group():
    frame = pd.DataFrame(
        {"score": [50.0, 60.0, 70.0, np.nan, 80.0, 90.0], "by": ["f", "f", "m", "m", "m", None]}
    )
    result = assert_result(
        ips.compare_with_norm(frame, score="score", norm=WHO5.norms["denmark_2003"], by="by")
    )
    assert result.base.n == 4
    everybody = ips.compare_with_norm(frame, score="score", norm=WHO5.norms["denmark_2003"])
    assert everybody.base.n == 5


def test_marks_of_a_score_are_yes_or_no_and_never_numbers():
    answers = pd.DataFrame([[0, 1, 2, 3, np.nan], [0, 1, 2, 3, 1]], columns=list("abcde"), dtype=float)
    scores = GAD7.score(answers.assign(f=1.0, g=1.0), items=list("abcdefg"))
    assert scores["gad7_prorated"].dtype == bool
    assert scores["gad7_prorated"].tolist() == [True, False]


def test_a_coding_of_one_code_is_no_range():
    answers = pd.DataFrame([[3.0] * 5], columns=list("abcde"))
    with pytest.raises(ScoringError, match="smaller code first"):
        WHO5.score(answers, items=list("abcde"), coding="3-3")
