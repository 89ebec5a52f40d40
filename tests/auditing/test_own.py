"""A report's own numbers pass as they are, and fail as soon as one print is off."""

from fractions import Fraction

import pandas as pd

import ipseval as ips
from ipseval.auditing.audit import audit
from ipseval.auditing.own import published_from_results
from ipseval.core.rounding import half_up


def show(value, kind):
    if kind == "percent":
        return f"{half_up(100 * value, 0)} %"
    return str(half_up(value, 2)).replace(".", ",")


def test_own_numbers_hold():
    frame = pd.DataFrame(
        {"sex": ["m"] * 24 + ["k"] * 29 + ["x"] * 2, "y": ([0, 1] * 28)[:55], "z": range(55)}
    )
    results = {"sex": ips.describe(frame, columns=["sex"]), "odds": ips.odds_ratios("y ~ z", frame)}
    content = published_from_results(results, show)
    assert {(s["count"], s["n"], s["percent"]) for s in content["shares"]} >= {(24, 55, "44"), (29, 55, "53")}
    assert len(content["ratios"]) >= 1
    assert audit(content).holds

    def off(value, kind):
        return show(value + Fraction(1, 100) if kind == "percent" else value, kind)

    assert not audit(published_from_results(results, off)).holds
