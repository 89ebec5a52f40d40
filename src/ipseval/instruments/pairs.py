"""Variants of an instrument in which one item is asked in two halves, of which the higher counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ipseval.core.checks import hint_for
from ipseval.core.errors import ScoringError

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument

Positions = tuple[tuple[int, ...], ...]


def split_item(instrument: Instrument, item: str, halves: tuple[str, str]) -> Instrument:
    """Return the instrument with `item` asked as two questions; see `Instrument.with_halves`."""
    ids = [known.id for known in instrument.items]
    if item not in ids:
        raise ScoringError(f"{item!r} is no item of {instrument.id}: {hint_for(item, ids)}")
    if len(set(halves)) != 2 or set(halves) & set(ids):
        raise ScoringError("halves= must be two new item ids that differ.")
    at = ids.index(item)
    first, second = (replace(instrument.items[at], id=half) for half in halves)
    items = (*instrument.items[:at], first, second, *instrument.items[at + 1 :])
    scores = tuple(replace(score, parts=_moved(score.parts, at)) for score in instrument.scores)
    rules = tuple(
        replace(rule, groups=tuple(replace(g, symptoms=_moved(g.symptoms, at)) for g in rule.groups))
        for rule in instrument.rules
    )
    return replace(instrument, items=items, scores=scores, rules=rules)


def _moved(parts: Positions, at: int) -> Positions:
    """Give item `at` two places and move all later ones up by one."""
    return tuple(
        tuple(place for item in part for place in ((at, at + 1) if item == at else (item + (item > at),)))
        for part in parts
    )
