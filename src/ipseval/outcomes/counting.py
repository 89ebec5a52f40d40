"""Weeks of each person in sets of codes, by year or around an index date, from wide weeks or from spells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_iso, weeks_in
from ipseval.outcomes import runs as rle
from ipseval.outcomes.calendar import index_weeks
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.columns import CodeSet, weeks_after, weeks_by_period
from ipseval.outcomes.spells import Spells

Sets = Mapping[str, Iterable[int] | str]
Wide = tuple[pl.Series, Sequence[NDArray[Any]]]
TILE = 16_384
LARGEST = 32_767
FAR = -(2**40)
"""The index week of persons who have none; no span reaches it."""


def code_sets(sets: Sets, listed: CodeList) -> dict[str, CodeSet]:
    """Take sets as codes, or as the name of a group of the code list."""
    plain = {
        name: tuple(listed.codes_where(group=codes) if isinstance(codes, str) else codes)
        for name, codes in sets.items()
    }
    for name, codes in plain.items():
        if not all(0 <= code <= LARGEST for code in codes):
            raise DesignError(
                f"sets: {name!r} holds codes outside 0 to {LARGEST}; DREAM's codes are three digits."
            )
    return {name: CodeSet(codes) for name, codes in plain.items()}


def year_places(years: Sequence[int], first_week: int, n_weeks: int) -> list[tuple[int, int]]:
    """Give each year's first and last place among the weeks; years that are not whole are refused."""
    places = [(week_from_iso(y, 1) - first_week, week_from_iso(y, weeks_in(y)) - first_week) for y in years]
    cut = [y for y, (a, b) in zip(years, places, strict=True) if a < 0 or b >= n_weeks]
    if cut:
        raise DesignError(
            f"years= holds {len(cut)} year(s) that DREAM does not cover whole: {', '.join(map(str, cut))}."
        )
    return places


def count_wide(
    batches: Iterator[Wide], sets: dict[str, CodeSet], places: list[tuple[int, int]]
) -> pl.DataFrame:
    """Count from wide weeks: one row per person, columns set by year."""
    return pl.concat([_counts(ids, weeks_by_period(columns, places, sets)) for ids, columns in batches])


def count_spells(
    batches: Iterator[Spells], sets: dict[str, CodeSet], places: list[tuple[int, int]]
) -> pl.DataFrame:
    """Count from spells of codes: the same rows."""
    parts = []
    for part in _tiles(batches):
        counts = _from_runs(part.runs, list(sets.values()), places)
        parts.append(_counts(part.ids, dict(zip(sets, counts, strict=True))))
    return pl.concat(parts)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Runs cut at the edges of the periods: the segment and weeks of each run's first and last piece.

    `slot` is person * segments + segment; `middle` are the runs that have whole segments in between.
    """

    n_segments: int
    length: NDArray[np.int64]
    slot: NDArray[np.int64]
    weeks: NDArray[np.int64]
    last_slot: NDArray[np.int64]
    last_weeks: NDArray[np.int64]
    middle: NDArray[np.int64]


def _pieces(runs: rle.Runs, edges: NDArray[np.int64]) -> _Pieces:
    of_week = np.searchsorted(edges, np.arange(runs.n_weeks), side="right") - 1
    start, end = runs.start.astype(np.int64), runs.end()
    first, last = of_week[start], of_week[end - 1]
    base = runs.person() * (len(edges) - 1)
    two = last > first
    return _Pieces(
        n_segments=len(edges) - 1,
        length=np.diff(edges),
        slot=base + first,
        weeks=np.minimum(end, edges[first + 1]) - start,
        last_slot=base + last,
        last_weeks=np.where(two, end - edges[last], 0),
        middle=np.flatnonzero(last - first > 1),
    )


def _from_runs(
    runs: rle.Runs, sets: Sequence[CodeSet], places: list[tuple[int, int]]
) -> list[NDArray[np.uint16]]:
    """Count weeks of runs by period, all periods in one pass over the runs of each set."""
    edges = np.unique([0, runs.n_weeks, *(a for a, _ in places), *(b + 1 for _, b in places)])
    wanted = np.searchsorted(edges, [a for a, _ in places])
    pieces = _pieces(runs, edges)
    n_slots = runs.n * pieces.n_segments
    found = []
    for codes in sets:
        inside = codes.holds(runs.code)
        hit = np.flatnonzero(inside)
        counts = np.bincount(pieces.slot[hit], weights=pieces.weeks[hit], minlength=n_slots)
        more = hit[pieces.last_weeks[hit] > 0]
        counts += np.bincount(pieces.last_slot[more], weights=pieces.last_weeks[more], minlength=n_slots)
        between = pieces.middle[inside[pieces.middle]]
        n_whole = pieces.last_slot[between] - pieces.slot[between] - 1
        whole = np.repeat(pieces.slot[between] + 1 - np.cumsum(n_whole) + n_whole, n_whole)
        whole += np.arange(len(whole))
        counts += np.bincount(whole, weights=pieces.length[whole % pieces.n_segments], minlength=n_slots)
        found.append(counts.reshape(runs.n, pieces.n_segments)[:, wanted].astype(np.uint16))
    return found


def _counts(ids: pl.Series, counts: Mapping[str, NDArray[np.uint16]]) -> pl.DataFrame:
    columns = {f"{name}/{k}": found[:, k] for name, found in counts.items() for k in range(found.shape[1])}
    return pl.DataFrame({"pnr": ids, **columns})


def named_by_year(frame: pl.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """Give the counts their years: `set_2021`."""
    names = {
        c: f"{c.rpartition('/')[0]}_{years[int(c.rpartition('/')[2])]}" for c in frame.columns if "/" in c
    }
    return frame.rename(names).to_pandas()


def index_of(people: pd.DataFrame, index: str, id: str) -> pl.DataFrame:
    """Give persons and their index weeks."""
    require_columns(people, [id, index], argument="people", error=DesignError)
    doubled = int(people[id].duplicated().sum())
    if doubled:
        raise DesignError(
            f"people: {doubled} row(s) repeat a person in {id!r}; one row per person is needed."
        )
    ids = pl.Series("pnr", pl.from_pandas(people[id].astype("str")))
    return pl.DataFrame([ids, pl.Series("week", index_weeks(people, index))])


def after_wide(
    batches: Iterator[Wide],
    people: pl.DataFrame,
    spans: Sequence[tuple[int, int]],
    codes: CodeSet,
    first_week: int,
) -> pl.DataFrame:
    """Count weeks around the index dates from wide weeks: one row per person found in DREAM."""
    parts: list[pl.DataFrame] = []
    done = 0
    for ids, columns in batches:
        index, there = _index(ids, people, first_week, done)
        done += len(ids)
        counts, first = weeks_after(columns, index, spans, codes)
        parts.append(_after(ids, counts, first).filter(pl.Series(there)))
    return pl.concat(parts)


def after_spells(
    batches: Iterator[Spells], people: pl.DataFrame, spans: Sequence[tuple[int, int]], codes: CodeSet
) -> pl.DataFrame:
    """Count weeks around the index dates from spells of codes: the same rows."""
    parts: list[pl.DataFrame] = []
    done = 0
    for part in _tiles(batches):
        index, there = _index(part.ids, people, part.first_week, done)
        done += len(part.ids)
        counts, first = _after_runs(part.runs, index, spans, codes)
        parts.append(_after(part.ids, counts, first).filter(pl.Series(there)))
    return pl.concat(parts)


def _after_runs(
    runs: rle.Runs, index: NDArray[np.int64], spans: Sequence[tuple[int, int]], codes: CodeSet
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    hit = np.flatnonzero(codes.holds(runs.code))
    person = runs.person()[hit]
    at = index[person]
    start, end = runs.start[hit] - at, runs.end()[hit] - at
    counts = np.zeros((runs.n, len(spans)), dtype=np.uint16)
    for place, (a, b) in enumerate(spans):
        weeks = np.minimum(end, b + 1) - np.maximum(start, a)
        met = np.flatnonzero(weeks > 0)
        counts[:, place] = np.bincount(person[met], weights=weeks[met], minlength=runs.n)
    a, b = spans[-1]
    met = np.flatnonzero((end > a) & (start <= b))
    earliest = met[np.flatnonzero(np.diff(person[met], prepend=-1))]  # runs stand in order of person and time
    first = np.full(runs.n, -1, dtype=np.int32)
    first[person[earliest]] = np.maximum(start[earliest], a)
    return counts, first


def _index(
    ids: pl.Series, people: pl.DataFrame, first_week: int, done: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give each person's index week among the weeks of the file; FAR for who has none.

    People in the order of DREAM (`done` of them are behind) need no look-up.
    """
    here = people.slice(done, len(ids))
    if len(here) == len(ids) and ids.equals(here["pnr"]):
        return here["week"].to_numpy().astype(np.int64) - first_week, np.ones(len(ids), dtype=bool)
    found = pl.DataFrame({"pnr": ids}).join(people, on="pnr", how="left", maintain_order="left")["week"]
    there = found.is_not_null().to_numpy()
    return np.where(there, found.fill_null(0).to_numpy() - first_week, FAR), there


def _after(ids: pl.Series, counts: NDArray[np.uint16], first: NDArray[np.int32]) -> pl.DataFrame:
    columns = {f"/{k}": counts[:, k] for k in range(counts.shape[1])}
    return pl.DataFrame({"pnr": ids, **columns, "first_week": first})


def _tiles(batches: Iterable[Spells]) -> Iterator[Spells]:
    """Give the spells in pieces of persons that stay in the processor's cache."""
    for part in batches:
        _require_codes(part)
        for low in range(0, max(len(part.ids), 1), TILE):
            high = min(low + TILE, len(part.ids))
            yield replace(part, ids=part.ids[low:high], runs=part.runs.stretch(low, high))


def _require_codes(part: Spells) -> None:
    if part.states:
        raise DesignError(
            "source: spells of codes are needed, not of states; leave states= out of ips.dream.spells."
        )
