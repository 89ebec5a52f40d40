"""Every outcome of eight persons with the hazards of registers, against numbers worked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_yyww, yyww

TABLE = Path(__file__).resolve().parents[1] / "oracles" / "outcome_truth" / "expected.csv"
FIRST, N = week_from_yyww("2046"), 12
CODES = {
    "coded_with_pay": [720] * N,
    "blank_without_pay": [0] * N,
    "flexjob": [740] * 3 + [771] * 5 + [740] * 4,
    "week_53": [0] * N,
    "overlapping": [0] * N,
    "negative": [0] * N,
    "studies": [651] * 6 + [720] * 6,
    "dies": [0] * 4 + [999] * 8,
}
JOBS = [
    ("coded_with_pay", "2020-12-01", "2020-12-31", 40.0, "a"),
    ("flexjob", "2020-12-01", "2020-12-31", 60.0, "a"),
    ("week_53", "2020-12-28", "2020-12-31", 24.0, "a"),
    ("week_53", "2021-01-01", "2021-01-03", 13.0, "a"),
    ("overlapping", "2020-12-01", "2020-12-31", 50.0, "a"),
    ("overlapping", "2020-12-10", "2020-12-31", 40.0, "b"),
    ("overlapping", "2021-01-01", "2021-01-10", 10.0, "b"),
    ("negative", "2020-12-01", "2020-12-31", 50.0, "a"),
    ("negative", "2020-12-01", "2020-12-31", -50.0, "a"),
    ("negative", "2021-01-01", "2021-01-31", 20.0, "b"),
]


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE, dtype=str, keep_default_na=False).set_index("outcome")


@pytest.fixture(scope="module")
def found():
    dream = pd.DataFrame(list(CODES.values()), columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    dream.insert(0, "pnr", list(CODES))
    names = ["pnr", "ajo_job_start_dato", "ajo_job_slut_dato", "ajo_loentimer", "ajo_arbejdsgiver"]
    education = pd.DataFrame(
        {"pnr": ["studies"] * 2, "from_date": ["2020-11-09", "2020-12-21"],
         "to_date": ["2020-12-20", "2021-01-31"], "level": ["ordinary", "preparatory"]}
    )  # fmt: skip
    contacts = pd.DataFrame({"pnr": ["studies"] * 3, "date": ["2020-11-08", "2020-11-09", "2021-01-31"]})
    return ips.employment(
        pd.DataFrame({"pnr": list(CODES), "index_date": "2020-11-02"}), jobs=pd.DataFrame(JOBS, columns=names),
        dream=ips.dream.spells(dream), education=education, contacts=contacts, window=(1, N), retention=(4,),
        retention_gap=2,
    )  # fmt: skip


def test_no_outcome_is_left_out(table, found):
    assert set(table.index) == set(found.kinds)
    assert set(table.columns) == set(CODES)


@pytest.mark.parametrize("person", CODES)
def test_every_outcome_is_the_one_worked_by_hand(table, found, person):
    row = found.data.set_index("pnr").loc[person]
    wrong = {}
    for outcome, expected in table[person].items():
        value = row[outcome]
        if expected == "":
            same = bool(pd.isna(value))
        elif outcome == "first_job_date":
            same = value == pd.Timestamp(expected)
        else:
            same = value == pytest.approx(float(expected), abs=1e-9)
        if not same:
            wrong[outcome] = (expected, value)
    assert not wrong


def whole_jobs(n=40):
    """Each person has one job of five months, said in one row."""
    starts = pd.to_datetime("2020-01-15") + pd.to_timedelta(np.arange(n) * 800 // n, "D")
    people = pd.DataFrame({"pnr": [f"p{k}" for k in range(n)], "index_date": "2020-01-06"})
    jobs = people[["pnr"]].assign(start=starts, end=starts + pd.Timedelta(150, "D"), hours=600.0)
    return people, jobs.assign(employer=range(n))


COLUMNS = ips.JobColumns(id="pnr", start="start", end="end", hours="hours", employer="employer")


def test_rows_of_whole_jobs_are_refused_and_split_as_the_docs_say():
    people, jobs = whole_jobs()
    with pytest.raises(DesignError, match=r"39 of 40 job\(s\) .* begin in an earlier month"):
        ips.employment(people, jobs=jobs, columns=COLUMNS, window=(1, 160))
    page = (TABLE.parents[3] / "docs" / "methods" / "outcomes.md").read_text(encoding="utf-8")
    named = {"pd": pd, "jobs": jobs}
    exec(page.split("```python\n")[1].split("```")[0], named)  # the lines that a reader copies
    rows = named["rows"]
    assert rows.groupby("pnr")["hours"].sum().to_numpy() == pytest.approx(600)
    found = ips.employment(people, jobs=rows, columns=COLUMNS, window=(1, 160))
    assert found.data["weeks_worked"].between(21, 23).all()
    assert found.data["hours_worked"].to_numpy() == pytest.approx(600)
    assert not [note for note in found.notes if note.code == "registers_begun_before"]


def test_a_few_jobs_that_begin_before_their_first_row_are_counted():
    people, jobs = whole_jobs(10)
    found = ips.employment(people, jobs=jobs, columns=COLUMNS, window=(1, 160))
    assert [note.values["n"] for note in found.notes if note.code == "registers_begun_before"] == [9]
    # A file that begins later than the jobs cannot hold their first months.
    late = jobs.assign(start=jobs["start"] - pd.Timedelta(900, "D"), end=pd.Timestamp("2020-06-30"))
    found = ips.employment(people, jobs=late, columns=COLUMNS, window=(1, 160))
    assert not [note for note in found.notes if note.code == "registers_begun_before"]
