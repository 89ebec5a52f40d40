"""Abadie and Imbens' error of an effect matched with replacement."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array


def abadie_imbens(
    y: Array, own: NDArray[np.bool_], score: Array, pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> float:
    """Return the error of the mean of own-minus-match differences in `y` (n).

    `own` marks the target arm, `pairs` are positions of target and match, and the spread of the outcome at a
    given `score` is had from each person's nearest neighbour of the same arm.  The score counts as known.
    Reference: Abadie and Imbens (2006), https://doi.org/10.1111/j.1468-0262.2006.00655.x.
    """
    target, match = pairs
    per = np.bincount(target, minlength=len(y))
    share = 1.0 / per[target]
    counterpart = np.bincount(target, weights=share * y[match], minlength=len(y))
    matched = per > 0
    gap = y[matched] - counterpart[matched]
    effect = gap.mean()
    used = np.bincount(match, weights=share, minlength=len(y))
    squared = np.bincount(match, weights=share**2, minlength=len(y))
    rows = np.flatnonzero(used > 0)
    spread = _neighbour_spread(y, score, np.flatnonzero(~own), rows)
    total = ((gap - effect) ** 2).sum() + ((used[rows] ** 2 - squared[rows]) * spread).sum()
    return float(np.sqrt(total) / matched.sum())


def _neighbour_spread(y: Array, score: Array, arm: NDArray[np.intp], rows: NDArray[np.intp]) -> Array:
    """Half the squared gap in outcome to the nearest other person of the arm, for each of `rows`."""
    order = arm[np.argsort(score[arm], kind="stable")]
    sorted_score, sorted_y = score[order], y[order]
    place = np.empty(len(y), dtype=np.intp)
    place[order] = np.arange(len(order))
    at = place[rows]
    below = np.maximum(at - 1, 0)
    above = np.minimum(at + 1, len(order) - 1)
    left = np.where(at > 0, sorted_score[at] - sorted_score[below], np.inf)
    right = np.where(at < len(order) - 1, sorted_score[above] - sorted_score[at], np.inf)
    near = np.where(left <= right, below, above)
    return np.asarray((sorted_y[at] - sorted_y[near]) ** 2 / 2.0)
