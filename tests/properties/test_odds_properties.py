"""What must hold for odds ratios whatever the data."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips

QUICK = settings(max_examples=12, deadline=None)
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "statistic", "p_value"]


@st.composite
def people(draw):
    seed = draw(st.integers(0, 10_000))
    n = draw(st.integers(25, 70))
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 30, n).astype(float),
            "group": random.integers(1, draw(st.integers(3, 4)), n),
            "job": random.integers(0, 2, n),
        }
    )
    frame.loc[random.random(n) < 0.05, "age"] = np.nan
    return frame


def numbers(frame, method, **options):
    result = ips.odds_ratios("job ~ age + C(group)", frame, method=method, influence=False, **options)
    return result.estimates.set_index("term")


def same(one, two, rows=None):
    a, b = one[NUMBERS], two[NUMBERS]
    if rows is not None:
        a, b = a.loc[rows], b.loc[rows]
    np.testing.assert_allclose(a.to_numpy(float), b.to_numpy(float), rtol=2e-6, atol=1e-8)


METHODS = st.sampled_from(["ml", "firth"])


@QUICK
@given(people(), METHODS, st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(frame, method, seed):
    same(numbers(frame, method), numbers(frame.sample(frac=1, random_state=seed), method))


@QUICK
@given(people(), METHODS)
def test_swapping_the_outcome_turns_the_ratio_over(frame, method):
    one, other = numbers(frame, method), numbers(frame.assign(job=1 - frame["job"]), method)
    np.testing.assert_allclose(one["estimate"], 1 / other["estimate"], rtol=1e-6)
    np.testing.assert_allclose(one["ci_low"], 1 / other["ci_high"], rtol=1e-5)
    np.testing.assert_allclose(one["p_value"], other["p_value"], rtol=1e-6)


@QUICK
@given(people(), METHODS, st.floats(-1000, 1000), st.floats(0.01, 100))
def test_units_and_origins_of_a_number_do_not_matter(frame, method, origin, unit):
    moved = frame.assign(age=(frame["age"] - origin) / unit)
    same(
        numbers(frame, method, per={"age": unit}),
        numbers(moved, method).rename(index={"age": f"age[per {unit:g}]"}),
    )


@QUICK
@given(people(), METHODS)
def test_names_of_levels_do_not_matter(frame, method):
    words = frame.assign(group=frame["group"].map({1: "nord", 2: "syd", 3: "vest"}))
    renamed = numbers(words, method).rename(
        index=lambda t: t.replace("nord", "1").replace("syd", "2").replace("vest", "3")
    )
    same(numbers(frame, method), renamed)


@QUICK
@given(people(), METHODS)
def test_another_reference_turns_the_contrast_over(frame, method):
    one, other = numbers(frame, method), numbers(frame, method, reference={"group": 2})
    if one.loc["group[2]", "status"] == "refused":
        assert other.loc["group[1]", "status"] == "refused"
        return
    assert np.isclose(one.loc["group[2]", "estimate"], 1 / other.loc["group[1]", "estimate"], rtol=1e-6)
    assert np.isclose(one.loc["group[2]", "p_value"], other.loc["group[1]", "p_value"], rtol=1e-5)
    same(one, other, ["age"])


@QUICK
@given(people())
def test_support_adds_up_and_risks_stay_within_bounds(frame):
    support = ips.odds_ratios("job ~ age + C(group)", frame, influence=False).extras["support"]
    for _, part in support.groupby("term"):
        assert part["n"].sum() == frame["age"].notna().sum()
        assert (part["n_events"] + part["n_without"] == part["n"]).all()
    risks = ips.marginal_effects("job ~ age + C(group)", frame, method="flic").estimates
    risks = risks[risks["estimand"] == "standardised_risk"]
    assert risks[["estimate", "ci_low", "ci_high"]].stack().between(0, 1).all()


@QUICK
@given(st.text(max_size=40))
def test_any_text_is_a_formula_or_is_refused_in_one_sentence(text):
    from ipseval.analysis.formula import parse_formula
    from ipseval.core.errors import EstimationError

    try:
        parsed = parse_formula(text, ["y", "a", "b"])
    except EstimationError:
        return
    assert parsed.terms
