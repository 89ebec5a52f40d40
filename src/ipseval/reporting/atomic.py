"""Writes files whole or not at all, and packages (docx, xlsx) with the same bytes every time.

A file is written beside its place and then moved over it, so a reader never meets half a file and an
earlier one survives a failure.  The moving is `os.replace`, which Windows has too.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from contextlib import suppress
from pathlib import Path

from ipseval.core.errors import ReportError

_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Put `content` at `path` in one step; the folder is made when it is not there."""
    target = Path(path)
    part = target.with_name(f".{target.name[:80]}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, target)
    except OSError as problem:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ReportError(
            f"{target.name} cannot be written in the folder {target.parent.name!r} ({problem.strerror}): "
            "close the file where it is open, or choose a folder you may write to."
        ) from None
    return target


def write_text(path: str | Path, text: str) -> Path:
    """Put text at `path` as UTF-8 in one step, with the line ends as they stand in the text."""
    return write_bytes(path, text.encode("utf-8"))


def stable_package(content: bytes) -> bytes:
    """Rewrite a zip package without clocks: same parts in the same order, one fixed date."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z\g<3>", part)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            new.writestr(info, part)
    return out.getvalue()
