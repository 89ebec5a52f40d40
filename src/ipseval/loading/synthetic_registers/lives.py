"""Invented lives by week, with and without the programme, from one and the same luck.

Every participant is lived twice with the same random numbers, once with and once without the programme,
so the true effect on the treated is known exactly, not estimated.

People differ in how close they are to work (`level`).  The level moves their weeks, their psychiatric
contacts, grades, crime and so on, but never enrolment itself: who enrols is decided by what the registers
hold at the index date (weeks on benefit, contacts, age, sex) and by luck.  So the naive comparison is
biased, and one that conditions on the registers at the index date is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import ReportError
from ipseval.core.weeks import monday, week_from_iso, weeks_in

STATES = (
    "idle", "work", "study", "help", "placement", "subsidy",
    "cash", "sick", "flexjob", "pension", "abroad", "dead",
)  # fmt: skip
CODES = np.array([0, 0, 651, 720, 727, 726, 730, 890, 771, 783, 997, 999], dtype=np.int16)
"""The DREAM code of each state; work and idleness are both blank, which is the point."""
PAID = np.array([False, True, False, False, False, True, False, False, True, False, False, False])
WORK, STUDY, HELP, PLACEMENT, CASH, ABROAD, DEAD = 1, 2, 3, 4, 6, 10, 11
ON_BENEFIT = (HELP, PLACEMENT, CASH)
BESIDE = (HELP, CASH)
"""States beside which some people hold a small paid job."""
FIRST = week_from_iso(2015, 1)
LAST = week_from_iso(2024, weeks_in(2024))
N_WEEKS = LAST - FIRST + 1
TREATED_MUNICIPALITIES = (101, 175, 400)
MUNICIPALITIES = (*TREATED_MUNICIPALITIES, 147, 157, 159, 461, 561, 615, 661, 751, 851)
SIZES = (0.36, 0.07, 0.07, 0.05, 0.04, 0.04, 0.08, 0.05, 0.05, 0.04, 0.09, 0.06)
START, END = week_from_iso(2020, 10), week_from_iso(2023, 26)
AGES = (18, 30)
UNTOUCHED = 0.06
"""Share who never receive a benefit, and so have no row in DREAM."""
PARTICIPANTS = 461 / 20_000
FACTOR = 2.5
"""How much the programme multiplies the weekly chance of leaving benefit for work or study."""
CLOSE = np.array([0.2, 0.5, 1.5, 3.0, 4.5])
"""How quickly a person of each level leaves benefit for work or study; losing work goes the other way."""
CONTACTS = np.array([0.025, 0.012, 0.002, 0.0005, 0.0002])
"""Weekly chance of a psychiatric contact of each level; the programme does not touch it."""
YEARS_BACK = 2
SCORE = {"contact": 2.5, "benefit_week": 0.03, "age": -0.10, "woman": 0.4}
"""Log odds of enrolling: a contact in the year before, weeks on benefit in the two years before, age, sex."""

# Weekly chances of leaving one state for another; the rest stays.
_MOVES: dict[int, dict[int, float]] = {
    0: {1: 0.020, 2: 0.010, 3: 0.012, 6: 0.003, 10: 0.0008},
    1: {0: 0.012, 2: 0.004, 3: 0.004, 6: 0.002, 7: 0.003, 10: 0.0002},
    2: {0: 0.008, 1: 0.006, 3: 0.002},
    3: {0: 0.006, 1: 0.018, 2: 0.008, 4: 0.015, 5: 0.002, 6: 0.002, 7: 0.002},
    4: {3: 0.070, 1: 0.012, 5: 0.004},
    5: {3: 0.040, 1: 0.020},
    6: {0: 0.006, 1: 0.016, 3: 0.002, 4: 0.010, 7: 0.003, 8: 0.0007, 9: 0.0004},
    7: {1: 0.030, 3: 0.015, 6: 0.010, 9: 0.0010},
    8: {6: 0.004},
    9: {},
    10: {0: 0.010},
    11: {},
}
_DEATH = 0.00002
_SETBACKS = (HELP, CASH, 7)
_FIRST = (0.2, 0.2, 0.25, 0.15, 0.02, 0.01, 0.1, 0.03, 0.01, 0.01, 0.02, 0.0)


def transition(factor: float = 1.0, close: float = 1.0) -> NDArray[np.float64]:
    """Give the cumulated weekly chances, those from benefit to work and study times `factor * close`."""
    chance = np.zeros((len(STATES), len(STATES)))
    for old, moves in _MOVES.items():
        for new, p in moves.items():
            up = old in ON_BENEFIT and new in (WORK, STUDY)
            down = old in (0, WORK, STUDY) and new in _SETBACKS
            chance[old, new] = p * (factor * close if up else 1.0) / (close if down else 1.0)
        chance[old, DEAD] += _DEATH if old != DEAD else 0.0
        chance[old, old] = 1.0 - chance[old].sum()
    return np.cumsum(chance, axis=1)


@dataclass(frozen=True, eq=False)
class Lives:
    """The invented population.

    `state` is persons x weeks as lived; `start` the index week or -1; `without` the states of the treated
    as they would have been without the programme (same order as `treated`).  `candidate` is the one week
    in which a person could have enrolled, or -1 for who was not of age, alive and resident then; `qualifying`
    says who was on a benefit that opens the programme.
    `contact_row` and `contact_week` are psychiatric contacts.  `side` holds a small job beside benefit,
    `second` a second job beside the first, `hours` the weekly hours of the main job.
    """

    state: NDArray[np.uint8]
    without: NDArray[np.uint8]
    treated: NDArray[np.int64]
    start: NDArray[np.int64]
    candidate: NDArray[np.int64]
    birth: NDArray[np.datetime64]
    sex: NDArray[np.int64]
    qualifying: NDArray[np.bool_]
    municipality: NDArray[np.int64]
    level: NDArray[np.int64]
    contact_row: NDArray[np.int64]
    contact_week: NDArray[np.int64]
    side: NDArray[np.bool_]
    second: NDArray[np.bool_]
    hours: NDArray[np.float64]

    @property
    def compared(self) -> NDArray[np.int64]:
        """Rows of those of age in their candidate week who did not enrol, on benefit or not."""
        return np.flatnonzero((self.candidate >= 0) & (self.start < 0))


def live(
    persons: int, seed: int, participants: int | None = None, level: NDArray[np.int64] | None = None
) -> Lives:
    """Invent `persons` lives from 2015 to 2024."""
    rng = np.random.default_rng(seed)
    birth = np.datetime64("1989-01-02") + rng.integers(0, 14 * 365, persons).astype("timedelta64[D]")
    sex = rng.integers(1, 3, persons)
    municipality = rng.choice(MUNICIPALITIES, persons, p=SIZES)
    own = rng.integers(0, len(CLOSE), persons)
    levels = own if level is None else level
    side, second = rng.random(persons) < 0.08, rng.random(persons) < 0.03
    hours = rng.choice([12.0, 20.0, 30.0, 37.0], persons)
    first = rng.choice(len(STATES), persons, p=_FIRST)
    contact_row, contact_week = _contacts(levels, seed)
    everyone = np.arange(persons)
    without = _walk(first, everyone, levels, seed, np.full(persons, N_WEEKS))
    untouched = rng.random(persons) < UNTOUCHED
    without[untouched] = np.where(CODES[without[untouched]] == 0, without[untouched], WORK)
    candidate = _candidates(without, birth, rng)
    score = _score(without, candidate, birth, sex, (contact_row, contact_week))
    there = np.isin(municipality, TREATED_MUNICIPALITIES)
    qualifying = (candidate >= 0) & np.isin(without[everyone, candidate], ON_BENEFIT)
    treated = _enrol(score, qualifying & there, participants, rng)
    with_it = _walk(first[treated], treated, levels, seed, candidate[treated])
    state = without.copy()
    state[treated] = with_it
    start = np.full(persons, -1, dtype=np.int64)
    start[treated] = FIRST + candidate[treated]
    return Lives(
        state, without[treated], treated, start, np.where(candidate >= 0, FIRST + candidate, -1), birth, sex,
        qualifying, municipality, levels, contact_row, contact_week, side, second, hours,
    )  # fmt: skip


def _walk(
    first: NDArray[np.int64],
    who: NDArray[np.int64],
    level: NDArray[np.int64],
    seed: int,
    start: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Live week by week; from week `start` on with the programme.  One person's luck is always the same."""
    luck = np.random.default_rng([seed, 1])
    reach = np.array([[transition(factor, close) for close in CLOSE] for factor in (1.0, FACTOR)])
    state = np.empty((len(who), N_WEEKS), dtype=np.uint8)
    now, mine = first.astype(np.int64), level[who]
    for week in range(N_WEEKS):
        u = luck.random(len(level))[who]
        if week:
            limits = reach[(week > start).astype(np.int64), mine, now]
            now = np.minimum((u[:, None] >= limits).sum(axis=1), len(STATES) - 1)
        state[:, week] = now
    return state


def _contacts(level: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw psychiatric contacts week by week: person and week, sorted by person."""
    luck = np.random.default_rng([seed, 6])
    chance = CONTACTS[level].astype(np.float32)
    found = [np.flatnonzero(luck.random(len(level), dtype=np.float32) < chance) for _ in range(N_WEEKS)]
    row = np.concatenate(found)
    week = np.repeat(np.arange(N_WEEKS), [len(f) for f in found])
    order = np.argsort(row, kind="stable")
    return row[order].astype(np.int64), week[order]


def _candidates(
    without: NDArray[np.uint8], birth: NDArray[np.datetime64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw one week for everyone; -1 for those not of age, alive and resident in it."""
    week = rng.integers(START - FIRST, END - FIRST, len(without))
    age = (monday(FIRST + week) - birth).astype(np.int64) / 365.25
    gone = np.isin(without[np.arange(len(without)), week], (ABROAD, DEAD))
    return np.where(~gone & (age >= AGES[0]) & (age < AGES[1]), week, -1)


def _score(
    without: NDArray[np.uint8],
    candidate: NDArray[np.int64],
    birth: NDArray[np.datetime64],
    sex: NDArray[np.int64],
    contacts: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Give the log odds of enrolling (but for a constant) from what the registers hold at the index week."""
    row, week = contacts
    before = candidate[row] - week
    contact = np.bincount(row[(before > 0) & (before <= 52)], minlength=len(birth)) > 0
    able = np.flatnonzero(candidate >= 0)
    weeks = candidate[able, None] - np.arange(1, YEARS_BACK * 52 + 1)
    on = np.zeros(len(birth))
    on[able] = np.isin(without[able[:, None], weeks], ON_BENEFIT).sum(axis=1)
    age = (monday(FIRST + np.maximum(candidate, 0)) - birth).astype(np.int64) / 365.25
    return np.asarray(
        SCORE["contact"] * contact
        + SCORE["benefit_week"] * on
        + SCORE["age"] * age
        + SCORE["woman"] * (sex == 2)
    )


def _enrol(
    score: NDArray[np.float64],
    able: NDArray[np.bool_],
    participants: int | None,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Take the highest of score plus logistic luck: the chance of enrolling is logistic in the score."""
    drawn = score + rng.logistic(size=len(score))
    pool = np.flatnonzero(able)
    if participants is not None and participants > len(pool):
        raise ReportError(
            f"participants={participants} are more than the {len(pool)} who could enrol among {len(score)} "
            "persons; ask for fewer, or for more persons."
        )
    wanted = (
        min(len(pool), max(1, round(len(score) * PARTICIPANTS))) if participants is None else participants
    )
    return np.sort(pool[np.argsort(-drawn[pool], kind="stable")[:wanted]])


def in_paid_work(lives: Lives, state: NDArray[np.uint8], who: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say in which weeks each of `who` has paid hours in states `state`: main jobs and small ones."""
    return np.asarray(PAID[state] | (lives.side[who, None] & np.isin(state, BESIDE)))
