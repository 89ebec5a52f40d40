"""From quantities to costs per person: who pays, in which year's prices, discounted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns, require_numbers, require_one_row_each, require_option
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.resources import packaged_yaml

PAYERS = ("municipality", "state", "region", "citizen")
PERSPECTIVES = ("society", *PAYERS)
KINDS = ("resource", "transfer")
PRICE_COLUMNS = ("item", "kind", "unit_cost", "price_year", *PAYERS)
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PersonCosts:
    """Costs per person and perspective.

    Attributes
    ----------
    data
        One row per person: id, then `cost_<perspective>` in the prices of `price_year`.
    items
        Perspective -> frame with one column per item, rows as in `data`; they add up to the cost.
    price_year, discount
        What the numbers are in, and the yearly rate from the second year on.
    """

    data: pd.DataFrame
    items: Mapping[str, pd.DataFrame]
    price_year: int
    discount: float

    def __repr__(self) -> str:
        """Say how many persons, never who."""
        return f"<PersonCosts: {len(self.data)} persons, prices of {self.price_year}>"


def person_costs(
    people: pd.DataFrame,
    *,
    quantities: pd.DataFrame,
    prices: pd.DataFrame,
    id: str,
    price_year: int,
    discount: float,
    perspectives: Sequence[str] = PERSPECTIVES,
    price_index: Mapping[int, float] | None = None,
    factors: Mapping[str, float] | None = None,
    refund: str = "refusion_2016",
) -> PersonCosts:
    """Price what each person received, from the side of those who pay.

    Parameters
    ----------
    people
        One row per person; persons without a quantity cost 0.
    quantities
        One row per person and item: `id`, `item`, `quantity` (in the price's unit) and `year` since the start
        (1 is the first).  Items with a refund also need `weeks_before`: weeks of benefit that counted when
        the row's weeks began, and their quantity is weeks.
    prices
        One row per item: `item`, `kind` ("resource" uses something up, "transfer" moves money to the
        citizen), `unit_cost`, `price_year`, and the shares (0 to 1, together 1) that `municipality`, `state`,
        `region` and `citizen` pay.  An optional column `refund` (true or false) marks benefits of which the
        state pays a share that falls with duration.
    id
        Person column of both frames.
    price_year
        Year in whose prices everything is told.
    discount
        Yearly rate from the second year on, such as 0.035; 0 for none.
    perspectives
        Any of "society", "municipality", "state", "region", "citizen".
    price_index
        Year -> index; needed where prices are of another year than `price_year`.
    factors
        Item -> factor on its unit cost, for sensitivity.
    refund
        Packaged table of refund shares by weeks of benefit.

    Returns
    -------
    PersonCosts
        For "society" only resources count: a transfer costs one what the other gets.  A payer's cost is its
        share of resources and transfers; the citizen's is what the citizen pays minus transfers received.

    Raises
    ------
    DesignError
        Persons that repeat, quantities of somebody who is not in `people`, items without a price, missing
        or negative quantities.
    EstimationError
        Prices of several years without an index, shares that do not add up to 1, unknown kinds.

    Notes
    -----
    Missing data: none is allowed; a quantity that is not known must be settled before.
    Checked against: tests/analysis_economics, persons priced by hand.
    References: Husereau et al. 2022 (CHEERS), https://doi.org/10.1016/j.jval.2021.11.1351.
    """
    for perspective in perspectives:
        require_option(perspective, PERSPECTIVES, argument="perspectives")
    if not 0.0 <= discount < 1.0:
        raise EstimationError("discount= must be a yearly rate from 0 to below 1, such as 0.035.")
    listed = _prices(prices, price_year, price_index or {}, factors or {})
    rows = _quantities(people, quantities, listed, id)
    share = _shares(rows, listed, refund)
    value = rows["quantity"].to_numpy(float) * listed["value"].reindex(rows["item"]).to_numpy(float)
    value = value / (1.0 + discount) ** (rows["year"].to_numpy(float) - 1.0)
    transfer = (listed["kind"].reindex(rows["item"]) == "transfer").to_numpy()
    data = pd.DataFrame({id: people[id].to_numpy()})
    items: dict[str, pd.DataFrame] = {}
    for perspective in perspectives:
        paid = value * _counts(perspective, share, transfer)
        items[perspective] = _by_item(paid, rows, list(listed.index), len(people))
        data[f"cost_{perspective}"] = items[perspective].sum(axis=1).to_numpy()
    return PersonCosts(data, items, price_year, discount)


def _prices(
    prices: pd.DataFrame, year: int, index: Mapping[int, float], factors: Mapping[str, float]
) -> pd.DataFrame:
    require_columns(prices, PRICE_COLUMNS, argument="prices")
    require_numbers(prices, ["unit_cost", "price_year", *PAYERS], argument="prices")
    if prices["price_year"].isna().any():
        raise EstimationError("prices: every price needs its price_year.")
    doubled = int(prices["item"].duplicated().sum())
    if doubled:
        raise EstimationError(f"prices: {doubled} item(s) stand twice; give each item one row.")
    listed = prices.set_index("item")
    strange = sorted(set(listed["kind"]) - set(KINDS))
    if strange:
        raise EstimationError(
            f"prices: kind must be one of {', '.join(KINDS)}; {len(strange)} other word(s)."
        )
    paid = listed[list(PAYERS)].to_numpy(float)
    wrong = int((~np.isclose(paid.sum(axis=1), 1.0) | (paid < 0).any(axis=1)).sum())
    if wrong:
        raise EstimationError(
            f"prices: the shares of {', '.join(PAYERS)} must be 0 or more and add up to 1; "
            f"{wrong} row(s) do not."
        )
    cost = listed["unit_cost"].to_numpy(float)
    if not (np.isfinite(cost) & (cost >= 0)).all():
        raise EstimationError("prices: every unit_cost must be a number of 0 or more.")
    years = {int(y) for y in listed["price_year"]} - {year}
    lacking = sorted(y for y in (years | {year} if years else years) if y not in index)
    if lacking:
        raise EstimationError(
            f"prices: {len(years)} other price year(s) than price_year={year}; "
            f"give price_index= with {lacking}."
        )
    unknown = sorted(set(factors) - set(listed.index))
    if unknown:
        raise EstimationError(f"factors= names {len(unknown)} item(s) without a price: {unknown[0]!r}.")
    to_year = [index[year] / index[int(y)] if int(y) != year else 1.0 for y in listed["price_year"]]
    factor = np.array([factors.get(item, 1.0) for item in listed.index])
    return listed.assign(value=cost * np.array(to_year) * factor)


def _quantities(
    people: pd.DataFrame, quantities: pd.DataFrame, listed: pd.DataFrame, id: str
) -> pd.DataFrame:
    require_columns(people, [id], argument="people", error=DesignError)
    require_columns(quantities, [id, "item", "quantity", "year"], argument="quantities", error=DesignError)
    require_numbers(quantities, ["quantity", "year"], argument="quantities", error=DesignError)
    require_one_row_each(people, id, argument="people", error=DesignError)
    place = pd.Index(people[id]).get_indexer(pd.Index(quantities[id]))
    rows = quantities.assign(row=place).reset_index(drop=True)
    amount, year = rows["quantity"].to_numpy(float), rows["year"].to_numpy(float)
    faults = {
        "belong to nobody in people": place < 0,
        "have an item without a price": ~rows["item"].isin(listed.index).to_numpy(),
        "have no quantity of 0 or more": ~(np.isfinite(amount) & (amount >= 0)),
        "have no year of 1 or more": ~(np.isfinite(year) & (year >= 1)),
    }
    told = [f"{int(bad.sum())} {what}" for what, bad in faults.items() if bad.any()]
    if told:
        raise DesignError(f"quantities: {', '.join(told)} (rows); correct or leave them out.")
    return rows


def _shares(rows: pd.DataFrame, listed: pd.DataFrame, refund: str) -> dict[str, Array]:
    """Give each row's share per payer; of a refunded benefit the state pays by duration."""
    share = {p: listed[p].reindex(rows["item"]).to_numpy(float).copy() for p in PAYERS}
    if "refund" not in listed.columns:
        return share
    marked = listed["refund"].isin([True]).reindex(rows["item"]).to_numpy()
    if not marked.any():
        return share
    require_columns(rows, ["weeks_before"], argument="quantities", error=DesignError)
    require_numbers(rows, ["weeks_before"], argument="quantities", error=DesignError)
    before = rows["weeks_before"].to_numpy(float)[marked]
    if not (np.isfinite(before) & (before >= 0)).all():
        raise DesignError("quantities: rows of refunded items need weeks_before of 0 or more.")
    steps = packaged_yaml(f"costs/{refund}.yaml")["steps"]
    state = refund_share(before, rows["quantity"].to_numpy(float)[marked], steps)
    share["state"][marked], share["municipality"][marked] = state, 1.0 - state
    share["region"][marked] = share["citizen"][marked] = 0.0
    return share


def refund_share(before: Array, weeks: Array, steps: Sequence[Mapping[str, Any]]) -> Array:
    """Return the state's mean share of `weeks` weeks of benefit that follow `before` weeks of it.

    `steps` are the table's: `after` (weeks of benefit from which it holds) and `state` (share).
    """
    starts = [float(s["after"]) for s in steps]
    ends = [*starts[1:], np.inf]
    paid = np.zeros(len(before))
    for low, high, step in zip(starts, ends, steps, strict=True):
        inside = np.minimum(before + weeks, high) - np.maximum(before, low)
        paid += float(step["state"]) * np.maximum(inside, 0.0)
    return np.asarray(np.where(weeks > 0, paid / np.where(weeks > 0, weeks, 1.0), 0.0))


def _counts(perspective: str, share: Mapping[str, Array], transfer: NDArray[np.bool_]) -> Array:
    """Return how much of each row's value is a cost seen from `perspective`."""
    if perspective == "society":
        return np.where(transfer, 0.0, 1.0)
    if perspective == "citizen":
        return share["citizen"] - transfer
    return share[perspective]


def _by_item(paid: Array, rows: pd.DataFrame, items: Sequence[str], n: int) -> pd.DataFrame:
    table = np.zeros((n, len(items)))
    column = pd.Index(items).get_indexer(pd.Index(rows["item"]))
    np.add.at(table, (rows["row"].to_numpy(), column), paid)
    return pd.DataFrame(table, columns=list(items))
