"""What the caller declared about the data: columns, coding, missing codes; held against the instrument."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments.answers import MISSING, ItemCode, names_of
from ipseval.instruments.coding import Answers, Coding, fold, read_coding
from ipseval.instruments.kernel import Units
from ipseval.instruments.model import Item

if TYPE_CHECKING:
    from ipseval.instruments.instrument import Instrument


def item_columns(instrument: Instrument, frame: Any, items: Sequence[str] | Mapping[str, str]) -> list[str]:
    """Return the column of every item in the instrument's order, after refusing what cannot be."""
    ids = [item.id for item in instrument.items]
    if isinstance(items, Mapping):
        wrong = sorted(set(map(str, items)) ^ set(ids))
        if wrong:
            raise ScoringError(
                f"items= must map exactly the {len(ids)} items of {instrument.id} to columns; check "
                f"{wrong[0]!r}: {hint_for(wrong[0], ids)}"
            )
        columns = [items[i] for i in ids]
    elif isinstance(items, str):
        raise ScoringError(f"items= must be a list of {len(ids)} column names, not one text.")
    else:
        columns = list(items)
    if not columns:
        raise ScoringError(
            f"items= must name the columns of the {len(ids)} items of {instrument.id} ({', '.join(ids)}), in "
            "that order; it is never guessed."
        )
    if len(columns) != len(ids):
        raise ScoringError(
            f"items= names {len(columns)} column(s), but {instrument.id} has {len(ids)} items "
            f"({', '.join(ids)}); name one column for each, in that order."
        )
    doubled = sorted({str(c) for c in columns if columns.count(c) > 1})
    if doubled:
        raise ScoringError(
            f"items= names {', '.join(map(repr, doubled))} more than once; every item needs a column of its "
            "own."
        )
    _require_columns(frame, columns)
    return columns


def _require_columns(frame: Any, columns: Sequence[str]) -> None:
    names = names_of(frame)
    for column in columns:
        if names.count(column) == 0:
            raise ScoringError(
                f"items= names {column!r}, which is not a column: {hint_for(str(column), map(str, names))}"
            )
        if names.count(column) > 1:
            raise ScoringError(
                f"items= names {column!r}, which stands {names.count(column)} times in the frame; "
                "rename or drop the copies first."
            )


def declared_coding(instrument: Instrument, declared: Answers | None) -> Coding:
    """Return the coding that the caller declared, or the instrument's own where only one is in use."""
    if declared is None:
        declared = instrument.coding
    if declared is None:
        in_use = ", ".join(repr(c) for c in instrument.codings)
        raise ScoringError(
            f"coding= must be declared for {instrument.id}, since the same codes mean different answers in "
            f"different exports: choose {in_use or 'a range of codes'} or a map from labels to answers."
        )
    if isinstance(declared, str) and declared == "labels":
        if not instrument.labels:
            raise ScoringError(
                f"coding='labels' is not offered for {instrument.id}, since the instrument as shipped "
                "holds no words for its answers; give the points of each of your words: "
                'coding={"word": points, ...}.'
            )
        return read_coding({**instrument.labels, **{v: v for v in instrument.labels.values()}})
    return read_coding(declared)


def declared_items(items: Sequence[Item], coding: Coding, name: str) -> tuple[Item, ...]:
    """Give items without a range of their own the declared one, and hold the others to theirs."""
    found = []
    for item in items:
        if item.low is None or item.high is None:
            if coding.per_item:
                raise ScoringError(
                    f'coding="own" needs a range for every item; {item.id!r} of {name} has none.'
                )
            found.append(replace(item, low=coding.low, high=coding.high))
            continue
        fits = coding.per_item or coding.high - coding.low == item.high - item.low
        if coding.map is not None:
            fits = coding.low >= item.low and coding.high <= item.high
        if not fits:
            low, high = float(item.low), float(item.high)
            advice = "declare the codes of these columns"
            if coding.map is not None:
                advice = f"a map gives each answer its points: {low:g} to the lowest, {high:g} to the highest"
            raise ScoringError(
                f"coding= declares {_count(coding.high - coding.low)} answers from {float(coding.low):g} to "
                f"{float(coding.high):g}, but item {item.id!r} of {name} has "
                f"{_count(item.high - item.low)} from {low:g} to {high:g}; {advice}."
            )
        found.append(item)
    return tuple(found)


def _count(span: Fraction) -> int:
    return math.floor(span) + 1


def _range(item: Item) -> tuple[Fraction, Fraction]:
    assert item.low is not None, "declared_items has filled the range in"
    assert item.high is not None, "declared_items has filled the range in"
    return item.low, item.high


def common_units(items: Sequence[Item], step: Fraction) -> Units:
    """Return the points that byte 0 and one step stand for."""
    base = min(_range(item)[0] for item in items)
    steps = (max(_range(item)[1] for item in items) - base) / step
    if steps >= MISSING:
        raise SchemaError(f"an item may have at most {MISSING - 1} steps between its answers.")
    return Units(base, step)


def units_and_codes(
    instrument: Instrument, columns: Sequence[str], declared: Answers | None, missing: Sequence[float | str]
) -> tuple[Units, tuple[ItemCode, ...]]:
    """Say what a byte means in points, and for every column how its codes become bytes."""
    coding = declared_coding(instrument, declared)
    items = declared_items(instrument.items, coding, instrument.id)
    units = common_units(items, instrument.step)
    return units, tuple(item_codes(instrument, items, columns, coding, units, missing))


def item_codes(
    instrument: Instrument,
    items: Sequence[Item],
    columns: Sequence[str],
    coding: Coding,
    units: Units,
    missing: Sequence[float | str],
) -> list[ItemCode]:
    """Say for every column how its codes become bytes."""
    sentinels, words = _sentinels(instrument, missing)
    codes = []
    for item, column in zip(items, columns, strict=True):
        low, high = _range(item)
        own = coding.map is not None or coding.per_item
        first_code, last_code = (low, high) if own else (coding.low, coding.high)
        legal = [s for s in sentinels if first_code <= s <= last_code]
        if legal and coding.map is None:
            raise ScoringError(
                f"missing= holds {legal[0]:g}, which is a legal answer of {column!r} "
                f"({float(first_code):g} to {float(last_code):g}); declare codes outside that range only."
            )
        codes.append(
            ItemCode(
                column,
                float(first_code),
                float(last_code),
                flip=item.reversed != coding.reversed,
                first=int((low - units.base) / units.step),
                span=int((high - low) / units.step),
                per_unit=int(1 / units.step),
                missing=sentinels,
                missing_words=words,
                map=None if coding.map is None else dict(coding.map),
            )
        )
    return codes


def _sentinels(
    instrument: Instrument, missing: Sequence[float | str]
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Part the declared missing codes into numbers and labels."""
    if isinstance(missing, str):
        raise ScoringError("missing= must be a list of codes or labels such as [8, 9], not one text.")
    words = tuple(fold(code) for code in missing if isinstance(code, str))
    try:
        numbers = tuple(float(code) for code in missing if not isinstance(code, str))
    except (TypeError, ValueError):
        raise ScoringError("missing= must be a list of codes or labels such as [8, 9].") from None
    return (*instrument.missing_codes, *numbers), words
