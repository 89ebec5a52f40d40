"""Dated events and things that hold from a date on, seen from the day before the index date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.outcomes.calendar import known_dates
from ipseval.outcomes.ids import require_same_ids

DAYS_IN_YEAR = 365.25


@dataclass(frozen=True, eq=False)
class Dated:
    """Index dates, the dated events to count, and the dated values of which the last one holds."""

    dates: pd.Series
    index: str
    id: str
    events: Mapping[str, pd.DataFrame]
    latest: Mapping[str, pd.DataFrame]

    def of(self, ids: pd.Series, years: Sequence[int]) -> dict[str, Any]:
        """Give the columns of the persons `ids` (or their parents), one per index date."""
        day = known_dates(self.dates, f"index={self.index!r}")
        found: dict[str, Any] = {}
        for name, frame in self.events.items():
            require_columns(frame, [self.id, "date"], argument=f"events[{name!r}]", error=DesignError)
            row, before, _ = _met(frame, ids, day, self.id, f"events[{name!r}]: 'date'")
            for k in years:
                inside = before <= DAYS_IN_YEAR * k
                found[f"{name}_{k}y"] = np.bincount(row[inside], minlength=len(ids))
            found[f"{name}_ever"] = np.bincount(row, minlength=len(ids))
        for name, frame in self.latest.items():
            require_columns(
                frame, [self.id, "date", "value"], argument=f"latest[{name!r}]", error=DesignError
            )
            found[name] = _last(frame, ids, day, self.id, name)
        return found


def _met(
    frame: pd.DataFrame, ids: pd.Series, day: NDArray[np.datetime64], id: str, what: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give row of the person, days before the index date, and row of the frame; only what lies before."""
    dates = known_dates(frame["date"], what, empty=True)
    # One id can stand for several rows here: two siblings share a mother.
    require_same_ids(frame[id], ids, what.split(":")[0])
    rows = pd.DataFrame({"id": ids.astype(str).to_numpy(), "row": np.arange(len(ids))})
    stated = pd.DataFrame(
        {"id": frame[id].astype(str).to_numpy(), "date": dates, "place": np.arange(len(frame))}
    )
    met = rows.merge(stated.dropna(subset=["date"]), on="id")
    row = met["row"].to_numpy()
    days = met["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    before = day.astype(np.int64)[row] - days
    kept = before > 0
    return row[kept], before[kept], met["place"].to_numpy()[kept]


def _last(frame: pd.DataFrame, ids: pd.Series, day: NDArray[np.datetime64], id: str, name: str) -> Any:
    """Give the value of the last date before the index date; two different ones on one date are refused."""
    row, before, place = _met(frame, ids, day, id, f"latest[{name!r}]: 'date'")
    values = frame["value"].to_numpy()
    order = np.lexsort((place, before, row))
    row, before, place = row[order], before[order], place[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = row[1:] != row[:-1]
    twin = np.zeros(len(row), dtype=bool)
    twin[1:] = ~first[1:] & (before[1:] == before[:-1]) & first[:-1]
    strange = int((values[place[twin]] != values[place[np.flatnonzero(twin) - 1]]).sum())
    if strange:
        raise DesignError(
            f"latest[{name!r}]: {strange} person(s) have two different values on one date; keep one of them."
        )
    numbers = pd.api.types.is_numeric_dtype(frame["value"])
    found = np.full(len(ids), np.nan, dtype=float if numbers else object)
    found[row[first]] = values[place[first]]
    return found
