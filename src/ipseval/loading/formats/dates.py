"""Reads Danish and ISO dates, one decision per column over all its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_TIME = r"(?:[ T](?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,](?P<f>\d{1,6}))?)?)?$"
_ISO = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})" + _TIME)
_SHORT = re.compile(r"\d{1,2}([-./])\d{1,2}\1\d{2}$")
_DANISH = re.compile(r"(?P<d>\d{1,2})(?P<sep>[-./])(?P<m>\d{1,2})(?P=sep)(?P<y>\d{4})" + _TIME)


@dataclass(frozen=True)
class DateLook:
    """What the texts of a column are as dates.

    `parsed` has one datetime per text, None where it is no date; `slash_open` counts dates with slashes
    whose day and month could change places; `month_first` counts texts that are dates only if the
    month stands first; `short_year` counts those with a year of two digits, whose century is not known
    and which are not read; `with_time` says whether any has a time of day; `styles` is how many of ISO
    and Danish are in use.
    """

    parsed: tuple[datetime | None, ...]
    slash_open: int
    month_first: int
    with_time: bool
    styles: int
    short_year: int = 0

    @property
    def n(self) -> int:
        """How many texts are dates."""
        return sum(p is not None for p in self.parsed)


def look(texts: Sequence[str]) -> DateLook:
    """Read every text as an ISO date or a Danish one, day first."""
    values: dict[str, datetime | None] = {}
    slash_open = month_first = short_year = 0
    with_time, styles = False, set()
    for text, n in Counter(texts).items():
        iso, danish = _ISO.match(text.strip()), _DANISH.match(text.strip())
        found = iso or danish
        if found is None:
            values[text] = None
            short_year += n * (_SHORT.match(text.strip()) is not None)
            continue
        values[text] = _moment(found, swap=False)
        if values[text] is None:
            month_first += n * (danish is not None and _moment(found, swap=True) is not None)
            continue
        styles.add("iso" if iso else "danish")
        with_time = with_time or found["H"] is not None
        slash_open += n * (danish is not None and found["sep"] == "/" and int(found["d"]) <= 12)
    parsed = tuple(values[text] for text in texts)
    all_open = slash_open if slash_open == sum(p is not None for p in parsed) else 0
    return DateLook(parsed, all_open, month_first, with_time, len(styles), short_year)


def _moment(found: re.Match[str], *, swap: bool) -> datetime | None:
    day, month = int(found["d"]), int(found["m"])
    if swap:
        day, month = month, day
    hour, minute, second = (int(found[part] or 0) for part in ("H", "M", "S"))
    try:
        return datetime(
            int(found["y"]), month, day, hour, minute, second, int((found["f"] or "0").ljust(6, "0"))
        )
    except ValueError:
        return None
