"""Reads cost, effect, arm, weights and what is resampled together, from a frame or a design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import Named, read_arms
from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import DesignError
from ipseval.core.result import Note

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Joined:
    """Complete rows: `y` (n, costs and the effect last), arm, covariates, weights, resampled units."""

    y: Array
    d: Array
    x: Array
    weights: Array
    units: NDArray[np.intp]
    sample: pd.DataFrame
    notes: tuple[Note, ...]
    total: int
    estimand: str
    population: str
    frame: pd.DataFrame
    rows: NDArray[np.intp]
    """Positions in `frame`."""

    @property
    def n(self) -> int:
        """Persons analysed."""
        return len(self.d)

    def n_in(self, arm: int) -> int:
        """Persons analysed in one arm."""
        return int((self.d == arm).sum())


def join_frame(
    frame: pd.DataFrame,
    columns: Sequence[str],
    treatment: str,
    covariates: tuple[str, ...],
    cluster: str | None,
    id: str | None,
) -> Joined:
    """Read from one frame; rows must be persons."""
    _refuse_repeated(frame, id)
    require_columns(frame, list(columns), argument="cost= and effect")
    require_numbers(frame, list(columns), argument="cost= and effect")
    known = np.flatnonzero(frame[list(columns)].notna().all(axis=1).to_numpy())
    complete = frame.iloc[known]
    arms = read_arms(complete, Named(columns[-1], treatment, covariates, cluster or "", "", id or ""))
    used = complete.iloc[arms.rows]
    dropped = len(frame) - len(complete)
    notes = (*([Note("cost_dropped", values={"n": dropped})] if dropped else []), *arms.notes)
    units = np.arange(len(arms.d), dtype=np.intp) if arms.clusters is None else arms.clusters
    y = used[list(columns)].to_numpy(dtype=float)
    return Joined(
        y, arms.d, arms.x, arms.weights, units, arms.sample, notes, len(frame), "ATT", "population_att",
        frame, known[arms.rows],
    )  # fmt: skip


def join_design(
    design: Design, columns: Sequence[str], cluster: str | None, data: pd.DataFrame | None, id: str | None
) -> Joined:
    """Join cost and effect to a design; its sets are resampled where it has them."""
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    require_columns(frame, [*columns, *([cluster] if cluster else [])], argument="cost= and effect")
    if cluster is None and design.kind == "match" and design.pairs is not None:
        raise DesignError(
            "matching with replacement has no sets to resample; give cluster=, or match without replacement."
        )
    rows = design.rows_in(frame, id)
    used = np.flatnonzero(design.weight > 0)
    part = frame.iloc[rows[used]].copy()
    part["__treated"] = design.d[used]
    joined = join_frame(part, columns, "__treated", (), cluster, None)
    kept = used[part[list(columns)].notna().all(axis=1).to_numpy()]
    units = joined.units
    if cluster is None and design.kind == "match":
        units = np.asarray(pd.factorize(design.subclass[kept])[0], dtype=np.intp)
    held = (Note("cost_weights_held"),) if design.kind == "weight" else ()
    sample = pd.concat([design.sample, joined.sample[joined.sample["step"] != "in_frame"]], ignore_index=True)
    notes = (*design.notes, *held, *joined.notes)
    return Joined(
        joined.y, joined.d, joined.x, design.weight[kept], units, sample, notes,
        design.total, design.estimand, design.population, frame, rows[used][joined.rows],
    )  # fmt: skip


def _refuse_repeated(frame: pd.DataFrame, id: str | None) -> None:
    if id is None:
        return
    require_columns(frame, [id], argument="id")
    doubled = int(frame[id].duplicated().sum())
    if doubled:
        raise DesignError(f"id={id!r} repeats in {doubled} row(s); cost and effect need one row per person.")
