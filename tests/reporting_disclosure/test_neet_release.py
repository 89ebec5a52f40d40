"""Young people counted by several definitions: few in one, or between two, are told by none."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.outcomes.neet_evidence import Group, Row, neet_evidence

N = 200
OUT = (*range(9), *range(100, 103))
"""Out of work in the reference week: nine in one town and three in the other."""


@pytest.fixture(scope="module")
def counted():
    people = pd.DataFrame(
        {
            "pnr": [f"{k:010d}" for k in range(N)],
            "birth_date": [f"{1999 + k % 3}-06-01" for k in range(N)],
            "town": ["Aalborg"] * 100 + ["Hjørring"] * 100,
        }
    )
    working = people[~people.index.isin(OUT)]
    jobs = pd.DataFrame(
        {
            "pnr": working["pnr"],
            "ajo_job_start_dato": "2021-11-01",
            "ajo_job_slut_dato": "2021-11-30",
            "ajo_loentimer": 100.0,
        }
    )
    weeks = {f"y_21{w:02d}": 0 for w in range(1, 53)}
    dream = ips.dream.spells(pd.DataFrame({"pnr": people["pnr"]}).assign(**weeks))
    return ips.neet(
        people, jobs=jobs, dream=dream, year=2021, definition=["eurostat_proxy", "oecd_proxy"], by=["town"]
    )


def test_every_row_is_judged_and_the_few_are_hidden(counted, tmp_path):
    out = ips.release(counted, tmp_path / "out", profile="dst-5")
    rows = counted.estimates.assign(shown=[fate.n_events for fate in out.judged.fates[0]])
    assert "needs_person" not in set(out.statuses()["status"])
    small = rows["n_events"].between(1, 4)
    assert small.any()
    assert rows.loc[small, "shown"].isna().all()
    assert rows["shown"].notna().any()


def test_the_towns_do_not_tell_what_is_hidden_in_one_of_them(counted, tmp_path):
    out = ips.release(counted, tmp_path / "out", profile="dst-5")
    rows = counted.estimates.assign(shown=[fate.n_events for fate in out.judged.fates[0]])
    for _, each in rows.groupby("outcome"):
        assert each["shown"].isna().sum() != 1  # one alone is what is left of the others


def two_definitions():
    people = pd.DataFrame({"pnr": [f"p{k}" for k in range(100)]})
    wide = np.arange(100) < 12
    narrow = np.arange(100) < 10
    young, everybody = np.arange(100) < 50, np.ones(100, dtype=bool)
    rows = [
        Row(name, 2021, group, everybody, flags)
        for name, flags in (("wide", wide), ("narrow", narrow))
        for group in (Group("", "", None, everybody), Group("age=18", "age", 18, young))
    ]
    return neet_evidence(people, "pnr", rows)


def test_those_between_two_definitions_are_a_count():
    made = two_definitions()
    counts = {count.where: count.n for count in made.counts}
    between = [n for place, n in counts.items() if any(name.startswith("not NEET") for name, _ in place)]
    assert between == [2, 2]
    for fact in made.sums:
        assert counts[fact.total] == sum(counts[part] for part in fact.parts)


def test_every_row_says_who_and_how_many():
    made = two_definitions()
    counts = {count.where: count.n for count in made.counts}
    assert [counts[line.who] for line in made.lines] == [100, 50, 100, 50]
    assert [counts[line.events] for line in made.lines] == [12, 12, 10, 10]
