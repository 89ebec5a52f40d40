"""Finds tick-all questions that a file does not declare: neighbours that share a stem and hold ticks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, Codebook
from ipseval.loading.draft_answers import ticked
from ipseval.loading.draft_numbers import Draft

OPTION = re.compile(r"^(?P<stem>.*\S)(?:\s*:|\s+[-–])\s+(?P<option>\S.*)$")
"""A question and one of its options: "Support: mentor", "Which support? - mentor"."""


@dataclass(frozen=True)
class Tick:
    """A column that says of one option of a question whether it was ticked, and the code that says so."""

    column: str
    stem: str
    option: str
    code: str


def tick_sets(drafts: Sequence[Draft], book: Codebook) -> list[tuple[AnswerSet, list[Tick]]]:
    """Return the tick-all questions that the file itself does not name, each with its columns."""
    taken = {c for s in book.sets.values() for c in s.columns}
    names = {*book.sets, *(d.name for d in drafts)}
    found = []
    ticks = [_tick(d, book) if d.name not in taken else None for d in drafts]
    for key, group in groupby(ticks, key=lambda tick: (tick.stem, tick.code) if tick else None):
        options = [tick for tick in group if tick]
        if key and len(options) > 1 and key[0] not in names:
            stem, code = key
            columns = tuple(t.column for t in options)
            found.append((AnswerSet(stem, columns, {FILE_LANGUAGE: stem}, code), options))
    return found


def as_options(drafts: Sequence[Draft], sets: Sequence[tuple[AnswerSet, list[Tick]]]) -> list[Draft]:
    """Give the columns of tick-all questions their option as title and both codes."""
    options = {tick.column: tick for _, ticks in sets for tick in ticks}
    return [
        replace(d, title=options[d.name].option, remarks=("? one option of a tick-all question",))
        if d.name in options
        else d
        for d in drafts
    ]


def _tick(draft: Draft, book: Codebook) -> Tick | None:
    variable = book.variables.get(draft.name)
    text = variable.label.get(FILE_LANGUAGE, draft.name) if variable and variable.label else draft.name
    found, code = OPTION.match(text), _ticked_code(draft)
    return Tick(draft.name, found["stem"], found["option"], code) if found and code else None


def _ticked_code(draft: Draft) -> str:
    """Return the code that means ticked, in words or as the number that the file calls so; else nothing."""
    words = {code: next(iter(texts.values()), code) for code, texts in draft.codes.items()}
    said = ticked(list(words.values()))
    return next((code for code, word in words.items() if word == said), "") if said else ""
