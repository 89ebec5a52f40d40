"""Tables, odds ratios, effects, bands and curves of the same people are one system of counts."""

import ctypes
import os
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import DisclosureError
from ipseval.core.evidence import Evidence, Line, top_two
from ipseval.reporting.disclosure.pattern.solver import silent
from ipseval.reporting.disclosure.profiles import load_profile
from reporting_disclosure import mixed as bundles
from reporting_disclosure.mixed_run import run_mixed


@pytest.mark.parametrize("seed", [0, 5, 8, 13, 16, 22, 27, 28, 9081])
def test_an_attacker_with_all_kinds_of_files_tells_no_small_count(seed, tmp_path):
    told, shown, total = run_mixed(bundles.mixed(seed), tmp_path)
    assert not told
    assert 0 < shown <= total


def test_the_attacker_is_able_where_nothing_is_linked(tmp_path, monkeypatch):
    """An effect that does not say whom it counts, as if of other people: he tells the count of two."""
    names = (("effect__arm", "odds__sex", "counts__sex__all"), ("bands__sex", "odds__arm"))
    drawn = replace(bundles.mixed(27), k=5, releases=names)

    def unlinked(verb):
        def make(people):
            result = verb(people)
            return replace(result, evidence=Evidence(f"others {result.kind}", lines=()))

        return make

    plain = {"effect__arm": bundles.VERBS["effect__arm"], "odds__sex": bundles.VERBS["odds__sex"]}
    for name, verb in plain.items():
        monkeypatch.setitem(bundles.VERBS, name, unlinked(verb))
    told, _, _ = run_mixed(drawn, tmp_path)
    assert told


@pytest.mark.parametrize(
    ("seed", "verb", "others"),
    [
        (5000, "panel__did", ("heard__arm", "counts__last__sex")),
        (5002, "waves__arm", ("counts__job__arm", "heard__arm")),
        (5008, "bars__arm", ("counts__job__all", "counts__last__sex")),
        (5008, "weekly__arm", ("counts__job__all", "counts__last__sex")),
        (5011, "iv__arm", ("counts__job__sex", "heard__sex")),
        (5001, "balance__arm", ("counts__job__all", "counts__sex__all")),
    ],
)
def test_the_attacker_reads_newer_verbs_where_they_do_not_say_whom_they_count(
    seed, verb, others, tmp_path, monkeypatch
):
    plain = bundles.VERBS[verb]

    def silent_one(people):
        result = plain(people)
        lines = tuple(Line(fewest=50, parameters=1) for _ in result.estimates.index)
        return replace(result, evidence=Evidence(f"others {result.kind}", lines=lines))

    drawn = replace(bundles.mixed(seed), releases=((verb, *others),))
    assert not run_mixed(drawn, tmp_path / "judged")[0]
    monkeypatch.setitem(bundles.VERBS, verb, silent_one)
    assert run_mixed(drawn, tmp_path / "not judged")[0]


def test_what_the_solver_prints_of_itself_is_not_heard(capfd):
    with silent():
        os.write(1, b"transformNewIntegerFeasibleSolution\n")
        if os.name == "posix":
            ctypes.CDLL(None).puts(b"transformNewIntegerFeasibleSolution")
    assert capfd.readouterr().out == ""
    os.write(1, b"heard\n")
    assert capfd.readouterr().out == "heard\n"


def test_a_release_prints_nothing(tmp_path, capfd):
    drawn = bundles.mixed(8)
    run_mixed(drawn, tmp_path)
    caught = capfd.readouterr()
    assert (caught.out, caught.err) == ("", "")


def test_a_ledger_with_a_key_cannot_be_written_anew_without_it(tmp_path, monkeypatch):
    import json

    from ipseval.reporting.disclosure.counts import ledger as book

    monkeypatch.chdir(tmp_path)
    project, place = tmp_path / "project", tmp_path / "keys"
    project.mkdir()
    place.mkdir()
    (project / "plan.yaml").write_text("", encoding="utf-8")
    monkeypatch.chdir(project)
    key, path = place / "project.key", tmp_path / "ledger.json"
    ips.make_key(key)
    people = bundles.mixed(3).people
    table = ips.describe(people, columns=["sex"], id="id")
    ips.release(table, tmp_path / "one", ledger=path, key=key)
    ips.release(table, tmp_path / "two", ledger=path, key=key)
    with pytest.raises(DisclosureError, match="was sealed with a key"):
        ips.release(table, tmp_path / "three", ledger=path)
    entries = json.loads(path.read_text(encoding="utf-8"))["entries"]
    forged = {k: v for k, v in entries[0].items() if k != "seal"} | {"counts": []}
    forged["seal"] = book._seal(forged, None)
    path.write_text(json.dumps({"entries": [forged]}), encoding="utf-8")
    with pytest.raises(DisclosureError, match="changed by hand at entry 1"):
        ips.release(table, tmp_path / "three", ledger=path, key=key)
    with pytest.raises(DisclosureError, match="give ledger="):
        ips.release(table, tmp_path / "three", key=key)


def test_a_sum_in_an_arm_that_two_hold_is_hidden_in_an_effect(tmp_path):
    """Costs in kroner: two of the treated hold nearly all of them."""
    cost = [900_000.0, 800_000.0, *[1_000.0 + at for at in range(20)], *[50_000.0 + at for at in range(22)]]
    people = pd.DataFrame({"id": range(44), "arm": [1] * 22 + [0] * 22, "cost": cost})
    result = ips.effect(people, outcome="cost", treatment="arm", id="id")
    out = ips.release(result, tmp_path / "out", profile="sds-5")
    why = dict(zip(result.estimates["term"], out.statuses()["why"], strict=True))
    assert why["mean_treated"] == why["difference"] == "release_dominated"
    assert why["mean_control"] == ""


@given(st.lists(st.floats(1, 1e6), min_size=5, max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_largest_cannot_tell_the_second_from_a_sum_that_may_be_shown(values):
    """An insider's best guess at most is what is left of the sum: too high by all the others hold."""
    ordered = sorted(values, reverse=True)
    held = top_two(values)
    if held is not None and held <= load_profile("dst-5").firm_share:
        guess = sum(ordered) - ordered[0]
        assert guess - ordered[1] >= 0.149 * sum(ordered)


@pytest.mark.parametrize("seed", [5, 16, 27])
def test_somebody_who_is_counted_himself_tells_no_more(seed, tmp_path):
    drawn = bundles.mixed(seed)
    rare = int(
        drawn.people.groupby(list(bundles.CODES), dropna=False)["id"].transform("size").to_numpy().argmin()
    )
    told, _, _ = run_mixed(drawn, tmp_path, insider=rare)
    assert not told


def test_a_result_that_does_not_say_who_was_counted_needs_a_person(tmp_path):
    people = bundles.mixed(3).people
    result = replace(ips.describe(people, columns=["sex"]), evidence=None)
    out = ips.release(result, tmp_path / "out")
    assert set(out.statuses()["why"]) == {"release_no_evidence"}
    assert all(f.n is None and f.estimate is None for f in out.judged.fates[0])


def test_the_checklist_of_a_story_stands_with_the_checker_and_its_text_nowhere(tmp_path):
    text = "Maja, 19 år, begyndte 3. marts i Netto."
    people = bundles.mixed(3).people
    found = ips.story_checklist(text)
    out = ips.release(
        ips.describe(people, columns=["sex"]), tmp_path / "out", stories={"one": found}, lang="en"
    )
    page = (out.checker / "checker.html").read_text(encoding="utf-8")
    assert "a person must read it" in page
    assert "Maja" not in page
    with pytest.raises(DisclosureError, match="not the stories") as told:
        ips.release(ips.describe(people, columns=["sex"]), tmp_path / "two", stories={"one": text})
    assert "Maja" not in str(told.value)
