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
