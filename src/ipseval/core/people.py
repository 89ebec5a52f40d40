"""Which persons share an answer, so that a release sees when two columns split the same people alike.

A column made of another (levels joined, words for codes) counts the same people under other names, and the
difference of two of its numbers can be a count that is hidden elsewhere.  Only the persons themselves tell.
They are held as numbers in memory beside the counts; none of it is ever written or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.labels import code_text

if TYPE_CHECKING:
    import pandas as pd

MOST_CODES = 10_000
"""Of a column of more different values only who answered is known."""
ANY = "\x1d"
"""The text of any of so many values."""


@dataclass(frozen=True, eq=False)
class Answers:
    """One column: the place of each person's answer in `texts`, -1 for none."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]

    def __repr__(self) -> str:
        """Say how many, never what."""
        return f"<Answers: {len(self.codes)} persons, {len(self.texts)} codes>"


@dataclass(frozen=True, eq=False)
class People:
    """Persons as hashes in ascending order, and their answers by column in that order.

    Where a person stands in a row per code of `by` (a wave), each column is there once per code, named by
    `in_wave`, and so is `by` itself: who has a row.
    """

    ids: NDArray[np.uint64]
    answers: Mapping[str, Answers]
    by: str = ""

    def __repr__(self) -> str:
        """Say how many, never who."""
        return f"<People: {len(self.ids)} persons, {len(self.answers)} columns>"


ZERO = np.uint64(0x9E3779B97F4A7C15)
LARGE = 1e15
"""Numbers from here on are not all told apart as floats."""
WHOLE = 2**64
"""Sums of hashes begin anew here."""


def person_hashes(ids: pd.Series) -> NDArray[np.uint64]:
    """Give each id a number; the same person has the same in every frame, as text or as number."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(ids.dtype) and not pd.api.types.is_bool_dtype(ids.dtype):
        numbers = ids.to_numpy(dtype=np.float64)
        hashes = np.asarray(pd.util.hash_array(numbers), dtype=np.uint64)
        # The hash of 0 is 0, and would add nobody to the sum of a cell.
        hashes = np.where(hashes == 0, ZERO, hashes)
        large = np.abs(numbers) >= LARGE
        if large.any():
            hashes[large] = _text_hashes(ids[large].astype(str))
        return hashes
    texts = ids.astype(str)
    hashes = _text_hashes(texts)
    # Digits that begin with no zero are the number that they are in another frame.
    digits = texts.str.fullmatch(r"[1-9]\d{0,14}|0").to_numpy(dtype=bool)
    if digits.any():
        hashes[digits] = person_hashes(texts[digits].astype(np.float64))
    return hashes


def _text_hashes(texts: pd.Series) -> NDArray[np.uint64]:
    import pandas as pd

    return np.array(pd.util.hash_array(texts.to_numpy(dtype=object), categorize=False), dtype=np.uint64)


def people_of(frame: pd.DataFrame, id: str | None, columns: Iterable[str]) -> People | None:
    """Note the answers of each person in some columns; None where a person stands in several rows."""
    there = dict.fromkeys(c for c in columns if c in frame.columns and c != id)
    coded = {column: coded_answers(frame[column]) for column in there}
    return people_of_codes(len(frame), None if id is None else frame[id], coded)


def people_by_wave(frame: pd.DataFrame, id: str, by: str, columns: Iterable[str]) -> People | None:
    """The same of persons who stand in one row per code of `by`; None where they stand in several."""
    import pandas as pd

    known = frame[frame[by].notna()]
    if frame[id].isna().any() or known.duplicated([id, by]).any():
        return None
    ids = frame[id].drop_duplicates()
    made: dict[str, Any] = {}
    for wave, rows in known.groupby(by, observed=True, sort=False):
        own = rows.set_index(id)
        there = pd.Series("1", index=own.index)
        for column in dict.fromkeys((by, *columns)):
            values = there if column == by else own[column]
            made[in_wave(column, code_text(wave))] = coded_answers(values.reindex(ids).reset_index(drop=True))
    found = people_of_codes(len(ids), ids, made)
    return None if found is None else replace(found, by=by)


def in_wave(column: str, wave: str) -> str:
    """Name a column in one wave of long data, as the reader of a change knows it."""
    return f"{column} {wave}"


def coded_answers(column: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    """Each row's place in the texts of a column, -1 for none; of too many, whether there is one."""
    import pandas as pd

    codes, values = pd.factorize(column)
    if len(values) > MOST_CODES:
        return np.where(codes >= 0, 0, -1).astype(np.intp), [ANY]
    return np.asarray(codes, dtype=np.intp), [code_text(v) for v in values]


def people_of_codes(
    n: int, ids: pd.Series | None, coded: Mapping[str, tuple[NDArray[Any], Sequence[str]]]
) -> People | None:
    """The same from columns that are codes already: place of each row's answer, and the texts."""
    import pandas as pd

    if ids is not None and (ids.isna().any() or ids.duplicated().any()):
        return None
    # Places as they are would add up alike: 1 + 4 is 2 + 3.
    hashes = person_hashes(pd.Series(range(n)) if ids is None else ids)
    order = np.argsort(hashes)
    answers = {
        name: Answers(codes.astype(np.int32)[order], tuple(texts)) for name, (codes, texts) in coded.items()
    }
    return People(hashes[order], answers)
