"""Runs every benchmark beside its peer in one go and writes the page, the table and the plot.

Run: python tools/bench/run.py [--quick] [--only imports,odds] [--out build/bench].  A full run writes
docs/measured/bench.md; a quick one, or one of some scripts only, writes bench.md into its own folder, so that
the numbers on the page come from one run.  Every run begins with no lines at all: what was not measured now,
because a peer is absent or a script failed, says so.  Sizes that take more than ten minutes on a shared
machine (`LONG`) run with --long.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lines import ABSENT, FILE, Line, read, version_of
from page import Machine, write

ROOT = Path(__file__).parents[2]
FULL: dict[str, list[list[str]]] = {
    "imports": [[]],
    "report": [[]],
    "release": [[]],
    "odds": [[]],
    "change": [[]],
    "instruments": [["100000", "9"], ["1000000", "5"], ["10000000", "3"]],
    "effects": [["10000", "5"], ["100000", "3"], ["1000000", "2"]],
    "registers_record": [["10000", "3"], ["100000", "3"], ["1000000", "1"]],
}
LONG: dict[str, list[list[str]]] = {"registers_record": [["1000000", "3"], ["5000000", "1"]]}
QUICK: dict[str, list[list[str]]] = {
    "imports": [["1"]],
    "odds": [["20", "1"]],
    "change": [["--quick"]],
    "instruments": [["5000", "1"], ["20000", "1"]],
    "effects": [["3000", "1"]],
    "registers_record": [["1000", "1"], ["4000", "1"]],
}
BASE = ("numpy", "scipy", "pandas", "polars", "pyarrow")


def jobs_of(asked: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """Return the scripts with their arguments in the order they run."""
    plan = QUICK if asked.quick else FULL
    if asked.long:
        plan = plan | {name: plan[name] + LONG[name] for name in LONG}
    names = asked.only.split(",") if asked.only else list(plan)
    unknown = [name for name in names if name not in plan]
    if unknown:
        sys.exit(f"run.py: no benchmark is called {', '.join(unknown)}; there are {', '.join(plan)}.")
    return [(name, words) for name in names for words in plan[name]]


def run_all(jobs: list[tuple[str, list[str]]], file: Path) -> tuple[list[str], list[float]]:
    """Run the scripts one after another; return what failed, and the load before each."""
    failed, loads = [], []
    for name, words in jobs:
        told = " ".join([name, *words])
        loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
        print(f"--- {told} (load {loads[-1]:.1f})", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(script), *words], cwd=ROOT, env=os.environ | {FILE: str(file)}, check=False
        )
        print(f"--- {told}: {time.perf_counter() - begin:.0f} s", flush=True)
        if done.returncode:
            failed.append(told)
    return failed, loads


def newest(package: str) -> str:
    """Ask the package index for the newest release; "not asked" where there is no answer."""
    asked = [sys.executable, "-m", "pip", "index", "versions", "--disable-pip-version-check", package]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
    except subprocess.TimeoutExpired:
        return "not asked"
    found = re.match(rf"{re.escape(package)} \((\S+)\)", done.stdout)
    return found.group(1) if found else "not asked"


def versions(lines: list[Line], ask: bool) -> list[tuple[str, str, str]]:
    """Return name, version here and newest release of Python, R and every package measured or built on."""
    peers = sorted({line.package for line in lines if line.package} | set(BASE))
    rows = [("ipseval", version_of("ipseval"), ""), ("Python", platform.python_version(), "")]
    if any(name.startswith("R ") for name in peers):
        rows.append(("R", version_of("R R"), ""))
    for name in peers:
        here = version_of(name)
        index = newest(name) if ask and not name.startswith("R ") and here != ABSENT else "not asked"
        rows.append((name, here, index))
    return rows


def main() -> int:
    """Run, read the lines back and write everything; 1 where a script failed."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--quick", action="store_true", help="small sizes and one round: do the scripts run?")
    ask.add_argument("--long", action="store_true", help="also what takes more than ten minutes")
    ask.add_argument("--only", default="", help="names of scripts, with commas")
    ask.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    asked = ask.parse_args()
    jobs = jobs_of(asked)
    asked.out.mkdir(parents=True, exist_ok=True)
    file = (asked.out / "lines.jsonl").resolve()
    file.unlink(missing_ok=True)
    failed, loads = run_all(jobs, file)
    lines = read(file)
    machine = Machine(
        day=datetime.now(UTC).strftime("%Y-%m-%d"),
        cores=os.cpu_count() or 1,
        loads=tuple(loads),
        versions=tuple(versions(lines, ask=not asked.quick)),
        failed=tuple(failed),
        quick=asked.quick,
    )
    whole = not asked.quick and not asked.only
    page = ROOT / "docs" / "measured" / "bench.md" if whole else asked.out / "bench.md"
    write(lines, machine, page, asked.out)
    print(f"{len(lines)} lines; {page.name} and {asked.out.name}/bench.csv, bench.html, cost.png are written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
