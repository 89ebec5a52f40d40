"""How many pairwise means lie at or outside a limit of Hodges and Lehmann.

The limits are pairwise (Walsh) means in order of size: of six persons at 95 % the smallest and the largest,
which are the smallest and the largest change of a person.
"""

from __future__ import annotations

import numpy as np

MANY = 60
"""From so many persons on, limits lie far inside at any usual level."""


def limits_of_few(n: int, level: float, least: int) -> bool:
    """Whether fewer means lie at or outside a limit than `least` persons make among themselves."""
    return n < MANY and means_outside(n, level) < least * (least + 1) // 2


def means_outside(n: int, level: float) -> int:
    """The place of the lower limit among the pairwise means, from below: 1 is the smallest change.

    The signed-rank test rejects rank sums below it (two-sided, no ties).
    """
    ways = np.ones(1)
    for rank in range(1, n + 1):
        ways = (np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))) / 2.0
    return int((2.0 * np.cumsum(ways) <= 1.0 - level + 1e-12).sum())
