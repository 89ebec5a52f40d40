"""The lines under a table: base and n, missing answers by reason, method, and what the result notes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ipseval.core.language import say
from ipseval.core.result import Note, Result
from ipseval.core.result_text import how_text, methods_texts
from ipseval.reporting.display import Column, TableNote
from ipseval.reporting.formats import COUNT, show
from ipseval.reporting.layouts.ask import Ask
from ipseval.reporting.layouts.parts import Est, distinct, tells, term_words


def under_table(
    results: Sequence[Result],
    rows: Sequence[Est],
    ask: Ask,
    columns: Sequence[Column],
    beside: Collection[Est] = (),
    left: Collection[Est] = (),
) -> list[TableNote]:
    """Make every line that stands under the table of these results.

    Rows `beside` stand in the files of numbers only, and so does what is told of them; of rows that are
    `left` out nothing is told.
    """
    notes: list[TableNote] = []
    if any(r.refused for r in rows):
        notes.append(TableNote("legend", ask.say("table_refused")))
    if any(r.status == "flagged" for r in rows):
        notes.append(TableNote("legend", ask.say("table_flagged")))
    by_part = [[r for r in rows if r.part == part] for part in range(len(results))]
    notes += _bases(results, by_part, ask)
    notes.append(TableNote("missing", _all_missing(results, by_part, ask)))
    interval, test = _shows(columns, "low", "ci_low"), _shows(columns, "p", "p_value")
    methods = methods_texts(results, ask.lang, interval=interval, test=test)
    notes += [TableNote("method", text) for text in methods]
    for result, inside in zip(results, by_part, strict=True):
        notes += _told(result, [r for r in inside if r not in left], beside, ask)
    return notes


def how_texts(results: Sequence[Result], columns: Sequence[Column], lang: str) -> tuple[str, ...]:
    """Say how what a table shows was estimated, each method once and without a heading."""
    interval, test = _shows(columns, "low", "ci_low"), _shows(columns, "p", "p_value")
    told = (how_text(r, lang, interval=interval, test=test, headed=False) for r in results)
    return tuple(dict.fromkeys(told))


def _shows(columns: Sequence[Column], *fields: str) -> bool:
    """Say whether a reader sees a column that holds one of these numbers."""
    return any(name in fields for c in columns if not c.data_only for name, _ in c.fields)


def _bases(results: Sequence[Result], by_part: Sequence[Sequence[Est]], ask: Ask) -> list[TableNote]:
    """One line per base; where there are several, each names the outcomes that rest on it."""
    found: dict[tuple[str, bool, str], dict[int, list[Est]]] = {}
    for result, inside in zip(results, by_part, strict=True):
        names = ", ".join(ask.name(o) for o in distinct(r.outcome for r in inside))
        key = (_base_words(result, ask), result.base.unit == "number", names)
        found.setdefault(key, {}).setdefault(result.base.n, []).extend(inside)
    merged: dict[tuple[str, bool, tuple[int, ...]], list[Est]] = {}
    for (words, uncounted, _), by_n in found.items():
        key_n = (words, uncounted, tuple(sorted(by_n)))
        merged.setdefault(key_n, []).extend(r for inside in by_n.values() for r in inside)
    lines = []
    for (words, uncounted, sizes), inside in merged.items():
        # What is made from a number, such as an E-value, rests on nobody that could be counted.
        text = words if uncounted else _base(words, sizes, inside, ask)
        names = ", ".join(ask.name(o) for o in distinct(r.outcome for r in inside))
        named = len(merged) > 1 and names
        lines.append(TableNote("base", ask.say("table_in_row", row=names, sentence=text) if named else text))
    return lines


def _all_missing(results: Sequence[Result], by_part: Sequence[Sequence[Est]], ask: Ask) -> str:
    """Missing answers of every result in one line; those without any are left out of it."""
    several = len({r.outcome for rows in by_part for r in rows}) > 1
    told = [_missing(result, rows, several, ask) for result, rows in zip(results, by_part, strict=True)]
    return "; ".join(dict.fromkeys(text for text in told if text)) or ask.say("table_missing_none")


def text_of(words: Any, lang: str) -> str:
    """Read words that are one text or one per language."""
    if isinstance(words, Mapping):
        return str(words.get(lang) or next(iter(words.values()), ""))
    return str(words)


def _base_words(result: Result, ask: Ask) -> str:
    base = result.base
    name = base.words(ask.lang) if base.predicate else ask.name(base.name)
    if base.registers:
        name = f"{name}; {', '.join(base.registers)}"
    return name


def _base(name: str, sizes: Sequence[int], rows: Sequence[Est], ask: Ask) -> str:
    if len(sizes) > 1:  # the same question to some of the people in one row and to others in the next
        ends = "–".join(show(n, COUNT, ask.lang) for n in (sizes[0], sizes[-1]))
        return ask.say("table_base", base=name, n=ends)
    n = sizes[0]
    # What a question rests on is its largest n: a share of those who changed has a smaller one by nature.
    used = sorted(set(_largest("outcome", [r for r in rows if not r.group]).values()))
    whole = show(n, COUNT, ask.lang)
    if not used or used == [n]:
        said = ask.say("table_base", base=name, n=whole)
    else:
        low, high = (show(each, COUNT, ask.lang) for each in (used[0], used[-1]))
        code = "table_base_of" if len(used) == 1 else "table_base_range"
        said = ask.say(code, base=name, low=low, high=high, n=whole)
    groups = _largest("group", [r for r in rows if r.group])
    told = [f"{ask.group(group)} n = {show(size, COUNT, ask.lang)}" for group, size in groups.items()]
    return "; ".join([said, *([", ".join(told)] if told else [])])


def _largest(key: str, inside: Sequence[Est]) -> dict[str, int]:
    found: dict[str, int] = {}
    for r in inside:
        if r.n is not None:
            found[getattr(r, key)] = max(found.get(getattr(r, key), 0), r.n)
    return found


def _missing(result: Result, rows: Sequence[Est], several: bool, ask: Ask) -> str:
    """Count missing answers by reason, outcome by outcome where there are several; empty for none."""
    outcomes = distinct(r.outcome for r in rows)
    frame = result.extras.get("missing")
    if frame is None or not {"outcome", "reason", "n"} <= set(frame.columns):
        return (
            _pairs(result, outcomes, several, ask) or _lost(result, ask) or _gaps(result, rows, several, ask)
        )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for record in frame.to_dict("records"):
        n = int(record["n"])
        if n and str(record["outcome"]) in outcomes:
            key = (str(record["outcome"]), str(record.get("group", "")))
            reasons = found.setdefault(key, {})
            reasons[str(record["reason"])] = reasons.get(str(record["reason"]), 0) + n
    lines = [(_whose(key, ask, several), _reasons(reasons, ask)) for key, reasons in found.items()]
    return "; ".join(f"{whose}: {reasons}" if whose else reasons for whose, reasons in lines)


def _pairs(result: Result, outcomes: Sequence[str], several: bool, ask: Ask) -> str:
    """Say who answered only once where the result counts it outcome by outcome."""
    flow = result.extras.get("flow")
    kinds = ("n_before_only", "n_after_only", "n_neither")
    if flow is None or not {"outcome", *kinds} <= set(flow.columns):
        return ""
    lines = []
    for record in flow.to_dict("records"):
        told = [
            f"{ask.say(f'table_flow_{kind}')} {show(int(record[kind]), COUNT, ask.lang)}"
            for kind in kinds
            if int(record[kind])
        ]
        if told and str(record["outcome"]) in outcomes:
            whose = _whose((str(record["outcome"]), str(record.get("group", ""))), ask, several)
            lines.append(f"{whose}: {', '.join(told)}" if whose else ", ".join(told))
    return "; ".join(lines)


def _lost(result: Result, ask: Ask) -> str:
    """Say how many the flow lost where the result does not count reasons."""
    sample = list(result.sample.itertuples(index=False, name=None))
    groups = distinct(str(g) for _, g, _ in sample)
    # A flow told in total and by group is told in total.
    lines = []
    for group in [""] if "" in groups else groups:
        steps = [(str(s), int(n)) for s, g, n in sample if g == group]
        if steps and steps[0][1] > steps[-1][1]:
            way = " → ".join(f"{ask.name(step)} {show(n, COUNT, ask.lang)}" for step, n in steps)
            lost = show(steps[0][1] - steps[-1][1], COUNT, ask.lang)
            told = ask.say("table_missing_flow", lost=lost, way=way)
            lines.append(f"{ask.group(group)}: {told}" if group else told)
    return "; ".join(lines)


def _gaps(result: Result, rows: Sequence[Est], several: bool, ask: Ask) -> str:
    """Say whose largest n falls short of the base where neither reasons nor the flow tell why."""
    lines = []
    for outcome, n in _largest("outcome", [r for r in rows if not r.group]).items():
        if n < result.base.n:
            text = ask.say("table_missing_unexplained", n=show(result.base.n - n, COUNT, ask.lang))
            lines.append(f"{ask.name(outcome)}: {text}" if several else text)
    return "; ".join(lines)


def _whose(key: tuple[str, str], ask: Ask, several: bool) -> str:
    outcome, group = key
    parts = ([ask.name(outcome)] if several else []) + ([ask.group(group)] if group else [])
    return ", ".join(parts)


def _reasons(reasons: Mapping[str, int], ask: Ask) -> str:
    return ", ".join(f"{ask.name(reason)} {show(n, COUNT, ask.lang)}" for reason, n in reasons.items())


def _told(result: Result, rows: Sequence[Est], beside: Collection[Est], ask: Ask) -> list[TableNote]:
    """The notes of the result; a note on a row names the row, one sentence naming all its rows."""
    by_row = {r.row: r for r in rows}
    vary = {key for key in ("outcome", "group") if len({getattr(r, key) for r in rows}) > 1}
    found: dict[str, list[Est]] = {}
    for note in result.notes:
        if note.row is not None and note.row not in by_row:
            continue  # speaks of a row that was not chosen for this table
        told = found.setdefault(_sentence(note, ask), [])
        if note.row is not None:
            told.append(by_row[note.row])
    lines = []
    for sentence, told in found.items():
        seen = [row for row in told if row not in beside]
        labels = _labels_of(sentence, seen or told, rows, vary, ask)
        text = ask.say("table_in_row", row="; ".join(labels), sentence=sentence) if labels else sentence
        lines.append(TableNote("note", text, data_only=bool(told) and not seen))
    return lines


def _labels_of(
    sentence: str, told: Sequence[Est], rows: Sequence[Est], vary: set[str], ask: Ask
) -> list[str]:
    """Name the rows a sentence speaks of; where it is all terms of a question, the question is enough."""
    labels = []
    for row in told:
        key = (row.outcome, row.group, row.contrast)
        mine = [r for r in rows if (r.outcome, r.group, r.contrast) == key]
        here = [r for r in told if (r.outcome, r.group, r.contrast) == key]
        whole = len(mine) == len(here) and len(mine) > 1
        extra = {key for key in ("contrast", "estimand") if tells(row, rows, key)}
        said = {"outcome"} if _holds(sentence, ask.name(row.outcome)) else set()
        labels.append(_row_words(row, (vary | extra) - said, not whole, ask))
    return [label for label in dict.fromkeys(labels) if label and not _holds(sentence, label)]


def _holds(sentence: str, label: str) -> bool:
    """Whether a sentence names the row itself; a short code would be found by chance."""
    return (
        len(label) > 2
        and not label.isdigit()
        and re.search(rf"(?<!\w){re.escape(label)}(?!\w)", sentence) is not None
    )


def _row_words(row: Est, vary: set[str], with_term: bool, ask: Ask) -> str:
    parts = []
    if "outcome" in vary or not row.term:
        parts.append(ask.name(row.outcome))
    if with_term and row.term:
        parts.append(term_words(row, ask))
    if "group" in vary:
        parts.append(ask.group(row.group))
    if "contrast" in vary:
        parts.append(ask.contrast(row.contrast))
    if "estimand" in vary:
        parts.append(ask.estimand(row.estimand))
    return ", ".join(parts)


def _sentence(note: Note, ask: Ask) -> str:
    """Word a note with the names of columns in words and numbers with the marks of the language."""
    values = {key: _worded(key, value, ask) for key, value in note.values.items()}
    if {"column", "level"} <= set(note.values):
        values["level"] = ask.labels.value(str(note.values["column"]), str(note.values["level"]), ask.lang)
    return say(note.code, ask.lang, **values)


def _worded(key: str, value: Any, ask: Ask) -> Any:
    if isinstance(value, str):
        return ask.term("", value) if key == "term" else ask.column(value)
    if isinstance(value, int) and key not in ("year", "seed"):
        return show(value, COUNT, ask.lang)
    return value
