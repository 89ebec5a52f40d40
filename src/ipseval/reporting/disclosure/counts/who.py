"""Which persons stand behind a number, where a result knows them."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from ipseval.core.evidence import Where, where
from ipseval.core.people import People, in_wave
from ipseval.reporting.disclosure.counts.members import inside
from ipseval.reporting.disclosure.fate import Seen

Ids = NDArray[np.uint64]


def has_ids(each: Seen) -> bool:
    """Whether the people of a result are known by ids, and not by their places in a frame."""
    return each.facts.population.startswith("people:")


def persons(each: Seen, place: Where | None) -> Ids | None:
    """Who of a result's people meets conditions; None where that is not known.

    Without ids nobody is the same person in two frames.
    """
    people = each.facts.people
    if place is None or people is None:
        return None
    there = inside(people, _in_wave(people, place))
    if there is None or not there.any() or each.facts.counts.get(place) != there.sum():
        return None
    return all_persons(each)[there]


def _in_wave(people: People, place: Where) -> Where:
    """The conditions on the columns of the wave that they speak of."""
    wave = dict(place).get(people.by) if people.by else None
    if wave is None:
        return place
    return where(*((in_wave(n, wave), "1" if n == people.by else code) for n, code in place))


def columns_at(each: Seen, at: int) -> tuple[str, ...]:
    """The columns whose values a number is made of, in the wave of its row."""
    people, made = each.facts.people, each.made_of(at)
    wave = dict(each.facts.groups[at]).get(people.by) if people is not None and people.by else None
    return made if wave is None else tuple(in_wave(name, wave) for name in made)


def all_persons(each: Seen) -> Ids:
    """Everybody in a result, in the order of its answers."""
    people = each.facts.people
    ids = np.empty(0, np.uint64) if people is None else people.ids
    return ids if has_ids(each) else ids ^ _own(each.facts.population)


def counted_persons(each: Seen, at: int) -> Ids | None:
    """Those whom the n of a row counts."""
    return persons(each, each.facts.counted.get(at))


def _own(population: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(population.encode()).digest()[:8], "big"))
