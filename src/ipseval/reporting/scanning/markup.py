"""HTML, SVG and XML: what is seen, and also what is not: attributes, comments, scripts, embedded pictures."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from ipseval.reporting.scanning.pieces import BLOCK, HEAD_ROWS, Budget, Found, Grid, Piece, Place, Trouble

Within = Callable[[BinaryIO, str, Place, Budget], Iterator[Found]]
"""Reads something embedded: its content, a name that ends in its format, its place, what may be unpacked."""

_INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "tspan", "u", "var", "wbr",
))  # fmt: skip
_SHAPES = frozenset((
    "d", "points", "transform", "viewbox", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx",
    "ry", "width", "height", "dx", "dy", "offset",
))  # fmt: skip
"""Attributes of pictures that hold coordinates."""
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.-]+)*?)(;base64)?,([^\"')\s]*)", re.I)
_PARTS = {
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "text/html": ".html",
    "text/csv": ".csv",
    "application/json": ".txt",
}


MANY_MARKS = 20
"""So many marks of one kind, spread over a figure, may be one per person."""
_GLYPH = re.compile(r"-[0-9a-f]+$", re.I)


class _Marks:
    """Marks of each kind in one figure: circles, one symbol used again and again, points by their class."""

    def __init__(self) -> None:
        self.spots: dict[str, list[tuple[str, str]]] = {}

    def add(self, tag: str, attrs: dict[str, str | None]) -> None:
        href = attrs.get("xlink:href") or attrs.get("href") or ""
        spot = attrs.get("cx") or attrs.get("x") or "", attrs.get("cy") or attrs.get("y") or ""
        if tag in ("circle", "ellipse") or (tag == "use" and any(spot) and not _GLYPH.search(href)):
            self.spots.setdefault(tag + href, []).append(spot)
        elif tag == "path" and {"point", "symbol"} & set(str(attrs.get("class")).split()):
            moved = str(attrs.get("transform")).partition(",")
            self.spots.setdefault("path", []).append((moved[0], moved[2]))

    def most(self) -> int:
        """Count the marks of the commonest kind that is spread both ways, as ticks of an axis are not."""
        spread = [s for s in self.spots.values() if min(len({p[0] for p in s}), len({p[1] for p in s})) > 2]
        return max(map(len, spread), default=0)


class _Reader(HTMLParser):
    def __init__(self, place: Place, within: Within, budget: Budget) -> None:
        super().__init__(convert_charrefs=True)
        self.place, self.within, self.budget = place, within, budget
        self.found: list[Found] = []
        self.seen: list[str] = []
        self.hidden: list[str] = []
        self.rows: list[list[str]] = []
        self.cell: list[str] | None = None
        self.script: list[str] = []
        self.table = self.figure = 0
        self.marks = _Marks()
        self.line = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._edge(tag)
        if tag == "table":
            self.table, self.rows = self.table + 1, []
        elif tag == "tr":
            if len(self.rows) < HEAD_ROWS:
                self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []
        self.marks.add(tag, dict(attrs))
        for name, value in attrs:
            if value and name not in _SHAPES:
                self._embedded(value)

    def handle_endtag(self, tag: str) -> None:
        self._edge(tag)
        if self.script:
            self._embedded("".join(self.script))
            self.script = []
        if tag in ("td", "th") and self.cell is not None:
            if self.rows and len(self.rows[-1]) < 500:
                self.rows[-1].append(" ".join("".join(self.cell).split()))
            self.cell = None
        elif tag == "table" and self.rows:
            self.found.append(Grid((*self.place, ("table", self.table)), tuple(map(tuple, self.rows))))
            self.rows = []
        elif tag == "svg":
            self.figure += 1
            if (n := self.marks.most()) >= MANY_MARKS:
                self.found.append(Trouble((*self.place, ("figure", self.figure)), "many_marks", n))
            self.marks = _Marks()

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None:
            self.script.append(data)
            return
        self.seen.append(data)
        if self.cell is not None:
            self.cell.append(data)

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data + "\n")

    def handle_decl(self, decl: str) -> None:
        self.hidden.append(decl + "\n")

    def handle_pi(self, data: str) -> None:
        self.hidden.append(data + "\n")

    def unknown_decl(self, data: str) -> None:
        self.seen.append(data)

    def _edge(self, tag: str) -> None:
        """Text on both sides of bold stays one word; blocks and cells part words; tables are read as such."""
        if tag not in _INLINE and self.seen and not self.seen[-1].endswith("\n"):
            self.seen.append("\n")

    def _embedded(self, value: str) -> None:
        """Take embedded content apart, and keep the rest as hidden text."""
        rest, last = [], 0
        for match in _DATA.finditer(value):
            rest.append(value[last : match.start()])
            last = match.end()
            self.found.extend(embedded(match.group(1) or "", match.group(4), bool(match.group(3)), self))
        rest.append(value[last:])
        self.hidden.append("".join(rest) + "\n")

    def at_edge(self) -> bool:
        """Say whether nothing is half-read here: no cell, no script, no stretch of text."""
        return self.cell is None and not self.script and (not self.seen or self.seen[-1].endswith("\n"))

    def handed_over(self) -> Iterator[Found]:
        """Give what was gathered since the last time."""
        if self.script:
            self._embedded("".join(self.script))
            self.script = []
        yield from self.found
        self.found = []
        for place, texts in ((self.place, self.seen), ((*self.place, ("hidden", 0)), self.hidden)):
            text = "".join(texts)
            if text.strip():
                yield Piece(place, text, self.line if texts is self.seen else 0)
        self.line += "".join(self.seen).count("\n")
        self.seen, self.hidden = [], []


def embedded(kind: str, content: str, is_base64: bool, reader: _Reader) -> Iterator[Found]:
    """Read embedded content by its declared kind; pictures without text in them give nothing."""
    place = (*reader.place, ("embedded", 0))
    try:
        raw = base64.b64decode("".join(content.split())) if is_base64 else unquote_to_bytes(content)
    except (binascii.Error, ValueError):
        yield Piece(place, content)
        return
    ending = _PARTS.get(
        kind.lower(), ".txt" if kind.startswith(("text/", "")) and not kind.startswith("image/") else ""
    )
    if kind.startswith(("font/", "application/font", "application/x-font")):
        return
    if not reader.budget.take(len(raw)):
        yield Trouble(place, "scan_too_big")
        return
    yield from reader.within(io.BytesIO(raw), f"embedded{ending}", place, reader.budget)


def read_markup(texts: Iterable[str], place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    """Give the seen text, the unseen text, the tables and the embedded content of a page."""
    reader = _Reader(place, within, budget)
    held = 0
    for text in texts:
        for start in range(0, len(text), BLOCK):
            reader.feed(text[start : start + BLOCK])
            held += BLOCK
            if held > 4 * BLOCK and reader.at_edge():
                yield from reader.handed_over()
                held = 0
    reader.close()
    yield from reader.handed_over()
