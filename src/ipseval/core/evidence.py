"""What stands behind the numbers of a result: who was counted, by what conditions, and how counts add up.

A result carries evidence so that its release can be judged without the persons.  Everything here counts
distinct persons; nothing is a person's row.  It stays where the data are: files that leave are written from
cleared numbers only.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ipseval.core.people import People, people_by_wave, people_of, person_hashes
from ipseval.core.provenance import fingerprint

if TYPE_CHECKING:
    import pandas as pd

Where = frozenset[tuple[str, str]]
"""Conditions that all hold: (variable, code) pairs; empty means everybody in the population."""
ANSWERED = "*"
"""As code of a condition: the person answered that variable, whatever the answer."""
MISSING = ":missing"
"""Ends the name of a condition that says nobody knows the answer."""
BELOW = "<"
"""Ends the name of a condition whose code is an edge: the number lies below it."""
TOGETHER = "&"
"""Joins columns that a person must all have answered."""
AVERAGED = (3, 4, 5, 6, 7, 8, 10, 12, 15, 20)
"""Sizes of the groups that quantiles and extremes are averaged over for release."""


def where(*conditions: tuple[str, str]) -> Where:
    """Build conditions from (variable, code) pairs; a pair with an empty variable is left out."""
    return frozenset((str(name), str(code)) for name, code in conditions if name)


@dataclass(frozen=True)
class Count:
    """Distinct persons who meet the conditions.

    `mark` is the sum of their hashes, in memory only, where no column of theirs is told (`core.people`).
    """

    where: Where
    n: int
    mark: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Sum:
    """The persons of `total` are those of `parts`, each in one part."""

    total: Where
    parts: tuple[Where, ...]


@dataclass(frozen=True)
class Line:
    """What stands behind one row of a result's estimates.

    Attributes
    ----------
    fewest
        Persons in the smallest group that the number can be taken apart into: a level by outcome of a model,
        the rarest value of a number that has so few that n, mean and SD (or averages of some) tell how many.
    top_two
        Share of the sum of absolute values that two persons hold, 0 to 1.
    all_equal
        Everybody has the same value, so that the number tells each person's.
    averages
        (k, mean of the k persons nearest to the quantile or extreme).
    held
        (k, share of the sum of those k that two of them hold).
    residual_df, parameters
        Of a model.
    who, events
        Those whom n and n_events count, where the estimates alone do not tell; see `core.evidence_cells`.
    behind
        Cells of persons that the number can be taken apart into.
    step
        Of a point on a curve: its time, events until then, and how many were left.
    of
        Columns whose means the number is made of, where the outcome of the estimates does not tell.
    one_value
        The number is the value of one person, or made of such values.
    uneven
        Persons of an arm whose weight is not the one most of it have; of several arms, in the arm with the
        fewest.  0 where all of an arm weigh alike.
    """

    fewest: int | None = None
    top_two: float | None = None
    all_equal: bool = False
    averages: tuple[tuple[int, float], ...] = ()
    held: tuple[tuple[int, float], ...] = ()
    residual_df: float | None = None
    parameters: int | None = None
    who: Where | None = None
    events: Where | None = None
    behind: tuple[Where, ...] = ()
    step: tuple[float, int, int] | None = None
    of: tuple[str, ...] = ()
    one_value: bool = False
    uneven: int = 0


@dataclass(frozen=True)
class Evidence:
    """Who the numbers speak of, counts beside those of the estimates, and a `Line` per row.

    Attributes
    ----------
    population
        Name of the people that the conditions speak of; results with the same name speak of the same people.
    by
        The column whose codes the groups of the estimates are.
    counts, sums
        What is counted and adds up beyond what a reader of the estimates finds himself.
    lines
        One per row of the estimates, or none.
    columns
        (outcome, the columns that a person must have answered to be counted in it); of a change the column
        before stands first.
    codes
        (column, word in the estimates, code in the data), where the estimates say it in words of their own.
    people
        Who answered what, in memory only, so that the same people under other names are found.
    """

    population: str
    by: str = ""
    counts: tuple[Count, ...] = ()
    sums: tuple[Sum, ...] = ()
    lines: tuple[Line, ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    codes: tuple[tuple[str, str, str], ...] = ()
    people: People | None = None


def window_of(n: int, at: float, k: int) -> tuple[int, int]:
    """Ranks, from and up to without the last, of the k of n ordered values nearest to the quantile `at`."""
    first = min(max(round(at * (n - 1) - (k - 1) / 2), 0), n - k)
    return first, first + k


def windows_of(ordered: Iterable[float], at: float) -> dict[int, list[float]]:
    """The k values nearest in rank to the quantile `at` (0 to 1) of ordered values, for each k.

    Only where the released mean leaves at least k persons on the far side, too.
    """
    values = list(ordered)
    sizes = [k for k in AVERAGED if len(values) >= 2 * k]
    return {k: values[slice(*window_of(len(values), at, k))] for k in sizes}


def averages_of(ordered: Iterable[float], at: float) -> tuple[tuple[int, float], ...]:
    """Average the k values nearest in rank to the quantile `at` (0 to 1) of ordered values, for each k."""
    return tuple((k, sum(inside) / k) for k, inside in windows_of(ordered, at).items())


def top_two(values: Iterable[float]) -> float | None:
    """Share of the sum of absolute values that the two largest hold; None where the sum is 0."""
    sizes = sorted((abs(v) for v in values), reverse=True)
    whole = sum(sizes)
    return sum(sizes[:2]) / whole if whole > 0 else None


QUANTILES = {"min": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "max": 1.0}
"""Terms of a table of numbers that are averaged over a few for release."""


SCALE = 10
"""Of numbers on a scale of more steps, counts of single values are not sought."""


def number_line(ordered: np.ndarray[Any, Any], term: str) -> Line:
    """Say what stands behind a statistic of ordered numbers, one per person."""
    values, counts = np.unique(ordered, return_counts=True)
    alike = len(values) == 1
    if term not in QUANTILES:
        return Line(fewest_told(values, counts), top_two(ordered.tolist()), alike)
    at = QUANTILES[term]
    return Line(
        fewest=_fewest_in_windows(values, counts),
        all_equal=alike,
        averages=averages_of(ordered.tolist(), at),
        held=tuple((k, top_two(each) or 0.0) for k, each in windows_of(ordered.tolist(), at).items()),
    )


def fewest_told(values: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> int | None:
    """Persons with the rarest value whose number n, mean and SD tell; None where they tell none.

    Counts of two or three values are what three equations leave.  On a scale of up to ten steps other counts
    are sought that agree in n, sum and sum of squares and differ at four values.  Values that may lie
    anywhere nobody outside knows.
    """
    if len(values) in (2, 3):
        return int(counts.min())
    steps = _steps(values)
    if steps is None:
        return None
    moves = _moves(steps)
    possible = np.concatenate([m for m in (moves, -moves) if len(m)])
    possible = possible[(counts + possible >= 0).all(axis=1)]
    told = counts[~(possible != 0).any(axis=0)]
    return int(told.min()) if len(told) else None


def _fewest_in_windows(values: np.ndarray[Any, Any], counts: np.ndarray[Any, Any]) -> int | None:
    """Persons with the rarest value of a short scale: averages over ranks tell how many have each."""
    short = len(values) in (2, 3) or _steps(values) is not None
    return int(counts.min()) if short else None


def _steps(values: np.ndarray[Any, Any]) -> tuple[int, ...] | None:
    """The places of four or more values on a scale of at most ten equal steps, else None."""
    if not 4 <= len(values) <= SCALE:
        return None
    places = (values - values[0]) / np.diff(values).min()
    whole = np.round(places)
    if whole[-1] >= SCALE or not np.allclose(places, whole, atol=1e-6):
        return None
    return tuple(int(place) for place in whole)


@lru_cache(maxsize=256)
def _moves(steps: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Smallest changes of the counts of four values that leave n, sum and sum of squares alone."""
    found = np.zeros((math.comb(len(steps), 4), len(steps)), dtype=np.int64)
    for row, four in zip(found, combinations(range(len(steps)), 4), strict=True):
        apart = [math.prod(steps[i] - steps[j] for j in four if j != i) for i in four]
        common = math.lcm(*apart)
        parts = [common // each for each in apart]
        row[list(four)] = np.array(parts) // math.gcd(*parts)
    return found


def uneven(weights: np.ndarray[Any, Any]) -> int:
    """Count the persons of an arm whose weight is not the one most of it have."""
    if not len(weights):
        return 0
    _, counts = np.unique(np.round(weights / np.max(weights), 9), return_counts=True)
    return len(weights) - int(counts.max())


def spread(groups: Iterable[np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Say of numbers of several groups, which a mean is made of, what the worst of them has."""
    lines = [number_line(np.sort(each), "mean") for each in groups if len(each)]
    rare = [line.fewest for line in lines if line.fewest is not None]
    held = [line.top_two for line in lines if line.top_two is not None]
    found: dict[str, Any] = {"all_equal": any(line.all_equal for line in lines)}
    found |= {"fewest": min(rare)} if rare else {}
    return found | ({"top_two": max(held)} if held else {})


def split_evidence(
    frame: pd.DataFrame,
    id: str | None,
    by: str | None,
    sample: pd.DataFrame,
    columns: Mapping[str, tuple[str, ...]],
) -> Evidence:
    """Tell who a result split by a column speaks of, with the sizes that its flow begins with."""
    first = sample[sample["step"] == "in_frame"]
    counts = tuple(
        Count(where((by or "", group)) if group else where(), int(n))
        for group, n in zip(first["group"], first["n"], strict=True)
    )
    asked = [column for needed in columns.values() for column in needed]
    people = people_of(frame, id, [*([by] if by else []), *asked])
    if people is None and id is not None and by:
        people = people_by_wave(frame, id, by, asked)
    return Evidence(
        population(frame, id),
        by or "",
        counts,
        columns=tuple(columns.items()),
        people=people,
    )


def population(frame: pd.DataFrame, id: str | None) -> str:
    """Name the people of a frame by a fingerprint of who they are, or of the whole frame without ids.

    The order of rows and how often a person stands in them make no difference.
    """
    if id is None:
        return f"frame:{fingerprint(frame)}"
    hashes = person_hashes(frame[id].drop_duplicates().dropna())
    return f"people:{hashlib.sha256(id.encode() + np.sort(hashes).tobytes()).hexdigest()[:16]}"
