"""Weeks of each person in sets of codes by year, from wide weeks or from spells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_iso, week_label, weeks_in
from ipseval.outcomes.codes import BLANK, CodeList
from ipseval.outcomes.columns import Flags, flags_of, taken, weeks_by_period
from ipseval.outcomes.coverage import Coverage, coverage_of_spells
from ipseval.outcomes.lookup import Lookup, require_once
from ipseval.outcomes.rows import OLDEST
from ipseval.outcomes.run_sums import Before, Packed, packed, require_codes, runs_at_edges, seen_first, tiles
from ipseval.outcomes.runs import Runs
from ipseval.outcomes.spells import Spells
from ipseval.outcomes.threads import in_order

Sets = Mapping[str, Iterable[int] | str]
Wide = tuple[pl.Series, Sequence[NDArray[Any]]]
Part = tuple[pl.Series, Mapping[str, NDArray[np.uint16]]]
WORD = 64


def code_sets(sets: Sets, listed: CodeList) -> dict[str, Flags]:
    """Take sets as codes, or as the name of a group of the code list; codes that it lacks are refused.

    Of a `range` only the codes count that the list has.
    """
    known = {BLANK, *listed.table["code"].tolist()}
    plain = {name: _codes(name, codes, listed, known) for name, codes in sets.items()}
    return {name: flags_of(codes) for name, codes in plain.items()}


def _codes(name: str, asked: Iterable[int] | str, listed: CodeList, known: set[int]) -> tuple[int, ...]:
    if isinstance(asked, str):
        return tuple(listed.codes_where(group=asked))
    codes = tuple(asked)
    strange = sorted(set(codes) - known)
    if strange and not (isinstance(asked, range) and len(strange) < len(set(codes))):
        raise DesignError(
            f"sets: {name!r} holds {len(strange)} code(s) that the code list does not have "
            f"({', '.join(map(str, strange[:5]))}), so they would count as nothing; correct them (DREAM's "
            "codes are three digits), or lay your own over the list with "
            "codes=ips.dream.codes().with_codes({code: group})."
        )
    return tuple(code for code in codes if code in known)


def year_places(years: Sequence[int], coverage: Coverage) -> list[tuple[int, int]]:
    """Give each year's first and last place among the weeks; years that are not whole are refused."""
    if not years:
        raise DesignError("years= is empty; name one year or more.")
    spans = [(week_from_iso(y, 1), week_from_iso(y, weeks_in(y))) for y in years]
    lacking = coverage.lacking(np.zeros(1, dtype=np.int64), spans)[0] if spans else []
    cut = [y for y, gone in zip(years, lacking, strict=True) if gone]
    if cut:
        raise DesignError(
            f"years= holds {len(cut)} year(s) that DREAM does not cover whole: {', '.join(map(str, cut))}; "
            f"it has the weeks {week_label(coverage.first)} to {week_label(coverage.last)}{_holes(coverage)}."
        )
    return [(a - coverage.first, b - coverage.first) for a, b in spans]


def _holes(coverage: Coverage) -> str:
    """Say how many weeks are lacking between the first and the last."""
    n = len(coverage.before) - 1 - int(coverage.before[-1])
    return f" without {n} between them" if n else ""


def count_wide(
    batches: Iterator[Wide], sets: dict[str, Flags], places: list[tuple[int, int]]
) -> Iterator[Part]:
    """Count from wide weeks: the persons of each batch, and their weeks by set and period."""
    for ids, columns in batches:
        yield ids, weeks_by_period(columns, places, sets)


def count_spells(batches: Iterator[Spells], sets: dict[str, Flags], years: Sequence[int]) -> Iterator[Part]:
    """Count from spells of codes: the same, by year."""
    first, batches = seen_first(batches)
    if first is None:
        return iter(())
    places = year_places(years, coverage_of_spells(first))
    width = max((b + 1 - a for a, b in places), default=0).bit_length()
    most, flags = WORD // max(width, 1), list(sets.values())
    tables = [packed(flags[low : low + most], width) for low in range(0, len(flags), most)]

    def one(part: Spells) -> Part:
        require_codes(part)
        counts = np.empty((len(sets), len(places), len(part.ids)), dtype=np.uint16)
        for tile in tiles(len(part.ids)):
            runs = part.runs.stretch(tile.start, tile.stop)
            for place, found in enumerate(_from_runs(runs, tables, places)):
                counts[place, :, tile] = found
        return part.ids, dict(zip(sets, counts, strict=True))

    return in_order(one, batches)


def _from_runs(
    runs: Runs, tables: Sequence[Packed], places: list[tuple[int, int]]
) -> Iterator[list[NDArray[np.uint16]]]:
    """Count weeks of runs by period, all periods and the sets of a table in one pass over the runs."""
    edges = np.unique([0, *(a for a, _ in places), *(b + 1 for _, b in places)])
    # A run counts from the first edge at or after its first week.
    bucket = np.searchsorted(edges, np.arange(runs.n_weeks), side="left").astype(np.int32)
    at = runs_at_edges(runs, taken(pa.array(bucket), runs.start), len(edges))
    for table in tables:
        before = Before(runs, table)
        until = {int(edge): before.week(at[k], int(edge)) for k, edge in enumerate(edges)}
        weeks = [until[b + 1] - until[a] for a, b in places]
        for k in range(table.n):
            yield [table.count(w, k) for w in weeks]


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
    place, names = pd.factorize(_whole(people[by]), sort=True)
    require_once(people, id)
    return Groups(Lookup(people[id]), np.where(place < 0, len(names), place), [*names, None], by)


def _again(names: list[Any], times: int) -> Any:
    """Repeat the names of groups; whole numbers stay so beside the missing one."""
    whole = len(names) > 1 and all(isinstance(n, int | np.integer) for n in names[:-1])
    return pd.array(names * times, dtype="Int64") if whole else names * times


def _whole(values: pd.Series[Any]) -> pd.Series[Any]:
    """Give whole numbers as whole numbers: an arm that a join made 0.0 and 1.0 is 0 and 1."""
    if not pd.api.types.is_float_dtype(values) or not (values.dropna() % 1 == 0).all():
        return values
    return values.astype("Int64")


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
    column = {} if groups is None else {groups.column: _again(names, len(limits) * len(years))}
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
