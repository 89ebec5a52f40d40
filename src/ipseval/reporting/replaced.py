"""A folder of outputs that is replaced whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipseval.core.errors import ReportError

UNFINISHED = ".unfinished-"
MARK = "made_by_ipseval.txt"
"""Stands in every output folder and lists its files; a folder with anything else is never replaced."""


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
    with swapped_folder(target) as fresh:
        yield fresh
        _write_mark(fresh)


@contextmanager
def swapped_folder(target: Path, mode: int = 0o777) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `target`, whatever that holds, when the block ends well.

    `mode` are the rights of the new folder before the user's mask.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_left(target)
        fresh = target.parent / f"{UNFINISHED}{target.name}-{secrets.token_hex(6)}"
        fresh.mkdir(mode)  # less what the user's mask takes away
    except OSError as problem:
        why = f"the output folder {target.name!r} cannot be written ({problem.strerror})"
        raise ReportError(f"{why}; choose another with --out.") from None
    try:
        yield fresh
        _swap(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _refuse_foreign(target: Path) -> None:
    """Refuse to replace what ipseval did not write, or what a person has changed since."""
    if target.is_file():
        raise ReportError(f"the output folder {target.name!r} is a file; choose another with --out.")
    if not target.is_dir():
        return
    made = _made(target / MARK)
    own = [p for p in sorted(target.rglob("*")) if p.is_file() and p.name != MARK]
    foreign = [p.relative_to(target).as_posix() for p in own if made.get(_key(target, p)) != _digest(p)]
    if foreign:
        named = ", ".join(foreign[:3]) + (" ..." if len(foreign) > 3 else "")
        raise ReportError(
            f"the output folder {target.name!r} holds {len(foreign)} file(s) that ipseval did not make or "
            f"that were changed since ({named}), and it would be replaced whole; move them, or choose "
            "another folder with --out."
        )


def _write_mark(folder: Path) -> None:
    """List every file with its digest, so that the next run knows what it may replace."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    lines = ["This folder is replaced whole at every run; keep nothing of your own here."]
    lines += [f"{_digest(path)}  {_key(folder, path)}" for path in files]
    (folder / MARK).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _made(mark: Path) -> dict[str, str]:
    if not mark.is_file():
        return {}
    lines = mark.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _key(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
