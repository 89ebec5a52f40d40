"""Bias, coverage, size and power of what `ips.effect` does by default, on data like a municipal trial's.

Run: python tools/validate/effects.py [replicates] [scenario ...].

Each scenario has 461 treated people in few municipalities that differ from one another by shocks, and a known
effect on a yes/no outcome.  Printed per scenario: what the gate chose, mean estimate minus truth, coverage of
the 95 % interval (its miss is the size, since the interval inverts the test), power against no effect, and
the Monte-Carlo error of the size.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import ipseval as ips

EFFECT = 0.10
SHOCK = 0.07
TREATED = 461


@dataclass(frozen=True)
class Scenario:
    """How many municipalities, how many of them treated, what is asked, and how much somebody unseen does."""

    towns: int
    treated: int
    volunteers: bool
    shock: float
    run: Callable[[pd.DataFrame], ips.Result]
    hidden: float = 0.0


def regression(people: pd.DataFrame) -> ips.Result:
    """Default path with covariates and clusters."""
    return ips.effect(people, outcome="job", treatment="treat", covariates=["age", "x"], cluster="town")


def offer(people: pd.DataFrame) -> ips.Result:
    """Default path for the effect of the offer."""
    return ips.effect(people, outcome="job", treatment="treat", cluster="town", question="offer")


def aipw(people: pd.DataFrame) -> ips.Result:
    """Doubly robust with clusters held out."""
    return ips.effect(
        people, outcome="job", treatment="treat", covariates=["age", "x"], cluster="town", method="aipw"
    )


def matched(people: pd.DataFrame) -> ips.Result:
    """Pairs, municipalities unrelated to the outcome."""
    return ips.effect(ips.match("treat ~ age + x", people, caliper=0.2), outcome="job")


def weighted(people: pd.DataFrame) -> ips.Result:
    """Odds weights with errors that know they were estimated."""
    return ips.effect(people, outcome="job", treatment="treat", covariates=["age", "x"], method="ipw")


SCENARIOS: dict[str, Scenario] = {
    "across_3_of_12": Scenario(12, 3, False, SHOCK, regression),
    "across_3_of_98": Scenario(98, 3, False, SHOCK, regression),
    "across_2_of_12": Scenario(12, 2, False, SHOCK, regression),
    "within_3_of_12": Scenario(12, 3, True, SHOCK, regression),
    "aipw_3_of_12": Scenario(12, 3, False, SHOCK, aipw),
    "offer_3_of_12": Scenario(12, 3, False, SHOCK, offer),
    "pairs_no_shock": Scenario(12, 3, True, 0.0, matched),
    "ipw_no_shock": Scenario(12, 3, True, 0.0, weighted),
    "ipw_hidden_confounder": Scenario(12, 3, True, 0.0, weighted, hidden=0.12),
}


def people_of(scenario: Scenario, seed: int) -> tuple[pd.DataFrame, float]:
    """Draw people and give the true effect on those treated."""
    rng = np.random.default_rng(seed)
    size = np.maximum(40, rng.lognormal(4.5, 0.6, scenario.towns)).astype(int)
    size[: scenario.treated] = np.array([260, 120, 81])[: scenario.treated]
    town = np.repeat(np.arange(scenario.towns), size)
    people = pd.DataFrame(
        {"town": town, "age": rng.integers(18, 30, len(town)), "x": rng.normal(size=len(town))}
    )
    hidden = rng.normal(size=len(town)) if scenario.hidden else np.zeros(len(town))
    inside = town < scenario.treated
    if scenario.volunteers:
        inside = inside & (
            rng.random(len(town)) < 1 / (1 + np.exp(-0.6 * people["x"].to_numpy() - 0.8 * hidden))
        )
    people["treat"] = inside.astype(int)
    shock = rng.normal(0, scenario.shock, scenario.towns)[town]
    risk = 0.32 + 0.05 * people["x"] + 0.004 * (people["age"] - 24) + shock + scenario.hidden * hidden
    with_, without = np.clip(risk + EFFECT, 0.01, 0.99), np.clip(risk, 0.01, 0.99)
    chance = np.where(inside, with_, without)
    people["job"] = (rng.random(len(town)) < chance).astype(int)
    return people, float((with_ - without)[inside].mean())


def simulate(name: str, replicates: int, seed: int = 1) -> dict[str, object]:
    """Run one scenario and summarise it."""
    scenario = SCENARIOS[name]
    gaps, covered, rejected, refused, chosen, df = [], 0, 0, 0, set(), []
    for k in range(replicates):
        people, truth = people_of(scenario, seed * 1_000_003 + k)
        result = scenario.run(people)
        row = result.estimates.set_index("term").loc["difference"]
        chosen.add(result.method.test or "refused")
        if row["status"] == "refused":
            refused += 1
            continue
        gaps.append(row["estimate"] - truth)
        covered += bool(row["ci_low"] <= truth <= row["ci_high"])
        rejected += bool(row["p_value"] < 0.05)
        df.append(row["df"])
    n = max(len(gaps), 1)
    size = 1 - covered / n
    return {
        "scenario": name, "replicates": replicates, "test": "+".join(sorted(chosen)), "refused": refused,
        "bias": float(np.mean(gaps)) if gaps else math.nan, "coverage": covered / n, "size": size,
        "size_error": math.sqrt(0.05 * 0.95 / n), "power": rejected / n,
        "df": float(np.nanmean(df)) if len(df) and not np.isnan(df).all() else math.nan,
        "valid": size <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / n),
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Print one row per scenario."""
    replicates = int(arguments[0]) if arguments else 2_000
    names = arguments[1:] or list(SCENARIOS)
    for name in names:
        found = simulate(name, replicates)
        print(
            "  ".join(f"{k}={v:.4f}" if isinstance(v, float) else f"{k}={v}" for k, v in found.items()),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
