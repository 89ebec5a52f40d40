"""Coverage and size of verbs beside `ips.effect`: hours, time to a job, several roads, synthetic controls.

Run: python tools/validate/effect_verbs.py [replicates] [scenario ...] prints one line of JSON per block;
     python tools/validate/effect_verbs.py page FILE ... adds these lines up on docs/measured/effect_verbs.md.

Hours have a known effect, and truth is held or missed by each interval; the others have no effect, and it is
counted how often it is rejected at 5 %.  What a scenario takes long for is run less often, as the page says.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import ipseval as ips

Array = NDArray[np.float64]
Random = np.random.Generator
Missed = dict[str, float]
"""By row: 1 where its 95 % interval misses the truth, 0 where it holds it, NaN where there is none."""
BLOCK = 100
PAGE = Path(__file__).parents[2] / "docs" / "measured" / "effect_verbs.md"
SUPERPOPULATION = 400_000


@dataclass(frozen=True)
class Scenario:
    """One study to be drawn and judged; `outside` where an assumption is broken on purpose."""

    run: Callable[[Random], Missed]
    outside: bool = False


# --- hours --------------------------------------------------------------------------------------------
def hours(rng: Random, x: Array, shock: Array, d: Array) -> Array:
    """Draw hours, of which about half the people have none."""
    any_ = rng.random(len(x)) < 1.0 / (1.0 + np.exp(0.4 - 0.5 * x - shock - 0.4 * d))
    return np.asarray(any_ * rng.gamma(2.0, np.exp(2.1 + 0.2 * x + 0.5 * shock + 0.15 * d)))


@cache
def truths(confounded: bool, spread: float) -> Mapping[str, float]:
    """Read the effects on the treated off a population with both outcomes of everybody."""
    rng = np.random.default_rng(99)
    x = rng.normal(size=4 * SUPERPOPULATION if confounded else SUPERPOPULATION)
    x = x[rng.random(len(x)) < chance(x)] if confounded else x
    shock = rng.normal(0.0, spread, len(x))
    one, none = (hours(rng, x, shock, np.full(len(x), arm)) for arm in (1.0, 0.0))
    p1, p0 = (float(np.mean(y > 0)) for y in (one, none))
    m1, m0 = float(one.mean()), float(none.mean())
    a1, a0 = m1 / p1, m0 / p0
    order = np.sort(none)
    higher = np.searchsorted(order, one, "left") - (len(none) - np.searchsorted(order, one, "right"))
    return {
        "share_any": p1 - p0, "mean_all": m1 - m0, "mean_ratio": m1 / m0,
        "part_share": (p1 - p0) * (a1 + a0) / 2, "part_amount": (a1 - a0) * (p1 + p0) / 2,
        "mean_if_any": a1 - a0, "success_rate_difference": float(higher.mean()) / len(none),
        "quantile_0.75": float(np.quantile(one, 0.75) - np.quantile(none, 0.75)),
    }  # fmt: skip


def chance(x: Array) -> Array:
    """Chance of taking part where people volunteer."""
    return np.asarray(1.0 / (1.0 + np.exp(1.2 - 0.7 * x)))


def missed(result: ips.Result, truth: Mapping[str, float]) -> Missed:
    """Judge each row's interval."""
    rows = result.estimates[result.estimates["group"].fillna("") == ""].set_index("term")
    held = (rows["ci_low"] <= pd.Series(truth)) & (pd.Series(truth) <= rows["ci_high"])
    return {t: math.nan if np.isnan(rows.loc[t, "ci_low"]) else float(not held[t]) for t in truth}


def hours_persons(rng: Random) -> Missed:
    """150 and 150 people, treatment by lot."""
    x, d = rng.normal(size=300), np.repeat([1.0, 0.0], 150)
    people = pd.DataFrame({"ips": d, "hours": hours(rng, x, np.zeros(300), d)})
    found = ips.count_effect(people, outcome="hours", treatment="ips", quantiles=[0.75], resamples=499)
    return missed(found, truths(False, 0.0))


def volunteers(rng: Random, n: int = 700) -> pd.DataFrame:
    """Return people who decide themselves; what decides is known."""
    x = rng.normal(size=n)
    d = (rng.random(n) < chance(x)).astype(float)
    return pd.DataFrame({"id": np.arange(n), "x": x, "ips": d, "hours": hours(rng, x, np.zeros(n), d)})


def hours_pairs(rng: Random) -> Missed:
    """Pairs matched on what decides."""
    people = volunteers(rng)
    design = ips.match("ips ~ x", people, caliper=0.2)
    return missed(
        ips.count_effect(design, outcome="hours", quantiles=[0.75], resamples=499), truths(True, 0.0)
    )


def hours_weights(rng: Random) -> Missed:
    """Odds weights, taken as known."""
    people = volunteers(rng)
    design = ips.weight("ips ~ x", people)
    return missed(
        ips.count_effect(design, outcome="hours", quantiles=[0.75], resamples=499), truths(True, 0.0)
    )


def hours_towns(rng: Random, treated: int, others: int, size: int = 15) -> Missed:
    """Whole municipalities, which share circumstances."""
    town = np.repeat(np.arange(treated + others), size)
    d = (town < treated).astype(float)
    shock = rng.normal(0.0, 0.3, treated + others)[town]
    y = hours(rng, rng.normal(size=len(town)), shock, d)
    people = pd.DataFrame({"ips": d, "town": town, "hours": y})
    found = ips.count_effect(
        people, outcome="hours", treatment="ips", cluster="town", quantiles=[0.75], resamples=499
    )
    return missed(found, truths(False, 0.3))


# --- time to a job -------------------------------------------------------------------------------------
def times(rng: Random, treated: int, others: int, size: int, spread: float, *, both: bool = False) -> Missed:
    """Look for a job with death and the end of the study in between; treatment does nothing."""
    count = treated + others
    town = np.repeat(np.arange(count), size)
    d = rng.integers(0, 2, len(town)) if both else (town < treated).astype(int)
    rate = 0.03 * np.exp(rng.normal(0.0, spread, count))[town]
    job, death, end = (rng.exponential(1.0 / r, len(town)) for r in (rate, 0.004, 0.005))
    first = np.minimum(np.minimum(job, death), np.minimum(end, 52.0))
    event = np.select([first == job, first == death], [1, 2], 0)
    people = pd.DataFrame({"weeks": first, "event": event, "ips": d, "town": town})
    found = ips.time_to_event(
        people, duration="weeks", event="event", by="ips", times=[26.0], horizon=40.0,
        cluster="town" if spread else None,
    )  # fmt: skip
    # The hazard ratio stands under its column's name.
    p = found.estimates.set_index("term")["p_value"].rename({"ips": "hazard_ratio"})
    terms = ["incidence_difference", "restricted_mean_difference", "hazard_ratio"]
    terms += [] if spread else ["log_rank", "gray"]
    return {t: math.nan if np.isnan(p[t]) else float(p[t] < 0.05) for t in terms}


# --- several roads, one test ---------------------------------------------------------------------------
def joint(rng: Random) -> Missed:
    """Three roads to no effect for 160 people who decide themselves, and their joint test of 199 draws."""
    n = 160
    x = rng.normal(size=n)
    d = (rng.random(n) < 1.0 / (1.0 + np.exp(-0.8 * x))).astype(int)
    people = pd.DataFrame({"id": np.arange(n), "x": x, "ips": d, "weeks": 2.0 * x + rng.normal(0, 3, n)})
    roads = {
        "regression": lambda f: ips.effect(f, outcome="weeks", treatment="ips", covariates=["x"]),
        "odds": lambda f: ips.effect(ips.weight("ips ~ x", f, id="id"), outcome="weeks"),
        "entropy": lambda f: ips.effect(
            ips.weight("ips ~ x", f, method="entropy", id="id"), outcome="weeks"
        ),
    }  # fmt: skip
    found = ips.triangulate(
        roads, data=people, treatment="ips", id="id", resamples=199, seed=int(rng.integers(1 << 30))
    ).estimates.set_index("term")
    return {name: float(found.loc[name, "p_value"] < 0.05) for name in (*roads, "joint")}


# --- synthetic control ---------------------------------------------------------------------------------
def synthetic(rng: Random, noise: float = 1.0) -> Missed:
    """One municipality and 19 others in 16 periods that follow two common factors; nothing happens."""
    units, periods, start = 20, 16, 10
    factors = np.cumsum(rng.normal(size=(periods, 2)), axis=0)
    y = factors @ rng.uniform(0.0, 1.0, (2, units)) + rng.normal(size=(periods, units))
    y[start:, 0] += rng.normal(size=periods - start) * math.sqrt(max(noise**2 - 1.0, 0.0))
    t, u = np.divmod(np.arange(periods * units), units)
    frame = pd.DataFrame({"t": t, "u": u, "y": y.ravel(), "on": ((u == 0) & (t >= start)).astype(int)})
    found = ips.synthetic_control(frame, outcome="y", unit="u", time="t", treatment="on")
    return {"rank": float(found.estimates.set_index("term").loc["gap", "p_value"] <= 0.05)}


SCENARIOS: dict[str, Scenario] = {
    "hours_persons": Scenario(hours_persons),
    "hours_pairs": Scenario(hours_pairs),
    "hours_weights": Scenario(hours_weights),
    "hours_towns_20_20": Scenario(lambda rng: hours_towns(rng, 20, 20)),
    "hours_towns_30_30": Scenario(lambda rng: hours_towns(rng, 30, 30)),
    "hours_towns_3_of_12": Scenario(lambda rng: hours_towns(rng, 3, 9, 40)),
    "times_120_persons": Scenario(lambda rng: times(rng, 60, 60, 1, 0.0)),
    "times_20_20_towns": Scenario(lambda rng: times(rng, 20, 20, 10, 0.4)),
    "times_30_30_towns": Scenario(lambda rng: times(rng, 30, 30, 10, 0.4)),
    "times_40_towns_with_both": Scenario(lambda rng: times(rng, 0, 40, 10, 0.4, both=True)),
    "times_3_of_12_towns": Scenario(lambda rng: times(rng, 3, 9, 40, 0.4)),
    "joint_three_roads": Scenario(joint),
    "synthetic_19_others": Scenario(synthetic),
    "synthetic_noisier_after": Scenario(lambda rng: synthetic(rng, 3.0), outside=True),
}


def tally(name: str, replicates: int, first: int = 0, seed: int = 3) -> dict[str, Any]:
    """Run replicates of one scenario and count by row: judged, and missed or rejected."""
    found = [SCENARIOS[name].run(np.random.default_rng([seed, k])) for k in range(first, first + replicates)]
    table = pd.DataFrame(found)
    rows = {str(t): [int(table[t].notna().sum()), int(table[t].sum())] for t in table}
    return {"scenario": name, "seed": seed, "first": first, "replicates": replicates, "rows": rows}


def lines_of(name: str, blocks: list[dict[str, Any]]) -> list[str]:
    """Put one scenario into rows of the page."""
    replicates = sum(b["replicates"] for b in blocks)
    made = []
    for term in blocks[0]["rows"]:
        judged, wrong = (sum(b["rows"][term][k] for b in blocks) for k in (0, 1))
        if not judged:
            said, share = "no valid test, and it says so", "–"
        else:
            error = math.sqrt(0.05 * 0.95 / judged)
            share = f"{wrong / judged:.3f} ± {error:.3f}"
            said = "holds" if wrong / judged <= 0.05 + 3 * error else "**too often**"
        said = f"assumption broken on purpose: {said}" if SCENARIOS[name].outside else said
        made.append(f"| {name} | {term} | {replicates} | {replicates - judged} | {share} | {said} |")
    return made


def page(files: list[str]) -> None:
    """Write the measured table, keeping the words around it."""
    lines = [json.loads(text) for f in files for text in Path(f).read_text().splitlines() if text.strip()]
    blocks = {(one["scenario"], one["seed"], one["first"]): one for one in lines}.values()
    of = {name: [one for one in blocks if one["scenario"] == name] for name in SCENARIOS}
    head = "| scenario | row | replicates | refused | size | verdict |"
    rows = [row for name, own in of.items() if own for row in lines_of(name, own)]
    table = "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])
    before = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "<!-- table -->\n<!-- end -->\n"
    start, end = before.index("<!-- table -->"), before.index("<!-- end -->")
    PAGE.write_text(f"{before[:start]}<!-- table -->\n{table}\n{before[end:]}", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Print one line of JSON per block, or write the page."""
    if arguments[:1] == ["page"]:
        page(arguments[1:])
        return
    replicates = int(arguments[0]) if arguments else 2_000
    for first in range(0, replicates, BLOCK):
        for name in arguments[1:] or list(SCENARIOS):
            print(json.dumps(tally(name, min(BLOCK, replicates - first), first)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
