"""One row per number (and group), its mean, standard deviation and quantiles side by side."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Row
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.parts import Est, check_apart, distinct, number_cell, value_cell

SCALES = ("mean", "sd", "minimum", "quantile", "maximum")


def statistics(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out the statistics of numbers; categories have no place here and are left to `counts`."""
    numbers = [r for r in rows if r.scale in SCALES]
    check_apart(numbers, "statistics")
    terms = distinct(r.term for r in numbers)
    keys = list(dict.fromkeys((r.outcome, r.group) for r in numbers))
    grouped = len({group for _, group in keys}) > 1
    n_head = ask.say("table_n")
    columns = (
        *(Column(ask.term("", term), (("estimate", ask.say("table_value")),)) for term in terms),
        Column(n_head, (("n", n_head),)),
    )
    lines = []
    for outcome, group in keys:
        inside = {r.term: r for r in numbers if (r.outcome, r.group) == (outcome, group)}
        cells = [value_cell(inside[t], ask) if t in inside else Cell() for t in terms]
        n = next(iter(inside.values())).n
        label = ask.name(outcome) + (f", {ask.group(group)}" if grouped else "")
        lines.append(Row(label, (*cells, number_cell("n", n))))
    return Body(ask.say("table_measure"), columns, tuple(lines))
