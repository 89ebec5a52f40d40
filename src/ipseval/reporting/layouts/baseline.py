"""What two arms were like before: "n (pct)" or "mean (SD)" by arm, and standardised differences beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Row
from ipseval.reporting.layouts.ask import Ask, Body, level_of
from ipseval.reporting.layouts.compare import FIELDS, SPREAD, shares_of, spread_of
from ipseval.reporting.layouts.parts import Est, check_apart, distinct, value_cell


def baseline(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Lay out a description by arm beside the balance of a design: one column of differences per stage.

    A difference of a level stands at its level, one of a number at its mean or, where its values are counted,
    at its name.
    """
    check_apart(rows, "baseline")
    said = [r for r in rows if r.scale in ("share", *SPREAD)]
    apart = [r for r in rows if r.scale == "standardised"]
    groups, stages = distinct(r.group for r in said), distinct(r.group for r in apart)
    fields = tuple((field, ask.say(code)) for field, code in FIELDS)
    smd = ask.say("table_smd")
    columns = (
        *(Column(ask.group(group), fields) for group in groups),
        *(Column(ask.say(f"table_smd_{stage}"), (("smd", smd),)) for stage in stages),
    )
    gaps = {(*level_of(r.term), r.group): r for r in apart}
    lines: list[Row] = []
    for outcome in distinct(r.outcome for r in said):
        mine = [r for r in said if r.outcome == outcome]
        gap = {level: _gaps(gaps, (outcome, level), stages, ask) for level in ("", *{r.term for r in mine})}
        terms = distinct(r.term for r in mine if r.scale == "share")
        if terms:
            lines.append(Row(ask.name(outcome), (*(Cell() for _ in groups), *gap[""])))
        for term in terms:
            cells = shares_of(outcome, term, mine, groups, ask)
            lines.append(Row(ask.category(outcome, term), (*cells, *gap[term]), indent=1))
        if any(r.scale in SPREAD for r in mine):
            cells = [spread_of([r for r in mine if r.group == g and r.scale in SPREAD], ask) for g in groups]
            left = [Cell() for _ in stages] if terms else gap[""]
            lines.append(Row(ask.say("table_mean_sd", name=ask.name(outcome)), (*cells, *left)))
    return Body(ask.say("table_variable"), columns, tuple(lines))


def _gaps(
    gaps: Mapping[tuple[str, str, str], Est], place: tuple[str, str], stages: Sequence[str], ask: Ask
) -> list[Cell]:
    found = [gaps.get((*place, stage)) for stage in stages]
    return [Cell() if row is None else value_cell(row, ask, "smd") for row in found]
