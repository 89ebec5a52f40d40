"""CSV: full numbers, one per column; banner in every row, notes as rows of their own after the data.

The marks are those of a spreadsheet in the table's language: semicolon and decimal comma in Danish.
Text that a spreadsheet would run as a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ipseval.core.language import say
from ipseval.reporting.atomic import write_text
from ipseval.reporting.display import Table
from ipseval.reporting.grid import Typed, sheet_columns, typed
from ipseval.reporting.under_lines import note_line, printable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_csv(table: Table) -> str:
    """Write the lines: head, data rows (with section and label), then the notes."""
    lang = table.lang
    columns = sheet_columns(table)
    marked = any(row.mark for row in table.rows)
    head = [say("table_row_kind", lang), say("table_section", lang), table.stub or say("table_label", lang)]
    head += [say("table_mark", lang)] if marked else []
    head += [column.head for column in columns]
    head += [say("table_banner", lang)] if table.banner else []
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if lang == "da" else ",", lineterminator="\r\n")
    writer.writerow([_safe(text) for text in head])
    section = ""
    for row in table.rows:
        if row.section:
            section = row.label
            continue
        cells: list[Typed] = [say("table_row_data", lang), section, row.label]
        cells += [row.mark] if marked else []
        cells += [typed(table, row, column)[0] for column in columns]
        writer.writerow([_written(c, lang) for c in (*cells, *([table.banner] if table.banner else []))])
    width = len(head)
    for line in _under(table):
        last = [_safe(table.banner)] if table.banner else []
        cells = [say("table_note_note", lang), "", _safe(line)]
        writer.writerow([*cells, *[""] * (width - 3 - len(last)), *last])
    return out.getvalue()


def _under(table: Table) -> list[str]:
    """The caption first: a file of its own must say what it is."""
    caption = [table.caption] if table.caption else []
    return caption + [note_line(note, table.lang) for note in table.notes]


def write_csv(table: Table, path: str | Path) -> None:
    """Write the file as UTF-8 with a byte order mark, so that spreadsheets read æøå."""
    write_text(path, "\ufeff" + table_csv(table))


def _written(value: Typed, lang: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    text = repr(value)
    return text.replace(".", ",") if lang == "da" else text


def _safe(text: str) -> str:
    text = printable(text)
    return "'" + text if text.startswith(_FORMULA) else text
