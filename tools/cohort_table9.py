"""Finds whole persons whose univariable logistic fits give back the intervals of table 9.

What kind of model made the printed intervals?  By computation:

* 2.12 [1.16; 5.27] and 2.24 [1.28; 4.73] are not symmetric about the estimate on the log scale
  (upper arm / lower arm 1.51 and 1.34; rounding alone gives 1.02), so they are no Wald
  intervals.  They fit a profile likelihood, which is what R's `confint(glm)` gives.
* The row on burden is [0.22; 0.95] with p = 0.053 in the text: the interval leaves 1 out, the p
  does not.  An interval by profile beside a p by Wald (R's `summary(glm)`) does just that.
* For a 0/1 predictor with share q among n persons any maximum-likelihood logistic model has
  ln(high/low) >= 4 z / sqrt(n q (1 - q)), times sqrt(VIF) when other predictors stand beside it.
  Sex: ln(3.275/0.175) = 2.93 at most, and the floor at n = 34, q = 1/2 is 2.69.  That leaves a
  VIF of 1.19 at the very most, where nine unrelated predictors alone would give about
  33 / (33 - 9) = 1.38, and it needs 29 persons at least: ten models with one predictor each (or
  very few covariates), not one model with ten.
* Previous work experience [0.66; 1.24] has ln(high/low) = 0.63, far below any 0/1 predictor's
  floor: it is a number, years.

So each row is one model `i_job_uddannelse ~ predictor` among those who have finished and answered
at the end, with profile bounds.  Every predictor takes few values, so persons are counts per value
and outcome, and an integer local search moves one person at a time between neighbouring values.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erfc, exp, log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = list[list[int]]
CHI2_95 = 3.841458820694124


@dataclass(frozen=True)
class Fit:
    """Odds ratio per unit, profile bounds and Wald p of one univariable model."""

    odds_ratio: float
    low: float
    high: float
    p_wald: float


def _best_intercept(x: Floats, n: Floats, y: Floats, slope: float, start: float) -> tuple[float, float]:
    a = start
    for _ in range(80):
        p = 1.0 / (1.0 + np.exp(-(a + slope * x)))
        step = float((y - n * p).sum() / (n * p * (1.0 - p)).sum())
        a += max(-2.0, min(2.0, step))
        if abs(step) < 1e-11:
            break
    eta = a + slope * x
    return float((y * eta - n * np.logaddexp(0.0, eta)).sum()), a


def _maximum(x: Floats, n: Floats, y: Floats) -> tuple[float, float, float] | None:
    a, b = log(y.sum() / (n.sum() - y.sum())), 0.0
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-(a + b * x)))
        w = n * p * (1.0 - p)
        s0, s1, s2 = w.sum(), (w * x).sum(), (w * x * x).sum()
        g0, g1 = (y - n * p).sum(), ((y - n * p) * x).sum()
        det = s0 * s2 - s1 * s1
        if det < 1e-10:
            return None
        da, db = (s2 * g0 - s1 * g1) / det, (s0 * g1 - s1 * g0) / det
        a, b = a + da, b + db
        if abs(b) > 20:
            return None
        if max(abs(da), abs(db)) < 1e-12:
            break
    return float(a), float(b), sqrt(float(s0 / det))


def fit(values: Sequence[float], without: Sequence[int], with_: Sequence[int]) -> Fit | None:
    """Fit one model to counts per value; None when the values separate the outcomes."""
    x, y = np.asarray(values, float), np.asarray(with_, float)
    n = np.asarray(without, float) + y
    mean = float((n * x).sum() / n.sum())
    scale = sqrt(float((n * (x - mean) ** 2).sum() / n.sum())) or 1.0
    z = (x - mean) / scale
    top = _maximum(z, n, y)
    if top is None:
        return None
    a, b, se = top
    best, _ = _best_intercept(z, n, y, b, a)

    def root(slope: float) -> float:
        """Signed root of the likelihood ratio less its 95 % point; close to a straight line in the slope."""
        gap = max(0.0, 2.0 * (best - _best_intercept(z, n, y, slope, a)[0]))
        return sqrt(gap) - sqrt(CHI2_95)

    bounds = []
    for sign in (-1.0, 1.0):
        bound = _zero(root, b + 1.5 * sign * se, b + 2.5 * sign * se)
        if bound is None:
            return None
        bounds.append(bound)
    return Fit(exp(b / scale), exp(bounds[0] / scale), exp(bounds[1] / scale), erfc(abs(b / se) / sqrt(2.0)))


def _zero(root: Callable[[float], float], first: float, second: float) -> float | None:
    """Secant steps to where `root` is zero; None when it runs away."""
    f0, f1 = root(first), root(second)
    for _ in range(40):
        if abs(f1) < 1e-10:
            return second
        if f1 == f0:
            return None
        first, second, f0 = second, second - f1 * (second - first) / (f1 - f0), f1
        if abs(second) > 30:
            return None
        f1 = root(second)
    return None


@dataclass(frozen=True)
class Row:
    """One row of table 9: the values its predictor may take and what was printed.

    `shape` is a plausible distribution to start near (relative sizes per value), `most` and `least`
    the persons a value may have, `total` the range that the sum of values must fall in.
    """

    name: str
    values: tuple[float, ...]
    shape: tuple[float, ...]
    n: tuple[int, int]
    low: float
    high: float
    odds_ratio: float | None = None
    p_wald: float | None = None
    most: tuple[int, ...] | None = None
    least: tuple[int, ...] | None = None
    total: tuple[float, float] | None = None
    bound_step: float = 0.005
    ratio_step: float = 0.005


def loss(row: Row, found: Fit | None) -> float:
    """Distance from print: 0 when every printed figure is met within the row's steps."""
    if found is None:
        return 99.0
    gaps = [abs(found.low - row.low) / row.bound_step, abs(found.high - row.high) / row.bound_step]
    if row.odds_ratio is not None:
        gaps.append(abs(found.odds_ratio - row.odds_ratio) / row.ratio_step)
    if row.p_wald is not None:
        gaps.append(abs(found.p_wald - row.p_wald) / 0.0005)
    return log1p(5.0 * max(0.0, max(gaps) - 0.9))


def quota(shape: Sequence[float], n: int) -> list[int]:
    """Share n persons out by the largest remainders."""
    exact = [n * s / sum(shape) for s in shape]
    counts = [int(e) for e in exact]
    order = sorted(range(len(shape)), key=lambda i: (counts[i] - exact[i], i))
    for i in order[: n - sum(counts)]:
        counts[i] += 1
    return counts


def _allowed(row: Row, counts: Counts) -> bool:
    both = [a + b for a, b in zip(*counts, strict=True)]
    if row.most is not None and any(b > m for b, m in zip(both, row.most, strict=True)):
        return False
    if row.least is not None and any(b < m for b, m in zip(both, row.least, strict=True)):
        return False
    total = sum(v * b for v, b in zip(row.values, both, strict=True))
    return row.total is None or row.total[0] <= total <= row.total[1]


def oddity(row: Row, counts: Counts) -> float:
    """Distance from the plausible shape: squared gaps of cumulative shares, a Cramer-von Mises sum."""
    both = [a + b for a, b in zip(*counts, strict=True)]
    n, whole = sum(both), sum(row.shape)
    ran = wanted = gap = 0.0
    for b, s in zip(both, row.shape, strict=True):
        ran, wanted = ran + b / n, wanted + s / whole
        gap += (ran - wanted) ** 2
    return gap * n / len(both)


def solve_row(row: Row, seeds: int = 10, steps: int = 12000) -> tuple[Counts, Fit]:
    """Search from several starts until one prints as printed; else the nearest and plainest wins."""
    tried: list[Counts] = []
    for seed in range(seeds):
        tried.append(_walk(row, seed, steps))
        if loss(row, fit(row.values, *tried[-1])) == 0.0 and _allowed(row, tried[-1]):
            break
    best = min(tried, key=lambda c: round(_cost(row, c), 9))
    found = fit(row.values, *best)
    if found is None or not _allowed(row, best):
        raise RuntimeError(f"the search for {row.name} led nowhere")
    return best, found


def _walk(row: Row, seed: int, steps: int) -> Counts:
    """Move one person at a time, uphill too while it is warm."""
    rng = random.Random(f"{row.name}-{seed}")
    counts = _start(row, rng)
    cost, best_cost, best = _cost(row, counts), 1e9, counts
    for step in range(steps):
        warmth = 0.6 * (1.0 - step / steps) ** 2 + 1e-6
        option = _move(row, counts, rng)
        if option is None or (_allowed(row, counts) and not _allowed(row, option)):
            continue
        new = _cost(row, option)
        if new < cost or rng.random() < exp((cost - new) / warmth):
            counts, cost = option, new
            if cost < best_cost - 1e-9 and _allowed(row, counts):
                best, best_cost = counts, cost
    return best


def _cost(row: Row, counts: Counts) -> float:
    return loss(row, fit(row.values, *counts)) + 0.25 * oddity(row, counts)


def _move(row: Row, counts: Counts, rng: random.Random) -> Counts | None:
    side, i, j = rng.randrange(2), rng.randrange(len(row.values)), 0
    j = i + rng.choice((-2, -1, 1, 2))
    if not 0 <= j < len(row.values) or not counts[side][i]:
        return None
    new = [list(c) for c in counts]
    new[side][i] -= 1
    new[side][j] += 1
    return new


def _start(row: Row, rng: random.Random) -> Counts:
    n = sum(row.n)
    people = [i for i, c in enumerate(quota(row.shape, n)) for _ in range(c)]
    rng.shuffle(people)
    lean = rng.randrange(0, 3)  # how strongly outcome and value go together at the start
    sign = 1 if row.low * row.high >= 1 else -1
    people.sort(key=lambda i: sign * i * lean + rng.random() * 12)
    counts: Counts = [[0] * len(row.values), [0] * len(row.values)]
    for position, i in enumerate(people):
        counts[position >= row.n[0]][i] += 1
    return counts


def people_of(row: Row, counts: Counts, side: int) -> list[float]:
    """List the values of the persons on one side, in rising order."""
    return [v for v, c in zip(row.values, counts[side], strict=True) for _ in range(c)]


def arms(odds_ratio: float, low: float, high: float) -> float:
    """Upper over lower arm on the log scale: 1 for a Wald interval."""
    lengths = [log(b / a) for a, b in pairwise((low, odds_ratio, high))]
    return lengths[1] / lengths[0]


ROWS = (
    Row("uddannelse", (1, 2, 3, 4, 5), (3, 17, 10, 1, 1.5), (12, 21), 0.48, 3.04, most=(4, 27, 15, 1, 2)),
    Row(
        "varighed",
        (1, 2, 3, 4, 5, 6, 7),
        (2, 5.5, 8.5, 6.5, 5, 2.5, 5),
        (13, 21),
        0.84,
        2.11,
        most=(2, 6, 9, 7, 6, 3, 10),
        least=(2, 0, 0, 0, 0, 0, 0),
    ),
    Row(
        "alder",
        tuple(range(16, 30)),
        (1, 1.5, 2, 2.5, 3, 3.5, 3.5, 3.5, 3, 2.5, 2, 1.5, 1, 1),
        (12, 21),
        0.78,
        1.18,
        total=(33 * 21.6, 33 * 22.6),
    ),
    Row(
        "erfaring_aar",
        tuple(i / 2 for i in range(1, 21)),
        (2, 3, 3, 4, 3, 4, 2, 3, 2, 3, 1, 1.5, 1, 1, 0.5, 1, 0.3, 0.5, 0.2, 0.3),
        (10, 18),
        0.66,
        1.24,
        total=(28 * 3.0, 28 * 3.4),
    ),
    Row(
        "vurdering",
        tuple(1 + i / 2 for i in range(9)),
        (3, 2, 4, 4, 5, 3, 3, 2, 3.5),
        (10, 19),
        1.16,
        5.27,
        odds_ratio=2.12,
        total=(29 * 2.85, 29 * 3.2),
        bound_step=0.05,
        ratio_step=0.02,
    ),
    Row(
        "mestring",
        tuple(range(3, 13)),
        (0.3, 0.7, 1.5, 3, 5, 8, 8, 5, 2, 1),
        (13, 21),
        1.28,
        4.73,
        odds_ratio=2.24,
        total=(34 * 7.8, 34 * 8.3),
    ),
    Row(
        "who5_aendring",
        tuple(4 * i for i in range(-11, 13)),
        (
            0.2,
            0.3,
            0.4,
            0.5,
            0.8,
            1,
            1.3,
            1.7,
            2.3,
            2.8,
            3.1,
            3.3,
            3.3,
            3,
            2.6,
            2.2,
            1.8,
            1.4,
            1,
            0.7,
            0.5,
            0.4,
            0.3,
            0.2,
        ),
        (12, 21),
        0.99,
        1.08,
        total=(33 * 1.0, 33 * 4.0),
    ),
    Row("ensomhed", (1, 2, 3, 4, 5), (2, 11, 16, 4, 1), (13, 21), 0.25, 1.75, total=(34 * 2.6, 34 * 2.8)),
    Row(
        "belastning",
        (1, 2, 3, 4, 5),
        (2, 6, 12, 11, 3),
        (13, 21),
        0.22,
        0.95,
        p_wald=0.053,
        total=(34 * 3.0, 34 * 3.4),
    ),
)
"""Sex stands apart: with 33 persons and 21 events the nearest 2 x 2 table is found by trying all."""


def solve_sex(n: int, events: int) -> tuple[int, int, Fit]:
    """Try every split of n persons into men and women: (women, women with the outcome, fit)."""
    best: tuple[float, int, int, Fit] | None = None
    for women in range(5, n - 4):
        for hit in range(max(1, events - (n - women) + 1), min(events, women)):
            found = fit((0.0, 1.0), (n - women - events + hit, women - hit), (events - hit, hit))
            if found is None:
                continue
            gap = round(max(abs(found.low - 0.18), abs(found.high - 3.27)), 9)
            if best is None or gap < best[0]:
                best = (gap, women, hit, found)
    if best is None:
        raise RuntimeError("no split of the sexes gives a finite interval")
    return best[1], best[2], best[3]
