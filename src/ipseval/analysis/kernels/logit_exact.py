"""The exact conditional odds ratio of one binary predictor: all margins of the two-by-two table held.

The interval is the central one (Cornfield; each tail half the error), and p is twice the smaller tail,
so that the interval leaves 1 out exactly when p is below the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Exact:
    """Log odds ratio (may be infinite), its limits, and p."""

    estimate: float
    low: float
    high: float
    p: float


def exact_odds_ratio(a: int, n1: int, c: int, n0: int, level: float) -> Exact:
    """Estimate from `a` events among `n1` exposed and `c` among `n0` others."""
    events = a + c
    support = np.arange(max(0, events - n0), min(n1, events) + 1)
    weights = _log_choose(n1, support) + _log_choose(n0, events - support)
    tail = (1.0 - level) / 2.0
    lowest, highest = a == support[0], a == support[-1]
    upper, lower = _tail(support, weights, a, 0.0, 1), _tail(support, weights, a, 0.0, -1)
    return Exact(
        _mle(support, weights, a, bool(lowest), bool(highest)),
        -np.inf if lowest else _root(lambda t: _tail(support, weights, a, t, 1) - tail),
        np.inf if highest else _root(lambda t: _tail(support, weights, a, t, -1) - tail),
        min(1.0, 2.0 * min(upper, lower)),
    )


def _log_choose(n: int, k: NDArray[np.int_]) -> Array:
    return np.asarray(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))


def _probabilities(support: NDArray[np.int_], weights: Array, log_odds: float) -> Array:
    height = weights + support * log_odds
    share = np.exp(height - height.max())
    return np.asarray(share / share.sum())


def _tail(support: NDArray[np.int_], weights: Array, a: int, log_odds: float, side: int) -> float:
    """Return P(X >= a) for side 1, P(X <= a) for side -1."""
    return float(_probabilities(support, weights, log_odds)[side * (support - a) >= 0].sum())


def _mle(support: NDArray[np.int_], weights: Array, a: int, lowest: bool, highest: bool) -> float:
    if lowest or highest:
        return 0.0 if lowest and highest else (-np.inf if lowest else np.inf)
    return _root(lambda t: float(_probabilities(support, weights, t) @ support) - a)


def _root(gap: Callable[[float], float]) -> float:
    """Find where a monotone function crosses zero, widening the bracket until it does."""
    from scipy.optimize import brentq

    reach = 1.0
    while gap(-reach) * gap(reach) > 0.0 and reach < 700.0:
        reach *= 2.0
    return float(brentq(gap, -reach, reach, xtol=1e-13, rtol=1e-14, maxiter=300))
