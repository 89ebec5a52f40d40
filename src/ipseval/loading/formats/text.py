"""Reads delimited text: which encoding, which delimiter, then cells; all decided from the whole file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipseval.core.errors import ReadError
from ipseval.core.identity import holds_cpr
from ipseval.loading.formats.columns import blank
from ipseval.loading.formats.content import read_bytes
from ipseval.loading.formats.raw import Cells
from ipseval.loading.survey import Problem

DELIMITERS = (";", "\t", ",", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LETTERS = re.compile("[æøåÆØÅäöüéèÄÖÜÉßñáíóúç]")
_DOUBLED = re.compile("Ã[¦¸¥†˜…©¤¶¼]")
_VALUE = re.compile(r"[+-]?\d+(?:[.,:/ -]\d+)*")
_TEN_MB = 10 * 2**20


@dataclass(frozen=True)
class Decoded:
    """Text with the encoding it was read by, and what is doubtful about it."""

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode(content: bytes, file: str, encoding: str | None) -> Decoded:
    """Decide the encoding of a file from all its bytes.

    A byte-order mark decides; else UTF-8 if every byte fits; else cp1252, which equals latin-1 but for
    the bytes 80-9F, and that is told, since single-byte encodings cannot be told apart for certain.
    """
    if encoding is not None:
        return _as_asked(content, file, encoding)
    for bom, name in _BOMS:
        if content.startswith(bom):
            return _as_asked(content, file, name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if problem.reason == "unexpected end of data" and problem.end == len(content):
            raise ReadError(
                f"{file} is UTF-8 text cut off in the middle of a character; export or copy it again."
            ) from None
        return _single_byte(content, file)
    return Decoded(text, "utf-8", _doubled(text, file))


def _as_asked(content: bytes, file: str, encoding: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except LookupError:
        raise ReadError(
            f"encoding={encoding!r} is not known; use 'utf-8', 'cp1252', 'latin-1' or 'utf-16'."
        ) from None
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise ReadError(
            f"{file} cannot be read as {encoding}: line {line} holds a byte that does not fit; "
            "leave encoding= out to have it decided from the file, or name another."
        ) from None
    return Decoded(text.removeprefix("\ufeff"), encoding, _doubled(text, file))


def _single_byte(content: bytes, file: str) -> Decoded:
    lines = sum(1 for line in content.split(b"\n") if not line.isascii())
    try:
        text, name = content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        text, name = content.decode("latin-1"), "latin-1"
    controls = sum("\x80" <= c <= "\x9f" for c in text)
    in_gap = sum(0x80 <= byte <= 0x9F for byte in content)
    letters = len(_LETTERS.findall(text))
    doubtful = controls > 0 or in_gap > letters
    advice = (
        "some of its bytes are no letters in that encoding, so it may be another (cp850 from DOS, mac_roman)"
        if doubtful
        else "which is certain only up to other single-byte encodings"
    )
    message = (
        f"{file} is not UTF-8: {lines} line(s) hold letters outside ASCII, read as {name}, {advice}; "
        "give encoding= if æ, ø and å look wrong."
    )
    rule = "encoding_doubtful" if doubtful else "encoding_decided"
    return Decoded(text, name, (Problem("warning", "", rule, lines, message), *_doubled(text, file)))


def _doubled(text: str, file: str) -> tuple[Problem, ...]:
    """Tell of text that was encoded as UTF-8 twice somewhere on its way here."""
    lines = sum(1 for line in text.split("\n") if _DOUBLED.search(line))
    if not lines:
        return ()
    return (
        Problem(
            "warning", "", "encoded_twice", lines,
            f"{file}: {lines} line(s) hold letter pairs such as those of æ, ø and å encoded twice; "
            "the program that wrote the file garbled them, so export it again as UTF-8.",
        ),
    )  # fmt: skip


def read_text(path: Path, *, encoding: str | None) -> Cells:
    """Read a delimited text file into cells."""
    return cells_of(read_bytes(path), path.name, encoding=encoding)


def cells_of(content: bytes, file: str, *, encoding: str | None) -> Cells:
    """Read the bytes of a delimited text file into cells, the first row giving the names."""
    decoded, delimiter, rows = rows_of(content, file, encoding=encoding)
    if len(rows) < 2:
        raise ReadError(
            f"{file} holds {'column names' if rows else 'blank lines'} only, not one row of answers."
        )
    cells = table(rows, file)
    problems = decoded.problems + _lone_column(cells, file) + cells.problems
    return Cells(cells.names, cells.columns, decoded.encoding, delimiter, problems=problems)


def _lone_column(cells: Cells, file: str) -> tuple[Problem, ...]:
    if len(cells.names) > 1:
        return ()
    message = (
        f"{file} was read as one column: none of semicolon, tab, comma and | parts its first line; export it "
        "with one of them if it has more columns."
    )
    return (Problem("warning", cells.names[0], "lone_column", cells.n_rows, message),)


def rows_of(content: bytes, file: str, *, encoding: str | None) -> tuple[Decoded, str, list[list[str]]]:
    """Read the bytes of a delimited text file into rows, blank lines left out."""
    decoded = decode(content, file, encoding)
    text = decoded.text
    if "\x00" in text:
        raise ReadError(f"{file} holds null characters, so it is no plain text; export it again as .csv.")
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r'"?sep=(.)"?\r?', first)
    if said:
        return decoded, said[1], _parsed(rest, said[1], file)
    delimiter = _delimiter(text, file)
    return decoded, delimiter, _parsed(text, delimiter, file)


def _parsed(text: str, delimiter: str, file: str) -> list[list[str]]:
    csv.field_size_limit(_TEN_MB)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [row for row in reader if row]
    except csv.Error as problem:
        if "unexpected end of data" in str(problem):
            raise ReadError(
                f"{file} ends inside a quoted text that began after line {reader.line_num - 1 or 1}: it "
                "is cut off, or a quotation mark is missing; export it again."
            ) from None
        raise ReadError(
            f"{file}: line {reader.line_num} is not well-formed delimited text; export it again."
        ) from None


def _delimiter(text: str, file: str) -> str:
    """Choose the delimiter under which every row has as many fields as the first; the header's count else."""
    sample = text[:_TEN_MB]
    header = sample.split("\n", 1)[0]
    present = [d for d in DELIMITERS if d in header]
    if len(present) < 2:
        return present[0] if present else ";"

    def even(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in _parsed(sample, delimiter, file)]
        except ReadError:
            return (0.0, 0)
        return (Counter(widths)[widths[0]] / len(widths) if widths[0] > 1 else 0.0, widths[0])

    return max(present, key=even)


def table(rows: Sequence[Sequence[object]], file: str) -> Cells:
    """Make cells of rows: the first gives the names; short and long rows, and unnamed columns, are told."""
    header, body = list(rows[0]), rows[1:]
    while (
        header and blank(header[-1]) and all(len(r) < len(header) or blank(r[len(header) - 1]) for r in body)
    ):
        header.pop()
    filled = [row for row in body if not all(blank(v) for v in row)]
    long = sum(any(not blank(v) for v in row[len(header) :]) for row in filled)
    short = sum(len(row) < len(header) for row in filled)
    if long or short:
        raise ReadError(
            f"{file}: {long} row(s) have more fields than the {len(header)} column names and {short} "
            "row(s) have "
            "fewer; the file is cut off, or a text holds the delimiter without quotation marks; export "
            "it again."
        )
    _require_names(header, file)
    problems = list(_dropped(len(body) - len(filled), file))
    names, found = named(header, file)
    columns = tuple([row[i] for row in filled] for i in range(len(names)))
    return Cells(names, columns, problems=(*problems, *found))


def _require_names(header: Sequence[object], file: str) -> None:
    """Refuse a first row of answers: it would put a person's values into every message as names."""
    there = [str(h) for h in header if not blank(h)]
    values = sum(_VALUE.fullmatch(h.strip()) is not None for h in there)
    if any(map(holds_cpr, there)) or values * 2 > len(there):
        raise ReadError(
            f"{file}: the first row holds answers ({values} of its {len(there)} cells are numbers or dates) "
            "where column names were expected; put a row of names first."
        )


def _dropped(n: int, file: str) -> tuple[Problem, ...]:
    if not n:
        return ()
    message = f"{file}: {n} row(s) without a single answer or mark were left out."
    return (Problem("warning", "", "empty_rows", n, message),)


def named(header: Sequence[object], file: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Give every column a name of its own, and tell of names that were missing or doubled."""
    wanted = [str(h).strip() if not blank(h) else "" for h in header]
    names: list[str] = []
    problems = []
    for place, name in enumerate(wanted, start=1):
        new, copy = name or f"unnamed_{place}", 2
        while new in names or (new != name and new in wanted):
            new, copy = f"{name}_{copy}", copy + 1
        names.append(new)
    unnamed = sum(not n for n in wanted)
    if unnamed:
        problems.append(
            Problem(
                "warning", "", "unnamed_columns", unnamed,
                f"{file}: {unnamed} column(s) hold answers but no name; they are called unnamed_ and "
                "their place.",
            )
        )  # fmt: skip
    doubled = [name for name, n in Counter(wanted).items() if name and n > 1]
    problems += [
        Problem(
            "error", name, "duplicate_column", wanted.count(name),
            f"{file}: the column name {name!r} stands {wanted.count(name)} times where it was expected "
            "once; give the columns names of their own in the file (on_problem='report' numbers them).",
        )
        for name in doubled
    ]  # fmt: skip
    return tuple(names), tuple(problems)
