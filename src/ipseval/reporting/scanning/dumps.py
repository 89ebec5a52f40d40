"""Printed rows of persons: tables in which some column tells every row apart, as a personal key does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ipseval.core.identity import parse_cpr
from ipseval.core.identity_columns import KEY_KINDS, identify, is_vague, kind_by_name, tells_of_persons
from ipseval.reporting.scanning.pieces import HEAD_ROWS, Grid

FEWEST_ROWS = 3
LONGEST_LINE = 2_000
_BLANKS = re.compile(r"\s{2,}")
_DTYPE = re.compile(r"str|cat|bool|date|[iuf](?:8|16|32|64)|datetime\[.*|…|\.\.\.|-+")
"""What polars and pandas print among the values of a column: its type, or that rows are left out."""
_HOLDS = {"name": r".*[^\W\d_]{2}", "birth": r".*\d.*\d.*\d", "contact": r".*\w"}
"""What the values of a column must hold that describes persons; of the others only ages count."""
_WRAPPED = " \\\r"
"""What stands at the end of a line of a frame that goes on below."""
_BOXES = re.compile(r"\s*[│┃║┆|]\s*")
_RULER = re.compile(r"[\s│┃║┆|+┌┐└┘├┤┬┴┼╞╡╪═─━\-=:.…]*")


def rows_of_persons(grid: Grid) -> tuple[str, int] | None:
    """Judge a table: the level and how many rows it has for persons; None when it has none."""
    if len(grid.rows) < FEWEST_ROWS + 1:
        return None
    head = grid.rows[0]
    body = [row for row in grid.rows[1:] if any(row)]
    columns = [(name, [row[k] for row in body if k < len(row) and row[k]]) for k, name in enumerate(head)]
    judged = [_judge(name, values, plain=len(head) < 2) for name, values in columns]
    best = [found for found in (*judged, _described(columns)) if found]
    return max(best, key=lambda f: (f[0] == "likely", f[1])) if best else None


def _judge(name: str, values: Sequence[str], *, plain: bool) -> tuple[str, int] | None:
    """A key stands in nearly every row and hardly twice, or its values are personal numbers."""
    values = [v for v in values if not _DTYPE.fullmatch(v)]
    if len(values) < FEWEST_ROWS:
        return None
    found = identify(name, values)
    if found is None or found.kind not in KEY_KINDS:
        return None
    distinct = len(set(values))
    if found.kind == "cpr" and found.by == "values":
        headless = (
            parse_cpr(name) is not None
        )  # a frame whose head was cut off: the first row stands as the head
        return "likely", len(values) + headless
    if distinct < FEWEST_ROWS or any(" " in v or len(v) > 40 for v in values):
        return None
    if found.by == "name" and (distinct < 0.5 * len(values) or plain):
        return None
    vague = is_vague(name)
    if vague and any(not re.search(r"\d", v) for v in values):
        return None
    return ("possible" if vague else "likely"), len(values)


def _described(columns: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, int] | None:
    """Judge a table by columns that describe persons (a first name, a name with an address)."""
    there = [(name, [v for v in values if not _DTYPE.fullmatch(v)]) for name, values in columns]
    filled = [(name, values) for name, values in there if _fits(name, values)]
    level = tells_of_persons(name for name, _ in filled)
    return (level, max(len(values) for _, values in filled)) if level and len(columns) > 1 else None


def _fits(name: str, values: Sequence[str]) -> bool:
    """Say whether a column holds what its name says: words, days, ages; capitals where the name is vague."""
    if len(set(values)) < FEWEST_ROWS or any(len(v) > 80 or kind_by_name(v) for v in values):
        return False
    kind = kind_by_name(name)
    needed = _HOLDS.get(kind, r"\d{1,3}$")
    capital = kind == "name" and is_vague(name)
    fit = sum(re.match(needed, v) is not None and (not capital or v[0].isupper()) for v in values)
    return fit > 0.8 * len(values)


def printed_tables(text: str) -> Iterator[tuple[int, Grid]]:
    """Find printed frames in a text, runs of lines with as many columns, and their first line."""
    run: list[tuple[str, ...]] = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        cells = _cells(line.rstrip(_WRAPPED))
        if cells is None:
            if _RULER.fullmatch(line) and line.strip():
                continue
            yield from _ended(run, start)
            run = []
        else:
            if run and abs(len(cells) - len(run[-1])) > 1:
                yield from _ended(run, start)
                run = []
            if not run:
                start = number
            if len(run) < HEAD_ROWS:
                run.append(cells)
    yield from _ended(run, start)


def tables_by_head(text: str) -> Iterator[tuple[int, Grid]]:
    """Find printed frames by a line that names a key or a description of persons, columns one blank apart.

    Columns are told by where the words of the head end, since frames are printed to the right; failing that,
    by the words under a key, or rows of as many words as the head.
    """
    lines = [line.rstrip(_WRAPPED) for line in text.split("\n")]
    index = ""
    for number, line in enumerate(lines):
        if index or len(line) > LONGEST_LINE:
            index = ""
            continue
        index = _index_name(line, lines[number + 1]) if number + 1 < len(lines) else ""
        head = [index, *line.split()] if index else line.split()
        keys = [k for k, name in enumerate(head) if kind_by_name(name) in KEY_KINDS]
        if not keys and not tells_of_persons([*head, *map("".join, pairwise(head))]):
            continue
        body = list(_until_blank(lines, number + (2 if index else 1)))
        if len(body) < FEWEST_ROWS:
            continue
        rows = _set_right(line, body, index) or ([] if keys else _word_by_word(head, body))
        if rows:
            yield number, Grid((), tuple(rows))
        elif keys:
            yield from _key_alone(number, head, keys[0], body)


def _index_name(head: str, below: str) -> str:
    """Name the index that a frame prints on a line of its own under the head; empty where there is none."""
    alone = head[:1].isspace() and below[:1].strip() and len(below.split()) == 1
    return below.strip() if alone else ""


def _until_blank(lines: Sequence[str], start: int) -> Iterator[str]:
    for line in lines[start : start + HEAD_ROWS]:
        if not line.strip():
            return
        if not _RULER.fullmatch(line):
            yield line[:LONGEST_LINE]


def _set_right(head: str, body: Sequence[str], index: str) -> list[tuple[str, ...]]:
    """Read head and rows by the places where words of all of them end; empty when these are few."""
    words = [match.end() for match in re.finditer(r"\S+", head)]
    ends = [e for e in words if not any(row[e - 1 : e].isspace() or row[e : e + 1].strip() for row in body)]
    if ends[-1:] != words[-1:] or 2 * len(ends) < len(words):
        return []
    starts = [0, *ends[:-1]]
    if index:
        edge = next((k for k in range(1, ends[0]) if all(row[k : k + 1].isspace() for row in body)), 0)
        starts, ends = [0, edge, *ends[:-1]], [edge, *ends]
    first, *rows = [
        tuple(line[a:b].strip() for a, b in zip(starts, ends, strict=True)) for line in (head, *body)
    ]
    if head[:1].isspace() and all(re.match(r"\d+\s", row[0]) for row in rows):
        rows = [(row[0].split(None, 1)[-1], *row[1:]) for row in rows]
    return [(index, *first[1:]) if index else first, *rows]


def _word_by_word(head: Sequence[str], body: Sequence[str]) -> list[tuple[str, ...]]:
    """Read head and rows of as many words, or of one more that counts them; empty when they are not."""
    rows = [tuple(row.split()) for row in body]
    widths = {len(row) for row in rows}
    if widths == {len(head) + 1} and all(row[0].isdecimal() for row in rows):
        rows, widths = [row[1:] for row in rows], {len(head)}
    return [tuple(head), *rows] if widths == {len(head)} else []


def _key_alone(number: int, head: Sequence[str], key: int, body: Sequence[str]) -> Iterator[tuple[int, Grid]]:
    """Read the words under a key where texts of other columns hold blanks."""
    rows = [row.split() for row in body]
    indexed = min(map(len, rows)) > len(head) and all(row[0].isdecimal() for row in rows)
    column = tuple((row[key + indexed], "") for row in rows if len(row) > key + indexed)
    if sum(any(c.isdecimal() for c in value) for value, _ in column) > 0.8 * len(column):
        yield number, Grid((), ((head[key], ""), *column))


def _cells(line: str) -> tuple[str, ...] | None:
    """Part a printed line at boxes, tabs or runs of blanks; None for what is no row."""
    if len(line) > LONGEST_LINE or (_RULER.fullmatch(line) is not None):
        return None
    boxed = sum(line.count(c) for c in "│┃║┆|") >= 2
    if boxed:
        parts = _BOXES.split(line.strip().strip("│┃║┆|"))
    elif "\t" in line:
        parts = line.split("\t")
    else:
        for mark in (";", ","):
            if line.count(mark) >= 2 and not _BLANKS.search(line.strip()):
                return tuple(p.strip() for p in line.split(mark))
        parts = _BLANKS.split(line.strip())
    cells = tuple(p.strip() for p in parts)
    return cells if len(cells) >= 2 else None


def _ended(run: Sequence[tuple[str, ...]], start: int) -> Iterator[tuple[int, Grid]]:
    """Give a run as a table; a printed frame's index has no head of its own, so the head is moved."""
    if len(run) < FEWEST_ROWS + 1:
        return
    head, body = run[0], run[1:]
    most = max(len(row) for row in body)
    if len(head) == most - 1:
        head = ("", *head)
    yield start, Grid((), (head, *body))
