"""A mean of whole scores against n and the range (GRIM; Brown & Heathers 2017, doi:10.1177/1948550616673876).

Proof: the mean of n whole scores in steps of u is u S / n for a whole S (u S / (n k) where k items are
averaged), so only the totals next to the printed mean can print so.  No mean lies outside its range,
however weighted.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ipseval.auditing.findings import CONTRADICTION, METHOD, Finding
from ipseval.auditing.published import Mean, Published
from ipseval.auditing.rules.common import find, shown, spans, unless_weighted
from ipseval.core.whole_persons import decimals, half_step, number, totals

FAR = 10**6
SEARCHED = 60


def grim(published: Published) -> Iterator[Finding]:
    """Judge every mean that has an n."""
    for mean in published.means:
        if not mean.value:
            continue
        yield from _range(mean)
        if mean.n and mean.n > 0 and not mean_totals(mean, mean.n):
            yield _impossible(published, mean, mean.n)


def mean_totals(mean: Mean, n: int) -> list[int]:
    """Return the totals of n persons' scores (in steps) that print as this mean, within its range widened.

    The range is checked by itself, so that one misprint gives one finding.
    """
    items = 1 if mean.summed else mean.items
    low = -FAR if mean.low is None else mean.low
    high = FAR if mean.high is None else mean.high
    value = number(mean.value)
    if not low <= value <= high:
        low, high = -FAR, FAR
    return totals(mean.value, n, low, high, mean.unit, items)


def _range(mean: Mean) -> Iterator[Finding]:
    value, half = number(mean.value), half_step(mean.value)
    if (mean.low is not None and value + half < mean.low) or (
        mean.high is not None and value - half > mean.high
    ):
        yield find(
            mean, CONTRADICTION, "grim", "audit_mean_outside", mean=mean.value, low=mean.low, high=mean.high
        )


def _impossible(published: Published, mean: Mean, n: int) -> Finding:
    bases = (
        []
        if mean.exact_n
        else [m for m in range(n - 1, max(0, n - SEARCHED), -1) if mean_totals(mean, m)][:8]
    )
    items = 1 if mean.summed else mean.items
    steps = number(mean.value) * n * items / mean.unit
    places = decimals(mean.value) + 2
    nearest = [
        f"{s * mean.unit}/{n * items} = {shown(Fraction(s * mean.unit, n * items), places)}"
        for s in (int(steps), int(steps) + 1)
    ]
    return find(
        mean,
        METHOD if bases else unless_weighted(published),
        "grim",
        "audit_mean_impossible",
        arithmetic="; ".join(nearest),
        fix="audit_base_fix" if bases else "audit_weights_fix",
        mean=mean.value,
        n=n,
        bases=spans(bases),
    )
