"""Trend per person-month against R, and what it refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ScoringError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "progression"


def forms():
    return pd.read_csv(ORACLE / "input.csv", parse_dates=["date"])


def test_every_number_equals_r():
    frame = forms()
    result = assert_result(ips.progression(frame, scores=["belief"], id="id", date="date"))
    expected = pd.read_csv(ORACLE / "expected.csv").iloc[0]
    for column, value in expected.items():
        assert float(result.estimates[column][0]) == pytest.approx(float(value), rel=1e-9), column
    months = result.extras["person_months"].iloc[0]
    per_person = frame.groupby("id")["date"]
    days = (per_person.max() - per_person.min()).dt.days.sum()
    assert months["person_months"] == pytest.approx(days / (365.25 / 12))
    assert (months["forms"], months["persons"]) == (len(frame), 30)
    assert result.sample["n"].tolist() == [30, int(expected["n"])]


def test_one_straight_line_per_person_is_found_exactly():
    dates = pd.to_datetime(["2023-01-01", "2023-07-02", "2024-01-01"])
    months = (dates - dates[0]).days / (365.25 / 12)
    frame = pd.concat(
        [
            pd.DataFrame({"id": who, "date": dates, "x": start + 0.25 * months})
            for who, start in (("a", 1), ("b", 3))
        ]
    )
    row = ips.progression(frame, scores=["x"], id="id", date="date").estimates.iloc[0]
    assert row["estimate"] == pytest.approx(0.25)
    assert row["status"] == "flagged"


def test_shifting_all_answers_or_dates_changes_nothing():
    frame = forms()
    moved = frame.assign(belief=frame["belief"] + 10, date=frame["date"] + pd.Timedelta(days=1000))
    first, second = (
        ips.progression(f, scores=["belief"], id="id", date="date").estimates for f in (frame, moved)
    )
    np.testing.assert_allclose(first["estimate"], second["estimate"], rtol=1e-9)
    np.testing.assert_allclose(first["std_error"], second["std_error"], rtol=1e-9)


def test_a_score_that_nobody_repeats_keeps_its_row():
    frame = forms().assign(other=np.nan)
    frame.loc[0, "other"] = 2.0
    result = assert_result(ips.progression(frame, scores=["other", "belief"], id="id", date="date"))
    assert result.estimates["status"].tolist() == ["refused", "ok"]
    assert result.extras["person_months"]["score"].tolist() == ["other", "belief"]


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        ({}, {"scores": []}, "names no column"),
        ({}, {"scores": ["beliefs"]}, "'belief'"),
        ({"belief": "8675309"}, {}, "not numeric"),
        ({"date": "2023-01-01"}, {}, "does not hold dates"),
        ({"date": pd.Timestamp("2023-01-01")}, {}, "repeat a person on one date"),
        ({}, {"level": 95}, "confidence level"),
    ],
)
def test_bad_arguments(change, arguments, said):
    frame = forms().assign(**change)
    with pytest.raises(ScoringError, match=said) as caught:
        ips.progression(frame, **{"scores": ["belief"], "id": "id", "date": "date", **arguments})
    assert "8675309" not in str(caught.value)


def test_forms_without_a_date_are_counted_and_told():
    frame = forms()
    holed = pd.concat([frame, frame.iloc[:3].assign(date=pd.NaT)], ignore_index=True)
    whole = ips.progression(frame, scores=["belief"], id="id", date="date")
    result = assert_result(ips.progression(holed, scores=["belief"], id="id", date="date"))
    pd.testing.assert_frame_equal(result.estimates, whole.estimates)
    assert "3 form(s)" in result.notes_frame()["sentence"].iloc[-1]
