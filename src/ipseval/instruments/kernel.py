"""Scores blocks of bytes: totals, numbers of missing parts, and symptom counts.

A score depends on two small whole numbers only, the total of the answered parts and how many parts are
missing.  So every possible outcome is worked out once, in exact fractions, and rows look theirs up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.rounding import half_up
from ipseval.instruments.answers import MISSING, Bytes
from ipseval.instruments.model import Band, Level, Score

ONE = np.uint8(1)
UNDECIDED = -1


@dataclass(frozen=True)
class Units:
    """What a byte means in points: `base + byte * step`."""

    base: Fraction
    step: Fraction


@dataclass(frozen=True, eq=False)
class Table:
    """Every possible outcome of a score, by row number `total * (k + 1) + missing parts`.

    `score` is NaN and `band` -1 where nothing is scored; `exact` keeps the score as a fraction.
    """

    k: int
    exact: tuple[Fraction | None, ...]
    score: NDArray[np.float64]
    band: NDArray[np.int8]

    def rows(self, total: NDArray[Any], n_missing: NDArray[Any]) -> NDArray[np.intp]:
        """Return the row number of each person."""
        wide_enough: np.dtype[Any] = np.dtype(np.uint16 if len(self.score) <= 1 << 16 else np.intp)
        row = total.astype(wide_enough)
        row *= self.k + 1
        row += n_missing
        return np.asarray(row.astype(np.intp))


def outcome_table(
    score: Score, units: Units, highest: int, max_missing: int, bands: Sequence[Band], rounded: bool
) -> Table:
    """Work out the score and band of every total up to `highest` and every number of missing parts."""
    k = len(score.parts)
    exact: list[Fraction | None] = []
    for total in range(highest + 1):
        for n_missing in range(k + 1):
            exact.append(_outcome(score, units, total, n_missing, max_missing, rounded))
    values = np.array([np.nan if value is None else float(value) for value in exact])
    codes = np.array(
        [UNDECIDED if value is None else band_code(value, bands) for value in exact], dtype=np.int8
    )
    return Table(k, tuple(exact), values, codes)


def _outcome(
    score: Score, units: Units, total: int, n_missing: int, max_missing: int, rounded: bool
) -> Fraction | None:
    k = len(score.parts)
    answered = k - n_missing
    if n_missing > max_missing or answered == 0:
        return None
    points = units.base * answered + units.step * total
    mean = points / answered
    value = (mean if score.aggregate == "mean" else mean * k) * score.multiply
    return Fraction(half_up(value, 0)) if rounded else value


def band_code(value: Fraction, bands: Sequence[Band]) -> int:
    """Return the position of the highest band whose lower bound the score reaches; -1 below all."""
    return max((at for at, band in enumerate(bands) if band.reached_by(value)), default=UNDECIDED)


@dataclass(frozen=True, eq=False)
class Tally:
    """Of each row: the total of the answered parts, how many are missing, and half-answered pairs.

    `lowest` and `highest` are the totals if every missing answer were the lowest or the highest.
    """

    total: NDArray[Any]
    n_missing: Bytes
    half_pair: NDArray[np.bool_] | None
    lowest: NDArray[Any] | None = None
    highest: NDArray[Any] | None = None


def tally(
    answers: Sequence[Bytes],
    parts: Sequence[tuple[int, ...]],
    ends: Sequence[tuple[int, int]],
    *,
    bounds: bool,
) -> Tally:
    """Add up the parts of a score; `ends` holds the lowest and highest byte of every item."""
    n = len(answers[0])
    largest = sum(max(ends[i][1] for i in part) for part in parts)
    wide: np.dtype[Any] = np.dtype(np.uint8 if largest <= MISSING else np.uint16)
    total: NDArray[Any] = np.zeros(n, wide)
    n_missing = np.zeros(n, np.uint8)
    lowest: NDArray[Any] | None = np.zeros(n, wide) if bounds else None
    highest: NDArray[Any] | None = np.zeros(n, wide) if bounds else None
    half_pair = np.zeros(n, bool) if any(len(part) > 1 for part in parts) else None
    for part in parts:
        value = highest_answered(answers, part)
        missing = value == MISSING
        n_missing += missing.view(np.uint8)
        # MISSING is the largest byte: one more wraps round to 0, so a missing part adds nothing.
        total += value + missing.view(np.uint8)
        some_missing = missing
        if half_pair is not None and len(part) > 1:
            some_missing = _any_missing(answers, part)
            half_pair |= some_missing & ~missing
        if lowest is not None and highest is not None:
            low, high = max(ends[i][0] for i in part), max(ends[i][1] for i in part)
            lowest += np.where(missing, np.uint8(low), value)
            highest += np.where(some_missing, np.uint8(high), value)
    return Tally(total, n_missing, half_pair, lowest, highest)


def highest_answered(answers: Sequence[Bytes], part: tuple[int, ...]) -> Bytes:
    """Return the highest answer of a part, MISSING where none of its items is answered."""
    if len(part) == 1:
        return answers[part[0]]
    # Adding one turns MISSING (255) into 0, below every answer; taking it off again turns it back.
    highest = answers[part[0]] + ONE
    for item in part[1:]:
        np.maximum(highest, answers[item] + ONE, out=highest)
    return np.asarray(highest - ONE)


def _any_missing(answers: Sequence[Bytes], part: tuple[int, ...]) -> NDArray[np.bool_]:
    found = np.zeros(len(answers[part[0]]), bool)
    for item in part:
        found |= answers[item] == MISSING
    return found


@dataclass(frozen=True)
class CountedGroup:
    """Symptoms counted together, with the byte from which each item's answer counts as present."""

    name: str
    symptoms: tuple[tuple[tuple[int, int], ...], ...]
    """One tuple per symptom: (item, byte from which it is present); one present item is enough."""


Presence = dict[tuple[int, int], tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""Of an item and the byte from which it counts: where it is surely present, and where it may be."""


def symptom_levels(
    answers: Sequence[Bytes], groups: Sequence[CountedGroup], levels: Sequence[Level], known: Presence
) -> tuple[Bytes, Bytes]:
    """Return the level if every missing answer were the lowest, and if every one were the highest.

    Level 0 is the rule's `otherwise`; the rules count with "at least", so these two bound all others.
    `known` keeps what is found for the next rule on the same rows.
    """
    sure: dict[str, Bytes] = {}
    possible: dict[str, Bytes] = {}
    for group in groups:
        sure[group.name], possible[group.name] = _count(answers, group, known)
    return _level(sure, levels), _level(possible, levels)


def _count(answers: Sequence[Bytes], group: CountedGroup, known: Presence) -> tuple[Bytes, Bytes]:
    n = len(answers[0])
    n_sure, n_possible = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
    for symptom in group.symptoms:
        sure, possible = _present(answers, symptom[0], known)
        for alternative in symptom[1:]:
            also_sure, also_possible = _present(answers, alternative, known)
            sure, possible = sure | also_sure, possible | also_possible
        n_sure += sure.view(np.uint8)
        n_possible += possible.view(np.uint8)
    return n_sure, n_possible


def _present(
    answers: Sequence[Bytes], item: tuple[int, int], known: Presence
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if item not in known:
        answer, threshold = answers[item[0]], np.uint8(item[1])
        # A missing answer is 255, so it may be present; plus one it wraps to 0, so it is not surely present.
        known[item] = (answer + ONE > threshold, answer >= threshold)
    return known[item]


def _level(counts: dict[str, Bytes], levels: Sequence[Level]) -> Bytes:
    first, *others = counts.values()
    total = first
    if any("total" in level.at_least for level in levels):
        total = sum(others, start=first)
    found = np.zeros(len(first), np.uint8)
    for rank, level in enumerate(reversed(levels), start=1):
        met = np.ones(len(first), bool)
        for name, least in level.at_least.items():
            met &= (total if name == "total" else counts[name]) >= least
        # A later (more severe) level takes over where its counts are met.
        np.maximum(found, met.view(np.uint8) * np.uint8(rank), out=found)
    return found


def all_missing(answers: Sequence[Bytes], items: Sequence[int]) -> NDArray[np.bool_]:
    """Say where none of the items is answered.

    MISSING has every bit set, so the "and" of all bytes is MISSING only where all of them are.
    """
    bits = answers[items[0]]
    for item in items[1:]:
        bits = bits & answers[item]
    return np.asarray(bits == MISSING)
