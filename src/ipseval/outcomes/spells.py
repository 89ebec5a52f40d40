"""Spells of persons: who was in which state from which week to which week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from ipseval.core.checks import require_option
from ipseval.core.errors import DesignError
from ipseval.core.weeks import monday, week_label, week_labels
from ipseval.outcomes import runs as rle
from ipseval.outcomes.codes import BLANK, GAP, UNKNOWN, CodeList, codes_of
from ipseval.outcomes.runs import OUTSIDE, Runs

CENSORED = "censored"
LEVELS = ("code", "group", "ready", "activity", "sector")


@dataclass(frozen=True, eq=False)
class Spells:
    """The spells of some persons.

    Attributes
    ----------
    ids
        The persons, as text.
    runs
        Their runs of codes; together they cover every week of every person.
    first_week
        The week (core.weeks) that week 0 of the runs is.
    states
        Names of the states where the codes are places in this list; empty while they are the
        register's own codes.
    told
        What was found on the way: rule -> count.
    """

    ids: pl.Series
    runs: Runs
    first_week: int
    states: tuple[str, ...] = ()
    told: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        """Say how much there is, never who."""
        last = week_label(self.last_week)
        kind = "states" if self.states else "codes"
        return (
            f"<Spells of {kind}: {len(self.ids)} persons, {len(self.runs.code)} spells, "
            f"{week_label(self.first_week)} to {last}{lacking_codes(self.told)}>"
        )

    @property
    def last_week(self) -> int:
        """The last week covered."""
        return self.first_week + self.runs.n_weeks - 1

    def batches(self, *, named: bool = True) -> Iterator[Spells]:
        """Give the spells in pieces of persons; in memory that is one piece, `named` or not."""
        yield self

    def load(self) -> Spells:
        """Give all spells in memory."""
        return self

    def gap_weeks(self) -> list[int]:
        """Give the weeks that the file lacked between its first and its last; they are the same for all."""
        if self.states or not len(self.ids):
            return []
        runs = self.runs.stretch(0, 1)
        gaps = zip(runs.start[runs.code == GAP], runs.end()[runs.code == GAP], strict=True)
        return [self.first_week + w for begin, end in gaps for w in range(int(begin), int(end))]

    def grouped(
        self,
        states: str = "group",
        *,
        gap: int = 0,
        censor: bool | Sequence[str] = True,
        codes: CodeList | None = None,
    ) -> Spells:
        """Turn codes into states, bridge short gaps and end the time at risk.

        Parameters
        ----------
        states
            Column of the code list: "group", "ready", "activity", "sector", or "code" for each code of the
            list by itself.
        gap
            Blank weeks, at most this many, between two spells of one state belong to that state.
        censor
            True ends at the code list's censoring groups (death, emigration, pensions), False never;
            or the groups to end at.  Weeks from the first such week on are "censored".
        codes
            A code list of your own.

        Returns
        -------
        Spells
            With `states` as names; the first is "blank" (no benefit), then "unknown" (a code that the
            list lacks), "gap" (a week the file lacks) and "censored".
        """
        require_option(states, LEVELS, argument="states", error=DesignError)
        if self.states:
            raise DesignError(
                "these spells are of states already; group the spells of codes that they came from."
            )
        listed = codes_of(self, codes)
        ends = listed.censoring if censor is True else tuple(censor or ())
        split = _split_where_meaning_changes(self.runs, self.first_week, listed)
        weeks = self.first_week + split.start.astype(np.int64)
        names, place = _states(split.code, weeks, listed, states)
        coded = rle.joined(split, place.astype(np.int16))
        if ends:
            ending = _ending(split.code, weeks, listed, ends)
            coded = _censored(split, place.astype(np.int16), ending, names.index(CENSORED))
        bridged = rle.bridged(coded, gap, [0])
        return replace(self, runs=bridged, states=names)

    def frame(self, *, blank: bool = False) -> pd.DataFrame:
        """Give the spells as a table: one row per person and spell, in order.

        Columns `pnr`, `state`, `first_week` and `last_week` (ISO, both included), `n_weeks`, `from_date`
        (Monday) and `to_date` (Sunday).  Censored weeks are never spells; weeks without benefit only with
        `blank=True`.
        """
        runs = self.runs
        hidden = self._hidden(blank)
        kept = np.flatnonzero(~np.isin(runs.code, hidden))
        start = runs.start[kept].astype(np.int64)
        end = runs.end()[kept] - 1
        labels = np.array(week_labels(np.arange(self.first_week, self.last_week + 1)), dtype=object)
        ids = self.ids.to_numpy()[runs.person()[kept]] if len(kept) else np.empty(0, object)
        return pd.DataFrame(
            {
                "pnr": pd.Series(ids, dtype="str"),
                "state": self._names(runs.code[kept]),
                "first_week": labels[start],
                "last_week": labels[end],
                "n_weeks": end - start + 1,
                "from_date": monday(self.first_week + start).astype("datetime64[s]"),
                "to_date": (monday(self.first_week + end) + np.timedelta64(6, "D")).astype("datetime64[s]"),
            }
        )

    def columns(self) -> dict[str, Any]:
        """Give every spell as plain columns: pnr, code, first_week, last_week (core.weeks)."""
        start = self.runs.start.astype(np.int32) + np.int32(self.first_week)
        return {
            "pnr": self.ids.gather(self.runs.person()).to_arrow(),
            "code": self.runs.code,
            "first_week": start,
            "last_week": (self.runs.end() - 1 + self.first_week).astype(np.int32),
        }

    def _hidden(self, blank: bool) -> list[int]:
        if not self.states:
            return [OUTSIDE] if blank else [OUTSIDE, BLANK]
        hidden = [self.states.index(CENSORED)]
        return hidden if blank else [*hidden, 0]

    def _names(self, code: NDArray[np.int16]) -> Any:
        if not self.states:
            return code.astype(np.int64)
        return pd.Categorical.from_codes(code.astype(np.int64), categories=pd.Index(list(self.states)))

    def places(self, ids: Iterable[Any]) -> NDArray[np.int64]:
        """Give each person's place among these spells, -1 for persons who are not there."""
        wanted = pl.DataFrame({"id": pl.Series(list(ids), dtype=pl.String)}).with_row_index("row")
        here = pl.DataFrame({"id": self.ids, "at": np.arange(len(self.ids))})
        found = wanted.join(here, on="id", how="left", maintain_order="left")["at"].fill_null(-1)
        return found.to_numpy().astype(np.int64)


def lacking_codes(told: Mapping[str, Any] | None) -> str:
    """Say how many weeks have a code that the list lacks, where there are such."""
    n = sum((told or {}).get("codes_unknown", {}).values())
    return f", {n} weeks with codes that the list lacks (.told)" if n else ""


def from_columns(ids: pl.Series, columns: Sequence[NDArray[np.generic]], first_week: int) -> Spells:
    """Make the spells of codes of one batch of persons from their weekly columns, in week order."""
    return Spells(ids, rle.encode(columns), first_week)


def together(parts: Iterable[Spells]) -> Spells:
    """Put batches of persons after one another; at least one is needed.

    Batches are taken apart as they come and let go column by column, so that not two of all are held.
    """
    ids, codes, starts = [], [], []
    offset, many = [np.zeros(1, np.int64)], 0
    for part in parts:
        ids.append(part.ids)
        codes.append(part.runs.code)
        starts.append(part.runs.start)
        offset.append(part.runs.offset[1:] + many)
        many += len(part.runs.code)
    runs = Runs(_whole(offset), _whole(codes), _whole(starts), part.runs.n_weeks)
    return replace(part, ids=pl.concat(ids), runs=runs)


def _whole(pieces: list[NDArray[Any]]) -> NDArray[Any]:
    whole = np.concatenate(pieces) if len(pieces) > 1 else pieces[0]
    pieces.clear()
    return whole


def _states(
    code: NDArray[np.int16], weeks: NDArray[np.int64], listed: CodeList, level: str
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Give the states' names and each run's place among them; blank comes first."""
    fixed = ("blank", "unknown", "gap", CENSORED)
    if level == "code":
        # All codes of the list, so that every batch of persons has the same states.
        distinct = np.unique(listed.table["code"].to_numpy())
        names: tuple[str, ...] = tuple(str(c) for c in distinct)
        at = np.minimum(np.searchsorted(distinct, code), len(distinct) - 1)
        place = np.where(distinct[at] == code, at + len(fixed), 1)
    else:
        found, at = listed.lookup(code, weeks, level)
        names = tuple(n or "none" for n in found if n not in ("blank", "unknown"))
        place = at + len(fixed)
        place[at == found.index("unknown")] = 1
    place = np.where(code == BLANK, 0, place)
    place = np.where(code == UNKNOWN, 1, place)
    place = np.where((code == GAP) | (code == OUTSIDE), 2, place)
    return (*fixed, *names), place


def _ending(
    code: NDArray[np.int16], weeks: NDArray[np.int64], listed: CodeList, ends: Sequence[str]
) -> NDArray[np.bool_]:
    names, at = listed.lookup(code, weeks, "group")
    strange = sorted(set(ends) - set(names))
    if strange:
        raise DesignError(
            f"censor= names {len(strange)} group(s) that the code list lacks: {', '.join(strange)}."
        )
    return np.asarray(np.isin(at, [names.index(e) for e in ends]) & (code > BLANK))


def _censored(split: Runs, place: NDArray[np.int16], ending: NDArray[np.bool_], into: int) -> Runs:
    marked = np.where(ending, into, place).astype(np.int16)
    return rle.censored(Runs(split.offset, marked, split.start, split.n_weeks), [into], into)


def _split_where_meaning_changes(runs: Runs, first_week: int, listed: CodeList) -> Runs:
    """Cut runs of codes whose meaning changes inside them, at the week of the change."""
    changing = listed.changing()
    for code, week in zip(changing["code"], changing["first"], strict=True):
        at = int(week) - first_week
        inside = np.flatnonzero((runs.code == code) & (runs.start < at) & (runs.end() > at))
        if at > 0 and len(inside):
            added = np.zeros(len(runs.code), dtype=np.int64)
            added[inside] = 1
            before = np.concatenate(([0], np.cumsum(added)))
            start = np.insert(runs.start, inside + 1, at)
            runs = Runs(
                runs.offset + before[runs.offset], np.insert(runs.code, inside + 1, code), start, runs.n_weeks
            )
    return runs
