"""Paired yes/no answers: McNemar exact and mid-p, intervals of the difference, the paired odds ratio.

`gained` counts persons who went from no to yes, `lost` those who went from yes to no.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ipseval.analysis.kernels.shares import wilson
from ipseval.core import tails


@dataclass(frozen=True)
class McNemar:
    """Exact p (doubled tail), mid-p, and the paired odds ratio gained / lost with its exact limits."""

    p_exact: float
    p_mid: float
    odds_ratio: float
    low: float
    high: float


def mcnemar(gained: int, lost: int, level: float) -> McNemar:
    """Exact conditional test of as many gained as lost.

    The limits of the odds ratio are Clopper-Pearson limits of gained / (gained + lost), turned into odds:
    they leave out 1 exactly when the exact p is at most 1 - level.
    """
    from scipy import special

    n, small = gained + lost, min(gained, lost)
    if n == 0:
        nan = float("nan")
        return McNemar(1.0, 1.0, nan, nan, nan)
    tail = float(special.bdtr(small, n, 0.5))
    point = tail - (float(special.bdtr(small - 1, n, 0.5)) if small else 0.0)
    alpha = (1.0 - level) / 2.0
    low = 0.0 if gained == 0 else float(special.betaincinv(gained, lost + 1, alpha))
    high = 1.0 if lost == 0 else float(special.betaincinv(gained + 1, lost, 1.0 - alpha))
    return McNemar(
        float(tails.floor_p(2.0 * tail)),
        float(tails.floor_p(2.0 * tail - point)),
        gained / lost if lost else float("inf"),
        low / (1.0 - low),
        high / (1.0 - high) if high < 1.0 else float("inf"),
    )


def newcombe_paired(both: int, gained: int, lost: int, neither: int, level: float) -> tuple[float, float]:
    """Newcombe's hybrid score interval (method 10) of the paired difference after - before.

    Reference: Newcombe (1998), https://doi.org/10.1002/(sici)1097-0258(19981130)17:22<2635::aid-sim954>3.0.co;2-c.
    """
    n = both + gained + lost + neither
    p1, p0 = (both + gained) / n, (both + lost) / n
    low, high = wilson([both + gained, both + lost], [n, n], level)
    margins = float((both + gained) * (lost + neither)) * float((both + lost) * (gained + neither))
    product = float(both * neither - gained * lost)
    # Only a positive association is drawn towards zero (by half a person each way).
    product = max(product - n / 2.0, 0.0) if product > 0 else product
    phi = product / np.sqrt(margins) if margins > 0 else 0.0
    below, above = p1 - low[0], high[0] - p1
    below0, above0 = p0 - low[1], high[1] - p0
    down = below**2 - 2.0 * phi * below * above0 + above0**2
    up = above**2 - 2.0 * phi * above * below0 + below0**2
    return float(p1 - p0 - np.sqrt(max(down, 0.0))), float(p1 - p0 + np.sqrt(max(up, 0.0)))


@dataclass(frozen=True)
class Tango:
    """Score interval of a paired difference and the score (uncorrected McNemar) test it inverts."""

    low: float
    high: float
    statistic: float
    p_value: float


def tango(gained: int, lost: int, n: int, level: float) -> Tango:
    """Tango's score interval of (gained - lost) / n.

    Reference: Tango (1998), https://doi.org/10.1002/(sici)1097-0258(19980430)17:8<891::aid-sim780>3.0.co;2-b.
    """
    z = tails.normal_quantile(level)
    estimate = (gained - lost) / n

    def score(delta: float) -> float:
        return _tango_score(gained, lost, n, delta)

    statistic = score(0.0) if gained + lost else 0.0
    return Tango(
        _limit(score, z, estimate, -1.0),
        _limit(score, -z, estimate, 1.0),
        statistic,
        float(tails.normal_two_sided(statistic)),
    )


def _tango_score(gained: int, lost: int, n: int, delta: float) -> float:
    # q is the constrained maximum likelihood estimate of the share who lost.
    a = 2.0 * n
    b = -gained - lost + (2.0 * n - gained + lost) * delta
    c = -lost * delta * (1.0 - delta)
    q = (np.sqrt(max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a)
    variance = n * (2.0 * q + delta * (1.0 - delta))
    gap = gained - lost - n * delta
    if variance <= 0.0:
        return float(np.sign(gap) * np.inf) if gap else 0.0
    return float(gap / np.sqrt(variance))


def _limit(score: object, target: float, inside: float, outside: float) -> float:
    """Bisect between the estimate and an end of [-1, 1] for where the score meets `target`."""
    assert callable(score)
    # At the very end the score may still be within the target: the limit is then the end itself.
    if abs(score(outside)) <= abs(target):
        return outside
    for _ in range(200):
        middle = (inside + outside) / 2.0
        if abs(score(middle)) <= abs(target):
            inside = middle
        else:
            outside = middle
    return inside
