"""The lines under a table: base and n, missing answers by reason, method, and what the result notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ipseval.core.language import say
from ipseval.core.result import Note, Result
from ipseval.reporting.display import TableNote
from ipseval.reporting.formats import COUNT, show
from ipseval.reporting.layouts.ask import Ask
from ipseval.reporting.layouts.parts import Est, distinct


class _Danish(float):
    """A number in a sentence of a note, written with the Danish decimal comma whatever its spec."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec or ".4g").replace(".", ",")


def under_table(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> list[TableNote]:
    """Make every line that stands under the table of these results."""
    notes: list[TableNote] = []
    if any(r.refused for r in rows):
        notes.append(TableNote("legend", ask.say("table_refused")))
    if any(r.status == "flagged" for r in rows):
        notes.append(TableNote("legend", ask.say("table_flagged")))
    for part, result in enumerate(results):
        inside = [r for r in rows if r.part == part]
        notes.append(TableNote("base", _base(result, inside, ask)))
        notes.append(TableNote("missing", _missing(result, inside, ask)))
        notes.append(TableNote("method", result.methods_text(ask.lang)))
        notes += _told(result, inside, ask)
    return _numbered(notes, results, rows, ask)


def _numbered(
    notes: list[TableNote], results: Sequence[Result], rows: Sequence[Est], ask: Ask
) -> list[TableNote]:
    """Say which outcomes a line speaks of where stacked results differ in it."""
    out = []
    for kind in ("base", "missing"):
        lines = [n for n in notes if n.kind == kind]
        if len({n.text for n in lines}) <= 1:
            out += lines[:1]
            continue
        for part, line in enumerate(lines):
            names = ", ".join(ask.name(o) for o in distinct(r.outcome for r in rows if r.part == part))
            told = kind == "missing" and any(line.text.startswith(f"{name}: ") for name in names.split(", "))
            text = line.text if told or not names else ask.say("table_in_row", row=names, sentence=line.text)
            out.append(TableNote(line.kind, text))
    return out + [n for n in notes if n.kind not in ("base", "missing")]


def text_of(words: Any, lang: str) -> str:
    """Read words that are one text or one per language."""
    if isinstance(words, Mapping):
        return str(words.get(lang) or next(iter(words.values()), ""))
    return str(words)


def _base(result: Result, rows: Sequence[Est], ask: Ask) -> str:
    base = result.base
    name = text_of(base.predicate, ask.lang) or ask.name(base.name)
    if base.registers:
        name = f"{name}; {', '.join(base.registers)}"
    used = sorted({r.n for r in rows if r.n is not None and not r.group})
    whole = show(base.n, COUNT, ask.lang)
    if not used or used == [base.n]:
        return ask.say("table_base", base=name, n=whole)
    low, high = (show(n, COUNT, ask.lang) for n in (used[0], used[-1]))
    code = "table_base_of" if len(used) == 1 else "table_base_range"
    return ask.say(code, base=name, low=low, high=high, n=whole)


def _missing(result: Result, rows: Sequence[Est], ask: Ask) -> str:
    """Count missing answers by reason, outcome by outcome where there are several."""
    outcomes = distinct(r.outcome for r in rows)
    frame = result.extras.get("missing")
    if frame is None or not {"outcome", "reason", "n"} <= set(frame.columns):
        gap = max((result.base.n - r.n for r in rows if r.n is not None and not r.group), default=0)
        if gap <= 0:
            return ask.say("table_missing_none")
        code = "table_missing_unexplained" if len(outcomes) == 1 else "table_missing_upto"
        return ask.say(code, n=show(gap, COUNT, ask.lang))
    found: dict[tuple[str, str], dict[str, int]] = {}
    for record in frame.to_dict("records"):
        n = int(record["n"])
        if n and str(record["outcome"]) in outcomes:
            key = (str(record["outcome"]), str(record.get("group", "")))
            reasons = found.setdefault(key, {})
            reasons[str(record["reason"])] = reasons.get(str(record["reason"]), 0) + n
    if not found:
        return ask.say("table_missing_none")
    lines = [(_whose(key, ask, len(outcomes) > 1), _reasons(reasons, ask)) for key, reasons in found.items()]
    return "; ".join(f"{whose}: {reasons}" if whose else reasons for whose, reasons in lines)


def _whose(key: tuple[str, str], ask: Ask, several: bool) -> str:
    outcome, group = key
    parts = ([ask.name(outcome)] if several else []) + ([ask.group(group)] if group else [])
    return ", ".join(parts)


def _reasons(reasons: Mapping[str, int], ask: Ask) -> str:
    return ", ".join(f"{ask.name(reason)} {show(n, COUNT, ask.lang)}" for reason, n in reasons.items())


def _told(result: Result, rows: Sequence[Est], ask: Ask) -> list[TableNote]:
    """The notes of the result; a note on a row names the row, one sentence naming all its rows."""
    by_row = {r.row: r for r in rows}
    found: dict[str, list[str]] = {}
    for note in result.notes:
        if note.row is not None and note.row not in by_row:
            continue  # speaks of a row that was not chosen for this table
        labels = found.setdefault(_sentence(note, ask), [])
        if note.row is not None:
            labels.append(_row_words(by_row[note.row], ask))
    return [
        TableNote(
            "note",
            ask.say("table_in_row", row="; ".join(dict.fromkeys(labels)), sentence=sentence)
            if labels
            else sentence,
        )
        for sentence, labels in found.items()
    ]


def _row_words(row: Est, ask: Ask) -> str:
    parts = [ask.name(row.outcome)]
    if row.term:
        parts.append(ask.term(row.outcome, row.term, row.scale))
    if row.group:
        parts.append(ask.group(row.group))
    if row.contrast:
        parts.append(ask.contrast(row.contrast))
    return ", ".join(parts)


def _sentence(note: Note, ask: Ask) -> str:
    """Word a note with the names of columns in words and numbers with the marks of the language."""
    return say(note.code, ask.lang, **{key: _worded(value, ask) for key, value in note.values.items()})


def _worded(value: Any, ask: Ask) -> Any:
    if isinstance(value, str):
        return ask.labels.name(value, ask.lang)
    if isinstance(value, float) and ask.lang == "da":
        return _Danish(value)
    return value
