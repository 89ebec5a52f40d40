"""Cells that are the same people under other names are found from the people."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.core.evidence import where
from ipseval.core.people import people_of
from ipseval.reporting.disclosure.counts.members import digests, same_people
from ipseval.reporting.disclosure.counts.span import Span

N = 120


def people(**columns):
    frame = pd.DataFrame({"pnr": [f"p{k}" for k in range(len(next(iter(columns.values()))))], **columns})
    return people_of(frame, "pnr", list(columns))


def cells(frame, *columns):
    combined = frame[list(columns)].dropna().drop_duplicates()
    return [where(*zip(columns, row, strict=True)) for row in combined.itertuples(index=False)]


def counted(frame, places):
    def inside(place):
        there = np.ones(len(frame), dtype=bool)
        for name, code in place:
            if code == "*":
                there &= frame[name].notna().to_numpy()
            elif name.endswith(":missing"):
                there &= frame[name.removesuffix(":missing")].isna().to_numpy()
            else:
                there &= (frame[name] == code).to_numpy()
        return int(there.sum())

    return {place: inside(place) for place in places}


def tied(places, **columns):
    frame = pd.DataFrame(columns)
    return as_sets(same_people(people(**columns), counted(frame, places)))


def as_sets(found):
    return {frozenset((frozenset(a), frozenset(b))) for a, b in found}


def test_joined_levels_and_regions_are_tied():
    fine = ["a", "b", "c", "d"] * 30
    frame = pd.DataFrame({"fine": fine, "wide": ["x" if v in "ab" else v for v in fine]})
    places = cells(frame, "fine") + cells(frame, "wide")
    found = tied(places, fine=fine, wide=frame["wide"])
    joined = frozenset(
        (frozenset({where(("fine", "a")), where(("fine", "b"))}), frozenset({where(("wide", "x"))}))
    )
    alike = {frozenset((frozenset({where(("fine", v))}), frozenset({where(("wide", v))}))) for v in "cd"}
    assert found == {joined, *alike}


def test_columns_that_cross_are_tied_nowhere():
    one, other = ["a", "b"] * 60, ["x"] * 60 + ["y"] * 60
    frame = pd.DataFrame({"one": one, "other": other})
    assert tied(cells(frame, "one") + cells(frame, "other"), one=one, other=other) == set()


def test_a_word_for_nobody_answered_is_tied_to_the_missing():
    answer = ["a", "b", None] * 40
    told = [v or "unknown" for v in answer]
    places = [
        where(("answer", "*")),
        where(("answer:missing", "80")),
        *(where(("told", v)) for v in ("a", "b")),
    ]
    places.append(where(("told", "unknown")))
    found = tied(places, answer=answer, told=told)
    assert (
        frozenset((frozenset({where(("answer:missing", "80"))}), frozenset({where(("told", "unknown"))})))
        in found
    )


def test_a_cell_that_counts_others_than_its_words_say_is_left_out():
    places = {where(("a", "x")): 2, where(("a", "y")): 1, where(("b", "x")): 1, where(("b", "y")): 1}
    assert same_people(people(a=["x", "x", "y"], b=["x", "x", "y"]), places) == [
        ((where(("a", "y")),), (where(("b", "y")),))
    ]


def test_a_cell_without_a_place_ties_nothing():
    fine = ["a", "b", "c", "d"] * 30
    wide = ["x" if v in "ab" else "y" for v in fine]
    places = [where(("fine", v)) for v in "abc"] + [where(("wide", v)) for v in "xy"]
    found = tied(places, fine=fine, wide=wide)
    assert found == {
        frozenset(
            (frozenset({where(("fine", "a")), where(("fine", "b"))}), frozenset({where(("wide", "x"))}))
        )
    }


def test_who_stands_twice_or_has_no_id_is_nobody_known():
    twice = pd.DataFrame({"pnr": ["p1", "p1", "p2"], "a": ["x", "y", "x"]})
    none = pd.DataFrame({"pnr": ["p1", None, "p2"], "a": ["x", "y", "x"]})
    assert people_of(twice, "pnr", ["a"]) is None
    assert people_of(none, "pnr", ["a"]) is None


def test_nothing_of_a_person_is_shown():
    known = people(a=["secret"] * 3)
    assert repr(known) == "<People: 3 persons, 1 columns>"
    assert repr(known.answers["a"]) == "<Answers: 3 persons, 1 codes>"


def test_order_and_type_of_ids_make_no_difference():
    frame = pd.DataFrame({"pnr": [3, 1, 2], "a": ["x", "y", "y"]})
    places = {where(("a", "x")): 1, where(("a", "y")): 2}
    again = frame.iloc[::-1].astype({"pnr": float})
    assert digests(people_of(frame, "pnr", ["a"]), places) == digests(people_of(again, "pnr", ["a"]), places)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_is_tied_is_tied_and_digests_add_up(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    a = rng.integers(0, 5, N).astype(str)
    made_of = data.draw(st.lists(st.sampled_from("uvw"), min_size=5, max_size=5))
    b = np.array([made_of[int(v)] for v in a])
    frame = pd.DataFrame({"a": a, "b": b, "g": rng.choice(["n", "s"], N)})
    places = [*cells(frame, "a"), *cells(frame, "b"), *cells(frame, "g", "a"), *cells(frame, "g", "b")]
    known = people(a=a, b=b, g=frame["g"])
    who = {p: frozenset(frame.index[np.logical_and.reduce([frame[c] == v for c, v in p])]) for p in places}
    counts = counted(frame, places)
    summed = digests(known, counts)
    found = same_people(known, counts)
    for these, those in found:
        assert frozenset().union(*(who[p] for p in these)) == frozenset().union(*(who[p] for p in those))
        assert (sum(summed[p] for p in these) - sum(summed[p] for p in those)) % 2**64 == 0
    if len(set(b)) > 1:
        wide = {p for side in found for cells_ in side for p in cells_}
        assert {where(("b", v)) for v in set(b)} <= wide


def test_a_total_among_its_own_parts_says_that_the_others_are_nobody():
    """Levels joined away and a level of nobody can make a cell a part of itself."""
    whole, part, nobody = (("p", where(("a", code))) for code in ("all", "x", "none"))
    span = Span()
    assert span.take(whole, (part, nobody))
    assert span.take(whole, (whole, nobody))
    assert not span.take(whole, (part,))
    assert not span.take(part, (part,))
