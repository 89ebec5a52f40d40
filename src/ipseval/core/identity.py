"""Recognises Danish personal numbers (CPR) without ever repeating one.

Modulus 11 has not been guaranteed since 2007 (cpr.dk, "Personnumre uden kontrolciffer"), so the
rule here is the date: six digits that make a day, an optional hyphen or dash (a word processor makes
one of the other) with or without blanks, four digits.
"""

from __future__ import annotations

import re

CPR_PATTERN = re.compile(
    r"(?<![\d])(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01])(?:0[1-9]|1[0-2])\d{2}"
    r"\s?[-\u2010-\u2015\u2212]?\s?\d{4}(?!\d)"
)
"""Day (replacement numbers add 60), month, year, serial; not inside a longer run of digits."""


def holds_cpr(text: str) -> bool:
    """Say whether a text holds something that looks like a CPR number."""
    return CPR_PATTERN.search(text) is not None
