"""Ids of persons as they are compared between files: one person must not count as two."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from ipseval.core.errors import SchemaError
from ipseval.core.labels import code_text


def id_texts(ids: pd.Series) -> pd.Series:
    """Write ids so that 1, 1.0, "1" and " 1 " are one person."""
    plain = ids.astype(object).where(ids.notna(), None)
    return plain.map(lambda id: code_text(id).strip(), na_action="ignore").astype("str")


def require_one_way_of_writing(ids: Mapping[str, pd.Series]) -> None:
    """Refuse files whose ids differ only in how they are written; `ids` maps a file's name to its texts.

    Whether "P1" and "p1" are one person cannot be known here, and joining them silently, or counting
    them as two, would both be wrong without a word.
    """
    for name, texts in ids.items():
        repeated = int(texts.duplicated(keep=False).sum())
        if repeated:
            raise SchemaError(
                f"{name}: {repeated} row(s) share their id with another but for blanks around it; "
                "one row per person was expected, so settle them in the file."
            )
    for (first, one), (second, other) in combinations(ids.items(), 2):
        alone = _folded(one[~one.isin(other)])
        n = int(_folded(other[~other.isin(one)]).isin(set(alone)).sum())
        if n:
            raise SchemaError(
                f"{n} id(s) of {second} are those of {first} but for upper and lower case, blanks or "
                "leading zeros, so these persons would count twice; write the ids alike in both files."
            )


def _folded(texts: pd.Series) -> pd.Series:
    return texts.str.casefold().str.replace(r"\s+", "", regex=True).str.lstrip("0")
