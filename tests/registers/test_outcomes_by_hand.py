"""Every outcome of eight persons with the hazards of registers, against numbers worked by hand."""

from pathlib import Path

import pandas as pd
import pytest

import ipseval as ips
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
