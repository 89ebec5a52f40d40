"""Index dates, windows around them, and index dates for controls without immortal time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.checks import require_columns, require_one_row_each
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_of_date
from ipseval.outcomes.ids import MANY, as_text, places_of, require_alike

LATE_IN_1970 = pd.Timestamp("1970-03-01")


@dataclass(frozen=True)
class Window:
    """Weeks around the index week, both ends included; the index week itself is week 0.

    `Window(1, 52)` is the first year after the index week, `Window(-52, -1)` the year before it.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins."""
        if self.last < self.first:
            raise DesignError(
                f"window=({self.first}, {self.last}) ends before it begins; give (first week, last week)."
            )

    @property
    def length(self) -> int:
        """Weeks in the window."""
        return self.last - self.first + 1

    def relative(self) -> NDArray[np.int64]:
        """Weeks of the window counted from the index week."""
        return np.arange(self.first, self.last + 1)


def as_window(window: Window | tuple[int, int]) -> Window:
    """Take a window as it is, or a pair of weeks."""
    if isinstance(window, Window):
        return window
    if len(tuple(window)) != 2:
        raise DesignError("window= must be two whole numbers: (first week, last week) around the index week.")
    return Window(int(window[0]), int(window[1]))


def known_dates(column: pd.Series, what: str, *, empty: bool = False) -> NDArray[np.datetime64]:
    """Take dates as they are, or read ISO text (2021-03-01); what is neither is refused by number.

    `what` names the column in the refusal; with `empty` missing dates are allowed.
    """
    try:
        dates = _as_dates(column)
    except (ValueError, TypeError):
        raise DesignError(
            f"{what} holds values that are no whole dates in some of {len(column)} rows; give datetime64 or "
            "text such as 2021-03-01: pd.to_datetime(column, dayfirst=True) reads 31-12-2020, and a month "
            "as 202012 is read by pd.to_datetime(column.astype(str), format='%Y%m') + pd.offsets.MonthEnd(0)."
        ) from None
    missing = int(dates.isna().sum())
    if missing and not empty:
        raise DesignError(
            f"{what} is empty in {missing} of {len(column)} rows; a date is needed in every row, so fill "
            "it or "
            "leave those rows out."
        )
    return np.asarray(dates.to_numpy().astype("datetime64[D]"))


def _as_dates(column: pd.Series) -> pd.Series:
    """Read ISO text; refuse years and months without a day, and numbers that were read as nanoseconds."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        if (column.dropna().astype(str).str.len() < len("20210301")).any():
            raise ValueError
        column = pd.to_datetime(column, format="ISO8601")
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    earliest = column.min()
    # pd.to_datetime(202012) is 202,012 nanoseconds after the start of 1970.
    if earliest is not pd.NaT and earliest < LATE_IN_1970 and earliest != earliest.floor("s"):
        raise ValueError
    return column


def index_weeks(frame: pd.DataFrame, index: str) -> NDArray[np.int64]:
    """Give the index week of each row; rows without a date are refused by number."""
    require_columns(frame, [index], argument="index", error=DesignError)
    return week_of_date(known_dates(frame[index], f"index={index!r}")).astype(np.int64)


def pseudo_index_dates(
    controls: pd.DataFrame,
    *,
    treated: pd.DataFrame,
    eligible: pd.DataFrame,
    index: str = "index_date",
    strata: Sequence[str] = (),
    id: str = "pnr",
    seed: int,
) -> pd.DataFrame:
    """Give each control an index date drawn from the treated persons' dates in the same stratum.

    A date is drawn only among weeks in which the control is eligible (on the qualifying benefit, alive,
    resident, not yet treated), and nothing after that week is looked at.  So no control owes its date
    to having survived or stayed on benefit later (immortal time).

    Parameters
    ----------
    controls
        One row per control.
    treated
        One row per treated person with `index` and the strata.
    eligible
        One row per control and eligible period: `id`, `first_date`, `last_date` (both included).  End a
        later treated person's last period before their own start.
    index
        Column with the treated persons' index date, and the column that is made.
    strata
        Columns that must agree, such as benefit group and municipality.
    id
        Person column.
    seed
        Seed of the draw.

    Returns
    -------
    DataFrame
        A copy of `controls` with `index` (a Monday, or NaT for those who were never eligible in a week
        in which someone of their stratum started) as last column.

    Raises
    ------
    DesignError
        If a control stands twice, dates are missing, a period ends before it begins, ids lost their zeros,
        or no control shares a stratum's value with the treated.

    Assumptions
    -----------
    Within a stratum the week of start is as good as random among those eligible that week.

    Missing data
    ------------
    Controls without an eligible week keep their row with NaT; count and leave them out in the flow.
    """
    require_columns(controls, [id, *strata], argument="controls", error=DesignError)
    require_columns(treated, [index, *strata], argument="treated", error=DesignError)
    require_columns(eligible, [id, "first_date", "last_date"], argument="eligible", error=DesignError)
    require_one_row_each(controls, id, argument="controls", error=DesignError)
    for column in strata:
        _require_alike(controls[column], treated[column])
    periods = _periods(controls, eligible, strata, id)
    starts = _starts_by_stratum(treated, index, strata)
    low, count = _candidates(periods, starts)
    weeks = _drawn(periods["row"].to_numpy(), low, count, _flat(starts), len(controls), seed)
    if len(controls) >= MANY and (weeks == NEVER).all():
        alike = f" of the same {' and '.join(strata)}" if strata else ""
        raise DesignError(
            f"controls: none of {len(controls)} was eligible in a week when a treated person{alike} began; "
            "see how the dates of eligible= and treated= were read."
        )
    days = np.where(weeks == NEVER, np.datetime64("NaT"), (weeks * 7 - 3).astype("datetime64[D]"))
    return controls.assign(**{index: days.astype("datetime64[s]")})


def _require_alike(ours: pd.Series, theirs: pd.Series) -> None:
    """Refuse a stratum that is written in two ways: then nobody would ever be alike."""
    if len(ours) and len(theirs) and not ours.isin(theirs).any():
        raise DesignError(
            f"strata={ours.name!r}: no control has a value that a treated person has (controls hold "
            f"{ours.dtype}, treated {theirs.dtype}); write it the same way in both frames."
        )
    require_alike(as_text(theirs), as_text(ours), f"strata: treated {ours.name!r}", "controls", "a value")
    require_alike(as_text(ours), as_text(theirs), f"strata: controls {ours.name!r}", "treated", "a value")


NEVER = np.iinfo(np.int64).min
Starts = dict[tuple[object, ...], tuple[int, NDArray[np.int64]]]


def _periods(controls: pd.DataFrame, eligible: pd.DataFrame, strata: Sequence[str], id: str) -> pd.DataFrame:
    """Lay the eligible periods beside their control's row number and stratum."""
    place = places_of(eligible[id], controls[id], "eligible", "controls")
    kept = eligible[place.notna()].reset_index(drop=True)
    first = week_of_date(known_dates(kept["first_date"], "eligible: first_date")).astype(np.int64)
    last = week_of_date(known_dates(kept["last_date"], "eligible: last_date")).astype(np.int64)
    if (last < first).any():
        raise DesignError(
            f"eligible: {int((last < first).sum())} period(s) end before they begin; check their dates."
        )
    row = place.dropna().to_numpy(dtype=np.int64)
    keys = list(controls[list(strata)].itertuples(index=False, name=None)) if strata else [()] * len(controls)
    return pd.DataFrame(
        {"row": row, "first": first, "last": last, "key": [keys[r] for r in row]}
    ).sort_values(["row", "first"], ignore_index=True)


def _starts_by_stratum(treated: pd.DataFrame, index: str, strata: Sequence[str]) -> Starts:
    weeks = index_weeks(treated, index)
    keys = list(treated[list(strata)].itertuples(index=False, name=None)) if strata else [()] * len(treated)
    by_key: dict[tuple[object, ...], list[int]] = {}
    for key, week in zip(keys, weeks, strict=True):
        by_key.setdefault(key, []).append(int(week))
    starts: Starts = {}
    offset = 0
    for key, found in by_key.items():
        starts[key] = (offset, np.sort(np.array(found, dtype=np.int64)))
        offset += len(found)
    return starts


def _flat(starts: Starts) -> NDArray[np.int64]:
    return np.concatenate([weeks for _, weeks in starts.values()]) if starts else np.empty(0, np.int64)


def _candidates(periods: pd.DataFrame, starts: Starts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each period: where its treated starts begin in the flat list, and how many there are."""
    low = np.zeros(len(periods), np.int64)
    count = np.zeros(len(periods), np.int64)
    for key, rows in periods.groupby("key", sort=False).groups.items():
        if key not in starts:
            continue
        offset, weeks = starts[key]
        at = np.asarray(rows)
        begin = np.searchsorted(weeks, periods["first"].to_numpy()[at], side="left")
        end = np.searchsorted(weeks, periods["last"].to_numpy()[at], side="right")
        low[at], count[at] = offset + begin, end - begin
    return low, count


def _drawn(
    row: NDArray[np.int64],
    low: NDArray[np.int64],
    count: NDArray[np.int64],
    flat: NDArray[np.int64],
    n: int,
    seed: int,
) -> NDArray[np.int64]:
    """Draw one start per control, each treated start in an eligible week being equally likely."""
    total = np.bincount(row, weights=count, minlength=n).astype(np.int64)
    draw = (np.random.default_rng(seed).random(n) * total).astype(np.int64)
    before = np.cumsum(count) - count
    base = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(base, row, before)
    place = draw[row] - (before - base[row])
    hit = (place >= 0) & (place < count)
    weeks = np.full(n, NEVER)
    weeks[row[hit]] = flat[low[hit] + place[hit]]
    return weeks
