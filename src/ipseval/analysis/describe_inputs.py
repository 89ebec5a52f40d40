"""What a description is made from: groups, levels, answers and reasons, checked before any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ipseval.core.checks import is_time
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text
from ipseval.core.missing import REASONS

Levels = Mapping[str, Sequence[Any]]


def check_persons(frame: pd.DataFrame, id: str | None, by: str | None) -> int:
    """Count distinct persons; refuse a person who stands twice in one group."""
    if id is None:
        return len(frame)
    ids = frame[id]
    blank = int(ids.isna().sum())
    if blank:
        raise EstimationError(
            f"id={id!r} is missing on {blank} row(s): give every row a person or leave id= out."
        )
    keys = [id] if by is None else [by, id]
    doubled = int(frame.duplicated(keys).sum())
    if doubled:
        where = "" if by is None else f" within a value of by={by!r}"
        raise EstimationError(
            f"id={id!r} repeats on {doubled} row(s){where}, but one row per person is needed: keep one "
            "wave, or give the wave (by= in a description, wave= in a change)."
        )
    return int(ids.nunique())


def group_masks(frame: pd.DataFrame, by: str | None, levels: Levels) -> list[tuple[str, pd.Series]]:
    """Split the rows by a column: (code text, mask) in order; rows without a group drop out."""
    if by is None:
        return [("", pd.Series(True, index=frame.index))]
    texts = as_text(frame[by])
    return [(text, texts == text) for text in level_texts(frame[by], by, levels)]


def as_text(column: pd.Series) -> pd.Series:
    """Write answers as code texts; what is missing stays missing."""
    return column.astype(object).map(code_text, na_action="ignore")


def is_categorical(column: pd.Series, name: str, levels: Levels) -> bool:
    """Say whether a column holds categories: declared levels, or a dtype that is not a number."""
    kinds = pd.api.types
    if kinds.is_datetime64_any_dtype(column.dtype):
        raise EstimationError(
            f"column {name!r} holds dates, which have no share or mean: derive a number or a category first."
        )
    return name in levels or kinds.is_bool_dtype(column.dtype) or not kinds.is_numeric_dtype(column.dtype)


def level_texts(column: pd.Series, name: str, levels: Levels) -> list[str]:
    """Return the codes of a categorical column in order, as text; refuse answers outside declared levels."""
    texts = as_text(column)
    if name in levels:
        declared = [code_text(code) for code in levels[name]]
        outside = int((texts.notna() & ~texts.isin(declared)).sum())
        if outside:
            raise EstimationError(
                f"column {name!r} has {outside} row(s) with a code outside its {len(declared)} declared "
                "level(s): add the code to levels=, or make it missing with a reason."
            )
        return declared
    if isinstance(column.dtype, pd.CategoricalDtype):
        return [code_text(code) for code in column.cat.categories]
    # One answer per text first: True and 1 are equal to Python, and would hide one another.
    found = dict(zip(texts.dropna(), column.dropna().tolist(), strict=True))
    try:
        return [text for text, _ in sorted(found.items(), key=lambda pair: pair[1])]
    except TypeError:
        return sorted(found)


def numbers(column: pd.Series, name: str, *, codes: bool = False) -> pd.Series:
    """Return a column as floats; refuse text and infinite values.

    Numbers written as text are refused too, but where the caller knows that they are `codes`.
    """
    if is_time(column):
        raise EstimationError(
            f"column {name!r} holds {int(column.notna().sum())} row(s) of dates or lengths of time, and "
            "numbers were expected: count days, weeks or years first."
        )
    if not pd.api.types.is_numeric_dtype(column.dtype) and not isinstance(column.dtype, pd.CategoricalDtype):
        try:
            values = pd.to_numeric(column)
        except (ValueError, TypeError):
            bad = int((pd.to_numeric(column, errors="coerce").isna() & column.notna()).sum())
            raise EstimationError(
                f"column {name!r} has {bad} row(s) that are not numbers: correct them or make them missing."
            ) from None
        if not codes and (written := int(column.map(lambda value: isinstance(value, str)).sum())):
            raise EstimationError(
                f"column {name!r} has {written} row(s) with numbers written as text: make them numbers first "
                "(pandas.to_numeric), or read the file so."
            )
    elif isinstance(column.dtype, pd.CategoricalDtype):
        return numbers(column.astype(column.cat.categories.dtype), name, codes=codes)
    else:
        values = column
    result = pd.Series(values.to_numpy(dtype=float, na_value=np.nan), index=column.index)
    infinite = int(np.isinf(result).sum())
    if infinite:
        raise EstimationError(f"column {name!r} has {infinite} infinite value(s): make them missing first.")
    return result


def ticks(frame: pd.DataFrame, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return a multiple-response set as floats 1 (ticked), 0 (not ticked), NaN; refuse other codes."""
    found = {}
    for column in columns:
        values = numbers(frame[column], column, codes=True)
        other = int((values.notna() & ~values.isin([0.0, 1.0])).sum())
        if other:
            raise EstimationError(
                f"column {column!r} of the set {name!r} has {other} row(s) that are neither 1 (ticked) nor "
                "0: recode the set before it is described."
            )
        found[column] = values
    return pd.DataFrame(found, index=frame.index)


def reason_texts(
    frame: pd.DataFrame, columns: Sequence[str], reasons: pd.DataFrame | None, missing: pd.Series
) -> pd.Series:
    """Say why each missing person is missing: the first reason the columns give, else `system_missing`."""
    told = pd.Series("system_missing", index=frame.index, dtype=object)
    known = [] if reasons is None else [c for c in columns if c in reasons.columns]
    for column in reversed(known):
        assert reasons is not None
        texts = _aligned(reasons[column], frame.index).astype(object)
        unknown = int((missing & texts.notna() & ~texts.isin(REASONS)).sum())
        if unknown:
            raise EstimationError(
                f"reasons= has {unknown} row(s) in column {column!r} with an unknown reason: "
                f"use one of {', '.join(map(repr, REASONS))}."
            )
        told = texts.where(texts.notna(), told)
    return told[missing]


def _aligned(column: pd.Series, index: pd.Index) -> pd.Series:
    """Lay a column of `reasons` on the frame's rows; a caller may have kept only some rows of the frame."""
    if column.index.equals(index):
        return column
    if column.index.is_unique and index.is_unique and index.isin(column.index).all():
        return column.reindex(index)
    raise EstimationError(
        "reasons= does not have the frame's index: pass the reasons that were read with the frame, "
        "or give both the same unique index."
    )
