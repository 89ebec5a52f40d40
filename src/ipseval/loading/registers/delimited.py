"""A register as delimited text: its encoding, its names, and its rows as a stream of text columns."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ipseval.core.errors import ReadError
from ipseval.core.identity import holds_cpr
from ipseval.loading.survey import Problem

SEPARATORS = ";,\t|"
BLOCK = 2 * 2**20
"""Bytes parsed at a time: enough for some thousand persons of wide weeks, and little to hold."""
READ = 16 * 2**20


@dataclass(frozen=True)
class Delimited:
    """How a text file is to be read: its names stand in the `skip` first lines."""

    path: Path
    names: tuple[str, ...]
    separator: str
    encoding: str
    skip: int
    problems: tuple[Problem, ...] = ()

    def pieces(self, columns: Sequence[str], rows: int) -> Iterator[pl.DataFrame]:
        """Give the named columns as text, empty cells missing, in pieces of at most `rows` rows or a block.

        Raises ReadError where a row has another number of fields than the header: half a row is no person
        without benefits.
        """
        held: list[Any] = []
        for batch in _batches(self, [self.names.index(c) for c in columns]):
            if held and sum(map(len, held)) + len(batch) > rows:
                yield _joined(held, columns)
                held = []
            held.append(batch)
        if held:
            yield _joined(held, columns)


def look_at_text(path: Path) -> Delimited:
    """Decide encoding and separator, and read the names."""
    encoding, problems = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(1_000_000)
        said = re.fullmatch(r'"?sep=(.)"?\s*', first)
        if not said:
            file.seek(0)
        head = file.readline(1_000_000) if said else first
        if not head.strip():
            raise ReadError(f"{path.name} is empty; a line of column names was expected.")
        separator = said[1] if said else max(SEPARATORS, key=head.count)
        names = tuple(name.strip() for name in next(csv.reader([head], delimiter=separator)))
    _require_names(path, names)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ReadError(
            f"{path.name}: {len(twice)} column name(s) stand twice ({', '.join(twice[:6])}); drop one of "
            "each."
        )
    return Delimited(path, names, separator, encoding, 2 if said else 1, problems)


def _require_names(path: Path, names: Sequence[str]) -> None:
    """Refuse a first row of answers: it would put a person's values into every message as names."""
    numbers = sum(re.fullmatch(r"[\d.,:/ -]+", name) is not None for name in names)
    if any(map(holds_cpr, names)) or 2 * numbers > len(names):
        raise ReadError(
            f"{path.name}: the first row holds answers ({numbers} of its {len(names)} cells are numbers or "
            "dates) where column names were expected; put a row of names first."
        )


def _encoding(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Decide from all bytes: a byte-order mark, else UTF-8 if every byte fits, else cp1252 or latin-1."""
    with path.open("rb") as file:
        start = file.read(3)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16", ()
    if start == codecs.BOM_UTF8:
        return "utf-8-sig", ()
    if _all_fit(path, "utf-8"):
        return "utf-8", ()
    name = "cp1252" if _all_fit(path, "cp1252") else "latin-1"
    with path.open("rb") as file:
        lines = sum(not line.isascii() for line in file)
    message = (
        f"{path.name} is not UTF-8: {lines} line(s) hold letters outside ASCII, read as {name}, which is "
        "certain only up to other single-byte encodings; save the file as UTF-8 if æ, ø and å look wrong."
    )
    return name, (Problem("warning", "", "encoding_decided", lines, message),)


def _all_fit(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(READ):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _batches(text: Delimited, places: Sequence[int]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    odd: list[Any] = []

    def note(row: Any) -> str:
        odd.append(row)
        return "error"

    numbered = [str(place) for place in range(len(text.names))]
    wanted = [str(place) for place in places]
    try:
        yield from arrow_csv.open_csv(
            text.path,
            arrow_csv.ReadOptions(
                block_size=BLOCK, column_names=numbered, skip_rows=text.skip, encoding=text.encoding
            ),
            arrow_csv.ParseOptions(
                delimiter=text.separator, newlines_in_values=True, invalid_row_handler=note
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted,
                strings_can_be_null=True, null_values=[""],
            ),
        )  # fmt: skip
    except pa.ArrowInvalid as problem:
        if "Empty CSV" in str(problem):  # names, and not one row
            return
        raise (_uneven(text, odd) if odd else _damaged(text)) from None


def _uneven(text: Delimited, odd: Sequence[Any]) -> ReadError:
    row = odd[0]
    return ReadError(
        f"{text.path.name}: a row has {row.actual_columns} field(s) where {row.expected_columns} column "
        "names stand; the file is cut short, or a text holds the separator without quotation marks: export "
        "it again."
    )


def _damaged(text: Delimited) -> ReadError:
    return ReadError(
        f"{text.path.name} cannot be read as text with {text.separator!r} between its fields; it is damaged, "
        "cut short or another format: copy it again."
    )


def _joined(held: Sequence[Any], columns: Sequence[str]) -> pl.DataFrame:
    import pyarrow as pa

    found = pl.DataFrame(pa.Table.from_batches(held))
    found.columns = list(columns)
    return found
