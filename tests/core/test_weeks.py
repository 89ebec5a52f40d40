"""Weeks and months as numbers, against the calendar of the standard library."""

from datetime import date, timedelta

import numpy as np
import pytest

from ipseval.core import weeks
from ipseval.core.errors import SchemaError

DAYS = [date(1990, 12, 20) + timedelta(days=9 * k) for k in range(1900)]


def test_every_day_has_the_week_year_and_month_of_the_calendar():
    found = weeks.week_of_date(DAYS)
    assert found.dtype == np.int32
    iso = [day.isocalendar() for day in DAYS]
    assert weeks.year_of_week(found).tolist() == [i.year for i in iso]
    assert weeks.number_of_week(found).tolist() == [i.week for i in iso]
    assert [weeks.week_from_iso(i.year, i.week) for i in iso] == found.tolist()
    mondays = [day - timedelta(days=day.weekday()) for day in DAYS]
    assert weeks.monday(found).tolist() == mondays
    thursdays = [day + timedelta(days=3) for day in mondays]
    assert weeks.month_of_week(found).tolist() == [12 * (d.year - 1970) + d.month - 1 for d in thursdays]
    assert weeks.month_of_date(DAYS).tolist() == [12 * (d.year - 1970) + d.month - 1 for d in DAYS]
    assert weeks.week_labels(found) == [f"{i.year}-W{i.week:02d}" for i in iso]
    assert [weeks.week_label(w) for w in found[:5]] == weeks.week_labels(found[:5])


def test_dates_before_the_clock_of_computers_begins_have_weeks_too():
    assert weeks.week_of_date([date(1969, 12, 28), date(1969, 12, 29)]).tolist() == [-1, 0]


def test_names_of_dream_columns_go_both_ways():
    assert weeks.yyww(weeks.week_from_yyww("9131")) == "9131"
    assert weeks.week_label(weeks.week_from_yyww("9052")) == "2090-W52", "below the pivot"
    assert weeks.week_label(weeks.week_from_yyww("0953")) == "2009-W53"
    assert (weeks.weeks_in(2009), weeks.weeks_in(2010)) == (53, 52)


@pytest.mark.parametrize("bad", ["913", "91311", "9a31", "1053", "9100"])
def test_what_is_no_week_is_refused(bad):
    with pytest.raises(SchemaError):
        weeks.week_from_yyww(bad)


def test_missing_dates_are_counted():
    with pytest.raises(SchemaError, match=r"2 of 3 date\(s\) are missing"):
        weeks.week_of_date(np.array(["2020-01-01", "NaT", "NaT"], dtype="datetime64[D]"))
