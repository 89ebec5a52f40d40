"""What an audit says: findings, each with its level, rule, place, arithmetic and what would be consistent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ipseval.core.language import say

CONTRADICTION, METHOD, NOTE, SOURCE = "contradiction", "method", "note", "source"
LEVELS = (CONTRADICTION, METHOD, SOURCE, NOTE)


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, or holds only under something the report does not say.

    `level` is `contradiction` (no method makes it true), `method` (possible only under an unstated method),
    `source` (the reading of the text is in doubt) or `note`.
    """

    level: str
    rule: str
    item: str
    what: str
    lines: tuple[int, ...]
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    arithmetic: str = ""
    fix: str = ""

    def where(self) -> str:
        """Return where it stands: the words of the item and its lines."""
        told = ", ".join(f"l. {line}" for line in self.lines)
        return f"{self.what} ({told})" if told and self.what else self.what or told or self.item

    def text(self, lang: str) -> str:
        """Return the finding as a sentence."""
        return say(self.code, lang, **localised(self.values, lang))

    def consistent(self, lang: str) -> str:
        """Return what would be consistent, or an empty text."""
        return say(self.fix, lang, **localised(self.values, lang)) if self.fix else ""

    def sums(self, lang: str) -> str:
        """Return the arithmetic with the language's decimal mark."""
        return decimal_mark(self.arithmetic, lang)


@dataclass(frozen=True)
class Audit:
    """All findings of one report, what was checked, and the rounding rules that survive.

    `conventions` are the rounding conventions by which every number that depends on one prints as it does;
    `checked` counts the printed things by kind; of the `numbers` of a drafted text no entry holds the
    `ignored`.
    """

    title: str
    findings: tuple[Finding, ...]
    checked: Mapping[str, int]
    conventions: tuple[str, ...] = ()
    numbers: int = 0
    ignored: int = 0

    def frame(self, lang: str = "en") -> pd.DataFrame:
        """Return one row per finding: level, rule, item, where, finding, arithmetic, consistent."""
        rows = [
            (f.level, f.rule, f.item, f.where(), f.text(lang), f.sums(lang), f.consistent(lang))
            for f in self.findings
        ]
        names = ["level", "rule", "item", "where", "finding", "arithmetic", "consistent"]
        return pd.DataFrame(rows, columns=names, dtype="object")

    def count(self, level: str) -> int:
        """Return how many findings have this level."""
        return sum(f.level == level for f in self.findings)

    @property
    def holds(self) -> bool:
        """Return whether there is no contradiction."""
        return self.count(CONTRADICTION) == 0

    def to_markdown(self, lang: str = "en") -> str:
        """Return the audit as Markdown."""
        from ipseval.auditing.pages import markdown

        return markdown(self, lang)

    def to_html(self, lang: str = "en") -> str:
        """Return the audit as one HTML page without scripts or outside files."""
        from ipseval.auditing.pages import page

        return page(self, lang)

    def to_text(self, lang: str = "en") -> str:
        """Return the audit as a plain list."""
        from ipseval.auditing.pages import plain

        return plain(self, lang)

    def _repr_html_(self) -> str:
        from ipseval.auditing.pages import fragment

        return fragment(self, "en")

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.count(level)} {level}" for level in LEVELS)
        return f"Audit({counts})"


def localised(values: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return the values of a sentence with the language's decimal mark and words."""
    return {key: _one(value, lang) for key, value in values.items()}


def _one(value: Any, lang: str) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_one(v, lang) for v in value) if value else say("audit_none", lang)
    if isinstance(value, str) and not re.fullmatch(r"[-<\d.,;:+/() ]+", value):
        return say(value, lang) if value.startswith("audit_") else value
    return decimal_mark(str(value), lang)


def decimal_mark(text: str, lang: str) -> str:
    """Write decimal points as the language does."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text) if lang == "da" else text
