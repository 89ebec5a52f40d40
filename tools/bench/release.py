"""Times the protection of one table and the release of the whole IPS UNG report.

Run: python tools/bench/release.py [--tables 5]
Writes one JSON line per measurement to standard output; the slowest table is what the aim is held against.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from lines import Line, record

import ipseval as ips
from ipseval.reporting.disclosure.attack import Need, Problem, open_needs
from ipseval.reporting.disclosure.suppress import suppress
from ipseval.study.plan import load_plan
from ipseval.study.report import inputs_folder, make_outcome

ROWS, COLUMNS = 10, 8


def main() -> None:
    """Time tables of 10 x 8 with margins and about 20 small cells, then the report at 3 and at 5."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--tables", type=int, default=5)
    told = ask.parse_args()
    for k in (3, 5):
        spent = []
        for seed in range(told.tables):
            problem = _table(np.random.default_rng(seed), k)
            start, cpu = time.perf_counter(), time.process_time()
            found = suppress(problem, k)
            seconds, busy = time.perf_counter() - start, time.process_time() - cpu
            spent.append(busy)
            _say(
                what="table_10x8", k=k, seed=seed, seconds=round(seconds, 2), cpu=round(busy, 2),
                small=int(problem.forced.sum()),
                hidden=int(found.hidden.sum()), optimal=found.optimal,
                attacked_in_vain=not open_needs(problem, found.hidden),
            )  # fmt: skip
        task = f"optimal protection of a 10 x 8 table, 20 small cells, slowest of {told.tables}, limit {k}"
        record(Line(9, task, ROWS * COLUMNS, "cells", max(spent), aim_seconds=10.0))
    _report()


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
