"""Cost beside effect: every resample refitted one by one, and the properties that must hold."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels import cost_draws as kernel
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result


def people(n=60, seed=3):
    rng = np.random.default_rng(seed)
    d = np.repeat([1, 0], n // 2)
    age = rng.integers(18, 30, n)
    weeks = np.clip(rng.normal(20 + 6 * d + 0.3 * (age - 24), 9), 0, 52)
    cost = rng.gamma(2.0, 10_000, n) + 8_000 * d
    return pd.DataFrame(
        {"who": range(n), "ips": d, "age": age, "weeks": weeks, "cost": cost, "town": np.arange(n) % 12}
    )


def rows(result):
    return result.estimates.set_index(["outcome", "term"])


def test_means_differences_and_net_benefit_by_hand():
    frame = people()
    result = assert_result(
        ips.cost_effectiveness(
            frame, cost="cost", effect="weeks", treatment="ips", willingness=[0, 1000], resamples=199
        )
    )
    found, means = rows(result), frame.groupby("ips")[["cost", "weeks"]].mean()
    more = means.loc[1] - means.loc[0]
    assert found.loc[("cost", "difference"), "estimate"] == pytest.approx(more["cost"])
    assert found.loc[("effect", "mean_control"), "estimate"] == pytest.approx(means.loc[0, "weeks"])
    assert found.loc[("net_benefit", "1000"), "estimate"] == pytest.approx(
        1000 * more["weeks"] - more["cost"]
    )
    assert found.loc[("net_benefit", "0"), "estimate"] == pytest.approx(-more["cost"])
    assert found.loc[("cost_per_effect", ""), "estimate"] == pytest.approx(more["cost"] / more["weeks"])
    assert found.loc[("cost_per_effect", ""), ["ci_low", "ci_high"]].isna().all()
    assert result.estimates["p_value"].isna().all()
    assert found.loc["quadrant", "estimate"].sum() == pytest.approx(1.0)


def test_every_resample_is_the_refit_of_its_people():
    frame = people(40)
    y, d = frame[["cost", "weeks"]].to_numpy(float), frame["ips"].to_numpy(float)
    x, units = frame[["age"]].to_numpy(float), np.arange(40)
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 3, (20, 40)).astype(float)
    found = kernel.adjusted_means(y, d, x, counts)
    for k in range(20):
        again = np.repeat(units, counts[k].astype(int))
        full = np.column_stack([np.ones(len(again)), x[again]])
        at = full[d[again] == 1].mean(axis=0)
        one, none = (
            np.linalg.lstsq(full[d[again] == a], y[again][d[again] == a], rcond=None)[0] for a in (1, 0)
        )
        np.testing.assert_allclose(found.difference[k], at @ one - at @ none, rtol=1e-9)


def test_net_benefit_is_the_same_as_a_regression_of_each_person_s_net_benefit():
    frame = people().assign(net=lambda f: 700 * f["weeks"] - f["cost"])
    by_effect = ips.effect(frame, outcome="net", treatment="ips", covariates=["age"]).estimates.set_index(
        "term"
    )
    result = ips.cost_effectiveness(
        frame,
        cost="cost",
        effect="weeks",
        treatment="ips",
        covariates=["age"],
        willingness=[700],
        resamples=1999,
    )
    row = rows(result).loc[("net_benefit", "700")]
    assert row["estimate"] == pytest.approx(by_effect.loc["difference", "estimate"])
    assert row["std_error"] == pytest.approx(by_effect.loc["difference", "std_error"], rel=0.10)


def test_matched_sets_are_drawn_together_and_the_design_gives_the_same_estimate():
    frame = people(80)
    design = ips.match("ips ~ age", frame, id="who")
    result = assert_result(
        ips.cost_effectiveness(design, cost="cost", effect="weeks", willingness=[500], resamples=299)
    )
    direct = ips.effect(design, outcome="weeks").estimates.set_index("term")
    assert rows(result).loc[("effect", "difference"), "estimate"] == pytest.approx(
        direct.loc["difference", "estimate"]
    )


def test_few_clusters_get_no_interval():
    frame = people().assign(town=lambda f: np.where(f["ips"] == 1, f["town"] % 3, 5 + f["town"] % 4))
    result = assert_result(
        ips.cost_effectiveness(
            frame, cost="cost", effect="weeks", treatment="ips", cluster="town", willingness=[1], resamples=99
        )
    )
    assert result.estimates["ci_low"].isna().all()
    assert set(rows(result).loc["quadrant", "status"]) == {"refused"}
    assert rows(result).loc[("cost", "difference"), "status"] == "ok"
    assert "cost_few_clusters" in [n.code for n in result.notes]
    assert not result.extras


def test_swapping_arms_turns_every_difference():
    frame = people()
    call = {"cost": "cost", "effect": "weeks", "treatment": "ips", "willingness": [300], "resamples": 199}
    one = rows(ips.cost_effectiveness(frame, **call))
    other = rows(ips.cost_effectiveness(frame.assign(ips=1 - frame["ips"]), **call))
    for key in (("cost", "difference"), ("effect", "difference"), ("net_benefit", "300")):
        assert one.loc[key, "estimate"] == pytest.approx(-other.loc[key, "estimate"])


def test_perspectives_meet_the_same_resamples_and_seed_decides():
    frame = people().assign(state=lambda f: 2 * f["cost"])
    call = {
        "cost": {"municipality": "cost", "state": "state"},
        "effect": "weeks",
        "treatment": "ips",
        "willingness": [10],
        "resamples": 199,
    }
    one, again = ips.cost_effectiveness(frame, **call), ips.cost_effectiveness(frame, **call)
    pd.testing.assert_frame_equal(one.estimates, again.estimates)
    by = one.estimates.set_index(["group", "outcome", "term"])
    low = by["ci_low"]
    assert low["state", "cost", "difference"] == pytest.approx(2 * low["municipality", "cost", "difference"])
    assert set(one.extras["acceptability"]["group"]) == {"municipality", "state"}
    assert one.extras["plane"].groupby("group")["resamples"].sum().to_list() == [199, 199]


def test_no_effect_flags_the_ratio():
    frame = people().assign(weeks=lambda f: f["age"].astype(float))
    result = ips.cost_effectiveness(
        frame, cost="cost", effect="weeks", treatment="ips", willingness=[1], resamples=199
    )
    assert rows(result).loc[("cost_per_effect", ""), "status"] == "flagged"


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"willingness": []}, EstimationError, "one or more amounts"),
        ({"willingness": [-1]}, EstimationError, "0 or more"),
        ({"resamples": 5}, EstimationError, "too few"),
        ({"cost": "kost"}, EstimationError, "did you mean 'cost'"),
        ({"treatment": None}, DesignError, "treatment= is needed"),
        ({"id": "age"}, DesignError, "repeats in"),
    ],
)
def test_bad_calls_are_refused(more, error, words):
    call = {"cost": "cost", "effect": "weeks", "treatment": "ips", "willingness": [1], **more}
    with pytest.raises(error, match=words):
        ips.cost_effectiveness(people(), **call)


def test_who_lacks_a_cost_is_left_out_and_told():
    frame = people().assign(cost=lambda f: f["cost"].mask(f["who"] < 4))
    result = ips.cost_effectiveness(
        frame, cost="cost", effect="weeks", treatment="ips", willingness=[1], resamples=99
    )
    assert [n.values["n"] for n in result.notes if n.code == "cost_dropped"] == [4]
    assert result.base.n == 60
    assert int(result.estimates["n"].max()) == 56


@pytest.mark.parametrize("column", ["cost", "weeks"])
def test_text_is_counted_and_not_shown(column):
    with pytest.raises(EstimationError, match=r"60 row\(s\) with text") as refusal:
        ips.cost_effectiveness(
            people().assign(**{column: "CANARY"}),
            cost="cost", effect="weeks", treatment="ips", willingness=[1],
        )  # fmt: skip
    assert "CANARY" not in str(refusal.value)


def test_weights_that_are_held_are_told_and_their_interval_is_the_wider_one():
    frame = people(n=200).assign(weeks=lambda f: f["weeks"] + 3 * (f["age"] - f["age"].mean()))
    design = ips.weight("ips ~ age", frame, method="entropy", estimand="ATT")
    call = {"cost": "cost", "effect": "weeks", "willingness": [1], "resamples": 499}
    held = assert_result(ips.cost_effectiveness(design, **call))
    fitted = assert_result(
        ips.cost_effectiveness(frame, treatment="ips", covariates=["age"], **call)
    )  # fmt: skip
    assert "cost_weights_held" in [n.code for n in held.notes]
    assert "cost_weights_held" not in [n.code for n in fitted.notes]
    error = [rows(r).loc[("effect", "difference"), "std_error"] for r in (held, fitted)]
    assert error[0] > 1.2 * error[1]


def test_a_resample_that_leaves_a_slope_undetermined_gives_no_number():
    """The same covariate twice: nothing solves, though rounding would let a program go on."""
    rng = np.random.default_rng(7)
    d, age, y = np.repeat([1.0, 0.0], 10), rng.normal(size=(20, 1)), rng.normal(size=(20, 1))
    twice = kernel.adjusted_means(y, d, np.repeat(age, 2, axis=1), np.ones((1, 20)))
    once = kernel.adjusted_means(y, d, age, np.ones((1, 20)))
    assert np.isnan(twice.treated).all()
    assert np.isfinite(once.treated).all()


@pytest.mark.parametrize(("lang", "amount"), [("da", "2.000.000"), ("en", "2,000,000")])
def test_amounts_stand_in_full_with_the_marks_of_the_language(lang, amount):
    result = ips.cost_effectiveness(
        people(), cost="cost", effect="weeks", treatment="ips", willingness=[2_000_000], resamples=999
    )
    assert ("net_benefit", "2000000") in rows(result).index
    assert f"{amount} |" in ips.table(result, lang=lang).to_markdown()
