"""Means or shares over three or more waves, with everybody who answered at least once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import repeated_inputs as inputs
from ipseval.analysis.kernels import repeated_gee as gee
from ipseval.analysis.kernels import repeated_mixed as mixed
from ipseval.analysis.repeated_evidence import repeated_evidence
from ipseval.analysis.repeated_rows import Cells, Fitted, Table, repeated_rows
from ipseval.core.checks import require_columns, require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

KINDS = ("score", "yes_no")
METHODS = ("mixed", "gee")
RANDOM = ("intercept", "slope")
CORRELATIONS = ("independence", "exchangeable")
REFERENCES = {
    "mixed": ("https://doi.org/10.2307/2533558",),
    "gee": ("https://doi.org/10.1111/j.0006-341X.2001.00126.x", "https://doi.org/10.1093/biomet/73.1.13"),
}


def repeated(
    frame: pd.DataFrame,
    *,
    score: str,
    wave: str,
    id: str,
    waves: Sequence[Any] | None = None,
    arm: str | None = None,
    covariates: Sequence[str] = (),
    kind: str = "score",
    method: str | None = None,
    random: str = "intercept",
    correlation: str = "independence",
    level: float = 0.95,
) -> Result:
    """Follow a score or a yes/no answer over waves, also for people who missed one, and compare arms.

    Parameters
    ----------
    frame
        One row per person and wave.
    score, wave, id
        Columns of the score (or of yes/no as 1/0), the wave and the person.
    waves
        The waves in order of time; may be left out where they are numbers, dates or an ordered category.
    arm
        Column with two arms, constant within a person: adds arm means and the treatment-by-time contrasts.
    covariates
        Numbers or categories to adjust for; means and shares are then at the average of each over the
        answers analysed.  Answers without one of them are left out, and counted.
    kind
        "score", or "yes_no" (log-odds; by "gee" only).
    method
        "mixed" (random effects, REML, Kenward-Roger) or "gee" (Mancl-DeRouen, t); left out, mixed for scores
        and gee for yes/no.
    random
        With mixed: "intercept", or "slope" for persons who also differ in their course (wave numbers as time;
        their place in order where waves are words).
    correlation
        With gee: the working correlation, "independence" or "exchangeable".  The standard errors hold with
        either; exchangeable is more precise where people who missed waves are many.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per arm: the mean (or share) at each wave, the difference (or odds ratio) of each later wave to the
        first (`contrast`), and a joint test of no change (`waves_test`).  With arms: difference in change (or
        ratio of odds ratios) at each later wave and `arm_by_wave_test`.  Then covariates.  Mixed adds
        `sd_person` and `sd_residual`.  `df` are those of Kenward and Roger, or persons minus coefficients;
        `std_error` of an odds ratio is that of its log.  A wave where all said the same yes or no has no
        log-odds: rows that need it are refused.  Extras: `numerator` (numerator degrees of freedom of the
        joint tests), and with exchangeable `correlation`.

    Raises
    ------
    EstimationError
        Fewer than two waves, a person twice in a wave, waves whose order is not told, an arm that changes.

    Notes
    -----
    Assumptions: mixed, normal random effects and answers missing at random given those that were given; gee,
    answers missing completely at random (given covariates).  Missing data: every answer counts, complete or
    not.
    Checked against: tests/oracles/repeated (R lme4 with pbkrtest, geepack; Mancl-DeRouen by brute force).
    References: Kenward and Roger 1997, Mancl and DeRouen 2001, Liang and Zeger 1986 (DOIs in `method`).

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> long = pd.DataFrame({"id": [1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4],
    ...     "month": [0, 6, 12, 0, 6, 12, 0, 6, 0, 6, 12],
    ...     "who5": [40, 52, 60, 36, 40, 52, 56, 64, 20, 44, 40]})
    >>> est = ips.repeated(long, score="who5", wave="month", id="id").estimates
    >>> [round(float(v), 1) for v in est.loc[est["scale"] == "mean", "estimate"]]
    [38.0, 50.0, 55.6]
    """
    require_level(level)
    require_option(kind, KINDS, argument="kind")
    method = method or ("mixed" if kind == "score" else "gee")
    require_option(method, METHODS, argument="method")
    require_option(random, RANDOM, argument="random")
    require_option(correlation, CORRELATIONS, argument="correlation")
    if kind == "yes_no" and method == "mixed":
        raise EstimationError("kind='yes_no' is fitted by estimating equations: leave method= out or 'gee'.")
    given = [score, wave, id, *([arm] if arm else []), *covariates]
    require_columns(frame, given, argument="score, wave, id, arm and covariates")
    if len(set(given)) < len(given):
        raise EstimationError("score=, wave=, id=, arm= and covariates= must name different columns.")
    order = inputs.wave_order(frame[wave], wave, waves)
    columns = inputs.Columns(score, wave, id, arm, tuple(covariates), order)
    yes_no = kind == "yes_no"
    rows, people_in_frame = inputs.working_rows(frame, columns, yes_no=yes_no)
    known = inputs.known_rows(rows, columns)
    cells = inputs.cells_of(known, columns, yes_no=yes_no)
    fitted, notes = _fit(known, cells, columns, method, random, correlation)
    table = Table(score, level, yes_no)
    repeated_rows(cells, fitted, table)
    estimator = f"repeated_{method}_{random if method == 'mixed' else correlation}"
    extras = {"numerator": table.numerator_frame}
    if fitted.gee is not None and correlation == "exchangeable":
        extras["correlation"] = pd.DataFrame({"correlation": [fitted.gee.correlation]})
    estimates = estimates_frame(table.rows)
    return Result(
        kind="repeated",
        estimates=estimates,
        sample=_flow(known, columns, people_in_frame),
        method=Method(
            estimator=estimator + ("_yes_no" if yes_no else ""),
            interval="kenward_roger" if method == "mixed" else "mancl_derouen",
            level=level,
            test="kenward_roger" if method == "mixed" else "mancl_derouen",
            missing="every_answer_mar" if method == "mixed" else "every_answer_mcar",
            references=REFERENCES[method],
        ),
        base=Base(name="in_frame", n=people_in_frame),
        notes=(*_left_out(rows, columns), *notes, *table.notes),
        extras=extras,
        source=Source.of(frame=frame),
        evidence=repeated_evidence(frame, rows, known, columns, len(fitted.beta), estimates, yes_no=yes_no),
    )


def _left_out(rows: pd.DataFrame, columns: inputs.Columns) -> list[Note]:
    names = {"y": columns.score, "arm": columns.arm or ""}
    names |= {f"x_{name}": name for name in columns.covariates}
    counts = {name: int(rows[held].isna().sum()) for held, name in names.items()}
    return [Note("answers_missing", values={"n": n, "column": c}) for c, n in counts.items() if n]


def _fit(
    known: pd.DataFrame, cells: Cells, columns: inputs.Columns, method: str, random: str, correlation: str
) -> tuple[Fitted, list[Note]]:
    # A cell without variation in yes/no has no finite log-odds; leaving its rows out changes no other cell.
    inside = [cell not in cells.alike for cell in zip(known["arm"], known["wave"], strict=True)]
    known = known[inside]
    x, terms = inputs.design(known, cells, columns)
    persons = int(known["id"].nunique())
    if persons <= x.shape[1] or not x.shape[1]:
        raise EstimationError(
            f"{persons} person(s) answered, too few for {x.shape[1]} means and coefficients: use fewer waves "
            "or covariates."
        )
    y, ids = known["y"].to_numpy(), known["id"].to_numpy()
    if method == "gee":
        people = mixed.persons_of(x, np.ones((len(x), 1)), y, ids)
        yes_no, exchangeable = bool(cells.events), correlation == "exchangeable"
        return Fitted(gee.fit_gee(people, yes_no=yes_no, exchangeable=exchangeable), None, cells, terms), []
    notes = []
    try:
        fit = mixed.fit_mixed(mixed.persons_of(x, inputs.random_columns(known, columns, random), y, ids))
    except np.linalg.LinAlgError:
        raise EstimationError(
            "the model cannot be fitted: the score does not vary within persons, or a column is a sum of "
            "others; leave such a column out, or use method='gee'."
        ) from None
    if fit.singular:
        notes.append(Note("random_effect_is_zero"))
        simpler = np.ones((len(x), 1)) if random == "slope" else np.zeros((len(x), 0))
        fit = mixed.fit_mixed(mixed.persons_of(x, simpler, y, ids))
    return Fitted(None, fit, cells, terms), notes


def _flow(known: pd.DataFrame, columns: inputs.Columns, persons: int) -> pd.DataFrame:
    steps: list[tuple[str, str, int]] = [("in_frame", "", persons)]
    steps += [("answered", w, int((known["wave"] == w).sum())) for w in columns.waves]
    arms = sorted(known["arm"].unique())
    steps += [("analysed", a, int(known.loc[known["arm"] == a, "id"].nunique())) for a in arms]
    return sample_frame(steps)
