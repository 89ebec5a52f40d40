"""Whether a logistic model has a maximum-likelihood estimate at all, decided by linear programming.

There is none exactly when some combination of the columns never speaks against an outcome and speaks
for at least one (Albert and Anderson 1984, doi:10.1093/biomet/71.1.1).  The programme looks for that
combination (Konis 2007) and then says, column by column, which coefficients run to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array
from ipseval.core.errors import EstimationError

TOLERANCE = 1e-6
"""Smallest margin, on centred and scaled columns, that counts: the solver holds its bounds to 1e-7."""


@dataclass(frozen=True, eq=False)
class Separation:
    """What was found: `direction` holds -1, 0 or 1 per column, the way its coefficient runs.

    `kind` is "none", "quasi" or "complete"; `decided` counts the rows that are predicted perfectly.
    """

    kind: str
    direction: NDArray[np.int_]
    decided: NDArray[np.bool_]

    @property
    def found(self) -> bool:
        """Whether the estimate does not exist."""
        return self.kind != "none"


def find_separation(x: Array, y: Array, weights: Array | None = None) -> Separation:
    """Decide separation for columns `x` (n x p, intercept first) and outcome `y` (zeros and ones)."""
    use = np.ones(len(y), dtype=bool) if weights is None else np.asarray(weights) > 0
    z = np.array(x[use], dtype=float)
    z[:, 1:] -= z[:, 1:].mean(axis=0)
    spread = z.std(axis=0)
    signed = np.where(y[use] > 0.5, 1.0, -1.0)[:, None] * (z / np.where(spread > 0, spread, 1.0))
    best = _solve(signed.sum(axis=0), signed)
    decided = np.zeros(len(y), dtype=bool)
    none = np.zeros(x.shape[1], dtype=np.int_)
    if (signed @ best).max() <= TOLERANCE:
        return Separation("none", none, decided)
    decided[use] = _decided(signed)
    kind = "complete" if decided[use].all() else "quasi"
    return Separation(kind, _directions(signed), decided)


def recedes(rows: Array) -> bool:
    """Say whether some combination of the columns is nowhere below 0 and somewhere above."""
    scale = np.abs(rows).max(axis=0)
    scaled = rows / np.where(scale > 0, scale, 1.0)
    best = _solve(scaled.sum(axis=0), scaled)
    return bool((scaled @ best).max() > TOLERANCE)


def _decided(signed: Array) -> NDArray[np.bool_]:
    """Mark every row that some combination decides.

    Combinations can be added, so a row not yet marked can be decided exactly when the unmarked rows' total
    can be raised above 0.  Inside the box every programme is bounded, which a single one is not.
    """
    found = np.zeros(len(signed), dtype=np.bool_)
    while not found.all():
        margin = signed @ _solve(signed[~found].sum(axis=0), signed)
        fresh = (margin > TOLERANCE) & ~found
        if not fresh.any():
            break
        found |= fresh
    return found


def _solve(objective: Array, signed: Array) -> Array:
    """Maximise `objective` @ b over the box |b| <= 1 among combinations that never speak against.

    Raises
    ------
    EstimationError
        When no solver decides it: 0 always qualifies, so that is a fault of the arithmetic, not an answer.
    """
    from scipy.optimize import linprog

    zeros = np.zeros(len(signed))
    for method in ("highs", "highs-ipm", "highs-ds"):
        answer = linprog(-objective, A_ub=-signed, b_ub=zeros, bounds=(-1.0, 1.0), method=method)
        if answer.status == 0:
            return np.asarray(answer.x)
    raise EstimationError(
        f"separation could not be decided for {signed.shape[1]} columns of {len(signed)} persons: the linear "
        "programme failed; look for a column of very large or nearly equal numbers, and scale or drop it."
    )


def _directions(signed: Array) -> NDArray[np.int_]:
    """Say for each column whether it can run up (1), down (-1) or stays (0).

    A column free to run either way is not determined by the rows left; it is given the way of the
    combination that decides most rows.
    """
    best = _solve(signed.sum(axis=0), signed)
    found = np.zeros(signed.shape[1], dtype=np.int_)
    for j in range(signed.shape[1]):
        unit = np.zeros(signed.shape[1])
        unit[j] = 1.0
        up, down = _solve(unit, signed), _solve(-unit, signed)
        rises, falls = up[j] > TOLERANCE, down[j] < -TOLERANCE
        if rises and falls:
            found[j] = int(np.sign(best[j])) if abs(best[j]) > TOLERANCE else 1
        else:
            found[j] = int(rises) - int(falls)
    return found
