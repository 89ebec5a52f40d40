"""Odds-ratio tables beside R's confint(glm), and bootstrap refits beside a loop of statsmodels' Logit.

Run: python tools/bench/odds.py [resamples in the loop, default 10000] [rounds].  One thread for everybody.
Equality comes first: limits against R's (a spline, so to 1e-3), coefficients against statsmodels (to 1e-7,
where both answer).  Times are processor time (user and system) with one thread, medians of rounds that
alternate between the tools, so that a busy machine hits all alike.  Without Rscript the R row says
"not measured".
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lines import Line, peak_mb, record

from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.logit_resample import resample_counts, resample_fits
from ipseval.analysis.kernels.profile import profile_limits
from ipseval.analysis.odds import odds_ratios
from ipseval.analysis.odds_arrays import odds_table

SIZES = ((60, 5), (500, 5), (500, 10), (2000, 10))
LOOPED = ((60, 5), (500, 5), (500, 10))
TABLE_AIM = {(60, 5): 10.0, (500, 10): 40.0}
BOOTSTRAP_AIM = {(60, 5): 30.0, (500, 10): 15.0}
ROUNDS, REPEATS = 5, 20
RESAMPLES = 10_000
RECORDED = {
    "limits": "odds ratios with profile limits, from arrays",
    "arrays": "odds_table(): odds ratios, profile limits, tests, separation decided, from arrays",
    "verb": "odds_ratios(), from a frame to a Result",
}
R_SCRIPT = """
a <- commandArgs(TRUE); d <- read.csv(a[1]); suppressMessages(library(MASS))
f <- as.formula(paste("y ~", paste(setdiff(names(d), "y"), collapse = "+")))
run <- function() suppressMessages(confint(glm(f, binomial, d)))
limits <- run(); k <- as.integer(a[2])
t <- sum(system.time(for (i in 1:k) run())[1:2]) / k
cat(t, "\\n", paste(limits[-1, ], collapse = " "), "\\n")
"""


def invented(n: int, p: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Invented persons: columns with the intercept first, outcome, and the same as a frame."""
    random = np.random.default_rng(n)
    x = np.column_stack([np.ones(n), random.normal(size=(n, p))])
    y = (random.random(n) < 1 / (1 + np.exp(-(x[:, 1:] @ np.full(p, 0.2) - 0.4)))).astype(float)
    frame = pd.DataFrame(x[:, 1:], columns=[f"x{k}" for k in range(p)]).assign(y=y.astype(int))
    return x, y, frame


def per_call(call: Callable[[], Any], repeats: int) -> float:
    """Return the seconds of one call, averaged over `repeats`."""
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


def in_r(frame: pd.DataFrame, folder: Path, repeats: int) -> tuple[float, np.ndarray] | None:
    """Return R's seconds per confint(glm) and its limits, or None without R."""
    if shutil.which("Rscript") is None:
        return None
    data, script = folder / "data.csv", folder / "run.R"
    frame.to_csv(data, index=False)
    script.write_text(R_SCRIPT)
    said = subprocess.run(
        ["Rscript", str(script), str(data), str(repeats)], check=True, capture_output=True, text=True
    ).stdout.split()
    return float(said[0]), np.array(said[1:], dtype=float)


def table_rows(n: int, p: int, rounds: int) -> None:
    """Print the rows of one table: estimates, errors, likelihood-ratio tests and profile limits."""
    x, y, frame = invented(n, p)
    formula = "y ~ " + " + ".join(f"x{k}" for k in range(p))

    def arrays() -> np.ndarray:
        found = odds_table(x[:, 1:], y, method="ml")
        return np.log(np.concatenate([found.low, found.high]))

    def limits_only() -> None:
        profile_limits(fit_logit(x, y), np.arange(1, p + 1), 0.95)

    def verb() -> None:
        odds_ratios(formula, frame, method="ml", influence=False)

    calls: dict[str, Callable[[], object]] = {"limits": limits_only, "arrays": arrays, "verb": verb}
    taken: dict[str, list[float]] = {"R": [], "limits": [], "arrays": [], "verb": []}
    verb()
    with tempfile.TemporaryDirectory() as made:
        for _ in range(rounds):
            found = in_r(frame, Path(made), REPEATS)
            if found is not None:
                assert np.abs(found[1] - arrays()).max() < 1e-3
                taken["R"].append(found[0])
            for name, call in calls.items():
                taken[name].append(per_call(call, REPEATS))
    peer = statistics.median(taken["R"]) if taken["R"] else None
    shown = "not measured" if peer is None else f"{1000 * peer:.2f}"
    print(f"| n = {n}, p = {p}: R confint(glm) | {shown} | | |")
    rows = {
        "limits": "estimates and profile limits, arrays in",
        "arrays": "odds_table(): the same with likelihood-ratio tests and separation decided, arrays in",
        "verb": "odds_ratios(): frame in, Result out, separation decided",
    }
    for name, words in rows.items():
        middle = statistics.median(taken[name])
        times = "not measured" if peer is None else f"{peer / middle:.0f} x"
        aim = TABLE_AIM.get((n, p))
        print(f"| n = {n}, p = {p}: {words} | {1000 * middle:.2f} | {times} | {aim or ''} |")
        held = aim if name != "limits" else None
        record(
            Line(
                5, f"{RECORDED[name]}, {p} predictors", n, "persons", middle, "R confint(glm)", "R MASS",
                peer, mb=peak_mb(calls[name]), on_top=True, aim_ratio=held,
            )
        )  # fmt: skip


def bootstrap_rows(n: int, p: int, loop: int, rounds: int) -> None:
    """Print the rows of one bootstrap: 10,000 refits in a batch, and a loop over the same resamples."""
    import statsmodels.api as sm

    x, y, _ = invented(n, p)
    fit = fit_logit(x, y)
    counts = resample_counts(n, RESAMPLES, np.random.default_rng(1))
    batch: list[float] = []
    found = resample_fits(fit, counts)
    for _ in range(rounds):
        batch.append(per_call(lambda: resample_fits(fit, counts), 1))
    theirs = np.full((loop, p + 1), np.nan)
    places = [np.repeat(np.arange(n), row) for row in counts[:loop]]
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k, i in enumerate(places):
            try:
                fitted = sm.Logit(y[i], x[i]).fit(disp=0)
            except (np.linalg.LinAlgError, ValueError):
                continue
            if fitted.mle_retvals["converged"]:
                theirs[k] = fitted.params
    peer = (time.process_time() - start) * RESAMPLES / loop
    both = ~np.isnan(theirs).any(axis=1) & ~found.separated[:loop]
    gap = np.abs(found.beta[:loop][both] - theirs[both]).max()
    assert gap < 1e-7, gap
    middle = statistics.median(batch)
    print(f"| n = {n}, p = {p}: loop of Logit(y[i], X[i]).fit, {loop} timed | {1000 * peer:.0f} | | |")
    print(
        f"| n = {n}, p = {p}: {RESAMPLES} refits in a batch, {int(found.separated.sum())} named as separated "
        f"| {1000 * middle:.0f} | {peer / middle:.0f} x | {BOOTSTRAP_AIM.get((n, p), '')} |"
    )
    record(
        Line(
            5, f"{RESAMPLES} bootstrap refits, {p} predictors", n, "persons", middle,
            "loop of statsmodels Logit.fit", "statsmodels", peer,
            mb=peak_mb(lambda: resample_fits(fit, counts)), on_top=True, aim_ratio=BOOTSTRAP_AIM.get((n, p)),
        )
    )  # fmt: skip


def main() -> None:
    """Print both tables; start again with one thread where that is not set."""
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        one = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        sys.exit(subprocess.run([sys.executable, *sys.argv], env=one, check=False).returncode)
    loop = int(sys.argv[1]) if len(sys.argv) > 1 else RESAMPLES
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    print("| what | ms of processor time | times faster | aim |\n| --- | --- | --- | --- |")
    for n, p in SIZES:
        table_rows(n, p, rounds)
    for n, p in LOOPED:
        bootstrap_rows(n, p, loop, rounds)


if __name__ == "__main__":
    main()
