"""Reads SPSS, Stata and SAS files with their labels, levels, sets and codes for missing answers.

Reading itself is pyreadstat's work.  Here its metadata become variables, and the faults that it passes
over in silence are looked for: a SAS transport file that ends early, an SPSS file that does not say
how many rows it should have.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.errors import ReadError
from ipseval.core.labels import code_text
from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, Variable
from ipseval.loading.formats.content import NAMES, read_bytes
from ipseval.loading.formats.raw import Raw
from ipseval.loading.formats.xport import require_whole_xport
from ipseval.loading.missing import declared_codes
from ipseval.loading.survey import Problem

_READERS = {"sav": "read_sav", "dta": "read_dta", "sas7bdat": "read_sas7bdat", "xpt": "read_xport"}
_MEASURES = {"nominal": "nominal", "ordinal": "ordinal", "scale": "scale"}
_PERIODS = {"%tw": "weeks", "%tm": "months", "%tq": "quarters", "%th": "half-years"}
_LATIN = {"latin-1": "ISO-8859-1", "latin1": "ISO-8859-1", "cp1252": "WINDOWS-1252", "utf-8-sig": "UTF-8"}


def read_binary(path: Path, kind: str, *, encoding: str | None) -> Raw:
    """Read a .sav, .zsav, .dta, .sas7bdat or .xpt file."""
    problems = list(_before(path, kind))
    frame, meta = _read(path, kind, encoding)
    if kind == "xpt":
        require_whole_xport(path, len(frame))
    elif meta.number_rows is not None and 0 <= meta.number_rows != len(frame):
        raise ReadError(
            f"{path.name} should hold {meta.number_rows} rows but only {len(frame)} could be read: it is "
            "cut off; copy or export it again."
        )
    frame, variables = _columns(frame, meta, tagged=kind == "dta")
    problems += _undecoded(path.name, variables, frame)
    problems += _periods(frame, meta) if kind == "dta" else ()
    head = read_bytes(path, 4)
    return Raw(
        frame=frame,
        variables=variables,
        format="zsav" if head == b"$FL3" else kind,
        encoding=encoding or meta.file_encoding or _default_encoding(kind),
        sets=_sets(meta, variables),
        note=_note(meta),
        problems=tuple(problems),
    )


def _default_encoding(kind: str) -> str:
    return "as the file says" if kind == "dta" else "not said in the file"


def _read(path: Path, kind: str, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    options: dict[str, Any] = {"encoding": _LATIN.get(encoding.lower(), encoding)} if encoding else {}
    if kind != "xpt":
        options["user_missing"] = True
    with path.open("rb"):
        pass  # an operating system's refusal is told as such, not as a damaged file
    try:
        return getattr(pyreadstat, _READERS[kind])(path, **options)  # type: ignore[no-any-return]  # untyped
    except Exception as problem:  # damage makes the library stumble in many ways, some with values in hand
        raise ReadError(_why(path, kind, encoding, str(problem))) from None


def _why(path: Path, kind: str, encoding: str | None, said: str) -> str:
    if ("convert" in said and "encoding" in said) or "invalid string" in said.lower():
        return (
            f"{path.name} holds text that does not fit the encoding {encoding or 'it declares'}; "
            "give encoding='cp1252', 'latin-1' or 'utf-8'."
        )
    if "unsupported character set" in said.lower():
        return f"encoding={encoding!r} is not known for {NAMES[kind]}; use 'utf-8', 'cp1252' or 'latin-1'."
    return (
        f"{path.name} begins as {NAMES[kind]} but is cut off or damaged and cannot be read to its end; "
        "copy or export it again."
    )


def _before(path: Path, kind: str) -> tuple[Problem, ...]:
    """Tell of an SPSS file whose header leaves the number of rows out, so that a cut cannot be seen."""
    head = read_bytes(path, 84)
    if kind != "sav" or len(head) < 84:
        return ()
    order = "<" if head[64:68] in (b"\x02\x00\x00\x00", b"\x03\x00\x00\x00") else ">"
    (n_rows,) = struct.unpack(f"{order}i", head[80:84])
    if n_rows >= 0:
        return ()
    return (
        Problem(
            "warning", "", "rows_unknown", 0,
            f"{path.name} does not say how many rows it holds, so a file cut off between two rows looks "
            "whole; compare the number of rows read with the program that made it.",
        ),
    )  # fmt: skip


def _columns(frame: pd.DataFrame, meta: Any, *, tagged: bool) -> tuple[pd.DataFrame, dict[str, Variable]]:
    columns, variables = {}, {}
    for name in meta.column_names:
        column, tags = _untagged(frame[name], meta.missing_user_values.get(name, ()))
        values = {
            _code(code, tagged): str(text) for code, text in meta.variable_value_labels.get(name, {}).items()
        }
        column, kind = _typed(column, meta.original_variable_types.get(name) or "")
        ranges = [(r["lo"], r["hi"]) for r in meta.missing_ranges.get(name, ())]
        in_labels = {c for c in values if tagged and c.startswith(".")}
        ranges += [(tag, tag) for tag in sorted({f".{t}" for t in tags} | in_labels)]
        label = meta.column_names_to_labels.get(name)
        variables[name] = Variable(
            name=name,
            label={FILE_LANGUAGE: label} if label else {},
            type=kind,
            measure=_MEASURES.get(meta.variable_measure.get(name, ""), "unknown"),
            values={code: {FILE_LANGUAGE: text} for code, text in values.items()},
            missing=declared_codes(ranges, values),
        )
        columns[name] = column
    return pd.DataFrame(columns, index=range(len(frame))), variables


def _code(code: object, tagged: bool) -> str:
    """Write a labelled code as text; in Stata only tagged blanks have letters for codes."""
    text = code_text(code)
    return f".{text}" if tagged and isinstance(code, str) else text


def _untagged(column: pd.Series, tags: tuple[str, ...]) -> tuple[pd.Series, tuple[str, ...]]:
    """Give Stata's and SAS's tagged blanks their point, so that ".a" is no one's answer "a"."""
    if not tags:
        return column, ()
    named = {tag: f".{tag}" for tag in tags}
    return column.map(lambda v: named.get(v, v) if isinstance(v, str) else v).astype(object), tuple(tags)


def _typed(column: pd.Series, shown_as: str) -> tuple[pd.Series, str]:
    """Say what a column is; blanks of text become NA, times of day become text."""
    if pd.api.types.is_string_dtype(column) and column.dtype != object:
        return column.mask(column.str.strip() == ""), "string"
    if pd.api.types.is_datetime64_any_dtype(column):
        return column, "datetime"
    if column.dtype != object:
        return column, "number"
    kinds = {type(v) for v in column.dropna() if not isinstance(v, str)}
    if kinds and kinds <= {date, datetime, pd.Timestamp}:
        return column, "date" if kinds == {date} else "datetime"
    if kinds <= {int, float, np.float64, np.int64}:
        return column, "number"
    return column.map(lambda v: v if isinstance(v, str) or pd.isna(v) else str(v)).astype("str"), "string"


def _periods(frame: pd.DataFrame, meta: Any) -> list[Problem]:
    """Tell of Stata's weeks, months, quarters and half-years, which are counts and no dates."""
    found = []
    for name, shown_as in meta.original_variable_types.items():
        unit = _PERIODS.get(str(shown_as)[:3])
        if unit:
            n = int(frame[name].notna().sum())
            message = (
                f"column {name!r}: Stata shows {n} row(s) as {unit} counted from 1960; the counts are "
                "kept as numbers, so turn them into dates in Stata if they are to be dates here."
            )
            found.append(Problem("warning", name, "stata_period", n, message))
    return found


def _sets(meta: Any, variables: Mapping[str, Variable]) -> dict[str, AnswerSet]:
    found = {}
    for name, one in (meta.mr_sets or {}).items():
        by_lower = {v.lower(): v for v in variables}
        columns = tuple(by_lower[c.lower()] for c in one["variable_list"] if c.lower() in by_lower)
        counted = code_text(one["counted_value"]) if one["is_dichotomy"] else ""
        found[name] = AnswerSet(name, columns, {FILE_LANGUAGE: one["label"]} if one["label"] else {}, counted)
    return found


def _note(meta: Any) -> str:
    """Join the file's label and notes; the line in which SPSS dates a note is left out."""
    lines = [meta.file_label or "", *(meta.notes or ())]
    return " ".join(t.strip() for t in lines if t.strip() and not t.strip().startswith("(Entered"))


def _undecoded(file: str, variables: Mapping[str, Variable], frame: pd.DataFrame) -> list[Problem]:
    """Count labels and texts in which letters were lost because their encoding is not known."""
    labels = sum(
        "\ufffd" in text
        for v in variables.values()
        for text in (*v.label.values(), *(t for words in v.values.values() for t in words.values()))
    )
    found = []
    if labels:
        found.append(
            Problem(
                "warning", "", "undecoded_labels", labels,
                f"{file}: {labels} label(s) hold letters that could not be decoded; give encoding=, or "
                "save the file as .sav.",
            )
        )  # fmt: skip
    for name, variable in variables.items():
        n = (
            int(frame[name].astype("str").str.contains("\ufffd", regex=False).sum())
            if variable.type == "string"
            else 0
        )
        if n:
            found.append(
                Problem(
                    "warning", name, "undecoded_text", n,
                    f"column {name!r}: {n} row(s) hold letters that could not be decoded; give encoding=.",
                )
            )  # fmt: skip
    return found
