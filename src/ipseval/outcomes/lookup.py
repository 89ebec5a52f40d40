"""Finding persons among many by their ids, batch after batch, with the table of ids made once."""

from __future__ import annotations

from threading import Lock

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from ipseval.core.errors import DesignError
from ipseval.outcomes.ids import require_alike, require_text_ids

Ints = NDArray[np.int64]
PIECE = 262_144


class Lookup:
    """Where each of some ids stands; built at the first question that needs it.

    The ids stay the caller's own text until then.  Ids that come in the same order as here, batch after
    batch, are only compared.  Others are found by the sorted hashes of their text, and every hit is held
    against the text itself.  Ids that are written otherwise than those asked for are refused.
    """

    def __init__(self, ids: pd.Series) -> None:
        require_text_ids(ids, "people")
        self.what = f"people: {ids.name!r}"
        self.odd: dict[int, pl.Series] = {}
        self.given = pa.chunked_array([], type=pa.large_string())
        if len(ids):
            text = pa.array(ids.astype("str"), type=pa.large_string())
            self.given = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text])
        self.seed = 0
        self.hashes: NDArray[np.uint64] | None = None
        self.lock = Lock()
        self.order: NDArray[np.uint32] = np.empty(0, dtype=np.uint32)

    def places(self, wanted: pl.Series, done: int) -> Ints:
        """Give the place of each wanted id, -1 for who is not here; `done` ids were asked before."""
        if done + len(wanted) <= len(self.given):
            here = pl.Series("", self.given.slice(done, len(wanted)))
            if wanted.equals(here):
                return np.arange(done, done + len(wanted))
        hashes = self._table()
        if not len(hashes):
            return np.full(len(wanted), -1, dtype=np.int64)
        asked = wanted.hash(self.seed).to_numpy()
        # Neighbours in the table are asked for one after another, since it does not fit in the cache.
        turn = np.argsort(asked)
        at = np.empty(len(asked), dtype=np.int64)
        at[turn] = np.minimum(np.searchsorted(hashes, asked[turn]), len(hashes) - 1)
        place = self.order[at].astype(np.int64)
        same = (pl.Series("", self.given.take(pa.array(place))) == wanted).fill_null(False).to_numpy()
        if not same.all():
            require_alike(self._unlike(wanted), wanted, self.what, "DREAM")
        return np.where(same, place, -1)

    def _unlike(self, wanted: pl.Series) -> pl.Series:
        """Give the ids of another length than those asked for, looked for once."""
        width = int(wanted.str.len_bytes().max() or 0)  # type: ignore[arg-type] # a length is a whole number
        if width not in self.odd:
            given = pl.Series("", self.given)
            self.odd[width] = given.filter(given.str.len_bytes() != width)
        return self.odd[width]

    def _table(self) -> NDArray[np.uint64]:
        with self.lock:  # two threads may ask at once, and one table is enough
            while self.hashes is None:
                hashes = self._hashed()
                order = np.argsort(hashes).astype(np.uint32)
                hashes = hashes[order]
                if (hashes[1:] == hashes[:-1]).any() and not pl.Series("", self.given).is_duplicated().any():
                    self.seed += 1  # two ids with one hash: they part under another
                    continue
                self.order, self.hashes = order, hashes
            return self.hashes

    def _hashed(self) -> NDArray[np.uint64]:
        """Hash the ids piece by piece: as a column of their own they would be held twice."""
        pieces = [self.given.slice(at, PIECE) for at in range(0, len(self.given), PIECE)]
        hashes = [pl.Series("", piece).hash(self.seed).to_numpy() for piece in pieces]
        return np.concatenate(hashes) if hashes else np.empty(0, dtype=np.uint64)


def require_once(people: pd.DataFrame, id: str) -> None:
    """Refuse a person who stands twice."""
    ids = pl.Series("pnr", pl.from_pandas(people[id].astype("str")))
    in_order = (ids.slice(1) > ids.slice(0, max(len(ids) - 1, 0))).all()  # quicker to see than to hash all
    doubled = 0 if in_order else len(ids) - ids.n_unique()
    if doubled:
        raise DesignError(
            f"people: {doubled} row(s) repeat a person in {id!r}; one row per person is needed."
        )
