"""Holds a survey to its schema and tells every problem at once, without ever showing a person's value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import pandas as pd

from ipseval.core.checks import near_names
from ipseval.core.identity import holds_cpr
from ipseval.core.labels import code_text
from ipseval.loading.preparation import Prepared, prepare
from ipseval.loading.schema import SchemaField, SurveySchema
from ipseval.loading.survey import Problem, Survey
from ipseval.loading.validation_waves import wave_problems

EXPECTED = {
    "number": "hold text, or something infinite, where a number was expected",
    "whole": "hold no whole number",
    "date": "hold no date that can be read (2023-05-31 or 31-05-2023)",
    "decimal_mark": "hold numbers whose marks can be read in two ways (both 1,5 and 1.5, or 1.234 alone)",
    "boolean": "hold neither yes nor no",
    "unknown_words": "hold text that is neither a code nor the words of a code",
}
SOURCE = "correct them in the source, or declare a missing code for them in the schema"
WIDEN = "correct them in the source, or widen the schema if they are right"


def validate(
    survey: Survey, schema: SurveySchema, others: Mapping[str, Survey] | None = None
) -> tuple[Problem, ...]:
    """Find everything in a survey that its schema does not allow.

    Parameters
    ----------
    survey : Survey
        What `read_survey` gave, before or after the schema was applied.
    schema : SurveySchema
        What the file must look like.
    others : mapping of str to Survey, optional
        The other waves by the name of their schema ("ips_ung/start", or its last part), for ids that
        must be known there, equal answers and dates in order.  A tie to a file that is not given is
        not checked; `unchecked` names those.

    Returns
    -------
    tuple of Problem
        One per column and rule, errors before warnings; `n_rows` counts rows (0: the column itself).

    Missing data
    ------------
    Missing answers break no limit; they are counted where a field is `required`, unless the question
    was not asked.
    """
    return problems_of(survey, schema, prepare(survey, schema), others or {})


def problems_of(
    survey: Survey, schema: SurveySchema, prepared: Prepared, others: Mapping[str, Survey]
) -> tuple[Problem, ...]:
    """Find every problem of a survey that is already prepared."""
    if len(survey.data) == 0:
        said = "the file holds no rows; choose the file, or the sheet, that holds the answers."
        return (Problem("error", "", "no_rows", 0, said), *_column_problems(survey, schema, prepared))
    found = [
        *_column_problems(survey, schema, prepared),
        *_key_problems(schema, prepared),
        *_reading_problems(schema, prepared),
        *_limit_problems(schema, prepared),
        *_skip_problems(schema, prepared),
        *_label_problems(survey, schema, prepared),
        *wave_problems(prepared, schema, others),
        *_cpr_problems(survey, prepared),
    ]
    return tuple(sorted(found, key=lambda p: p.level != "error"))


def _problem(field: SchemaField, rule: str, n: int, said: str, level: str = "") -> Problem:
    return Problem(level or field.level, field.name, rule, n, f"column {field.name!r}: {said}")


def _column_problems(survey: Survey, schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    match = prepared.match
    if not match.found:
        said = (
            f"none of the {len(schema.fields)} columns of the schema is in the file; check that it is the "
            "right file and that its first row holds the column names."
        )
        return [Problem("error", "", "no_columns", 0, said)]
    found = [_absent(schema.fields[name], survey, prepared) for name in match.absent]
    if match.doubled:
        shown = [n for n in match.doubled if match.header_fits and not holds_cpr(n)]
        said = f"{len(match.doubled)} column name(s) stand more than once; rename the copies"
        said += f": {_quoted(shown)}." if shown else "."
        found.append(Problem("error", "", "column_doubled", 0, said))
    strange = [c for c in match.unknown if not holds_cpr(c)]
    if strange and match.header_fits:
        said = (
            f"{len(match.unknown)} column(s) of the file are not in the schema and are kept as they are: "
            f"{_quoted(strange[:8])}{' and more' if len(strange) > 8 else ''}; "
            "add them as fields or aliases where they matter."
        )
        found.append(Problem("warning", "", "column_unknown", 0, said))
    return found


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(n) for n in names)


def _absent(field: SchemaField, survey: Survey, prepared: Prepared) -> Problem:
    offered = _near_columns(field, survey, prepared)
    if offered:
        said = f"not in the file; if it is {' or '.join(offered)}, add that name under its 'aliases'."
    else:
        said = "not in the file under any name like it; add the file's name for it under its 'aliases', "
        said += "or mark it 'optional: true'."
    return _problem(field, "column_missing", 0, said, "error")


def _near_columns(field: SchemaField, survey: Survey, prepared: Prepared) -> list[str]:
    """Offer unused columns whose name is like the field's, or whose name or label is like its title."""
    unused = prepared.match.unknown
    offered = [repr(n) for n in near_names(field.name, unused) if not holds_cpr(n)]
    titles = [t.casefold() for t in field.title.values()]
    for name in unused:
        variable = survey.codebook.variables.get(name)
        if name.casefold() in titles and not holds_cpr(name):
            offered = list(dict.fromkeys([repr(name), *offered]))
            continue
        labels = [t.casefold() for t in variable.label.values()] if variable else []
        if any(SequenceMatcher(None, t, label).ratio() > 0.8 for t in titles for label in labels):
            said = f"{name!r} (its label is like the title)"
            if repr(name) not in offered and said not in offered:
                offered.append(said)
    return offered[:3]


def _key_problems(schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    key = [k for k in schema.primary_key if k in prepared.columns]
    if not key or len(key) < len(schema.primary_key):
        return []
    frame = pd.DataFrame({k: prepared.columns[k].values for k in key})
    name = " + ".join(key)
    blank = int(frame.isna().any(axis=1).sum())
    whole = frame.dropna()
    doubled = int(whole.duplicated(keep=False).sum())
    found = []
    if blank:
        said = f"column {name!r}: {blank} row(s) have no id; every form needs one, so add it in the source."
        found.append(Problem("error", name, "missing_id", blank, said))
    if doubled:
        persons = int((~whole[whole.duplicated(keep=False)].duplicated()).sum())
        said = (
            f"column {name!r}: {doubled} row(s) share {persons} id(s); keep one row per id, "
            "or add the column that tells the rows apart to primaryKey."
        )
        found.append(Problem("error", name, "duplicate_id", doubled, said))
    return found


def _reading_problems(schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    found = []
    for name, column in prepared.columns.items():
        field = schema.fields[name]
        for rule, n in column.faults[column.faults != ""].value_counts(sort=False).items():
            found.append(_problem(field, str(rule), int(n), f"{n} row(s) {EXPECTED[str(rule)]}; {SOURCE}."))
        words = int(column.as_words.sum())
        if words:
            said = f"{words} row(s) hold the words of a code and are read as that code; nothing needs doing."
            found.append(_problem(field, "words", words, said, "warning"))
    return found


def _limit_problems(schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    from ipseval.loading.validation_frame import broken_limits

    values = {name: column.values for name, column in prepared.columns.items()}
    found = []
    for (name, rule), n in broken_limits(values, schema.fields).items():
        field = schema.fields[name]
        found.append(_problem(field, rule, n, f"{n} row(s) {_limit_said(field, rule)}; {WIDEN}."))
    for name, column in prepared.columns.items():
        field = schema.fields[name]
        if field.constraints.required and name not in schema.primary_key:
            asked = prepared.asked[name].fillna(True).astype(bool)
            n = int((column.values.isna() & asked & (column.faults == "")).sum())
            if n:
                said = f"{n} row(s) have no answer, and one is required; fill them in the source."
                found.append(_problem(field, "required", n, said))
        if field.constraints.unique and (name,) != schema.primary_key:
            n = int(column.values.dropna().duplicated(keep=False).sum())
            if n:
                said = f"{n} row(s) share a value that must be unique; find the copies in the source."
                found.append(_problem(field, "unique", n, said))
    return found


def _limit_said(field: SchemaField, rule: str) -> str:
    limits = field.constraints
    if rule == "categories":
        return f"hold a code outside the declared {_short(tuple(field.categories))}"
    if rule == "enum":
        return f"hold a value outside {_short(limits.enum)}"
    if rule == "pattern":
        return f"do not fit the pattern {limits.pattern}"
    if rule == "minimum":
        return f"lie below the minimum {code_text(limits.minimum)}"
    return f"lie above the maximum {code_text(limits.maximum)}"


def _short(codes: Sequence[str]) -> str:
    return ", ".join(codes[:12]) + (" and more" if len(codes) > 12 else "")


def _skip_problems(schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    found = []
    for name, asked in prepared.asked.items():
        field = schema.fields[name]
        n = int((~asked.fillna(True).astype(bool) & prepared.columns[name].values.notna()).sum())
        if n:
            by = " and ".join(repr(c.column) for c in field.asked_if)
            said = f"{n} row(s) are answered although {by} says it was not asked; they are kept, see why."
            found.append(_problem(field, "answered_not_asked", n, said, "warning"))
    return found


def _label_problems(survey: Survey, schema: SurveySchema, prepared: Prepared) -> list[Problem]:
    """Find codes whose words in the file are the words of another code in the schema."""
    found = []
    for name, column in prepared.match.found.items():
        field = schema.fields[name]
        variable = survey.codebook.variables.get(column)
        if not field.categories or variable is None:
            continue
        swapped = [
            code
            for code, words in variable.values.items()
            if code in field.categories and _means_another(code, words, field)
        ]
        if swapped:
            said = (
                f"the file's own words for the code(s) {', '.join(swapped)} belong to other codes in the "
                "schema; the coding is turned or shifted, so correct the schema or recode the file."
            )
            found.append(_problem(field, "labels_turned", 0, said, "error"))
    return found


def _means_another(code: str, words: Mapping[str, str], field: SchemaField) -> bool:
    said = {w.strip().casefold() for w in words.values()}
    own = {w.strip().casefold() for w in field.categories[code].values()}
    rest = {w.strip().casefold() for c, t in field.categories.items() if c != code for w in t.values()}
    return not said & own and bool(said & rest)


def _cpr_problems(survey: Survey, prepared: Prepared) -> list[Problem]:
    names = {column: field for field, column in prepared.match.found.items()}
    found = []
    for position, column in enumerate(map(str, survey.data.columns)):
        n = _cpr_rows(survey.data.iloc[:, position])
        shown = names.get(column, column if prepared.match.header_fits and not holds_cpr(column) else "")
        if n:
            where = f"column {shown!r}" if shown else f"column number {position + 1}"
            said = (
                f"{n} row(s) hold what looks like a CPR number; remove it, or put a pseudonym in its place."
            )
            said = f"{where}: {said}"
            found.append(Problem("warning", shown, "cpr_number", n, said))
    return found


def _cpr_rows(values: pd.Series) -> int:
    """Count the rows with something like a CPR number; as a number it has lost its leading zero.

    Among numbers, only a column that holds little else counts: other serial numbers of ten digits fit
    the pattern now and then.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return 0
    there = values.dropna()
    if not pd.api.types.is_numeric_dtype(values):
        return sum(map(_looks_like_cpr, there))
    numbers = there.astype("float64")
    n = sum(map(_looks_like_cpr, numbers[(numbers >= 1e8) & (numbers < 1e10)]))
    return n if 2 * n >= len(there) else 0


def _looks_like_cpr(cell: object) -> bool:
    if isinstance(cell, str):
        return holds_cpr(cell)
    return isinstance(cell, int | float) and float(cell).is_integer() and holds_cpr(f"{int(cell):010d}")
