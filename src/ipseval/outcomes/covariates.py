"""What was known of each person before their index date, for matching; nothing after it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import hint_for, require_columns, require_one_row_each
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_label
from ipseval.outcomes import engine
from ipseval.outcomes import runs as rle
from ipseval.outcomes.calendar import index_weeks, known_dates
from ipseval.outcomes.codes import CodeList, codes_of
from ipseval.outcomes.coverage import Coverage, coverage_of_spells
from ipseval.outcomes.dated import Dated
from ipseval.outcomes.ids import MANY, require_text_ids
from ipseval.outcomes.jobs import FULL_TIME, JobColumns, net_months, require_months
from ipseval.outcomes.spells import Spells

GROUPS = (
    "blank", "uddannelseshjaelp", "kontanthjaelp", "dagpenge", "sygedagpenge", "integration",
    "ressourceforlob", "jobafklaring", "revalidering", "ledighedsydelse", "fleksjob", "su",
)  # fmt: skip
YEARS = (1, 2, 3, 5)
QUARTERS = 4
WEEKS_IN_YEAR, WEEKS_IN_QUARTER = 52, 13
EVENT_YEARS = (1, 3, 5)


def covariates(
    people: pd.DataFrame,
    *,
    dream: Any,
    jobs: pd.DataFrame | None = None,
    events: Mapping[str, pd.DataFrame] | None = None,
    latest: Mapping[str, pd.DataFrame] | None = None,
    parents: Mapping[str, str] | None = None,
    index: str = "index_date",
    id: str = "pnr",
    groups: Sequence[str] = GROUPS,
    years: Sequence[int] = YEARS,
    months: int = 12,
    columns: JobColumns | None = None,
    codes: CodeList | None = None,
) -> pd.DataFrame:
    """Describe each person's history up to the week before the index date, ready for matching.

    Parameters
    ----------
    people
        One row per person with `id` and `index`.
    dream
        Spells of codes, or their store.
    jobs
        Job-months (BFL): gives the employment ratio of each whole month before the index month.
    events
        Dated events, name -> frame with `id` and `date`: psychiatric contacts, medicine, charges, placement
        in care; gives how many in the last 1, 3 and 5 years, and ever.
    latest
        Things that hold from a date on, name -> frame with `id`, `date` and `value`: highest education
        (`ips.highest_education`), grades, own children (`ips.own_children`), visitation group
        (`ips.visitation_groups`), municipality; gives the value of the last date before the index date.
    parents
        Name -> column of `people` with the parent's id, such as {"mother": "mor_id", "father": "far_id"}:
        gives the parent's weeks per group and events in the last year before the child's index date, events
        ever, and what held of the parent then (`latest`).
    index, id
        Columns of `people`.
    groups
        Groups of the code list; "blank" is no benefit.
    years
        How many years back the weeks are counted (52 weeks each).
    months
        How many months back the employment ratio is given.
    columns, codes
        As for `ips.employment`.

    Returns
    -------
    DataFrame
        One row per person, in order: `id`; `weeks_<group>_<k>y`; `share_<group>_q<k>` (q1 the last 13 weeks);
        `current_group` and `current_weeks` in the week before the index week; `ratio_m<k>` (hours / 160.33,
        m1 the last whole month); `<event>_<k>y` and `<event>_ever`; `<latest>`; the same of the parents with
        their name in front.

    Raises
    ------
    DesignError
        If a column is missing or a person stands twice.

    Assumptions
    -----------
    The index week itself is never used, since days of it lie after the index date.

    Missing data
    ------------
    Weeks that DREAM does not cover count in no group, and `weeks_seen_<k>y` says how many it covers; a
    quarter that it does not cover whole has no share, and the group of a week that it does not cover is
    "gap".  Persons who are not in DREAM have had no benefit.  A month without job rows is one without paid
    hours, so give rows that reach `months` back from the first index date.  A parent that is not known gives
    missing values, as does a `latest` of which nothing is dated before the index date.  Events without a
    date are not counted.

    Checked against
    ---------------
    tests/registers/test_covariates.py: nothing changes when everything after the index date does.
    """
    require_columns(people, [id, index, *(parents or {}).values()], argument="people", error=DesignError)
    require_one_row_each(people, id, argument="people", error=DesignError)
    listed = codes_of(dream, codes)
    _require_groups(groups, listed)
    week = index_weeks(people, index)
    spells = engine.spells_of(dream, _wanted(people, id, parents))
    states, coverage = spells.grouped("group", censor=False, codes=listed), coverage_of_spells(spells)
    found: dict[str, Any] = {id: people[id].to_numpy()}
    found |= _history(states, coverage, people[id], week, groups, years)
    _require_seen([found[f"weeks_seen_{k}y"] for k in years], spells)
    if jobs is not None:
        found |= _ratios(jobs, people, index, id, months, columns or JobColumns(id=id))
    dated = Dated(people[index], index, id, events or {}, latest or {})
    found |= dated.of(people[id], EVENT_YEARS)
    for name, column in (parents or {}).items():
        found |= _of_parent((states, coverage), people[column], week, groups, name, dated)
    return pd.DataFrame(found)


def _require_groups(groups: Sequence[str], listed: CodeList) -> None:
    """Refuse groups that are none: nobody would have had a week in them."""
    strange = [group for group in groups if group not in listed.groups]
    if strange:
        raise DesignError(
            f"groups= names {len(strange)} group(s) that the code list lacks: {strange[0]!r}: "
            f"{hint_for(strange[0], listed.groups)}"
        )


def _require_seen(seen: Sequence[NDArray[np.int64]], spells: Spells) -> None:
    """Refuse index dates that lie before all of DREAM: everybody would have had no benefit."""
    if seen and len(seen[0]) >= MANY and not any(weeks.any() for weeks in seen):
        raise DesignError(
            f"index=: none of the {len(seen[0])} index dates has weeks of DREAM before it (DREAM has "
            f"{week_label(spells.first_week)} to {week_label(spells.last_week)}); give the years before, or "
            "see how the dates were read."
        )


def _wanted(people: pd.DataFrame, id: str, parents: Mapping[str, str] | None) -> pd.Series:
    """Everyone whose history is asked for, the parents too."""
    columns = [people[id], *(people[c] for c in (parents or {}).values())]
    for column in columns:
        require_text_ids(column, "people")
    wanted: pd.Series = pd.concat(columns).dropna().astype(str).drop_duplicates()
    return wanted.rename(id)


def _history(
    states: Spells,
    coverage: Coverage,
    ids: pd.Series,
    week: NDArray[np.int64],
    groups: Sequence[str],
    years: Sequence[int],
) -> dict[str, Any]:
    """Give weeks and quarterly shares per group, and the current spell; who is not in DREAM is blank."""
    places = states.places(ids.astype(str))
    there = np.flatnonzero(places >= 0)
    runs = states.runs.take(places[there])
    at = week[there] - states.first_week
    found: dict[str, Any] = {}
    for k in years:
        found[f"weeks_seen_{k}y"] = coverage.weeks(week - k * WEEKS_IN_YEAR, week - 1)
    for group in groups:
        code = states.states.index(group) if group in states.states else -1
        for k in years:
            found[f"weeks_{group}_{k}y"] = _weeks(
                runs, code, there, at, (k * WEEKS_IN_YEAR, 1), group, found, k
            )
        for q in range(1, QUARTERS + 1):
            span = (q * WEEKS_IN_QUARTER, (q - 1) * WEEKS_IN_QUARTER + 1)
            weeks = rle.weeks_in_codes(runs, [code], at - span[0], at - span[1])
            share = np.full(len(ids), 1.0 if group == "blank" else 0.0)
            share[there] = weeks / WEEKS_IN_QUARTER
            share[coverage.lacking(week, [(-span[0], -span[1])])[:, 0]] = np.nan
            found[f"share_{group}_q{q}"] = share
    return found | _current(states, runs, there, at, coverage.weeks(week - 1, week - 1) > 0)


def _weeks(
    runs: rle.Runs,
    code: int,
    there: NDArray[np.int64],
    at: NDArray[np.int64],
    span: tuple[int, int],
    group: str,
    found: Mapping[str, Any],
    years: int,
) -> NDArray[np.int64]:
    seen: NDArray[np.int64] = found[f"weeks_seen_{years}y"]
    weeks = seen.copy() if group == "blank" else np.zeros(len(seen), dtype=np.int64)
    weeks[there] = rle.weeks_in_codes(runs, [code], at - span[0], at - span[1])
    return weeks


def _current(
    states: Spells,
    runs: rle.Runs,
    there: NDArray[np.int64],
    at: NDArray[np.int64],
    seen: NDArray[np.bool_],
) -> dict[str, Any]:
    """Give the state in the week before the index week and how long it has lasted."""
    name = np.where(seen, "blank", "gap").astype(object)
    weeks = np.full(len(seen), np.nan)
    start, end = runs.start.astype(np.int64), runs.end()
    before = np.repeat(at - 1, np.diff(runs.offset))
    now = np.flatnonzero((start <= before) & (end > before))
    who = runs.person()[now]
    name[there] = "gap"
    name[there[who]] = np.array(states.states, dtype=object)[runs.code[now]]
    weeks[there[who]] = before[now] - start[now] + 1
    return {"current_group": name, "current_weeks": weeks}


def _ratios(
    jobs: pd.DataFrame, people: pd.DataFrame, index: str, id: str, months: int, columns: JobColumns
) -> dict[str, Any]:
    """Give paid hours over 160.33 in each of the whole months before the index month."""
    rows = net_months(jobs, people[id], columns)
    span = (-WEEKS_IN_YEAR * months // 12, -1)
    what = f"the time of {months} months before {index!r}"
    require_months(rows, index_weeks(people, index), span, len(people), what)
    at = known_dates(people[index], f"index={index!r}").astype("datetime64[M]").astype(np.int64)
    month = rows.last.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    back = at[rows.row] - month
    found = {}
    for k in range(1, months + 1):
        mine = back == k
        hours = np.bincount(rows.row[mine], weights=rows.hours[mine], minlength=len(people))
        found[f"ratio_m{k}"] = hours / FULL_TIME
    return found


def _of_parent(
    history: tuple[Spells, Coverage],
    ids: pd.Series,
    week: NDArray[np.int64],
    groups: Sequence[str],
    name: str,
    dated: Dated,
) -> dict[str, Any]:
    """Give what was known of a parent at the child's index date; missing where the parent is not known."""
    known = ids.notna().to_numpy() & (ids.astype("str") != "").to_numpy()
    plain = ids.astype(object).where(known, "").astype(str)
    made: dict[str, Any] = {
        k: v for k, v in _history(*history, plain, week, groups, (1,)).items() if k.endswith("_1y")
    }
    made |= dated.of(plain, (1,))
    return {
        f"{name}_{k}": pd.Series(v).where(known)
        if v.dtype == object
        else np.where(known, v.astype(float), np.nan)
        for k, v in made.items()
    }
