"""Runs every benchmark beside its peer in one go and writes the page, the table and the plot.

Run: python tools/bench/run.py [--quick] [--only imports,odds] [--out build/bench].  A full run writes
docs/measured/bench.md; a quick one, or one of some scripts only, writes bench.md into its own folder, so that
the numbers on the page come from one run.  Every run begins with no lines at all: what was not measured now,
because a peer is absent or a script failed, says so.  A script that takes longer than --minutes is stopped
and named on the page; what is known to take long on a shared machine (`LONG`) is tried with --long only.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from lines import ABSENT, FILE, Line, read, version_of
from page import Machine, write

ROOT = Path(__file__).parents[2]
FULL: dict[str, list[list[str]]] = {
    "imports": [["7"]],
    "report": [["1"]],
    "odds": [["2000", "5"]],
    "change": [[]],
    "effects": [["10000", "3"], ["100000", "3"], ["1000000", "2"]],
    "instruments": [["100000", "9"], ["1000000", "5"], ["10000000", "3"]],
    "registers_record": [["10000", "3"], ["100000", "3"], ["1000000", "5"]],
    "release": [[]],
}
LONG: dict[str, list[list[str]]] = {"registers_record": [["5000000", "1"]]}
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


def run_all(jobs: list[tuple[str, list[str]]], file: Path, limit: float) -> tuple[list[str], list[float]]:
    """Run the scripts one after another, each at most `limit` seconds; return what failed, and the loads."""
    failed, loads = [], []
    for name, words in jobs:
        told = " ".join([name, *words])
        loads.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
        print(f"--- {told} (load {loads[-1]:.1f})", flush=True)
        begin = time.perf_counter()
        script = Path(__file__).with_name(f"{name}.py")
        # A session of its own, so that what the script started stops with it.
        started = subprocess.Popen(
            [sys.executable, str(script), *words], cwd=ROOT, env=os.environ | {FILE: str(file)},
            start_new_session=True,
        )  # fmt: skip
        try:
            code = started.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            _stop(started)
            failed.append(f"{told} (stopped after {limit / 60:.0f} minutes)")
        else:
            failed += [f"{told} (stopped with {code})"] if code else []
        print(f"--- {told}: {time.perf_counter() - begin:.0f} s", flush=True)
    return failed, loads


def _stop(started: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(started.pid, signal.SIGKILL)
    started.kill()
    started.wait()


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
    ask.add_argument("--minutes", type=float, default=10.0, help="the longest a script may take")
    ask.add_argument("--only", default="", help="names of scripts, with commas")
    ask.add_argument("--out", type=Path, default=ROOT / "build" / "bench")
    asked = ask.parse_args()
    jobs = jobs_of(asked)
    asked.out.mkdir(parents=True, exist_ok=True)
    file = (asked.out / "lines.jsonl").resolve()
    file.unlink(missing_ok=True)
    failed, loads = run_all(jobs, file, 60 * asked.minutes)
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
