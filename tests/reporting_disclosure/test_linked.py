"""Results of several verbs on the same people are one system, and what nothing can protect is never passed over."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import yaml

import ipseval as ips
from ipseval.core.errors import DisclosureError
from ipseval.reporting.disclosure.facts import facts_of
from ipseval.reporting.disclosure.pattern.attack import (
    InfeasibleError,
    Need,
    Problem,
    attainable,
    without_told,
)
from ipseval.reporting.disclosure.pattern.suppress import suppress


@pytest.fixture
def people():
    rng = np.random.default_rng(2)
    n = 60
    frame = pd.DataFrame(
        {
            "id": range(n),
            "sex": ["f"] * 33 + ["m"] * 27,
            "first": rng.choice(["hi", "lo"], n),
            "last": ["hi"] * 20 + ["lo"] * 13 + ["hi"] * 25 + ["lo"] * 2,
            "start": rng.normal(50, 10, n),
            "end": rng.normal(55, 10, n),
        }
    )
    frame["answered"] = [at % 5 > 0 for at in range(n)]
    frame.loc[[0, 1, 40], ["first", "start"]] = None
    return frame


def shown(out, result, outcome, group, term, estimand):
    """The counts of a row as they left."""
    at = list(out.results).index(result)
    rows = out.results[result].estimates.reset_index(drop=True)
    hit = rows[
        (rows["outcome"] == outcome)
        & (rows["group"] == group)
        & (rows["term"] == term)
        & (rows["estimand"] == estimand)
    ].index[0]
    return out.judged.fates[at][hit].n_events


def test_a_small_cell_of_one_verb_cannot_be_had_from_another(people, tmp_path):
    """Men who said "lo" last are two: in the crosstable, in the change of bands, and in any difference."""
    results = {
        "cross": ips.describe(people, columns=["last", "first"], by="sex", id="id"),
        "bands": ips.band_change(
            people, before="first", after="last", by="sex", id="id", levels=["lo", "hi"]
        ),
        "all": ips.describe(people, columns=["last"], id="id"),
    }
    out = ips.release(results, tmp_path / "out", profile="dst-5", lang="en")
    outcome = results["bands"].estimates["outcome"].iloc[0]
    assert shown(out, "cross", "last", "m", "lo", "share") is None
    assert shown(out, "bands", outcome, "m", "lo", "after") is None
    # Three of the 60 lack a first answer: cell and margin shown of one word would give the few away.
    for code in ("lo", "hi"):
        pair = (
            shown(out, "cross", "last", "m", code, "share"),
            shown(out, "bands", outcome, "m", code, "after"),
        )
        assert pair[0] is None or pair[1] is None or pair[0] == pair[1]
    assert not out.judged.exposed


def test_the_same_people_have_the_same_name_in_every_verb(people):
    results = [
        ips.describe(people, columns=["last"], by="sex", id="id"),
        ips.change(people, before="start", after="end", by="sex", id="id", resamples=99),
        ips.band_change(people, before="first", after="last", by="sex", id="id", levels=["lo", "hi"]),
        ips.reliable_change(people, before="start", after="end", by="sex", id="id", reliability=0.8, sd=10.0),
        ips.attrition(people, answered="answered", by=["sex"], id="id"),
    ]
    facts = [facts_of(result, at) for at, result in enumerate(results)]
    assert len({f.population for f in facts}) == 1
    women = frozenset({("sex", "f")})
    assert {f.counts[women] for f in facts} == {33}


def test_means_before_and_after_are_those_of_the_column(people, tmp_path):
    """A mean of all who answered last and one of those who answered twice differ by one man."""
    results = {
        "change": ips.change(people, before="start", after="end", by="sex", id="id", resamples=99),
        "means": ips.describe(people, columns=["end"], by="sex", id="id"),
    }
    out = ips.release(results, tmp_path / "out", profile="dst-5", lang="en")
    change, means = (out.judged.fates[at] for at in (0, 1))
    after = [
        f for f, term in zip(change, results["change"].estimates["term"], strict=True) if term == "after"
    ]
    plain = [f for f, term in zip(means, results["means"].estimates["term"], strict=True) if term == "mean"]
    both = [(a.estimate is None, b.estimate is None) for a, b in zip(after, plain, strict=True)]
    assert both == [(True, False), (True, False)]


def test_waves_are_made_of_the_sets_that_hold_them():
    result = ips.response({"a": [1, 2, 3], "b": [2, 3, 4], "c": [1]}, registered=[1, 2, 3, 4, 5])
    facts = facts_of(result, 0)
    for fact in facts.sums:
        assert facts.counts[fact.total] == sum(facts.counts[part] for part in fact.parts)
    wave = frozenset({("answered:missing", "b")})
    assert any(fact.total == wave and len(fact.parts) > 1 for fact in facts.sums)


def told_problem():
    """A sum of two that is known, and its two parts of one each, which are hidden."""
    return Problem(
        values=np.array([2, 1, 1]),
        forced=np.array([False, True, True]),
        free=np.array([False, False, False]),
        gone=np.array([False, False, False]),
        floor=np.array([1, 1, 1]),
        cost=np.ones(3),
        relations=np.array([[-1.0, 1.0, 1.0]]),
        needs=(Need(1, 1), Need(1, 2), Need(2, 2)),
    )


def test_a_count_that_nothing_can_protect_is_refused_not_passed_over():
    problem = told_problem()
    with pytest.raises(InfeasibleError, match=r"2 small count\(s\) could be told") as refusal:
        suppress(problem, 3)
    assert "join categories or groups" in str(refusal.value)
    assert refusal.value.cells == (1, 2)
    with pytest.raises(InfeasibleError):
        attainable(problem, 3)


def test_what_earlier_releases_told_is_known_by_cell():
    problem = told_problem()
    kept, told = without_told(problem, problem, 3)
    assert told == {1, 2}
    assert not kept.needs


def test_a_release_that_would_tell_with_an_earlier_one_is_refused_and_names_the_outcome(tmp_path):
    """First the two of "w" leave under a threshold of two, then they are split by sex: one and one."""
    own = tmp_path / "own.yaml"
    packaged = yaml.safe_load(_profile_text())
    own.write_text(
        yaml.safe_dump(packaged | {"id": "own-2", "persons": 2, "said": {"da": "os", "en": "us"}}),
        encoding="utf-8",
    )
    people = pd.DataFrame({"id": range(40), "a": ["x"] * 20 + ["y"] * 18 + ["w"] * 2, "g": ["f", "m"] * 20})
    ledger = tmp_path / "ledger.json"
    ips.release(ips.describe(people, columns=["a"], id="id"), tmp_path / "one", profile=own, ledger=ledger)
    split = ips.describe(people, columns=["a"], by="g", id="id")
    with pytest.raises(DisclosureError, match=r"^in a: 2 small count\(s\) could be told"):
        ips.release(split, tmp_path / "two", profile="dst-3", ledger=ledger)
    assert not (tmp_path / "two").exists()


def test_where_only_ones_are_small_two_must_stay_possible(tmp_path):
    own = tmp_path / "own.yaml"
    packaged = yaml.safe_load(_profile_text())
    own.write_text(
        yaml.safe_dump(packaged | {"id": "own-2", "persons": 2, "said": {"da": "os", "en": "us"}}),
        encoding="utf-8",
    )
    people = pd.DataFrame({"a": ["x"] * 20 + ["y"] * 9 + ["w"]})
    out = ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile=own)
    assert sorted(out.statuses()["status"]) == ["hidden", "hidden_to_protect", "ok"]


def _profile_text():
    from ipseval.core.resources import data_root

    return (data_root() / "profiles" / "dst-3.yaml").read_text(encoding="utf-8")


def test_bars_with_other_edges_over_the_same_people_are_one_system(tmp_path):
    """18-22 and 18-23 have 20 and 22 people, so two are 22: one of the pictures must give a bar away."""
    ages = [18.0] * 20 + [22.0] * 2 + [25.0] * 20
    people = pd.DataFrame({"id": range(42), "age": ages})
    first = ips.histogram(people, column="age", edges=[18, 22, 30], id="id")
    second = ips.histogram(people, column="age", edges=[18, 23, 30], id="id")
    out = ips.release({"a": first}, tmp_path / "one", profile="dst-5")
    assert [f.n_events for f in out.judged.fates[0]] == [20, 22]
    both = ips.release({"a": first, "b": second}, tmp_path / "both", profile="dst-5")
    shown = [[f.n_events for f in rows] for rows in both.judged.fates]
    assert None in shown[0] or None in shown[1]
    assert not both.judged.exposed


def test_bars_of_a_second_release_are_held_against_those_of_the_first(tmp_path):
    people = pd.DataFrame({"id": range(42), "age": [18.0] * 20 + [22.0] * 2 + [25.0] * 20})
    book = tmp_path / "ledger.json"
    first = ips.histogram(people, column="age", edges=[18, 22, 30], id="id")
    second = ips.histogram(people, column="age", edges=[18, 23, 30], id="id")
    ips.release({"a": first}, tmp_path / "one", profile="dst-5", ledger=book)
    out = ips.release({"b": second}, tmp_path / "two", profile="dst-5", ledger=book)
    assert all(f.n_events is None for f in out.judged.fates[0])


def test_a_table_of_the_codes_and_a_picture_of_the_number_are_one_system(tmp_path):
    """Of 22 people of 22 or 23 years two are 22: the bar to 22 years and the table of 23 would tell."""
    people = pd.DataFrame({"id": range(62), "age": [20] * 20 + [22] * 2 + [23] * 20 + [25] * 20})
    bars = ips.histogram(people, column="age", edges=[18, 23, 30], id="id")
    codes = ips.describe(people, columns=["age"], levels={"age": [20, 22, 23, 25]}, id="id")
    out = ips.release({"bars": bars, "codes": codes}, tmp_path / "out", profile="dst-5")
    counts = [fate.n_events for fate in out.judged.fates[1]]
    seen = dict(zip(codes.estimates["term"], counts, strict=False))
    assert seen["22"] is None
    assert out.judged.fates[0][0].n_events is None or seen["20"] is None


def _effect_frame(seed=4, n=120):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": range(n), "arm": np.arange(n) % 2, "cost": rng.gamma(3.0, 1000.0, n)})
    frame["job"] = ((np.arange(n) % 3 == 0) | (frame["arm"] == 1) & (np.arange(n) % 4 == 1)).astype(int)
    return frame


def _fates(out, name):
    return out.judged.fates[list(out.results).index(name)]


@pytest.mark.parametrize("many", [False, True])
def test_costs_of_one_dear_person_take_all_that_is_made_of_them_along(tmp_path, many):
    frame = _effect_frame()
    if not many:
        frame.loc[0, "cost"] = 1e8
    result = ips.cost_effectiveness(
        frame, cost="cost", effect="job", treatment="arm", willingness=[0, 900], resamples=199, id="id"
    )
    out = ips.release({"cost": result}, tmp_path / "out", profile="dst-5")
    outcomes = zip(result.estimates["outcome"], _fates(out, "cost"), strict=True)
    shown = {name for name, fate in outcomes if fate.estimate is not None}
    assert ("net_benefit" in shown, "cost_per_effect" in shown) == (many, many)
    assert "effect" in shown


def test_a_small_cell_of_arm_and_effect_takes_the_costs_per_effect_along(tmp_path):
    frame = _effect_frame().assign(job=[1, 1, 1] + [0, 1] * 58 + [0])
    frame["job"] = np.where(frame["arm"] == 0, (frame["id"] < 4).astype(int), frame["job"])
    result = ips.cost_effectiveness(
        frame, cost="cost", effect="job", treatment="arm", willingness=[0, 900], resamples=199, id="id"
    )
    out = ips.release({"cost": result}, tmp_path / "out", profile="dst-5")
    outcomes = zip(result.estimates["outcome"], _fates(out, "cost"), strict=True)
    assert {name for name, fate in outcomes if fate.estimate is not None} == {"cost"}


def test_a_difference_of_quantiles_is_not_cleared_as_a_difference_of_means(tmp_path):
    frame = _effect_frame()
    result = ips.count_effect(frame, outcome="cost", treatment="arm", id="id", resamples=199)
    out = ips.release({"count": result}, tmp_path / "out", profile="dst-5")
    for term, fate in zip(result.estimates["term"], _fates(out, "count"), strict=True):
        if term.startswith("quantile"):
            assert (fate.estimate, fate.why) == (None, "release_one_value")
        if term == "mean_all":
            assert fate.estimate is not None


@pytest.mark.parametrize("few", [True, False])
def test_a_cohort_of_two_is_not_shown_nor_what_is_made_of_it(tmp_path, few):
    rng = np.random.default_rng(8)
    long = pd.DataFrame([(i, t) for i in range(60) for t in range(4)], columns=["id", "t"])
    start = np.where(long["id"] < (2 if few else 12), 1, np.where(long["id"] < 30, 2, 99))
    long = long.assign(on=(long["t"] >= start).astype(int), y=rng.normal(0, 1, len(long)))
    result = ips.panel_effect(long, outcome="y", id="id", time="t", treatment="on")
    out = ips.release({"panel": result}, tmp_path / "out", profile="dst-5")
    for row, fate in zip(result.estimates.to_dict("records"), _fates(out, "panel"), strict=True):
        if row["group"] != "2":
            assert (fate.estimate is None) == few, row["term"]


def test_waves_of_a_model_and_a_change_of_the_same_people_are_one_system(tmp_path):
    rng = np.random.default_rng(9)
    long = pd.DataFrame([(i, w) for i in range(60) for w in (0, 6)], columns=["id", "month"])
    long["score"] = rng.normal(50, 10, len(long)).round()
    long = long[~((long["month"] == 6) & (long["id"] >= 57))]
    model = ips.repeated(long, score="score", wave="month", id="id")
    change = ips.change(long, score="score", wave="month", waves=[0, 6], id="id", resamples=99)
    assert facts_of(model, 0).population == facts_of(change, 1).population
    out = ips.release({"model": model, "change": change}, tmp_path / "out", profile="dst-5")
    means = {
        (name, row["term"]): fate.estimate
        for name in out.results
        for row, fate in zip(out.results[name].estimates.to_dict("records"), _fates(out, name), strict=True)
        if row["scale"] == "mean"
    }
    # 60 answered at first and 57 both times: two means of the first answers would tell of the three.
    assert means["model", "0"] is None or means["change", "before"] is None


def test_what_needs_a_person_stands_on_the_page_of_the_checker_alone(tmp_path):
    result = ips.two_by_two(10, 40, 20, 40, outcome="employed")
    out = ips.release({"hand": result}, tmp_path / "out", profile="dst-5", lang="en")
    assert set(out.statuses()["status"]) == {"needs_person"}
    assert not list(out.folder.glob("*.csv"))
    assert "employed" not in (out.folder / "index.html").read_text(encoding="utf-8")
    assert "employed" in (out.checker / "checker.html").read_text(encoding="utf-8")


def test_rounding_says_why_a_share_is_not_there(tmp_path):
    people = pd.DataFrame({"id": range(40), "arm": [0, 1] * 20, "hours": [0.0, 5.0, 3.0, 0.0] * 10})
    result = ips.count_effect(people, outcome="hours", treatment="arm", id="id", quantiles=[])
    shares = result.estimates["scale"] == "weighted_share"
    estimates = result.estimates.assign(scale=result.estimates["scale"].where(~shares, "share"))
    out = ips.release(
        {"count": dataclasses.replace(result, estimates=estimates)}, tmp_path / "out", method="round"
    )
    whys = {f.why for f, share in zip(_fates(out, "count"), shares, strict=True) if share}
    assert whys == {"release_not_with_rounding"}
