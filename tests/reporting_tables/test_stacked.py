"""Results that say the same things of one outcome are told apart by name, and words reach every part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels


@pytest.fixture
def hours() -> pd.DataFrame:
    drawn = np.random.default_rng(3)
    return pd.DataFrame(
        {"hours": drawn.normal(10, 2, 40), "treated": [0, 1] * 20, "site": np.repeat(range(20), 2)}
    )


def test_two_effects_on_one_outcome_stand_under_their_names(hours):
    alike = [
        ips.effect(hours, outcome="hours", treatment="treated", **more) for more in ({}, {"cluster": "site"})
    ]
    shown = ips.table(alike, parts=["Plain", {"da": "Klynger", "en": "Clusters"}], lang="en")
    heads = [row.label for row in shown.rows if row.section]
    assert heads == ["Plain", "Clusters"]
    assert [row.label for row in shown.rows if not row.section] == [
        "mean, treated",
        "mean, controls",
        "Difference",
    ] * 2


def test_without_names_the_estimator_tells_them_apart(hours):
    hours = hours.assign(age=np.tile([20.0, 21, 25, 29], 10))
    both = [
        ips.effect(hours, outcome="hours", treatment="treated", **more)
        for more in ({}, {"covariates": ["age"]})
    ]
    heads = [row.label for row in ips.table(both, lang="en").rows if row.section]
    assert len(set(heads)) == 2
    assert "g-computation" in heads[1]


def test_one_result_needs_no_name(hours):
    assert not any(
        row.section for row in ips.table(ips.effect(hours, outcome="hours", treatment="treated")).rows
    )


def test_names_are_given_for_every_result_or_none(hours):
    one = ips.effect(hours, outcome="hours", treatment="treated")
    with pytest.raises(ReportError, match="names 1 result"):
        ips.table([one, one], parts=["Plain"])


def test_waves_in_a_pattern_of_answers_have_their_words():
    seen = ips.response({"m0": [1, 2, 3], "m1": [1, 2], "m2": [1]})
    labels = Labels({"m0": {"da": "Start"}, "m1": {"da": "Midt"}, "m2": {"da": "Slut"}})
    shown = ips.table(seen, labels=labels)
    assert "Start + Midt + Slut" in [row.label for row in shown.rows]


def test_groups_chosen_beforehand_have_the_words_of_their_column():
    drawn = np.random.default_rng(5)
    frame = pd.DataFrame({"hours": drawn.normal(10, 2, 80), "treated": [0, 1] * 40, "sex": [1, 1, 2, 2] * 20})
    found = ips.effect_by(frame, outcome="hours", treatment="treated", by=["sex"])
    labels = Labels({"sex": {"en": "Sex"}}, {"sex": {"1": {"en": "Men"}, "2": {"en": "Women"}}})
    words = [row.label for row in ips.table(found, labels=labels, lang="en").rows]
    assert [w.rpartition(", ")[2] for w in words] == ["Sex: Men", "Sex: Women"]
