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

BLOCK = 4_000_000
"""Cells of a block of resamples: 32 MB."""


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
    shifted = steps - steps.min()
    support = n * int(shifted.max()) + 1
    if support > WIDEST_SUPPORT or support == 1:
        return None
    size = 1 << (support - 1).bit_length()
    counts = np.bincount(shifted) / n
    weights = np.clip(np.fft.irfft(np.fft.rfft(counts, size) ** n, size)[:support], 0.0, None)
    cdf = np.cumsum(weights / weights.sum())
    total = int(shifted.sum())
    below = float(cdf[total - 1]) if total else 0.0
    centred = values - values.mean()
    acceleration = float((centred**3).sum() / (6.0 * (centred**2).sum() ** 1.5))
    ends = bca_levels(0.5 * (below + float(cdf[total])), acceleration, level)
    # The slack keeps a level that meets a step of the distribution from falling off it by rounding.
    found = np.minimum(np.searchsorted(cdf, np.array(ends) - 1e-13), support - 1)
    low, high = (found / n + steps.min()) * step
    return Bca(float(low), float(high), float(values.std() / np.sqrt(n)), 0, True)


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
    for start in range(0, resamples, rows):
        r = min(rows, resamples - start)
        drawn = rng.integers(0, n, size=(r, n), dtype=np.int64)
        drawn += np.arange(r)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=r * n).reshape(r, n).astype(float)


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
    drawn = statistic(np.concatenate([counts @ columns / n for counts in blocks]))
    left_out = statistic((columns.sum(axis=0) - columns) / (n - 1))
    return [_bca(float(observed[q]), drawn[:, q], left_out[:, q], level) for q in range(observed.shape[-1])]


def _bca(observed: float, drawn: Floats, left_out: Floats, level: float) -> Bca:
    fine = drawn[np.isfinite(drawn)]
    failed = len(drawn) - len(fine)
    below = float((np.mean(fine < observed) + np.mean(fine <= observed)) / 2.0) if len(fine) else 0.0
    if not np.all(np.isfinite(left_out)) or not 0.0 < below < 1.0:
        return Bca(float("nan"), float("nan"), float("nan"), failed, False)
    centred = left_out.mean() - left_out
    spread = float((centred**2).sum())
    acceleration = float((centred**3).sum() / (6.0 * spread**1.5)) if spread > 0 else 0.0
    low, high = np.quantile(fine, bca_levels(below, acceleration, level))
    return Bca(float(low), float(high), float(fine.std(ddof=1)), failed, False)
