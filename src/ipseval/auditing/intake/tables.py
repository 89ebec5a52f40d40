"""Finds tables and figures in a text: headings, printed n, and rows of counts, percents, ratios."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ipseval.auditing.intake.texts import TABLE_HERE

HEADING = re.compile(
    r"^\W*(?P<kind>tabel|table|figur|figure)\s+(?P<number>\d+|[A-ZÆØÅ])\s*[:.]\s*(?P<title>.+)$", re.I
)
SIZE = re.compile(r"\(?\b[nN]\s*[:=]\s*(\d+)\)?")
COUNTED = re.compile(
    r"^(?P<label>.*?[^\d\s%(),.].*?)\s*(?<![\d.,])(?P<count>\d+)"
    r"(?:\s*\((?P<percent>\d+(?:[.,]\d+)?)\s*%\)|\s+(?P<bare>\d+(?:[.,]\d+)?)\s*%)\s*$"
)
CELL = r"(\d+)\s*\((\d+(?:[.,]\d+)?)\s*%\)"
BESIDE = re.compile(rf"^(?P<label>.*?[^\d\s%(),.].*?)\s+(?P<cells>{CELL}(?:\s+{CELL})+)(?P<rest>(?:\s.*)?)$")
"""Counts of one answer in several columns: groups, or before and after."""
QUESTION = re.compile(r"^(?P<label>[^\W\d].*?)\s*\(?\b[nN]\s*=\s*(?P<n>\d+)\s*\)?\s*$")
"""A line inside a table that opens a question and says how many answered it."""
BASE = re.compile(r"^(?:grundlag|base)\b.*\(\s*n\s*=\s*(\d+)(?:\s+(?:af|of)\s+\d+)?\s*\)\s*$", re.I)
MEANS = re.compile(
    r"^(?P<label>.*?[^\d\s%(),.].*?)\s+(?P<before>[-−]?\d+[.,]\d+)\s+(?P<after>[-−]?\d+[.,]\d+)\s+"
    r"[-−+]?\d+[.,]\d+\s*\[(?P<rest>.*?)$"
)
"""A mean before, one after and their difference with its interval."""
BARE = re.compile(
    r"^(?P<label>.*?[^\d\s%(),.].*?)\s+(?P<count>\d{1,5})\s+(?P<percent>\d{1,3}(?:[.,]\d+)?)\s*$"
)
"""A count and a percent without its sign, taken only where a column head says percent."""
PERCENT_WORDS = re.compile(r"procent|per\s?cent|\bpct\b|(?<!\d)(?<!\d )%|andel")
"""Heads of percents; a percent of a number, such as 95 % of an interval, is none."""
PERCENTS = re.compile(
    r"^(?P<label>.*?)(?P<cells>(?:\s*\b\d+(?:[.,]\d+)?\s*%){2,})(?P<rest>\s*[^%\d]*|\s+\d+\s*)$"
)
RATIO = re.compile(
    r"^(?P<label>.*?)\s*(?P<mark>\*{0,3})\s+(?P<value>n\.?s\.?|i\.s\.|\d+[.,]\d+)(?P<after>[*†‡]*)\s*"
    r"[\[(]\s*(?P<low><?\d+[.,]\d+)\s*[;,\-–]\s*(?P<high>\d+[.,]\d+)\s*[\])](?P<rest>.*)$"
)
AFTER_INTERVAL = re.compile(
    r"(?:interval|\b[kcs]i)\b(?P<heads>(?:\s+(?:p(?:-værdi|-value)?|n|hændelser|events)(?=\s|$))+)"
)
"""The heads of the columns that follow the interval of a ratio."""
HEADS = {"p": "p", "p-værdi": "p", "p-value": "p", "n": "n", "hændelser": "events", "events": "events"}
TAIL = re.compile(r"(?:[<>]\s*)?\d+(?:[.,]\d+)?")
INTERVALS = {
    "penalised": r"(?:straffe\w*|penali[sz]ed) profil",
    "profile": r"profil\w*[- ]likelihood",
    "wald": r"\bwalds?\b",
}
"""Words by which a report says how its intervals were made."""
STATISTIC = re.compile(
    r"\b(?:mindste|største|nedre kvartil|øvre kvartil|median|gennemsnit|standardafvigelse|minimum|maximum|"
    r"lowest|highest|smallest|largest|lower quartile|upper quartile|mean|average|standard deviation|sd)\W*$",
    re.I,
)
"""Heads of rows whose number is a statistic of answers and counts nobody."""
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
    sizes: list[dict[str, int]] = field(default_factory=list)
    """n and events as they stand beside rows of ratios."""
    means: list[dict[str, Any]] = field(default_factory=list)
    question: tuple[str, int | None] = ("", None)
    """What is asked in the rows at hand, and how many answered it."""
    columns: list[int] = field(default_factory=list)
    """The n of each column, where the heads of groups have one."""
    beyond: dict[int, int] = field(default_factory=dict)
    """Where in a line the text begins of which nothing was read."""
    titled: bool = False
    heads: str = ""
    """The lines that are no rows, lower case: heads of columns say what the numbers are."""
    head: str = ""
    """The last of them before the rows."""

    def has_rows(self) -> bool:
        """Whether any row was read."""
        return bool(self.cells or self.rows or self.ratios or self.means)


def tables(text: str) -> list[Found]:
    """Return the tables and figures with their rows; rows before any heading or table are not taken.

    A table of a document that no heading stands over or in is named by its place among the tables.
    """
    found: list[Found] = []
    now: Found | None = None
    prose = place = 0
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        heading = HEADING.match(line.strip())
        if heading:
            now, prose = _opened(heading, number, found), 0
            found.append(now)
            continue
        if line == TABLE_HERE:
            place, prose, inside = place + 1, 0, True
            if now is None or now.has_rows():
                now = Found(f"untitled_{place}", UNTITLED.format(place), "table", None, [number])
                found.append(now)
            continue
        if now is None:
            continue
        if _base(now, line.strip()) or _row(now, line.strip(), number):
            if number in now.beyond:
                now.beyond[number] += len(line) - len(line.lstrip())
            now.lines[1:] = [number]
            prose = 0
            continue
        now.heads += f" {line.lower()}"
        if now.has_rows() and re.fullmatch(r"[^\d:]{3,60}", line.strip()):
            now.question = line.strip(), None
        elif not now.has_rows() and line.strip():
            now.head = line.lower()
        # A table of a document goes on until a blank line, however long its rows are.
        inside = inside and bool(line.strip())
        prose = prose + 1 if len(line.strip()) > PROSE and not inside else prose
        now = None if prose >= 2 else now
    return [f for f in found if f.titled or f.has_rows()]


def _opened(heading: re.Match[str], number: int, found: list[Found]) -> Found:
    kind = "figure" if heading["kind"].lower().startswith("fig") else "table"
    size = SIZE.search(heading["title"])
    title = SIZE.sub("", heading["title"]).strip(" ()")
    id = f"{kind}_{heading['number']}"
    while any(f.id == id for f in found):
        id += "_again"
    return Found(id, title, kind, int(size[1]) if size else None, [number], titled=True)


def _base(table: Found, line: str) -> bool:
    """Read how many the table, a question in it or each column rests on; no row."""
    sizes, base, question = SIZE.findall(line), BASE.match(line), QUESTION.match(line)
    if table.kind != "table":
        return False
    if base:
        table.n = table.n or int(base[1])
    elif len(sizes) > 1:
        table.columns = [int(size) for size in sizes]
    elif question:
        table.question = question["label"], int(question["n"])
    return bool(base or len(sizes) > 1 or question)


def _row(table: Found, line: str, number: int) -> bool:
    beside, means = BESIDE.match(line), MEANS.match(line)
    if beside and table.kind == "table":
        _columns(table, beside, number)
        table.beyond[number] = beside.start("rest")
        return True
    if means and table.kind == "table":
        told = {"label": _label(means["label"]), "line": number, "n": _last_n(table, means["rest"])}
        table.means.append({**told, "before": means["before"], "after": means["after"]})
        table.beyond[number] = means.end("after")
        return True
    return _one_column(table, line, number)


def _columns(table: Found, row: re.Match[str], number: int) -> None:
    """Take the counts of each column as an answer of its own."""
    found = re.findall(CELL, row["cells"])
    sizes: list[int | None] = list(table.columns)
    if len(sizes) != len(found):
        sizes = [_last_n(table, row["rest"]) or table.question[1]] * len(found)
    for column, ((count, percent), n) in enumerate(zip(found, sizes, strict=True), start=1):
        cell = {"label": _label(row["label"]), "line": number, "count": int(count), "percent": percent}
        table.cells.append({**cell, "of": (table.question[0], n, column)})


def _last_n(table: Found, text: str) -> int | None:
    """The whole number that a row ends with, under a last head that is n."""
    last = re.search(r"\s(\d+)\s*$", text)
    return int(last[1]) if last and re.search(r"(?:^|\s)n\s*$", table.head) else None


def _one_column(table: Found, line: str, number: int) -> bool:
    ratio, counted, percents = RATIO.match(line), COUNTED.match(line), PERCENTS.match(line)
    bare = BARE.match(line) if table.kind == "table" and PERCENT_WORDS.search(table.heads) else None
    if ratio and RATIO_WORDS.search(f"{table.title} {table.heads} {ratio['label']}".lower()):
        hidden = not ratio["value"][:1].isdigit()
        table.ratios.append(
            {
                "label": ratio["label"].strip(),
                "line": number,
                "low": _end(ratio["low"]),
                "high": ratio["high"],
                "mark": ratio["mark"] or "*" * ratio["after"].count("*"),
                **({"hidden": True} if hidden else {"value": ratio["value"]}),
                **_told(table, _beside(table, ratio["rest"])),
            }
        )
    elif counted:
        cell = {"label": _label(counted["label"]), "line": number}
        table.cells.append(
            {
                **cell,
                "count": int(counted["count"]),
                "percent": counted["percent"] or counted["bare"],
                **_asked(table),
            }
        )
    elif bare and not re.search(r"[%\[]", bare["label"]):
        cell = {"label": _label(bare["label"]), "line": number}
        table.cells.append({**cell, "count": int(bare["count"]), "percent": bare["percent"], **_asked(table)})
    elif percents and table.kind == "table":
        cells = re.findall(r"(\d+(?:[.,]\d+)?)\s*%", percents["cells"])
        row = {"label": _label(percents["label"]), "line": number, "percents": cells}
        table.rows.append({**row, "n": _last_n(table, percents["rest"])})
    elif beside := _beside(table, line, fewest=3):
        _told(table, beside)
    elif table.kind == "table" and not table.rows and (only := _only_a_count(line)):
        table.cells.append({"label": _label(only["label"]), "line": number, "count": int(only["count"])})
    else:
        return False
    return True


def _asked(table: Found) -> dict[str, Any]:
    label, n = table.question
    return {"of": (label, n, 0)} if label else {}


def _end(printed: str) -> str:
    """The end of an interval; `<0.01` is one that rounds to nothing."""
    return re.sub(r"\d", "0", printed[1:]) if printed.startswith("<") else printed


def _only_a_count(line: str) -> re.Match[str] | None:
    """Match a row of one whole number, unless it is a statistic or says how many were asked."""
    found = COUNT_ONLY.match(line)
    return None if found is None or STATISTIC.search(found["label"]) or SIZE.search(line) else found


def _beside(table: Found, text: str, fewest: int = 2) -> dict[str, str]:
    """Read the end of a line under the heads that follow the interval: p, n and events; or nothing.

    After an interval the last columns may be blank; `fewest` is how many must stand there.
    """
    found = AFTER_INTERVAL.search(table.heads)
    heads = [HEADS[word] for word in found["heads"].split()] if found else []
    numbers = TAIL.findall(text)[-len(heads) :] if heads else []
    told = dict(zip(heads, numbers, strict=False))
    fits = all(value.isdigit() == (key != "p") for key, value in told.items())
    at_end = re.search(r"\s+".join(map(re.escape, numbers)) + r"\s*$", text)
    return told if len(numbers) >= min(fewest, len(heads)) and fits and at_end else {}


def _told(table: Found, beside: Mapping[str, str]) -> dict[str, str]:
    """Keep n and events with the table, and return the p as an entry has it."""
    table.sizes.append({key: int(beside[key]) for key in ("n", "events") if key in beside})
    p = beside.get("p", "")
    return {} if not p or p.startswith(">") else {"p_below": p.strip("< ")} if p.startswith("<") else {"p": p}


def interval_told(table: Found) -> str | None:
    """Say by which method the lines about a table made its intervals, where they say so."""
    return next((name for name, words in INTERVALS.items() if re.search(words, table.heads)), None)


def _label(text: str) -> str:
    return " ".join(text.strip(" |!¡").split())
