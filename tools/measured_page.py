"""A page of docs/measured that several tools write: each its own sections, the others as they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

HEAD = ""


def put(page: Path, heading: str, lines: Sequence[str]) -> None:
    """Write a section below its heading, in its place or last; an empty heading is the top of the page."""
    parts = _parts(page.read_text(encoding="utf-8")) if page.exists() else {}
    parts[heading] = "\n".join(lines).strip()
    order = [HEAD, *(name for name in parts if name != HEAD)]
    texts = [f"## {name}\n\n{parts[name]}" if name else parts[name] for name in order if name in parts]
    page.write_text("\n\n".join(texts) + "\n", encoding="utf-8")


def _parts(text: str) -> dict[str, str]:
    first, *rest = ("\n" + text).split("\n## ")
    named = {HEAD: first.strip()} if first.strip() else {}
    for part in rest:
        name, _, body = part.partition("\n")
        named[name.strip()] = body.strip()
    return named
