"""Reads a survey file of any supported format into data, codebook and a report of what was read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ipseval.core.checks import require_columns, require_option
from ipseval.core.errors import ReadError
from ipseval.core.provenance import fingerprint
from ipseval.loading.checks import check_ids, check_personal_numbers
from ipseval.loading.codebook import Codebook
from ipseval.loading.formats import content as contents
from ipseval.loading.formats.binary import read_binary
from ipseval.loading.formats.columns import typed
from ipseval.loading.formats.portable import read_portable
from ipseval.loading.formats.raw import Cells, Raw
from ipseval.loading.formats.text import read_text
from ipseval.loading.formats.workbook import read_book, sheet_cells
from ipseval.loading.missing import Rule, part, settle
from ipseval.loading.platforms import enalyzer, redcap, surveyxact
from ipseval.loading.survey import Problem, ReadReport, Survey

if TYPE_CHECKING:
    from ipseval.loading.schema import SurveySchema

KINDS: dict[str, str | None] = {
    "csv": "text", "tsv": "text", "txt": "text", "xlsx": "xlsx",
    "sav": "sav", "zsav": "sav", "por": "por", "dta": "dta", "sas7bdat": "sas7bdat", "xpt": "xpt",
    "redcap": "text", "enalyzer": None, "surveyxact": None,
}  # fmt: skip
"""What `format=` may say, and the content each needs; None where a platform writes several."""


def read_survey(
    path: str | PathLike[str],
    schema: str | PathLike[str] | SurveySchema | None = None,
    *,
    id: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    decimal: Literal[",", "."] | None = None,
    format: str | None = None,
    missing: Rule | None = None,
    on_problem: Literal["raise", "report"] = "raise",
) -> Survey:
    r"""Read a questionnaire file with its labels, and keep why each missing answer is missing.

    Parameters
    ----------
    path
        A file: SPSS (.sav, .zsav, .por), Stata (.dta), SAS (.sas7bdat, .xpt), Excel (.xlsx), delimited text
        (.csv, .tsv, .txt); a SurveyXact export as workbook, zip archive or folder of text files; an Enalyzer
        download; a REDCap CSV with its data dictionary beside it.
    schema
        Name ("ips_ung/start") or path of a schema that says what the file must look like, or None.
    id
        The person column; every row must then have an id of its own.
    sheet
        The sheet of a workbook; left out, the first that holds anything, and the report says so.
    encoding
        Such as "utf-8", "cp1252" or "latin-1"; left out, it is decided from the whole file and reported.
    decimal
        "," or "."; left out, every column of text decides for itself over all its rows.
    format
        One of the keys of `KINDS`, to settle what the file is; left out, its content decides.
    missing
        "labels": codes that the file declares missing, and codes whose label says so ("Ved ikke").
        "declared": only the former.  Or a mapping of codes or labels to reasons, for all columns but `id`
        (`{9: "dont_know"}`) or one (`{"q1": {9: "not_relevant"}}`), which goes before what the default does;
        an empty mapping for a column keeps its labels as answers.  The default is "labels", and
        "declared" where a schema is given, since the schema then says which codes are missing.
    on_problem
        "raise" refuses a file with errors and lists them all; "report" reads on and lists them in
        `report.problems`.  Files that cannot be read whole are refused either way.

    Returns
    -------
    Survey
        `data` has one row per answer form: numbers are Int64 or float64, text str, dates datetime64,
        missing answers NA.  `reasons` says beside each NA why ("dont_know", "not_relevant", "not_asked",
        "not_answered", "system_missing"); `codes` keeps the code that stood in the file.  `codebook`
        holds labels, levels of measurement, codes and multiple-response sets; `report` says what was
        read and what was found.  All move together through `rename`, `subset` and `merge`.

    Raises
    ------
    ReadError
        If the file is missing, empty, cut off, or of another format than its name or `format=` says;
        and, with `on_problem="raise"`, for missing or repeated ids, repeated column names and columns
        that mix decimal marks.
    SchemaError
        If the file does not meet its schema.

    Notes
    -----
    A column of text is read as numbers only if every answer in it is a number (or a word for a missing
    answer); one "ca. 15" keeps the whole column as text, and that is reported with its count.  Digits
    with a leading zero ("0751") are names and stay text.  Dates are ISO or Danish, day first.
    No limit of the format is hidden: SAS transport files cannot tell missing codes apart, and those of
    version 5 do not say how many rows they hold.

    Missing data
    ------------
    Nothing is dropped or imputed, but rows in which every cell is empty are left out of text files and
    sheets, and counted.  A blank is "system_missing"; a declared code with an unknown label is too, with
    a warning that names the label.

    Checked against
    ---------------
    tests/loading/files: files written by PSPP, Stata's and SAS's own, and hand-written text.

    Examples
    --------
    >>> import ipseval as ips, tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "start.csv"
    >>> _ = file.write_text("id;trivsel;timer\n1;3;7,5\n2;Ved ikke;10\n", encoding="utf-8")
    >>> x = ips.read_survey(file, id="id")
    >>> x
    <Survey start.csv: 2 rows, 3 columns>
    >>> x.missing()
        column     reason  n
    0  trivsel  dont_know  1
    """
    _check_options(path, format, on_problem, decimal)
    rule: Rule = missing if missing is not None else "labels" if schema is None else "declared"
    if isinstance(rule, str):
        require_option(rule, ("labels", "declared"), argument="missing", error=ReadError)
    place = Path(path)
    raw = _raw(place, sheet=sheet, encoding=encoding, decimal=decimal, format=format)
    raw = settle(raw, rule, by_labels=rule == "labels" or (rule != "declared" and schema is None), id=id)
    survey = _survey(place.name, raw)
    if id is not None and schema is None:
        survey = _with_ids(survey, id)
    _raise_errors(survey, on_problem)
    if schema is None:
        return survey
    return _with_schema(survey, schema, id, on_problem)


def _check_options(path: object, format: str | None, on_problem: str, decimal: str | None) -> None:
    if not isinstance(path, str | PathLike) or not str(path):
        raise ReadError(f"path= must be a file name, not {type(path).__name__}.")
    if format is not None:
        require_option(format, tuple(KINDS), argument="format", error=ReadError)
    require_option(on_problem, ("raise", "report"), argument="on_problem", error=ReadError)
    if decimal is not None:
        require_option(decimal, (",", "."), argument="decimal", error=ReadError)


def _raw(
    place: Path, *, sheet: str | None, encoding: str | None, decimal: str | None, format: str | None
) -> Raw:
    """Find out what the file is and have it read."""
    contents.require_file(place)
    if place.is_dir():
        return _set_of_files(place, encoding, decimal)
    kind = contents.settle_kind(place, KINDS[format] if format else None)
    if kind == "zip":
        return _set_of_files(place, encoding, decimal)
    if kind == "xlsx":
        return _workbook(place, sheet, decimal, format)
    if kind == "text":
        return _text(place, encoding, decimal, format)
    if format in ("surveyxact", "enalyzer"):
        raise ReadError(
            f"{place.name} is {contents.NAMES[kind]}, which needs no format={format!r}; leave format= out."
        )
    if kind == "por":
        return read_portable(place, encoding=encoding)
    return read_binary(place, kind, encoding=encoding)


def _set_of_files(place: Path, encoding: str | None, decimal: str | None) -> Raw:
    try:
        files = surveyxact.files_of(place)
    except zipfile.BadZipFile:
        files = None
    if files is None:
        what = "folder" if place.is_dir() else "archive"
        raise ReadError(
            f"the {what} {place.name!r} is no SurveyXact export: dataset.csv and labels.csv were expected in "
            "it; name the file to read."
        )
    return surveyxact.read_files(place, files, encoding=encoding, decimal=decimal)


def _workbook(place: Path, sheet: str | None, decimal: str | None, format: str | None) -> Raw:
    book = read_book(place)
    if sheet is None and (format == "surveyxact" or (format is None and surveyxact.is_book(book))):
        if not surveyxact.is_book(book):
            raise ReadError(
                f"{place.name} lacks the sheets of a SurveyXact export (Dataset, Labels, and Variables or "
                "Structure); export it as Excel with labels, or leave format= out."
            )
        return surveyxact.read_book(book, decimal=decimal)
    cells = sheet_cells(book, sheet)
    if format == "enalyzer":
        return enalyzer.read_enalyzer(cells, "xlsx", decimal=decimal)
    return _plain(cells, "xlsx", decimal)


def _text(place: Path, encoding: str | None, decimal: str | None, format: str | None) -> Raw:
    if format in (None, "surveyxact") and place.stem.casefold() == "dataset":
        files = surveyxact.files_of(place.parent)
        if files is not None:
            return surveyxact.read_files(place.parent, files, encoding=encoding, decimal=decimal)
    if format == "surveyxact":
        raise ReadError(
            f"{place.name}: labels.csv was expected beside a SurveyXact dataset.csv; name the folder."
        )
    cells = read_text(place, encoding=encoding)
    if format == "enalyzer":
        return enalyzer.read_enalyzer(cells, "csv", decimal=decimal)
    dictionary = redcap.find_dictionary(place, cells.names) if format in (None, "redcap") else None
    if dictionary is not None:
        return redcap.read_redcap(cells, dictionary, decimal=decimal)
    if format == "redcap":
        raise ReadError(
            f"{place.name}: no REDCap data dictionary that describes its columns lies beside it; put the "
            "dictionary's .csv into the same folder, or leave format= out."
        )
    return _plain(cells, "tsv" if cells.delimiter == "\t" else "csv", decimal)


def _plain(cells: Cells, kind: str, decimal: str | None) -> Raw:
    frame, variables, problems = typed(cells, decimal=decimal)
    return Raw(frame, variables, kind, cells.encoding, {}, cells.note, cells.problems + problems)


def _survey(file: str, raw: Raw) -> Survey:
    """Part answers from missing ones and put the survey together."""
    parts = part(raw)
    found = check_personal_numbers(parts.data, parts.variables)
    report = ReadReport(
        file=file,
        format=raw.format,
        encoding=raw.encoding,
        n_rows=len(parts.data),
        n_columns=parts.data.shape[1],
        problems=raw.problems + found,
        note=raw.note,
    )
    codebook = Codebook(parts.variables, raw.sets)
    survey = Survey(parts.data, parts.reasons, codebook, report, {}, parts.codes)
    return replace(survey, fingerprints={file: _fingerprint(survey)})


def _fingerprint(survey: Survey) -> str:
    """Fingerprint answers and codes for missing ones together, so that a changed reason shows."""
    return fingerprint(pd.DataFrame({c: survey.restored(str(c)) for c in survey.data}))


def _with_ids(survey: Survey, id: str) -> Survey:
    require_columns(survey.data, [id], argument="id", error=ReadError)
    known = survey.codebook.variables
    named = {**known, id: replace(known[id], role="id")}
    return replace(
        survey,
        codebook=replace(survey.codebook, variables=named),
        report=_added(survey.report, check_ids(survey.data, id)),
    )


def _added(report: ReadReport, problems: Iterable[Problem]) -> ReadReport:
    known = {(p.column, p.rule) for p in report.problems}
    return replace(
        report, problems=report.problems + tuple(p for p in problems if (p.column, p.rule) not in known)
    )


def _raise_errors(survey: Survey, on_problem: str) -> None:
    errors = [p for p in survey.report.problems if p.level == "error"]
    if errors and on_problem == "raise":
        said = "\n".join(f"- {p.message}" for p in errors)
        raise ReadError(f"{survey.report.file} has {len(errors)} problem(s):\n{said}")


def _with_schema(
    survey: Survey, schema: str | PathLike[str] | SurveySchema, id: str | None, on_problem: str
) -> Survey:
    from ipseval.loading.schema import load_schema
    from ipseval.loading.schema_use import apply_schema

    declared = load_schema(Path(schema) if isinstance(schema, PathLike) else schema)
    survey = apply_schema(survey, declared, on_problem=on_problem)
    if id is not None:
        survey = _with_ids(survey, id)
        _raise_errors(survey, on_problem)
    return survey
