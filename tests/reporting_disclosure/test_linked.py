"""Results of several verbs on the same people are one system, and what nothing can protect is never passed over."""

import numpy as np
import pandas as pd
import pytest
import yaml

import ipseval as ips
from ipseval.core.errors import DisclosureError
from ipseval.reporting.disclosure.attack import InfeasibleError, Need, Problem, attainable, without_told
from ipseval.reporting.disclosure.facts import facts_of
from ipseval.reporting.disclosure.suppress import suppress


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
    wave = frozenset({("answered", "b")})
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
    own.write_text(yaml.safe_dump(packaged | {"id": "own-2", "persons": 2}), encoding="utf-8")
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
    own.write_text(yaml.safe_dump(packaged | {"id": "own-2", "persons": 2}), encoding="utf-8")
    people = pd.DataFrame({"a": ["x"] * 20 + ["y"] * 9 + ["w"]})
    out = ips.release(ips.describe(people, columns=["a"]), tmp_path / "out", profile=own)
    assert sorted(out.statuses()["status"]) == ["hidden", "hidden_to_protect", "ok"]


def _profile_text():
    from ipseval.core.resources import data_root

    return (data_root() / "profiles" / "dst-3.yaml").read_text(encoding="utf-8")
