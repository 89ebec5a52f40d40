"""Builds a real Word table from a `Table`, in a look of its own or in the look of a table it replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from docx.oxml.ns import qn

from ipseval.reporting.display import Row, Table
from ipseval.reporting.docx_xml import Element, new, run
from ipseval.reporting.grid import group_heads, row_label, shown_cells, visible

STYLE_ID = "IpsevalTable"
TEXT_ID = "IpsevalTableText"
NOTE_ID = "IpsevalTableNote"
_SHORT = 16
INDENT = 200  # twentieths of a point


@dataclass(frozen=True)
class CellLook:
    """Properties of a cell, its paragraph and its run; None leaves them to the table's style."""

    cell: Element | None = None
    paragraph: Element | None = None
    run: Element | None = None


@dataclass(frozen=True)
class Look:
    """How a table looks: its properties, and cells by (part, place).

    Part is "head", "body" or "last"; place is "first" for row labels and "rest" for the other columns.
    `own` is true for the house's look, which sets bold and alignment itself.
    """

    properties: Element
    cells: Mapping[tuple[str, str], CellLook] = field(default_factory=dict)
    rows: Mapping[str, Element] = field(default_factory=dict)
    own: bool = False


def own_look() -> Look:
    """The look of the house: rules above and below, no vertical lines."""
    properties = new("tblPr")
    properties.append(new("tblStyle", val=STYLE_ID))
    properties.append(new("tblW", w="5000", type="pct"))
    properties.append(new("tblLayout", type="fixed"))
    properties.append(
        new(
            "tblLook",
            val="04A0",
            firstRow="1",
            lastRow="0",
            firstColumn="1",
            lastColumn="0",
            noHBand="1",
            noVBand="1",
        )
    )
    return Look(properties, own=True)


def build(table: Table, look: Look, widths: Sequence[int]) -> Element:
    """Build the table element: properties with a description, grid, repeated head rows, rows."""
    element = new("tbl")
    element.append(_described(look.properties, table))
    grid = new("tblGrid")
    for width in widths:
        grid.append(new("gridCol", w=str(width)))
    element.append(grid)
    for row in head_rows(table, look, widths):
        element.append(row)
    last = len(table.rows) - 1
    for position, row in enumerate(table.rows):
        together = look.own and position < last and len(table.rows) <= _SHORT
        element.append(_body_row(table, row, look, widths, position == last, together))
    return element


def _described(properties: Element, table: Table) -> Element:
    out = deepcopy(properties)
    for tag in ("tblCaption", "tblDescription"):
        for old in out.findall(qn(f"w:{tag}")):
            out.remove(old)
    change = out.find(qn("w:tblPrChange"))
    if change is not None:
        out.remove(change)
    out.append(new("tblCaption", val=_plain(table.caption or table.id)))
    out.append(new("tblDescription", val=_plain(table.alt)))
    return out


def _plain(text: str) -> str:
    return " ".join("".join(c for c in text if c >= " " or c == "\n").split())


def head_rows(table: Table, look: Look, widths: Sequence[int]) -> list[Element]:
    """One or two head rows, marked to repeat on every page."""
    groups = group_heads(table)
    columns = [table.columns[i] for i in visible(table)]
    rows = []
    if groups:
        upper = _row("head", look)
        upper.append(_cell("", "head", "first", look, widths[0]))
        place = 1
        for head in groups:
            wide = sum(widths[place : place + head.span])
            upper.append(_cell(head.text, "head", "rest", look, wide, span=head.span, centred=head.span > 1))
            place += head.span
        rows.append(upper)
    lower = _row("head", look)
    texts = [table.stub, *(column.head for column in columns)]
    for place, (text, width) in enumerate(zip(texts, widths, strict=True)):
        words = place == 0 or columns[place - 1].is_text
        lower.append(_cell(text, "head", "first" if place == 0 else "rest", look, width, left=words))
    rows.append(lower)
    return rows


def _row(part: str, look: Look) -> Element:
    row = new("tr")
    properties = look.rows.get(part)
    properties = new("trPr") if properties is None else deepcopy(properties)
    for tag in ("cantSplit", "tblHeader"):
        for old in properties.findall(qn(f"w:{tag}")):
            properties.remove(old)
    properties.append(new("cantSplit"))
    if part == "head":
        properties.append(new("tblHeader"))
    row.append(properties)
    return row


def _body_row(
    table: Table, row: Row, look: Look, widths: Sequence[int], is_last: bool, together: bool
) -> Element:
    part = "last" if is_last and ("last", "first") in look.cells else "body"
    element = _row("body", look)
    if row.section:
        element.append(
            _cell(
                row_label(row),
                part,
                "first",
                look,
                sum(widths),
                span=len(widths),
                bold=True,
                left=True,
                together=True,
            )
        )
        return element
    element.append(
        _cell(row_label(row), part, "first", look, widths[0], left=True, indent=row.indent, together=together)
    )
    for i, text, width in zip(visible(table), shown_cells(table, row), widths[1:], strict=True):
        left = table.columns[i].is_text
        element.append(_cell(text, part, "rest", look, width, left=left, together=together))
    return element


def _cell(
    text: str,
    part: str,
    place: str,
    look: Look,
    width: int,
    *,
    span: int = 1,
    bold: bool | None = None,
    left: bool = False,
    centred: bool = False,
    indent: int = 0,
    together: bool = False,
) -> Element:
    found = look.cells.get((part, place), CellLook())
    element = new("tc")
    properties = new("tcPr") if found.cell is None else deepcopy(found.cell)
    if span > 1:
        properties.insert(0, new("gridSpan", val=str(span)))
    properties.insert(0, new("tcW", w=str(width), type="dxa"))
    element.append(properties)
    paragraph = new("p")
    if look.own:
        side = "left" if left else "center" if centred else "right"
        paragraph.append(_own_paragraph(side, indent, together or part == "head"))
        bold = True if part == "head" else bold
    elif found.paragraph is not None or indent:
        paragraph.append(_kept_paragraph(found.paragraph, indent))
    if text:
        paragraph.append(run(text, found.run, bold=bold))
    element.append(paragraph)
    return element


def _own_paragraph(side: str, indent: int, together: bool) -> Element:
    properties = new("pPr")
    properties.append(new("pStyle", val=TEXT_ID))
    if together:
        properties.append(new("keepNext"))
    if indent:
        properties.append(new("ind", left=str(INDENT * indent)))
    properties.append(new("jc", val=side))
    return properties


def _kept_paragraph(found: Element | None, indent: int) -> Element:
    properties = new("pPr") if found is None else deepcopy(found)
    if indent and properties.find(qn("w:ind")) is None:
        following = [
            properties.find(qn(f"w:{t}"))
            for t in ("contextualSpacing", "jc", "textAlignment", "outlineLvl", "rPr")
        ]
        first = next((f for f in following if f is not None), None)
        element = new("ind", left=str(INDENT * indent))
        if first is None:
            properties.append(element)
        else:
            first.addprevious(element)
    return properties


def own_widths(table: Table, total: int) -> list[int]:
    """Share the width of the page by how long the words of each column are."""
    labels = [_longest(row_label(row)) for row in table.rows if not row.section]
    weights = [min(max([*labels, 14]), 44)]
    bodies = [shown_cells(table, row) for row in table.rows if not row.section]
    for place, i in enumerate(visible(table)):
        head = max((len(word) for word in table.columns[i].head.split()), default=0)
        longest = max((_longest(cells[place]) for cells in bodies), default=0)
        weights.append(min(max(head, longest, 6) + 2, 40 if table.columns[i].is_text else 24))
    whole = sum(weights)
    widths = [total * weight // whole for weight in weights]
    widths[0] += total - sum(widths)
    return widths


def _longest(text: str) -> int:
    return max(len(line) for line in text.split("\n"))
