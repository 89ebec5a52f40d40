"""The invented world: the young, their families, and everybody's pseudonym."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.weeks import year_of_week
from ipseval.loading.synthetic_registers.families import Families, families
from ipseval.loading.synthetic_registers.lives import FIRST, LAST, Lives, live

YEARS = range(2015, 2025)
YEAR_OF_WEEK = np.asarray(year_of_week(np.arange(FIRST, LAST + 1)), dtype=np.int64) - YEARS[0]


@dataclass(frozen=True, eq=False)
class World:
    """Lives, families and pseudonyms: first the young, then their parents, then their children."""

    lives: Lives
    families: Families
    ids: NDArray[np.object_]
    seed: int

    @property
    def persons(self) -> int:
        """How many young people there are."""
        return len(self.lives.birth)

    @property
    def young(self) -> NDArray[np.object_]:
        """The pseudonyms of the young."""
        return self.ids[: self.persons]

    @property
    def parents(self) -> NDArray[np.object_]:
        """The pseudonyms of the parents, mothers first."""
        return self.ids[self.persons : self.persons + len(self.families.parent_level)]

    @property
    def children(self) -> NDArray[np.object_]:
        """The pseudonyms of the young people's children."""
        return self.ids[self.persons + len(self.families.parent_level) :]

    def luck(self, stream: int, more: int = 0) -> np.random.Generator:
        """Give the random numbers of one register, always the same ones."""
        return np.random.default_rng([self.seed, stream, more])


def invent(persons: int, seed: int, participants: int | None = None) -> World:
    """Invent a world; the same arguments give the same one."""
    kin = families(persons, len(YEARS), seed)
    lives = live(persons, seed, participants, kin.level)
    total = persons + len(kin.parent_level) + len(kin.child_of)
    return World(lives, kin, person_ids(total, seed), seed)


def person_ids(n: int, seed: int) -> NDArray[np.object_]:
    """Give invented pseudonyms: twelve digits, many with leading zeros, no two alike."""
    order = np.random.default_rng([seed, 2]).permutation(n).astype(np.int64) + 1
    numbers = order * 618_033_989 % 10**12  # 618 033 989 and 10 have no common factor, so none repeats
    return np.array([f"{k:012d}" for k in numbers], dtype=object)


def spans(flags: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give person, first and last week of every run of true weeks."""
    steps = np.diff(np.pad(flags.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row, first = np.nonzero(steps == 1)
    last = np.nonzero(steps == -1)[1] - 1
    return row, first, last
