"""Costs per person, priced by hand from every side."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.analysis.economics.pricing import PAYERS, refund_share
from ipseval.core.errors import DesignError, EstimationError

PEOPLE = pd.DataFrame({"id": ["a", "b", "c"]})
PRICES = pd.DataFrame(
    {
        "item": ["consultant_hour", "bed_day", "benefit_week"],
        "kind": ["resource", "resource", "transfer"],
        "unit_cost": [500.0, 4000.0, 2000.0],
        "price_year": [2024, 2020, 2024],
        "municipality": [1.0, 0.0, 1.0],
        "state": [0.0, 0.0, 0.0],
        "region": [0.0, 0.9, 0.0],
        "citizen": [0.0, 0.1, 0.0],
        "refund": [False, False, True],
    }
)
QUANTITIES = pd.DataFrame(
    {
        "id": ["a", "a", "b", "b"],
        "item": ["consultant_hour", "bed_day", "benefit_week", "consultant_hour"],
        "quantity": [10.0, 2.0, 30.0, 4.0],
        "year": [1, 2, 1, 1],
        "weeks_before": [np.nan, np.nan, 20.0, np.nan],
    }
)
CALL = {"id": "id", "price_year": 2024, "discount": 0.10, "price_index": {2020: 100.0, 2024: 110.0}}


def priced(**more):
    return ips.person_costs(PEOPLE, quantities=QUANTITIES, prices=PRICES, **{**CALL, **more})


def test_each_side_pays_what_it_pays_by_hand():
    data = priced().data.set_index("id")
    bed = 2 * 4000 * 1.1 / 1.1  # price index up by a tenth, discounted by a tenth in the second year
    # Weeks 21-50 of benefit: 6 weeks at 40 % and 24 weeks at 30 % from the state.
    state = 2000 * (6 * 0.4 + 24 * 0.3)
    assert data.loc["a"].to_list() == pytest.approx([5000 + bed, 5000, 0, 0.9 * bed, 0.1 * bed])
    assert data.loc["b"].to_list() == pytest.approx([2000, 2000 + 60000 - state, state, 0, -60000])
    assert data.loc["c"].to_list() == [0, 0, 0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 300), st.floats(0.1, 200), st.floats(0, 0.2))
def test_the_payers_add_up_to_society(before, weeks, discount):
    rows = QUANTITIES.assign(quantity=[3.0, 1.0, weeks, 2.0], weeks_before=before)
    data = ips.person_costs(PEOPLE, quantities=rows, prices=PRICES, **{**CALL, "discount": discount}).data
    together = data[[f"cost_{p}" for p in PAYERS]].sum(axis=1)
    np.testing.assert_allclose(together, data["cost_society"], rtol=1e-12, atol=1e-6)


def test_items_add_up_and_factors_touch_one_item_only():
    found, dearer = priced(), priced(factors={"bed_day": 1.5})
    for side, items in found.items.items():
        np.testing.assert_allclose(items.sum(axis=1), found.data[f"cost_{side}"])
    more = dearer.data["cost_society"] - found.data["cost_society"]
    np.testing.assert_allclose(more, 0.5 * found.items["society"]["bed_day"])


def test_refund_week_by_week_is_the_same_as_by_arithmetic():
    steps = [
        {"after": 0, "state": 0.8},
        {"after": 4, "state": 0.4},
        {"after": 26, "state": 0.3},
        {"after": 52, "state": 0.2},
    ]
    for before in range(0, 60, 7):
        weeks = 25
        by_week = [
            next(s["state"] for s in reversed(steps) if w >= s["after"])
            for w in range(before, before + weeks)
        ]
        found = refund_share(np.array([float(before)]), np.array([float(weeks)]), steps)
        assert found[0] == pytest.approx(np.mean(by_week))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"id": ["x9", "a", "b", "b"]}, "1 belong to nobody"),
        ({"item": ["taxi", "bed_day", "benefit_week", "taxi"]}, "2 have an item without a price"),
        ({"quantity": [-1.0, np.nan, 1, 1]}, "2 have no quantity"),
        ({"year": [0, 1, 1, 1]}, "1 have no year"),
        ({"weeks_before": [0, 0, np.nan, 0]}, "weeks_before"),
        ({"quantity": ["x9", "1", "2", "3"]}, "1 row(s) with text"),
        ({"weeks_before": ["x9", "1", "2", "3"]}, "1 row(s) with text"),
    ],
)
def test_bad_quantities_are_counted_and_not_shown(rows, words):
    with pytest.raises(DesignError, match=words.replace("(s)", r"\(s\)")) as refusal:
        ips.person_costs(PEOPLE, quantities=QUANTITIES.assign(**rows), prices=PRICES, **CALL)
    assert "x9" not in str(refusal.value)


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({"state": [0.5, 0, 0]}, "1 row"),
        ({"kind": ["resource", "gift", "transfer"]}, "resource, transfer"),
        ({"price_year": [2024, 2019, 2024]}, "2019"),
        ({"item": ["bed_day", "bed_day", "benefit_week"]}, "stand twice"),
        ({"unit_cost": [1, np.nan, 1]}, "unit_cost"),
        ({"unit_cost": [1, "x9", 1]}, "1 row"),
        ({"price_year": [2024, np.nan, 2024]}, "needs its price_year"),
    ],
)
def test_bad_prices_are_refused(prices, words):
    with pytest.raises(EstimationError, match=words):
        ips.person_costs(PEOPLE, quantities=QUANTITIES, prices=PRICES.assign(**prices), **CALL)


def test_a_person_twice_is_refused():
    with pytest.raises(DesignError, match="repeat a person"):
        ips.person_costs(pd.concat([PEOPLE, PEOPLE]), quantities=QUANTITIES, prices=PRICES, **CALL)
