"""Bias, coverage, size and power of what `ips.effect` does by default, on data like a municipal trial's.

Run: python tools/validate/effects.py [replicates] [scenario ...] prints one line of JSON per 250 replicates,
     all scenarios in turn, so that a run cut short has measured them evenly;
     python tools/validate/effects.py page FILE ... adds these lines up on docs/measured/effects.md.

Each scenario has 461 people in treated municipalities (fewer take part where people volunteer), shocks by
municipality and a known effect on a yes/no outcome.  The size is the share of 95 % intervals that miss the
truth, since every interval inverts its test.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.analysis.effects import gate
from ipseval.analysis.effects.inference import Means, Task, difference_fields, t_fields
from ipseval.analysis.effects.means import means_of
from ipseval.analysis.effects.plan import Plan
from ipseval.analysis.effects.rows import judged
from ipseval.analysis.kernels import ferman_pinto
from ipseval.analysis.kernels.cluster import cr2, least_df

EFFECT = 0.10
SHOCK = 0.07
TREATED = 461
DEALS = 499
"""Draws where shocks are dealt out anew: the test is as exact with any number, only the interval rougher."""
BLOCK = 250
ENOUGH = 2_000
PAGE = Path(__file__).parents[2] / "docs" / "measured" / "effects.md"


@dataclass(frozen=True)
class Scenario:
    """Municipalities, how many are treated, who takes part, what is asked, and what disturbs.

    `hidden` is how much somebody unseen does to both treatment and outcome; `wild` multiplies the shocks of
    treated municipalities; `staggered` lets them start in different periods; `term` is the row judged.
    """

    towns: int
    treated: int
    volunteers: bool
    shock: float
    run: Callable[[pd.DataFrame], ips.Result]
    hidden: float = 0.0
    wild: float = 1.0
    staggered: bool = False
    term: str = "difference"
    outside: bool = False


def regression(people: pd.DataFrame) -> ips.Result:
    """Default path with covariates and clusters."""
    return ips.effect(
        people, outcome="job", treatment="treat", covariates=["age", "x"], cluster="town", resamples=DEALS
    )


def periods(people: pd.DataFrame) -> ips.Result:
    """Default path with the period of entry among the covariates."""
    known = ["age", "x", "period"]
    return ips.effect(
        people, outcome="job", treatment="treat", covariates=known, cluster="town", resamples=DEALS
    )


def offer(people: pd.DataFrame) -> ips.Result:
    """Default path for the effect of the offer."""
    return ips.effect(people, outcome="job", treatment="treat", cluster="town", question="offer")


def aipw(people: pd.DataFrame) -> ips.Result:
    """Doubly robust with clusters held out."""
    known = ["age", "x"]
    return ips.effect(
        people, outcome="job", treatment="treat", covariates=known, cluster="town", method="aipw",
        resamples=DEALS,
    )  # fmt: skip


def clustered_weights(people: pd.DataFrame) -> ips.Result:
    """Odds weights, municipalities named."""
    known = ["age", "x"]
    return ips.effect(
        people, outcome="job", treatment="treat", covariates=known, cluster="town", method="ipw",
        resamples=DEALS,
    )  # fmt: skip


def clustered_pairs(people: pd.DataFrame) -> ips.Result:
    """Pairs, municipalities named."""
    return ips.effect(
        ips.match("treat ~ age + x", people, caliper=0.2), outcome="job", cluster="town", resamples=DEALS
    )


def changes(people: pd.DataFrame) -> ips.Result:
    """Differences in differences on a yes/no outcome before and after."""
    before = people.assign(time=0, now=0, job=people["before"])
    after = people.assign(time=1, now=people["treat"])
    long = pd.concat([before, after], ignore_index=True)
    return ips.panel_effect(
        long, outcome="job", id="id", time="time", treatment="now", cluster="town", method="did"
    )


def by_cohort(people: pd.DataFrame) -> ips.Result:
    """Average of the effects by cohort of entry."""
    start = np.where(people["town"] < 3, 1 + people["town"], 99)
    waves = [
        people.assign(time=t, now=(start <= t).astype(int), job=people["job" if t else "before"])
        for t in range(4)
    ]
    return ips.panel_effect(
        pd.concat(waves, ignore_index=True), outcome="job", id="id", time="time", treatment="now",
        cluster="town",
    )  # fmt: skip


def groups(people: pd.DataFrame) -> ips.Result:
    """Whether the effect differs between men and women; it does not."""
    return ips.effect_by(
        people, outcome="job", treatment="treat", by=["sex"], covariates=["age", "x"], cluster="town"
    )


def matched(people: pd.DataFrame) -> ips.Result:
    """Pairs, municipalities unrelated to the outcome."""
    return ips.effect(ips.match("treat ~ age + x", people, caliper=0.2), outcome="job")


def reused(people: pd.DataFrame) -> ips.Result:
    """Pairs with replacement."""
    return ips.effect(ips.match("treat ~ age + x", people, replace=True), outcome="job")


def weighted(people: pd.DataFrame) -> ips.Result:
    """Odds weights with errors that know they were estimated."""
    return ips.effect(people, outcome="job", treatment="treat", covariates=["age", "x"], method="ipw")


def entropy(people: pd.DataFrame) -> ips.Result:
    """Entropy balancing."""
    return ips.effect(ips.weight("treat ~ age + x", people, method="entropy"), outcome="job")


def plain_aipw(people: pd.DataFrame) -> ips.Result:
    """Doubly robust, persons independent."""
    return ips.effect(people, outcome="job", treatment="treat", covariates=["age", "x"], method="aipw")


SCENARIOS: dict[str, Scenario] = {
    "across_3_of_12": Scenario(12, 3, False, SHOCK, regression),
    "across_3_of_98": Scenario(98, 3, False, SHOCK, regression),
    "across_2_of_12": Scenario(12, 2, False, SHOCK, regression),
    "across_1_of_98": Scenario(98, 1, False, SHOCK, regression),
    "across_3_of_12_large_shocks": Scenario(12, 3, False, 2 * SHOCK, regression),
    "across_6_of_12": Scenario(12, 6, False, SHOCK, regression),
    "across_3_of_6": Scenario(6, 3, False, SHOCK, regression),
    "within_3_of_12": Scenario(12, 3, True, SHOCK, regression),
    "within_12_of_12": Scenario(12, 12, True, SHOCK, regression),
    "within_3_of_98": Scenario(98, 3, True, SHOCK, regression),
    "staggered_3_of_12": Scenario(12, 3, False, SHOCK, periods, staggered=True),
    "staggered_3_of_98": Scenario(98, 3, False, SHOCK, periods, staggered=True),
    "aipw_3_of_12": Scenario(12, 3, False, SHOCK, aipw),
    "ipw_3_of_12": Scenario(12, 3, False, SHOCK, clustered_weights),
    "pairs_3_of_12": Scenario(12, 3, False, SHOCK, clustered_pairs),
    "pairs_3_of_24": Scenario(24, 3, False, SHOCK, clustered_pairs),
    "pairs_3_of_46": Scenario(46, 3, False, SHOCK, clustered_pairs),
    "pairs_3_of_98": Scenario(98, 3, False, SHOCK, clustered_pairs),
    "did_3_of_12": Scenario(12, 3, False, SHOCK, changes),
    "did_3_of_98": Scenario(98, 3, False, SHOCK, changes),
    "cohorts_3_of_12": Scenario(12, 3, False, SHOCK, by_cohort, term="average"),
    "offer_3_of_12": Scenario(12, 3, False, SHOCK, offer),
    "offer_3_of_98": Scenario(98, 3, False, SHOCK, offer),
    "groups_3_of_12": Scenario(12, 3, False, SHOCK, groups, term="interaction"),
    "pairs_no_shock": Scenario(12, 3, True, 0.0, matched),
    "reused_no_shock": Scenario(12, 3, True, 0.0, reused),
    "ipw_no_shock": Scenario(12, 3, True, 0.0, weighted),
    "entropy_no_shock": Scenario(12, 3, True, 0.0, entropy),
    "aipw_no_shock": Scenario(12, 3, True, 0.0, plain_aipw),
    "ipw_hidden_confounder": Scenario(12, 3, True, 0.0, weighted, hidden=0.12, outside=True),
    "treated_shocks_doubled": Scenario(12, 3, False, SHOCK, regression, wild=2.0, outside=True),
}


def people_of(scenario: Scenario, seed: int) -> tuple[pd.DataFrame, float]:
    """Draw people and give the true effect on those treated."""
    rng = np.random.default_rng(seed)
    size = np.maximum(40, rng.lognormal(4.5, 0.6, scenario.towns)).astype(int)
    parts: dict[int, list[int]] = {
        1: [TREATED],
        2: [300, 161],
        3: [260, 120, 81],
        6: [150, 101, 80, 60, 40, 30],
    }
    size[: scenario.treated] = parts.get(scenario.treated, size[: scenario.treated])
    town = np.repeat(np.arange(scenario.towns), size)
    n = len(town)
    people = pd.DataFrame(
        {"id": np.arange(n), "town": town, "age": rng.integers(18, 30, n), "x": rng.normal(size=n)}
    )
    hidden = rng.normal(size=n) if scenario.hidden else np.zeros(n)
    inside = town < scenario.treated
    if scenario.volunteers:
        inside = inside & (rng.random(n) < 1 / (1 + np.exp(-0.6 * people["x"].to_numpy() - 0.8 * hidden)))
    shocks = rng.normal(0, scenario.shock, (2, scenario.towns))
    shocks[:, : scenario.treated] *= scenario.wild
    risk = 0.32 + 0.05 * people["x"] + 0.004 * (people["age"] - 24) + shocks[0, town]
    risk = (risk + scenario.hidden * hidden).to_numpy()
    people["before"] = (rng.random(n) < np.clip(risk + shocks[1, town] - 0.05, 0.01, 0.99)).astype(int)
    people["sex"] = rng.integers(0, 2, n)
    if scenario.staggered:
        period = rng.integers(0, 4, n)
        # The k-th treated municipality starts in period k: whoever came before that is a control there.
        inside = inside & (period >= town)
        risk = risk + np.array([0.0, 0.04, 0.02, 0.08])[period]
        people["period"] = period.astype(str)
    people["treat"] = inside.astype(int)
    with_, without = np.clip(risk + EFFECT, 0.01, 0.99), np.clip(risk, 0.01, 0.99)
    people["job"] = (rng.random(n) < np.where(inside, with_, without)).astype(int)
    return people, float((with_ - without)[inside].mean())


QUICK = {
    regression: "regression", periods: "regression", aipw: "aipw", clustered_weights: "ipw",
    changes: "difference", offer: "difference",
}  # fmt: skip
Judged = tuple[str, float, bool, bool]


def by_verb(scenario: Scenario, people: pd.DataFrame, truth: float) -> Judged:
    """Say what was chosen, how far the estimate is off, and whether truth and 0 are held by the interval."""
    result = scenario.run(people)
    row = result.estimates.set_index("term").loc[scenario.term]
    if row["status"] == "refused":
        return "refused", math.nan, False, False
    held = bool(row["ci_low"] <= truth <= row["ci_high"])
    return result.method.test, row["estimate"] - truth, held, bool(row["p_value"] < 0.05)


def chosen_of(plan: Plan, task: Task, means: Means) -> str:
    """Say what the gate chooses; CR2's own degrees matter only where shared shocks leave enough."""
    if means.solved is not None and task.clusters is not None:
        least = least_df(means.solved.fit, task.clusters, means.solved.difference)
        if least < gate.LEAST_DF:
            found = gate.situation_of(plan.question, plan.level, task.d, task.clusters, least, dealt=True)
            return gate.judge(found).chosen
    return judged(plan, task, means)[0].chosen


def by_parts(run: Callable[[pd.DataFrame], ips.Result], people: pd.DataFrame, truth: float) -> Judged:
    """Do as `by_verb` with the verb's own parts, no frames; the truth's p stands for the interval."""
    columns = [people["age"].to_numpy(float), people["x"].to_numpy(float)]
    if "period" in people:
        columns += [(people["period"] == v).to_numpy(float) for v in sorted(people["period"].unique())[1:]]
    y, d = people["job"].to_numpy(float), people["treat"].to_numpy(float)
    method, question = QUICK[run], "offer" if run is offer else "taking_part"
    y = y - people["before"].to_numpy(float) if run is changes else y
    x = np.empty((len(y), 0)) if method == "difference" else np.column_stack(columns)
    plan = Plan(method, "ATT", question, "auto", 0.95, DEALS, 20260101, 5)
    towns = np.asarray(pd.factorize(people["town"])[0], dtype=np.intp)
    persons = np.arange(len(y), dtype=np.intp)
    task = Task(y, d, x, np.ones(len(y)), towns, persons, 0.95, DEALS, 20260101)
    means, _ = means_of(plan, task, binary=run is not changes)
    chosen = chosen_of(plan, task, means)
    gap = means.difference - truth
    if not chosen:
        return "refused", math.nan, False, False
    if chosen == "randomisation":
        # At level 1 no interval is sought; the null effect is taken from the outcome instead.
        whole = replace(task, level=1.0)
        moved = replace(whole, y=y - truth * d)
        held, p = (difference_fields(means, one, chosen)["p_value"] for one in (moved, whole))
        return "test_randomisation", gap, held >= 0.05, p < 0.05
    if chosen != "larger_p":
        row = difference_fields(means, task, chosen)
        return f"test_{chosen}", gap, row["ci_low"] <= truth <= row["ci_high"], row["p_value"] < 0.05
    solved = means.fitted()
    found = ferman_pinto.shocks_of(solved.fit, towns, solved.difference)
    dealt = ferman_pinto.deals(len(found.parts.one), DEALS, 20260101)
    missed, rejected = (ferman_pinto.p_value(found, dealt, b) < 0.05 for b in (truth, 0.0))
    if missed or rejected:
        # Only what dealt shocks reject can the errors for persons still hold.
        own = t_fields(means.difference, cr2(solved.fit, persons, solved.difference), 0.95)
        missed = missed and not own["ci_low"] <= truth <= own["ci_high"]
        rejected = rejected and own["p_value"] < 0.05
    return "test_larger_p", gap, not missed, rejected


def tally(name: str, replicates: int, seed: int = 2, first: int = 0) -> dict[str, Any]:
    """Run replicates of one scenario and count; where the gate refuses there is no interval to judge."""
    scenario = SCENARIOS[name]
    quick = scenario.run in QUICK
    gaps, covered, rejected, chosen = [], 0, 0, set()
    for k in range(first, first + replicates):
        people, truth = people_of(scenario, seed * 1_000_003 + k)
        truth = 0.0 if scenario.term == "interaction" else truth
        test, gap, holds, rejects = (
            by_parts(scenario.run, people, truth) if quick else by_verb(scenario, people, truth)
        )
        chosen.add(test)
        if test != "refused":
            gaps.append(gap)
            covered += holds
            rejected += rejects
    return {
        "scenario": name, "seed": seed, "first": first, "replicates": replicates, "tests": sorted(chosen),
        "n": len(gaps), "gaps": float(np.sum(gaps)), "squares": float(np.square(gaps).sum()),
        "covered": covered, "rejected": rejected,
    }  # fmt: skip


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up the lines of one scenario."""
    n, replicates = (sum(one[key] for one in lines) for key in ("n", "replicates"))
    found = {
        "scenario": lines[0]["scenario"], "replicates": replicates, "refused": replicates - n,
        "test": "+".join(sorted({test for one in lines for test in one["tests"]})),
    }  # fmt: skip
    if not n:
        blank = ("bias", "bias_error", "coverage", "size", "size_error", "power")
        return found | dict.fromkeys(blank, math.nan) | {"valid": None}
    bias, square, covered, rejected = (
        sum(one[key] for one in lines) / n for key in ("gaps", "squares", "covered", "rejected")
    )
    error = math.sqrt(0.05 * 0.95 / n)
    return found | {
        "bias": bias, "bias_error": math.sqrt(max(square - bias**2, 0.0) / n), "coverage": covered,
        "size": 1 - covered, "size_error": error, "power": rejected,
        "valid": 1 - covered <= 0.05 + 3 * error,
    }  # fmt: skip


def simulate(name: str, replicates: int, seed: int = 2) -> dict[str, Any]:
    """Run one scenario and summarise it."""
    return summary([tally(name, replicates, seed)])


HEAD = "| scenario | replicates | the gate's choice | refused | bias | coverage | size | power | verdict |"


def line_of(found: dict[str, Any]) -> str:
    """Put one scenario into a row of the page."""

    def number(key: str, digits: int = 3) -> str:
        value = found[key]
        return f"{value:.{digits}f}" if isinstance(value, float) and not math.isnan(value) else "–"

    outside = SCENARIOS[str(found["scenario"])].outside
    said = {
        True: "holds" if found["replicates"] >= ENOUGH else "open, too few",
        False: "**too often**",
        None: "no valid test, and it says so",
    }[found["valid"]]
    cells = [
        str(found["scenario"]), str(found["replicates"]), str(found["test"]).replace("test_", ""),
        str(found["refused"]), f"{number('bias', 4)} ± {number('bias_error', 4)}", number("coverage"),
        f"{number('size')} ± {number('size_error')}", number("power"),
        f"assumption broken on purpose: {said}" if outside else said,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def page(files: list[str]) -> None:
    """Write the measured table, keeping the words around it."""
    lines = [json.loads(text) for f in files for text in Path(f).read_text().splitlines() if text.strip()]
    # A block that stands in two files counts once.
    blocks = {(one["scenario"], one["seed"], one["first"]): one for one in lines}.values()
    of = {name: [one for one in blocks if one["scenario"] == name] for name in SCENARIOS}
    rows = [line_of(summary(own)) for own in of.values() if own]
    table = [HEAD, "|" + " --- |" * (HEAD.count("|") - 1), *rows]
    before = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "<!-- table -->\n<!-- end -->\n"
    start, end = before.index("<!-- table -->"), before.index("<!-- end -->")
    PAGE.write_text(
        before[:start] + "<!-- table -->\n" + "\n".join(table) + "\n" + before[end:], encoding="utf-8"
    )


def main(arguments: list[str]) -> None:
    """Print one line of JSON per scenario, or write the page."""
    if arguments[:1] == ["page"]:
        page(arguments[1:])
        return
    replicates = int(arguments[0]) if arguments else 2_000
    for first in range(0, replicates, BLOCK):
        for name in arguments[1:] or list(SCENARIOS):
            print(json.dumps(tally(name, min(BLOCK, replicates - first), first=first)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
