"""Who is in a model: the outcome as zeros and ones, complete rows, and who fell out and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Formula
from ipseval.analysis.formula_design import refuse_infinite
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Note, sample_frame

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows a call works on.

    `frame` holds the formula's columns; `outcome` is 0/1 with NaN where unknown; `complete` marks rows
    without a missing value in any column of the formula.  `ids` numbers the persons where they have
    several rows each, and is None where a row is a person.
    """

    frame: pd.DataFrame
    outcome: Array
    complete: NDArray[np.bool_]
    persons: int
    notes: tuple[Note, ...]
    flow: pd.DataFrame
    ids: NDArray[np.intp] | None = None

    def rows(self, columns: tuple[str, ...], common: bool) -> NDArray[np.bool_]:
        """Mark the rows of a model: complete in everything, or in the outcome and `columns` only."""
        if common:
            return self.complete
        known = ~np.isnan(self.outcome)
        return known & self.frame[list(columns)].notna().all(axis=1).to_numpy(dtype=bool)


def read_sample(
    formula: Formula,
    frame: pd.DataFrame,
    *,
    event: object = None,
    id: str | None = None,
    classes: Array | None = None,
    each: bool = False,
    cluster: str = "",
) -> Sample:
    """Read outcome and complete rows; the caller's frame stays as it is.

    `classes` is an outcome read by the caller already (numbers of classes, NaN where unknown).  With
    `each`, every predictor has a model of its own on the persons it is known of.  Within a `cluster` a
    person may stand in several rows.
    """
    columns = [formula.outcome, *formula.predictors]
    there = list(frame.columns)
    # By place: looking names up in an Index of texts costs as much as a fit of sixty persons.
    used = frame.take([there.index(c) for c in columns], axis=1).reset_index(drop=True)
    refuse_infinite(used)
    ids = _repeated(frame, id, cluster) if id is not None and cluster else None
    persons = _persons(frame, id) if ids is None else int(ids.max()) + 1
    outcome = binary_outcome(used[formula.outcome], formula.outcome, event) if classes is None else classes
    answered = ~np.isnan(outcome)
    have = used.notna().to_numpy(dtype=bool)[:, 1:]
    complete = answered & have.all(axis=1)
    notes = [_dropped("odds_dropped_outcome", formula.outcome, int((~answered).sum()))]
    code = "odds_dropped_each" if each else "odds_dropped_predictor"
    lacking = (answered[:, None] & ~have).sum(axis=0)
    notes += [_dropped(code, c, int(k)) for c, k in zip(formula.predictors, lacking, strict=True)]
    analysed = answered & have.any(axis=1) if each else complete
    flow = sample_frame(
        [
            ("in_frame", "", persons),
            ("odds_outcome_known", "", distinct(answered, ids)),
            ("analysed", "", distinct(analysed, ids)),
        ]
    )
    if ids is not None:
        values = {"rows": int(analysed.sum()), "n": distinct(analysed, ids), "column": cluster}
        notes.append(Note("odds_repeated", values=values))
    return Sample(used, outcome, complete, persons, tuple(n for n in notes if n is not None), flow, ids)


def distinct(mask: NDArray[np.bool_], ids: NDArray[np.intp] | None) -> int:
    """Count the persons among the marked rows."""
    return int(mask.sum()) if ids is None else len(np.unique(ids[mask]))


def _repeated(frame: pd.DataFrame, id: str, cluster: str) -> NDArray[np.intp] | None:
    """Number the persons, or return None where no one stands in two rows."""
    lacking = int(frame[id].isna().sum())
    if lacking or not frame[id].duplicated().any():
        return None
    moved = int((frame.groupby(id)[cluster].nunique() > 1).sum())
    if moved:
        raise EstimationError(
            f"id={id!r} has {moved} person(s) with rows in more than one {cluster!r}; a person's rows must "
            "stand in one cluster, such as the first."
        )
    return np.asarray(pd.factorize(frame[id])[0], dtype=np.intp)


def binary_outcome(series: pd.Series, name: str, event: object = None) -> Array:
    """Turn a two-valued column into 0/1 with NaN where it is missing.

    0/1, False/True and any two values with `event=` are taken; whether both occur is judged later, so
    that an outcome nobody has is a refused row and not an error.
    """
    plain = _plain_zeros_and_ones(series) if event is None else None
    if plain is not None:
        return plain
    values = series.astype(object).to_numpy()
    missing = series.isna().to_numpy(dtype=bool)
    texts = np.array([code_text(_plain(v)) for v in values], dtype=object)
    distinct = set(texts[~missing])
    if event is not None:
        wanted = code_text(_plain(event))
        if len(distinct) > 2:
            raise EstimationError(_not_binary(name, len(distinct)))
        if wanted not in distinct:
            raise EstimationError(
                f"event= for the outcome {name!r} names a value that none of its {int((~missing).sum())} "
                "answered row(s) has; give the code of the event as it stands in the column."
            )
        return np.where(missing, np.nan, (texts == wanted).astype(float))
    if not distinct <= {"0", "1"}:
        if len(distinct) > 2:
            raise EstimationError(_not_binary(name, len(distinct)))
        raise EstimationError(
            f"the outcome {name!r} is not coded 0/1 or False/True in its {int((~missing).sum())} answered "
            "row(s); name the code that is the event with event=."
        )
    return np.where(missing, np.nan, (texts == "1").astype(float))


def _plain_zeros_and_ones(series: pd.Series) -> Array | None:
    """Return a plain numeric or truth column that holds nothing but 0, 1 and gaps, or None."""
    if not isinstance(series.dtype, np.dtype) or series.dtype.kind not in "biuf":
        return None
    values = series.to_numpy(dtype=float)
    return values if bool(((values == 0.0) | (values == 1.0) | np.isnan(values)).all()) else None


def _not_binary(name: str, distinct: int) -> str:
    return (
        f"the outcome {name!r} has {distinct} different values where two were expected; make it 0/1 first (a "
        "plan does so under derived, with in: [the answers that count as yes]), or use ordinal_odds or "
        "multinomial_odds for more than two classes."
    )


def _plain(value: object) -> object:
    if isinstance(value, bool | np.bool_):
        return int(value)
    return value.item() if isinstance(value, np.generic) else value


def _persons(frame: pd.DataFrame, id: str | None) -> int:
    if id is None:
        return len(frame)
    known = frame[id]
    lacking, doubled = int(known.isna().sum()), int(known.duplicated().sum())
    if lacking:
        raise EstimationError(f"id={id!r} is missing in {lacking} row(s); every row needs its person.")
    if doubled:
        raise EstimationError(
            f"id={id!r} repeats in {doubled} row(s) where one row per person was expected; choose one row "
            "per person (such as one wave) first."
        )
    return len(frame)


def _dropped(code: str, column: str, n: int) -> Note | None:
    return Note(code, values={"column": column, "n": n}) if n else None
