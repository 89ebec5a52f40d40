"""An answer with a row per person that comes batch by batch: as one frame, or written to parquet."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ipseval.core.errors import DesignError, ReadError
from ipseval.core.private_files import fill_private

OLDEST = pl.CompatLevel.oldest()
"""Texts laid end to end: what pandas takes as they are, without a copy."""


def as_frame(tables: Iterable[pl.DataFrame]) -> pd.DataFrame:
    """Put the batches after one another; ids stay where they are, numbers are let go as they are copied."""
    whole = pa.concat_tables([table.to_arrow(compat_level=OLDEST) for table in tables])
    made: pd.DataFrame = whole.to_pandas(split_blocks=True, self_destruct=True)
    return made


def _table(batch: pl.DataFrame | pa.RecordBatch) -> pa.Table:
    return batch.to_arrow() if isinstance(batch, pl.DataFrame) else pa.Table.from_batches([batch])


def write_rows(batches: Iterable[pl.DataFrame | pa.RecordBatch], path: Path) -> int:
    """Write each batch as it comes and say how many rows there were; a file already there is replaced."""
    if not path.parent.is_dir():
        raise ReadError(f"path={path.name!r}: its folder is not there; make it first.")
    written = 0

    def fill(part: Path) -> None:
        nonlocal written
        tables = map(_table, batches)
        first = next(tables, None)
        if first is None:
            raise DesignError("batches= gives no batch, so there are no columns to write.")
        with pq.ParquetWriter(part, first.schema, compression="zstd") as writer:
            for table in chain([first], tables):
                writer.write_table(table)
                written += len(table)

    try:
        fill_private(path, fill)
    except OSError as problem:
        raise ReadError(
            f"path={path.name!r} cannot be written ({problem.strerror or type(problem).__name__}); "
            "an earlier file there is unchanged; make room or choose another folder."
        ) from None
    return written
