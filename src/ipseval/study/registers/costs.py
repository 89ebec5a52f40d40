"""Quantities from registers and logs, priced by a list that lies beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ipseval
from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import SchemaError
from ipseval.core.resources import load_yaml
from ipseval.study.registers.cost_words import COST, QUANTITY, Words, changed_cost, cost_changes, cost_words
from ipseval.study.registers.files import RegisterFolder
from ipseval.study.registers.plan import Costs, RegisterPlan

WEEKS = 52
COUNTED_BEFORE = 156
"""Weeks before the index week in which benefits count towards the state's refund: three years."""


def person_costs_of(
    plan: RegisterPlan,
    folder: RegisterFolder,
    beside: Path,
    people: pd.DataFrame,
    spells: Any,
    events: Mapping[str, pd.DataFrame],
) -> tuple[pd.DataFrame, Words]:
    """Return a row per person (id, costs by perspective, quantities by item) and what the columns are."""
    costs = plan.costs
    if costs is None:
        raise SchemaError("registers: the plan has no costs.")
    listed = load_yaml(beside / costs.prices)
    if not isinstance(listed, Mapping) or "prices" not in listed:
        raise SchemaError(f"{costs.prices}: a list under the key 'prices' was expected.")
    prices = pd.DataFrame([{"refund": False, **row} for row in listed["prices"]])
    parts = [
        *_benefits(plan, costs, people, spells),
        *(_logged(plan, costs, folder, people, item, log) for item, log in costs.logs.items()),
        *(_events(plan, costs, people, item, events[name]) for item, name in costs.contacts.items()),
    ]
    quantities = pd.concat(parts, ignore_index=True)
    price = partial(ipseval.person_costs, people, quantities=quantities, prices=prices, id=plan.id)
    priced = price(**costs.options)
    used = quantities.pivot_table("quantity", plan.id, "item", aggfunc="sum", observed=True)
    used = used.reindex(index=priced.data[plan.id], columns=list(prices["item"])).fillna(0.0)
    more = {f"{QUANTITY}{item}": used[item].to_numpy() for item in used.columns}
    for item, percent in cost_changes(costs):
        factors = {**costs.options.get("factors", {}), item: percent / 100}
        anew = price(**{**costs.options, "factors": factors}).data
        more |= {changed_cost(p, item, percent): anew[f"{COST}{p}"].to_numpy() for p in priced.items}
    data = pd.concat([priced.data, pd.DataFrame(more)], axis=1)
    return data, cost_words(costs, listed, prices, list(priced.items))


def _benefits(plan: RegisterPlan, costs: Costs, people: pd.DataFrame, spells: Any) -> list[pd.DataFrame]:
    """Count weeks on each benefit in each year, and the weeks on any of them before, which set the refund.

    Within a year the benefits follow one another as the plan lists them: their total is right, their order
    is not known from it.
    """
    spans = [(-COUNTED_BEFORE, -1), *((k * WEEKS + 1, (k + 1) * WEEKS) for k in range(costs.years))]
    tables: list[pd.DataFrame] = []
    for group in costs.benefits.values():
        found = ipseval.dream.weeks_after(
            spells, people, in_codes=group, spans=spans, index=plan.index, id=plan.id
        )
        counted = [c for c in found.columns if str(c).startswith("weeks_")]
        table = found[counted].set_axis(pd.Index(found.iloc[:, 0]), axis=0)
        tables.append(table.loc[tables[0].index] if tables else table)
    if not tables:
        return []
    before = sum(table.iloc[:, 0].to_numpy(float) for table in tables)
    rows = []
    for k in range(costs.years):
        for item, table in zip(costs.benefits, tables, strict=True):
            weeks = table.iloc[:, k + 1].to_numpy(float)
            columns = {plan.id: table.index, "item": item, "quantity": weeks, "year": k + 1}
            rows.append(pd.DataFrame({**columns, "weeks_before": before}))
            before = before + weeks
    return rows


def _logged(
    plan: RegisterPlan,
    costs: Costs,
    folder: RegisterFolder,
    people: pd.DataFrame,
    item: str,
    log: Mapping[str, Any],
) -> pd.DataFrame:
    """Sum a log's column (or count its rows) per person and year since the index date."""
    frame = folder.frame(str(log["file"]))
    column = log.get("column")
    require_columns(
        frame,
        [plan.id, "date", *([str(column)] if column else [])],
        argument=f"logs.{item}",
        error=SchemaError,
    )
    for condition in log.get("where") or ():
        require_columns(frame, [str(condition["column"])], argument=f"logs.{item}.where", error=SchemaError)
        frame = frame[frame[str(condition["column"])].isin(list(condition["in"]))]
    needed = ["date", *([str(column)] if column else [])]
    lacking = int((frame[plan.id].isin(people[plan.id]) & frame[needed].isna().any(axis=1)).sum())
    if lacking:
        raise SchemaError(
            f"logs.{item}: {lacking} row(s) lack {' or '.join(map(repr, needed))}; a cost cannot be left out "
            "unseen, so settle them or name the rows to use by where."
        )
    if column:
        require_numbers(frame, [str(column)], argument=f"logs.{item}", error=SchemaError)
    amount = frame[str(column)].astype(float) / float(log.get("per", 1)) if column else 1.0
    return _by_year(plan, costs, people, item, frame.assign(amount=amount))


def _events(
    plan: RegisterPlan, costs: Costs, people: pd.DataFrame, item: str, frame: pd.DataFrame
) -> pd.DataFrame:
    return _by_year(plan, costs, people, item, frame.assign(amount=1.0))


def _by_year(
    plan: RegisterPlan, costs: Costs, people: pd.DataFrame, item: str, frame: pd.DataFrame
) -> pd.DataFrame:
    met = people[[plan.id, plan.index]].merge(frame[[plan.id, "date", "amount"]], on=plan.id)
    days = (pd.to_datetime(met["date"]) - met[plan.index]).dt.days
    # Year 1 is the index week and the 52 weeks after it, as for outcomes; days before the index do not count.
    year = np.maximum(np.floor((days.to_numpy(float) - 7) / (7 * WEEKS)), 0.0) + 1
    met = met.assign(year=year)[(days >= 0) & (year <= costs.years)]
    found = met.groupby([plan.id, "year"])["amount"].sum().rename("quantity").reset_index()
    return found.assign(item=item, weeks_before=0.0)
