from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

DATA = pd.read_csv(Path(__file__).parents[1] / "oracles" / "effect_clusters" / "input.csv").assign(
    old=lambda f: np.where(f["x"] > 0, "yes", "no"), third=lambda f: np.arange(len(f)) % 3
)


def test_effects_and_interactions_are_those_of_one_regression():
    result = assert_result(
        ips.effect_by(DATA, outcome="y", treatment="volunteer", by=["old", "third"], covariates=["w"])
    )
    est = result.estimates
    fit = smf.ols("y ~ C(old) * volunteer + w", DATA).fit(cov_type="HC2")
    ours = est[(est["term"] == "interaction") & est["group"].str.startswith("old")].iloc[0]
    assert ours["estimate"] == pytest.approx(fit.params["C(old)[T.yes]:volunteer"])
    assert ours["std_error"] == pytest.approx(fit.bse["C(old)[T.yes]:volunteer"])
    assert est.loc[est["term"] == "effect_in_group", "p_value"].isna().all()
    adjusted = result.extras["adjusted"]
    assert list(adjusted["family_size"]) == [3, 3, 3]
    assert (adjusted["p_holm"] >= adjusted["p_value"]).all()


def test_clusters_are_judged_by_the_gate_and_thin_groups_refused():
    result = assert_result(ips.effect_by(DATA, outcome="y", treatment="treat", by=["old"], cluster="town"))
    assert set(result.estimates["status"]) == {"refused"}, "three treated towns leave fewer than four degrees"
    half = DATA.assign(even=(DATA["town"] % 2).astype(int))
    many = assert_result(ips.effect_by(half, outcome="y", treatment="even", by=["old"], cluster="town"))
    assert many.estimates["df"].dropna().between(4, 12).all()
    alone = DATA.assign(first=(DATA["town"] == 0).astype(int))
    refused = assert_result(ips.effect_by(alone, outcome="y", treatment="first", by=["old"], cluster="town"))
    assert set(refused.estimates["status"]) == {"refused"}
    with pytest.raises(DesignError, match="in an arm"):
        ips.effect_by(DATA, outcome="y", treatment="treat", by=["town"])
    with pytest.raises(EstimationError, match="give a list"):
        ips.effect_by(DATA, outcome="y", treatment="treat", by="old")


def test_persons_are_known_by_their_id_and_stand_once():
    people = DATA.assign(id=[f"p{i}" for i in range(len(DATA))])
    asked = {"outcome": "y", "treatment": "volunteer", "by": ["old"], "id": "id"}
    found = ips.effect_by(people, **asked)
    same = ips.describe(people.sample(frac=1, random_state=1), columns=["old"], id="id")
    assert found.evidence.people.ids.tolist() == same.evidence.people.ids.tolist()
    assert found.estimates.equals(
        ips.effect_by(DATA, **{k: v for k, v in asked.items() if k != "id"}).estimates
    )
    with pytest.raises(EstimationError, match="2 row"):
        ips.effect_by(pd.concat([people, people.head(2)]), **asked)
    with pytest.raises(EstimationError, match="'who' is not a column"):
        ips.effect_by(people, **asked | {"id": "who"})
