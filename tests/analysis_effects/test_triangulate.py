from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

DATA = pd.read_csv(Path(__file__).parents[1] / "oracles" / "effect_clusters" / "input.csv")
OPTIONS = {"outcome": "y", "treatment": "volunteer"}


def people(effect, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=120)
    d = (x + rng.normal(size=120) > 0).astype(int)
    return pd.DataFrame({"id": np.arange(120), "x": x, "ips": d, "y": effect * d + x + rng.normal(size=120)})


ROADS = {
    "regression": lambda f: ips.effect(f, outcome="y", treatment="ips", covariates=["x"]),
    "overlap": lambda f: ips.effect(
        ips.weight("ips ~ x", f, method="overlap", estimand="ATO", id="id"), outcome="y"
    ),
}


def test_balance_and_effective_numbers_stand_beside_each_road():
    design = ips.match("volunteer ~ x", DATA)
    roads = {
        "regression": ips.effect(DATA, covariates=["x"], **OPTIONS),
        "matched": ips.effect(design, outcome="y"),
    }
    beside = (
        assert_result(ips.triangulate(roads, designs={"matched": design})).extras["beside"].set_index("name")
    )
    balance = design.balance()
    after = balance.estimates.query("group == 'after'")["estimate"].abs()
    sizes = balance.extras["sizes"].set_index("arm")
    assert beside.loc["matched", "largest_smd"] == pytest.approx(after.max())
    assert beside.loc["matched", "effective_n_treated"] == pytest.approx(sizes.loc["treated", "effective_n"])
    assert np.isnan(beside.loc["regression", "largest_smd"])
    assert beside.loc["regression", "n_treated"] == int((DATA["volunteer"] == 1).sum())
    with pytest.raises(DesignError, match="does not have"):
        ips.triangulate(roads, designs={"other": design})


def joint(effect, seed, **options):
    result = ips.triangulate(
        ROADS, data=people(effect, seed), treatment="ips", id="id", resamples=199, seed=seed, **options
    )
    return assert_result(result).estimates.set_index("term").loc["joint"]


def test_the_joint_test_sees_an_effect_and_its_statistic_is_the_median():
    row = joint(1.2, 1)
    data = people(1.2, 1)
    each = [road(data).estimates.set_index("term").loc["difference", "estimate"] for road in ROADS.values()]
    assert row["statistic"] == pytest.approx(np.median(each))
    assert row["p_value"] == pytest.approx(1 / 200)


def test_the_joint_p_is_that_of_centred_resamples():
    # With the plain difference on every road the bootstrap's spread is that of a difference of means.
    data = people(0.25, 7)
    ready = ips.effect(data, outcome="y", treatment="ips")

    def road(frame):
        means = frame.groupby("ips")["y"].mean()
        est = ready.estimates.copy()
        est.loc[est["term"] == "difference", "estimate"] = means[1] - means[0]
        return replace(ready, estimates=est)

    result = ips.triangulate({"a": road, "b": road}, data=data, treatment="ips", resamples=499)
    row = assert_result(result).estimates.set_index("term").loc["joint"]
    groups = data.groupby("ips")["y"]
    z = groups.mean().diff().iloc[-1] / np.sqrt((groups.var(ddof=0) / groups.size()).sum())
    expected = 2 * stats.norm.sf(abs(z))
    assert row["p_value"] == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 499) + 0.01)


def test_few_units_and_ready_results_have_no_joint_test():
    data = people(0, 2).assign(town=lambda f: f["ips"] * 5 + f["id"] % 4)
    with pytest.raises(DesignError, match="at least 10"):
        ips.triangulate(ROADS, data=data, treatment="ips", id="id", cluster="town", resamples=199)
    ready = {name: road(data) for name, road in ROADS.items()}
    with pytest.raises(EstimationError, match="as a function"):
        ips.triangulate(ready, data=data, treatment="ips", resamples=199)
    with pytest.raises(EstimationError, match="data="):
        ips.triangulate(ROADS)
    with pytest.raises(EstimationError, match="199"):
        ips.triangulate(ROADS, data=data, treatment="ips", resamples=10)


def test_municipalities_are_drawn_whole_and_renamed():
    data = people(0.5, 4).assign(town=lambda f: f["id"] // 5)
    seen = []
    ready = ips.effect(data, outcome="y", treatment="ips", covariates=["x"], cluster="town")

    def road(frame):
        seen.append(frame.groupby("town").size())
        return ready

    result = ips.triangulate(
        {"a": road, "b": road}, data=data, treatment="ips", id="id", cluster="town", resamples=199
    )
    assert_result(result)
    assert all((size == 5).all() and len(size) == 24 for size in seen)
