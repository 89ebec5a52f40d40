"""Finding persons of one frame in another by their ids, which may be written in two ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from ipseval.core.errors import DesignError

NO_LETTER = r"\.0$|[^0-9A-Za-z]"
"""What is no part of an id: hyphens, spaces, and the decimal of a number that became text."""
MANY = 20
"""Fewer people than this may well all be without work; of so many, somebody is known to a register."""


def places_of(stated: pd.Series, ids: pd.Series, argument: str, whose: str = "people") -> pd.Series:
    """Give the row among `ids` of each person stated in another frame, missing for who is not there.

    Strangers are usual, so an id that is written otherwise would pass for one without a word; it is refused.
    """
    row: pd.Series = stated.astype(str).map(pd.Series(np.arange(len(ids)), index=ids.astype(str)))
    _require_same(stated, ids, argument, stated[row.isna()], whose)
    return row


def require_same_ids(stated: pd.Series, ids: pd.Series, argument: str) -> None:
    """Do the same where one id may stand in several rows of people: two siblings share a mother."""
    own = stated.dropna().astype(str)
    _require_same(stated, ids, argument, own[~own.isin(ids.astype(str))], "people")


def require_somebody(n_found: int, n_people: int, n_rows: int, argument: str, way_out: str) -> None:
    """Refuse a register in which none of many people is found: its ids are of another kind."""
    if n_people >= MANY and n_rows and not n_found:
        raise DesignError(
            f"{argument}: none of the {n_people} people is found among its {n_rows} row(s), as if the ids "
            f"were of two kinds (another key, another extract); look at both, and {way_out}."
        )


def _require_same(stated: pd.Series, ids: pd.Series, argument: str, strangers: pd.Series, whose: str) -> None:
    require_text_ids(stated, argument)
    require_text_ids(ids, whose)
    require_alike(as_text(strangers), as_text(ids), f"{argument}: {stated.name!r}", whose)
    require_alike(as_text(ids), as_text(strangers), f"{whose}: {ids.name!r}", argument)


def require_text_ids(ids: pd.Series, argument: str) -> None:
    """Refuse ids that are numbers with decimals: a number with an empty cell below it becomes one."""
    if pd.api.types.is_float_dtype(ids):
        raise DesignError(
            f"{argument}: {ids.name!r} holds numbers with decimals, and a person's id is text; read it as "
            "text (dtype=str), since zeros in front count."
        )


def as_text(ids: pd.Series) -> pl.Series:
    """Give the ids that are there as text, row by row."""
    text = pa.array(ids.dropna().astype("str"), type=pa.large_string())
    return pl.Series("", text)


def require_alike(ids: pl.Series, others: pl.Series, what: str, where: str, kind: str = "an id") -> None:
    """Refuse ids (or other values) that stand among the others' only when they are written as those are."""
    width = int(others.str.len_bytes().max() or 0)  # type: ignore[arg-type] # a length is a whole number
    odd = ids.filter((ids.str.len_bytes() != width) & (ids != "")) if width else ids.clear()
    if not len(odd):
        return
    there = others.unique().implode()
    n = int(odd.str.zfill(width).is_in(there).sum())
    if n:
        raise DesignError(
            f"{what}: {n} row(s) have {kind} that is found in {where} only with zeros in front, lost "
            f"when ids were read as numbers; read them as text (dtype=str), or put the zeros back with "
            f".astype(str).str.zfill({width})."
        )
    n = int(odd.str.replace_all(NO_LETTER, "").str.zfill(width).is_in(there).sum())
    if n:
        raise DesignError(
            f"{what}: {n} row(s) have {kind} that is found in {where} only without hyphens, spaces or "
            "decimals; write it the same way in both, as .str.replace(r'\\.0$|\\W', '', regex=True)"
            f".str.zfill({width}) does."
        )
