"""One form for what files write in many ways: person ids, weekly codes, numbers and dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLANKS = ("", ".", "0", "0.0", "00", "000", "nan", "NaN", "NA")
UNKNOWN_CODE = -1


@dataclass(frozen=True)
class IdCheck:
    """What was found in a person column: its length, and how many ids are padded, odd, empty or repeated."""

    length: int
    n: int
    n_padded: int
    n_odd: int
    n_empty: int
    n_repeated: int


def id_text(ids: pl.Series, length: int = 0) -> pl.Series:
    """Give ids as text; digits that lost leading zeros get them back up to `length`."""
    if ids.dtype.is_float():
        ids = ids.cast(pl.Int64, strict=False)
    text = ids.cast(pl.String) if ids.dtype != pl.String else ids.str.strip_chars()
    text = text.fill_null("")
    if length:
        short = (text.str.len_bytes() < length) & (text != "")
        if short.any():
            digits = short & text.str.contains(r"^\d+$")
            text = text.zip_with(~digits, text.str.zfill(length))
    return text


def check_ids(ids: pl.Series, lengths: Sequence[int], given: int = 0) -> IdCheck:
    """Find the length of the ids and count what does not fit; nothing is changed.

    The length is the one given, or else the longest allowed one that occurs.  Where none of the allowed
    lengths occurs the ids are taken as they are, and are odd only if their lengths differ.
    """
    text = id_text(ids)
    sizes = text.str.len_bytes()
    empty = int((sizes == 0).sum())
    seen = set(sizes.unique().to_list()) - {0}
    allowed = [given] if given else [n for n in lengths if n in seen]
    if not allowed:
        odd = 0 if len(seen) <= 1 else len(text) - empty - int((sizes == max(seen)).sum())
        return IdCheck(0, len(text), 0, odd, empty, _repeated(text))
    length = max(allowed)
    short = (sizes < length) & (sizes > 0)
    padded = int((short & text.str.contains(r"^\d+$")).sum()) if short.any() else 0
    odd = int((sizes != length).sum()) - empty - padded
    whole = id_text(ids, length) if padded else text
    return IdCheck(length, len(text), padded, odd, empty, _repeated(whole))


def _repeated(text: pl.Series) -> int:
    filled = text.filter(text != "") if (text == "").any() else text
    # Registers mostly come in the order of the person, which is quicker to see than to hash everyone.
    if (filled.slice(1) > filled.slice(0, max(len(filled) - 1, 0))).all():
        return 0
    if filled.n_unique() == len(filled):
        return 0
    return int(filled.is_duplicated().sum())


def code_column(column: pl.Series) -> NDArray[np.generic]:
    """Give one week's codes as small integers: 0 is no benefit, -1 something that is no code.

    Blank, ".", 0, NaN and missing are one and the same.
    """
    if column.dtype.is_integer():
        return _from_integers(column)
    if column.dtype.is_float():
        whole = column.fill_nan(None)
        codes = whole.cast(pl.Int16, strict=False)
        fractional = (whole != whole.floor()).fill_null(False)
        return _with_unknown(codes, codes.is_null() & whole.is_not_null() | fractional)
    if column.dtype == pl.Null:
        return np.zeros(len(column), dtype=np.int16)
    text = column.cast(pl.String).str.strip_chars()
    codes = text.cast(pl.Float64, strict=False).cast(pl.Int16, strict=False)
    filled = text.is_not_null() & ~text.is_in(list(BLANKS))
    return _with_unknown(codes, (codes.is_null() & filled))


def _from_integers(column: pl.Series) -> NDArray[np.generic]:
    if column.dtype in (pl.UInt8, pl.Int16):
        whole = column.fill_null(0) if column.null_count() else column
        return whole.to_numpy()
    codes = column.cast(pl.Int16, strict=False)
    return _with_unknown(codes, codes.is_null() & column.is_not_null())


def _with_unknown(codes: pl.Series, unknown: pl.Series) -> NDArray[np.generic]:
    plain = codes.fill_null(0) if codes.null_count() else codes
    array: NDArray[np.generic] = plain.to_numpy()
    if unknown.any():
        array = array.copy()
        array[unknown.to_numpy()] = UNKNOWN_CODE
    return array


def alike(columns: Sequence[NDArray[np.generic]]) -> list[NDArray[np.generic]]:
    """Give all weeks one type, so that comparing neighbours never has to convert."""
    kinds = {c.dtype for c in columns}
    if len(kinds) == 1:
        return list(columns)
    return [c.astype(np.int16, copy=False) for c in columns]


def numbers(column: pl.Series) -> pl.Series:
    """Give numbers as float64; text may have a decimal comma; blank and "." are missing."""
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).fill_nan(None)
    text = column.cast(pl.String).str.strip_chars()
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def texts(column: pl.Series) -> pl.Series:
    """Give texts without blanks at the ends; blank and "." are missing; whole numbers without decimals."""
    if column.dtype.is_float():
        whole = column.drop_nulls()
        if (whole == whole.floor()).all():
            column = column.fill_nan(None).cast(pl.Int64, strict=False)
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(["", "."]), None)


SAS_EPOCH_DAYS = 3653
"""Days from 1 January 1960, where SAS and Stata begin to count, to 1970."""


def dates(column: pl.Series) -> pl.Series:
    """Give dates: real dates, ISO text, ddmmyyyy text, or day numbers of SAS and Stata."""
    if column.dtype.is_temporal():
        return column.cast(pl.Date)
    if column.dtype.is_numeric():
        days = column.cast(pl.Float64).fill_nan(None).cast(pl.Int32, strict=False) - SAS_EPOCH_DAYS
        return days.cast(pl.Date)
    text = column.cast(pl.String).str.strip_chars()
    iso = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    plain = text.str.to_date("%d%m%Y", strict=False)
    danish = text.str.to_date("%d-%m-%Y", strict=False)
    return iso.zip_with(iso.is_not_null(), danish.zip_with(danish.is_not_null(), plain))
