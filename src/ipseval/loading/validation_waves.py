"""Ties within one file and between the files of a study: known persons, equal answers, dates in order."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ipseval.core.checks import near_names
from ipseval.core.labels import code_text
from ipseval.loading.conversion import as_moment, as_number
from ipseval.loading.preparation import Prepared, prepare
from ipseval.loading.schema import Consistency, SurveySchema
from ipseval.loading.survey import Problem, Survey


def wave_problems(prepared: Prepared, schema: SurveySchema, others: Mapping[str, Survey]) -> list[Problem]:
    """Check every declared tie whose other file is at hand."""
    problems = []
    for tie in schema.consistency:
        other = find_other(tie.other, others)
        if tie.other and other is None:
            continue
        found = _within(prepared, tie) if other is None else _between(prepared, schema, tie, other)
        if found is not None:
            problems.append(found)
    return problems


def unchecked(schema: SurveySchema, others: Mapping[str, Survey]) -> tuple[str, ...]:
    """Name the files that ties ask for and that were not given."""
    asked = dict.fromkeys(tie.other for tie in schema.consistency if tie.other)
    return tuple(name for name in asked if find_other(name, others) is None)


def find_other(name: str, others: Mapping[str, Survey]) -> Survey | None:
    """Find another wave by the full name of its schema or by the last part of it."""
    if name in others:
        return others[name]
    return others.get(name.split("/")[-1])


def _within(prepared: Prepared, tie: Consistency) -> Problem | None:
    here, there = prepared.columns.get(tie.column), prepared.columns.get(tie.other_column)
    if here is None or there is None:
        return None
    return _compare(tie, here.values, there.values, f"{tie.other_column!r}", "correct the wrong one")


def _between(prepared: Prepared, schema: SurveySchema, tie: Consistency, other: Survey) -> Problem | None:
    key = schema.primary_key[0]
    if key not in prepared.columns:
        return None
    needed = [key] if tie.check == "known" else [key, tie.other_column]
    lacking = [c for c in needed if c not in other.data.columns]
    if lacking:
        near = near_names(lacking[0], map(str, other.data.columns))
        hint = f"did you mean {near[0]!r}?" if near else "apply that file's schema first."
        said = f"cannot be held against {tie.other!r}: that file has no column {lacking[0]!r}; {hint}"
        return Problem("error", tie.column or key, "other_file", 0, f"column {tie.column or key!r} {said}")
    ids = prepared.columns[key].values.map(code_text, na_action="ignore")
    other_ids = _text(other.data[key])
    if tie.check == "known":
        return _known(tie, key, ids, other_ids)
    if tie.column not in prepared.columns:
        return None
    lookup = pd.Series(other.data[tie.other_column].to_numpy(dtype=object), index=other_ids.to_numpy())
    lookup = lookup[lookup.index.notna() & ~lookup.index.duplicated()]
    matched = ids.map(lookup.to_dict(), na_action="ignore")
    there = f"{tie.other_column!r} in {tie.other!r}"
    return _compare(tie, prepared.columns[tie.column].values, matched, there, "check the ids and both files")


def _known(tie: Consistency, key: str, ids: pd.Series, other_ids: pd.Series) -> Problem | None:
    strangers = int((ids.notna() & ~ids.isin(set(other_ids.dropna()))).sum())
    if not strangers:
        return None
    said = f"{strangers} row(s) have an id that {tie.other!r} does not have; look for mistyped ids."
    return Problem(tie.level, key, "known", strangers, f"column {key!r}: {said}")


def _compare(tie: Consistency, here: pd.Series, there: pd.Series, named: str, remedy: str) -> Problem | None:
    if tie.check == "equal":
        left, right = _text(here), _text(there)
        wrong = left.notna() & right.notna() & (left != right)
        said = f"differ from {named}, though the two must be equal"
    else:
        left, right = _in_order(here, there)
        wrong = left.notna() & right.notna() & (left < right)
        said = f"lie before {named}, and must not"
    n = int(wrong.sum())
    if not n:
        return None
    said = f"column {tie.column!r}: {n} row(s) {said}; {remedy}."
    return Problem(tie.level, tie.column, tie.check, n, said)


def _text(values: pd.Series) -> pd.Series:
    """Write values so that 1, 1.0 and "1" are one, and a date is its day."""
    plain = values.astype(object).where(values.notna(), None)
    return plain.map(_plain, na_action="ignore")


def _plain(value: object) -> str:
    moment = as_moment(value) if not isinstance(value, str) else None
    return moment.date().isoformat() if moment is not None else code_text(value).strip()


def _in_order(here: pd.Series, there: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Read both as numbers where the first is numeric, else both as moments."""
    read = as_number if pd.api.types.is_numeric_dtype(here) else as_moment
    kind = "float64" if read is as_number else "datetime64[us]"
    sides = []
    for values in (here, there):
        plain = values.astype(object).where(values.notna(), None)
        cells = [None if cell is None else read(cell) for cell in plain]
        sides.append(pd.Series(cells, index=values.index, dtype=kind))
    return sides[0], sides[1]


def check_ties(survey: Survey, schema: SurveySchema, others: Mapping[str, Survey]) -> tuple[Problem, ...]:
    """Check only the ties to other waves, for files that have been read by their schemas already."""
    return tuple(wave_problems(prepare(survey, schema), schema, others))
