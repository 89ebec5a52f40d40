"""What would have to be wrong for an effect to go away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.inputs import finite_numbers
from ipseval.analysis.kernels import sensitivity as kernel
from ipseval.core.checks import require_columns, require_level, require_option
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

MEASURES = ("risk_ratio", "odds_ratio", "hazard_ratio", "standardised", "risk_difference")
GAMMAS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0)


def e_value(
    estimate: float, ci_low: float, ci_high: float, *, measure: str = "risk_ratio", rare: bool = False,
    baseline: float | None = None, level: float = 0.95,
) -> Result:  # fmt: skip
    """Say how strongly an unseen confounder would have to act to explain an effect away.

    Parameters
    ----------
    estimate, ci_low, ci_high
        The effect and its interval, on the scale of `measure`.
    measure
        "risk_ratio", "odds_ratio", "hazard_ratio", "standardised" (difference of means in standard
        deviations) or "risk_difference".
    rare
        Whether the outcome is rare (below some 15 %), so that odds and hazard ratios are nearly risk ratios.
    baseline
        For "risk_difference": the controls' risk, above 0 and below 1.
    level
        Confidence level of the interval, carried along.

    Returns
    -------
    Result
        Two rows: `e_value` of the estimate and `e_value_limit` of the limit nearer to no effect (1 where the
        interval holds no effect).  Each is the least risk ratio that the confounder must have with both
        treatment and outcome.

    Raises
    ------
    EstimationError
        Limits that do not hold the estimate, ratios not above 0, a baseline that is missing.

    Notes
    -----
    Assumptions: one confounder beyond those adjusted for.  An E-value is no test and has no threshold; it is
    read beside what known confounders have.  Missing data: none here.
    Checked against: the worked example of VanderWeele and Ding (RR 3.9, 1.8 to 8.7: 7.26 and 3.0).
    References: VanderWeele and Ding 2017, https://doi.org/10.7326/M16-2607.

    Examples
    --------
    >>> import ipseval as ips
    >>> [round(float(v), 2) for v in ips.e_value(3.9, 1.8, 8.7).estimates["estimate"]]
    [7.26, 3.0]
    """
    require_level(level)
    require_option(measure, MEASURES, argument="measure")
    ratio = measure.endswith("ratio")
    if not ci_low <= estimate <= ci_high or (ratio and ci_low <= 0):
        raise EstimationError("ci_low= and ci_high= must hold estimate=, and ratios must be above 0.")
    if measure == "risk_difference" and not (
        baseline is not None and 0 < baseline < 1 and baseline + ci_low > 0
    ):
        raise EstimationError(
            "baseline= (the controls' risk, between 0 and 1) is needed and must exceed -ci_low."
        )
    turned = [
        kernel.ratio_from(v, measure, rare=rare, baseline=baseline) for v in (estimate, ci_low, ci_high)
    ]
    near = 1.0 if turned[1] <= 1.0 <= turned[2] else turned[1] if turned[0] > 1.0 else turned[2]
    rows = [
        {"term": term, "estimand": measure, "scale": "e_value", "estimate": kernel.e_value(value)}
        for term, value in (("e_value", turned[0]), ("e_value_limit", near))
    ]
    return Result(
        kind="sensitivity",
        estimates=estimates_frame(rows),
        sample=sample_frame([("analysed", "", 0)]),
        method=Method("sensitivity_e_value", references=("https://doi.org/10.7326/M16-2607",)),
        base=Base("sensitivity_base", 0, unit="number"),
        notes=(Note("sensitivity_no_threshold"),),
    )


def rosenbaum_bounds(
    design: Design,
    *,
    outcome: str,
    data: pd.DataFrame | None = None,
    id: str | None = None,
    gammas: Sequence[float] = GAMMAS,
    level: float = 0.95,
) -> Result:
    """Say how far hidden bias in who was treated within a pair could change the verdict of a matched test.

    Parameters
    ----------
    design
        1:1 pairs from `ips.match` without replacement.
    outcome, data, id
        As for `ips.effect`.
    gammas
        Factors, 1 or more, by which the odds of treatment may differ within a pair.
    level
        1 minus the level of the two-sided test.

    Returns
    -------
    Result
        A row per gamma: `statistic` is gamma, `p_value` the largest two-sided p (twice the one-sided one in
        the direction of the effect) that a bias of that size allows; `estimate` is the smallest.  The
        last row, `tipping_gamma`, is the largest gamma at which the verdict stands (1 where it never stood).
        Yes/no outcomes: exact McNemar; others: exact signed rank.

    Raises
    ------
    DesignError
        A design that is not of 1:1 pairs without replacement.
    EstimationError
        Gammas below 1.

    Notes
    -----
    Assumptions: pairs are independent.  Missing data: pairs of which both outcomes are known.
    Checked against: enumeration of every assignment, and the exact tests at gamma 1.
    References: Rosenbaum 2002, https://doi.org/10.1007/978-1-4757-3692-2.
    """
    require_level(level)
    values = [float(g) for g in gammas]
    if not values or min(values) < 1.0:
        raise EstimationError("gammas= must be 1 or more: 1 is no hidden bias.")
    gaps, binary, frame = _pair_gaps(design, outcome, data, id)
    alpha = 1.0 - level

    def bounds(gamma: float) -> tuple[float, float]:
        if binary:
            up, down = int((gaps > 0).sum()), int((gaps < 0).sum())
            found = kernel.mcnemar_bound(max(up, down), min(up, down), gamma)
        else:
            found = min(
                (kernel.signed_rank_bound(s * gaps, gamma) for s in (1.0, -1.0)), key=lambda both: both[1]
            )
        return min(2.0 * found[0], 1.0), min(2.0 * found[1], 1.0)

    rows: list[dict[str, Any]] = []
    for gamma in values:
        low, high = bounds(gamma)
        rows.append(
            {"outcome": outcome, "term": f"gamma_{gamma:g}", "estimand": "p_bounds", "scale": "p_lower",
             "estimate": low, "statistic": gamma, "p_value": high, "n": 2 * len(gaps)}
        )  # fmt: skip
    tipping = _tipping(lambda g: bounds(g)[1], alpha)
    rows.append({"outcome": outcome, "term": "tipping_gamma", "scale": "gamma", "estimate": tipping})
    return Result(
        kind="sensitivity",
        estimates=estimates_frame(rows),
        sample=pd.concat(
            [design.sample, sample_frame([("sensitivity_pairs", "", len(gaps))])], ignore_index=True
        ),
        method=Method(
            "sensitivity_rosenbaum", test="sensitivity_mcnemar" if binary else "sensitivity_signed_rank",
            level=level, missing="sensitivity_pairs_known",
            references=("https://doi.org/10.1007/978-1-4757-3692-2",),
        ),
        base=Base("in_frame", design.total),
        notes=(*design.notes, Note("sensitivity_p_bounds")),
        source=Source.of(frame=frame),
    )  # fmt: skip


def _pair_gaps(
    design: Design, outcome: str, data: pd.DataFrame | None, id: str | None
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], bool, pd.DataFrame]:
    if design.kind != "match" or design.pairs is not None or design.settings["ratio"] != 1:
        raise DesignError(
            "rosenbaum_bounds needs 1:1 pairs without replacement; make such a design with match()."
        )
    frame = design.frame_at_hand() if data is None else data
    if frame is None:
        raise DesignError("data= is needed: the frame that the design was made from is no longer at hand.")
    require_columns(frame, [outcome], argument="outcome")
    y = finite_numbers(frame, outcome, argument="outcome")[design.rows_in(frame, id)]
    count = int(design.subclass.max()) + 1
    sides = np.full((2, count), np.nan)
    for arm in (0, 1):
        own = np.flatnonzero((design.subclass >= 0) & (design.d == arm))
        sides[arm, design.subclass[own]] = y[own]
    gaps = sides[1] - sides[0]
    known = np.isfinite(gaps)
    if not known.any():
        raise EstimationError(f"outcome={outcome!r} is known for both in none of {count} pair(s).")
    binary = set(np.unique(sides[:, known])) <= {0.0, 1.0}
    return gaps[known], binary, frame


def _tipping(worst: Any, alpha: float) -> float:
    if worst(1.0) > alpha:
        return 1.0
    low, high = 1.0, 2.0
    while worst(high) <= alpha:
        low, high = high, 2.0 * high
        if high > 1e4:
            return float("inf")
    for _ in range(30):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worst(middle) <= alpha else (low, middle)
    return low


def robustness_value(t: float, df: float, *, share: float = 1.0, level: float = 0.95) -> Result:
    """Say how much of treatment and outcome a confounder must explain to undo a regression's effect.

    Parameters
    ----------
    t, df
        t statistic of the treatment's coefficient in a least-squares fit (plain errors), and residual
        degrees of freedom.
    share
        Share of the effect that is to go, such as 1 for all of it.
    level
        Confidence level at which the effect is to be told from 0.

    Returns
    -------
    Result
        `partial_r2` of treatment with the outcome, `robustness_value` (takes away `share` of the effect) and
        `robustness_value_level` (no longer told from 0 at `level`): shares of residual variance, 0 to 1.

    Raises
    ------
    EstimationError
        Degrees of freedom not above 1, or a share not above 0.

    Notes
    -----
    Assumptions: a linear model; the confounder enters linearly.  Missing data: none here.
    Checked against: the worked example of Cinelli and Hazlett (Darfur: 2.2, 13.9 and 7.6 %).
    References: Cinelli and Hazlett 2020, https://doi.org/10.1111/rssb.12348.
    """
    require_level(level)
    if not df > 1 or not share > 0:
        raise EstimationError("df= must be above 1 and share= above 0.")
    values = {
        "partial_r2": t**2 / (t**2 + df),
        "robustness_value": kernel.robustness_value(t, df, share),
        "robustness_value_level": kernel.robustness_value(t, df, share, level),
    }
    rows = [{"term": k, "scale": "explained_share", "estimate": v} for k, v in values.items()]
    return Result(
        kind="sensitivity",
        estimates=estimates_frame(rows),
        sample=sample_frame([("analysed", "", 0)]),
        method=Method(
            "sensitivity_robustness", level=level, references=("https://doi.org/10.1111/rssb.12348",)
        ),
        base=Base("sensitivity_base", 0, unit="number"),
    )
