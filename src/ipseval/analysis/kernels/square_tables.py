"""Square tables of before by after: marginal homogeneity, symmetry and the ordinal shift.

Given how many moved between each two categories, either way, every direction is a coin; the statistics'
distributions are built by convolution over the pairs of categories.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb, lcm

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_STATES = 200_000
"""Distinct outcomes above which a p is drawn instead of enumerated."""
MOST_STEPS = 1_000_000
"""Additions for one pair of categories above which the same: about a second."""
DRAWS = 9_999


@dataclass(frozen=True)
class SquareTest:
    """Statistic, degrees of freedom, chi-square p, exact or drawn p, and which of the two it is."""

    statistic: float
    df: int
    p_chi2: float
    p_exact: float
    exact: bool


def transition(before: Ints, after: Ints, k: int) -> Ints:
    """Count persons by category before (row) and after (column)."""
    return np.bincount(before * k + after, minlength=k * k).reshape(k, k).astype(np.int64)


def stuart_maxwell(table: Ints, seed: int) -> SquareTest:
    """Test marginal homogeneity: whether the categories are as frequent after as before.

    No cell is "corrected"; categories that nobody moved into or out of carry no information and drop
    out through the generalised inverse.  References: Stuart (1955), https://doi.org/10.1093/biomet/42.3-4.412;
    Maxwell (1970), https://doi.org/10.1192/bjp.116.535.651.
    """
    moved = table + table.T
    np.fill_diagonal(moved, 0)
    spread = (np.diag(moved.sum(axis=1)) - moved).astype(float)
    inverse = np.linalg.pinv(spread, rcond=1e-10, hermitian=True)
    df = int(np.linalg.matrix_rank(spread, tol=1e-8, hermitian=True))
    shift = (table.sum(axis=0) - table.sum(axis=1)).astype(float)
    statistic = float(shift @ inverse @ shift)
    if df == 0:
        return SquareTest(0.0, 0, 1.0, 1.0, True)
    states = _shifts(moved)
    p_chi2 = float(tails.chi2_upper(statistic, df))
    if states is None:
        drawn = _drawn_shifts(moved, seed)
        values = np.einsum("bi,ij,bj->b", drawn, inverse, drawn)
        exceeding = int((values >= statistic - 1e-9 * max(statistic, 1.0)).sum())
        return SquareTest(statistic, df, p_chi2, tails.resampling_p(exceeding, DRAWS), False)
    points, weights = states
    values = np.einsum("bi,ij,bj->b", points, inverse, points)
    p = float(weights[values >= statistic - 1e-9 * max(statistic, 1.0)].sum())
    return SquareTest(statistic, df, p_chi2, float(tails.floor_p(p)), True)


def _shifts(moved: Ints) -> tuple[Floats, Floats] | None:
    """Every vector of margin differences with its probability, or None when there are too many."""
    k = len(moved)
    states: dict[tuple[int, ...], float] = {(0,) * k: 1.0}
    for i, j in combinations(range(k), 2):
        m = int(moved[i, j])
        if m == 0:
            continue
        grown: dict[tuple[int, ...], float] = {}
        steps = [(2 * x - m, comb(m, x) / 2**m) for x in range(m + 1)]
        if len(states) * len(steps) > MOST_STEPS:
            return None
        for state, weight in states.items():
            for step, probability in steps:
                new = list(state)
                new[i] += step
                new[j] -= step
                key = tuple(new)
                grown[key] = grown.get(key, 0.0) + weight * probability
        states = grown
        if len(states) > MOST_STATES:
            return None
    return np.array(list(states), dtype=float), np.array(list(states.values()))


def _drawn_shifts(moved: Ints, seed: int) -> Floats:
    k = len(moved)
    rng = np.random.default_rng(seed)
    drawn = np.zeros((DRAWS, k))
    for i, j in combinations(range(k), 2):
        if moved[i, j]:
            step = 2.0 * rng.binomial(int(moved[i, j]), 0.5, DRAWS) - float(moved[i, j])
            drawn[:, i] += step
            drawn[:, j] -= step
    return drawn


def bowker(table: Ints, seed: int) -> SquareTest:
    """Test symmetry: whether, between each two categories, as many move one way as the other.

    Pairs that nobody moved between do not count.  The exact p compares whole numbers (the statistic times
    the least common multiple of the movers).  Reference: Bowker (1948),
    https://doi.org/10.1080/01621459.1948.10483284.
    """
    moved = [
        (int(table[i, j]), int(table[j, i]))
        for i, j in combinations(range(len(table)), 2)
        if table[i, j] + table[j, i]
    ]
    statistic = sum((a - b) ** 2 / (a + b) for a, b in moved)
    if not moved:
        return SquareTest(0.0, 0, 1.0, 1.0, True)
    p_chi2 = float(tails.chi2_upper(statistic, len(moved)))
    multiple = lcm(*(a + b for a, b in moved))
    observed = sum((a - b) ** 2 * multiple // (a + b) for a, b in moved)
    values: dict[int, float] = {0: 1.0}
    for a, b in moved:
        m, grown = a + b, dict[int, float]()
        if len(values) * (m // 2 + 1) > MOST_STEPS:
            return _drawn_symmetry([x + y for x, y in moved], float(statistic), p_chi2, seed)
        for value, weight in values.items():
            for x in range(m // 2 + 1):
                # x and m - x movers give the same square: count both, the middle once.
                both = comb(m, x) / 2**m * (1.0 if 2 * x == m else 2.0)
                key = value + (2 * x - m) ** 2 * multiple // m
                grown[key] = grown.get(key, 0.0) + weight * both
        values = grown
        if len(values) > MOST_STATES:
            return _drawn_symmetry([a + b for a, b in moved], float(statistic), p_chi2, seed)
    p = sum(weight for value, weight in values.items() if value >= observed)
    return SquareTest(float(statistic), len(moved), p_chi2, float(tails.floor_p(p)), True)


def _drawn_symmetry(movers: list[int], statistic: float, p_chi2: float, seed: int) -> SquareTest:
    m = np.array(movers)
    up = np.random.default_rng(seed).binomial(m, 0.5, (DRAWS, len(m)))
    values = ((2 * up - m) ** 2 / m).sum(axis=1)
    p = tails.resampling_p(int((values >= statistic * (1 - 1e-9)).sum()), DRAWS)
    return SquareTest(statistic, len(m), p_chi2, p, False)


@dataclass(frozen=True)
class OrdinalShift:
    """Log odds ratio of a move upwards in a person's own cumulative logit, its standard error and Wald p."""

    log_odds: float
    std_error: float
    p_value: float


def ordinal_shift(table: Ints) -> OrdinalShift:
    """Shift in the cumulative odds within persons (proportional odds), from movers weighted by their steps.

    Infinite when everybody who moved, moved the same way; NaN when nobody moved.  Reference: Agresti and
    Lang (1993), https://doi.org/10.1093/biomet/80.3.527 (the simple estimator for two occasions).
    """
    i, j = np.indices(table.shape)
    steps = (j - i).astype(float)
    up = np.where(steps > 0, steps, 0.0)
    down = np.where(steps < 0, -steps, 0.0)
    rise, fall = float((up * table).sum()), float((down * table).sum())
    if rise == 0.0 or fall == 0.0:
        nan = float("nan")
        edge = nan if rise == fall else float(np.inf if fall == 0.0 else -np.inf)
        return OrdinalShift(edge, nan, nan)
    log_odds = float(np.log(rise / fall))
    variance = float((up**2 * table).sum()) / rise**2 + float((down**2 * table).sum()) / fall**2
    error = float(np.sqrt(variance))
    return OrdinalShift(log_odds, error, float(tails.normal_two_sided(log_odds / error)))
