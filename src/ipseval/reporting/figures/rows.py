"""What a figure draws, taken from a `Result` as plain values: no number is computed here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels, code_text
from ipseval.core.language import say
from ipseval.core.missing import REASONS
from ipseval.core.result import Result
from ipseval.reporting.formats import PERCENT, Format, check_lang, show
from ipseval.reporting.layouts.ask import Ask

Text = str | Mapping[str, str]


@dataclass(frozen=True)
class Words:
    """The words of a figure: the same as the tables use, so that one report has one language."""

    ask: Ask

    @property
    def lang(self) -> str:
        """The language spoken."""
        return self.ask.lang

    def name(self, column: str) -> str:
        """Words for an outcome or column."""
        return self.ask.name(column)

    def value(self, column: str, code: str) -> str:
        """Words for an answer; a reason for a missing answer has words of its own."""
        return self.ask.say(code) if code in REASONS else self.ask.category(column, code)

    def term(self, outcome: str, term: str, scale: str) -> str:
        """Words for a term of a model or a statistic."""
        return self.ask.term(outcome, term, scale)

    def group(self, group: str) -> str:
        """Words for a group."""
        return self.ask.group(group)

    def contrast(self, contrast: str) -> str:
        """Words for a contrast."""
        return self.ask.contrast(contrast)

    def say(self, code: str, **values: Any) -> str:
        """Words of the house."""
        return say(code, self.lang, **values)

    def text(self, text: Text) -> str:
        """A text from a plan: plain, or one per language."""
        if isinstance(text, str):
            return text
        return str(text.get(self.lang) or next(iter(text.values()), ""))

    def number(self, value: float, decimals: int) -> str:
        """A number as the reader writes it."""
        return show(value, Format("number", decimals), self.lang)

    def plain(self, value: float) -> str:
        """A mark on an axis: as few decimals as it needs."""
        decimals = next(d for d in range(7) if d == 6 or math.isclose(value, round(value, d), abs_tol=1e-12))
        return show(value, Format("plain", decimals), self.lang)

    def percent(self, share: float | Fraction) -> str:
        """A share in whole percent."""
        return show(share, PERCENT, self.lang)


def speak(lang: str, labels: Labels | None, by: str = "") -> Words:
    """Take the language and labels of a call; `by` is the column whose codes name the groups."""
    return Words(Ask(check_lang(lang), labels or Labels(), by=by))


@dataclass(frozen=True)
class Row:
    """One row of estimates as it is drawn."""

    outcome: str
    group: str
    contrast: str
    term: str
    estimand: str
    value: float
    low: float
    high: float
    n: int | None
    events: int | None
    status: str

    @property
    def share(self) -> Fraction | float:
        """The share, exact where its counts are known, so that a tie rounds as it should."""
        return Fraction(self.events, self.n) if self.events is not None and self.n else self.value

    @property
    def shown(self) -> bool:
        """Whether there is a number to draw."""
        return math.isfinite(self.value)


def rows_of(result: Result, **wanted: str | Iterable[str]) -> list[Row]:
    """Return the rows whose columns have one of the wanted values, in the result's order."""
    frame = result.estimates
    for column, values in wanted.items():
        allowed = [values] if isinstance(values, str) else list(values)
        frame = frame[frame[column].isin(allowed)]
    return [
        Row(
            outcome=r["outcome"],
            group=r["group"],
            contrast=r["contrast"],
            term=r["term"],
            estimand=r["estimand"],
            value=float(r["estimate"]),
            low=float(r["ci_low"]),
            high=float(r["ci_high"]),
            n=_count(r["n"]),
            events=_count(r["n_events"]),
            status=r["status"],
        )
        for r in frame.to_dict("records")
    ]


def _count(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def only_outcome(rows: Sequence[Row], outcome: str | None, what: str) -> str:
    """Return the outcome to draw: the one asked for, or the only one there is."""
    there = list(dict.fromkeys(row.outcome for row in rows))
    if not there:
        raise ReportError(f"the result holds no {what} to draw: give the result of the verb that makes them.")
    if outcome is None:
        if len(there) > 1:
            raise ReportError(
                f"the result holds {what} of {len(there)} outcomes, but this figure draws one: name it "
                f"with outcome=; {hint_for('', there)}"
            )
        return there[0]
    if outcome not in there:
        raise ReportError(f"outcome={outcome!r} has no {what} in the result: {hint_for(outcome, there)}")
    return outcome


def with_n(words: Words, label: str, n: int | None) -> str:
    """A label with the number of persons behind it."""
    return label if n is None else words.say("figure_with_n", label=label, n=n)


def no_number(words: Words, row: Row) -> str:
    """What stands where a number would have been drawn."""
    return words.say("figure_refused" if row.status == "refused" else "figure_not_shown")


def codes_in_order(rows: Sequence[Row], levels: Sequence[Any] | None) -> list[str]:
    """Codes as declared, else in the order of the result; an undeclared code in the result is refused."""
    there = list(dict.fromkeys(row.term for row in rows))
    if levels is None:
        return there
    declared = [code_text(code) for code in levels]
    outside = [code for code in there if code not in declared]
    if outside:
        raise ReportError(
            f"levels= lacks {len(outside)} code(s) that the result has rows for: name every code once."
        )
    return declared
