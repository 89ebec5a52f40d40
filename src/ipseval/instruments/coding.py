"""How answers are written in a file: declared by the caller, never guessed.

`"0-5"` says that the codes 0 to 5 run from the lowest to the highest answer, `"1-6 reversed"` that 1 is
the highest.  A mapping gives each code or label its answer: `{"never": 0, "always": 5}`; labels are
compared without regard to case and spaces.  `"own"` is for files whose items differ in their range:
every item then has the codes that the file gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import Any

from ipseval.core.errors import ScoringError

Answers = str | Mapping[Any, float]
"""What a caller may declare: a range of codes, or a map from code or label to answer."""

_RANGE = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(-?\d+(?:\.\d+)?)(\s+reversed)?\s*$")


@dataclass(frozen=True)
class Coding:
    """A declared coding: the lowest and highest code, their direction, and the map if there is one.

    With a map, `low` and `high` are its lowest and highest answer, and codes mean themselves.
    `per_item` ("own") says that every item has the codes that its file prints.
    """

    low: Fraction
    high: Fraction
    reversed: bool = False
    map: Mapping[float | str, float] | None = None
    per_item: bool = False


def fold(label: str) -> str:
    """Write a label as it is compared: one case, single spaces."""
    return " ".join(label.casefold().split())


def read_coding(declared: Answers) -> Coding:
    """Read a declared coding.

    Raises
    ------
    ScoringError
        If it is neither a range such as "0-5" or "1-6 reversed" nor a map from codes or labels to
        answers, or if two keys of a map are the same label with different answers.
    """
    if declared == "own":
        return Coding(Fraction(0), Fraction(0), per_item=True)
    if isinstance(declared, str):
        return _read_range(declared)
    if isinstance(declared, Mapping) and declared:
        return _read_map(declared)
    raise ScoringError(
        'coding= must be a range such as "0-5" or "1-6 reversed", or a map from codes or labels to answers.'
    )


def _read_range(declared: str) -> Coding:
    match = _RANGE.match(declared)
    if match is None:
        raise ScoringError(
            f'coding={declared!r} is not a range of codes: write it as "0-5", or "1-6 reversed" where 1 '
            "is the highest answer, or give a map from labels to answers."
        )
    low, high = Fraction(match[1]), Fraction(match[2])
    if low >= high:
        raise ScoringError(
            f'coding={declared!r} must name the smaller code first; add "reversed" where the smaller code '
            "is the highest answer."
        )
    return Coding(low, high, reversed=match[3] is not None)


def _read_map(declared: Mapping[Any, float]) -> Coding:
    read: dict[float | str, float] = {}
    for key, answer in declared.items():
        if isinstance(answer, bool) or not isinstance(answer, Real):
            raise ScoringError(
                "coding= maps a key to something that is not a number; give each label its answer."
            )
        name = fold(key) if isinstance(key, str) else float(key)
        if read.setdefault(name, float(answer)) != float(answer):
            raise ScoringError(
                "coding= gives the same label two different answers (upper case and spaces do not count)."
            )
    answers = [Fraction(str(value)) for value in read.values()]
    return Coding(min(answers), max(answers), map=read)
