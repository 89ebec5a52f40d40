"""The spell store: one parquet file, one row per batch of persons, that later jobs read instead of DREAM.

Each row holds the ids of its persons as a list, and how many spells each has, their codes and their first
weeks as three binary values of 16-bit little-endian integers: values of a person each, or lists of numbers,
take several times as long to read.  A run ends where the next begins, so ends are not stored.  The file is
written beside its place and moved there when it is whole.
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
from numpy.typing import NDArray

from ipseval.core.errors import ReadError
from ipseval.core.private_files import private_part
from ipseval.core.weeks import week_label
from ipseval.outcomes.codes import CodeList, codes_of
from ipseval.outcomes.runs import Runs
from ipseval.outcomes.spells import Spells, lacking_codes, together

KEY = b"ipseval.spells"
VERSION = 3
NUMBERS = ["spells", "code", "start"]


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
        more = lacking_codes(self.told)
        return (
            f"<SpellStore {self.path.name}: {self.n} persons, {week_label(self.first_week)} to {last}{more}>"
        )

    def batches(self, *, named: bool = True) -> Iterator[Spells]:
        """Give the spells in pieces of persons, in the order of DREAM.

        Persons who need not be `named` have empty ids, which are not read.
        """
        columns = ["pnr", *NUMBERS] if named else NUMBERS
        try:
            with pq.ParquetFile(self.path) as file, ThreadPoolExecutor(max_workers=1) as ahead:
                # The next piece is read while the caller works on this one.
                coming = ahead.submit(file.read_row_group, 0, columns)
                for following in range(1, file.metadata.num_row_groups + 1):
                    ready = coming.result()
                    if following < file.metadata.num_row_groups:
                        coming = ahead.submit(file.read_row_group, following, columns)
                    part = _part(ready, self)
                    yield part if self.how is None else part.grouped(**self.how)
        except (pa.ArrowException, OSError) as problem:
            raise _unreadable(self.path, problem) from None

    def load(self) -> Spells:
        """Give all spells in memory."""
        return replace(together(self.batches()), told=self.told)

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
        return replace(
            self, how={"states": states, "gap": gap, "censor": censor, "codes": codes_of(self, codes)}
        )


def open_store(path: str | Path) -> SpellStore:
    """Open a store of spells."""
    path = Path(path)
    try:
        with pq.ParquetFile(path) as file:
            raw = (file.metadata.metadata or {}).get(KEY)
    except (pa.ArrowException, OSError) as problem:
        raise _unreadable(path, problem) from None
    if raw is None:
        raise ReadError(
            f"{path.name} is a parquet file but no store of spells; make one with ips.dream.spells."
        )
    about = json.loads(raw)
    if about.get("version") != VERSION:
        raise ReadError(
            f"{path.name} is a store of spells of another version of ipseval; make it again with "
            "ips.dream.spells(..., store=)."
        )
    return SpellStore(path, about["n"], about["n_weeks"], about["first_week"], about["told"])


def _part(table: Any, store: SpellStore) -> Spells:
    spells, code, start = (_numbers(table[name]) for name in NUMBERS)
    offset = np.zeros(len(spells) + 1, dtype=np.int64)
    np.cumsum(spells, out=offset[1:])
    runs = Runs(offset, code.view("<i2").astype(np.int16, copy=False), start, store.n_weeks)
    if "pnr" in table.column_names:
        ids = pl.Series("pnr", table["pnr"].chunk(0).flatten())
    else:
        ids = pl.repeat(None, len(spells), dtype=pl.String, eager=True)
    return Spells(ids, runs, store.first_week)


def _numbers(column: Any) -> NDArray[np.uint16]:
    """Give the numbers of the only row, without a copy."""
    return np.frombuffer(column[0].as_buffer(), dtype="<u2")


def _binary(values: NDArray[Any], kind: str) -> Any:
    return pa.array([values.astype(kind, copy=False).tobytes()], pa.binary())


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
        self.part = path
        self.writer: Any = None
        self.about: dict[str, Any] = {"version": VERSION, "n": 0, "n_weeks": 0, "first_week": 0, "told": {}}
        self.whole = False

    def __enter__(self) -> StoreWriter:
        """Begin; the folder must be there."""
        if not self.path.parent.is_dir():
            raise ReadError(f"store={self.path.name!r}: its folder is not there; make it first.")
        return self

    def add(self, part: Spells) -> None:
        """Write one batch of persons as one row group."""
        ids = pa.array(part.ids.to_arrow()).cast(pa.string())
        table = pa.table(
            {
                "pnr": pa.ListArray.from_arrays(pa.array([0, len(ids)], pa.int32()), ids),
                "spells": _binary(np.diff(part.runs.offset), "<u2"),
                "code": _binary(part.runs.code, "<i2"),
                "start": _binary(part.runs.start, "<u2"),
            }
        )
        self.about["n"] += len(ids)
        try:
            if self.writer is None:
                self.part = private_part(self.path)
                self.about |= {"n_weeks": part.runs.n_weeks, "first_week": part.first_week}
                self.writer = pq.ParquetWriter(
                    self.part, table.schema, compression="lz4", use_dictionary=False
                )
            self.writer.write_table(table)
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
        if self.part != self.path:
            self.part.unlink(missing_ok=True)
