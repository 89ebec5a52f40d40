"""The invented people as persons: one story in three files, valid by the schemas, the same every time."""

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ipseval.core.resources import data_root
from ipseval.loading.schema import load_schema
from ipseval.study.cohort import cohort_frames

FRAMES = cohort_frames()
START, SLUT, REGISTER = FRAMES["start"], FRAMES["slut"], FRAMES["registrering"]
BY_ID = {name: frame.set_index("id") for name, frame in FRAMES.items()}


def test_who_answered_what():
    start, slut, everyone = (set(f["id"]) for f in (START, SLUT, REGISTER))
    assert (len(everyone), len(start), len(slut)) == (66, 55, 43)
    groups = (start & slut, start - slut, slut - start, everyone - start - slut)
    assert [len(g) for g in groups] == [40, 15, 3, 8]
    assert start | slut <= everyone
    assert all(frame["id"].is_unique for frame in FRAMES.values())
    assert everyone == {f"U{i:03d}" for i in range(1, 67)}


def test_same_people_every_time_whatever_a_caller_does():
    mine = cohort_frames()["start"]
    mine["alder"] = 0
    for name, frame in cohort_frames().items():
        pd.testing.assert_frame_equal(frame, FRAMES[name])


def test_same_people_in_another_process():
    def digest(frames):
        return hashlib.sha256("".join(f.to_csv() for f in frames.values()).encode()).hexdigest()

    code = (
        "import hashlib; from ipseval.study.cohort import cohort_frames;"
        "print(hashlib.sha256(''.join(f.to_csv() for f in cohort_frames().values()).encode()).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == digest(FRAMES)


@pytest.mark.parametrize("name", FRAMES)
def test_every_value_is_valid_by_the_schema(name):
    schema = load_schema(f"ips_ung/{name}")
    coded = cohort_frames(coded=True)[name]
    assert list(coded.columns) == [f.name for f in schema.fields.values() if not f.optional]
    for field in schema.fields.values():
        if field.name not in coded:
            continue
        missing = {m.low for m in field.missing} if field.type in ("integer", "number") else set()
        given = coded[field.name].dropna()
        answers = given[~given.isin(missing)]
        if field.categories:
            assert set(answers.astype(int).astype(str)) <= set(field.categories), field.name
        low, high = field.constraints.minimum, field.constraints.maximum
        if field.type == "date":
            answers = answers.dt.strftime("%Y-%m-%d")
        assert low is None or (answers >= low).all(), field.name
        assert high is None or (answers <= high).all(), field.name
        for condition in field.asked_if:
            asked = coded[condition.column].astype("string").isin(condition.codes)
            assert coded[field.name].notna().equals(asked), field.name
        if not field.asked_if:
            assert coded[field.name].notna().all(), field.name


def test_registration_and_answers_tell_one_story():
    both = SLUT.merge(REGISTER, on="id")
    assert ((both["i_forloeb"] == 0) == (both["reg_afsluttet"] == 1)).all()
    assert (both["i_forloeb"] == 0).sum() == 34
    assert both.loc[both["praktik"] == 1, "reg_virksomhed"].eq(1).all()
    assert both.loc[both["psyk_kontakt"] == 1, "reg_psykiatri"].eq(1).all()
    ended = both[both["i_forloeb"] == 0]
    assert ended["reg_afslutning"].isin([1, 2, 3]).eq(ended["i_job_uddannelse"] == 1).all()
    assert (REGISTER["reg_afslutning"].notna() == (REGISTER["reg_afsluttet"] == 1)).all()
    started = START.merge(REGISTER, on="id")
    assert started["dato_start_x"].equals(started["dato_start_y"])
    assert started.loc[started["indsats_psykiatri"] == 1, "reg_psykiatri"].eq(1).all()
    assert not ((START["indsats_psykiatri"] == 1) & (START["indsats_udredning"] == 1)).any()


def test_dates_and_lengths_fit_each_other_and_the_project():
    both = SLUT.merge(REGISTER, on="id")
    assert both["dato_start"].min() >= pd.Timestamp("2023-03-01")
    assert REGISTER["dato_start"].max() <= pd.Timestamp("2025-02-28")
    assert both["dato_slut"].max() <= pd.Timestamp("2025-05-01")
    months = (both["dato_slut"] - both["dato_start"]).dt.days / 30.4375
    np.testing.assert_allclose(months, both["varighed_mdr"], atol=0.051)
    upper = {1: 2, 2: 4, 3: 6, 4: 8, 5: 10, 6: 12, 7: 30}
    lower = {1: 0, **{code: upper[code - 1] for code in range(2, 8)}}
    assert (both["varighed_mdr"] < both["varighed"].map(upper)).all()
    assert (both["varighed_mdr"] > both["varighed"].map(lower)).all()
    ongoing = both[both["i_forloeb"] == 1]
    assert len(ongoing) == 9
    assert (ongoing["varighed_mdr"] >= 2).all()
    assert (ongoing["dato_slut"] >= pd.Timestamp("2025-04-01")).all()


def test_ages_fit_schooling_and_work():
    youngest = START["uddannelse"].map({1: 16, 2: 16, 3: 19, 4: 20, 5: 22})
    assert (START["alder"] >= youngest)[START["uddannelse"].notna()].all()
    worked = START[START["erfaring"] == 1]
    assert (worked["erfaring_aar"] <= worked["alder"] - 14).all()
    assert (worked["erfaring_aar"] > 0).all()


def test_everyone_has_a_goal():
    assert START.filter(like="maal_").sum(axis=1).ge(1).all()


def test_changes_are_not_significant_as_the_report_says():
    from scipy import stats

    pairs = START.merge(SLUT, on="id", suffixes=("_1", "_2"))
    for items in (["mestring_1", "mestring_2", "mestring_3"], ["ensomhed"]):
        first, second = (pairs[[f"{i}_{w}" for i in items]].sum(axis=1).astype(float) for w in (1, 2))
        assert stats.ttest_rel(second, first).pvalue > 0.05


def test_those_who_left_do_not_differ_as_the_report_says():
    from scipy import stats

    stayed = START["id"].isin(SLUT["id"])
    index = START[[f"who5_{i}" for i in range(1, 6)]].sum(axis=1)
    for column in (START["alder"], index):
        values = column.astype(float)
        assert stats.ttest_ind(values[stayed], values[~stayed]).pvalue > 0.05
    known = START["koen"].isin([1, 2])
    assert stats.fisher_exact(pd.crosstab(START["koen"][known], stayed[known]).to_numpy()).pvalue > 0.05


def test_no_personal_number_and_no_name():
    for name in FRAMES:
        text = (data_root() / "cohorts" / "ips_ung" / f"{name}.csv").read_text(encoding="utf-8")
        assert (
            max(len(part) for part in text.replace("\n", ",").split(",")[len(FRAMES[name].columns) :]) <= 10
        )
        assert all(isinstance(value, str) and value.startswith("U") for value in FRAMES[name]["id"])
