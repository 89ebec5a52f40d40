"""What Stata and SAS files can hold, and the writer of SAS transport files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def write_transport(frame: pd.DataFrame, path: Path) -> None:
    """Write a SAS transport file of version 8, which has names of up to 32 characters.

    pyreadstat 1.3.7 writes every date held in whole seconds as 1 January 1970, so dates go as milliseconds.
    """
    import pyreadstat

    dates = {name: "datetime64[ms]" for name in frame.columns if frame[name].dtype.kind == "M"}
    pyreadstat.write_xport(frame.astype(dates), path, file_format_version=8, table_name="DATA")


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn nullable integers into floats and missing text into empty text, as Stata and SAS have it."""
    out = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_extension_array_dtype(column.dtype) and pd.api.types.is_integer_dtype(
            column.dtype
        ):
            column = column.astype("float32")
        elif not pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "M":
            column = column.fillna("").astype(object)
        out[name] = column
    return pd.DataFrame(out)
