"""Finding persons among many, in the same order or in any, against a dictionary."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.outcomes.lookup import Lookup

IDS = st.lists(st.text("0123456789x", max_size=3), max_size=30)


@settings(max_examples=50, deadline=None)
@given(IDS.map(lambda ids: list(dict.fromkeys(ids))), IDS, st.integers(1, 9))
def test_places_are_those_of_a_dictionary(ids, wanted, size):
    lookup = Lookup(pl.Series("pnr", ids, dtype=pl.String))
    place_of = {one: place for place, one in enumerate(ids)}
    for asked in (ids, wanted, ids[1:], [*ids, "new"]):
        for done in range(0, len(asked), size):
            part = asked[done : done + size]
            found = lookup.places(pl.Series(part, dtype=pl.String), done)
            assert found.tolist() == [place_of.get(one, -1) for one in part]


class OneBit(pl.Series):
    """Text whose hashes under the first seed are all the same."""

    def hash(self, seed=0, *_):
        return super().hash(seed) % (1 if seed == 0 else 2**63)


def test_ids_with_one_hash_part_under_another():
    ids = [str(k) for k in range(50)]
    lookup = Lookup(OneBit("pnr", ids))
    assert lookup.places(OneBit("pnr", ids[::-1]), 0).tolist() == list(range(50))[::-1]
    assert lookup.seed == 1
