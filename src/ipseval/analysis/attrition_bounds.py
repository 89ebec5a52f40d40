"""What an estimate would be had everybody answered: weights, worst and best case, bounds, tipping points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.attrition_bounds_rows import Arm, bound_rows, tipping_grid
from ipseval.analysis.change_rows import Book
from ipseval.core.checks import require_columns, require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

REFERENCES = (
    "https://doi.org/10.1080/01621459.1994.10476818",
    "https://doi.org/10.1111/j.1468-0262.2004.00555.x",
    "https://doi.org/10.1111/j.1467-937X.2009.00536.x",
)


@dataclass(frozen=True)
class _Columns:
    outcome: str
    treatment: str | None
    covariates: tuple[str, ...]
    id: str | None


def attrition_bounds(
    frame: pd.DataFrame,
    *,
    outcome: str,
    range: tuple[float, float],
    treatment: str | None = None,
    covariates: Sequence[str] = (),
    better: str = "higher",
    id: str | None = None,
    resamples: int = 999,
    seed: int = 20260101,
    level: float = 0.95,
) -> Result:
    """Tell how far an estimate could move if those who did not answer had answered.

    Parameters
    ----------
    frame
        One row per person, everybody who should have answered.
    outcome
        Score, change of a score, or 0/1; missing where there is no answer.
    range
        Lowest and highest possible value of the outcome (for a change of a 0-100 score: -100, 100).
    treatment
        Column with two arms; the estimates are then differences, the later code minus the earlier.
    covariates
        Numeric or 0/1 columns known for everybody, for the chance of answering.
    better
        "higher" or "lower": which end is the worst case.
    id
        Person column.
    resamples, seed
        Of the bootstrap standard errors of Lee's bounds.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        `complete_case`; `ipw` (with covariates); `worst_case` and `best_case` (every missing answer at an end
        of the range; with arms, the worst for the second arm and the best for the first, and the reverse)
        whose estimates are Manski's bounds; `manski_bounds` (Imbens-Manski interval); with arms `lee_low`,
        `lee_high` and `lee_bounds`; `tipping_zero` and `tipping_unclear`: by how many points the missing
        (of the second arm) would have to differ from those who answered before the estimate is zero, and
        before its interval meets zero.
        Extras: `tipping_grid` for 0/1 outcomes: every count of events among the missing, with the exact p.

    Raises
    ------
    EstimationError
        Values outside the range, not two arms, covariates with missing values.

    Notes
    -----
    Assumptions: ipw, that answering depends on the covariates only; Lee, that treatment moves answering
    one way only; worst and best case, none.  Missing data: this verb is about it.
    Checked against: tests/oracles/attrition (R: glm with stacked equations) and brute force.
    References: Robins et al. 1994, Imbens and Manski 2004, Lee 2009 (DOIs in `method`).

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> change = pd.DataFrame({"gain": [8, 12, 4, 16, None]})
    >>> est = ips.attrition_bounds(change, outcome="gain", range=(-100, 100)).estimates.set_index("term")
    >>> est.loc[["complete_case", "worst_case", "best_case", "tipping_zero"], "estimate"].tolist()
    [10.0, -12.0, 28.0, -50.0]
    """
    require_level(level)
    require_option(better, ("higher", "lower"), argument="better")
    if not range[0] < range[1]:
        raise EstimationError("range= must be (lowest, highest possible value).")
    columns = _Columns(outcome, treatment, tuple(covariates), id)
    arms, notes = _arms(frame, columns, range)
    persons = sum(arm.n for arm in arms)
    ends = range if better == "higher" else (range[1], range[0])
    book = Book(level, "wilcoxon", resamples, seed)
    bound_rows(outcome, arms, ends, book)
    grid = tipping_grid(arms)
    steps = [("in_frame", "", len(frame)), *(("in_frame", arm.name, arm.n) for arm in arms if arm.name)]
    steps += [("analysed", arm.name, len(arm.answers)) for arm in arms]
    return Result(
        kind="attrition_bounds",
        estimates=estimates_frame(book.rows),
        sample=sample_frame(steps),
        method=Method(
            estimator="attrition_bounds_estimator",
            interval="attrition_bounds_interval",
            level=level,
            missing="missing_is_the_question",
            seed=seed,
            references=REFERENCES,
        ),
        base=Base(name="in_frame", n=max(persons, len(frame))),
        notes=(*notes, *book.notes),
        extras={} if grid is None else {"tipping_grid": grid},
        source=Source.of(frame=frame),
    )


def _arms(frame: pd.DataFrame, columns: _Columns, ends: tuple[float, float]) -> tuple[list[Arm], list[Note]]:
    named = [columns.outcome, *columns.covariates]
    require_columns(frame, named, argument="outcome and covariates")
    for argument, column in (("treatment", columns.treatment), ("id", columns.id)):
        if column is not None:
            require_columns(frame, [column], argument=argument)
    inputs.check_persons(frame, columns.id, None)
    y = inputs.numbers(frame[columns.outcome], columns.outcome)
    outside = int(((y < ends[0]) | (y > ends[1])).sum())
    if outside:
        raise EstimationError(
            f"column {columns.outcome!r} has {outside} value(s) outside range=: "
            "widen the range or correct them."
        )
    x = _covariates(frame, columns.covariates)
    groups = inputs.group_masks(frame, columns.treatment, {})
    if columns.treatment is not None and len(groups) != 2:
        raise EstimationError(
            f"treatment={columns.treatment!r} has {len(groups)} value(s), but two arms are compared."
        )
    notes = []
    if columns.treatment is not None and (blank := int(frame[columns.treatment].isna().sum())):
        notes.append(Note("rows_without_group", values={"n": blank, "column": columns.treatment}))
    arms = []
    for name, mask in groups:
        chosen = mask.fillna(False).to_numpy(dtype=bool)
        arms.append(Arm(name, y.to_numpy()[chosen], x[chosen] if columns.covariates else None))
        if len(arms[-1].answers) == 0:
            raise EstimationError(
                f"column {columns.outcome!r} has no answer{' in one arm' if name else ''}: "
                "there is nothing to go by."
            )
    return arms, notes


def _covariates(frame: pd.DataFrame, names: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    made = [np.ones(len(frame))]
    for name in names:
        column = frame[name].astype("Int64") if frame[name].dtype == bool else frame[name]
        values = inputs.numbers(column, name)
        blank = int(values.isna().sum())
        if blank:
            raise EstimationError(
                f"covariate {name!r} is missing on {blank} row(s), but the chance of answering needs it for "
                "everybody: leave it out or impute it first."
            )
        made.append(values.to_numpy())
    return np.column_stack(made)
