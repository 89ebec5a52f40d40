"""Tells missing answers from answers, and keeps why they are missing and which code said so.

Which words mean which reason stands in `data_schemas/codes/missing_reasons.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReadError
from ipseval.core.labels import code_text
from ipseval.core.missing import REASONS
from ipseval.core.resources import packaged_yaml
from ipseval.loading.codebook import MissingCode, Variable
from ipseval.loading.formats.raw import Raw
from ipseval.loading.missing_told import Found

Rule = str | Mapping[Any, Any]
"""What `read_survey(missing=)` takes: "labels", "declared", or a mapping of codes to reasons."""


@cache
def _words() -> dict[str, str]:
    listed = packaged_yaml("codes/missing_reasons.yaml")["reasons"]
    return {_plain(word): reason for reason, words in listed.items() for word in words}


@cache
def _blank_marks() -> frozenset[str]:
    return frozenset(packaged_yaml("codes/missing_reasons.yaml")["blank_marks"])


def default_reason() -> str:
    """Return the reason for a declared missing code that no listed word explains."""
    return str(packaged_yaml("codes/missing_reasons.yaml")["default"])


def _plain(label: str) -> str:
    text = " ".join(label.replace("\u2019", "'").split()).casefold()
    return text.strip(" .,:;!?()[]<>*\"'")


def reason_of(label: str) -> str | None:
    """Return the reason that a label names, or None; "a/b" counts where both halves name the same one."""
    plain = _plain(label)
    if plain in _words():
        return _words()[plain]
    halves = {
        _words().get(_plain(part)) for part in plain.replace(" eller ", "/").replace(" or ", "/").split("/")
    }
    return halves.pop() if len(halves) == 1 else None


def word_reason(text: str) -> str | None:
    """Return the reason that a text among numbers or dates stands for: a listed word or a blank mark."""
    if text.strip().casefold() in _blank_marks():
        return "system_missing"
    return reason_of(text)


def declared_codes(
    ranges: Sequence[tuple[float | str, float | str]], values: Mapping[str, str]
) -> tuple[MissingCode, ...]:
    """Give the codes that a file declares as missing their reasons, labelled codes of a range first."""
    labelled, ranged = [], []
    for low, high in ranges:
        if low == high:
            labelled.append(_explained(low, values.get(code_text(low), "")))
            continue
        whole = MissingCode(low, high, default_reason())
        inside = [number for number in map(_as_number, values) if number is not None and whole.holds(number)]
        labelled += [_explained(number, values[code_text(number)]) for number in inside]
        ranged.append(whole)
    return (*labelled, *ranged)


def _explained(code: float | str, label: str) -> MissingCode:
    return MissingCode(code, code, reason_of(label) or default_reason(), label)


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def settle(raw: Raw, rule: Rule, *, by_labels: bool, id: str | None = None) -> Raw:
    """Add to each variable the codes that the caller, or (`by_labels`) its labels, call missing, and tell.

    What the caller says for all columns does not touch the person column: 9 is a person there.
    """
    asked = rule if isinstance(rule, Mapping) else {}
    _check(asked, raw)
    variables, found = {}, Found(default_reason(), lambda label: word_reason(label) is not None)
    for name, variable in raw.variables.items():
        own = asked.get(name)
        for_all = _for_all(asked) if name != id else {}
        said = _asked_codes(variable, {**for_all, **(own if isinstance(own, Mapping) else {})})
        codes = said + variable.missing
        if by_labels and not (isinstance(own, Mapping) and not own):
            codes += _labelled_codes(variable, raw.frame[name], codes, found)
        found.declared(variable, raw.frame[name], said)
        variables[name] = replace(variable, missing=codes)
    return replace(raw, variables=variables, problems=raw.problems + found.problems())


def _for_all(asked: Mapping[Any, Any]) -> dict[Any, Any]:
    return {code: reason for code, reason in asked.items() if not isinstance(reason, Mapping)}


def _check(asked: Mapping[Any, Any], raw: Raw) -> None:
    for key, value in asked.items():
        if isinstance(value, Mapping) and key not in raw.variables:
            raise ReadError(
                f"missing= names the column {key!r}, which is not there: {hint_for(str(key), raw.variables)}"
            )
        for reason in value.values() if isinstance(value, Mapping) else [value]:
            if reason not in REASONS:
                said = repr(reason) if isinstance(reason, str) else f"of type {type(reason).__name__}"
                raise ReadError(f"missing= gives a reason {said}: {hint_for(said, REASONS)}")


def _asked_codes(variable: Variable, asked: Mapping[Any, str]) -> tuple[MissingCode, ...]:
    """Turn the caller's codes or labels into codes of this variable."""
    texts = {code: next(iter(label.values()), "") for code, label in variable.values.items()}
    by_label = {label: code for code, label in texts.items()}
    codes = []
    for key, reason in asked.items():
        text = by_label.get(str(key), code_text(key))
        number = _as_number(text) if variable.type in ("integer", "number") else None
        code: float | str = text if number is None else number
        codes.append(MissingCode(code, code, reason, texts.get(text, "")))
    return tuple(codes)


def _labelled_codes(
    variable: Variable, column: pd.Series, known: Sequence[MissingCode], found: Found
) -> tuple[MissingCode, ...]:
    """Find the codes whose label, or the texts which themselves, name a reason."""
    numeric = variable.type in ("integer", "number")
    codes = []
    for text, words in variable.values.items():
        label = next(iter(words.values()), "")
        number = _as_number(text) if numeric else None
        code: float | str = text if number is None else number
        reason = reason_of(label)
        if reason and not any(m.holds(code) for m in known):
            codes.append(MissingCode(code, code, reason, label))
    if variable.type == "string" and not variable.values:
        for text in column.dropna().unique():
            reason = reason_of(text) if len(text) <= 60 else None
            if reason and not any(m.holds(text) for m in known):
                codes.append(MissingCode(text, text, reason, text))
    for one in codes:
        found.labelled(variable.name, one, int((column == one.low).sum()))
    return tuple(codes)


@dataclass(frozen=True)
class Parted:
    """Answers, reasons and codes of missing answers, and the variables with their settled types."""

    data: pd.DataFrame
    reasons: pd.DataFrame
    codes: pd.DataFrame
    variables: Mapping[str, Variable]


def part(raw: Raw) -> Parted:
    """Part every column into answers, reasons for missing ones, and the codes that stood there."""
    data, reasons, codes, variables = {}, {}, {}, {}
    for name, variable in raw.variables.items():
        column = raw.frame[name]
        by_value = _missing_values(column, variable.missing)
        coded = column.isin(list(by_value)) if by_value else pd.Series(False, index=column.index)
        blank = column.isna()
        why = pd.Series(pd.NA, index=column.index, dtype="str")
        why[blank] = "system_missing"
        if by_value:
            why[coded] = column[coded].map(by_value).astype("str")
            codes[name] = column.astype(object).where(coded, None)
        answers = column.mask(coded) if by_value else column
        data[name], kind = finished(answers, variable.type)
        reasons[name] = why
        variables[name] = replace(variable, type=kind)
    index = raw.frame.index
    return Parted(
        pd.DataFrame(data, index=index), pd.DataFrame(reasons, index=index),
        pd.DataFrame(codes, index=index), variables,
    )  # fmt: skip


def _missing_values(column: pd.Series, codes: Sequence[MissingCode]) -> dict[object, str]:
    """Map each value of the column that is a missing code to its reason; the first code that holds wins."""
    if not codes:
        return {}
    found: dict[object, str] = {}
    for value in column.dropna().unique():
        reason = next((c.reason for c in codes if c.holds(value)), None)
        if reason is not None:
            found[value] = reason
    return found


def finished(column: pd.Series, kind: str) -> tuple[pd.Series, str]:
    """Give a column its lasting dtype: Int64 where all numbers are whole, float64, str or datetime64."""
    if kind in ("integer", "number"):
        numbers = pd.to_numeric(column).astype("Float64")
        there = numbers.dropna()
        whole = len(there) > 0 and bool((there % 1 == 0).all()) and bool((there.abs() < 2**53).all())
        if kind == "integer" or (whole and kind == "number"):
            return numbers.astype("Int64"), "integer"
        return numbers.astype("float64"), "number"
    if kind in ("date", "datetime"):
        return pd.to_datetime(column).astype("datetime64[s]" if kind == "date" else "datetime64[us]"), kind
    if kind == "boolean":
        return column.astype("boolean"), kind
    return column.astype("str"), "string"
