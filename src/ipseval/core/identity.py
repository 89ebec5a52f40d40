"""Recognises Danish personal numbers (CPR) without ever repeating one.

The rule is the date: six digits that make a day in the century that the seventh digit tells, and four
digits more.  Modulus 11 has not been guaranteed since 2007 (cpr.dk, "Personnumre uden kontrolciffer"), so
it raises the confidence and rejects nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from ipseval.core.resources import packaged_yaml

CPR_PATTERN = re.compile(
    r"(?<![\d])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(?:0[1-9]|1[0-2])\d{2}"
    r"\s?[-\u2010-\u2015\u2212]?\s?\d{4}(?!\d)"
)
"""Day (replacement numbers add 60), month, year, serial; not inside a longer run of digits."""

CONFIRMED, EXCEPTION, UNCONFIRMED, REPLACEMENT = "confirmed", "exception", "unconfirmed", "replacement"
"""How sure: modulus 11 holds; it fails on a listed 1 January; it fails otherwise; not a number of CPR's."""

_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_WRITTEN = re.compile(r"(\d{2})(\d{2})(\d{2})[\s\-\u2010-\u2015\u2212]{0,3}([0-9A-Za-z]{4})")


@dataclass(frozen=True)
class Cpr:
    """What a personal number tells; the number itself is not kept, and nothing of it is in the repr.

    Attributes
    ----------
    birth
        Date of birth; None where letters stand for the century digit.
    sex
        "female" (even last digit) or "male" (odd).
    modulus_11
        Whether the check digit holds; never a reason to reject.
    replacement
        A replacement number (day plus 60, or letters in the serial), given to people without a CPR number.
    confidence
        "confirmed", "exception", "unconfirmed" or "replacement".
    """

    birth: date | None = field(repr=False)
    sex: str = field(repr=False)
    modulus_11: bool
    replacement: bool
    confidence: str


def parse_cpr(text: str) -> Cpr | None:
    """Read one personal number, with or without a hyphen; None when it is not one.

    Parameters
    ----------
    text
        The number alone, as text; blanks around it do not matter.

    Returns
    -------
    Cpr or None
        None where the six digits are no day of the century that the seventh digit tells.

    Notes
    -----
    Century by the seventh digit: 0-3 is 1900-1999; 4 and 9 are 2000-2036 and 1937-1999; 5-8 are 2000-2057
    and 1858-1899.  Replacement numbers add 60 to the day, as CPR-kontoret recommends, or have letters in the
    serial, as some hospital systems make them.

    References
    ----------
    CPR-kontoret, "Opbygning af CPR-nummeret", "Personnumre uden kontrolciffer (modulus 11)" and
    "Erstatningspersonnummer i eksterne systemer", cpr.dk.

    Examples
    --------
    >>> import ipseval as ips
    >>> ips.parse_cpr("070761-4285").confidence
    'confirmed'
    >>> ips.parse_cpr("310290-1234") is None
    True
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    day, month, year = (int(part) for part in written.groups()[:3])
    serial = written.group(4)
    raised = day > 60
    lettered = not serial.isdecimal()
    if lettered and not serial[-1].isdecimal():
        return None
    birth = _birth(day - 60 if raised else day, month, year, serial[0])
    if birth is None:
        return None
    holds = not lettered and _modulus_11("".join(written.groups()))
    sex = "female" if int(serial[-1]) % 2 == 0 else "male"
    told = None if not serial[0].isdecimal() else birth
    replacement = raised or lettered
    return Cpr(told, sex, holds, replacement, _confidence(birth, holds, replacement))


def _birth(day: int, month: int, year: int, seventh: str) -> date | None:
    try:
        return date(_century(seventh, year) + year, month, day)
    except ValueError:
        return None


def _century(seventh: str, year: int) -> int:
    """Tell the century; a letter tells none, and 2000 is taken, which lets every 29 February of one pass."""
    if not seventh.isdecimal():
        return 2000
    if seventh in "0123":
        return 1900
    if seventh in "49":
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


def _modulus_11(digits: str) -> bool:
    return sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11 == 0


def _confidence(birth: date, holds: bool, replacement: bool) -> str:
    if replacement:
        return REPLACEMENT
    if holds:
        return CONFIRMED
    listed = (birth.month, birth.day) == (1, 1) and birth.year in _first_of_january()
    return EXCEPTION if listed else UNCONFIRMED


@cache
def _first_of_january() -> frozenset[int]:
    return frozenset(packaged_yaml("identity/cpr.yaml")["first_of_january_years"])


def cpr_digits(text: str) -> str | None:
    """Write a personal number as ten characters, a lost leading zero put back; None when it is not one."""
    plain = re.sub(r"[\s\-\u2010-\u2015\u2212]", "", text).upper()
    plain = plain.removesuffix(".0")
    if len(plain) == 9 and plain.isdecimal():
        plain = "0" + plain
    return plain if len(plain) == 10 and parse_cpr(plain) is not None else None


def find_cpr(text: str) -> Iterator[tuple[int, int, Cpr]]:
    """Give start, end and reading of everything in a text that reads as a personal number."""
    for match in CPR_PATTERN.finditer(text):
        read = parse_cpr(match.group())
        if read is not None:
            yield match.start(), match.end(), read


def holds_cpr(text: str) -> bool:
    """Say whether a text holds something that looks like a CPR number."""
    return next(find_cpr(text), None) is not None
