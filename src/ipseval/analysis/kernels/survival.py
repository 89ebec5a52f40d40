"""Time to an event with censoring and competing events: incidence, mean time, log-rank, Cox."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array
from ipseval.core.errors import EstimationError

Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Curve:
    """At each distinct time with an event of any kind: at risk, events of any kind, and of the one asked for.

    `survival` is the share free of every event just after the time, `before` just before it; `incidence` is
    the share that has had the event asked for.
    """

    time: Array
    at_risk: Array
    any: Array
    own: Array
    survival: Array
    before: Array
    incidence: Array


def curve(time: Array, code: Codes, cause: int = 1, weights: Array | None = None) -> Curve:
    """Aalen-Johansen (with one kind of event: Kaplan-Meier) from times and codes, 0 for censored.

    With weights everybody counts as often as their weight says.
    """
    weight = np.ones(len(time)) if weights is None else weights
    order = np.argsort(time, kind="stable")
    points = np.unique(time[code > 0])
    beyond = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    at_risk = beyond[np.searchsorted(time[order], points, "left")]
    place = np.searchsorted(points, time)

    def total(there: NDArray[np.bool_]) -> Array:
        found = np.bincount(place[there], weights=weight[there], minlength=len(points))
        return np.asarray(found, dtype=float)

    any_, own = total(code > 0), total(code == cause)
    # Sums taken in another order may miss by a rounding that the last one at risk has an event.
    everybody = at_risk - any_ <= 1e-12 * at_risk
    any_ = np.where(everybody, at_risk, any_)
    survival = np.cumprod(1.0 - any_ / at_risk)
    before = np.concatenate([[1.0], survival[:-1]]) if len(points) else survival
    return Curve(points, at_risk, any_, own, survival, before, np.cumsum(before * own / at_risk))


def incidence_at(found: Curve, when: float) -> tuple[float, float]:
    """Return the incidence at a time and its error by the delta method (with one kind: Greenwood's)."""
    seen = found.time <= when
    if not seen.any():
        return 0.0, 0.0
    n, d, k, before = (v[seen] for v in (found.at_risk, found.any, found.own, found.before))
    so_far = found.incidence[seen]
    value = float(so_far[-1])
    left = value - so_far
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(n > d, d / (n * (n - d)), 0.0)
    # When the last person at risk has an event, survival is 0 from there on and `left` is 0 too.
    variance = (left**2 * hazard).sum() + (before**2 * k * (n - k) / n**3).sum()
    variance -= 2.0 * (left * before * k / n**2).sum()
    return value, float(np.sqrt(max(variance, 0.0)))


def mean_time(found: Curve, horizon: float) -> tuple[float, float]:
    """Return the mean time free of any event up to `horizon`, and its error."""
    seen = found.time <= horizon
    points = np.concatenate([[0.0], found.time[seen], [horizon]])
    steps = np.concatenate([[1.0], found.survival[seen]])
    areas = steps * np.diff(points)
    rest = areas.sum() - np.cumsum(areas)[:-1]
    n, d = found.at_risk[seen], found.any[seen]
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(n > d, d / (n * (n - d)), 0.0)
    return float(areas.sum()), float(np.sqrt((rest**2 * hazard).sum()))


def log_rank(time: Array, event: Codes, group: Codes) -> tuple[float, int]:
    """Return the log-rank chi-square of two or more groups, and its degrees of freedom."""
    count = int(group.max()) + 1
    points = np.unique(time[event == 1])
    risk = np.array([[(time[group == g] >= t).sum() for t in points] for g in range(count)], dtype=float)
    died = np.array(
        [[((time == t) & (event == 1) & (group == g)).sum() for t in points] for g in range(count)],
        dtype=float,
    )
    n, d = risk.sum(axis=0), died.sum(axis=0)
    share = risk / n
    gap = (died - d * share).sum(axis=1)[:-1]
    scale = np.where(n > 1, d * (n - d) / np.maximum(n - 1.0, 1.0), 0.0)
    cov = np.diag((share * scale).sum(axis=1)) - (share * scale) @ share.T
    try:
        return float(gap @ np.linalg.solve(cov[:-1, :-1], gap)), count - 1
    except np.linalg.LinAlgError:
        raise EstimationError(
            f"by= parts the persons into {count} groups, some with nobody left at an event, so the "
            "log-rank test cannot be made; join small groups."
        ) from None


FLAT = 1e-9
"""Information that fell below this share of what it was without effects is no information."""


@dataclass(frozen=True, eq=False)
class Cox:
    """Log hazard ratios and their covariance."""

    beta: Array
    cov: Array


def cox(time: Array, event: Codes, x: Array, weights: Array | None = None) -> Cox:
    """Fit Cox's model with Efron's way of ties (Efron 1977, https://doi.org/10.1080/01621459.1977.10480613)."""
    weight = np.ones(len(time)) if weights is None else weights
    centre, scale = x.mean(axis=0), x.std(axis=0)
    if (scale <= 0).any() or np.linalg.matrix_rank((x - centre) / np.where(scale > 0, scale, 1)) < x.shape[1]:
        raise EstimationError("covariates= has columns that are constant or depend on one another; drop one.")
    z = (x - centre) / scale
    order = np.argsort(-time, kind="stable")
    time, event, z, weight = time[order], event[order], z[order], weight[order]
    last = np.searchsorted(-time, -np.unique(time[event == 1])[::-1], "right")
    beta = np.zeros(z.shape[1])
    value, score, info = _partial(beta, time, event, z, last, weight)
    most = float(np.trace(info))
    for _ in range(100):
        try:
            step = np.linalg.solve(info, score)
        except np.linalg.LinAlgError:
            break
        for _ in range(30):
            # So long a step that all other hazards are lost beside one person's gives NaN, and is halved.
            with np.errstate(divide="ignore", invalid="ignore"):
                moved = _partial(beta + step, time, event, z, last, weight)
            if moved[0] >= value - 1e-12 * abs(value):
                break
            step = step / 2.0
        beta = beta + step
        value, score, info = moved
        # Running to infinity the likelihood grows flat, and a step may be small for that alone.
        if np.abs(beta).max() > 20.0 or np.linalg.eigvalsh(info).min() <= FLAT * most:
            break
        if np.abs(step).max() < 1e-10:
            return Cox(beta / scale, np.asarray(np.linalg.inv(info) / scale / scale[:, None]))
    raise EstimationError(
        "covariates= give the Cox model no finite answer: one orders the events without error; drop or "
        "coarsen it."
    )


def _partial(
    beta: Array, time: Array, event: Codes, z: Array, last: NDArray[np.intp], weight: Array
) -> tuple[float, Array, Array]:
    """Return partial log-likelihood, score and information; rows are in falling order of time."""
    eta = z @ beta
    eta = eta - eta.max()
    w = weight * np.exp(eta)
    s0, s1 = np.cumsum(w), np.cumsum(w[:, None] * z, axis=0)
    s2 = np.cumsum(w[:, None, None] * z[:, :, None] * z[:, None, :], axis=0)
    value, score, info = 0.0, np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for end in last:
        start = int(np.searchsorted(-time, -time[end - 1], "left"))
        tied = np.arange(start, end)[event[start:end] == 1]
        d = len(tied)
        own0, own1 = w[tied].sum(), w[tied] @ z[tied]
        own2 = (z[tied] * w[tied, None]).T @ z[tied]
        share, each = np.arange(d) / d, weight[tied].mean()
        a0 = s0[end - 1] - share * own0
        a1 = s1[end - 1] - share[:, None] * own1
        mean = a1 / a0[:, None]
        value += float(weight[tied] @ eta[tied] - each * np.log(a0).sum())
        score += weight[tied] @ z[tied] - each * mean.sum(axis=0)
        info += each * ((1.0 / a0).sum() * s2[end - 1] - (share / a0).sum() * own2 - mean.T @ mean)
    return value, score, info
