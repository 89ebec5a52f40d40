"""Times the exact change kernels beside their peers, in one run: `python tools/bench/change.py`.

Equal results are asserted first; then both are timed alternately and the median of several rounds is printed.
Times are processor time (user and system) with one thread for everybody, so that a busy machine hits all
alike.  R's mice is timed on the same data where R has it (some seconds), and is "not measured" elsewhere.
"""

from __future__ import annotations

import os

os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats

from ipseval.analysis.kernels.bootstrap import mean_bca, moment_bca, resample_counts
from ipseval.analysis.kernels.imputation import Variable, impute
from ipseval.analysis.kernels.ranks import rank_sum
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank

ROUNDS = 9
INNER = 3
MICE = """
suppressMessages(library(mice)); d <- read.csv("{path}", na.strings = "")
t <- sum(proc.time()[1:2]); invisible(mice(d, m = 20, maxit = 5, method = "pmm", printFlag = FALSE));
cat(sum(proc.time()[1:2]) - t)
"""


def median_seconds(*jobs: Callable[[], object]) -> list[float]:
    """Time jobs alternately: A B A B ..., one warm-up round, median of each."""
    spent: list[list[float]] = [[] for _ in jobs]
    for turn in range(ROUNDS + 1):
        for k, job in enumerate(jobs):
            begin = time.process_time()
            for _ in range(INNER):
                job()
            if turn:
                spent[k].append((time.process_time() - begin) / INNER)
    return [float(np.median(s)) for s in spent]


def show(name: str, ours: float, peer: float, peer_name: str, goal: str) -> None:
    """Print one line of the table."""
    times = f"{1000 * ours:9.2f} ms  {peer_name:32s} {1000 * peer:9.2f} ms  x{peer / ours:7.1f}"
    print(f"{name:44s} {times}  goal {goal}")


def rank_tests(rng: np.random.Generator) -> None:
    """Exact signed-rank with ties at n = 40 and n = 200."""
    small = 4.0 * rng.integers(-6, 10, 12)
    small = small[small != 0]
    every = stats.PermutationMethod(n_resamples=10**6)
    assert abs(signed_rank(small).p_value - stats.wilcoxon(small, method=every).pvalue) < 1e-9
    d = 4.0 * rng.integers(-6, 10, 40)
    ours, peer = median_seconds(lambda: signed_rank(d), lambda: stats.wilcoxon(d))
    show("exact signed-rank, n = 40, ties", ours, peer, "scipy.stats.wilcoxon (approximate)", ">= 1")
    large = 4.0 * rng.integers(-6, 10, 200)
    ours, peer = median_seconds(lambda: signed_rank(large), lambda: stats.wilcoxon(large))
    show("exact signed-rank, n = 200, ties", ours, peer, "scipy.stats.wilcoxon (approximate)", "< 50 ms")
    ours, peer = median_seconds(lambda: hodges_lehmann(d, 0.95), lambda: stats.wilcoxon(d))
    show("Hodges-Lehmann with exact limits, n = 40", ours, peer, "scipy has none (wilcoxon)", "-")
    x, y = 4.0 * rng.integers(0, 20, 20), 4.0 * rng.integers(2, 22, 20)
    ours, peer = median_seconds(lambda: rank_sum(x, y), lambda: stats.mannwhitneyu(x, y))
    show("exact rank-sum, 20 against 20, ties", ours, peer, "scipy.stats.mannwhitneyu (approx.)", "-")


def bootstraps(rng: np.random.Generator) -> None:
    """BCa of a mean difference: whole distribution on a lattice, and twenty outcomes at once."""
    d = 4.0 * rng.integers(-6, 10, 40)
    ideal = mean_bca(d, 0.95)
    drawn = stats.bootstrap((d,), np.mean, n_resamples=100_000, method="BCa", batch=10_000, rng=1)
    assert ideal is not None
    assert abs(ideal.low - drawn.confidence_interval.low) < 0.2
    ours, peer = median_seconds(
        lambda: mean_bca(d, 0.95),
        lambda: stats.bootstrap((d,), np.mean, n_resamples=9_999, method="BCa", rng=1),
    )
    show("BCa of a mean, n = 40, no Monte-Carlo error", ours, peer, "scipy.stats.bootstrap, 9,999", ">= 40")
    many = rng.normal(1, 3, (40, 20))
    ours_first = moment_bca(many, lambda means: means, resample_counts(40, 99_999, 1), 0.95)[0]
    drawn = stats.bootstrap((many[:, 0],), np.mean, n_resamples=99_999, method="BCa", batch=10_000, rng=1)
    assert abs(ours_first.low - drawn.confidence_interval.low) < 0.02

    def together() -> None:
        moment_bca(many, lambda means: means, resample_counts(40, 9_999, 1), 0.95)

    def one_by_one() -> None:
        for k in range(20):
            stats.bootstrap((many[:, k],), np.mean, n_resamples=9_999, method="BCa", rng=1)

    ours, peer = median_seconds(together, one_by_one)
    show("BCa of 20 outcomes at once, any numbers", ours, peer, "scipy.stats.bootstrap, 20 times", ">= 10")


def imputation(rng: np.random.Generator) -> None:
    """Twenty chains of predictive mean matching, 500 persons, 15 columns, a fifth missing."""
    loadings = rng.normal(size=(15, 3))
    x = rng.normal(size=(500, 3)) @ loadings.T + rng.normal(size=(500, 15))
    x[rng.uniform(size=x.shape) < 0.2] = np.nan
    columns = [Variable(x[:, k].copy()) for k in range(15)]
    (ours,) = median_seconds(lambda: impute(columns, 20, 5, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        text = "\n".join(",".join("" if np.isnan(v) else repr(float(v)) for v in row) for row in x)
        path.write_text(",".join(f"x{k}" for k in range(15)) + "\n" + text + "\n", encoding="utf-8")
        script = MICE.format(path=path.as_posix())
        peer = None
        if shutil.which("Rscript"):
            done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
            peer = float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None
    if peer is None:
        print(f"{'imputation, m = 20, 5 sweeps':44s} {1000 * ours:9.2f} ms  R mice, pmm: not measured")
    else:
        show("imputation, m = 20, 5 sweeps", ours, peer, "R mice, pmm", ">= 20")


if __name__ == "__main__":
    generator = np.random.default_rng(3)
    rank_tests(generator)
    bootstraps(generator)
    imputation(generator)
