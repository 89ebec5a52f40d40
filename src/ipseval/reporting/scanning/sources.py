"""Decides what a file is by its content and hands it to its reader; what has none is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from ipseval.reporting.scanning import pictures
from ipseval.reporting.scanning.markup import read_markup
from ipseval.reporting.scanning.notebooks import notebook_of, read_notebook
from ipseval.reporting.scanning.packages import read_package
from ipseval.reporting.scanning.pieces import DEEPEST, LONGEST_PART, Budget, Found, Piece, Place, Trouble
from ipseval.reporting.scanning.texts import blocks, encoding_of, read_plain

_DATA_MAGIC = (
    b"PAR1", b"$FL2", b"$FL3", b"<stata_dta>", b"HEADER RECORD*******LIB", b"ARROW1", b"FEA1",
    b"SQLite format 3",     b"\x93NUMPY", b"\x00" * 12 + b"\xc2\xea\x81\x60", b"RDX2", b"RDX3", b"\x89HDF",
)  # fmt: skip
_DATA_ENDINGS = frozenset((
    ".parquet", ".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt", ".pkl", ".pickle", ".joblib",
    ".rds", ".rdata", ".rda", ".feather", ".arrow", ".duckdb", ".sqlite", ".db", ".npy", ".npz", ".h5",
    ".hdf5", ".gph", ".mdb", ".accdb",
))  # fmt: skip
"""Files that hold rows by their nature: they may not leave, whatever stands in them."""
_FONTS = (b"wOFF", b"wOF2", b"OTTO", b"\x00\x01\x00\x00\x00")
MOST_STEPS = 12
_MARKUP = (".html", ".htm", ".xhtml", ".svg", ".xml")
_SEPARATED = (".csv", ".tsv", ".txt", ".tab", ".dat")


def read_source(stream: BinaryIO, name: str, place: Place, budget: Budget) -> Iterator[Found]:
    """Read anything: pieces of text, tables, and troubles."""
    ending = PurePath(name).suffix.lower()
    head = stream.read(64)
    stream.seek(0)
    if len(place) > MOST_STEPS:
        yield Trouble(place, "scan_too_deep")
    elif head.startswith(_FONTS):
        return
    elif head.startswith(_DATA_MAGIC) or ending in _DATA_ENDINGS:
        yield Trouble(place, "data_file")
    elif head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if sum(step in ("part", "sheet", "embedded") for step, _ in place) >= DEEPEST:
            yield Trouble(place, "scan_too_deep")
        else:
            yield from read_package(stream, place, read_source, budget)
    elif head.startswith(pictures.SIGNATURE):
        yield from pictures.read_png(stream, place)
    elif head.startswith(b"\xff\xd8\xff"):
        yield from pictures.read_jpeg(stream, place)
    else:
        yield from _text(stream, ending, place, budget)


def _text(stream: BinaryIO, ending: str, place: Place, budget: Budget) -> Iterator[Found]:
    encoding = encoding_of(stream)
    if encoding is None:
        yield Trouble(place, "scan_binary")
        return
    start = stream.read(512).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    stream.seek(0)
    if start.startswith((b"%pdf", b"{\\rtf")):
        yield Trouble(place, "scan_binary")
    if ending == ".ipynb":
        yield from _notebook(stream, encoding, place, budget)
    elif ending in _MARKUP or start.startswith((b"<!doctype html", b"<html", b"<svg", b"<?xml")):
        yield from read_markup(blocks(stream, encoding), place, read_source, budget)
    else:
        yield from read_plain(stream, encoding, place, separated=ending in _SEPARATED)


def _notebook(stream: BinaryIO, encoding: str, place: Place, budget: Budget) -> Iterator[Found]:
    """Read a notebook by its cells; one that is damaged or very long is read as text, and told."""
    raw = stream.read(LONGEST_PART + 1)
    stream.seek(0)
    book = notebook_of(raw.decode(encoding, errors="replace")) if len(raw) <= LONGEST_PART else None
    if book is not None:
        yield from read_notebook(book, place, read_source, budget)
        return
    yield Trouble(place, "scan_damaged" if len(raw) <= LONGEST_PART else "scan_too_big")
    for text in blocks(stream, encoding):
        yield Piece(place, text.replace("\\n", "\n").replace("\\t", "\t"))
