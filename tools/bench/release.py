"""Times the protection of one table and the release of the whole IPS UNG report.

Run: python tools/bench/release.py [--tables 5] [--write docs/measured/release.md]
Writes one JSON line per measurement to standard output; the slowest table is what the aim is held against.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from lines import Line, record

import ipseval as ips
from ipseval.reporting.disclosure.pattern.attack import Need, Problem, open_needs
from ipseval.reporting.disclosure.pattern.suppress import suppress
from ipseval.study.plan import load_plan
from ipseval.study.report import inputs_folder, make_outcome

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured_page import put

ROWS, COLUMNS = 10, 8
TABLES = "A 10 x 8 table with margins"
ABOUT = (
    "Written by `python tools/bench/release.py --tables 50 --write docs/measured/release.md`: invented",
    "tables, the cheapest pattern by whole-number programming, tried again by the outsider.",
    "",
    "| k | tables | small counts in a table | proven cheapest | median, s | slowest, s |",
    "| --- | --- | --- | --- | --- | --- |",
)


def main() -> None:
    """Time tables of 10 x 8 with margins and about 20 small cells, then the report at 3 and at 5."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--tables", type=int, default=5)
    ask.add_argument("--write", type=Path)
    told = ask.parse_args()
    kept: list[str] = []
    for k in (3, 5):
        spent, proven, small = [], 0, []
        for seed in range(told.tables):
            problem = _table(np.random.default_rng(seed), k)
            start, cpu = time.perf_counter(), time.process_time()
            found = suppress(problem, k)
            seconds, busy = time.perf_counter() - start, time.process_time() - cpu
            spent.append(busy)
            proven += found.optimal
            small.append(int(problem.forced.sum()))
            _say(
                what="table_10x8", k=k, seed=seed, seconds=round(seconds, 2), cpu=round(busy, 2),
                small=int(problem.forced.sum()),
                hidden=int(found.hidden.sum()), optimal=found.optimal,
                attacked_in_vain=not open_needs(problem, found.hidden),
            )  # fmt: skip
        task = f"optimal protection of a 10 x 8 table, 20 small cells, slowest of {told.tables}, limit {k}"
        record(Line(9, task, ROWS * COLUMNS, "cells", max(spent), aim_seconds=10.0))
        kept.append(
            f"| {k} | {told.tables} | {min(small)} to {max(small)} | {proven} | "
            f"{statistics.median(spent):.1f} | {max(spent):.1f} |"
        )
    if told.write:
        put(told.write, TABLES, [*ABOUT, *kept, *_beside()])
        return
    _report()


def _beside() -> list[str]:
    """What else the machine was doing."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return ["", f"Processor time; load of the machine at the end {load:.1f} on {os.cpu_count()} cores."]


def _table(rng: np.random.Generator, k: int) -> Problem:
    """Draw a two-way table with 19 to 21 small cells, and its margins."""
    while True:
        inner = rng.poisson(rng.gamma(1.2, 10, (ROWS, COLUMNS)))
        if abs(int(((inner > 0) & (inner < k)).sum()) - 20) <= 1:
            break
    full = np.zeros((ROWS + 1, COLUMNS + 1), dtype=np.int64)
    full[:ROWS, :COLUMNS] = inner
    full[ROWS, :COLUMNS], full[:ROWS, COLUMNS], full[ROWS, COLUMNS] = inner.sum(0), inner.sum(1), inner.sum()
    place = np.arange(full.size).reshape(full.shape)
    facts = np.zeros((sum(full.shape), full.size))
    for fact, line in zip(facts, [*place, *place.T], strict=True):
        fact[line[:-1]], fact[line[-1]] = 1, -1
    values = full.ravel()
    forced = (values > 0) & (values < k)
    row, column = np.divmod(np.arange(full.size), COLUMNS + 1)
    cost = 40.0 ** ((row == ROWS).astype(int) + (column == COLUMNS)) + values / (1 + values.max())
    needs = tuple(Need(int(cell), target) for cell in np.flatnonzero(forced) for target in (1, k - 1))
    gone = np.zeros(full.size, dtype=bool)
    return Problem(values, forced, values >= k, gone, (values > 0).astype(np.int64), cost, facts, needs)


def _report() -> None:
    with tempfile.TemporaryDirectory() as place:
        plan = load_plan("ips_ung")
        outcome = make_outcome(plan, inputs_folder(plan, None, Path(place) / "out", "en"))
        for profile in ("dst-3", "dst-5"):
            start, cpu = time.perf_counter(), time.process_time()
            out = ips.release(dict(outcome.results), Path(place) / profile, profile=profile)
            seconds, busy = time.perf_counter() - start, time.process_time() - cpu
            counts = dict(out.statuses()["status"].value_counts())
            task = f"release of the IPS UNG report, {profile}"
            record(Line(9, task, len(outcome.results), "results", busy, aim_seconds=20.0))
            _say(what="ips_ung", profile=profile, seconds=round(seconds, 2), cpu=round(busy, 2), **counts)


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told, default=int) + "\n")


if __name__ == "__main__":
    main()
