"""Finds tables and figures in a text: headings, printed n, and rows of counts, percents, ratios."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ipseval.auditing.intake.texts import TABLE_HERE

HEADING = re.compile(
    r"^\W*(?P<kind>tabel|table|figur|figure)\s+(?P<number>\d+)\s*[:.]\s*(?P<title>.+)$", re.I
)
SIZE = re.compile(r"\(?\b[nN]\s*[:=]\s*(\d+)\)?")
COUNTED = re.compile(
    r"^(?P<label>.*?[^\d\s%(),.].*?)\s*(?<![\d.,])(?P<count>\d+)"
    r"(?:\s*\((?P<percent>\d+(?:[.,]\d+)?)\s*%\)|\s+(?P<bare>\d+(?:[.,]\d+)?)\s*%)\s*$"
)
BARE = re.compile(
    r"^(?P<label>.*?[^\d\s%(),.].*?)\s+(?P<count>\d{1,5})\s+(?P<percent>\d{1,3}(?:[.,]\d+)?)\s*$"
)
"""A count and a percent without its sign, taken only where a column head says percent."""
PERCENT_WORDS = re.compile(r"procent|per\s?cent|\bpct\b|%|andel")
PERCENTS = re.compile(r"^(?P<label>.*?)(?P<cells>(?:\s*\b\d+(?:[.,]\d+)?\s*%){2,})(?P<rest>\s*[^%\d]*)$")
RATIO = re.compile(
    r"^(?P<label>.*?)\s*(?P<mark>\*{0,3})\s+(?P<value>n\.?s\.?|i\.s\.|\d+[.,]\d+)\s*"
    r"[\[(]\s*(?P<low>\d+[.,]\d+)\s*[;,\-–]\s*(?P<high>\d+[.,]\d+)\s*[\])]"
)
COUNT_ONLY = re.compile(r"^(?P<label>[^\d%]*[^\W\d][^\d%]*?)\s+(?P<count>\d{1,4})\s*$")
RATIO_WORDS = re.compile(r"odds|ratio|hazard|logisti|regression|\bor\b|\brr\b|\bhr\b")
UNTITLED = "table number {} of the document, which has no heading"
PROSE = 75
"""A line this long without a cell is running text, and ends a table."""


@dataclass
class Found:
    """A table as it is gathered: its heading, lines and rows."""

    id: str
    title: str
    kind: str
    n: int | None
    lines: list[int]
    cells: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    ratios: list[dict[str, Any]] = field(default_factory=list)
    titled: bool = False
    heads: str = ""
    """The lines that are no rows, lower case: heads of columns say what the numbers are."""


def tables(text: str) -> list[Found]:
    """Return the tables and figures with their rows; rows before any heading or table are not taken.

    A table of a document that no heading stands over or in is named by its place among the tables.
    """
    found: list[Found] = []
    now: Found | None = None
    prose = place = 0
    for number, line in enumerate(text.split("\n"), start=1):
        heading = HEADING.match(line.strip())
        if heading:
            now, prose = _opened(heading, number, found), 0
            found.append(now)
            continue
        if line == TABLE_HERE:
            place, prose = place + 1, 0
            if now is None or now.cells or now.rows or now.ratios:
                now = Found(f"untitled_{place}", UNTITLED.format(place), "table", None, [number])
                found.append(now)
            continue
        if now is None:
            continue
        if _row(now, line.strip(), number):
            now.lines[1:] = [number]
            prose = 0
            continue
        now.heads += f" {line.lower()}"
        prose = prose + 1 if len(line.strip()) > PROSE else prose
        now = None if prose >= 2 else now
    return [f for f in found if f.titled or f.cells or f.rows or f.ratios]


def _opened(heading: re.Match[str], number: int, found: list[Found]) -> Found:
    kind = "figure" if heading["kind"].lower().startswith("fig") else "table"
    size = SIZE.search(heading["title"])
    title = SIZE.sub("", heading["title"]).strip(" ()")
    id = f"{kind}_{heading['number']}"
    while any(f.id == id for f in found):
        id += "_again"
    return Found(id, title, kind, int(size[1]) if size else None, [number], titled=True)


def _row(table: Found, line: str, number: int) -> bool:
    ratio, counted, percents = RATIO.match(line), COUNTED.match(line), PERCENTS.match(line)
    bare = BARE.match(line) if table.kind == "table" and PERCENT_WORDS.search(table.heads) else None
    if ratio and RATIO_WORDS.search(f"{table.title.lower()} {table.heads}"):
        hidden = not ratio["value"][:1].isdigit()
        table.ratios.append(
            {
                "label": ratio["label"].strip(),
                "line": number,
                "low": ratio["low"],
                "high": ratio["high"],
                "mark": ratio["mark"],
                **({"hidden": True} if hidden else {"value": ratio["value"]}),
            }
        )
    elif counted:
        cell = {"label": _label(counted["label"]), "line": number}
        table.cells.append(
            {**cell, "count": int(counted["count"]), "percent": counted["percent"] or counted["bare"]}
        )
    elif bare:
        cell = {"label": _label(bare["label"]), "line": number}
        table.cells.append({**cell, "count": int(bare["count"]), "percent": bare["percent"]})
    elif percents and table.kind == "table":
        cells = re.findall(r"(\d+(?:[.,]\d+)?)\s*%", percents["cells"])
        table.rows.append({"label": _label(percents["label"]), "line": number, "percents": cells})
    elif table.kind == "table" and not table.rows and (only := COUNT_ONLY.match(line)):
        table.cells.append({"label": _label(only["label"]), "line": number, "count": int(only["count"])})
    else:
        return False
    return True


def _label(text: str) -> str:
    return " ".join(text.strip(" |!¡").split())
