"""Printed rows of persons: tables in which some column tells every row apart, as a personal key does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ipseval.core.identity_columns import identify, kind_by_name
from ipseval.reporting.scanning.pieces import HEAD_ROWS, Grid

FEWEST_ROWS = 3
LONGEST_LINE = 2_000
_BLANKS = re.compile(r"\s{2,}")
_DTYPE = re.compile(r"str|cat|bool|date|[iuf](?:8|16|32|64)|datetime\[.*|…|\.\.\.|-+")
"""What polars and pandas print among the values of a column: its type, or that rows are left out."""
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
    best = [found for found in judged if found]
    return max(best, key=lambda f: (f[0] == "likely", f[1])) if best else None


def _judge(name: str, values: Sequence[str], *, plain: bool) -> tuple[str, int] | None:
    """A key stands in nearly every row and hardly twice, or its values are personal numbers."""
    values = [v for v in values if not _DTYPE.fullmatch(v)]
    if len(values) < FEWEST_ROWS:
        return None
    found = identify(name, values)
    if found is None or found.kind not in ("cpr", "pnr", "person"):
        return None
    distinct = len(set(values))
    if found.kind == "cpr" and found.by == "values":
        return "likely", len(values)
    if distinct < FEWEST_ROWS or any(" " in v or len(v) > 40 for v in values):
        return None
    if found.by == "name" and (distinct < 0.5 * len(values) or plain):
        return None
    vague = name.strip().casefold() in ("id", "person")
    if vague and any(not re.search(r"\d", v) for v in values):
        return None
    return ("possible" if vague else "likely"), len(values)


def printed_tables(text: str) -> Iterator[tuple[int, Grid]]:
    """Find printed frames in a text, runs of lines with as many columns, and their first line."""
    run: list[tuple[str, ...]] = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        cells = _cells(line)
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
    """Find printed frames by a line that names a key of persons, where columns are one blank apart.

    Rows below may be ragged, since texts hold blanks; where all are longer than the head, a printed index
    stands first.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            continue
        head = tuple(line.split())
        keys = [k for k, name in enumerate(head) if kind_by_name(name) in ("cpr", "pnr", "person")]
        body = list(_until_blank(lines, number + 1)) if keys else []
        if len(body) < FEWEST_ROWS:
            continue
        indexed = min(map(len, body)) > len(head) and all(row[0].isdecimal() for row in body)
        place = keys[0] + indexed
        column = tuple((row[place], "") for row in body if len(row) > place)
        if sum(any(c.isdecimal() for c in value) for value, _ in column) > 0.8 * len(column):
            yield number, Grid((), ((head[keys[0]], ""), *column))


def _until_blank(lines: Sequence[str], start: int) -> Iterator[tuple[str, ...]]:
    for line in lines[start : start + HEAD_ROWS]:
        if not line.strip():
            return
        if not _RULER.fullmatch(line):
            yield tuple(line[:LONGEST_LINE].split())


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
