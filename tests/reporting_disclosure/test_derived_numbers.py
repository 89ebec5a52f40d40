"""Numbers that rest on counts: what goes with a hidden neighbour, without support, or beside rounded counts."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.evidence import ANSWERED, Line, where
from ipseval.reporting.disclosure.counts.graph_build import build
from ipseval.reporting.disclosure.counts.graph_problem import problem_of
from ipseval.reporting.disclosure.curves import points_gone
from ipseval.reporting.disclosure.facts import facts_of
from ipseval.reporting.disclosure.pattern.attack import Need, Problem, open_needs
from ipseval.reporting.disclosure.pattern.suppress import suppress

GROUPS = {"f": 30, "m": 22, "x": 8}


@pytest.fixture
def alike():
    """Sixty people in three groups; those of x are enough to be counted, but all have the same value."""
    values = np.random.default_rng(5).normal(50, 10, 60)
    frame = pd.DataFrame({"id": range(60), "g": np.repeat(list(GROUPS), list(GROUPS.values())), "v": values})
    frame.loc[frame["g"] == "x", "v"] = 7.0
    return frame


def means_by_group(fates, result):
    """Status and reason of the mean of each group."""
    rows = zip(result.estimates.to_dict("records"), fates, strict=True)
    return {row["group"]: (fate.status, fate.why) for row, fate in rows if row["term"] == "mean"}


def test_one_hidden_mean_takes_the_next_smallest_group_with_it_when_everybodys_is_shown(alike, tmp_path):
    by, everybody = ips.describe(alike, columns=["v"], by="g"), ips.describe(alike, columns=["v"])
    fates = ips.release([by, everybody], tmp_path / "out", profile="dst-5").judged.fates
    assert means_by_group(fates[0], by) == {
        "f": ("ok", ""),
        "m": ("hidden_to_protect", "release_near_group"),
        "x": ("hidden", "release_all_equal"),
    }
    assert means_by_group(fates[1], everybody) == {"": ("ok", "")}


def test_without_everybodys_mean_no_other_group_is_hidden(alike, tmp_path):
    by = ips.describe(alike, columns=["v"], by="g")
    shown = means_by_group(ips.release(by, tmp_path / "out", profile="dst-5").judged.fates[0], by)
    assert {group: status for group, (status, _) in shown.items()} == {"f": "ok", "m": "ok", "x": "hidden"}


@pytest.fixture
def model():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"id": range(400), "g": rng.choice(["a", "b"], 400), "age": rng.normal(40, 9, 400)})
    frame["y"] = (rng.random(400) < np.where(frame["g"] == "a", 0.3, 0.5)).astype(int)
    return ips.odds_ratios("y ~ g + age", frame, id="id", influence=False)


def with_lines(result, **changed):
    evidence = result.evidence
    lines = tuple(replace(line, **changed) for line in evidence.lines)
    return replace(result, evidence=replace(evidence, lines=lines))


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, set()),
        ({"parameters": None}, {"release_no_support"}),
        ({"parameters": 300}, {"release_model_df"}),
    ],
)
def test_a_model_leaves_only_when_it_tells_its_parameters(model, tmp_path, told, why):
    out = ips.release(with_lines(model, **told), tmp_path / "out", profile="dst-5")
    odds = out.statuses()[model.estimates["scale"].eq("odds_ratio").to_numpy()]
    assert len(odds) >= 2
    assert set(odds["why"]) - {""} == why
    assert set(odds["status"]) == ({"hidden"} if why else {"ok"})


def test_beside_rounded_counts_a_share_without_events_keeps_its_n_only(tmp_path):
    frame = pd.DataFrame({"id": range(60), "a": ["x"] * 31 + ["y"] * 29})
    result = ips.describe(frame, columns=["a"], id="id")
    rows = result.estimates.copy()
    rows["n_events"] = (
        rows["n_events"].astype("Float64").where(rows["term"] != "y").to_numpy(float, na_value=np.nan)
    )
    out = ips.release(replace(result, estimates=rows), tmp_path / "out", profile="dst-5", method="round")
    known, unknown = out.judged.fates[0]
    assert (known.n, known.n_events, known.status) == (60, 30, "rounded")
    assert known.estimate == 0.5
    assert (unknown.n, unknown.n_events, unknown.estimate, unknown.status) == (60, None, None, "hidden")


def test_what_hidden_counts_give_already_is_not_asked_of_others():
    """1 must be able to be 4: the hidden 2 gives one, the 20 (known to be 18 or more) the two that are left."""
    values = np.array([1, 2, 20, 30, 53])
    problem = Problem(
        values=values,
        forced=values < 5,
        free=np.array([False, False, True, True, False]),
        gone=np.zeros(5, bool),
        floor=np.array([1, 1, 18, 1, 1]),
        cost=np.array([1.0, 1.0, 1.0, 30.0, 1600.0]),
        relations=np.array([[1.0, 1.0, 1.0, 1.0, -1.0]]),
        needs=(Need(0, 4),),
    )
    found = suppress(problem, 5)
    assert found.optimal
    assert found.hidden.tolist() == [True, True, True, False, False]
    assert not open_needs(replace(problem, needs=found.needs), found.hidden)


def test_a_pattern_found_by_the_quick_way_is_not_called_the_cheapest():
    """One row, 2 + 20 + 30 = 52: something beside the 2 must go, by whichever way."""
    problem = Problem(
        values=np.array([2, 20, 30, 52]),
        forced=np.array([True, False, False, False]),
        free=np.array([False, True, True, True]),
        gone=np.zeros(4, bool),
        floor=np.ones(4, dtype=np.int64),
        cost=np.array([1.0, 1.0, 1.0, 40.0]),
        relations=np.array([[1.0, 1.0, 1.0, -1.0]]),
        needs=(Need(0, 4),),
    )
    best, quick = suppress(problem, 5), suppress(problem, 5, largest=0)
    assert (best.optimal, quick.optimal) == (True, False)
    assert best.hidden.sum() == quick.hidden.sum() == 2


def test_the_ledger_says_by_which_profile_a_release_was_judged_and_what_adds_up(alike, tmp_path):
    ledger = tmp_path / "ledger.json"
    ips.release(ips.describe(alike, columns=["g"]), tmp_path / "out", profile="dst-5", ledger=ledger)
    (entry,) = json.loads(ledger.read_text(encoding="utf-8"))["entries"]
    assert entry["profile"] == "dst-5"
    ((total, parts),) = entry["sums"]
    assert total[1] == []
    assert sorted(part[1][0] for part in parts) == [["g", name] for name in sorted(GROUPS)]


@pytest.mark.parametrize(("least", "believed"), [(2, set()), (3, {1, 2}), (5, {1, 4})])
def test_an_outsider_must_find_both_ends_of_what_is_small_possible(least, believed):
    frame = pd.DataFrame({"a": ["x"] * 30 + ["y"] * 20 + ["z"] * 2})
    graph = build([facts_of(ips.describe(frame, columns=["a"]), 0)], [], [], ())
    problem, _ = problem_of(graph, least, True)
    assert {need.target for need in problem.needs} == believed
    assert {int(problem.values[need.cell]) for need in problem.needs} <= {2}


def test_every_story_stands_on_the_page_under_its_name(alike, tmp_path):
    found = ips.story_checklist("Hun er 19 år og begyndte 3. marts.")
    stories = {"first_case": found, "second_case": found}
    out = ips.release(ips.describe(alike, columns=["g"]), tmp_path / "out", stories=stories, lang="en")
    pages = "".join(page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html"))
    assert all(name in pages for name in stories), out.folder


def test_the_mean_of_seven_persons_is_no_test_and_needs_no_degrees_of_freedom(alike, tmp_path):
    seven = ips.describe(alike[alike["g"] == "m"].head(7), columns=["v"])
    fates = ips.release(seven, tmp_path / "out", profile="dst-5").judged.fates[0]
    assert means_by_group(fates, seven) == {"": ("ok", "")}


@pytest.mark.parametrize("n", [0, np.nan])
def test_a_row_of_nobody_prints_no_count(n):
    result = ips.describe(pd.DataFrame({"a": ["x"] * 30 + ["y"] * 20}), columns=["a"])
    rows = result.estimates.assign(n=result.estimates["n"].astype(float).where([True, False], n))
    facts = facts_of(replace(result, estimates=rows), 0)
    assert {spot.row for spots in facts.printed.values() for spot in spots} == {0}


def test_a_ledger_whose_keys_were_put_in_another_order_holds(alike, tmp_path):
    ledger = tmp_path / "ledger.json"
    ips.release(ips.describe(alike, columns=["g"]), tmp_path / "one", profile="dst-5", ledger=ledger)
    ledger.write_text(
        json.dumps(json.loads(ledger.read_text(encoding="utf-8")), sort_keys=True), encoding="utf-8"
    )
    ips.release(ips.describe(alike, columns=["g"]), tmp_path / "two", profile="dst-5", ledger=ledger)
    assert len(json.loads(ledger.read_text(encoding="utf-8"))["entries"]) == 2


def test_points_of_a_curve_are_counted_within_their_group():
    """One curve's fourth point would be one event behind the other's third, were they one curve."""
    steps = [("a", (1.0, 5, 40)), ("b", (2.0, 0, 50)), ("a", (3.0, 6, 30)), ("b", (4.0, 5, 45))]
    rows = [{"group": g, "term": "cumulative_incidence", "contrast": f"{step[0]:g}"} for g, step in steps]
    lines = [Line(step=step) for _, step in steps]
    assert points_gone(rows, lines, 5) == {2}


def test_those_who_answered_a_column_are_named_after_it():
    frame = pd.DataFrame({"id": range(60), "a": ["x"] * 30 + ["y"] * 20 + [None] * 10})
    facts = facts_of(ips.describe(frame, columns=["a"], id="id"), 0)
    assert where(("a", ANSWERED)) in facts.printed
    assert not any(name == "#" for place in facts.counts for name, _ in place)


def test_a_mean_is_held_against_earlier_means_of_the_same_number_and_group_alone(alike, tmp_path):
    """The same people again, and another number of nearly as many, tell nobody's value."""
    ledger = tmp_path / "ledger.json"
    other = alike.assign(u=np.random.default_rng(6).normal(20, 3, 60))
    other.loc[:2, "u"] = np.nan
    shown = {}
    for name, frame, column in (
        ("first", alike, "v"),
        ("again", alike, "v"),
        ("other", other, "u"),
    ):
        result = ips.describe(frame, columns=[column], id="id")
        out = ips.release(result, tmp_path / name, profile="dst-5", ledger=ledger)
        shown[name] = means_by_group(out.judged.fates[0], result)[""]
    assert shown == dict.fromkeys(("first", "again", "other"), ("ok", ""))
