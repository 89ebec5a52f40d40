"""Reads the cells of a column as its schema declares them: codes, words for codes, numbers, dates, reasons.

Only distinct contents are read, each once.  What cannot be read is marked, never guessed at, and the
column then stays as it was in the file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from ipseval.core.labels import code_text
from ipseval.loading.formats import dates, numbers
from ipseval.loading.schema import SchemaField

TRUTH = {
    "1": 1, "true": 1, "sand": 1, "ja": 1, "yes": 1, "0": 0, "false": 0, "falsk": 0, "nej": 0, "no": 0,
}  # fmt: skip
LARGEST = 2**53
"""Whole numbers beyond this are not exact in a float."""


@dataclass(frozen=True)
class Cell:
    """One distinct content as read: a value, or a reason, or unreadable (neither)."""

    value: Any = None
    reason: str = ""
    as_words: bool = False
    fault: str = ""


@dataclass(frozen=True, eq=False)
class Converted:
    """A column as declared.

    `values` are typed, NA where missing or unreadable; `reasons` say why, NA where answered; `codes`
    hold what the file has where there is no answer; `faults` names what is wrong in each row, empty
    where nothing is; `as_words` marks answers that were words for a code.
    """

    values: pd.Series
    reasons: pd.Series
    codes: pd.Series
    faults: pd.Series
    as_words: pd.Series

    @property
    def readable(self) -> bool:
        """Say whether every cell could be read as declared."""
        return not (self.faults != "").any()


def convert(values: pd.Series, reasons: pd.Series, codes: pd.Series | None, field: SchemaField) -> Converted:
    """Read a column as its field declares it.

    `codes` are the file's own missing codes, where the reader set them aside: the schema's word on
    what a code means goes before the file's.
    """
    index = values.index
    contents = [_tidied(cell) for cell in values.astype(object).where(values.notna(), None)]
    aside = [None] * len(index) if codes is None else list(codes.astype(object).where(codes.notna(), None))
    reader = _Reader.of(field, contents)
    cells = [
        reader.cell(content) if content is not None else reader.aside(code)
        for content, code in zip(contents, aside, strict=True)
    ]
    found = pd.Series([cell.reason or None for cell in cells], index=index, dtype="str")
    typed = _typed([cell.value for cell in cells], field, index)
    faults = pd.Series([cell.fault for cell in cells], index=index, dtype="str")
    told = reasons.where(reasons.notna(), "system_missing")
    kept = [
        _file_code(cell, content, code) for cell, content, code in zip(cells, contents, aside, strict=True)
    ]
    return Converted(
        values=typed,
        reasons=found.where(found.notna(), told).where(typed.isna(), None).astype("str"),
        codes=pd.Series(kept, index=index, dtype=object),
        faults=faults,
        as_words=pd.Series([cell.as_words for cell in cells], index=index, dtype=bool),
    )


def _tidied(cell: Any) -> Any:
    return (cell.strip() or None) if isinstance(cell, str) else cell


def _file_code(cell: Cell, content: Any, code: Any) -> Any:
    """Give what stood in the file where there is no answer."""
    if cell.value is not None:
        return None
    return code if content is None else content


@dataclass(frozen=True)
class _Reader:
    """What is needed to read one column; distinct contents are read once and remembered."""

    field: SchemaField
    words: Mapping[str, Cell]
    mark: str | None
    mixed: bool
    seen: dict[Any, Cell]

    @classmethod
    def of(cls, field: SchemaField, contents: list[Any]) -> _Reader:
        """Look over the texts of a column first, for the decimal mark they use."""
        marks = numbers.look(c for c in set(map(_text_only, contents)) if c is not None)
        return cls(field, _words_for_codes(field), numbers.decimal_mark(marks, None), marks.mixed, {})

    def cell(self, content: Any) -> Cell:
        """Read one content."""
        key = (type(content), content)
        if key not in self.seen:
            self.seen[key] = self._read(content)
        return self.seen[key]

    def aside(self, code: Any) -> Cell:
        """Read a code that the file itself calls missing: an answer only if the schema lists it as one."""
        if code is None:
            return Cell()
        missing = self._missing(code, self._number(code))
        if missing is not None:
            return missing
        known = self._text(code) in self.field.categories
        if isinstance(code, str) and code.strip().casefold() in self.words:
            return self.words[code.strip().casefold()]
        return self.cell(code) if known else Cell()

    def _read(self, content: Any) -> Cell:
        """Read one content: first as a missing code, then as words for a code, then by type."""
        number = self._number(content)
        missing = self._missing(content, number)
        if missing is not None:
            return missing
        if isinstance(content, str) and number is None and content.casefold() in self.words:
            return self.words[content.casefold()]
        kind = self.field.type
        if kind == "string":
            return Cell(value=self._as_text(content))
        if kind in ("date", "datetime"):
            moment = as_moment(content)
            return Cell(fault="date") if moment is None else Cell(value=_day(moment, kind))
        if kind == "boolean":
            truth = TRUTH.get(self._text(content).casefold())
            return Cell(fault="boolean") if truth is None else Cell(value=truth)
        if isinstance(content, str) and (self.mixed or self.mark is None) and numbers.look([content]).numbers:
            return self._doubtful(content, number)
        return _number_cell(number, self.field)

    def _doubtful(self, content: str, number: float | None) -> Cell:
        """Whole numbers are sure whatever the mark; anything with a mark is not."""
        sure = numbers.look([content]).whole and number is not None
        return _number_cell(number, self.field) if sure else Cell(fault="decimal_mark")

    def _number(self, content: Any) -> float | None:
        if isinstance(content, str):
            return numbers.parse(content, self.mark or ",")
        return as_number(content)

    def _text(self, content: Any) -> str:
        number = self._number(content)
        return code_text(content) if number is None else code_text(float(number))

    def _as_text(self, content: Any) -> str:
        """Write an answer as text; whole numbers keep every digit, however long."""
        if isinstance(content, str):
            return content
        whole = isinstance(content, int) and not isinstance(content, bool)
        return str(content) if whole else self._text(content)

    def _missing(self, content: Any, number: float | None) -> Cell | None:
        for code in self.field.missing:
            text = isinstance(code.low, str) and code.low.casefold() == self._text(content).casefold()
            if text or (number is not None and code.holds(number)):
                return Cell(reason=code.reason)
        return None


def _text_only(content: Any) -> str | None:
    return content if isinstance(content, str) else None


def _number_cell(number: float | None, field: SchemaField) -> Cell:
    if number is None:
        return Cell(fault="unknown_words" if field.categories else "number")
    if field.type == "integer" and (not float(number).is_integer() or abs(number) > LARGEST):
        return Cell(fault="whole")
    return Cell(value=number)


def _words_for_codes(field: SchemaField) -> dict[str, Cell]:
    """Map every word that means a code, or a reason, to what it means."""
    words: dict[str, Cell] = {}
    for code, texts in field.categories.items():
        value: Any = float(code) if field.type in ("integer", "number", "boolean") else code
        for text in texts.values():
            words.setdefault(text.strip().casefold(), Cell(value=value, as_words=text != code))
    for missing in field.missing:
        texts = field.missing_words.get(code_text(missing.low), {})
        for text in (*texts.values(), missing.label):
            if text:
                words.setdefault(text.strip().casefold(), Cell(reason=missing.reason, as_words=True))
    return words


def as_number(content: Any) -> float | None:
    """Read a number, also from text with a decimal comma or point; None when it is none."""
    if isinstance(content, str):
        mark = numbers.decimal_mark(numbers.look([content]), None)
        return None if mark is None else numbers.parse(content, mark)
    try:
        number = float(content)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_moment(content: Any) -> datetime | None:
    """Read a date: a date as such, ISO text, or Danish text with the day first; None when it is none."""
    if isinstance(content, datetime):
        return content.replace(tzinfo=None)
    if isinstance(content, date):
        return datetime(content.year, content.month, content.day)
    return dates.look([content]).parsed[0] if isinstance(content, str) else None


def _day(moment: datetime, kind: str) -> datetime:
    return datetime(moment.year, moment.month, moment.day) if kind == "date" else moment


def _typed(values: list[Any], field: SchemaField, index: pd.Index) -> pd.Series:
    if field.type in ("integer", "boolean"):
        whole = [None if v is None else int(v) for v in values]
        return pd.Series(whole, index=index, dtype="Int64")
    if field.type == "number":
        return pd.Series([math.nan if v is None else v for v in values], index=index, dtype="float64")
    if field.type in ("date", "datetime"):
        return pd.Series(values, index=index, dtype="datetime64[us]")
    return pd.Series(values, index=index, dtype="str")
