"""A report's own numbers pass as they are, and fail as soon as one print is off."""

import math
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest

import ipseval as ips
from ipseval.auditing.audit import audit
from ipseval.auditing.own import published_from_results
from ipseval.core.errors import AuditError
from ipseval.core.rounding import half_up
from ipseval.study.report import refuse_contradictions


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


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0.002, 9.5), ("0.00", "9.50")),
        ((0.02, 12_345.678), ("0.02", "12345.68")),
        ((0.0001, math.inf), ("0.00", None)),
    ],
)
def test_ends_as_reports_print_them(ends, expected):
    frame = pd.DataFrame({"y": ([0, 1] * 28)[:55], "z": range(55)})
    odds = ips.odds_ratios("y ~ z", frame)
    rows = odds.estimates.assign(ci_low=ends[0], ci_high=ends[1])
    study = SimpleNamespace(results={"odds": replace(odds, estimates=rows)})
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ipseval.auditing.audit.audit", lambda own: found.append(own) or audit(own))
        refuse_contradictions(study)
    (ratio,) = found[0]["ratios"]
    assert (ratio["low"], ratio.get("high")) == expected


def test_a_number_in_another_form_is_refused_by_its_row():
    frame = pd.DataFrame({"sex": ["m"] * 24 + ["k"] * 29})
    results = {"sex": ips.describe(frame, columns=["sex"])}
    with pytest.raises(AuditError, match=r"sex\.1: show= prints a number in a form"):
        published_from_results(results, lambda value, kind: "1.234,5")
