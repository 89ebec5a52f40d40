"""Looks over what was read: ids, and personal numbers where none should be."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ipseval.core.identity import holds_cpr
from ipseval.loading.codebook import Variable
from ipseval.loading.survey import Problem


def check_ids(data: pd.DataFrame, id: str) -> tuple[Problem, ...]:
    """Count rows without an id and rows that share one."""
    ids = data[id]
    absent, repeated = int(ids.isna().sum()), int(ids.dropna().duplicated(keep=False).sum())
    found = []
    if absent:
        found.append(
            Problem(
                "error", id, "missing_id", absent,
                f"column {id!r}: {absent} row(s) have no id where every row needs one; fill them in, or "
                "leave the rows out of the file.",
            )
        )  # fmt: skip
    if repeated:
        persons = int(ids.dropna()[ids.dropna().duplicated(keep=False)].nunique())
        found.append(
            Problem(
                "error", id, "duplicate_id", repeated,
                f"column {id!r}: {repeated} row(s) share their id with another ({persons} ids) where one "
                "row per id was expected; settle which row counts before reading, or leave id= out.",
            )
        )  # fmt: skip
    return tuple(found)


def check_personal_numbers(data: pd.DataFrame, variables: Mapping[str, Variable]) -> tuple[Problem, ...]:
    """Count, per column, the rows that hold what looks like a CPR number; none is ever shown."""
    found = []
    for name, variable in variables.items():
        texts = _texts(data[name], variable.type)
        n = int(texts.map(holds_cpr).sum()) if len(texts) else 0
        if variable.type == "integer" and n * 2 < data[name].notna().sum():
            n = 0  # serial numbers of ten digits hit the pattern now and then
        if n:
            found.append(
                Problem(
                    "warning", name, "cpr_number", n,
                    f"column {name!r}: {n} row(s) hold what looks like a CPR number; take them out of the "
                    "file before it is used further, they are not needed for the analysis.",
                )
            )  # fmt: skip
    return tuple(found)


def _texts(column: pd.Series, kind: str) -> pd.Series:
    """Texts as they are; whole numbers of nine or ten digits as texts, a lost leading zero put back."""
    there = column.dropna()
    if kind == "string":
        return there.astype(str)
    if kind == "integer":
        long = there[(there >= 10**8) & (there < 10**10)]
        return long.map(lambda v: f"{int(v):010d}")
    return there.iloc[:0]
