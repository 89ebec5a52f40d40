"""Sets the ledger as tables: what the report printed beside ours, in words of the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ipseval.core.labels import Labels
from ipseval.core.language import say
from ipseval.reporting.display import Cell, Column, Number, Row, Table, TableNote
from ipseval.reporting.formats import NUMBER, P_VALUE, Format
from ipseval.study.ledger.ledger import Entry, OpenEntry, common_rules, counted
from ipseval.study.ledger.reasons import DIFFERS, OUTSIDE

QUANTITY_FORMAT = {"p": P_VALUE, "sd": NUMBER, "d_z": NUMBER, "odds_ratio": Format("ratio", 2)}
ORDER = ("ledger_same", "ledger_same_rounded", "ledger_differs", "ledger_open", "ledger_outside")


def ledger_tables(
    entries: Sequence[Entry], opened: Sequence[OpenEntry], labels: Labels, lang: str, banner: str
) -> tuple[Table, ...]:
    """Return the tables of the ledger: the sums, what differs, what is open, all numbers, what is outside."""
    differing = [e for e in entries if e.verdict.status == DIFFERS]
    inside = [e for e in entries if e.verdict.status != OUTSIDE]
    outside = [e for e in entries if e.verdict.status == OUTSIDE]
    return (
        _sums(entries, lang, banner),
        _compared("ledger_differing", differing, lang, banner),
        _left_open(opened, labels, lang, banner),
        _compared("ledger_all", inside, lang, banner),
        _told("ledger_told_table", outside, lang, banner),
    )


def _table(
    code: str, lang: str, banner: str, columns: Sequence[Column], rows: Sequence[Row], *notes: str
) -> Table:
    return Table(
        id=code,
        title=say(f"{code}_title", lang),
        lang=lang,
        columns=tuple(columns),
        rows=tuple(rows),
        stub=say("ledger_what", lang),
        notes=tuple(TableNote("note", note) for note in notes),
        banner=banner,
    )


def _sums(entries: Sequence[Entry], lang: str, banner: str) -> Table:
    counts = counted(list(entries))
    rows = tuple(Row(say(status, lang), (Cell((Number("n", counts.get(status, 0)),)),)) for status in ORDER)
    total = Row(say("ledger_total", lang), (Cell((Number("n", len(entries)),)),))
    columns = (Column(say("ledger_numbers", lang), (("n", "n"),)),)
    return _table(
        "ledger_sums",
        lang,
        banner,
        columns,
        (*rows, total),
        say("ledger_sums_note", lang),
        _rules(entries, lang),
    )


def _rules(entries: Sequence[Entry], lang: str) -> str:
    rules = sorted(common_rules(list(entries)))
    return say("ledger_rules" if rules else "ledger_no_rule", lang, rules=", ".join(rules))


def _compared(code: str, entries: Sequence[Entry], lang: str, banner: str) -> Table:
    columns = (
        Column(say("ledger_quantity", lang), is_text=True),
        Column(say("ledger_place", lang), is_text=True),
        Column(say("ledger_printed", lang), (("printed", "printed"),)),
        Column(say("ledger_ours", lang), (("ours", "ours"),)),
        Column(say("ledger_difference", lang), (("difference", "difference"),)),
        Column(say("ledger_status", lang), is_text=True),
        Column(say("ledger_why", lang), is_text=True),
    )
    rows = tuple(_compared_row(entry, lang) for entry in entries)
    if not rows:
        rows = (Row(say("ledger_none", lang), tuple(Cell() for _ in columns)),)
    return _table(code, lang, banner, columns, rows)


def _compared_row(entry: Entry, lang: str) -> Row:
    format = Format("number", entry.decimals)
    ours = Cell((Number("ours", entry.ours.value, format),)) if entry.ours.value is not None else Cell()
    # A difference that rounds to nothing at the printed decimals is shown with one more.
    signed = Format("number", entry.decimals + 1, signed=True)
    off = entry.difference if entry.verdict.status == DIFFERS else None
    difference = Cell((Number("difference", off, signed),)) if off is not None else Cell()
    cells = (
        Cell(text=say(f"ledger_q_{entry.printed.quantity}", lang)),
        Cell(text=entry.printed.place),
        _printed_cell(entry.printed.text, format),
        ours,
        difference,
        Cell(text=say(entry.verdict.status, lang)),
        Cell(text=entry.verdict.text(lang)),
    )
    return Row(entry.printed.what, cells)


def _printed_cell(text: str, format: Format) -> Cell:
    try:
        return Cell((Number("printed", Fraction(text), format),))
    except ValueError:
        return Cell(text=text)


def _told(code: str, entries: Sequence[Entry], lang: str, banner: str) -> Table:
    columns = (
        Column(say("ledger_place", lang), is_text=True),
        Column(say("ledger_printed", lang), is_text=True),
        Column(say("ledger_why", lang), is_text=True),
    )
    rows = tuple(
        Row(
            e.printed.what,
            (Cell(text=e.printed.place), Cell(text=e.printed.text), Cell(text=e.verdict.text(lang))),
        )
        for e in entries
    )
    return _table(code, lang, banner, columns, rows)


def _left_open(opened: Sequence[OpenEntry], labels: Labels, lang: str, banner: str) -> Table:
    columns = (
        Column(say("ledger_quantity", lang), is_text=True),
        Column(say("ledger_lowest", lang), (("low", "low"),)),
        Column(say("ledger_highest", lang), (("high", "high"),)),
        Column(say("ledger_invented" if banner else "ledger_ours", lang), (("own", "own"),)),
    )
    rows = []
    for entry in opened:
        format = QUANTITY_FORMAT[entry.quantity]
        bounds = tuple(Cell((Number(f, v, format),)) for f, v in (("low", entry.low), ("high", entry.high)))
        own = Cell((Number("own", entry.own, format),)) if entry.own is not None else Cell()
        name = Cell(text=say(f"ledger_{entry.quantity}", lang))
        rows.append(Row(labels.name(entry.outcome, lang), (name, *bounds, own)))
    return _table("ledger_left_open", lang, banner, columns, rows, say("ledger_open_note", lang))
