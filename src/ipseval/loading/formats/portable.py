"""Reads SPSS portable files (.por) whole: with codes for missing answers and with æ, ø and å.

The usual library reads them too, but turns declared missing codes into blanks and loses letters outside
ASCII.  Layout as documented in the PSPP developers' guide, "Portable File Format": lines of 80 bytes,
numbers in base 30, strings as a length and bytes, records that begin with one letter, data after "F",
"Z" to the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from ipseval.core.errors import ReadError
from ipseval.core.labels import code_text
from ipseval.loading.codebook import FILE_LANGUAGE, Variable
from ipseval.loading.formats.content import read_bytes
from ipseval.loading.formats.raw import Raw
from ipseval.loading.formats.text import Decoded, decode
from ipseval.loading.missing import declared_codes

_DIGITS = {c: i for i, c in enumerate(b"0123456789ABCDEFGHIJKLMNOPQRST")}
_DATES = frozenset({20, 23, 24, 28, 29, 30, 38, 39})
_DATETIME = 22
_EPOCH = datetime(1582, 10, 14)
_SIGNATURE = slice(456, 464)
_LINE = 80

Value = float | bytes | None


class _CutOffError(Exception):
    """The file ends, or turns senseless, before its closing letters."""


@dataclass
class _Reader:
    """A place in the bytes; every step forward goes through here, so that none reads past the end."""

    content: bytes
    at: int = 464

    def letter(self) -> int:
        if self.at >= len(self.content):
            raise _CutOffError
        self.at += 1
        return self.content[self.at - 1]

    def number(self) -> float | None:
        start = self.at
        while self.content[self.at : self.at + 1] == b" ":
            self.at += 1
        if self.content[self.at : self.at + 2] == b"*.":
            self.at += 2
            return None
        end = self.content.find(b"/", start)
        if end < 0:
            raise _CutOffError
        text, self.at = self.content[self.at : end], end + 1
        return _base30(text)

    def whole(self) -> int:
        value = self.number()
        if value is None or value != int(value) or value < 0:
            raise _CutOffError
        return int(value)

    def string(self) -> bytes:
        length = self.whole()
        if self.at + length > len(self.content):
            raise _CutOffError
        self.at += length
        return self.content[self.at - length : self.at]

    def value(self, width: int) -> Value:
        return self.string() if width else self.number()


def _base30(text: bytes) -> float:
    sign, body = (-1.0, text[1:]) if text[:1] == b"-" else (1.0, text)
    for mark in (b"+", b"-"):
        if mark in body:
            body, _, power = body.partition(mark)
            exponent = int(_base30(power)) * (1 if mark == b"+" else -1)
            break
    else:
        exponent = 0
    before, _, after = body.partition(b".")
    if not before + after or any(c not in _DIGITS for c in before + after):
        raise _CutOffError
    value = 0
    for digit in before + after:
        value = value * 30 + _DIGITS[digit]
    exponent -= len(after)
    return sign * (value * 30.0**exponent if exponent >= 0 else value / 30.0**-exponent)


@dataclass
class _Entry:
    name: str
    width: int
    format: int
    label: bytes = b""
    ranges: list[tuple[Value, Value]] = field(default_factory=list)
    values: list[tuple[Value, bytes]] = field(default_factory=list)


@dataclass
class _File:
    entries: list[_Entry] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)
    rows: list[list[Value]] = field(default_factory=list)


def read_portable(path: Path, *, encoding: str | None) -> Raw:
    """Read a portable file."""
    lines = read_bytes(path).replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    joined = b"".join(line.ljust(_LINE) for line in lines)
    if joined[_SIGNATURE] != b"SPSSPORT":
        raise ReadError(
            f"{path.name} begins as an SPSS portable file but its header is damaged or in a character set "
            "other than ASCII; save it as .sav."
        )
    decoded = decode(joined[_SIGNATURE.stop :], path.name, encoding)
    try:
        return _raw(joined, decoded)
    except (_CutOffError, OverflowError):
        raise ReadError(
            f"{path.name} begins as an SPSS portable file but is cut off or damaged and cannot be read to "
            "its end; copy or export it again."
        ) from None


def _raw(joined: bytes, decoded: Decoded) -> Raw:
    file = _File()
    _parse(_Reader(joined), file)

    def text(raw: bytes) -> str:
        return raw.decode(decoded.encoding, errors="replace").rstrip()

    frame = {e.name: _column(e, [row[i] for row in file.rows], text) for i, e in enumerate(file.entries)}
    return Raw(
        frame=pd.DataFrame(frame, index=range(len(file.rows))),
        variables={e.name: _variable(e, text) for e in file.entries},
        format="por",
        encoding=decoded.encoding,
        note=" ".join(t for t in map(text, file.notes) if t and not t.strip().startswith("(Entered")),
        problems=decoded.problems,
    )


def _parse(reader: _Reader, file: _File) -> None:
    if reader.letter() != ord("A"):
        raise _CutOffError
    reader.string()
    reader.string()
    skipped: dict[int, Callable[[], object]] = {
        ord("1"): reader.string, ord("2"): reader.string, ord("3"): reader.string,
        ord("4"): reader.whole, ord("5"): reader.whole, ord("6"): reader.string,
    }  # fmt: skip
    while (tag := reader.letter()) != ord("F"):
        if tag in skipped:
            skipped[tag]()
        elif tag == ord("E"):
            file.notes += [reader.string() for _ in range(reader.whole())]
        else:
            _record(reader, file, tag)
    while (tag := reader.letter()) != ord("Z"):
        reader.at -= 1
        file.rows.append([reader.value(e.width) for e in file.entries])


def _record(reader: _Reader, file: _File, tag: int) -> None:
    """Read a record that belongs to a variable: the variable itself, its missing codes, labels."""
    if tag == ord("7"):
        width, name = reader.whole(), reader.string().decode("ascii", errors="replace")
        shown = [reader.whole() for _ in range(6)]
        file.entries.append(_Entry(name, width, shown[0]))
        return
    if tag == ord("D"):
        names = {reader.string() for _ in range(reader.whole())}
        owners = [e for e in file.entries if e.name.encode() in names]
        if not owners:
            raise _CutOffError
        pairs = [(reader.value(owners[0].width), reader.string()) for _ in range(reader.whole())]
        for entry in owners:
            entry.values += pairs
        return
    if not file.entries:
        raise _CutOffError
    _of_last(reader, file.entries[-1], tag)


def _of_last(reader: _Reader, entry: _Entry, tag: int) -> None:
    if tag == ord("8"):
        value = reader.value(entry.width)
        entry.ranges.append((value, value))
    elif tag == ord("9"):
        entry.ranges.append((float("-inf"), reader.number()))
    elif tag == ord("A"):
        entry.ranges.append((reader.number(), float("inf")))
    elif tag == ord("B"):
        entry.ranges.append((reader.number(), reader.number()))
    elif tag == ord("C"):
        entry.label = reader.string()
    else:
        raise _CutOffError


def _column(entry: _Entry, values: list[Value], text: Callable[[bytes], str]) -> pd.Series:
    if entry.width:
        return pd.Series([text(v) or None if isinstance(v, bytes) else None for v in values], dtype="str")
    if entry.format in _DATES or entry.format == _DATETIME:
        moments = [_EPOCH + timedelta(seconds=v) if isinstance(v, float) else None for v in values]
        return pd.Series(moments, dtype=object)
    return pd.Series(values, dtype="float64")


def _variable(entry: _Entry, text: Callable[[bytes], str]) -> Variable:
    def plain(value: Value) -> float | str:
        return text(value) if isinstance(value, bytes) else float("nan") if value is None else value

    values = {code_text(plain(v)): text(label) for v, label in entry.values}
    kind = "string" if entry.width else "date" if entry.format in _DATES else "number"
    return Variable(
        name=entry.name,
        label={FILE_LANGUAGE: text(entry.label)} if entry.label else {},
        type="datetime" if entry.format == _DATETIME and not entry.width else kind,
        values={code: {FILE_LANGUAGE: label} for code, label in values.items()},
        missing=declared_codes([(plain(low), plain(high)) for low, high in entry.ranges], values),
    )
