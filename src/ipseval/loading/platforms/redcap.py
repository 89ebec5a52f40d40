"""Reads REDCap's raw CSV with the data dictionary that lies beside it.

Layout: REDCap's data dictionary has the eighteen columns that begin with "Variable / Field Name" and
"Form Name"; choices are written "1, Ja | 2, Nej"; a checkbox field `x` becomes one column `x___code` per
choice, 0 or 1 (a minus in a code becomes "_"); every form adds `form_complete` (0, 1, 2).  See the public
test data of REDCapR (ouhscbbmc.github.io/REDCapR, test-data/project-color-boxes) and of redcapAPI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ipseval.core.errors import ReadError
from ipseval.loading.codebook import FILE_LANGUAGE, AnswerSet, Variable
from ipseval.loading.formats.columns import typed
from ipseval.loading.formats.content import read_bytes
from ipseval.loading.formats.raw import Cells, Raw
from ipseval.loading.formats.text import rows_of
from ipseval.loading.survey import Problem

_NAME, _TYPE, _TEXT = "Variable / Field Name", "Field Type", "Field Label"
_CHOICES, _CHECK = "Choices, Calculations, OR Slider Labels", "Text Validation Type OR Show Slider Number"
_FORM, _IDENTIFIER = "Form Name", "Identifier?"
_CODED = ("radio", "dropdown", "yesno", "truefalse")
_BUILT_IN = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_TICKS = {"0": "Unchecked", "1": "Checked"}


@dataclass(frozen=True)
class Dictionary:
    """The variables and tick-all questions that a data dictionary describes, by column of the data."""

    file: str
    variables: Mapping[str, Variable] = field(default_factory=dict)
    sets: Mapping[str, AnswerSet] = field(default_factory=dict)
    first: str = ""


def find_dictionary(path: Path, names: Sequence[str]) -> Dictionary | None:
    """Look beside a data file for the dictionary that describes its columns."""
    best: Dictionary | None = None
    for other in sorted(path.parent.glob("*.csv")):
        found = _dictionary(other) if other.name != path.name else None
        if found is None:
            continue
        if found.first in names and (best is None or _fit(found, names) > _fit(best, names)):
            best = found
    return best


def _dictionary(path: Path) -> Dictionary | None:
    """Read a neighbour if it is a dictionary; a neighbour that cannot be read is no reason to stop."""
    try:
        is_one = b"Variable / Field Name" in read_bytes(path, 200)
        return read_dictionary(path) if is_one else None
    except ReadError:
        return None


def _fit(dictionary: Dictionary, names: Sequence[str]) -> int:
    return len(set(dictionary.variables) & set(names))


def read_dictionary(path: Path) -> Dictionary:
    """Read a data dictionary."""
    rows = rows_of(read_bytes(path), path.name, encoding=None)[2]
    header = [h.strip() for h in rows[0]]
    lacking = [c for c in (_NAME, _TYPE, _TEXT, _CHOICES) if c not in header]
    if lacking:
        raise ReadError(f"{path.name} is no REDCap data dictionary: it lacks the column {lacking[0]!r}.")
    variables: dict[str, Variable] = {}
    sets: dict[str, AnswerSet] = {}
    forms: dict[str, None] = {}
    for row in rows[1:]:
        entry = dict(zip(header, row, strict=False))
        forms[entry.get(_FORM, "")] = None
        kind = entry[_TYPE].strip().casefold()
        if kind == "checkbox":
            one, columns = _checkbox(entry)
            sets[one.name] = one
            variables |= columns
        elif kind not in ("descriptive", "file"):
            variables[entry[_NAME]] = _variable(entry, kind)
    for form in filter(None, forms):
        name = f"{form}_complete"
        variables[name] = Variable(name, {}, "integer", "ordinal", _worded(_COMPLETE), role="form_status")
    return Dictionary(path.name, variables, sets, rows[1][0] if len(rows) > 1 else "")


def _worded(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {code: {FILE_LANGUAGE: text} for code, text in values.items()}


def choices(text: str) -> dict[str, str]:
    """Read "1, Ja | 2, Nej" as code -> label; only the first comma parts them."""
    pairs = (part.split(",", 1) for part in text.split("|") if part.strip())
    return {pair[0].strip(): pair[1].strip() if len(pair) > 1 else pair[0].strip() for pair in pairs}


def _variable(entry: Mapping[str, str], kind: str) -> Variable:
    values = _BUILT_IN.get(kind) or (choices(entry[_CHOICES]) if kind in _CODED else {})
    label, check = entry[_TEXT].strip(), entry.get(_CHECK, "").strip().casefold()
    identifies = entry.get(_IDENTIFIER, "").strip().casefold() == "y"
    return Variable(
        name=entry[_NAME],
        label={FILE_LANGUAGE: label} if label else {},
        type="string" if kind == "notes" else "",
        measure="nominal"
        if values
        else "scale"
        if check in ("integer", "number") or kind == "calc"
        else "unknown",
        values=_worded(values),
        role="identifier" if identifies else "free_text" if kind == "notes" else "",
    )


def _checkbox(entry: Mapping[str, str]) -> tuple[AnswerSet, dict[str, Variable]]:
    name, question = entry[_NAME], entry[_TEXT].strip()
    columns = {}
    for code, label in choices(entry[_CHOICES]).items():
        column = f"{name}___{code.replace('-', '_').lower()}"
        words = {FILE_LANGUAGE: f"{question} - {label}"}
        columns[column] = Variable(column, words, "integer", "nominal", _worded(_TICKS))
    return AnswerSet(name, tuple(columns), {FILE_LANGUAGE: question} if question else {}, "1"), columns


def read_redcap(cells: Cells, dictionary: Dictionary, *, decimal: str | None) -> Raw:
    """Lay a data dictionary over the cells of the data file."""
    frame, variables, problems = typed(cells, decimal=decimal)
    known = {}
    for name, seen in variables.items():
        said = dictionary.variables.get(name)
        kind = (
            seen.type if said is None or not said.type else said.type if said.type == "string" else seen.type
        )
        if kind == "string" and seen.type != "string":
            frame[name] = pd.Series(_as_text(cells, name), dtype="str")
        known[name] = replace(said or seen, type=kind, missing=() if kind == "string" else seen.missing)
    sets = {k: s for k, s in dictionary.sets.items() if all(c in known for c in s.columns)}
    kept = tuple(
        p for p in problems if known[p.column].type != "string" or variables[p.column].type == "string"
    )
    return Raw(
        frame=frame,
        variables=known,
        format="redcap csv",
        encoding=cells.encoding,
        sets=sets,
        note=f"data dictionary: {dictionary.file}",
        problems=cells.problems + kept + _undescribed(dictionary, known),
    )


def _as_text(cells: Cells, name: str) -> list[object]:
    column = cells.columns[cells.names.index(name)]
    return [v if isinstance(v, str) and v.strip() else None for v in column]


def _undescribed(dictionary: Dictionary, known: Mapping[str, Variable]) -> tuple[Problem, ...]:
    lacking = [name for name in dictionary.variables if name not in known]
    if not lacking:
        return ()
    message = (
        f"{len(lacking)} field(s) of {dictionary.file} have no column in the data "
        f"({', '.join(map(repr, lacking[:4]))}); they may have been left out of the export."
    )
    return (Problem("warning", "", "labels_without_column", len(lacking), message),)
