"""A column made of another gives nothing away: in one release, in two, and as the mean of zeros and ones."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DisclosureError

CELLS = {"A": (65, 17, 11, 2), "B": (140, 60, 22, 9), "C": (80, 30, 12, 3)}
LEVELS = ("basic", "upper", "trade", "long")


@pytest.fixture(scope="module")
def people():
    rows = [
        (town, level)
        for town, counts in CELLS.items()
        for level, n in zip(LEVELS, counts, strict=True)
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["town", "level"])
    frame["joined"] = frame["level"].replace({"long": "upper"})
    frame["trade"] = (frame["level"] == "trade").astype(int)
    frame["part"] = frame["town"].replace({"A": "north", "C": "north", "B": "south"})
    return frame.assign(pnr=[f"p{k}" for k in range(len(frame))])


def shown(release, place=0):
    """What stands in the files of a release: (outcome, group, term) -> count of persons."""
    rows = list(release.results.values())[place].estimates
    return {
        (r.outcome, r.group, r.term): fate.n_events if fate.n_events is not None else fate.estimate
        for r, fate in zip(rows.itertuples(), release.judged.fates[place], strict=True)
    }


def told_by_difference(known, joined):
    """Counts of people with a long education that follow from the two codings of a town."""
    told = {}
    for town in CELLS:
        both = [known.get(("level", town, level)) for level in ("upper", "trade", "basic")]
        made = joined.get(("joined", town, "upper"))
        if made is not None and both[0] is not None:
            told[town] = made - both[0]
    return {town: n for town, n in told.items() if 0 < n < 5}


def test_joined_levels_in_one_release_give_nothing_away(people, tmp_path):
    both = ips.describe(people, columns=["level", "joined"], by="town", id="pnr")
    out = ips.release(both, tmp_path / "out", profile="dst-5")
    assert told_by_difference(shown(out), shown(out)) == {}
    assert not out.judged.exposed


def test_the_same_people_under_two_names_are_hidden_under_both(people, tmp_path):
    copied = people.assign(copy=people["level"])
    out = ips.release(
        ips.describe(copied, columns=["level", "copy"], by="town", id="pnr"),
        tmp_path / "out",
        profile="dst-5",
    )
    seen = shown(out)
    for town, level in product(CELLS, LEVELS):
        assert (seen["level", town, level] is None) == (seen["copy", town, level] is None)


@pytest.mark.parametrize("names", [{}, {"town": "place"}])
def test_joined_levels_in_a_later_release_give_nothing_away(people, names, tmp_path):
    book = tmp_path / "ledger.json"
    first = ips.describe(people, columns=["level"], by="town", id="pnr")
    later = people.rename(columns=names)
    second = ips.describe(later, columns=["joined"], by=names.get("town", "town"), id="pnr")
    one = ips.release(first, tmp_path / "one", profile="dst-5", ledger=book)
    two = ips.release(second, tmp_path / "two", profile="dst-5", ledger=book)
    assert told_by_difference(shown(one), shown(two)) == {}
    assert any(fate.n_events for fate in two.judged.fates[0])


def test_a_name_that_counts_otherwise_than_before_is_refused(people, tmp_path):
    book = tmp_path / "ledger.json"
    ips.release(ips.describe(people, columns=["level"], by="town", id="pnr"), tmp_path / "one", ledger=book)
    recoded = people.assign(level=people["joined"])
    with pytest.raises(DisclosureError, match=r"counts .*otherwise .* a name of its own"):
        ips.release(
            ips.describe(recoded, columns=["level"], by="town", id="pnr"), tmp_path / "two", ledger=book
        )


def test_people_who_changed_places_are_seen_though_their_number_is_the_same(people, tmp_path):
    book = tmp_path / "ledger.json"
    ips.release(ips.describe(people, columns=["level"], id="pnr"), tmp_path / "one", ledger=book)
    moved = people.assign(level=np.roll(people["level"].to_numpy(), 1))
    with pytest.raises(DisclosureError, match="otherwise"):
        ips.release(ips.describe(moved, columns=["level"], id="pnr"), tmp_path / "two", ledger=book)


def test_a_part_of_the_country_is_its_towns(people, tmp_path):
    """Towns hide a second town beside a small one; their part of the country must not tell it."""
    towns = ips.describe(people[people["level"] == "long"], columns=["town"], id="pnr")
    parts = ips.describe(people[people["level"] == "long"], columns=["part"], id="pnr")
    out = ips.release({"towns": towns, "parts": parts}, tmp_path / "out", profile="dst-5")
    seen, wide = shown(out, 0), shown(out, 1)
    north = wide.get(("part", "", "north"))
    for town, other in (("A", "C"), ("C", "A")):
        small = {"A": 2, "C": 3}[town]
        known = seen.get(("town", "", other))
        assert north is None or known is None or north - known != small
    assert not out.judged.exposed


def test_the_mean_of_zeros_and_ones_is_a_count(people, tmp_path):
    mixed = ips.describe(people, columns=["level", "trade"], by="town", id="pnr")
    out = ips.release(mixed, tmp_path / "out", profile="dst-5")
    seen = shown(out)
    for town, counts in CELLS.items():
        trade = seen["level", town, "trade"]
        mean = seen["trade", town, "mean"]
        if trade is None:
            assert mean is None
        else:
            assert mean is None or round(mean * sum(counts)) == trade


def test_a_small_count_of_ones_takes_every_statistic_along(people, tmp_path):
    few = people.assign(long=(people["level"] == "long").astype(int))
    out = ips.release(
        ips.describe(few, columns=["long"], by="town", id="pnr"), tmp_path / "out", profile="dst-5"
    )
    assert all(v is None for (_, town, _), v in shown(out).items() if town in "AC")


def test_marks_in_the_ledger_name_nobody(people, tmp_path):
    book = tmp_path / "ledger.json"
    ips.release(ips.describe(people, columns=["level"], by="town", id="pnr"), tmp_path / "one", ledger=book)
    text = book.read_text(encoding="utf-8")
    assert '"mark"' in text
    assert not re.search(r'"p\d+"', text)
    again = tmp_path / "again.json"
    ips.release(ips.describe(people, columns=["level"], by="town", id="pnr"), tmp_path / "two", ledger=again)
    marks = [set(re.findall(r'"mark": "(\w+)"', each)) for each in (text, again.read_text(encoding="utf-8"))]
    assert marks[0].isdisjoint(marks[1])
