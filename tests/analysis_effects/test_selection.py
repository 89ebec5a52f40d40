import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.analysis.kernels import selection as kernel
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

RNG = np.random.default_rng(5)
X = RNG.normal(size=(500, 2))
PEOPLE = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "year": RNG.integers(0, 3, 500)})
PEOPLE["ips"] = (X @ [0.8, 0.3] + RNG.normal(size=500) > 0.2).astype(int)
PEOPLE["y"] = 0.4 * PEOPLE["ips"] + X @ [0.7, 0.5] + RNG.normal(size=500)


def population(beta, psi, s1x, s2x, s22, noise):
    """Covariances of y = beta x + psi w1 + w2 + e, with var(x) = 1, var(w1) = 1, w1 and w2 unrelated."""
    c1y = beta * s1x + psi
    short = beta + psi * s1x + s2x
    left = 1.0 - s1x**2
    var_y = beta**2 + psi**2 + s22 + 2 * beta * (psi * s1x + s2x) + noise
    full = np.linalg.solve([[1.0, s1x], [s1x, 1.0]], [short, c1y])
    r2_full = float(full @ [short, c1y]) / var_y
    r = kernel.Regressions(short, short**2 / var_y, float(full[0]), r2_full, var_y, 1.0, left)
    delta = (s2x / s22) / (psi * s1x / psi**2)
    return r, (var_y - noise) / var_y, delta


@settings(max_examples=50, deadline=None)
@given(
    st.floats(-1, 1), st.floats(0.3, 1.5), st.floats(0.1, 0.5), st.floats(0.02, 0.3), st.floats(0.2, 1.5),
    st.floats(0.1, 2),
)  # fmt: skip
def test_a_population_gives_back_its_effect_and_its_delta(beta, psi, s1x, s2x, s22, noise):
    r, most, delta = population(beta, psi, s1x, s2x, s22, noise)
    roots = kernel.adjusted(r, most, delta)
    assert min(abs(root - beta) for root in roots) < 1e-5
    assert kernel.delta_for(r, most, beta) == pytest.approx(delta, rel=1e-6)
    assert 1 <= len(roots) <= 3


def test_the_shown_root_is_the_true_effect_where_the_unseen_matters_less_than_the_seen():
    for s2x in (0.02, 0.05, 0.1):
        r, most, delta = population(0.5, 1.0, 0.4, s2x, 0.5, 1.0)
        assert kernel.adjusted(r, most, delta)[0] == pytest.approx(0.5, abs=1e-8)


def test_regressions_are_those_of_least_squares():
    result = assert_result(ips.oster(PEOPLE, outcome="y", treatment="ips", covariates=["a", "b"]))
    est = result.estimates.set_index("term")["estimate"]
    one = np.ones(500)
    short = np.linalg.lstsq(np.column_stack([one, PEOPLE["ips"]]), PEOPLE["y"], rcond=None)[0]
    x = np.column_stack([one, PEOPLE["ips"], X])
    full = np.linalg.lstsq(x, PEOPLE["y"], rcond=None)[0]
    r2 = 1 - ((PEOPLE["y"] - x @ full) ** 2).sum() / ((PEOPLE["y"] - PEOPLE["y"].mean()) ** 2).sum()
    assert (est["short"], est["adjusted"]) == pytest.approx((short[1], full[1]))
    table = result.extras["regressions"].set_index("regression")["r2"]
    assert table["with_covariates"] == pytest.approx(r2)
    assert table["r2_max"] == pytest.approx(1.3 * r2)
    assert est["bias_adjusted"] < est["adjusted"] < est["short"]
    at_zero = ips.oster(
        PEOPLE, outcome="y", treatment="ips", covariates=["a", "b"], delta=est["delta_zero"]
    ).extras["roots"]["effect"]
    assert np.abs(at_zero).min() < 1e-6


def test_columns_always_there_are_no_yardstick():
    with_year = ips.oster(PEOPLE, outcome="y", treatment="ips", covariates=["a", "b"], always=["year"])
    residual = PEOPLE[["y", "ips", "a", "b"]].astype(float)
    z = np.column_stack([np.ones(500), PEOPLE["year"]])
    residual = residual - z @ np.linalg.lstsq(z, residual.to_numpy(), rcond=None)[0]
    r = kernel.regressions(*(residual[c].to_numpy() for c in ("y", "ips")), residual[["a", "b"]].to_numpy())
    est = with_year.estimates.set_index("term")["estimate"]
    assert (est["short"], est["adjusted"]) == pytest.approx((r.short, r.full))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariates": []}, "at least one"), ({"always": ["a"]}, "none of those"),
        ({"r2_max": 0.1}, "r2_max="), ({"r2_max": 1.2}, "at most 1"), ({"covariates": ["aa"]}, "unknown"),
    ],
)  # fmt: skip
def test_bad_calls_are_refused(options, message):
    with pytest.raises((DesignError, EstimationError), match=message):
        ips.oster(PEOPLE, **({"outcome": "y", "treatment": "ips", "covariates": ["a", "b"]} | options))
