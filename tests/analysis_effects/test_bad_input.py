"""Each way in which a comparison's data can be wrong is refused in one sentence, or told with its numbers."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, IpsevalError

CANARY = 987654.321


def people(n=80):
    rng = np.random.default_rng(7)
    treat = np.arange(n) % 2
    return pd.DataFrame(
        {
            "id": np.arange(n), "town": np.arange(n) // 2 % 20, "treat": treat, "x": rng.normal(size=n),
            "y": rng.normal(size=n) + treat, "after": rng.normal(size=n), "w": 1.0, "canary": CANARY,
        }
    )  # fmt: skip


def said(result):
    return {note.code: note.sentence for note in result.notes}


def refuses(message, call):
    with pytest.raises(DesignError, match=message) as caught:
        call()
    assert isinstance(caught.value, IpsevalError)
    assert str(CANARY) not in str(caught.value)
    assert str(caught.value).count("\n") == 0


def every_way(frame, formula="treat ~ x", **options):
    """Give each way of comparing the arms of a frame."""
    return (
        lambda: ips.match(formula, frame, **options),
        lambda: ips.match(formula, frame, method="optimal", **options),
        lambda: ips.match(formula, frame, method="full", **options),
        lambda: ips.weight(formula, frame, **options),
        lambda: ips.weight(formula, frame, method="entropy", **options),
        lambda: ips.weight(formula, frame, method="overlap", **options),
    )


@pytest.mark.parametrize(("arm", "word"), [(1, "treated"), (0, "control")])
def test_one_arm_only(arm, word):
    frame = people().assign(treat=arm)
    for call in every_way(frame):
        refuses(f"only the {word} arm in 80 row", call)
    for method in ("regression", "ipw", "aipw"):
        refuses(
            f"only the {word} arm in 80 row",
            lambda m=method: ips.effect(frame, outcome="y", treatment="treat", covariates=["x"], method=m),
        )


def test_an_arm_lost_to_missing_covariates():
    frame = people()
    frame.loc[frame["treat"] == 1, "x"] = np.nan
    for call in every_way(frame):
        refuses("40 row", call)
    refuses(
        "fewer than 2 treated",
        lambda: ips.effect(frame, outcome="y", treatment="treat", covariates=["x"]),
    )


def test_the_outcome_among_the_covariates():
    refuses("outcome", lambda: ips.effect(people(), outcome="y", treatment="treat", covariates=["x", "y"]))
    for call in every_way(people(), "treat ~ x + y"):
        refuses("outcome='y' is the treatment or a covariate", lambda c=call: ips.effect(c(), outcome="y"))
    frame = people().assign(town=1)
    stratified = ips.match("treat ~ x", frame, exact=["town"])
    refuses("covariate of the comparison", lambda: ips.effect(stratified, outcome="town"))


@pytest.mark.parametrize("role", ["after", "outcome", "id"])
def test_columns_measured_after_treatment(role):
    for call in every_way(people(), "treat ~ x + after", roles={"after": role}):
        refuses(f"'after', in roles= declared '{role}'", call)
    refuses(
        "known before treatment",
        lambda: ips.effect(
            people(), outcome="y", treatment="treat", covariates=["after"], roles={"after": role}
        ),
    )


def test_no_common_support_is_counted_by_arm():
    frame = people().assign(x=lambda f: f["x"] + 100 * f["treat"])
    every = "all 40 treated and all 40 control"
    refuses(every, lambda: ips.weight("treat ~ x", frame))
    refuses(every, lambda: ips.effect(frame, outcome="y", treatment="treat", covariates=["x"], method="ipw"))
    some = people()
    some["x"] = np.where(some["treat"] == 1, some["x"].rank() + 30, some["x"].rank())
    inside = {arm: some.loc[some["treat"] == arm, "x"] for arm in (0, 1)}
    treated = int((inside[1] > inside[0].max()).sum())
    control = int((inside[0] < inside[1].min()).sum())
    assert min(treated, control) > 0
    told = said(ips.weight("treat ~ x", some))["design_no_support"]
    assert f"{treated} treated" in told
    assert f"{control} control" in told


def test_a_stratum_without_controls():
    frame = people()
    frame["sex"] = np.where((frame["treat"] == 1) & (frame["id"] < 20), "only treated", "both")
    design = ips.match("treat ~ x", frame, exact=["sex"], id="id")
    assert {"design_stratum_alone", "design_dropped"} <= set(said(design))
    assert "10" in said(design)["design_dropped"]
    assert design.population.endswith("_matched")
    assert ((design.weight > 0) & (design.d == 1)).sum() == 30
    nobody = frame.assign(sex=frame["treat"])
    refuses("nobody was matched", lambda: ips.match("treat ~ x", nobody, exact=["sex"]))


def test_treated_people_who_also_stand_as_controls():
    frame = pd.concat([people(), people().query("treat == 1").head(5).assign(treat=0)], ignore_index=True)
    for call in every_way(frame, id="id"):
        refuses("repeats in 5 row", call)
    refuses(
        "5 person.s. in both arms",
        lambda: ips.effect(frame, outcome="y", treatment="treat", id="id"),
    )


def test_clusters_that_are_nested_in_nothing():
    both = pd.concat([people(), people().assign(town=lambda f: f["town"] + 1)], ignore_index=True)
    refuses(
        "80 person.s. of id='id' in more than one cluster",
        lambda: ips.effect(both, outcome="y", treatment="treat", cluster="town", id="id"),
    )
    alone = ips.effect(people(), outcome="y", treatment="treat", cluster="id")
    assert "holds one person" in said(alone)["effect_clusters_of_one"]
    plain = ips.effect(people(), outcome="y", treatment="treat")
    ours, theirs = (r.estimates.set_index("term").loc["difference"] for r in (alone, plain))
    assert ours["std_error"] == pytest.approx(theirs["std_error"])
    assert ours["df"] <= theirs["df"] + 1e-9
    one_town = ips.effect(people().assign(town=1), outcome="y", treatment="treat", cluster="town")
    assert one_town.estimates.set_index("term").loc["difference", "status"] == "refused"


def test_missing_covariates_are_left_out_by_a_named_policy():
    frame = people()
    frame.loc[frame["id"] < 7, "x"] = np.nan
    for method in ("regression", "ipw", "aipw"):
        result = ips.effect(frame, outcome="y", treatment="treat", covariates=["x"], method=method)
        assert result.method.missing == "complete_cases"
        assert "7" in said(result)["effect_dropped"]
        assert result.estimates.set_index("term").loc["difference", "n"] == 73
    for call in every_way(frame):
        assert "7 row(s) lack x" in said(call())["design_covariate_missing"]


def test_weights_that_explode_are_told_with_the_effective_number():
    frame = people().assign(w=lambda f: np.where(f["id"] == 1, 1000.0, 1.0))
    result = ips.effect(frame, outcome="y", treatment="treat", weights="w")
    assert set(said(result)) & {"design_low_n_treated", "design_low_n_control"} == {"design_low_n_treated"}
    assert "40 treated count as 1;" in said(result)["design_low_n_treated"]
    assert "96 %" in said(result)["design_low_n_treated"]
    steep = people(400)
    steep["x"] = steep["x"] + 2.5 * steep["treat"]
    for found in (
        ips.effect(steep, outcome="y", treatment="treat", covariates=["x"], method="ipw"),
        ips.weight("treat ~ x", steep),
    ):
        assert "controls count as" in said(found)["design_low_n_control"]


def test_a_time_column_with_gaps():
    waves = [people().assign(time=t, now=lambda f, t=t: f["treat"] * (t >= 2)) for t in (0, 1, 2, 5)]
    call = {"outcome": "y", "id": "id", "time": "time", "treatment": "now"}
    gap = ips.panel_effect(pd.concat(waves), **call)
    assert "time" in said(gap)["panel_uneven"]
    even = ips.panel_effect(pd.concat(waves[:3]), **call)
    assert "panel_uneven" not in said(even)
