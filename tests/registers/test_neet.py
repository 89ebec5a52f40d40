"""NEET: a table of young people judged by hand, and a person-by-person reference."""

import calendar
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import DesignError, SchemaError
from ipseval.core.weeks import week_from_iso, yyww
from ipseval.outcomes.neet import published
from ipseval.outcomes.neet_definitions import definition_of

from support.contract import assert_result

TABLE = Path(__file__).resolve().parents[1] / "oracles" / "neet_truth" / "truth_table.csv"
FIRST, LAST = week_from_iso(2019, 40), week_from_iso(2021, 52)
SEVEN = ("eurostat_proxy", "oecd_proxy", "dst_amr", "rockwool", "vive_2019", "stil", "benchmark")
FLAGS = ["above_compulsory", "youth_education", "eighth_grade", "self_employed"]
CANARY = "314159265358"


def week_of(text):
    year, _, number = text.partition("-W")
    return week_from_iso(int(year), int(number))


def weekly(codes):
    out = [0] * (LAST - FIRST + 1)
    for part in codes.split():
        span, _, code = part.partition(":")
        low, high = (week_of(w) for w in span.split(".."))
        out[low - FIRST : high - FIRST + 1] = [int(code)] * (high - low + 1)
    return out


def registers(table):
    """The table's rows as people, DREAM, BFL and enrolments."""
    people = table[["pnr", "birth_date", "arrival_age", *FLAGS, "story"]].copy()
    people["arrival_age"] = pd.to_numeric(people["arrival_age"])
    for flag in FLAGS:
        people[flag] = people[flag] == "yes"
    there = table[table["codes"] != "none"]
    dream = pd.DataFrame(
        [weekly(c) for c in there["codes"]], columns=[f"y_{yyww(w)}" for w in range(FIRST, LAST + 1)]
    )
    dream.insert(0, "pnr", there["pnr"].to_numpy())
    jobs, education = [], []
    for pnr, months, enrolled in zip(table["pnr"], table["jobs"], table["education"], strict=True):
        for part in months.split():
            month, _, hours = part.partition(":")
            year, number = map(int, month.split("-"))
            last = calendar.monthrange(year, number)[1]
            jobs.append((pnr, f"{month}-01", f"{month}-{last}", float(hours)))
        for part in enrolled.split():
            level, _, span = part.partition(":")
            start, _, end = span.partition("..")
            education.append((pnr, start, end or None, level))
    return {
        "people": people,
        "dream": ips.dream.spells(dream),
        "jobs": pd.DataFrame(
            jobs, columns=["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer"]
        ),
        "education": pd.DataFrame(education, columns=["pnr", "from_date", "to_date", "level"]),
    }


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def given_registers(table):
    return registers(table)


def test_at_least_twenty_young_people_and_no_two_definitions_agree_on_all(table):
    assert len(table) >= 20
    assert len({tuple(table[name]) for name in SEVEN}) == len(SEVEN)


@pytest.mark.parametrize("name", SEVEN)
def test_the_table_judged_by_hand(table, given_registers, name):
    rest = dict(given_registers)
    flags = ips.neet_flags(rest.pop("people"), year=2021, definition=name, **rest)
    said = flags[name].map({0: "0", 1: "1"}).fillna("-").tolist()
    wrong = [
        (p, s, e, f)
        for p, s, e, f in zip(table["pnr"], table["story"], table[name], said, strict=True)
        if e != f
    ]
    assert not wrong


def test_counts_shares_and_the_pairs_come_from_the_same_flags(table, given_registers):
    rest = dict(given_registers)
    people = rest.pop("people").assign(sex=["K", "M", "K"] * 9)
    result = assert_result(ips.neet(people, year=[2021], definition=SEVEN, by=["age", "sex"], **rest))
    est = result.estimates
    for name in SEVEN:
        total = est[(est["outcome"] == name) & (est["group"] == "")].iloc[0]
        assert total["n_events"] == (table[name] == "1").sum()
        assert total["n"] == (table[name] != "-").sum()
        for prefix in ("age=", "sex="):
            parts = est[(est["outcome"] == name) & est["group"].str.startswith(prefix)]
            assert parts["n_events"].sum() == total["n_events"]
            assert parts["n"].sum() == total["n"]
    pairs = result.extras["together"].set_index(["first", "second"])
    both = ((table["rockwool"] == "1") & (table["vive_2019"] == "1")).sum()
    assert pairs.loc[("rockwool", "vive_2019"), "both"] == both
    codes = [n.code for n in result.notes]
    assert "neet_incomplete" in codes
    assert "neet_cannot_see_eurostat_proxy" in codes
    assert {"eurostat_proxy", "stil"} <= set(result.extras["published"]["definition"])


def test_any_part_can_be_replaced_and_that_is_said(given_registers):
    rest = dict(given_registers)
    people = rest.pop("people")
    plain = ips.neet(people, year=2021, definition="stil", **rest).estimates.iloc[0]
    wider = ips.neet(
        people, year=2021, definition="stil", replace={"work": {"at_least": 19}, "age": {"last": 29}}, **rest
    )
    # Number 23 works exactly 18 hours; numbers 19 (27 years old) comes in.
    assert wider.estimates.iloc[0]["n_events"] == plain["n_events"] + 2
    assert wider.estimates.iloc[0]["n"] == plain["n"] + 1
    note = next(n for n in wider.notes if n.code == "neet_replaced")
    assert note.values["parts"] == "work, age"
    own = ips.neet(
        people.assign(known=True), year=2021, definition="vive_2019",
        replace={"criteria": [{"name": "known", "column": "known", "is": True}]}, **rest,
    )  # fmt: skip
    assert own.estimates.iloc[0]["n_events"] > 0


def test_what_a_definition_needs_is_asked_for(given_registers):
    rest = dict(given_registers)
    people = rest.pop("people")
    with pytest.raises(DesignError, match="'youth_education' is not a column"):
        ips.neet(people.drop(columns="youth_education"), year=2021, definition="stil", **rest)
    with pytest.raises(DesignError, match="dream= is needed by stil"):
        ips.neet(people, year=2021, definition="stil", jobs=rest["jobs"])
    with pytest.raises(DesignError, match="not covered by the weeks of DREAM"):
        ips.neet(people, year=2023, definition="stil", **rest)
    with pytest.raises(DesignError, match="did you mean 'vive_2019'"):
        ips.neet(people, year=2021, definition="vive2019", **rest)
    with pytest.raises(DesignError, match="replace="):
        ips.neet(people, year=2021, definition="stil", replace={"wrk": {}}, **rest)
    with pytest.raises(DesignError, match="birth_date is empty in 1 of 27"):
        ips.neet(people.assign(birth_date=[None, *people["birth_date"][1:]]), year=2021, **rest)
    empty = people["youth_education"].astype(object).where(people["pnr"] != "05", None)
    with pytest.raises(DesignError, match="is empty in 1 row"):
        ips.neet(people.assign(youth_education=empty), year=2021, definition="stil", **rest)
    with pytest.raises(DesignError) as refusal:
        ips.neet(people.assign(birth_date=CANARY), year=2021, **rest)
    assert CANARY not in str(refusal.value)
    with pytest.raises(SchemaError, match="not well formed"):
        definition_of({"definition": "mine"}, None)


def test_published_levels_carry_their_source():
    levels = published()
    assert set(levels["definition"]) < set(SEVEN)
    assert levels["source"].str.len().gt(5).all()
    assert levels[levels["definition"] == "vive_2019"]["value"].tolist() == [2.7]
    assert definition_of("vive_2019", None).incomplete


# A reference that asks one person at a time, with the calendar of the standard library.


def weeks_between(start, end):
    at = start - timedelta(days=start.weekday())
    while at <= end:
        yield at
        at += timedelta(days=7)


def thursday(monday):
    return monday + timedelta(days=3)


def hours_in(monday, jobs):
    """Paid hours of one week: each month's net hours spread over the month's weeks that the job met."""
    total = 0.0
    for year, month, hours in jobs:
        last = date(year, month, calendar.monthrange(year, month)[1])
        mine = [w for w in weeks_between(date(year, month, 1), last)
                if (thursday(w).year, thursday(w).month) == (year, month)]  # fmt: skip
        if monday in mine:
            total += hours / len(mine)
    return total


def slow_dst(birth, jobs, codes, enrolled):
    """DST/AMR in 2021: the last week of November by Thursday is the one of Monday 22 November."""
    if not 16 <= 2021 - birth.year - ((birth.month, birth.day) > (11, 30)) <= 24:
        return None
    monday = date(2021, 11, 22)
    code = codes.get(monday, 0)
    if code in (997, 999):
        return None
    before = [monday - timedelta(days=7 * k) for k in range(5)]
    studies = any(codes.get(w, 0) in (651, 652) for w in before) or any(
        a <= before[0] + timedelta(days=6) and b >= before[-1] for a, b in enrolled
    )
    works = hours_in(monday, jobs) > 1e-9 or code in (771, 735, 736)
    return int(not works and not studies)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(date(1995, 6, 1), date(2006, 6, 30)),
            st.lists(st.tuples(st.just(2021), st.integers(10, 12), st.sampled_from([-20.0, 5.0, 20.0])), max_size=3),
            st.lists(st.sampled_from([0, 720, 736, 771, 651, 997]), min_size=12, max_size=12),
            st.lists(st.dates(date(2021, 9, 1), date(2021, 12, 31)), min_size=2, max_size=2).map(sorted),
            st.booleans(),
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_flags_agree_with_asking_one_person_at_a_time(persons):
    mondays = [date(2021, 10, 4) + timedelta(days=7 * k) for k in range(12)]
    low = week_from_iso(2021, 40)
    dream = pd.DataFrame([p[2] for p in persons], columns=[f"y_{yyww(low + k)}" for k in range(12)])
    ids = [f"{i:03d}" for i in range(len(persons))]
    dream.insert(0, "pnr", ids)
    jobs = [
        (i, f"{y}-{m:02d}-01", f"{y}-{m:02d}-{calendar.monthrange(y, m)[1]}", h)
        for i, p in zip(ids, persons, strict=True) for y, m, h in p[1]
    ]  # fmt: skip
    education = [
        (i, str(p[3][0]), str(p[3][1]), "ordinary") for i, p in zip(ids, persons, strict=True) if p[4]
    ]
    flags = ips.neet_flags(
        pd.DataFrame({"pnr": ids, "birth_date": [str(p[0]) for p in persons]}),
        jobs=pd.DataFrame(jobs, columns=["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer"]),
        dream=ips.dream.spells(dream),
        education=pd.DataFrame(education, columns=["pnr", "from_date", "to_date", "level"]),
        year=2021, definition="dst_amr",
    )  # fmt: skip
    expected = [
        slow_dst(p[0], p[1], dict(zip(mondays, p[2], strict=True)), [tuple(p[3])] if p[4] else [])
        for p in persons
    ]
    assert [None if pd.isna(v) else int(v) for v in flags["dst_amr"]] == expected
