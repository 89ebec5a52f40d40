"""Scores beside a reference population: z and percentile of a person, difference of a group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ipseval.core.checks import hint_for, require_columns, require_level
from ipseval.core.errors import ScoringError
from ipseval.core.evidence import Evidence, spread
from ipseval.core.evidence_cells import Cells, Counted, is_coded
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame
from ipseval.core.tails import normal_two_sided, t_quantile, t_two_sided
from ipseval.instruments.checks import require_finite
from ipseval.instruments.model import Norm

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument


def chosen_norm(instrument: Instrument, norm: str | Norm) -> Norm:
    """Return a shipped norm by name, or the caller's own after checking that it is cited."""
    if isinstance(norm, Norm):
        _require_cited(norm)
        return norm
    if norm not in instrument.norms:
        raise ScoringError(
            f"norm={norm!r} is not shipped with {instrument.id}: {hint_for(norm, instrument.norms)} "
            "Give your own as Norm(mean, sd, population, source)."
        )
    return instrument.norms[norm]


def _require_cited(norm: object) -> None:
    """Refuse what is no norm, a norm nobody can look up, and one that cannot be divided by."""
    if not isinstance(norm, Norm):
        raise ScoringError('norm= must be a Norm such as WHO5.norms["denmark_2003"], not its name.')
    if not norm.source or not norm.population:
        raise ScoringError("norm= must say its population and source; a norm without them is not used.")
    if not (math.isfinite(norm.mean) and norm.sd > 0):
        raise ScoringError("norm= must have a finite mean and an sd above 0.")


def norm_scores(scores: pd.Series, norm: Norm) -> pd.DataFrame:
    """Return `z` (in norm SDs) and `percentile` (share of a normal population with a lower score, 0-100)."""
    if not pd.api.types.is_numeric_dtype(scores) or pd.api.types.is_bool_dtype(scores):
        raise ScoringError("scores= must be numbers; give the score column, not a band.")
    z = (scores.astype(float) - norm.mean) / norm.sd
    beyond = normal_two_sided(z.fillna(0.0)) / 2.0
    percentile = 100.0 * np.where(z > 0, 1.0 - beyond, beyond)
    return pd.DataFrame({"z": z, "percentile": pd.Series(percentile, index=z.index).where(z.notna())})


def compare_with_norm(
    frame: pd.DataFrame,
    *,
    score: str,
    norm: Norm,
    by: str | None = None,
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Compare the mean of a group with a reference population.

    Parameters
    ----------
    frame
        One row per person (and wave, with `by=`).
    score
        Column of scores.
    norm
        The reference: `Norm(mean, sd, population, source)`, or one of `WHO5.norms`.
    by
        Column to split by.
    id
        Person column, to hold rows to one per person (and group).
    level
        Confidence level.

    Returns
    -------
    Result
        Per group three rows: `mean`; `difference` (group minus norm, one-sample t); `standardised`
        (the difference in SDs of the norm).

    Raises
    ------
    ScoringError
        For unknown or text columns, a norm without source, or a person twice in a group.

    Assumptions
    -----------
    The norm is taken as known without error; age and gender of the two are not made alike.

    Missing data
    ------------
    Persons without a score are counted in `sample` and left out.

    Checked against
    ---------------
    tests/instruments/test_norms.py (scipy's one-sample t-test).
    """
    require_level(level, error=ScoringError)
    _require_cited(norm)
    require_columns(frame, [c for c in (score, by, id) if c], argument="score/by/id", error=ScoringError)
    if frame[score].dtype == bool or not pd.api.types.is_numeric_dtype(frame[score]):
        raise ScoringError(f"score={score!r} is not numeric; give scores, not bands.")
    require_finite(frame, score, "score")
    if id is not None:
        again = int(frame.duplicated([c for c in (id, by) if c]).sum())
        if again:
            raise ScoringError(f"id={id!r} stands more than once in {again} row(s); keep one row per person.")
    rows: list[dict[str, Any]] = []
    notes = [Note("norm_is", None, {"population": norm.population, "source": norm.source})]
    steps: list[tuple[str, str, int]] = []
    groups = (
        [("", frame)] if by is None else [(str(k), g) for k, g in frame.groupby(by, sort=True, observed=True)]
    )
    for group, part in groups:
        known = part[score].dropna().to_numpy(dtype=float)
        steps += [("in_frame", group, len(part)), ("scored", group, len(known))]
        for row in _norm_rows(known, norm, level):
            if row.get("status") == "refused":
                notes.append(Note("needs_two_scores", len(rows), {"outcome": score}))
            rows.append({"outcome": score, "group": group, "n": len(known), **row})
    nameless = 0 if by is None else int(frame[by].isna().sum())
    if nameless:
        notes.append(Note("rows_without_group", None, {"n": nameless, "column": by}))
    method = Method(
        "comparison_with_norm",
        interval="one_sample_t",
        level=level,
        test="one_sample_t",
        missing="scored",
        references=(norm.source,),
    )
    n = (
        int(frame[score].notna().sum())
        if by is None
        else int(frame.loc[frame[by].notna(), score].notna().sum())
    )
    flow = sample_frame(sorted(steps, key=lambda step: step[0] != "in_frame"))
    source = Source.of(frame=frame[[c for c in (score, by, id) if c]])
    return Result(
        "compare_with_norm", estimates_frame(rows), flow, method, Base("scored", n), tuple(notes), {}, source,
        _evidence(frame, id, score, by, rows),
    )  # fmt: skip


def _evidence(
    frame: pd.DataFrame, id: str | None, score: str, by: str | None, rows: list[dict[str, Any]]
) -> Evidence:
    """Tell of each row the people of its group and how their scores are spread; the norm is known to all."""
    needed = [c for c in (by, score) if c]
    there = frame[needed].notna().all(axis=1).to_numpy()
    cells, counted = Cells(frame, id), Counted(np.flatnonzero(there), tuple(needed))
    groups = None if by is None else frame[by].map(str, na_action="ignore")
    coded = is_coded(frame[score])
    # The mean of two values is a share of one of them.
    split = tuple(c for c in (by, score if coded else None) if c)
    made = {}
    for name in dict.fromkeys(row["group"] for row in rows):
        own = there if groups is None else there & (groups == name).to_numpy()
        who = []
        if groups is not None and own.any():
            who = [(str(by), code_text(frame[by].iloc[int(np.flatnonzero(own)[0])]))]
        numbers = [] if coded else [frame[score].to_numpy(dtype=float)[own]]
        made[name] = cells.line(counted, who=who, splits=(split,), of=(score,), **spread(numbers))
    return cells.evidence(by or "", [made[row["group"]] for row in rows])


def _norm_rows(known: np.ndarray[Any, Any], norm: Norm, level: float) -> list[dict[str, Any]]:
    scales = ("mean", "difference", "standardised")
    n = len(known)
    if n < 2:
        return [{"scale": scale, "status": "refused"} for scale in scales]
    mean, se, df = float(known.mean()), float(known.std(ddof=1)) / math.sqrt(n), n - 1.0
    reach = float(t_quantile(level, df)) * se
    rows = []
    for scale, centre, unit in (("mean", mean, 1.0), ("difference", mean - norm.mean, 1.0),
                                ("standardised", mean - norm.mean, norm.sd)):  # fmt: skip
        row = {
            "scale": scale,
            "estimate": centre / unit,
            "std_error": se / unit,
            "conf_level": level,
            "df": df,
        }
        row |= {"ci_low": (centre - reach) / unit, "ci_high": (centre + reach) / unit}
        if scale != "mean" and se > 0:
            row |= {"statistic": centre / se, "p_value": float(t_two_sided(centre / se, df))}
        rows.append(row)
    return rows
