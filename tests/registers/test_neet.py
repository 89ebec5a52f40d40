"""NEET: a table of young people judged by hand, and a person-by-person reference."""

import calendar
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import DesignError, IpsevalError, SchemaError
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
    beside = [n.values for n in result.notes if n.code == "neet_published"]
    assert len(beside) == len(result.extras["published"])
    assert {"definition": "dst_amr", "value": 10.5}.items() <= beside[
        [b["value"] for b in beside].index(10.5)
    ].items()
    none = {n.values["definition"] for n in result.notes if n.code == "neet_published_none"}
    assert none == set(SEVEN) - set(result.extras["published"]["definition"])


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
    with pytest.raises(DesignError, match="stil needs youth_education"):
        ips.neet(people.drop(columns="youth_education"), year=2021, definition="stil", **rest)
    with pytest.raises(DesignError, match="dream= is needed by stil"):
        ips.neet(people, year=2021, definition="stil", jobs=rest["jobs"])
    with pytest.raises(DesignError, match="not covered by the weeks of DREAM"):
        ips.neet(people, year=2023, definition="stil", **rest)
    for year in ("2021", [], [2021.5]):
        with pytest.raises(IpsevalError, match="year= must be a whole number"):
            ips.neet(people, year=year, definition="stil", **rest)
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
    with pytest.raises(DesignError, match=r"1 row.* repeat a person"):
        ips.neet(pd.concat([people, people.head(1)]), year=2021, definition="stil", **rest)
    with pytest.raises(SchemaError, match="not well formed"):
        definition_of({"definition": "mine"}, None)


def test_what_was_given_is_what_the_result_names(given_registers):
    rest = dict(given_registers)
    people = rest.pop("people")
    result = ips.neet(people, year=[2020, 2021], definition="dst_amr", **rest)
    assert result.base.registers == ("BFL", "DREAM", "KOTRE")
    assert "neet_jobs_end" not in [n.code for n in result.notes]
    assert next(n.values["weeks"] for n in result.notes if "weeks" in n.values) == "2020-W48, 2021-W47"
    jobs = rest["jobs"][rest["jobs"]["ajo_job_slut_dato"] < "2021-06"]
    with pytest.raises(DesignError, match="dst_amr of 2021 has no week in these months for any of 27 people"):
        ips.neet(people, year=[2020, 2021], definition="dst_amr", jobs=jobs, dream=rest["dream"])
    ratios = jobs.assign(ajo_fuldtid_beskaeftiget=jobs["ajo_loentimer"] / 160.33).drop(
        columns="ajo_loentimer"
    )
    short = ips.neet(people, year=2021, definition="rockwool", jobs=ratios, dream=rest["dream"])
    assert short.base.registers == ("BFL", "DREAM")
    assert [n.values["year"] for n in short.notes if n.code == "neet_jobs_end"] == [2021]
    assert {n.code: n.values.get("n") for n in short.notes}["registers_hours_from_ratio"] == len(jobs)
    assert_result(short)


def test_a_week_of_the_reference_that_the_file_lacks_is_no_week_without_benefit():
    weeks = [w for w in range(FIRST, LAST + 1) if w != week_of("2021-W47")]
    frame = pd.DataFrame([[0] * len(weeks)], columns=[f"y_{yyww(w)}" for w in weeks]).assign(pnr="01")
    given_up = {
        "dream": ips.dream.spells(frame, tolerate=["week_missing"]),
        "jobs": pd.DataFrame(
            [("x", "2021-12-01", "2021-12-31", 1.0)],
            columns=["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer"],
        ),
    }
    people = pd.DataFrame({"pnr": ["01"], "birth_date": "2001-01-01"})
    with pytest.raises(DesignError, match="not covered by the weeks of DREAM"):
        ips.neet(people, year=2021, definition="dst_amr", **given_up)
    assert ips.neet(people, year=2020, definition="dst_amr", **given_up).estimates["n"].tolist() == [1]


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


def age_on(birth, day):
    return day.year - birth.year - ((birth.month, birth.day) > (day.month, day.day))


# What each definition looks at in 2021, by hand: ages, the day that decides the age, the Mondays of the
# reference, the hours that count as work in a week (or in all of them together), weeks before for education,
# whether courses and student grants count, whether flexjob and subsidies count as work.
NOVEMBER = [date(2021, 11, 1) + timedelta(days=7 * k) for k in range(4)]
YEAR_2021 = list(weeks_between(date(2021, 1, 4), date(2022, 1, 2)))
YEARS_2020_21 = list(weeks_between(date(2019, 12, 30), date(2022, 1, 2)))
BY_HAND = {
    "eurostat_proxy": ((15, 24), date(2021, 11, 15), [date(2021, 11, 15)], 1, "week", 3, True, True, ()),
    "oecd_proxy": ((20, 24), date(2021, 11, 15), [date(2021, 11, 15)], 1, "week", 3, False, True, ()),
    "dst_amr": (
        (16, 24),
        date(2021, 11, 30),
        [date(2021, 11, 22)],
        0,
        "week",
        4,
        True,
        True,
        (771, 735, 736),
    ),
    "rockwool": ((18, 29), date(2021, 12, 31), YEARS_2020_21, 0, "week", 0, False, True, ()),
    "vive_2019": ((18, 24), date(2021, 12, 31), YEAR_2021, 0, "week", 0, False, True, ()),
    "stil": ((15, 24), date(2021, 10, 1), [date(2021, 10, 4)], 18, "week", 0, False, False, ()),
    "benchmark": ((15, 24), date(2021, 11, 30), NOVEMBER, 78, "month", 0, False, False, ()),
}


def slow_neet(name, person):
    """One person, one definition: None outside the population, else 1 or 0."""
    ages, day, weeks, hours, per, before, course, grant, as_work = BY_HAND[name]
    codes = [person["codes"].get(w, 0) for w in weeks]
    if not ages[0] <= age_on(person["birth"], day) <= ages[1]:
        return None
    away = any(c in (997, 999) for c in codes)
    if name != "vive_2019" and away:
        return None
    if name == "benchmark" and (783 in codes or person["self_employed"] or not person["eighth_grade"]):
        return None
    paid = [hours_in(w, person["jobs"]) for w in weeks]
    paid = [sum(paid)] if per == "month" else paid
    if any(h > 1e-9 and h >= hours - 1e-9 for h in paid) or any(c in as_work for c in codes):
        return 0
    looked = [weeks[0] - timedelta(days=7 * k) for k in range(before, 0, -1)] + weeks
    if grant and any(person["codes"].get(w, 0) in (651, 652) for w in looked):
        return 0
    for level, start, end in person["education"]:
        counts = level != "course" or course
        if counts and any(start <= w + timedelta(days=6) and end >= w for w in looked):
            return 0
    if name in ("stil", "benchmark"):
        return int(not person["youth_education"])
    if name == "vive_2019":
        benefit = any(c in (720, 736, 737, 730, 111) for c in codes)
        young = person["arrival_age"] is None or person["arrival_age"] < 15
        return int(benefit and young and not away and 783 not in codes and not person["above_compulsory"])
    return 1


PERSONS = st.fixed_dictionaries(
    {
        "birth": st.dates(date(1990, 6, 1), date(2007, 6, 30)),
        "jobs": st.lists(
            st.tuples(st.sampled_from([2020, 2021]), st.integers(1, 12), st.sampled_from([-20.0, 5.0, 20.0, 72.0, 80.0])),
            max_size=2,
        ),
        "spells": st.lists(
            st.tuples(st.integers(0, 104), st.integers(1, 104), st.sampled_from([0, 111, 720, 730, 736, 771, 651, 783, 997])),
            max_size=3,
        ),
        "education": st.lists(
            st.tuples(
                st.sampled_from(["ordinary", "preparatory", "course"]),
                st.dates(date(2020, 1, 1), date(2021, 12, 31)),
                st.integers(0, 60),
            ),
            max_size=1,
        ),
        "arrival_age": st.sampled_from([None, 10, 15]),
        "above_compulsory": st.booleans(),
        "youth_education": st.booleans(),
        "eighth_grade": st.booleans(),
        "self_employed": st.booleans(),
    }
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(PERSONS, min_size=1, max_size=6))
def test_every_definition_agrees_with_asking_one_person_at_a_time(persons):
    low = week_from_iso(2019, 40)
    mondays = [date(2019, 9, 30) + timedelta(days=7 * k) for k in range(LAST - low + 1)]
    ids = [f"{i:03d}" for i in range(len(persons))]
    weeks, jobs, education = [], [], []
    for i, p in zip(ids, persons, strict=True):
        codes = [0] * len(mondays)
        for start, length, code in p["spells"]:
            codes[13 + start : 13 + start + length] = [code] * len(codes[13 + start : 13 + start + length])
        weeks.append(codes)
        p["codes"] = dict(zip(mondays, codes, strict=True))
        p["education"] = [(level, a, a + timedelta(days=n)) for level, a, n in p["education"]]
        jobs += [
            (i, f"{y}-{m:02d}-01", f"{y}-{m:02d}-{calendar.monthrange(y, m)[1]}", h) for y, m, h in p["jobs"]
        ]
        education += [(i, str(a), str(b), level) for level, a, b in p["education"]]
    dream = pd.DataFrame(weeks, columns=[f"y_{yyww(low + k)}" for k in range(len(mondays))])
    dream.insert(0, "pnr", ids)
    people = pd.DataFrame(
        {"pnr": ids, "birth_date": [str(p["birth"]) for p in persons],
         "arrival_age": [p["arrival_age"] for p in persons], **{f: [p[f] for p in persons] for f in FLAGS}}
    )  # fmt: skip
    flags = ips.neet_flags(
        people,
        jobs=pd.DataFrame(jobs, columns=["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer"]),
        dream=ips.dream.spells(dream),
        education=pd.DataFrame(education, columns=["pnr", "from_date", "to_date", "level"]),
        year=2021, definition=SEVEN,
    )  # fmt: skip
    for name in SEVEN:
        found = [None if pd.isna(v) else int(v) for v in flags[name]]
        assert found == [slow_neet(name, p) for p in persons], name
