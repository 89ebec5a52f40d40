from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.logit_resample import resample_counts
from ipseval.analysis.kernels.roc import auc, calibration_slope, hosmer_lemeshow
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"


@pytest.mark.parametrize("name", ["smooth", "tied"])
def test_given_risks_equal_proc_and_glm(name):
    people = pd.read_csv(ORACLES / "odds_calibration" / "input.csv")
    expected = pd.read_csv(ORACLES / "odds_calibration" / "expected.csv")
    result = assert_result(ips.discrimination(people[people["set"] == name], outcome="y", predicted="risk"))
    ours = result.estimates.set_index("estimand")
    theirs = expected[expected["set"] == name].set_index("estimand").loc[ours.index]
    for mine, other in (
        ("estimate", "estimate"),
        ("std_error", "std_error"),
        ("ci_low", "low"),
        ("ci_high", "high"),
    ):
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ours["p_value"], theirs["p"], rtol=1e-7)


def people(n=150):
    frame = pd.read_csv(ORACLES / "odds_ratios" / "input.csv")
    return frame[frame["set"] == "large"].head(n)


def test_a_model_judged_on_its_own_persons():
    result = assert_result(ips.calibration("job ~ age + C(gender) + who5", people(), resamples=150))
    est = result.estimates.set_index(["contrast", "estimand"])
    assert est.loc[("apparent", "calibration_slope"), "estimate"] == pytest.approx(1, abs=1e-8)
    assert est.loc[("apparent", "calibration_intercept"), "estimate"] == pytest.approx(0, abs=1e-8)
    corrected = est.loc["optimism_corrected"]["estimate"]
    apparent = est.loc["apparent"]["estimate"]
    assert corrected["auc"] < apparent["auc"]
    assert corrected["brier"] > apparent["brier"]
    assert corrected["calibration_slope"] < 1
    width = est["ci_high"] - est["ci_low"]
    assert width["optimism_corrected", "auc"] == pytest.approx(width["apparent", "auc"])


def test_the_optimism_by_brute_force():
    frame = people(80)
    result = ips.calibration("job ~ age + who5", frame, resamples=100, seed=5)
    x = np.column_stack([np.ones(80), frame["age"], frame["who5"]]).astype(float)
    y = frame["job"].to_numpy(float)
    gaps = []
    for row in resample_counts(80, 100, np.random.default_rng(5)):
        at = np.repeat(np.arange(80), row)
        beta = fit_logit(x[at], y[at]).beta
        gaps.append([auc(x[at] @ beta, y[at]) - auc(x @ beta, y), 1 - calibration_slope(x @ beta, y)[0]])
    est = result.estimates.set_index(["contrast", "estimand"])["estimate"]
    gap = np.mean(gaps, axis=0)
    assert est["apparent", "auc"] - est["optimism_corrected", "auc"] == pytest.approx(gap[0], abs=1e-9)
    assert 1 - est["optimism_corrected", "calibration_slope"] == pytest.approx(gap[1], abs=1e-8)


def test_auc_by_counting_pairs():
    rng = np.random.default_rng(2)
    risk, y = rng.integers(0, 5, 30).astype(float), rng.integers(0, 2, 30).astype(float)
    pairs = np.subtract.outer(risk[y == 1], risk[y == 0])
    assert auc(risk, y) == pytest.approx((pairs > 0).mean() + 0.5 * (pairs == 0).mean())


def test_hosmer_lemeshow_only_on_request_and_by_hand():
    frame = people()
    plain = ips.calibration("job ~ age", frame, resamples=100)
    assert "hosmer_lemeshow" not in set(plain.estimates["estimand"])
    asked = assert_result(ips.calibration("job ~ age + who5", frame, resamples=100, hosmer_lemeshow=10))
    row = asked.estimates.set_index("estimand").loc["hosmer_lemeshow"]
    assert row["df"] == 8
    risk = np.repeat([0.2, 0.5, 0.8], 10)
    y = np.concatenate([np.eye(1, 10).ravel(), np.tile([0.0, 1.0], 5), np.ones(10)])
    by_hand = (1 - 2) ** 2 / (2 * 0.8) + 0 + (10 - 8) ** 2 / (8 * 0.2)
    assert hosmer_lemeshow(risk, y, 3) == (pytest.approx(by_hand), 3)


def test_small_separating_data_refuse_the_correction_and_flic_answers():
    frame = people(26)
    refused = assert_result(ips.calibration("job ~ age + C(gender) + edu + who5", frame, resamples=100))
    status = refused.estimates.set_index(["contrast", "estimand"])["status"]
    assert (status["optimism_corrected"] == "refused").all()
    flic = assert_result(
        ips.calibration("job ~ age + C(gender) + edu + who5", frame, resamples=100, method="flic")
    )
    assert (flic.estimates["status"] == "ok").all()
    apparent = flic.estimates.set_index(["contrast", "estimand"])["estimate"]["apparent"]
    assert apparent["calibration_intercept"] == pytest.approx(0, abs=1e-9)
    assert apparent["calibration_slope"] > 1


def test_refusals_and_bad_calls():
    frame = people()
    one = assert_result(ips.calibration("job ~ age", frame.assign(job=1)))
    assert (one.estimates["status"] == "refused").all()
    none = assert_result(ips.discrimination(frame.assign(job=1, risk=0.5), outcome="job", predicted="risk"))
    assert (none.estimates["status"] == "refused").all()
    with pytest.raises(EstimationError, match="outside"):
        ips.discrimination(frame.assign(risk=1.2), outcome="job", predicted="risk")
    with pytest.raises(EstimationError, match="at least 100"):
        ips.calibration("job ~ age", frame, resamples=10)
    with pytest.raises(EstimationError, match="at least 3"):
        ips.calibration("job ~ age", frame, resamples=100, hosmer_lemeshow=2)
