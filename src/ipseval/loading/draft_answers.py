"""What answers in words tell a draft: in which order they stand, which one nobody chose, what was ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from ipseval.core.resources import packaged_yaml

Scale = tuple[tuple[str, ...], ...]
"""Answers from least to most, each in every way of saying it."""


def scale_of(words: Collection[str]) -> Scale:
    """Return the shortest known scale that holds all the words, each in a place of its own; else ()."""
    told = {w.casefold() for w in words}
    for scale in _scales() if len(told) > 1 else ():
        places = [place for place, ways in enumerate(scale) for way in ways if way in told]
        if len(places) == len(told) == len(set(places)):
            return scale
    return ()


def in_order(words: Iterable[str]) -> list[str]:
    """Put words in the order of a known scale, from least to most; unknown ones by the alphabet."""
    words = sorted(set(words))
    places = {way: place for place, ways in enumerate(scale_of(words)) for way in ways}
    return sorted(words, key=lambda word: places.get(word.casefold(), 0))


def nobody_chose(words: Collection[str]) -> str:
    """Name the one answer of a known scale that is not among the words, if one alone is lacking."""
    told = {w.casefold() for w in words}
    lacking = [ways[0] for ways in scale_of(words) if not told & set(ways)]
    return lacking[0].capitalize() if len(lacking) == 1 else ""


@cache
def known_words() -> frozenset[str]:
    """Return every answer of every known scale: words that are nobody's own."""
    return frozenset(way for scale in _scales() for ways in scale for way in ways)


def ticked(words: Sequence[str]) -> str:
    """Return which of a column's answers means ticked, where it holds nothing but ticks; else nothing."""
    lists = packaged_yaml("codes/answer_scales.yaml")
    plain = {w.casefold(): w for w in words}
    if not plain or set(plain) - {*lists["ticked"], *lists["not_ticked"]}:
        return ""
    return next((plain[t] for t in lists["ticked"] if t in plain), "")


@cache
def _scales() -> tuple[Scale, ...]:
    listed: Mapping[str, list[list[str | list[str]]]] = packaged_yaml("codes/answer_scales.yaml")
    scales = [tuple((e,) if isinstance(e, str) else tuple(e) for e in scale) for scale in listed["scales"]]
    return tuple(sorted(scales, key=len))
