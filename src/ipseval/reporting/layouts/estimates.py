"""Any result: estimate, interval, p and n, with one set of columns per kind of estimate where that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ipseval.core.result import Method, Result
from ipseval.reporting.display import Cell, Column, Row, TableNote
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.parts import (
    Est,
    between_arms,
    check_apart,
    distinct,
    interval_cell,
    number_cell,
    p_cell,
    tells,
    term_words,
    value_cell,
)

Set = tuple[str, str, str]
MOST_SETS = 4
CHANGE_SHOWN = ("before", "after", "difference", "d_z")
ON_PAGE = {
    "change_interval": "change_interval_page",
    "change_test_wilcoxon": "change_test_page",
    "change_test_pratt": "change_test_page",
    "band_change_interval": "band_change_interval_page",
    "band_change_test": "band_change_test_page",
}
"""What a page says of intervals and tests of which it shows some; nothing that it shows is drawn."""


def estimates(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out one row per outcome and group, or one per estimate when the sets would be too many."""
    sets = list(dict.fromkeys((r.contrast, r.term, r.scale) for r in rows))
    keys = [(r.outcome, r.group, r.contrast, r.term, r.scale) for r in rows]
    fits = 1 < len(sets) <= MOST_SETS and len(keys) == len(set(keys)) and len(keys) > len(sets)
    return _side_by_side(rows, sets, ask) if fits else _long(rows, ask)


def change(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out before, after, change and d_z; every other estimate stands in XLSX and CSV."""
    sets = list(dict.fromkeys((r.contrast, r.term, r.scale) for r in rows))
    sets.sort(key=lambda s: CHANGE_SHOWN.index(s[1]) if s[1] in CHANGE_SHOWN else len(CHANGE_SHOWN))
    check_apart(rows, "change")
    body = _side_by_side(rows, sets, ask)
    shown = {name: ask.term("", name) for name in CHANGE_SHOWN}
    columns = tuple(
        replace(_plain_head(c, shown["d_z"], ask), data_only=_left_to_files(c, shown, ask))
        for c in body.columns
    )
    more = (TableNote("legend", ask.say("table_more_in_files")),) if any(c.data_only for c in columns) else ()
    beside = tuple(r for r in rows if r.term not in CHANGE_SHOWN)
    return replace(body, columns=columns, legend=(*body.legend, *more), beside=beside)


def _plain_head(column: Column, group: str, ask: Ask) -> Column:
    """Head the estimate of a named effect size as an estimate: its group says what it is."""
    if column.group != group or "estimate" not in dict(column.fields):
        return column
    head = ask.say("table_estimate")
    return replace(column, head=head, fields=(("estimate", head),))


def page_method(method: Method) -> Method:
    """Give a method the words for what a page shows of it, where it has such."""
    if method.interval not in ON_PAGE and method.test not in ON_PAGE:
        return method
    interval, test = (ON_PAGE.get(code, code) for code in (method.interval, method.test))
    return replace(method, interval=interval, test=test, seed=None)


def _left_to_files(column: Column, shown: Mapping[str, str], ask: Ask) -> bool:
    """Whether a column is one too many for a page: other measures, intervals of means, the p of d_z."""
    of = column.group or column.head
    if of not in shown.values():
        return column.head != ask.say("table_n")
    keys = {key for key, _ in column.fields}
    return (of in (shown["before"], shown["after"]) and "low" in keys) or (of == shown["d_z"] and "p" in keys)


def short_interval(columns: Sequence[Column], ask: Ask) -> tuple[TableNote, ...]:
    """The line that spells out the short head of intervals, where a group of columns has it."""
    used = any(c.group and ("low" in dict(c.fields)) for c in columns)
    return (TableNote("legend", ask.say("table_interval_spelled")),) if used else ()


def _set_cells(row: Est | None, with_interval: bool, with_p: bool, ask: Ask) -> list[Cell]:
    if row is None:
        return [Cell()] * (1 + with_interval + with_p)
    cells = [value_cell(row, ask)]
    if with_interval:
        cells.append(interval_cell(row, ask))
    if with_p:
        cells.append(p_cell(row, ask))
    return cells


def _set_columns(rows: Sequence[Est], group: str, head: str, ask: Ask) -> list[Column]:
    head = ask.say("table_estimate") if head == group else head
    columns = [Column(head, (("estimate", head),), group)]
    if has_interval(rows):
        columns.append(interval_column(rows, ask, group))
    if has_p(rows):
        columns.append(Column(ask.say("table_p"), (("p", ask.say("table_p")),), group))
    return columns


def has_interval(rows: Sequence[Est]) -> bool:
    """Whether any row has an interval."""
    return any(r.ci_low is not None or r.ci_high is not None for r in rows)


def has_p(rows: Sequence[Est]) -> bool:
    """Whether any row has a p-value."""
    return any(r.p_value is not None for r in rows)


def interval_column(rows: Sequence[Est], ask: Ask, group: str = "") -> Column:
    """The head of intervals; it names the level when all rows share it."""
    levels = {r.conf_level for r in rows if r.conf_level is not None}
    level = levels.pop() if len(levels) == 1 else None
    head = ask.level(level, short=bool(group))
    return Column(head, (("low", ask.say("table_low")), ("high", ask.say("table_high"))), group)


def _side_by_side(rows: Sequence[Est], sets: Sequence[Set], ask: Ask) -> Body:
    found = {(r.outcome, r.group, r.contrast, r.term, r.scale): r for r in rows}
    columns: list[Column] = []
    shape = []
    for s in sets:
        inside = [r for r in rows if (r.contrast, r.term, r.scale) == s]
        alone = not has_interval(inside) and not has_p(inside)
        words = _set_words(s, sets, ask)
        columns += _set_columns(
            inside, "" if alone else words, words if alone else _scale_words(inside[0], ask), ask
        )
        shape.append((s, has_interval(inside), has_p(inside)))
    n_head = ask.say("table_n")
    columns.append(Column(n_head, (("n", n_head),)))
    keys = list(dict.fromkeys((r.outcome, r.group) for r in rows))
    grouped = len({group for _, group in keys}) > 1
    lines = []
    for outcome, group in keys:
        cells = [
            cell
            for s, with_interval, with_p in shape
            for cell in _set_cells(found.get((outcome, group, *s)), with_interval, with_p, ask)
        ]
        own = [r.n for r in rows if (r.outcome, r.group) == (outcome, group) and r.n is not None]
        label = ", ".join(part for part in (ask.name(outcome), ask.group(group) if grouped else "") if part)
        lines.append(Row(label, (*cells, number_cell("n", max(own) if own else None))))
    return Body(ask.say("table_measure"), tuple(columns), tuple(lines), short_interval(columns, ask))


def _set_words(one: Set, sets: Sequence[Set], ask: Ask) -> str:
    """Only what tells the sets apart: contrast, term and scale where they differ."""
    contrast, term, scale = one
    parts = []
    if contrast and len({s[0] for s in sets if s[1:] == one[1:]}) > 1:
        parts.append(ask.contrast(contrast))
    if term and len({s[1] for s in sets}) > 1:
        parts.append(ask.term("", term, scale))
    alike = [s for s in sets if s[:2] == one[:2]]
    if len(alike) > 1 or not parts:
        parts.append(ask.scale(scale))
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _long(rows: Sequence[Est], ask: Ask) -> Body:
    scales = distinct(r.scale for r in rows)
    head = _scale_words(rows[0], ask) if len(scales) == 1 else ask.say("table_estimate")
    columns: list[Column] = []
    if len(scales) > 1:
        columns.append(Column(ask.say("table_quantity"), is_text=True))
    columns += _set_columns(rows, "", head or ask.say("table_estimate"), ask)
    n_head = ask.say("table_n")
    columns.append(Column(n_head, (("n", n_head),)))
    with_events = any(r.n_events is not None for r in rows)
    if with_events:
        columns.append(Column(ask.say("table_events"), (("events", ask.say("table_events")),)))
    lines: list[Row] = []
    outcomes = distinct(r.outcome for r in rows)
    apart = _told_apart(rows)
    blocks = list(dict.fromkeys((r.outcome, r.part if apart else 0) for r in rows))
    sections = len(blocks) > 1 and len(rows) > len(blocks)
    for outcome, part in blocks:
        if sections:
            named = ask.name(outcome) if len(outcomes) > 1 or not apart else ""
            head = ", ".join(word for word in (named, ask.part(part) if apart else "") if word)
            lines.append(Row(head or ask.name(outcome), section=True))
        for r in (r for r in rows if r.outcome == outcome and (not apart or r.part == part)):
            cells = [Cell(text=_scale_words(r, ask))] if len(scales) > 1 else []
            cells += _set_cells(r, has_interval(rows), has_p(rows), ask)
            cells.append(number_cell("n", r.n))
            if with_events:
                cells.append(number_cell("events", r.n_events))
            lines.append(Row(_own_label(r, rows, sections, ask), tuple(cells), indent=int(sections)))
    stub = ask.say("table_measure") if len(outcomes) > 1 else ask.name(outcomes[0])
    return Body(stub, tuple(columns), tuple(lines))


def _told_apart(rows: Sequence[Est]) -> bool:
    """Whether several results say the same things of the same outcome, so that each needs its name."""
    parts: dict[tuple[str, ...], set[int]] = {}
    for r in rows:
        parts.setdefault((r.outcome, r.group, r.contrast, r.term, r.scale, r.estimand), set()).add(r.part)
    return any(len(each) > 1 for each in parts.values())


def _scale_words(row: Est, ask: Ask) -> str:
    """Words for what a number is; between arms a difference is no change over time."""
    return (
        ask.say("table_between_arms")
        if between_arms(row) and row.scale == "difference"
        else ask.scale(row.scale)
    )


def _own_label(row: Est, rows: Sequence[Est], under_section: bool, ask: Ask) -> str:
    parts = [] if under_section or len({r.outcome for r in rows}) == 1 else [ask.name(row.outcome)]
    if row.term:
        parts.append(term_words(row, ask))
    if row.contrast and (not row.term or tells(row, rows, "contrast")):
        parts.append(ask.contrast(row.contrast))
    if tells(row, rows, "estimand"):
        parts.append(ask.estimand(row.estimand))
    if row.group or len({r.group for r in rows}) > 1:
        parts.append(ask.group(row.group))
    return ", ".join(parts) or ask.name(row.outcome)
