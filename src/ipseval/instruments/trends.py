"""Own-made progression measures that are answered again and again: the trend per month."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import ScoringError
from ipseval.core.evidence import Evidence, Line, top_two
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.tails import t_quantile, t_two_sided
from ipseval.instruments.checks import require_finite

DAYS_PER_MONTH = 365.25 / 12.0
FEW_PERSONS = 20


def progression(
    frame: pd.DataFrame, *, scores: Sequence[str], id: str, date: str, level: float = 0.95
) -> Result:
    """Tell how much a repeated measure moves per month, within persons.

    Parameters
    ----------
    frame
        One row per answered form; a person may have any number, at any dates.
    scores
        Columns to follow: single items, or sums made by an instrument from your own file.
    id, date
        The person column and the date column.
    level
        Confidence level.

    Returns
    -------
    Result
        One row per score: `estimate` is the change in points per month (later minus earlier), `n` the
        persons with answers on at least two dates.  `extras["person_months"]` has, per score, the
        number of forms, persons and months between first and last answer, summed over persons.

    Raises
    ------
    ScoringError
        For unknown columns, text scores, dates that are no dates, or a person twice on one date.

    Assumptions
    -----------
    A straight line per person with a common slope; persons who leave early leave for reasons that
    have nothing to do with their trend.  Nothing here says that the programme made the change.

    Missing data
    ------------
    Every answered form of a person with at least two counts; persons with one are counted in `sample`.

    Checked against
    ---------------
    tests/oracles/progression (R: lm with person effects, clubSandwich CR1).

    References
    ----------
    Liang KY, Zeger SL (1986) doi:10.1093/biomet/73.1.13 (variance clustered on persons).
    """
    require_level(level, error=ScoringError)
    require_columns(frame, [*scores, id, date], argument="scores/id/date", error=ScoringError)
    _check(frame, scores, id, date)
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    months = []
    steps = [("in_frame", "", int(frame[id].nunique()))]
    for score in scores:
        known = frame.loc[frame[[score, id, date]].notna().all(axis=1), [score, id, date]]
        repeated = known[known.groupby(id)[id].transform("size") >= 2]
        row = {"outcome": score, "estimand": "mean_trend", "scale": "points_per_month"}
        rows.append(row | _slope(repeated, score, id, date, level, len(rows), notes))
        months.append(_person_months(known, score, id, date))
        steps.append(("at_least_two_answers", score, int(repeated[id].nunique())))
    undated = int(frame[[id, date]].isna().any(axis=1).sum())
    if undated:
        notes.append(Note("forms_without_person_or_date", None, {"n": undated}))
    method = Method(
        "within_person_slope",
        estimand="mean_trend",
        interval="t_clustered_on_persons",
        level=level,
        test="t_clustered_on_persons",
        missing="all_forms_of_repeaters",
        references=("doi:10.1093/biomet/73.1.13",),
    )
    n = max((step[2] for step in steps[1:]), default=0)
    return Result(
        "progression",
        estimates_frame(rows),
        sample_frame(steps),
        method,
        Base("at_least_two_answers", n),
        tuple(notes),
        {"person_months": pd.concat(months, ignore_index=True)},
        Source.of(frame=frame[[*scores, id, date]]),
        _evidence(frame, scores, id, date),
    )


def _evidence(frame: pd.DataFrame, scores: Sequence[str], id: str, date: str) -> Evidence:
    """Tell of each slope its persons, and how much of it the two hold who were followed the longest."""
    people = pd.DataFrame({id: frame[id].dropna().unique()})
    often = {score: f"{score} at two dates" for score in scores}
    moved = {}
    for score, name in often.items():
        known = frame.loc[frame[[score, id, date]].notna().all(axis=1), [score, id, date]]
        moved[score] = known[known.groupby(id)[id].transform("size") >= 2]
        people[name] = people[id].isin(moved[score][id]).map({True: 1.0})
    cells = Cells(people, id)
    lines = [_line(cells, people, moved[score], score, often[score], (id, date)) for score in scores]
    return cells.evidence(lines=lines)


def _line(
    cells: Cells, people: pd.DataFrame, known: pd.DataFrame, score: str, name: str, columns: tuple[str, str]
) -> Line:
    id, date = columns
    days = (known[date] - known[date].min()).dt.total_seconds()
    away = days - days.groupby(known[id]).transform("mean")
    spans = (away**2).groupby(known[id]).sum()
    # A slope of answers that never change is everybody's.
    still = (known.groupby(id)[score].nunique() <= 1).to_numpy()
    counted = Counted(np.flatnonzero(people[name].notna()), (name,))
    return cells.line(
        counted, of=(score,), top_two=top_two(spans.tolist()), all_equal=bool(len(still) and still.all()),
        residual_df=float(len(spans) - 1), fewest=int((~still).sum()) or None,
    )  # fmt: skip


def _check(frame: pd.DataFrame, scores: Sequence[str], id: str, date: str) -> None:
    if not scores:
        raise ScoringError("scores= names no column; name at least one score to follow.")
    for score in scores:
        if frame[score].dtype == bool or not pd.api.types.is_numeric_dtype(frame[score]):
            raise ScoringError(f"scores= names {score!r}, which is not numeric; score the items first.")
        require_finite(frame, score, "scores")
    if not pd.api.types.is_datetime64_any_dtype(frame[date]):
        raise ScoringError(f"date={date!r} does not hold dates; convert it with pandas.to_datetime first.")
    twice = int(frame.dropna(subset=[id, date]).duplicated([id, date]).sum())
    if twice:
        raise ScoringError(f"{twice} row(s) repeat a person on one date; keep one form per person and date.")


def _slope(
    known: pd.DataFrame, score: str, id: str, date: str, level: float, row: int, notes: list[Note]
) -> dict[str, Any]:
    """Fit one slope on months within persons, with a variance clustered on persons (t on persons - 1)."""
    persons = int(known[id].nunique())
    if persons < 2:
        notes.append(Note("too_few_repeaters", row, {"outcome": score, "n": persons}))
        return {"n": persons, "status": "refused"}
    days = (known[date] - known[date].min()).dt.total_seconds() / 86400.0
    x, y = days / DAYS_PER_MONTH, known[score].astype(float)
    u = (x - x.groupby(known[id]).transform("mean")).to_numpy()
    v = (y - y.groupby(known[id]).transform("mean")).to_numpy()
    information = float(u @ u)
    slope = float(u @ v) / information
    pushes = pd.Series(u * (v - slope * u)).groupby(known[id].to_numpy()).sum().to_numpy()
    se = math.sqrt(float(pushes @ pushes) * persons / (persons - 1)) / information
    found: dict[str, Any] = {"estimate": slope, "std_error": se, "n": persons, "df": persons - 1.0}
    if se > 0.0:
        reach = float(t_quantile(level, persons - 1.0)) * se
        statistic = slope / se
        p = float(t_two_sided(statistic, persons - 1.0))
        found |= {"ci_low": slope - reach, "ci_high": slope + reach, "conf_level": level}
        found |= {"statistic": statistic, "p_value": p}
    if persons < FEW_PERSONS:
        notes.append(Note("few_repeaters", row, {"outcome": score, "n": persons}))
        found["status"] = "flagged"
    return found


def _person_months(known: pd.DataFrame, score: str, id: str, date: str) -> pd.DataFrame:
    dates = known.groupby(id)[date]
    span = (dates.max() - dates.min()).dt.total_seconds().sum() / 86400.0 / DAYS_PER_MONTH
    repeaters = int(np.sum(dates.size() >= 2))
    return pd.DataFrame(
        {
            "score": [score],
            "forms": [len(known)],
            "persons": [int(known[id].nunique())],
            "persons_with_two": [repeaters],
            "person_months": [float(span)],
        }
    )
