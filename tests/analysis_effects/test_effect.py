from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.analysis.effects import gate
from ipseval.core.errors import DesignError, EstimationError, IpsevalError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"
DATA = pd.read_csv(ORACLES / "effect_clusters" / "input.csv")
EXPECTED = pd.read_csv(ORACLES / "effect_clusters" / "expected.csv").set_index(["set", "term"])


def difference(result):
    return assert_result(result).estimates.set_index("term").loc["difference"]


def codes(result):
    return {n.code for n in result.notes}


def test_difference_of_means_is_welchs_t_without_clusters_but_with_satterthwaites_own_degrees():
    row = difference(ips.effect(DATA, outcome="y", treatment="volunteer"))
    t = stats.ttest_ind(DATA["y"][DATA["volunteer"] == 1], DATA["y"][DATA["volunteer"] == 0], equal_var=False)
    assert row["statistic"] == pytest.approx(t.statistic)
    # Welch's degrees plug in the two variances; these take them as equal (Bell and McCaffrey).
    assert row["df"] == pytest.approx(t.df, rel=0.1)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(t.statistic), row["df"]))


def test_default_with_clusters_is_cr2_with_satterthwaite():
    half = DATA.assign(even=(DATA["town"] % 2).astype(int))
    result = ips.effect(half, outcome="y", treatment="even", cluster="town")
    row = difference(result)
    assert 4 < row["df"] < 12
    assert result.method.test == "test_cr2"
    said = next(n for n in result.notes if n.code == "gate_cr2").sentence
    assert "12 clusters, 6 with treated" in said


def test_three_treated_towns_are_held_against_the_others_shocks():
    result = assert_result(ips.effect(DATA, outcome="y", treatment="treat", cluster="town"))
    row = difference(result)
    assert result.method.test == "test_larger_p"
    assert (row["p_value"] < 0.05) == (row["ci_low"] > 0 or row["ci_high"] < 0)
    said = next(n for n in result.notes if n.code == "gate_larger_p").sentence
    assert "Only 3 of 12 clusters" in said
    refused = ips.effect(DATA, outcome="y", treatment="treat", cluster="town", vcov="cr2")
    assert difference(refused)["status"] == "refused"
    assert "gate_df" in codes(refused)
    few = ips.effect(
        DATA[DATA["town"].isin([0, 1, 4, 5, 6, 7])], outcome="y", treatment="treat", cluster="town"
    )
    assert "gate_df" in codes(few)
    assert "gate_dealt_few" in codes(
        ips.effect(
            DATA[DATA["town"].isin([0, 1, 4, 5, 6, 7])],
            outcome="y",
            treatment="treat",
            cluster="town",
            vcov="ferman_pinto",
        )
    )


@pytest.mark.parametrize("role", ["after", "outcome", "id"])
def test_covariates_declared_as_not_known_before_treatment_are_refused(role):
    for made in (
        lambda: ips.effect(DATA, outcome="y", treatment="volunteer", covariates=["x"], roles={"x": role}),
        lambda: ips.match("volunteer ~ x", DATA, roles={"x": role}),
        lambda: ips.weight("volunteer ~ x", DATA, roles={"x": role}),
    ):
        with pytest.raises(DesignError, match=f"declared '{role}'"):
            made()
    with pytest.raises(DesignError, match="roles= knows"):
        ips.match("volunteer ~ x", DATA, roles={"x": "later"})
    ips.match("volunteer ~ x", DATA, roles={"x": "before", "y": "outcome"})


def test_regression_with_a_constant_slope_matches_r_within_its_own_model():
    # With a covariate that is centred and equally spread the interacted model's ATE is close to R's additive
    # one, not equal: equality is held on the additive fit by the kernels' own oracle test.
    row = difference(ips.effect(DATA, outcome="y", treatment="volunteer", covariates=["x"], cluster="town"))
    assert row["estimate"] == pytest.approx(EXPECTED.loc[("within", "volunteer"), "estimate"], abs=0.1)


@pytest.mark.parametrize(("target", "arm"), [("ATT", 1), ("ATC", 0), ("ATE", None)])
def test_regression_is_g_computation(target, arm):
    result = ips.effect(DATA, outcome="y", treatment="volunteer", covariates=["x", "w"], estimand=target)
    full = np.column_stack([np.ones(len(DATA)), DATA[["x", "w"]]])
    predicted = []
    for level in (1, 0):
        own = (DATA["volunteer"] == level).to_numpy()
        predicted.append(full @ np.linalg.lstsq(full[own], DATA["y"][own], rcond=None)[0])
    who = np.ones(len(DATA), bool) if arm is None else (DATA["volunteer"] == arm).to_numpy()
    assert difference(result)["estimate"] == pytest.approx((predicted[0] - predicted[1])[who].mean())


@pytest.mark.parametrize("target", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("outcome", ["y", "job"])
def test_aipw_equals_its_textbook_form(target, outcome):
    from ipseval.analysis.effects.estimators import cross_fit, folds_of

    d, y = DATA["volunteer"].to_numpy(float), DATA[outcome].to_numpy(float)
    result = ips.effect(
        DATA,
        outcome=outcome,
        treatment="volunteer",
        covariates=["x", "w"],
        method="aipw",
        estimand=target,
        folds=4,
    )
    folds = folds_of(np.arange(len(d)), 4, 20260101)
    x = DATA[["x", "w"]].to_numpy(float)
    f = cross_fit(y, d, x, np.ones(len(d)), folds, binary=outcome == "job")
    e = f.chance
    if target == "ATE":
        score = f.treated - f.control + d * (y - f.treated) / e - (1 - d) * (y - f.control) / (1 - e)
        expected, error = score.mean(), score.std() / np.sqrt(len(d))
        assert difference(result)["std_error"] == pytest.approx(error)
    elif target == "ATT":
        w = (1 - d) * e / (1 - e)
        expected = (d * (y - f.control)).sum() / d.sum() - (w * (y - f.control)).sum() / w.sum()
    else:
        w = d * (1 - e) / e
        expected = (w * (y - f.treated)).sum() / w.sum() - ((1 - d) * (y - f.treated)).sum() / (1 - d).sum()
    assert difference(result)["estimate"] == pytest.approx(expected)


def test_clusters_are_held_out_whole_by_aipw():
    result = ips.effect(
        DATA, outcome="y", treatment="volunteer", covariates=["x"], method="aipw", cluster="town"
    )
    assert result.method.test == "test_wild"
    assert np.isfinite(difference(result)["ci_low"])


def test_offer_is_judged_by_placing_the_municipalities():
    result = ips.effect(DATA, outcome="y", treatment="treat", cluster="town", question="offer")
    row = difference(result)
    assert result.method.test == "test_randomisation"
    known = result.extras["attainable"].set_index("quantity")["value"]
    assert known["smallest_p_placements"] == pytest.approx(1 / 220)
    assert known["smallest_p_sign_patterns"] == pytest.approx(2.0**-11)
    assert row["p_value"] * 220 == pytest.approx(round(row["p_value"] * 220))
    arms = DATA.groupby("treat")["y"].mean()
    assert row["estimate"] == pytest.approx(arms[1] - arms[0])
    adjusted = ips.effect(
        DATA, outcome="y", treatment="treat", cluster="town", question="offer", covariates=["x"]
    )
    assert difference(adjusted)["ci_low"] < difference(adjusted)["estimate"] < difference(adjusted)["ci_high"]


REFUSALS = [
    ({"question": "offer"}, "treat", "gate_offer_needs_clusters"),
    ({"question": "offer", "cluster": "town"}, "volunteer", "gate_offer_split"),
    ({"cluster": "town", "vcov": "randomisation"}, "treat", "gate_no_volunteers_elsewhere"),
    ({"cluster": "town", "vcov": "hc2"}, "treat", "gate_ignores_clusters"),
    ({"cluster": "town", "vcov": "wild"}, "treat", "gate_wild_few_treated"),
    ({"cluster": "town", "vcov": "sandwich"}, "treat", "gate_large_sample"),
    ({"cluster": "town"}, "first", "gate_one_treated"),
    ({"cluster": "town"}, "last", "gate_one_control"),
    ({"vcov": "cr2"}, "treat", "gate_needs_clusters"),
    ({"vcov": "abadie_imbens"}, "treat", "gate_not_reused"),
    (
        {"cluster": "town", "method": "aipw", "estimand": "ATE", "covariates": ["x"]},
        "volunteer",
        "gate_not_linear",
    ),
]


@pytest.mark.parametrize(("options", "treatment", "code"), REFUSALS, ids=[r[2] for r in REFUSALS])
def test_what_is_invalid_is_refused_with_a_sentence(options, treatment, code):
    data = DATA.assign(first=(DATA["town"] == 0).astype(int), last=(DATA["town"] < 11).astype(int))
    result = ips.effect(data, outcome="y", treatment=treatment, **options)
    row = difference(result)
    assert row["status"] == "refused"
    assert np.isnan(row["estimate"])
    assert np.isnan(row["p_value"])
    assert code in codes(result)
    assert result.estimates["estimate"].notna().sum() == 2, "the two means stay as description"


def test_three_clusters_never_give_p_0_and_say_why():
    data = DATA[DATA["town"].isin([0, 1, 4])]
    result = ips.effect(data, outcome="y", treatment="volunteer", cluster="town", vcov="wild")
    assert "gate_signs_few" in codes(result)
    sentence = next(n for n in result.notes if n.code == "gate_signs_few").sentence
    assert "0.25" in sentence
    few = ips.effect(
        data, outcome="y", treatment="treat", cluster="town", question="offer", vcov="randomisation"
    )
    assert "gate_placements_few" in codes(few)


def test_wild_bootstrap_is_offered_where_treated_clusters_are_many():
    rng = np.random.default_rng(1)
    town = np.repeat(np.arange(13), 9)
    data = pd.DataFrame({"town": town, "treat": (town % 2).astype(int), "y": rng.normal(size=len(town))})
    for vcov in ("wild", "webb"):
        row = difference(
            ips.effect(data, outcome="y", treatment="treat", cluster="town", vcov=vcov, resamples=499)
        )
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert (row["p_value"] < 0.05) == (row["ci_low"] > 0 or row["ci_high"] < 0)


def test_every_situation_has_a_choice_or_a_refusal_and_never_mixes_the_questions():
    for question, g, g1, split, df, linear in product(
        gate.QUESTIONS, (0, 2, 3, 12, 98), (1, 2, 3, 6), (0, 1), (0.5, 3.0), (True, False)
    ):
        if g and g1 > g:
            continue
        s = gate.Situation(question, 0.95, g, g1, max(g - g1, 0), split if g else 0, df, linear=linear)
        verdict = gate.judge(s)
        assert verdict.reason
        if verdict.chosen == "randomisation":
            assert question == "offer"
        if verdict.chosen:
            assert verdict.refused[verdict.chosen] == ""
        if question == "taking_part":
            assert verdict.refused["randomisation"] == "gate_no_volunteers_elsewhere"
        if g:
            assert verdict.chosen not in ("hc2", "m_estimation")


def test_ratios_of_a_binary_outcome_by_the_delta_method():
    result = ips.effect(DATA, outcome="job", treatment="volunteer")
    est = assert_result(result).estimates.set_index("term")
    counts = DATA.groupby("volunteer")["job"].agg(["sum", "count"])
    a, n1, c, n2 = (
        int(v) for v in (counts["sum"][1], counts["count"][1], counts["sum"][0], counts["count"][0])
    )
    plain = ips.two_by_two(a, n1, c, n2).estimates.set_index("term")
    for term, name in (("difference", "wald"), ("risk_ratio", "risk_ratio"), ("odds_ratio", "odds_ratio")):
        assert est.loc[term, "estimate"] == pytest.approx(plain.loc[name, "estimate"])
        # HC2 of a share divides by n - 1 where the counts' formula divides by n
        assert est.loc[term, "std_error"] == pytest.approx(plain.loc[name, "std_error"], rel=0.03)


def test_missing_outcomes_are_counted_and_told():
    data = DATA.copy()
    data.loc[:4, "y"] = np.nan
    data.loc[7, "x"] = np.nan
    result = ips.effect(data, outcome="y", treatment="volunteer", covariates=["x"])
    flow = result.sample.groupby("step")["n"].sum()
    assert (flow["in_frame"], flow["effect_outcome_known"], flow["analysed"]) == (
        len(data),
        len(data) - 5,
        len(data) - 6,
    )
    assert sum(n.code == "effect_dropped" for n in result.notes) == 2


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"covariates": ["y"]}, "outcome"),
        ({}, {"covariates": ["volunteer"]}, "treatment"),
        ({"volunteer": 1}, {}, "only the treated arm"),
        ({"volunteer": np.nan}, {}, "missing in"),
        ({"town": np.nan}, {"cluster": "town"}, "missing in"),
        ({"y": "much"}, {}, "not a number"),
        ({"y": np.inf}, {}, "infinite"),
        ({}, {"method": "ipw"}, "covariates="),
        ({}, {"method": "difference", "covariates": ["x"]}, "covariates="),
        ({}, {"vcov": "bootstrap"}, "vcov="),
        ({}, {"question": "both"}, "question="),
        ({}, {"level": 95}, "level="),
        ({"w": -1.0}, {"weights": "w"}, "above 0"),
        ({"who": 1}, {"id": "who"}, "in both arms"),
        ({"k": 3.0}, {"covariates": ["k"]}, "cannot be fitted"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_without_a_value(change, options, message):
    data = DATA.assign(canary=987654321.0, **change)
    with pytest.raises(IpsevalError, match=message) as caught:
        ips.effect(data, outcome="y", treatment="volunteer", **options)
    assert isinstance(caught.value, DesignError | EstimationError)
    assert "987654321" not in str(caught.value)


def test_no_frame_is_changed():
    before = DATA.copy()
    ips.effect(DATA, outcome="y", treatment="volunteer", covariates=["x"], method="aipw")
    ips.match("volunteer ~ x", DATA)
    pd.testing.assert_frame_equal(DATA, before)


@pytest.mark.parametrize("options", [{}, {"cluster": "town"}, {"cluster": "town", "question": "offer"}])
def test_an_outcome_without_spread_is_refused_not_tested_on_rounding(options):
    result = ips.effect(DATA.assign(same=1.0), outcome="same", treatment="treat", **options)
    assert difference(result)["status"] == "refused"
    assert "effect_no_spread" in codes(result)


def test_a_model_that_fits_everybody_is_refused():
    small = pd.DataFrame({"t": [1, 1, 0, 0], "y": [1.0, 2, 3, 4], "x": [1.0, 2, 3, 5]})
    result = ips.effect(small, outcome="y", treatment="t", covariates=["x"])
    assert difference(result)["status"] == "refused"


@pytest.mark.parametrize("run", [
    lambda data: ips.effect(data, outcome="y", treatment="treat", covariates=["copy"], method="ipw"),
    lambda data: ips.weight("treat ~ copy", data),
])  # fmt: skip
def test_no_common_support_at_all_is_refused_with_the_counts(run):
    with pytest.raises(DesignError, match=r"no common support: all \d+ treated and all \d+ control"):
        run(DATA.assign(copy=DATA["treat"]).assign(treat=DATA["treat"]))


def test_other_kinds_of_columns_are_read_alike():
    data = DATA.assign(
        truth=DATA["treat"].astype("boolean"), name=("town " + DATA["town"].astype(str)).astype("string"),
        job_=DATA["job"].astype("Int64"),
    )  # fmt: skip
    one = difference(ips.effect(DATA, outcome="job", treatment="treat", cluster="town"))
    other = difference(ips.effect(data, outcome="job_", treatment="truth", cluster="name"))
    pd.testing.assert_series_equal(one.drop("outcome"), other.drop("outcome"))
