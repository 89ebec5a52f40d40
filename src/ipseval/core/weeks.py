"""ISO weeks as whole numbers, shared by the readers of registers and by the outcomes.

Week 0 is the ISO week of Thursday 1 January 1970, so the Thursday of week w is day 7 * w of the Unix
calendar: its month and its ISO year are those of the week.  Arithmetic on weeks is then plain integer
arithmetic, and week 53 needs no special case anywhere.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ipseval.core.errors import SchemaError

Weeks = NDArray[np.int32]
UNIX_DAY = date(1970, 1, 1).toordinal()
CENTURY_PIVOT = 91
"""Two-digit years from here on are 19YY (DREAM begins in 1991), the others 20YY."""


def week_of_date(dates: ArrayLike) -> Weeks:
    """Give the week of each date; every date must be known."""
    days = np.asarray(dates).astype("datetime64[D]")
    if np.isnat(days).any():
        raise SchemaError(
            f"dates: {int(np.isnat(days).sum())} of {days.size} date(s) are missing; a week needs a date, "
            "so leave those rows out first."
        )
    return np.asarray((days.astype(np.int64) + 3) // 7, dtype=np.int32)


def monday(weeks: ArrayLike) -> NDArray[np.datetime64]:
    """Give the Monday that a week begins on."""
    return np.asarray(np.asarray(weeks, dtype=np.int64) * 7 - 3).astype("datetime64[D]")


def thursday(weeks: ArrayLike) -> NDArray[np.datetime64]:
    """Give the Thursday of a week, which decides its month and its year."""
    return np.asarray(np.asarray(weeks, dtype=np.int64) * 7).astype("datetime64[D]")


def month_of_week(weeks: ArrayLike) -> Weeks:
    """Give the month of a week by its Thursday, as months since January 1970."""
    return np.asarray(thursday(weeks).astype("datetime64[M]").astype(np.int64), dtype=np.int32)


def year_of_week(weeks: ArrayLike) -> Weeks:
    """Give the ISO year of a week, which is the year of its Thursday."""
    return np.asarray(thursday(weeks).astype("datetime64[Y]").astype(np.int64) + 1970, dtype=np.int32)


def number_of_week(weeks: ArrayLike) -> Weeks:
    """Give the ISO week number, 1 to 53."""
    days = thursday(weeks)
    first = days.astype("datetime64[Y]").astype("datetime64[D]")
    return np.asarray((days - first).astype(np.int64) // 7 + 1, dtype=np.int32)


def week_from_iso(year: int, number: int) -> int:
    """Give the week of an ISO year and week number; a week 53 that the year lacks is refused."""
    try:
        thursday_of_it = date.fromisocalendar(year, number, 4)
    except ValueError:
        raise SchemaError(
            f"week {number} of {year} does not exist: that ISO year has {weeks_in(year)} weeks."
        ) from None
    return (thursday_of_it.toordinal() - UNIX_DAY) // 7


def weeks_in(year: int) -> int:
    """Say whether an ISO year has 52 or 53 weeks."""
    return int(
        week_of_date(np.datetime64(f"{year + 1:04d}-01-04"))
        - week_of_date(np.datetime64(f"{year:04d}-01-04"))
    )


def week_from_yyww(text: str) -> int:
    """Read four digits YYWW as DREAM's column names carry them (9131 is week 31 of 1991)."""
    if len(text) != 4 or not text.isdigit():
        raise SchemaError("a DREAM week is four digits YYWW.")
    short, number = int(text[:2]), int(text[2:])
    return week_from_iso((1900 if short >= CENTURY_PIVOT else 2000) + short, number)


def yyww(week: int) -> str:
    """Write a week as DREAM's column names do."""
    return f"{int(year_of_week(week)) % 100:02d}{int(number_of_week(week)):02d}"


def week_label(week: int) -> str:
    """Write a week as ISO 8601 does: 2020-W53."""
    return f"{int(year_of_week(week))}-W{int(number_of_week(week)):02d}"


def week_labels(weeks: ArrayLike) -> list[str]:
    """Write many weeks as ISO 8601 does."""
    array = np.asarray(weeks)
    return [f"{y}-W{n:02d}" for y, n in zip(year_of_week(array), number_of_week(array), strict=True)]


def month_of_date(dates: ArrayLike) -> Weeks:
    """Give the month of a date as months since January 1970."""
    return np.asarray(
        np.asarray(dates).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64), dtype=np.int32
    )
