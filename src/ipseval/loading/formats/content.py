"""Tells what a file is by its first bytes, not by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ipseval.core.checks import near_names
from ipseval.core.errors import ReadError

FORMATS: dict[str, tuple[str, ...]] = {
    "sav": (".sav", ".zsav"),
    "por": (".por",),
    "dta": (".dta",),
    "sas7bdat": (".sas7bdat",),
    "xpt": (".xpt", ".xport", ".v5xpt", ".v8xpt"),
    "xlsx": (".xlsx", ".xlsm"),
    "text": (".csv", ".tsv", ".txt", ".tab", ".dat"),
    "zip": (".zip",),
}
"""The kinds of content that can be read, and the file endings that each goes by."""

NAMES = {
    "sav": "an SPSS file (.sav)",
    "por": "an SPSS portable file (.por)",
    "dta": "a Stata file (.dta)",
    "sas7bdat": "a SAS data set (.sas7bdat)",
    "xpt": "a SAS transport file (.xpt)",
    "xlsx": "an Excel workbook (.xlsx)",
    "text": "delimited text (.csv)",
    "zip": "a zip archive",
    "idl": "an IDL save file, which shares the ending .sav with SPSS",
    "xls": "an old Excel workbook (.xls) or one locked with a password",
    "excel_xml": "an Excel 2003 XML workbook",
    "html": "a web page",
    "xml": "an XML document",
    "json": "a JSON document",
    "pdf": "a PDF document",
    "gzip": "a gzip archive",
    "parquet": "a Parquet file",
    "binary": "a binary file of a kind that is not known here",
}
_SAS7BDAT = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
    (b"SR\x00\x04", "idl"),
    (b"SR\x00\x06", "idl"),
    (b"<stata_dta>", "dta"),
    (_SAS7BDAT, "sas7bdat"),
    (b"HEADER RECORD*******", "xpt"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"PAR1", "parquet"),
)
_OLD_STATA = frozenset({102, 103, 104, 105, 108, 110, 111, 112, 113, 114, 115})
_HEAD = 512


def require_file(path: Path) -> None:
    """Refuse a path that is not there, offering near names of the same folder."""
    try:
        there, folder = path.exists(), path.parent
        beside = sorted(p.name for p in folder.iterdir()) if not there and folder.is_dir() else []
    except OSError as problem:
        raise cannot_open(path, problem) from None
    if there:
        return
    if not folder.is_dir():
        raise ReadError(
            f"{path.name} is not there, nor is the folder {folder.name!r} that should hold it; check the "
            "path."
        )
    near = near_names(path.name, beside)
    hint = (
        f"did you mean {' or '.join(map(repr, near))}?"
        if near
        else f"the folder {folder.resolve().name!r} holds {len(beside)} other file(s), none with a near name."
    )
    raise ReadError(f"{path.name} is not there: {hint}")


def cannot_open(path: Path, problem: OSError) -> ReadError:
    """Word an operating system's refusal: no permission, locked, gone."""
    return ReadError(
        f"{path.name} cannot be opened ({problem.strerror or type(problem).__name__}); "
        "check that you may read it and that no other program holds it."
    )


def read_bytes(path: Path, most: int = -1) -> bytes:
    """Read a file, or its first bytes; a refusal of the system becomes one sentence."""
    try:
        with path.open("rb") as handle:
            return handle.read(most)
    except OSError as problem:
        raise cannot_open(path, problem) from None


def content_of(path: Path) -> str:
    """Say what a file is by its content: a key of `NAMES`.

    Raises
    ------
    ReadError
        If the file is empty, cannot be opened, or is a cut-off zip container.
    """
    head = read_bytes(path, _HEAD)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf") and path.stat().st_size <= _HEAD:
        raise ReadError(f"{path.name} is empty ({len(head)} bytes); export it again.")
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if b"SPSS PORT FILE" in head:
        return "por"
    if len(head) > 4 and head[0] in _OLD_STATA and head[1] in (1, 2) and head[2] == 1 and head[3] == 0:
        return "dta"
    return _kind_of_text(head)


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise ReadError(
            f"{path.name} begins as an Excel workbook or a zip archive but is cut off or damaged; "
            "export or copy it again."
        ) from None
    return "xlsx" if any(n.startswith("xl/") for n in names) else "zip"


def _kind_of_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    if b"\x00" in head:
        return "binary"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"<?xml"):
        return "excel_xml" if b"spreadsheet" in head.lower() or b"workbook" in head.lower() else "xml"
    return "json" if start.startswith((b"{", b"[{", b"[[")) else "text"


def expected_of(path: Path) -> str | None:
    """Say what a file's ending promises, or None for an ending that is not known."""
    ending = path.suffix.lower()
    return next((kind for kind, endings in FORMATS.items() if ending in endings), None)


def settle_kind(path: Path, asked: str | None) -> str:
    """Compare content with the ending, or with what was asked for, and refuse where they differ."""
    kind = content_of(path)
    if kind not in FORMATS:
        raise ReadError(
            f"{path.name} is {NAMES[kind]}, which cannot be read here; "
            "save it as .xlsx, .csv or .sav from the program that made it."
        )
    promised = asked or expected_of(path)
    if promised is not None and promised != kind:
        where = f"format={asked!r} was asked for" if asked else f"its ending is {path.suffix}"
        raise ReadError(
            f"{path.name} is not {NAMES[promised]}: {where}, but its content is {NAMES[kind]}; "
            f"give it the right ending, or say format={_format_name(kind)!r}."
        )
    return kind


def _format_name(kind: str) -> str:
    return "csv" if kind == "text" else kind
