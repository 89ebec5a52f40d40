"""Tells whether a SAS transport file is whole, which its readers do not.

A file of version 8 may say how many rows it holds (0 where its writer did not know); one of version 5
does not, but both are written in records of 80 bytes that end in blanks after the last row.  Source: SAS
Institute, "Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport (XPORT) Format", and the same
of "Version 8 or 9".
"""

from __future__ import annotations

import struct
from pathlib import Path

from ipseval.core.errors import ReadError
from ipseval.loading.formats.content import read_bytes

_RECORD = 80
_NAMESTR = 140


def require_whole_xport(path: Path, n_rows: int) -> None:
    """Refuse a transport file that ends before its last row."""
    content = read_bytes(path)
    start, width, stated = _layout(content, path.name)
    data = content[start:]
    left = len(data) - n_rows * width
    padded = data[n_rows * width :].strip(b" ") == b""
    short = stated is not None and stated != n_rows
    if short or len(content) % _RECORD or left >= _RECORD or not padded:
        should = f"should hold {stated} rows but " if short else ""
        raise ReadError(
            f"{path.name} {should}ends after {n_rows} whole row(s): it is cut off or was not written to "
            "its end; copy or export it again."
        )


def _layout(content: bytes, file: str) -> tuple[int, int, int | None]:
    """Find where the rows begin, how wide one is, and how many the header states."""
    names = content.find(b"HEADER RECORD*******NAMESTR")
    names8 = content.find(b"HEADER RECORD*******NAMSTV8")
    obs = content.find(b"HEADER RECORD*******OBS")
    at = names8 if names < 0 else names
    if at < 0 or obs < 0:
        raise ReadError(
            f"{file} begins as a SAS transport file but its headers are cut off; export it again."
        )
    count = int(content[at + 48 : at + 58])
    width = sum(
        struct.unpack(">h", content[at + _RECORD + i * _NAMESTR + 4 : at + _RECORD + i * _NAMESTR + 6])[0]
        for i in range(count)
    )
    header = content[obs : obs + _RECORD]
    stated = (
        header[48:].split()[0]
        if header.startswith(b"HEADER RECORD*******OBSV8") and header[48:].split()
        else b""
    )
    if b"HEADER RECORD*******MEMB" in content[obs:]:
        raise ReadError(f"{file} holds several SAS data sets; export one data set per file.")
    return obs + _RECORD, width, int(stated) or None if stated.isdigit() else None
