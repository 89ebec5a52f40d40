"""Jobs on batches of persons under Spark's `mapInArrow`; the jobs themselves know nothing of Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from ipseval.core.errors import DesignError

Job = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def mapped(frame: Any, job: Job) -> Any:
    """Give the Spark frame of a job's rows; what columns it has follows from running it on nobody."""
    try:
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    except ImportError:
        raise DesignError(
            'frame: jobs on Spark need pyspark, which is not installed; pip install "ipseval[spark]".'
        ) from None
    if not hasattr(frame, "mapInArrow"):
        raise DesignError(f"frame is a {type(frame).__name__}; a Spark DataFrame was expected.")
    nobody = pa.RecordBatch.from_pylist([], schema=to_arrow_schema(frame.schema, timezone="UTC"))
    columns = next(iter(job(iter([nobody])))).schema
    return frame.mapInArrow(_only_people(job), from_arrow_schema(columns))


def _only_people(job: Job) -> Job:
    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return job(batch for batch in batches if batch.num_rows)

    return run
