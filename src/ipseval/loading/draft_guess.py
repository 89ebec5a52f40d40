"""Guesses what a column of a file is: its type, codes, limits, role and who was asked.

A guess holds no answer of a single person: text becomes a code list only where every content stands in
several rows of the file, be it under other questions, and limits are rounded outwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ipseval.core.identity import holds_cpr
from ipseval.core.labels import code_text
from ipseval.loading.codebook import Variable
from ipseval.loading.draft_answers import (
    asks_for_words,
    in_order,
    known_words,
    may_be_written,
    nobody_chose,
    scale_of,
)
from ipseval.loading.draft_numbers import MOST_CODES, Draft, is_number, number_draft
from ipseval.loading.survey import Survey

FEWEST_ROWS = 3
"""A text becomes a code only if at least so many rows hold it."""
LONGEST_CODE = 40
FREE_TEXT = (
    "? free text: look for names and CPR numbers before it is shown to anyone",
    "? if people chose among answers, write those in place of the role, as categories:",
    '?   categories: [{value: "as in the file", label: {da: "...", en: "..."}}, ...]',
)
ID_NAME = re.compile(
    r"(^|[_ ])(id|nr|nummer|no|key|løbenr|lobenr|loebenr|respondent|record|uuid)([_ ]|$)|id$|^id", re.I
)
ITEM_NAME = re.compile(r"^(?P<stem>.*\D)\d{1,2}$")


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


def guess(survey: Survey, column: str, key: str, other: Survey | None = None) -> Draft:
    """Guess one column; `key` is the likely id, `other` a wave whose rows also say what is often answered."""
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
        return number_draft(column, values, labelled, variable)
    if values.empty and labelled and all(is_number(c) for c in labelled):
        return Draft(column, "number", codes=labelled, remarks=("? no answers in this file",))
    files = [survey.data] if other is None else [survey.data, other.data]
    return _text_draft(variable, values, labelled, files)


def _stand_in_several_rows(counts: pd.Series, files: Sequence[pd.DataFrame]) -> bool:
    """Tell whether every text is a known answer or stands in several rows, be it under other questions."""
    rare = {t for t in counts.index[counts < FEWEST_ROWS] if t.casefold() not in known_words()}
    if not rare:
        return True
    rows = dict.fromkeys(rare, 0)
    for data in files:
        words = [data.iloc[:, k].astype(str).str.strip() for k in range(data.shape[1])]
        for text in rare:
            rows[text] += sum(any(row) for row in zip(*(w == text for w in words), strict=True))
    return min(rows.values()) >= FEWEST_ROWS


def _answers_another_question(column: str, texts: Collection[str], data: pd.DataFrame) -> bool:
    """Tell whether another question has most of these answers too, as the questions of a battery do."""
    for k, name in enumerate(data.columns):
        if str(name) != column and not pd.api.types.is_numeric_dtype(data.iloc[:, k]):
            shared = {*texts} & {*data.iloc[:, k].dropna().astype(str).str.strip()}
            if len(shared) > 1 and 2 * len(shared) > len(texts):
                return True
    return False


def _chosen(variable: Variable, counts: pd.Series, files: Sequence[pd.DataFrame]) -> bool:
    """Tell whether texts are answers that were chosen; where people may have written them, they are not."""
    if all(t.casefold() in known_words() for t in counts.index):
        return True
    if asks_for_words([variable.name, *variable.label.values()]):
        return False
    if may_be_written(counts.index) and not _answers_another_question(variable.name, counts.index, files[0]):
        return False
    return _stand_in_several_rows(counts, files)


def _text_draft(
    variable: Variable,
    values: pd.Series,
    labelled: Mapping[str, Mapping[str, str]],
    files: Sequence[pd.DataFrame],
) -> Draft:
    column, texts = variable.name, values.astype(str).str.strip()
    counts = texts[texts != ""].value_counts()
    short = all(len(t) <= LONGEST_CODE and not holds_cpr(t) for t in counts.index)
    if labelled and set(counts.index) <= set(labelled):
        return Draft(column, "string", codes=labelled)
    if 0 < len(counts) <= MOST_CODES and short and _chosen(variable, counts, files):
        return worded(Draft(column, "string"), [str(t) for t in counts.index])
    if not len(counts):
        return Draft(column, "string", remarks=("? no answers in this file",))
    return Draft(column, "string", "free_text", remarks=FREE_TEXT)


def worded(draft: Draft, words: Sequence[str]) -> Draft:
    """Give a column its answers in words: from least to most where they are those of a known scale."""
    known = bool(scale_of(words))
    remarks = ["? answers found" + (", from least to most" if known else "; put codes and words in order")]
    if lacking := nobody_chose(words):
        remarks.append(f"? nobody chose {lacking!r}; add it in its place, if it could be chosen")
    return replace(draft, codes={w: {} for w in in_order(words)}, ordered=known, remarks=tuple(remarks))


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
