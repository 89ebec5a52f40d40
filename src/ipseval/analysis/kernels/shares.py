"""Intervals of a single share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipseval.core import tails


def wilson(events: ArrayLike, n: ArrayLike, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's score interval of `events` out of `n`; NaN where nobody was asked.

    Reference: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.
    """
    k = np.asarray(events, dtype=float)
    total = np.where(np.asarray(n, dtype=float) > 0, n, np.nan)
    z = tails.normal_quantile(level)
    centre = k + z * z / 2.0
    half = z * np.sqrt(k * (total - k) / total + z * z / 4.0)
    low = np.where(k == 0, total * 0.0, (centre - half) / (total + z * z))
    high = np.where(k == total, total / total, (centre + half) / (total + z * z))
    return np.asarray(low), np.asarray(high)


def newcombe_independent(k1: int, n1: int, k0: int, n0: int, level: float) -> tuple[float, float]:
    """Newcombe's hybrid score interval (method 10) of k1/n1 - k0/n0.

    Reference: Newcombe (1998), https://doi.org/10.1002/(sici)1097-0258(19980430)17:8<873::aid-sim779>3.0.co;2-i.
    """
    low, high = wilson([k1, k0], [n1, n0], level)
    p1, p0 = k1 / n1, k0 / n0
    below = np.sqrt((p1 - low[0]) ** 2 + (high[1] - p0) ** 2)
    above = np.sqrt((high[0] - p1) ** 2 + (p0 - low[1]) ** 2)
    return float(p1 - p0 - below), float(p1 - p0 + above)
