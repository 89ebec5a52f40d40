"""Targets: exact limits against R, both denominators, refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

EXPECTED = pd.read_csv(Path(__file__).parents[1] / "oracles" / "target" / "expected.csv")


@pytest.mark.parametrize("row", EXPECTED.to_dict("records"), ids=lambda r: f"{r['k']}of{r['n']}")
def test_limits_and_p_are_r_s(row):
    frame = pd.DataFrame({"job": [1] * int(row["k"]) + [0] * int(row["n"] - row["k"])})
    found = assert_result(ips.target(frame, outcome="job", share=row["share"])).estimates.iloc[0]
    assert found["ci_low"] == pytest.approx(row["low"], abs=1e-10)
    assert found["ci_high"] == pytest.approx(row["high"], abs=1e-10)
    assert found["p_value"] == pytest.approx(row["p"], rel=1e-10)


def test_a_limit_at_the_target_has_p_at_alpha():
    frame = pd.DataFrame({"job": [1] * 24 + [0] * 19})
    row = ips.target(frame, outcome="job", share=0.5).estimates.iloc[0]
    for end in (row["ci_low"], row["ci_high"]):
        p = ips.target(frame, outcome="job", share=float(end)).estimates.iloc[0]["p_value"]
        assert p == pytest.approx(0.05, abs=1e-9)


def test_the_unknown_are_shown_from_both_sides_and_never_filled_in():
    frame = pd.DataFrame({"job": pd.array([1] * 30 + [0] * 10 + [None] * 20, dtype="Int64")})
    result = assert_result(ips.target(frame, outcome="job", share=0.6))
    rows = result.estimates.set_index("term")
    assert rows["n"].to_list() == [40, 60, 60]
    assert rows["n_events"].to_list() == [30, 30, 50]
    assert rows.loc["of_known", "estimate"] == 0.75
    assert rows.loc["of_all", "estimate"] == 0.5
    assert {n.code: dict(n.values) for n in result.notes} == {
        "target_is": {"share": 60},
        "target_unknown": {"n": 20},
    }


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        ({"job": [0, 1, 2]}, {"share": 0.5}, "must be 0/1"),
        ({"job": [0, 1]}, {"share": 60}, "is no target"),
        ({"job": [np.nan, np.nan]}, {"share": 0.5}, "known for at least one"),
        ({"job": [0, 1], "who": [7141, 7141]}, {"share": 0.5, "id": "who"}, "repeats in 1 row"),
        ({"jobs": [0, 1]}, {"share": 0.5}, "did you mean 'jobs'"),
    ],
)
def test_bad_input_is_refused_in_words_without_a_value(frame, options, words):
    with pytest.raises(EstimationError, match=words) as refusal:
        ips.target(pd.DataFrame(frame), outcome="job", **options)
    assert "7141" not in str(refusal.value)
