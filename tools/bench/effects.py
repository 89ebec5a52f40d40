"""Times designs and tests at register size, beside R's MatchIt where R is at hand.

Run: python tools/bench/effects.py [controls] [repeats].  461 treated, 12 covariates, 98 municipalities.  The
propensity and both matchings (1:1 and 1:3 with caliper and exact strata) count on both sides.  Optimal and
full matching run up to 10,000 controls, entropy balancing and CR2 up to 100,000, tests with few clusters
beside the smallest.  Times are processor time with one thread, medians; memory is the largest resident size
of this process, and of R's where that is larger.  Without Rscript or the package a peer is "not measured".
"""

from __future__ import annotations

import os

# One thread for everybody: R's BLAS has one, and threads that wait for each other count as processor time.
os.environ |= {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.analysis.kernels import randomisation, wild
from ipseval.analysis.kernels.cluster import cr2, fit_linear
from ipseval.analysis.kernels.weights import entropy_weights

TREATED = 461
# pyfixest counts the patterns strictly beyond the observed one, so that one of 2^11 is missing there.
SAME_P = 2.0**-11 + 1e-9
PAIRS_MOST, WEIGHTS_MOST, REGISTER = 10_000, 100_000, 1_000_000
COVARIATES = [f"x{j}" for j in range(12)]
FORMULA = "treat ~ " + " + ".join(COVARIATES)
R_HEAD = """
a <- commandArgs(TRUE); d <- read.csv(a[1]); k <- as.integer(a[2]); x <- paste0("x", 0:11)
f <- reformulate(x, "treat"); spent <- function(e) sum(system.time(e)[1:2])
"""
R_JOBS = {
    "nearest": """
suppressMessages(library(MatchIt)); v <- list()
for (i in seq_len(k)) cat(spent({
  p <- suppressWarnings(glm(f, binomial, d)); d$ps <- predict(p); t <- d$treat == 1
  # The width of ours: pooled within arms, where MatchIt takes the deviation of everybody.
  width <- 0.2 * sqrt((var(d$ps[t]) + var(d$ps[!t])) / 2)
  # MatchIt 4.5.1 stops where a stratum has nobody treated, so those are taken out first
  s <- interaction(d$town, d$sex, drop = TRUE); e <- d[s %in% unique(s[t]), ]
  for (r in c(1, 3)) v[[r]] <- suppressWarnings(matchit(f, e, method = "nearest", distance = e$ps, ratio = r,
    caliper = width, std.caliper = FALSE, exact = ~ town + sex))$weights }), "\\n")
for (w in v[c(1, 3)]) { t <- e$treat == 1; w <- ifelse(t, w, w / sum(w[!t]) * sum(w[t]))
  cat("same", sum(w[t] > 0), sum(w[!t] > 0), sum((w * e$ps)[t]), sum((w * e$ps)[!t]), "\\n") }
""",
    "optimal": """
suppressMessages(library(MatchIt)); library(optmatch); options(optmatch_max_problem_size = Inf)
for (i in seq_len(k)) cat(spent({ d$ps <- predict(suppressWarnings(glm(f, binomial, d)))
  m <- matchit(f, d, method = "optimal", distance = d$ps) }), "\\n")
pair <- m$match.matrix; cat("same", sum(abs(d[rownames(pair), "ps"] - d[pair[, 1], "ps"])), "\\n")
""",
    "ebal": """
library(ebal); X <- as.matrix(d[x])
for (i in seq_len(k)) cat(spent(capture.output(ebalance(d$treat, X))), "\\n")
""",
}


def invented(controls: int, seed: int = 1) -> pd.DataFrame:
    """Invented people; the treated are few and tilted."""
    rng = np.random.default_rng(seed)
    n = controls + TREATED
    x = rng.normal(size=(n, 12))
    treat = np.zeros(n, dtype=np.int8)
    treat[np.argsort(-(0.6 * x[:, :4].sum(axis=1) + rng.gumbel(size=n)))[: 4 * TREATED : 4]] = 1
    # Column by column, as a file is read here and in R.
    frame = pd.DataFrame(np.asfortranarray(x), columns=COVARIATES, copy=False)
    return frame.assign(treat=treat, town=rng.integers(0, 98, n), sex=rng.integers(0, 2, n))


def medians(run: Callable[[], object], repeats: int) -> float:
    """Median processor seconds."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return statistics.median(found)


def both_matchings(frame: pd.DataFrame) -> tuple[Any, Any]:
    """Propensity once and two matchings on it."""
    first = ips.match(FORMULA, frame, ratio=1, caliper=0.2, exact=["town", "sex"])
    return first, ips.match(FORMULA, frame, ratio=3, caliper=0.2, exact=["town", "sex"], score=first)


def matched(design: Any) -> list[float]:
    """Treated and controls matched, and the sum of their scores by arm."""
    weight, treated = design.weight, design.d == 1
    sums = [float((weight * design.score)[arm].sum()) for arm in (treated, ~treated)]
    return [float((weight[treated] > 0).sum()), float((weight[~treated] > 0).sum()), *sums]


def in_r(job: str, frame: pd.DataFrame, repeats: int) -> tuple[float | None, list[float]]:
    """Median processor seconds of a job in R and its answer; None where R or a package is not there.

    A first round, in which R compiles what it runs, is left out except at register size, where it is nothing.
    """
    warm = int(len(frame) < REGISTER)
    if shutil.which("Rscript") is None:
        return None, []
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "people.csv", Path(folder) / "peer.R"
        frame.to_csv(data, index=False)
        script.write_text(R_HEAD + R_JOBS[job])
        words = ["Rscript", str(script), str(data), str(repeats + warm)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return None, []
    said = [line.split() for line in done.stdout.splitlines() if line.strip()]
    answer = [float(word) for words in said if words[0] == "same" for word in words[1:]]
    times = [float(words[0]) for words in said if words[0] != "same"]
    return statistics.median(times[warm:]), answer


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


def pyfixest_wild(x: np.ndarray, y: np.ndarray, clusters: np.ndarray, ours: float) -> float | None:
    """Seconds of the same bootstrap in pyfixest, where it is installed; the p must agree."""
    if find_spec("pyfixest") is None or find_spec("wildboottest") is None:
        return None
    import pyfixest

    people = pd.DataFrame({"y": y, "d": x[:, 1], "z": x[:, 2], "g": clusters})
    fit = pyfixest.feols("y ~ d + z", people, vcov={"CRV1": "g"})
    with warnings.catch_warnings():
        # It says each time that it counts every pattern, which is what is asked for.
        warnings.simplefilter("ignore")
        found = float(fit.wildboottest(param="d", reps=9_999)["Pr(>|t|)"])
        if abs(found - ours) > SAME_P:
            raise SystemExit(f"wild cluster bootstrap: p is {ours} here and {found} in pyfixest")
        return medians(lambda: fit.wildboottest(param="d", reps=9_999), 5)


def tell(task: str, size: int, unit: str, ours: float, **told: Any) -> None:
    """Print a task beside its peer and record it."""
    from lines import Line, record

    line = Line(7, task, size, unit, ours, **told)
    beside = "" if not line.peer else f"; {line.peer}: not measured"
    if line.peer_seconds is not None:
        beside = f"; {line.peer} {line.peer_seconds:.3g} s, x{line.peer_seconds / ours:.1f}"
    memory = "" if line.mb is None else f", {line.mb:.0f} MB"
    print(f"{task}, {size:,} {unit}: {ours:.3g} s{memory}{beside}", flush=True)
    record(line)


def largest(who: int) -> float:
    """Largest resident size so far, in MB."""
    return resource.getrusage(who).ru_maxrss / 1024


def nearest(controls: int, repeats: int) -> None:
    """Propensity, 1:1 and 1:3, beside MatchIt."""
    frame = invented(controls)
    answer = [number for design in both_matchings(frame) for number in matched(design)]
    ours = medians(lambda: both_matchings(frame), repeats)
    mb = largest(resource.RUSAGE_SELF)
    theirs, same = in_r("nearest", frame, repeats)
    if theirs is not None:
        np.testing.assert_allclose(same, answer, rtol=1e-5)
    # A child's figure is never below what its parent had when it began.
    child = largest(resource.RUSAGE_CHILDREN)
    tell(
        "propensity, 1:1 and 1:3 nearest, caliper and exact strata", controls, "controls of 461 treated",
        ours, peer="R glm and MatchIt", package="R MatchIt", peer_seconds=theirs, mb=mb,
        peer_mb=child if theirs is not None and child > mb else None,
        aim_ratio=15.0 if controls >= REGISTER else None, aim_mb=600.0 if controls >= REGISTER else None,
    )  # fmt: skip


def pairs_and_sets(controls: int, repeats: int) -> None:
    """Optimal pairs and full matching."""
    frame, unit = invented(controls), "controls of 461 treated"
    found = ips.match(FORMULA, frame, method="optimal")
    theirs, same = in_r("optimal", frame, 1)
    if theirs is not None:
        # optmatch rounds each distance to thousandths or so (tol = 0.001), so its total may be larger.
        kept = found.weight > 0
        signed = np.where(found.d == 1, found.score, -found.score)[kept]
        total = float(pd.Series(signed).groupby(found.subclass[kept]).sum().abs().sum())
        print(f"  total distance: ours {total:.6f}, optmatch {same[0]:.6f}")
        assert total <= same[0] * (1 + 1e-6)
        assert same[0] <= total + 0.001 * TREATED
    ours = medians(lambda: ips.match(FORMULA, frame, method="optimal"), repeats)
    tell(
        "optimal 1:1 matching", controls, unit, ours, peer="R MatchIt with optmatch", package="R optmatch",
        peer_seconds=theirs, aim_ratio=20.0 if controls == PAIRS_MOST else None,
    )  # fmt: skip
    tell("full matching", controls, unit, medians(lambda: whole(frame), repeats))


def weights(controls: int, repeats: int) -> None:
    """Entropy balancing, and the CR2 errors of a regression."""
    frame, unit = invented(controls), "controls of 461 treated"
    found = ips.weight(FORMULA, frame, method="entropy")
    x, arm = frame[COVARIATES].to_numpy(), frame["treat"].to_numpy() == 1
    np.testing.assert_allclose(np.average(x[~arm], 0, found.weight[~arm]), x[arm].mean(0), atol=1e-6)
    ours = medians(lambda: ips.weight(FORMULA, frame, method="entropy"), repeats)
    aimed = controls == WEIGHTS_MOST
    tell(
        "entropy balancing", controls, unit, ours, peer="R ebal", package="R ebal",
        peer_seconds=in_r("ebal", frame, 1)[0], aim_ratio=10.0 if aimed else None,
    )  # fmt: skip
    # The dual alone on both sides, from the matrix to its weights.
    model, d = np.column_stack([np.ones(len(frame)), frame[COVARIATES]]), arm.astype(float)
    tell(
        "entropy weights from a matrix", controls, unit, medians(lambda: entropy_weights(model, d), repeats),
        peer="scipy BFGS on the dual", package="scipy",
        peer_seconds=medians(lambda: plain_dual(frame), repeats), aim_ratio=1.0 if aimed else None,
    )  # fmt: skip
    towns = frame["town"].to_numpy(dtype=np.intp)
    x = np.column_stack([np.ones(len(frame)), frame["treat"], frame[COVARIATES]])
    fit, unit_vector = fit_linear(x, frame["x0"].to_numpy() ** 2), np.eye(14)[1]
    tell(
        "CR2 errors and degrees, 98 clusters",
        len(frame),
        "persons",
        medians(lambda: cr2(fit, towns, unit_vector), 3),
    )


def few_clusters(repeats: int) -> None:
    """Wild cluster bootstrap and randomisation by full enumeration."""
    rng = np.random.default_rng(1)
    clusters = np.repeat(np.arange(12), 40)
    x = np.column_stack([np.ones(480), clusters % 2, rng.normal(size=480)]).astype(float)
    y = rng.normal(size=480)

    def bootstrap() -> float:
        return wild.p_value(wild.totals(x, y, clusters, 1), wild.draws(12, "rademacher", 0, 1))

    tell(
        "wild cluster bootstrap, every pattern of signs", 12, "clusters", medians(bootstrap, 20),
        peer="pyfixest wildboottest", package="pyfixest", aim_ratio=100.0,
        peer_seconds=pyfixest_wild(x, y, clusters, bootstrap()),
    )  # fmt: skip
    treated = np.arange(98) < 3
    towns = randomisation.Clusters(rng.normal(size=98), treated.astype(float), np.ones(98), treated)
    placed = medians(lambda: randomisation.judge_placements(towns, 0.95, 99, 1), repeats)
    tell(
        "randomisation over C(98, 3) placements, p and interval",
        152_096,
        "placements",
        placed,
        aim_seconds=30.0,
    )


def main(arguments: list[str]) -> None:
    """Print and record one line per job."""
    controls = int(arguments[0]) if arguments else REGISTER
    repeats = int(arguments[1]) if len(arguments) > 1 else 3
    nearest(controls, repeats)
    if controls <= PAIRS_MOST:
        pairs_and_sets(controls, repeats)
        few_clusters(repeats)
    if controls <= WEIGHTS_MOST:
        weights(controls, repeats)


if __name__ == "__main__":
    main(sys.argv[1:])
