"""Finds every number of a text: digits, percents, months and dates, number words, fractions in words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

DANISH = "nul én to tre fire fem seks syv otte ni ti elleve tolv"
ENGLISH = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBER_WORDS: Mapping[str, Mapping[str, int]] = {
    lang: {word: i for i, word in enumerate(words.split(" "))}
    for lang, words in (("da", DANISH), ("en", ENGLISH))
}
SPELLED: Mapping[str, Mapping[str, int]] = {"da": {"ét": 1}, "en": {}}
ORDINALS: Mapping[str, Mapping[str, int]] = {
    "da": {
        "anden": 2,
        "tredje": 3,
        "fjerde": 4,
        "femte": 5,
        "sjette": 6,
        "syvende": 7,
        "ottende": 8,
        "tiende": 10,
    },
    "en": {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10},
}
PARTS: Mapping[str, Mapping[str, float]] = {
    "da": {
        "halvdelen": 50,
        "en tredjedel": 100 / 3,
        "to tredjedele": 200 / 3,
        "en fjerdedel": 25,
        "en f[ij]{1,3}erdedel": 25,
        "tre fjerdedele": 75,
        "en femtedel": 20,
        "en tiendedel": 10,
    },
    "en": {
        "half": 50,
        "a third": 100 / 3,
        "one third": 100 / 3,
        "two thirds": 200 / 3,
        "two-thirds": 200 / 3,
        "a quarter": 25,
        "one quarter": 25,
        "three quarters": 75,
        "a fifth": 20,
        "one fifth": 20,
    },
}
MONTHS: Mapping[str, str] = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "en": "January February March April May June July August September October November December",
}
UNITS = r"(?:år|ar|aar|årig|arig|årige|timer|mdr|kr|years?|pct|%)"
DIGITS = re.compile(
    rf"(?<![\w.,])\d+(?:[.,]\d+)*(?=(?:{UNITS})?(?![\w]))|(?<=[=<>\s])[.,]\d+\b|(?<=[\[(;])\d+[.,]\d+"
)


@dataclass(frozen=True)
class Token:
    """One number: its value with a decimal point, where it stands, and its form."""

    value: str
    line: int
    start: int
    end: int
    form: str
    """`digits`, `percent`, `word`, `fraction`, `month`, `date` or `glued` (a digit inside a word)."""


@cache
def _patterns(lang: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = "|".join([*NUMBER_WORDS[lang], *SPELLED[lang]])
    ordinals, parts = "|".join(ORDINALS[lang]), "|".join(PARTS[lang])
    months = MONTHS[lang].replace(" ", "|")
    of = "ud af|af" if lang == "da" else "out of|in|of"
    every = "hver" if lang == "da" else "every"
    flags = re.IGNORECASE
    return (
        ("date", re.compile(rf"\b(\d{{1,2}})\.?\s+({months})\s+(\d{{4}})\b", flags)),
        ("month", re.compile(rf"\b({months})\s+(\d{{4}})\b", flags)),
        ("ratio", re.compile(rf"\b({words})\s+(?:{of})\s+(?:de\s+)?({words})\b", flags)),
        ("every", re.compile(rf"\b{every}\s+({ordinals})\b", flags)),
        ("part", re.compile(rf"\b({parts})\b", flags)),
        ("word", re.compile(rf"\b({words})\b", flags)),
    )


def tokens(text: str, lang: str) -> list[Token]:
    """Return every number of a text in its order; fractions and dates hold the words they are made of."""
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    found: list[Token] = []
    for value, begin, end, form in (*_in_words(text, lang), *_in_digits(text, lang)):
        found.append(Token(value, bisect_right(starts, begin), begin, end, form))
    return sorted(found, key=lambda t: (t.start, -t.end))


def _in_words(text: str, lang: str) -> Iterator[tuple[str, int, int, str]]:
    taken: list[tuple[int, int]] = []
    for name, pattern in _patterns(lang):
        for match in pattern.finditer(text):
            if name != "month" and any(b <= match.start() < e for b, e in taken):
                continue
            value = _word_value(name, match, lang)
            if value:
                taken.append(match.span())
                form = {"date": "date", "month": "month", "word": "word"}.get(name, "fraction")
                yield value, match.start(), match.end(), form


def _word_value(name: str, match: re.Match[str], lang: str) -> str:
    months = MONTHS[lang].lower().split()
    numbers = {**NUMBER_WORDS[lang], **SPELLED[lang]}
    if name == "date":
        return f"{match[3]}-{months.index(match[2].lower()) + 1:02d}-{int(match[1]):02d}"
    if name == "month":
        return f"{match[2]}-{months.index(match[1].lower()) + 1:02d}"
    if name == "ratio":
        a, b = numbers[match[1].lower()], numbers[match[2].lower()]
        return f"{100 * a / b:.2f}" if 0 < a < b else ""
    if name == "every":
        return f"{100 / ORDINALS[lang][match[1].lower()]:.2f}"
    if name == "part":
        return next(f"{v:.2f}" for p, v in PARTS[lang].items() if re.fullmatch(p, match[1].lower()))
    return str(numbers[match[1].lower()])


def _in_digits(text: str, lang: str) -> Iterator[tuple[str, int, int, str]]:
    whole: set[int] = set()
    for match in DIGITS.finditer(text):
        whole.update(range(match.start(), match.end()))
        value = plain(match[0], lang)
        after = text[match.end() : match.end() + 12].lstrip()
        percent = after.startswith(("%", "procent", "pct", "per cent", "percent"))
        yield value, match.start(), match.end(), "percent" if percent else "digits"
    for match in re.finditer(r"\d+", text):
        if match.start() not in whole:
            yield match[0], match.start(), match.end(), "glued"


def plain(text: str, lang: str) -> str:
    """Return a number with a decimal point and no thousands marks."""
    thousands, decimal = (".", ",") if lang == "da" else (",", ".")
    if re.fullmatch(rf"[1-9]\d{{0,2}}(\{thousands}\d{{3}})+(\{decimal}\d+)?", text):
        text = text.replace(thousands, "")
    head, *rest = re.split(r"[.,]", text)
    head = head or "0"
    return head if not rest else f"{head}.{''.join(rest)}"
