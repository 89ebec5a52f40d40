"""Which persons share an answer, so that a release sees when two columns split the same people alike.

A column made of another (levels joined, words for codes) counts the same people under other names, and the
difference of two of its numbers can be a count that is hidden elsewhere.  Only the persons themselves tell.
They are held as numbers in memory beside the counts; none of it is ever written or shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ipseval.core.labels import code_text

if TYPE_CHECKING:
    import pandas as pd

MOST_CODES = 1_000
"""A column of more different values splits people into cells that nobody prints."""


@dataclass(frozen=True, eq=False)
class Answers:
    """One column: the place of each person's answer in `texts`, -1 for none."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class People:
    """Persons as hashes in ascending order, and their answers by column in that order."""

    ids: NDArray[np.uint64]
    answers: Mapping[str, Answers]

    def __repr__(self) -> str:
        """Say how many, never who."""
        return f"<People: {len(self.ids)} persons, {len(self.answers)} columns>"


def person_hashes(ids: pd.Series) -> NDArray[np.uint64]:
    """Give each id a number; the same person has the same in every frame, as text or as number."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(ids.dtype) and not pd.api.types.is_bool_dtype(ids.dtype):
        return np.asarray(pd.util.hash_array(ids.to_numpy(dtype=np.float64)), dtype=np.uint64)
    texts = ids.astype(str).to_numpy(dtype=object)
    return np.asarray(pd.util.hash_array(texts, categorize=False), dtype=np.uint64)


def people_of(frame: pd.DataFrame, id: str | None, columns: Iterable[str]) -> People | None:
    """Note the answers of each person in some columns; None where a person stands in several rows."""
    if id is not None and (frame[id].isna().any() or frame[id].duplicated().any()):
        return None
    ids = np.arange(len(frame), dtype=np.uint64) if id is None else person_hashes(frame[id])
    order = np.argsort(ids)
    there = dict.fromkeys(c for c in columns if c in frame.columns and c != id)
    answers = {column: _answers(frame[column], order) for column in there}
    return People(ids[order], {name: found for name, found in answers.items() if found is not None})


def _answers(column: pd.Series, order: NDArray[Any]) -> Answers | None:
    import pandas as pd

    codes, values = pd.factorize(column)
    if len(values) > MOST_CODES:
        return None
    return Answers(codes.astype(np.int32)[order], tuple(code_text(v) for v in values))
