"""What whole counts could have given numbers that are made of several of them, such as a ratio or an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reporting_disclosure.attacker import Attack

MOST = 4_000_000
"""Of more combinations not all are tried until other files have narrowed the counts down."""
NEAR = 1e-8


@dataclass
class Puzzle:
    """Unknown counts, each as the kinds of people it counts, and the numbers they must give.

    `make` takes an array per count and returns an array per number; what cannot be is not a number.
    """

    unknown: Sequence[np.ndarray]
    make: Callable[..., Sequence[np.ndarray]]
    shown: Sequence[float]

    def tighten(self, attack: Attack) -> bool:
        """Note between what every count must lie, and say whether that is more than was known."""
        ends = [attack.range(people) for people in self.unknown]
        if np.prod([float(high - low + 1) for low, high in ends]) > MOST:
            return False
        axes = [np.arange(low, high + 1, dtype=float) for low, high in ends]
        grid = np.meshgrid(*axes, indexing="ij", sparse=True)
        with np.errstate(all="ignore"):
            made = self.make(*grid)
            fits = np.logical_and.reduce(
                [
                    np.broadcast_to(np.abs(m - v) <= NEAR * max(1.0, abs(v)), [len(a) for a in axes])
                    for m, v in zip(made, self.shown, strict=True)
                ]
            )
        assert fits.any(), "no whole counts give these numbers"
        news = False
        for at, (people, end, axis) in enumerate(zip(self.unknown, ends, axes, strict=True)):
            news |= noted(
                attack, people, end, axis[fits.any(axis=tuple(k for k in range(len(axes)) if k != at))]
            )
        return news


@dataclass
class TwoSides:
    """Numbers that are sums of what each of two arms adds: so many more combinations can be tried."""

    sides: Sequence[tuple[Sequence[np.ndarray], Callable[..., Sequence[np.ndarray]]]]
    shown: Sequence[float]

    def tighten(self, attack: Attack) -> bool:
        """As `Puzzle.tighten`."""
        ends, counts, added = [], [], []
        for unknown, make in self.sides:
            own = [attack.range(people) for people in unknown]
            if np.prod([float(high - low + 1) for low, high in own]) > MOST / 4:
                return False
            grid = np.meshgrid(*(np.arange(low, high + 1, dtype=float) for low, high in own), indexing="ij")
            with np.errstate(all="ignore"):
                made = np.array([np.broadcast_to(each, grid[0].shape).ravel() for each in make(*grid)])
            there = np.isfinite(made).all(axis=0)
            ends.append(own)
            counts.append(np.array([axis.ravel()[there] for axis in grid]))
            added.append(made[:, there])
        order = np.argsort(added[1][0])
        counts[1], added[1] = counts[1][:, order], added[1][:, order]
        wanted = self.shown[0] - added[0][0]
        low, high = (np.searchsorted(added[1][0], wanted + d * NEAR) for d in (-1, 1))
        mine = np.repeat(np.arange(len(wanted)), high - low)
        theirs = np.arange(len(mine)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
        theirs += np.repeat(low, high - low)
        sums = added[0][:, mine] + added[1][:, theirs]
        fits = (np.abs(sums - np.array(self.shown)[:, None]) <= NEAR).all(axis=0)
        assert fits.any(), "no whole counts give these numbers"
        news = False
        for (unknown, _), own, tried, at in zip(
            self.sides, ends, counts, (mine[fits], theirs[fits]), strict=True
        ):
            for people, end, values in zip(unknown, own, tried, strict=True):
                news |= noted(attack, people, end, np.unique(values[at]))
        return news


def noted(attack: Attack, people: np.ndarray, end: tuple[int, int], left: np.ndarray) -> bool:
    """Note between what a count must lie, and say whether that is news."""
    if left[0] <= end[0] and left[-1] >= end[1]:
        return False
    attack.rows.append(people)
    attack.low.append(float(left[0]))
    attack.high.append(float(left[-1]))
    return True


def odds(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return (a * d) / (b * c)


def risk(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return (a / (a + b)) / (c / (c + d))


def gap(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return a / (a + b) - c / (c + d)


def gap_error(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Of a difference of shares, each with its own variance."""
    return np.sqrt(a * b / ((a + b) ** 2 * (a + b - 1)) + c * d / ((c + d) ** 2 * (c + d - 1)))


def possible(made: np.ndarray, *counts: np.ndarray) -> np.ndarray:
    """The numbers, and none where a count would be less than nobody."""
    return np.where(np.logical_and.reduce(np.broadcast_arrays(*[c >= 0 for c in counts])), made, np.nan)
