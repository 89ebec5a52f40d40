"""Finds what running text says in numbers: shares, counts, means, tests and p-values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ipseval.auditing.intake.tokens import plain

NUM = r"\d+(?:[.,]\d+)?"
PCT = r"\s*(?:%|procent|pct\.?|per\s+cent|percent)"
OF = r"(?:ud\s+af|af|of|out\s+of)"
PEOPLE = r"(?:unge|deltagere?|personer|respondenter|borgere|people|participants|persons|respondents)"
COUNT_OF = rf"(?P<count>\d+)\s+{OF}\s+(?P<n>\d+)"
PERCENT = rf"(?P<percent>{NUM}){PCT}"
COUNT_PERCENT = rf"\b(?P<count>\d+)\s+(?:[^\W\d]+\s+)?[^\W\d]+\s*\(\s*{PERCENT}\s*\)"
PERCENT_OF = rf"\(?{PERCENT}\)?\s+{OF}\s+(?:(?:de|the|all|alle)\s+)?(?P<n>\d+)\b(?=\s+[^\W\d])(?!{PCT})"
LEVEL = r"(?:(?P<level>\d{2}(?:[.,]\d)?)\s*(?:%|-?procents?)?\s*[- ]?\s*(?:CI|KI|SI)\b\s*[:=]?\s*)?"
RATIO = (
    r"\b(?P<kind>odds\s*ratio|OR|hazard\s*ratio|HR|risk\s*ratio|relativ\w*\s+risi[ck]\w*|RR)\b[^.;%\d]{0,60}?"
    rf"(?P<value>\d+[.,]\d+)\s*(?:;|,)?\s*[\[(]\s*{LEVEL}(?P<low>\d+[.,]\d+)\s*(?:;|,|-|–|til|to)\s*"
    r"(?P<high>\d+[.,]\d+)\s*[\])](?:\s*[;,]\s*p\s*=\s*(?P<p>[01]?[.,]\d+))?"
)
SD = rf"(?:\s*\(\s*SD\s*[:=]?\s*(?P<{{}}>{NUM})\s*\))?"
PEOPLE_COUNT = rf"\b(?P<count>\d+)\s+(?:\w+\s+)?{PEOPLE}"
TEST = (
    rf"\b(?P<kind>t|F|r|z|chi2|χ2|χ²)\s*(?:\(\s*(?P<df>{NUM})(?:\s*[;,]\s*(?P<df2>{NUM}))?[^)]*\))?"
    rf"\s*=\s*(?P<value>-?{NUM})\s*[;,]\s*p\s*(?P<p_sign>[=<>])\s*(?P<p>[01]?[.,]\d+)"
)
FROM_TO = (
    rf"\b(?:fra|from)\s+(?P<before>{NUM}){SD.format('sd_before')}(?P<a>[^.%\d]{{0,40}}?)\s+(?:til|to)\s+(?P<after>{NUM})"
    rf"(?![.,]?\d)(?!{PCT}|\s*(?:år|aar|ar|years?)\b){SD.format('sd_after')}(?:\s*\(\s*n\s*=\s*(?P<n>\d+)\b)?"
)
NO_LIMIT = r"(?!\s*[\])]\s*(?:\d|<|$)|\s*-?\s*(?:konfidens|sikkerheds|confidence|[KCS]I\b))"
"""What follows a percent of people: no end of an interval, and no interval that it is the level of."""
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("share", re.compile(rf"{PERCENT}\s*\(\s*{COUNT_OF}\s*\)", re.I)),
    ("share", re.compile(rf"\(?\b{COUNT_OF}[^.%]{{0,25}}?\(\s*{PERCENT}\s*\)", re.I)),
    ("share", re.compile(rf"{PERCENT}\s*\(\s*(?P<count>\d+)\s+{PEOPLE}\s*\)", re.I)),
    ("share", re.compile(rf"{PEOPLE_COUNT}\s*\(\s*{PERCENT}\s*\)", re.I)),
    ("share", re.compile(rf"(?<![\d\[.,]){PERCENT}\s*\(\s*(?P<count>\d+)\s*\)", re.I)),
    ("share", re.compile(rf"\b(?P<count>\d+)\s+{OF}\s+(?:de\s+|the\s+)?(?P<n>\d+)\b", re.I)),
    ("share", re.compile(COUNT_PERCENT)),
    ("share", re.compile(PERCENT_OF, re.I)),
    ("ratio", re.compile(RATIO, re.I)),
    ("test", re.compile(TEST)),
    ("p", re.compile(r"\bp\s*(?P<sign>[=<>])\s*(?P<p>[01]?[.,]\d+)")),
    ("means", re.compile(FROM_TO)),
    ("percent", re.compile(rf"(?<![\d\[.,]){PERCENT}{NO_LIMIT}", re.I)),
    ("count", re.compile(rf"{PEOPLE_COUNT}\b", re.I)),
)
"""Kinds of claims in the order they are looked for."""
KINDS = {"χ2": "chi2", "χ²": "chi2"}
DECIMAL = ("p", "value", "low", "high", "before", "after", "sd_before", "sd_after")


@dataclass(frozen=True)
class Claim:
    """Something the text says: its kind, numbers, and the span it was read from."""

    kind: str
    start: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)


def claims(text: str, lang: str) -> Iterator[Claim]:
    """Return the claims of a text; no character belongs to two."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            if any(b < match.end() and match.start() < e for b, e in taken):
                continue
            values = {k: v for k, v in match.groupdict().items() if v and k != "a"}
            if not (_possible(values) if kind == "share" else kind != "means" or _is_score(match, text)):
                continue
            taken.append(match.span())
            yield Claim(kind, match.start(), match.end(), _plain(values, lang))


def _possible(values: dict[str, str]) -> bool:
    return not {"n", "count"} <= set(values) or int(values["count"]) <= int(values["n"])


def _is_score(match: re.Match[str], text: str) -> bool:
    """Return whether "from a to b" is of a mean: a decimal, or the words for a score just before it."""
    if re.search(r"[.,]\d", match["before"] + match["after"]):
        return True
    return bool(
        re.search(r"score|gennemsnit|mean|average", text[max(0, match.start() - 60) : match.start()], re.I)
    )


def _ratio_kind(word: str) -> str:
    """Return the kind of ratio a word names, or an empty text for the kind of a test."""
    first = word.lower()
    if len(first) < 2 or first.startswith("chi"):
        return ""
    return {"o": "odds", "h": "hazard", "r": "risk"}.get(first[0], "")


def _plain(values: dict[str, str], lang: str) -> dict[str, str]:
    out = {}
    for key, value in values.items():
        if key in ("kind", "sign", "p_sign"):
            out[key] = _ratio_kind(value) or KINDS.get(value, value)
        elif key in DECIMAL:
            # A statistic has no thousands marks; whatever mark it has is a decimal mark.
            text = value.replace(",", ".")
            out[key] = f"0{text}" if text.startswith(".") else text
        else:
            out[key] = plain(value, lang)
    return out
