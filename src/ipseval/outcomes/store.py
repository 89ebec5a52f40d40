"""The spell store: one parquet file, one row per person, that later jobs read instead of DREAM.

Each row holds a person's codes and first weeks as two lists; a run ends where the next begins, so ends are
not stored.  The file is written beside its place and moved there when it is whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ipseval.core.errors import ReadError
from ipseval.core.weeks import week_label
from ipseval.outcomes.codes import CodeList
from ipseval.outcomes.runs import Runs
from ipseval.outcomes.spells import Spells, together

KEY = b"ipseval.spells"
VERSION = 1


@dataclass(frozen=True, eq=False)
class SpellStore:
    """Spells on disk: `batches()` streams them, `load()` gives them all.

    `how` are the settings of `grouped`, applied to each batch as it is read.
    """

    path: Path
    n: int
    n_weeks: int
    first_week: int
    told: Mapping[str, Any]
    how: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        """Say how much there is, never who."""
        last = week_label(self.first_week + self.n_weeks - 1)
        return f"<SpellStore {self.path.name}: {self.n} persons, {week_label(self.first_week)} to {last}>"

    def batches(self) -> Iterator[Spells]:
        """Give the spells in pieces of persons, in the order of DREAM."""
        try:
            with pq.ParquetFile(self.path) as file, ThreadPoolExecutor(max_workers=1) as ahead:
                # The next piece is read while the caller works on this one.
                coming = ahead.submit(file.read_row_group, 0)
                for following in range(1, file.metadata.num_row_groups + 1):
                    ready = coming.result()
                    if following < file.metadata.num_row_groups:
                        coming = ahead.submit(file.read_row_group, following)
                    part = _part(ready, self)
                    yield part if self.how is None else part.grouped(**self.how)
        except (pa.ArrowException, OSError) as problem:
            raise _unreadable(self.path, problem) from None

    def load(self) -> Spells:
        """Give all spells in memory."""
        return replace(together(list(self.batches())), told=self.told)

    def frame(self, *, blank: bool = False) -> pd.DataFrame:
        """Give the spells as one table (see `Spells.frame`)."""
        return self.load().frame(blank=blank)

    def grouped(
        self,
        states: str = "group",
        *,
        gap: int = 0,
        censor: bool | Sequence[str] = True,
        codes: CodeList | None = None,
    ) -> SpellStore:
        """Give the same store read as states (see `Spells.grouped`)."""
        return replace(self, how={"states": states, "gap": gap, "censor": censor, "codes": codes})


def open_store(path: str | Path) -> SpellStore:
    """Open a store of spells."""
    path = Path(path)
    try:
        with pq.ParquetFile(path) as file:
            raw = (file.metadata.metadata or {}).get(KEY)
            n = file.metadata.num_rows
    except (pa.ArrowException, OSError) as problem:
        raise _unreadable(path, problem) from None
    if raw is None:
        raise ReadError(
            f"{path.name} is a parquet file but no store of spells; make one with ips.dream.spells."
        )
    about = json.loads(raw)
    return SpellStore(path, n, about["n_weeks"], about["first_week"], about["told"])


def _part(table: Any, store: SpellStore) -> Spells:
    table = table.combine_chunks()
    code, start = table["code"].chunk(0), table["start"].chunk(0)
    offset = code.offsets.to_numpy().astype(np.int64)
    runs = Runs(
        offset - offset[0],
        code.values.to_numpy()[offset[0] : offset[-1]],
        start.values.to_numpy()[offset[0] : offset[-1]],
        store.n_weeks,
    )
    ids = pl.Series("pnr", table["pnr"])
    return Spells(ids, runs, store.first_week)


def _unreadable(path: Path, problem: Exception) -> ReadError:
    return ReadError(
        f"{path.name} cannot be read as a store of spells ({type(problem).__name__}): it is not there, "
        "damaged or "
        "cut short; make it again with ips.dream.spells(..., store=)."
    )


class StoreWriter:
    """Writes a store beside its place and moves it there at the end; anything else leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self.writer: Any = None
        self.about: dict[str, Any] = {"version": VERSION, "n_weeks": 0, "first_week": 0, "told": {}}
        self.whole = False

    def __enter__(self) -> StoreWriter:
        """Begin; the folder must be there."""
        if not self.path.parent.is_dir():
            raise ReadError(f"store={self.path.name!r}: its folder is not there; make it first.")
        return self

    def add(self, part: Spells) -> None:
        """Write one batch of persons as one row group."""
        offset = pa.array(part.runs.offset.astype(np.int32))
        columns = [
            pa.array(part.ids.to_arrow()).cast(pa.string()),
            pa.ListArray.from_arrays(offset, pa.array(part.runs.code)),
            pa.ListArray.from_arrays(offset, pa.array(part.runs.start)),
        ]
        table = pa.table(columns, names=["pnr", "code", "start"])
        try:
            if self.writer is None:
                self.about |= {"n_weeks": part.runs.n_weeks, "first_week": part.first_week}
                self.writer = pq.ParquetWriter(self.part, table.schema, compression="zstd")
            self.writer.write_table(table, row_group_size=len(part.ids) or 1)
        except OSError as problem:
            raise self._not_written(problem) from None

    def finish(self, told: Mapping[str, Any]) -> None:
        """Write what was told, close the file and move it to its place."""
        if self.writer is None:
            raise ReadError(f"store={self.path.name!r}: there are no persons to write.")
        self.about["told"] = dict(told)
        try:
            self.writer.add_key_value_metadata({KEY.decode(): json.dumps(self.about)})
            self.writer.close()
            os.replace(self.part, self.path)
        except OSError as problem:
            raise self._not_written(problem) from None
        self.whole = True

    def opened(self) -> SpellStore:
        """Open what was written."""
        return open_store(self.path)

    def _not_written(self, problem: OSError) -> ReadError:
        return ReadError(
            f"store={self.path.name!r} cannot be written ({problem.strerror or type(problem).__name__}); "
            "an earlier "
            "store there is unchanged; make room or choose another folder."
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind unless the store is whole."""
        if self.whole:
            return
        if self.writer is not None:
            try:
                self.writer.close()
            except OSError:
                self.writer = None
        self.part.unlink(missing_ok=True)
