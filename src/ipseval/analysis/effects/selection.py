"""How far the effect would move if the unseen selected as the seen did (Oster 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.effects.inputs import Named, covariate_columns, read_arms
from ipseval.analysis.kernels import selection as kernel
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

REFERENCES = ("https://doi.org/10.1080/07350015.2016.1227711",)
STEP = 1.3
"""Oster's default: the unobserved may raise R-squared to this many times what covariates reach."""


def oster(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    always: Sequence[str] = (),
    r2_max: float | None = None,
    delta: float = 1.0,
) -> Result:
    """Say where the effect would be if unseen covariates selected people as the seen ones do.

    Parameters
    ----------
    frame
        One row per person.
    outcome, treatment
        Outcome (number or 0/1) and 0/1 treatment.
    covariates
        Columns whose selection is the yardstick for the unseen.
    always
        Columns that are in both regressions, such as the year; no yardstick.
    r2_max
        R-squared if everything were seen, above that with covariates and at most 1 (within `always`); 1.3
        times that with covariates, at most 1, if left out.
    delta
        How much the unseen selects relative to the seen; 1 is as much.

    Returns
    -------
    Result
        Rows `short` (no covariates), `adjusted` (with covariates), `bias_adjusted` (at `delta` and `r2_max`)
        and `delta_zero`: the delta at which the effect would be 0 (below 0: the unseen would have to select
        in the other direction).  No intervals: these are limits of reasoning, no estimates from a sample.
        Extras: `regressions` (R-squared of both, `r2_max`) and `roots` (all effects the equation allows).

    Raises
    ------
    DesignError
        No covariates, or one of them in `always` too.
    EstimationError
        Unknown columns, `r2_max` outside its range, or covariates that move nothing.

    Notes
    -----
    Assumptions: a linear model; the seen and unseen indices are unrelated.  Of up to three roots the one
    nearest to the adjusted effect is shown that keeps the direction of the seen selection.
    Missing data: complete rows; who is left out is counted and told.
    Checked against: tests/analysis_effects/test_selection.py (populations with known effect and delta).
    References: Oster 2019, https://doi.org/10.1080/07350015.2016.1227711.

    Examples
    --------
    >>> import numpy as np, pandas as pd, ipseval as ips
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> ips_ = (x + rng.normal(size=400) > 0).astype(int)
    >>> people = pd.DataFrame({"x": x, "ips": ips_, "y": 1.0 * ips_ + x + rng.normal(size=400)})
    >>> est = ips.oster(people, outcome="y", treatment="ips", covariates=["x"]).estimates.set_index("term")
    >>> bool(est.loc["short", "estimate"] > est.loc["adjusted", "estimate"])
    True
    """
    if not covariates or set(covariates) & set(always):
        raise DesignError("covariates= must name at least one column, and none of those in always=.")
    arms = read_arms(frame, Named(outcome, treatment, (*always, *covariates)))
    part = frame.iloc[arms.rows]
    one = np.ones(len(part))
    base = np.column_stack([one, covariate_columns(part, always).matrix()[:, 1:]]) if always else one[:, None]
    x = covariate_columns(part, covariates).matrix()[:, 1:]
    y, d, left = (v - base @ np.linalg.lstsq(base, v, rcond=None)[0] for v in (arms.y, arms.d, x))
    found = kernel.regressions(y, d, left)
    most = min(1.0, STEP * found.r2_full) if r2_max is None else float(r2_max)
    if not found.r2_full < most <= 1.0:
        raise EstimationError(
            f"r2_max={most:.3g} must be above R-squared with covariates ({found.r2_full:.3g}) and at most 1."
        )
    if abs(found.short - found.full) <= 1e-12 * max(abs(found.full), 1e-300):
        raise EstimationError("covariates= do not move the effect, so they are no yardstick for the unseen.")
    roots = kernel.adjusted(found, most, float(delta))
    rows: list[dict[str, Any]] = [
        {"term": "short", "estimate": found.short},
        {"term": "adjusted", "estimate": found.full},
        {"term": "bias_adjusted", "estimate": roots[0] if roots else None},
        {"term": "delta_zero", "estimate": kernel.delta_for(found, most, 0.0), "scale": "delta"},
    ]
    notes = [*arms.notes, Note("oster_assumption")]
    if not roots:
        rows[2]["status"] = "refused"
        notes.append(Note("oster_no_root", row=2))
    for row in rows:
        row |= {"outcome": outcome, "estimand": "ATT", "n": arms.n, "scale": row.get("scale", "difference")}
    table = pd.DataFrame(
        [("short", found.r2_short), ("with_covariates", found.r2_full), ("r2_max", most)],
        columns=["regression", "r2"],
    )
    return Result(
        kind="sensitivity",
        estimates=estimates_frame(rows),
        sample=arms.sample,
        method=Method("sensitivity_oster", missing="complete_cases", references=REFERENCES),
        base=Base("in_frame", arms.total),
        notes=tuple(notes),
        extras={"regressions": table, "roots": pd.DataFrame({"effect": roots})},
        source=Source.of(frame=frame),
    )
