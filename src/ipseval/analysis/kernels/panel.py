"""Differences in differences on a balanced panel: y is persons x periods, cohorts are periods of entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.analysis.kernels.cluster import Array, Linear, fit_linear

Ints = NDArray[np.intp]
NEVER = np.iinfo(np.intp).max
"""Cohort of those never treated."""


@dataclass(frozen=True, eq=False)
class GroupTime:
    """One effect per cohort and period, with each person's influence on it (K x n).

    `base` is the period compared with; `n` and `n_control` count persons.
    """

    cohort: Ints
    period: Ints
    base: Ints
    effect: Array
    influence: Array
    n: Ints
    n_control: Ints


def group_time(y: Array, cohort: Ints, *, anticipation: int, not_yet: bool) -> GroupTime:
    """Change since the last period before entry, cohort against controls, for every cohort and period.

    Controls are the never treated, or everybody not yet treated in either period.  With `anticipation` k the
    base lies k periods earlier.  Reference: Callaway and Sant'Anna (2021),
    https://doi.org/10.1016/j.jeconom.2020.12.001 (no covariates).
    """
    rows: list[tuple[int, int, int, float, Array, int, int]] = []
    n, periods = y.shape
    for g in np.unique(cohort[cohort != NEVER]).tolist():
        base = g - 1 - anticipation
        if base < 0:
            continue
        own = cohort == g
        for t in range(periods):
            if t == base:
                continue
            last = max(t, base) + anticipation
            control = (cohort > last) & ~own if not_yet else cohort == NEVER
            if not control.any():
                continue
            change = y[:, t] - y[:, base]
            one, other = change[own].mean(), change[control].mean()
            influence = n / own.sum() * own * (change - one) - n / control.sum() * control * (change - other)
            rows.append((g, t, base, float(one - other), influence, int(own.sum()), int(control.sum())))
    if not rows:
        empty = np.array([], dtype=np.intp)
        return GroupTime(empty, empty, empty, np.array([]), np.empty((0, n)), empty, empty)
    g_, t_, b_, e_, i_, n_, c_ = zip(*rows, strict=True)
    ints = [np.array(v, dtype=np.intp) for v in (g_, t_, b_, n_, c_)]
    return GroupTime(ints[0], ints[1], ints[2], np.array(e_), np.array(i_), ints[3], ints[4])


def average(found: GroupTime, chosen: NDArray[np.bool_], cohort: Ints) -> tuple[float, Array]:
    """Average chosen effects by cohort size; the influence allows for the sizes being a sample's."""
    n = len(cohort)
    share = np.array([(cohort == g).mean() for g in found.cohort[chosen]])
    total = share.sum()
    value = float(share @ found.effect[chosen] / total)
    influence = (share / total) @ found.influence[chosen]
    for g, effect in zip(found.cohort[chosen], found.effect[chosen], strict=True):
        influence = influence + (effect - value) / total * ((cohort == g) - (cohort == g).mean())
    return value, np.asarray(influence / n)


def two_way(y: Array, treated: Array) -> Linear:
    """Regress on treatment with person and period effects; coefficient 0 is treatment.

    Person effects are taken out by demeaning, which changes no cluster error as long as persons lie within
    clusters; period effects stay as columns.  Rows run person by person.
    """
    n, periods = y.shape
    dummies = np.tile(np.eye(periods)[:, 1:], (n, 1))
    x = np.column_stack([treated.ravel(), dummies])
    person = np.repeat(np.arange(n), periods)
    means = np.column_stack([np.bincount(person, weights=c) / periods for c in x.T])
    return fit_linear(x - means[person], (y - y.mean(axis=1, keepdims=True)).ravel())
