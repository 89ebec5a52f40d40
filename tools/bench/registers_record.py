"""Records what `registers.py` measures: python tools/bench/registers_record.py [persons] [rounds].

The jobs, the files and the check that all tools answer alike are those of `registers.py`; here they only
become lines.  Times are processor seconds of all threads; both sides may use two.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lines import Line, record

import registers

TASKS = {
    "neet": "NEET by three definitions and ten years, from wide parquet",
    "spells": "spells in memory, from wide parquet",
    "store": "spells into a store, from wide parquet",
    "outcomes": "weeks in work after an index date, from wide parquet",
    "from_store": "NEET and outcomes together, from the spell store",
}
# Job, peers whose times are added, the peer's name, its package, times as fast, and from how many persons on.
PEERS: tuple[tuple[str, tuple[str, ...], str, str, float | None, int], ...] = (
    ("neet", ("decode",), "polars, decoding alone", "polars", 1 / 1.3, 1_000_000),
    ("neet", ("neet_polars",), "polars expressions", "polars", None, 0),
    ("neet", ("neet_melt",), "pandas melt, tuned", "pandas", 100.0, 100_000),
    ("neet", ("neet_duckdb",), "DuckDB on a long file", "duckdb", None, 0),
    ("spells", ("decode",), "polars, decoding alone", "polars", 1 / 3, 1_000_000),
    ("spells", ("spells_duckdb",), "DuckDB on a long file", "duckdb", 25.0, 1_000_000),
    ("store", ("decode",), "polars, decoding alone", "polars", None, 0),
    ("outcomes", ("decode",), "polars, decoding alone", "polars", 1 / 1.7, 1_000_000),
    ("outcomes", ("outcomes_duckdb",), "DuckDB on a long file", "duckdb", 10.0, 1_000_000),
    ("from_store", ("decode",), "polars, decoding alone", "polars", 1.0, 1_000_000),
    ("from_store", ("neet_duckdb", "outcomes_duckdb"), "DuckDB on a long file", "duckdb", 50.0, 1_000_000),
)
MEMORY_AIM = 700.0


def middle(runs: list[dict[str, Any]], what: str) -> float:
    """Give the median of a figure over rounds."""
    return float(statistics.median(run[what] for run in runs))


def lines_of(found: dict[str, list[dict[str, Any]]], persons: int) -> list[Line]:
    """Turn the rounds of all jobs into lines; a job that did not run is a peer not measured."""
    made = []
    for job, peers, called, package, least, since in PEERS:
        there = all(found.get(peer) for peer in peers)
        made.append(
            Line(
                6, TASKS[job], persons, f"persons x {registers.WEEKS} weeks", middle(found[job], "cpu"),
                called, package,
                sum(middle(found[peer], "cpu") for peer in peers) if there else None,
                mb=middle(found[job], "mb"),
                peer_mb=max(middle(found[peer], "mb") for peer in peers) if there else None,
                aim_ratio=least if persons >= since else None,
                aim_mb=MEMORY_AIM if peers == ("decode",) else None,
            )
        )  # fmt: skip
    return made


def main() -> None:
    """Measure as `registers.py` does, print its report, and record."""
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dream.parquet"
        # In a process of its own: a child's peak memory is never below what its parent had when it began.
        make = [sys.executable, registers.__file__, "--make", str(path), str(persons)]
        subprocess.run(make, check=True)
        jobs = [job for job in registers.JOBS if job != "neet_melt" or persons <= registers.MELT_MOST]
        jobs = [job for job in jobs if not job.endswith("_duckdb") or find_spec("duckdb") is not None]
        found: dict[str, list[dict[str, Any]]] = {job: [] for job in jobs}
        for turn in range(rounds):
            for job in jobs:
                if turn == 0 or job not in registers.LONG:
                    found[job].append(registers.measured(job, path, persons))
        print(registers.report(found, persons, path.stat().st_size))
    for line in lines_of(found, persons):
        record(line)


if __name__ == "__main__":
    main()
