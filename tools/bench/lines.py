"""The common record of the benchmarks: one `Line` per task, size and peer, appended as JSON.

A script calls `record(Line(...))` beside its own printout.  Only under `run.py`, which names a file in the
environment variable `IPSEVAL_BENCH_LINES`, is anything written.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

FILE = "IPSEVAL_BENCH_LINES"
ABSENT = "not installed"


@dataclass(frozen=True)
class Line:
    """What one task cost at one size, beside one peer.

    `seconds` and `peer_seconds` are medians of processor time, or of wall time where `clock` says so.  No
    `peer_seconds` means that the peer named was not measured in this run; no `peer` that no tool known to us
    does the task.  `aim_ratio` is the least number of times as fast as the peer (0.5: at most twice its
    time); `aim_seconds` and `aim_mb` are upper bounds.
    """

    issue: int
    task: str
    size: int
    unit: str
    seconds: float
    peer: str = ""
    package: str = ""
    peer_seconds: float | None = None
    mb: float | None = None
    peer_mb: float | None = None
    on_top: bool = False
    aim_ratio: float | None = None
    aim_seconds: float | None = None
    aim_mb: float | None = None
    clock: str = "processor"

    @property
    def ratio(self) -> float | None:
        """How many times the peer's cost is ours."""
        return None if self.peer_seconds is None else self.peer_seconds / self.seconds

    @property
    def missed(self) -> tuple[str, ...]:
        """Name the aims this line does not reach."""
        found = []
        if self.aim_ratio is not None and self.ratio is not None and self.ratio < self.aim_ratio:
            found.append("ratio")
        if self.aim_seconds is not None and self.seconds >= self.aim_seconds:
            found.append("time")
        if self.aim_mb is not None and self.mb is not None and self.mb >= self.aim_mb:
            found.append("memory")
        return tuple(found)


def record(line: Line) -> None:
    """Append a line to the file of the running `run.py`; do nothing where a script runs alone."""
    name = os.environ.get(FILE)
    if name:
        with Path(name).open("a", encoding="utf-8") as out:
            out.write(json.dumps(asdict(line)) + "\n")


def read(path: Path) -> list[Line]:
    """Return the lines of a file in the order they were measured."""
    if not path.exists():
        return []
    return [Line(**json.loads(text)) for text in path.read_text(encoding="utf-8").splitlines()]


def exponent(points: Iterable[tuple[float, float]]) -> float | None:
    """Return b of cost = a x size^b by least squares of logarithms, or None under two sizes."""
    sizes, costs = np.array(sorted(set(points)), dtype=float).reshape(-1, 2).T
    if len(np.unique(sizes)) < 2:
        return None
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


SHORTEST = 0.01
MOST_CALLS = 200


def medians(*jobs: Callable[[], object], rounds: int = 5, inner: int = 1, warm: bool = True) -> list[float]:
    """Time jobs alternately, A B A B ..., and return the median processor seconds of each.

    A job is called as often in a turn as takes `SHORTEST`, at least `inner` times: microseconds beside a peer
    that has just filled the caches would measure the caches.
    """
    spent: list[list[float]] = [[] for _ in jobs]
    often = [inner] * len(jobs)
    for turn in range(rounds + warm):
        for k, job in enumerate(jobs):
            begin = time.process_time()
            for _ in range(often[k]):
                job()
            each = (time.process_time() - begin) / often[k]
            if turn >= warm:
                spent[k].append(each)
            else:
                often[k] = max(inner, min(MOST_CALLS, int(SHORTEST / max(each, 1e-6))))
    return [float(np.median(s)) for s in spent]


def peak_mb(job: Callable[[], object]) -> float:
    """Return the megabytes a job asks for on top of what is there, as Python and NumPy count them."""
    tracemalloc.start()
    try:
        job()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def version_of(package: str) -> str:
    """Return the version of a Python package, or of an R package written as "R name"."""
    if package.startswith("R "):
        return r_version(package[2:])
    try:
        return version(package)
    except PackageNotFoundError:
        return ABSENT


@cache
def r_version(package: str) -> str:
    """Return the version of an R package ("R" is R itself)."""
    if shutil.which("Rscript") is None:
        return ABSENT
    asked = "getRversion()" if package == "R" else f"packageVersion('{package}')"
    done = subprocess.run(
        ["Rscript", "-e", f"cat(as.character({asked}))"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else ABSENT
