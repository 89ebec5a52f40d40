"""Paid work from job-month rows (BFL): corrections netted, weeks by Thursday, short breaks bridged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.weeks import month_of_date, month_of_week, week_of_date
from ipseval.outcomes.calendar import known_dates
from ipseval.outcomes.ids import MANY, places_of, require_somebody

FAR_APART = 10**7
ALIKE = 0.1
"""The share of rows alike from which they are no coincidence."""
FULL_TIME = 160.33
"""Paid hours of a full-time month at Statistics Denmark."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JobColumns:
    """Names of the columns of the job rows; one row is one job in one month.

    A row is about the month of its `end`; an earlier `start` is the job's own and counts from the first of
    that month, as does a `start` that is not a column.  Where `hours` is
    not a column, hours are `full_time` * 160.33.  A pay file with one row per person, employer and month
    needs no `start`, and as `end` the last day of the month.  An empty `id` is the `id=` of the verb.
    """

    id: str = ""
    start: str = "ajo_job_start_dato"
    end: str = "ajo_job_slut_dato"
    hours: str = "ajo_loentimer"
    full_time: str = "ajo_fuldtid_beskaeftiget"
    employer: str = "ajo_arbejdsgiver"


@dataclass(frozen=True, eq=False)
class JobMonths:
    """Net job-months, sorted by person, employer and dates.

    `months` are the first and last month (since January 1970) of all rows, other persons' too; `n_from_ratio`
    counts the rows whose hours are their ratio times 160.33, `n_no_employer` those of an unknown employer;
    `n_begun_before` the jobs that begin in an earlier month than that of their first row.
    `row` is the person's row; `employer` a number; `first` and `last` are days since 1970; `hours` is net
    and can be negative where a correction has other dates than the pay it corrects.
    """

    row: Ints
    employer: Ints
    first: Ints
    last: Ints
    hours: Floats
    n_netted: int
    n_negative: int
    n_strangers: int
    months: tuple[int, int] = (0, -1)
    n_from_ratio: int = 0
    n_no_employer: int = 0
    n_begun_before: int = 0

    def of(self, low: int, high: int) -> JobMonths:
        """Give the job-months of persons `low` to `high` - 1, their rows counted from `low`."""
        a, b = np.searchsorted(self.row, [low, high])
        cut = slice(int(a), int(b))
        return JobMonths(
            self.row[cut] - low, self.employer[cut], self.first[cut], self.last[cut], self.hours[cut], 0, 0, 0
        )


def net_months(jobs: pd.DataFrame, ids: pd.Series, columns: JobColumns) -> JobMonths:
    """Net rows of one person, employer and dates; rows of persons not in `ids` are counted only."""
    own = columns.id or str(ids.name)
    named = [f for f in fields(columns) if getattr(columns, f.name) not in (f.default, "")]
    _require_named(jobs, [own, columns.end, *(getattr(columns, f.name) for f in named)])
    row = places_of(jobs[own], ids, "jobs")
    kept = jobs[row.notna().to_numpy()]
    require_somebody(
        len(kept), len(ids), len(jobs), "jobs", "give jobs.iloc[:0] if nobody really had paid work"
    )
    row_kept = row.dropna().to_numpy(dtype=np.int64)
    ends = known_dates(jobs[columns.end], f"jobs: {columns.end!r}")
    last = ends[row.notna().to_numpy()]
    month_first = last.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    last_days = last.astype(np.int64)
    employer = (
        pd.factorize(kept[columns.employer])[0] if columns.employer in kept else np.zeros(len(kept), np.int64)
    )
    first_days, begun_before = month_first, 0
    if columns.start and columns.start in kept:
        begun = known_dates(kept[columns.start], f"jobs: {columns.start!r}")
        first_days = np.clip(begun.astype(np.int64), month_first, last_days)
        by_job = {"row": row_kept, "employer": employer, "begun": month_of_date(begun)}
        by_job["month"] = month_of_date(last)
        begun_before = _begun_before(pd.DataFrame(by_job), _span(ends)[0])
    frame = pd.DataFrame(
        {"row": row_kept, "employer": employer, "first": first_days, "last": last_days,
         "hours": _hours(kept, columns)}
    )  # fmt: skip
    _require_not_twice(frame)
    grouped = frame.groupby(["row", "employer", "first", "last"], sort=True).agg(hours=("hours", "sum"))
    keys = grouped.index
    hours = grouped["hours"].to_numpy(dtype=float)
    return JobMonths(
        row=keys.get_level_values(0).to_numpy(dtype=np.int64),
        employer=keys.get_level_values(1).to_numpy(dtype=np.int64),
        first=keys.get_level_values(2).to_numpy(dtype=np.int64),
        last=keys.get_level_values(3).to_numpy(dtype=np.int64),
        hours=hours,
        n_netted=len(frame) - len(grouped),
        n_negative=int((hours < 0).sum()),
        n_strangers=len(jobs) - len(kept),
        months=_span(ends),
        n_from_ratio=0 if columns.hours in kept else len(kept),
        n_no_employer=0 if columns.employer in kept else len(kept),
        n_begun_before=begun_before,
    )


def _require_not_twice(frame: pd.DataFrame) -> None:
    """Refuse rows that were read twice, whose hours would be added: single rows alike do occur."""
    alike = int(frame.duplicated().sum())
    if alike >= MANY and alike > ALIKE * len(frame):
        raise DesignError(
            f"jobs: {alike} of {len(frame)} row(s) are another row once more (person, employer, dates and "
            "hours), as if a file was read twice; leave them out with jobs.drop_duplicates(), or add their "
            "hours up first if they are right."
        )


def _begun_before(jobs: pd.DataFrame, file_begins: int) -> int:
    """Count jobs that have no row of the months before their first, and refuse rows of whole jobs."""
    first = jobs.sort_values(["row", "employer", "month"], kind="stable").drop_duplicates(["row", "employer"])
    # Months before the file begins cannot be in it.
    lacking = int((np.maximum(first["begun"], file_begins) < first["month"]).sum())
    if lacking >= MANY and lacking > ALIKE * len(first):
        raise DesignError(
            f"jobs: {lacking} of {len(first)} job(s) (person and employer) begin in an earlier month than "
            "that of their first row, as if a row were a whole job; a row is one job in one month and counts "
            "in the month of its end alone, so make a row for each month first (docs/methods/outcomes.md has "
            "the lines)."
        )
    return lacking


def _require_named(jobs: pd.DataFrame, names: Sequence[str]) -> None:
    try:
        require_columns(jobs, list(dict.fromkeys(names)), argument="jobs", error=DesignError)
    except DesignError as problem:
        raise DesignError(
            f"{str(problem).rstrip('.')} (columns=ips.JobColumns(id=..., end=..., hours=...) says what they "
            "are called here)."
        ) from None


def _hours(kept: pd.DataFrame, columns: JobColumns) -> Floats:
    if columns.hours in kept:
        hours = pd.to_numeric(kept[columns.hours], errors="coerce")
    elif columns.full_time in kept:
        hours = pd.to_numeric(kept[columns.full_time], errors="coerce") * FULL_TIME
    else:
        raise DesignError(
            f"jobs: neither {columns.hours!r} nor {columns.full_time!r} is a column; paid hours are "
            "needed, so "
            "name them with columns=ips.JobColumns(...)."
        )
    empty = int(hours.isna().sum())
    if empty:
        name = columns.hours if columns.hours in kept else columns.full_time
        comma = int(kept[name].astype(str).str.fullmatch(r"-?[\d.]+,\d+").sum())
        raise DesignError(
            f"jobs: paid hours ({name!r}) are missing or no number in {empty} of {len(kept)} row(s)"
            + (f", of which {comma} are text with a decimal comma; read them with decimal=',' (and "
               "thousands='.' where there are points)."
               if comma else "; settle them first (0 means no paid hours).")
        )  # fmt: skip
    return hours.to_numpy(dtype=float)


def _span(ends: NDArray[np.datetime64]) -> tuple[int, int]:
    months = month_of_date(ends)
    return (int(months.min()), int(months.max())) if len(months) else (0, -1)


def outside_rows(months: JobMonths, index: Ints, first: int, last: int) -> int:
    """Count persons whose window has weeks outside the months that the job rows are from at all."""
    begin, end = month_of_week(index + first), month_of_week(index + last)
    return int(((begin < months.months[0]) | (end > months.months[1])).sum())


def require_months(months: JobMonths, index: Ints, weeks: tuple[int, int], n: int, what: str) -> None:
    """Refuse job rows of quite other months than are asked for: none of `n` people would have worked."""
    low, high = months.months
    begin, end = month_of_week(index + weeks[0]), month_of_week(index + weeks[1])
    if n >= MANY and low <= high and ((end < low) | (begin > high)).all():
        raise DesignError(
            f"jobs: the rows are from {_month(low)} to {_month(high)}, and {what} has no week in these "
            f"months for any of {n} people; give the rows of those years, or see how their dates were read."
        )


def _month(month: int) -> str:
    return str(np.datetime64(month, "M"))


def week_span(months: JobMonths) -> tuple[Ints, Ints]:
    """Give the first and last week of each job-month.

    Weeks belong to the month of their Thursday.  A job-month has the weeks of its own month in which it has
    at least one day; one that falls wholly into a neighbour month's week has that one week.
    """
    first = week_of_date(months.first.astype("datetime64[D]")).astype(np.int64)
    last = week_of_date(months.last.astype("datetime64[D]")).astype(np.int64)
    month = month_of_date(months.last.astype("datetime64[D]"))
    low = first + (month_of_week(first) < month)
    high = last - (month_of_week(last) > month)
    return np.where(low > high, first, low), np.where(low > high, first, high)


def weekly_hours(months: JobMonths, first: Ints, length: int) -> Floats:
    """Give paid hours per person and week from each person's own first week on.

    A job-month's hours are spread evenly over its weeks, so overlapping jobs add up and a week is one week
    however many jobs there are.
    """
    low, high = week_span(months)
    n_weeks = high - low + 1
    rate = months.hours / n_weeks
    relative = np.repeat(low - first[months.row], n_weeks)
    within = np.arange(int(n_weeks.sum())) - np.repeat(np.cumsum(n_weeks) - n_weeks, n_weeks)
    week = relative + within
    inside = (week >= 0) & (week < length)
    flat = np.repeat(months.row, n_weeks)[inside] * length + week[inside]
    hours = np.bincount(flat, weights=np.repeat(rate, n_weeks)[inside], minlength=len(first) * length)
    return np.asarray(hours, dtype=np.float64).reshape(len(first), length)


def first_day(months: JobMonths, low: Ints, high: Ints) -> Ints:
    """Give the first paid day of each person from day `low` to day `high`, -1 for none."""
    paid = (months.hours > 0) & (months.last >= low[months.row]) & (months.first <= high[months.row])
    found = np.full(len(low), np.iinfo(np.int64).max)
    np.minimum.at(found, months.row[paid], np.maximum(months.first, low[months.row])[paid])
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def longest_job(months: JobMonths, low: Ints, high: Ints, gap_days: int) -> Ints:
    """Give the days of each person's longest job with one employer, within days `low` to `high`.

    Rows of one employer join when at most `gap_days` days lie between them (BFL itself joins under 5).
    """
    paid = months.hours > 0
    row, employer = months.row[paid], months.employer[paid]
    first = np.maximum(months.first[paid], low[row])
    last = np.minimum(months.last[paid], high[row])
    inside = first <= last
    row, employer, first, last = row[inside], employer[inside], first[inside], last[inside]
    longest = np.zeros(len(low), dtype=np.int64)
    if not len(row):
        return longest
    other = np.ones(len(row), dtype=bool)
    other[1:] = (row[1:] != row[:-1]) | (employer[1:] != employer[:-1])
    # The latest day so far of the same job: rows can lie inside one another.
    step = np.cumsum(other) * FAR_APART
    until = np.maximum.accumulate(last + step) - step
    new = other.copy()
    new[1:] |= first[1:] - until[:-1] - 1 > gap_days
    begin = np.flatnonzero(new)
    finish = np.concatenate((begin[1:], [len(row)])) - 1
    np.maximum.at(longest, row[begin], until[finish] - first[begin] + 1)
    return longest
