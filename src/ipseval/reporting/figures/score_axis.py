"""The axis of a score: its theoretical range, the words at its ends, a reference and risk bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.reporting.figures.rows import Words


@dataclass(frozen=True)
class Mark:
    """A stretch or a point of the axis with its words; a point has low equal to high."""

    low: float
    high: float
    label: str


@dataclass(frozen=True)
class ScoreAxis:
    """The theoretical range of a score and what is marked on it, worded in one language."""

    low: float
    high: float
    ends: tuple[str, str] = ("", "")
    given_ticks: tuple[float, ...] = ()
    bands: tuple[Mark, ...] = field(default=())
    reference: Mark | None = None

    def __post_init__(self) -> None:
        """Refuse a range that is none, and marks outside it."""
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ReportError("range= needs a lowest and a higher highest score, such as (0, 100).")
        marks = [*self.given_ticks]
        for mark in (*self.bands, *([self.reference] if self.reference else [])):
            marks += [mark.low, mark.high]
        outside = sum(not self.low <= mark <= self.high for mark in marks)
        if outside:
            raise ReportError(
                f"range= goes from {self.low:g} to {self.high:g}, but {outside} tick(s), band end(s) or "
                "reference(s) lie outside it: correct them or widen the range."
            )

    @property
    def ticks(self) -> tuple[float, ...]:
        """Where numbers stand on the axis: as given, else whole numbers or quarters of the range."""
        if self.given_ticks:
            return self.given_ticks
        span = self.high - self.low
        if span <= 12 and float(self.low).is_integer() and float(self.high).is_integer():
            return tuple(self.low + step for step in range(int(span) + 1))
        return tuple(self.low + span * quarter / 4 for quarter in range(5))

    def tick_labels(self, words: Words) -> list[str]:
        """Numbers for the ticks; the words of the two ends are set apart, so that they may be long."""
        return [words.plain(mark) for mark in self.ticks]

    def sentences(self, words: Words) -> list[str]:
        """The axis in words, for an alternative text."""
        ends = [
            words.plain(value) + (f" ({label})" if label else "")
            for value, label in zip((self.low, self.high), self.ends, strict=True)
        ]
        said = [words.say("figure_alt_range", low=ends[0], high=ends[1])]
        if self.reference is not None:
            at = words.plain(self.reference.low)
            said.append(words.say("figure_alt_reference", value=at, label=self.reference.label))
        if self.bands:
            said.append(words.say("figure_alt_bands", bands="; ".join(band.label for band in self.bands)))
        return said


def score_axis(
    words: Words,
    range: Sequence[float],
    *,
    ends: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    bands: Sequence[Mapping[str, Any]] = (),
    reference: float | Mapping[str, Any] | None = None,
    ticks: Sequence[float] = (),
) -> ScoreAxis:
    """Read an axis from plain values, as a plan or a call gives them."""
    if len(range) != 2:
        raise ReportError(
            f"range= has {len(range)} number(s), but needs two: the lowest and the highest score."
        )
    low, high = float(range[0]), float(range[1])
    told = [words.text(end) for end in _in_language(ends, words.lang)]
    if len(told) not in (0, 2):
        raise ReportError(f"ends= has {len(told)} text(s), but needs two: one for each end of the axis.")
    return ScoreAxis(
        low,
        high,
        (told[0], told[1]) if told else ("", ""),
        tuple(float(tick) for tick in ticks),
        tuple(_band(words, band) for band in bands),
        _reference(words, reference),
    )


def _in_language(ends: Sequence[str] | Mapping[str, Sequence[str]] | None, lang: str) -> Sequence[str]:
    if isinstance(ends, Mapping):
        return ends.get(lang) or next(iter(ends.values()), ())
    return ends or ()


def _band(words: Words, given: Mapping[str, Any]) -> Mark:
    _need(given, ("low", "high"), "bands=")
    low, high = float(given["low"]), float(given["high"])
    said = f"{words.plain(low)}-{words.plain(high)}"
    return Mark(low, high, words.text(given.get("label", "")) or said)


def _reference(words: Words, given: float | Mapping[str, Any] | None) -> Mark | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        return Mark(float(given), float(given), words.plain(float(given)))
    _need(given, ("value",), "reference=")
    value = float(given["value"])
    return Mark(value, value, words.text(given.get("label", "")) or words.plain(value))


def _need(given: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    lacking = [key for key in keys if key not in given]
    unknown = [str(key) for key in given if key not in (*keys, "label")]
    if lacking:
        raise ReportError(
            f"{where} lacks {' and '.join(map(repr, lacking))}: {hint_for(lacking[0], list(given))}"
        )
    if unknown:
        raise ReportError(
            f"{where} has the unknown key {unknown[0]!r}: {hint_for(unknown[0], [*keys, 'label'])}"
        )
