"""Whether a logistic model has a maximum-likelihood estimate at all, decided by linear programming.

There is none exactly when some combination of the columns never speaks against an outcome and speaks
for at least one (Albert and Anderson 1984, doi:10.1093/biomet/71.1.1).  The programme looks for that
combination (Konis 2007) and then says, column by column, which coefficients run to infinity.

The programme's dual is solved by weights above 0 on all rows under which the columns, signed by the
outcome, add up to 0.  The residuals of a settled fit are such weights: where they prove that no combination
has a margin above the tolerance, the programme's answer is known and it need not run.
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
    signed = _signed(x[use], y[use])
    if not _runs(signed):
        return no_separation(*x.shape)
    decided = np.zeros(len(y), dtype=bool)
    decided[use] = _decided(signed)
    kind = "complete" if decided[use].all() else "quasi"
    return Separation(kind, _directions(signed), decided)


def no_separation(n: int, p: int) -> Separation:
    """Return the finding that the estimate of `p` columns on `n` rows exists."""
    return Separation("none", np.zeros(p, dtype=np.int_), np.zeros(n, dtype=bool))


def separates(x: Array, y: Array, weights: Array | None = None) -> bool:
    """Say whether data separate, without asking how."""
    use = np.ones(len(y), dtype=bool) if weights is None else np.asarray(weights) > 0
    return _runs(_signed(x[use], y[use]))


def proves_overlap(z: Array, residual: Array) -> bool:
    """Say whether a fit's residuals prove that its scaled columns `z` do not separate the outcome.

    For a combination b within |b| <= 1 that never speaks against an outcome, the margins weighted by the
    absolute residuals add up to b times the score; each is thus at most |score| over the smallest residual.
    """
    score = np.abs(residual @ z).sum()
    return bool(score <= TOLERANCE * np.abs(residual).min())


def _signed(x: Array, y: Array) -> Array:
    """Centre and scale the columns and turn the rows without the event round."""
    z = np.array(x, dtype=float)
    z[:, 1:] -= z[:, 1:].mean(axis=0)
    spread = z.std(axis=0)
    return np.asarray(np.where(y > 0.5, 1.0, -1.0)[:, None] * (z / np.where(spread > 0, spread, 1.0)))


def _runs(signed: Array) -> bool:
    return bool((signed @ _solve(signed.sum(axis=0), signed)).max() > TOLERANCE)


def recedes(rows: Array) -> bool:
    """Say whether some combination of the columns is nowhere below 0 and somewhere above."""
    scale = np.abs(rows).max(axis=0)
    scaled = rows / np.where(scale > 0, scale, 1.0)
    return _runs(scaled)


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
