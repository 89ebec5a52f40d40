from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels import survival
from ipseval.analysis.kernels import survival_influence as influence
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "effect_survival_clusters"
DATA = pd.read_csv(ORACLE / "input.csv")
EXPECTED = pd.read_csv(ORACLE / "expected.csv")
ONE = DATA.assign(job=(DATA["job"] == 1).astype(int))
ASKED = {"duration": "weeks", "event": "job", "times": [12, 26, 40], "horizon": 45}


def expected(kind):
    return EXPECTED[EXPECTED["kind"] == kind]


def by_unit(frame, unit):
    return pd.factorize(frame[unit])[0]


@pytest.mark.parametrize("tag", ["", "_weighted"])
@pytest.mark.parametrize("unit", ["town", "person"])
@pytest.mark.parametrize("kind", ["km", "aj"])
def test_influences_on_incidence_add_up_to_rs_errors(kind, unit, tag):
    data = ONE if kind == "km" else DATA
    theirs, found = expected(f"{kind}_{unit}{tag}"), []
    for g in (0, 1):
        own = data[data["ips"] == g]
        time, code = own["weeks"].to_numpy(float), own["job"].to_numpy()
        weights = own["weight"].to_numpy() if tag else np.ones(len(own))
        curve = survival.curve(time, code, weights=weights)
        for when in (12, 26, 40):
            pull = influence.incidence_influence(curve, time, code, weights, when)
            error = np.sqrt(influence.summed(pull[:, None], by_unit(own, unit))[0, 0])
            found.append((survival.incidence_at(curve, when)[0], error))
    np.testing.assert_allclose(found, theirs[["estimate", "se"]], rtol=1e-9)


@pytest.mark.parametrize("tag", ["", "_weighted"])
@pytest.mark.parametrize("unit", ["town", "person"])
def test_influences_on_a_cox_model_add_up_to_rs_errors(unit, tag):
    time, event = DATA["weeks"].to_numpy(float), (DATA["job"] == 1).to_numpy().astype(int)
    weights = DATA["weight"].to_numpy() if tag else np.ones(len(DATA))
    x = DATA[["ips", "age"]].to_numpy(float)
    fit = survival.cox(time, event, x, weights)
    pull = influence.cox_influence(fit, time, event, x, weights)
    errors = np.sqrt(np.diag(influence.summed(pull, by_unit(DATA, unit))))
    for j, name in enumerate(("ips", "age")):
        theirs = expected(f"cox_{name}_{unit}{tag}").iloc[0]
        assert (np.exp(fit.beta[j]), errors[j]) == pytest.approx((theirs["estimate"], theirs["se"]), rel=1e-9)


def test_the_influence_on_the_mean_is_its_slope_in_the_weights():
    own = DATA.head(40)
    time, code, weights = own["weeks"].to_numpy(float), own["job"].to_numpy(), own["weight"].to_numpy()
    pull = influence.mean_influence(survival.curve(time, code, weights=weights), time, code, weights, 35.0)
    for i in range(0, 40, 7):
        ends = []
        for step in (1e-5, -1e-5):
            moved = weights + step * (np.arange(40) == i)
            ends.append(survival.mean_time(survival.curve(time, code, weights=moved), 35.0)[0])
        assert pull[i] == pytest.approx(weights[i] * (ends[0] - ends[1]) / 2e-5, abs=1e-6)


def test_clusters_of_the_verb_have_the_errors_of_r():
    result = assert_result(ips.time_to_event(DATA, by="ips", covariates=["age"], cluster="town", **ASKED))
    est = result.estimates
    ours = est[est["term"] == "incidence"]
    np.testing.assert_allclose(
        ours[["estimate", "std_error"]].astype(float), expected("aj_town")[["estimate", "se"]], rtol=1e-9
    )
    for name in ("ips", "age"):
        row = est[est["term"] == name].iloc[0]
        np.testing.assert_allclose(
            row[["estimate", "std_error"]].astype(float),
            expected(f"cox_{name}_town").iloc[0][["estimate", "se"]].astype(float),
            rtol=1e-9,
        )
    refused = est[est["status"] == "refused"]
    assert list(refused["term"]) == ["log_rank", "gray"]
    assert refused["p_value"].isna().all()


def test_towns_that_hold_both_arms_cancel_in_the_difference():
    twins = pd.concat([DATA.assign(ips=0), DATA.assign(ips=1)], ignore_index=True)
    est = ips.time_to_event(twins, by="ips", cluster="town", **ASKED).estimates
    gaps = est[est["term"].isin(["incidence_difference", "restricted_mean_difference"])]
    np.testing.assert_allclose(gaps["estimate"].astype(float), 0.0, atol=1e-12)
    assert gaps["std_error"].isna().all()
    assert gaps["p_value"].isna().all()


def test_without_clusters_the_difference_has_both_groups_errors_and_turns_with_them():
    est, turned = (
        ips.time_to_event(data, by="ips", **ASKED).estimates
        for data in (DATA, DATA.assign(ips=1 - DATA["ips"]))
    )
    levels = est[est["term"] == "incidence"].set_index(["group", "contrast"])
    for (_, row), (_, back) in zip(
        est[est["term"] == "incidence_difference"].iterrows(),
        turned[turned["term"] == "incidence_difference"].iterrows(),
        strict=True,
    ):
        one, other = levels.loc[("1", row["contrast"])], levels.loc[("0", row["contrast"])]
        assert row["estimate"] == pytest.approx(one["estimate"] - other["estimate"])
        assert row["std_error"] == pytest.approx(np.hypot(one["std_error"], other["std_error"]))
        assert (back["estimate"], back["p_value"]) == pytest.approx((-row["estimate"], row["p_value"]))


def test_too_few_clusters_leave_estimates_of_groups_and_refuse_what_compares_them():
    few = DATA.assign(town=DATA["town"] % 12)
    result = assert_result(ips.time_to_event(few, by="ips", cluster="town", **ASKED))
    est = result.estimates.set_index("term")
    assert set(est.loc["incidence", "status"]) == {"flagged"}
    assert est.loc["incidence", "estimate"].notna().all()
    for term in ("incidence_difference", "restricted_mean_difference", "ips"):
        assert set(np.atleast_1d(est.loc[term, "status"])) == {"refused"}
    assert result.estimates[["std_error", "ci_low", "p_value"]].isna().all(axis=None)
    assert result.extras["curves"]["std_error"].isna().all()
    assert "time_few_clusters" in {n.code for n in result.notes}


def independent(kind, own, sets):
    """What the squares are summed over: the last of three is counted twice by the others."""
    if kind == "weights":
        return [np.arange(len(own))]
    if kind == "pairs":
        return [sets]
    cells = own["town"].astype(str) + "-" + sets.astype(str)
    return [by_unit(own, "town"), sets, pd.factorize(cells)[0]]


def weighted_errors(data, design, kind):
    """The difference in incidence at 26 weeks and its error, from slopes in the weights by small steps."""
    rows = design.weight > 0
    own, d, w = data[rows], design.d[rows], design.weight[rows]
    time, code = own["weeks"].to_numpy(float), own["job"].to_numpy()

    def gap(weights):
        there = [d == g for g in (1, 0)]
        ends = [
            survival.incidence_at(survival.curve(time[t], code[t], weights=weights[t]), 26)[0] for t in there
        ]
        return ends[0] - ends[1]

    steps = np.eye(len(w)) * 1e-6
    pull = np.array([w[i] * (gap(w + s) - gap(w - s)) / 2e-6 for i, s in enumerate(steps)])
    variance = [
        np.square(np.bincount(u, weights=pull)).sum() for u in independent(kind, own, design.subclass[rows])
    ]
    return gap(w), np.sqrt(variance[0] + max(sum(variance[1:2]) - sum(variance[2:]), 0.0))


@pytest.mark.parametrize("kind", ["weights", "pairs", "pairs_in_towns"])
def test_a_design_weighs_the_curves_and_its_units_carry_the_errors(kind):
    people = DATA.head(150)
    make = ips.weight if kind == "weights" else ips.match
    design, cluster = make("ips ~ age", people, id="person"), "town" if kind == "pairs_in_towns" else None
    result = assert_result(
        ips.time_to_event(
            design, data=people, duration="weeks", event="job", times=[26], horizon=30, cluster=cluster
        )
    )
    row = result.estimates.set_index("term").loc["incidence_difference"]
    assert (row["estimate"], row["std_error"]) == pytest.approx(
        weighted_errors(people, design, kind), rel=1e-5
    )
    assert result.method.estimand == design.population
    assert result.sample["n"].iloc[-1] == (design.weight > 0).sum()
    assert "ips" in set(result.estimates["term"])


def test_doubling_everybody_with_half_the_weight_changes_nothing_by_person():
    time, code = np.tile(DATA["weeks"].to_numpy(float), 2), np.tile(DATA["job"].to_numpy(), 2)
    weights, who = np.tile(DATA["weight"].to_numpy() / 2, 2), np.tile(np.arange(len(DATA)), 2)
    n = len(DATA)
    whole = survival.curve(time[:n], code[:n], weights=2 * weights[:n])
    double = survival.curve(time, code, weights=weights)
    one = influence.incidence_influence(whole, time[:n], code[:n], 2 * weights[:n], 30)
    two = influence.incidence_influence(double, time, code, weights, 30)
    assert survival.incidence_at(whole, 30)[0] == pytest.approx(survival.incidence_at(double, 30)[0])
    np.testing.assert_allclose(np.bincount(who, weights=two), one, atol=1e-12)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"id": "town"}, EstimationError, "repeats in"),
        ({"data": DATA}, EstimationError, "design only"),
        ({"cluster": "twon"}, EstimationError, "did you mean 'town'"),
    ],
)
def test_bad_calls_with_a_frame_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        ips.time_to_event(DATA, by="ips", **ASKED, **options)


def test_bad_calls_with_a_design_are_refused():
    often = ips.match("ips ~ age", DATA, replace=True, id="person")
    with pytest.raises(DesignError, match="more than once"):
        ips.time_to_event(often, data=DATA, **ASKED)
    design = ips.weight("ips ~ age", DATA, id="person")
    with pytest.raises(DesignError, match="by= is"):
        ips.time_to_event(design, data=DATA, by="town", **ASKED)
    with pytest.raises(DesignError, match="not in data"):
        ips.time_to_event(design, data=DATA.head(20), **ASKED)
    with pytest.raises(DesignError, match="the treatment"):
        ips.time_to_event(design, data=DATA, covariates=["ips"], **ASKED)


def test_robust_limits_and_p_are_student_s_t_over_the_fewest_clusters():
    from scipy import stats

    est = ips.time_to_event(DATA, by="ips", cluster="town", **ASKED).estimates
    df = DATA.groupby("ips")["town"].nunique().min() - 1
    gaps = est[est["term"].isin(["incidence_difference", "restricted_mean_difference"])]
    assert (gaps["df"] == df).all()
    half = stats.t.ppf(0.975, df) * gaps["std_error"]
    np.testing.assert_allclose(gaps["ci_high"] - gaps["estimate"], half, rtol=1e-10)
    np.testing.assert_allclose(gaps["p_value"], 2 * stats.t.sf(np.abs(gaps["statistic"]), df), rtol=1e-10)
    cox = est[est["term"] == "ips"].iloc[0]
    assert cox["df"] == df
    assert cox["p_value"] == pytest.approx(2 * stats.t.sf(abs(cox["statistic"]), df), rel=1e-10)
    persons = ips.time_to_event(DATA, by="ips", **ASKED).estimates
    assert persons.loc[persons["term"] == "incidence_difference", "df"].isna().all()
