"""Columns that a plan derives: sums and differences of numbers, and 0/1 from a list of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError
from ipseval.core.labels import Labels, code_text
from ipseval.core.language import LANGUAGES, say
from ipseval.loading.codebook import Codebook, Variable
from ipseval.study.plan import Derived, Text
from ipseval.study.steps import column_hint

YES_NO = ("in", "any")
"""Operations that make 1 and 0."""


def derive(frame: pd.DataFrame, derived: Derived, book: Codebook, labels: Labels) -> pd.Series[Any]:
    """Make one column; it is blank where any part of it is blank.

    Raises
    ------
    SchemaError
        When a column is not there or of the wrong kind, or `in` names what is no answer of the column.
    """
    missing = [c for c in derived.columns if c not in frame.columns]
    if missing:
        names = [str(c) for c in frame.columns]
        said = "; ".join(f"{c!r}: {column_hint(c, names, labels)}" for c in missing)
        raise SchemaError(f"derived.{derived.name} names {len(missing)} column(s) that are not there: {said}")
    if derived.operation == "in":
        column = derived.columns[0]
        codes = chosen_codes(derived, book, labels)
        told = frame[column].map(code_text, na_action="ignore")
        return told.isin(codes).astype("Int64").where(frame[column].notna())
    parts = pd.DataFrame({c: as_numbers(frame[c], f"derived.{derived.name}") for c in derived.columns})
    if derived.operation == "difference":
        return parts.iloc[:, 0] - parts.iloc[:, 1]
    if derived.operation == "copy":
        return parts.iloc[:, 0]
    if derived.operation == "any":
        return parts.gt(0).any(axis=1).astype("Int64").where(parts.notna().all(axis=1))
    whole = parts.mean(axis=1) if derived.operation == "mean" else parts.sum(axis=1)
    return whole.where(parts.notna().all(axis=1))


def as_numbers(column: pd.Series[Any], where: str) -> pd.Series[Any]:
    """Give a column as numbers; a column of text is refused without its values."""
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = int((numbers.isna() & column.notna()).sum())
    if wrong:
        raise SchemaError(
            f"{where}: column {str(column.name)!r} has {wrong} row(s) that are not numbers; "
            "correct them in the file, or name a column of numbers."
        )
    return numbers.astype("Float64")


def chosen_codes(derived: Derived, book: Codebook, labels: Labels) -> tuple[str, ...]:
    """Return the codes that `in` names, by code or by their words, as the schema has them."""
    column = derived.columns[0]
    variable = book.variables.get(column)
    known = variable.codes() if variable else tuple(labels.values.get(column, {}))
    if not known:
        raise SchemaError(
            f"derived.{derived.name}: column {column!r} has no list of answers to choose from; write its "
            "answers as categories in its schema."
        )
    words = labels.values.get(column, {})
    chosen, unknown = [], []
    for asked in map(code_text, derived.codes):
        found = [asked] if asked in known else [c for c in known if asked in words.get(c, {}).values()]
        chosen += found
        unknown += [] if found else [asked]
    if unknown:
        offered = [*known, *(text for c in known for text in words.get(c, {}).values())]
        said = "; ".join(f"{a!r}: {hint_for(a, list(dict.fromkeys(offered)))}" for a in unknown)
        raise SchemaError(
            f"derived.{derived.name}.in names {len(unknown)} code(s) that are no answer of {column!r} in its "
            f"schema: {said}"
        )
    return tuple(dict.fromkeys(chosen))


def described(derived: Derived) -> Codebook:
    """Say of a column of 1 and 0 what its codes mean, so that it is shown as answers and not as a mean."""
    if derived.operation not in YES_NO:
        return Codebook()
    words = {code: {lang: say(told, lang) for lang in LANGUAGES} for code, told in _CODES.items()}
    made = Variable(derived.name, derived.label, "integer", "nominal", words)
    return Codebook({derived.name: made})


_CODES = {"1": "study_yes", "0": "study_no"}


def told_of(derived: Derived, book: Codebook, labels: Labels) -> dict[str, str]:
    """Say which answers a column of 1 and 0 counts, for the reader of a table that shows it."""
    column = derived.columns[0]
    codes = chosen_codes(derived, book, labels)
    return {
        lang: say(
            "study_derived_in",
            lang,
            name=derived.label.get(lang) or derived.name,
            column=labels.name(column, lang),
            answers=", ".join(f'"{labels.value(column, code, lang)}"' for code in codes),
        )
        for lang in LANGUAGES
    }


def reasons_of(frame: pd.DataFrame, column: str, parts: Sequence[str], why: pd.DataFrame) -> pd.Series[Any]:
    """Say why a made column is missing: the first reason that the columns it is made of give."""
    given = why[[c for c in parts if c in why.columns]]
    first = given.bfill(axis=1).iloc[:, 0] if given.shape[1] else pd.Series(pd.NA, index=frame.index)
    return first.where(frame[column].isna())


def derived_labels(columns: Sequence[Derived]) -> dict[str, Text]:
    """Return the words of the derived columns that have some."""
    found: dict[str, Mapping[str, str]] = {d.name: d.label for d in columns if d.label}
    return found
