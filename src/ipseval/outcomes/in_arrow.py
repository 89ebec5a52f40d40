"""Employment and NEET on Arrow batches of persons, each with their rows of the registers as lists.

A job that needs several registers gets them nested: one row per person, a column of lists per register.
So a batch holds all that is known of its persons, and the answer of a batch needs no other.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import polars as pl
import polars.selectors as cs
import pyarrow as pa

from ipseval.core.checks import require_columns, require_one_kind
from ipseval.core.errors import DesignError
from ipseval.outcomes.ids import require_same_ids

NESTED = ("jobs", "education", "contacts")
ID = "pnr"
ANY_DAY = datetime.date(2020, 1, 6)


def nested(people: pd.DataFrame, rows: Mapping[str, pd.DataFrame | None], id: str) -> pa.Table:
    """Give people with a list column for each register: their rows of it, without the id."""
    require_columns(people, [id], argument="people", error=DesignError)
    _one_kind_each(people, "people")
    made = _days(people.assign(**{id: people[id].astype("str")}))
    for name, frame in rows.items():
        if frame is None:
            continue
        require_columns(frame, [id], argument=name, error=DesignError)
        _one_kind_each(frame, name)
        require_same_ids(frame[id], people[id], name)
        plain = _days(frame.assign(**{id: frame[id].astype("str")}))
        fields = [c for c in plain.columns if c != id]
        listed = plain.group_by(id, maintain_order=True).agg(pl.struct(fields).alias(name))
        made = made.join(listed, on=id, how="left", maintain_order="left")
    return made.to_arrow()


def _one_kind_each(frame: pd.DataFrame, name: str) -> None:
    """Refuse columns that hold text beside numbers or dates, which no Arrow column can."""
    for column in frame.columns[[kind.name == "object" for kind in frame.dtypes]]:
        require_one_kind(frame, column, argument=name, error=DesignError)


def _days(frame: pd.DataFrame) -> pl.DataFrame:
    """Give dates as days: Spark reads moments in the time zone of its session."""
    return pl.from_pandas(frame.reset_index(drop=True)).with_columns(cs.datetime().cast(pl.Date))


def _wall_clock(frame: pl.DataFrame) -> pl.DataFrame:
    """Give moments as the time zone they are in shows them, so that midnight stays on its day."""
    return frame.with_columns(cs.datetime(time_zone="*").dt.replace_time_zone(None))


def frames_of(
    batch: pa.RecordBatch, ids: pl.Series, columns: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Take a batch apart: persons with their own columns, and their rows of each register that is there."""
    whole = pl.DataFrame(pa.Table.from_batches([batch])).with_columns(ids.alias(ID))
    lacking = [c for c in ("jobs", *columns) if c not in whole.columns]
    if lacking:
        raise DesignError(f"batches: {len(lacking)} column(s) are not there: {', '.join(lacking)}.")
    rows: dict[str, Any] = {}
    for name in NESTED:
        if name in whole.columns:
            if not isinstance(whole.schema[name], pl.List):
                raise DesignError(f"batches: {name!r} is no list of rows; ips.dream.with_rows makes one.")
            listed = whole.select(ID, name).explode(name).drop_nulls(name)
            rows[name] = _wall_clock(listed.unnest(name)).to_pandas()
    return _wall_clock(whole.select(ID, *columns)).to_pandas(), rows


def as_batch(frame: pd.DataFrame) -> pa.RecordBatch:
    """Give rows as Arrow, of the same types whatever the batch holds: Spark wants one schema."""
    return pa.RecordBatch.from_pydict({str(name): _column(frame[name]) for name in frame.columns})


def _column(column: pd.Series) -> pa.Array:
    if column.name == ID:
        return pa.array(column.astype("str"), type=pa.string())
    if column.dtype.kind == "M":
        return pa.array(column.to_numpy().astype("datetime64[D]"), type=pa.date32())
    # A missing outcome is missing, not a number that is none, which Spark would count with.
    return pa.array(column.to_numpy(dtype=float, na_value=float("nan")), type=pa.float64(), from_pandas=True)


def somebody(schema: pa.Schema, date: str) -> pa.RecordBatch:
    """Make one invented person without rows or weeks on benefit, with one date."""
    columns = [
        pa.array([ANY_DAY]).cast(field.type) if field.name == date
        else pa.array(["0"], type=field.type) if pa.types.is_string(field.type)
        else pa.nulls(1, field.type)
        for field in schema
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, schema=schema)
