"""Rows, cells and columns of a model over waves, checked before any number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.repeated_rows import Cells
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a call, and its waves in order of time."""

    score: str
    wave: str
    id: str
    arm: str | None
    covariates: tuple[str, ...]
    waves: tuple[str, ...]

    @property
    def needed(self) -> list[str]:
        """Columns of the working frame that a row must have a value in."""
        return ["y", "arm", *(f"x_{name}" for name in self.covariates)]


def wave_order(column: pd.Series, wave: str, waves: Sequence[Any] | None) -> tuple[str, ...]:
    """Return the waves in order of time: as told, or as numbers, dates or an ordered category run."""
    seen = set(inputs.as_text(column).dropna())
    if waves is not None:
        order = [code_text(w) for w in waves]
        if len(set(order)) != len(order) or any(w not in seen for w in order):
            raise EstimationError(f"waves= must name different waves that {wave!r} has: check the labels.")
    elif isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        order = [code_text(w) for w in column.cat.categories if code_text(w) in seen]
    elif pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        order = [code_text(w) for w in sorted(column.dropna().unique())]
    else:
        raise EstimationError(
            f"wave={wave!r} holds text, whose alphabetical order is not the order in time: give waves=[...]."
        )
    if len(order) < 2:
        raise EstimationError(f"wave={wave!r} and waves= leave {len(order)} wave(s); two or more are needed.")
    return tuple(order)


def working_rows(frame: pd.DataFrame, columns: Columns, *, yes_no: bool) -> tuple[pd.DataFrame, int]:
    """Return one row per person and wave (id, wave, y, arm, covariates), and the persons in the frame."""
    blank = int(frame[columns.id].isna().sum())
    if blank:
        raise EstimationError(f"id={columns.id!r} is missing on {blank} row(s): give every row a person.")
    made = pd.DataFrame(
        {
            "id": pd.factorize(frame[columns.id])[0],
            "wave": inputs.as_text(frame[columns.wave]).to_numpy(),
            "y": inputs.numbers(frame[columns.score], columns.score).to_numpy(),
        }
    )
    made["arm"] = "" if columns.arm is None else inputs.as_text(frame[columns.arm]).to_numpy()
    for name in columns.covariates:
        category = inputs.is_categorical(frame[name], name, {})
        values = inputs.as_text(frame[name]) if category else inputs.numbers(frame[name], name)
        made[f"x_{name}"] = values.to_numpy()
    made = made[made["wave"].isin(columns.waves)]
    _check(made, columns, yes_no=yes_no)
    return made, int(frame[columns.id].nunique())


def _check(made: pd.DataFrame, columns: Columns, *, yes_no: bool) -> None:
    doubled = int(made.duplicated(["id", "wave"]).sum())
    if doubled:
        raise EstimationError(
            f"id={columns.id!r} repeats on {doubled} row(s) within a wave: keep one row per person and wave."
        )
    varying = int((made.groupby("id")["arm"].nunique() > 1).sum())
    if varying:
        raise EstimationError(
            f"arm={columns.arm!r} changes within {varying} person(s): give each person one arm."
        )
    other = int((made["y"].notna() & ~made["y"].isin([0.0, 1.0])).sum())
    if yes_no and other:
        raise EstimationError(
            f"score={columns.score!r} has {other} row(s) that are neither 1 (yes) nor 0 (no): recode them, "
            "or leave kind= out for a score."
        )


def known_rows(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the rows with an answer, an arm and every covariate."""
    return rows.dropna(subset=columns.needed)


def cells_of(known: pd.DataFrame, columns: Columns, *, yes_no: bool) -> Cells:
    """Count answers by arm and wave; refuse a wave without any."""
    arms = tuple(sorted(known["arm"].unique()))
    if columns.arm is not None and len(arms) != 2:
        raise EstimationError(f"arm={columns.arm!r} has {len(arms)} value(s), but two arms are compared.")
    answers = {
        (a, w): known.loc[(known["arm"] == a) & (known["wave"] == w), "y"]
        for a in arms
        for w in columns.waves
    }
    empty = sum(len(y) == 0 for y in answers.values())
    if empty or not arms:
        raise EstimationError(
            f"{empty or len(columns.waves)} wave(s) have no answer to {columns.score!r} (in an arm): "
            "leave them out of waves=."
        )
    persons = {a: int(known.loc[known["arm"] == a, "id"].nunique()) for a in arms}
    alike = frozenset(cell for cell, y in answers.items() if yes_no and y.nunique() == 1)
    events = {cell: int(y.sum()) for cell, y in answers.items()} if yes_no else {}
    return Cells(arms, columns.waves, {c: len(y) for c, y in answers.items()}, persons, events, alike)


def design(known: pd.DataFrame, cells: Cells, columns: Columns) -> tuple[Floats, tuple[tuple[str, str], ...]]:
    """Return the columns of the model (cells, then covariates about their mean) and the covariates' terms.

    A category enters as one column per level but the first; every covariate is centred on its mean over the
    answers analysed, so that the coefficient of a cell is at average covariates.
    """
    place = {cell: k for k, cell in enumerate(cells.fitted)}
    x = np.zeros((len(known), len(place)))
    x[np.arange(len(known)), [place[a, w] for a, w in zip(known["arm"], known["wave"], strict=True)]] = 1.0
    blocks, terms = [x], []
    for name in columns.covariates:
        values = known[f"x_{name}"]
        if pd.api.types.is_numeric_dtype(values.dtype):
            parts = {(name, ""): values.to_numpy(dtype=float)}
        else:
            levels = sorted(values.unique())
            parts = {(name, level): (values == level).to_numpy(dtype=float) for level in levels[1:]}
        for term, column in parts.items():
            blocks.append((column - column.mean())[:, None])
            terms.append(term)
    made = np.hstack(blocks)
    if len(terms) and np.linalg.matrix_rank(made) < made.shape[1]:
        raise EstimationError(
            "covariates= can be written as sums of one another or of the waves and arms: leave one out."
        )
    return made, tuple(terms)


def random_columns(known: pd.DataFrame, columns: Columns, random: str) -> Floats:
    """Return the columns of the random effects: a level, or a level and time."""
    ones = np.ones(len(known))
    if random == "intercept":
        return ones[:, None]
    try:
        times = {w: float(w) for w in columns.waves}
    except ValueError:
        times = {w: float(k) for k, w in enumerate(columns.waves)}
    time = known["wave"].map(times).to_numpy(dtype=float)
    # Scaled to about one, so that both random effects are of one size; the fit does not depend on it.
    return np.column_stack([ones, (time - min(times.values())) / max(np.ptp(list(times.values())), 1e-12)])
