"""Invented parents and children: who belongs to whom, and what the parents' registers hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.loading.synthetic_registers.lives import CLOSE, FIRST, N_WEEKS

PARENT_CODES = np.array([0, 111, 730, 890, 783], dtype=np.int16)
_BY_LEVEL = np.array(
    [
        [0.45, 0.10, 0.20, 0.05, 0.20],
        [0.62, 0.10, 0.12, 0.04, 0.12],
        [0.80, 0.08, 0.05, 0.03, 0.04],
        [0.90, 0.05, 0.02, 0.02, 0.01],
        [0.95, 0.03, 0.01, 0.01, 0.0],
    ]
)


@dataclass(frozen=True, eq=False)
class Families:
    """Parents and children of the young.

    `mother` and `father` are numbers of parents, -1 for unknown; `parent_level` as in `Lives`;
    `parent_code` is parents x years; `child_of` the row of a young person and `child_birth` their child's
    birth date, sorted by person and date.
    """

    mother: NDArray[np.int64]
    father: NDArray[np.int64]
    parent_level: NDArray[np.int64]
    parent_code: NDArray[np.int16]
    level: NDArray[np.int64]
    child_of: NDArray[np.int64]
    child_birth: NDArray[np.datetime64]

    @property
    def mothers(self) -> int:
        """How many of the parents are mothers; they stand first."""
        return len(self.parent_level) // 2


def families(persons: int, years: int, seed: int) -> Families:
    """Invent two thirds as many couples as young people, the young's level after their mother's."""
    rng = np.random.default_rng([seed, 8])
    couples = max(persons * 2 // 3, 1)
    mother = rng.integers(0, couples, persons)
    father = np.where(rng.random(persons) < 0.04, -1, couples + mother)
    apart = rng.random(persons) < 0.08
    father[apart] = couples + rng.integers(0, couples, int(apart.sum()))
    parent_level = np.tile(rng.integers(0, len(CLOSE), couples), 2)
    step = rng.choice([-2, -1, 0, 1, 2], persons, p=[0.1, 0.2, 0.4, 0.2, 0.1])
    level = np.clip(parent_level[mother] + step, 0, len(CLOSE) - 1)
    reach = np.cumsum(_BY_LEVEL[parent_level], axis=1)
    kind = np.minimum((rng.random(2 * couples)[:, None] >= reach).sum(axis=1), len(PARENT_CODES) - 1)
    some_years = rng.random((2 * couples, years)) < 0.4
    code = np.where(some_years, PARENT_CODES[kind][:, None], 0).astype(np.int16)
    code[kind == 4] = PARENT_CODES[4]  # a pension does not stop
    child_of, child_birth = _children(persons, level, rng)
    return Families(mother, father, parent_level, code, level, child_of, child_birth)


def _children(
    persons: int, level: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.datetime64]]:
    """Give up to two children, born in any week of the years; the young of low levels have them sooner."""
    chance = np.array([0.16, 0.13, 0.10, 0.08, 0.06])[level]
    owners = np.concatenate(
        [np.flatnonzero(rng.random(persons) < chance), np.flatnonzero(rng.random(persons) < chance / 4)]
    )
    days = rng.integers(0, 7 * N_WEEKS, len(owners))
    order = np.lexsort((days, owners))
    first_day = np.datetime64((FIRST * 7) - 3, "D")
    return owners[order], (first_day + days[order].astype("timedelta64[D]")).astype("datetime64[D]")
