"""A table laid out in cells: as shown (HTML, Word, LaTeX, Markdown) and as typed values (XLSX, CSV)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ipseval.core.language import say
from ipseval.reporting.display import Cell, Column, Number, Row, Table
from ipseval.reporting.formats import NOTHING, Format, is_missing

Typed = str | int | float | None


@dataclass(frozen=True)
class Head:
    """One head cell over `span` columns."""

    text: str
    span: int = 1


def visible(table: Table) -> tuple[int, ...]:
    """Positions of the columns that a reader sees."""
    return tuple(i for i, column in enumerate(table.columns) if not column.data_only)


def group_heads(table: Table) -> tuple[Head, ...]:
    """Heads over several columns, in order; empty when no column has one."""
    heads: list[Head] = []
    for position in visible(table):
        text = table.columns[position].group
        if heads and text and heads[-1].text == text:
            heads[-1] = Head(text, heads[-1].span + 1)
        else:
            heads.append(Head(text))
    return tuple(heads) if any(head.text for head in heads) else ()


def row_label(row: Row) -> str:
    """The label with its mark."""
    return row.label + row.mark


def shown_cells(table: Table, row: Row) -> list[str]:
    """The cells of one row as a reader sees them, without the label."""
    return [row.cells[i].shown(table.lang) for i in visible(table)]


def flat_head(column: Column, field_head: str = "") -> str:
    """One line of head for renderings that cannot span columns."""
    parts = [part for part in (column.group, column.head, field_head) if part]
    return " – ".join(dict.fromkeys(parts))


@dataclass(frozen=True)
class SheetColumn:
    """One typed column: whose column it is, which of its numbers (or "" for words), and its head."""

    position: int
    field: str
    head: str
    first: bool = False


def sheet_columns(table: Table) -> list[SheetColumn]:
    """Every number in a column of its own; words where a cell shows something else than its numbers."""
    out: list[SheetColumn] = []
    for position, column in enumerate(table.columns):
        cells = [row.cells[position] for row in table.rows if not row.section]
        fields = _fields(column, cells)
        for key, head in fields:
            head = flat_head(column, head if len(fields) > 1 else "")
            out.append(SheetColumn(position, key, head, first=key == fields[0][0]))
        if not fields:
            out.append(SheetColumn(position, "", flat_head(column)))
        elif any(_says_more(cell) for cell in cells):
            out.append(SheetColumn(position, "", flat_head(column, say("table_as_shown", table.lang))))
    return _distinct(out)


def _fields(column: Column, cells: list[Cell]) -> list[tuple[str, str]]:
    heads = dict(column.fields)
    used = [n.field for cell in cells for n in cell.numbers]
    order = [*heads, *(name for name in used if name not in heads)]
    return [(key, heads.get(key, key)) for key in dict.fromkeys(order) if key in used]


def _says_more(cell: Cell) -> bool:
    """Whether a reader sees something else than the cell's numbers; a dash for none is not."""
    return bool(cell.after or (cell.text and cell.text != NOTHING))


def _distinct(columns: list[SheetColumn]) -> list[SheetColumn]:
    seen: dict[str, int] = {}
    out = []
    for column in columns:
        seen[column.head] = seen.get(column.head, 0) + 1
        again = f" ({seen[column.head]})" if seen[column.head] > 1 else ""
        out.append(replace(column, head=column.head + again))
    return out


def typed(table: Table, row: Row, column: SheetColumn) -> tuple[Typed, Format | None]:
    """The value of one spreadsheet cell and its number format; words have none."""
    cell = row.cells[column.position]
    if not column.field:
        return (cell.shown(table.lang) if _says_more(cell) else "") or None, None
    found = [number for number in cell.numbers if number.field == column.field]
    value, format = _plain(found[0]) if found else (None, None)
    if value is None and cell.text == NOTHING and column.first:
        return NOTHING, None
    return value, format


def _plain(number: Number) -> tuple[Typed, Format | None]:
    value = number.value
    if value is None or is_missing(value):
        return None, None
    if math.isinf(value):
        return ("∞" if value > 0 else "−∞"), None
    whole = number.format.kind in ("count", "plain") and float(value).is_integer()
    return (int(value) if whole else float(value)), number.format
