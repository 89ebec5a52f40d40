"""Eighteen bundles of the five hundred of tools/validate: nothing small can be told from the files."""

import pytest

from reporting_disclosure.attack_runs import run
from reporting_disclosure.bundles import bundle, recoded


@pytest.mark.parametrize("seed", [*range(14), 21, 25, 27, 34])
def test_an_attacker_with_the_files_tells_no_small_count(seed, tmp_path):
    outcome = run(bundle(seed), tmp_path)
    assert not outcome.told
    assert not outcome.refused
    assert outcome.shown <= outcome.counts


def test_the_attacker_is_able_the_naive_rule_is_broken(tmp_path):
    """The same attacker on files where only small counts are hidden: he must find some."""
    told = [run(bundle(seed), tmp_path / str(seed)).naive_told for seed in (1, 2, 8)]
    assert all(told)


@pytest.mark.parametrize("seed", [1, 2, 9])
def test_rounding_stays_additive(seed, tmp_path):
    import csv

    import ipseval as ips

    drawn = bundle(seed)
    results = drawn.results(0)
    ips.release(results, tmp_path / "out", profile=f"dst-{drawn.k}", method="round", lang="en")
    name = next(n for n in results if n.endswith("__area__plain"))
    with (tmp_path / "out" / f"{name}.csv").open(encoding="utf-8-sig") as stream:
        lines = [line for line in csv.DictReader(stream) if line["Outcome"] == "answer"]
    for group in ("n", "o", "s"):
        inside = [line for line in lines if line["Group"] == group]
        counts = [int(line["Count"]) for line in inside]
        assert sum(counts) == int(inside[0]["n"])
        assert all(c % drawn.k == 0 for c in counts)
        assert all(line["Standard error"] in ("", "–") for line in inside)


@pytest.mark.parametrize("seed", [0, 1, 2, 9, 15])
def test_an_attacker_tells_no_small_count_from_rounded_files(seed, tmp_path):
    outcome = run(bundle(seed), tmp_path, "round")
    assert not outcome.told
    assert not outcome.refused


@pytest.mark.parametrize("seed", [0, 2, 3, 7, 8, 9])
def test_a_column_made_of_another_tells_an_attacker_nothing(seed, tmp_path):
    """Beside it or in a second release under another name, as words or as zeros and ones."""
    outcome = run(recoded(seed), tmp_path)
    assert not outcome.told
    assert not outcome.refused


@pytest.mark.parametrize("seed", [2, 7])
def test_without_its_persons_a_release_tells_such_an_attacker(seed, tmp_path):
    assert run(recoded(seed), tmp_path, forget=True).told


def test_counts_are_not_rounded_beside_an_earlier_release_of_the_same_people(tmp_path):
    import ipseval as ips
    from ipseval.core.errors import DisclosureError

    drawn = bundle(5)
    first, second = (drawn.results(number) for number in range(2))
    ledger = tmp_path / "ledger.json"
    ips.release(first, tmp_path / "one", method="round", ledger=ledger)
    with pytest.raises(DisclosureError, match="holds an earlier release of these people"):
        ips.release(second, tmp_path / "two", method="round", ledger=ledger)
