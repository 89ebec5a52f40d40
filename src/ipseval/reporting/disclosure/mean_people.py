"""Means of people who were chosen in several ways: by a column here, by leaving rows out there.

Words do not tell that the women of one table are the frame of another but for one; the persons do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ipseval.reporting.disclosure.combined import made_of_few
from ipseval.reporting.disclosure.fate import PROTECTING, Fate, Seen
from ipseval.reporting.disclosure.means import ADDITIVE, Mean, means_of
from ipseval.reporting.disclosure.members import inside

Ids = NDArray[np.uint64]


def judge_people(seen: Sequence[Seen], out: list[list[Fate]], least: int) -> None:
    """Hide means that tell, with those of more people, of fewer than `least`."""
    by_name: dict[tuple[str, ...], list[tuple[Mean, Ids]]] = {}
    for mean in means_of(seen):
        each, fate = seen[mean.result], out[mean.result][mean.row]
        people = _people(each, mean.row)
        if people is not None and fate.estimate is not None and each.rows[mean.row]["scale"] in ADDITIVE:
            by_name.setdefault(mean.name, []).append((mean, people))
    for shown in by_name.values():
        # Of one population the relations between counts tell.
        if len({mean.population for mean, _ in shown}) > 1:
            for mean in _too_much(shown, least):
                rows = out[mean.result]
                rows[mean.row] = rows[mean.row].without_numbers(PROTECTING, "release_sum")


def _people(each: Seen, at: int) -> Ids | None:
    place, people = each.facts.counted.get(at), each.facts.people
    if place is None or people is None:
        return None
    there = inside(people, place)
    return None if there is None or there.sum() != each.count(at, "n") else people.ids[there]


def _too_much(shown: Sequence[tuple[Mean, Ids]], least: int) -> list[Mean]:
    """Means that cannot stand beside those of as many or more people."""
    everybody = np.unique(np.concatenate([ids for _, ids in shown]))
    kept: dict[bytes, NDArray[np.bool_]] = {}
    gone = []
    for mean, ids in sorted(shown, key=lambda each: -each[0].n):
        mine = np.isin(everybody, ids)
        if mine.tobytes() in kept:
            continue
        pieces, sizes = np.unique(np.array([*kept.values(), mine]), axis=1, return_counts=True)
        if made_of_few(pieces, sizes, least):
            gone.append(mean)
        else:
            kept[mine.tobytes()] = mine
    return gone
