"""Balance of a design: standardised differences before and after, never a p-value.

A p-value of a covariate speaks of a population that the people were drawn from; balance is about the very
people compared, and a test is passed the more easily the fewer people are left.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.balance_evidence import Balanced
from ipseval.analysis.effects.balance_groups import group_balance, groups_in
from ipseval.analysis.effects.design import Design
from ipseval.analysis.kernels.balance import (
    distribution_gaps,
    is_binary,
    spread_of,
    weighted_moments,
)
from ipseval.analysis.kernels.weights import effective_n
from ipseval.core.result import Base, Method, Note, Result, estimates_frame

Array = NDArray[np.float64]
LARGE = 0.1
"""An absolute standardised difference above this after matching is told of."""


def balance(
    design: Design, *, squares: bool = False, by: str = "", data: pd.DataFrame | None = None
) -> Result:
    """Compare the arms of a design before and after matching or weighting.

    Parameters
    ----------
    design
        From `ips.match` or `ips.weight`.
    squares
        Also compare squares of numeric covariates and products of every two.
    by, data
        Column, such as the municipality, within which to compare as well, and the frame that holds it where
        the one the design was made from is not at hand.

    Returns
    -------
    Result
        Two rows per covariate, `group` "before" and "after": the standardised mean difference, treated minus
        control.  Its denominator is always the standard deviation before matching: the treated's for ATT,
        the controls' for ATC, the root of the mean of both variances else; sqrt(p (1 - p)) for 0/1.
        Extras: `measures` (means, variance ratio, Kolmogorov-Smirnov and mean gap of the distribution
        functions, before and after), `sizes` (persons and effective n by arm), `propensity` (log odds of
        treatment by arm in twenty bins, shares; bins with fewer than 5 persons are merged into the next),
        with `by` also `groups` (per group and covariate the difference before and after, the group's
        people of the target arm against those matched or weighted to them).

    Raises
    ------
    DesignError
        A column `by` that is not there or has gaps.

    Notes
    -----
    p-values are not offered: see the module.  Missing data: those the design left out.
    Checked against: tests/oracles/effect_matching (R: MatchIt, summary with standardize = TRUE).
    References: Austin 2009, https://doi.org/10.1002/sim.3697.
    """
    names, x = _columns(design, squares)
    spread = spread_of(x, design.d, design.estimand)
    everyone = np.ones(len(design.d))
    rows: list[dict[str, Any]] = []
    measures: list[dict[str, Any]] = []
    notes: list[Note] = []
    binary = is_binary(x)
    used = design.weight > 0
    for group, weight in (("before", everyone), ("after", design.weight)):
        mask = weight > 0
        z, d, w = x[mask], design.d[mask], weight[mask]
        (mean1, var1), (mean0, var0) = (weighted_moments(z[d == a], w[d == a]) for a in (1.0, 0.0))
        for j, name in enumerate(names):
            gap = float(mean1[j] - mean0[j])
            smd = gap / spread[j] if spread[j] > 0 else (0.0 if gap == 0 else float("nan"))
            row = {"term": name, "group": group, "scale": "standardised", "estimand": "smd",
                   "contrast": "treated - control", "estimate": smd, "n": int(mask.sum())}  # fmt: skip
            if np.isnan(smd):
                row |= {"status": "refused", "estimate": None}
                notes.append(Note("balance_no_spread", row=len(rows), values={"column": name}))
            elif group == "after" and abs(smd) > LARGE:
                row["status"] = "flagged"
                notes.append(
                    Note("balance_left", row=len(rows), values={"column": name, "smd": round(float(smd), 2)})
                )
            rows.append(row)
            ks, mean_gap = distribution_gaps(x[:, j], design.d, weight)
            ratio = float(var1[j] / var0[j]) if not binary[j] and var0[j] > 0 else float("nan")
            measures.append(
                {"covariate": name, "group": group, "mean_treated": mean1[j], "mean_control": mean0[j],
                 "smd": smd, "variance_ratio": ratio, "ks": ks, "ecdf_mean": mean_gap}
            )  # fmt: skip
    extra: dict[str, pd.DataFrame] = {}
    if by:
        extra["groups"] = group_balance(design, names, x, spread, groups_in(design, by, data))
    return Result(
        kind="balance",
        estimates=estimates_frame(rows),
        sample=design.sample,
        method=Method(
            estimator="balance_smd", estimand=design.population, missing="design_missing",
            references=("https://doi.org/10.1002/sim.3697",),
        ),
        base=Base("in_frame", len(design.d)),
        notes=(*design.notes, *notes),
        extras=extra
        | {
            "measures": pd.DataFrame(measures),
            "sizes": _sizes(design, used),
            "propensity": propensity_bins(design),
        },
        evidence=Balanced(design, names, x).evidence(data, [(r["term"], r["group"]) for r in rows]),
    )  # fmt: skip


def _columns(design: Design, squares: bool) -> tuple[list[str], Array]:
    names, x = list(design.names), design.x
    if not squares:
        return names, x
    made, said = [x], list(names)
    numeric = np.flatnonzero(np.logical_not(is_binary(x)))
    if len(numeric):
        made.append(x[:, numeric] ** 2)
        said += [f"{names[j]}²" for j in numeric]
    for a, b in combinations(range(len(names)), 2):
        product = x[:, a] * x[:, b]
        if np.ptp(product) > 0:
            made.append(product[:, None])
            said.append(f"{names[a]} × {names[b]}")
    return said, np.hstack(made)


def _sizes(design: Design, used: NDArray[np.bool_]) -> pd.DataFrame:
    rows = []
    for word, arm in (("treated", 1.0), ("control", 0.0)):
        own = design.d == arm
        rows.append((word, int(own.sum()), int((own & used).sum()), effective_n(design.weight[own & used])))
    return pd.DataFrame(rows, columns=["arm", "before", "after", "effective_n"])


def propensity_bins(design: Design, bins: int = 20, least: int = 5) -> pd.DataFrame:
    """Table the log odds of treatment by arm, before and after, in bins of at least `least` persons."""
    known = np.isfinite(design.score)
    score, d, w = design.score[known], design.d[known], design.weight[known]
    edges = np.unique(np.quantile(score, np.linspace(0, 1, bins + 1)))
    count = np.histogram(score, edges)[0]
    keep = [edges[0]]
    total = 0
    for k, edge in zip(count, edges[1:], strict=True):
        total += int(k)
        if total >= least:
            keep.append(edge)
            total = 0
    # The outermost people are somebody: the outer bins have no end.
    keep[0], keep[-1] = -np.inf, np.inf
    rows = []
    for group, weight in (("before", np.ones(len(d))), ("after", w)):
        for word, arm in (("treated", 1.0), ("control", 0.0)):
            own = d == arm
            shares = np.histogram(score[own], keep, weights=weight[own])[0] / max(weight[own].sum(), 1e-300)
            rows += [(group, word, a, b, s) for a, b, s in zip(keep, keep[1:], shares, strict=False)]
    return pd.DataFrame(rows, columns=["group", "arm", "from", "to", "share"])
