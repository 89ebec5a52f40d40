"""Work, benefit, education and their order in time, per person and window, from the registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns, require_one_row_each, require_option
from ipseval.core.errors import DesignError
from ipseval.core.result import Note
from ipseval.outcomes import engine
from ipseval.outcomes.calendar import Window, as_window, index_weeks
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.coverage import widest
from ipseval.outcomes.definitions import kind_of, meanings
from ipseval.outcomes.jobs import JobColumns, net_months, outside_rows, require_months
from ipseval.outcomes.person_outcomes import PersonOutcomes

BATCH = 65_536
REGISTERS = ("DREAM", "KOTRE", "PSYK/LPR3")


def employment(
    people: pd.DataFrame,
    *,
    jobs: pd.DataFrame,
    dream: Any = None,
    education: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    index: str = "index_date",
    id: str = "pnr",
    window: Window | tuple[int, int] = (1, 52),
    min_hours: float = 0.0,
    min_weeks: int = 1,
    gap_days: int = 4,
    retention: Sequence[int] = (13, 26, 52),
    retention_gap: int = 4,
    columns: JobColumns | None = None,
    codes: CodeList | None = None,
    incomplete: str = "missing",
    progress: Callable[[str, int, int], None] | None = None,
) -> PersonOutcomes:
    """Find who came into work or education after their index date, when, for how long and how many hours.

    Work comes from paid hours (BFL), benefit from DREAM, never one from the other: a week without benefit is
    no proof of work, and a week on benefit can hold paid hours.

    Parameters
    ----------
    people
        One row per person with `id` and `index` (controls: see `pseudo_index_dates`).
    jobs
        One row per job and month (BFL): person, dates, paid hours, employer; see `columns`.
    dream
        Spells of codes from `ips.dream.spells`, or their store.  Without it whatever needs benefits is
        left out, and the notes say so.
    education
        One row per enrolment: `id`, `from_date`, `to_date` (empty: under way), `level` ("ordinary",
        "preparatory" for FGU, AVU and VUC).
    contacts
        One row per psychiatric contact: `id`, `date`.
    index, id
        Column with the index date, and the person column of every frame.
    window
        First and last week around the index week (week 0), both included.
    min_hours
        A week is a work week when its paid hours exceed 0 and reach this.
    min_weeks
        Work weeks that make "any work".
    gap_days
        Days between two jobs with one employer that do not end the job (BFL itself joins under 5).
    retention
        Weeks after the first start at which one still has to be in work or education.
    retention_gap
        Weeks out of work and education that do not yet end it.
    columns
        Names in `jobs`.
    codes
        A DREAM code list of your own.
    incomplete
        "missing": who is not covered by DREAM in the whole window gets missing outcomes, and it is an error
        where that is everybody; "batch": the same without the error, for a batch of few persons; "observed":
        the weeks there are, are used; "refuse": it is an error where it is anybody.
    progress
        Called with ("outcomes", persons done, persons in all).

    Returns
    -------
    PersonOutcomes
        `.data` has one row per person, with the columns of `people` in front, so there is nothing to merge;
        `.definitions(lang)` says what each column means; `.summary(by=)`
        gives shares and means as a `Result` that prints the definitions.

    Raises
    ------
    DesignError
        If dates or hours are missing, a person stands twice, `people` has columns with names of outcomes, a
        window is not covered and `incomplete="refuse"`, or nobody's window is covered.

    Assumptions
    -----------
    A month's paid hours are spread evenly over the weeks of the job in that month.  Weeks belong to the
    month of their Thursday.  Persons who are not in DREAM have received none of its benefits.

    Missing data
    ------------
    Persons without rows in `jobs` have no paid work (0, not missing).  Never-workers are censored in the
    time to the first job, not zero.

    Checked against
    ---------------
    tests/registers/test_employment.py: persons worked by hand, and a week-by-week reference.

    References
    ----------
    Bond GR, Campbell K, Drake RE. doi:10.1176/appi.ps.201100270 (four domains of employment outcomes).
    """
    require_columns(people, [id, index], argument="people", error=DesignError)
    require_option(
        incomplete, ("missing", "batch", "observed", "refuse"), argument="incomplete", error=DesignError
    )
    if not len(people):
        raise DesignError("people: there are no rows; one row per person with an index date is needed.")
    require_one_row_each(people, id, argument="people", error=DesignError)
    clash = [str(c) for c in people.columns if kind_of(str(c))]
    if clash:
        raise DesignError(
            f"people: {len(clash)} column(s) have names of outcomes ({', '.join(clash)}) and would stand "
            "twice; give people without them."
        )
    wanted = as_window(window)
    rules = engine.Rules(
        wanted, float(min_hours), int(min_weeks), int(gap_days), tuple(retention), int(retention_gap)
    )
    months = net_months(jobs, people[id], columns or JobColumns(id=id))
    weeks = index_weeks(people, index)
    if incomplete != "batch":
        span = (wanted.first, wanted.last)
        require_months(months, weeks, span, len(people), f"window={span}")
    benefit = engine.benefit_of(dream, people[id], codes)
    more = engine.More(
        engine.enrolments(education, people[id], id), engine.contact_weeks(contacts, people[id], id)
    )
    parts = []
    for low in range(0, len(people), BATCH):
        high = min(low + BATCH, len(people))
        parts.append(
            engine.batch_outcomes(months.of(low, high), weeks[low:high], benefit, more, (low, high), rules)
        )
        if progress is not None:
            progress("outcomes", high, len(people))
    found = pd.concat(parts, ignore_index=True)
    return _told(people, found, months, weeks, benefit, rules, incomplete, _given(dream, education, contacts))


def _widest(weeks: NDArray[np.int64], benefit: engine.Benefit) -> str:
    spells = benefit.spells
    assert spells is not None  # without DREAM there are no weeks that it does not cover
    return widest(weeks, spells.first_week, spells.last_week)


def _given(dream: Any, education: Any, contacts: Any) -> dict[str, bool]:
    return {"dream": dream is not None, "education": education is not None, "contacts": contacts is not None}


def _told(
    people: pd.DataFrame,
    found: pd.DataFrame,
    months: Any,
    weeks: NDArray[np.int64],
    benefit: Any,
    rules: engine.Rules,
    incomplete: str,
    given: Mapping[str, bool],
) -> PersonOutcomes:
    """Lay the outcomes beside the people, treat those not seen, and say what was counted."""
    unseen = found["weeks_seen"].to_numpy() < rules.window.length
    if unseen.any() if incomplete == "refuse" else incomplete == "missing" and unseen.all():
        raise DesignError(
            f"window=({rules.window.first}, {rules.window.last}) is not covered by DREAM for "
            f"{int(unseen.sum())} of {len(people)} persons; {_widest(weeks, benefit)}: shorten it, leave "
            "them out, or choose incomplete='observed'."
        )
    kept = [c for c in found.columns if kind_of(c)]
    if incomplete in ("missing", "batch") and unseen.any():
        for name in kept:
            if name not in ("weeks_seen", "weeks_at_risk"):
                found[name] = found[name].mask(unseen)
    data = pd.concat([people.reset_index(drop=True), found[kept]], axis=1)
    counts = (
        ("registers_netted", months.n_netted),
        ("registers_negative", months.n_negative),
        ("registers_strangers", months.n_strangers),
        ("registers_not_in_dream", benefit.n_absent if given["dream"] else 0),
        ("registers_unseen", int(unseen.sum())),
        ("registers_jobs_end", outside_rows(months, weeks, rules.window.first, rules.window.last)),
        ("registers_hours_from_ratio", months.n_from_ratio),
        ("registers_no_employer", months.n_no_employer),
        ("registers_begun_before", months.n_begun_before),
    )
    notes = [Note(code, values={"n": n}) for code, n in counts if n]
    notes += [Note(f"registers_without_{name}") for name, there in given.items() if not there]
    seen = len(people) if incomplete == "observed" else int((~unseen).sum())
    return PersonOutcomes(
        data=data,
        meanings={name: meaning for name, meaning in meanings(rules).items() if name in kept},
        kinds={name: kind_of(name) for name in kept},
        sample=[("registers_people", "", len(people)), ("registers_seen", "", seen)],
        notes=tuple(notes),
        registers=("BFL", *(name for name, there in zip(REGISTERS, given.values(), strict=True) if there)),
        missing="registers_unseen_observed" if incomplete == "observed" else "registers_unseen_missing",
    )
