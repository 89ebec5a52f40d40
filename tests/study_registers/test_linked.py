"""Persons linked to registers by a plan: the same as the verbs give by hand, and nothing after the index date."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.study.plan_faults import Faults
from ipseval.study.registers.linked import link
from ipseval.study.registers.reading import read_registers

PLAN = {
    "id": "pnr",
    "index": "index_date",
    "participants": {"file": "participants", "columns": ["municipality", "consultant"]},
    "comparison": {
        "file": "comparison",
        "where": [{"column": "qualifying", "in": [1]}],
        "columns": ["municipality"],
    },
    "background": {"sex": "koen"},
    "events": {"psychiatry": {"psyk_adm": "d_inddto", "lpr3_kontakter": "dato_start"}},
    "education": {"levels": {"1199": "ordinary", "1006": "preparatory"}},
    "history": {"years": [1], "months": 1, "groups": ["uddannelseshjaelp"]},
    "outcomes": {"window": [1, 52]},
    "costs": {
        "prices": "prices.yaml",
        "years": 1,
        "benefits": {"help": "uddannelseshjaelp"},
        "logs": {"hour": {"file": "contact_log", "column": "minutes", "per": 60}},
        "contacts": {"bed": "psychiatry"},
        "with": {"price_year": 2024, "discount": 0.0, "perspectives": ["society", "municipality"]},
    },
}
PRICES = """
prices:
  - {item: hour, kind: resource, unit_cost: 500, price_year: 2024, municipality: 1, state: 0, region: 0, citizen: 0}
  - {item: bed, kind: resource, unit_cost: 1000, price_year: 2024, municipality: 0, state: 0, region: 1, citizen: 0}
  - {item: help, kind: transfer, unit_cost: 2000, price_year: 2024, municipality: 1, state: 0, region: 0, citizen: 0}
"""


def read(raw):
    faults = Faults("plan.yaml")
    plan = read_registers(faults, raw)
    faults.raise_if_any()
    return plan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("bed")
    ips.write_registers(made, persons=2_000, participants=60, seed=11, formats=["parquet"])
    (made / "prices.yaml").write_text(PRICES, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def linked(folder):
    return link(read(PLAN), folder, folder, lambda *_: None)


def test_who_takes_part_is_never_a_control_too_and_the_rest_of_those_who_qualify_are(folder, linked):
    treated = pd.read_parquet(folder / "participants.parquet")
    others = pd.read_parquet(folder / "comparison.parquet")
    controls = set(others.loc[others["qualifying"] == 1, "pnr"]) - set(treated["pnr"])
    assert set(linked.frame.index[linked.frame["treated"] == 1]) == set(treated["pnr"])
    assert set(linked.frame.index[linked.frame["treated"] == 0]) == controls
    both = set(others.loc[others["qualifying"] == 1, "pnr"]) & set(treated["pnr"])
    assert both
    assert [n.values["n"] for n in linked.notes if n.code == "linked_both"] == [len(both)]


def test_history_and_outcomes_are_what_the_verbs_give(folder, linked):
    people = linked.frame.reset_index()[["pnr", "index_date"]]
    spells = ips.dream.spells(folder / "dream.parquet")
    jobs = ips.read_register(sorted(folder.glob("bfl*.parquet")), register="bfl").data
    history = ips.covariates(
        people, dream=spells, jobs=jobs, years=[1], months=1, groups=["uddannelseshjaelp"]
    )
    work = ips.employment(people, dream=spells, jobs=jobs, window=(1, 52)).data
    for column, frame in (
        ("weeks_uddannelseshjaelp_1y", history),
        ("ratio_m1", history),
        ("weeks_worked", work),
    ):
        np.testing.assert_array_equal(linked.frame[column].to_numpy(), frame[column].to_numpy())


def test_background_is_the_last_row_of_bef_before_the_index_date(folder, linked):
    bef = pd.concat(
        pd.read_parquet(p).assign(known=pd.to_datetime(p.stem[3:], format="%Y%m") + pd.offsets.MonthEnd(0))
        for p in sorted(folder.glob("bef*.parquet"))
    )
    for person in linked.frame.index[:40]:
        row = linked.frame.loc[person]
        known = bef[(bef["PNR"] == person) & (bef["known"] < row["index_date"])].sort_values("known")
        if known.empty:
            assert np.isnan(row["age"])
            continue
        assert row["sex"] == known["KOEN"].iloc[-1]
        days = (row["index_date"] - pd.Timestamp(known["FOED_DAG"].iloc[-1])).days
        assert row["age"] == days // 365.25


def test_costs_by_hand(folder, linked):
    log = pd.read_parquet(folder / "contact_log.parquet")
    person = linked.frame.index[linked.frame["treated"] == 1][0]
    row = linked.frame.loc[person]
    days = (log["date"] - row["index_date"]).dt.days
    minutes = log.loc[(log["pnr"] == person) & (days >= 0) & (days < 53 * 7), "minutes"].sum()
    weeks = ips.dream.weeks_after(
        linked.sources["dream"],
        linked.frame.reset_index()[["pnr", "index_date"]],
        in_codes="uddannelseshjaelp",
        spans=[(1, 52)],
    ).set_index("pnr")["weeks_1_52"]
    municipality = 500 * minutes / 60 + 2000 * weeks.get(person, 0)
    assert row["cost_municipality"] == pytest.approx(municipality)
    assert row["cost_society"] >= 500 * minutes / 60


def test_every_result_with_registers_names_them(linked):
    assert linked.registers == ("DREAM", "BFL", "BEF", "PSYK_ADM", "LPR3_KONTAKTER")
    assert "pnr" not in repr(linked)
    assert str(linked.frame.index[0]) not in repr(linked)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"history": {"yaers": [1]}}, "did you mean 'years'"),
        ({"outcomes": {"windov": [1, 2]}}, "did you mean 'window'"),
        ({"particpants": {}}, "did you mean 'participants'"),
        ({"background": ["koen"]}, "must be a mapping"),
        ({"costs": {"prices": "p.yaml"}}, "'years' is missing"),
    ],
)
def test_faults_of_the_plan_are_told_with_near_names(change, words):
    with pytest.raises(SchemaError, match=words):
        read({**PLAN, **change})


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"participants": {"file": "particpants"}}, ReadError, "did you mean 'participants'"),
        ({"comparison": {"file": "comparison", "columns": ["kommune"]}}, SchemaError, "unknown column"),
        (
            {"comparison": {"file": "comparison", "where": [{"column": "qualifying", "in": [7]}]}},
            SchemaError,
            "nobody meets its conditions",
        ),
    ],
)
def test_files_that_do_not_fit_are_refused(folder, change, error, words):
    with pytest.raises(error, match=words):
        link(read({**PLAN, **change}), folder, folder, lambda *_: None)
