"""The Reconnect plan on a small invented study: every table is made, and the truth is inside the interval."""

import dataclasses

import pytest
import yaml

from ipseval.reporting.figures import figure_alt
from ipseval.study.plan import Analysis, load_plan
from ipseval.study.registers.invented import write_reconnect
from ipseval.study.report import banner_of, build_report, make_outcome, refuse_contradictions


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reconnect") / "data"
    folder.mkdir()
    write_reconnect(folder, lang="da", persons=6_000, participants=150, seed=3)
    return folder, make_outcome(load_plan("reconnect"), folder)


def test_every_analysis_gives_numbers_and_nothing_contradicts(study):
    _, outcome = study
    assert set(outcome.results) == set(outcome.plan.analyses)
    empty = [name for name, result in outcome.results.items() if result.estimates["estimate"].isna().all()]
    assert empty == []
    refuse_contradictions(outcome)


def test_the_weighted_effect_is_near_the_truth(study):
    # Near: how often the interval holds it is measured over many seeds by tools/validate/reconnect.py.
    folder, outcome = study
    truth = yaml.safe_load((folder / "truth.yaml").read_text(encoding="utf-8"))["weeks_1_52"]
    row = outcome.results["uger_vaegtet"].estimates.set_index("term").loc["difference"]
    assert abs(row["estimate"] - truth["weeks_with_paid_work"]) < 4 * row["std_error"]


@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_table_and_figure_is_made_in_both_languages(study, lang):
    folder, outcome = study
    banner = banner_of(outcome, folder, lang)
    report = build_report(outcome, lang=lang, banner=banner, only="tables")
    assert len(report.tables) == sum(s.kind == "table" for s in outcome.plan.shows.values())
    assert "Opdigtede" in banner if lang == "da" else "Invented" in banner
    texts = [cell for table in report.tables.values() for cell in table.to_markdown().split("|")]
    assert not [t for t in texts if "{" in t]


def test_results_of_registers_name_them_and_the_number_of_participants_is_a_parameter(study):
    _, outcome = study
    assert outcome.results["uger"].base.registers[:2] == ("DREAM", "BFL")
    assert outcome.bases["deltagere"] == 150
    assert dataclasses.replace(load_plan("reconnect")).invented["participants"] == 461


def test_plans_name_counts_and_times_for_a_design_too(study):
    folder, _ = study
    plan = load_plan("reconnect")
    asked = {
        "uger": ("count_effect", {"outcome": "weeks_worked", "quantiles": [0.5]}),
        "start": ("time_to_event", {"duration": "start_weeks", "event": "start_event", "times": [26]}),
    }
    few = dataclasses.replace(
        plan,
        analyses={k: Analysis(k, verb, "", with_, "en_til_en") for k, (verb, with_) in asked.items()},
        designs={"en_til_en": plan.designs["en_til_en"]},
        shows={},
        report=(),
    )
    outcome = make_outcome(few, folder)
    rows = outcome.results["start"].estimates.set_index("term")
    assert rows.loc["incidence_difference", "status"] == "ok"
    assert outcome.results["uger"].base.name.endswith("en_til_en")
    assert figure_alt(outcome.results["start"], "incidence").startswith("Kurve pr. gruppe")


def test_the_weekly_figure_adds_up_to_the_effect_on_weeks(study):
    # The matched difference of weeks 1 to 52 is the sum of the matched differences of each of them.
    _, outcome = study
    week = outcome.results["uge_for_uge"].estimates
    gaps = week[(week["outcome"] == "work") & (week["scale"] == "risk_difference")]
    within = gaps[gaps["term"].astype(int).between(1, 52)]
    effect = outcome.results["uger"].estimates
    whole = effect.loc[effect["scale"] == "difference", "estimate"].item()
    assert len(within) == 52
    assert within["n"].nunique() == 1
    assert within["estimate"].sum() == pytest.approx(whole, abs=1e-9)
