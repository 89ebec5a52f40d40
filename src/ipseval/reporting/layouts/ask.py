"""What a table is asked to be, and the words and formats that follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ipseval.core.labels import Labels
from ipseval.core.language import counted, say, words
from ipseval.reporting.display import Column, Row, TableNote
from ipseval.reporting.formats import (
    NAMED,
    NUMBER,
    P_VALUE,
    PERCENT,
    RATIO,
    SIGNED,
    Format,
    Value,
    show,
)

if TYPE_CHECKING:
    from ipseval.reporting.layouts.parts import Est

Choice = str | Sequence[str] | Mapping[str, str | Sequence[str]]
Picks = Mapping[str, Choice]

_SHARES = (
    "share", "expected_share", "resample_share", "week_share", "cumulative_incidence", "weighted_share",
    "pooled_share",
)  # fmt: skip
_RATIO_SCALES = ("odds_ratio", "risk_ratio", "hazard_ratio")
_SIGNED_SCALES = ("difference", "standardised", "log_odds")
_OWN_UNIT = ("mean", "sd", "minimum", "maximum", "quantile", "difference", "points", "sem", "mdc")
"""Scales that count in the outcome's own unit; a unit or decimals given for an outcome are for these."""
_PLAIN_STATISTICS = ("minimum", "maximum", "quantile")
AMOUNTS = ("net_benefit", "acceptable")
"""Outcomes whose terms are amounts of money."""
HOUSE_TERMS = ("response_", "responder")
"""How the house's own categories begin, in results that count who answered."""
# Terms of the house that carry a number: gamma_1.5, quantile_0.75.
_NUMBERED = re.compile(r"^(?P<code>gamma|quantile)_(?P<number>\d+(?:\.\d+)?)$")
_RETAINED = re.compile(r"^retained_(?P<n>\d+)$")
# The ways a model names one level of a factor: C(x)[T.2], x[T.2], x[2], x=2.
_LEVEL = re.compile(r"^(?:C\()?(?P<column>[^\[\(\)=,]+)[^\[=]*(?:\[(?:T\.)?(?P<a>[^\]]+)\]|=(?P<b>.+))$")


def level_of(term: str) -> tuple[str, str]:
    """Take a model's term apart: its column, and the level that it speaks of ("" for a number)."""
    found = _LEVEL.match(term)
    return (found["column"].strip(), (found["a"] or found["b"]).strip()) if found else (term, "")


@dataclass(frozen=True)
class Ask:
    """Language, words and choices of one call of `table`."""

    lang: str
    labels: Labels = field(default_factory=Labels)
    decimals: int | Mapping[str, int] | None = None
    select: Picks = field(default_factory=dict)
    order: Picks = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    cells: str = ""
    parts: tuple[str, ...] = ()

    def say(self, code: str, **values: object) -> str:
        """Give the words of a code in the table's language."""
        return say(code, self.lang, **values)

    def name(self, column: str) -> str:
        """Words for a column, an outcome or a base; a code of the house is worded too."""
        named = self.column(column)
        return self.say(column) if named == column and column in words() else named

    def column(self, column: str) -> str:
        """Words for a column: those of the study, else those of an outcome of the house."""
        if column in self.labels.names:
            return self.labels.name(column, self.lang)
        if retained := _RETAINED.match(column):
            return self.say("table_retained", n=retained["n"])
        code = f"table_outcome_{column}"
        return self.say(code) if code in words() else column

    def term(self, outcome: str, term: str, scale: str = "") -> str:
        """Words for a category, a statistic, an option of a set, or a term of a model."""
        if term in self.labels.values.get(outcome, {}):
            return self.labels.value(outcome, term, self.lang)
        if term in self.labels.names:
            return self.labels.name(term, self.lang)
        if outcome in AMOUNTS and term.isdigit():
            return counted(int(term), self.lang)
        if f"table_term_{term}" in words():
            return self.say(f"table_term_{term}")
        if term in words():
            return self.say(term)
        numbered = _NUMBERED.match(term)
        if numbered:
            number = numbered["number"].replace(".", "," if self.lang == "da" else ".")
            return f"{self.say('table_numbered_' + numbered['code'])} {number}"
        column, level = level_of(term)
        if level:
            return f"{self.name(column)}: {self.labels.value(column, level, self.lang)}"
        return term

    def category(self, outcome: str, term: str) -> str:
        """Words for an answer or an option of a set; an answer "mean" is never taken for the house's mean."""
        if term in self.labels.values.get(outcome, {}):
            return self.labels.value(outcome, term, self.lang)
        if term in self.labels.names and outcome not in self.labels.values:
            return self.labels.name(term, self.lang)
        together = term.split("+")  # answered at several waves: "start+end"
        if len(together) > 1 and all(part in self.labels.names for part in together):
            return " + ".join(self.labels.name(part, self.lang) for part in together)
        return self.term(outcome, term, "share") if term.startswith(HOUSE_TERMS) else term

    def group(self, group: str) -> str:
        """Words for a group; no group is the total."""
        if not group:
            return self.say("table_total")
        if self.by:
            own = self.labels.value(self.by, group, self.lang)
            code = f"table_level_{self.by}_{group}"
            if own != group or code in words():
                return own if own != group else self.say(code)
        column, told, level = group.partition(": ")
        if told and column in {**self.labels.names, **self.labels.values}:
            return f"{self.name(column)}: {self.labels.value(column, level, self.lang)}"
        return self.term("", group, "share")

    def contrast(self, contrast: str) -> str:
        """Words for a contrast."""
        code = f"table_contrast_{contrast}"
        return self.say(code) if code in words() else self.term("", contrast, "share")

    def part(self, part: int) -> str:
        """Name one of several stacked results."""
        return self.parts[part] if part < len(self.parts) else ""

    def estimand(self, estimand: str) -> str:
        """Words for what is estimated."""
        codes = (f"table_estimand_{estimand}", f"table_term_{estimand}")
        return self.say(next((code for code in codes if code in words()), estimand))

    def scale(self, scale: str) -> str:
        """Words for what an estimate is."""
        code = f"table_scale_{scale}"
        return self.say(code if code in words() else scale) if scale else ""

    def format(self, scale: str, outcome: str = "", value: Value = None) -> Format:
        """Choose the format of an estimate by its scale; the caller's decimals win."""
        if scale in _SHARES:
            base = PERCENT
        elif scale == "risk_difference":
            base = NAMED["points"]
        elif scale in _RATIO_SCALES:
            base = RATIO
        elif scale == "p_lower":
            base = P_VALUE
        else:
            base = SIGNED if scale in _SIGNED_SCALES else NUMBER
        whole = scale in (*_PLAIN_STATISTICS, "count") and isinstance(value, float) and value.is_integer()
        wanted = self._wanted(outcome if scale in _OWN_UNIT or scale == "share" else "", base.kind)
        if wanted is None:
            return replace(base, decimals=0) if whole else base
        return replace(base, decimals=wanted)

    def p_format(self) -> Format:
        """Choose the format of a p-value."""
        wanted = self.decimals.get("p") if isinstance(self.decimals, Mapping) else None
        return P_VALUE if wanted is None else replace(P_VALUE, decimals=wanted)

    def _wanted(self, outcome: str, kind: str) -> int | None:
        if isinstance(self.decimals, Mapping):
            return self.decimals.get(outcome, self.decimals.get(kind))
        return self.decimals

    def unit(self, outcome: str, scale: str) -> str:
        """The unit that follows a number of this outcome, with its space."""
        unit = self.units.get(outcome, "") if scale in _OWN_UNIT else ""
        return f" {unit}" if unit else ""

    def level(self, level: float | None, *, short: bool = False) -> str:
        """Head of an interval at a confidence level; short where it stands under another head."""
        if level is None:
            return self.say("table_interval_any")
        wide = 100 * level
        return self.say(
            "table_interval_abbreviated" if short else "table_interval",
            level=show(wide, Format("number", 0 if wide == int(wide) else 1), self.lang),
        )


@dataclass(frozen=True)
class Body:
    """What a layout makes: the head of the labels, the columns, the rows, the lines that explain marks.

    `beside` are the estimates that stand in XLSX and CSV only, `left` those that stand nowhere.
    """

    stub: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    legend: tuple[TableNote, ...] = ()
    beside: tuple[Est, ...] = ()
    left: tuple[Est, ...] = ()
