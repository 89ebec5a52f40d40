"""Two arms with weights and units, from a frame or a design, for verbs that need more than a mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects import gate
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.estimators import difference
from ipseval.analysis.effects.inference import t_fields
from ipseval.analysis.effects.inputs import Arms, Named, read_arms
from ipseval.analysis.kernels.cluster import Contrast, cr2
from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Note

Array = NDArray[np.float64]
INNER = "__treated"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Outcome (NaN where unknown), arm, weight and unit of each row.

    `rows` are positions in `frame`; `units` are what is independent: clusters where named, matched sets in a
    matched design, else persons; `clusters` is None where units are persons, and `sets` says that they are
    matched sets.
    """

    y: Array
    d: Array
    weights: Array
    units: NDArray[np.intp]
    clusters: NDArray[np.intp] | None
    persons: NDArray[np.intp]
    sample: pd.DataFrame
    notes: tuple[Note, ...]
    total: int
    population: str
    estimand: str
    frame: pd.DataFrame
    rows: NDArray[np.intp]
    sets: bool = False

    def count(self, arm: int | None = None) -> int:
        """Distinct persons, of one arm or of both."""
        return len(np.unique(self.persons if arm is None else self.persons[self.d == arm]))


def comparison_of(
    source: pd.DataFrame | Design,
    *,
    outcome: str,
    treatment: str | None,
    cluster: str | None,
    data: pd.DataFrame | None,
    id: str | None,
    unknown: bool = False,
) -> Comparison:
    """Join the outcome to a design, or read both arms from a frame; `unknown` keeps rows without outcome."""
    if isinstance(source, Design):
        return _of_design(source, outcome, cluster, data, id, unknown=unknown)
    if treatment is None or data is not None:
        raise EstimationError("treatment= is needed with a frame, and data= only goes with a design.")
    columns = list(dict.fromkeys([outcome, treatment, *(c for c in (cluster, id) if c)]))
    require_columns(source, columns, argument="outcome, treatment, cluster and id")
    part = source[columns]
    arms, missing = _read(part, Named(outcome, treatment, (), cluster or "", "", id or ""), unknown=unknown)
    units = arms.persons if arms.clusters is None else arms.clusters
    y = np.where(missing, np.nan, arms.y)
    return Comparison(
        y, arms.d, np.ones(len(y)), units, arms.clusters, arms.persons, arms.sample, arms.notes, arms.total,
        "population_att", "ATT", source, arms.rows,
    )  # fmt: skip


def _of_design(
    design: Design, outcome: str, cluster: str | None, data: pd.DataFrame | None, id: str | None, *,
    unknown: bool,
) -> Comparison:  # fmt: skip
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    if design.pairs is not None:
        raise DesignError(
            "this design uses controls more than once, and errors summed over sets are not valid then; use "
            "ips.effect on the mean or the share (it has Abadie and Imbens' errors), or make the design "
            "without replacement, by full matching or by weights."
        )
    columns = list(dict.fromkeys([outcome, *([cluster] if cluster else [])]))
    require_columns(frame, columns, argument="outcome and cluster")
    if outcome == design.treatment:
        raise DesignError(f"outcome={outcome!r} is the treatment of the design; name another.")
    used = np.flatnonzero(design.weight > 0)
    place = design.rows_in(frame, id)[used]
    part = frame[columns].iloc[place].copy()
    part[INNER] = design.d[used]
    arms, missing = _read(part, Named(outcome, INNER, (), cluster or ""), unknown=unknown)
    kept = used[arms.rows]
    clusters = arms.clusters
    if clusters is None and design.kind == "match":
        clusters = np.asarray(pd.factorize(design.subclass[kept])[0], dtype=np.intp)
    sample = pd.concat([design.sample, arms.sample[arms.sample["step"] != "in_frame"]], ignore_index=True)
    notes = (*design.notes, *arms.notes, *design.broken_sets(kept))
    return Comparison(
        np.where(missing, np.nan, arms.y), arms.d, design.weight[kept],
        arms.persons if clusters is None else clusters, clusters, arms.persons, sample,
        notes, design.total, design.population, design.estimand, frame, place[arms.rows],
        arms.clusters is None and design.kind == "match",
    )  # fmt: skip


def _read(part: pd.DataFrame, named: Named, *, unknown: bool) -> tuple[Arms, NDArray[np.bool_]]:
    require_numbers(part, [named.outcome], argument="outcome")
    missing = part[named.outcome].isna().to_numpy(dtype=bool)
    if not unknown:
        arms = read_arms(part, named)
        return arms, np.zeros(len(arms.y), dtype=bool)
    if missing.any():
        part = part.assign(**{named.outcome: part[named.outcome].where(~missing, 0).astype(float)})
    arms = read_arms(part, named)
    # Those without an outcome are analysed here, so the flow has no step of known outcomes.
    sample = arms.sample[arms.sample["step"] != "effect_outcome_known"].reset_index(drop=True)
    return replace(arms, sample=sample), missing[arms.rows]


def gap(c: Comparison, values: Array, keep: NDArray[np.bool_] | None = None) -> Contrast:
    """Weighted mean of the treated minus that of the controls, with CR2 over the units."""
    mask = np.ones(len(values), dtype=bool) if keep is None else keep
    solved = difference(values[mask], c.d[mask], c.weights[mask])
    units = np.asarray(pd.factorize(c.units[mask])[0], dtype=np.intp)
    return cr2(solved.fit, units, solved.difference)


def judged(
    c: Comparison, found: Contrast, question: str, level: float
) -> tuple[gate.Verdict, dict[str, Any]]:
    """Ask the gate whether these errors are valid here; the values are those its sentences need."""
    s = gate.situation_of(question, level, c.d, c.clusters, found.df)
    values = gate.told(s)
    verdict = gate.judge(s, "cr2" if s.clusters and question == "taking_part" else "auto")
    if verdict.chosen == "randomisation":
        # Placements test a difference of means only; what stands here is more than that.
        verdict = gate.judge(s, "cr2")
    if verdict.chosen == "cr2":
        verdict = replace(verdict, reason="gate_matched_sets" if c.sets else "gate_cr2")
    return verdict, values


def attainable_of(c: Comparison, found: Contrast, question: str, level: float) -> pd.DataFrame:
    """Table what the clusters can show at most."""
    return gate.attainable(gate.situation_of(question, level, c.d, c.clusters, found.df))


def fields(estimate: float, found: Contrast, level: float) -> dict[str, Any]:
    """Return estimate, error, limits, t, df and p."""
    return {"estimate": estimate} | t_fields(estimate, found, level)
