"""What a document is made of, besides tables: headings, paragraphs and pictures, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipseval.core.errors import ReportError
from ipseval.reporting.display import Table


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; `strong` for a line that must be seen, `note` for one under a figure."""

    text: str
    strong: bool = False
    note: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure from a PNG file (or an SVG with a PNG of the same name beside it).

    `label` is "Figur 1", `caption` what it shows, `alt` its text for readers who cannot see it.
    """

    path: str | Path
    caption: str
    alt: str
    label: str = ""
    banner: str = ""


Item = Heading | Paragraph | Picture | Table


def check_items(items: Sequence[Item]) -> None:
    """Refuse a document that readers of headings or of alternative texts could not follow."""
    level = 0
    for position, item in enumerate(items):
        if isinstance(item, Heading):
            if not 1 <= item.level <= min(level + 1, 9):
                raise ReportError(
                    f"item {position} is a heading of level {item.level} after one of level {level}: "
                    f"headings must not skip a level; use {level + 1} or less."
                )
            level = item.level
        elif isinstance(item, Picture):
            if not item.alt.strip():
                raise ReportError(f"item {position} is a picture without alternative text: give alt=.")
        elif not isinstance(item, Paragraph | Table):
            raise ReportError(
                f"item {position} is a {type(item).__name__}: expected Heading, Paragraph, Picture or Table."
            )
