"""The folder of a release: replaced whole or not at all, and only where ipseval made it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipseval.core.errors import ReportError
from ipseval.reporting.replaced import swapped_folder

RECORD = "evidence.json"
"""A folder that holds anything but has no such file was not made by a release."""


@contextmanager
def release_folder(target: Path, *, private: bool = False, replace: bool = False) -> Iterator[Path]:
    """Yield an empty owner-only folder beside `target` that takes its place when the block ends well.

    Raises
    ------
    ReportError
        When `target` holds something that no release made, an earlier release without `replace`, or cannot
        be replaced.
    """
    target = target.resolve()
    if target.exists() and (
        not target.is_dir() or (any(target.iterdir()) and not (target / RECORD).is_file())
    ):
        raise ReportError(
            f"the folder {target.name!r} holds something that no release made; choose a new or empty folder."
        )
    if not replace and (target / RECORD).is_file():
        raise ReportError(
            f"the folder {target.name!r} holds an earlier release: choose a new folder, or say replace=True "
            "to take its place."
        )
    with swapped_folder(target, 0o700) as fresh:
        yield fresh
        if not private:
            fresh.chmod(0o755)
