"""The one module that knows pandera: counts the rows of each column that break a limit.

pandera's messages and exceptions carry the offending cells and the whole frame, so nothing of them
leaves this module: what comes out are column, rule and number of rows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import pandas as pd

from ipseval.loading.schema import SchemaField

Broken = dict[tuple[str, str], int]
"""(column, rule) -> number of rows."""


@cache
def _pandera() -> Any:
    """Import pandera for pandas, and nothing of Spark with it."""
    with _without_spark():
        import pandera.pandas as pa

        # Its first validation imports the rest of it.
        pa.DataFrameSchema({"a": pa.Column(None, pa.Check.ge(0))}).validate(pd.DataFrame({"a": [0]}))
    return pa


@contextmanager
def _without_spark() -> Iterator[None]:
    """Hide pyspark where it is not yet imported, and give back the settings of Spark as they were.

    Where pyspark is installed, pandera imports `pyspark.pandas`: two seconds, a warning on the screen of
    everyone, and SPARK_LOCAL_IP set to this machine, with which a session on a cluster cannot connect.
    pandera takes a missing pyspark as not installed; None in `sys.modules` is Python's way to say so.
    """
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in ("pyspark", "pyspark.pandas") if name not in modules]
    settings = {name: os.environ.get(name) for name in ("SPARK_LOCAL_IP", "PYARROW_IGNORE_TIMEZONE")}
    modules.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        for name in hidden:
            modules.pop(name, None)
        for name, value in settings.items():
            if value is None:
                os.environ.pop(name, None)


def broken_limits(columns: Mapping[str, pd.Series], fields: Mapping[str, SchemaField]) -> Broken:
    """Count, by column and rule, the answered rows outside the codes, the limits or the pattern."""
    pa = _pandera()
    checks = {name: _checks(fields[name]) for name in columns if _checks(fields[name])}
    if not checks:
        return {}
    frame = pd.DataFrame({name: columns[name].reset_index(drop=True) for name in checks})
    rules = {name: list(named) for name, named in checks.items()}
    schema = pa.DataFrameSchema(
        {name: pa.Column(None, list(named.values()), nullable=True) for name, named in checks.items()}
    )
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        cases = found.failure_cases[["column", "check_number", "index"]].drop_duplicates()
    else:
        return {}
    counts = cases.groupby(["column", "check_number"], sort=False).size()
    return {(str(c), rules[str(c)][int(number)]): int(n) for (c, number), n in counts.items()}


def _checks(field: SchemaField) -> dict[str, Any]:
    """Give the checks of a field by our name of the rule; pandera counts them in this order."""
    pa = _pandera()
    limits = field.constraints
    checks = {}
    if field.categories:
        checks["categories"] = pa.Check.isin(_codes(tuple(field.categories), field.type))
    if limits.enum:
        checks["enum"] = pa.Check.isin(_codes(limits.enum, field.type))
    if limits.minimum is not None:
        checks["minimum"] = pa.Check.ge(_limit(limits.minimum))
    if limits.maximum is not None:
        checks["maximum"] = pa.Check.le(_limit(limits.maximum, last=field.type == "datetime"))
    if limits.pattern and field.type == "string":
        checks["pattern"] = pa.Check.str_matches(rf"^(?:{limits.pattern})\Z")
    return checks


def _codes(codes: tuple[str, ...], kind: str) -> list[Any]:
    if kind in ("integer", "boolean"):
        return [int(float(c)) for c in codes]
    return [float(c) for c in codes] if kind == "number" else list(codes)


def _limit(limit: float | str, *, last: bool = False) -> Any:
    if not isinstance(limit, str):
        return limit
    moment = pd.Timestamp(limit)
    whole_day = last and moment == moment.normalize()
    return moment + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1) if whole_day else moment
