"""Reads a report as lines of text: .txt as it stands, .docx by paragraph and table row, .html by block."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ipseval.auditing.reading import read_text
from ipseval.core.errors import AuditError

BLOCKS = {
    "p",
    "div",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "caption",
    "figcaption",
    "br",
    "section",
}
TABLE_HERE = "[table]"
"""Stands alone on the line where a table of the document begins, so that one without a caption is seen."""
SKIPPED = {"script", "style", "head"}


def report_text(path: Path) -> str:
    """Return the text of a report; line k of the text is what `line: k` points to."""
    suffix = path.suffix.lower()
    if suffix in (".txt", ".md", ".text"):
        return read_text(path).replace("\r\n", "\n").replace("\x0c", " ")
    if suffix in (".html", ".htm"):
        return _html(read_text(path))
    if suffix == ".docx":
        return _docx(path)
    raise AuditError(
        f"{path.name}: only .txt, .docx and .html reports are read; save the report as one of these."
    )


def _docx(path: Path) -> str:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError):
        raise AuditError(f"{path.name} cannot be opened as a Word document.") from None
    lines: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            lines.append(TABLE_HERE)
            lines.extend(_row_text(row) for row in block.rows)
            lines.append("")
        else:
            lines.extend(block.text.split("\n"))
    return "\n".join(lines)


def _row_text(row: Any) -> str:
    """Join the cells of a row; a merged cell stands once, and two cells that say the same stand twice."""
    cells = {id(cell._tc): cell.text.strip() for cell in row.cells}
    return " ".join(cells.values())


class _Lines(HTMLParser):
    """Gathers visible text, one line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in SKIPPED
        if tag == "table":
            self.lines += [[TABLE_HERE], []]
        if tag in BLOCKS:
            self.lines.append([])
        elif tag in ("td", "th"):
            self.lines[-1].append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in SKIPPED and self.hidden > 0
        if tag in BLOCKS:
            self.lines.append([])

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.lines[-1].append(data)


def _html(text: str) -> str:
    parser = _Lines()
    parser.feed(text)
    lines = [" ".join("".join(parts).split()) for parts in parser.lines]
    return "\n".join(line for line in lines if line)
