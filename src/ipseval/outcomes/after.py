"""Weeks around each person's index date, from wide weeks or from spells: the same rows from both."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.outcomes.calendar import index_weeks
from ipseval.outcomes.columns import Flags, taken, weeks_after
from ipseval.outcomes.counting import Wide
from ipseval.outcomes.coverage import Coverage, coverage_of_spells, require_spans
from ipseval.outcomes.lookup import Lookup, require_once
from ipseval.outcomes.run_sums import Before, Packed, packed, require_codes, runs_at_edges, seen_first, tiles
from ipseval.outcomes.runs import Runs
from ipseval.outcomes.spells import Spells
from ipseval.outcomes.threads import in_order

FAR = -(2**40)
"""The index week of persons who have none; no span reaches it."""


@dataclass(frozen=True, eq=False)
class People:
    """Persons, and the index week of each."""

    lookup: Lookup
    weeks: NDArray[np.int64]


def index_of(people: pd.DataFrame, index: str, id: str) -> People:
    """Give persons and their index weeks."""
    require_columns(people, [id, index], argument="people", error=DesignError)
    require_once(people, id)
    return People(Lookup(people[id]), index_weeks(people, index))


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
    table = packed([codes], 16)
    head, batches = seen_first(batches)
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
        for tile in tiles(len(part.ids)):
            runs = part.runs.stretch(tile.start, tile.stop)
            counts[tile], first[tile] = _after_runs(runs, index[tile], spans, table)
        lacking = coverage.lacking(index + part.first_week, spans)
        made = _after(part.ids, counts, first, lacking)
        return made if there.all() else made.filter(pl.Series(there))

    return in_order(one, _numbered(batches))


def _numbered(batches: Iterable[Spells]) -> Iterator[tuple[int, Spells]]:
    """Say with each batch how many persons are behind it."""
    done = 0
    for part in batches:
        require_codes(part)
        yield done, part
        done += len(part.ids)


def _after_runs(
    runs: Runs, index: NDArray[np.int64], spans: Sequence[tuple[int, int]], codes: Packed
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Count weeks in each span around the index weeks, and find the first one of the last span."""
    edges = np.unique([*(a for a, _ in spans), *(b + 1 for _, b in spans)])
    # No edge of an index week outside these bounds falls on a week of the file.
    near = np.clip(index, -1 - edges[-1], runs.n_weeks + 1 - edges[0]).astype(np.int32)
    least = int(near.min(initial=0))
    away = np.arange(-int(near.max(initial=0)), runs.n_weeks - least)
    bucket = np.searchsorted(edges, away, side="left").astype(np.int32)
    since = runs.start.astype(np.int32) - np.repeat(near, np.diff(runs.offset))
    at = runs_at_edges(runs, taken(pa.array(bucket), since - away[0]), len(edges))
    at = np.maximum(at, runs.offset[:-1])  # an edge before the file: the first run, from week 0
    before = Before(runs, codes)
    weeks = {int(e): np.clip(near + e, 0, runs.n_weeks) for e in edges}
    until = {int(e): before.week(at[k], weeks[int(e)]) for k, e in enumerate(edges)}
    counts = np.empty((runs.n, len(spans)), dtype=np.uint16)
    for place, (a, b) in enumerate(spans):
        counts[:, place] = until[b + 1] - until[a]
    a, b = spans[-1]
    return counts, _first_week(runs, before.flag > 0, at[np.searchsorted(edges, a)], near, (a, b))


def _first_week(
    runs: Runs,
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
