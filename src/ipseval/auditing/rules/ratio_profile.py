"""What a ratio's interval implies if it is a profile-likelihood interval: whether it can be one, and its p.

Proof: with t the estimate on the log scale, the signed root of the likelihood ratio, r(x), is 0 at t and has
slope -a there; to the second order r(x) = a (t - x) + b (t - x)^2.  A profile interval ends where r is +z and
-z, and with arms A = t - low and B = high - t these two equations give
    a = z (A^2 + B^2) / (A B (A + B)),    b = z (B - A) / (A B (A + B)).
The likelihood-ratio p is that of r(0), the Wald p of the same fit that of t a.  A signed root falls all the
way from low to high; the second-order one does so only while the longer arm is under 1 + sqrt(2) times the
shorter.  An interval more skewed than that is not impossible (it is what near separation gives), so this is
a note.  Where the value is hidden behind "n.s.", every value is tried that makes the Wald p of the fit print
as the printed p.  All of it is an approximation and never a contradiction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from ipseval.auditing.findings import NOTE, Finding
from ipseval.auditing.published import Published, Ratio
from ipseval.auditing.rules.common import find
from ipseval.auditing.rules.ratio_interval import arms, box
from ipseval.core import tails
from ipseval.core.whole_persons import half_step, number

MOST_SKEWED = 1 + math.sqrt(2)
TRIED = 400


@dataclass(frozen=True)
class Implied:
    """Least and greatest likelihood-ratio p and Wald p, and the values (as printed) they go with."""

    lr: tuple[float, float]
    wald: tuple[float, float]
    values: tuple[float, float]

    def told(self) -> str:
        """Return the line of arithmetic."""
        (low, high), (first, last), (least, most) = self.lr, self.wald, self.values
        value = f"{least:.2f}" if f"{least:.2f}" == f"{most:.2f}" else f"{least:.2f}-{most:.2f}"
        return f"profile, {value}: LR p {low:.3f}-{high:.3f}, Wald p {first:.3f}-{last:.3f}"


def ratio_profile(published: Published) -> Iterator[Finding]:
    """Tell of intervals too skewed for an ordinary profile likelihood."""
    for ratio in published.ratios:
        model = published.model(ratio.model)
        if model is None or model.interval == "wald" or not _ordered(ratio) or not ratio.value:
            continue
        below, above = arms(ratio)
        if min(below.low, above.low) <= 0:
            continue
        least = max(above.low / below.high, below.low / above.high)
        if least > MOST_SKEWED:
            values = {"low": ratio.low, "high": ratio.high, "value": ratio.value, "times": f"{least:.1f}"}
            yield find(ratio, NOTE, "ratio", "audit_profile_skewed", **values)


def signed_root_p(value: float, low: float, high: float, level: float) -> tuple[float, float] | None:
    """Return the likelihood-ratio p and the Wald p of a profile interval, all on the log scale.

    None where the value is not inside, or the interval is too skewed for a second-order signed root.

    >>> [round(p, 3) for p in signed_root_p(0.751, 0.148, 1.662, 0.95)]
    [0.012, 0.035]
    """
    below, above = value - low, high - value
    if min(below, above) <= 0 or max(below, above) > MOST_SKEWED * min(below, above):
        return None
    z, scale = tails.normal_quantile(level), below * above * (below + above)
    slope, bend = z * (below**2 + above**2) / scale, z * (above - below) / scale
    found = tails.normal_two_sided([slope * value + bend * value**2, slope * value])
    return float(found[0]), float(found[1])


def implied(ratio: Ratio, level: float) -> Implied | None:
    """Return what the interval implies as a profile interval; None where it can hardly be one."""
    if not _ordered(ratio):
        return None
    values = [box(ratio.value).low, box(ratio.value).middle, box(ratio.value).high] if ratio.value else []
    hidden = not values
    if hidden and ratio.p:
        low, high = box(ratio.low).middle, box(ratio.high).middle
        values = [low + (high - low) * i / TRIED for i in range(1, TRIED)]
    ends = [(box(end).low, box(end).middle, box(end).high) for end in (ratio.low, ratio.high)]
    found = [
        (*ps, math.exp(value))
        for value, low, high in product(values, *ends)
        if (ps := signed_root_p(value, low, high, level)) is not None
        and (not hidden or _prints(ratio, ps[1]))
    ]
    if not found:
        return None
    lr, wald, shown = (_ends(column) for column in zip(*found, strict=True))
    return Implied(lr, wald, shown)


def _ordered(ratio: Ratio) -> bool:
    return bool(ratio.low and ratio.high) and 0 < number(ratio.low) < number(ratio.high)


def _prints(ratio: Ratio, p: float) -> bool:
    return abs(p - float(ratio.p)) <= float(half_step(ratio.p))


def _ends(column: Sequence[float]) -> tuple[float, float]:
    return min(column), max(column)
