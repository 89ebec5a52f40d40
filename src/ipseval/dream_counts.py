"""Weeks of DREAM counted by year and around index dates, with a row per person or none; see `ips.dream`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from ipseval.loading.registers.dream import Dream
    from ipseval.outcomes.codes import CodeList
    from ipseval.outcomes.spells import Spells
    from ipseval.outcomes.store import SpellStore


def count_weeks(
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame | Spells | SpellStore,
    *,
    sets: Mapping[str, Iterable[int] | str],
    years: Sequence[int],
    codes: CodeList | None = None,
    tolerate: Collection[str] = (),
) -> pd.DataFrame:
    """Count each person's weeks in sets of codes, by year, straight down the columns or from spells.

    Parameters
    ----------
    source
        A DREAM file, frame, spells of codes or their store; a store is several times as fast.
    sets
        Name -> codes of the code list, or the name of a group of it ("uddannelseshjaelp"); 0 is no benefit.
    years
        ISO years; each must be covered whole.
    codes, tolerate
        As for `spells`.

    Returns
    -------
    DataFrame
        One row per person in DREAM: `pnr`, then `set_year` with weeks (0 to 53).
    """
    from ipseval.outcomes import counting

    wanted = sorted(set(years))
    parts, n = _counted(source, sets, wanted, codes, tolerate)
    return counting.by_person(parts, sets, wanted, n)


def count_weeks_to(
    path: str | Path,
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame | Spells | SpellStore,
    *,
    sets: Mapping[str, Iterable[int] | str],
    years: Sequence[int],
    codes: CodeList | None = None,
    tolerate: Collection[str] = (),
) -> int:
    """Write the rows of `count_weeks` to a parquet file batch by batch, so that the answer is never held.

    Parameters
    ----------
    path
        The file: only its owner can read it, and it is replaced whole or not at all.
    source, sets, years, codes, tolerate
        As for `count_weeks`.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ReadError
        If the file cannot be written; nothing is left behind.
    """
    from ipseval.outcomes import counting
    from ipseval.outcomes.rows import write_rows

    wanted = sorted(set(years))
    parts, _ = _counted(source, sets, wanted, codes, tolerate)
    return write_rows(counting.by_batch(parts, wanted), Path(path))


def count_persons(
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame | Spells | SpellStore,
    *,
    sets: Mapping[str, Iterable[int] | str],
    years: Sequence[int],
    at_least: int | Mapping[str, int] = 1,
    people: pd.DataFrame | None = None,
    by: str | None = None,
    id: str = "pnr",
    codes: CodeList | None = None,
    tolerate: Collection[str] = (),
) -> pd.DataFrame:
    """Count persons with so many weeks in sets of codes, by year and group, batch by batch.

    It is `count_weeks` without a row per person, so memory does not grow with the persons.

    Parameters
    ----------
    source, sets, years, codes, tolerate
        As for `count_weeks`.
    at_least
        Weeks in the year that count a person in, for all sets or by set.
    people, by, id
        Persons with a column `by` to count by, such as sex; persons of DREAM who are not in `people`, or
        have no value, are counted with a missing group.

    Returns
    -------
    DataFrame
        One row per set, year and group: `persons` with `at_least` weeks or more, `of` all persons in DREAM.

    Raises
    ------
    DesignError
        If a year is not covered whole, a set has no limit, or a person stands twice in `people`.
    """
    from ipseval.core.errors import DesignError
    from ipseval.outcomes import counting

    limits = dict.fromkeys(sets, at_least) if isinstance(at_least, int) else dict(at_least)
    if set(limits) != set(sets):
        raise DesignError(f"at_least= must have a number of weeks for each of {', '.join(sets)}.")
    if (people is None) != (by is None):
        raise DesignError("people= and by= belong together: persons, and the column to count them by.")
    wanted = sorted(set(years))
    groups = None if people is None or by is None else counting.groups_of(people, by, id)
    parts, _ = _counted(source, sets, wanted, codes, tolerate, named=groups is not None)
    return counting.by_group(parts, limits, wanted, groups)


def _counted(
    source: Any,
    sets: Mapping[str, Iterable[int] | str],
    years: Sequence[int],
    codes: CodeList | None,
    tolerate: Collection[str],
    *,
    named: bool = True,
) -> tuple[Iterator[Any], int]:
    """Give the counts batch by batch, and how many persons there are."""
    from ipseval.loading.registers.dream import sound
    from ipseval.outcomes import counting
    from ipseval.outcomes.codes import codes_of
    from ipseval.outcomes.coverage import coverage_of

    ready = counting.code_sets(sets, codes_of(source, codes))
    if hasattr(source, "load"):
        n = source.n if hasattr(source, "n") else len(source.ids)
        return counting.count_spells(source.batches(named=named), ready, years), n
    found = sound(source, tolerate)
    places = counting.year_places(years, coverage_of(found.weeks))
    first = min(a for a, _ in places)
    kept = found.only_weeks(min(found.weeks) + first, min(found.weeks) + max(b for _, b in places))
    moved = [(a - first, b - first) for a, b in places]
    return counting.count_wide(kept.week_batches(named=named), ready, moved), found.ids.n


def weeks_after(
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame | Spells | SpellStore,
    people: pd.DataFrame,
    *,
    in_codes: Iterable[int] | str,
    spans: Sequence[tuple[int, int]] = ((1, 52), (1, 104)),
    index: str = "index_date",
    id: str = "pnr",
    codes: CodeList | None = None,
    tolerate: Collection[str] = (),
    incomplete: str = "refuse",
) -> pd.DataFrame:
    """Count each person's weeks in a set of codes in spans around their index date.

    Parameters
    ----------
    source, codes, tolerate
        As for `count_weeks`.
    people
        One row per person with `id` and `index`.
    in_codes
        Codes, or the name of a group; 0 is no benefit.
    spans
        Pairs of weeks around the index week (week 0), both included.
    index, id
        Columns of `people`.
    incomplete
        "refuse": spans of which DREAM lacks weeks for somebody are an error that counts them and names the
        widest window; "missing": their counts are missing.

    Returns
    -------
    DataFrame
        One row per person of `people` who is in DREAM: `pnr`, `weeks_1_52` and so on, and `first_week`: weeks
        from the index week to the first week in the set within the last span, -1 for none.

    Raises
    ------
    DesignError
        If a person stands twice, or DREAM lacks weeks of somebody's span and `incomplete` is "refuse".

    Missing data
    ------------
    A week that the file lacks is never a week outside the set: a span with such a week has no count.
    """
    from ipseval.outcomes.rows import as_frame

    parts = _after(source, people, in_codes, spans, (index, id), codes, tolerate, incomplete)
    return as_frame(parts)


def weeks_after_to(
    path: str | Path,
    source: str | Path | Dream | pd.DataFrame | pl.DataFrame | Spells | SpellStore,
    people: pd.DataFrame,
    *,
    in_codes: Iterable[int] | str,
    spans: Sequence[tuple[int, int]] = ((1, 52), (1, 104)),
    index: str = "index_date",
    id: str = "pnr",
    codes: CodeList | None = None,
    tolerate: Collection[str] = (),
    incomplete: str = "refuse",
) -> int:
    """Write the rows of `weeks_after` to a parquet file batch by batch, so that the answer is never held.

    Parameters
    ----------
    path
        The file: only its owner can read it, and it is replaced whole or not at all.
    source, people, in_codes, spans, index, id, codes, tolerate, incomplete
        As for `weeks_after`.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ReadError
        If the file cannot be written; nothing is left behind.
    """
    from ipseval.outcomes.rows import write_rows

    rows = _after(source, people, in_codes, spans, (index, id), codes, tolerate, incomplete)
    return write_rows(rows, Path(path))


def _after(
    source: Any,
    people: pd.DataFrame,
    in_codes: Iterable[int] | str,
    spans: Sequence[tuple[int, int]],
    columns: tuple[str, str],
    codes: CodeList | None,
    tolerate: Collection[str],
    incomplete: str,
) -> Iterator[Any]:
    """Give the rows of `weeks_after` batch by batch."""
    from ipseval.core.checks import require_option
    from ipseval.core.errors import DesignError
    from ipseval.loading.registers.dream import sound
    from ipseval.outcomes import after
    from ipseval.outcomes.codes import codes_of
    from ipseval.outcomes.counting import code_sets
    from ipseval.outcomes.coverage import coverage_of, require_spans

    require_option(incomplete, ("refuse", "missing"), argument="incomplete", error=DesignError)
    ready = code_sets({"in_codes": in_codes}, codes_of(source, codes))["in_codes"]
    if not spans:
        raise DesignError("spans= is empty; name one span of weeks or more.")
    if turned := [span for span in spans if span[1] < span[0]]:
        raise DesignError(
            f"spans= has {len(turned)} span(s) that end before they begin ({', '.join(map(str, turned))}): "
            "write (first week, last week)."
        )
    wanted, pairs = after.index_of(people, *columns), [(int(a), int(b)) for a, b in spans]
    if hasattr(source, "load"):
        made = after.after_spells(source.batches(), wanted, pairs, ready, incomplete)
    else:
        found = sound(source, tolerate)
        coverage = coverage_of(found.weeks)
        if incomplete == "refuse":
            require_spans(wanted.weeks, pairs, coverage)
        near = found.only_weeks(*after.weeks_near(wanted, pairs, found.weeks))
        made = after.after_wide(near.week_batches(), wanted, pairs, ready, min(near.weeks), coverage)
    names = {f"/{k}": f"weeks_{a}_{b}" for k, (a, b) in enumerate(pairs)}
    return (part.rename(names) for part in made)
