import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError

TOOLS = Path(__file__).parents[2] / "tools"


def load(name):
    spec = importlib.util.spec_from_file_location(f"effects_{name}", TOOLS / name / "effects.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", list(load("validate").SCENARIOS))
def test_every_scenario_runs_and_says_what_was_chosen(name):
    found = load("validate").simulate(name, 3)
    assert found["replicates"] == 3
    if found["test"] == "refused":
        assert (found["refused"], found["valid"]) == (3, None)
    else:
        assert "test_" in found["test"]
        assert abs(found["bias"]) < 0.3
        assert 0 <= found["coverage"] <= 1


@pytest.mark.parametrize(
    "name",
    ["across_3_of_12", "across_6_of_12", "staggered_3_of_12", "aipw_3_of_12", "did_3_of_12", "offer_3_of_12"],
)
def test_the_quick_way_says_what_the_verb_says(name):
    module = load("validate")
    scenario = module.SCENARIOS[name]
    for seed in range(3):
        people, truth = module.people_of(scenario, seed)
        slow = module.by_verb(scenario, people, truth)
        quick = module.by_parts(scenario.run, people, truth)
        assert (quick[0], quick[2:]) == (slow[0], slow[2:])
        assert quick[1] == pytest.approx(slow[1])


def test_an_unseen_confounder_makes_the_estimate_fail():
    assert load("validate").simulate("ipw_hidden_confounder", 40)["coverage"] < 0.8


def test_the_planted_difference_is_missed_without_adjusting_and_found_with_it():
    module = load("validate")
    gaps = {"naive": [], "adjusted": []}
    for seed in range(12):
        people, truth = module.people_of(module.SCENARIOS["ipw_no_shock"], seed)
        people["job"] = people["job"] + 0.4 * people["x"]
        naive = ips.effect(people, outcome="job", treatment="treat", estimand="ATT").estimates
        adjusted = ips.effect(
            people, outcome="job", treatment="treat", covariates=["x", "age"], method="aipw"
        ).estimates
        for key, est in (("naive", naive), ("adjusted", adjusted)):
            row = est.set_index("term").loc["difference"]
            gaps[key].append((row["estimate"] - truth) / row["std_error"])
    assert np.mean(gaps["naive"]) > 2
    assert abs(np.mean(gaps["adjusted"])) < 1


def test_bench_data_and_jobs_run_small():
    module = load("bench")
    frame = module.invented(3_000)
    assert frame["treat"].sum() == 461
    module.both_matchings(frame)


def test_a_propensity_can_be_used_again_for_the_same_people_only():
    people = pd.DataFrame({"treat": [1, 1, 0, 0, 0, 0], "x": [1.0, 2, 1.5, 0.2, 2.2, 0.9]})
    first = ips.match("treat ~ x", people)
    again = ips.match("treat ~ x", people, ratio=2, score=first)
    np.testing.assert_array_equal(first.score, again.score)
    with pytest.raises(DesignError, match="another frame"):
        ips.match("treat ~ x", people.head(5), score=first)
