"""The same people under other names where the names do not tell: other codes, earlier releases, registers, scores."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.people import people_of, person_hashes
from ipseval.reporting.disclosure.counts.marks import across, nearly_across
from ipseval.reporting.disclosure.counts.members import is_structure, nearly, spelling, spellings
from ipseval.reporting.disclosure.counts.ties import gathered
from reporting_disclosure import mixed as bundles
from reporting_disclosure.mixed_run import run_mixed

FOUND = [
    (35, (("weekly__arm", "costs__arm", "counts__job__sex"),)),
    (118, (("heard__sex", "known__arm", "counts__job__arm", "norm__sex", "odds__sex"),)),
    (239, (("counts__last__sex",), ("norm__sex", "recovery__all"))),
    (586, (("movement__all", "counts__job__all", "counts__last__sex"), ("bars__arm", "odds__sex"))),
    (767, (("recovery__all", "bars__arm", "heard__arm"),)),
]
"""Bundles of which an attacker told a small count once."""


@pytest.mark.parametrize(("seed", "releases"), FOUND)
def test_what_once_was_told_is_told_no_more(seed, releases, tmp_path):
    told, _, _ = run_mixed(replace(bundles.mixed(seed), releases=releases), tmp_path)
    assert not told


@pytest.fixture
def frame():
    rng = np.random.default_rng(8)
    n = 200
    made = pd.DataFrame({"pnr": range(n), "first": rng.choice(["no", "yes"], n, p=[0.7, 0.3])})
    made["second"] = np.where((made["first"] == "no") & (rng.random(n) > 0.02), "no", "yes")
    made["other"] = rng.choice(["a", "b"], n)
    # A score of 0 is "no" to both questions.
    made["score"] = (made["first"] == "yes").astype(int) + (made["second"] == "yes").astype(int)
    return made


def test_a_score_of_none_lies_in_the_no_to_a_question_but_for_few(frame):
    known = people_of(frame, "pnr", ["first", "score", "other"])
    places = {
        frozenset({(name, code)}): int(n)
        for name in ("first", "score", "other")
        for code, n in frame[name].astype(str).value_counts().items()
    }
    pairs = nearly(known, places)
    assert (frozenset({("score", "0")}), frozenset({("first", "no")})) in pairs
    assert not any(name == "other" for pair in pairs for cell in pair for name, _ in cell)


def test_few_in_a_few_are_no_structure():
    assert not is_structure(3, 6, 40)
    assert not is_structure(5, 6, 8)
    assert is_structure(42, 43, 116)


def test_marks_find_a_cell_of_several_columns_in_a_set_of_an_earlier_release():
    ids = [int(h) for h in person_hashes(pd.Series(range(9)))]
    now = {
        ("p", frozenset({("a", c)})): sum(ids[at : at + 3]) % 2**64
        for at, c in ((0, "x"), (3, "y"), (6, "z"))
    }
    then = ("p", frozenset({("b", "1")}))
    x, y, z = now
    assert across(now, (), {then: sum(ids[:6]) % 2**64}, ()) == [((then,), (x, y))]
    assert across(now, (), {then: sum(ids[1:7]) % 2**64}, ()) == []
    split = {("p", frozenset({("c", str(k))})): ids[k] for k in (0, 1, 2)}
    assert across(now, (), split, ()) == [((x,), tuple(split))]
    # Two of several ways to be the same people, and neither is a cell.
    other = {("p", frozenset({("c", str(k))})): sum(ids[at] for at in own) % 2**64
             for k, own in enumerate(((0, 1, 3, 4), (2, 5), (6, 7), (8,)))}  # fmt: skip
    first, second, third, fourth = other
    assert set(across(now, (), other, ())) == {((z,), (third, fourth)), ((x, y), (first, second))}


@pytest.mark.parametrize("few", [1, 2, 3, 4])
def test_few_who_are_left_between_two_releases_are_found_by_marks(few):
    ids = person_hashes(pd.Series(range(60)))
    part, whole = ("p", frozenset({("a", "1")})), ("p", frozenset({("b", "1")}))
    marks = {part: int(ids[:30].sum())}, {whole: int(ids[: 30 + few].sum())}
    counts = {part: 30, whole: 30 + few, ("p", frozenset()): 60}
    assert nearly_across(*marks, counts, ids) == [(part, whole)]
    others = {whole: int(ids[1 : 31 + few].sum())}
    assert nearly_across(marks[0], others, counts, ids) == []


def test_the_person_with_the_number_0_counts_in_marks_as_others_do():
    assert 0 not in person_hashes(pd.Series([0, 1, 2]))
    assert (person_hashes(pd.Series([0])) == person_hashes(pd.Series([0.0]))).all()


def test_people_without_ids_are_told_apart_by_marks_too():
    known = people_of(pd.DataFrame({"a": list("xyzzy")}), None, ["a"])
    marks = known.ids
    assert len(set(marks.tolist())) == 5
    assert int(marks[1]) + int(marks[4]) != int(marks[2]) + int(marks[3])


def test_a_column_in_words_and_in_digits_is_known_in_both(frame):
    digits = frame.assign(first=frame["first"].map({"no": 0.0, "yes": 1.0}))
    both = gathered([people_of(each, "pnr", ["first"]) for each in (frame, digits)])
    assert spellings("first", both.answers) == ["first", spelling("first", 1)]
    assert [both.answers[name].texts for name in spellings("first", both.answers)] in (
        [("no", "yes"), ("0", "1")], [("yes", "no"), ("1", "0")],
    )  # fmt: skip
    again = gathered([people_of(each, "pnr", ["first"]) for each in (frame, frame)])
    assert list(again.answers) == ["first"]


def test_marks_of_weeks_are_neither_shown_nor_compared():
    from ipseval.core.evidence import Count, where

    assert "77" not in repr(Count(where(), 3, 77))
    assert Count(where(), 3, 77) == Count(where(), 3)


def test_a_register_column_and_its_week_are_one_cell(tmp_path):
    people = bundles.mixed(35).people
    results = {name: bundles.VERBS[name](people) for name in ("weekly__arm", "counts__job__arm")}
    out = ips.release(results, tmp_path / "out", profile="dst-3")
    week, table = (rows.estimates for rows in results.values())
    weekly, counts = out.judged.fates
    shown = {
        arm: weekly[at].n_events
        for at, (arm, term, scale) in enumerate(zip(week["group"], week["term"], week["scale"], strict=True))
        if scale == "share" and term == "4"
    }
    by_arm = {
        group: counts[at].n_events
        for at, (group, term) in enumerate(zip(table["group"], table["term"], strict=True))
        if term == "1"
    }
    assert shown["treated"] == by_arm["1"]
    assert shown["control"] == by_arm["0"]
