"""One pass over a register's files into one parquet file, so that later reads take only what they ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from ipseval.core.errors import ReadError
from ipseval.loading.registers.layout import Layout, layout
from ipseval.loading.registers.reader import FILE_DATE, Found, clean_pieces, files_of, report_of
from ipseval.loading.registers.source import Source, open_source
from ipseval.loading.survey import ReadReport

TYPES = {"number": pl.Float64, "integer": pl.Int64, "code": pl.Int64, "date": pl.Date}


def store_register(
    path: str | Path | Sequence[str | Path],
    *,
    register: str,
    store: str | Path,
    columns: Sequence[str] | None = None,
    ids: Collection[str] | None = None,
    years: tuple[int, int] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ReadReport:
    """Copy a register from row-wise files (SAS, Stata, CSV) into one parquet file, never all in memory.

    Parameters
    ----------
    path, register, columns, ids, years, progress
        As for `ips.read_register`, which reads the new file afterwards.
    store
        The parquet file to write, whole or not at all.

    Returns
    -------
    ReadReport
        What was found, as in `ips.read_register(...).report`.

    Raises
    ------
    ReadError
        If a file is damaged or cut short, or the store cannot be written; an earlier store is unchanged.
    SchemaError
        If a required or asked column is missing.

    Missing data
    ------------
    A column that some of the files lack is missing in their rows.
    """
    plan, target = layout(register), Path(store)
    paths = files_of(path, register, years)
    sources = [open_source(file) for file in paths]
    wanted = None if ids is None else pl.Series(list(ids), dtype=pl.String).unique()
    found = Found()
    names = _names(sources, plan, columns)
    pieces = (
        piece for source in sources for piece in clean_pieces(source, plan, columns, wanted, found, progress)
    )
    n_rows = _written((_shaped(piece, names, plan) for piece in pieces), target)
    key = [name for name in plan.key if name in names]
    return report_of(paths, pl.read_parquet(target, columns=key), n_rows, len(names), plan, found)


def _names(sources: Sequence[Source], plan: Layout, columns: Sequence[str] | None) -> list[str]:
    own = {name: None for source in sources for name in plan.naming(source.columns).values()}
    asked = None if columns is None else {plan.id, *plan.naming(columns).values()}
    return [*(name for name in own if (asked is None or name in asked) and name != FILE_DATE), FILE_DATE]


def _shaped(piece: pl.DataFrame, names: Sequence[str], plan: Layout) -> pl.DataFrame:
    """Give a piece all columns, with the layout's types, whatever its file had."""
    return piece.select(
        (pl.col(name) if name in piece.columns else pl.lit(None))
        .cast(TYPES.get(plan.type_of(name), pl.String))
        .alias(name)
        for name in names
    )


def _written(pieces: Iterator[pl.DataFrame], target: Path) -> int:
    """Write beside the target and move it there at the end; anything else leaves nothing behind."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not target.parent.is_dir():
        raise ReadError(f"store={target.name!r}: its folder is not there; make it first.")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    writer: Any = None
    n_rows = 0
    try:
        for piece in pieces:
            table = piece.to_arrow()
            try:
                writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
                writer.write_table(table)
            except (OSError, pa.ArrowException) as problem:
                raise _not_written(target, problem) from None
            n_rows += len(piece)
        try:
            if writer is not None:
                writer.close()
            os.replace(part, target)
        except OSError as problem:
            raise _not_written(target, problem) from None
    finally:
        part.unlink(missing_ok=True)
    return n_rows


def _not_written(target: Path, problem: Exception) -> ReadError:
    said = getattr(problem, "strerror", None) or type(problem).__name__
    return ReadError(
        f"store={target.name!r} cannot be written ({said}); an earlier store there is unchanged; make room "
        "or choose another folder."
    )
