"""Two independent shares: risk difference, ratios, and exact tests, from counts alone.

`a` of `n1` had the event in the first arm, `c` of `n2` in the second; everything is first against second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tested:
    """An estimate with its error, limits and the test that the limits invert; NaN where it does not apply."""

    estimate: float
    std_error: float
    low: float
    high: float
    statistic: float
    p_value: float


def wald_difference(a: int, n1: int, c: int, n2: int, level: float) -> Tested:
    """Risk difference with the unpooled (Wald) error and its z test; an error of 0 gives no test."""
    p1, p2 = a / n1, c / n2
    error = float(np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2))
    return _wald(p1 - p2, error, level)


def _wald(estimate: float, error: float, level: float) -> Tested:
    nan = float("nan")
    if not error > 0.0:
        return Tested(estimate, nan, nan, nan, nan, nan)
    half = tails.normal_quantile(level) * error
    z = estimate / error
    return Tested(estimate, error, estimate - half, estimate + half, z, float(tails.normal_two_sided(z)))


def log_risk_ratio(a: int, n1: int, c: int, n2: int, level: float) -> Tested:
    """Log risk ratio with the delta-method error (Katz 1978); both arms need an event."""
    error = float(np.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2))
    return _wald(float(np.log(a / n1) - np.log(c / n2)), error, level)


def log_odds_ratio(a: int, n1: int, c: int, n2: int, level: float) -> Tested:
    """Log odds ratio with Woolf's error; no cell may be empty."""
    b, d = n1 - a, n2 - c
    error = float(np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    return _wald(float(np.log(a * d / (b * c))), error, level)


def miettinen_nurminen(a: int, n1: int, c: int, n2: int, level: float) -> Tested:
    """Score interval of the risk difference with the factor N / (N - 1), and the score test it inverts.

    Reference: Miettinen and Nurminen (1985), https://doi.org/10.1002/sim.4780040211.
    """
    estimate = a / n1 - c / n2
    z = tails.normal_quantile(level)

    def score(delta: float) -> float:
        return _score(a, n1, c, n2, delta)

    statistic = score(0.0)
    low = _crossing(score, z, estimate, -1.0)
    high = _crossing(score, z, estimate, 1.0)
    return Tested(estimate, float("nan"), low, high, statistic, float(tails.normal_two_sided(statistic)))


def _score(a: int, n1: int, c: int, n2: int, delta: float) -> float:
    p1, p2 = constrained_shares(a, n1, c, n2, delta)
    total = n1 + n2
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * total / (total - 1)
    gap = a / n1 - c / n2 - delta
    if variance <= 1e-300:
        return float(np.sign(gap) * np.inf) if abs(gap) > 1e-12 else 0.0
    return float(gap / np.sqrt(variance))


def constrained_shares(a: int, n1: int, c: int, n2: int, delta: float) -> tuple[float, float]:
    """Return the most likely shares among those that differ by `delta` (the closed form of the cubic)."""
    total, events = n1 + n2, a + c
    l3, l2 = float(total), (n1 + 2 * n2) * delta - total - events
    l1, l0 = (n2 * delta - total - 2 * c) * delta + events, c * delta * (1 - delta)
    q = l2**3 / (3 * l3) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    root = l2**2 / (3 * l3) ** 2 - l1 / (3 * l3)
    p = float(np.sign(q) if q else 1.0) * np.sqrt(max(root, 0.0))
    inside = np.clip(q / p**3, -1.0, 1.0) if p else 0.0
    angle = (np.pi + np.arccos(inside)) / 3
    second = float(np.clip(2 * p * np.cos(angle) - l2 / (3 * l3), max(0.0, -delta), min(1.0, 1.0 - delta)))
    return second + delta, second


def _crossing(score: Callable[[float], float], z: float, inside: float, outside: float) -> float:
    """Bisect between the estimate and an end of [-1, 1] for where the score leaves (-z, z)."""
    if abs(score(outside)) <= z:
        return outside
    for _ in range(100):
        middle = (inside + outside) / 2.0
        inside, outside = (middle, outside) if abs(score(middle)) <= z else (inside, middle)
    return inside


def chi_square(a: int, n1: int, c: int, n2: int, *, corrected: bool) -> tuple[float, float]:
    """Pearson's chi-square of the four cells and its p, with or without Yates' correction."""
    b, d = n1 - a, n2 - c
    margins = float(n1) * n2 * (a + c) * (b + d)
    if margins == 0.0:
        return float("nan"), float("nan")
    total = n1 + n2
    gap = abs(float(a) * d - float(b) * c)
    gap = max(gap - total / 2.0, 0.0) if corrected else gap
    statistic = total * gap**2 / margins
    return statistic, float(tails.chi2_upper(statistic, 1.0))


@dataclass(frozen=True)
class ExactOdds:
    """Conditional odds ratio with exact central limits, and p as twice the smaller tail."""

    estimate: float
    low: float
    high: float
    p_value: float


def exact_odds_ratio(a: int, n1: int, c: int, n2: int, level: float) -> ExactOdds:
    """Estimate the odds ratio from the noncentral hypergeometric distribution (margins held).

    Reference: Cornfield (1956).  The limits leave out 1 exactly when the p given here is at most
    1 - level; Fisher's usual two-sided p (less likely tables) is another one.
    """
    x, logs = _hypergeometric(a, n1, c, n2)
    if len(x) == 1:
        return ExactOdds(float("nan"), 0.0, float("inf"), 1.0)
    alpha = (1.0 - level) / 2.0
    at, last = a - int(x[0]), len(x) - 1
    central = _tilted(logs, x, 0.0)
    p = 2.0 * min(central[: at + 1].sum(), central[at:].sum())
    low = 0.0 if at == 0 else _solve(lambda t: _tilted(logs, x, t)[at:].sum() - alpha)
    high = float("inf") if at == last else _solve(lambda t: alpha - _tilted(logs, x, t)[: at + 1].sum())
    if at in (0, last):
        estimate = 0.0 if at == 0 else float("inf")
    else:
        estimate = _solve(lambda t: float(_tilted(logs, x, t) @ x) - a)
    return ExactOdds(estimate, low, high, float(tails.floor_p(p)))


def _hypergeometric(a: int, n1: int, c: int, n2: int) -> tuple[Array, Array]:
    from scipy import special

    events = a + c
    x = np.arange(max(0, events - n2), min(n1, events) + 1, dtype=float)
    logs = -(
        special.gammaln(x + 1)
        + special.gammaln(n1 - x + 1)
        + special.gammaln(events - x + 1)
        + special.gammaln(n2 - events + x + 1)
    )
    return x, np.asarray(logs - logs.max())


def _tilted(logs: Array, x: Array, log_odds: float) -> Array:
    weights = logs + log_odds * (x - x[0])
    weights = np.exp(weights - weights.max())
    return np.asarray(weights / weights.sum())


def _solve(rising: Callable[[float], float]) -> float:
    from scipy import optimize

    return float(np.exp(optimize.brentq(rising, -60.0, 60.0, xtol=1e-14, rtol=1e-14)))


def fisher(a: int, n1: int, c: int, n2: int) -> float:
    """Fisher's two-sided p: all tables at most as likely as the one seen."""
    x, logs = _hypergeometric(a, n1, c, n2)
    chances = _tilted(logs, x, 0.0)
    seen = chances[a - int(x[0])]
    return float(tails.floor_p(chances[chances <= seen * (1.0 + 1e-7)].sum()))


def barnard(a: int, n1: int, c: int, n2: int) -> tuple[float, float]:
    """Barnard's unconditional exact test ordered by the pooled z: return z and the two-sided p.

    The p is the largest chance, over the common share, of a |z| at least as large; the share is searched
    on a grid and refined at its best points.
    """
    first = np.arange(n1 + 1)[:, None]
    second = np.arange(n2 + 1)[None, :]
    pooled = (first + second) / (n1 + n2)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    z = np.divide(first / n1 - second / n2, error, out=np.zeros_like(error), where=error > 0)
    extreme = (np.abs(z) >= abs(z[a, c]) * (1 - 1e-10)).astype(float)
    shares = np.linspace(0.0, 1.0, 1001)[1:-1]
    step = shares[1] - shares[0]
    chance = _unconditional(extreme, n1, n2, shares)
    for _ in range(4):
        best = shares[np.argsort(chance)[-5:]]
        shares = np.clip((best[:, None] + step * np.linspace(-1, 1, 21)).ravel(), 1e-12, 1 - 1e-12)
        step /= 10.0
        chance = _unconditional(extreme, n1, n2, shares)
    return float(z[a, c]), float(tails.floor_p(min(1.0, chance.max())))


def _unconditional(extreme: Array, n1: int, n2: int, shares: Array) -> Array:
    first, second = _binomial(n1, shares), _binomial(n2, shares)
    return np.asarray(((first @ extreme) * second).sum(axis=1))


def _binomial(n: int, shares: Array) -> Array:
    from scipy import special

    x = np.arange(n + 1.0)
    ways = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return np.asarray(np.exp(ways + np.log(shares)[:, None] * x + np.log1p(-shares)[:, None] * (n - x)))


def cohen_h(a: int, n1: int, c: int, n2: int, level: float) -> Tested:
    """Cohen's h, the difference of arcsine-transformed shares, with the error sqrt(1/n1 + 1/n2)."""
    h = 2 * np.arcsin(np.sqrt(a / n1)) - 2 * np.arcsin(np.sqrt(c / n2))
    return _wald(float(h), float(np.sqrt(1 / n1 + 1 / n2)), level)
