"""Decides, over all rows of a column, whether its texts are numbers, and by which marks.

"1,5" is a number with a decimal comma, "1.234,5" has a thousands point too, and "1.234" alone could be
either 1234 or 1.234: that is decided by the other rows, then by the other columns of the file, then by
the file's delimiter, and it is always told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_SIGN = r"[+-]?"
_WHOLE = re.compile(rf"{_SIGN}\d+$")
_SPACED = re.compile(rf"({_SIGN}\d{{1,3}})((?:[ \u00a0\u202f]\d{{3}})+)(?=$|[.,])")
_SURE = {
    ",": re.compile(
        rf"{_SIGN}(?:\d+,(?:\d{{1,2}}|\d{{4,}})|\d{{4,}},\d+|0+,\d+|,\d+|\d*,?\d+[eE][+-]\d+"
        rf"|\d{{1,3}}(?:\.\d{{3}})+,\d+|\d{{1,3}}(?:\.\d{{3}}){{2,}})$"
    ),
    ".": re.compile(
        rf"{_SIGN}(?:\d+\.(?:\d{{1,2}}|\d{{4,}})|\d{{4,}}\.\d+|0+\.\d+|\.\d+|\d*\.?\d+[eE][+-]\d+"
        rf"|\d{{1,3}}(?:,\d{{3}})+\.\d+|\d{{1,3}}(?:,\d{{3}}){{2,}})$"
    ),
}
_OPEN = {
    ".": re.compile(rf"{_SIGN}[1-9]\d{{0,2}}\.\d{{3}}$"),
    ",": re.compile(rf"{_SIGN}[1-9]\d{{0,2}},\d{{3}}$"),
}


@dataclass(frozen=True)
class Marks:
    """How the texts of one column look: how many of each kind.

    `comma` and `point` count texts that only a decimal comma, or only a decimal point, explains;
    `open_comma` and `open_point` those that could be either ("1,234", "1.234").
    """

    whole: int = 0
    comma: int = 0
    point: int = 0
    open_comma: int = 0
    open_point: int = 0
    other: int = 0

    @property
    def numbers(self) -> int:
        """How many texts look like numbers of some kind."""
        return self.whole + self.comma + self.point + self.open_comma + self.open_point

    @property
    def mixed(self) -> bool:
        """Say whether both marks are used for decimals."""
        return self.comma > 0 and self.point > 0


def look(texts: Iterable[str]) -> Marks:
    """Count the kinds of number that the texts look like."""
    count = dict.fromkeys(("whole", "comma", "point", "open_comma", "open_point", "other"), 0)
    for text, n in Counter(texts).items():
        count[_kind(tidy(text))] += n
    return Marks(**count)


def tidy(text: str) -> str:
    """Take away outer blanks, blanks between thousands, and a minus sign from a word processor."""
    text = text.strip().replace("\u2212", "-")
    return _SPACED.sub(lambda m: m[1] + re.sub(r"\D", "", m[2]), text)


def _kind(text: str) -> str:
    if _WHOLE.match(text):
        return "whole"
    if _OPEN["."].match(text):
        return "open_point"
    if _OPEN[","].match(text):
        return "open_comma"
    comma, point = bool(_SURE[","].match(text)), bool(_SURE["."].match(text))
    if comma and point:
        return "whole"  # an exponent without any mark, such as 1e+5
    return "comma" if comma else "point" if point else "other"


def decimal_mark(marks: Marks, hint: str | None) -> str | None:
    """Say which mark sets off decimals in a column; None where nothing tells."""
    if marks.comma or marks.point:
        return "," if marks.comma else "."
    if not (marks.open_comma or marks.open_point):
        return hint or "."
    if marks.open_comma and marks.open_point:
        return None  # "1,234" beside "1.234": no row settles it
    return hint


def parse(text: str, mark: str) -> float | int | None:
    """Read one text as a number with that decimal mark; None if it is not one."""
    text = tidy(text)
    kind = _kind(text)
    if kind == "other" or (kind in ("comma", "point") and kind != ("comma" if mark == "," else "point")):
        return None
    other = "." if mark == "," else ","
    plain = text.replace(other, "").replace(mark, ".")
    if kind == "whole" and _WHOLE.match(text):
        return int(plain)
    if kind.startswith("open") and mark not in text:
        return int(plain)
    value = float(plain)
    return int(value) if "." not in plain and "e" not in plain.lower() else value


def is_name_like(text: str) -> bool:
    """Say whether digits are a name rather than a quantity: a leading zero, or more than fifteen digits."""
    text = text.strip()
    digits = text.lstrip("+-")
    return digits.isdigit() and (len(digits) > 15 or (len(digits) > 1 and digits[0] == "0"))
