"""Persons linked to registers by a plan: the same as the verbs give by hand, and nothing after the index date."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.study.plan_faults import Faults
from ipseval.study.registers.cost_words import cost_words
from ipseval.study.registers.costs import _benefits, _logged
from ipseval.study.registers.files import RegisterFolder
from ipseval.study.registers.linked import _age, _with_background, link
from ipseval.study.registers.plan import Costs
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
        "sensitivity": {"hour": [50, 120]},
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
        birth, day = pd.Timestamp(known["FOED_DAG"].iloc[-1]), row["index_date"]
        assert row["age"] == day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


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
    assert row["quantity_hour"] == pytest.approx(minutes / 60)
    assert row["quantity_help"] == weeks.get(person, 0)
    assert linked.frame["quantity_bed"].notna().all()
    for percent in (50, 120):
        apart = linked.frame[f"cost_society_hour_{percent}"] - linked.frame["cost_society"]
        expected = linked.frame["quantity_hour"] * 500 * (percent / 100 - 1)
        np.testing.assert_allclose(apart, expected, atol=1e-9)
    assert (
        linked.definitions["cost_society_hour_120"]["en"]
        == "Cost to society with the price of hour put at 120 %."
    )


def test_costs_say_from_whose_side_in_which_prices_and_what_each_item_costs(linked):
    said = linked.definitions
    assert said["cost_society"]["en"] == (
        "Cost to society: what is used up, without transfers, which only move money; DKK in prices of 2024, "
        "the first year (nothing to discount)."
    )
    assert "kommunen: dens andel" in said["cost_municipality"]["da"]
    assert said["quantity_bed"] == {
        "da": "bed: 1.000 kr. i 2024-priser; ressource, betalt af regionen 100 %.",
        "en": "bed: 1,000 DKK in prices of 2024; a resource, paid by the region 100 %.",
    }
    assert "overførsel" in said["quantity_help"]["da"]


def test_words_of_costs_over_years_of_other_currencies_shared_refunded_and_invented():
    costs = Costs("p.yaml", 3, options={"price_year": 2025, "discount": 0.035})
    price = {"item": "visit", "name": {"da": "Besøg", "en": "Visit"}, "kind": "transfer", "unit_cost": 12.5}
    shares = {"municipality": 0.125, "state": 0.875, "region": 0, "citizen": 0}
    prices = pd.DataFrame([{**price, **shares, "price_year": 2023, "refund": True}])
    said = cost_words(costs, {"currency": "EUR", "invented": True}, prices, ["citizen"])
    assert said["cost_citizen"]["en"].endswith(
        "EUR in prices of 2025, the first 3 years, discounted by 3.5 % a year from the second on."
    )
    assert said["quantity_visit"]["da"] == (
        "Besøg: 12,5 EUR i 2023-priser; overførsel, betalt af kommunen 12,5 %, staten 87,5 %. "
        "Staten refunderer en del, der falder med varigheden. Prisen er opdigtet."
    )


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
        (
            {"costs": {"prices": "p.yaml", "years": 1, "with": {}, "sensitivity": {"hour": [-20]}}},
            "percentages of the unit cost above 0",
        ),
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


def test_a_birthday_on_the_index_date_is_a_year_more():
    birth = pd.Series(pd.to_datetime(["2001-01-01", "2001-01-02", "2000-02-29", None]))
    day = pd.Series(pd.to_datetime(["2019-01-01", "2019-01-01", "2019-02-28", "2019-01-01"]))
    assert _age(birth, day).fillna(-1).to_list() == [18, 17, 18, -1]


def test_the_refund_counts_weeks_on_every_benefit_before(monkeypatch):
    asked = []
    weeks = {"young": [20, 30, 10], "adult": [0, 12, 40]}  # three years before, two years after

    def weeks_after(spells, people, *, in_codes, spans, index, id):
        asked.append(spans)
        counts = {f"weeks_{a}_{b}": [w] for (a, b), w in zip(spans, weeks[in_codes], strict=True)}
        return pd.DataFrame({"pnr": ["a"], **counts, "first_week": [0]})

    monkeypatch.setattr(ips.dream, "weeks_after", weeks_after)
    plan = read({**PLAN, "costs": {**PLAN["costs"], "years": 2, "benefits": {"y": "young", "a": "adult"}}})
    people = pd.DataFrame({"pnr": ["a"], "index_date": pd.to_datetime(["2020-01-06"])})
    rows = pd.concat(_benefits(plan, plan.costs, people, None))
    assert asked[0] == [(-156, -1), (1, 52), (53, 104)]
    assert rows["item"].to_list() == ["y", "a", "y", "a"]
    assert rows["quantity"].to_list() == [30, 12, 10, 40]
    assert rows["weeks_before"].to_list() == [20, 50, 62, 72]


LOG = pd.DataFrame(
    {
        "pnr": ["a", "a", "b", "z"],
        "date": pd.to_datetime(["2020-01-10", "2020-01-20", "2020-02-01", None]),
        "minutes": [60.0, 30.0, 90.0, np.nan],
        "kind": ["met", "called", "met", "met"],
    }
)
TWO = pd.DataFrame({"pnr": ["a", "b"], "index_date": pd.to_datetime(["2020-01-06", "2020-01-06"])})


def logged(folder, frame, **log):
    frame.to_parquet(folder / "log.parquet", index=False)
    plan = read(PLAN)
    return _logged(
        plan, plan.costs, RegisterFolder(folder), TWO, "hour", {"file": "log", "column": "minutes", **log}
    )


def test_a_log_counts_the_rows_that_the_plan_asks_for(tmp_path):
    everything = logged(tmp_path, LOG).set_index("pnr")["quantity"]
    assert everything.to_dict() == {"a": 90, "b": 90}
    met = logged(tmp_path, LOG, where=[{"column": "kind", "in": ["met"]}]).set_index("pnr")["quantity"]
    assert met.to_dict() == {"a": 60, "b": 90}


@pytest.mark.parametrize("column", ["date", "minutes"])
def test_a_cost_is_never_left_out_unseen(tmp_path, column):
    with pytest.raises(SchemaError, match=r"logs.hour: 1 row\(s\) lack 'date' or 'minutes'"):
        logged(tmp_path, LOG.assign(**{column: LOG[column].where(LOG["kind"] == "met")}))


def test_minutes_that_are_text_are_counted_and_not_shown(tmp_path):
    with pytest.raises(SchemaError, match=r"3 row\(s\) with text") as caught:
        logged(tmp_path, LOG.assign(minutes=["CANARY"] * 3 + ["1"]))
    assert "CANARY" not in str(caught.value)


def test_a_population_file_of_a_year_is_what_stood_at_its_end(tmp_path, monkeypatch):
    bef = pd.DataFrame(
        {
            "pnr": ["a", "a"], "file_date": ["2018", "2019"], "koen": ["1", "2"],
            "foed_dag": pd.to_datetime(["2000-01-06"] * 2),
        }
    )  # fmt: skip
    told = type("Read", (), {"data": bef})
    monkeypatch.setattr(ips, "read_register", lambda *_, **__: told)
    (tmp_path / "bef2018.csv").write_text("")
    people = pd.DataFrame({"pnr": ["a"], "index_date": pd.to_datetime(["2019-06-01"])})
    found = _with_background(read(PLAN), RegisterFolder(tmp_path), people).iloc[0]
    assert (found["sex"], found["age"]) == ("1", 19)


def test_the_files_that_were_asked_for_are_told_once_each(tmp_path):
    for name in ("bef2018.parquet", "bef2019.parquet", "bef2018.csv", "log.csv"):
        (tmp_path / name).write_text("a\n1\n")
    folder = RegisterFolder(tmp_path)
    assert [path.name for path in folder.files("bef")] == ["bef2018.parquet", "bef2019.parquet"]
    folder.files("bef")
    assert list(folder.frame("log").columns) == ["a"]
    assert folder.read == ["bef2018.parquet", "bef2019.parquet", "log.csv"]
