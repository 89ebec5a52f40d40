"""Cost beside effect: increments, net benefit, acceptability and quadrants from one clustered bootstrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.economics.joined import Joined, join_design, join_frame
from ipseval.analysis.effects.design import Design
from ipseval.analysis.effects.evidence import Compared
from ipseval.analysis.effects.evidence_parts import arm_column, cost_evidence
from ipseval.analysis.kernels import cost_draws as kernel
from ipseval.core.checks import require_level
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame

Array = NDArray[np.float64]
FEWEST = 10
"""Fewer resampled units than this in an arm make a bootstrap interval worthless."""
QUADRANTS = ("more_effect_dearer", "more_effect_cheaper", "less_effect_dearer", "less_effect_cheaper")
REFERENCES = (
    "https://doi.org/10.1002/(SICI)1097-0258(19991215)18:23<3245::AID-SIM314>3.0.CO;2-2",
    "https://doi.org/10.1016/j.jval.2021.11.1351",
)


@dataclass(frozen=True, eq=False)
class Pair:
    """One cost column beside the effect: observed means and their resamples, columns cost and effect."""

    group: str
    means: kernel.Draws
    draws: kernel.Draws
    left: kernel.Draws


def cost_effectiveness(
    source: pd.DataFrame | Design,
    *,
    cost: str | Mapping[str, str],
    effect: str,
    willingness: Sequence[float],
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    data: pd.DataFrame | None = None,
    id: str | None = None,
    resamples: int = 1_999,
    level: float = 0.95,
    seed: int = 20260101,
) -> Result:
    """Say what treatment costs more, what it gives more, and at which price per unit it is worth it.

    Parameters
    ----------
    source
        A frame with one row per person, or a design from `ips.match` or `ips.weight` (then `data` and `id`
        join cost and effect).
    cost
        Column with cost per person, or perspective -> column (see `ips.person_costs`).
    effect
        Column with the effect (weeks in work, a yes/no outcome, quality-adjusted years); more is better.
    willingness
        Amounts that a unit of effect may cost; 0 or more.
    treatment
        0/1 column; known already from a design.
    covariates
        Columns known before treatment; least squares within each arm, told for those treated.
    cluster
        Column whose units are drawn together (municipality).  A design by matching without replacement draws
        its sets.
    data, id
        With a design: the frame that holds cost and effect, and its person column.
    resamples, seed
        Of the bootstrap.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per perspective (group): rows `mean_treated`, `mean_control` and `difference` of cost and effect,
        `net_benefit` at each willingness (the term; effect times willingness minus cost), `acceptable` at
        each (share of resamples in which the net benefit is above 0), the four of `quadrant` (share of
        resamples), and `cost_per_effect`, which never has an interval and is flagged where the effect may be
        0.  Intervals are BCa; no row has a p.  Extras: `acceptability` (curve over a fine grid up to the
        largest willingness) and `plane` (resamples counted in cells of effect and cost; no persons).

    Raises
    ------
    DesignError
        One arm only, ids that do not join, clusters missing.
    EstimationError
        Unknown columns, no willingness, negative amounts.

    Notes
    -----
    Assumptions: as for `ips.effect` with the same design; clusters are independent.  With fewer than 10
    clusters in an arm there is no interval and no acceptability: resampling three municipalities says
    nothing of others.  The weights of a weighting design are held as they are in every resample, which as a
    rule makes intervals too wide; a frame with `covariates` is fitted anew in each.  Missing data: complete
    rows; who is left out is counted.
    Checked against: tests/analysis_economics (every resample refitted one by one; net benefit regression).
    References: Briggs, O'Brien and Blackhouse 2002; Stinnett and Mullahy 1998; Husereau et al. 2022 (CHEERS),
    https://doi.org/10.1016/j.jval.2021.11.1351.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"ips": [1] * 12 + [0] * 12, "weeks": [*range(20, 32), *range(10, 22)],
    ...                        "cost": [*range(90, 102), *range(80, 92)]})
    >>> result = ips.cost_effectiveness(people, cost="cost", effect="weeks", treatment="ips",
    ...                                 willingness=[2], resamples=199)
    >>> float(result.estimates.set_index("outcome").loc["net_benefit", "estimate"])
    10.0
    """
    require_level(level)
    amounts = _amounts(willingness)
    if resamples < 99:
        raise EstimationError(f"resamples={resamples} are too few for an interval; use 999 or more.")
    named = {"": cost} if isinstance(cost, str) else dict(cost)
    if not named:
        raise EstimationError("cost= names no column; give one, or one per perspective.")
    columns = (*named.values(), effect)
    if isinstance(source, Design):
        if treatment is not None or covariates:
            raise DesignError("treatment= and covariates= do not go with a design, which has its own.")
        joined = join_design(source, columns, cluster, data, id)
    else:
        if treatment is None or data is not None:
            raise DesignError("treatment= is needed with a frame, and data= only goes with a design.")
        joined = join_frame(source, columns, treatment, tuple(covariates), cluster, id)
    few = _few(joined)
    pairs = _pairs(joined, list(named), 0 if few else resamples, seed)
    notes = [*joined.notes, *([Note("cost_few_clusters", values={"n": few, "least": FEWEST})] if few else [])]
    rows: list[dict[str, Any]] = []
    found = [_sums(pairs[0], joined, "effect", level, bool(few))]
    found += [_rows(pair, joined, amounts, level, bool(few)) for pair in pairs]
    for part in found:
        for row in part:
            if row.pop("told", ""):
                notes.append(Note("cost_ratio_flagged", row=len(rows)))
            elif row.get("status") == "refused":
                notes.append(Note("cost_not_resampled", row=len(rows)))
            rows.append(row)
    result = Result(
        kind="cost_effectiveness",
        estimates=estimates_frame(rows),
        sample=joined.sample,
        method=Method(
            estimator="cost_regression" if covariates else "cost_difference",
            estimand=joined.population,
            interval="" if few else "cost_bca",
            level=level,
            missing="complete_cases",
            seed=seed,
            references=REFERENCES,
        ),
        base=Base("in_frame", joined.total),
        notes=tuple(notes),
        extras={} if few else _extras(pairs, amounts),
        source=Source.of(frame=joined.frame),
    )
    about = _compared(source, joined, columns, treatment, id)
    return replace(result, evidence=cost_evidence(about, joined.y, named, result))


def _compared(
    source: pd.DataFrame | Design, joined: Joined, columns: Sequence[str], treatment: str | None,
    id: str | None,
) -> Compared:  # fmt: skip
    """The people in the frame that costs and effect are in."""
    about = Compared(
        joined.frame, id, joined.rows, joined.y[:, -1], joined.d, columns[-1], str(treatment), tuple(columns),
        joined.x.shape[1], weights=joined.weights,
    )  # fmt: skip
    if not isinstance(source, Design):
        return about
    own = id or (source.id if source.id in joined.frame.columns else "") or None
    arm = arm_column(joined.frame, joined.rows, joined.d, source.treatment)
    return replace(about, id=own, treatment=source.treatment, arm=arm, chosen=True)


def _amounts(willingness: Sequence[float]) -> list[float]:
    found = sorted({float(a) for a in willingness})
    if not found or found[0] < 0 or not np.isfinite(found).all():
        raise EstimationError("willingness= needs one or more amounts of 0 or more per unit of effect.")
    return found


def _few(joined: Joined) -> int:
    """Return the smaller arm's number of resampled units where it is too small, else 0."""
    strata = kernel.strata_of(joined.units, joined.d)
    mixed = int((strata == 2).sum())
    least = min(mixed + int((strata == 1).sum()), mixed + int((strata == 0).sum()))
    return least if least < FEWEST else 0


def _pairs(joined: Joined, groups: list[str], resamples: int, seed: int) -> list[Pair]:
    """Resample all columns together, so that every perspective meets the same resamples; 0 for none."""
    parts = (joined.y, joined.d, joined.x, joined.weights)
    observed = kernel.adjusted_means(*parts[:3], joined.weights[None, :])
    if not np.isfinite(observed.difference).all():
        raise EstimationError(
            "covariates= cannot be fitted within each arm; merge levels or use fewer covariates."
        )
    none = kernel.Draws(np.empty((0, joined.y.shape[1])), np.empty((0, joined.y.shape[1])))
    draws, left = kernel.resampled(*parts, joined.units, resamples, seed) if resamples else (none, none)
    last = joined.y.shape[1] - 1
    pick = [(g, [k, last]) for k, g in enumerate(groups)]
    return [Pair(g, _columns(observed, c), _columns(draws, c), _columns(left, c)) for g, c in pick]


def _columns(found: kernel.Draws, columns: list[int]) -> kernel.Draws:
    return kernel.Draws(found.treated[:, columns], found.control[:, columns])


def _sums(pair: Pair, joined: Joined, outcome: str, level: float, few: bool) -> list[dict[str, Any]]:
    """Return both means and the difference of the cost, or of the effect, which is one for all sides."""
    column = ("cost", "effect").index(outcome)
    first = {"outcome": outcome, "estimand": joined.estimand}
    first["group"] = pair.group if outcome == "cost" else ""
    rows: list[dict[str, Any]] = []
    arms = (("mean_treated", pair.means.treated, 1), ("mean_control", pair.means.control, 0))
    for term, means, arm in arms:
        known = {"n": joined.n_in(arm), "estimate": float(means[0, column])}
        rows.append(first | {"term": term, "scale": "mean"} | known)
    row = first | {
        "contrast": "treated - control",
        "term": "difference",
        "scale": "difference",
        "n": joined.n,
    }
    return [*rows, row | _fields(pair, np.eye(2)[column], level, few)]


def _rows(pair: Pair, joined: Joined, amounts: list[float], level: float, few: bool) -> list[dict[str, Any]]:
    """Return everything of one perspective."""
    between = {
        "group": pair.group,
        "estimand": joined.estimand,
        "n": joined.n,
        "contrast": "treated - control",
    }
    rows = _sums(pair, joined, "cost", level, few)
    for amount in amounts:
        row = between | {"outcome": "net_benefit", "term": f"{amount:.12g}", "scale": "difference"}
        rows.append(row | _fields(pair, np.array([-1.0, amount]), level, few))
    drawn = _usable(pair)
    worth = ((f"{a:.12g}", _mean(drawn @ np.array([-1.0, a]) > 0)) for a in amounts)
    shares = [("acceptable", *found) for found in worth]
    shares += [("quadrant", q, v) for q, v in zip(QUADRANTS, _quadrants(drawn), strict=True)]
    for outcome, term, share in shares:
        row = between | {"outcome": outcome, "term": term, "scale": "resample_share"}
        rows.append(row | ({"status": "refused"} if few else {"estimate": share}))
    return [*rows, between | _ratio(pair, drawn, level)]


def _mean(values: NDArray[Any]) -> float:
    """Return a mean, or NaN where nothing was drawn."""
    return float(values.mean()) if len(values) else float("nan")


def _usable(pair: Pair) -> Array:
    drawn = pair.draws.difference
    return np.asarray(drawn[np.isfinite(drawn).all(axis=1)])


def _fields(pair: Pair, weights: Array, level: float, few: bool) -> dict[str, Any]:
    """Return the estimate of a weighted sum of cost and effect, and its interval where there is one."""
    estimate = float(pair.means.difference[0] @ weights)
    if few:
        return {"estimate": estimate}
    drawn = _usable(pair) @ weights
    low, high = kernel.bca(estimate, drawn, pair.left.difference @ weights, level)
    limits = {"ci_low": low, "ci_high": high, "conf_level": level} if np.isfinite(low) else {}
    return {"estimate": estimate, "std_error": float(drawn.std(ddof=1))} | limits


def _quadrants(drawn: Array) -> list[float]:
    """Return the shares of resamples in `QUADRANTS`; what lies on an axis counts half on either side."""
    dearer = (np.sign(drawn[:, 0]) + 1.0) / 2.0
    better = (np.sign(drawn[:, 1]) + 1.0) / 2.0
    parts = (better * dearer, better * (1 - dearer), (1 - better) * dearer, (1 - better) * (1 - dearer))
    return [_mean(p) for p in parts]


def _ratio(pair: Pair, drawn: Array, level: float) -> dict[str, Any]:
    """Return cost per unit of effect: flagged where resamples hold no effect, or less for more money."""
    more, better = (float(v) for v in pair.means.difference[0])
    row: dict[str, Any] = {"outcome": "cost_per_effect", "scale": "cost_per_effect"}
    if better == 0.0:
        return row | {"status": "refused"}
    sure = _mean(drawn[:, 1] > 0) >= 1.0 - (1.0 - level) / 2.0 and more > 0
    return row | {"estimate": more / better} | ({} if sure else {"status": "flagged", "told": "flagged"})


def _extras(pairs: list[Pair], amounts: list[float]) -> dict[str, pd.DataFrame]:
    grid = np.linspace(0.0, max(amounts[-1], 1.0), 101)
    curves, planes = [], []
    for pair in pairs:
        drawn = _usable(pair)
        benefit = drawn[:, 1:] * grid - drawn[:, :1]
        curves.append(
            pd.DataFrame({"group": pair.group, "willingness": grid, "acceptable": (benefit > 0).mean(axis=0)})
        )
        planes.append(_plane(drawn).assign(group=pair.group))
    return {
        "acceptability": pd.concat(curves, ignore_index=True),
        "plane": pd.concat(planes, ignore_index=True),
    }


def _plane(drawn: Array) -> pd.DataFrame:
    """Count resamples in 40 x 40 cells of effect and cost; only cells that hold one are listed."""
    counts, effect, cost = np.histogram2d(drawn[:, 1], drawn[:, 0], bins=40)
    i, j = np.nonzero(counts)
    middle = [(edges[:-1] + edges[1:]) / 2.0 for edges in (effect, cost)]
    return pd.DataFrame({"effect": middle[0][i], "cost": middle[1][j], "resamples": counts[i, j].astype(int)})
