"""Weeks, windows and pseudo index dates."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.core import weeks
from ipseval.core.errors import DesignError, SchemaError
from ipseval.outcomes.calendar import Window, as_window, index_weeks, pseudo_index_dates


@settings(max_examples=50)
@given(st.dates(date(1991, 1, 1), date(2060, 12, 31)))
def test_weeks_agree_with_the_standard_library(day):
    iso = day.isocalendar()
    week = int(weeks.week_of_date(np.datetime64(day)))
    assert week == weeks.week_from_iso(iso.year, iso.week)
    assert (int(weeks.year_of_week(week)), int(weeks.number_of_week(week))) == (iso.year, iso.week)
    assert weeks.monday(week).astype(object) == day - timedelta(days=iso.weekday - 1)
    thursday = day + timedelta(days=4 - iso.weekday)
    assert int(weeks.month_of_week(week)) == (thursday.year - 1970) * 12 + thursday.month - 1
    assert weeks.week_label(week) == f"{iso.year}-W{iso.week:02d}"


def test_the_years_with_53_weeks_are_those_of_the_calendar():
    have = [y for y in range(1991, 2030) if weeks.weeks_in(y) == 53]
    assert have == [1992, 1998, 2004, 2009, 2015, 2020, 2026]


def test_names_of_week_columns_go_both_ways_and_cross_the_century():
    assert weeks.week_label(weeks.week_from_yyww("9131")) == "1991-W31"
    assert weeks.week_label(weeks.week_from_yyww("2053")) == "2020-W53"
    every = range(weeks.week_from_yyww("9131"), weeks.week_from_yyww("2652"))
    assert all(weeks.week_from_yyww(weeks.yyww(w)) == w for w in every)


@pytest.mark.parametrize("bad", ["2153", "2100", "21", "21W1", "99999"])
def test_weeks_that_do_not_exist_are_refused(bad):
    with pytest.raises(SchemaError):
        weeks.week_from_yyww(bad)


def test_week_to_month_goes_by_thursday():
    # Monday 29 June 2020 to Sunday 5 July 2020: Thursday is 2 July.
    week = int(weeks.week_of_date(np.datetime64("2020-06-29")))
    assert int(weeks.month_of_week(week)) == (2020 - 1970) * 12 + 6
    assert weeks.month_of_week(week).dtype == np.int32
    # 2020-W53 runs 28 December to 3 January; its Thursday is 31 December.
    assert int(weeks.month_of_week(weeks.week_from_yyww("2053"))) == (2020 - 1970) * 12 + 11


def test_windows_hold_both_ends_and_are_never_empty():
    assert Window(-52, 104).length == 157
    assert as_window((1, 4)).relative().tolist() == [1, 2, 3, 4]
    with pytest.raises(DesignError, match="ends before it begins"):
        Window(3, 2)


def test_index_dates_that_are_missing_are_counted_not_shown():
    frame = pd.DataFrame({"index_date": ["2020-01-06", None]})
    with pytest.raises(DesignError, match="empty in 1 of 2 rows"):
        index_weeks(frame, "index_date")
    with pytest.raises(DesignError) as refusal:
        index_weeks(pd.DataFrame({"index_date": ["canary 31415"]}), "index_date")
    assert "31415" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def _pool(n):
    controls = pd.DataFrame({"pnr": [f"c{i}" for i in range(n)], "benefit": ["help"] * n})
    return controls, pd.DataFrame(
        {"pnr": controls["pnr"], "first_date": "2020-01-06", "last_date": "2020-12-28"}
    )


def test_pseudo_dates_follow_the_treated_of_the_same_stratum():
    controls, eligible = _pool(4000)
    controls.loc[2000:, "benefit"] = "cash"
    treated = pd.DataFrame(
        {
            "index_date": ["2020-02-03", "2020-02-03", "2020-09-07", "2020-06-01"],
            "benefit": ["help"] * 3 + ["cash"],
        }
    )
    drawn = pseudo_index_dates(controls, treated=treated, eligible=eligible, strata=["benefit"], seed=1)
    assert "index_date" not in controls
    cash = drawn[drawn["benefit"] == "cash"]["index_date"]
    assert cash.eq(pd.Timestamp("2020-06-01")).all()
    shares = drawn[drawn["benefit"] == "help"]["index_date"].value_counts(normalize=True)
    assert set(shares.index) == {pd.Timestamp("2020-02-03"), pd.Timestamp("2020-09-07")}
    assert shares[pd.Timestamp("2020-02-03")] == pytest.approx(2 / 3, abs=0.04)
    again = pseudo_index_dates(controls, treated=treated, eligible=eligible, strata=["benefit"], seed=1)
    pd.testing.assert_frame_equal(drawn, again)


def test_no_control_gets_a_date_outside_its_eligible_weeks():
    controls, _ = _pool(3)
    treated = pd.DataFrame(
        {"index_date": pd.date_range("2020-01-06", periods=50, freq="7D"), "benefit": "help"}
    )
    eligible = pd.DataFrame(
        {
            "pnr": ["c0", "c0", "c1"],
            "first_date": ["2020-01-06", "2020-10-05", "2020-03-02"],
            "last_date": ["2020-01-26", "2020-10-25", "2020-03-08"],
        }
    )
    seen = set()
    for seed in range(60):
        drawn = pseudo_index_dates(controls, treated=treated, eligible=eligible, seed=seed)
        assert drawn["index_date"][1] == pd.Timestamp("2020-03-02")
        assert pd.isna(drawn["index_date"][2])
        seen.add(drawn["index_date"][0])
    assert seen == {
        pd.Timestamp(d)
        for d in ("2020-01-06", "2020-01-13", "2020-01-20", "2020-10-05", "2020-10-12", "2020-10-19")
    }


def test_surviving_longer_does_not_move_the_early_dates():
    """Immortal time: those who stay all year get early dates as often as early starters were treated."""
    controls, eligible = _pool(3000)
    treated = pd.DataFrame({"index_date": ["2020-02-03", "2020-09-07"], "benefit": "help"})
    drawn = pseudo_index_dates(controls, treated=treated, eligible=eligible, seed=3)["index_date"]
    assert (drawn == pd.Timestamp("2020-02-03")).mean() == pytest.approx(0.5, abs=0.04)
    left_in_june = eligible.assign(last_date="2020-06-28")
    drawn = pseudo_index_dates(controls, treated=treated, eligible=left_in_june, seed=3)["index_date"]
    assert drawn.eq(pd.Timestamp("2020-02-03")).all()


def test_controls_that_stand_twice_are_refused():
    controls, eligible = _pool(2)
    treated = pd.DataFrame({"index_date": ["2020-02-03"], "benefit": "help"})
    with pytest.raises(DesignError, match="1 row"):
        pseudo_index_dates(
            pd.concat([controls, controls.head(1)]), treated=treated, eligible=eligible, seed=1
        )
