"""The parts of Word, Excel and PowerPoint files: paragraphs joined over their runs, sheets row by row."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from ipseval.reporting.scanning.pieces import HEAD_ROWS, Found, Grid, Piece, Place, Trouble
from ipseval.reporting.scanning.rules import is_somebody

_TOLD = frozenset((
    "descr", "title", "name", "Target", "alias", "text", "tooltip", "display", "v", "author",
    "initials", "oldName", "formula",
))  # fmt: skip
"""Attributes that hold words; the others hold ids, sizes and colours."""
_WORDS = ("t", "delText", "instrText", "v", "f", "text")
_AUTHORS = ("creator", "lastModifiedBy", "Manager", "author")
"""Elements and attributes that say who wrote a file, a comment or a change."""
_AT_ONCE = 2_000


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def read_part(raw: bytes, name: str, place: Place, strings: list[str]) -> Iterator[Found]:
    """Give what one XML part of an office file says; `strings` are the shared texts of a workbook."""
    if b"<!DOCTYPE" in raw[:4096] or b"<!ENTITY" in raw[:4096]:
        yield Trouble(place, "scan_damaged")
        return
    try:
        if re.search(r"xl/worksheets/[^/]+\.xml$", name):
            yield from _sheet(raw, place, strings)
        else:
            yield from _paragraphs(raw, place)
            if n := sum(map(is_somebody, _authors(raw))):
                yield Trouble(place, "author", n)
    except ElementTree.ParseError:
        yield Trouble(place, "scan_damaged")
        yield Piece(place, raw.decode("utf-8", errors="replace"))


def shared_strings(raw: bytes) -> list[str]:
    """List the shared texts of a workbook; what is damaged gives what could be read."""
    texts: list[str] = []
    try:
        for _, element in ElementTree.iterparse(io.BytesIO(raw)):
            if _local(element.tag) == "si":
                texts.append("".join(e.text or "" for e in element.iter() if _local(e.tag) == "t"))
                element.clear()
    except ElementTree.ParseError:
        return texts
    return texts


def _sheet(raw: bytes, place: Place, strings: list[str]) -> Iterator[Found]:
    rows: list[tuple[str, ...]] = []
    held: list[str] = []
    first = line = 1
    for _, element in ElementTree.iterparse(io.BytesIO(raw)):
        name = _local(element.tag)
        if name == "row":
            cells = tuple(_cell(c, strings) for c in element if _local(c.tag) == "c")
            line = int(element.get("r") or line + 1)
            first = line if not held else first
            held.append("\t".join(cells))
            if len(rows) < HEAD_ROWS and any(cells):
                rows.append(cells)
            element.clear()
            if len(held) >= _AT_ONCE:
                yield Piece(place, "\n".join(held), first, tables=False)
                held = []
        elif name in ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "formula", "formula1"):
            held.append(element.text or "")
    if held:
        yield Piece(place, "\n".join(held), first, tables=False)
    yield Grid(place, tuple(rows))


def _cell(cell: ElementTree.Element, strings: list[str]) -> str:
    """Write one cell as text: a shared text by its number, an inline text, or the number itself."""
    parts = {_local(e.tag): e.text or "" for e in cell}
    inline = "".join(e.text or "" for e in cell.iter() if _local(e.tag) == "t")
    value = parts.get("v", "")
    if cell.get("t") == "s" and value.isdecimal():
        value = strings[int(value)] if int(value) < len(strings) else ""
    formula = f" ={parts['f']}" if parts.get("f") else ""
    return " ".join((inline or value).split()) + formula


def _paragraphs(raw: bytes, place: Place) -> Iterator[Found]:
    """Join the runs of each paragraph, since a number may be split over several; give tables too."""
    said: list[str] = []
    told: list[str] = []
    run: list[str] = []
    rows: list[tuple[str, ...]] = []
    for _, element in ElementTree.iterparse(io.BytesIO(raw)):
        name = _local(element.tag)
        told += [v for k, v in element.attrib.items() if _local(k) in _TOLD and len(v) > 3]
        if name in ("tab", "br", "cr"):
            run.append("\t" if name == "tab" else "\n")
        elif name == "noBreakHyphen":
            run.append("-")
        elif name in _WORDS or (element.text and element.text.strip() and name != "p"):
            run.append(element.text or "")
            if name not in _WORDS:
                run.append("\n")
        elif name == "p":
            said.append("".join(run))
            run = []
        elif name == "tr" and len(rows) < HEAD_ROWS:
            rows.append(tuple(_all_text(c) for c in element if _local(c.tag) == "tc"))
        elif name == "tbl":
            yield Grid(place, tuple(rows))
            rows = []
    said.append("".join(run))
    yield Piece(place, "\n".join(said), 1)
    if told:
        yield Piece((*place, ("hidden", 0)), "\n".join(told))


def _authors(raw: bytes) -> set[str]:
    """Name who wrote the file, its comments and its changes."""
    found: set[str] = set()
    if any(name.encode() in raw for name in _AUTHORS):
        for _, element in ElementTree.iterparse(io.BytesIO(raw)):
            found |= {v for k, v in element.attrib.items() if _local(k) in _AUTHORS}
            if _local(element.tag) in _AUTHORS:
                found.add(element.text or "")
    return found


def _all_text(element: ElementTree.Element) -> str:
    return " ".join("".join(e.text or "" for e in element.iter() if _local(e.tag) == "t").split())
