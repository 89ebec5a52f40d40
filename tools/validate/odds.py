"""Coverage of the intervals of odds ratios at the sizes of the field, with the share refused.

Run: python tools/validate/odds.py [--replicates 10000] [--bootstrap-replicates 1000] [--resamples 1999]
[--sizes 34 43 60 460] [--predictors 1 3 10] [--out docs/measured/odds.md]; about an hour on one core.  Every
size has its own seeds, so that the same table comes out whether sizes are run together or apart.

Each replicate invents n persons with 1, 3 or 10 predictors (every second one binary) and an outcome that
about 40 % have; the first, binary predictor has odds ratio 2 and is the one judged, the second 1.5 per
standard deviation, the rest 1.  Coverage is counted both ways: among the intervals given, and with every
refusal counted as a miss.  A maximum-likelihood interval is refused where there is separation, a column is
constant or one class is missing; its bootstrap also where more than 1 % of its resamples separate or a
single deletion does.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from ipseval.analysis.kernels.logit import Fit, fit_logit
from ipseval.analysis.kernels.logit_resample import (
    bca_limits,
    deletion_fits,
    resample_counts,
    resample_fits,
)
from ipseval.analysis.kernels.profile import profile_limits
from ipseval.analysis.odds_model import MOST_SEPARATED, decide
from ipseval.core.tails import normal_quantile

SIZES = (34, 43, 60, 460)
PREDICTORS = (1, 3, 10)
LEVEL = 0.95
TRUTH = math.log(2.0)
JUDGED = np.array([1])
NONE_GIVEN = "\N{EM DASH}"
Interval = tuple[float, float] | None
HEAD = (
    "| n | predictors | interval | replicates | refused % | coverage %, given | its error "
    "| coverage %, all | too low % | too high % | median width |"
)


def persons(random: np.random.Generator, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Invent one data set: columns with the intercept first, and the outcome."""
    x = np.column_stack([np.ones(n), random.normal(size=(n, k))])
    x[:, 1::2] = x[:, 1::2] > 0.0
    slopes = np.zeros(k)
    slopes[0] = TRUTH
    if k > 1:
        slopes[1] = math.log(1.5)
    eta = -0.75 + x[:, 1:] @ slopes
    return x, (random.random(n) < 1.0 / (1.0 + np.exp(-eta))).astype(float)


def answerable(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether both classes occur and the columns are independent, with persons to spare."""
    return 0 < y.sum() < len(y) and len(y) > x.shape[1] and np.linalg.matrix_rank(x) == x.shape[1]


def wald(fit: Fit) -> Interval:
    """Return Wald's limits of the judged slope."""
    half = normal_quantile(LEVEL) * math.sqrt(fit.cov[1, 1])
    return float(fit.beta[1] - half), float(fit.beta[1] + half)


def profile(fit: Fit) -> Interval:
    """Return profile limits of the judged slope, or None where one was not found."""
    low, high = profile_limits(fit, JUDGED, LEVEL)
    return None if np.isnan([low[0], high[0]]).any() else (float(low[0]), float(high[0]))


def bootstrap(fit: Fit, random: np.random.Generator, resamples: int) -> Interval:
    """Return BCa limits of the judged slope, or None where the verb would refuse them.

    The resamples are looked at in parts, since a refusal is certain once enough of them have separated.
    """
    counts = resample_counts(fit.problem.n, resamples, random)
    draws, separated = [], 0
    for part in np.array_split(counts, max(len(counts) // 100, 1)):
        found = resample_fits(fit, part)
        separated += int(found.separated.sum())
        if separated > MOST_SEPARATED * resamples:
            return None
        draws.append(found.beta[~found.separated, 1])
    deleted = deletion_fits(fit)
    if deleted.separated.any():
        return None
    return bca_limits(float(fit.beta[1]), np.concatenate(draws), deleted.beta[:, 1], LEVEL)


def likelihood_fits(x: np.ndarray, y: np.ndarray) -> tuple[Fit | None, Fit | None]:
    """Return the maximum-likelihood fit (None where refused) and Firth's."""
    if not answerable(x, y):
        return None, None
    separation, plain = decide(x, y)
    if plain is None and not separation.found:
        plain = fit_logit(x, y)
    firth = fit_logit(x, y, penalised=True)
    return plain, firth if firth.converged else None


def line(n: int, k: int, name: str, found: list[Interval]) -> str:
    """Return one row of the table."""
    given = np.array([i for i in found if i is not None]).reshape(-1, 2)
    low, high = float((given[:, 1] < TRUTH).sum()), float((given[:, 0] > TRUTH).sum())
    count, hits = len(given), len(given) - low - high
    share = hits / count if count else math.nan
    error = math.sqrt(share * (1.0 - share) / count) if count else math.nan
    width = float(np.median(given[:, 1] - given[:, 0])) if count else math.nan
    numbers = (
        f"{100.0 * (1.0 - count / len(found)):.1f} | {100.0 * share:.1f} | {100.0 * error:.1f} "
        f"| {100.0 * hits / len(found):.1f} | {100.0 * low / max(count, 1):.1f} "
        f"| {100.0 * high / max(count, 1):.1f} | {width:.2f}"
    )
    return f"| {n} | {k} | {name} | {len(found)} | {numbers.replace('nan', NONE_GIVEN)} |"


NAMES = ("profile", "Wald", "Firth, profile", "bootstrap", "Firth, bootstrap")


def design_rows(n: int, k: int, replicates: int, boots: int, resamples: int) -> list[str]:
    """Return the rows of one size and number of predictors."""
    random = np.random.default_rng([n, k, 20])
    found: dict[str, list[Interval]] = {name: [] for name in NAMES}
    for number in range(replicates):
        x, y = persons(random, n, k)
        plain, firth = likelihood_fits(x, y)
        found["profile"].append(profile(plain) if plain else None)
        found["Wald"].append(wald(plain) if plain else None)
        found["Firth, profile"].append(profile(firth) if firth else None)
        if number >= boots:
            continue
        for name, fit in (("bootstrap", plain), ("Firth, bootstrap", firth)):
            own = np.random.default_rng([n, k, number])
            found[name].append(bootstrap(fit, own, resamples) if fit else None)
    return [line(n, k, name, intervals) for name, intervals in found.items() if intervals]


def options() -> argparse.Namespace:
    """Read the command line."""
    reader = argparse.ArgumentParser(description="Coverage of the intervals of odds ratios.")
    reader.add_argument("--replicates", type=int, default=10_000)
    reader.add_argument("--bootstrap-replicates", type=int, default=1_000)
    reader.add_argument("--resamples", type=int, default=1_999)
    reader.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    reader.add_argument("--predictors", type=int, nargs="+", default=list(PREDICTORS))
    reader.add_argument("--out", type=Path, help="a page whose table is replaced; the screen without it")
    return reader.parse_args()


def replaced(page: str, table: list[str]) -> str:
    """Return the page with its first table exchanged, or the table after what is there."""
    lines = page.splitlines()
    places = [k for k, text in enumerate(lines) if text.startswith("|")]
    first, last = (places[0], places[-1] + 1) if places else (len(lines), len(lines))
    return "\n".join([*lines[:first], *table, *lines[last:]]) + "\n"


def main() -> None:
    """Show the table row by row, and put it on its page where one is named."""
    asked = options()
    table = [HEAD, "|" + " --- |" * (HEAD.count("|") - 1)]
    print("\n".join(table), flush=True)
    for n in asked.sizes:
        for k in asked.predictors:
            rows = design_rows(n, k, asked.replicates, asked.bootstrap_replicates, asked.resamples)
            print("\n".join(rows), flush=True)
            table += rows
    if asked.out is not None:
        before = asked.out.read_text(encoding="utf-8") if asked.out.is_file() else ""
        asked.out.write_text(replaced(before, table), encoding="utf-8")


if __name__ == "__main__":
    main()
