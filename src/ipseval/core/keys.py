"""Secret keys in files of their own, and the keyed digests made with them.

An unkeyed digest of a personal number is no protection: all numbers of a generation are tried in seconds.  So
there is no digest here without a key, and a key is never an argument, a default, or inside the project.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ipseval.core.errors import DisclosureError

_HEAD = "ipseval key v1"
_FORM = re.compile(_HEAD + r"\nproject: ([^\n]*)\nkey: ([0-9a-f]{64})\n?")
PROJECT_MARKS = (".git", "pyproject.toml", "plan.yaml")


@dataclass(frozen=True)
class Key:
    """A project's key in hand; the repr shows the project and the fingerprint, never the secret."""

    project: str
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Eight characters that are the same whenever the key is, and tell nothing of it."""
        return hmac.digest(self.secret, b"ipseval|v1|fingerprint", hashlib.sha256)[:4].hex()

    def __repr__(self) -> str:
        """Say whose key it is, not which."""
        return f"<Key of {self.project!r}: {self.fingerprint}>"

    def digest(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA256 of a text for one purpose in this project, 16 bytes of it."""
        message = "\x1f".join(("ipseval", "v1", self.project, purpose, text)).encode()
        return hmac.digest(self.secret, message, hashlib.sha256)[:16]


def new_key(path: str | Path, project: str) -> Key:
    """Make a key file that only its owner can read; an existing one is never replaced."""
    target = Path(path).expanduser()
    if "\n" in project or "\r" in project:
        raise DisclosureError("project= holds a line break; give the project's name on one line.")
    require_outside(target)
    key = Key(project, secrets.token_bytes(32))
    text = f"{_HEAD}\nproject: {project}\nkey: {key.secret.hex()}\n"
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise DisclosureError(
            f"the key file {target.name!r} is there already and is never replaced; choose another name."
        ) from None
    except OSError as problem:
        raise DisclosureError(
            f"the key file {target.name!r} cannot be made ({problem.strerror}); choose another folder."
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return key


def read_key(path: str | Path | None) -> Key:
    """Read a key file; refused when it is not there, stands inside a project, or others may read it."""
    if path is None or not isinstance(path, str | Path) or not str(path):
        raise DisclosureError(
            "key= is missing: pseudonyms need the file of the project's key; make one with "
            "ips.make_key outside the project."
        )
    source = Path(path).expanduser()
    require_outside(source)
    try:
        with source.open("rb") as file:
            _require_private(os.fstat(file.fileno()), source.name)
            content = file.read(4096)
    except OSError as problem:
        raise DisclosureError(
            f"the key file {source.name!r} cannot be opened ({problem.strerror}); check its place, "
            "or make one with ips.make_key."
        ) from None
    read = _FORM.fullmatch(content.decode("utf-8", errors="replace").replace("\r\n", "\n"))
    if read is None:
        raise DisclosureError(
            f"{source.name!r} is no key file of ipseval, or was changed; take it from its backup, since a "
            "new key gives other pseudonyms."
        )
    return Key(read.group(1), bytes.fromhex(read.group(2)))


def _require_private(status: os.stat_result, name: str) -> None:
    """Refuse a key that others may read or write; Windows has no such mode to ask."""
    if os.name == "nt":
        return
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise DisclosureError(
            f"the key file {name!r} can be read or written by others; make it yours alone (chmod 600), and "
            "make a new key if someone may have read it."
        )
    if status.st_uid not in (os.getuid(), 0):
        raise DisclosureError(f"the key file {name!r} belongs to someone else; use a key file of your own.")


def require_outside(path: Path) -> None:
    """Refuse a key inside the project one stands in, or inside any tree that git keeps; name the folder."""
    place = path.resolve()
    kept = next((folder for folder in place.parents if (folder / ".git").exists()), None)
    root = kept or next((root for root in _project_roots() if place.is_relative_to(root)), None)
    if root is None:
        return
    mark = next((mark for mark in PROJECT_MARKS if (root / mark).exists()), None)
    why = f"holds {mark}" if mark else "is the one you work in"
    raise DisclosureError(
        f"the key file {path.name!r} would stand inside a project (the folder {root.name or '/'!r} {why}), "
        "where it is copied and shared with the data; put it in a folder of its own outside."
    )


def _project_roots() -> list[Path]:
    """List the folders that count as the project one stands in, innermost first."""
    here = Path.cwd().resolve()
    marked = [f for f in (here, *here.parents) if any((f / mark).exists() for mark in PROJECT_MARKS)]
    shared = Path.home().resolve().is_relative_to(here)
    return marked if marked or shared else [here]


def project_name() -> str:
    """Name the project one stands in: the outermost folder with a plan, a project file or a git tree."""
    roots = _project_roots()
    return roots[-1].name if roots else Path.cwd().resolve().name
