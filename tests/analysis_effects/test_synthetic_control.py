from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.analysis.kernels import synthetic as kernel
from ipseval.core.errors import DesignError

from support.contract import assert_result


def towns(effect=0.0, seed=1, count=22, periods=16, start=10):
    """Towns on two common factors; town 0 is half town 1 and half town 2 until it starts."""
    rng = np.random.default_rng(seed)
    factors = np.cumsum(rng.normal(size=(periods, 2)), axis=0)
    y = 20 + factors @ rng.normal(size=(2, count)) + rng.normal(0, 0.5, size=(periods, count))
    y[:, 0] = (y[:, 1] + y[:, 2]) / 2 + rng.normal(0, 0.01, periods)
    y[start:, 0] += effect
    frame = pd.DataFrame(y).stack().rename("share").rename_axis(["period", "town"]).reset_index()
    return frame.assign(on=((frame["town"] == 0) & (frame["period"] >= start)).astype(int))


NAMES = {"outcome": "share", "unit": "town", "time": "period", "treatment": "on"}


def run(frame, **options):
    return assert_result(ips.synthetic_control(frame, **NAMES, **options))


def test_a_known_mixture_and_effect_are_found_and_the_rank_is_exact():
    found = run(towns(effect=3.0))
    weights = found.extras["weights"].set_index("donor")["weight"]
    assert weights["1"] == pytest.approx(0.5, abs=0.03)
    assert weights["2"] == pytest.approx(0.5, abs=0.03)
    assert weights.sum() == pytest.approx(1.0)
    row = found.estimates.set_index("term").loc["gap"]
    assert row["estimate"] == pytest.approx(3.0, abs=0.1)
    assert row["p_value"] == pytest.approx(1 / 22)
    ratios = found.extras["ratios"]["ratio"]
    assert row["p_value"] == (1 + (ratios >= row["statistic"]).sum()) / (1 + len(ratios))
    assert np.isnan(row["ci_low"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7), st.integers(2, 9))
def test_the_mixture_meets_the_conditions_of_optimality(seed, periods, donors):
    rng = np.random.default_rng(seed)
    target, others = rng.normal(size=periods), rng.normal(size=(periods, donors))
    w = kernel.mixture(target, others)
    assert (w >= 0).all()
    assert w.sum() == pytest.approx(1.0)
    slope = others.T @ (others @ w - target)
    # No donor lowers the distance: every slope is at least that of the donors in use.
    assert (slope >= slope @ w - 1e-7).all()


def test_no_mixture_on_a_grid_is_nearer():
    rng = np.random.default_rng(2)
    target, others = rng.normal(size=5), rng.normal(size=(5, 3))
    best = np.linalg.norm(target - others @ kernel.mixture(target, others))
    grid = [(a, b, 100 - a - b) for a, b in product(range(101), repeat=2) if a + b <= 100]
    nearest = min(np.linalg.norm(target - others @ (np.array(w) / 100)) for w in grid)
    assert best <= nearest + 1e-12
    assert best == pytest.approx(nearest, rel=0.01)


def test_adding_a_constant_or_renaming_changes_nothing():
    frame = towns(effect=1.0)
    plain = run(frame).estimates
    moved = run(frame.assign(share=frame["share"] + 100, town=frame["town"].map("t{:02d}".format))).estimates
    columns = ["estimate", "statistic", "p_value"]
    np.testing.assert_allclose(plain[columns], moved[columns], rtol=1e-6)
    shuffled = run(frame.sample(frac=1, random_state=1)).estimates
    np.testing.assert_allclose(plain[columns], shuffled[columns], rtol=1e-9)


def test_without_an_effect_the_rank_is_even():
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = np.cumsum(rng.normal(size=(12, 10)), axis=0)
        fits = [kernel.fit_unit(y[:, k], np.delete(y, k, axis=1)[:, :9], 8) for k in range(10)]
        # The placebo donors leave the treated out, so the test is exact up to that.
        rest = [kernel.fit_unit(y[:, j], np.delete(y, [0, j], axis=1), 8).ratio for j in range(1, 10)]
        p.append(kernel.rank_p(fits[0].ratio, np.array(rest)))
    assert 0.35 < np.mean(p) < 0.75
    assert min(p) >= 0.1
    assert np.mean(np.array(p) <= 0.1) <= 0.1 + 3 * np.sqrt(0.09 / 60)


def test_people_are_averaged_and_counted_once():
    frame = towns(effect=2.0)
    people = pd.concat(
        [frame.assign(id=frame["town"] * 3 + k, share=frame["share"] + k - 1) for k in range(3)]
    )
    found = run(people, id="id")
    plain = run(frame)
    np.testing.assert_allclose(found.estimates["estimate"], plain.estimates["estimate"], rtol=1e-6)
    assert found.base.n == 66
    assert found.estimates["n"].iloc[0] == 3
    people.iloc[5, people.columns.get_loc("share")] = np.nan
    assert any(n.code == "synthetic_dropped" for n in run(people, id="id").notes)


def test_a_unit_beyond_all_others_is_flagged():
    frame = towns()
    far = frame.assign(share=frame["share"] + 30.0 * (frame["town"] == 0))
    found = run(far)
    assert found.estimates["status"].iloc[0] == "flagged"
    assert any(n.code == "synthetic_poor_fit" for n in found.notes)
    few = run(frame[frame["town"] < 6])
    assert any(n.code == "synthetic_few" for n in few.notes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.assign(on=0), "0 treated"),
        (lambda d: pd.concat([d, d.head(2)]), "2 row"),
        (lambda d: d.iloc[1:], "empty"),
        (lambda d: d.assign(on=((d["town"] == 0) & (d["period"] == 10)).astype(int)), "switched off"),
        (lambda d: d[d["period"] >= 8], "least_before"),
        (lambda d: d[d["town"] < 2], "untreated"),
    ],
)
def test_bad_panels_are_refused(change, message):
    with pytest.raises(DesignError, match=message):
        ips.synthetic_control(change(towns()), **NAMES)
