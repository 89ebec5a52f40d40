"""Reads times, events, groups, weights and what is independent, from a frame or a design."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import finite_numbers
from ipseval.analysis.formula_design import levels_of, refuse_infinite
from ipseval.analysis.kernels import survival as kernel
from ipseval.analysis.kernels.survival_influence import summed
from ipseval.core.checks import require_columns, require_frame
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Note, sample_frame

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
LEAST_CLUSTERS = 30
"""Below so many clusters or sets in a group robust errors are too small for their reference: 20 and
20 rejected 7 to 8 % of true nulls (docs/measured/effect_verbs.md)."""
ARM = "__treated"


@dataclass(frozen=True)
class Asked:
    """The columns of an analysis and how far it goes."""

    duration: str
    event: str
    by: str | None
    covariates: tuple[str, ...]
    cluster: str | None
    horizon: float | None

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that a row must have."""
        named = [self.duration, self.event, self.by or "", *self.covariates, self.cluster or ""]
        return tuple(dict.fromkeys(c for c in named if c))


@dataclass(frozen=True, eq=False)
class Times:
    """Complete rows: duration, event code, group number, weight.

    `rows` are their positions in `frame`, `needed` the columns they must have; `chosen` says that a design
    picked them.  `units` number what is independent where it is not the persons, `sets` the matched sets
    where they span the clusters named; `robust` says that errors come from influences.
    """

    time: Array
    code: Codes
    group: Codes
    names: tuple[str, ...]
    used: pd.DataFrame
    frame: pd.DataFrame
    horizon: float
    competing: bool
    weights: Array
    units: Codes | None = None
    sets: Codes | None = None
    robust: bool = False
    population: str = ""
    sample: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[Note, ...] = ()
    total: int = 0
    rows: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    needed: tuple[str, ...] = ()
    chosen: bool = False

    def own(self, g: int) -> tuple[Array, Codes, Array]:
        """Times, codes and weights of one group."""
        there = self.group == g
        return self.time[there], self.code[there], self.weights[there]

    def curve(self, g: int) -> kernel.Curve:
        """Return the curve of one group."""
        time, code, weights = self.own(g)
        return kernel.curve(time, code, weights=weights if self.robust else None)

    def fewest(self, g: int | None = None) -> int | None:
        """Count the clusters or sets of a group, or of the group with fewest; None where persons count."""
        if self.units is None:
            return None
        groups = range(len(self.names)) if g is None else (g,)
        return min(len(np.unique(self.units[self.group == k])) for k in groups)

    def few(self, g: int | None = None) -> bool:
        """Say whether there are too few clusters for robust errors."""
        found = self.fewest(g)
        return found is not None and found < LEAST_CLUSTERS

    def df(self, g: int | None = None) -> float:
        """Degrees of freedom of robust errors: the fewest clusters or sets less one; infinite for persons."""
        found = self.fewest(g)
        return float("inf") if found is None else found - 1.0

    def spread(self, influence: Array, g: int | None = None) -> Array:
        """Return the errors of estimates from everybody's, or one group's, influence on them (n x k)."""
        there = np.ones(len(self.time), dtype=bool) if g is None else self.group == g
        units = np.arange(int(there.sum())) if self.units is None else self.units[there]
        variance = np.diag(summed(influence, units))
        if self.sets is not None:
            sets = self.sets[there]
            both = np.unique(np.column_stack([units, sets]), axis=0, return_inverse=True)[1].reshape(-1)
            more = np.diag(summed(influence, sets)) - np.diag(summed(influence, both.astype(np.intp)))
            variance = variance + np.maximum(more, 0.0)
        return np.asarray(np.sqrt(variance))

    def count(self) -> int:
        """Count the clusters or sets; 0 where persons count."""
        return 0 if self.units is None else len(np.unique(self.units))


def times_of(source: pd.DataFrame | Design, asked: Asked, data: pd.DataFrame | None, id: str | None) -> Times:
    """Read complete rows; who is left out is counted in `sample` and told in `notes`."""
    if isinstance(source, Design):
        return _of_design(source, asked, data, id)
    if data is not None:
        raise EstimationError("data= goes with a design only; with a frame leave it out.")
    require_frame(source, error=EstimationError)
    if id is not None:
        require_columns(source, [id], argument="id")
        doubled = int(source[id].duplicated().sum())
        if doubled:
            raise EstimationError(f"id={id!r} repeats in {doubled} row(s); give one row per person.")
    return _read(source, asked)[0]


def _of_design(design: Design, asked: Asked, data: pd.DataFrame | None, id: str | None) -> Times:
    if asked.by not in (None, design.treatment):
        raise DesignError(f"by= is the design's own ({design.treatment!r}); leave it out.")
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    if design.pairs is not None:
        raise DesignError(
            "this design uses controls more than once, and time_to_event has no valid error for that; match "
            "without replacement, use weights, or ips.effect on the share with the event by a fixed time."
        )
    asked = replace(asked, by=ARM)
    require_columns(frame, [c for c in asked.needed if c != ARM], argument="duration, event and covariates")
    if design.treatment in (asked.duration, asked.event, *asked.covariates):
        raise DesignError(f"{design.treatment!r} is the treatment of the design; name other columns.")
    used = np.flatnonzero(design.weight > 0)
    named = [c for c in asked.needed if c != ARM]
    rows = design.rows_in(frame, id)[used]
    part = frame[named].iloc[rows].assign(**{ARM: design.d[used].astype(int)})
    found, complete = _read(part, asked)
    kept = used[complete]
    subclass = np.asarray(pd.factorize(design.subclass[kept])[0], dtype=np.intp)
    units, sets = found.units, None
    if design.kind == "match" and units is None:
        units = subclass
    elif design.kind == "match" and units is not None:
        cells = len(np.unique(np.column_stack([subclass, units]), axis=0))
        sets = subclass if cells > int(subclass.max()) + 1 else None
    steps = found.sample[found.sample["step"] != "in_frame"]
    return replace(
        found, frame=frame, weights=design.weight[kept], units=units, sets=sets, robust=True,
        population=design.population, total=design.total,
        used=found.used.rename(columns={ARM: design.treatment}),
        sample=pd.concat([design.sample, steps], ignore_index=True),
        notes=(*design.notes, *found.notes, *design.broken_sets(kept), Note("time_weights_known")),
        rows=rows[complete],
        needed=tuple(named), chosen=True,
    )  # fmt: skip


def _read(frame: pd.DataFrame, asked: Asked) -> tuple[Times, NDArray[np.intp]]:
    """Return the complete rows and where they stand."""
    needed, duration, event = asked.needed, asked.duration, asked.event
    require_columns(frame, needed, argument="duration, event, by, cluster and covariates")
    refuse_infinite(frame, tuple(c for c in needed if c != asked.cluster))
    known = frame[list(needed)].notna().to_numpy(dtype=bool)
    complete = np.flatnonzero(known.all(axis=1))
    used = frame.iloc[complete]
    time, code = _times_and_codes(used, duration, event)
    levels = levels_of(used[asked.by]) if asked.by else []
    names = tuple(code_text(v) for v in levels) or ("",)
    group = np.zeros(len(used), dtype=np.intp)
    for g, value in enumerate(levels):
        group[(used[asked.by] == value).to_numpy(dtype=bool)] = g
    longest = min(float(time[group == g].max()) for g in range(len(names)))
    end = longest if asked.horizon is None else float(asked.horizon)
    if not 0 < end <= longest:
        raise EstimationError(
            f"horizon={end:g} must be above 0 and at most {longest:g}, which every group was followed to."
        )
    notes = tuple(
        Note("effect_dropped", values={"column": c, "n": int((~k).sum())})
        for c, k in zip(needed, known.T, strict=True)
        if not k.all()
    )
    units = None
    if asked.cluster:
        units = np.asarray(pd.factorize(used[asked.cluster])[0], dtype=np.intp)
    flow = [("in_frame", "", len(frame))]
    flow += [("analysed", name, int((group == g).sum())) for g, name in enumerate(names) if name]
    flow.append(("analysed", "", len(used)))
    times = Times(
        time, code, group, names, used, frame, end, bool((code > 1).any()), np.ones(len(used)), units,
        robust=units is not None, sample=sample_frame(flow), notes=notes, total=len(frame),
        rows=np.asarray(complete, dtype=np.intp), needed=needed,
    )  # fmt: skip
    return times, complete


def _times_and_codes(used: pd.DataFrame, duration: str, event: str) -> tuple[Array, Codes]:
    time = finite_numbers(used, duration, argument="duration")
    codes = finite_numbers(used, event, argument="event")
    below, odd = time < 0, (codes < 0) | (codes % 1 != 0)
    for bad, what in (
        (below, f"duration={duration!r} below 0"),
        (odd, f"event={event!r} that is no whole number from 0 up"),
    ):
        if bad.any():
            raise EstimationError(f"{int(bad.sum())} row(s) have {what}; correct or leave them out.")
    if not (codes == 1).any():
        raise EstimationError(f"event={event!r} is 1 in no row; code the event of interest as 1.")
    return time, codes.astype(np.intp)
