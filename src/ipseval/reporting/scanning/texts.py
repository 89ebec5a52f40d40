"""Plain text in pieces: any encoding, any length, lines kept whole where they are of a usual length."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from ipseval.reporting.scanning.pieces import BLOCK, HEAD_ROWS, Found, Grid, Piece, Place

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CUT = re.compile(r"[^\d\s][\s,;>|](?=[^\d\s])")


def encoding_of(stream: BinaryIO) -> str | None:
    """Tell the encoding from the whole content; None for what is no text.  The stream is wound back."""
    head = stream.read(8192)
    stream.seek(0)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        most = 0.7 * (len(head) // 2)
        for name, high, low in (("utf-16-le", head[1::2], head[0::2]), ("utf-16-be", head[0::2], head[1::2])):
            if high.count(0) > most > 2 * low.count(0):
                return name
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8"


def blocks(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Decode a stream in blocks that end where a line ends, or between words where a line is very long."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    held = ""
    while raw := stream.read(BLOCK):
        held += decoder.decode(raw)
        if len(raw) < BLOCK:
            break
        cut = held.rfind("\n") + 1
        if not cut and len(held) < 4 * BLOCK:
            continue
        cut = cut or _between_words(held)
        yield held[:cut]
        held = held[cut:]
    held += decoder.decode(b"", final=True)
    if held:
        yield held


def _between_words(held: str) -> int:
    """Find where a very long line can be cut without parting a number or a name that stands in groups."""
    start = max(0, len(held) - 10_000)
    cuts = [match.end() for match in _CUT.finditer(held, start)]
    return cuts[-1] if cuts else len(held) - 100


def read_plain(stream: BinaryIO, encoding: str, place: Place, *, separated: bool) -> Iterator[Found]:
    """Give a text file in pieces; one of separated values gives its first rows as a table too."""
    line = 1
    for number, text in enumerate(blocks(stream, encoding)):
        rows = separated_rows(text) if separated and number == 0 else ()
        if rows:
            yield Grid(place, rows)
        even = number > 0 or len({len(row) for row in rows}) == 1
        yield Piece(place, text, line, tables=not (separated and even))
        line += text.count("\n")


def separated_rows(text: str) -> tuple[tuple[str, ...], ...]:
    """Read the first lines as separated values; empty when they are one column."""
    lines = text.split("\n", HEAD_ROWS)[:HEAD_ROWS]
    first = next((line for line in lines if line.strip()), "")
    mark = max(";\t,|", key=first.count)
    if not first.count(mark):
        return ()
    try:
        read = csv.reader(io.StringIO("\n".join(lines)), delimiter=mark)
        return tuple(tuple(cell.strip() for cell in row) for row in read if row)
    except csv.Error:
        return ()
