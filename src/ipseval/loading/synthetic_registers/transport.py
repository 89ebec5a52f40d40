"""Writes SAS transport files."""

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
