"""The banner and the lines under a table as every text rendering writes them."""

from __future__ import annotations

import re

from ipseval.core.language import say
from ipseval.reporting.display import Table, TableNote

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


def printable(text: str) -> str:
    """Leave out what XML forbids and what turns the text after it around; an export may have such labels."""
    return _UNPRINTABLE.sub("", text)


def note_head(note: TableNote, lang: str) -> str:
    """The word before a line; a method line opens with its own."""
    return "" if note.kind == "method" else say(f"table_note_{note.kind}", lang)


def note_line(note: TableNote, lang: str) -> str:
    """One line with its word."""
    head = note_head(note, lang)
    return f"{head}: {note.text}" if head else note.text


def banner_line(table: Table) -> str:
    """The banner as a line, or an empty text."""
    return f"{say('table_banner', table.lang)}: {table.banner}" if table.banner else ""
