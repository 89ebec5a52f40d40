"""An answer with a row per person that comes batch by batch: as one frame, or written to parquet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ipseval.core.errors import ReadError
from ipseval.core.private_files import fill_private

OLDEST = pl.CompatLevel.oldest()
"""Texts laid end to end: what pandas takes as they are, without a copy."""


def as_frame(tables: Iterable[pl.DataFrame]) -> pd.DataFrame:
    """Put the batches after one another; ids stay where they are, numbers are let go as they are copied."""
    whole = pa.concat_tables([table.to_arrow(compat_level=OLDEST) for table in tables])
    made: pd.DataFrame = whole.to_pandas(split_blocks=True, self_destruct=True)
    return made


def write_rows(tables: Iterable[pl.DataFrame], path: Path) -> int:
    """Write each table as it comes and say how many rows there were; a file already there is replaced."""
    if not path.parent.is_dir():
        raise ReadError(f"path={path.name!r}: its folder is not there; make it first.")
    written = 0

    def fill(part: Path) -> None:
        nonlocal written
        coming = iter(tables)
        first = next(coming).to_arrow()
        with pq.ParquetWriter(part, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            written = len(first)
            for table in coming:
                writer.write_table(table.to_arrow())
                written += len(table)

    try:
        fill_private(path, fill)
    except OSError as problem:
        raise ReadError(
            f"path={path.name!r} cannot be written ({problem.strerror or type(problem).__name__}); "
            "an earlier file there is unchanged; make room or choose another folder."
        ) from None
    return written
