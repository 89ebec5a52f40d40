"""Matching: a design of treated people and controls like them, made before the outcome is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design, held
from ipseval.analysis.effects.inputs import finite_numbers
from ipseval.analysis.effects.reading import Candidates, read_candidates, support_note
from ipseval.analysis.kernels import matching as kernel
from ipseval.analysis.kernels.matching_full import full
from ipseval.analysis.kernels.weights_propensity import propensity
from ipseval.core.checks import require_columns, require_numbers, require_option
from ipseval.core.errors import DesignError
from ipseval.core.result import Note, sample_frame

Array = NDArray[np.float64]
METHODS = ("nearest", "optimal", "full")
DISTANCES = ("propensity", "mahalanobis")
ORDERS = ("largest", "smallest", "data", "random")
ANY = float("inf")


@dataclass(frozen=True, eq=False)
class Scored:
    """What distances are taken on: log odds of treatment, whitened covariates, columns held in a width."""

    score: Array
    points: Array | None
    limits: Array | None
    widths: Array
    caliper: float
    firth: bool


def match(
    formula: str,
    frame: pd.DataFrame,
    *,
    method: str = "nearest",
    distance: str = "propensity",
    ratio: int = 1,
    caliper: float | Mapping[str, float] | None = None,
    exact: Sequence[str] = (),
    replace: bool = False,
    estimand: str = "ATT",
    order: str = "largest",
    score: str | Design | None = None,
    id: str | None = None,
    seed: int = 20260101,
    roles: Mapping[str, str] | None = None,
) -> Design:
    """Find controls like the treated people; nobody looks at the outcome here.

    Parameters
    ----------
    formula
        "treat ~ x1 + x2": the treatment (1 treated, 0 control) and what was known before it.
    frame
        One row per person; only the id and the columns named are kept.
    method
        "nearest" (greedy: one treated after the other), "optimal" (as many pairs as can be, and of those
        the smallest total distance) or "full" (everybody within the limits, in sets of one treated and many
        controls or many treated and one control, with the smallest total distance).
    distance
        "propensity": absolute difference of the log odds of treatment; "mahalanobis": between covariates,
        with the covariance pooled within the arms.
    ratio
        Controls per treated person; in each round every treated person gets one more.
    caliper
        A number: largest difference of log odds, in standard deviations of it (pooled over the arms).  A
        mapping: column -> largest difference in its own units, such as {"age": 1}; the key "propensity"
        is the number above.
    exact
        Columns on which a pair must agree.
    replace
        Whether a control may be used for several treated people.
    estimand
        "ATT" (effect on the treated), or "ATC" (controls are matched instead).
    order
        Who chooses first: "largest" log odds, "smallest", "data" (order of the frame) or "random".
    score
        A column with propensities (0 to 1) of your own instead of the logit, or an earlier design of the same
        frame and formula whose propensity is used again.
    id
        Person column; needed to join an outcome from another frame.
    seed
        For order="random".
    roles
        What columns are: "before" treatment, "after" it, "outcome" or "id"; only the first may be used here.

    Returns
    -------
    Design
        Weights and sets; `design.balance()` compares the arms, `ips.effect(design, outcome=...)` goes on.
        Its notes tell how many treated people were dropped and whom the effect is then for, people outside
        the other arm's range, strata without a control, and how many choices were ties.

    Raises
    ------
    DesignError
        One arm only, an id that repeats, nobody matched, options that do not go together.

    Notes
    -----
    Ties: of controls at the same distance the one with the lower log odds, then the earlier row.  The
    propensity is a logit by maximum likelihood, by Firth's penalised likelihood where data are separated.
    Assumptions: everything that decides both treatment and outcome is in the formula.  Missing data: rows
    with a missing covariate are left out and counted.
    Checked against: tests/oracles/effect_matching (R: MatchIt, nearest; Debian's version ignores calipers, so
    these are checked by brute force; optimal pairs by the dense assignment solver, full matching by integer
    programming).
    References: Austin 2011, https://doi.org/10.1080/00273171.2011.568786; Ho et al. 2011,
    https://doi.org/10.18637/jss.v042.i08.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"ips": [1, 1, 0, 0, 0, 0], "age": [20, 25, 19, 24, 26, 31]})
    >>> ips.match("ips ~ age", people)
    <Design match (nearest, ATT): 2 treated, 2 controls>
    """
    _check_options(method, distance, ratio, estimand, order, replace)
    widths = dict(caliper) if isinstance(caliper, Mapping) else {}
    if isinstance(caliper, int | float):
        widths = {"propensity": float(caliper)}
    _check_widths(frame, widths)
    raw = tuple(c for c in widths if c != "propensity")
    who = read_candidates(
        formula,
        frame,
        exact=exact,
        id=id,
        also=raw,
        roles=roles,
        earlier=score if isinstance(score, Design) else None,
    )
    used = frame if len(who.kept) == len(frame) else frame.iloc[who.kept]
    scored = _score(who, used, distance, widths, score)
    own = 1.0 if estimand == "ATT" else 0.0
    first, second = np.flatnonzero(who.d == own), np.flatnonzero(who.d != own)
    turn = _order(scored.score[first] * (1.0 if own == 1.0 else -1.0), order, seed)
    sides = (_rows(scored, who.strata, first), _rows(scored, who.strata, second))
    pairs = _pair(sides, turn, scored, method=method, ratio=ratio, replace=replace)
    if not len(pairs.treated):
        raise DesignError(
            f"nobody was matched: none of {len(first)} row(s) has a partner; widen caliper= and exact=."
        )
    return _design(
        who, scored, (first, second), pairs,
        {
            "formula": formula, "method": method, "distance": distance, "ratio": ratio, "caliper": widths,
            "exact": tuple(exact), "replace": replace, "estimand": estimand, "order": order,
            "columns": who.columns,
        },
        frame, id,
    )  # fmt: skip


def _check_options(method: str, distance: str, ratio: int, estimand: str, order: str, replace: bool) -> None:
    require_option(method, METHODS, argument="method", error=DesignError)
    require_option(distance, DISTANCES, argument="distance", error=DesignError)
    require_option(estimand, ("ATT", "ATC"), argument="estimand", error=DesignError)
    require_option(order, ORDERS, argument="order", error=DesignError)
    if isinstance(ratio, bool) or not isinstance(ratio, int) or ratio < 1:
        raise DesignError("ratio= must be a whole number of controls per treated person, 1 or more.")
    if method != "nearest" and replace:
        raise DesignError(
            f"method={method!r} matches without replacement; with replacement use method='nearest', which is "
            "optimal then."
        )
    if method == "full" and ratio != 1:
        raise DesignError("ratio= has no meaning with method='full', whose sets find their own sizes.")


def _check_widths(frame: pd.DataFrame, widths: Mapping[str, float]) -> None:
    raw = [c for c in widths if c != "propensity"]
    require_columns(frame, raw, argument="caliper", error=DesignError)
    for column in raw:
        finite_numbers(frame, column, argument="caliper")
    for name, width in widths.items():
        if isinstance(width, bool) or not isinstance(width, int | float) or not width >= 0:
            raise DesignError(f"caliper= for {name!r} must be a number, 0 or more.")


def _score(
    who: Candidates,
    used: pd.DataFrame,
    distance: str,
    widths: Mapping[str, float],
    column: str | Design | None,
) -> Scored:
    firth = False
    if column is None:
        fit = propensity(who.x, who.d)
        score, firth = fit.score, fit.firth
    elif isinstance(column, Design):
        score = _known_score(who, column)
    else:
        score = _own_score(used, column)
    spread = float(np.sqrt((score[who.d == 1].var(ddof=1) + score[who.d == 0].var(ddof=1)) / 2.0))
    raw = [c for c in widths if c != "propensity"]
    limits = used[raw].to_numpy(dtype=float) if raw else None
    points = kernel.whiten(who.x[:, 1:], who.d) if distance == "mahalanobis" else None
    caliper = widths["propensity"] * spread if "propensity" in widths else ANY
    return Scored(score, points, limits, np.array([widths[c] for c in raw]), caliper, firth)


def _known_score(who: Candidates, earlier: Design) -> Array:
    same = earlier.names == who.names and np.array_equal(earlier.d, who.d)
    if not same or not np.isfinite(earlier.score).all():
        raise DesignError(
            "score= is a design of another frame or formula; leave it out, or give a column of propensities."
        )
    return earlier.score


def _own_score(used: pd.DataFrame, column: str) -> Array:
    require_columns(used, [column], argument="score", error=DesignError)
    require_numbers(used, [column], argument="score", error=DesignError)
    e = used[column].to_numpy(dtype=float, na_value=np.nan)
    bad = int((~((e > 0) & (e < 1))).sum())
    if bad:
        raise DesignError(
            f"score={column!r} has {bad} row(s) that are not between 0 and 1; give propensities."
        )
    return np.asarray(np.log(e / (1.0 - e)))


def _order(score: Array, order: str, seed: int) -> NDArray[np.intp]:
    if order == "data":
        return np.arange(len(score))
    if order == "random":
        return np.random.default_rng(seed).permutation(len(score))
    return np.argsort(-score if order == "largest" else score, kind="stable")


def _rows(scored: Scored, strata: NDArray[np.intp], rows: NDArray[np.intp]) -> kernel.Rows:
    return kernel.Rows(
        scored.score[rows],
        strata[rows],
        None if scored.points is None else scored.points[rows],
        None if scored.limits is None else scored.limits[rows],
    )


def _pair(
    sides: tuple[kernel.Rows, kernel.Rows],
    turn: NDArray[np.intp],
    scored: Scored,
    *,
    method: str,
    ratio: int,
    replace: bool,
) -> kernel.Pairs:
    if method == "full":
        return full(*sides, caliper=scored.caliper, widths=scored.widths)
    if method == "optimal":
        return kernel.optimal(*sides, ratio=ratio, caliper=scored.caliper, widths=scored.widths)
    if scored.points is None and scored.limits is None:
        return kernel.nearest_on_line(*sides, turn, ratio=ratio, caliper=scored.caliper, replace=replace)
    return kernel.nearest_in_space(
        *sides, turn, ratio=ratio, caliper=scored.caliper, widths=scored.widths, replace=replace
    )


def _design(
    who: Candidates,
    scored: Scored,
    arms: tuple[NDArray[np.intp], NDArray[np.intp]],
    pairs: kernel.Pairs,
    settings: dict[str, Any],
    frame: pd.DataFrame,
    id: str | None,
) -> Design:
    first, second = arms
    weight = np.zeros(len(who.d))
    subclass = np.full(len(who.d), -1, dtype=np.intp)
    per = np.bincount(pairs.treated, minlength=len(first))
    matched = per > 0
    weight[first[matched]] = 1.0
    np.add.at(weight, second[pairs.control], 1.0 / per[pairs.treated])
    subclass[first[matched]] = np.arange(int(matched.sum()))
    if not settings["replace"]:
        # In full matching several treated may share one control; they are one set then.
        lead = np.full(len(second), len(first), dtype=np.intp)
        np.minimum.at(lead, pairs.control, pairs.treated)
        subclass[first[pairs.treated]] = subclass[first[lead[pairs.control]]]
        subclass[second[pairs.control]] = subclass[first[lead[pairs.control]]]
    lost = int((~matched).sum())
    own = settings["estimand"]
    notes = [*who.notes, *_design_notes(who, scored, arms, pairs, per, settings)]
    population = f"population_{own.lower()}" + ("_matched" if lost else "")
    if lost:
        notes.insert(0, Note("design_dropped", values={"n": lost, "all": len(first)}))
    return Design(
        "match", settings["method"], own, population, who.treatment, id or "", settings, who.ids, who.d,
        who.x, who.names, who.strata, weight, scored.score, subclass,
        (first[pairs.treated], second[pairs.control]) if settings["replace"] else None, None, who.kept,
        flow(who, weight), tuple(notes), len(frame), held(frame),
    )  # fmt: skip


def flow(who: Candidates, weight: Array) -> pd.DataFrame:
    """Table the design's flow: in the frame, with covariates, in the comparison."""
    steps = []
    for group, arm in (("treated", 1), ("control", 0)):
        steps.append(("in_frame", group, who.total[1 - arm]))
    for group, arm in (("treated", 1), ("control", 0)):
        steps.append(("design_covariates_known", group, who.count(arm)))
    for group, arm in (("treated", 1), ("control", 0)):
        steps.append(("design_compared", group, int(((weight > 0) & (who.d == arm)).sum())))
    return sample_frame(steps)


def _design_notes(
    who: Candidates,
    scored: Scored,
    arms: tuple[NDArray[np.intp], NDArray[np.intp]],
    pairs: kernel.Pairs,
    per: NDArray[np.intp],
    settings: Mapping[str, Any],
) -> list[Note]:
    first, second = arms
    alone = np.bincount(who.strata[second], minlength=len(who.strata))[who.strata[first]] == 0
    notes = [support_note(scored.score, who.d)]
    if alone.any():
        notes.append(Note("design_stratum_alone", values={"n": int(alone.sum())}))
    if settings["ratio"] > 1:
        short = int(((per > 0) & (per < settings["ratio"])).sum())
        if short:
            notes.append(Note("design_short", values={"n": short, "ratio": settings["ratio"]}))
    if pairs.ties:
        notes.append(Note("design_ties", values={"n": pairs.ties, "picks": len(pairs.treated)}))
    if scored.firth:
        notes.append(Note("design_firth"))
    if settings["replace"]:
        most = int(np.bincount(pairs.control).max())
        notes.append(Note("design_reused", values={"n": len(np.unique(pairs.control)), "most": most}))
    return [n for n in notes if n is not None]
