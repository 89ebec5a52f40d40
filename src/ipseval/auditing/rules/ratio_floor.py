"""The narrowest interval that a yes/no predictor can have in a logistic model of n people.

Proof: in maximum likelihood for one binary predictor, the variance of the log odds ratio is the sum of
1/cell over the 2 x 2 table (observed information).  With n q people on one side and n (1 - q) on the other
this is least when half of each side has the outcome: 4/(n q) + 4/(n (1 - q)) = 4 / (n q (1 - q)).  So
ln(high/low) = 2 z se is at least 4 z / sqrt(n q (1 - q)), and where q is not told at least 8 z / sqrt(n), its
value at q = 1/2; further covariates only take information away (the inverse of a block is at least the
block's inverse).  Penalised
fits add information of their own and are exempt. A Wald interval obeys this exactly; a profile interval
need not at the last digits, so only a print that is clearly under the floor (5 % and the rounding) counts.
With k predictors that are unrelated the floor grows by about sqrt((n - 1) / (n - k)): an approximation, so
never a contradiction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, METHOD, Finding
from ipseval.auditing.published import Model, Published, Ratio
from ipseval.auditing.rules.common import find
from ipseval.auditing.rules.ratio_interval import box
from ipseval.core import tails
from ipseval.core.whole_persons import half_step, number

PROFILE_SLACK = 0.05


def ratio_floor(published: Published) -> Iterator[Finding]:
    """Judge the width of every binary predictor's interval."""
    for ratio in published.ratios:
        model = published.model(ratio.model)
        if model is None or ratio.kind != "odds" or not ratio.binary or model.interval == "penalised":
            continue
        n = model.n or model.n_most
        if n and ratio.low and ratio.high and number(ratio.low) > 0:
            yield from _judge(published, ratio, model, n)


def floor(n: int, level: float, share: float = 0.5) -> float:
    """Return the least ln(high/low) of a binary predictor with this share among n people.

    >>> round(floor(34, 0.95), 2)
    2.69
    """
    return 4 * tails.normal_quantile(level) / math.sqrt(n * share * (1 - share))


def _nearest_half(ratio: Ratio) -> float:
    """Return the share on one side, as near one half as the printed percent allows; one half if untold."""
    if not ratio.share:
        return 0.5
    printed, half = float(number(ratio.share)), float(half_step(ratio.share))
    return min(max(printed - half, min(50.0, printed + half)), 99.999) / 100


def _judge(published: Published, ratio: Ratio, model: Model, n: int) -> Iterator[Finding]:
    widest = box(ratio.high).high - box(ratio.low).low
    width = math.log(float(number(ratio.high)) / float(number(ratio.low)))
    share = _nearest_half(ratio)
    least = floor(n, float(model.level), share)
    others = sum(r.model == ratio.model for r in published.ratios)
    values = {
        "n": n,
        "low": ratio.low,
        "high": ratio.high,
        "least": f"{least:.2f}",
        "width": f"{width:.2f}",
        "k": others,
    }
    z = f"{tails.normal_quantile(float(model.level)):.2f}"
    shared = (
        f"4 x {z} / sqrt({n} x {share:.2f} x {1 - share:.2f})" if share != 0.5 else f"8 x {z} / sqrt({n})"
    )
    sums = f"ln({ratio.high}/{ratio.low}) = {width:.2f}; {shared} = {least:.2f}"
    if widest < least * (1 - PROFILE_SLACK):
        sure = ratio.binary == "stated" and model.interval in ("wald", "profile")
        yield find(
            ratio,
            CONTRADICTION if sure else METHOD,
            "floor",
            "audit_floor",
            arithmetic=sums,
            fix="audit_floor_fix",
            **values,
        )
        return
    grown = least * math.sqrt((n - 1) / (n - others)) if n > others else math.inf
    if others > 2 and widest < grown:
        yield find(
            ratio,
            METHOD,
            "floor",
            "audit_floor_near",
            fix="audit_floor_near_fix",
            grown=f"{grown:.2f}",
            arithmetic=f"{sums}; {least:.2f} x sqrt({n - 1}/{n - others}) = {grown:.2f}",
            **values,
        )
