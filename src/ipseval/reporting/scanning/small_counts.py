"""Small counts where results are printed: value_counts, crosstabs, group sizes, describe, lengths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from ipseval.core.resources import packaged_yaml
from ipseval.reporting.scanning.dumps import printed_tables
from ipseval.reporting.scanning.pieces import Grid

Told = tuple[int, int, str]
"""A line (from 0), how many small counts stand there or below it, and how sure it is that they are counts."""
MOST_HEAD_ROWS = 6
_WHOLE = re.compile(r"\(?(\d{1,4})(?:\.0+|,0{1,2})?(?:\s*\([\d.,\s]*%?\))?[,)]?")
"""A whole number; one that pandas printed with zeros behind the point, or with its share in brackets."""
_NUMBER = re.compile(r"\(?[-+]?\d[\d.,]*(?:e[-+]?\d+)?%?[,)]?|-?inf|nan|<na>|na|none|null|…", re.I)
_SERIES = re.compile(r"(?:Freq: \S+, )?(?:Name: (.+?), )?(?:Length: \d+, )?dtype: (\w+)\)?")
_SAID = re.compile(
    r"(?<![\w.])(?:(?:n|N|antal|Antal|No\. Observations)\s?[=:]\s{0,20}(\d{1,4})(?![\w.,]*\d)|"
    r"(\d{1,4}) (?:person(?:er|s)?|people|participants?|deltagere?|borgere?|unge)\b)"
)
_COUNTING = re.compile(
    r"value_counts\(|\bCounter\(|crosstab\(|\.size\(\)|\.count\(|\.len\(|pl\.(?:len|count)\(|"
    r"""(?:aggfunc\s*=\s*|\b(?:agg|apply|transform)\()(?:len|["'](?:count|size)["'])|aggregate_function\s*=\s*["']len["']"""
)
_OTHER_COUNTS = re.compile(r"unique\(|\bset\(|\.columns|isna\(|isnull\(|null_count|\.dtypes|memory_usage")
"""Counts of values or of answers that are missing, which are not counts of persons."""
_LENGTH = re.compile(
    r"\blen\(|\.shape\b|\.height\b|\.count\(\)|\.size\b|"
    r"(?:[=!<>]=|[<>]|\.isin\(|\.between\(|\.(?:eq|ne|lt|le|gt|ge)\().*\.sum\(\)|\bsum\(.*[=<>]"
)
_WORD = re.compile(r"\d+ \([\d.,]+ ?%?\)|\S+")
_IN_BRACKETS = re.compile(r"(?<![\w.'-])(?:np\.\w+\()?(\d{1,4})(?![\w.:'])")
_WRAPPED = " \\\r"
_NUMPY = re.compile(r"np\.\w+\(|[()]")


@cache
def _words() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    given = packaged_yaml("identity/patterns.yaml")["counts"]
    return frozenset(given["names"]), tuple(given["begins"]), tuple(given["ends"])


def is_count(name: str) -> bool:
    """Say whether a column or a row is called as a number of persons."""
    names, begins, ends = _words()
    plain = re.sub(r"[\W_]+", " ", name.casefold()).strip()
    return plain in names or plain.startswith(begins) or plain.endswith(ends)


def _small(cell: str, least: int) -> bool:
    whole = _WHOLE.fullmatch(cell.strip())
    return whole is not None and 1 <= int(whole[1]) < least


def _is_whole(cell: str) -> bool:
    return _WHOLE.fullmatch(cell.strip()) is not None


def _is_number(cell: str) -> bool:
    return _is_whole(cell) or _NUMBER.fullmatch(cell.strip()) is not None


def small_in_grid(grid: Grid, least: int, code: str = "") -> int:
    """Count the cells of a table that are a count of 1 to least - 1; `code` is what made the table."""
    rows = [row for row in grid.rows if any(row)]
    at = _head_rows([any(map(_is_number, row)) for row in rows])
    head, body = rows[:at], rows[at:]
    width = max(map(len, rows), default=0)
    names = [[row[-k] for row in head if len(row) >= k] for k in range(1, width + 1)]
    counted = {k for k, said in enumerate(names, start=1) if any(map(is_count, said))}
    indexes = _index_levels(head)
    cells = [[row[-k] for k in range(1, min(len(row), width - max(indexes, 1)) + 1)] for row in body]
    whole = all(_is_whole(c) or not _numeral(c) for r in cells for c in r)
    crossed = (
        indexes > 0 and len(head) > 1 and bool(head[-2][0]) and not any(_is_text(c) for r in cells for c in r)
    )
    if whole and (crossed or _COUNTING.search(code)):
        return sum(_small(c, least) for r in cells for c in r)
    return sum(
        _small(cell, least)
        for row, values in zip(body, cells, strict=True)
        for k, cell in enumerate(values, start=1)
        if k in counted or is_count(row[0])
    )


def _numeral(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and _is_number(cell)


def _is_text(cell: str) -> bool:
    return bool(cell.strip(" .")) and not _is_number(cell)


def _head_rows(numbers: Sequence[bool]) -> int:
    """Tell how many rows are the head: up to the last of the first few without a number, one at least."""
    bare = [k for k, number in enumerate(numbers[:MOST_HEAD_ROWS]) if not number]
    return bare[-1] + 1 if bare else 1


def _index_levels(head: Sequence[Sequence[str]]) -> int:
    """Count the names of the index, which pandas gives a line of their own under the head; 0 without such."""
    if len(head) < 2 or not head[-1][0]:
        return 0
    filled = [bool(cell) for cell in head[-1]]
    levels = filled.index(False) if False in filled else 0
    return levels if levels and not any(filled[levels:]) else 0


def small_in_text(text: str, least: int, code: str = "") -> Iterator[Told]:
    """Find small counts in what was printed; `code` is the cell that printed it, where it is known."""
    lines = [line.rstrip(_WRAPPED) for line in text.split("\n")]
    for blank, numbered in groupby(enumerate(lines), key=lambda one: not one[1].strip()):
        if not blank:
            block = list(numbered)
            yield from _block(block[0][0], [line for _, line in block], least, code)
    for number, line in enumerate(lines):
        n = sum(1 <= int(found[1] or found[2]) < least for found in _SAID.finditer(line))
        yield from _told(number, n, "likely")
    yield from _lengths(lines, least, code)


def _block(start: int, lines: Sequence[str], least: int, code: str) -> Iterator[Told]:
    if any(sum(line.count(c) for c in "│┃║┆|") >= 2 for line in lines):
        for at, grid in printed_tables("\n".join([*lines, ""])):
            yield from _told(start + at, small_in_grid(grid, least, code), "likely")
        return
    begin = 0
    for number, line in enumerate(lines):
        series = _SERIES.fullmatch(line.strip())
        if series is not None:
            level = _series_level(series[1] or "", series[2], code)
            yield from _told(start + begin, _in_series(lines[begin:number], least, level), level or "likely")
            begin = number + 1
    if len(lines) - begin > 1:
        yield from _told(start + begin, _in_frame(lines[begin:], least, code), "likely")


def _told(line: int, n: int, level: str) -> Iterator[Told]:
    if n:
        yield line, n, level


def _series_level(name: str, dtype: str, code: str) -> str:
    """Say how sure it is that the values of a series count persons; "" where nothing says so."""
    if "int" not in dtype.lower():
        return ""
    if is_count(name) or _COUNTING.search(code):
        return "likely"
    return "" if name or _OTHER_COUNTS.search(code) else "possible"


def _in_series(lines: Sequence[str], least: int, level: str) -> int:
    """Count small values of a series, or those that stand in a row called as a count."""
    rows = [re.split(r"\s{2,}", line.strip(" (")) for line in lines]
    return sum(_small(r[-1], least) for r in rows if len(r) > 1 and (level or is_count(r[0])))


def _in_frame(lines: Sequence[str], least: int, code: str) -> int:
    """Count small counts of a printed frame, whose numbers end where the names of their columns end."""
    words = [[(m.end(), m[0]) for m in _WORD.finditer(line)] for line in lines]
    at = _head_rows([any(_is_number(word) for _, word in line) for line in words])
    ends = {end for line in words[:at] for end, _ in line}
    counted = {end for line in words[:at] for end, word in line if is_count(word)}
    body = [[(end, word) for end, word in line[1:] if end in ends] for line in words[at:]]
    numerals = [word for line in body for _, word in line if _numeral(word)]
    named = at > 1 and len(words[at - 1]) < len(words[at - 2]) and not lines[at - 2][:1].isspace()
    numbers = [{end for end, word in line if _is_number(word)} for line in body]
    tabular = sum(map(bool, numbers)) > 0.8 * sum(len(line) > 1 for line in words[at:])
    whole = tabular and bool(numerals) and all(map(_is_whole, numerals))
    if whole and (named or _COUNTING.search(code)):
        return sum(_small(word, least) for word in numerals)
    if not numerals and _COUNTING.search(code):
        return sum(_small(line[-1][1], least) for line in words if len(line) > 1 and line[0][1] != "shape:")
    filled = {end for end in counted if sum(end in row for row in numbers) > 0.8 * sum(map(bool, body))}
    rows = [is_count(line[0][1]) and all(_is_number(word) for _, word in line[1:]) for line in words[at:]]
    return sum(
        _small(word, least)
        for row, line in zip(rows, body, strict=True)
        for end, word in line
        if row or end in filled
    )


def _lengths(lines: Sequence[str], least: int, code: str) -> Iterator[Told]:
    """Find lengths that stand alone or beside a mean, and counts in a dict or a list."""
    counting = _COUNTING.search(code) is not None
    if not (counting or _LENGTH.search(code)) or _OTHER_COUNTS.search(code):
        return
    for number, line in enumerate(lines):
        if line.lstrip().startswith(("(", "[", "{", "Counter(")):
            numbers = _IN_BRACKETS.findall(line)
        else:
            plain = _NUMPY.sub("", line).strip()
            numbers = [plain] if plain.isdecimal() and not counting else []
        judged = numbers[:1] if ".shape" in code else numbers
        n = sum(1 <= int(one) < least for one in judged)
        yield from _told(number, n, "likely" if counting else "possible")
