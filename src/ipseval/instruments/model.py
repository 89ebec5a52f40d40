"""What an instrument is, as values: items, scores, bands, cuts, symptom rules and provenance.

Nothing here computes.  `reading` makes these values from a file, `scoring` applies them.
Numbers that decide a band or a cut are exact fractions, so that 18 * 10 / 9 is 20 and not nearly 20.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Text = Mapping[str, str]
"""One text in Danish and English: {"da": ..., "en": ...}."""

BETTER = ("higher", "lower", "not_stated")


@dataclass(frozen=True)
class Item:
    """One question: its id, its topic in a few words, the lowest and highest answer, and its key.

    `low` and `high` are None where every user must declare the answers (`coding=`).
    """

    id: str
    topic: Text
    low: Fraction | None
    high: Fraction | None
    reversed: bool = False


@dataclass(frozen=True)
class Band:
    """A class of persons by its lower bound on the unrounded score; `strict` means above it."""

    name: str
    lower: Fraction
    label: Text
    strict: bool = False

    def reached_by(self, score: Fraction) -> bool:
        """Say whether a score lies on or over the lower bound."""
        return score > self.lower if self.strict else score >= self.lower


@dataclass(frozen=True)
class Cut:
    """A yes/no question to a score, such as ">= 8", with an optional clause on single items.

    With `any_item_at_most`, one answered item (after keying) at or under it is a yes by itself.
    """

    name: str
    relation: str
    value: Fraction
    label: Text
    source: str = ""
    any_item_at_most: Fraction | None = None


@dataclass(frozen=True)
class Score:
    """One number made from items: which, how, and when it is not made.

    `parts` holds tuples of item positions; of a tuple with two or more (MDI 8a/8b) the highest counts.
    `max_missing` is how many parts may be unanswered; the total is then sum * k / answered.
    `bands` maps the name of a convention to its bands, lowest first; the first is the default.
    """

    id: str
    title: Text
    parts: tuple[tuple[int, ...], ...]
    aggregate: str
    multiply: Fraction
    max_missing: int
    bands: Mapping[str, tuple[Band, ...]] = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class SymptomGroup:
    """Symptoms that are counted together; a symptom is present when one of its items reaches `present_from`.

    `option` is the keyword by which a caller changes `present_from`.
    """

    name: str
    symptoms: tuple[tuple[int, ...], ...]
    present_from: Fraction
    option: str


@dataclass(frozen=True)
class Level:
    """An outcome of a symptom rule and the counts it takes: group name (or "total") -> at least."""

    name: str
    at_least: Mapping[str, int]


@dataclass(frozen=True)
class SymptomRule:
    """A diagnostic algorithm that counts symptoms; `variants` hold levels, most severe first."""

    id: str
    title: Text
    groups: tuple[SymptomGroup, ...]
    variants: Mapping[str, tuple[Level, ...]]
    otherwise: str
    option: str


@dataclass(frozen=True)
class Anchor:
    """An item that a raw figure decides: limits in order, each with the points it gives."""

    item: str
    relation: str
    steps: tuple[tuple[Fraction, int], ...]
    otherwise: int
    unit: Text
    highest: Fraction | None = None
    """The highest figure that is possible (100 for per cent)."""


@dataclass(frozen=True)
class Norm:
    """A reference population: mean and standard deviation of a score, who they are, and the source."""

    mean: float
    sd: float
    population: str
    source: str
    n: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ReliabilityFact:
    """One published reliability: value, kind ("alpha" or "retest"), and source."""

    value: float
    kind: str
    source: str
