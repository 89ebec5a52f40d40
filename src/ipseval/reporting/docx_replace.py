"""Puts new tables in the place of those in an existing Word report, in the look that they had.

The report's own words stay: captions, running text and remarks are not touched.  What this house adds
under a table (banner, base, missing, method, notes) is renewed with it, never piled up.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from ipseval.core.errors import ReportError
from ipseval.reporting.display import Table
from ipseval.reporting.docx_find import find_table, normal
from ipseval.reporting.docx_table import INDENT, CellLook, Look, build, own_widths
from ipseval.reporting.docx_xml import (
    NOTES_PREFIX,
    Element,
    after_properties,
    ancestors,
    bookmark_name,
    new,
    text_of,
)
from ipseval.reporting.grid import visible
from ipseval.reporting.write_docx import LOCALE, ensure_styles, mark_table, note_paragraphs, save

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PAGE = 9000  # twentieths of a point, where a table does not tell its width
_MERGES = ("tcW", "gridSpan", "vMerge", "hMerge", "cellMerge")


def replace_tables(docx_path: str | Path, tables: Mapping[str, Table], out: str | Path) -> None:
    """Replace tables in a Word report, found by bookmark or caption, keeping their style and width.

    Parameters
    ----------
    docx_path
        The report as Word or LibreOffice saved it; it is not changed (`out` may name it, though).
    tables
        Bookmark name, whole caption, label ("Tabel 1") or title -> the new table.
    out
        The .docx file to write, whole or not at all.

    Raises
    ------
    ReportError
        A key that fits no bookmark or caption (near captions are offered), or several; two keys for one
        table; a file that is not a Word document.

    Notes
    -----
    Assumptions: a caption stands directly above or below its table, or is the table's first row.
    Missing data: none.  Checked against: documents saved by Word's and LibreOffice's writers in
    tests/reporting_tables.  References: ECMA-376 part 1.
    """
    document = _open(Path(docx_path))
    root = document.element.body
    names = {style.style_id: style.name or "" for style in document.styles}
    places = {key: find_table(root, names, key) for key in tables}
    _check_apart(places)
    ensure_styles(document)
    for key, table in tables.items():
        _replace(root, places[key], table)
    save(document, out)


def _open(path: Path) -> Any:
    try:
        return Document(str(path))
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError):
        why = "is not there" if not path.is_file() else "is not a Word document (.docx)"
        raise ReportError(f"{path.name} {why}: give the report as Word or LibreOffice saved it.") from None


def _check_apart(places: Mapping[str, Element]) -> None:
    keys = list(places)
    for i, one in enumerate(keys):
        for other in keys[i + 1 :]:
            if places[one] is places[other]:
                raise ReportError(
                    f"{one!r} and {other!r} name the same table of the document: leave one out."
                )


def _replace(root: Element, old: Element, table: Table) -> None:
    kept = _caption_rows(old)
    look = look_of(old, skip=len(kept))
    widths = widths_of(old, table)
    element = build(table, look, widths)
    place = 2  # after the properties and the grid
    for row in kept:
        element.insert(place, _spanning(row, widths))
        place += 1
    _move_bookmarks(old, element)
    _drop_notes(old)
    old.addprevious(element)
    old.getparent().remove(old)
    mark_table(root, element, bookmark_name(table.id))
    anchor = element
    notes = note_paragraphs(root, table)
    for paragraph in notes:
        anchor.addnext(paragraph)
        anchor = paragraph
    if anchor.getnext() is None and anchor.getparent().tag == qn("w:tc") and anchor is element:
        anchor.addnext(new("p"))  # a cell must end with a paragraph
    _drop_fallback(element)
    for part in (element, *notes):
        _speak(part, LOCALE[table.lang])


def _speak(part: Element, locale: str) -> None:
    """Tag every run with the language of the table; the old look may bring another."""
    for each in part.iter(qn("w:r")):
        properties = each.get_or_add_rPr()
        for old in properties.findall(qn("w:lang")):
            properties.remove(old)
        properties.append(new("lang", val=locale))


def _rows(table: Element) -> list[Element]:
    return list(table.findall(qn("w:tr")))


def _caption_rows(table: Element) -> list[Element]:
    """Leading rows of one merged cell: a caption set inside the table, which is the report's own."""
    rows = _rows(table)
    wide = len(table.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}")) > 1
    kept: list[Element] = []
    for row in rows[:-1]:
        cells = row.findall(qn("w:tc"))
        if not wide or len(cells) != 1 or not normal("".join(text_of(p) for p in cells[0].iter(qn("w:p")))):
            break
        kept.append(row)
    return kept


def _spanning(row: Element, widths: list[int]) -> Element:
    out = deepcopy(row)
    for mark in list(out.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
        mark.getparent().remove(mark)  # they are moved with all others of the table
    properties = out.find(qn("w:tc")).get_or_add_tcPr()
    for tag in ("tcW", "gridSpan"):
        for element in properties.findall(qn(f"w:{tag}")):
            properties.remove(element)
    properties.insert(0, new("gridSpan", val=str(len(widths))))
    properties.insert(0, new("tcW", w=str(sum(widths)), type="dxa"))
    row_properties = out.get_or_add_trPr()
    if row_properties.find(qn("w:tblHeader")) is None:
        row_properties.append(new("tblHeader"))  # Word repeats head rows only from the first one on
    return out


def look_of(table: Element, *, skip: int = 0) -> Look:
    """Read the look of a table from its properties and from a head, a body and a last row."""
    rows = _rows(table)[skip:]
    if not rows:
        raise ReportError(
            "a table of the document has no rows to take a look from: give it a head and a row."
        )
    heads = [r for r in rows if r.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
    head = heads[-1] if heads else rows[0]
    bodies = [r for r in rows if r not in heads and r is not head] or [head]
    whole = [r for r in bodies if not _merged(r)] or bodies
    cells: dict[tuple[str, str], CellLook] = {}
    for part, row in (("head", head), ("body", whole[0]), ("last", bodies[-1])):
        found = row.findall(qn("w:tc"))
        cells[part, "first"] = _cell_look(found[0])
        cells[part, "rest"] = _cell_look(found[-1])
    properties = table.find(qn("w:tblPr"))
    kept = new("tblPr") if properties is None else properties
    row_looks = {part: _row_look(row) for part, row in (("head", head), ("body", whole[0]))}
    return Look(kept, cells, row_looks)


def _row_look(row: Element) -> Element:
    """A row's properties; an exact height becomes a least one, or longer words would be cut off."""
    found = row.find(qn("w:trPr"))
    out = new("trPr") if found is None else deepcopy(found)
    for height in out.findall(qn("w:trHeight")):
        height.set(qn("w:hRule"), "atLeast")
    return out


def _merged(row: Element) -> bool:
    return any(row.find(f".//{qn(f'w:{tag}')}") is not None for tag in ("vMerge", "gridSpan", "hMerge"))


def _cell_look(cell: Element) -> CellLook:
    properties = cell.find(qn("w:tcPr"))
    kept = None if properties is None else deepcopy(properties)
    if kept is not None:
        for tag in _MERGES:
            for element in kept.findall(qn(f"w:{tag}")):
                kept.remove(element)
    paragraph = cell.find(qn("w:p"))
    if paragraph is None:
        return CellLook(kept)
    paragraph_look = paragraph.find(qn("w:pPr"))
    run_look = next((r for r in paragraph.iter(qn("w:rPr")) if r.getparent().tag == qn("w:r")), None)
    if run_look is None and paragraph_look is not None:
        run_look = paragraph_look.find(qn("w:rPr"))
    return CellLook(kept, _without_section(paragraph_look), None if run_look is None else deepcopy(run_look))


def _without_section(properties: Element | None) -> Element | None:
    if properties is None:
        return None
    out = deepcopy(properties)
    for tag in ("sectPr", "pPrChange"):
        for element in out.findall(qn(f"w:{tag}")):
            out.remove(element)
    for element in out.findall(qn("w:ind")):
        left = element.get(qn("w:left")) or element.get(qn("w:start")) or ""
        if left.isdigit() and int(left) and int(left) % INDENT == 0:
            out.remove(element)  # the indent of a category in a table that we wrote
    return out


def widths_of(old: Element, table: Table) -> list[int]:
    """Keep the old columns where there are as many; else share the old width by the new words."""
    columns = old.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}")
    widths = [int(float(column.get(qn("w:w")) or 0)) for column in columns]
    if len(widths) == len(visible(table)) + 1 and all(widths):
        return widths
    return own_widths(table, sum(widths) or _PAGE)


def _move_bookmarks(old: Element, element: Element) -> None:
    """Keep every bookmark of the old table: references still point at it, and it can be found again."""
    paragraphs = list(element.iter(qn("w:p")))
    starts, ends = list(old.iter(qn("w:bookmarkStart"))), list(old.iter(qn("w:bookmarkEnd")))
    place = after_properties(paragraphs[0])
    for start in starts:
        paragraphs[0].insert(place, start)
        place += 1
    for end in ends:
        paragraphs[-1].append(end)


def _drop_notes(table: Element) -> None:
    """Take away the lines that an earlier replacement put under a table."""
    first = table.getnext()
    if first is None or first.tag != qn("w:p"):
        return
    start = next(
        (
            b
            for b in first.iter(qn("w:bookmarkStart"))
            if (b.get(qn("w:name")) or "").startswith(NOTES_PREFIX)
        ),
        None,
    )
    if start is None:
        return
    number = start.get(qn("w:id"))
    paragraphs = [first]
    while not any(b.get(qn("w:id")) == number for b in paragraphs[-1].iter(qn("w:bookmarkEnd"))):
        following = paragraphs[-1].getnext()
        if following is None or following.tag != qn("w:p"):
            return  # the bookmark is broken: leave the text to its owner
        paragraphs.append(following)
    for paragraph in paragraphs:
        paragraph.getparent().remove(paragraph)


def _drop_fallback(element: Element) -> None:
    """Where the table stands in a text box, take away the copy of the box that holds the old numbers."""
    for around in ancestors(element):
        for other in around.findall(_FALLBACK):
            around.remove(other)
