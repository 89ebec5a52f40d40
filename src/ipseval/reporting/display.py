"""The one display object: a table with its numbers, their formats and everything that stands under it.

A `Table` keeps full numbers beside how they are shown.  Every rendering is made from it alone, so none
can lose the banner or a note.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.language import say
from ipseval.reporting.formats import COUNT, Format, Value, check_lang, is_missing, show

ID_PATTERN = r"[a-z][a-z0-9_-]*"
"""What may name a table or a figure: it stands in files' names, HTML ids and bookmarks."""

NoteKind = Literal["legend", "base", "missing", "method", "note"]
NOTE_ORDER: tuple[NoteKind, ...] = ("legend", "base", "missing", "method", "note")


@dataclass(frozen=True)
class Number:
    """One number in a cell: which field of its column it is, its full value, and its format."""

    field: str
    value: Value
    format: Format = COUNT


@dataclass(frozen=True)
class Cell:
    """What stands in one cell.

    `pattern` merges the numbers into one text, such as "{n} ({share})".  `text` is shown instead of the
    numbers where it is given ("n.s.", "–"): they are still there for spreadsheets.  `after` follows.
    """

    numbers: tuple[Number, ...] = ()
    pattern: str = ""
    text: str = ""
    after: str = ""

    def shown(self, lang: str) -> str:
        """Write the cell as the reader sees it."""
        if self.text or not self.numbers:
            return self.text + (self.after if self.text else "")
        if all(is_missing(n.value) for n in self.numbers):
            return show(None, COUNT, lang)
        words = {n.field: show(n.value, n.format, lang) for n in self.numbers}
        pattern = self.pattern or "{" + self.numbers[0].field + "}"
        return pattern.format_map(words) + self.after


@dataclass(frozen=True)
class Column:
    """One column of numbers or text: its head, and the head of each number merged in it.

    `group` is a head over several columns.  A column with `data_only` stands in XLSX and CSV only.
    """

    head: str
    fields: tuple[tuple[str, str], ...] = ()
    group: str = ""
    data_only: bool = False
    is_text: bool = False


@dataclass(frozen=True)
class Row:
    """One row: its label, its cells (one per column), or a section head without cells.

    `mark` follows the label ("**"); `indent` is a level under the section.
    """

    label: str
    cells: tuple[Cell, ...] = ()
    section: bool = False
    indent: int = 0
    mark: str = ""


@dataclass(frozen=True)
class TableNote:
    """A line under the table: what kind of line it is, and its words.

    A line with `data_only` speaks of what stands in XLSX and CSV only, and so does it.
    """

    kind: NoteKind
    text: str
    data_only: bool = False


@dataclass(frozen=True)
class Table:
    """A table to show and export; read, never changed.

    Attributes
    ----------
    id
        Stable name, used in HTML ids and Word bookmarks.
    label, title
        "Tabel 1" and what the table is about.
    lang
        "da" or "en".
    stub
        Head of the column of row labels.
    columns, rows
        See the classes.
    notes
        Lines under the table, in the order legend, base, missing, method, notes.
    banner
        What every reader must see in every rendering, such as that the persons are invented.
    summary
        One sentence for readers who cannot see the table; made from its shape when empty.
    how
        How what it shows was estimated, a sentence a method, for a page that gathers them.
    """

    id: str
    title: str
    lang: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    label: str = ""
    stub: str = ""
    notes: tuple[TableNote, ...] = ()
    banner: str = ""
    summary: str = ""
    source: tuple[tuple[str, str], ...] = field(default=())
    how: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold the shape that every writer relies on."""
        check_lang(self.lang)
        if not re.fullmatch(ID_PATTERN, self.id):
            raise ReportError(f"id={self.id!r} cannot name a table: use a-z, 0-9, _ and -, a letter first.")
        for position, row in enumerate(self.rows):
            if not row.section and len(row.cells) != len(self.columns):
                raise ReportError(
                    f"row {position} of table {self.id!r} has {len(row.cells)} cells: "
                    f"expected one for each of the {len(self.columns)} columns."
                )
        for note in self.notes:
            require_option(note.kind, NOTE_ORDER, argument="kind", error=ReportError)
        ordered = sorted(self.notes, key=lambda note: NOTE_ORDER.index(note.kind))
        object.__setattr__(self, "notes", tuple(dict.fromkeys(ordered)))

    @property
    def caption(self) -> str:
        """The label and the title in one line."""
        return ": ".join(part for part in (self.label, self.title) if part)

    @property
    def page_notes(self) -> tuple[TableNote, ...]:
        """The lines under the table where a page shows it."""
        return tuple(note for note in self.notes if not note.data_only)

    @property
    def alt(self) -> str:
        """The summary, or one made from the table's shape."""
        if self.summary:
            return self.summary
        rows = sum(not row.section for row in self.rows)
        columns = sum(not column.data_only for column in self.columns)
        return say("table_summary", self.lang, title=self.title or self.id, rows=rows, columns=columns)

    def with_notes(self, *texts: str) -> Table:
        """Return this table with further lines under it."""
        return replace(self, notes=(*self.notes, *(TableNote("note", text) for text in texts)))

    def to_html(self) -> str:
        """Return the table as HTML: a caption, scoped heads, the language, the notes; no outside request."""
        from ipseval.reporting.write_html import table_html

        return table_html(self)

    def to_docx(self, target: Any) -> None:
        """Write a Word file, or add the table to a python-docx document that is given."""
        from ipseval.reporting.write_docx import add_table, write_document

        if isinstance(target, str | Path):
            write_document([self], target, title=self.caption or self.id, lang=self.lang)
        else:
            add_table(target, self)

    def to_xlsx(self, target: Any) -> None:
        """Write a workbook with this one table, or fill an openpyxl worksheet that is given."""
        from ipseval.reporting.write_xlsx import fill_sheet, write_workbook

        if isinstance(target, str | Path):
            write_workbook([self], target)
        else:
            fill_sheet(target, self)

    def to_latex(self) -> str:
        """Return LaTeX for the packages booktabs and array."""
        from ipseval.reporting.write_latex import table_latex

        return table_latex(self)

    def to_markdown(self) -> str:
        """Return a pipe table with its caption and notes."""
        from ipseval.reporting.write_markdown import table_markdown

        return table_markdown(self)

    def to_csv(self, path: str | Path) -> None:
        """Write full numbers, one per column, with the banner in every row and the notes after the rows."""
        from ipseval.reporting.write_csv import write_csv

        write_csv(self, path)

    def __repr__(self) -> str:
        """Say what it is in one line, without an address."""
        rows = sum(not row.section for row in self.rows)
        return f"<Table {self.id}: {rows} rows, {len(self.columns)} columns>"

    def _repr_html_(self) -> str:
        from ipseval.reporting.write_html import TABLE_CSS

        return f"<style>{TABLE_CSS}</style>{self.to_html()}"


def table_id(*candidates: str) -> str:
    """Make a stable id from the first text that gives one."""
    for text in candidates:
        folded = text.casefold().replace("æ", "ae").replace("ø", "oe").replace("å", "aa")
        plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
        if slug:
            return slug if slug[0].isalpha() else f"t_{slug}"
    return "table"


def unique_ids(tables: Iterable[Table]) -> list[Table]:
    """Give tables that share an id a running number, so that no rendering mixes them up."""
    seen: dict[str, int] = {}
    out = []
    for table in tables:
        seen[table.id] = seen.get(table.id, 0) + 1
        again = seen[table.id]
        out.append(table if again == 1 else replace(table, id=f"{table.id}_{again}"))
    return out
