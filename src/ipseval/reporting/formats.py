"""The one place where a number is rounded and written as a reader sees it.

Rounding is half-up from what the number exactly is: shares come as fractions of counts, floats are
read by their shortest decimal after noise beyond twelve digits is taken off (a mean of 113/40 must
print 2,83 however its sum was added up).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ipseval.core.language import LANGUAGES
from ipseval.core.rounding import half_up

Value = int | float | Fraction | None
Kind = Literal["count", "plain", "percent", "points", "number", "ratio", "p"]

MINUS = "−"
NOTHING = "–"
_MARKS = {"da": (",", "."), "en": (".", ",")}
_DIGITS = 12


@dataclass(frozen=True)
class Format:
    """How a number is shown: what kind it is, and with how many decimals.

    `count` has a thousands mark, `plain` has none (a year, an id of a rule); `percent` takes a share
    from 0 to 1, `points` a difference of shares (shown as percentage points, without the %); `ratio`
    never prints a positive number as 0; `p` is never 0.
    """

    kind: Kind
    decimals: int = 0
    signed: bool = False


COUNT = Format("count")
PLAIN = Format("plain")
PERCENT = Format("percent")
NUMBER = Format("number", 2)
SIGNED = Format("number", 2, signed=True)
RATIO = Format("ratio", 2)
P_VALUE = Format("p", 3)

NAMED: dict[str, Format] = {
    "count": COUNT,
    "plain": PLAIN,
    "percent": PERCENT,
    "points": Format("points", 0, signed=True),
    "number": NUMBER,
    "signed": SIGNED,
    "ratio": RATIO,
    "p": P_VALUE,
}


def is_missing(value: object) -> bool:
    """Say whether there is no number to show."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:  # pandas.NA refuses to be a truth value
        return True


def show(value: Value, format: Format, lang: str) -> str:
    """Write one number as the reader sees it; a missing one is an en dash."""
    if is_missing(value) or value is None:
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    decimals = format.decimals
    if format.kind == "p":
        return _show_p(value, decimals, lang)
    shown = round_half_up(value * 100 if format.kind in ("percent", "points") else value, decimals)
    if format.kind == "ratio" and value > 0 and shown == 0:
        return "<" + written(Decimal(1).scaleb(-decimals), decimals, lang)
    text = written(shown, decimals, lang, grouped=format.kind != "plain")
    if format.signed and shown > 0:
        text = "+" + text
    return text + "%" if format.kind == "percent" else text


def round_half_up(value: int | float | Fraction, decimals: int) -> Decimal:
    """Round half away from zero; a float's noise beyond twelve digits cannot decide a tie."""
    if isinstance(value, float):
        value = float(f"{value:.{_DIGITS}g}")
    return half_up(value, decimals)


def written(value: Decimal, decimals: int, lang: str, *, grouped: bool = True) -> str:
    """Write a rounded number with the marks of the language and a true minus sign."""
    mark, thousands = _MARKS[lang]
    digits = f"{abs(value):,.{decimals}f}" if grouped else f"{abs(value):.{decimals}f}"
    digits = digits.replace(",", "\0").replace(".", mark).replace("\0", thousands)
    return MINUS + digits if value < 0 else digits


def _show_p(value: int | float | Fraction, decimals: int, lang: str) -> str:
    smallest = Decimal(1).scaleb(-decimals)
    if value < smallest:
        return "<" + written(smallest, decimals, lang)
    shown = round_half_up(value, decimals)
    if shown == 1 and value < 1:
        return ">" + written(1 - smallest, decimals, lang)
    return written(shown, decimals, lang)


def interval_mark(lang: str) -> str:
    """What stands between the two ends of an interval; never the decimal mark."""
    return "; " if lang == "da" else ", "


def excel_code(format: Format, lang: str) -> str:
    """Give the number format of a spreadsheet cell; the program writes the marks of its own language."""
    digits = "0" + ("." + "0" * format.decimals if format.decimals else "")
    grouped = "#,##" + digits
    if format.kind in ("percent", "points"):
        return digits + "%"
    if format.kind == "p":
        smallest = Decimal(1).scaleb(-format.decimals)
        words = written(smallest, format.decimals, lang)
        return f'[<{smallest:f}]"<{words}";{digits}'
    if format.kind == "plain":
        return digits
    return f"+{grouped};-{grouped};{grouped}" if format.signed else grouped


def check_lang(lang: str) -> str:
    """Refuse a language that has no marks here."""
    from ipseval.core.checks import require_option
    from ipseval.core.errors import ReportError

    require_option(lang, LANGUAGES, argument="lang", error=ReportError)
    return lang
