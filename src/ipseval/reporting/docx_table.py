"""Builds a real Word table from a `Table`, in a look of its own or in the look of a table it replaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from docx.oxml.ns import qn

from ipseval.reporting.display import Row, Table
from ipseval.reporting.docx_xml import Element, new, run
from ipseval.reporting.grid import group_heads, row_label, shown_cells, visible
from ipseval.reporting.under_lines import printable

STYLE_ID = "IpsevalTable"
TEXT_ID = "IpsevalTableText"
NOTE_ID = "IpsevalTableNote"
_SHORT = 16
# Widths of bold characters at 9 points, in twentieths of a point: above Calibri, near Arial.
_CHARACTER, _NARROW, _DIGIT, _WIDE = 104, 58, 96, 145
_NARROW_ONES = frozenset(" .,:;|!'()[]ijlft/-")
_WIDE_ONES = frozenset("mwæ@%")
_MARGINS = 226
INDENT = 197  # twentieths of a point; an odd value, so that a later replacement knows it as ours

# The order of elements in a paragraph's properties is fixed; these come after the indent.
_AFTER_INDENT = {
    qn(f"w:{tag}")
    for tag in (
        "contextualSpacing", "mirrorIndents", "suppressOverlap", "jc", "textDirection", "textAlignment",
        "textboxTightWrap", "outlineLvl", "divId", "cnfStyle", "rPr", "sectPr", "pPrChange",
    )
}  # fmt: skip


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
    return " ".join(printable(text).split())


@dataclass(frozen=True)
class Slot:
    """Where a cell stands and how the house sets it: part and place of the look, width, span, side."""

    part: str
    place: str
    width: int
    span: int = 1
    side: str = "right"
    bold: bool | None = None
    indent: int = 0
    together: bool = False


def head_rows(table: Table, look: Look, widths: Sequence[int]) -> list[Element]:
    """One or two head rows, marked to repeat on every page."""
    groups = group_heads(table)
    columns = [table.columns[i] for i in visible(table)]
    rows = []
    if groups:
        upper = _row("head", look)
        upper.append(_cell("", look, Slot("head", "first", widths[0])))
        place = 1
        for head in groups:
            wide = sum(widths[place : place + head.span])
            side = "center" if head.span > 1 else "right"
            upper.append(_cell(head.text, look, Slot("head", "rest", wide, head.span, side)))
            place += head.span
        rows.append(upper)
    lower = _row("head", look)
    texts = [table.stub, *(column.head for column in columns)]
    for place, (text, width) in enumerate(zip(texts, widths, strict=True)):
        side = "left" if place == 0 or columns[place - 1].is_text else "right"
        slot = Slot("head", "rest" if place else "first", width, side=side)
        lower.append(_cell(text, look, slot))
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
        slot = Slot(part, "first", sum(widths), len(widths), "left", bold=True, together=True)
        element.append(_cell(row_label(row), look, slot))
        return element
    first = Slot(part, "first", widths[0], side="left", indent=row.indent, together=together)
    element.append(_cell(row_label(row), look, first))
    for i, text, width in zip(visible(table), shown_cells(table, row), widths[1:], strict=True):
        side = "left" if table.columns[i].is_text else "right"
        element.append(_cell(text, look, Slot(part, "rest", width, side=side, together=together)))
    return element


def _cell(text: str, look: Look, slot: Slot) -> Element:
    found = look.cells.get((slot.part, slot.place), CellLook())
    element = new("tc")
    properties = new("tcPr") if found.cell is None else deepcopy(found.cell)
    place_of_width = int(len(properties) > 0 and properties[0].tag == qn("w:cnfStyle"))
    if slot.span > 1:
        properties.insert(place_of_width, new("gridSpan", val=str(slot.span)))
    properties.insert(place_of_width, new("tcW", w=str(slot.width), type="dxa"))
    element.append(properties)
    paragraph = new("p")
    bold = slot.bold
    if look.own:
        paragraph.append(_own_paragraph(slot.side, slot.indent, slot.together or slot.part == "head"))
        bold = True if slot.part == "head" else bold
    elif found.paragraph is not None or slot.indent:
        paragraph.append(_kept_paragraph(found.paragraph, slot.indent))
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
    """The old paragraph's properties, with our indent where it has none of its own."""
    properties = new("pPr") if found is None else deepcopy(found)
    if not indent or properties.find(qn("w:ind")) is not None:
        return properties
    element = new("ind", left=str(INDENT * indent))
    following = next((child for child in properties if child.tag in _AFTER_INDENT), None)
    if following is None:
        properties.append(element)
    else:
        following.addprevious(element)
    return properties


def own_widths(table: Table, total: int) -> list[int]:
    """Share the width of the page: every column gets its longest word, the rest goes by length of text."""
    least, wanted = _needs(table)
    spare = total - sum(least)
    if spare < 0:
        widths = [total * need // sum(least) for need in least]
    else:
        more = [max(w - n, 0) for w, n in zip(wanted, least, strict=True)]
        part = min(1.0, spare / sum(more)) if sum(more) else 0.0
        widths = [n + int(m * part) for n, m in zip(least, more, strict=True)]
        left = total - sum(widths)  # room beyond all text: shared, so that numbers stay near their labels
        widths = [w + left * w // total for w in widths]
    widths[0] += total - sum(widths)
    return widths


def fits(table: Table, total: int) -> bool:
    """Whether no word need be broken at this width."""
    return sum(_needs(table)[0]) <= total


def _width(text: str) -> int:
    """The width of a line: commas and brackets take half of what letters do, capitals more."""
    return sum(map(_of_character, text))


def _of_character(c: str) -> int:
    if c in _NARROW_ONES:
        return _NARROW
    if c.isdigit():
        return _DIGIT
    return _WIDE if c.isupper() or c in _WIDE_ONES else _CHARACTER


def _needs(table: Table) -> tuple[list[int], list[int]]:
    """The width of the longest word, and of the longest line, of each column."""
    rows = [row for row in table.rows if not row.section]
    bodies = [shown_cells(table, row) for row in rows]
    columns = [[table.stub, *(row_label(row) for row in rows)]]
    columns += [
        [table.columns[i].head, *(cells[place] for cells in bodies)] for place, i in enumerate(visible(table))
    ]
    least, wanted = [], []
    for place, texts in enumerate(columns):
        free = place == 0 or table.columns[visible(table)[place - 1]].is_text
        # Numbers with their interval stay on one line; running text may break between words.
        words = [w for i, t in enumerate(texts) for w in (t.split() if free or i == 0 else t.split("\n"))]
        least.append(max(map(_width, words), default=_CHARACTER) + _MARGINS)
        # A head may take three lines, so that it does not take the room of the labels.
        lines = [_width(line) for t in texts[1:] for line in t.split("\n")]
        longest = max([*lines, _width(texts[0]) // 3])
        wanted.append(max(min(longest, 60 * _CHARACTER) + _MARGINS, least[-1]))
    return least, wanted
