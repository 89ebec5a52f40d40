"""Rounding, said aloud: the house rule and the six conventions that printed reports follow.

The house prints half-up from exact counts.  The other conventions are here because a published
number may only be called impossible when no convention yields it (sources: the R 4.0.0 release
notes on `round`; IEEE 754; the documentation of NumPy's `around`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

Number = int | float | Fraction | Decimal

_WIDE = Context(prec=60)


def exact(value: Number) -> Fraction:
    """Give the number a person means: a float is read by its shortest decimal, so 2.825 is 2825/1000."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("only finite numbers can be rounded.")
        return Fraction(repr(float(value)))
    return Fraction(value)


def _decimal(value: Fraction, decimals: int, mode: str) -> Decimal:
    scaled = value * 10**decimals
    whole = math.floor(scaled)
    rest = scaled - whole
    up = rest > Fraction(1, 2)
    if rest == Fraction(1, 2):
        up = value >= 0 if mode == ROUND_HALF_UP else whole % 2 == 1
    return Decimal(whole + up).scaleb(-decimals, context=_WIDE)


def half_up(value: Number, decimals: int) -> Decimal:
    """Round half away from zero, exactly: 2.825 gives 2.83 and -2.825 gives -2.83."""
    return _decimal(exact(value), decimals, ROUND_HALF_UP)


def half_even(value: Number, decimals: int) -> Decimal:
    """Round half to the even digit, exactly."""
    return _decimal(exact(value), decimals, ROUND_HALF_EVEN)


def binary(value: Number, decimals: int) -> Decimal:
    """Round the binary double correctly, as `printf`, Python's `format` and Stata's display do."""
    return Decimal(f"{float(exact(value)):.{decimals}f}")


def scaled_rint(value: Number, decimals: int) -> Decimal:
    """Scale, round half to even, unscale, in doubles, as NumPy and pandas do."""
    scaled = round(float(exact(value)) * 10.0**decimals)
    return Decimal(scaled).scaleb(-decimals, context=_WIDE)


def scaled_floor(value: Number, decimals: int) -> Decimal:
    """Scale, add a half, take the floor, in doubles, as JavaScript and home-made macros do."""
    scaled = math.floor(float(exact(value)) * 10.0**decimals + 0.5)
    return Decimal(scaled).scaleb(-decimals, context=_WIDE)


def r4(value: Number, decimals: int) -> Decimal:
    """R >= 4.0.0 `round`: of the two neighbouring doubles the nearer one, a tie to the even digit."""
    x = float(exact(value))
    scale = 10.0**decimals
    below, above = math.floor(x * scale), math.ceil(x * scale)
    down, up = x - below / scale, above / scale - x
    pick = below if down < up or (down == up and below % 2 == 0) else above
    return Decimal(pick).scaleb(-decimals, context=_WIDE)


CONVENTIONS: dict[str, Callable[[Number, int], Decimal]] = {
    "half_up": half_up,
    "half_even": half_even,
    "binary": binary,
    "scaled_rint": scaled_rint,
    "scaled_floor": scaled_floor,
    "r4": r4,
}


def conventions_giving(value: Number, printed: Decimal | str) -> frozenset[str]:
    """Return the conventions by which `value` prints as `printed` (trailing zeros count as decimals)."""
    printed = Decimal(printed)
    exponent = printed.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return frozenset(name for name, rule in CONVENTIONS.items() if rule(value, decimals) == printed)
