"""Whether the numbers of one column follow from those of others, and with what weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
FEW, SHARE = 20, 0.1
"""Columns that differ for more persons, and for a larger share of them, are two."""
STEPS = 8
"""Columns of fewer different values may agree for most persons by chance."""
EXACT = 1e-6
"""Values are kept to seven digits by some programmes."""
DIGITS = 5
"""Ratios that agree so far after their first digit are the same."""
SPARE = 10
"""Persons beyond the number of columns for a sum of theirs to be no accident."""
DECIMALS, FINE = 4, 20
"""A column of so many decimals at most, and so many of its steps from least to most, may be rounded."""
HALF = 0.75
"""What rounding takes of a step: half, and what least squares makes of it."""
ROUNDS = 5
"""How often the persons who fit best are fitted alone."""


def one_other(a: Floats, b: Floats) -> tuple[float, Mask] | None:
    """How many times b a is, but for a constant, and for whom."""
    steps = min(len(np.unique(a)), len(np.unique(b)))
    if len(a) <= SPARE or steps < 3:
        return None
    times = _times(a, b)
    alike = _equal(times * b, a)
    unlike = len(a) - int(alike.sum())
    if unlike == 0 or (steps >= STEPS and _few(unlike, len(a))):
        return times, alike
    slope, constant = np.polyfit(b, a, 1)
    if _equal(slope * b + constant, a, _rounding(a)).all():
        return float(slope), np.ones(len(a), dtype=bool)
    return None


def several_others(parts: Floats, wanted: Floats) -> tuple[Floats, Mask] | None:
    """Weights of the columns of `parts` of which `wanted` is the sum, but for a constant, and for whom."""
    n, steps = len(wanted), len(np.unique(wanted))
    if n <= SPARE + 2 or steps < 3:
        return None
    table = np.column_stack([parts, np.ones(n)])
    table = table / np.maximum(np.abs(table).max(axis=0), 1e-300)
    used = np.arange(table.shape[1])
    if n <= table.shape[1] + SPARE and n <= np.linalg.matrix_rank(table) + SPARE:
        used = _best(table, wanted, n - SPARE - 1)
    found, alike = _fitted(table[:, used], wanted, steps >= STEPS)
    if not _enough(alike, len(used)):
        return None
    weights = np.zeros(table.shape[1])
    weights[used] = found
    weights = weights / np.maximum(np.abs(np.column_stack([parts, np.ones(n)])).max(axis=0), 1e-300)
    return weights[:-1], alike


def _fitted(table: Floats, wanted: Floats, robust: bool) -> tuple[Floats, Mask]:
    """Least squares of all persons; where that is not exact for all, of those who fit best."""
    weights = _solved(table, wanted)
    alike = _equal(table @ weights, wanted, _rounding(wanted))
    if alike.all() or not robust:
        return weights, alike & alike.all()
    half = max((len(wanted) + 1) // 2, table.shape[1] + 1)
    for _ in range(ROUNDS):
        close = np.argsort(np.abs(table @ weights - wanted), kind="stable")[:half]
        weights = _solved(table[close], wanted[close])
    alike = _equal(table @ weights, wanted)
    return weights, alike


def _enough(alike: Mask, columns: int) -> bool:
    unlike = len(alike) - int(alike.sum())
    return unlike == 0 or (_few(unlike, len(alike)) and bool(alike.sum() > columns + SPARE))


def _few(unlike: int, n: int) -> bool:
    return unlike < max(FEW, SHARE * n) and unlike < n / 2


def _best(table: Floats, wanted: Floats, most: int) -> NDArray[np.intp]:
    """The constant, and columns taken one by one, each the nearest to what is not yet said."""
    chosen = [table.shape[1] - 1]
    length = np.maximum(np.linalg.norm(table - table.mean(axis=0), axis=0), 1e-300)
    for _ in range(most - 1):
        left = wanted - table[:, chosen] @ _solved(table[:, chosen], wanted)
        if _equal(left, np.zeros(1), EXACT * float(np.abs(wanted).max(initial=0.0))).all():
            break
        near = np.abs(left @ table) / length
        near[chosen] = -1
        chosen.append(int(near.argmax()))
    return np.sort(np.array(chosen))


def _solved(table: Floats, wanted: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(table, wanted, rcond=None)[0], dtype=np.float64)


def _times(a: Floats, b: Floats) -> float:
    """How many times the one the other is, for most persons."""
    ratios = a[b != 0] / b[b != 0]
    if not len(ratios):
        return 1.0
    size = 10.0 ** np.floor(np.log10(np.maximum(np.abs(ratios), 1e-300)))
    rounded = np.round(ratios / size, DIGITS) * size
    found, counts = np.unique(rounded, return_counts=True)
    return float(np.median(ratios[rounded == found[counts.argmax()]]))


def _rounding(a: Floats) -> float:
    """How far a value may lie from its sum where the column was rounded; 0 where it was not."""
    for decimals in range(DECIMALS + 1):
        step = 10.0**-decimals
        if _equal(np.round(a, decimals), a).all():
            return HALF * step if np.ptp(a) >= FINE * step else 0.0
    return 0.0


def _equal(a: Floats, b: Floats, rounding: float = 0.0) -> Mask:
    least = max(EXACT * 1e-2 * float(np.abs(b).max(initial=0.0)), rounding)
    return np.isclose(a, b, rtol=EXACT, atol=least)
