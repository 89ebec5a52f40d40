"""A printed t, F, chi2, z or r against its printed p, as statcheck does.

Proof: p falls as the statistic grows, so a statistic known within half a unit gives a p between two
bounds; the printed p, itself known within half a unit, must meet them.  A one-sided p is half of a
two-sided one and is tried, as is p printed as 0.000 (read as "under 0.0005").  Degrees of freedom that can be
fractions (t, F, r) are known within half a unit too.  A p larger than the statistic's can have been adjusted
for many tests, which is a method; one smaller than half of it cannot.
Nuijten et al. 2016, doi:10.3758/s13428-015-0664-2.
"""

from __future__ import annotations

from collections.abc import Iterator

from ipseval.auditing.findings import CONTRADICTION, METHOD, NOTE, Finding
from ipseval.auditing.published import Published, Test
from ipseval.auditing.rules.common import find
from ipseval.core import tails
from ipseval.core.whole_persons import half_step, number


def printed_tests(published: Published) -> Iterator[Finding]:
    """Judge every test printed with its p."""
    for test in published.tests:
        if not (test.value and test.p) or (test.kind in ("t", "chi2", "r", "F") and not test.df):
            continue
        if test.kind == "r" and abs(number(test.value)) - half_step(test.value) > 1:
            yield find(test, CONTRADICTION, "test", "audit_r_beyond", value=test.value)
            continue
        low, high = p_range(test)
        if test.p_sign == "=" and number(test.p) == 0:
            yield find(test, NOTE, "test", "audit_p_zero", p=test.p)
        if _meets(test, low, high):
            continue
        values = {
            "p": test.p,
            "sign": test.p_sign,
            "low": f"{low:.4f}",
            "high": f"{high:.4f}",
            "kind": test.kind,
        }
        halves = _meets(test, low / 2, high / 2) and test.kind in ("t", "z", "r")
        if halves and not test.one_sided:
            yield find(test, METHOD, "test", "audit_p_one_sided", **values)
        elif test.p_sign != "<" and float(test.p) > high:
            yield find(test, METHOD, "test", "audit_p_larger", **values)
        else:
            says = float(test.p) < 0.05 or (test.p_sign == "<" and float(test.p) <= 0.05)
            code = "audit_p_wrong_side" if says != (high < 0.05) else "audit_p_wrong"
            yield find(test, CONTRADICTION, "test", code, **values)


def p_range(test: Test) -> tuple[float, float]:
    """Return the least and greatest two-sided p of the statistic (one-sided where stated)."""
    value, half = abs(float(number(test.value))), float(half_step(test.value))
    factor = 0.5 if test.one_sided and test.kind in ("t", "z", "r") else 1.0
    ps = [_p(test, v, step) for v in (value + half, max(0.0, value - half)) for step in (-1, 0, 1)]
    return min(ps) * factor, max(ps) * factor


def _p(test: Test, value: float, step: int) -> float:
    """Return the p of a value, with the fractional degrees of freedom moved half a unit by `step`."""
    df, df2 = float(test.df or 1), float(test.df2 or 1)
    if test.kind == "z":
        return float(tails.normal_two_sided(value))
    if test.kind == "chi2":
        return float(tails.chi2_upper(value, df))
    if test.kind == "F":
        moved = max(df2 + step * float(half_step(test.df2 or "1")), 0.5)
        return float(tails.f_upper(value, df, moved))
    moved = max(df + step * float(half_step(test.df or "1")), 0.5)
    if test.kind == "t":
        return float(tails.t_two_sided(value, moved))
    r = min(value, 1 - 1e-12)
    return float(tails.t_two_sided(r * (moved / (1 - r * r)) ** 0.5, moved))


def _meets(test: Test, low: float, high: float) -> bool:
    p, half = float(number(test.p)), float(half_step(test.p)) * (1 + 1e-9)
    if test.p_sign == "<":
        return low < p
    if test.p_sign == ">":
        return high > p
    return low <= p + half and high >= p - half
