"""Sums over sets of people: whether some combination of them is made of few."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray


def made_of_few(inside: NDArray[np.bool_], sizes: NDArray[Any], least: int) -> bool:
    """Say whether a combination of sums is nothing but a sum, or difference, over fewer than `least` persons.

    `inside` has a row per sum and a column per piece, persons who are in the same sums; `sizes` are theirs.
    Every choice of pieces is tried: averages around five quantiles leave at most a dozen.
    """
    sums = inside.astype(np.float64)
    rank = np.linalg.matrix_rank(sums)
    small = np.flatnonzero(sizes < least)
    for many in range(1, len(small) + 1):
        for few in combinations(small.tolist(), many):
            # A combination that is nothing on all others is made of these few.
            if sizes[list(few)].sum() < least and np.linalg.matrix_rank(np.delete(sums, few, axis=1)) < rank:
                return True
    return False
