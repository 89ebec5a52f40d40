"""Guesses what a column of a file is: its type, codes, limits, role and who was asked.

A guess holds no answer of a single person: text becomes a code list only where every content stands in
several rows of the file, be it under other questions, and limits are rounded outwards.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ipseval.core.identity import holds_cpr
from ipseval.core.labels import code_text
from ipseval.loading.codebook import MissingCode, Variable
from ipseval.loading.survey import Survey

MOST_CODES = 12
FEWEST_ROWS = 3
"""A text becomes a code only if at least so many rows hold it."""
LONGEST_CODE = 40
ID_NAME = re.compile(
    r"(^|[_ ])(id|nr|nummer|no|key|løbenr|lobenr|loebenr|respondent|record|uuid)([_ ]|$)|id$|^id", re.I
)
ITEM_NAME = re.compile(r"^(?P<stem>.*\D)\d{1,2}$")


@dataclass(frozen=True)
class Draft:
    """What is guessed of one column."""

    name: str
    type: str
    role: str = "other"
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ordered: bool = False
    minimum: str = ""
    maximum: str = ""
    remarks: tuple[str, ...] = ()


def likely_id(survey: Survey) -> str:
    """Name the column that most likely tells persons apart; empty when none does.

    A column whose name looks like an id goes first; if those have blanks or copies, nothing is guessed.
    """
    data = survey.data.loc[:, ~survey.data.columns.duplicated()]
    named = [str(c) for c in data if ID_NAME.search(str(c))]
    whole = [str(c) for c in data if len(data) > 1 and _tells_apart(data[c])]
    return next((c for c in whole if c in named), "" if named else next(iter(whole), ""))


def unfit_ids(survey: Survey) -> str:
    """Say of every column called like an id why it tells nobody apart: how many rows, never which."""
    data = survey.data.loc[:, ~survey.data.columns.duplicated()]
    said = []
    for column in (str(c) for c in data if ID_NAME.search(str(c))):
        copies = int(data[column].dropna().duplicated(keep=False).sum())
        counts = (
            f"{copies} row(s) share theirs with another" if copies else "",
            f"{blank} row(s) have none" if (blank := int(data[column].isna().sum())) else "",
        )
        if why := " and ".join(filter(None, counts)):
            said.append(f"{column!r}: {why}")
    return "; ".join(said)


def _tells_apart(values: pd.Series) -> bool:
    if values.isna().any() or values.duplicated().any() or pd.api.types.is_datetime64_any_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return bool((values.astype("float64") % 1 == 0).all())
    return not any(" " in str(text).strip() for text in values)


def guess(survey: Survey, column: str, key: str) -> Draft:
    """Guess one column; `key` is the likely id."""
    position = [str(c) for c in survey.data.columns].index(column)
    values = survey.data.iloc[:, position].dropna()
    variable = survey.codebook.variables.get(column) or Variable(column)
    labelled = {c: variable.values[c] for c in variable.codes()}
    if column == key:
        return Draft(column, "string", "id")
    if pd.api.types.is_datetime64_any_dtype(values):
        kind = "date" if values.empty or (values == values.dt.normalize()).all() else "datetime"
        return Draft(
            column, kind, "date", minimum=_year(values, first=True), maximum=_year(values, first=False)
        )
    if pd.api.types.is_numeric_dtype(values) and not values.empty:
        return _number_draft(column, values, labelled, variable)
    if values.empty and labelled and all(is_number(c) for c in labelled):
        return Draft(column, "number", codes=labelled, remarks=("? no answers in this file",))
    return _text_draft(column, values, labelled, survey.data)


def is_number(code: str) -> bool:
    """Say whether a code is written as a number."""
    try:
        float(code)
    except ValueError:
        return False
    return True


def _number_draft(
    column: str, values: pd.Series, labelled: Mapping[str, Mapping[str, str]], variable: Variable
) -> Draft:
    numbers = values.astype("float64")
    numbers = numbers[numbers.abs() < math.inf]
    if numbers.empty:
        return Draft(column, "number", remarks=("? no finite number in this file",))
    whole = bool((numbers % 1 == 0).all())
    kind = "integer" if whole else "number"
    distinct = sorted(numbers.unique())
    used = {code_text(float(v)) for v in distinct}
    few = whole and len(distinct) <= MOST_CODES and distinct[0] >= 0 and distinct[-1] <= MOST_CODES
    if used <= set(labelled) or (labelled and few):
        extra: dict[str, Mapping[str, str]] = {c: {} for c in sorted(used - set(labelled), key=float)}
        remarks = (f"? {len(extra)} code(s) without words in the file",) if extra else ()
        ordered = variable.measure == "ordinal" or (variable.measure != "nominal" and len(labelled) > 3)
        return Draft(column, kind, codes={**labelled, **extra}, ordered=ordered, remarks=remarks)
    if few:
        said = "? codes found, without words; add those that nobody chose, or make it a quantity with limits"
        bare: dict[str, Mapping[str, str]] = {code_text(float(v)): {} for v in distinct}
        return Draft(column, kind, codes=bare, ordered=len(distinct) > 2, remarks=(said,))
    low, high = outward(float(distinct[0]), float(distinct[-1]))
    if any(_lies_within(code, low, high) for code in variable.missing):
        remarks = ("? no limits: a missing code lies among the answers; choose another code or limits",)
        return Draft(column, kind, remarks=remarks)
    remarks = ("? limits rounded outwards from what was found",)
    return Draft(column, kind, minimum=low, maximum=high, remarks=remarks)


def _lies_within(code: MissingCode, low: str, high: str) -> bool:
    ends = [end for end in (code.low, code.high) if not isinstance(end, str)]
    return any(float(low) <= end <= float(high) for end in ends)


def outward(low: float, high: float) -> tuple[str, str]:
    """Round a range outwards to whole steps of its own size, so that it shows nobody's value."""
    spread = max(high - low, abs(high), abs(low), 1e-9)
    step = 10.0 ** math.floor(math.log10(spread))
    bottom, top = _step_beyond(low, step, -1), _step_beyond(high, step, 1)
    return code_text(max(bottom, 0.0) if low >= 0 else bottom), code_text(min(top, 0.0) if high <= 0 else top)


def _step_beyond(value: float, step: float, way: int) -> float:
    """Go to the first whole step beyond a value; floats make one more try needed now and then."""
    k = math.floor(value / step) if way > 0 else math.ceil(value / step)
    for extra in (1, 2):
        reached = float(f"{(k + way * extra) * step:.12g}")
        if (reached - value) * way > 0:
            break
    return reached


def _stand_in_several_rows(counts: pd.Series, data: pd.DataFrame) -> bool:
    """Tell whether every text stands in several rows, under this question or others with the same answers."""
    rare = set(counts.index[counts < FEWEST_ROWS])
    if not rare:
        return True
    words = [data.iloc[:, k].astype(str).str.strip() for k in range(data.shape[1])]
    return all(
        sum(any(row) for row in zip(*(w == t for w in words), strict=True)) >= FEWEST_ROWS for t in rare
    )


def _text_draft(
    column: str, values: pd.Series, labelled: Mapping[str, Mapping[str, str]], data: pd.DataFrame
) -> Draft:
    texts = values.astype(str).str.strip()
    counts = texts[texts != ""].value_counts()
    common = 0 < len(counts) <= MOST_CODES and _stand_in_several_rows(counts, data)
    short = all(len(t) <= LONGEST_CODE and not holds_cpr(t) for t in counts.index)
    if labelled and set(counts.index) <= set(labelled):
        return Draft(column, "string", codes=labelled)
    if common and short:
        codes: dict[str, Mapping[str, str]] = {str(t): {} for t in sorted(counts.index)}
        return Draft(
            column, "string", codes=codes, remarks=("? answers found; put codes and words in order",)
        )
    if not len(counts):
        return Draft(column, "string", remarks=("? no answers in this file",))
    remarks = ("? free text: look for names and CPR numbers before it is shown to anyone",)
    return Draft(column, "string", "free_text", remarks=remarks)


def _year(values: pd.Series, *, first: bool) -> str:
    if values.empty:
        return ""
    return f"{values.min().year}-01-01" if first else f"{values.max().year}-12-31"


def skip_hint(survey: Survey, column: str, drafts: list[Draft]) -> str:
    """Suggest the earlier question that decides who was asked, where the blanks fit one exactly."""
    data = survey.data.loc[:, ~survey.data.columns.duplicated()]
    blank = data[column].isna()
    if not blank.any() or blank.all():
        return ""
    for draft in reversed(drafts[-15:]):
        gate = data[draft.name]
        if not 2 <= len(draft.codes) <= 5 or gate.isna().any():
            continue
        asked, skipped = set(gate[~blank].unique()), set(gate[blank].unique())
        if not asked & skipped:
            codes = ", ".join(_written(c) for c in sorted(asked))
            return (
                f"? askedIf: {{column: {_written(draft.name)}, in: [{codes}]}}   (blank in exactly the rest)"
            )
    return ""


def _written(code: object) -> str:
    """Write a name or code as YAML reads it back, on one line whatever it holds."""
    return json.dumps(code, ensure_ascii=False) if isinstance(code, str) else code_text(code)


def batteries(drafts: list[Draft]) -> set[str]:
    """Find the columns that look like the items of a scale: numbered alike, with more than two codes."""
    found = [(d.name, m["stem"]) for d in drafts if len(d.codes) > 2 and (m := ITEM_NAME.match(d.name))]
    stems = [stem for _, stem in found]
    return {name for name, stem in found if stems.count(stem) > 1}
