"""Lays a survey and its schema side by side: the column of each field, its cells, who was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from ipseval.core.labels import code_text
from ipseval.loading.conversion import Converted, convert
from ipseval.loading.schema import SchemaField, SurveySchema
from ipseval.loading.survey import Survey


@dataclass(frozen=True)
class Match:
    """Which file column each field is (`found`), which fields have none, which columns are left over."""

    found: Mapping[str, str]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]

    header_fits: bool
    """Whether so much was recognised that the first row must be a header.

    Without a header row the column names are a person's answers, and may not be shown."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A survey read by its schema; `asked` tells by field who was asked (NA: not known)."""

    match: Match
    columns: Mapping[str, Converted]
    asked: Mapping[str, pd.Series]


def prepare(survey: Survey, schema: SurveySchema) -> Prepared:
    """Match the columns, read their cells and work out who was asked what."""
    match = match_columns(survey, schema)
    data = survey.data.loc[:, ~survey.data.columns.duplicated()]
    reasons = survey.reasons.loc[:, ~survey.reasons.columns.duplicated()]
    columns: dict[str, Converted] = {}
    asked: dict[str, pd.Series] = {}
    for name, column in match.found.items():
        field = schema.fields[name]
        codes = survey.codes.get(column)
        columns[name] = convert(data[column], reasons[column], codes, field)
        asked[name] = _asked(field, columns, asked, data.index)
        columns[name] = _with_reasons(columns[name], asked[name], schema.blank)
    return Prepared(match, columns, asked)


def match_columns(survey: Survey, schema: SurveySchema) -> Match:
    """Find each field's column by its name, then by its aliases; upper and lower case count as the same."""
    names = [str(c) for c in survey.data.columns]
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.strip().casefold(), name)
    found: dict[str, str] = {}
    for field in schema.fields.values():
        if field.name in names:
            found[field.name] = field.name
            continue
        hits = [folded[a.casefold()] for a in (field.name, *field.aliases) if a.casefold() in folded]
        if hits:
            found[field.name] = hits[0]
    used = set(found.values())
    absent = tuple(n for n, f in schema.fields.items() if n not in found and not f.optional)
    keyed = bool(schema.primary_key) and all(k in found for k in schema.primary_key)
    return Match(
        found=found,
        absent=absent,
        header_fits=bool(found) and (len(found) >= len(absent) or (keyed and len(found) > 1)),
        unknown=tuple(dict.fromkeys(n for n in names if n not in used)),
        doubled=tuple(sorted({n for n in names if names.count(n) > 1})),
    )


def _asked(
    field: SchemaField, columns: Mapping[str, Converted], asked: Mapping[str, pd.Series], index: pd.Index
) -> pd.Series:
    """Say who was asked: True, False, or NA where the answer that decides it is missing."""
    result = pd.Series(True, index=index, dtype="boolean")
    for condition in field.asked_if:
        column = columns.get(condition.column)
        if column is None:
            return pd.Series(pd.NA, index=index, dtype="boolean")
        meets = column.values.map(code_text, na_action="ignore").isin(condition.codes).astype("boolean")
        meets = meets.mask(column.values.isna())
        not_reached = ~asked[condition.column].fillna(True).astype(bool) & column.values.isna()
        result = result & meets.mask(not_reached, False)
    return result


def _with_reasons(column: Converted, asked: pd.Series, blank: str) -> Converted:
    """Give blanks their reason: not asked where skip logic says so, else the schema's reason for blanks."""
    empty = column.values.isna() & (column.reasons == "system_missing").fillna(False).astype(bool)
    empty = empty & column.codes.isna()
    not_asked = ~asked.fillna(True).astype(bool)
    known = asked.notna()
    reasons = column.reasons.mask(empty & not_asked, "not_asked").mask(empty & ~not_asked & known, blank)
    return replace(column, reasons=reasons.astype("str"))
