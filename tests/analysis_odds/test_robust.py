import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import ipseval as ips
from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.logit_robust import cluster_robust
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


def compare(result, kind, renamed=None):
    ours = result.estimates.dropna(subset=["ci_low"]).set_index("term")
    theirs = expected(kind).rename(index=renamed or {}).loc[ours.index]
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["low"], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["high"], rtol=1e-7, atol=1e-8)
    for mine, other in (("std_error", "std_error"), ("statistic", "statistic"), ("p_value", "p")):
        np.testing.assert_allclose(ours[mine], theirs[other], rtol=1e-7)
    np.testing.assert_allclose(ours["df"], theirs["df"], rtol=1e-7)


def compare_joint(result, kind, name):
    joint = result.estimates.set_index("estimand").loc["global_test"]
    theirs = expected(kind).loc[name]
    for mine, other in (("statistic", "statistic"), ("p_value", "p"), ("df", "df")):
        assert joint[mine] == pytest.approx(theirs[other], rel=1e-7)
    row = int(np.flatnonzero(result.estimates["estimand"] == "global_test")[0])
    said = next(n for n in result.notes if n.code == "odds_f_test" and n.row == row)
    p = special.fdtrc(theirs["df"], float(said.values["below"]), theirs["statistic"])
    assert p == pytest.approx(theirs["p"], rel=5e-3), (
        "R's p is that of F with the degrees that the note tells"
    )


def test_cr2_equals_clubsandwich():
    result = assert_result(ips.odds_ratios(FORMULA, people(), cluster="town", interval="wald"))
    compare(result, "cr2")
    assert "9 clusters" in next(n for n in result.notes if n.code == "odds_clusters").sentence
    compare_joint(result, "cr2", "edu_joint")


@pytest.mark.parametrize(("kind", "cluster"), [("survey", None), ("survey_clusters", "town")])
def test_survey_weights_equal_svyglm(kind, cluster):
    result = ips.odds_ratios(FORMULA, people(), weights="weight", cluster=cluster, interval="wald")
    compare(assert_result(result), kind)
    compare_joint(result, kind, "edu_joint")


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


def copies_with_structure():
    imputed = pd.read_csv(ORACLE / "imputed.csv")
    person = imputed.groupby("imp").cumcount()
    return imputed.assign(third=1 + person % 3, place=person % 8, weight=1.0 + person % 4)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("pooled_factor", {}),
        ("pooled_clusters", {"cluster": "place"}),
        ("pooled_weights", {"weights": "weight"}),
    ],
)
def test_pooling_with_structure_and_a_factor_equals_a_second_implementation(kind, options):
    result = assert_result(
        ips.odds_ratios(
            "job ~ who5 + C(third)", copies_with_structure(), imputation="imp", interval="wald", **options
        )
    )
    renamed = {"third2": "third[2]", "third3": "third[3]"}
    compare(result, kind, renamed)
    compare_joint(result, kind, "third_joint")


@pytest.mark.parametrize("most", [2, 5])
def test_too_few_copies_or_clusters_to_test_a_factor(most):
    """Two copies leave D1 no degrees; nor do eight clusters that are also weighted, with four parameters."""
    frame = copies_with_structure().query("imp <= @most")
    options = {} if most == 2 else {"cluster": "place", "weights": "weight"}
    result = assert_result(
        ips.odds_ratios("job ~ who5 + C(third)", frame, imputation="imp", interval="wald", **options)
    )
    joint = result.estimates.set_index("estimand").loc["global_test"]
    assert joint["status"] == "refused"
    assert "odds_joint_not_found" in {n.code for n in result.notes}
    assert (result.estimates.loc[result.estimates["ci_low"].notna(), "status"] == "ok").all()


def test_pooling_copies_of_one_data_set_is_that_data_set():
    one = pd.read_csv(ORACLE / "imputed.csv").query("imp == 1")
    twice = pd.concat([one, one.assign(imp=2)])
    pooled = ips.odds_ratios("job ~ age + who5", twice, imputation="imp", interval="wald").estimates
    plain = ips.odds_ratios("job ~ age + who5", one, interval="wald", method="ml").estimates
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
    ],
)
def test_bad_calls(change, options, words):
    with pytest.raises(EstimationError, match=words):
        ips.odds_ratios("job ~ age", people().assign(**change), **options)


def test_persons_with_several_rows_are_counted_once_within_clusters():
    frame = people().assign(person=lambda d: d["town"] * 100 + d.groupby("town").cumcount() // 2)
    result = assert_result(ips.odds_ratios(FORMULA, frame, cluster="town", id="person", interval="wald"))
    plain = ips.odds_ratios(FORMULA, frame, cluster="town", interval="wald")
    pd.testing.assert_frame_equal(
        result.estimates.drop(columns=["n", "n_events"]), plain.estimates.drop(columns=["n", "n_events"])
    )
    persons = frame["person"].nunique()
    assert persons < len(frame)
    assert set(result.estimates["n"]) == {persons}
    assert result.base.n == persons
    assert result.sample["n"].tolist() == [persons] * 3
    assert set(result.estimates["n_events"]) == {frame.loc[frame["job"] == 1, "person"].nunique()}
    said = next(n for n in result.notes if n.code == "odds_repeated").values
    assert (said["n"], said["rows"]) == (persons, 180)
    support = result.extras["support"].set_index("row")
    assert support.loc["edu[b]", "n"] == frame.loc[frame["edu"] == "b", "person"].nunique()
    with pytest.raises(EstimationError, match="more than one 'town'"):
        ips.odds_ratios(
            FORMULA, frame.assign(person=np.arange(180) // 2), cluster="town", id="person", interval="wald"
        )
    with pytest.raises(EstimationError, match="repeats in"):
        ips.odds_ratios(FORMULA, frame, id="person", interval="wald", method="ml")


def test_clustered_errors_need_no_matrix_of_persons_by_persons():
    rng = np.random.default_rng(9)
    n = 6_000
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    fit = fit_logit(x, (rng.random(n) < 0.4).astype(float))
    tracemalloc.start()
    cluster_robust(fit, x, np.arange(n) % 60)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * n * 8 / 4
