"""Matched sets that leave a handful of persons in each untreated municipality get no test."""

import dataclasses

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.analysis.effects import gate


def situation(per_untreated, crossed=True):
    made = gate.Situation("taking_part", 0.95, 98, 3, 95, 0, 2.0, 0.5, True, False, True, crossed)
    return dataclasses.replace(made, per_untreated=per_untreated)


def test_thin_sets_are_refused_with_their_own_sentence_and_thick_ones_are_tested():
    assert gate.judge(situation(4.9)).chosen == ""
    assert gate.judge(situation(4.9)).reason == "gate_dealt_thin"
    assert gate.judge(situation(50.0)).chosen == "larger_p"
    assert gate.judge(situation(4.9, crossed=False)).chosen == "larger_p"


def test_a_thin_match_is_refused_and_weights_are_not():
    rng = np.random.default_rng(2)
    town = np.repeat(np.arange(43), 40)
    people = pd.DataFrame({"who": range(len(town)), "town": town, "age": rng.normal(24, 3, len(town))})
    people["ips"] = (people["town"] < 3).astype(int)
    people["weeks"] = rng.normal(20, 8, len(town)) + rng.normal(0, 2, 43)[town]
    pairs = ips.effect(ips.match("ips ~ age", people, id="who"), outcome="weeks", data=people, cluster="town")
    row = pairs.estimates.set_index("term").loc["difference"]
    assert row["status"] == "refused"
    assert "gate_dealt_thin" in [n.code for n in pairs.notes]
    weighted = ips.effect(people, outcome="weeks", treatment="ips", covariates=["age"], cluster="town")
    assert weighted.method.test == "test_larger_p"
