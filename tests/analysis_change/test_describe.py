from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "describe"
CANARY = 9988776655


def people(**columns):
    return pd.DataFrame({"id": range(1, 1 + len(next(iter(columns.values())))), **columns})


def test_it_equals_r_in_every_column():
    frame = pd.read_csv(ORACLE / "input.csv")
    result = assert_result(
        ips.describe(frame, columns=["mood", "age"], by="arm", levels={"mood": [1, 2, 3, 4, 5]}, id="id")
    )
    expected = pd.read_csv(ORACLE / "expected.csv", dtype={"term": str})
    both = result.estimates.merge(expected, on=["outcome", "group", "term"], suffixes=("", "_r"))
    assert len(both) == len(expected) == len(result.estimates)
    for column in ("estimate", "ci_low", "ci_high", "n", "n_events"):
        ours = both[column].astype(float).to_numpy()
        np.testing.assert_allclose(ours, both[column + "_r"].astype(float), atol=1e-10, err_msg=column)


def test_a_declared_level_that_nobody_chose_keeps_its_row():
    est = ips.describe(people(q=[1, 1, 2]), columns=["q"], levels={"q": [1, 2, 3]}).estimates
    assert est["term"].tolist() == ["1", "2", "3"]
    assert est["n_events"].tolist() == [2, 1, 0]
    assert est["ci_low"].iloc[2] == 0.0


def test_a_code_outside_the_levels_is_refused_without_its_value():
    frame = people(q=[1, CANARY, CANARY])
    with pytest.raises(EstimationError, match=r"'q' has 2 row\(s\) with a code outside") as caught:
        ips.describe(frame, columns=["q"], levels={"q": [1, 2]})
    assert str(CANARY) not in str(caught.value)


def test_text_boolean_and_category_columns_are_counted_and_text_numbers_meet_declared_codes():
    frame = people(
        a=["x", None, "y"], b=[True, False, True], c=pd.Categorical(["lo", "lo", None], ["lo", "hi"])
    )
    est = assert_result(ips.describe(frame, columns=["a", "b", "c"])).estimates
    assert est["term"].tolist() == ["x", "y", "False", "True", "lo", "hi"]
    assert est["n"].tolist() == [2, 2, 3, 3, 2, 2]
    est = ips.describe(people(q=["1", "2", "2"]), columns=["q"], levels={"q": [1.0, 2.0]}).estimates
    assert est["n_events"].tolist() == [1, 2]


def test_reasons_are_counted_and_the_rest_is_system_missing():
    frame = people(q=[1, np.nan, np.nan, np.nan], arm=["a", "a", "b", "b"])
    reasons = pd.DataFrame({"q": [None, "dont_know", "dont_know", None]})
    result = assert_result(
        ips.describe(frame, columns=["q"], levels={"q": [1, 2]}, by="arm", reasons=reasons, id="id")
    )
    missing = result.extras["missing"]
    assert missing.to_numpy().tolist() == [
        ["q", "a", "dont_know", 1],
        ["q", "a", "system_missing", 0],
        ["q", "b", "dont_know", 1],
        ["q", "b", "system_missing", 1],
    ]
    refused = result.estimates[result.estimates["group"] == "b"]
    assert refused["status"].eq("refused").all()


def test_reasons_follow_the_rows_of_a_filtered_frame_and_unknown_ones_are_refused():
    frame = people(q=[1, np.nan, np.nan])
    reasons = pd.DataFrame({"q": [None, "not_asked", "dont_know"]})
    kept = frame[frame["id"] != 2]
    missing = ips.describe(kept, columns=["q"], levels={"q": [1]}, reasons=reasons).extras["missing"]
    assert missing["reason"].tolist() == ["dont_know"]
    with pytest.raises(EstimationError, match="unknown reason"):
        ips.describe(frame, columns=["q"], levels={"q": [1]}, reasons=reasons.replace("dont_know", "lost"))
    with pytest.raises(EstimationError, match="does not have the frame's index"):
        ips.describe(frame, columns=["q"], levels={"q": [1]}, reasons=reasons.iloc[:1])


def test_a_set_counts_those_who_ticked_nothing_and_shares_of_ticks():
    frame = people(a=[1, 0, 0, np.nan], b=[1, 1, 0, np.nan])
    result = assert_result(ips.describe(frame, sets={"barrier": ["a", "b"]}))
    est = result.estimates
    assert est[["outcome", "term", "n_events", "n"]].to_numpy().tolist() == [
        ["barrier", "a", 1, 3],
        ["barrier", "b", 2, 3],
    ]
    np.testing.assert_allclose(result.extras["ticks"]["share_of_ticks"], [1 / 3, 2 / 3])
    with pytest.raises(EstimationError, match="neither 1"):
        ips.describe(people(a=[1, 2]), sets={"barrier": ["a"]})


def test_means_of_a_battery_stand_below_its_shares():
    est = ips.describe(people(q=[1, 3, 3]), columns=["q"], levels={"q": [1, 2, 3]}, means=["q"]).estimates
    assert est["scale"].tolist()[:4] == ["share"] * 3 + ["mean"]
    assert est["estimate"].iloc[3] == pytest.approx(7 / 3)


def test_one_person_has_a_mean_but_no_spread():
    result = assert_result(ips.describe(people(x=[4.0]), columns=["x"]))
    est = result.estimates.set_index("term")
    assert est.loc["mean", "estimate"] == 4.0
    assert np.isnan(est.loc["mean", "ci_low"])
    assert est.loc["sd", "status"] == "refused"


def test_the_frame_is_left_alone_and_groups_without_a_name_are_told():
    frame = people(x=[1.0, 2.0, np.nan], arm=["a", None, "b"])
    before = frame.copy()
    result = assert_result(ips.describe(frame, columns=["x"], by="arm", id="id"))
    pd.testing.assert_frame_equal(frame, before)
    assert [note.code for note in result.notes if note.row is None] == ["rows_without_group"]
    flow = result.sample.set_index(["step", "group"])["n"]
    assert flow["analysed", "a"] == 1
    assert flow["analysed", "b"] == 0


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (people(x=[1.0, np.inf]), {"columns": ["x"]}, "1 infinite"),
        (people(x=pd.to_datetime(["2020-01-01"])), {"columns": ["x"]}, "holds dates"),
        (people(x=[1.0]), {"columns": ["y"]}, "not a column"),
        (people(x=[1.0]), {"columns": "x"}, "give a list"),
        (people(x=[1.0]), {}, "both empty"),
        (people(x=[1.0]), {"columns": ["x"], "level": 95}, "such as 0.95"),
        (people(x=["a"]), {"columns": ["x"], "means": ["x"]}, "1 row(s) that are not numbers"),
        (pd.DataFrame({"id": [1, 1], "x": [1, 2]}), {"columns": ["x"], "id": "id"}, "repeats on 1 row"),
        (pd.DataFrame({"id": [1, None], "x": [1, 2]}), {"columns": ["x"], "id": "id"}, "missing on 1 row"),
    ],
)
def test_bad_input_gives_one_sentence(frame, options, said):
    with pytest.raises(EstimationError) as caught:
        ips.describe(frame, **options)
    assert said in str(caught.value)


def test_a_person_may_stand_once_per_wave():
    frame = pd.DataFrame({"id": [1, 1, 2], "wave": ["start", "end", "start"], "x": [1.0, 2.0, 3.0]})
    result = assert_result(
        ips.describe(frame, columns=["x"], by="wave", id="id", levels={"wave": ["start", "end"]})
    )
    assert result.base.n == 2
    assert result.estimates["group"].unique().tolist() == ["start", "end"]


def test_a_question_nobody_answered_keeps_its_place():
    frame = pd.DataFrame({"x": pd.Series([None, None], dtype=object), "y": ["a", "b"], "g": ["k", "m"]})
    result = ips.describe(frame, columns=["x", "y"], by="g")
    assert_result(result)
    rows = result.estimates[result.estimates["outcome"] == "x"]
    assert list(rows["group"]) == ["k", "m"]
    assert set(rows["status"]) == {"refused"}
    assert rows["n"].tolist() == [0, 0]
    assert "(ingen svar)" in ips.table(result, lang="da").to_markdown()


def test_answers_that_python_calls_equal_are_all_counted():
    answers = pd.DataFrame({"x": pd.Series([1, "a", True, 1.0], dtype=object)})
    rows = ips.describe(answers, columns=["x"]).estimates.set_index("term")["n_events"]
    assert rows.to_dict() == {"1": 2, "True": 1, "a": 1}


@pytest.mark.parametrize("kind", ["dates", "lengths"])
@pytest.mark.parametrize("verb", ["change", "repeated", "cost_effectiveness", "reliable_change"])
def test_dates_and_lengths_of_time_are_no_numbers(kind, verb):
    days = pd.date_range("2020-01-01", periods=20)
    frame = pd.DataFrame({"id": range(20), "one": days, "arm": [0, 1] * 10, "effect": np.arange(20.0)})
    frame["two"] = days + pd.Timedelta(days=400)
    if kind == "lengths":
        frame[["one", "two"]] = frame[["one", "two"]].sub(days[0], axis=0)
    long = frame.melt(id_vars="id", value_vars=["one", "two"], var_name="wave", value_name="score")
    calls = {
        "change": lambda: ips.change(frame, before="one", after="two", id="id"),
        "reliable_change": lambda: ips.reliable_change(
            frame, before="one", after="two", id="id", reliability=0.8
        ),
        "repeated": lambda: ips.repeated(long, score="score", wave="wave", waves=["one", "two"], id="id"),
        "cost_effectiveness": lambda: ips.cost_effectiveness(
            frame, cost="one", effect="effect", treatment="arm", willingness=[1]
        ),
    }
    with pytest.raises(EstimationError, match=r"20 row\(s\)|40 row\(s\)") as refusal:
        calls[verb]()
    assert "dates" in str(refusal.value)
