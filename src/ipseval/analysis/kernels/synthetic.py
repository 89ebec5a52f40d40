"""A synthetic control: the mixture of untouched units that was nearest to a treated one before it started."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Weights of the donors (0 or more, summing to 1) and the gap, treated minus mixture, by period."""

    weights: Array
    gap: Array
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Root mean square gap after the start over that before it."""
        if self.before > 0.0:
            return self.after / self.before
        return float("inf") if self.after > 0.0 else 1.0


def mixture(target: Array, donors: Array) -> Array:
    """Return weights (>= 0, sum 1) of the columns of `donors` (periods x units) nearest to `target`.

    The nearest point of the donors' convex hull.  With the columns moved so that the target lies at 0, it
    solves a non-negative least-squares problem exactly: minimising |Z u|^2 + (1 - sum u)^2 and dividing u by
    its sum, since for any weights w the best multiple leaves |Z w|^2 / (1 + |Z w|^2), which rises with |Z w|.
    Reference: Abadie, Diamond and Hainmueller (2010), https://doi.org/10.1198/jasa.2009.ap08746.
    """
    from scipy import optimize

    z = donors - target[:, None]
    scale = float(np.abs(z).max())
    z = z / scale if scale > 0 else z
    u, _ = optimize.nnls(np.vstack([z, np.ones(donors.shape[1])]), np.append(np.zeros(len(target)), 1.0))
    return np.asarray(u / u.sum())


def fit_unit(target: Array, donors: Array, start: int) -> Fitted:
    """Fit the weights on the periods before `start` and follow the gap through all periods."""
    weights = mixture(target[:start], donors[:start])
    gap = target - donors @ weights
    before, after = (float(np.sqrt(np.mean(part**2))) for part in (gap[:start], gap[start:]))
    return Fitted(weights, gap, before, after)


def rank_p(ratio: float, placebos: Array) -> float:
    """Share of units (the treated among them) whose ratio is at least as large: never below 1 / (J + 1)."""
    return float((1 + np.sum(placebos >= ratio * (1.0 - 1e-12))) / (len(placebos) + 1))
