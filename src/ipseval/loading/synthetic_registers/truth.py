"""What the programme truly does to the invented participants, known because each lives twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.loading.synthetic_registers.lives import (
    BESIDE,
    CODES,
    FIRST,
    N_WEEKS,
    PAID,
    PLACEMENT,
    STUDY,
    Lives,
    in_paid_work,
)

SIDE_HOURS = 6.0
SECOND = 1.25
"""Who holds a second job beside the first has a quarter more hours."""
PREPARATORY_EVERY = 5
"""Every fifth person's enrolments are preparatory (code 1006), the others' ordinary (1199)."""


def true_effect(lives: Lives, first: int, last: int) -> dict[str, Any]:
    """Give the programme's exact mean effect on the treated, in weeks `first` to `last` after the start."""
    start = lives.start[lives.treated] - FIRST
    seen = np.flatnonzero((start + last < N_WEEKS) & (start + first >= 0))
    who = lives.treated[seen]
    weeks = start[seen, None] + np.arange(first, last + 1)
    with_it = _outcomes(lives, lives.state[who[:, None], weeks], who)
    without = _outcomes(lives, lives.without[seen[:, None], weeks], who)
    effects = {name: float((with_it[name] - without[name]).mean()) for name in with_it}
    return {"n_treated": len(seen), **effects, "psychiatric_contacts": 0.0}


def _outcomes(
    lives: Lives, state: NDArray[np.uint8], who: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    paid = in_paid_work(lives, state, who)
    ordinary = (state == STUDY) & (who % PREPARATORY_EVERY != 0)[:, None]
    competitive = paid & ~np.isin(state, (PLACEMENT, 5))
    main = lives.hours[who] * np.where(lives.second[who], SECOND, 1.0)
    hours = PAID[state].sum(axis=1) * main + SIDE_HOURS * (
        lives.side[who, None] & np.isin(state, BESIDE)
    ).sum(axis=1)
    return {
        "weeks_with_paid_work": paid.sum(axis=1).astype(float),
        "any_paid_work": paid.any(axis=1).astype(float),
        "paid_hours": hours,
        "weeks_self_support": (CODES[state] == 0).sum(axis=1).astype(float),
        "weeks_ordinary_education": ordinary.sum(axis=1).astype(float),
        "positive_destination": (competitive | ordinary).any(axis=1).astype(float),
    }
