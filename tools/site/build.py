"""Builds the site of docs in build/docs: pages of docs/, one reference page per public name, links checked.

Run: python tools/site/build.py [folder].  It opens from disk, asks for nothing from the network and stops at
a broken link.
"""

from __future__ import annotations

import logging
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipseval
from ipseval import _VERBS
from ipseval.instruments import catalog_text

ROOT = Path(__file__).parents[2]
FIRST = ("which_analysis", "hurtig_start")
ROOMS = {
    "Reading": ("loading", "dream"),
    "Instruments": ("instruments",),
    "Outcomes from registers": ("outcomes",),
    "Analysis": ("analysis",),
    "Reports and release": ("reporting", "study", "core"),
    "Audit": ("auditing",),
}


def methods_of(name: str, folder: Path) -> list[Path]:
    """Return the methods pages that speak of a public name as code, the one that does so most first."""
    spoken = re.compile(rf"(?:`(?:ips\.)?|ips\.){name}(?!\w)")
    counts = {
        page: len(spoken.findall(page.read_text(encoding="utf-8"))) for page in sorted(folder.glob("*.md"))
    }
    return sorted((page for page, n in counts.items() if n), key=lambda page: -counts[page])[:3]


def method_links(name: str, folder: Path) -> str:
    """Link a reference page to the methods pages of its name."""
    pages = methods_of(name, folder)
    titles = [page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for page in pages]
    links = [f"[{t}](../docs/methods/{p.name})" for t, p in zip(titles, pages, strict=True)]
    return f"Methods: {', '.join(links)}\n\n" if links else ""


def reference(source: Path) -> dict[str, list[str]]:
    """Write one page per public name and return the pages by room."""
    folder = source / "reference"
    folder.mkdir(parents=True)
    rooms: dict[str, list[str]] = {room: [] for room in ROOMS}
    for name, module in sorted(_VERBS.items(), key=lambda pair: pair[0].lower()):
        member = module if module == f"ipseval.{name}" else f"{module}.{name}"
        links = method_links(name, ROOT / "docs" / "methods")
        page = f"---\ntitle: {name}\n---\n\n{links}::: {member}\n"
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
        part = module.split(".")[1]
        room = next((room for room, parts in ROOMS.items() if part in parts), "Reports and release")
        rooms[room].append(f"reference/{name}.md")
    text = f"# The instruments\n\n```text\n{catalog_text('en')}\n```\n"
    (folder / "instrument_list.md").write_text(text, encoding="utf-8")
    rooms["Instruments"].append("reference/instrument_list.md")
    return {room: pages for room, pages in rooms.items() if pages}


def pages_of(folder: Path, source: Path) -> list[str]:
    """Return the pages of a folder as the site names them, in order."""
    return [str(path.relative_to(source).as_posix()) for path in sorted(folder.glob("*.md"))]


def navigation(source: Path, rooms: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """Yield the parts of the menu."""
    docs = source / "docs"
    yield {"Start": "index.md"}
    yield from ({"": f"docs/{name}.md"} for name in FIRST if (docs / f"{name}.md").is_file())
    yield {"Formats": [p for p in pages_of(docs, source) if Path(p).stem not in FIRST]}
    for title, name in (("Methods", "methods"), ("Measured", "measured"), ("Audit", "audit")):
        if (docs / name).is_dir():
            yield {title: pages_of(docs / name, source)}
    yield {"Reference": [{room: pages} for room, pages in rooms.items()]}
    yield {"House": ["ARCHITECTURE.md", "CHANGELOG.md"]}


def set_out(source: Path) -> list[Any]:
    """Lay the pages out in `source` and return the menu."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copytree(ROOT / "docs", source / "docs")
    shutil.copy(ROOT / "README.md", source / "index.md")
    for name in ("ARCHITECTURE.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, source / name)
    rooms = reference(source)
    return [entry.get("", entry) for entry in navigation(source, rooms)]


def build(target: Path) -> Path:
    """Build the site into `target`; any warning (a broken link, a page without a docstring) stops it."""
    from mkdocs.commands.build import build as build_site
    from mkdocs.config import load_config

    source = target.parent / f"{target.name}-source"
    menu = set_out(source)
    config = load_config(
        str(Path(__file__).parent / "mkdocs.yml"),
        docs_dir=str(source), site_dir=str(target), nav=menu, strict=True,
    )  # fmt: skip
    build_site(config)
    shutil.rmtree(source)
    return target / "index.html"


def main() -> None:
    """Build and say where the site is."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "docs"
    page = build(target.resolve())
    print(f"ipseval {ipseval.__version__}: {page}")


if __name__ == "__main__":
    main()
