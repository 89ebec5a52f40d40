"""The outcome joined to a design that had never seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.evidence import design_evidence
from ipseval.analysis.effects.inference import Task
from ipseval.analysis.effects.inputs import Arms, Named, finite_numbers, read_arms
from ipseval.analysis.effects.means import means_of
from ipseval.analysis.effects.plan import Plan
from ipseval.analysis.effects.rows import result_of
from ipseval.analysis.kernels.matching_error import abadie_imbens
from ipseval.analysis.kernels.weights import Weights, influence
from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Note, Result, Source

Array = NDArray[np.float64]


def design_effect(
    design: Design,
    plan: Plan,
    outcome: str,
    covariates: tuple[str, ...],
    cluster: str | None,
    data: pd.DataFrame | None,
    id: str | None,
) -> Result:
    """Join the outcome to the rows of a design by id, and estimate with the design's weights and sets."""
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    require_columns(frame, [outcome, *covariates, *([cluster] if cluster else [])], argument="outcome")
    if outcome in (design.treatment, *covariates, *design.settings["columns"]):
        raise DesignError(
            f"outcome={outcome!r} is the treatment or a covariate of the comparison; name another, "
            "since a design must be made without it."
        )
    if bool(covariates) == (plan.method == "difference"):
        raise EstimationError("covariates= goes with method='regression' of a design, and only with it.")
    rows = design.rows_in(frame, id)
    used = np.flatnonzero(design.weight > 0)
    part = frame.iloc[rows[used]].copy()
    part["__treated"] = design.d[used]
    named = Named(outcome, "__treated", covariates, cluster or "")
    arms = read_arms(part, named)
    kept = used[arms.rows]
    weight = design.weight[kept]
    pairs = cluster is None and design.kind == "match" and design.pairs is None
    clusters = np.asarray(pd.factorize(design.subclass[kept])[0], dtype=np.intp) if pairs else arms.clusters
    task = Task(arms.y, arms.d, arms.x, weight, clusters, arms.persons, plan.level, plan.resamples, plan.seed)
    if design.kind == "match" and design.pairs is None and cluster is not None:
        task = replace(task, sets=_crossing(design.subclass[kept], arms.clusters))
    means, notes = means_of(plan, task, arms.binary)
    if design.estimated is not None and plan.method == "difference":
        means = replace(means, influence=_estimated_influence(design, arms, kept))
    sample = pd.concat([design.sample, arms.sample[arms.sample["step"] != "in_frame"]], ignore_index=True)
    arms = replace(arms, sample=sample)
    said = [*design.notes, *arms.notes, *design.broken_sets(kept), *notes]
    if design.pairs is not None and cluster is None:
        means = replace(means, known_error=_reused_error(design, frame, rows, outcome, plan))
        if means.known_error is None:
            said.append(Note("effect_reused_controls"))
    base = Base("in_frame", design.total)
    source = Source.of(frame=frame)
    result = result_of(plan, task, means, arms, outcome, said, base, source, design.population)
    return replace(result, evidence=design_evidence(design, frame, id, kept, arms, result))


def _crossing(subclass: NDArray[np.intp], clusters: NDArray[np.intp] | None) -> NDArray[np.intp] | None:
    """Return the matched sets where at least one of them spans clusters."""
    sets = np.asarray(pd.factorize(subclass)[0], dtype=np.intp)
    if clusters is None or not len(sets):
        return None
    both = len(np.unique(np.column_stack([sets, clusters]), axis=0))
    return sets if both > int(sets.max()) + 1 else None


def _estimated_influence(design: Design, arms: Arms, kept: NDArray[np.intp]) -> Array:
    """Return the influence on both means of the analysed rows, the others' part in the weights left out."""
    known = design.estimated
    if known is None:
        raise AssertionError("only weighted designs come here")
    y, mask = np.zeros(len(design.d)), np.zeros(len(design.d))
    y[kept], mask[kept] = arms.y, 1.0
    found = Weights(known.weight * mask, known.slope * mask, design.full, known.bread, known.pull)
    return influence(found, y, design.d)[1][kept]


def _reused_error(
    design: Design, frame: pd.DataFrame, rows: NDArray[np.intp], outcome: str, plan: Plan
) -> float | None:
    """Return Abadie and Imbens' error; None where an outcome of the comparison is missing or adjusted for."""
    y = finite_numbers(frame, outcome, argument="outcome")[rows]
    known = np.isfinite(y) & (rows >= 0)
    if design.pairs is None or plan.method != "difference" or not known[design.weight > 0].all():
        return None
    # Neighbours of the same arm are sought among everybody whose outcome is known, used or not.
    place = np.cumsum(known) - 1
    pairs = (place[design.pairs[0]], place[design.pairs[1]])
    own = design.d == (1.0 if design.estimand == "ATT" else 0.0)
    return abadie_imbens(y[known], own[known], design.score[known], pairs)
