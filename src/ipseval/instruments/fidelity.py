"""Fidelity reviews of a programme: what raw figures give by the anchors, and the trend from year to year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ipseval.core.checks import hint_for, require_columns
from ipseval.core.errors import ScoringError
from ipseval.instruments.plans import RELATION

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument
    from ipseval.instruments.model import Anchor

RATERS = ("independent", "self")


def anchor_points(instrument: Instrument, item: str, raw: pd.Series) -> pd.Series:
    """Give the points that raw figures earn by an item's printed anchor.

    Parameters
    ----------
    instrument
        A fidelity scale with anchors (`IPS25`, `IPS15`, or your own).
    item
        The item's id: "caseload" (clients per full-time specialist) or "employment_staff" (per cent of time).
    raw
        The figures, one per review; averages are allowed: 20.4 clients is over 20.

    Returns
    -------
    Series
        Points from 1 to 5, missing where the figure is missing.

    Raises
    ------
    ScoringError
        If the item has no anchor that figures can decide, or a figure is negative, over the highest
        possible one or not a number, or shares stand where per cent are asked for.
    """
    anchors = {anchor.item: anchor for anchor in instrument.anchors}
    if item not in anchors:
        raise ScoringError(f"{instrument.id} has no anchor for {item!r}: {hint_for(item, anchors)}")
    if not pd.api.types.is_numeric_dtype(raw) or raw.dtype == bool:
        raise ScoringError(f"raw figures of {item!r} must be numbers; convert the column first.")
    values = raw.astype(float)
    negative = int((values < 0).sum())
    if negative:
        raise ScoringError(
            f"raw figures of {item!r} are negative in {negative} row(s); counts and shares are not."
        )
    _require_possible(anchors[item], values)
    return _points(anchors[item], values)


def _require_possible(anchor: Anchor, values: pd.Series) -> None:
    """Refuse figures over the highest possible one, and shares from 0 to 1 where per cent are asked for."""
    if anchor.highest is None:
        return
    highest = float(anchor.highest)
    over = int((values > highest).sum())
    if over:
        raise ScoringError(
            f"raw figures of {anchor.item!r} are over {highest:g} in {over} row(s); give {anchor.unit['en']}."
        )
    if highest == 100.0 and 0.0 < values.max() <= 1.0:
        raise ScoringError(
            f"raw figures of {anchor.item!r} all lie from 0 to 1, which looks like shares; give "
            f"{anchor.unit['en']}, from 0 to 100."
        )


def _points(anchor: Anchor, values: pd.Series) -> pd.Series:
    meets = RELATION["<=" if anchor.relation == "at_most" else ">="]
    points = pd.Series(np.where(values.isna(), np.nan, anchor.otherwise), index=values.index)
    for limit, worth in reversed(anchor.steps):
        earned = meets(values.to_numpy(), float(limit))
        points = points.mask(np.asarray(earned, dtype=bool), float(worth))
    return points


def _require_numbers(frame: pd.DataFrame, column: str) -> None:
    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise ScoringError(f"{column!r} is not numeric; give points or totals, not words.")


def check_anchors(
    frame: pd.DataFrame, *, instrument: Instrument, items: Mapping[str, str], figures: Mapping[str, str]
) -> pd.DataFrame:
    """Compare rated points with what raw figures give.

    Parameters
    ----------
    frame
        One row per review.
    instrument
        The fidelity scale.
    items, figures
        Item id -> column of its rating, and item id -> column of its raw figure.

    Returns
    -------
    DataFrame
        One row per review and item of `figures`: `review` (the index), `item`, `rated`, `by_figures`,
        `agrees` (missing where either is missing).

    Raises
    ------
    ScoringError
        For unknown columns, items without an anchor, or figures that are not numbers.
    """
    require_columns(frame, [*items.values(), *figures.values()], argument="items/figures", error=ScoringError)
    unrated = sorted(set(figures) - set(items))
    if unrated:
        raise ScoringError(
            f"figures= names {unrated[0]!r}, which items= does not; name its rated column too."
        )
    parts = []
    for item, column in figures.items():
        _require_numbers(frame, items[item])
        rated, earned = frame[items[item]].astype(float), anchor_points(instrument, item, frame[column])
        agrees = (rated == earned).astype("boolean").mask(rated.isna() | earned.isna())
        parts.append(
            pd.DataFrame(
                {"review": frame.index, "item": item, "rated": rated, "by_figures": earned, "agrees": agrees}
            )
        )
    return pd.concat(parts, ignore_index=True)


def fidelity_trend(
    frame: pd.DataFrame, *, programme: str, date: str, score: str, rater: str, scale: str | None = None
) -> pd.DataFrame:
    """Show a programme's fidelity from review to review, and which steps may be compared.

    Parameters
    ----------
    frame
        One row per review.
    programme, date, score
        Columns: which programme, when, and the total (from `Instrument.score`).
    rater
        Column that says "independent" or "self": self-ratings run higher, so a change of rater is no change.
    scale
        Column that says which scale was used; totals of different scales are never compared.

    Returns
    -------
    DataFrame
        One row per review in order of programme and date: `programme`, `date`, `rater`, `score`,
        `change` from the previous review of that programme, `years` since it, and `comparable`: false
        where the rater or the scale changed (then `change` is missing).

    Raises
    ------
    ScoringError
        For unknown columns, raters with other names, dates that are no dates, or two reviews of a
        programme on one date.

    Missing data
    ------------
    A review without a total keeps its row; changes into and out of it are missing.
    """
    columns = [c for c in (programme, date, score, rater, scale) if c]
    require_columns(frame, columns, argument="programme/date/score/rater/scale", error=ScoringError)
    others = int((~frame[rater].dropna().isin(RATERS)).sum())
    if others:
        raise ScoringError(
            f"rater={rater!r} holds {others} row(s) with another word than 'independent', 'self'; recode it."
        )
    if not pd.api.types.is_datetime64_any_dtype(frame[date]):
        raise ScoringError(f"date={date!r} does not hold dates; convert it with pandas.to_datetime first.")
    _require_numbers(frame, score)
    twice = int(frame.duplicated([programme, date]).sum())
    if twice:
        raise ScoringError(f"{twice} row(s) repeat a programme and date; keep one row per review.")
    ordered = frame.sort_values([programme, date], kind="stable")
    before = ordered.groupby(programme, sort=False)
    out = pd.DataFrame(
        {
            "programme": ordered[programme],
            "date": ordered[date],
            "rater": ordered[rater],
            "score": ordered[score].astype(float),
        }
    )
    same = before[rater].shift() == ordered[rater]
    if scale:
        same &= before[scale].shift() == ordered[scale]
    first = before.cumcount() == 0
    out["change"] = before[score].diff().where(same)
    out["years"] = before[date].diff().dt.days / 365.25
    out["comparable"] = same.astype("boolean").mask(first)
    return out.reset_index(drop=True)
