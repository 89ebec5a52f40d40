"""What answers in words tell a draft: in which order they stand, which one nobody chose, what was ticked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from ipseval.core.resources import packaged_yaml

MOST_WORDS = 5
"""An answer of more words than these is a sentence."""
SENTENCE = re.compile(r"[;!?…\n]|[^\W\d_]\.(\s|$)|,.*,")
"""Marks of a sentence: a stop after a word (not "9. klasse"), two commas, a question."""

Scale = tuple[tuple[str, ...], ...]
"""Answers from least to most, each in every way of saying it."""


def scale_of(words: Collection[str], places: int = 0) -> Scale:
    """Return the shortest known scale that holds all the words, each in a place of its own; else ().

    With `places` only scales of so many answers count.
    """
    told = {w.casefold() for w in words}
    for scale in _scales() if len(told) > 1 else ():
        if places and len(scale) != places:
            continue
        found = [place for place, ways in enumerate(scale) for way in ways if way in told]
        if len(found) == len(told) == len(set(found)):
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


def points_of(words: Sequence[str], low: int, high: int) -> dict[str, int | None]:
    """Give every word its points where a known scale has as many answers; else none has any."""
    scale = scale_of(words, high - low + 1)
    places = {way: low + place for place, ways in enumerate(scale) for way in ways}
    points = {word: places.get(word.casefold()) for word in words}
    return dict(sorted(points.items(), key=lambda each: each[1] or 0))


@cache
def known_words() -> frozenset[str]:
    """Return every answer of every known scale, and all others that are nobody's own words."""
    closed = packaged_yaml("codes/answer_scales.yaml")["closed"]
    scaled = {way for scale in _scales() for ways in scale for way in ways}
    return frozenset({*scaled, *(word for words in closed for word in words)})


def asks_for_words(titles: Iterable[str]) -> bool:
    """Whether a question is one that people answer in words of their own: why, describe, what has been."""
    opening: Sequence[str] = packaged_yaml("codes/answer_scales.yaml")["open_questions"]
    asked = re.compile(rf"\b({'|'.join(map(re.escape, opening))})", re.I)
    return any(asked.search(title) for title in titles)


def may_be_written(texts: Collection[str]) -> bool:
    """Whether texts look as if people wrote them themselves.

    They do where one is a sentence by its marks or its length, speaks of somebody (my, we, she), or where
    some begin with a capital and others do not, as answers to choose among never do.
    """
    texts = [text for text in texts if text.casefold() not in known_words()]
    spoken = set(packaged_yaml("codes/answer_scales.yaml")["own_words"])
    first = {text[0].isupper() for text in texts if text[:1].isalpha()}
    return len(first) > 1 or any(
        SENTENCE.search(text) is not None
        or len(text.split()) > MOST_WORDS
        or bool(spoken & set(re.findall(r"\w+", text.casefold())))
        for text in texts
    )


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
