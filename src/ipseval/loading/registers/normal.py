"""One form for what files write in many ways: person ids, weekly codes, numbers and dates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

BLANKS = ("", ".", "0", "0.0", "00", "000", "nan", "NaN", "NA")
UNKNOWN_CODE = -1


def id_text(ids: pl.Series, length: int = 0) -> pl.Series:
    """Give ids as text, CPR numbers without a hyphen; digits that lost zeros get them back up to `length`."""
    if ids.dtype.is_float():
        ids = ids.cast(pl.Int64, strict=False)
    text = ids.cast(pl.String)
    if text.null_count():
        text = text.fill_null("")
    if not _plain(text):
        text = text.str.strip_chars().str.replace(r"^(\d{5,6})-(\d{4})$", "$1$2")
    if length:
        short = (text.str.len_bytes() < length) & (text != "")
        if short.any():
            digits = short & text.str.contains(r"^\d+$")
            text = text.zip_with(~digits, text.str.zfill(length))
    return text


def _plain(text: pl.Series) -> bool:
    """Say whether there is no blank or hyphen: no byte is before "0", or, as a number, beyond ASCII."""
    raw = text.to_arrow(compat_level=pl.CompatLevel.oldest()).buffers()[2]
    return not raw or bool(np.frombuffer(raw, dtype=np.int8).min() >= ord("0"))


def no_ids(n: int) -> pl.Series:
    """Give `n` persons whose ids nobody asks for."""
    return pl.repeat(None, n, dtype=pl.String, eager=True)


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
    text = column.cast(pl.String)
    plain = text.cast(pl.Int16, strict=False)
    if plain.null_count() == text.null_count():
        return np.asarray(plain.fill_null(0).to_numpy())
    text = text.str.strip_chars()
    codes = whole_numbers(text.cast(pl.Float64, strict=False)).cast(pl.Int16, strict=False)
    filled = text.is_not_null() & ~text.is_in(list(BLANKS))
    return _with_unknown(codes, (codes.is_null() & filled))


def whole_numbers(numbers: pl.Series) -> pl.Series:
    """Give numbers as integers; one with a fraction becomes missing and is never cut down to a whole."""
    if not numbers.dtype.is_float():
        return numbers.cast(pl.Int64, strict=False)
    fraction = (numbers != numbers.floor()).fill_null(False)
    return numbers.set(fraction, None).cast(pl.Int64, strict=False)


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
