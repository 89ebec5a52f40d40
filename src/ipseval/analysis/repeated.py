"""Means over three or more waves, with everybody who answered at least once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.kernels import repeated_gee as gee
from ipseval.analysis.kernels import repeated_mixed as mixed
from ipseval.analysis.repeated_rows import Cells, Fitted, repeated_rows
from ipseval.core.checks import require_columns, require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

METHODS = ("mixed", "gee")
RANDOM = ("intercept", "slope")
REFERENCES = {
    "mixed": ("https://doi.org/10.2307/2533558",),
    "gee": ("https://doi.org/10.1111/j.0006-341X.2001.00126.x",),
}


@dataclass(frozen=True)
class _Columns:
    score: str
    wave: str
    id: str
    arm: str | None
    waves: tuple[str, ...]


def repeated(
    frame: pd.DataFrame,
    *,
    score: str,
    wave: str,
    id: str,
    waves: Sequence[Any] | None = None,
    arm: str | None = None,
    method: str = "mixed",
    random: str = "intercept",
    level: float = 0.95,
) -> Result:
    """Follow a score over waves, also for people who missed one, and compare arms over time.

    Parameters
    ----------
    frame
        One row per person and wave.
    score, wave, id
        Columns of the score, the wave and the person.
    waves
        The waves in order of time; may be left out where they are numbers, dates or an ordered category.
    arm
        Column with two arms, constant within a person: adds arm means and the treatment-by-time contrasts.
    method
        "mixed" (random effects, REML, Kenward-Roger) or "gee" (independence, Mancl-DeRouen, t).
    random
        "intercept", or "slope" for persons who also differ in their course (wave numbers as time;
        their place in order where waves are words).
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        Per arm: the mean at each wave, the difference of each later wave to the first (`contrast`), and a
        joint test of no change (`waves_test`).  With arms: difference in change at each later wave and
        `arm_by_wave_test`.  Mixed adds `sd_person` and `sd_residual`.  `df` are those of Kenward and Roger,
        or persons minus coefficients.  Extras: `numerator` (numerator degrees of freedom of the joint tests).

    Raises
    ------
    EstimationError
        Fewer than two waves, a person twice in a wave, waves whose order is not told, an arm that changes.

    Notes
    -----
    Assumptions: mixed, normal random effects and answers missing at random given those that were given; gee,
    answers missing completely at random.  Missing data: every answer counts, complete or not.
    Checked against: tests/oracles/repeated (R lme4 with pbkrtest, geepack; Mancl-DeRouen by brute force).
    References: Kenward and Roger 1997, Mancl and DeRouen 2001 (DOIs in `method`).

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
    require_option(method, METHODS, argument="method")
    require_option(random, RANDOM, argument="random")
    require_columns(frame, [score, wave, id, *([arm] if arm else [])], argument="score, wave, id and arm")
    columns = _Columns(score, wave, id, arm, _wave_order(frame[wave], wave, waves))
    rows, people_in_frame = _rows(frame, columns)
    cells = _cells(rows, columns)
    fitted, notes = _fit(rows, cells, columns, method, random)
    made, numerators = repeated_rows(cells, fitted, score, level)
    return Result(
        kind="repeated",
        estimates=estimates_frame(made),
        sample=_flow(rows, columns, people_in_frame),
        method=Method(
            estimator=f"repeated_{method}" + (f"_{random}" if method == "mixed" else ""),
            interval="kenward_roger" if method == "mixed" else "mancl_derouen",
            level=level,
            test="kenward_roger" if method == "mixed" else "mancl_derouen",
            missing="every_answer_mar" if method == "mixed" else "every_answer_mcar",
            references=REFERENCES[method],
        ),
        base=Base(name="in_frame", n=people_in_frame),
        notes=tuple(notes),
        extras={"numerator": numerators},
        source=Source.of(frame=frame),
    )


def _wave_order(column: pd.Series, wave: str, waves: Sequence[Any] | None) -> tuple[str, ...]:
    seen = set(inputs.as_text(column).dropna())
    if waves is not None:
        order = [code_text(w) for w in waves]
        if len(set(order)) != len(order) or any(w not in seen for w in order):
            raise EstimationError(f"waves= must name different waves that {wave!r} has: check the labels.")
    elif isinstance(column.dtype, pd.CategoricalDtype) and column.cat.ordered:
        order = [code_text(w) for w in column.cat.categories if code_text(w) in seen]
    elif pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        order = [code_text(w) for w in sorted(column.dropna().unique())]
    else:
        raise EstimationError(
            f"wave={wave!r} holds text, whose alphabetical order is not the order in time: give waves=[...]."
        )
    if len(order) < 2:
        raise EstimationError(f"wave={wave!r} has {len(order)} wave(s), but a course needs two or more.")
    return tuple(order)


def _rows(frame: pd.DataFrame, columns: _Columns) -> tuple[pd.DataFrame, int]:
    blank = int(frame[columns.id].isna().sum())
    if blank:
        raise EstimationError(f"id={columns.id!r} is missing on {blank} row(s): give every row a person.")
    made = pd.DataFrame(
        {
            "id": pd.factorize(frame[columns.id])[0],
            "wave": inputs.as_text(frame[columns.wave]).to_numpy(),
            "y": inputs.numbers(frame[columns.score], columns.score).to_numpy(),
        }
    )
    made["arm"] = "" if columns.arm is None else inputs.as_text(frame[columns.arm]).to_numpy()
    made = made[made["wave"].isin(columns.waves)]
    doubled = int(made.duplicated(["id", "wave"]).sum())
    if doubled:
        raise EstimationError(
            f"id={columns.id!r} repeats on {doubled} row(s) within a wave: keep one row per person and wave."
        )
    varying = int((made.groupby("id")["arm"].nunique() > 1).sum())
    if varying:
        raise EstimationError(
            f"arm={columns.arm!r} changes within {varying} person(s): give each person one arm."
        )
    return made, int(frame[columns.id].nunique())


def _cells(rows: pd.DataFrame, columns: _Columns) -> Cells:
    known = rows.dropna(subset=["y", "arm"])
    arms = tuple(sorted(known["arm"].unique()))
    if columns.arm is not None and len(arms) != 2:
        raise EstimationError(f"arm={columns.arm!r} has {len(arms)} value(s), but two arms are compared.")
    counts = {
        (a, w): int(((known["arm"] == a) & (known["wave"] == w)).sum()) for a in arms for w in columns.waves
    }
    empty = sum(n == 0 for n in counts.values())
    if empty or not arms:
        raise EstimationError(
            f"{empty or len(columns.waves)} wave(s) have no answer to {columns.score!r} (in an arm): "
            "leave them out of waves=."
        )
    persons = {a: int(known.loc[known["arm"] == a, "id"].nunique()) for a in arms}
    return Cells(arms, columns.waves, counts, persons)


def _fit(
    rows: pd.DataFrame, cells: Cells, columns: _Columns, method: str, random: str
) -> tuple[Fitted, list[Note]]:
    known = rows.dropna(subset=["y", "arm"])
    dropped = int(rows["y"].isna().sum())
    notes = [Note("answers_missing", values={"n": dropped, "column": columns.score})] if dropped else []
    place = {cell: k for k, cell in enumerate(cells.counts)}
    x = np.zeros((len(known), len(place)))
    x[np.arange(len(known)), [place[a, w] for a, w in zip(known["arm"], known["wave"], strict=True)]] = 1.0
    y, ids = known["y"].to_numpy(), known["id"].to_numpy()
    if cells.n_persons <= len(place):
        raise EstimationError(
            f"{cells.n_persons} person(s) answered, too few for {len(place)} means: use fewer waves."
        )
    if method == "gee":
        people = mixed.persons_of(x, np.ones((len(x), 1)), y, ids)
        return Fitted(gee.fit_gee(people), None), notes
    fit = mixed.fit_mixed(mixed.persons_of(x, _random_columns(known, columns, random), y, ids))
    if fit.singular:
        notes.append(Note("random_effect_is_zero"))
        simpler = np.ones((len(x), 1)) if random == "slope" else np.zeros((len(x), 0))
        fit = mixed.fit_mixed(mixed.persons_of(x, simpler, y, ids))
    return Fitted(None, fit), notes


def _random_columns(
    known: pd.DataFrame, columns: _Columns, random: str
) -> np.ndarray[Any, np.dtype[np.float64]]:
    ones = np.ones(len(known))
    if random == "intercept":
        return ones[:, None]
    try:
        times = {w: float(w) for w in columns.waves}
    except ValueError:
        times = {w: float(k) for k, w in enumerate(columns.waves)}
    time = known["wave"].map(times).to_numpy(dtype=float)
    # Scaled to about one, so that both random effects are of one size; the fit does not depend on it.
    return np.column_stack([ones, (time - min(times.values())) / max(np.ptp(list(times.values())), 1e-12)])


def _flow(rows: pd.DataFrame, columns: _Columns, persons: int) -> pd.DataFrame:
    known = rows.dropna(subset=["y", "arm"])
    steps: list[tuple[str, str, int]] = [("in_frame", "", persons)]
    steps += [("answered", w, int((known["wave"] == w).sum())) for w in columns.waves]
    arms = sorted(known["arm"].unique())
    steps += [("analysed", a, int(known.loc[known["arm"] == a, "id"].nunique())) for a in arms]
    return sample_frame(steps)
