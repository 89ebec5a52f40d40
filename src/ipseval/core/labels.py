"""Words for columns and codes, carried beside the data and joined only at display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Labels:
    """Display words of columns and of their codes.

    `names` maps a column (or an outcome, scale or base) to `{lang: text}`; `values` maps a column to
    `{code as text: {lang: text}}`.  A code's text is `code_text(code)`, so 1, 1.0 and "1" are one.
    """

    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    def name(self, column: str, lang: str) -> str:
        """Give the words for a column, or the column's own name."""
        return _pick(self.names.get(column), lang) or column

    def value(self, column: str, code: object, lang: str) -> str:
        """Give the words for a code of a column, or the code itself."""
        text = code_text(code)
        return _pick(self.values.get(column, {}).get(text), lang) or text

    def merged(self, other: Labels) -> Labels:
        """Return these labels with those of `other` laid over them."""
        return Labels({**self.names, **other.names}, {**self.values, **other.values})


def code_text(code: object) -> str:
    """Write a code as text: whole floats without decimals."""
    if isinstance(code, float) and code.is_integer():
        return str(int(code))
    return str(code)


def _pick(texts: Mapping[str, str] | None, lang: str) -> str | None:
    if not texts:
        return None
    return texts.get(lang) or next(iter(texts.values()))
