"""Code lists of registers with the time each meaning holds; DREAM's own list is `ips.dream.codes()`."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.resources import data_root

DREAM = "dream_states"
COLUMNS = ("code", "da", "en", "valid_from", "valid_to", "basis")


def code_list(name: str | Path, *, on: str | date | None = None) -> pd.DataFrame:
    """Give what the codes of a register mean.

    Parameters
    ----------
    name
        "soc_status" (AMRUN and RAS), "koen", "ie_type" (BEF), "c_diagtype" (LPR2, PSYK), or a .csv file of
        your own with the columns code, da, en, valid_from, valid_to (empty: always) and basis (where the row
        comes from).
    on
        A date: only the meanings that hold on it.  None: all rows.

    Returns
    -------
    DataFrame
        One row per code and time in which it means that.

    Raises
    ------
    SchemaError
        If there is no such list, a column is missing, or a code has two meanings at one time.
    """
    path = Path(name) if str(name).endswith(".csv") else data_root() / "codes" / f"{name}.csv"
    if not path.is_file():
        there = [p.stem for p in (data_root() / "codes").glob("*.csv") if p.stem != DREAM]
        raise SchemaError(f"name={path.stem!r} is no code list: {hint_for(path.stem, sorted(there))}")
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    lacking = [c for c in COLUMNS if c not in table.columns]
    if lacking:
        raise SchemaError(f"{path.name} lacks the column(s) {', '.join(lacking)}; a code list has {COLUMNS}.")
    begin = pd.to_datetime(table["valid_from"].replace("", "1900-01-01"))
    end = pd.to_datetime(table["valid_to"].replace("", "2200-01-01"))
    ordered = pd.DataFrame({"code": table["code"], "begin": begin, "end": end}).sort_values(["code", "begin"])
    twice = (ordered["code"] == ordered["code"].shift()) & (ordered["begin"] <= ordered["end"].shift())
    if twice.any():
        said = ", ".join(sorted(ordered.loc[twice, "code"].unique())[:6])
        raise SchemaError(f"{path.name}: {int(twice.sum())} row(s) overlap in time for the code(s) {said}.")
    if on is None:
        return table
    day = pd.to_datetime(on, errors="coerce")
    if pd.isna(day):
        raise SchemaError("on= is no date; give one such as 2024-12-31.")
    return table[(begin <= day) & (day <= end)].reset_index(drop=True)


@cache
def codes_in(name: str, year: int | None) -> frozenset[str]:
    """Give the codes that a list has at any time of a year; None: at any time."""
    if name == DREAM:
        table = pd.read_csv(data_root() / "codes" / f"{DREAM}.csv", dtype="str", keep_default_na=False)
    else:
        table = code_list(name)
    if year is None:
        return frozenset(table["code"])
    begun = table["valid_from"].replace("", "1900-01-01") <= f"{year}-12-31"
    lasting = table["valid_to"].replace("", "2200-01-01") >= f"{year}-01-01"
    return frozenset(table.loc[begun & lasting, "code"])
