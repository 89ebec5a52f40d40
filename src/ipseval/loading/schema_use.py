"""Applies a schema to a survey: names, types, reasons for missing answers, words, roles and sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from ipseval.core.checks import require_option
from ipseval.core.errors import SchemaError
from ipseval.loading.codebook import Codebook, Variable
from ipseval.loading.listing import not_told_before, validation_text
from ipseval.loading.preparation import Prepared, prepare
from ipseval.loading.schema import SchemaField, SurveySchema, load_schema
from ipseval.loading.survey import Survey
from ipseval.loading.validation import problems_of


def apply_schema(
    survey: Survey,
    schema: SurveySchema | str,
    *,
    others: Mapping[str, Survey] | None = None,
    on_problem: str = "raise",
) -> Survey:
    """Give a survey the names, types, words and reasons that its schema declares.

    Parameters
    ----------
    survey : Survey
        What `read_survey` gave; it is not changed.
    schema : SurveySchema or str
        The schema, or the name or path of one.
    others : mapping of str to Survey, optional
        Other waves, for the ties between files (see `validate`).
    on_problem : {"raise", "report"}
        "raise" refuses a survey with errors and lists them all.  "report" goes on: a column that
        cannot be read as declared stays as it was in the file, and nothing is lost.

    Returns
    -------
    Survey
        One row per answer form, in the file's order; aliases have become the schema's names, columns
        that the schema does not know stand as they were, and `report.problems` lists what was found.

    Raises
    ------
    SchemaError
        When `on_problem="raise"` and there is at least one error.

    Missing data
    ------------
    Missing codes become NA with their reason.  A blank is `not_asked` where `askedIf` says so, and else
    has the reason that the schema's `blank` declares.
    """
    require_option(on_problem, ("raise", "report"), argument="on_problem", error=SchemaError)
    schema = load_schema(schema)
    prepared = prepare(survey, schema)
    problems = problems_of(survey, schema, prepared, others or {})
    if on_problem == "raise" and any(p.level == "error" for p in problems):
        raise SchemaError(validation_text(problems, file=survey.report.file))
    new = not_told_before(survey, problems, prepared.match.found)
    report = replace(survey.report, problems=(*survey.report.problems, *new))
    return replace(_applied(survey, schema, prepared), report=report)


def _applied(survey: Survey, schema: SurveySchema, prepared: Prepared) -> Survey:
    field_of = {column: name for name, column in prepared.match.found.items()}
    data: dict[str, pd.Series] = {}
    reasons: dict[str, pd.Series] = {}
    codes: dict[str, pd.Series] = {}
    variables: dict[str, Variable] = {}
    file_reasons = survey.reasons.loc[:, ~survey.reasons.columns.duplicated()]
    for column in dict.fromkeys(map(str, survey.data.columns)):
        name = field_of.get(column, column)
        before = survey.codebook.variables.get(column)
        as_read = survey.data.loc[:, [str(c) == column for c in survey.data.columns]].iloc[:, 0]
        converted = prepared.columns.get(name) if column in field_of else None
        if converted is not None and converted.readable:
            data[name], reasons[name], codes[name] = converted.values, converted.reasons, converted.codes
        else:
            data[name], reasons[name] = as_read, file_reasons[column]
            codes |= {name: survey.codes[column]} if column in survey.codes else {}
        if column in field_of:
            variables[name] = _variable(schema.fields[name], before, data[name])
        elif before is not None:
            variables[name] = before
    sets = {k: s for k, s in schema.sets.items() if all(c in data for c in s.columns)}
    renamed = survey.codebook.rename({c: n for c, n in field_of.items() if c in survey.codebook.variables})
    codebook = Codebook(variables, {**renamed.sets, **sets})
    return replace(
        survey,
        data=pd.DataFrame(data, index=survey.data.index),
        reasons=pd.DataFrame(reasons, index=survey.data.index),
        codebook=codebook,
        codes=pd.DataFrame({n: c for n, c in codes.items() if c.notna().any()}, index=survey.data.index),
    )


def _variable(field: SchemaField, before: Variable | None, values: pd.Series) -> Variable:
    """Take the schema's word for everything it says, and the file's for the rest."""
    variable = field.variable()
    if field.type in ("integer", "number") and not pd.api.types.is_numeric_dtype(values):
        variable = replace(variable, type="string")
    if before is None:
        return variable
    words = {**before.values, **variable.values} if not field.categories else dict(variable.values)
    missing = variable.missing or before.missing
    return replace(variable, label=variable.label or before.label, values=words, missing=missing)
