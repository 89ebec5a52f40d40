"""What a plan asks of a verb that the study cannot give is told by name."""

from dataclasses import replace

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import SchemaError
from ipseval.core.labels import Labels
from ipseval.loading.codebook import Codebook
from ipseval.study.arranged import ARRANGED, Made
from ipseval.study.people import People

FRAME = pd.DataFrame({"t": [0, 1] * 6, "y": [0.0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1], "town": ["a", "b"] * 6})
EFFECT = ips.effect(FRAME, outcome="y", treatment="t")


def made(**results):
    people = People(FRAME, FRAME.isna(), Codebook(), Labels(), {})
    return Made(people, {}, results)


@pytest.mark.parametrize(
    ("verb", "options", "words"),
    [
        ("weekly_shares", {"window": [-5, 5]}, "needs registers"),
        ("triangulate", {"results": ["job", "gone"]}, "'gone', which does not stand above"),
        ("e_value", {"result": "gone", "term": "difference"}, "'gone', which does not stand above"),
        ("e_value", {"result": "job", "term": "odds"}, "no single row 'odds'"),
        ("e_value", {"result": "bare", "term": "difference"}, "no single row 'difference' with an interval"),
        ("sites", {"fidelity": "reviews", "range": [25, 125]}, "'reviews', which is no list under registers"),
    ],
)
def test_what_is_not_there_is_named(verb, options, words):
    bare = replace(EFFECT, estimates=EFFECT.estimates.assign(ci_low=float("nan")))
    with pytest.raises(SchemaError, match=words):
        ARRANGED[verb](dict(options), made(job=EFFECT, bare=bare), FRAME)


def test_the_e_value_takes_the_rows_own_limits():
    row = EFFECT.estimates.set_index("term").loc["difference"]
    asked = {"result": "job", "term": "difference", "measure": "risk_difference", "baseline": 0.3}
    given = ARRANGED["e_value"](asked, made(job=EFFECT), FRAME)
    assert {k: given[k] for k in ("estimate", "ci_low", "ci_high")} == row[
        ["estimate", "ci_low", "ci_high"]
    ].to_dict()
    assert given["measure"] == "risk_difference"


def test_scores_of_waves_are_laid_under_one_another_with_what_goes_along():
    wide = pd.DataFrame({"w0": [1.0, 2], "w1": [3.0, None], "arm": ["x", "y"]}, index=["p", "q"])
    given = ARRANGED["repeated"]({"scores": {0: "w0", 6: "w1"}, "name": "who5", "arm": "arm"}, made(), wide)
    long = given["data"]
    assert given["waves"] == ["0", "6"]
    assert list(zip(long["person_id"], long["wave"], long["who5"].fillna(-1), long["arm"], strict=True)) == [
        ("p", "0", 1.0, "x"), ("q", "0", 2.0, "y"), ("p", "6", 3.0, "x"), ("q", "6", -1.0, "y"),
    ]  # fmt: skip
