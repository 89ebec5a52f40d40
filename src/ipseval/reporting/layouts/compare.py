"""Groups side by side: "n (pct)" or "mean (SD)" per group, the standardised difference, and the test's p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Number, Row
from ipseval.reporting.formats import COUNT, NOTHING
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.counts import PATTERNS
from ipseval.reporting.layouts.parts import Est, check_apart, count_cell, distinct, p_cell, value_cell

SPREAD = ("mean", "sd")
FIELDS = (
    ("base", "table_n"),
    ("n", "table_count"),
    ("share", "table_share"),
    ("mean", "table_scale_mean"),
    ("sd", "table_scale_sd"),
)
"""What stands in a group's cells, with the code of its words."""


def compare(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out what groups are like before they are compared; what has no column stands in XLSX and CSV."""
    check_apart(rows, "compare")
    groups = distinct(r.group for r in rows if r.group or r.scale == "share")
    fields = tuple((field, ask.say(code)) for field, code in FIELDS)
    smd, p = ask.say("table_smd"), ask.say("table_p")
    columns = (
        *(Column(ask.group(group), fields) for group in groups),
        Column(smd, (("smd", smd),)),
        Column(p, (("p", p),)),
        Column(ask.say("table_test_size"), (("size", ask.say("table_test_size")),), data_only=True),
    )
    lines: list[Row] = []
    for outcome in distinct(r.outcome for r in rows):
        lines += _outcome(outcome, [r for r in rows if r.outcome == outcome], groups, ask)
    return Body(ask.say("table_variable"), columns, tuple(lines))


def _outcome(outcome: str, rows: Sequence[Est], groups: Sequence[str], ask: Ask) -> list[Row]:
    tests = [r for r in rows if not r.group and r.scale not in ("share", "standardised")]
    told = [p_cell(tests[0], ask), value_cell(tests[0], ask, "size")] if tests else [Cell(), Cell()]
    terms = distinct(r.term for r in rows if r.scale == "share")
    lines = []
    if terms:
        sizes = [next((r for r in rows if r.group == g and r.scale == "share"), None) for g in groups]
        lines.append(Row(ask.name(outcome), (*map(_size, sizes), Cell(), *told)))
        lines += [_category(outcome, term, rows, groups, ask) for term in terms]
    if any(r.scale in SPREAD for r in rows):
        apart = next(
            (r for r in rows if not r.group and r.scale == "standardised" and r.term not in terms), None
        )
        cells = [spread_of([r for r in rows if r.group == g and r.scale in SPREAD], ask) for g in groups]
        left = told if not terms else [Cell(), Cell()]
        label = ask.say("table_mean_sd", name=ask.name(outcome))
        lines.append(Row(label, (*cells, _apart(apart, ask), *left)))
    return lines


def _category(outcome: str, term: str, rows: Sequence[Est], groups: Sequence[str], ask: Ask) -> Row:
    cells = shares_of(outcome, term, rows, groups, ask)
    apart = next((r for r in rows if r.term == term and r.scale == "standardised"), None)
    return Row(ask.category(outcome, term), (*cells, _apart(apart, ask), Cell(), Cell()), indent=1)


def shares_of(outcome: str, term: str, rows: Sequence[Est], groups: Sequence[str], ask: Ask) -> list[Cell]:
    """Give each group's persons and share in a category."""
    shares = {r.group: r for r in rows if r.term == term and r.scale == "share"}
    percent = ask.format("share", outcome)
    return [count_cell(shares[g], percent, PATTERNS["both"]) if g in shares else Cell() for g in groups]


def _size(row: Est | None) -> Cell:
    return Cell() if row is None or row.n is None else Cell((Number("base", row.n, COUNT),), "n = {base}")


def _apart(row: Est | None, ask: Ask) -> Cell:
    return Cell() if row is None else value_cell(row, ask, "smd")


def spread_of(rows: Sequence[Est], ask: Ask) -> Cell:
    """Give a group's mean with its standard deviation."""
    if not rows:
        return Cell()
    found = {r.scale: r for r in rows}
    numbers = [
        Number(key, found[key].estimate, replace(ask.format(key, found[key].outcome), signed=False))
        for key in SPREAD
        if key in found
    ]
    if any(r.refused for r in rows) and all(n.value is None for n in numbers):
        return Cell(tuple(numbers), text=NOTHING)
    numbers.append(Number("base", rows[0].n, COUNT))
    return Cell(tuple(numbers), "{mean} ({sd})" if len(found) == 2 else "{" + numbers[0].field + "}")
