"""Interval, p, stars and "n.s." of one ratio: three statements about one number.

Proof: an interval at level 1 - a that inverts a test leaves out 1 exactly when that test's p is under a.
If the printed interval surely leaves out 1 (its nearer end, moved half a unit, still does) and the print
says "not significant" by star, word or p, interval and p come from different tests, or one of them is
wrong.  A p and stars are compared directly: the legend defines the stars by p.  Where the report says the
intervals are profile likelihood, p is held against the likelihood-ratio p they imply (an approximation, so
with some slack), else against the Wald p; what the other kind would give is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, METHOD, NOTE, Finding
from ipseval.auditing.published import Model, Published, Ratio
from ipseval.auditing.rules.common import find
from ipseval.auditing.rules.ratio_interval import wald_p
from ipseval.auditing.rules.ratio_profile import implied
from ipseval.core.whole_persons import half_step, number

SLACK = 0.15
"""What the implied likelihood-ratio p may be off, relatively; of 200 invented fits the worst was 13 % off."""


def ratio_marks(published: Published) -> Iterator[Finding]:
    """Set interval, p and marks of every ratio against one another."""
    for ratio in published.ratios:
        model = published.model(ratio.model)
        if model is None:
            continue
        alpha = 1 - float(model.level)
        says = _says_significant(ratio, model, alpha)
        if ratio.low and ratio.high:
            yield from _interval(ratio, model, says, alpha)
        if ratio.p and model.stars and not ratio.hidden:
            yield from _stars(ratio, model)


def _says_significant(ratio: Ratio, model: Model, alpha: float) -> bool | None:
    """Return what words, stars or p say at the interval's level; None where they say nothing."""
    if ratio.hidden:
        return False
    if model.stars:
        limit = _limit(ratio.mark, model)
        return limit is not None and limit <= alpha + 1e-9
    if ratio.p:
        return None if abs(float(ratio.p) - alpha) <= float(half_step(ratio.p)) else float(ratio.p) < alpha
    return None


def _limit(mark: str, model: Model) -> float | None:
    """Return the p that a number of stars stands for."""
    limits = sorted((float(s) for s in model.stars), reverse=True)
    return limits[min(len(mark), len(limits)) - 1] if mark and set(mark) == {"*"} and limits else None


def _interval(ratio: Ratio, model: Model, says: bool | None, alpha: float) -> Iterator[Finding]:
    excludes, limit = _excludes_one(ratio), _limit(ratio.mark, model)
    profile = implied(ratio, float(model.level))
    low, high = wald_p(ratio, float(model.level))
    test = "Wald"
    if model.interval == "profile":
        if profile is None:
            low, high = 0.0, 1.0
        else:
            low, high, test = profile.lr[0] * (1 - SLACK), profile.lr[1] * (1 + SLACK), "LR"
    told = {
        "low": ratio.low,
        "high": ratio.high,
        "p_low": f"{low:.3f}",
        "p_high": f"{high:.3f}",
        "test": test,
    }
    told |= {"p": ratio.p or "-", "mark": ratio.mark or "-", "limit": f"{limit or 0:g}"}
    for code in _apart(ratio, excludes, says, (low, high), limit, alpha):
        sums = profile.told() if profile is not None and model.interval != "wald" else ""
        yield find(ratio, METHOD, "marks", code, arithmetic=sums, fix="audit_two_tests_fix", **told)


def _apart(
    ratio: Ratio,
    excludes: bool | None,
    says: bool | None,
    ps: tuple[float, float],
    limit: float | None,
    alpha: float,
) -> Iterator[str]:
    """Name what does not go together: interval, words, stars and the p that the interval implies."""
    if excludes is True and says is False:
        yield "audit_excludes_one_ns" if ratio.hidden or ratio.p else "audit_excludes_one_no_star"
    elif excludes is False and says is True:
        yield "audit_includes_one_star"
    if limit is not None and excludes is True and ps[0] > limit:
        yield "audit_star_too_strong"
    if ratio.p and not _both_clear(ratio, excludes, alpha):
        half = float(half_step(ratio.p))
        if not ps[0] - half <= float(ratio.p) <= ps[1] + half:
            yield "audit_p_not_interval"


def _both_clear(ratio: Ratio, excludes: bool | None, alpha: float) -> bool:
    """Return whether a differing p only differs as tests do: both on the same side of the level."""
    return excludes is not None and excludes == (float(ratio.p) < alpha)


def _excludes_one(ratio: Ratio) -> bool | None:
    """Return whether the interval leaves out 1; None where the rounding leaves it open."""
    low, high = number(ratio.low), number(ratio.high)
    if low - half_step(ratio.low) > 1 or high + half_step(ratio.high) < 1:
        return True
    if low + half_step(ratio.low) < 1 < high - half_step(ratio.high):
        return False
    return None


def _stars(ratio: Ratio, model: Model) -> Iterator[Finding]:
    p, half = float(ratio.p), float(half_step(ratio.p))
    limits = sorted((float(s) for s in model.stars), reverse=True)
    least = sum(p + half < limit for limit in limits)
    most = sum(p - half <= limit for limit in limits)
    marks = len(ratio.mark) if set(ratio.mark) <= {"*"} else 0
    if not least <= marks <= most:
        level = NOTE if model.footnotes else CONTRADICTION
        yield find(ratio, level, "marks", "audit_star_not_p", p=ratio.p, mark=ratio.mark or "-", stars=least)
