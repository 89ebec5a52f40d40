"""Ties cells that are the same people within a release, by what its people answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where
from ipseval.core.people import People
from ipseval.reporting.disclosure.counts.members import Same, same_people, spelling, spellings


def gathered(told: Sequence[People]) -> People:
    """All columns that results of the same people know; one coded in several ways stands in each."""
    whole = dict(told[0].answers)
    for each in told[1:]:
        if not np.array_equal(each.ids, told[0].ids):
            continue
        for name, answers in each.answers.items():
            ways = [whole[n] for n in spellings(name, whole)]
            if not any(_alike(a.codes, a.texts, answers.codes, answers.texts) for a in ways):
                whole[spelling(name, len(ways))] = answers
    return People(told[0].ids, whole)


def _alike(
    codes: NDArray[np.int32], texts: Sequence[str], others: NDArray[np.int32], words: Sequence[str]
) -> bool:
    """Whether two columns say the same, in whatever order their codes stand."""
    place = {text: at for at, text in enumerate(texts)}
    there = np.array([place.get(word, -2) for word in words] + [-1])
    return bool(np.array_equal(codes, there[others]))


def one_name_each(people: People, counts: Mapping[Where, int]) -> tuple[dict[Where, Where], list[Same]]:
    """Give cells of the same people one name, and say which cells are others together."""
    found = same_people(people, counts)
    name: dict[Where, Where] = {}

    def own(place: Where) -> Where:
        while place in name:
            place = name[place]
        return place

    for these, those in found:
        if len(these) == 1 == len(those) and own(these[0]) != own(those[0]):
            name[own(those[0])] = own(these[0])
    more = [pair for pair in found if not len(pair[0]) == 1 == len(pair[1])]
    return {place: own(place) for place in name}, more
