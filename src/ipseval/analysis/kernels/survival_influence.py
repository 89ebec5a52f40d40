"""What each person does to an incidence, a mean time and a Cox model: the infinitesimal jackknife.

A person's influence is the slope of the estimate in that person's weight, times the weight.  Summed over
whatever is independent (persons, sets, municipalities) its squares are the robust variance
(Williams 1995, https://doi.org/10.2307/2532857; Lin and Wei 1989, https://doi.org/10.1080/01621459.1989.10478874).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ipseval.analysis.kernels.logit import Array
from ipseval.analysis.kernels.survival import Codes, Cox, Curve


def incidence_influence(
    found: Curve, time: Array, code: Codes, weights: Array, when: float, cause: int = 1
) -> Array:
    """Return each person's influence on the incidence at `when`; `found` is the weighted curve."""
    seen = found.time <= when
    if not seen.any():
        return np.zeros(len(time))
    ahead = found.incidence[seen][-1] - found.incidence[seen]
    y, d, k, before = (v[seen] for v in (found.at_risk, found.any, found.own, found.before))
    lost = _over(ahead, y - d)
    return _gathered(
        found.time[seen], time, weights, (code > 0, -lost), (code == cause, before / y),
        risk=lost * d / y - before * k / y**2,
    )  # fmt: skip


def mean_influence(found: Curve, time: Array, code: Codes, weights: Array, horizon: float) -> Array:
    """Return each person's influence on the mean time free of any event up to `horizon`."""
    seen = found.time <= horizon
    points = np.concatenate([[0.0], found.time[seen], [horizon]])
    areas = np.concatenate([[1.0], found.survival[seen]]) * np.diff(points)
    rest = areas.sum() - np.cumsum(areas)[:-1]
    y, d = found.at_risk[seen], found.any[seen]
    lost = _over(rest, y - d)
    return _gathered(found.time[seen], time, weights, (code > 0, -lost), risk=lost * d / y)


def _over(what: Array, left: Array) -> Array:
    """Divide by those left; where nobody is left there is nothing ahead either."""
    there = left > 0.0
    return np.where(there, what, 0.0) / np.where(there, left, 1.0)


def _gathered(
    points: Array, time: Array, weights: Array, *jumps: tuple[np.ndarray, Array], risk: Array
) -> Array:
    """Sum what a person adds by an event of their own and by being at risk at each time up to it."""
    place = np.searchsorted(points, time, "right")
    total: Array = np.concatenate([[0.0], np.cumsum(risk)])[place]
    for who, size in jumps:
        own = np.flatnonzero(who & (time <= points[-1])) if len(points) else np.array([], dtype=np.intp)
        total[own] += size[place[own] - 1]
    return weights * total


def cox_influence(fit: Cox, time: Array, event: Codes, x: Array, weights: Array) -> Array:
    """Return each person's influence on the log hazard ratios (n x p), ties in Efron's way."""
    z = x - x.mean(axis=0)
    eta = z @ fit.beta
    risk = np.exp(eta - eta.max())
    order = np.argsort(-time, kind="stable")
    z, risk, t, e, w = z[order], risk[order], time[order], event[order], weights[order]
    s0, s1 = np.cumsum(w * risk), np.cumsum((w * risk)[:, None] * z, axis=0)
    score = np.zeros_like(z)
    # Those at risk take part of every event up to their own time: sums of hazard and of hazard times mean.
    moments = []
    for when in np.unique(t[e == 1])[::-1]:
        start, end = int(np.searchsorted(-t, -when, "left")), int(np.searchsorted(-t, -when, "right"))
        tied = np.arange(start, end)[e[start:end] == 1]
        share = np.arange(len(tied)) / len(tied)
        own = w[tied] * risk[tied]
        a0 = s0[end - 1] - share * own.sum()
        mean = (s1[end - 1] - share[:, None] * (own @ z[tied])) / a0[:, None]
        hazard = w[tied].mean() / a0
        moments.append((when, hazard.sum(), hazard @ mean))
        score[tied] += z[tied] - mean.mean(axis=0)
        # An event in a tie is half gone, as it were: it is spared its share of the hazard.
        spared = share * hazard
        score[tied] += risk[tied, None] * (z[tied] * spared.sum() - spared @ mean)
    whens = np.array([m[0] for m in moments])[::-1]
    sums: Sequence[Array] = [np.cumsum(np.array([m[k] for m in moments])[::-1], axis=0) for k in (1, 2)]
    place = np.searchsorted(whens, t, "right")
    hazard = np.concatenate([[0.0], sums[0]])[place]
    pulled = np.vstack([np.zeros(z.shape[1]), sums[1]])[place]
    score -= risk[:, None] * (z * hazard[:, None] - pulled)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return np.asarray(((w[:, None] * score) @ fit.cov)[back])


def summed(influence: Array, units: Codes) -> Array:
    """Return the covariance of estimates from the persons' influence (n x k), units being independent."""
    count = int(units.max()) + 1
    columns = [
        np.bincount(units, weights=influence[:, j], minlength=count) for j in range(influence.shape[1])
    ]
    totals = np.column_stack(columns)
    return np.asarray(totals.T @ totals)
