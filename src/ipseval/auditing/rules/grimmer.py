"""A standard deviation of whole scores against mean, n and range (after Anaya 2016 and Allard 2018), exact.

Proof: n whole scores with total S have a whole sum of squares Q with Q = S (mod 2), because x^2 = x (mod
2), and sd^2 = (Q - S^2/n) / (n - 1).  Where the range is small enough, which Q go with which S is not
bounded but enumerated: person by person, the reachable (S, Q) are kept as bits of one whole number per S,
so that a print passes if and only if some n whole scores in the range have it.  Elsewhere parity and the
two extremes decide (Q is least with scores as equal as whole steps allow, greatest with all but one at an
end), which never accuses wrongly.  SDs over n and over n - 1 are both tried, and all smaller n.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from ipseval.auditing.findings import METHOD, Finding
from ipseval.auditing.published import Mean, Published
from ipseval.auditing.rules.common import find, spans, unless_weighted
from ipseval.auditing.rules.grim import mean_totals
from ipseval.core.whole_persons import half_step, number

ENUMERATED = 500_000
"""Up to this many steps (n x totals x values) the reachable sums of squares are enumerated."""
SEARCHED = 12


def grimmer(published: Published) -> Iterator[Finding]:
    """Judge every printed SD that is not of a yes/no score."""
    for mean in published.means:
        if not (mean.sd and mean.value and mean.n and mean.n > 1) or is_binary(mean):
            continue
        if not mean_totals(mean, mean.n):
            continue
        if sd_is_possible(mean, mean.n, 1):
            continue
        yield _finding(published, mean, mean.n)


def is_binary(mean: Mean) -> bool:
    """Return whether a mean is of a score that is 0 or 1."""
    return mean.low == 0 and mean.high == 1 and mean.unit == 1 and (mean.summed or mean.items == 1)


def _finding(published: Published, mean: Mean, n: int) -> Finding:
    over_n = sd_is_possible(mean, n, 0)
    bases = (
        []
        if mean.exact_n
        else [m for m in range(n - 1, max(1, n - SEARCHED), -1) if sd_is_possible(mean, m, 1)]
    )
    fix = "audit_sd_over_n" if over_n else "audit_base_fix" if bases else "audit_weights_fix"
    level = METHOD if over_n or bases else unless_weighted(published)
    low, high = _sd_range(mean, n)
    return find(
        mean,
        level,
        "grimmer",
        "audit_sd_impossible",
        fix=fix,
        sd=mean.sd,
        mean=mean.value,
        n=n,
        bases=spans(bases),
        low=low,
        high=high,
    )


def _sd_range(mean: Mean, n: int) -> tuple[str, str]:
    """Return the least and greatest SD that go with the mean, for the sentence."""
    scale = Fraction(mean.unit, 1 if mean.summed else mean.items)
    ends = [_extremes(mean, n, total) for total in mean_totals(mean, n)]
    sds = [
        math.sqrt(max(0.0, float((Fraction(q) - Fraction(t * t, n)) / (n - 1)))) * float(scale)
        for t, pair in zip(mean_totals(mean, n), ends, strict=True)
        for q in pair
        if q is not None
    ]
    return f"{min(sds):.2f}", f"{max(sds):.2f}" if len(sds) > len(ends) else "-"


def sd_is_possible(mean: Mean, n: int, lost: int) -> bool:
    """Return whether n whole scores have the printed mean and SD (`lost` is 1 for n - 1, 0 for n)."""
    if n - lost < 1:
        return False
    scale = Fraction(mean.unit, 1 if mean.summed else mean.items)
    # One part in 10^9 of slack lets every convention and order of arithmetic decide a tie as it may.
    half = half_step(mean.sd) * (1 + Fraction(1, 10**9))
    low, high = max(Fraction(0), number(mean.sd) - half) / scale, (number(mean.sd) + half) / scale
    for total in mean_totals(mean, n):
        centre = Fraction(total * total, n)
        least = math.ceil((n - lost) * low * low + centre)
        most = math.floor((n - lost) * high * high + centre)
        if least <= most and _reachable(mean, n, total, least, most):
            return True
    return False


def _reachable(mean: Mean, n: int, total: int, least: int, most: int) -> bool:
    lowest, highest = _extremes(mean, n, total)
    least, most = max(least, lowest), most if highest is None else min(most, highest)
    first = least + (least - total) % 2
    if first > most:
        return False
    steps = _steps(mean)
    if steps is None or n * n * (steps[1] - steps[0] + 1) ** 2 > ENUMERATED:
        return True
    base, top = steps
    shifted = total - n * base
    # Counted from the low end, x = y + base: the sum of x^2 is sum y^2 + 2 base sum y + n base^2.
    moved = 2 * base * shifted + n * base * base
    bits = reachable_squares(n, top - base)[shifted]
    window = bits >> max(0, first - moved)
    return bool(window & ((1 << (most - first + 1)) - 1))


def _steps(mean: Mean) -> tuple[int, int] | None:
    if mean.low is None or mean.high is None:
        return None
    items = 1 if mean.summed else mean.items
    return math.ceil(Fraction(mean.low * items, mean.unit)), mean.high * items // mean.unit


def _extremes(mean: Mean, n: int, total: int) -> tuple[int, int | None]:
    """Return the least and greatest sum of squares of n whole steps with this total."""
    quotient, rest = divmod(total, n)
    lowest = (n - rest) * quotient**2 + rest * (quotient + 1) ** 2
    steps = _steps(mean)
    if steps is None or steps[0] == steps[1] or not n * steps[0] <= total <= n * steps[1]:
        return lowest, None
    low, high = steps
    at_high, left = divmod(total - n * low, high - low)
    if at_high == n:
        return lowest, n * high * high
    return lowest, (n - at_high - 1) * low * low + (low + left) ** 2 + at_high * high * high


@lru_cache(maxsize=64)
def reachable_squares(n: int, span: int) -> tuple[int, ...]:
    """Return for every total of n scores from 0 to span the sums of squares that occur, as bits.

    >>> [bin(bits) for bits in reachable_squares(2, 2)]
    ['0b1', '0b10', '0b10100', '0b100000', '0b100000000']
    """
    reach = [1]
    for _ in range(n):
        reach = one_more(reach, span)
    return tuple(reach)


def one_more(reach: list[int], span: int) -> list[int]:
    """Return the reachable sums of squares by total with one person more."""
    longer = [0] * (len(reach) + span)
    for total, bits in enumerate(reach):
        for score in range(span + 1):
            longer[total + score] |= bits << (score * score)
    return longer
