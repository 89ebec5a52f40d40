from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels import bounds
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "attrition"


def oracle_frame():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""]).dropna(subset=["who5"])
    frame["female"] = (frame["sex"] == "f").astype(int)
    frame["who5"] = frame["who5"].where(frame["answered"] == 1)
    return frame


def test_it_equals_r():
    result = ips.attrition_bounds(
        oracle_frame(), outcome="who5", range=(0, 100), covariates=["age", "female"]
    )
    est = assert_result(result).estimates
    expected = pd.read_csv(ORACLE / "expected_bounds.csv")
    both = est.merge(expected, on="term", suffixes=("", "_r"))
    assert len(both) == len(expected)
    for column in ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value"):
        loose = np.where(both["term"] == "ipw", 1e-5, 1e-8) * np.maximum(1, np.abs(both[column + "_r"]))
        assert (np.abs(both[column] - both[column + "_r"]) <= loose).all(), column


def test_lee_trims_the_arm_that_answers_more():
    treated, control = np.array([1.0, 2, 3, 4, 5, 6]), np.array([2.0, 3, 4])
    found = bounds.lee_bounds(treated, 10, control, 10)
    assert found.trimmed == pytest.approx(0.5)
    assert (found.low, found.high) == (np.mean([1, 2, 3]) - 3, np.mean([4, 5, 6]) - 3)
    turned = bounds.lee_bounds(control, 10, treated, 10)
    assert (turned.low, turned.high) == (-found.high, -found.low)
    # A share that falls within a person keeps part of them: 6 answers, 10 percent cut, 5.4 persons left.
    assert bounds.trimmed_mean(treated, 0.1, top=True) == pytest.approx((1 + 2 + 3 + 4 + 5 + 0.4 * 6) / 5.4)


def test_imbens_manski_lies_between_one_and_two_sided_limits():
    low, high = bounds.Estimate(1.0, 0.5, 9), bounds.Estimate(1.4, 0.5, 9)
    ci = bounds.imbens_manski(low, high, 0.95)
    c = (1.0 - ci[0]) / 0.5
    assert stats.norm.ppf(0.95) < c < stats.norm.ppf(0.975)
    assert stats.norm.cdf(c + 0.8) - stats.norm.cdf(-c) == pytest.approx(0.95, abs=1e-10)
    point = bounds.imbens_manski(low, low, 0.95)
    assert point[0] == pytest.approx(1 - stats.norm.ppf(0.975) * 0.5)


def test_the_tipping_points_turn_the_estimate_and_its_interval():
    rng = np.random.default_rng(3)
    y = np.concatenate([rng.normal(8, 10, 40), np.full(15, np.nan)])
    result = assert_result(ips.attrition_bounds(pd.DataFrame({"gain": y}), outcome="gain", range=(-100, 100)))
    est = result.estimates.set_index("term")["estimate"]
    m, n = 15 / 55, 55
    shifted = est["complete_case"] + m * est["tipping_zero"]
    assert shifted == pytest.approx(0, abs=1e-12)
    d = est["tipping_unclear"]
    assert est["tipping_zero"] < d < 0
    se = np.sqrt(np.nanvar(y, ddof=1) / 40 + m * (1 - m) * d**2 / n)
    assert (est["complete_case"] + m * d) / se == pytest.approx(stats.t.ppf(0.975, 39), abs=1e-9)


def arms(events=((6, 10, 15), (9, 10, 15))):
    rows = []
    for arm, (k, answered, n) in zip(("control", "ips"), events, strict=True):
        rows += [(arm, 1.0)] * k + [(arm, 0.0)] * (answered - k) + [(arm, None)] * (n - answered)
    return pd.DataFrame(rows, columns=["arm", "job"])


def test_yes_no_outcomes_get_every_scenario_with_an_exact_p():
    result = assert_result(ips.attrition_bounds(arms(), outcome="job", range=(0, 1), treatment="arm"))
    grid = result.extras["tipping_grid"]
    assert len(grid) == 36
    row = grid[(grid["events_first_arm"] == 2) & (grid["events_second_arm"] == 4)].iloc[0]
    assert row["difference"] == pytest.approx((13 - 8) / 15)
    assert row["p_value"] == pytest.approx(stats.fisher_exact([[13, 2], [8, 7]]).pvalue, abs=1e-12)
    est = result.estimates.set_index("term")
    assert est.loc["worst_case", "estimate"] == pytest.approx((9 - 11) / 15)
    assert est.loc["best_case", "estimate"] == pytest.approx((14 - 6) / 15)
    assert est.loc["complete_case", "contrast"] == "ips - control"
    assert est.loc["manski_bounds", "ci_low"] < est.loc["worst_case", "estimate"]


def test_the_difference_of_those_who_answered_is_welch():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"arm": ["a"] * 20 + ["b"] * 30, "x": rng.normal(50, 10, 50)})
    row = ips.attrition_bounds(frame, outcome="x", range=(0, 100), treatment="arm").estimates.iloc[0]
    theirs = stats.ttest_ind(frame["x"][20:], frame["x"][:20], equal_var=False)
    assert row["p_value"] == pytest.approx(theirs.pvalue, abs=1e-12)
    assert row["ci_low"] == pytest.approx(theirs.confidence_interval().low, abs=1e-9)


def test_lower_is_better_exchanges_worst_and_best():
    first = ips.attrition_bounds(arms(), outcome="job", range=(0, 1), treatment="arm").estimates.set_index(
        "term"
    )
    turned = ips.attrition_bounds(
        arms(), outcome="job", range=(0, 1), treatment="arm", better="lower"
    ).estimates.set_index("term")
    assert first.loc["worst_case", "estimate"] == turned.loc["best_case", "estimate"]


def test_nobody_missing_leaves_no_bounds_apart():
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0], "z": [1, 0, 1]})
    est = assert_result(ips.attrition_bounds(frame, outcome="x", range=(0, 10))).estimates.set_index("term")
    assert est.loc["worst_case", "estimate"] == est.loc["best_case", "estimate"]
    assert est.loc["tipping_zero", "status"] == "refused"


def test_a_covariate_that_parts_the_groups_refuses_the_weights():
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, None, None, None], "z": [0, 0, 0, 1, 1, 1]})
    result = assert_result(ips.attrition_bounds(frame, outcome="x", range=(0, 10), covariates=["z"]))
    assert result.estimates.set_index("term").loc["ipw", "status"] == "refused"


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        ({"x": [1.0, 200.0]}, {}, "1 value(s) outside range"),
        ({"x": [np.nan, np.nan]}, {}, "no answer"),
        ({"x": [1.0, 2.0], "t": ["a", "a"]}, {"treatment": "t"}, "two arms"),
        ({"x": [1.0, 2.0], "z": [1.0, np.nan]}, {"covariates": ["z"]}, "missing on 1 row"),
        ({"x": [1.0, 2.0]}, {"range": (5, 1)}, "lowest, highest"),
    ],
)
def test_bad_input_gives_one_sentence(frame, options, said):
    with pytest.raises(EstimationError) as caught:
        ips.attrition_bounds(pd.DataFrame(frame), outcome="x", **{"range": (0, 100), **options})
    assert said in str(caught.value)
