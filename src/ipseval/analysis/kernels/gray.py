"""Gray's test of how many have had an event by when, with competing events in the way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.logit import Array

Codes = NDArray[np.intp]


def gray(time: Array, code: Codes, group: Codes) -> tuple[float, int]:
    """Return Gray's chi-square for code 1 in two or more groups, and its degrees of freedom.

    `code` is 0 for censored, 1 for the event, above 1 for competing events.  The groups' subdistribution
    hazards are compared with the pooled one, every time weighing alike (rho = 0).  Reference: Gray (1988),
    https://doi.org/10.1214/aos/1176350951.
    """
    count = int(group.max()) + 1
    points = np.unique(time[code > 0])
    risk, own, other = (np.empty((len(points), count)) for _ in range(3))
    for g in range(count):
        at = time[group == g]
        risk[:, g] = len(at) - np.searchsorted(np.sort(at), points, "left")
        own[:, g] = _at(points, time[(group == g) & (code == 1)])
        other[:, g] = _at(points, time[(group == g) & (code > 1)])
    safe = np.maximum(risk, 1.0)
    after: Array = np.cumprod(np.where(risk > 0, 1.0 - (own + other) / safe, 1.0), axis=0, dtype=float)
    before = np.vstack([np.ones(count), after[:-1]])
    had = np.cumsum(before * own / safe, axis=0)
    had_before = np.vstack([np.zeros(count), had[:-1]])
    # Persons at risk as if nobody had been censored or had had a competing event, up to a common factor.
    whole = np.where(risk > 0, risk / np.where(before > 0, before, 1.0), 0.0)
    total = whole.sum(axis=1)
    events = own.sum(axis=1)
    pooled = np.cumsum(events / total)
    left = 1.0 - np.concatenate([[0.0], pooled[:-1]])
    free = whole * (1.0 - had_before)
    score = (own - events[:, None] * free / free.sum(axis=1, keepdims=True)).sum(axis=0)
    a = whole[:, :, None] * (np.eye(count) - (whole / total[:, None])[:, None, :])
    c = np.cumsum(a * (events / (total * left))[:, None, None], axis=0)
    cov = _covariance(a, c, pooled, (before, after, risk, whole, own, other))
    keep = slice(0, count - 1)
    return float(score[keep] @ np.linalg.solve(cov[keep, keep], score[keep])), count - 1


def _at(points: Array, times: Array) -> Array:
    return np.bincount(np.searchsorted(points, times), minlength=len(points)).astype(float)


def _covariance(a: Array, c: Array, pooled: Array, counts: tuple[Array, ...]) -> Array:
    """Sum, over times and groups, of the variance of each kind of event times what it does to the scores."""
    before, after, risk, whole, own, other = counts
    total, events = whole.sum(axis=1), own.sum(axis=1)
    last = c[-1]
    present = risk > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (1.0 - pooled)[:, None] / after
        # The chance of the event is the pooled one; ties are drawn without replacement.
        tied = np.where(
            events[:, None] > 1, 1.0 - (events[:, None] - 1.0) / (total[:, None] * before - 1.0), 1.0
        )
        first = np.where(present, tied * before * events[:, None] / (total[:, None] * risk), 0.0)
        tied = np.where(other > 1, 1.0 - (other - 1.0) / (risk - 1.0), 1.0)
        second = np.where(present & (other > 0) & (after > 0), tied * before**2 * other / risk**2, 0.0)
    pull = np.where(after > 0, 1.0 - ratio, 1.0)
    push = np.where(after > 0, ratio, 0.0)
    one = a + pull[:, None, :] * (last - c)
    two = push[:, None, :] * (last - c)
    return np.asarray(
        np.einsum("tik,tjk,tk->ij", one, one, first) + np.einsum("tik,tjk,tk->ij", two, two, second)
    )
