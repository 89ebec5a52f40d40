"""The way from everyone in the data to those analysed: one row per step, one column per group."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Column, Row
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.parts import Est, distinct, number_cell


def flow(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out `sample`, step by step."""
    steps = [
        (part, str(step), str(group), int(n))
        for part, result in enumerate(results)
        for step, group, n in result.sample.itertuples(index=False, name=None)
    ]
    groups = distinct(group for _, _, group, _ in steps)
    counts = {(part, step, group): n for part, step, group, n in steps}
    fields = (("n", ask.say("table_persons")),)
    columns = tuple(
        Column(ask.group(g) if len(groups) > 1 else ask.say("table_persons"), fields) for g in groups
    )
    lines = [
        Row(ask.name(step), tuple(number_cell("n", counts.get((part, step, g))) for g in groups))
        for part, step in dict.fromkeys((part, step) for part, step, _, _ in steps)
    ]
    return Body(ask.say("table_step"), columns, tuple(lines))
