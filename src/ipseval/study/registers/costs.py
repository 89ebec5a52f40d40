"""Quantities from registers and logs, priced by a list that lies beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ipseval
from ipseval.core.checks import require_columns
from ipseval.core.errors import SchemaError
from ipseval.core.resources import load_yaml
from ipseval.study.registers.plan import Costs, RegisterPlan

WEEKS = 52


def person_costs_of(
    plan: RegisterPlan,
    folder: Path,
    beside: Path,
    people: pd.DataFrame,
    spells: Any,
    events: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return one row per person: id and a cost per perspective."""
    costs = plan.costs
    if costs is None:
        raise SchemaError("registers: the plan has no costs.")
    listed = load_yaml(beside / costs.prices)
    if not isinstance(listed, Mapping) or "prices" not in listed:
        raise SchemaError(f"{costs.prices}: a list under the key 'prices' was expected.")
    prices = pd.DataFrame([{"refund": False, **row} for row in listed["prices"]])
    parts = [
        *(_benefit(plan, costs, people, spells, item, group) for item, group in costs.benefits.items()),
        *(_logged(plan, costs, folder, people, item, log) for item, log in costs.logs.items()),
        *(_events(plan, costs, people, item, events[name]) for item, name in costs.contacts.items()),
    ]
    quantities = pd.concat(parts, ignore_index=True)
    priced = ipseval.person_costs(people, quantities=quantities, prices=prices, id=plan.id, **costs.options)
    data: pd.DataFrame = priced.data
    return data


def _benefit(
    plan: RegisterPlan, costs: Costs, people: pd.DataFrame, spells: Any, item: str, group: str
) -> pd.DataFrame:
    """Count weeks on a benefit in each year, and those in the year before, from which refunds go on."""
    spans = [(-WEEKS, -1), *((k * WEEKS + 1, (k + 1) * WEEKS) for k in range(costs.years))]
    weeks = ipseval.dream.weeks_after(
        spells, people, in_codes=group, spans=spans, index=plan.index, id=plan.id
    )
    counted = [c for c in weeks.columns if str(c).startswith("weeks_")]
    table = weeks[counted].to_numpy(float)
    before = np.cumsum(table, axis=1)[:, :-1]
    rows = [
        pd.DataFrame(
            {
                plan.id: weeks.iloc[:, 0], "item": item, "quantity": table[:, k + 1], "year": k + 1,
                "weeks_before": before[:, k],
            }
        )
        for k in range(costs.years)
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _logged(
    plan: RegisterPlan, costs: Costs, folder: Path, people: pd.DataFrame, item: str, log: Mapping[str, Any]
) -> pd.DataFrame:
    """Sum a log's column (or count its rows) per person and year since the index date."""
    from ipseval.study.registers.linked import read_list

    frame = read_list(folder, str(log["file"]))
    column = log.get("column")
    require_columns(
        frame,
        [plan.id, "date", *([str(column)] if column else [])],
        argument=f"logs.{item}",
        error=SchemaError,
    )
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
