"""A design: who is compared with whom, settled before anybody has looked at the outcome."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.kernels.weights import Weights
from ipseval.core.errors import DesignError
from ipseval.core.result import Note, Result

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Design:
    """Rows of a comparison with their weights; it holds the id and the formula's columns, never an outcome.

    Attributes
    ----------
    kind, method, estimand
        "match" or "weight", how, and for whom the effect is ("ATT", "ATC", "ATE", "ATO"); `population` is the
        code that says which population that is after treated people were dropped.
    treatment, id, settings
        The treatment's column, the person column ("" where rows are persons) and the options used.
    ids, d, full, names
        Per row of the frame it was made from: id (None where there is none), arm (0/1), a one and the
        covariates (n x (1 + p)), and the covariates' names; `x` is the covariates alone.
    weight, score, subclass
        Per row: weight (0 is not in the comparison), log odds of treatment, set number (-1 in none).
    pairs
        Matching with replacement: positions of treated and control, else None.
    estimated
        Weighting: what is needed for errors that know the weights were estimated, else None.
    """

    kind: str
    method: str
    estimand: str
    population: str
    treatment: str
    id: str
    settings: dict[str, Any]
    ids: pd.Series | None
    d: Array
    full: Array
    names: tuple[str, ...]
    strata: NDArray[np.intp]
    weight: Array
    score: Array
    subclass: NDArray[np.intp]
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]] | None
    estimated: Weights | None
    kept: NDArray[np.intp]
    sample: pd.DataFrame
    notes: tuple[Note, ...]
    total: int
    _frame: Any = field(default=None, repr=False)

    @property
    def x(self) -> Array:
        """The covariates (n x p)."""
        return self.full[:, 1:]

    def balance(self, *, squares: bool = False, by: str = "", data: pd.DataFrame | None = None) -> Result:
        """Compare the arms before and after: see `ipseval.analysis.effects.balance.balance`."""
        from ipseval.analysis.effects.balance import balance

        return balance(self, squares=squares, by=by, data=data)

    def __repr__(self) -> str:
        """Say what it is in one line, without a person."""
        used = self.weight > 0
        return (
            f"<Design {self.kind} ({self.method}, {self.estimand}): "
            f"{int((used & (self.d == 1)).sum())} treated, "
            f"{int((used & (self.d == 0)).sum())} controls>"
        )

    def frame_at_hand(self) -> pd.DataFrame | None:
        """Return the frame it was made from where somebody still holds it; the design itself does not."""
        found = None if self._frame is None else self._frame()
        return found if isinstance(found, pd.DataFrame) else None

    def rows_in(self, frame: pd.DataFrame, id: str | None) -> NDArray[np.intp]:
        """Return, for each row of the design, its row in `frame`; unmatched ids are refused.

        Without an id the frame must be the one the design was made from, in its order.
        """
        if self.ids is None:
            same = len(frame) == self.total and self.treatment in frame.columns
            arms = frame[self.treatment] if same else pd.Series(dtype=float)
            # What is no number is no arm, and nothing of it is told.
            coded = pd.to_numeric(arms, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            if not same or not (coded[self.kept] == self.d).all():
                raise DesignError(
                    "data= is not the frame that the design was made from (other rows or another treatment); "
                    "make the design with id= to join by person."
                )
            return self.kept
        column = id or self.id
        if column not in frame.columns:
            raise DesignError(f"id={column!r} is not a column of data=; name the person column.")
        place = pd.Index(frame[column])
        if not place.is_unique:
            doubled = int(place.duplicated().sum())
            raise DesignError(f"id={column!r} repeats in {doubled} row(s) of data=; give one row per person.")
        rows = np.asarray(place.get_indexer(pd.Index(self.ids)), dtype=np.intp)
        lost = int(((rows < 0) & (self.weight > 0)).sum())
        if lost:
            raise DesignError(
                f"id={column!r}: {lost} person(s) of the design are not in data=; give each of them a row, "
                "with a missing outcome where it is unknown."
            )
        return rows

    def broken_sets(self, kept: NDArray[np.intp]) -> tuple[Note, ...]:
        """Tell how many matched sets have one arm left among the rows `kept`."""
        if self.kind != "match" or self.pairs is not None:
            return ()
        sets, d, count = self.subclass[kept], self.d[kept], int(self.subclass.max()) + 1
        one, other = (np.bincount(sets[d == arm], minlength=count) > 0 for arm in (1.0, 0.0))
        broken = int((one ^ other).sum())
        return (Note("design_sets_broken", values={"n": broken, "all": count}),) if broken else ()


def held(frame: pd.DataFrame) -> Any:
    """Return a reference that lets the frame go when nobody else holds it."""
    return weakref.ref(frame)
