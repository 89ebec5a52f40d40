from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "odds_margins"


def people(name="small"):
    frame = pd.read_csv(ORACLE / "input.csv")
    return frame[frame["set"] == name]


@pytest.mark.parametrize("name", ["small", "large"])
def test_margins_equal_a_second_implementation_in_r(name):
    result = assert_result(ips.marginal_effects("job ~ age*C(gender) + edu + log(who5)", people(name)))
    ours = result.estimates.set_index(["term", "estimand"])
    expected = pd.read_csv(ORACLE / "expected.csv")
    theirs = expected[expected["set"] == name].set_index(["term", "estimand"]).loc[ours.index]
    ratio = ours["scale"] == "risk_ratio"
    value = ours["estimate"].where(~ratio, np.log(ours["estimate"].where(ratio, 1.0)))
    np.testing.assert_allclose(value, theirs["value"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8, atol=1e-10)
    z = 1.959963984540054
    low = np.where(
        ratio, np.exp(theirs["value"] - z * theirs["std_error"]), theirs["value"] - z * theirs["std_error"]
    )
    plain = (ours["scale"] != "risk").to_numpy()
    np.testing.assert_allclose(ours["ci_low"][plain], low[plain], rtol=1e-7, atol=1e-9)
    risks = ours[~plain]
    middle = np.log(risks["estimate"] / (1 - risks["estimate"]))
    for end in ("ci_low", "ci_high"):
        logit = np.log(risks[end] / (1 - risks[end]))
        half = z * risks["std_error"] / (risks["estimate"] * (1 - risks["estimate"]))
        np.testing.assert_allclose(np.abs(logit - middle), half, rtol=1e-9)


def test_the_average_derivative_equals_statsmodels():
    frame = people("large")
    ours = ips.marginal_effects("job ~ age + who5", frame, per={"who5": 10}).estimates
    ours = ours[ours["estimand"] == "average_marginal_effect"]
    theirs = sm.Logit(frame["job"], sm.add_constant(frame[["age", "who5"]])).fit(disp=0).get_margeff()
    np.testing.assert_allclose(ours["estimate"] / [1, 10], theirs.margeff, rtol=1e-7)
    np.testing.assert_allclose(ours["std_error"] / [1, 10], theirs.margeff_se, rtol=1e-6)
    np.testing.assert_allclose(ours["p_value"], theirs.pvalues, rtol=1e-5)
    assert ours["term"].tolist() == ["age", "who5[per 10]"]


def test_one_factor_alone_gives_the_raw_risks():
    frame = people()
    ours = ips.marginal_effects("job ~ edu", frame).estimates.set_index(["term", "estimand"])["estimate"]
    raw = frame.groupby("edu")["job"].mean()
    for level in "abc":
        assert ours[f"edu[{level}]", "standardised_risk"] == pytest.approx(raw[level], rel=1e-9)
    assert ours["edu[c]", "risk_difference"] == pytest.approx(raw["c"] - raw["a"], rel=1e-9)
    assert ours["edu[c]", "risk_ratio"] == pytest.approx(raw["c"] / raw["a"], rel=1e-9)


@pytest.mark.parametrize("method", ["ml", "flic", "flac"])
def test_standardised_risks_average_to_the_observed_share(method):
    frame = people().assign(job=lambda d: (np.arange(len(d)) % 6 == 0).astype(int))
    est = ips.marginal_effects("job ~ edu", frame, method=method).estimates
    risk = est[est["estimand"] == "standardised_risk"].set_index("term")["estimate"]
    share = frame["edu"].value_counts(normalize=True)
    average = sum(share[level] * risk[f"edu[{level}]"] for level in "abc")
    assert average == pytest.approx(frame["job"].mean(), abs=1e-10)


def test_firths_own_intercept_is_not_offered():
    with pytest.raises(EstimationError, match="method="):
        ips.marginal_effects("job ~ age", people(), method="firth")


def test_separated_data_are_refused_and_flic_answers():
    frame = people().assign(job=lambda d: np.where(d["edu"] == "c", 1, d["job"]))
    result = assert_result(ips.marginal_effects("job ~ edu", frame))
    assert (result.estimates["status"] == "refused").all()
    assert (
        assert_result(ips.marginal_effects("job ~ edu", frame, method="flic")).estimates["status"] == "ok"
    ).all()


def test_bootstrap_limits_lie_near_the_delta_limits_and_carry_no_p():
    frame = people("large")
    boot = assert_result(ips.marginal_effects("job ~ C(gender)", frame, interval="bootstrap", resamples=999))
    delta = ips.marginal_effects("job ~ C(gender)", frame).estimates
    assert boot.estimates["p_value"].isna().all()
    rows = delta["scale"] != "risk_ratio"
    np.testing.assert_allclose(boot.estimates["ci_low"][rows], delta["ci_low"][rows], atol=0.015)
    flic = ips.marginal_effects("job ~ age", frame, method="flic", interval="bootstrap", resamples=999)
    assert (assert_result(flic).estimates["status"] == "refused").all()


def test_nobody_and_one_class():
    frame = people().assign(job=1)
    assert (
        assert_result(ips.marginal_effects("job ~ age + edu", frame)).estimates["status"] == "refused"
    ).all()
    frame["job"] = np.nan
    assert (assert_result(ips.marginal_effects("job ~ age", frame)).estimates["status"] == "refused").all()
