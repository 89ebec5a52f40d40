"""What must not change an effect, and what must turn it, whatever the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips

SEEDS = st.integers(0, 10**6)
SHOWN = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
few = settings(max_examples=8, deadline=None)


def invented(seed, n=160):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    treat = (rng.random(n) < 1 / (1 + np.exp(-0.7 * x))).astype(int)
    return pd.DataFrame(
        {
            "id": rng.permutation(n) + 1000, "town": rng.integers(0, 14, n), "treat": treat, "x": x,
            "age": rng.normal(25, 3, n), "y": x + 0.5 * treat + rng.normal(size=n), "w": rng.uniform(0.5, 2, n),
        }
    )  # fmt: skip


def row_of(result):
    return result.estimates.set_index("term").loc["difference"]


def shown(result):
    return row_of(result)[SHOWN].to_numpy(float)


@pytest.mark.parametrize("target", ["ATE", "ATO", "ATT"])
@pytest.mark.parametrize("method", ["regression", "ipw", "aipw"])
@few
@given(seed=SEEDS)
def test_swapped_arms_turn_the_effect(method, target, seed):
    if target == "ATO" and method != "ipw":
        target = "ATE"
    data = invented(seed)
    swapped = data.assign(treat=1 - data["treat"])
    known = {"outcome": "y", "treatment": "treat", "covariates": ["x", "age"], "method": method}
    one = row_of(ips.effect(data, estimand=target, **known))
    other = row_of(ips.effect(swapped, estimand={"ATT": "ATC"}.get(target, target), **known))
    assert other["estimate"] == pytest.approx(-one["estimate"], abs=1e-6)
    assert other["std_error"] == pytest.approx(one["std_error"], rel=1e-5)
    assert (other["ci_low"], other["ci_high"]) == pytest.approx((-one["ci_high"], -one["ci_low"]), abs=1e-5)


@pytest.mark.parametrize("made", [
    lambda f, t: ips.weight("treat ~ x + age", f, estimand=t),
    lambda f, t: ips.weight("treat ~ x + age", f, method="entropy", estimand=t),
    lambda f, t: ips.match("treat ~ x + age", f, estimand=t, caliper=0.3),
])  # fmt: skip
@few
@given(seed=SEEDS)
def test_swapped_arms_turn_a_designs_att_into_minus_atc(made, seed):
    data = invented(seed)
    one = shown(ips.effect(made(data, "ATT"), outcome="y"))
    swapped = data.assign(treat=1 - data["treat"])
    other = shown(ips.effect(made(swapped, "ATC"), outcome="y"))
    np.testing.assert_allclose(other, [-one[0], one[1], -one[3], -one[2], one[4]], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("method", ["difference", "regression", "ipw"])
@few
@given(seed=SEEDS)
def test_the_same_person_twice_with_half_the_weight_changes_nothing(method, seed):
    data = invented(seed)
    twice = pd.concat([data, data], ignore_index=True).assign(w=lambda f: f["w"] / 2)
    known = [] if method == "difference" else ["x", "age"]
    found = [
        ips.effect(
            frame, outcome="y", treatment="treat", covariates=known, method=method, weights="w", id="id",
            vcov="sandwich",
        )
        for frame in (data, twice)
    ]  # fmt: skip
    np.testing.assert_allclose(shown(found[1]), shown(found[0]), rtol=1e-6, atol=1e-9)
    assert row_of(found[1])["n"] == row_of(found[0])["n"] == len(data)


WAYS = {
    "plain": lambda f: ips.effect(f, outcome="y", treatment="treat", id="id"),
    "regression": lambda f: ips.effect(f, outcome="y", treatment="treat", covariates=["x", "age"], id="id"),
    "ipw": lambda f: ips.effect(f, outcome="y", treatment="treat", covariates=["x"], method="ipw", id="id"),
    "cluster": lambda f: ips.effect(f, outcome="y", treatment="treat", cluster="town", id="id"),
    "nearest": lambda f: ips.effect(ips.match("treat ~ x + age", f, caliper=0.2, id="id"), outcome="y"),
    "optimal": lambda f: ips.effect(
        ips.match("treat ~ x", f, method="optimal", caliper=0.3, id="id"), outcome="y"
    ),
    "entropy": lambda f: ips.effect(ips.weight("treat ~ x + age", f, method="entropy", id="id"), outcome="y"),
}


@pytest.mark.parametrize("way", list(WAYS))
@few
@given(seed=SEEDS)
def test_renamed_people_and_another_order_of_rows_change_nothing(way, seed):
    data = invented(seed)
    rng = np.random.default_rng(seed)
    expected = shown(WAYS[way](data))
    renamed = data.assign(id=rng.permutation(data["id"].to_numpy()))
    np.testing.assert_array_equal(shown(WAYS[way](renamed)), expected)
    shuffled = data.sample(frac=1.0, random_state=seed % 2**32)
    np.testing.assert_allclose(shown(WAYS[way](shuffled)), expected, rtol=1e-6, atol=1e-9)


@few
@given(seed=SEEDS)
def test_row_order_moves_greedy_matches_only_where_ties_are_told(seed):
    rng = np.random.default_rng(seed)
    data = invented(seed)
    # Whole years: many controls stand equally far away.
    tied = data.assign(age=rng.integers(18, 22, len(data)))
    for frame, formula in ((data, "treat ~ x"), (tied, "treat ~ age")):
        orders = (frame, frame.sample(frac=1.0, random_state=seed % 2**32))
        designs = [ips.match(formula, one, caliper=0.1, id="id") for one in orders]
        told = {"design_ties" in {note.code for note in design.notes} for design in designs}
        assert told == {frame is tied}
        if frame is data:
            np.testing.assert_allclose(*(shown(ips.effect(one, outcome="y")) for one in designs), rtol=1e-9)
