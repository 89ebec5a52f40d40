"""Invented lives by week, with and without the programme, from one and the same luck.

Every treated person is lived twice with the same random numbers, once with and once without the programme,
so the true effect on the treated is known exactly, not estimated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.weeks import week_from_iso, weeks_in

STATES = (
    "idle", "work", "study", "help", "placement", "subsidy",
    "cash", "sick", "flexjob", "pension", "abroad", "dead",
)  # fmt: skip
CODES = np.array([0, 0, 651, 720, 727, 726, 730, 890, 771, 783, 997, 999], dtype=np.int16)
"""The DREAM code of each state; work and idleness are both blank, which is the point."""
PAID = np.array([False, True, False, False, False, True, False, False, True, False, False, False])
WORK, STUDY, HELP, CASH = 1, 2, 3, 6
ON_BENEFIT = (HELP, 4, CASH)
FIRST = week_from_iso(2015, 1)
LAST = week_from_iso(2024, weeks_in(2024))
N_WEEKS = LAST - FIRST + 1
TREATED_MUNICIPALITIES = (101, 175, 400)
MUNICIPALITIES = (*TREATED_MUNICIPALITIES, 147, 157, 159, 461, 561, 615, 661, 751, 851)
START, END = week_from_iso(2020, 10), week_from_iso(2023, 26)
FACTOR = 2.0
"""How much the programme multiplies the weekly chance of leaving benefit for work or study."""

# Weekly chances of leaving one state for another; the rest stays.
_MOVES: dict[int, dict[int, float]] = {
    0: {1: 0.020, 2: 0.010, 3: 0.012, 6: 0.003, 10: 0.0008},
    1: {0: 0.012, 2: 0.004, 3: 0.004, 6: 0.002, 7: 0.003, 10: 0.0002},
    2: {0: 0.008, 1: 0.006, 3: 0.002},
    3: {0: 0.004, 1: 0.006, 2: 0.005, 4: 0.015, 5: 0.002, 6: 0.002, 7: 0.002},
    4: {3: 0.070, 1: 0.004, 5: 0.004},
    5: {3: 0.040, 1: 0.020},
    6: {0: 0.004, 1: 0.007, 3: 0.002, 4: 0.010, 7: 0.003, 8: 0.0007, 9: 0.0004},
    7: {1: 0.030, 3: 0.015, 6: 0.010, 9: 0.0010},
    8: {6: 0.004},
    9: {},
    10: {0: 0.010},
    11: {},
}
_DEATH = 0.00002


def transition(factor: float = 1.0) -> NDArray[np.float64]:
    """Give the cumulated weekly chances, those from benefit to work and study times `factor`."""
    chance = np.zeros((len(STATES), len(STATES)))
    for old, moves in _MOVES.items():
        for new, p in moves.items():
            chance[old, new] = p * (factor if old in ON_BENEFIT and new in (WORK, STUDY) else 1.0)
        chance[old, 11] += _DEATH if old != 11 else 0.0
        chance[old, old] = 1.0 - chance[old].sum()
    return np.cumsum(chance, axis=1)


@dataclass(frozen=True, eq=False)
class Lives:
    """The invented population.

    `state` is persons x weeks as lived; `start` the index week or -1; `without` the states of the treated
    as they would have been without the programme (same order as `treated`).
    """

    state: NDArray[np.uint8]
    without: NDArray[np.uint8]
    treated: NDArray[np.int64]
    start: NDArray[np.int64]
    birth: NDArray[np.datetime64]
    sex: NDArray[np.int64]
    municipality: NDArray[np.int64]


def live(persons: int, seed: int) -> Lives:
    """Invent `persons` lives from 2015 to 2024."""
    rng = np.random.default_rng(seed)
    birth = np.datetime64("1989-01-02") + rng.integers(0, 14 * 365, persons).astype("timedelta64[D]")
    sex = rng.integers(1, 3, persons)
    municipality = rng.choice(MUNICIPALITIES, persons)
    first = rng.choice(12, persons, p=[0.2, 0.2, 0.25, 0.15, 0.02, 0.01, 0.1, 0.03, 0.01, 0.01, 0.02, 0.0])
    everyone = np.arange(persons)
    without = _walk(first, everyone, persons, seed, np.full(persons, N_WEEKS))
    treated, start = _enrol(without, municipality, rng)
    with_it = _walk(first[treated], treated, persons, seed, start)
    state = without.copy()
    state[treated] = with_it
    index = np.full(persons, -1, dtype=np.int64)
    index[treated] = FIRST + start
    return Lives(state, without[treated], treated, index, birth, sex, municipality)


def _walk(
    first: NDArray[np.int64], who: NDArray[np.int64], persons: int, seed: int, start: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Live week by week; from week `start` on with the programme.  One person's luck is always the same."""
    luck = np.random.default_rng([seed, 1])
    plain, helped = transition(), transition(FACTOR)
    state = np.empty((len(who), N_WEEKS), dtype=np.uint8)
    now = first.astype(np.int64)
    for week in range(N_WEEKS):
        u = luck.random(persons)[who]
        if week:
            reach = np.where((week > start)[:, None], helped[now], plain[now])
            now = np.minimum((u[:, None] >= reach).sum(axis=1), len(STATES) - 1)
        state[:, week] = now
    return state


def _enrol(
    without: NDArray[np.uint8], municipality: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take about 2.3 % of all into the programme: on benefit at a week drawn for them, in three places."""
    persons = len(without)
    week = rng.integers(START - FIRST, END - FIRST, persons)
    there = np.isin(municipality, TREATED_MUNICIPALITIES)
    on = np.isin(without[np.arange(persons), week], ON_BENEFIT)
    pool = np.flatnonzero(there & on)
    wanted = min(len(pool), max(1, round(persons * 461 / 20_000)))
    treated = np.sort(rng.choice(pool, wanted, replace=False))
    return treated, week[treated]


def true_effect(lives: Lives, first: int, last: int) -> dict[str, float]:
    """Give the programme's exact mean effect on the treated, in weeks `first` to `last` after the start."""
    start = lives.start[lives.treated] - FIRST
    seen = start + last < N_WEEKS
    weeks = start[seen, None] + np.arange(first, last + 1)
    rows = np.flatnonzero(seen)[:, None]
    with_it = PAID[lives.state[lives.treated][rows, weeks]]
    without = PAID[lives.without[rows, weeks]]
    return {
        "n_treated": int(seen.sum()),
        "weeks_with_paid_work": float((with_it.sum(axis=1) - without.sum(axis=1)).mean()),
        "any_paid_work": float((with_it.any(axis=1).astype(float) - without.any(axis=1)).mean()),
    }
