import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips

MIRROR = {"ATE": "ATE", "ATO": "ATO", "ATT": "ATC", "ATC": "ATT"}


def people(seed, n=60):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": np.arange(n), "x": rng.normal(size=n), "z": rng.normal(size=n)})
    frame["treat"] = (rng.random(n) < 1 / (1 + np.exp(-0.6 * frame["x"]))).astype(int)
    frame.loc[:3, "treat"], frame.loc[4:7, "treat"] = 1, 0
    frame["y"] = frame["x"] + 0.5 * frame["treat"] + rng.normal(size=n)
    return frame


def row(frame, **options):
    result = ips.effect(frame, outcome="y", treatment="treat", **options)
    return result.estimates.set_index("term").loc["difference"]


@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from(list(MIRROR)),
    st.sampled_from(["regression", "ipw", "difference"]),
)
def test_swapping_arms_flips_the_ate_and_turns_att_into_minus_atc(seed, target, method):
    if target == "ATO" and method != "ipw":
        method = "ipw"
    frame = people(seed)
    options = {"method": method, "covariates": [] if method == "difference" else ["x", "z"]}
    one = row(frame, estimand=target, **options)
    other = row(frame.assign(treat=1 - frame["treat"]), estimand=MIRROR[target], **options)
    np.testing.assert_allclose(one["estimate"], -other["estimate"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one["std_error"], other["std_error"], rtol=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["difference", "regression", "ipw"]))
def test_the_same_rows_twice_with_half_weights_change_nothing(seed, method):
    # Large-sample errors need 20 people in each arm once rows of the same person are clusters.
    frame = people(seed, 120).assign(w=lambda f: np.exp(f["z"]))
    options = {"method": method, "weights": "w", "id": "id", "vcov": "sandwich"}
    options["covariates"] = [] if method == "difference" else ["x"]
    once = row(frame, **options)
    twice = row(pd.concat([frame, frame]).assign(w=lambda f: f["w"] / 2), **options)
    np.testing.assert_allclose(twice["estimate"], once["estimate"], rtol=1e-9)
    np.testing.assert_allclose(twice["std_error"], once["std_error"], rtol=1e-7)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["nearest", "optimal", "ipw", "overlap", "entropy"]))
def test_row_order_and_ids_do_not_matter(seed, method):
    frame = people(seed)
    rng = np.random.default_rng(seed)
    moved = frame.iloc[rng.permutation(len(frame))].assign(id=lambda f: 1000 - f["id"])

    def found(data):
        if method in ("nearest", "optimal"):
            design = ips.match("treat ~ x + z", data, method=method, caliper=1.0, id="id")
        else:
            design = ips.weight("treat ~ x + z", data, method=method, id="id")
        return (
            ips.effect(design, outcome="y", data=data, id="id").estimates.set_index("term").loc["difference"]
        )

    one, other = found(frame), found(moved)
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(one["std_error"], other["std_error"], rtol=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 20))
def test_the_effect_moves_with_the_outcomes_unit(seed, shift, scale):
    frame = people(seed)
    for options in ({}, {"covariates": ["x"]}, {"covariates": ["x"], "method": "aipw"}):
        one = row(frame, **options)
        other = row(frame.assign(y=shift + scale * frame["y"]), **options)
        np.testing.assert_allclose(other["estimate"], scale * one["estimate"], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(other["p_value"], one["p_value"], rtol=1e-5)
