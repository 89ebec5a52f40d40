"""Invented registers: the same again, hazards in place, a truth that the naive comparison misses."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.loading.registers.layout import registers
from ipseval.loading.registers.reader import read_register
from ipseval.loading.synthetic_registers import write_registers
from ipseval.loading.synthetic_registers.lives import (
    CODES,
    FIRST,
    PAID,
    TREATED_MUNICIPALITIES,
    in_paid_work,
)
from ipseval.loading.synthetic_registers.truth import true_effect
from ipseval.loading.synthetic_registers.world import invent
from ipseval.loading.synthetic_registers.write import MADE

LEVELS = {"1199": "ordinary", "1006": "preparatory"}


@pytest.fixture(scope="module")
def world():
    return invent(6000, 11, 200)


def read(folder, name, register):
    return read_register(folder / f"{name}.parquet", register=register).data


def test_dream_is_the_same_in_every_format_and_gives_the_lives_back(folder):
    spells = [
        ips.dream.spells(folder / f"dream{e}").frame() for e in (".parquet", ".csv", ".dta", "_semicolon.csv")
    ]
    for other in spells[1:]:
        pd.testing.assert_frame_equal(spells[0], other)
    rules = [p.rule for p in ips.dream.read(folder / "dream_semicolon.csv").report.problems]
    assert rules == ["id_zeros"]
    made = invent(600, 5)
    coded = (CODES[made.lives.state] != 0).sum(axis=1)
    weeks = spells[0].groupby("pnr")["n_weeks"].sum()
    expected = pd.Series(coded, index=made.young)
    young = weeks[weeks.index.isin(made.young)].sort_index()
    assert (young == expected[expected > 0].sort_index()).all()
    assert len(young) == (coded > 0).sum() < 600
    assert set(weeks.index) <= set(made.young) | set(made.parents)
    assert {"2015-W53", "2020-W53"} <= set(spells[0]["last_week"]) | set(spells[0]["first_week"])


def test_the_registers_that_are_said_to_be_made_are_the_files_and_stand_in_the_docs(folder):
    files = {re.sub(r"\d+$", "", path.stem) for path in folder.glob("*.parquet")}
    assert files & set(registers()) == set(MADE)
    page = (Path(__file__).parents[2] / "docs" / "methods" / "synthetic_registers.md").read_text(
        encoding="utf-8"
    )
    table = page.partition("## Files and columns")[2].partition("## Planted")[0]
    assert [name for name in MADE if f"`{name}" not in table] == []
    assert [
        name for name in MADE if name.partition("_")[0].upper().rstrip("3") not in write_registers.__doc__
    ] == []


def test_the_same_call_writes_the_same_and_the_hazards_are_there(folder, tmp_path):
    truth = write_registers(tmp_path, persons=600, seed=5, formats=["parquet"])
    assert truth == yaml.safe_load((folder / "truth.yaml").read_text())
    names = sorted(p.name for p in tmp_path.glob("*.parquet"))
    assert names == sorted(p.name for p in folder.glob("*.parquet"))
    for name in names:
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), pd.read_parquet(folder / name))
    jobs = read(folder, "bfl2020", "bfl")
    assert (jobs["ajo_loentimer"] < 0).any()
    assert jobs.duplicated(["pnr", "ajo_job_start_dato", "ajo_job_slut_dato"]).any()
    bef = read_register([folder / f"bef{y}12.parquet" for y in range(2015, 2025)], register="bef")
    assert "rows_repeated" in [p.rule for p in bef.report.problems]
    treated = pd.read_parquet(folder / "participants.parquet")["pnr"]
    moved = bef.data[bef.data["pnr"].isin(treated)].groupby("pnr")["kom"].nunique()
    assert (moved > 1).any()
    under_way = read(folder, "kotre2024", "kotre")
    assert under_way.loc[under_way["audd"] == "9999", "elev3_vtil"].isna().all()
    (tmp_path / "truth.yaml").unlink()
    with pytest.raises(ReportError, match="holds other files"):
        write_registers(tmp_path, persons=600)


def test_numbers_that_cannot_be_invented_are_refused(tmp_path):
    with pytest.raises(ReportError, match="more than the"):
        write_registers(tmp_path / "a", persons=200, participants=190)
    with pytest.raises(ReportError, match="too few"):
        write_registers(tmp_path / "a", persons=10)
    with pytest.raises(ReportError, match="formats"):
        write_registers(tmp_path / "a", persons=200, formats=["xls"])
    assert not (tmp_path / "a").exists()


def test_sas_transport_files_hold_what_the_others_hold(folder):
    for name in ("bfl2020", "participants", "udda2020", "lpr3_diagnoser", "survey_wave1"):
        expected = pd.read_parquet(folder / f"{name}.parquet")
        found, _ = pyreadstat.read_xport(str(folder / f"{name}.xpt"))
        assert list(found) == list(expected)
        assert len(found) == len(expected)
        for column in expected:
            if pd.api.types.is_numeric_dtype(expected[column]):
                np.testing.assert_allclose(
                    found[column].astype(float), expected[column].astype(float), rtol=1e-6
                )
            elif expected[column].dtype.kind == "M":
                assert (found[column].astype("datetime64[s]") == expected[column]).all()
            else:
                assert (found[column].fillna("") == expected[column].fillna("")).all()


def test_the_true_effect_is_the_difference_of_the_two_lives(world):
    lives = world.lives
    truth = true_effect(lives, 1, 52)
    gains = []
    for place, who in enumerate(lives.treated):
        start = lives.start[who] - FIRST
        beside = (3, 6) if lives.side[who] else ()
        with_it = [s for s in lives.state[who, start + 1 : start + 53] if PAID[s] or s in beside]
        without = [s for s in lives.without[place, start + 1 : start + 53] if PAID[s] or s in beside]
        gains.append(len(with_it) - len(without))
        assert (lives.state[who, : start + 1] == lives.without[place, : start + 1]).all()
    assert truth["weeks_with_paid_work"] == pytest.approx(np.mean(gains))
    assert truth["weeks_with_paid_work"] > 1
    assert len(lives.treated) == truth["n_treated"] == 200
    assert set(lives.municipality[lives.treated]) == set(TREATED_MUNICIPALITIES)
    assert len(set(lives.municipality)) == 12


def test_the_outcomes_read_from_the_files_are_those_that_were_lived(tmp_path):
    write_registers(tmp_path, persons=1500, participants=60, seed=4, formats=["parquet"])
    made = invent(1500, 4, 60).lives
    people = pd.read_parquet(tmp_path / "participants.parquet")
    jobs = read_register(tmp_path, register="bfl").data
    kotre = ips.enrolments(read(tmp_path, "kotre2024", "kotre"), levels=LEVELS)
    dream = ips.dream.spells(tmp_path / "dream.parquet")
    found = ips.employment(people, jobs=jobs, dream=dream, education=kotre, window=(1, 52)).data
    start = made.start[made.treated] - FIRST
    state = made.state[made.treated[:, None], start[:, None] + np.arange(1, 53)]
    paid = in_paid_work(made, state, made.treated)
    assert (found["weeks_worked"] == paid.sum(axis=1)).all()
    assert (found["any_work"] == paid.any(axis=1)).all()
    assert (found["weeks_self_support"] == (CODES[state] == 0).sum(axis=1)).all()
    ordinary = (state == 2) & (made.treated % 5 != 0)[:, None]
    assert (found["weeks_ordinary_education"] == ordinary.sum(axis=1)).all()
    competitive = paid & ~np.isin(state, (4, 5))
    assert (found["positive_destination"] == (competitive | ordinary).any(axis=1)).all()


def weeks_of_work(lives, who):
    start = lives.candidate[who] - FIRST
    return in_paid_work(lives, lives.state[who[:, None], start[:, None] + np.arange(1, 53)], who).sum(axis=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_naive_difference_misses_the_truth_by_more_than_two_standard_errors(seed):
    lives = invent(20_000, seed, 461).lives
    truth = true_effect(lives, 1, 52)["weeks_with_paid_work"]
    treated, others = weeks_of_work(lives, lives.treated), weeks_of_work(lives, lives.compared)
    error = np.sqrt(treated.var(ddof=1) / len(treated) + others.var(ddof=1) / len(others))
    assert (treated.mean() - others.mean() - truth) / error < -10


def test_families_surveys_and_the_programme_hang_together(folder):
    people = pd.read_parquet(folder / "participants.parquet")
    compared = pd.read_parquet(folder / "comparison.parquet")
    both = compared.merge(people, on="pnr", suffixes=("", "_own"))
    assert len(both) >= 2
    assert (both["index_date"] < both["index_date_own"]).all()
    assert not compared["pnr"].duplicated().any()
    bef = read(folder, "bef202212", "bef")
    parents = set(bef["mor_id"].dropna()) | set(bef["far_id"].dropna())
    assert parents & set(pd.read_parquet(folder / "dream.parquet")["PNR"])
    assert parents & set(read(folder, "udda2022", "udda")["pnr"])
    own = bef[bef["mor_id"].isin(bef["pnr"]) | bef["far_id"].isin(bef["pnr"])]
    assert (own["foed_dag"] >= "2015-01-01").all()
    waves = [pd.read_parquet(folder / f"survey_wave{k}.parquet") for k in range(4)]
    assert set(waves[0]["pnr"]) == set(people["pnr"])
    for wave in waves[1:]:
        assert set(wave["pnr"]) < set(people["pnr"])
        assert wave["who5_1"].dropna().between(0, 5).all()
    log = pd.read_parquet(folder / "contact_log.parquet")
    met = log.merge(people, on="pnr")
    assert (met["date"] >= met["index_date"]).all()
    assert (met["date"] <= met["end_date"]).all()
    first = met[met["kind"] == "employer"].groupby("pnr")["date"].min()
    assert (
        people.set_index("pnr")["first_employer_contact"].dropna().sort_index() == first.sort_index()
    ).all()


def test_drop_out_is_a_fifth_to_a_third_and_follows_the_start_answers(world):
    from ipseval.loading.synthetic_registers.programme import ITEMS, surveys

    waves, truth = surveys(world)
    start = waves["survey_wave0"].set_index("pnr")[ITEMS["who5"]].sum(axis=1)
    for k in (1, 2, 3):
        answered = start.index.isin(waves[f"survey_wave{k}"]["pnr"])
        assert 0.15 < 1 - answered.mean() < 0.35
        assert start[answered].mean() > start[~answered].mean()
    assert truth["n"] == 200


def test_diagnoses_belong_to_contacts_and_status_periods_do_not_overlap(folder):
    for contacts, diagnoses, key in (
        ("psyk_adm2018", "psyk_diag2018", "recnum"), ("lpr3_kontakter", "lpr3_diagnoser", "dw_ek_kontakt"),
    ):  # fmt: skip
        left = read(folder, contacts, contacts.removesuffix("2018"))
        right = read(folder, diagnoses, diagnoses.removesuffix("2018"))
        assert set(left[key]) == set(right[key])
    periods = read(folder, "amrun2020", "amrun").sort_values(["pnr", "fra_dato"])
    same = periods["pnr"] == periods["pnr"].shift()
    assert (periods["fra_dato"] > periods["til_dato"].shift())[same].all()
    assert periods["fra_dato"].dt.year.eq(2020).all()
    assert periods["til_dato"].dt.year.eq(2020).all()


def test_a_twin_comes_as_sas_transport_too(tmp_path):
    path = ips.write_twin(tmp_path, "udda", rows=12, format="xpt")
    found, _ = pyreadstat.read_xport(str(path))
    same = pd.read_parquet(ips.write_twin(tmp_path, "udda", rows=12))
    assert list(found) == list(same)
    assert found["pnr"].tolist() == same["pnr"].tolist()
