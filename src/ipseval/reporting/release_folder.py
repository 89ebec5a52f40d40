"""The folder of a release: replaced whole or not at all, and only where ipseval made it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipseval.core.errors import ReportError

RECORD = "evidence.json"
"""A folder that holds anything but has no such file was not made by a release."""


@contextmanager
def release_folder(target: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield an empty owner-only folder beside `target` that takes its place when the block ends well.

    Raises
    ------
    ReportError
        When `target` holds something that no release made, or cannot be replaced.
    """
    target = target.resolve()
    if target.exists() and (
        not target.is_dir() or (any(target.iterdir()) and not (target / RECORD).is_file())
    ):
        raise ReportError(
            f"the folder {target.name!r} holds something that no release made; choose a new or empty folder."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as problem:
        raise ReportError(
            f"the folder {target.name!r} cannot be written ({problem.strerror}); choose another."
        ) from None
    old = fresh.with_name(f"{fresh.name}-old")
    try:
        yield fresh
        if not private:
            fresh.chmod(0o755)
        if target.exists():
            os.replace(target, old)
        os.replace(fresh, target)
    except OSError as problem:
        _back(old, target)
        shutil.rmtree(fresh, ignore_errors=True)
        raise ReportError(
            f"the folder {target.name!r} cannot be replaced ({problem.strerror}); close its files and run "
            "again."
        ) from None
    except BaseException:
        _back(old, target)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _back(old: Path, target: Path) -> None:
    if old.exists() and not target.exists():
        os.replace(old, target)
