"""XLSX: numbers stay numbers with a format, words never run as formulas, one sheet per table."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipseval.core.errors import ReportError
from ipseval.core.language import say
from ipseval.reporting.atomic import stable_package, write_bytes
from ipseval.reporting.display import Row, Table
from ipseval.reporting.formats import Format, excel_code
from ipseval.reporting.grid import SheetColumn, Typed, sheet_columns, typed
from ipseval.reporting.under_lines import banner_line, note_line, printable

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LOCALE = {"da": "da-DK", "en": "en-GB"}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST = 31
_WIDEST = 60


def write_workbook(
    tables: Sequence[Table], path: str | Path, *, title: str = "", sheets: Mapping[str, str] | None = None
) -> None:
    """Write tables to one workbook, a sheet each, with a sheet of contents first when there are several.

    Parameters
    ----------
    tables
        At least one; the first one's language is the workbook's.
    path
        The .xlsx file, written whole or not at all.
    title
        Title in the file's properties.
    sheets
        A table's id -> the name of its sheet; otherwise the label, title or id names it.

    Raises
    ------
    ReportError
        No tables, or a folder that cannot be written.

    Notes
    -----
    Shares are numbers from 0 to 1 with a percent format; p-values below 0.001 keep their full value and
    show as "<0,001".  Missing data: a cell without a number is empty, a refused one holds "–".
    """
    from openpyxl import Workbook

    if not tables:
        raise ReportError("write_workbook: there are no tables to write; give at least one.")
    lang = tables[0].lang
    book = Workbook()
    first = book.active
    if first is not None:
        book.remove(first)
    names = sheet_names(tables, sheets or {}, lang)
    if len(tables) > 1:
        _contents(book, tables, names, lang)
    for table, name in zip(tables, names, strict=True):
        fill_sheet(book.create_sheet(name), table)
    book.properties.language = LOCALE[lang]
    book.properties.title = printable(title or tables[0].caption)
    book.properties.creator = "ipseval"
    out = io.BytesIO()
    book.save(out)
    write_bytes(path, stable_package(out.getvalue()))


def sheet_names(tables: Sequence[Table], given: Mapping[str, str], lang: str) -> list[str]:
    """Make legal sheet names: at most 31 characters, none forbidden, none twice in any case."""
    taken = {say("table_contents", lang).casefold(), "history"}
    names = []
    for table in tables:
        wanted = given.get(table.id) or table.label or table.title or table.id
        plain = " ".join(_FORBIDDEN.sub(" ", wanted).split()).strip("' ") or "table"
        name, again = plain[:_LONGEST].rstrip("' "), 1
        while name.casefold() in taken:
            again += 1
            tail = f" ({again})"
            name = plain[: _LONGEST - len(tail)].rstrip() + tail
        taken.add(name.casefold())
        names.append(name)
    return names


def fill_sheet(sheet: Worksheet, table: Table) -> None:
    """Fill a worksheet: caption, banner, head (frozen), one typed cell per number, notes."""
    from openpyxl.styles import Font

    columns = sheet_columns(table)
    marked = any(row.mark for row in table.rows)
    first = 2 + marked
    line = 1
    for text in (table.caption, banner_line(table)):
        if text:
            _put(sheet, line, 1, text).font = Font(bold=True)
            line += 1
    heads = [table.stub, *([say("table_mark", table.lang)] if marked else []), *(c.head for c in columns)]
    _heads(sheet, line, heads)
    head_line = line
    sheet.freeze_panes = sheet.cell(line + 1, 2).coordinate
    sheet.print_title_rows = f"{line}:{line}"
    for row in table.rows:
        line += 1
        _row(sheet, line, table, row, columns, first)
    line += 1
    for note in table.notes:
        line += 1
        _put(sheet, line, 1, note_line(note, table.lang))
    _widths(sheet, head_line, table, len(heads))
    _page(sheet)


def _put(sheet: Worksheet, line: int, column: int, value: Typed, format: str = "") -> Cell:
    """Write one cell; words are always text, whatever they begin with."""
    from openpyxl.cell import Cell

    cell = sheet.cell(line, column)
    if not isinstance(cell, Cell):
        raise ReportError(
            f"the sheet {sheet.title!r} has merged cells where the table goes; give an empty one."
        )
    if isinstance(value, str):
        text = printable(value)
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(("=", "+", "-", "@"))
    else:
        cell.value = value
    if format:
        cell.number_format = format
    return cell


def _heads(sheet: Worksheet, line: int, heads: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    for column, text in enumerate(heads, start=1):
        cell = _put(sheet, line, column, text)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(
            wrap_text=True, vertical="bottom", horizontal="right" if column > 1 else "left"
        )
        cell.border = Border(bottom=Side(style="thin"))


def _row(
    sheet: Worksheet, line: int, table: Table, row: Row, columns: Sequence[SheetColumn], first: int
) -> None:
    from openpyxl.styles import Alignment, Font

    label = _put(sheet, line, 1, row.label)
    label.alignment = Alignment(indent=row.indent, wrap_text=True, vertical="top")
    if row.section:
        label.font = Font(bold=True)
        return
    if first == 3:
        _put(sheet, line, 2, row.mark or None)
    for place, column in enumerate(columns, start=first):
        value, format = typed(table, row, column)
        cell = _put(sheet, line, place, value, _code(format, table.lang))
        cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))


def _code(format: Format | None, lang: str) -> str:
    return excel_code(format, lang) if format else ""


def _widths(sheet: Worksheet, head_line: int, table: Table, count: int) -> None:
    from openpyxl.utils import get_column_letter

    longest = max((len(part) for row in table.rows for part in row.label.split("\n")), default=10)
    sheet.column_dimensions["A"].width = min(max(longest + 4, 14), _WIDEST)
    for column in range(2, count + 1):
        values = [
            sheet.cell(line, column).value for line in range(head_line + 1, head_line + 1 + len(table.rows))
        ]
        words = [len(v) for v in values if isinstance(v, str)]
        width = min(max(words, default=0) + 2, 45)
        sheet.column_dimensions[get_column_letter(column)].width = max(width, 14)


def _page(sheet: Worksheet) -> None:
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _contents(book: Workbook, tables: Sequence[Table], names: Sequence[str], lang: str) -> None:
    """A sheet that lists the tables with links, and every banner."""
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    sheet = book.create_sheet(say("table_contents", lang))
    line = 1
    for banner in dict.fromkeys(banner_line(table) for table in tables if table.banner):
        _put(sheet, line, 1, banner).font = Font(bold=True)
        line += 1
    _heads(sheet, line, [say("table_word", lang), say("table_title", lang), say("table_sheet", lang)])
    sheet.freeze_panes = sheet.cell(line + 1, 1).coordinate
    for table, name in zip(tables, names, strict=True):
        line += 1
        _put(sheet, line, 1, table.label or table.id)
        _put(sheet, line, 2, table.title)
        cell = _put(sheet, line, 3, name)
        quoted = name.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1", display=name)
        cell.font = Font(color="0B4F8A", underline="single")
    for letter, width in (("A", 14), ("B", _WIDEST), ("C", 24)):
        sheet.column_dimensions[letter].width = width
