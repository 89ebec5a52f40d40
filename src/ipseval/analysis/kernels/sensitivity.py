"""How much hidden bias an effect would stand: E-values, Rosenbaum's bounds, robustness values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.core import tails

Array = NDArray[np.float64]


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio: how strong confounding with both sides must be to explain it away.

    Reference: VanderWeele and Ding (2017), https://doi.org/10.7326/M16-2607.
    """
    if ratio <= 0.0:
        return float("inf")
    up = max(ratio, 1.0 / ratio)
    return float(up + np.sqrt(up * (up - 1.0)))


def ratio_from(value: float, measure: str, *, rare: bool, baseline: float | None) -> float:
    """Turn a measure into (about) a risk ratio, by VanderWeele's conversions."""
    if measure == "risk_ratio" or (rare and measure in ("odds_ratio", "hazard_ratio")):
        return value
    if measure == "odds_ratio":
        return float(np.sqrt(value))
    if measure == "hazard_ratio":
        return float((1 - 0.5 ** np.sqrt(value)) / (1 - 0.5 ** np.sqrt(1 / value)))
    if measure == "standardised":
        return float(np.exp(0.91 * value))
    if baseline is None:
        raise AssertionError("a risk difference is turned with the controls' risk")
    return (baseline + value) / baseline


def signed_rank_bound(differences: Array, gamma: float) -> tuple[float, float]:
    """Return the smallest and largest one-sided p of the signed-rank test under `gamma`.

    Exact, for differences above 0, ties as midranks, zeros dropped.  The odds of treatment may differ in a
    pair by the
    factor `gamma`.  Reference: Rosenbaum (2002), https://doi.org/10.1007/978-1-4757-3692-2.
    """
    d = differences[differences != 0]
    if not len(d):
        return 1.0, 1.0
    size = np.abs(d)
    order = np.sort(size)
    twice = np.searchsorted(order, size, "left") + np.searchsorted(order, size, "right") + 1
    seen = int(twice[d > 0].sum())
    return _tail(twice, 1.0 / (1.0 + gamma), seen), _tail(twice, gamma / (1.0 + gamma), seen)


def _tail(weights: NDArray[np.intp], chance: float, seen: int) -> float:
    """Chance that independent weights, each counted with `chance`, sum to at least `seen`."""
    total = int(weights.sum())
    found = np.zeros(total + 1)
    found[0] = 1.0
    reach = 0
    for w in weights.tolist():
        moved = found[: reach + 1] * chance
        found[: reach + 1] *= 1.0 - chance
        found[w : reach + w + 1] += moved
        reach += w
    return float(tails.floor_p(min(found[seen:].sum(), 1.0)))


def mcnemar_bound(gained: int, lost: int, gamma: float) -> tuple[float, float]:
    """Return the smallest and largest one-sided exact p of discordant pairs under `gamma`."""
    from scipy import special

    n = gained + lost
    if n == 0:
        return 1.0, 1.0
    low, high = (
        float(special.bdtrc(gained - 1, n, chance)) if gained else 1.0
        for chance in (1.0 / (1.0 + gamma), gamma / (1.0 + gamma))
    )
    return float(tails.floor_p(low)), float(tails.floor_p(high))


def robustness_value(t: float, df: float, share: float = 1.0, level: float | None = None) -> float:
    """Return the partial R2 with both sides at which a confounder takes away `share` of the effect.

    With `level` it is enough that the effect is no longer told from 0.  Reference: Cinelli and Hazlett
    (2020), https://doi.org/10.1111/rssb.12348.
    """
    f = share * abs(t) / np.sqrt(df)
    if level is not None:
        critical = float(tails.t_quantile(level, df - 1.0)) / np.sqrt(df - 1.0)
        f = f - critical
        if f <= 0:
            return 0.0
        rv = 0.5 * (np.sqrt(f**4 + 4 * f**2) - f**2)
        # Where the confounder's own degree of freedom decides, the second formula holds.
        whole = f + critical
        if whole > 1.0 / critical:
            return float((whole**2 - critical**2) / (1.0 + whole**2))
        return float(rv)
    return float(0.5 * (np.sqrt(f**4 + 4 * f**2) - f**2))
