"""Tables, odds ratios, effects, bands and curves of the same people are one system of counts."""

import ctypes
import os
from dataclasses import replace

import pytest

import ipseval as ips
from ipseval.core.evidence import Evidence
from ipseval.reporting.disclosure.solver import silent
from reporting_disclosure import mixed as bundles


@pytest.mark.parametrize("seed", [0, 5, 8, 13, 16, 22, 27, 28])
def test_an_attacker_with_all_kinds_of_files_tells_no_small_count(seed, tmp_path):
    told, shown, total = bundles.run_mixed(bundles.mixed(seed), tmp_path)
    assert not told
    assert 0 < shown <= total


def test_the_attacker_is_able_where_nothing_is_linked(tmp_path, monkeypatch):
    """An effect that does not say whom it counts, as if of other people: he tells the count of two."""
    drawn = bundles.mixed(27)

    def unlinked(verb):
        def make(people):
            result = verb(people)
            return replace(result, evidence=Evidence(f"others {result.kind}", lines=()))

        return make

    plain = {"effect__arm": bundles.VERBS["effect__arm"], "odds__sex": bundles.VERBS["odds__sex"]}
    for name, verb in plain.items():
        monkeypatch.setitem(bundles.VERBS, name, unlinked(verb))
    told, _, _ = bundles.run_mixed(drawn, tmp_path)
    assert told


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
    bundles.run_mixed(drawn, tmp_path)
    caught = capfd.readouterr()
    assert (caught.out, caught.err) == ("", "")


def test_a_ledger_with_a_key_cannot_be_written_anew_without_it(tmp_path, monkeypatch):
    import json

    from ipseval.core.errors import DisclosureError
    from ipseval.reporting.disclosure import ledger as book

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
