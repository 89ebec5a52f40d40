"""Times designs and tests at register size, beside R's MatchIt where R is at hand.

Run: python tools/bench/effects.py [controls] [repeats].  461 treated, 12 covariates, 98 municipalities.  The
propensity and both matchings (1:1 and 1:3 with caliper and exact strata) count on both sides.  Memory is the
largest resident size of a process of its own.  Without Rscript or MatchIt the peer is "not measured".
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.analysis.kernels import randomisation, wild
from ipseval.analysis.kernels.cluster import cr2, fit_linear

TREATED = 461
COVARIATES = [f"x{j}" for j in range(12)]
FORMULA = "treat ~ " + " + ".join(COVARIATES)
R_SCRIPT = """
suppressMessages(library(MatchIt)); a <- commandArgs(TRUE); d <- read.csv(a[1]); k <- as.integer(a[2])
f <- reformulate(paste0("x", 0:11), "treat")
for (i in seq_len(k)) { t <- system.time({
  p <- suppressWarnings(glm(f, binomial, d)); d$ps <- predict(p)
  # MatchIt 4.5.1 stops where a stratum has nobody treated, so those are taken out first
  s <- interaction(d$town, d$sex, drop = TRUE); e <- d[s %in% unique(s[d$treat == 1]), ]
  for (r in c(1, 3)) m <- suppressWarnings(matchit(f, e, method = "nearest", distance = e$ps, ratio = r,
    caliper = 0.2, std.caliper = TRUE, exact = ~ town + sex)) })[["elapsed"]]; cat(t, "\\n") }
cat("version", as.character(packageVersion("MatchIt")), "\\n")
"""


def invented(controls: int, seed: int = 1) -> pd.DataFrame:
    """Invented people; the treated are few and tilted."""
    rng = np.random.default_rng(seed)
    n = controls + TREATED
    x = rng.normal(size=(n, 12))
    treat = np.zeros(n, dtype=np.int8)
    treat[np.argsort(-(0.6 * x[:, :4].sum(axis=1) + rng.gumbel(size=n)))[: 4 * TREATED : 4]] = 1
    frame = pd.DataFrame(x, columns=COVARIATES, copy=False)
    return frame.assign(treat=treat, town=rng.integers(0, 98, n), sex=rng.integers(0, 2, n))


def medians(run: Callable[[], object], repeats: int) -> float:
    """Median seconds."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def both_matchings(frame: pd.DataFrame) -> None:
    """Propensity once and two matchings on it."""
    first = ips.match(FORMULA, frame, ratio=1, caliper=0.2, exact=["town", "sex"])
    ips.match(FORMULA, frame, ratio=3, caliper=0.2, exact=["town", "sex"], score=first)


def peer(frame: pd.DataFrame, repeats: int) -> str:
    """Seconds of the same work in R, or that it was not measured."""
    if shutil.which("Rscript") is None:
        return "not measured (no Rscript)"
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "people.csv", Path(folder) / "peer.R"
        frame.to_csv(data, index=False, float_format="%.8g")
        script.write_text(R_SCRIPT)
        done = subprocess.run(
            ["Rscript", str(script), str(data), str(repeats)], capture_output=True, text=True, check=False
        )
    lines = done.stdout.split("\n")
    times = [float(line) for line in lines if line.strip().replace(".", "", 1).isdigit()]
    if not times:
        return "not measured (MatchIt is not installed or failed)"
    version = next((line.split()[-1] for line in lines if line.startswith("version")), "?")
    return f"{statistics.median(times):.2f} s (MatchIt {version})"


def whole(frame: pd.DataFrame) -> None:
    """Full matching."""
    ips.match(FORMULA, frame, method="full")


def plain_dual(frame: pd.DataFrame) -> None:
    """Entropy balancing's dual by scipy's BFGS with its gradient."""
    from scipy.optimize import minimize

    treated = frame["treat"].to_numpy() == 1
    x = frame[COVARIATES].to_numpy()
    z = (x[~treated] - x[treated].mean(axis=0)) / x[~treated].std(axis=0)

    def value(b: np.ndarray) -> tuple[float, np.ndarray]:
        eta = z @ b
        top = eta.max()
        w = np.exp(eta - top)
        return top + np.log(w.sum()), (w @ z) / w.sum()

    minimize(value, np.zeros(z.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-8})


def package(name: str) -> str:
    """Say that a peer in R is not there."""
    asked = ["Rscript", "-e", f"cat(requireNamespace('{name}', quietly = TRUE))"]
    if shutil.which("Rscript") is None:
        return "not measured (no Rscript)"
    there = subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "TRUE"
    return "at hand, not timed here" if there else "not measured (not installed)"


def pyfixest_wild(x: np.ndarray, y: np.ndarray, clusters: np.ndarray) -> str:
    """Seconds of the same bootstrap in pyfixest, where it is installed."""
    try:
        import pyfixest
    except ImportError:
        return "not measured (not installed)"
    people = pd.DataFrame({"y": y, "d": x[:, 1], "z": x[:, 2], "g": clusters})
    fit = pyfixest.feols("y ~ d + z", people, vcov={"CRV1": "g"})
    return f"{medians(lambda: fit.wildboottest(param='d', reps=9_999), 5):.3f} s"


def main(arguments: list[str]) -> None:
    """Print one line per job."""
    controls = int(arguments[0]) if arguments else 1_000_000
    repeats = int(arguments[1]) if len(arguments) > 1 else 3
    frame = invented(controls)
    both_matchings(frame)
    ours = medians(lambda: both_matchings(frame), repeats)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"461 : {controls}, propensity + 1:1 + 1:3, caliper, exact: {ours:.2f} s")
    print(f"  largest resident size {largest:.0f} MB (data and imports in)")
    print(f"  R: {peer(frame, repeats)}")
    small = invented(min(controls, 10_000))
    optimal = medians(lambda: ips.match(FORMULA, small, method="optimal"), repeats)
    print(f"optimal 1:1, 461 : {len(small) - TREATED}: {optimal:.3f} s")
    middle = invented(min(controls, 100_000))
    entropy = medians(lambda: ips.weight(FORMULA, middle, method="entropy"), repeats)
    print(f"entropy balancing, 461 : {len(middle) - TREATED}: {entropy:.3f} s")
    print(f"  scipy's BFGS on the same dual: {medians(lambda: plain_dual(middle), repeats):.3f} s")
    print(f"  R ebal: {package('ebal')}")
    print(f"full matching, 461 : {len(small) - TREATED}: {medians(lambda: whole(small), repeats):.3f} s")
    towns = middle["town"].to_numpy(dtype=np.intp)
    fit = fit_linear(
        np.column_stack([np.ones(len(middle)), middle["treat"], middle[COVARIATES]]), middle["x0"] ** 2
    )
    unit = np.eye(14)[1]
    spent = medians(lambda: cr2(fit, towns, unit), 3)
    print(f"CR2 and its degrees, 98 clusters of {len(middle)}: {spent:.3f} s")
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(12), 40)
    x = np.column_stack([np.ones(480), clusters % 2, rng.normal(size=480)]).astype(float)
    y = rng.normal(size=480)

    def bootstrap() -> None:
        wild.p_value(wild.totals(x, y, clusters, 1), wild.draws(12, "rademacher", 0, 1))

    print(f"wild cluster bootstrap, 12 clusters, all 2^11 patterns: {1000 * medians(bootstrap, 20):.2f} ms")
    print(f"  pyfixest: {pyfixest_wild(x, y, clusters)}")
    treated = np.arange(98) < 3
    towns = randomisation.Clusters(rng.normal(size=98), treated.astype(float), np.ones(98), treated)
    placed = medians(lambda: randomisation.judge_placements(towns, 0.95, 99, 1), repeats)
    print(f"randomisation over C(98, 3) = 152,096 placements, p and interval: {placed:.2f} s")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main(sys.argv[1:])
