"""Permutation test of a mean change: every person's before and after are exchanged by a coin."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.ranks import snapped
from ipseval.analysis.kernels.signed_rank import tails_of_sign_sum
from ipseval.core import tails

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIDEST = 200_000
"""Sum of absolute changes, in steps, up to which the distribution is exact."""
DRAWS = 9_999
BLOCK = 2_000_000
"""Signs held at once."""


@dataclass(frozen=True)
class SignFlip:
    """Two-sided p and whether it is exact or drawn."""

    p_value: float
    exact: bool


def on_lattice(values: Floats) -> tuple[Ints, float] | None:
    """Write values as whole multiples of one step, or None when no step of four decimals fits."""
    if np.abs(values).max(initial=0.0) <= 2**52:
        plain = values.astype(np.int64)
        if (plain == values).all():
            return _in_steps(plain, 1.0)
    for decimals in range(5):
        scaled = values * 10.0**decimals
        whole = np.round(scaled)
        if np.all(np.abs(scaled - whole) <= 1e-7 * np.maximum(1.0, np.abs(scaled))):
            if np.max(np.abs(whole), initial=0.0) > 2**52:
                return None
            return _in_steps(whole.astype(np.int64), 10.0**decimals)
    return None


def _in_steps(whole: Ints, scale: float) -> tuple[Ints, float]:
    common = gcd(*whole.tolist()) or 1
    return whole // common, common / scale


def sign_flip(differences: Floats, seed: int) -> SignFlip:
    """P(|mean| at least as large) when every sign is tossed; exact on a lattice, else drawn."""
    d = snapped(differences)
    lattice = on_lattice(d)
    if lattice is not None and int(np.abs(lattice[0]).sum()) <= WIDEST:
        steps = lattice[0]
        both, _, _ = tails_of_sign_sum(np.abs(steps[steps != 0]), int(steps[steps > 0].sum()))
        return SignFlip(max(both, tails.SMALLEST), True)
    rng = np.random.default_rng(seed)
    observed = abs(float(d.sum())) * (1 - 1e-12)
    exceeding, left = 0, DRAWS
    while left:
        rows = min(left, max(1, BLOCK // len(d)))
        signs = rng.integers(0, 2, size=(rows, len(d)), dtype=np.int8) * 2.0 - 1.0
        exceeding += int((np.abs(signs @ d) >= observed).sum())
        left -= rows
    return SignFlip(tails.resampling_p(exceeding, DRAWS), False)
