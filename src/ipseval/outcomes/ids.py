"""Finding persons of one frame in another by their ids, where zeros in front may have been lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ipseval.core.errors import DesignError


def places_of(stated: pd.Series, ids: pd.Series, argument: str, whose: str = "people") -> pd.Series:
    """Give the row among `ids` of each person stated in another frame, missing for who is not there.

    Strangers are usual, so an id that lost its zeros would pass for one without a word; it is refused.
    """
    row: pd.Series = stated.astype(str).map(pd.Series(np.arange(len(ids)), index=ids.astype(str)))
    _require_same(stated, ids, argument, stated[row.isna()], whose)
    return row


def require_same_ids(stated: pd.Series, ids: pd.Series, argument: str) -> None:
    """Do the same where one id may stand in several rows of people: two siblings share a mother."""
    own = stated.dropna().astype(str)
    _require_same(stated, ids, argument, own[~own.isin(ids.astype(str))], "people")


def _require_same(stated: pd.Series, ids: pd.Series, argument: str, strangers: pd.Series, whose: str) -> None:
    require_text_ids(stated, argument)
    require_text_ids(ids, whose)
    require_zeros(strangers, ids, f"{argument}: {stated.name!r}", whose)
    require_zeros(ids, strangers, f"{whose}: {ids.name!r}", argument)


def require_text_ids(ids: pd.Series, argument: str) -> None:
    """Refuse ids that are numbers with decimals: a number with an empty cell below it becomes one."""
    if pd.api.types.is_float_dtype(ids):
        raise DesignError(
            f"{argument}: {ids.name!r} holds numbers with decimals, and a person's id is text; read it as "
            "text (dtype=str), since zeros in front count."
        )


def require_zeros(ids: pd.Series, others: pd.Series, what: str, where: str) -> None:
    """Refuse ids that stand among the others' only when zeros are put in front."""
    text, there = ids.dropna().astype(str), others.dropna().astype(str)
    width = int(there.str.len().max()) if len(there) else 0
    short = text[text.str.len().between(1, width - 1)]
    n = int(short.str.zfill(width).isin(there).sum()) if len(short) else 0
    if n:
        raise DesignError(
            f"{what}: {n} row(s) have an id that is found in {where} only with zeros in front, lost "
            f"when ids were read as numbers; read them as text (dtype=str), or put the zeros back with "
            f".astype(str).str.zfill({width})."
        )
