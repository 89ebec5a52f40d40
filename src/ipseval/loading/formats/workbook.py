"""Reads sheets of an Excel workbook into rows and cells."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReadError
from ipseval.loading.formats.columns import blank
from ipseval.loading.formats.content import cannot_open
from ipseval.loading.formats.raw import Cells
from ipseval.loading.formats.text import table
from ipseval.loading.survey import Problem

Row = tuple[object, ...]


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook as rows, blank rows at the end left out, and the workbook's own notes."""

    file: str
    sheets: Mapping[str, list[Row]] = field(default_factory=dict)
    note: str = ""
    uncomputed: Mapping[str, int] = field(default_factory=dict)


def read_book(path: Path) -> Book:
    """Read every sheet of a workbook; formulas give the value that was last computed."""
    try:
        with path.open("rb") as handle, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl's, on styles that are not read here
            return _book(path.name, handle)
    except OSError as problem:
        raise cannot_open(path, problem) from None
    except Exception:  # damage inside makes zip, XML and openpyxl stumble in many ways
        raise ReadError(
            f"{path.name} is an Excel workbook that is cut off or damaged inside; open it in Excel or "
            "LibreOffice and save it, or export it again."
        ) from None


def _book(file: str, handle: BinaryIO) -> Book:
    from openpyxl import load_workbook

    book = load_workbook(handle, read_only=True, data_only=True)
    sheets = {}
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some exporters write a wrong size, which would cut the sheet
        sheets[sheet.title] = _rows(sheet.iter_rows(values_only=True))
    said = book.properties
    note = "; ".join(t.strip() for t in (said.title, said.subject, said.description) if t and t.strip())
    book.close()
    return Book(file, sheets, note, _uncomputed(handle) if _has_formulas(handle) else {})


def _rows(rows: Iterable[Iterable[object]]) -> list[Row]:
    kept = [tuple(row) for row in rows]
    while kept and all(blank(v) for v in kept[-1]):
        kept.pop()
    width = max((len(row) for row in kept), default=0)
    return [row + (None,) * (width - len(row)) for row in kept]


def _has_formulas(handle: BinaryIO) -> bool:
    """Look into the sheets' XML, so that a workbook without formulas is read once only."""
    with zipfile.ZipFile(handle) as archive:
        names = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        return any(re.search(rb"<f[ />]", archive.read(n)) is not None for n in names)


def _uncomputed(handle: BinaryIO) -> dict[str, int]:
    """Count, per sheet, the formulas that no program has computed: they read as blanks."""
    from openpyxl import load_workbook

    values = load_workbook(handle, data_only=True)
    formulas = load_workbook(handle)
    return {
        sheet.title: sum(
            cell.data_type == "f" and values[sheet.title][cell.coordinate].value is None
            for row in sheet.iter_rows()
            for cell in row
        )
        for sheet in formulas.worksheets
    }


def sheet_cells(book: Book, sheet: str | None) -> Cells:
    """Take one sheet as a table: the one asked for, or the first that holds anything."""
    filled = [name for name, rows in book.sheets.items() if rows]
    if sheet is not None and sheet not in book.sheets:
        raise ReadError(f"sheet={sheet!r} is not in {book.file}: {hint_for(sheet, book.sheets)}")
    if not filled or (sheet is not None and sheet not in filled):
        which = f"the sheet {sheet!r}" if sheet is not None else "every sheet"
        raise ReadError(f"{book.file}: {which} is empty; export the workbook again, or name another sheet=.")
    name = sheet or filled[0]
    rows = book.sheets[name]
    if len(rows) < 2:
        raise ReadError(f"{book.file}: the sheet {name!r} holds column names only, not one row of answers.")
    cells = table(rows, book.file)
    told = _told(book.file, name, filled, sheet) + uncomputed(book, [name])
    return replace(cells, note=book.note, problems=told + cells.problems)


def uncomputed(book: Book, names: Sequence[str]) -> tuple[Problem, ...]:
    """Tell of formulas without a value in the sheets that were read."""
    n = sum(book.uncomputed.get(name, 0) for name in names)
    if not n:
        return ()
    message = (
        f"{book.file}: {n} cell(s) hold a formula that was never computed, so they read as blank; open the "
        "workbook in Excel or LibreOffice and save it."
    )
    return (Problem("warning", "", "uncomputed_formula", n, message),)


def _told(file: str, name: str, filled: list[str], asked: str | None) -> tuple[Problem, ...]:
    others = [other for other in filled if other != name]
    if asked is not None or not others:
        return ()
    message = (
        f"{file} has {len(filled)} sheets that hold something; {name!r} was read, the first of them; "
        f"give sheet= for another ({', '.join(map(repr, others[:4]))})."
    )
    return (Problem("warning", "", "sheets_left", len(others), message),)
