"""From people and their registers to who is NEET by one definition in one year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.errors import DesignError
from ipseval.core.weeks import month_of_date, month_of_week, week_from_iso, week_of_date, weeks_in
from ipseval.outcomes import engine
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.coverage import coverage_of_spells
from ipseval.outcomes.jobs import JobMonths, weekly_hours
from ipseval.outcomes.neet_definitions import Condition, NeetDefinition

Flags = NDArray[np.bool_]
BATCH = 65_536


@dataclass(frozen=True, eq=False)
class Facts:
    """The registers, brought to the people's order: work, benefit (or None), enrolments by level."""

    people: pd.DataFrame
    months: JobMonths
    benefit: engine.Benefit | None
    enrolments: dict[str, NDArray[np.int64]]
    listed: CodeList


@dataclass(frozen=True)
class Period:
    """The reference as weeks (both included) and as days."""

    first: int
    last: int
    start: np.datetime64
    end: np.datetime64

    @property
    def length(self) -> int:
        """Weeks in the period."""
        return self.last - self.first + 1


def reference(definition: NeetDefinition, year: int) -> Period:
    """Give the weeks and days that a definition looks at for a year."""
    if definition.kind == "years":
        start = year - definition.years + 1
        first, last = week_from_iso(start, 1), week_from_iso(year, weeks_in(year))
        return Period(first, last, np.datetime64(f"{start}-01-01"), np.datetime64(f"{year}-12-31"))
    if definition.kind == "month":
        month = np.datetime64(f"{year}-{definition.month:02d}")
        start, end = (
            month.astype("datetime64[D]"),
            (month + 1).astype("datetime64[D]") - np.timedelta64(1, "D"),
        )
        weeks = np.arange(int(week_of_date(start)), int(week_of_date(end)) + 1)
        mine = weeks[month_of_week(weeks) == int(month.astype(np.int64))]
        return Period(int(mine[0]), int(mine[-1]), start, end)
    day = np.datetime64(f"{year}-{definition.month:02d}-{definition.day:02d}")
    week = int(week_of_date(day))
    # A week belongs to the month of its Thursday: 30 November is looked up in November's last week.
    week += int(np.sign(int(month_of_date(day)) - int(month_of_week(week))))
    return Period(week, week, day, day)


def ages(births: NDArray[np.datetime64], day: np.datetime64) -> NDArray[np.int64]:
    """Give completed years of age on a day."""
    year = births.astype("datetime64[Y]").astype(np.int64)
    month = births.astype("datetime64[M]").astype(np.int64)
    of_month = (births - births.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    at_year = int(day.astype("datetime64[Y]").astype(np.int64))
    at_month = int(day.astype("datetime64[M]").astype(np.int64)) - 12 * at_year
    at_day = int((day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64))
    before = (month - 12 * year > at_month) | ((month - 12 * year == at_month) & (of_month > at_day))
    return np.asarray(at_year - year - before, dtype=np.int64)


def judge(facts: Facts, definition: NeetDefinition, year: int) -> tuple[Flags, Flags]:
    """Say who is in the population of a definition, and who of them is NEET."""
    period = reference(definition, year)
    _require_covered(facts, period, definition)
    day = period.end if definition.age_at == "reference_end" else period.start
    births = facts.people["birth_date"].to_numpy().astype("datetime64[D]")
    age = ages(births, day)
    population = (age >= definition.age[0]) & (age <= definition.age[1])
    neet = np.zeros(len(age), dtype=bool)
    for low in range(0, len(age), BATCH):
        rows = (low, min(low + BATCH, len(age)))
        inside, out = _judge_batch(facts, definition, period, rows)
        population[rows[0] : rows[1]] &= inside
        neet[rows[0] : rows[1]] = out
    return population, neet & population


def _judge_batch(
    facts: Facts, definition: NeetDefinition, period: Period, rows: tuple[int, int]
) -> tuple[Flags, Flags]:
    n = rows[1] - rows[0]
    active = _works(facts, definition, period, rows) | _studies(facts, definition, period, rows)
    inside, out = np.ones(n, dtype=bool), ~active
    for condition in definition.population:
        inside &= _holds(facts, condition, period, rows)
    for condition in definition.criteria:
        out &= _holds(facts, condition, period, rows)
    return inside, out


def _works(facts: Facts, definition: NeetDefinition, period: Period, rows: tuple[int, int]) -> Flags:
    first = np.full(rows[1] - rows[0], period.first, dtype=np.int64)
    hours = weekly_hours(facts.months.of(*rows), first, period.length)
    if definition.measure == "month":
        month = month_of_week(np.arange(period.first, period.last + 1))
        hours = np.column_stack([hours[:, month == m].sum(axis=1) for m in np.unique(month)])
    # Hours that add up to the limit but for the last binary digit reach it.
    works = ((hours > 1e-9) & (hours >= definition.at_least - 1e-9)).any(axis=1)
    codes = [*facts.listed.codes_where(group=definition.work_groups)] if definition.work_groups else []
    if definition.work_activities:
        codes += facts.listed.codes_where(activity=definition.work_activities)
    if codes:
        works |= _any_code(facts, codes, period.first, period.length, rows)
    return np.asarray(works)


def _studies(facts: Facts, definition: NeetDefinition, period: Period, rows: tuple[int, int]) -> Flags:
    first, length = period.first - definition.weeks_before, period.length + definition.weeks_before
    studies = np.zeros(rows[1] - rows[0], dtype=bool)
    for level in definition.levels:
        spans = facts.enrolments.get(level)
        if spans is None:
            continue
        mine = (spans[:, 0] >= rows[0]) & (spans[:, 0] < rows[1])
        met = mine & (spans[:, 1] < first + length) & (spans[:, 2] >= first)
        studies[spans[met, 0] - rows[0]] = True
    if definition.student_grant:
        grant = facts.listed.codes_where(group=engine.STUDENT)
        studies |= _any_code(facts, list(grant), first, length, rows)
    return studies


def _holds(facts: Facts, condition: Condition, period: Period, rows: tuple[int, int]) -> Flags:
    if condition.dream_groups:
        codes = facts.listed.codes_where(group=condition.dream_groups)
        found = _any_code(facts, list(codes), period.first, period.length, rows)
        return found if condition.wanted else ~found
    column = facts.people[condition.column].iloc[rows[0] : rows[1]]
    empty = column.isna().to_numpy()
    if condition.empty is None and empty.any():
        raise DesignError(
            f"people: {condition.column!r} is empty in {int(empty.sum())} row(s) and the condition "
            f"{condition.name!r} needs it; fill it, or replace the condition and say what an empty value "
            "counts as."
        )
    if condition.below is not None:
        held = (pd.to_numeric(column, errors="coerce") < condition.below).to_numpy()
    else:
        held = (column.fillna(False).astype(bool) == condition.wanted).to_numpy()
    return np.where(empty, bool(condition.empty), held)


def _any_code(facts: Facts, codes: list[int], first: int, length: int, rows: tuple[int, int]) -> Flags:
    """Say who has a week in one of the codes; who is not in DREAM has none."""
    if facts.benefit is None:
        raise DesignError("dream= is needed by this definition: give the spells of codes.")
    wanted = np.zeros(2**15, dtype=bool)
    wanted[codes] = True
    start = np.full(rows[1] - rows[0], first, dtype=np.int64)
    return np.asarray(wanted[np.maximum(facts.benefit.grid(rows, start, length), 0)].any(axis=1))


def _require_covered(facts: Facts, period: Period, definition: NeetDefinition) -> None:
    if not definition.needs_dream or facts.benefit is None or facts.benefit.spells is None:
        return
    first = period.first - definition.weeks_before
    if coverage_of_spells(facts.benefit.spells).weeks(np.array(first), np.array(period.last)) <= (
        period.last - first
    ):
        raise DesignError(
            f"year=: the reference of {definition.name!r} is not covered by the weeks of DREAM; choose a "
            "year that is."
        )
