"""One row per category, "n (pct)": questions and multiple-response sets stacked as sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Row
from ipseval.reporting.formats import COUNT, show
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.parts import Est, check_apart, count_cell, distinct, value_cell

PATTERNS = {"": "{n} ({share})", "both": "{n} ({share})", "count": "{n}", "percent": "{share}"}


def counts(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out shares (and the statistics of numbers) with one column per group; zero rows are kept.

    Where questions have different n, each says its own.
    """
    check_apart(rows, "counts")
    groups = distinct(r.group for r in rows)
    questions = list(dict.fromkeys((r.part, r.outcome) for r in rows))
    several = len(questions) > 1
    fields = (
        ("n", ask.say("table_count")),
        ("share", ask.say("table_share")),
        ("value", ask.say("table_value")),
    )
    columns = tuple(Column(ask.group(group), fields) for group in groups)
    lines: list[Row] = []
    sizes = {key: _persons([r for r in rows if (r.part, r.outcome) == key], groups, ask) for key in questions}
    vary = len(set(sizes.values())) > 1
    for part, outcome in questions:
        inside = [r for r in rows if (r.part, r.outcome) == (part, outcome)]
        if several:
            told = f" ({sizes[part, outcome]})" if vary else ""
            lines.append(Row(f"{ask.name(outcome)}{told}", section=True))
        lines += _lines(inside, groups, ask, indent=int(several))
    return Body(ask.say("table_variable") if several else ask.name(questions[0][1]), columns, tuple(lines))


def _persons(rows: Sequence[Est], groups: Sequence[str], ask: Ask) -> str:
    """Say how many answered a question, column by column where there are several."""
    sizes = [max((r.n for r in rows if r.group == group and r.n is not None), default=0) for group in groups]
    return f"n = {' / '.join(show(n, COUNT, ask.lang) for n in sizes)}"


def _lines(rows: Sequence[Est], groups: Sequence[str], ask: Ask, indent: int) -> list[Row]:
    found: dict[tuple[str, str, str], dict[str, Est]] = {}
    for r in rows:
        found.setdefault((r.contrast, r.term, r.scale), {}).setdefault(r.group, r)
    return [
        Row(
            _label(rows[0].outcome, term, scale, by_group, ask),
            tuple(_cell(by_group.get(group), ask) for group in groups),
            indent=indent,
        )
        for (_, term, scale), by_group in found.items()
    ]


def _label(outcome: str, term: str, scale: str, by_group: Mapping[str, Est], ask: Ask) -> str:
    answers = scale == "share" and all(r.estimand == "share" for r in by_group.values())
    return ask.category(outcome, term) if answers else ask.term(outcome, term, scale)


def _cell(row: Est | None, ask: Ask) -> Cell:
    if row is None:
        return Cell()
    if row.scale == "share":
        return count_cell(row, ask.format("share", row.outcome), PATTERNS[ask.cells])
    return value_cell(row, ask, "value")
