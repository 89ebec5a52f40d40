"""Reads any register by its layout: one file, several, or a folder of yearly ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import polars as pl

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReadError, SchemaError
from ipseval.core.microdata import marked
from ipseval.loading.registers import normal
from ipseval.loading.registers.code_lists import codes_in
from ipseval.loading.registers.id_check import id_length
from ipseval.loading.registers.layout import Layout, layout
from ipseval.loading.registers.source import BATCH, FORMATS, Source, open_source
from ipseval.loading.survey import Problem, ReadReport

FILE_DATE = "file_date"
MOST_NAMED = 6


@dataclass(frozen=True, eq=False)
class Register:
    """Rows of a register with the report of what was read; the repr shows the shape only."""

    data: pd.DataFrame
    layout: Layout
    report: ReadReport

    def __repr__(self) -> str:
        """Show the shape, never a row."""
        return f"<Register {self.layout.register}: {len(self.data)} rows, {self.data.shape[1]} columns>"


def read_register(
    path: str | Path | Sequence[str | Path],
    *,
    register: str,
    columns: Sequence[str] | None = None,
    ids: Collection[str] | None = None,
    years: tuple[int, int] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Register:
    """Read a register: only the columns and persons asked for, from one file or a folder of yearly files.

    Parameters
    ----------
    path
        A file, several, or a folder: then every file whose name begins with the register's name.
    register
        "bfl", "bef", "kotre" or "elev3", "udda", "uddf", "amrun", "akm", "ras", "idan", "ilme", "lpr_adm",
        "lpr_diag", "psyk_adm", "psyk_diag", "lpr3_kontakter", "lpr3_diagnoser" or "dream" (for DREAM's weeks
        see `ips.dream`).
    columns
        Columns wanted, in any case; the person column always comes along.  None: all the file has.
    ids
        Persons wanted; the others are never kept in memory.
    years
        First and last year, by the four digits in the files' names.
    progress
        Called with (file, rows done, rows in all; 0 where the file does not say), such as what
        `ips.progress_bar` gives.

    Returns
    -------
    Register
        `.data` with the layout's names and types, ids as text, and `file_date` (the digits in the file's
        name, which is not a variable of the register); `.report` counts what was found.

    Raises
    ------
    ReadError
        If a file is damaged, cut short or not there.
    SchemaError
        If a required or asked column is missing.

    Missing data
    ------------
    Blank, "." and NaN become missing.  Text that is no number or date where the layout wants one becomes
    missing and is counted.  Repeated rows are kept and counted.
    """
    plan = layout(register)
    paths = files_of(path, register, years)
    wanted = None if ids is None else pl.Series(list(ids), dtype=pl.String).unique()
    found = Found()
    frames = [
        piece
        for file in paths
        for piece in clean_pieces(open_source(file), plan, columns, wanted, found, progress)
    ]
    data = pl.concat(frames, how="diagonal_relaxed")
    report = report_of(paths, data, len(data), data.width, plan, found)
    return Register(marked(data.to_pandas()), plan, report)


@dataclass
class Found:
    """What was counted while reading: ids and values that needed a word, and the types each column had."""

    padded: int = 0
    odd: int = 0
    unreadable: int = 0
    kinds: dict[str, set[str]] = field(default_factory=dict)
    unlisted: dict[str, dict[str, int]] = field(default_factory=dict)
    of_files: list[Problem] = field(default_factory=list)


def report_of(
    paths: Sequence[Path], data: pl.DataFrame, n_rows: int, n_columns: int, plan: Layout, found: Found
) -> ReadReport:
    """Say what was read; `data` needs the key columns only."""
    name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
    problems = [*found.of_files, *_problems(data, plan, found)]
    return ReadReport(name, paths[0].suffix.lstrip("."), "", n_rows, n_columns, tuple(problems))


def files_of(
    path: str | Path | Sequence[str | Path], register: str, years: tuple[int, int] | None
) -> list[Path]:
    """Find a register's files: the one given, those given, or a folder's that have its name."""
    if isinstance(path, str | Path):
        one = Path(path)
        paths = [one]
        if one.is_dir():
            paths = sorted(
                p for p in one.iterdir()
                if p.suffix.casefold() in FORMATS and re.match(rf"{register}[_-]?\d*\.", p.name.casefold())
            )  # fmt: skip
            endings = sorted({p.suffix.casefold() for p in paths})
            if len(endings) > 1:
                raise ReadError(
                    f"{one.name}: {register!r} is there as {', '.join(endings)}; give the files of one "
                    "format."
                )
    else:
        paths = [Path(p) for p in path]
    if years is not None:
        paths = [p for p in paths if years[0] <= int((_digits(p.name) or "0")[:4] or 0) <= years[1]]
    if not paths:
        raise ReadError(
            f"path= holds no file of {register!r}; names such as {register}2020.parquet were expected."
        )
    return paths


def _digits(name: str) -> str:
    hit = re.search(r"(?:19|20)\d{2}(?:\d{2})?", name)
    return hit.group() if hit else ""


def clean_pieces(
    source: Source,
    plan: Layout,
    columns: Sequence[str] | None,
    wanted: pl.Series | None,
    found: Found,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[pl.DataFrame]:
    """Give the cleaned pieces of one file, and count what was found."""
    names = _asked(source, plan, columns)
    person = next(old for old, new in names.items() if new == plan.id)
    stamp = _digits(source.path.name)
    found.of_files += source.problems
    length = done = 0
    for piece in source.batches(list(names), BATCH):
        if not length:
            length = id_length(piece[person], plan.id_lengths)
        text = normal.id_text(piece[person], length)
        found.odd += int((text.str.len_bytes() != length).sum()) if length else 0
        found.padded += _padded(piece[person], text)
        kept = piece.with_columns(text.alias(person))
        if wanted is not None:
            kept = kept.filter(kept[person].is_in(wanted.implode()))
        for old, new in names.items():
            found.kinds.setdefault(new, set()).add(_kind(piece[old].dtype))
        clean = [_clean(kept[old], new, plan, found) for old, new in names.items()]
        _count_unlisted(clean, plan, stamp[:4], found)
        yield pl.DataFrame(clean).with_columns(pl.lit(stamp).alias(FILE_DATE))
        done += len(piece)
        if progress is not None:
            progress(source.path.name, done, source.n_rows or 0)


def _count_unlisted(columns: Sequence[pl.Series], plan: Layout, year: str, found: Found) -> None:
    """Count codes that the column's list does not have in the file's year; codes say nothing of a person."""
    listed = plan.listed()
    for column in columns:
        if column.name not in listed:
            continue
        known = codes_in(listed[column.name], int(year) if year else None)
        counts = column.drop_nulls().value_counts(name="n").cast({column.name: pl.String})
        odd = counts.filter(~counts[column.name].is_in(list(known)))
        told = found.unlisted.setdefault(column.name, {})
        for code, n in odd.iter_rows():
            told[code] = told.get(code, 0) + n


def _padded(before: pl.Series, after: pl.Series) -> int:
    """Count ids that got zeros back; numbers had none to lose where the id is stored as one."""
    if before.dtype != pl.String:
        return int(after.str.starts_with("0").sum())
    digits = before.str.strip_chars().str.replace("-", "", literal=True)
    return int((digits.str.len_bytes() < after.str.len_bytes()).fill_null(False).sum())


def _kind(dtype: pl.DataType) -> str:
    return "number" if dtype.is_numeric() else "date" if dtype.is_temporal() else "text"


def _asked(source: Source, plan: Layout, columns: Sequence[str] | None) -> dict[str, str]:
    names = plan.naming(source.columns)
    own = {new: old for old, new in names.items()}
    needed = [plan.id, *(c.name for c in plan.columns if c.required)]
    asked = list(plan.naming(columns).values()) if columns is not None else []
    lacking = [n for n in [*([plan.id] if columns is not None else needed), *asked] if n not in own]
    if lacking:
        said = "; ".join(f"{n!r}: {hint_for(n, own)}" for n in lacking[:4])
        raise SchemaError(f"{source.path.name} lacks {len(lacking)} column(s) of {plan.register!r}: {said}")
    keep = set(own) if columns is None else {plan.id, *asked}
    return {old: new for old, new in names.items() if new in keep}


def _clean(column: pl.Series, name: str, plan: Layout, found: Found) -> pl.Series:
    kind = plan.type_of(name)
    if kind == "id":
        return column.alias(name)
    before = int((normal.texts(column) if column.dtype == pl.String else _known(column)).is_not_null().sum())
    if kind == "number":
        made = normal.numbers(column)
    elif kind in ("integer", "code"):
        made = normal.whole_numbers(normal.numbers(column))
    elif kind == "date":
        made = normal.dates(column)
    else:
        made = normal.texts(column)
    if kind != "text":
        found.unreadable += before - int(made.is_not_null().sum())
    return made.alias(name)


def _known(column: pl.Series) -> pl.Series:
    """Take NaN of a column of numbers for missing, as readers of files write it."""
    return column.fill_nan(None) if column.dtype.is_float() else column


def _problems(data: pl.DataFrame, plan: Layout, found: Found) -> list[Problem]:
    key = [c for c in plan.key if c in data.columns]
    twice = int(data.select(key).is_duplicated().sum()) if len(key) == len(plan.key) and key else 0
    mixed = sorted(name for name, kinds in found.kinds.items() if len(kinds) > 1)
    said = (
        (
            "id_zeros",
            found.padded,
            plan.id,
            "row(s) hold a person id that had lost leading zeros; they are back.",
        ),
        ("id_length", found.odd, plan.id, "row(s) have a person id of another length than the rest."),
        (
            "unreadable",
            found.unreadable,
            "",
            "value(s) are no number, whole number or date where one was expected; missing now.",
        ),
        (
            "rows_repeated",
            twice,
            ", ".join(key),
            "row(s) share their key with another row; they are all kept.",
        ),
        (
            "types_mixed",
            len(mixed),
            ", ".join(mixed),
            "column(s) change type between files; read as the layout says.",
        ),
    )
    told = [Problem("warning", column, rule, n, f"{n} {text}") for rule, n, column, text in said if n]
    return told + [_about_codes(column, codes) for column, codes in found.unlisted.items() if codes]


def _about_codes(column: str, codes: dict[str, int]) -> Problem:
    """Name the codes: a list that is not the year's, or a column that holds something else."""
    n = sum(codes.values())
    named = ", ".join(sorted(codes)[:MOST_NAMED]) + (" and more" if len(codes) > MOST_NAMED else "")
    text = f"{n} row(s) have {len(codes)} code(s) that the list has not for the file's year: {named}."
    return Problem("warning", column, "codes_unknown", n, text)
