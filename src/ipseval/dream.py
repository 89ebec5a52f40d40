"""DREAM: read the register, turn its weeks into spells, keep them in a store.  Use it as `ips.dream`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipseval.core.arguments import checked
from ipseval.dream_counts import (
    count_persons,
    count_weeks,
    count_weeks_to,
    weeks_after,
    weeks_after_to,
)
from ipseval.dream_jobs import (
    count_weeks_in_arrow,
    employment_in_arrow,
    neet_in_arrow,
    on_spark,
    rows_to,
    spells_in_arrow,
    weeks_after_in_arrow,
    with_rows,
)

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ipseval.core.result import Result
    from ipseval.loading.registers.dream import Dream
    from ipseval.outcomes.codes import CodeList
    from ipseval.outcomes.spells import Spells
    from ipseval.outcomes.store import SpellStore

dream = sys.modules[__name__]  # the verb `ips.dream` is this module

__all__ = [
    "codes",
    "count_persons",
    "count_weeks",
    "count_weeks_in_arrow",
    "count_weeks_to",
    "distribution",
    "employment_in_arrow",
    "flows",
    "jobs",
    "neet_in_arrow",
    "on_spark",
    "open_store",
    "read",
    "rows_to",
    "spells",
    "spells_in_arrow",
    "weeks_after",
    "weeks_after_in_arrow",
    "weeks_after_to",
    "with_rows",
]


def read(path: str | Path, *, columns: Sequence[str] | None = None, id_length: int | None = None) -> Dream:
    """Open a DREAM file and say what is in it and what is wrong with it, without loading it.

    Parameters
    ----------
    path
        Wide DREAM: .parquet, .csv (comma or semicolon), .dta or .sas7bdat.
    columns
        Columns to read, in any case; the person column always comes along.  None: all.
    id_length
        Length of the person id where the layout's own (12 at Statistics Denmark, 10 in municipal copies)
        do not fit; shorter digits are padded with zeros, which is counted.

    Returns
    -------
    Dream
        `.report` (and `.report.table()`) says which weeks are missing or misnamed and what is wrong with
        the person ids; `.batches()` streams; `.data` gives one frame, one row per person, weeks as codes
        with 0 for no benefit and -1 for what is no code.

    Raises
    ------
    ReadError
        If the file is no register format, damaged or cut short.
    SchemaError
        If there is no person column, a column stands twice, or `columns` asks for what is not there.

    Missing data
    ------------
    Blank, ".", 0, NaN and missing are all "no benefit", which is not the same as work.
    """
    from ipseval.loading.registers.dream import open_dream

    return open_dream(path, columns=columns, id_length=id_length)


def spells(
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame,
    *,
    store: str | Path | None = None,
    states: str | None = None,
    gap: int = 0,
    censor: bool | Sequence[str] = True,
    codes: CodeList | Mapping[int, str] | None = None,
    weeks: tuple[str, str] | None = None,
    tolerate: Collection[str] = (),
    progress: Callable[[str, int, int], None] | None = None,
) -> Spells | SpellStore:
    """Turn the weeks of DREAM into spells: who was on what from which week to which week.

    Parameters
    ----------
    source
        A DREAM file, what `read` gave, or a wide DataFrame with `pnr` and `y_YYWW`.
    store
        A parquet file to write the spells of codes to (whole or not at all); later jobs read it instead
        of DREAM.  With a store the spells stay on disk and the answer streams them.
    states
        None keeps the register's codes; "group", "ready", "activity" or "sector" turns them into states
        (see `Spells.grouped`).  A store always holds codes.
    gap
        With `states`: blank weeks, at most this many, between two spells of one state join them.
    censor
        With `states`: end at death, emigration, old-age and disability pension (True), never (False), or
        at the groups named.
    codes
        Codes of your own laid over the packaged list: code -> group.  The spells keep them (`.told`), and
        every verb that takes the spells uses them.  A whole code list must be given to those verbs again.
    weeks
        First and last week as ISO text, such as ("2015-W01", "2024-W52").
    tolerate
        Rules of the report to go on in spite of: "week_missing", "week_misnamed", "week_not_real",
        "id_length".  Rows that share a person or have none are always refused.
    progress
        Called with ("spells", rows done, rows in all).

    Returns
    -------
    Spells or SpellStore
        `.frame()` has one row per person and spell; `.told` counts codes that the list lacks.

    Raises
    ------
    SchemaError
        If the file has errors that are not tolerated; all of them are told.

    Missing data
    ------------
    A week that the file lacks is the state "gap" (code -2) when tolerated, never "no benefit".

    Checked against
    ---------------
    tests/registers: a person-by-person reference on generated registers.
    """
    from ipseval.loading.registers.dream import as_dream, require_sound
    from ipseval.outcomes.codes import dream_codes
    from ipseval.outcomes.dream_job import Job, run

    found = as_dream(source)
    if weeks is not None:
        found = found.only_weeks(*map(_week, weeks))
    told: dict[str, Any] = dict(require_sound(found, tolerate))
    listed = dream_codes().with_codes(dict(codes)) if isinstance(codes, Mapping) else codes or dream_codes()
    if isinstance(codes, Mapping):
        told["codes_mapped"] = {str(code): group for code, group in codes.items()}
    job = Job(found.week_batches, min(found.weeks), found.ids.n, told, progress)
    made = run(job, listed, store)
    return made if states is None else made.grouped(states, gap=gap, censor=censor, codes=listed)


def distribution(spells: Spells | SpellStore, *, every: int = 1) -> Result:
    """Show how many persons are in each state, week by week.

    Parameters
    ----------
    spells
        Spells of states (`states="group"` or `.grouped(...)`), or their store.
    every
        Give every so many weeks only.

    Returns
    -------
    Result
        One row per week (`term`, ISO) and state (`outcome`): the share of all persons, with its numerator.
        The states of a week add up to everyone.
    """
    from ipseval.outcomes.distribution import distribution as counted

    return counted(spells, every)


def flows(spells: Spells | SpellStore) -> Result:
    """Count changes between states, over all persons and weeks.

    Parameters
    ----------
    spells
        Spells of states, or their store.

    Returns
    -------
    Result
        One row per pair that occurs: from `outcome` to `term`, `estimate` is the number of changes (a person
        can make one more than once).
    """
    from ipseval.outcomes.distribution import flows as counted

    return counted(spells)


def jobs(source: str | Path | Dream | pd.DataFrame | pl.DataFrame) -> pd.DataFrame:
    """Take paid work from DREAM's own employment ratios (`grad_YYYY_MM`) where BFL itself is not at hand.

    The ratios are BFL's paid hours over 160.33, put into DREAM by STAR; codes of benefits play no part.

    Parameters
    ----------
    source
        A DREAM file, what `read` gave, or a wide frame.

    Returns
    -------
    DataFrame
        Job-months as `ips.employment` takes them: `pnr`, `ajo_job_start_dato`, `ajo_job_slut_dato` (the whole
        month: DREAM has no dates of jobs, so weeks are those of the month) and
        `ajo_fuldtid_beskaeftiget`.  Months without a ratio, or with 0, have no row.

    Raises
    ------
    SchemaError
        If the file has no such column.
    """
    from ipseval.loading.registers.dream import as_dream, ratio_rows

    return ratio_rows(as_dream(source))


def open_store(path: str | Path) -> SpellStore:
    """Open a store of spells that `spells(..., store=)` wrote."""
    from ipseval.outcomes.store import open_store as opened

    return opened(path)


def codes() -> CodeList:
    """Return the packaged list of DREAM codes: code, group, readiness, activity, sector and validity."""
    from ipseval.outcomes.codes import dream_codes

    return dream_codes()


def _week(text: str) -> int:
    from ipseval.core.errors import SchemaError
    from ipseval.core.weeks import week_from_iso

    year, _, number = str(text).partition("-W")
    if not (year.isdigit() and number.isdigit()):
        raise SchemaError(f"weeks= holds {text!r}: give ISO weeks such as '2015-W01'.")
    return week_from_iso(int(year), int(number))


for _name in __all__:  # the same door as before every other public verb
    globals()[_name] = checked(globals()[_name], __name__)
