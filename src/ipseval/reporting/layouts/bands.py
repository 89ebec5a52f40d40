"""Categories before and after: persons and share of each, the change in percentage points, one test below."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Row, TableNote
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.counts import PATTERNS
from ipseval.reporting.layouts.estimates import interval_column, short_interval
from ipseval.reporting.layouts.parts import (
    Est,
    check_apart,
    count_cell,
    distinct,
    interval_cell,
    number_cell,
    p_cell,
    value_cell,
)

CHANGE = "difference_tango"
"""The change whose interval and p are one method's."""
TESTS = ("stuart_maxwell", "mcnemar_exact")
"""The test of all categories at once, or of yes and no."""
TIMES = ("before", "after")


def bands(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out categories before and after with their change and one test; what is left out is counted."""
    for estimand in (*TIMES, CHANGE):
        check_apart([r for r in rows if r.estimand == estimand], "bands")
    changes = [r for r in rows if r.estimand == CHANGE]
    group = ask.say("table_change_points")
    columns = (
        *(Column(ask.say(f"table_{when}"), _counted(ask)) for when in TIMES),
        Column(ask.say("table_estimate"), (("estimate", ask.say("table_estimate")),), group),
        interval_column(changes, ask, group),
        Column(ask.say("table_p"), (("p", ask.say("table_p")),), group),
        Column(ask.say("table_n"), (("base", ask.say("table_n")),)),
    )
    lines: list[Row] = []
    shown: list[Est] = []
    for outcome in distinct(r.outcome for r in rows):
        for name in distinct(r.group for r in rows if r.outcome == outcome):
            own = [r for r in rows if (r.outcome, r.group) == (outcome, name)]
            head = ask.name(outcome) + (f", {ask.group(name)}" if name else "")
            lines += [Row(head, section=True), *_block(own, ask, shown)]
    left = tuple(r for r in rows if r not in shown)
    legend = (TableNote("legend", ask.say("table_left_out", n=len(left))),) if left else ()
    told = (*short_interval(columns, ask), *legend)
    return Body(ask.say("table_variable"), columns, tuple(lines), told, left=left)


def _counted(ask: Ask) -> tuple[tuple[str, str], ...]:
    return (("n", ask.say("table_count")), ("share", ask.say("table_share")))


def _block(rows: Sequence[Est], ask: Ask, shown: list[Est]) -> list[Row]:
    """One row per category, then the test of all; what is shown is noted."""
    lines = []
    for term in distinct(r.term for r in rows if r.estimand in TIMES):
        own = {r.estimand: r for r in rows if r.term == term}
        cells = [
            count_cell(own[when], ask.format("share", own[when].outcome), PATTERNS["both"])
            if when in own
            else Cell()
            for when in TIMES
        ]
        change = own.get(CHANGE)
        cells += (
            [value_cell(change, ask), interval_cell(change, ask), p_cell(change, ask)]
            if change is not None
            else [Cell()] * 3
        )
        any_of = next(iter(own.values()))
        lines.append(
            Row(ask.category(any_of.outcome, term), (*cells, number_cell("base", any_of.n)), indent=1)
        )
        shown += [own[name] for name in (*TIMES, CHANGE) if name in own]
    for test in (r for r in rows if r.term in TESTS):
        cells = [Cell()] * 4
        label = ask.term(test.outcome, test.term, test.scale)
        lines.append(Row(label, (*cells, p_cell(test, ask), number_cell("base", test.n)), indent=1))
        shown.append(test)
    return lines
