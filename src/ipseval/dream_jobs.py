"""Jobs on Arrow batches of persons: pure functions that run here or under Spark; see `ips.dream`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ipseval.loading.registers.dream import Dream
    from ipseval.outcomes.spells import Spells


def spells_in_arrow(
    batches: Iterator[pa.RecordBatch], *, id_length: int | None = None, tolerate: Collection[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Turn Arrow batches of wide DREAM into Arrow batches of spells: the job itself, without a runner.

    It has the shape that Spark's `mapInArrow` asks for (with `functools.partial` for the options), and
    gives in any partition of the persons what `spells` gives of them all.

    Parameters
    ----------
    batches
        Wide DREAM, each person whole in one batch.
    id_length
        Length of the person id; needed where ids may have lost zeros, since no batch sees all of them.
    tolerate
        As for `spells`.  Whether a person stands twice is seen within a batch only.

    Returns
    -------
    Iterator of pyarrow.RecordBatch
        `pnr` text, `code` int16, `first_week` and `last_week` int32 (weeks since that of 1 January 1970).
    """
    import pyarrow as pa

    from ipseval.loading.registers.dream import sound
    from ipseval.outcomes.codes import dream_codes
    from ipseval.outcomes.dream_job import Job, run

    for batch in batches:
        found = sound(_of_batch(batch, id_length), tolerate)
        made: Any = run(Job(found.week_batches, min(found.weeks), found.ids.n), dream_codes(), None)
        columns = made.columns()
        yield pa.RecordBatch.from_pydict({**columns, "pnr": pa.array(columns["pnr"]).cast(pa.string())})


def count_weeks_in_arrow(
    batches: Iterator[pa.RecordBatch],
    *,
    sets: Mapping[str, Iterable[int] | str],
    years: Sequence[int],
    id_length: int | None = None,
    tolerate: Collection[str] = (),
) -> Iterator[pa.RecordBatch]:
    """Count weeks in sets of codes by year in Arrow batches of wide DREAM: `count_weeks` without a runner.

    Parameters
    ----------
    batches, id_length, tolerate
        As for `spells_in_arrow`.
    sets, years
        As for `count_weeks`.

    Returns
    -------
    Iterator of pyarrow.RecordBatch
        One row per person: `pnr`, then `set_year` as int32.
    """
    from ipseval.dream_counts import count_weeks

    for batch in batches:
        made = count_weeks(_of_batch(batch, id_length), sets=sets, years=years, tolerate=tolerate)
        yield _whole_numbers(made)


def weeks_after_in_arrow(
    batches: Iterator[pa.RecordBatch],
    *,
    in_codes: Iterable[int] | str,
    spans: Sequence[tuple[int, int]] = ((1, 52), (1, 104)),
    index: str = "index_date",
    id_length: int | None = None,
    tolerate: Collection[str] = (),
    incomplete: str = "refuse",
) -> Iterator[pa.RecordBatch]:
    """Count weeks around index dates in Arrow batches of wide DREAM: `weeks_after` without a runner.

    Parameters
    ----------
    batches, id_length, tolerate
        As for `spells_in_arrow`; each row also carries its person's `index` date.
    in_codes, spans, incomplete
        As for `weeks_after`.
    index
        Column with the index date; persons without one get no row.

    Returns
    -------
    Iterator of pyarrow.RecordBatch
        One row per person with an index date: `pnr`, weeks by span and `first_week` as int32.
    """
    import pandas as pd

    from ipseval.dream_counts import weeks_after

    for batch in batches:
        found = _of_batch(batch, id_length)
        dates = pd.Series(batch.column(index).to_pandas())
        people = pd.DataFrame({"pnr": found.id_text().to_pandas(), index: dates})[dates.notna()]
        made = weeks_after(
            found, people, in_codes=in_codes, spans=spans, index=index, tolerate=tolerate,
            incomplete=incomplete,
        )  # fmt: skip
        yield _whole_numbers(made)


def employment_in_arrow(
    batches: Iterator[pa.RecordBatch],
    *,
    index: str = "index_date",
    id_length: int | None = None,
    tolerate: Collection[str] = (),
    **options: Any,
) -> Iterator[pa.RecordBatch]:
    """Find who came into work in Arrow batches of persons: `ips.employment` without a runner.

    Parameters
    ----------
    batches
        One row per person: id, `index`, the wide weeks of DREAM (none: without benefits), and the person's
        rows of the registers as lists: `jobs`, and where wanted `education` and `contacts`.  `with_rows`
        makes such a table here; on Spark `collect_list(struct(...))` by person and a join do.
    index, options
        As for `ips.employment`: window, min_hours, retention and so on.
    id_length, tolerate
        As for `spells_in_arrow`.

    Returns
    -------
    Iterator of pyarrow.RecordBatch
        One row per person: `pnr` and the outcomes of `ips.employment`, float64, dates as date32.
    """
    from ipseval.outcomes import in_arrow
    from ipseval.outcomes.employment import employment

    if options.get("incomplete", "missing") == "missing":
        options = {**options, "incomplete": "batch"}
    for batch in batches:
        # What columns the answer has is told on one invented person where there is none.
        asked = batch if batch.num_rows else in_arrow.somebody(batch.schema, index)
        found = _of_batch(asked, id_length)
        people, rows = in_arrow.frames_of(asked, found.id_text(), [index])
        made = employment(people, index=index, dream=_spells_of(found, tolerate), **rows, **options).data
        yield in_arrow.as_batch(made.drop(columns=index)).slice(0, batch.num_rows)


def neet_in_arrow(
    batches: Iterator[pa.RecordBatch],
    *,
    year: int,
    definition: str | Mapping[str, Any] | Sequence[str] | None = None,
    replace: Mapping[str, Any] | None = None,
    id_length: int | None = None,
    tolerate: Collection[str] = (),
    **options: Any,
) -> Iterator[pa.RecordBatch]:
    """Say who is NEET in Arrow batches of persons: `ips.neet_flags` without a runner.

    Parameters
    ----------
    batches
        One row per person: id, `birth_date`, the columns that the definitions ask for, the wide weeks of
        DREAM, and the person's `jobs` and `education` as lists (see `employment_in_arrow`).
    year, definition, replace, options
        As for `ips.neet_flags`.
    id_length, tolerate
        As for `spells_in_arrow`.

    Returns
    -------
    Iterator of pyarrow.RecordBatch
        One row per person: `pnr`, and by definition 1 NEET, 0 not, missing outside its population.
    """
    from ipseval.outcomes import in_arrow
    from ipseval.outcomes.neet import columns_needed, neet_flags

    needed = columns_needed(definition, replace)
    for batch in batches:
        found = _of_batch(batch, id_length)
        people, rows = in_arrow.frames_of(batch, found.id_text(), needed)
        rows.pop("contacts", None)
        made = neet_flags(
            people, year=year, definition=definition, replace=replace,
            dream=_spells_of(found, tolerate), **rows, **options,
        )  # fmt: skip
        yield in_arrow.as_batch(made)


def with_rows(
    people: pd.DataFrame,
    *,
    jobs: pd.DataFrame,
    education: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    id: str = "pnr",
) -> pa.Table:
    """Give people with their rows of the registers as lists: the table that `employment_in_arrow` takes.

    Parameters
    ----------
    people
        One row per person: `id` and what the job asks for, such as index date and the wide weeks of DREAM.
    jobs, education, contacts
        As for `ips.employment`; rows of persons who are not in `people` are left out.
    id
        The person column of all.

    Returns
    -------
    pyarrow.Table
        `people` with a list column for each register given.
    """
    from ipseval.outcomes.in_arrow import nested

    return nested(people, {"jobs": jobs, "education": education, "contacts": contacts}, id)


def rows_to(path: str | Path, batches: Iterable[pa.RecordBatch]) -> int:
    """Write the rows of a job to a parquet file batch by batch, so that the answer is never held.

    Parameters
    ----------
    path
        The file: only its owner can read it, and it is replaced whole or not at all.
    batches
        What a job gives, such as `ips.dream.neet_in_arrow(pyarrow.parquet.ParquetFile(...).iter_batches(),
        year=2021)`: any of the jobs, so any answer with a row per person.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    ReadError
        If the file cannot be written; nothing is left behind.
    DesignError
        If there is no batch at all.
    """
    from ipseval.outcomes.rows import write_rows

    return write_rows(batches, Path(path))


def on_spark(frame: Any, job: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]) -> Any:
    """Run a job that takes Arrow batches of persons on a Spark cluster, by `mapInArrow`.

    The job is the very function that runs without Spark, such as
    `functools.partial(ips.dream.count_weeks_in_arrow, sets=..., years=..., id_length=12)`.

    Parameters
    ----------
    frame
        A Spark DataFrame with one row per person.
    job
        From batches to batches.  It is run once on no persons here, which gives the columns of its answer.

    Returns
    -------
    pyspark.sql.DataFrame
        The job's rows, not yet computed; `.toArrow()` or a write computes them.

    Raises
    ------
    DesignError
        If pyspark is not installed; `pip install "ipseval[spark]"`.

    Checked against
    ---------------
    tests/registers/test_spark.py: the same rows as without Spark, by Spark's local mode.
    """
    from ipseval.outcomes.spark import mapped

    return mapped(frame, job)


def _of_batch(batch: pa.RecordBatch, id_length: int | None) -> Dream:
    import pyarrow as pa

    from ipseval.loading.registers.dream import look_at
    from ipseval.loading.registers.source import from_frame

    return look_at(from_frame(pa.Table.from_batches([batch])), None, id_length)


def _spells_of(found: Dream, tolerate: Collection[str]) -> Spells | None:
    """Give the spells of a batch, None where it has no weeks."""
    from ipseval.dream import spells

    if not found.weeks:
        return None
    return cast("Spells", spells(found, tolerate=tolerate))  # in memory, since no store is asked for


def _whole_numbers(frame: pd.DataFrame) -> pa.RecordBatch:
    """Give counts as int32, missing ones as missing: Spark knows no unsigned numbers."""
    import pyarrow as pa

    columns = {
        name: pa.array(frame[name].to_numpy(), type=pa.int32(), from_pandas=True)
        for name in frame.columns[1:]
    }
    ids = pa.array(frame["pnr"].astype("str"), type=pa.string())
    return pa.RecordBatch.from_pydict({"pnr": ids, **columns})
