"""Times the exact change kernels beside their peers, in one run: `python tools/bench/change.py [--quick]`.

Equal results are asserted first; then both are timed alternately and the median of several rounds is printed.
Times are processor time (user and system) with one thread for everybody, so that a busy machine hits all
alike.  R's mice is timed on the same data where R has it (some seconds), and is "not measured" elsewhere.
"""

from __future__ import annotations

import os

os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from lines import Line, medians, peak_mb, record
from scipy import stats

from ipseval.analysis.kernels.bootstrap import mean_bca, moment_bca, resample_counts
from ipseval.analysis.kernels.imputation import Variable, impute
from ipseval.analysis.kernels.ranks import rank_sum
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank

QUICK = "--quick" in sys.argv
ROUNDS, INNER = (1, 1) if QUICK else (9, 3)
# Up to where ours is exact; beyond, it is approximate too and says so.
RANK_SIZES, SUM_SIZES = (20, 40, 100, 200), (20, 40, 100)
MEAN_SIZES = (40, 160) if QUICK else (40, 160, 640)
PEOPLE_SIZES = (125,) if QUICK else (125, 500, 2000)
MICE = """
suppressMessages(library(mice)); d <- read.csv("{path}", na.strings = "")
t <- sum(proc.time()[1:2]); invisible(mice(d, m = 20, maxit = 5, method = "pmm", printFlag = FALSE));
cat(sum(proc.time()[1:2]) - t)
"""


def time_beside(
    task: str, size: int, job: Callable[[], object], rival: Callable[[], object] | None, **told: Any
) -> None:
    """Time a task and its peer in turn, print one line of the table and record it."""
    jobs = [job] if rival is None else [job, rival]
    ours, *theirs = medians(*jobs, rounds=ROUNDS, inner=INNER)
    told.setdefault("peer_seconds", theirs[0] if theirs else None)
    line = Line(4, task, size, told.pop("unit", "persons"), ours, mb=peak_mb(job), on_top=True, **told)
    beside = "not measured"
    if line.peer_seconds is not None:
        beside = f"{1000 * line.peer_seconds:9.2f} ms  x{line.peer_seconds / ours:7.1f}"
    aim = line.aim_ratio or line.aim_seconds or "-"
    print(f"{task:44s} {size:6d} {1000 * ours:9.2f} ms  {line.peer:36s} {beside}  aim {aim}")
    record(line)


def rank_tests(rng: np.random.Generator) -> None:
    """Exact signed-rank with ties at n = 40 and n = 200."""
    small = 4.0 * rng.integers(-6, 10, 12)
    small = small[small != 0]
    every = stats.PermutationMethod(n_resamples=10**6)
    assert abs(signed_rank(small).p_value - stats.wilcoxon(small, method=every).pvalue) < 1e-9
    scipy = {"peer": "scipy wilcoxon (approximate)", "package": "scipy"}
    for n in RANK_SIZES:
        d = 4.0 * rng.integers(-6, 10, n)
        assert signed_rank(d).exact
        aim = {40: {"aim_ratio": 1.0}, 200: {"aim_seconds": 0.05}}.get(n, {})
        task = "exact signed-rank with ties"
        time_beside(task, n, lambda d=d: signed_rank(d), lambda d=d: stats.wilcoxon(d), **scipy, **aim)
        time_beside("Hodges-Lehmann with exact limits", n, lambda d=d: hodges_lehmann(d, 0.95), None)
    for n in SUM_SIZES:
        x, y = 4.0 * rng.integers(0, 20, n // 2), 4.0 * rng.integers(2, 22, n // 2)
        assert rank_sum(x, y).exact
        time_beside(
            "exact rank-sum of two halves, ties", n, lambda x=x, y=y: rank_sum(x, y),
            lambda x=x, y=y: stats.mannwhitneyu(x, y),
            peer="scipy mannwhitneyu (approximate)", package="scipy",
        )  # fmt: skip


def bootstraps(rng: np.random.Generator) -> None:
    """BCa of a mean difference: whole distribution on a lattice, and twenty outcomes at once."""
    d = 4.0 * rng.integers(-6, 10, 40)
    ideal = mean_bca(d, 0.95)
    drawn = stats.bootstrap((d,), np.mean, n_resamples=100_000, method="BCa", batch=10_000, rng=1)
    assert ideal is not None
    assert abs(ideal.low - drawn.confidence_interval.low) < 0.2
    for n in MEAN_SIZES:
        d = 4.0 * rng.integers(-6, 10, n)
        time_beside(
            "BCa of a mean difference, whole numbers", n, lambda d=d: mean_bca(d, 0.95),
            lambda d=d: stats.bootstrap((d,), np.mean, n_resamples=9_999, method="BCa", rng=1),
            peer="scipy bootstrap, 9,999", package="scipy", aim_ratio=40.0 if n == 40 else None,
        )  # fmt: skip
    many = rng.normal(1, 3, (40, 20))
    ours_first = moment_bca(many, lambda means: means, resample_counts(40, 99_999, 1), 0.95)[0]
    drawn = stats.bootstrap((many[:, 0],), np.mean, n_resamples=99_999, method="BCa", batch=10_000, rng=1)
    assert abs(ours_first.low - drawn.confidence_interval.low) < 0.02

    def together() -> None:
        moment_bca(many, lambda means: means, resample_counts(40, 9_999, 1), 0.95)

    def one_by_one() -> None:
        for k in range(20):
            stats.bootstrap((many[:, k],), np.mean, n_resamples=9_999, method="BCa", rng=1)

    time_beside(
        "BCa of 20 outcomes at once, 9,999 draws", 40, together, one_by_one,
        peer="scipy bootstrap, 20 times", package="scipy", aim_ratio=10.0,
    )  # fmt: skip


def in_mice(x: np.ndarray) -> float | None:
    """Return R mice's processor seconds on the same data, or None where R has no mice."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        text = "\n".join(",".join("" if np.isnan(v) else repr(float(v)) for v in row) for row in x)
        path.write_text(",".join(f"x{k}" for k in range(15)) + "\n" + text + "\n", encoding="utf-8")
        script = MICE.format(path=path.as_posix())
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None


def imputation(rng: np.random.Generator) -> None:
    """Twenty chains of predictive mean matching, 15 columns, a fifth missing."""
    loadings = rng.normal(size=(15, 3))
    for n in PEOPLE_SIZES:
        x = rng.normal(size=(n, 3)) @ loadings.T + rng.normal(size=(n, 15))
        x[rng.uniform(size=x.shape) < 0.2] = np.nan
        columns = [Variable(x[:, k].copy()) for k in range(15)]
        time_beside(
            "chained equations, m = 20, 15 columns", n, lambda columns=columns: impute(columns, 20, 5, 1),
            None, peer="R mice, pmm", package="R mice", peer_seconds=in_mice(x),
            aim_ratio=20.0 if n == 500 else None,
        )  # fmt: skip


if __name__ == "__main__":
    generator = np.random.default_rng(3)
    rank_tests(generator)
    bootstraps(generator)
    imputation(generator)
