"""A battery of questions with the same answers: rows are items, columns are answers."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Row
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.counts import PATTERNS
from ipseval.reporting.layouts.parts import Est, check_apart, count_cell, distinct, number_cell, value_cell

Key = tuple[str, str]


def likert(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out shares with one column per answer, the mean last where the result has one."""
    check_apart(rows, "likert")
    shares = [r for r in rows if r.scale == "share"]
    means = {(r.outcome, r.group): r for r in rows if r.scale == "mean"}
    terms = _answers(shares)
    found: dict[Key, dict[str, Est]] = {}
    for r in shares:
        found.setdefault((r.outcome, r.group), {})[r.term] = r
    columns = _columns(shares, terms, bool(means), ask)
    pattern = PATTERNS[ask.cells or "percent"]
    lines: list[Row] = []
    grouped = len({group for _, group in found}) > 1
    for outcome in distinct(r.outcome for r in shares):
        if grouped:
            lines.append(Row(ask.name(outcome), section=True))
        for key in (key for key in found if key[0] == outcome):
            label = ask.group(key[1]) if grouped else ask.name(outcome)
            cells = [_cell(found[key].get(term), pattern, ask) for term in terms]
            cells.append(number_cell("n", next(iter(found[key].values())).n))
            if means:
                cells.append(value_cell(means[key], ask, "mean") if key in means else Cell())
            lines.append(Row(label, tuple(cells), indent=int(grouped)))
    return Body(ask.say("table_item"), columns, tuple(lines))


def _answers(shares: Sequence[Est]) -> list[str]:
    """Every answer of the battery, in the order of the longest list of answers first."""
    lists = [
        [r.term for r in shares if r.outcome == outcome] for outcome in distinct(r.outcome for r in shares)
    ]
    return distinct(term for terms in sorted(lists, key=len, reverse=True) for term in terms)


def _columns(shares: Sequence[Est], terms: Sequence[str], with_mean: bool, ask: Ask) -> tuple[Column, ...]:
    fields = (("n", ask.say("table_count")), ("share", ask.say("table_share")))
    owner = {r.term: r.outcome for r in reversed(shares)}
    columns = [Column(ask.category(owner[term], term), fields) for term in terms]
    alike = len({r.n for r in shares}) == 1
    columns.append(Column(ask.say("table_n"), (("n", ask.say("table_n")),), data_only=alike))
    if with_mean:
        columns.append(Column(ask.say("table_term_mean"), (("mean", ask.say("table_term_mean")),)))
    return tuple(columns)


def _cell(row: Est | None, pattern: str, ask: Ask) -> Cell:
    return Cell() if row is None else count_cell(row, ask.format("share", row.outcome), pattern)
