"""Finding persons among many, in the same order or in any, against a dictionary."""

import pandas as pd
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.outcomes.lookup import Lookup

IDS = st.lists(st.text("012x", min_size=3, max_size=3), max_size=30)


@settings(max_examples=50, deadline=None)
@given(IDS.map(lambda ids: list(dict.fromkeys(ids))), IDS, st.integers(1, 9))
def test_places_are_those_of_a_dictionary(ids, wanted, size):
    lookup = Lookup(pd.Series(ids, name="pnr", dtype="str"))
    place_of = {one: place for place, one in enumerate(ids)}
    for asked in (ids, wanted, ids[1:], [*ids, "new"]):
        for done in range(0, len(asked), size):
            part = asked[done : done + size]
            found = lookup.places(pl.Series(part, dtype=pl.String), done)
            assert found.tolist() == [place_of.get(one, -1) for one in part]


def test_ids_with_one_hash_part_under_another(monkeypatch):
    plain = pl.Series.hash
    monkeypatch.setattr(pl.Series, "hash", lambda ids, seed=0: plain(ids, seed) % (1 if seed == 0 else 2**63))
    ids = [str(k) for k in range(50)]
    lookup = Lookup(pd.Series(ids))
    assert lookup.places(pl.Series("pnr", ids[::-1]), 0).tolist() == list(range(50))[::-1]
    assert lookup.seed == 1
