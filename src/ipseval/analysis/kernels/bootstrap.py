"""BCa intervals: exact for the mean of scores on a lattice, resampled for everything else.

Reference: Efron (1987), https://doi.org/10.1080/01621459.1987.10478410.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.sign_flip import on_lattice

Floats = NDArray[np.float64]

WIDEST_SUPPORT = 4_000_000
"""Lattice points of a bootstrap sum up to which its distribution is computed exactly."""

BLOCK = 10_000
"""Cells of a block of resamples: small enough to stay in the cache that is closest to the core."""


@dataclass(frozen=True)
class Bca:
    """Limits, the bootstrap standard error, how many resamples could not be computed, and exactness."""

    low: float
    high: float
    std_error: float
    n_failed: int
    exact: bool


def mean_bca(values: Floats, level: float) -> Bca | None:
    """BCa interval of a mean from its whole bootstrap distribution (no resampling), or None off a lattice.

    The sum of n draws has the n-fold convolution of the empirical distribution, computed by FFT; this is
    what resampling would give with infinitely many resamples.
    """
    n = len(values)
    lattice = on_lattice(values)
    if lattice is None:
        return None
    steps, step = lattice
    lowest = int(steps.min())
    shifted = steps - lowest
    support = n * int(shifted.max()) + 1
    if support > WIDEST_SUPPORT or support == 1:
        return None
    size = 1 << (support - 1).bit_length()
    weights = np.fft.irfft(_power(np.fft.rfft(np.bincount(shifted) / n, size), n), size)[:support]
    # Rounding leaves weights of either sign near 1e-17; the running maximum keeps the distribution monotone.
    cdf = np.maximum.accumulate(np.cumsum(weights))
    total = int(shifted.sum())
    below = float(cdf[total - 1]) if total else 0.0
    centred = shifted - total / n
    squares = centred * centred
    spread = float(squares.sum())
    acceleration = float(squares @ centred) / (6.0 * spread**1.5)
    ends = bca_levels(0.5 * (below + float(cdf[total])), acceleration, level)
    # The slack keeps a level that meets a step of the distribution from falling off it by rounding.
    low, high = (min(int(cdf.searchsorted(end - 1e-13)), support - 1) / n + lowest for end in ends)
    return Bca(low * step, high * step, step * (spread**0.5) / n, 0, True)


def _power(base: NDArray[np.complex128], n: int) -> NDArray[np.complex128]:
    """Raise to a whole power by squaring; numpy's own goes through logarithms and takes far longer."""
    found = base if n & 1 else np.ones_like(base)
    while n := n >> 1:
        base = base * base
        if n & 1:
            found = found * base
    return found


def bca_levels(below: float, acceleration: float, level: float) -> tuple[float, float]:
    """Return the two levels at which BCa reads the bootstrap distribution."""
    from scipy import special

    z0 = float(special.ndtri(below))
    z = float(special.ndtri((1.0 + level) / 2.0))
    ends = []
    for end in (-z, z):
        shifted = z0 + end
        ends.append(float(special.ndtr(z0 + shifted / (1.0 - acceleration * shifted))))
    return ends[0], ends[1]


def resample_counts(n: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each of n persons is drawn in each resample: blocks of rows (r, n), the same for one seed."""
    rng = np.random.default_rng(seed)
    rows = max(1, BLOCK // n)
    # Cell (row, person) has its own number, so that one count over all draws counts every row apart.
    first_cell = np.repeat(np.arange(rows, dtype=np.int64) * n, n)
    for start in range(0, resamples, rows):
        r = min(rows, resamples - start)
        drawn = rng.integers(0, n, size=r * n, dtype=np.int64)
        drawn += first_cell[: r * n]
        yield np.bincount(drawn, minlength=r * n).reshape(r, n).astype(float)


def moment_bca(
    columns: Floats, statistic: Callable[[Floats], Floats], blocks: Iterable[Floats], level: float
) -> list[Bca]:
    """BCa intervals of statistics that are functions of column means.

    `columns` is (n, k): what is averaged per person; `statistic` turns means (..., k) into values
    (..., q); `blocks` are the rows of `resample_counts`.
    Resamples where a statistic is not finite (a resample without spread) are counted.
    """
    n = len(columns)
    observed = statistic(columns.mean(axis=0))
    # The long side last: a few wide rows multiply three times as fast as many narrow ones.
    wide = np.ascontiguousarray(columns.T) / n
    drawn = statistic(np.concatenate([wide @ counts.T for counts in blocks], axis=1).T)
    left_out = statistic((columns.sum(axis=0) - columns) / (n - 1))
    rows = np.ascontiguousarray(drawn.T)
    return [_bca(float(observed[q]), rows[q], left_out[:, q], level) for q in range(len(rows))]


def _bca(observed: float, drawn: Floats, left_out: Floats, level: float) -> Bca:
    # Sorting puts what is not finite last or first; one sort then serves the median bias and both ends.
    ranked = np.sort(drawn)
    if not (np.isfinite(ranked[0]) and np.isfinite(ranked[-1])):
        ranked = ranked[np.isfinite(ranked)]
    fine, failed = len(ranked), len(drawn) - len(ranked)
    # A resample that gives the observed value again may miss it by rounding; it counts half all the same.
    slack = 1e-9 * max(abs(float(ranked[0])), abs(float(ranked[-1]))) if fine else 0.0
    at_most = ranked.searchsorted([observed - slack, observed + slack])
    below = float(at_most[0] + at_most[1]) / 2.0
    if not np.isfinite(left_out).all() or not 0.0 < below < fine:
        return Bca(float("nan"), float("nan"), float("nan"), failed, False)
    centred = left_out.mean() - left_out
    squares = centred * centred
    spread = float(squares.sum())
    acceleration = float(squares @ centred) / (6.0 * spread**1.5) if spread > 0 else 0.0
    low, high = (_quantile(ranked, end) for end in bca_levels(below / fine, acceleration, level))
    return Bca(low, high, float(ranked.std(ddof=1)), failed, False)


def _quantile(ranked: Floats, share: float) -> float:
    """Interpolate linearly between sorted values (R type 7)."""
    place = share * (len(ranked) - 1)
    under = min(int(place), len(ranked) - 2)
    return float(ranked[under] + (place - under) * (ranked[under + 1] - ranked[under]))
