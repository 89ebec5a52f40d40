from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels import sensitivity as kernel
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"
PEOPLE = pd.read_csv(ORACLES / "effect_matching" / "input.csv").assign(
    job=lambda f: (f["re78"] > 0).astype(int)
)
DATA = pd.read_csv(ORACLES / "effect_clusters" / "input.csv")


def test_e_value_equals_the_published_example():
    result = assert_result(ips.e_value(3.9, 1.8, 8.7))
    assert list(result.estimates["estimate"].round(2)) == [7.26, 3.0]
    assert list(ips.e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).estimates["estimate"].round(2)) == [7.26, 3.0]
    assert ips.e_value(1.4, 0.9, 2.1).estimates["estimate"].iloc[1] == 1.0


def test_e_values_of_other_measures_go_through_the_risk_ratio():
    odds = ips.e_value(4.0, 2.25, 9.0, measure="odds_ratio").estimates["estimate"]
    plain = ips.e_value(2.0, 1.5, 3.0).estimates["estimate"]
    np.testing.assert_allclose(odds, plain)
    difference = ips.e_value(0.2, 0.1, 0.3, measure="risk_difference", baseline=0.2).estimates["estimate"]
    np.testing.assert_allclose(difference, plain)
    with pytest.raises(EstimationError, match="baseline="):
        ips.e_value(0.2, 0.1, 0.3, measure="risk_difference")
    with pytest.raises(EstimationError, match="hold estimate="):
        ips.e_value(4, 5, 6)


@pytest.mark.parametrize("gamma", [1.0, 1.7])
def test_signed_rank_bounds_equal_enumeration(gamma):
    d = np.array([1.5, -0.5, 2.0, 2.0, 3.1, -1.5, 0.0, 4.0])
    ranks = stats.rankdata(np.abs(d[d != 0]))
    seen = ranks[d[d != 0] > 0].sum()
    for p, ours in zip(
        (1 / (1 + gamma), gamma / (1 + gamma)), kernel.signed_rank_bound(d, gamma), strict=True
    ):
        expected = sum(
            np.prod([p if s else 1 - p for s in signs])
            for signs in product([0, 1], repeat=len(ranks))
            if ranks @ np.array(signs) >= seen - 1e-9
        )
        assert ours == pytest.approx(expected)


def test_mcnemar_bounds_at_no_bias_are_the_exact_test_and_widen():
    low, high = kernel.mcnemar_bound(14, 5, 1.0)
    assert low == high == pytest.approx(stats.binomtest(14, 19, alternative="greater").pvalue)
    low, high = kernel.mcnemar_bound(14, 5, 2.0)
    assert high == pytest.approx(stats.binomtest(14, 19, 2 / 3, alternative="greater").pvalue)
    assert low < high


@pytest.mark.parametrize("outcome", ["re78", "job"])
def test_rosenbaum_bounds_of_a_design(outcome):
    design = ips.match("treat ~ years + educ + married + re74 + re75", PEOPLE, id="id")
    result = assert_result(ips.rosenbaum_bounds(design, outcome=outcome))
    est = result.estimates
    assert est["p_value"].dropna().is_monotonic_increasing
    assert est["term"].iloc[-1] == "tipping_gamma"
    if outcome == "re78":
        ids = design.subclass
        y = PEOPLE["re78"].to_numpy()
        gaps = [
            y[(ids == k) & (design.d == 1)][0] - y[(ids == k) & (design.d == 0)][0]
            for k in range(ids.max() + 1)
        ]
        assert est["p_value"].iloc[0] == pytest.approx(stats.wilcoxon(gaps, method="approx").pvalue, rel=0.02)
    with pytest.raises(DesignError, match="1:1"):
        ips.rosenbaum_bounds(ips.match("treat ~ educ", PEOPLE, ratio=2), outcome=outcome)
    with pytest.raises(EstimationError, match="gammas="):
        ips.rosenbaum_bounds(design, outcome=outcome, gammas=[0.5])


def test_the_tipping_gamma_is_where_the_verdict_turns():
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"treat": np.tile([1, 0], 60), "x": np.repeat(rng.normal(size=60), 2)})
    people["y"] = people["treat"] * 0.9 + rng.normal(size=120)
    design = ips.match("treat ~ x", people)
    tipping = ips.rosenbaum_bounds(design, outcome="y").estimates["estimate"].iloc[-1]
    near = ips.rosenbaum_bounds(design, outcome="y", gammas=[tipping - 1e-6, tipping + 1e-6]).estimates[
        "p_value"
    ]
    assert near[0] <= 0.05 < near[1]
    assert tipping > 1


def test_robustness_value_equals_the_published_example():
    est = assert_result(ips.robustness_value(4.184, 783)).estimates.set_index("term")["estimate"]
    assert est["partial_r2"] == pytest.approx(0.0219, abs=5e-5)
    assert est["robustness_value"] == pytest.approx(0.1388, abs=5e-5)
    assert est["robustness_value_level"] == pytest.approx(0.076, abs=5e-4)
    assert ips.robustness_value(1.0, 50).estimates["estimate"].iloc[2] == 0.0


def test_triangulation_keeps_rows_and_refuses_to_mix():
    options = {"outcome": "y", "treatment": "volunteer"}
    one = ips.effect(DATA, covariates=["x"], **options)
    two = ips.effect(ips.match("volunteer ~ x", DATA), outcome="y")
    three = ips.effect(DATA, covariates=["x"], cluster="town", vcov="randomisation", **options)
    result = assert_result(ips.triangulate({"regression": one, "matched": two, "placed": three}))
    assert list(result.estimates["term"]) == ["regression", "matched", "placed"]
    assert list(result.estimates["status"]) == ["ok", "ok", "refused"]
    assert len(ips.forest(result, lang="en").get_yticks()) == 3
    ate = ips.effect(DATA, covariates=["x"], estimand="ATE", **options)
    mixed = ips.triangulate({"att": one, "ate": ate})
    assert any(n.code == "triangulate_estimands" for n in mixed.notes)
    offer = ips.effect(DATA, outcome="y", treatment="treat", cluster="town", question="offer")
    for other in (offer, ips.effect(DATA, outcome="job", treatment="volunteer")):
        with pytest.raises(EstimationError, match="mixes"):
            ips.triangulate({"a": one, "b": other})
    with pytest.raises(EstimationError, match="two or more"):
        ips.triangulate({"a": one})


def test_tables_of_sensitivity_speak_words_and_danish_numbers():
    design = ips.match("treat ~ years + educ", PEOPLE, id="id")
    bounds = ips.table(ips.rosenbaum_bounds(design, outcome="re78", gammas=[1, 1.5]), lang="da").to_markdown()
    assert "| gamma 1,5 | Mindste p |" in bounds
    assert "gamma_" not in bounds
    assert "p_lower" not in bounds
    for lang, base in (("da", "trykt eller beregnet"), ("en", "published or computed")):
        alone = ips.table(ips.e_value(3.9, 1.8, 8.7), lang=lang).to_markdown()
        assert base in alone
        assert "n = 0" not in alone
        assert " 0 person" not in alone


def test_numbers_in_the_gates_sentences_follow_the_language():
    towns = DATA.assign(town=DATA["town"].astype(str))
    result = ips.effect(towns, outcome="y", treatment="volunteer", cluster="town", vcov="cr2")
    df = next(n.values["df"] for n in result.notes if "df" in n.values)
    assert isinstance(df, float)
    said = {lang: ips.table(result, lang=lang).to_markdown() for lang in ("da", "en")}
    assert f"{df:.4g} degrees of freedom" in said["en"]
    assert f"{df:.4g}".replace(".", ",") + " frihedsgrader" in said["da"]
