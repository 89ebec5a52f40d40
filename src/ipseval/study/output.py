"""A folder of outputs that is replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipseval.core.errors import ReportError

UNFINISHED = ".unfinished-"
MARK = "made_by_ipseval.txt"
"""Stands in every output folder; a folder with other files and without it is never replaced."""


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside `target`; when the block ends well it takes the target's place.

    What an earlier run left half-written is removed first.  If the block fails, the old outputs stay.

    Raises
    ------
    ReportError
        When the folder cannot be written, holds files that are not ours, or a file in it is open.
    """
    target = target.resolve()
    _refuse_foreign(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_left(target)
        fresh = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{target.name}-", dir=target.parent))
    except OSError as problem:
        why = f"the output folder {target.name!r} cannot be written ({problem.strerror})"
        raise ReportError(f"{why}; choose another with --out.") from None
    try:
        yield fresh
        (fresh / MARK).write_text("This folder is replaced whole at every run.\n", encoding="utf-8")
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _refuse_foreign(target: Path) -> None:
    if target.is_file():
        raise ReportError(f"the output folder {target.name!r} is a file; choose another with --out.")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise ReportError(
            f"the output folder {target.name!r} holds files that ipseval did not make, and it would be "
            "replaced whole; choose an empty or new folder with --out."
        )


def _clear_left(target: Path) -> None:
    """Bring back outputs that a run moved aside and then died; remove what else an earlier run left.

    Random names hold no hyphen, so a run that is writing "report-en" is not taken for one of "report".
    """
    old = _aside(target)
    if old.exists() and not target.exists():
        os.replace(old, target)
    prefix = f"{UNFINISHED}{target.name}-"
    for left in target.parent.iterdir():
        if left.name.startswith(prefix) and "-" not in left.name.removeprefix(prefix):
            shutil.rmtree(left, ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.parent / f"{UNFINISHED}{target.name}-old"


def _swap(fresh: Path, target: Path) -> None:
    old = _aside(target)
    try:
        # mkdtemp makes owner-only folders; a report folder gets the usual rights where the system has them.
        fresh.chmod(0o755)
        if target.exists():
            os.replace(target, old)
        os.replace(fresh, target)
    except OSError as problem:
        if old.exists() and not target.exists():
            os.replace(old, target)
        raise ReportError(
            f"the output folder {target.name!r} cannot be replaced ({problem.strerror}); "
            "close files that are open from it and run again."
        ) from None
    shutil.rmtree(old, ignore_errors=True)
