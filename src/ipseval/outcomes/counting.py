"""Weeks of each person in sets of codes, by year or around an index date, from wide weeks or from spells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_iso, weeks_in
from ipseval.outcomes import runs as rle
from ipseval.outcomes.calendar import index_weeks
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.columns import Flags, flags_of, taken, weeks_after, weeks_by_period
from ipseval.outcomes.coverage import Coverage, coverage_of_spells, require_spans
from ipseval.outcomes.lookup import Lookup
from ipseval.outcomes.rows import OLDEST
from ipseval.outcomes.spells import Spells
from ipseval.outcomes.threads import in_order

Sets = Mapping[str, Iterable[int] | str]
Wide = tuple[pl.Series, Sequence[NDArray[Any]]]
Part = tuple[pl.Series, Mapping[str, NDArray[np.uint16]]]
TILE = 8_192
WORD = 64
LARGEST = 32_767
FAR = -(2**40)
"""The index week of persons who have none; no span reaches it."""


def code_sets(sets: Sets, listed: CodeList) -> dict[str, Flags]:
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
    return {name: flags_of(codes) for name, codes in plain.items()}


def year_places(years: Sequence[int], coverage: Coverage) -> list[tuple[int, int]]:
    """Give each year's first and last place among the weeks; years that are not whole are refused."""
    if not years:
        raise DesignError("years= is empty; name one year or more.")
    spans = [(week_from_iso(y, 1), week_from_iso(y, weeks_in(y))) for y in years]
    lacking = coverage.lacking(np.zeros(1, dtype=np.int64), spans)[0] if spans else []
    cut = [y for y, gone in zip(years, lacking, strict=True) if gone]
    if cut:
        raise DesignError(
            f"years= holds {len(cut)} year(s) that DREAM does not cover whole: {', '.join(map(str, cut))}."
        )
    return [(a - coverage.first, b - coverage.first) for a, b in spans]


def count_wide(
    batches: Iterator[Wide], sets: dict[str, Flags], places: list[tuple[int, int]]
) -> Iterator[Part]:
    """Count from wide weeks: the persons of each batch, and their weeks by set and period."""
    for ids, columns in batches:
        yield ids, weeks_by_period(columns, places, sets)


def count_spells(batches: Iterator[Spells], sets: dict[str, Flags], years: Sequence[int]) -> Iterator[Part]:
    """Count from spells of codes: the same, by year."""
    first, batches = _seen_first(batches)
    if first is None:
        return iter(())
    places = year_places(years, coverage_of_spells(first))
    width = max((b + 1 - a for a, b in places), default=0).bit_length()
    most, flags = WORD // max(width, 1), list(sets.values())
    tables = [_packed(flags[low : low + most], width) for low in range(0, len(flags), most)]

    def one(part: Spells) -> Part:
        _require_codes(part)
        counts = np.empty((len(sets), len(places), len(part.ids)), dtype=np.uint16)
        for tile in _tiles(len(part.ids)):
            runs = part.runs.stretch(tile.start, tile.stop)
            for place, found in enumerate(_from_runs(runs, tables, places)):
                counts[place, :, tile] = found
        return part.ids, dict(zip(sets, counts, strict=True))

    return in_order(one, batches)


def _seen_first(batches: Iterator[Spells]) -> tuple[Spells | None, Iterator[Spells]]:
    """Look at the first batch, which knows the weeks of the file, without taking it away."""
    first = next(batches, None)
    if first is None:
        return None, batches
    _require_codes(first)
    return first, chain([first], batches)


def _from_runs(
    runs: rle.Runs, tables: Sequence[_Packed], places: list[tuple[int, int]]
) -> Iterator[list[NDArray[np.uint16]]]:
    """Count weeks of runs by period, all periods and the sets of a table in one pass over the runs."""
    edges = np.unique([0, *(a for a, _ in places), *(b + 1 for _, b in places)])
    # A run counts from the first edge at or after its first week.
    bucket = np.searchsorted(edges, np.arange(runs.n_weeks), side="left").astype(np.int32)
    at = _runs_at_edges(runs, taken(pa.array(bucket), runs.start), len(edges))
    for table in tables:
        before = _Before(runs, table)
        until = {int(edge): before.week(at[k], int(edge)) for k, edge in enumerate(edges)}
        weeks = [until[b + 1] - until[a] for a, b in places]
        for k in range(table.n):
            yield [table.count(w, k) for w in weeks]


Word = np.uint16 | np.uint32 | np.uint64


@dataclass(frozen=True, eq=False)
class _Packed:
    """Some sets as one table: each code's flags are `width` bits apart in one number."""

    n: int
    width: int
    kind: type[Word]
    table: pa.Array

    def count(self, weeks: NDArray[Any], place: int) -> NDArray[np.uint16]:
        """Take one set's weeks out of the sums of all; none may have more weeks than `width` bits hold."""
        own = weeks >> self.kind(self.width * place)
        return (own & self.kind(2**self.width - 1)).astype(np.uint16)


def _packed(sets: Sequence[Flags], width: int) -> _Packed:
    bits = width * len(sets)
    kind: type[Word] = np.uint16 if bits <= 16 else np.uint32 if bits <= 32 else np.uint64
    table = sum(flags.astype(np.uint64) << np.uint64(width * k) for k, flags in enumerate(sets))
    return _Packed(len(sets), width, kind, pa.array(np.asarray(table, dtype=kind)))


class _Before:
    """How many weeks in each of some sets lie before a week, to be asked of many persons at once.

    A run that begins in week s with flag f, after a run with flag g, changes the sum over all later weeks by
    (f - g) * (t - s); so one running sum of (f - g) * s is all that is needed.  It runs on over persons: only
    differences within one person, who all begin in week 0, mean anything, and those are exact because whole
    numbers wrap round.
    """

    def __init__(self, runs: rle.Runs, sets: _Packed) -> None:
        self.kind = sets.kind
        self.flag: NDArray[Any] = taken(sets.table, runs.code.view(np.uint16))
        steps: NDArray[Any] = np.zeros(len(self.flag), dtype=self.kind)
        np.subtract(self.flag[1:], self.flag[:-1], out=steps[1:])
        np.multiply(steps, runs.start, out=steps)
        self.sum = np.cumsum(steps, out=steps)

    def week(self, run: NDArray[np.int64], week: Any) -> NDArray[Any]:
        """Give the sum before a week that lies in (or right after) each of the runs."""
        return np.asarray(self.flag[run] * np.asarray(week).astype(self.kind) - self.sum[run])


def _runs_at_edges(runs: rle.Runs, bucket: NDArray[np.int32], n_edges: int) -> NDArray[np.int64]:
    """Give for each edge and person the last run whose bucket is at or before the edge."""
    person = np.repeat(np.arange(runs.n, dtype=np.int32) * np.int32(n_edges + 1), np.diff(runs.offset))
    counted = np.bincount(bucket + person, minlength=runs.n * (n_edges + 1))
    until = np.cumsum(counted).reshape(runs.n, n_edges + 1)[:, :n_edges].T
    return np.ascontiguousarray(until) - 1


def by_person(parts: Iterable[Part], sets: Iterable[str], years: Sequence[int], n: int) -> pd.DataFrame:
    """Give one row per person: `pnr`, then weeks as `set_2021`.

    The counts are laid where they stay and the ids are kept as they came, so that no more than the answer
    is held.
    """
    names = list(sets)
    counts = np.empty((len(names) * len(years), n), dtype=np.uint16)
    who: list[pa.Array] = []
    done = 0
    for ids, found in parts:
        for place, name in enumerate(names):
            counts[place * len(years) : (place + 1) * len(years), done : done + len(ids)] = found[name]
        who.append(ids.to_arrow(compat_level=OLDEST))
        done += len(ids)
    person = pa.chunked_array(who, type=pa.large_string()).to_pandas()
    labels = [f"{name}_{year}" for name in names for year in years]
    return pd.DataFrame({"pnr": person, **dict(zip(labels, counts, strict=True))}, copy=False)


def by_batch(parts: Iterable[Part], years: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Give the rows of `by_person` one batch at a time."""
    for ids, found in parts:
        counts = {f"{name}_{y}": found[name][k] for name in found for k, y in enumerate(years)}
        yield pl.DataFrame({"pnr": ids, **counts})


@dataclass(frozen=True, eq=False)
class Groups:
    """Persons, the place of each one's group in `names`, and the column it came from."""

    lookup: Lookup
    place: NDArray[np.int64]
    names: list[Any]
    column: str


def groups_of(people: pd.DataFrame, by: str, id: str) -> Groups:
    """Give persons and their groups; who has none is in the group None."""
    require_columns(people, [id, by], argument="people", error=DesignError)
    place, names = pd.factorize(people[by], sort=True)
    _require_once(people, id)
    return Groups(Lookup(people[id]), np.where(place < 0, len(names), place), [*names, None], by)


def by_group(
    parts: Iterable[Part], limits: Mapping[str, int], years: Sequence[int], groups: Groups | None
) -> pd.DataFrame:
    """Count who reaches the limit: one row per set, year and group."""
    names = [None] if groups is None else groups.names
    reached = np.zeros((len(limits), len(years), len(names)), dtype=np.int64)
    everyone = np.zeros(len(names), dtype=np.int64)
    done = 0
    for ids, found in parts:
        group = np.zeros(len(ids), dtype=np.int64)
        if groups is not None:
            at = groups.lookup.places(ids, done)
            group = np.where(at >= 0, np.append(groups.place, 0)[at], len(names) - 1)
        everyone += np.bincount(group, minlength=len(names))
        for place, (name, limit) in enumerate(limits.items()):
            for turn in range(len(years)):
                hit = found[name][turn] >= limit
                reached[place, turn] += (
                    np.count_nonzero(hit) if groups is None else np.bincount(group[hit], minlength=len(names))
                )
        done += len(ids)
    column = {} if groups is None else {groups.column: names * (len(limits) * len(years))}
    made = {
        "set": np.repeat(list(limits), len(years) * len(names)),
        "year": np.tile(np.repeat(years, len(names)), len(limits)),
        "at_least": np.repeat(list(limits.values()), len(years) * len(names)),
        **column,
        "persons": reached.ravel(),
        "of": np.tile(everyone, len(limits) * len(years)),
    }
    table = pd.DataFrame(made)
    return table[table["of"] > 0].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class People:
    """Persons, and the index week of each."""

    lookup: Lookup
    weeks: NDArray[np.int64]


def index_of(people: pd.DataFrame, index: str, id: str) -> People:
    """Give persons and their index weeks."""
    require_columns(people, [id, index], argument="people", error=DesignError)
    _require_once(people, id)
    return People(Lookup(people[id]), index_weeks(people, index))


def _require_once(people: pd.DataFrame, id: str) -> None:
    """Refuse a person who stands twice."""
    ids = pl.Series("pnr", pl.from_pandas(people[id].astype("str")))
    in_order = (ids.slice(1) > ids.slice(0, max(len(ids) - 1, 0))).all()  # quicker to see than to hash all
    doubled = 0 if in_order else len(ids) - ids.n_unique()
    if doubled:
        raise DesignError(
            f"people: {doubled} row(s) repeat a person in {id!r}; one row per person is needed."
        )


def after_wide(
    batches: Iterator[Wide],
    people: People,
    spans: Sequence[tuple[int, int]],
    codes: Flags,
    first_week: int,
    coverage: Coverage,
) -> Iterator[pl.DataFrame]:
    """Count weeks around the index dates from wide weeks: a row per person found in DREAM, by batch."""
    done = 0
    for ids, columns in batches:
        place = people.lookup.places(ids, done)
        done += len(ids)
        rows = np.flatnonzero(place >= 0)
        if len(rows) < len(ids):
            ids, columns = ids.gather(rows), [column[rows] for column in columns]
        index = people.weeks[place[rows]]
        counted = weeks_after(columns, index - first_week, spans, codes)
        yield _after(ids, *counted, coverage.lacking(index, spans))


def weeks_near(people: People, spans: Sequence[tuple[int, int]], weeks: Collection[int]) -> tuple[int, int]:
    """Give the first and last week of the file that are needed for the spans around the index weeks."""
    there = np.array(sorted(weeks))
    if not len(people.weeks):
        return int(there[0]), int(there[0])
    begin = people.weeks.min() + min(a for a, _ in spans)
    finish = people.weeks.max() + max(b for _, b in spans)
    first = np.searchsorted(there, begin, side="right") - 1
    return int(there[max(first, 0)]), int(there[min(np.searchsorted(there, finish), len(there) - 1)])


def after_spells(
    batches: Iterator[Spells],
    people: People,
    spans: Sequence[tuple[int, int]],
    codes: Flags,
    incomplete: str,
) -> Iterator[pl.DataFrame]:
    """Count weeks around the index dates from spells of codes: the same rows."""
    table = _packed([codes], 16)
    head, batches = _seen_first(batches)
    if head is None:
        return iter(())
    coverage = coverage_of_spells(head)
    if incomplete == "refuse":
        require_spans(people.weeks, spans, coverage)

    def one(numbered: tuple[int, Spells]) -> pl.DataFrame:
        done, part = numbered
        index, there = _index(part.ids, people, part.first_week, done)
        counts = np.empty((len(part.ids), len(spans)), dtype=np.uint16)
        first = np.empty(len(part.ids), dtype=np.int32)
        for tile in _tiles(len(part.ids)):
            runs = part.runs.stretch(tile.start, tile.stop)
            counts[tile], first[tile] = _after_runs(runs, index[tile], spans, table)
        lacking = coverage.lacking(index + part.first_week, spans)
        return _after(part.ids, counts, first, lacking).filter(pl.Series(there))

    return in_order(one, _numbered(batches))


def _numbered(batches: Iterable[Spells]) -> Iterator[tuple[int, Spells]]:
    """Say with each batch how many persons are behind it."""
    done = 0
    for part in batches:
        _require_codes(part)
        yield done, part
        done += len(part.ids)


def _after_runs(
    runs: rle.Runs, index: NDArray[np.int64], spans: Sequence[tuple[int, int]], codes: _Packed
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Count weeks in each span around the index weeks, and find the first one of the last span."""
    edges = np.unique([*(a for a, _ in spans), *(b + 1 for _, b in spans)])
    # No edge of an index week outside these bounds falls on a week of the file.
    near = np.clip(index, -1 - edges[-1], runs.n_weeks + 1 - edges[0]).astype(np.int32)
    least = int(near.min(initial=0))
    away = np.arange(-int(near.max(initial=0)), runs.n_weeks - least)
    bucket = np.searchsorted(edges, away, side="left").astype(np.int32)
    since = runs.start.astype(np.int32) - np.repeat(near, np.diff(runs.offset))
    at = _runs_at_edges(runs, taken(pa.array(bucket), since - away[0]), len(edges))
    at = np.maximum(at, runs.offset[:-1])  # an edge before the file: the first run, from week 0
    before = _Before(runs, codes)
    weeks = {int(e): np.clip(near + e, 0, runs.n_weeks) for e in edges}
    until = {int(e): before.week(at[k], weeks[int(e)]) for k, e in enumerate(edges)}
    counts = np.empty((runs.n, len(spans)), dtype=np.uint16)
    for place, (a, b) in enumerate(spans):
        counts[:, place] = until[b + 1] - until[a]
    a, b = spans[-1]
    return counts, _first_week(runs, before.flag > 0, at[np.searchsorted(edges, a)], near, (a, b))


def _first_week(
    runs: rle.Runs,
    inside: NDArray[np.bool_],
    at: NDArray[np.int64],
    index: NDArray[np.int32],
    span: tuple[int, int],
) -> NDArray[np.int32]:
    """Find the first week of the span in the set; `at` is the run that the span begins in."""
    hits = np.append(np.flatnonzero(inside), len(inside))
    rank = np.cumsum(inside)
    run = hits[rank[at] - inside[at]]
    start = np.append(runs.start, 0)[run].astype(np.int64)
    first = np.maximum(np.maximum(start, 0) - index, span[0])
    week = first + index
    found = (run < runs.offset[1:]) & (first <= span[1]) & (week >= 0) & (week < runs.n_weeks)
    return np.where(found, first, -1).astype(np.int32)


def _index(
    ids: pl.Series, people: People, first_week: int, done: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give each person's index week among the weeks of the file; FAR for who has none."""
    place = people.lookup.places(ids, done)
    there = place >= 0
    return np.where(there, people.weeks[place] - first_week if len(people.weeks) else FAR, FAR), there


def _after(
    ids: pl.Series, counts: NDArray[np.uint16], first: NDArray[np.int32], lacking: Flags
) -> pl.DataFrame:
    """Lay the counts beside the ids; what rests on weeks that the file lacks is missing."""
    columns = {f"/{k}": counts[:, k] for k in range(counts.shape[1])}
    made = pl.DataFrame({"pnr": ids, **columns, "first_week": first})
    if not lacking.any():
        return made
    gone = dict(zip(columns, lacking.T, strict=True)) | {"first_week": lacking[:, -1]}
    return made.with_columns(
        pl.when(pl.Series(flags)).then(None).otherwise(pl.col(name)).alias(name)
        for name, flags in gone.items()
    )


def _tiles(n: int) -> Iterator[slice]:
    """Cut persons into pieces whose runs stay in the processor's cache."""
    for low in range(0, n, TILE):
        yield slice(low, min(low + TILE, n))


def _require_codes(part: Spells) -> None:
    if part.states:
        raise DesignError(
            "source: spells of codes are needed, not of states; leave states= out of ips.dream.spells."
        )
