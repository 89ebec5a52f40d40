from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

PANEL = pd.read_csv(Path(__file__).parents[1] / "oracles" / "effect_panel" / "input.csv")
NAMES = {"outcome": "y", "id": "id", "time": "period", "treatment": "treat"}
RNG = np.random.default_rng(3)
N = 600
PEOPLE = pd.DataFrame({"x": RNG.normal(size=N), "unseen": RNG.normal(size=N)})
PEOPLE["ips"] = (PEOPLE["x"] + PEOPLE["unseen"] + RNG.normal(size=N) > 0).astype(int)
for name, of in (("before", "unseen"), ("dental", None)):
    PEOPLE[name] = PEOPLE["x"] + (PEOPLE[of] if of else 0) + RNG.normal(size=N)


def test_an_unseen_confounder_shows_in_what_treatment_cannot_have_moved():
    options = {"treatment": "ips", "covariates": ["x"]}
    found = assert_result(ips.negative_controls(PEOPLE, outcomes=["dental", "before"], **options))
    assert list(found.estimates["outcome"]) == ["dental", "before"]
    assert any(n.code == "placebo_fails" for n in found.notes)
    for k, outcome in enumerate(["dental", "before"]):
        direct = ips.effect(PEOPLE, outcome=outcome, **options).estimates.set_index("term").loc["difference"]
        assert found.estimates.loc[k, "p_value"] == pytest.approx(direct["p_value"])
    sound = ips.negative_controls(PEOPLE, outcomes=["dental"], **options)
    assert any(n.code == "placebo_passes" for n in sound.notes)


def test_a_design_is_taken_too_and_refusals_keep_their_place():
    design = ips.match("ips ~ x", PEOPLE)
    found = assert_result(ips.negative_controls(design, outcomes=["before"]))
    assert found.estimates["status"].tolist() == ["ok"]
    towns = PEOPLE.assign(town=np.where(PEOPLE["ips"] == 1, 0, RNG.integers(1, 4, N)))
    refused = ips.negative_controls(towns, outcomes=["dental", "before"], treatment="ips", cluster="town")
    assert_result(refused)
    assert refused.estimates["status"].tolist() == ["refused"] * 2
    with pytest.raises(DesignError, match="outcomes="):
        ips.negative_controls(PEOPLE, outcomes=[], treatment="ips")


def test_pretended_starts_are_the_panel_cut_before_the_first_entry():
    first = PANEL.loc[PANEL["treat"] == 1, "period"].min()
    found = assert_result(ips.placebo_starts(PANEL, **NAMES))
    early = PANEL[PANEL["period"] < first]
    ever = early["id"].isin(PANEL.loc[PANEL["treat"] == 1, "id"])
    starts = sorted(early["period"].unique())[1:]
    assert list(found.estimates["contrast"]) == [str(s) for s in starts]
    for k, start in enumerate(starts):
        wide = early.assign(late=early["period"] >= start).groupby(["id", "late"])["y"].mean().unstack()
        change = wide[True] - wide[False]
        treated = ever.groupby(early["id"]).first()
        expected = change[treated].mean() - change[~treated].mean()
        assert found.estimates.loc[k, "estimate"] == pytest.approx(expected)


def test_a_dip_before_entry_shows_as_an_effect_of_the_last_start():
    first = PANEL.loc[PANEL["treat"] == 1, "period"].min()
    ever = PANEL["id"].isin(PANEL.loc[PANEL["treat"] == 1, "id"])
    dipped = PANEL.assign(y=PANEL["y"] - 8.0 * (ever & (PANEL["period"] == first - 1)))
    found = ips.placebo_starts(dipped, **NAMES)
    assert any(n.code == "placebo_fails" for n in found.notes)
    assert found.estimates["estimate"].iloc[-1] < -4


def test_too_few_periods_before_entry_are_refused():
    first = PANEL.loc[PANEL["treat"] == 1, "period"].min()
    with pytest.raises(DesignError, match="before the first entry"):
        ips.placebo_starts(PANEL[PANEL["period"] >= first - 1], **NAMES)
    with pytest.raises(DesignError, match="in no row"):
        ips.placebo_starts(PANEL.assign(treat=0), **NAMES)
    with pytest.raises(EstimationError, match="least_before="):
        ips.placebo_starts(PANEL, **NAMES, least_before=0)
