"""Movements between categories: rows before, columns after, persons in the cells."""

from __future__ import annotations

from collections.abc import Sequence

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.core.labels import code_text
from ipseval.core.result import Result
from ipseval.reporting.display import Column, Row
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.parts import Est, distinct, number_cell

HOLDERS = ("transition", "cells")
"""Names of the extra that counts pairs: columns before, after, n, and outcome where there are several."""

Counts = dict[tuple[str, str, str], int]


def matrix(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out the counted pairs of `extras["transition"]` (before, after, n) with totals."""
    found = _cells(results, rows)
    befores = distinct(key[1] for key in found)
    afters = distinct(key[2] for key in found)
    outcomes = distinct(key[0] for key in found)
    owner = outcomes[0]
    fields = (("n", ask.say("table_persons")),)
    head = ask.say("table_after")
    columns = (
        *(Column(ask.category(owner, after), fields, head) for after in afters),
        Column(ask.say("table_total"), fields),
    )
    lines: list[Row] = []
    for outcome in outcomes:
        if len(outcomes) > 1:
            lines.append(Row(ask.name(outcome), section=True))
        inside = {key[1:]: n for key, n in found.items() if key[0] == outcome}
        lines += _lines(outcome, inside, befores, afters, ask, indent=int(len(outcomes) > 1))
    return Body(ask.say("table_before_by_after"), columns, tuple(lines))


def _lines(
    outcome: str,
    found: dict[tuple[str, str], int],
    befores: Sequence[str],
    afters: Sequence[str],
    ask: Ask,
    indent: int,
) -> list[Row]:
    lines = []
    for before in befores:
        counts = [found.get((before, after), 0) for after in afters]
        cells = tuple(number_cell("n", n) for n in (*counts, sum(counts)))
        lines.append(Row(ask.category(outcome, before), cells, indent=indent))
    totals = [sum(found.get((before, after), 0) for before in befores) for after in afters]
    cells = tuple(number_cell("n", n) for n in (*totals, sum(totals)))
    return [*lines, Row(ask.say("table_total"), cells, indent=indent)]


def _cells(results: Sequence[Result], rows: Sequence[Est]) -> Counts:
    wanted = distinct(r.outcome for r in rows)
    found: Counts = {}
    for result in results:
        name = next((n for n in HOLDERS if n in result.extras), "")
        if not name:
            raise ReportError(
                f'layout="matrix" needs extras["transition"], which a {result.kind!r} result does not have: '
                + hint_for("transition", result.extras)
            )
        for record in result.extras[name].to_dict("records"):
            outcome = str(record.get("outcome", wanted[0] if wanted else ""))
            if outcome in wanted or not wanted:
                key = (outcome, code_text(record["before"]), code_text(record["after"]))
                found[key] = found.get(key, 0) + int(record["n"])
    if not found:
        raise ReportError('layout="matrix": the outcomes chosen by select= have no counted pairs.')
    return found
