"""What happens at the edges: nothing to compare, no model that settles, roads that fail, designs of the wrong kind."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels import power
from ipseval.analysis.kernels import sensitivity as bounds
from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.weights_propensity import SMALL, propensity
from ipseval.analysis.kernels.wild_score import cluster_scores
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

RNG = np.random.default_rng(41)
PEOPLE = pd.DataFrame({"id": range(120), "x": RNG.normal(size=120), "ips": np.tile([0, 0, 1], 40)})
PEOPLE["y"] = PEOPLE["x"] + 0.5 * PEOPLE["ips"] + RNG.normal(size=120)
PEOPLE["cost"] = 10.0 + PEOPLE["ips"]


def many(separated):
    n = SMALL + 4_000
    x = np.column_stack([np.ones(n), RNG.normal(size=n), RNG.integers(0, 2, n)])
    chance = 1.0 / (1.0 + np.exp(5.0 - 0.8 * x[:, 1]))
    d = (x[:, 1] > 2.0) if separated else RNG.random(n) < chance
    return x, d.astype(float)


def test_a_propensity_of_many_rows_is_the_maximum_likelihood_fit():
    x, d = many(separated=False)
    found, exact = propensity(x, d), fit_logit(x, d)
    np.testing.assert_allclose(found.beta, exact.beta, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.bread, exact.cov, rtol=1e-6)
    assert not found.firth


def test_a_start_from_a_part_of_the_controls_ends_at_the_same_fit():
    rare = 300
    n = 102_000
    x = np.column_stack([np.ones(n), RNG.normal(size=n)])
    d = np.zeros(n)
    d[np.argsort(x[:, 1] + RNG.normal(size=n))[-rare:]] = 1.0
    found = propensity(x, d)
    np.testing.assert_allclose(x.T @ (d - 1.0 / (1.0 + np.exp(-x @ found.beta))), 0.0, atol=1e-5)


def test_many_rows_whose_arms_a_covariate_tells_apart_are_refused():
    x, d = many(separated=True)
    with pytest.raises(EstimationError, match=f"did not settle on {SMALL + 4_000} rows"):
        propensity(x, d)


def test_scores_without_treatment_need_a_logit_that_settles():
    own = np.tile([0.0, 1.0], 30)
    tells = np.repeat([0.0, 1.0], 30)
    x = np.column_stack([np.ones(60), own, tells])
    with pytest.raises(EstimationError, match="tells the outcomes apart"):
        cluster_scores(x, tells, np.arange(60) % 12, 1, 0.0)


def test_pairs_that_do_not_differ_bound_nothing():
    assert bounds.signed_rank_bound(np.zeros(8), 2.0) == (1.0, 1.0)
    assert bounds.mcnemar_bound(0, 0, 2.0) == (1.0, 1.0)
    assert bounds.mcnemar_bound(0, 5, 1.0)[0] == 1.0


def test_nothing_explains_away_a_risk_of_nothing():
    assert bounds.e_value(0.0) == np.inf


def test_power_without_degrees_or_persons_is_not_known():
    assert np.isnan(power.t_power(2.0, 0.5, 0.05))
    assert np.isnan(power.two_mean_power(0, 10, 1.0, 1.0, 0.05, 8))


READY = ips.effect(PEOPLE, outcome="y", treatment="ips")


def plain(frame):
    """Give the plain difference quickly, in the frame of a result made once."""
    means = frame.groupby("ips")["y"].mean()
    est = READY.estimates.copy()
    est.loc[est["term"] == "difference", "estimate"] = means[1] - means[0]
    return replace(READY, estimates=est)


def road(fails):
    """Give a road that fails in the resamples told by their number."""
    count = iter(range(1_000))

    def run(frame):
        if fails(next(count)):
            raise EstimationError("this resample cannot be fitted.")
        return plain(frame)

    return run


@pytest.mark.parametrize(("one_in", "refused"), [(50, False), (5, True)])
def test_roads_that_fail_now_and_then_are_counted_and_too_often_refused(one_in, refused):
    roads = {
        "fails": road(lambda k: k % one_in == one_in - 1),
        "plain": plain,
    }
    result = assert_result(ips.triangulate(roads, data=PEOPLE, treatment="ips", id="id", resamples=199))
    row = result.estimates.set_index("term").loc["joint"]
    codes = {n.code: n.values for n in result.notes}
    if refused:
        assert row["status"] == "refused"
        assert np.isnan(row["p_value"])
        assert codes["triangulate_joint_failed"]["of"] == 199
    else:
        # The road ran once for its own estimate, then once for each of the 199 resamples.
        assert codes["triangulate_joint_roads"]["failed"] == 4
        assert row["p_value"] * 196 == pytest.approx(round(row["p_value"] * 196))


def test_one_road_that_leads_somewhere_has_no_joint_test():
    refused = ips.effect(
        PEOPLE.assign(town=PEOPLE["ips"]),
        outcome="y",
        treatment="ips",
        cluster="town",
        question="taking_part",
    )
    assert refused.estimates.set_index("term").loc["difference", "status"] == "refused"
    with pytest.raises(EstimationError, match="two or more"):
        ips.triangulate({"one": refused})
    with pytest.raises(EstimationError, match="two or more"):
        ips.triangulate({"one": refused, "other": ips.describe(PEOPLE, columns=["x"])})


def test_covariates_that_do_not_move_the_effect_are_no_yardstick():
    balanced = pd.DataFrame({"ips": [0, 1] * 20, "a": np.repeat([0.0, 1.0], 20)})
    balanced["y"] = balanced["a"] + balanced["ips"] + np.tile([0, 0, 1, 1], 10)
    with pytest.raises(EstimationError, match="do not move the effect"):
        ips.oster(balanced, outcome="y", treatment="ips", covariates=["a"])


def test_costs_need_sets_or_clusters_and_take_no_second_design():
    call = {"cost": "cost", "effect": "y", "willingness": [1], "resamples": 199}
    reused = ips.match("ips ~ x", PEOPLE, replace=True)
    with pytest.raises(DesignError, match="no sets to resample"):
        ips.cost_effectiveness(reused, **call)
    pairs = ips.match("ips ~ x", PEOPLE)
    with pytest.raises(DesignError, match="has its own"):
        ips.cost_effectiveness(pairs, treatment="ips", **call)
    made = ips.match("ips ~ x", PEOPLE.copy(), id="id")
    with pytest.raises(DesignError, match="no longer at hand"):
        ips.cost_effectiveness(made, **call)
    again = ips.cost_effectiveness(
        made, data=PEOPLE.sample(frac=1, random_state=1), id="id", **call
    ).estimates
    first = ips.cost_effectiveness(pairs, **call).estimates
    np.testing.assert_allclose(again["estimate"].head(6), first["estimate"].head(6))


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"counts": ["a", "n1", "c"]}, "four columns"),
        ({"a": [99, 1, 2]}, {"counts": ["a", "n1", "c", "n2"]}, "1 row"),
        ({"se": [0.1, 0.0, 0.2]}, {"estimate": "est", "std_error": "se"}, "errors above 0"),
        ({}, {"counts": ["a", "n1", "c", "n2"], "estimate": "est"}, "either counts="),
    ],
)
def test_trials_that_cannot_be_pooled_are_refused(change, options, words):
    trials = pd.DataFrame({"id": list("abc"), "a": [5, 6, 7], "n1": [20] * 3, "c": [2, 3, 4], "n2": [20] * 3})
    trials = trials.assign(est=[0.1, 0.2, 0.3], se=[0.1, 0.1, 0.2]).assign(**change)
    with pytest.raises(EstimationError, match=words):
        ips.pool_trials(trials, study="id", **options)


def test_half_an_effect_is_nearer_than_on_all_of_it():
    whole = bounds.robustness_value(3.0, 100.0)
    half = bounds.robustness_value(3.0, 100.0, share=0.5)
    unclear = bounds.robustness_value(3.0, 100.0, level=0.95)
    assert 0 < half < whole
    assert 0 < unclear < whole
    assert bounds.robustness_value(1.0, 100.0, level=0.95) == 0.0
    # With hardly any degrees of freedom left the confounder's own one decides.
    assert 0 < bounds.robustness_value(60.0, 4.0, level=0.95) < 1
