"""Turns columns of answers into bytes: whole steps from the lowest keyed answer, 255 where there is none.

Columns may come from pandas (plain, nullable or Arrow-backed), polars or Arrow; they are read a block
of rows at a time, and only the block in hand is ever copied.  Nothing here imports polars or pyarrow:
a column is known by the methods it has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.core.errors import ScoringError
from ipseval.instruments.coding import fold

MISSING = 255
BLOCK = 1 << 17
_NUMBER = re.compile(r"\s*-?\d{1,3}([.,]\d+)?\s*")
"""Rows worked on at a time: small enough that the bytes of a block stay in the processor's cache."""

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ItemCode:
    """How the codes of one column become bytes.

    A legal code lies in [`low`, `high`]; `flip` counts from the high end (a reversed coding or a
    reversed item, not both).  `first` is the byte of the lowest keyed answer, `per_unit` the number of
    steps in one point (2 where half points are allowed), `span` the number of steps from low to high.
    """

    column: str
    low: float
    high: float
    flip: bool
    first: int
    span: int
    per_unit: int = 1
    missing: tuple[float, ...] = ()
    missing_words: tuple[str, ...] = ()
    map: dict[float | str, float] | None = None

    @property
    def last(self) -> int:
        """The byte of the highest keyed answer."""
        return self.first + self.span


@dataclass
class Problems:
    """Rows that cannot be taken as they are, counted by column and kind while blocks are read."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, column: str, kind: str, n: int) -> None:
        """Count `n` more rows of a kind in a column."""
        if n:
            self.counts[column, kind] += n

    def of_kind(self, kind: str) -> dict[str, int]:
        """Return column -> rows for one kind."""
        return {column: n for (column, k), n in self.counts.items() if k == kind}


def names_of(frame: Any) -> list[Any]:
    """Return the column names of a pandas or polars frame or an Arrow table (numbers are names in pandas)."""
    if isinstance(frame, pd.DataFrame):  # first, since a column may have the name of a method
        return list(frame.columns)
    if hasattr(frame, "collect") or not hasattr(frame, "columns"):
        raise ScoringError(
            "frame must be a pandas or polars DataFrame or an Arrow table; collect a lazy frame first."
        )
    return [str(c) for c in (frame.schema.names if _is_arrow(frame) else frame.columns)]


def column_of(frame: Any, name: str) -> Any:
    """Return one column as the frame keeps it."""
    return frame.column(name) if _is_arrow(frame) else frame[name]


def _is_arrow(frame: Any) -> bool:
    return not isinstance(frame, pd.DataFrame) and hasattr(frame, "column") and hasattr(frame, "schema")


def encode(column: Any, code: ItemCode, rows: slice, problems: Problems) -> tuple[Bytes, Mask | None]:
    """Turn a block of a column into bytes; the mask marks answers outside the declared codes.

    The mask is None where there is no such answer.
    """
    values, null = _block(column, code, rows, problems)
    low, high = _as_whole(code.low), _as_whole(code.high)  # a float would make floats of all bytes
    outside = (values < low) | (values > high)
    no_answer = outside if null is None else outside | null
    undeclared = _undeclared(values, outside, null, code)
    if undeclared is not None:
        problems.add(code.column, "range", int(np.count_nonzero(undeclared)))
    if values.dtype.kind == "f" or code.per_unit != 1:
        steps = _whole_steps(values, no_answer, code, problems)
    else:
        steps = _byte_steps(values, code)
    # MISSING is the largest byte, so the maximum writes it wherever there is no answer.
    return np.maximum(steps, no_answer.view(np.uint8) * np.uint8(MISSING)), undeclared


def _byte_steps(values: NDArray[Any], code: ItemCode) -> Bytes:
    """Count steps in bytes: arithmetic modulo 256 is exact, since every legal step lies in 0..254."""
    byte = values.astype(np.uint8, copy=False)
    if code.flip:
        return np.subtract(np.uint8((code.first + int(code.high)) % 256), byte)
    return np.add(byte, np.uint8((code.first - int(code.low)) % 256))


def _whole_steps(values: NDArray[Any], no_answer: Mask, code: ItemCode, problems: Problems) -> Bytes:
    known = np.where(no_answer, code.low, values)
    steps = (code.high - known if code.flip else known - code.low) * code.per_unit
    whole = np.rint(steps)
    problems.add(code.column, "fraction", int(np.count_nonzero(whole != steps)))
    return (whole + code.first).astype(np.uint8)


def _as_whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number


def _undeclared(values: NDArray[Any], outside: Mask, null: Mask | None, code: ItemCode) -> Mask | None:
    """Mark codes outside the legal range that nobody declared as missing."""
    if not outside.any():
        return None
    found = outside.copy() if null is None else outside & ~null
    for sentinel in code.missing:
        found &= values != _as_whole(sentinel)
    return found if found.any() else None


def _block(column: Any, code: ItemCode, rows: slice, problems: Problems) -> tuple[NDArray[Any], Mask | None]:
    """Read a block of a column as numbers with a mask of blanks (None where there cannot be any)."""
    values, null = raw_block(column, rows)
    if values.dtype.kind == "b":
        problems.add(code.column, "boolean", len(values))
        return np.full(len(values), code.low), None
    if code.map is not None or values.dtype.kind not in "iuf":
        return _mapped(values, null, code, problems)
    if values.dtype.kind == "f":
        blank = np.isnan(values)
        null = blank if null is None else blank | null
    return values, null


def raw_block(column: Any, rows: slice) -> tuple[NDArray[Any], Mask | None]:
    """Return a block as an array and, where the column keeps blanks apart, the mask of blanks."""
    if isinstance(column, pd.Series):
        return _pandas_block(column.array[rows])
    block = column.slice(rows.start, rows.stop - rows.start)
    return (
        _arrow_block(block)
        if hasattr(block, "null_count") and hasattr(block, "type")
        else _polars_block(block)
    )


def _pandas_block(block: Any) -> tuple[NDArray[Any], Mask | None]:
    if hasattr(block.dtype, "pyarrow_dtype"):
        return _arrow_block(block.__arrow_array__())
    if isinstance(block.dtype, np.dtype):
        return np.asarray(block), None
    numpy_type = getattr(block.dtype, "numpy_dtype", None)
    if numpy_type is not None and numpy_type.kind in "iufb":
        if hasattr(block, "_data") and hasattr(block, "_mask"):  # pandas has no public view of the two
            return block._data, block._mask
        return block.to_numpy(dtype=numpy_type, na_value=numpy_type.type(0)), block.isna()
    return np.asarray(block, dtype=object), np.asarray(pd.isna(block))


def _arrow_block(block: Any) -> tuple[NDArray[Any], Mask | None]:
    kind = str(block.type)
    if kind == "bool" or not kind.startswith(("int", "uint", "float", "double", "halffloat")):
        values = np.array(
            block.to_pylist(), dtype=bool if kind == "bool" and not block.null_count else object
        )
        return values, np.asarray(pd.isna(values))
    if not block.null_count:
        return block.to_numpy(zero_copy_only=False), None
    null = block.is_null().to_numpy(zero_copy_only=False)
    return block.fill_null(0).to_numpy(zero_copy_only=False), null


def _polars_block(block: Any) -> tuple[NDArray[Any], Mask | None]:
    if block.dtype.is_numeric():
        if not block.null_count():
            return block.to_numpy(), None
        return block.fill_null(0).to_numpy(), block.is_null().to_numpy()
    values = np.array(block.to_list(), dtype=object)
    return values, np.asarray(pd.isna(values))


def _mapped(
    values: NDArray[Any], null: Mask | None, code: ItemCode, problems: Problems
) -> tuple[NDArray[Any], Mask | None]:
    """Look each distinct code or label up in the declared map, or read plain numbers kept as objects."""
    blank = np.asarray(pd.isna(values)) if null is None else null | np.asarray(pd.isna(values))
    kept = values.astype(object)
    kept[blank] = None
    try:
        spots, distinct = pd.factorize(kept)
    except TypeError:  # a list or another thing that cannot stand for an answer
        problems.add(code.column, "text", int(np.count_nonzero(~blank)))
        return np.full(len(kept), np.nan), np.ones(len(kept), bool)
    answers = np.full(len(distinct) + 1, np.nan)
    for at, value in enumerate(distinct):
        answers[at], kind = _answer(value, code)
        if kind:
            problems.add(code.column, kind, int(np.count_nonzero(spots == at)))
    found: NDArray[Any] = answers[spots]  # the spot of a blank is -1: the NaN at the end
    return found, np.isnan(found)


def _answer(value: object, code: ItemCode) -> tuple[float, str]:
    """Give the answer that a distinct value stands for, or NaN and what is wrong with it."""
    if isinstance(value, bool | np.bool_):
        return np.nan, "boolean"
    if isinstance(value, str):
        if fold(value) in code.missing_words:
            return np.nan, ""
        if code.map is None:
            return np.nan, "digits" if _NUMBER.fullmatch(value) else "text"
        return (code.map[fold(value)], "") if fold(value) in code.map else (np.nan, "unmapped")
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever is no number is told apart below
    except (TypeError, ValueError):
        return np.nan, "text"
    if number in code.missing:
        return np.nan, ""
    if code.map is None:
        return number, ""
    return (code.map[number], "") if number in code.map else (np.nan, "unmapped")


def refuse(
    problems: Problems, codes: Sequence[ItemCode], instrument: str, hint: str, tolerate_range: bool
) -> None:
    """Raise one sentence per kind of problem, with columns, rows and what to do; never a value."""
    ranges = {c.column: f"{c.low:g} to {c.high:g}" for c in codes}
    said = []
    for kind, words in _SENTENCES.items():
        found = problems.of_kind(kind)
        if found and not (kind == "range" and tolerate_range):
            where = ", ".join(
                f"{column!r} ({n} row(s)" + (f", allowed {ranges[column]})" if kind == "range" else ")")
                for column, n in found.items()
            )
            sentence = words.format(where=where, instrument=instrument)
            if kind == "range" and hint:
                sentence = f"{sentence.removesuffix('.')}; {hint}"
            said.append(sentence)
    if said:
        raise ScoringError(" ".join(said))


_SENTENCES = {
    "boolean": "{instrument}: column(s) {where} hold true/false where an answer code is expected; "
    "convert them to the questionnaire's codes first.",
    "text": "{instrument}: column(s) {where} hold text where an answer code is expected; "
    "declare what each label means with coding={{label: answer}}.",
    "digits": "{instrument}: column(s) {where} hold numbers written as text; make them numbers first "
    "(pandas.to_numeric), or read the file so.",
    "unmapped": "{instrument}: column(s) {where} hold an answer that the coding map does not know; "
    "add it to coding=, or declare it as missing with missing=[...].",
    "fraction": "{instrument}: column(s) {where} hold an answer between two codes; "
    "items must be whole codes, so check that these are items and not means.",
    "range": "{instrument}: column(s) {where} hold an answer outside the declared codes; "
    'declare codes that mean missing with missing=[...], or choose on_out_of_range="missing" to count '
    "them and go on.",
}
