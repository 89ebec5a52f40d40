"""A twin of a register from its layout alone: the same columns, types, codes and rough margins, no person.

For writing code away from the closed machine where the register is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ipseval.core.checks import require_option, require_whole
from ipseval.core.errors import ReportError
from ipseval.core.private_files import fill_private
from ipseval.core.weeks import week_from_iso, weeks_in, yyww
from ipseval.loading.registers.code_lists import codes_in
from ipseval.loading.registers.layout import Layout, Margin, layout
from ipseval.loading.synthetic_registers.transport import plain, write_transport

FORMATS = ("parquet", "csv", "dta", "xpt")


def write_twin(
    folder: str | Path,
    register: str,
    *,
    rows: int = 1_000,
    year: int = 2020,
    seed: int = 1,
    format: str = "parquet",
) -> Path:
    """Write an invented extract of a register with the columns and types of its layout.

    Parameters
    ----------
    folder
        Where to write; it must be there.
    register
        The register, as for `read_register`.
    rows
        Rows to invent; registers with several rows per person repeat persons.
    year
        The year in the file's name, and that dates lie in; DREAM gets the weeks of that year.
    seed
        The same seed gives the same content.
    format
        "parquet", "csv", "dta" or "xpt" (SAS transport, version 8).

    Returns
    -------
    Path
        The file.  Columns are drawn one by one: codes and numbers by the rough shares and ranges that the
        layout states, codes from the list of that year, the rest evenly from what the type allows.  So no
        two columns go together (but that an end is after its start), and no number in it is a finding.
    """
    require_option(format, FORMATS, argument="format", error=ReportError)
    require_whole(rows, argument="rows", error=ReportError)
    target = Path(folder)
    if not target.is_dir():
        raise ReportError(f"folder={target.name!r} is not there; make it first.")
    plan = layout(register)
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {plan.id: _ids(plan, rows, rng)}
    for column in plan.columns:
        columns[column.name] = _column(column.type, column.margin, rng, rows, year, columns)
    columns |= _families(plan, rng, rows, year)
    frame = pd.DataFrame(columns)
    path = target / f"{register}{year}.{format}"
    writers: dict[str, Callable[[Path], object]] = {
        "parquet": lambda part: frame.to_parquet(part, index=False),
        "csv": lambda part: frame.to_csv(part, index=False),
        "dta": lambda part: plain(frame).to_stata(part, write_index=False, version=118),
        "xpt": lambda part: write_transport(plain(frame), part),
    }
    fill_private(path, writers[format])
    return path


def _ids(plan: Layout, rows: int, rng: np.random.Generator) -> list[str]:
    """Give ids of the layout's length; several rows share a person where the register has it so."""
    length = plan.id_lengths[0] if plan.id_lengths else 10
    persons = rows if plan.row == "person" else max(rows // 3, 1)
    start = 10 ** (length - 1)
    numbers = np.arange(rows) if persons == rows else np.sort(rng.integers(0, persons, rows))
    return [str(start + 7919 * int(k)) for k in numbers]


def _families(plan: Layout, rng: np.random.Generator, rows: int, year: int) -> dict[str, object]:
    """Give the columns per week, month or year that the layout has patterns for."""
    weeks = [f"{yyww(week_from_iso(year, w))}" for w in range(1, weeks_in(year) + 1)]
    months = [(f"{year}", f"{m:02d}") for m in range(1, 13)]
    parts: dict[str, list[tuple[str, ...]]] = {
        "week": [(w,) for w in weeks],
        "industry": [*months],
        "ratio": [*months],
        "municipality": [(f"{year}",)],
        "unemployment_fund": [(f"{year % 100:02d}",)],
        "visitation": [(f"0{q}", f"{year}") for q in range(1, 5)],
    }
    return {
        pattern.name.format(*part): _column(pattern.type, pattern.margin, rng, rows, year, {})
        for pattern in plan.patterns
        for part in parts.get(pattern.kind, [])
    }


def _column(
    kind: str, margin: Margin, rng: np.random.Generator, rows: int, year: int, made: Mapping[str, object]
) -> pd.Series:
    """Draw a column from its margin, or evenly from what its type allows."""
    if margin.shares or margin.listed:
        values = pd.Series(_coded(margin, rng, rows, year))
        values = values if kind == "text" else pd.to_numeric(values)
    elif margin.after:
        low, high = (int(limit) for limit in margin.range or (0, 364))
        days = rng.integers(low, high + 1, rows).astype("timedelta64[D]")
        values = pd.Series(pd.Series(made[margin.after]).to_numpy() + days)
    elif margin.range:
        values = pd.Series(_within(kind, *margin.range, rng=rng, rows=rows))
    else:
        values = pd.Series(_MAKERS[kind](rng, rows, year))
    if kind == "code":
        values = values.astype("int16")
    if margin.missing:
        empty = pd.Series(rng.random(rows) < margin.missing)
        values = values.astype("Int64").mask(empty) if kind == "integer" else values.mask(empty)
    return values


def _coded(margin: Margin, rng: np.random.Generator, rows: int, year: int) -> object:
    """Draw codes by their shares; what these lack of 1 is spread over the list's other codes of the year."""
    shares = dict(margin.shares)
    others = sorted(codes_in(margin.listed, year) - set(shares)) if margin.listed else []
    shares |= dict.fromkeys(others, max(1 - sum(shares.values()), 0) / max(len(others), 1))
    weights = np.array(list(shares.values()))
    return rng.choice(np.array(list(shares), dtype=object), rows, p=weights / weights.sum())


def _within(kind: str, low: float, high: float, *, rng: np.random.Generator, rows: int) -> object:
    if kind in ("integer", "text"):
        whole = rng.integers(int(low), int(high) + 1, rows)
        return whole.astype(str).astype(object) if kind == "text" else whole
    return np.round(rng.uniform(low, high, rows), 2)


def _texts(rng: np.random.Generator, rows: int, year: int) -> object:
    return rng.integers(100, 1000, rows).astype(str)


def _integers(rng: np.random.Generator, rows: int, year: int) -> object:
    return rng.integers(1, 5, rows)


def _numbers(rng: np.random.Generator, rows: int, year: int) -> object:
    return rng.integers(0, 20_000, rows) / 100


def _dates(rng: np.random.Generator, rows: int, year: int) -> object:
    days = np.datetime64(f"{year}-01-01") + rng.integers(0, 365, rows).astype("timedelta64[D]")
    return days.astype("datetime64[s]")


_MAKERS: dict[str, Callable[[np.random.Generator, int, int], object]] = {
    "text": _texts, "code": _integers, "integer": _integers, "number": _numbers, "date": _dates,
}  # fmt: skip
