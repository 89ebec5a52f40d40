"""What an interval implies if it is a profile one: against R's own fits, and in the rules that use it."""

import csv
from pathlib import Path
from statistics import median

import pytest

from ipseval.auditing.audit import audit
from ipseval.auditing.rules.ratio_profile import signed_root_p

EXPECTED = Path(__file__).resolve().parents[1] / "oracles" / "audit_signed_root" / "expected.csv"
MODEL = {"id": "m", "n": 60, "events": 30, "stars": ["0.05", "0.01", "0.001"]}


def test_implied_p_agrees_with_r():
    with EXPECTED.open(encoding="utf-8") as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    assert len(rows) == 200
    found = [(row, signed_root_p(row["estimate"], row["low"], row["high"], 0.95)) for row in rows]
    assert all(ps is not None for _, ps in found)
    lr = [abs(ps[0] - row["p_lr"]) for row, ps in found]
    wald = [abs(ps[1] - row["p_wald"]) for row, ps in found]
    assert median(lr) <= 0.001
    assert median(wald) <= 0.005
    assert max(lr) <= 0.02


def test_a_symmetric_interval_has_one_p():
    lr, wald = signed_root_p(0.7, 0.0, 1.4, 0.95)
    assert lr == pytest.approx(0.05)
    assert wald == pytest.approx(0.05)
    assert signed_root_p(1.5, 0.0, 1.4, 0.95) is None
    assert signed_root_p(0.3, 0.0, 1.4, 0.95) is None


def codes(model, **ratio):
    model = {**MODEL, **model}
    found = audit({"models": [model], "ratios": [{"id": "r", "model": "m", **ratio}]})
    return {f.code: f for f in found.findings if f.rule in ("ratio", "marks")}


def test_a_stated_profile_interval_is_held_against_its_own_p():
    ratio = {"value": "2.12", "low": "1.02", "high": "5.27", "p": "0.043"}
    assert "audit_p_not_interval" not in codes({"interval": "profile", "stars": []}, **ratio)
    wrong = codes({"interval": "profile", "stars": []}, **{**ratio, "p": "0.200"})
    assert "LR p" in wrong["audit_p_not_interval"].text("en")
    assert wrong["audit_p_not_interval"].level == "method"


def test_what_a_profile_would_give_is_told_beside_the_wald_p():
    hidden = codes({}, low="0.22", high="0.95", hidden=True, p="0.053")
    sums = hidden["audit_excludes_one_ns"].arithmetic
    assert sums == "profile, 0.48-0.50: LR p 0.031-0.035, Wald p 0.053-0.053"
    starred = codes({}, value="2.12", low="1.16", high="5.27", mark="**")
    assert "LR p 0.011-0.012" in starred["audit_star_too_strong"].arithmetic
    assert (
        codes({"interval": "wald"}, low="0.22", high="0.95", hidden=True, p="0.053")[
            "audit_excludes_one_ns"
        ].arithmetic
        == ""
    )


def test_too_skewed_an_interval_is_a_note_and_never_more():
    skewed = {"value": "2.00", "low": "1.50", "high": "20.0", "mark": "*"}
    found = codes({"interval": "profile"}, **skewed)
    assert found["audit_profile_skewed"].level == "note"
    assert "audit_profile_skewed" not in codes({"interval": "profile"}, **{**skewed, "high": "3.00"})
