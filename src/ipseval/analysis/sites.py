"""Fidelity of each site beside what became of its people: a description, and no test under ten sites."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import require_columns, require_numbers
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.evidence import Evidence, spread
from ipseval.core.evidence_cells import Cells, Counted
from ipseval.core.labels import code_text
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

FEWEST = 10
"""Sites below which no association is told: with three, every order has a chance of one in six."""


def sites(
    frame: pd.DataFrame,
    *,
    site: str,
    outcome: str,
    fidelity: pd.DataFrame,
    score: str,
    range: tuple[float, float],
    id: str | None = None,
) -> Result:
    """Set each site's fidelity beside the mean or share of an outcome among its participants.

    Parameters
    ----------
    frame
        One row per participant.
    site
        Site column, in both frames.
    outcome
        A number, or 0/1.
    fidelity
        One row per site with its latest review.
    score
        Column of `fidelity` with the total.
    range
        Lowest and highest total of the scale (IPS-25: 25 to 125).
    id
        Person column; rows must be distinct persons.

    Returns
    -------
    Result
        Per site (group) a row `fidelity` (points) and a row of the outcome (mean with its standard deviation
        in the next row, or share with its numerator).  With ten sites or more also `association`: Spearman's
        rank correlation between sites, without a p: sites chose their fidelity.

    Raises
    ------
    DesignError
        A site without a review or with two, a person twice.
    EstimationError
        Unknown columns, totals outside the range.

    Notes
    -----
    A description: who came to which site was not drawn by lot, and few sites carry no inference.  Missing
    data: people whose outcome is missing are counted.  Checked against: tests/analysis_sites, by hand.
    References: Bond et al. 2012 (fidelity and outcome), https://doi.org/10.1037/h0094489.
    """
    require_columns(frame, [site, outcome, *([id] if id else [])], argument="frame")
    require_columns(fidelity, [site, score], argument="fidelity")
    require_numbers(frame, [outcome], argument="outcome")
    require_numbers(fidelity, [score], argument="score")
    frame = frame.assign(**{outcome: pd.to_numeric(frame[outcome])})
    fidelity = fidelity.assign(**{score: pd.to_numeric(fidelity[score])})
    reviews = _reviews(frame, fidelity, site, score, range, id)
    known = frame[frame[outcome].notna() & frame[site].notna()]
    binary = bool(known[outcome].isin([0, 1]).all())
    rows: list[dict[str, Any]] = []
    middles = []
    for name, total in reviews.items():
        values = known.loc[known[site] == name, outcome].to_numpy(dtype=float)
        first = {"group": str(name), "n": len(values)}
        rows.append(
            first | {"outcome": score, "term": "fidelity", "scale": "points", "estimate": float(total)}
        )
        rows += [first | row for row in _outcome_rows(values, outcome, binary)]
        middles.append(float(values.mean()) if len(values) else np.nan)
    few = len(reviews) < FEWEST
    if not few:
        rho = pd.Series(middles).corr(pd.Series(reviews.to_numpy(float)), method="spearman")
        rows.append(
            {
                "outcome": outcome,
                "term": "association",
                "scale": "correlation",
                "estimate": float(rho),
                "n": len(known),
            }
        )
    lost = len(frame) - len(known)
    told = {"n": len(reviews), "least": FEWEST}
    notes = [Note("sites_few", values=told)] if few else [Note("sites_many", values=told)]
    notes += [Note("sites_lost", values={"n": lost})] if lost else []
    return Result(
        kind="sites",
        estimates=estimates_frame(rows),
        sample=sample_frame([("in_frame", "", len(frame)), ("analysed", "", len(known))]),
        method=Method(estimator="sites_beside", missing="complete_cases"),
        base=Base("in_frame", len(frame)),
        notes=tuple(notes),
        source=Source.of(frame=frame[[site, outcome]]),
        evidence=_evidence(frame, known, (site, outcome), id, rows, binary=binary),
    )


def _evidence(
    frame: pd.DataFrame, known: pd.DataFrame, columns: tuple[str, str], id: str | None,
    rows: list[dict[str, Any]], *, binary: bool,
) -> Evidence:  # fmt: skip
    """Tell of each row the people of its site, and how their outcome is spread."""
    site, outcome = columns
    cells = Cells(frame, id)
    counted = Counted(
        np.flatnonzero((frame[outcome].notna() & frame[site].notna()).to_numpy()), columns, by=site
    )
    codes = {str(value): code_text(value) for value in known[site].unique()}
    lines = []
    for row in rows:
        name = row.get("group", "")
        there = known.loc[known[site].astype(str) == name, outcome] if name else known[outcome]
        numbers = [] if binary else [there.to_numpy(dtype=float)]
        yes = there[there == 1]
        lines.append(
            cells.line(
                counted,
                who=[(site, codes.get(name, name))] if name else [],
                splits=((site, outcome),) if binary else ((site,),),
                event=(outcome, code_text(yes.iloc[0])) if row.get("n_events") and len(yes) else None,
                **spread(numbers),
            )
        )
    return cells.evidence(lines=lines)


def _reviews(
    frame: pd.DataFrame,
    fidelity: pd.DataFrame,
    site: str,
    score: str,
    range: tuple[float, float],
    id: str | None,
) -> pd.Series[Any]:
    if id is not None and (doubled := int(frame[id].duplicated().sum())):
        raise DesignError(f"id={id!r} repeats in {doubled} row(s); give one row per person.")
    twice = int(fidelity[site].duplicated().sum())
    there = set(frame[site].dropna())
    lacking = len(there - set(fidelity[site]))
    if twice or lacking:
        raise DesignError(
            f"fidelity: {twice} site(s) have two reviews and {lacking} none; give each site its latest one."
        )
    reviews = fidelity[fidelity[site].isin(there)].set_index(site)[score].sort_index()
    low, high = range
    outside = int((~reviews.between(low, high)).sum())
    if outside:
        raise EstimationError(f"score={score!r} is outside {low:g} to {high:g} for {outside} site(s).")
    return reviews


def _outcome_rows(values: np.ndarray, outcome: str, binary: bool) -> list[dict[str, Any]]:
    if not len(values):
        return [
            {"outcome": outcome, "scale": "share" if binary else "mean", "n_events": 0 if binary else None}
        ]
    if binary:
        events = int(values.sum())
        return [{"outcome": outcome, "scale": "share", "estimate": events / len(values), "n_events": events}]
    spread = float(values.std(ddof=1)) if len(values) > 1 else np.nan
    return [
        {"outcome": outcome, "scale": "mean", "estimate": float(values.mean())},
        {"outcome": outcome, "scale": "sd", "estimate": spread},
    ]
