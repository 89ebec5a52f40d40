"""From a batch of persons to their outcomes: pure functions, so that any runner can call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_of_date
from ipseval.outcomes import measures
from ipseval.outcomes import runs as rle
from ipseval.outcomes.calendar import Window, known_dates
from ipseval.outcomes.codes import BLANK, GAP, CodeList, codes_of
from ipseval.outcomes.ids import places_of, require_somebody
from ipseval.outcomes.jobs import JobMonths, first_day, longest_job, weekly_hours
from ipseval.outcomes.runs import OUTSIDE
from ipseval.outcomes.spells import Spells

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOT_ORDINARY = ("wage_subsidy", "work_placement", "community_work")
STUDENT = "su"
AWAY = ("dead", "not_resident")
LEVELS = ("ordinary", "preparatory", "course")
STAR_WEEKS = 4
NO_END = 10**6


@dataclass(frozen=True)
class Rules:
    """The limits that the definitions print."""

    window: Window
    min_hours: float = 0.0
    min_weeks: int = 1
    gap_days: int = 4
    retention: tuple[int, ...] = (13, 26, 52)
    retention_gap: int = 4


@dataclass(frozen=True, eq=False)
class Benefit:
    """DREAM for the people asked for: their places among the spells, and what each code is.

    `spells` is None where DREAM was not given.  Persons who are not in DREAM have place -1.
    """

    spells: Spells | None
    places: Ints
    kinds: dict[str, Flags]
    n_absent: int = 0

    def grid(self, rows: tuple[int, int], first: Ints, length: int) -> NDArray[np.int16]:
        """Give the codes of some people from their own first week on; 0 for who is not in DREAM."""
        assert self.spells is not None  # callers ask only where DREAM was given
        places = self.places[rows[0] : rows[1]]
        there = np.flatnonzero(places >= 0)
        week = first - self.spells.first_week
        codes = np.where(_covered(week, length, self.spells.runs.n_weeks), BLANK, OUTSIDE).astype(np.int16)
        for gone in self.spells.gap_weeks():
            at = gone - first
            rows_of = np.flatnonzero((at >= 0) & (at < length))
            codes[rows_of, at[rows_of]] = GAP
        codes[there] = rle.grid(self.spells.runs.take(places[there]), week[there], length)
        return codes

    def flags(self, codes: NDArray[np.int16], kind: str) -> Flags:
        """Say which codes are of a kind ("placed", "flexjob", "student", "working", "away", "ended")."""
        return np.asarray(self.kinds[kind][np.maximum(codes, 0)])

    def on_benefit(self, codes: NDArray[np.int16]) -> Flags:
        """Say which weeks have a benefit; grant, pay from work, death and emigration are none."""
        none = self.kinds["student"] | self.kinds["working"] | self.kinds["away"]
        return (codes > BLANK) & ~none[np.maximum(codes, 0)]


def seen_weeks(codes: NDArray[np.int16]) -> Flags:
    """Say which weeks the file has, whatever their codes."""
    return np.asarray((codes != OUTSIDE) & (codes != GAP))


def _covered(week: Ints, length: int, n_weeks: int) -> Flags:
    at = week[:, None] + np.arange(length)
    return np.asarray((at >= 0) & (at < n_weeks))


@dataclass(frozen=True, eq=False)
class More:
    """Enrolments (row, first week, last week, ordinary) and contacts (row, week) of the people."""

    enrolments: NDArray[np.int64] | None
    contacts: NDArray[np.int64] | None


def benefit_of(dream: Any, ids: pd.Series, codes: CodeList | None) -> Benefit:
    """Bring the spells of the people asked for into memory, streaming a store."""
    if dream is None:
        return Benefit(None, np.full(len(ids), -1), {})
    spells = spells_of(dream, ids)
    places = spells.places(ids.astype(str))
    return Benefit(spells, places, kinds_of(codes_of(dream, codes)), int((places < 0).sum()))


def spells_of(dream: Any, ids: pd.Series) -> Spells:
    """Give the spells of codes of the persons asked for."""
    if not hasattr(dream, "batches"):
        raise DesignError(
            "dream= must be spells of codes: what ips.dream.spells gave, or ips.dream.open_store of a store "
            "that it wrote."
        )
    spells = _only(dream.batches(), ids)
    if spells.states:
        raise DesignError("dream= must be spells of codes, not of states; leave states= out.")
    return spells


def _only(batches: Iterable[Spells], ids: pd.Series) -> Spells:
    from dataclasses import replace

    from ipseval.outcomes.lookup import Lookup
    from ipseval.outcomes.spells import together

    wanted = Lookup(ids)
    parts = []
    done = 0
    for part in batches:
        rows = np.flatnonzero(wanted.places(part.ids, done) >= 0)
        done += len(part.ids)
        parts.append(
            part
            if len(rows) == len(part.ids)
            else replace(part, ids=part.ids[rows], runs=part.runs.take(rows))
        )
    found = sum(len(part.ids) for part in parts)
    require_somebody(found, len(ids), done, "DREAM", "leave dream= out if it really knows nobody")
    return together(parts)


def kinds_of(listed: CodeList) -> dict[str, Flags]:
    """Say for every code what kind it is, as tables to look up in."""

    def table(codes: Iterable[int]) -> Flags:
        flags = np.zeros(2**15, dtype=bool)
        flags[list(codes)] = True
        return flags

    return {
        "placed": table(listed.codes_where(activity=NOT_ORDINARY)),
        "flexjob": table(listed.codes_where(group="fleksjob")),
        "student": table(listed.codes_where(group=STUDENT)),
        "working": table(listed.codes_where(group="employment")),
        "away": table(listed.codes_where(group=AWAY)),
        "ended": table(listed.codes_where(group=listed.censoring)),
    }


def enrolments(frame: pd.DataFrame | None, ids: pd.Series, id: str) -> NDArray[np.int64] | None:
    """Give the enrolments of the people as rows of (person, first week, last week, ordinary).

    Courses are left to NEET; they are no education here.
    """
    if frame is None:
        return None
    by_level = enrolments_by_level(frame, ids, id, LEVELS)
    parts = [
        np.column_stack([by_level[level], np.full(len(by_level[level]), level == "ordinary")])
        for level in ("ordinary", "preparatory")
    ]
    return np.concatenate(parts)


def enrolments_by_level(
    frame: pd.DataFrame | None, ids: pd.Series, id: str, levels: Iterable[str]
) -> dict[str, NDArray[np.int64]]:
    """Give the enrolments of each level as rows of (person, first week, last week)."""
    if frame is None:
        return {}
    require_columns(frame, [id, "from_date", "to_date", "level"], argument="education", error=DesignError)
    strange = int((~frame["level"].isin(list(levels))).sum())
    if strange:
        raise DesignError(
            f"education: 'level' is none of {', '.join(levels)} in {strange} of {len(frame)} row(s); map the "
            "register's codes to these levels first."
        )
    row = places_of(frame[id], ids, "education")
    kept = frame[row.notna().to_numpy()]
    first = _weeks_of(kept["from_date"], "education", "from_date")
    under_way = kept["to_date"].isna().to_numpy()
    last = np.full(len(kept), NO_END, dtype=np.int64)
    last[~under_way] = _weeks_of(kept["to_date"][~under_way], "education", "to_date")
    spans = np.column_stack([row.dropna().to_numpy(dtype=np.int64), first, last])
    level_of = kept["level"].to_numpy()
    return {level: spans[level_of == level] for level in levels}


def contact_weeks(frame: pd.DataFrame | None, ids: pd.Series, id: str) -> NDArray[np.int64] | None:
    """Give the contacts of the people as rows of (person, week)."""
    if frame is None:
        return None
    require_columns(frame, [id, "date"], argument="contacts", error=DesignError)
    row = places_of(frame[id], ids, "contacts")
    weeks = _weeks_of(frame["date"][row.notna().to_numpy()], "contacts", "date")
    return np.column_stack([row.dropna().to_numpy(dtype=np.int64), weeks])


def _weeks_of(column: pd.Series, argument: str, name: str) -> Ints:
    return week_of_date(known_dates(column, f"{argument}: {name!r}")).astype(np.int64)


def batch_outcomes(
    months: JobMonths, index: Ints, benefit: Benefit, more: More, rows: tuple[int, int], rules: Rules
) -> pd.DataFrame:
    """Give the outcomes of one batch of persons: one row each, in order."""
    window = rules.window
    first = index + window.first
    hours = weekly_hours(months, first, window.length)
    work = (hours > 0) & (hours >= rules.min_hours)
    out = _work(work, hours, months, index, rules)
    study = None if more.enrolments is None else enrolled(more.enrolments, rows, first, window.length)
    if study is not None:
        out |= {
            "weeks_ordinary_education": study[0].sum(axis=1),
            "weeks_preparatory_education": study[1].sum(axis=1),
            "any_ordinary_education": study[0].any(axis=1).astype(float),
        }
    if more.contacts is not None:
        out["psychiatric_contacts"] = _counted(more.contacts, rows, first, window.length)
    if benefit.spells is None:
        out["weeks_seen"] = np.full(len(index), window.length)
        lasting = work if study is None else work | study[0]
        return pd.DataFrame(out | _timed(work, None, "job") | _lasting(lasting, rules, None))
    codes = benefit.grid(rows, first, window.length)
    out |= _with_benefit(work, hours, codes, benefit)
    competitive = work & ~benefit.flags(codes, "placed")
    student = benefit.flags(codes, "student") if study is None else study[0]
    ended = benefit.flags(codes, "ended")
    out["positive_destination"] = (competitive.any(axis=1) | student.any(axis=1)).astype(float)
    return pd.DataFrame(out | _timed(work, ended, "job") | _lasting(competitive | student, rules, ended))


def _work(
    work: Flags, hours: NDArray[np.float64], months: JobMonths, index: Ints, rules: Rules
) -> dict[str, Any]:
    low = (index + rules.window.first) * 7 - 3
    high = (index + rules.window.last) * 7 + 3
    begun = first_day(months, low, high)
    weeks = work.sum(axis=1)
    never = begun < 0
    return {
        "any_work": (weeks >= rules.min_weeks).astype(float),
        "weeks_worked": weeks,
        "hours_worked": hours.sum(axis=1),
        "steady_work": (2 * weeks >= rules.window.length).astype(float),
        "first_job_date": np.where(never, np.datetime64("NaT"), begun.astype("datetime64[D]")).astype(
            "datetime64[s]"
        ),
        "days_to_first_job": np.where(never, np.nan, begun - (index * 7 - 3)),
        "longest_job_days": longest_job(months, low, high, rules.gap_days),
        "longest_work_weeks": measures.longest_run(work),
    }


def _with_benefit(
    work: Flags, hours: NDArray[np.float64], codes: NDArray[np.int16], benefit: Benefit
) -> dict[str, Any]:
    placed, flexjob = benefit.flags(codes, "placed"), benefit.flags(codes, "flexjob")
    inside = seen_weeks(codes)
    free = codes == BLANK
    on_benefit = benefit.on_benefit(codes) & ~flexjob
    strict = work & ~placed & ~flexjob
    inclusive = work & ~placed
    star = measures.first_run_start(work & free, STAR_WEEKS)
    ended = np.logical_or.accumulate(benefit.flags(codes, "ended"), axis=1)
    return {
        "weeks_competitive_strict": strict.sum(axis=1),
        "any_competitive_strict": strict.any(axis=1).astype(float),
        "weeks_competitive_inclusive": inclusive.sum(axis=1),
        "any_competitive_inclusive": inclusive.any(axis=1).astype(float),
        "star_employment": (star >= 0).astype(float),
        "weeks_self_support": (free & inside).sum(axis=1),
        "hours_beside_benefit": (hours * on_benefit).sum(axis=1),
        "weeks_seen": inside.sum(axis=1),
        "weeks_at_risk": (inside & ~ended).sum(axis=1),
    }


def _lasting(flags: Flags, rules: Rules, ended: Flags | None) -> dict[str, Any]:
    """Give the first start, how long it lasted, and the time-to-event form of both."""
    start = measures.first_true(flags)
    length = flags.shape[1]
    out = measures.dropped_out(flags, start, rules.retention_gap)
    found: dict[str, Any] = {
        **_timed(flags, ended, "start"),
        "dropout_weeks": np.where(start < 0, np.nan, np.where(out >= 0, out, length - start)),
        "dropout_event": np.where(start < 0, np.nan, (out >= 0).astype(float)),
    }
    for after in rules.retention:
        found[f"retained_{after}"] = measures.retained(out, start, after, length, rules.retention_gap)
    return found


def _timed(flags: Flags, ended: Flags | None, name: str) -> dict[str, Any]:
    """Give the weeks to the first flag, to a competing event or to the end, and which of them it was."""
    start = measures.first_true(flags)
    stop = np.full(len(flags), -1) if ended is None else measures.first_true(ended)
    competing = (stop >= 0) & ((start < 0) | (stop < start))
    event = np.where(competing, 2, np.where(start >= 0, 1, 0))
    time = np.where(competing, stop, np.where(start >= 0, start, flags.shape[1]))
    return {f"{name}_weeks": time.astype(float), f"{name}_event": event.astype(float)}


def enrolled(spans: Ints, rows: tuple[int, int], first: Ints, length: int) -> tuple[Flags, Flags]:
    """Lay enrolments out by week: ordinary, and preparatory without ordinary."""
    mine = spans[(spans[:, 0] >= rows[0]) & (spans[:, 0] < rows[1])]
    row = mine[:, 0] - rows[0]
    grids = []
    for wanted in (1, 0):
        at = mine[:, 3] == wanted
        who = row[at]
        begin = np.clip(mine[at, 1] - first[who], 0, length)
        end = np.clip(mine[at, 2] + 1 - first[who], 0, length)
        steps = np.zeros((len(first), length + 1), dtype=np.int32)
        np.add.at(steps, (who, begin), 1)
        np.add.at(steps, (who, np.maximum(end, begin)), -1)
        grids.append(np.cumsum(steps, axis=1)[:, :length] > 0)
    return grids[0], grids[1] & ~grids[0]


def _counted(contacts: Ints, rows: tuple[int, int], first: Ints, length: int) -> Ints:
    mine = contacts[(contacts[:, 0] >= rows[0]) & (contacts[:, 0] < rows[1])]
    row = mine[:, 0] - rows[0]
    inside = (mine[:, 1] >= first[row]) & (mine[:, 1] < first[row] + length)
    return np.bincount(row[inside], minlength=len(first)).astype(np.int64)
