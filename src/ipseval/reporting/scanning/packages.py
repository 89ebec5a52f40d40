"""Zip archives and the office files that are such: every part is read, within limits against bombs."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ipseval.reporting.scanning.markup import Within
from ipseval.reporting.scanning.office import read_part, shared_strings
from ipseval.reporting.scanning.pieces import (
    LONGEST_PART,
    MOST_PARTS,
    MOST_RATIO,
    Budget,
    Found,
    Piece,
    Place,
    Trouble,
)  # fmt: skip

_IGNORED = re.compile(
    r"(^|/)(printerSettings\d*\.bin|theme\d*\.xml|styles\.xml|fontTable\.xml|webSettings\.xml)$"
)
_PIVOT = re.compile(r"xl/pivotCache/pivotCacheRecords\d*\.xml$")
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml$")


def read_package(stream: BinaryIO, place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    """Read every part; the names of the parts are read too."""
    try:
        with zipfile.ZipFile(stream) as archive:
            yield from _parts(archive, place, within, budget)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        yield Trouble(place, "scan_damaged")


def _parts(archive: zipfile.ZipFile, place: Place, within: Within, budget: Budget) -> Iterator[Found]:
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) > MOST_PARTS:
        yield Trouble(place, "scan_too_big")
        return
    names = {m.filename for m in members}
    office = "[Content_Types].xml" in names
    if not office:
        yield Piece((*place, ("names", 0)), "\n".join(m.filename for m in members))
    strings: list[str] = []
    if "xl/sharedStrings.xml" in names:
        raw = _unpacked(archive, archive.getinfo("xl/sharedStrings.xml"), budget)
        strings = shared_strings(raw) if isinstance(raw, bytes) else []
    for number, member in enumerate(members, start=1):
        sheet = _SHEET.search(member.filename)
        here = (*place, ("sheet", int(sheet.group(1))) if sheet and office else ("part", number))
        yield from _part(archive, member, here, strings if office else None, within, budget)


def _part(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    place: Place,
    strings: list[str] | None,
    within: Within,
    budget: Budget,
) -> Iterator[Found]:
    if strings is not None and _IGNORED.search(member.filename):
        return
    if strings is not None and _PIVOT.search(member.filename):
        yield Trouble(place, "pivot_cache")
    raw = _unpacked(archive, member, budget)
    if isinstance(raw, str):
        yield Trouble(place, raw)
    elif strings is not None and member.filename.endswith((".xml", ".rels", ".vml")):
        yield from read_part(raw, member.filename, place, strings)
    else:
        yield from within(io.BytesIO(raw), member.filename, place, budget)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: Budget) -> bytes | str:
    """Unpack a part within the limits, or give the code of what was wrong; stated sizes count for nothing."""
    if member.flag_bits & 1:
        return "scan_locked"
    most = min(LONGEST_PART, budget.left, max(MOST_RATIO * member.compress_size, 1 << 20))
    try:
        with archive.open(member) as part:
            raw = part.read(most + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return "scan_damaged"
    if len(raw) > most or not budget.take(len(raw)):
        return "scan_too_big"
    return raw
