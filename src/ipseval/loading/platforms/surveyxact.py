"""Reads SurveyXact exports: the workbook, and the set of text files as a folder or a zip archive.

Layout, as documented by the R package readSX (github.com/sda030/readSX) and by other public readers:
`Dataset` has one row per respondent under variable names (wide surveys go on in `Dataset(2)`);
`Labels` has three columns and no header: variable, code, label; then either `Variables` (name and
description) or `Structure` (questionName, variableName, questionType, subType, questionText,
choiceValue, choiceText), where subType "Multiple" marks the columns of a tick-all question.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ipseval.core.errors import ReadError
from ipseval.core.labels import code_text
from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, Variable
from ipseval.loading.formats.columns import blank, typed
from ipseval.loading.formats.content import cannot_open, read_bytes
from ipseval.loading.formats.raw import Cells, Raw
from ipseval.loading.formats.text import cells_of, rows_of, table
from ipseval.loading.formats.workbook import Book, uncomputed
from ipseval.loading.survey import Problem

_DATA = re.compile(r"dataset\s*(?:\(?\s*(\d+)\s*\)?)?$", re.IGNORECASE)
_PARTS = ("labels", "structure", "variables")
_TICKED = "1"


@dataclass(frozen=True)
class Words:
    """What the sheets beside the data say: descriptions, labels of codes, tick-all questions."""

    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sets: Mapping[str, AnswerSet] = field(default_factory=dict)


def is_book(book: Book) -> bool:
    """Say whether a workbook has the sheets of a SurveyXact export."""
    lower = {name.casefold() for name in book.sheets}
    return (
        "labels" in lower and bool(lower & {"structure", "variables"}) and any(map(_DATA.match, book.sheets))
    )


def files_of(path: Path) -> dict[str, str] | None:
    """Find the files of an export in a folder or zip archive: part -> file name; None if it is none."""
    names = _listed(path)
    found: dict[str, str] = {}
    for name in names:
        stem = PurePosixPath(name.replace("\\", "/")).stem.casefold()
        part = "dataset" if _DATA.match(stem) else stem
        if name.casefold().endswith((".csv", ".txt", ".tsv")) and part in ("dataset", *_PARTS):
            found.setdefault(part, name)
    return found if "dataset" in found and "labels" in found else None


def _listed(path: Path) -> list[str]:
    try:
        if path.is_dir():
            return sorted(p.name for p in path.iterdir() if p.is_file())
        with zipfile.ZipFile(path) as archive:
            return sorted(n for n in archive.namelist() if not n.endswith("/"))
    except OSError as problem:
        raise cannot_open(path, problem) from None


def read_files(path: Path, files: Mapping[str, str], *, encoding: str | None, decimal: str | None) -> Raw:
    """Read the set of text files; every file decides its own encoding, and that of the data is reported."""
    content = _opener(path)
    cells = cells_of(content(files["dataset"]), files["dataset"], encoding=encoding)
    problems = list(cells.problems)
    tables: dict[str, list[list[str]]] = {}
    for part in _PARTS:
        if part in files:
            decoded, _, tables[part] = rows_of(content(files[part]), files[part], encoding=encoding)
            problems += [p for p in decoded.problems if p.rule != "encoding_decided"]
    return _raw(replace(cells, problems=tuple(problems)), _words(tables), "surveyxact csv", decimal)


def _opener(path: Path) -> Callable[[str], bytes]:
    def from_zip(name: str) -> bytes:
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.read(name)
        except (zipfile.BadZipFile, OSError, RuntimeError):
            raise ReadError(
                f"{path.name}: the file {name!r} inside the archive is damaged or locked with a password; "
                "download the export again."
            ) from None

    return (lambda name: read_bytes(path / name)) if path.is_dir() else from_zip


def read_book(book: Book, *, decimal: str | None) -> Raw:
    """Read the workbook of an export."""
    by_name = {name.casefold(): rows for name, rows in book.sheets.items()}
    sheets = sorted((m for m in map(_DATA.match, book.sheets) if m), key=lambda m: int(m[1] or 1))
    parts = [book.sheets[m.string] for m in sheets if book.sheets[m.string]]
    if not parts or len(parts[0]) < 2:
        raise ReadError(f"{book.file}: the sheet 'Dataset' has no row of answers; export the survey again.")
    heights = {len(part) for part in parts}
    if len(heights) > 1:
        raise ReadError(
            f"{book.file}: the sheets 'Dataset' have different numbers of rows ({sorted(heights)}), so "
            "persons cannot be put together; export the survey again."
        )
    rows = [tuple(v for part in parts for v in part[i]) for i in range(len(parts[0]))]
    cells = table(rows, book.file)
    told = uncomputed(book, [m.string for m in sheets])
    cells = replace(cells, note=book.note, problems=told + cells.problems)
    return _raw(cells, _words({p: by_name[p] for p in _PARTS if p in by_name}), "surveyxact xlsx", decimal)


def _words(tables: Mapping[str, Sequence[Sequence[object]]]) -> Words:
    values: dict[str, dict[str, str]] = {}
    for row in tables.get("labels", ()):
        if len(row) >= 3 and not blank(row[0]) and not blank(row[1]) and not blank(row[2]):
            values.setdefault(str(row[0]).strip(), {})[_code(row[1])] = str(row[2]).strip()
    names = {
        str(row[0]).strip(): " ".join(str(row[1]).split())
        for row in tables.get("variables", ())
        if len(row) >= 2 and not blank(row[0]) and not blank(row[1])
    }
    structured, sets = _structure(tables.get("structure", ()))
    return Words({**names, **structured}, values, sets)


def _code(cell: object) -> str:
    return code_text(cell) if not isinstance(cell, str) else cell.strip()


def _structure(rows: Sequence[Sequence[object]]) -> tuple[dict[str, str], dict[str, AnswerSet]]:
    """Read questions and the columns of each tick-all question."""
    if not rows:
        return {}, {}
    place = {str(h).strip().casefold(): i for i, h in enumerate(rows[0]) if not blank(h)}
    if not {"variablename", "questiontext"} <= set(place):
        return {}, {}

    def cell(row: Sequence[object], name: str) -> str:
        at = place.get(name.casefold(), -1)
        return "" if at < 0 or at >= len(row) or blank(row[at]) else " ".join(str(row[at]).split())

    names: dict[str, str] = {}
    ticks: dict[str, tuple[str, list[str]]] = {}
    for row in rows[1:]:
        variable, question, choice = (cell(row, c) for c in ("variableName", "questionText", "choiceText"))
        if not variable:
            continue
        multiple = cell(row, "subType").casefold() == "multiple"
        names[variable] = f"{question} - {choice}" if multiple and choice else question
        if multiple:
            ticks.setdefault(cell(row, "questionName") or variable, (question, []))[1].append(variable)
    sets = {
        name: AnswerSet(name, tuple(columns), {FILE_LANGUAGE: text} if text else {}, _TICKED)
        for name, (text, columns) in ticks.items()
    }
    return names, sets


def _raw(cells: Cells, words: Words, kind: str, decimal: str | None) -> Raw:
    frame, variables, problems = typed(cells, decimal=decimal)
    labelled = {name: _labelled(variable, words) for name, variable in variables.items()}
    sets = {k: s for k, s in words.sets.items() if all(c in labelled for c in s.columns)}
    return Raw(
        frame=frame,
        variables=labelled,
        format=kind,
        encoding=cells.encoding,
        sets=sets,
        note=cells.note,
        problems=cells.problems + problems + _unmatched(words, labelled),
    )


def _labelled(variable: Variable, words: Words) -> Variable:
    label, values = words.names.get(variable.name, ""), words.values.get(variable.name, {})
    return replace(
        variable,
        label={FILE_LANGUAGE: label} if label else {},
        values={code: {FILE_LANGUAGE: text} for code, text in values.items()},
        measure="nominal" if values else "unknown",
    )


def _unmatched(words: Words, variables: Mapping[str, Variable]) -> tuple[Problem, ...]:
    lost = sorted(set(words.values) - set(variables))
    if not lost:
        return ()
    message = (
        f"{len(lost)} variable(s) have labels but no column in the data ({', '.join(map(repr, lost[:4]))}); "
        "they may have been left out of the export."
    )
    return (Problem("warning", "", "labels_without_column", len(lost), message),)
