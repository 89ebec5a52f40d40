"""The kind of a ratio's interval: Wald, or not.

Proof: a Wald interval (with z, t or a robust error) is symmetric round the estimate on the log scale, so
ln(value / low) = ln(high / value).  Each printed number is only known within half a unit, so both logs are
known within intervals; if these do not meet, no Wald interval printed so.  A profile-likelihood, exact or
bootstrap interval need not be symmetric, which is why this is a method that is not told, not an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ipseval.auditing.findings import CONTRADICTION, METHOD, Finding
from ipseval.auditing.published import Published, Ratio
from ipseval.auditing.rules.common import find
from ipseval.core import tails
from ipseval.core.whole_persons import half_step, number

TINY = 1e-12


@dataclass(frozen=True)
class Box:
    """What a positive printed number can have been, on the log scale."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """Return the middle of the box."""
        return (self.low + self.high) / 2


def box(printed: str) -> Box:
    """Return the interval of the logarithm of a printed positive number."""
    value, half = float(number(printed)), float(half_step(printed))
    return Box(math.log(max(value - half, TINY)), math.log(value + half))


def ratio_interval(published: Published) -> Iterator[Finding]:
    """Judge every ratio printed with its interval."""
    for ratio in published.ratios:
        if not (ratio.low and ratio.high):
            continue
        if number(ratio.low) > number(ratio.high):
            yield find(
                ratio, CONTRADICTION, "ratio", "audit_interval_crossed", low=ratio.low, high=ratio.high
            )
        elif ratio.value and number(ratio.low) > 0:
            yield from _judge(published, ratio)


def _judge(published: Published, ratio: Ratio) -> Iterator[Finding]:
    model = published.model(ratio.model)
    stated = model.interval if model else ""
    value, low, high = number(ratio.value), number(ratio.low), number(ratio.high)
    slack = half_step(ratio.value) + max(half_step(ratio.low), half_step(ratio.high))
    if value + slack < low or value - slack > high:
        level = CONTRADICTION if stated else METHOD
        yield find(
            ratio, level, "ratio", "audit_outside_interval", value=ratio.value, low=ratio.low, high=ratio.high
        )
        return
    below, above = arms(ratio)
    if below.high < above.low or above.high < below.low:
        level = CONTRADICTION if stated == "wald" else METHOD
        middle = math.exp((box(ratio.low).middle + box(ratio.high).middle) / 2)
        sums = (
            f"ln({ratio.value}/{ratio.low}) = {below.middle:.3f}; "
            f"ln({ratio.high}/{ratio.value}) = {above.middle:.3f}; "
            f"sqrt({ratio.low} x {ratio.high}) = {middle:.2f}"
        )
        if stated not in ("profile", "penalised"):
            yield find(
                ratio,
                level,
                "ratio",
                "audit_not_wald",
                arithmetic=sums,
                fix="audit_not_wald_fix",
                value=ratio.value,
                low=ratio.low,
                high=ratio.high,
                middle=f"{middle:.2f}",
            )


def arms(ratio: Ratio) -> tuple[Box, Box]:
    """Return what ln(value/low) and ln(high/value) can be, given the printed numbers."""
    value, low, high = box(ratio.value), box(ratio.low), box(ratio.high)
    return Box(value.low - low.high, value.high - low.low), Box(high.low - value.high, high.high - value.low)


def wald_p(ratio: Ratio, level: float) -> tuple[float, float]:
    """Return the range of the Wald p the interval implies (at its middle where no value stands)."""
    low, high = box(ratio.low), box(ratio.high)
    value = box(ratio.value) if ratio.value else Box((low.low + high.low) / 2, (low.high + high.high) / 2)
    z = tails.normal_quantile(level)
    narrow, wide = max(high.low - low.high, TINY) / (2 * z), (high.high - low.low) / (2 * z)
    near, far = sorted((abs(value.low), abs(value.high)))
    near = 0.0 if value.low <= 0 <= value.high else near
    ps = tails.normal_two_sided([far / narrow, near / wide])
    return float(ps[0]), float(ps[1])
