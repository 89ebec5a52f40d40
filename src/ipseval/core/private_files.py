"""Files with data on people: made so that only their owner can read them, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ipseval.core.errors import ReportError

OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700


def private_part(path: Path) -> Path:
    """Make an empty owner-only file beside `path` for a writer; opening it for writing keeps its rights."""
    part = path.with_name(f".{path.name[:80]}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    return part


def fill_private(path: Path, write: Callable[[Path], Any]) -> None:
    """Have a writer fill an owner-only file beside `path` and move it there; a failure leaves nothing."""
    part = private_part(path)
    try:
        write(part)
        with suppress(OSError):
            os.chmod(part, OWNER_ONLY)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_private(path: Path, content: bytes) -> None:
    """Write bytes to an owner-only file in one step."""
    try:
        fill_private(path, lambda part: part.write_bytes(content))
    except OSError as problem:
        raise ReportError(
            f"{path.name} cannot be written in the folder {path.parent.name!r} ({problem.strerror}); choose "
            "a folder you may write to."
        ) from None
