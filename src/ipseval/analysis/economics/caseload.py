"""How many young people a consultant has at a time, beside the programme's limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_apart, require_columns, require_numbers
from ipseval.core.errors import DesignError, EstimationError
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

WEEK = np.timedelta64(7, "D")


def caseload(
    frame: pd.DataFrame,
    *,
    consultant: str,
    start: str,
    end: str,
    id: str,
    limit: float,
    until: str | pd.Timestamp,
    contacts: str | None = None,
) -> Result:
    """Count each consultant's young people week by week, against the caseload that was promised.

    Parameters
    ----------
    frame
        One row per person and stay with a consultant.
    consultant, start, end, id
        Columns: who, first day, last day (missing: still under way), person.
    limit
        Largest caseload of the model (Reconnect 25, Hjørring 15 to 17, IPS-25 item 1: 20).
    until
        Last day that is looked at; stays under way are counted to it.
    contacts
        Column with the number of contacts in the stay; gives contacts per person and month.

    Returns
    -------
    Result
        Rows over all consultants: `mean_caseload` (over weeks in which a consultant has anybody), `largest`,
        `weeks_above` (share of consultant-weeks above the limit), `consultants`, and with contacts
        `contacts_per_month`.  n is the persons behind them.  It describes everybody there was: no interval.
        Extras: `by_week` (week, consultants at work, mean and largest caseload; no consultant's name).

    Raises
    ------
    DesignError
        Missing start or consultant, an end before its start, the same stay twice, overlapping stays of
        one person with one consultant, starts after `until`.
    EstimationError
        Unknown columns, a limit that is not above 0.

    Notes
    -----
    A week counts who is there on its Monday.  Consultants are persons too: results name none of them.
    Missing data: an end that is missing means under way.
    Checked against: tests/analysis_economics, stays counted by hand.
    References: Bond et al. 2012 (IPS-25, item 1), https://doi.org/10.1037/h0094489.
    """
    columns = [consultant, start, end, id, *([contacts] if contacts else [])]
    require_columns(frame, columns, argument="frame")
    require_apart({"consultant": consultant, "start": start, "end": end, "id": id, "contacts": contacts})
    if not limit > 0:
        raise EstimationError(f"limit={limit!r} is no caseload: give a number above 0.")
    shown = pd.to_datetime(until, errors="coerce")
    if pd.isna(shown):
        raise EstimationError("until= is no date; give the last day that is looked at, such as 2024-12-31.")
    last = shown.to_datetime64().astype("datetime64[D]")
    begins, ends = _days(frame[start], start), _days(frame[end], end)
    ends = np.where(np.isnat(ends), last, np.minimum(ends, last))
    _refuse(frame, [consultant, start, id], begins, ends, last)
    if contacts is not None:
        require_numbers(frame, [contacts], argument="contacts")
    mondays = np.arange(_monday(begins.min()), last + np.timedelta64(1, "D"), WEEK)
    first = np.searchsorted(mondays, begins, side="left")
    stop = np.searchsorted(mondays, ends, side="right")
    loads = _loads(pd.factorize(frame[consultant])[0], first, np.maximum(stop, first), len(mondays))
    busy = loads > 0
    persons = int(frame[id].nunique())
    rows = _rows(loads, busy, limit, persons)
    if contacts is not None:
        rows.append(_contact_row(frame[contacts], begins, ends, persons))
    for row in rows:
        row["outcome"], row["n"] = "caseload", persons
    return Result(
        kind="caseload",
        estimates=estimates_frame(rows),
        sample=sample_frame([("in_frame", "", persons)]),
        method=Method(estimator="caseload_weeks", missing="caseload_open"),
        base=Base("in_frame", persons),
        notes=(Note("caseload_limit", values={"limit": float(limit)}),),
        extras={"by_week": _by_week(mondays, loads, busy)},
        source=Source.of(frame=frame[columns]),
    )


def _days(series: pd.Series[Any], name: str) -> NDArray[np.datetime64]:
    if not pd.api.types.is_datetime64_any_dtype(series.dtype):
        raise EstimationError(f"column {name!r} is not dates; read it as dates first.")
    return series.to_numpy().astype("datetime64[D]")


def _monday(day: np.datetime64) -> np.datetime64:
    return day - np.timedelta64(int((day.astype(int) + 3) % 7), "D")


def _refuse(
    frame: pd.DataFrame,
    key: list[str],
    begins: NDArray[np.datetime64],
    ends: NDArray[np.datetime64],
    last: np.datetime64,
) -> None:
    faults = {
        "lack the consultant, start or person": frame[key].isna().any(axis=1).to_numpy(),
        "start after until=": begins > last,
        "end before they start": (ends < begins) & (begins <= last),
        "stand twice": frame.duplicated(key).to_numpy(),
        "begin before the person's last stay with that consultant ended": _overlapping(frame, key, ends),
    }
    told = [f"{int(bad.sum())} {what}" for what, bad in faults.items() if bad.any()]
    if told or not len(frame):
        said = ", ".join(told) if told else "there are no rows"
        raise DesignError(f"frame: of the stays {said}; correct or leave them out.")


def _overlapping(frame: pd.DataFrame, key: list[str], ends: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Mark stays that would count a person twice with one consultant."""
    consultant, start, id = key
    stays = frame[key].reset_index(drop=True).assign(ends=ends).drop_duplicates(key).sort_values(start)
    latest = stays.groupby([consultant, id])["ends"].cummax()
    before = latest.groupby([stays[consultant], stays[id]]).shift()
    found = np.zeros(len(frame), dtype=bool)
    found[stays.index[(before >= stays[start]).to_numpy()]] = True
    return found


def _loads(
    who: NDArray[np.int64], first: NDArray[np.int64], stop: NDArray[np.int64], weeks: int
) -> NDArray[np.int64]:
    """Return consultants x weeks: how many are there."""
    change = np.zeros((int(who.max()) + 1, weeks + 1), dtype=np.int64)
    np.add.at(change, (who, np.minimum(first, weeks)), 1)
    np.add.at(change, (who, np.minimum(stop, weeks)), -1)
    return np.cumsum(change, axis=1)[:, :weeks]


def _rows(
    loads: NDArray[np.int64], busy: NDArray[np.bool_], limit: float, persons: int
) -> list[dict[str, Any]]:
    seen = loads[busy]
    return [
        {"term": "consultants", "scale": "count", "estimate": float(len(loads))},
        {"term": "mean_caseload", "scale": "mean", "estimate": float(seen.mean()) if len(seen) else np.nan},
        {"term": "largest", "scale": "count", "estimate": float(seen.max()) if len(seen) else 0.0},
        {
            "term": "weeks_above",
            "scale": "week_share",
            "estimate": float((seen > limit).mean()) if len(seen) else np.nan,
        },
    ]


def _contact_row(
    contacts: pd.Series[Any], begins: NDArray[np.datetime64], ends: NDArray[np.datetime64], persons: int
) -> dict[str, Any]:
    lacking = int(contacts.isna().sum())
    if lacking:
        raise DesignError(
            f"column {contacts.name!r} is missing in {lacking} row(s); give 0 where there was none."
        )
    months = ((ends - begins).astype(int) + 1) / 30.4375
    return {
        "term": "contacts_per_month",
        "scale": "rate",
        "estimate": float(contacts.to_numpy(float).sum() / months.sum()),
    }


def _by_week(
    mondays: NDArray[np.datetime64], loads: NDArray[np.int64], busy: NDArray[np.bool_]
) -> pd.DataFrame:
    active = busy.sum(axis=0)
    total = loads.sum(axis=0)
    return pd.DataFrame(
        {
            "week": mondays.astype("datetime64[s]"),
            "consultants": active,
            "mean_caseload": np.where(active > 0, total / np.maximum(active, 1), np.nan),
            "largest": loads.max(axis=0),
        }
    )
