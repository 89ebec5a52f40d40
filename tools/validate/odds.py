"""Coverage of the intervals of odds ratios at the sizes of the field, with the share refused.

Run: python tools/validate/odds.py [replicates] [bootstrap replicates] [resamples] [file]
Defaults 10000, 1000, 1999 and the screen; about an hour on one core.  Same seed, same table.

Each replicate invents n persons with 1, 3 or 10 predictors (every second one binary) and an outcome that
about 40 % have; the first, binary predictor has odds ratio 2 and is the one judged, the second 1.5 per
standard deviation, the rest 1.  Coverage is counted both ways: among the intervals given, and with every
refusal counted as a miss.  A maximum-likelihood interval is refused where linear programming finds
separation, a column is constant or one class is missing; the bootstrap also where more than 1 % of its
resamples separate or a single deletion does.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
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
from ipseval.analysis.kernels.separation import find_separation
from ipseval.analysis.odds_model import MOST_SEPARATED
from ipseval.core.tails import normal_quantile

SIZES = (34, 43, 60, 460)
PREDICTORS = (1, 3, 10)
LEVEL = 0.95
TRUTH = math.log(2.0)
JUDGED = np.array([1])
Interval = tuple[float, float] | None
HEAD = (
    "| n | predictors | interval | replicates | refused % | coverage %, given | coverage %, all "
    "| median width |"
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
    """Return BCa limits of the judged slope, or None where the verb would refuse them."""
    found = resample_fits(fit, resample_counts(fit.problem.n, resamples, random))
    if found.share_separated > MOST_SEPARATED:
        return None
    deleted = deletion_fits(fit)
    if deleted.separated.any():
        return None
    return bca_limits(float(fit.beta[1]), found.beta[~found.separated, 1], deleted.beta[:, 1], LEVEL)


def likelihood_fits(x: np.ndarray, y: np.ndarray) -> tuple[Fit | None, Fit | None]:
    """Return the maximum-likelihood fit (None where refused) and Firth's."""
    if not answerable(x, y):
        return None, None
    plain = None if find_separation(x, y).found else fit_logit(x, y)
    firth = fit_logit(x, y, penalised=True)
    return plain, firth if firth.converged else None


def line(n: int, k: int, name: str, found: list[Interval]) -> str:
    """Return one row of the table."""
    given = [i for i in found if i is not None]
    hits = sum(low <= TRUTH <= high for low, high in given)
    share = 100.0 * hits / len(given) if given else float("nan")
    width = float(np.median([high - low for low, high in given])) if given else float("nan")
    refused = 100.0 * (1.0 - len(given) / len(found))
    return (
        f"| {n} | {k} | {name} | {len(found)} | {refused:.1f} | {share:.1f} "
        f"| {100.0 * hits / len(found):.1f} | {width:.2f} |"
    )


def design_rows(n: int, k: int, replicates: int, boots: int, resamples: int) -> list[str]:
    """Return the rows of one size and number of predictors."""
    random = np.random.default_rng([n, k, 20])
    found: dict[str, list[Interval]] = {"profile": [], "Wald": [], "Firth, profile": [], "bootstrap": []}
    for number in range(replicates):
        x, y = persons(random, n, k)
        plain, firth = likelihood_fits(x, y)
        found["profile"].append(profile(plain) if plain else None)
        found["Wald"].append(wald(plain) if plain else None)
        found["Firth, profile"].append(profile(firth) if firth else None)
        if number < boots:
            own = np.random.default_rng([n, k, number])
            found["bootstrap"].append(bootstrap(plain, own, resamples) if plain else None)
    return [line(n, k, name, intervals) for name, intervals in found.items()]


def whole(place: int, default: int) -> int:
    """Read a whole number from the command line."""
    return int(sys.argv[place]) if len(sys.argv) > place else default


def main() -> None:
    """Print the table row by row, or write it to a file."""
    replicates, boots, resamples = whole(1, 10_000), whole(2, 1_000), whole(3, 1_999)
    out: Callable[[str], object] = print
    rows = [HEAD, "| --- " * HEAD.count(" | ") + "| --- |"]
    if len(sys.argv) > 4:
        out = rows.append
    else:
        for row in rows:
            print(row)
    for n in SIZES:
        for k in PREDICTORS:
            for row in design_rows(n, k, replicates, boots, resamples):
                out(row)
    if len(sys.argv) > 4:
        Path(sys.argv[4]).write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
