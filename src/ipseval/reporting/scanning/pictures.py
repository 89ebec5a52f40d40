"""PNG and JPEG: the texts that programs leave in pictures; the picture itself is not read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ipseval.reporting.scanning.pieces import BLOCK, PICTURE, Found, Piece, Place, Trouble

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")


def read_png(stream: BinaryIO, place: Place) -> Iterator[Found]:
    """Give every text chunk, unpacked to at most a block; a damaged file is told."""
    yield Trouble(place, PICTURE)
    stream.seek(len(SIGNATURE))
    number = 0
    while head := stream.read(8):
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or length > 1 << 31:
            yield Trouble(place, "scan_damaged")
            return
        if kind in _TEXTS:
            number += 1
            yield _chunk(kind, stream.read(min(length, BLOCK)), (*place, ("metadata", number)))
            stream.seek(max(length - BLOCK, 0) + 4, 1)
        else:
            stream.seek(length + 4, 1)
        if kind == b"IEND":
            yield from _after(stream, place)
            return
    yield Trouble(place, "scan_damaged")


def _after(stream: BinaryIO, place: Place) -> Iterator[Found]:
    """Whatever is glued on behind the picture."""
    rest = stream.read(BLOCK)
    if rest.strip(b"\0\r\n "):
        yield Piece((*place, ("metadata", 0)), rest.decode("utf-8", errors="replace"))


def _chunk(kind: bytes, data: bytes, place: Place) -> Found:
    if kind == b"zTXt" or (kind == b"iTXt" and data.partition(b"\0")[2][:1] == b"\x01"):
        name, _, rest = data.partition(b"\0")
        packed = rest[1:] if kind == b"zTXt" else rest[2:].split(b"\0", 2)[-1]
        try:
            data = name + b" " + zlib.decompressobj().decompress(packed, BLOCK)
        except zlib.error:
            return Trouble(place, "scan_damaged")
    return Piece(place, data.replace(b"\0", b" ").decode("utf-8", errors="replace"))


def read_jpeg(stream: BinaryIO, place: Place) -> Iterator[Found]:
    """Give the comment and application segments before the picture itself."""
    yield Trouble(place, PICTURE)
    stream.seek(2)
    number = 0
    while len(head := stream.read(4)) == 4 and head[0] == 0xFF:
        kind, length = head[1], int.from_bytes(head[2:], "big")
        if kind == 0xDA or length < 2:
            return
        data = stream.read(length - 2)
        if kind == 0xFE or 0xE1 <= kind <= 0xEF:
            number += 1
            text = data.replace(b"\0", b" ").decode("utf-8", errors="replace")
            yield Piece((*place, ("metadata", number)), text)
    yield Trouble(place, "scan_damaged")
