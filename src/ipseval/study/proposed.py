"""Proposes which shipped instruments a questionnaire holds, for a person to confirm; nothing is scored by it.

The wording of questions is never needed: columns that stand together, how many they are and how they are
answered say enough to propose.  A name in a column or its label makes a proposal surer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ipseval.instruments.instrument import Instrument, shipped, shipped_ids
from ipseval.loading.draft_answers import points_of
from ipseval.loading.schema import SchemaField, SurveySchema
from ipseval.study.scoring import ends_of

FEWEST_ITEMS = 4
"""Fewer items than this are alike in too many questionnaires to say anything without a name."""

SHORTEST_WORD = 6
"""Letters of a word in a column's name that says which scale is meant; shorter ones are too common."""
SHORTEST_TOPIC = 4
"""Letters of a word that a question and the topic of an item have in common."""


@dataclass(frozen=True)
class Proposal:
    """An instrument that a battery of columns may be; `low` and `high` are the codes of its first coding."""

    wave: str
    instrument: str
    items: tuple[str, ...]
    codings: tuple[str, ...]
    named: bool
    words: Mapping[str, int | None] = field(default_factory=dict)

    def line(self) -> str:
        """Write the proposal as a line of a plan, as a comment."""
        coding = f'"{self.codings[0]}"' if not self.words else _map_of(self.words)
        items = ", ".join(map(_plain_or_quoted, self.items))
        entry = f"{{instrument: {self.instrument.upper()}, input: {self.wave}, items: [{items}], "
        why = [] if self.named else ["by the number of items and their answers alone"]
        why += [f"its answers fit {' and '.join(self.codings[1:])} too"] if self.codings[1:] else []
        told = f"   # {'; '.join(why)}" if why else ""
        return f"#   - {entry}coding: {coding}}}{told}\n"

    def lacking(self, field: SchemaField) -> str:
        """Say which answers of the instrument a column's codes lack, since nobody chose them; or nothing."""
        if self.words or _worded(field):
            return ""
        low, high = span(self.codings[0])
        lacks = [str(c) for c in range(low, high + 1) if str(c) not in field.categories]
        if not lacks:
            return ""
        name = f"{self.instrument.upper()} ({self.codings[0]})"
        return f"? if this is {name}, nobody chose {', '.join(lacks)}: add it as a value all the same"


def _map_of(words: Mapping[str, int | None]) -> str:
    points = {word: "?" if worth is None else worth for word, worth in words.items()}
    return (
        "{" + ", ".join(f"{json.dumps(w, ensure_ascii=False)}: {worth}" for w, worth in points.items()) + "}"
    )


def _plain_or_quoted(name: str) -> str:
    """Write a column's name as it is where YAML reads it back, else in quotes."""
    plain = re.fullmatch(r"[^\W\d][\w .?/()+-]*", name) and name.casefold() not in (
        "yes",
        "no",
        "true",
        "null",
    )
    return name if plain else json.dumps(name, ensure_ascii=False)


def _worded(field: SchemaField) -> bool:
    return any(t not in ("", code) for code, texts in field.categories.items() for t in texts.values())


def proposals(wave: str, schema: SurveySchema) -> list[Proposal]:
    """Return what the batteries of a schema may be, surest first; a battery with a name is only that."""
    found = []
    for items in _batteries(schema):
        fitting = [
            p for name in shipped_ids() if (p := _fitting(wave, schema, items, shipped(name))) is not None
        ]
        found += [p for p in fitting if p.named] or fitting
    return found


def _fitting(
    wave: str, schema: SurveySchema, items: tuple[str, ...], instrument: Instrument
) -> Proposal | None:
    if len(items) != len(instrument.items):
        return None
    stem = _stem(items[0])
    named = any(_names(instrument, stem, text) for text in _texts(schema, items)) or _means(instrument, stem)
    named = named or _asks_the_same(schema, items, instrument)
    codings = _codings(schema, items, instrument)
    words = _words(schema, items, instrument)
    if not named and (len(items) < FEWEST_ITEMS or not (codings or words)):
        return None
    if not codings and not words:
        codings = ("?",)
    return Proposal(wave, instrument.id, items, codings, named, words)


def _names(instrument: Instrument, stem: str, text: str) -> bool:
    own = _plain(instrument.id)
    stem = _plain(stem)
    if stem.startswith(own) or stem.endswith(own):
        return True
    called = {re.split(r"[\s,(]", title)[0].casefold() for title in instrument.title.values()}
    called = {each for each in (*called, own) if re.search(r"\d", each) or len(each) == 3}
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text.casefold()) for each in called)


def _means(instrument: Instrument, stem: str) -> bool:
    """Whether a stem is how a word of the instrument's titles begins: Selvværd 1 of a selvværdsskala."""
    asked = re.sub(r"[\W_]+", " ", stem).strip().casefold()
    titles = [*instrument.title.values(), *(t for score in instrument.scores for t in score.title.values())]
    words = {word for title in titles for word in re.findall(r"[^\W\d_]+", title.casefold())}
    return len(asked) >= SHORTEST_WORD and any(word.startswith(asked) for word in words)


def _asks_the_same(schema: SurveySchema, items: Sequence[str], instrument: Instrument) -> bool:
    """Whether at least half of the questions have a word of the topic that stands in their place."""
    alike = 0
    for name, item in zip(items, instrument.items, strict=True):
        asked = [word for text in schema.fields[name].title.values() for word in _long_words(text)]
        topic = [word for text in item.topic.values() for word in _long_words(text)]
        alike += any(a.startswith(t) or t.startswith(a) for a in asked for t in topic)
    return len(items) >= FEWEST_ITEMS and 2 * alike >= len(items)


def _long_words(text: str) -> list[str]:
    return [w for w in re.findall(r"[^\W\d_]+", text.casefold()) if len(w) >= SHORTEST_TOPIC]


def _texts(schema: SurveySchema, items: Sequence[str]) -> Iterator[str]:
    for item in items:
        yield from schema.fields[item].title.values()


def _codings(schema: SurveySchema, items: Sequence[str], instrument: Instrument) -> tuple[str, ...]:
    """Return the codings in use that the codes of all items fit; words at their ends settle which way."""
    fields = [schema.fields[item] for item in items]
    codes = {code for f in fields for code in f.categories}
    if not codes or not all(re.fullmatch(r"\d+", code) for code in codes):
        return ()
    low, high = min(map(int, codes)), max(map(int, codes))
    whole = any(_worded(f) for f in fields)
    fits = []
    for coding in instrument.codings:
        first, last = span(coding)
        if (low, high) == (first, last) or (not whole and first <= low and high <= last):
            fits.append(coding)
    ways = {way for f in fields for way in _ways(f)}
    if len(ways) == 1:
        turned = ways == {"reversed"}
        fits = [c for c in fits if c.endswith("reversed") == turned] or fits
    return tuple(fits)


def _ways(field: SchemaField) -> Iterator[str]:
    """Yield which way a column's words run, where its end words are known."""
    ends = list(ends_of(field.categories))
    if ends and (ends[0] == "least" or ends[1] == "most"):
        yield "straight"
    if ends and (ends[0] == "most" or ends[1] == "least"):
        yield "reversed"


def _words(schema: SurveySchema, items: Sequence[str], instrument: Instrument) -> dict[str, int | None]:
    """Return the answers of a battery whose codes are words, if there are as many as the instrument has.

    One fewer will do: an answer that nobody chose does not stand in the file.  With them stand their points,
    where they are those of a known scale, from least to most.
    """
    words = list(dict.fromkeys(code for item in items for code in schema.fields[item].categories))
    item = instrument.items[0]
    if item.low is None or item.high is None or any(re.fullmatch(r"-?[\d.]+", word) for word in words):
        return {}
    steps = int(item.high - item.low)
    found = points_of(words, int(item.low), int(item.high))
    return found if steps <= len(words) <= steps + 1 else {}


def span(coding: str) -> tuple[int, int]:
    """Give the lowest and the highest code of a coding such as "1-6 reversed"; "?" has none."""
    found = re.match(r"(\d+)-(\d+)", coding)
    return (int(found[1]), int(found[2])) if found else (0, -1)


def _batteries(schema: SurveySchema) -> list[tuple[str, ...]]:
    """Return columns that stand together: numbered 1, 2, 3 ... alike, or in a row with the same answers."""
    return list(dict.fromkeys([*_numbered(schema), *_in_a_row(schema)]))


def _numbered(schema: SurveySchema) -> Iterator[tuple[str, ...]]:
    found: dict[str, dict[int, str]] = {}
    for name in schema.fields:
        if match := re.fullmatch(r".*\D(?P<number>\d{1,2})[a-z]?", name):
            found.setdefault(_stem(name), {}).setdefault(int(match["number"]), name)
    for by in found.values():
        if sorted(by) == list(range(1, len(by) + 1)):
            yield tuple(by[k] for k in sorted(by))


def _in_a_row(schema: SurveySchema) -> Iterator[tuple[str, ...]]:
    row: list[str] = []
    answers: Mapping[str, Mapping[str, str]] = {}
    ticks = {c for s in schema.sets.values() for c in s.columns}
    for asked in schema.fields.values():
        alike = len(asked.categories) > 2 and asked.categories == answers and asked.name not in ticks
        if not alike:
            yield tuple(row)
            row = []
        row.append(asked.name)
        answers = asked.categories
    yield tuple(row)


def _stem(name: str) -> str:
    return re.sub(r"\d{1,2}[a-z]?$", "", name)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def measured_twice(found: Sequence[Proposal]) -> list[str]:
    """Name the instruments that are proposed for both waves."""
    waves = [{p.instrument for p in found if p.wave == wave} for wave in dict.fromkeys(p.wave for p in found)]
    return sorted(set.intersection(*waves)) if len(waves) > 1 else []


def score_lines(found: Sequence[Proposal]) -> str:
    """Write proposals as comments of a plan, to be taken up by a person: a coding is never guessed."""
    if not found:
        return ""
    change = (
        ", and for their change from start to end at\n"
        "# the lines of change_scores under results, tables and report"
    )
    told = change if measured_twice(found) else ""
    head = (
        "# These look like the items of known instruments (`ipseval instruments` describes them).  Look\n"
        "# whether they are, in the instrument's own order, and how the answers are coded: where the lowest\n"
        '# code is the highest answer, "... reversed"; of words, the points of each (a ? is yours to fill).\n'
        f"# Leave out the instruments that you do not use, and take the marks away here{told}.\n"
        "# scores:\n"
    )
    return head + "".join(p.line() for p in found)
