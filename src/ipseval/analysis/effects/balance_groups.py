"""Balance by municipality (or any column): each one's treated people against their own counterparts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design
from ipseval.analysis.kernels.weights import effective_n
from ipseval.core.checks import require_columns
from ipseval.core.errors import DesignError
from ipseval.core.labels import code_text

Array = NDArray[np.float64]


def groups_in(design: Design, by: str, data: pd.DataFrame | None) -> pd.Series:
    """Return the column `by` for each row of the design; who has none is refused with the count."""
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    require_columns(frame, [by], argument="by", error=DesignError)
    rows = design.rows_in(frame, None)
    found = frame[by].iloc[rows].reset_index(drop=True)
    lacking = int(found.isna().to_numpy()[design.weight > 0].sum())
    if lacking:
        raise DesignError(f"by={by!r} is missing in {lacking} row(s) of the comparison; fill it first.")
    return found


def group_balance(
    design: Design, names: list[str], x: Array, spread: Array, groups: pd.Series
) -> pd.DataFrame:
    """Table per group and covariate the standardised difference before and after.

    The group's people of the target arm stand against everybody of the other arm before, and against the
    people matched or weighted to them after; the denominator is that of the whole design.
    """
    target = 0.0 if design.estimand == "ATC" else 1.0
    own, other = design.d == target, design.d != target
    sign = 1.0 if target == 1.0 else -1.0
    rows: list[dict[str, Any]] = []
    for value in pd.unique(groups[own & (design.weight > 0)]):
        mine = own & (groups == value).to_numpy(dtype=bool)
        after = mine & (design.weight > 0)
        weight = np.where(other, _counterparts(design, after, own), 0.0)
        before = (x[mine].mean(axis=0) - x[other].mean(axis=0)) * sign
        left = np.average(x[after], axis=0, weights=design.weight[after])
        gap = (left - weight @ x / weight.sum()) * sign
        base = {
            "group": code_text(value), "n_target": int(after.sum()), "n_others": int((weight > 0).sum()),
            "effective_n": effective_n(weight[weight > 0]),
        }  # fmt: skip
        for j, name in enumerate(names):
            scale = spread[j] if spread[j] > 0 else float("nan")
            rows.append(
                base | {"covariate": name, "smd_before": before[j] / scale, "smd_after": gap[j] / scale}
            )
    return pd.DataFrame(rows)


def _counterparts(design: Design, mine: NDArray[np.bool_], own: NDArray[np.bool_]) -> Array:
    """Weights of the people matched to `mine`; all weights where nobody is matched to anybody."""
    if design.pairs is not None:
        target, match = design.pairs
        per = np.bincount(target, minlength=len(design.d))
        chosen = mine[target]
        found = np.bincount(match[chosen], weights=1.0 / per[target[chosen]], minlength=len(design.d))
        return np.asarray(found, dtype=float)
    inside = design.subclass >= 0
    if not inside.any():
        return design.weight
    sets = design.subclass[inside]
    count = int(sets.max()) + 1
    all_ = np.bincount(sets, weights=own[inside].astype(float), minlength=count)
    part = np.bincount(sets, weights=mine[inside].astype(float), minlength=count)
    share = np.divide(part, all_, out=np.zeros(count), where=all_ > 0)
    weight = np.zeros(len(design.d))
    weight[inside] = design.weight[inside] * share[sets]
    return weight
