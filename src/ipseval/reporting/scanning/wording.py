"""Words what a scan found: the place, the lines, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ipseval.core.language import say, words
from ipseval.reporting.scanning.pieces import Place

if TYPE_CHECKING:
    from ipseval.reporting.scanning.scan import Finding

SHOWN_PICTURES = 10


def advice(findings: Iterable[Finding], lang: str) -> list[str]:
    """Say what to do: one line per rule that was found, then one per place that takes more than deleting."""
    found = list(findings)
    rules = dict.fromkeys(f"scan_do_{f.rule}" for f in found)
    steps = dict.fromkeys(f"scan_do_at_{step}" for f in found for step, _ in f.place)
    lines = [say(code, lang) for code in (*rules, *steps) if code in words()]
    return [say("scan_do", lang), *(f"- {line}" for line in lines)] if lines else []


def not_looked_at(pictures: Sequence[tuple[str, Place]], lang: str) -> list[str]:
    """Say what nobody looked at, and where the pictures stand that a person must look at."""
    said = [say("scan_not_looked_at", lang)]
    if pictures:
        places = [", ".join(filter(None, (file, place_words(place, lang)))) for file, place in pictures]
        if len(places) > SHOWN_PICTURES:
            rest = say("scan_more", lang, n=len(places) - SHOWN_PICTURES)
            places = [*places[:SHOWN_PICTURES], rest]
        said.append(say("scan_pictures", lang, n=len(pictures), places="; ".join(places)))
    return said


def line_words(lines: Sequence[int], more: int, lang: str) -> str:
    """Word lines as "lines 1, 2 and 3", and how many hits stand beyond those listed."""
    if not lines:
        return ""
    parts = [str(line) for line in lines] + ([say("scan_more", lang, n=more)] if more else [])
    if len(parts) == 1:
        return f"{say('scan_at_line', lang)} {parts[0]}"
    return f"{say('scan_at_lines', lang)} {', '.join(parts[:-1])} {say('scan_and', lang)} {parts[-1]}"


def place_words(place: Place, lang: str) -> str:
    """Word a place from the outside in."""
    return ", ".join(
        say(f"scan_at_{step}", lang) + (f" {number}" if number else "") for step, number in place
    )
