"""Odds ratios: as table 9 of the IPS UNG report prints them, and in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ipseval.core.result import Result
from ipseval.reporting.display import Cell, Column, Number, Row, TableNote
from ipseval.reporting.formats import Format, show
from ipseval.reporting.layouts.ask import Ask, Body
from ipseval.reporting.layouts.estimates import has_p, interval_column, short_interval
from ipseval.reporting.layouts.parts import (
    Est,
    check_apart,
    distinct,
    flag,
    interval_cell,
    number_cell,
    p_cell,
    value_cell,
)

CONSTANT = ("Intercept", "(Intercept)", "const", "_cons")
ALPHA = 0.05
SCALES = ("odds_ratio", "test")
JOINT = "test"
"""Scale of the row that tests all levels of a factor at once; it has a p and no odds ratio."""


def stars(p: float | None) -> str:
    """Stars of a row's own p."""
    if p is None:
        return ""
    return "*" * sum(p < limit for limit in (0.05, 0.01, 0.001))


def odds(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Print variable, odds ratio or "n.s.", interval; every number stands in XLSX and CSV."""
    kept, legend = _shown(results, rows, ask)
    contrasts = distinct(r.contrast for r in kept)
    legend += [
        TableNote("legend", ask.say("table_stars")),
        TableNote("legend", ask.say("table_ns_words", alpha=show(ALPHA, Format("number", 2), ask.lang))),
    ]
    columns: list[Column] = []
    for contrast in contrasts:
        group = ask.contrast(contrast) if len(contrasts) > 1 else ""
        inside = [r for r in kept if r.contrast == contrast]
        columns += [
            _estimate_column(ask, group),
            interval_column(inside, ask, group),
            *_rest(ask, group, hidden=True),
        ]
    lines = []
    for line in _by_term(kept).values():
        cells: list[Cell] = []
        for contrast in contrasts:
            cells += _printed(line.get(contrast), ask)
        mark = stars(line[contrasts[0]].p_value) if len(contrasts) == 1 else ""
        lines.append(Row(_label(line, ask), tuple(cells), mark=mark))
    return Body(
        ask.say("table_variable"), tuple(columns), tuple(lines), (*legend, *short_interval(columns, ask))
    )


def odds_full(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> Body:
    """Odds ratio, interval, p, n and events, with one set of columns per kind of model."""
    kept, legend = _shown(results, rows, ask)
    contrasts = distinct(r.contrast for r in kept)
    columns: list[Column] = []
    for contrast in contrasts:
        group = ask.contrast(contrast) if len(contrasts) > 1 else ""
        inside = [r for r in kept if r.contrast == contrast]
        columns += [_estimate_column(ask, group), interval_column(inside, ask, group), *_rest(ask, group)]
    lines = []
    for line in _by_term(kept).values():
        cells = []
        for contrast in contrasts:
            cells += _full(line.get(contrast), ask)
        lines.append(Row(_label(line, ask), tuple(cells)))
    if has_p(kept) and any(stars(r.p_value) for r in kept):
        legend.append(TableNote("legend", ask.say("table_stars")))
    return Body(
        ask.say("table_variable"), tuple(columns), tuple(lines), (*legend, *short_interval(columns, ask))
    )


def _shown(results: Sequence[Result], rows: Sequence[Est], ask: Ask) -> tuple[list[Est], list[TableNote]]:
    """Return the rows to show, levels with their own persons, and the lines that say what they are."""
    kept, legend = _without_constant(rows, ask)
    if distinct(r.contrast for r in kept) == ["univariable"]:
        legend.append(TableNote("legend", ask.say("table_each_by_itself")))
    levels = [_of_level(row, results[row.part]) for row in kept]
    if levels != kept:
        legend.append(TableNote("legend", ask.say("table_by_level")))
    return levels, legend


def _of_level(row: Est, result: Result) -> Est:
    """Give the row of a level the persons and events of that level, where the result counts them."""
    support = result.extras.get("support")
    if row.refused or support is None or not {"contrast", "row", "level", "n", "n_events"} <= set(support):
        return row
    here = (support["row"] == row.term) & (support["contrast"] == row.contrast) & (support["level"] != "")
    if int(here.sum()) != 1:
        return row
    counted = support.loc[here].iloc[0]
    return replace(row, n=int(counted["n"]), n_events=int(counted["n_events"]))


def _without_constant(rows: Sequence[Est], ask: Ask) -> tuple[list[Est], list[TableNote]]:
    ratios = [r for r in rows if r.scale in SCALES]
    check_apart(ratios, "odds")
    kept = [r for r in ratios if r.term not in CONSTANT]
    told = [TableNote("legend", ask.say("table_constant_hidden"))] if len(kept) < len(ratios) else []
    return kept, told


def _by_term(rows: Sequence[Est]) -> dict[tuple[int, str, str, str], dict[str, Est]]:
    """One line per term; results that are stacked stay apart."""
    out: dict[tuple[int, str, str, str], dict[str, Est]] = {}
    for r in rows:
        out.setdefault((r.part, r.outcome, r.group, r.term), {})[r.contrast] = r
    return out


def _label(line: dict[str, Est], ask: Ask) -> str:
    row = next(iter(line.values()))
    words = ask.term("", row.term, row.scale)
    if row.scale == JOINT:
        words = ask.say("table_joint", term=words)
    return words + (f", {ask.group(row.group)}" if row.group else "")


def _estimate_column(ask: Ask, group: str) -> Column:
    head = ask.scale("odds_ratio")
    return Column(head, (("estimate", head),), group)


def _rest(ask: Ask, group: str, hidden: bool = False) -> list[Column]:
    """Heads of p, n and events; as the report prints it only n is seen, since models differ in it."""
    heads = (("p", "table_p"), ("n", "table_n"), ("events", "table_events"))
    return [
        Column(ask.say(code), ((key, ask.say(code)),), group, hidden and key != "n") for key, code in heads
    ]


def _full(row: Est | None, ask: Ask) -> list[Cell]:
    if row is None:
        return [Cell()] * 5
    estimate = value_cell(row, ask)
    if _is_reference(row):
        estimate = replace(estimate, after=f" ({ask.say('table_reference')})")
    elif not row.refused and row.scale != JOINT:
        estimate = replace(estimate, after=stars(row.p_value) + flag(row))
    return [
        estimate,
        interval_cell(row, ask),
        p_cell(row, ask),
        number_cell("n", row.n),
        number_cell("events", row.n_events),
    ]


def _is_reference(row: Est) -> bool:
    """Whether a row is the level that the others are compared with: exactly 1, with nothing to test."""
    return not row.refused and row.estimate == 1 and row.p_value is None and row.ci_low is None


def _printed(row: Est | None, ask: Ask) -> list[Cell]:
    """As `_full`, but an odds ratio whose own p is not below 0.05 shows as "n.s."."""
    cells = _full(row, ask)
    if row is None or row.refused or row.scale == JOINT or _is_reference(row):
        return cells
    number = Number("estimate", row.estimate, ask.format(row.scale, row.outcome))
    silent = row.p_value is not None and row.p_value >= ALPHA
    cells[0] = Cell((number,), text=ask.say("table_not_significant") if silent else "", after=flag(row))
    return cells
