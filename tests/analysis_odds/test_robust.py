from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "odds_robust"
FORMULA = "job ~ age + C(gender) + edu + who5"
NAMES = {"gender2": "gender[2]", "factor(gender)2": "gender[2]", "edub": "edu[b]", "educ": "edu[c]"}


def expected(kind):
    frame = pd.read_csv(ORACLE / "expected.csv").replace({"term": NAMES})
    return frame[frame["kind"] == kind].set_index("term")


def people():
    return pd.read_csv(ORACLE / "input.csv")


def compare(result, kind):
    ours = result.estimates.dropna(subset=["ci_low"]).set_index("term")
    theirs = expected(kind).loc[ours.index]
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-7)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["low"], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["high"], rtol=1e-7, atol=1e-8)
    for mine, other in (("std_error", "std_error"), ("statistic", "statistic"), ("p_value", "p")):
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-7)
    np.testing.assert_allclose(ours["df"], theirs["df"], rtol=1e-7)


def test_cr2_equals_clubsandwich():
    result = assert_result(ips.odds_ratios(FORMULA, people(), cluster="town", interval="wald"))
    compare(result, "cr2")
    assert "9 clusters" in next(n for n in result.notes if n.code == "odds_clusters").sentence
    joint = result.estimates[result.estimates["estimand"] == "global_test"]
    assert joint["status"].tolist() == ["refused"]


@pytest.mark.parametrize(("kind", "cluster"), [("survey", None), ("survey_clusters", "town")])
def test_survey_weights_equal_svyglm(kind, cluster):
    result = ips.odds_ratios(FORMULA, people(), weights="weight", cluster=cluster, interval="wald")
    compare(assert_result(result), kind)
    joint = result.estimates.set_index("estimand").loc["global_test"]
    theirs = expected(kind).loc["edu_joint"]
    assert joint["statistic"] == pytest.approx(theirs["statistic"], rel=1e-7)
    assert joint["p_value"] == pytest.approx(theirs["p"], rel=1e-7)


def test_weights_may_be_rescaled():
    frame = people()
    one = ips.odds_ratios(FORMULA, frame, weights="weight", interval="wald").estimates
    two = ips.odds_ratios(
        FORMULA, frame.assign(weight=frame["weight"] * 37), weights="weight", interval="wald"
    )
    pd.testing.assert_frame_equal(one, two.estimates, rtol=1e-9)


def test_pooling_equals_mice():
    imputed = pd.read_csv(ORACLE / "imputed.csv")
    result = assert_result(
        ips.odds_ratios("job ~ age + C(gender) + who5", imputed, imputation="imp", interval="wald")
    )
    compare(result, "pooled")
    assert result.estimates["n"].max() == 90
    assert result.sample["n"].iloc[0] == 90


def test_pooling_copies_of_one_data_set_is_that_data_set():
    one = pd.read_csv(ORACLE / "imputed.csv").query("imp == 1")
    twice = pd.concat([one, one.assign(imp=2)])
    pooled = ips.odds_ratios("job ~ age + who5", twice, imputation="imp", interval="wald").estimates
    plain = ips.odds_ratios("job ~ age + who5", one, interval="wald").estimates
    for name in ("estimate", "std_error"):
        np.testing.assert_allclose(pooled[name], plain[name], rtol=1e-9)


def test_what_cannot_be_done_is_refused():
    imputed = pd.read_csv(ORACLE / "imputed.csv")
    holes = imputed.assign(who5=imputed["who5"].where(np.arange(len(imputed)) != 100))
    result = assert_result(ips.odds_ratios("job ~ who5", holes, imputation="imp", interval="wald"))
    assert "odds_imputations_differ" in {n.code for n in result.notes}
    few = people().assign(town=lambda d: d["town"] % 3)
    result = assert_result(ips.odds_ratios("job ~ age", few, cluster="town", interval="wald"))
    assert "odds_too_few_clusters" in {n.code for n in result.notes}
    apart = people().assign(job=lambda d: np.where(d["edu"] == "c", 1, d["job"]))
    for options in ({"cluster": "town"}, {"weights": "weight"}):
        result = assert_result(ips.odds_ratios("job ~ edu", apart, interval="wald", **options))
        assert (result.estimates["status"] == "refused").all()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"cluster": "town"}, "interval='wald'"),
        ({}, {"cluster": "towm", "interval": "wald"}, "did you mean 'town'"),
        ({}, {"weights": "weight", "interval": "wald", "test": "lr"}, "test="),
        ({"weight": -1.0}, {"weights": "weight", "interval": "wald"}, "180 row"),
        ({"town": np.nan}, {"cluster": "town", "interval": "wald"}, "missing in 180"),
        ({"imp": 1}, {"imputation": "imp", "interval": "wald"}, "one copy only"),
        ({"imp": 1}, {"imputation": "imp", "cluster": "town", "interval": "wald"}, "cannot be combined"),
    ],
)
def test_bad_calls(change, options, words):
    with pytest.raises(EstimationError, match=words):
        ips.odds_ratios("job ~ age", people().assign(**change), **options)
