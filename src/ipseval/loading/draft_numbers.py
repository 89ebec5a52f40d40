"""Guesses what a column of numbers is: codes of answers, or a quantity and its limits.

Values that lie far from all others are named as what they may be, a missing code or a slip, and never
widen the limits; limits are rounded outwards, so that they show nobody's value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from ipseval.core.labels import code_text
from ipseval.loading.codebook import MissingCode, Variable

MOST_CODES = 12
FAR = 3
"""A value is far off when its distance to the next is more than so many times the range of all others."""
FEWEST_BESIDE = 5
"""Nothing is called far off beside fewer different values than these."""
MISSING_CODE = re.compile(r"-[1-9]|-?(9{2,5}|8{2,5}|7{2,5}|9{1,4}[678])")
"""What programs and people write for an answer that is missing."""
SAID_RANGE = re.compile(r"\(\s*(\d{1,3})\s*(?:-|–|til|to)\s*(\d{1,3})\s*\)")

Codes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Draft:
    """What is guessed of one column.

    `missing` holds codes that look like missing answers, with a remark; `title` goes before the file's.
    """

    name: str
    type: str
    role: str = "other"
    codes: Codes = field(default_factory=dict)
    ordered: bool = False
    minimum: str = ""
    maximum: str = ""
    remarks: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    level: str = ""
    title: str = ""


@dataclass(frozen=True)
class Spread:
    """The different values of a column but for those far off, and how many rows those are."""

    values: tuple[float, ...]
    missing: Mapping[str, str]
    far_rows: int


def number_draft(column: str, values: pd.Series, labelled: Codes, variable: Variable) -> Draft:
    """Guess a column of numbers; `labelled` are the codes that the file has words for."""
    numbers = values.astype("float64")
    numbers = numbers[numbers.abs() < math.inf]
    if numbers.empty:
        return Draft(column, "number", remarks=("? no finite number in this file",))
    kind = "integer" if bool((numbers % 1 == 0).all()) else "number"
    used = {code_text(float(v)) for v in numbers.unique()}
    if used <= set(labelled):
        return Draft(column, kind, codes=labelled, ordered=_in_order(variable, labelled))
    found = Spread(tuple(sorted(numbers.unique())), {}, 0) if labelled else _spread(numbers)
    few = kind == "integer" and len(found.values) <= MOST_CODES and not found.far_rows
    few = few and found.values[0] >= 0 and found.values[-1] <= MOST_CODES
    if labelled and few:
        codes, remark = _filled(labelled, used)
        return Draft(column, kind, codes=codes, ordered=_in_order(variable, codes), remarks=(remark,))
    said = _said_range((column, *variable.label.values()), numbers) if kind == "integer" else ()
    if few and not said:
        remark = (
            "? codes found, without words; add those that nobody chose, or make it a quantity with limits"
        )
        bare: Codes = {code_text(float(v)): {} for v in found.values}
        return Draft(
            column, kind, codes=bare, ordered=len(bare) > 2, remarks=(remark,), missing=found.missing
        )
    return _quantity(Draft(column, kind, missing=found.missing), numbers, found, said, variable.missing)


def _in_order(variable: Variable, codes: Codes) -> bool:
    return variable.measure == "ordinal" or (variable.measure != "nominal" and len(codes) > 3)


def _filled(labelled: Codes, used: Iterable[str]) -> tuple[Codes, str]:
    """Add the codes without words; between the words at two ends of a scale all, chosen or not."""
    extra = sorted(set(used) - set(labelled), key=float)
    ends = [float(c) for c in labelled] if all(is_number(c) for c in labelled) else []
    if len(ends) == 2 and extra and min(ends) < float(extra[0]) and float(extra[-1]) < max(ends):
        between = range(math.ceil(min(ends)), math.floor(max(ends)) + 1)
        codes = {str(c): labelled.get(str(c), {}) for c in between}
        return codes, "? a scale with words at its ends only"
    return {**labelled, **{c: {} for c in extra}}, f"? {len(extra)} code(s) without words in the file"


def _spread(numbers: pd.Series) -> Spread:
    """Set apart what lies far from all other values, above and below."""
    kept = sorted(float(v) for v in numbers.unique())
    far: list[float] = []
    while (off := _farthest(kept)) is not None:
        kept.remove(off)
        far.append(off)
    rows = {v: int((numbers == v).sum()) for v in far}
    codes = [v for v in far if MISSING_CODE.fullmatch(code_text(v)) and rows[v] > 1]
    missing = {
        code_text(
            v
        ): f"? {rows[v]} row(s) hold it, far from all others; say which reason it is, or take it out"
        for v in codes
    }
    return Spread(tuple(kept), missing, sum(rows[v] for v in far if v not in codes))


def _farthest(kept: Sequence[float]) -> float | None:
    """Return the value at an end that lies far from all others, if there is one."""
    for off, rest in ((kept[-1], kept[:-1]), (kept[0], kept[1:])):
        if len(rest) < 2:
            continue
        coded = MISSING_CODE.fullmatch(code_text(off)) is not None
        far = min(abs(off - rest[0]), abs(off - rest[-1])) > FAR * (rest[-1] - rest[0])
        if (far and (coded or len(rest) >= FEWEST_BESIDE)) or (coded and off < 0 <= rest[0]):
            return off
    return None


def _said_range(texts: Iterable[str], numbers: pd.Series) -> tuple[float, ...]:
    """Return the ends of a scale that the question names, such as "(0-10)", if most answers lie within."""
    for match in (m for text in texts for m in SAID_RANGE.finditer(text)):
        low, high = sorted((float(match[1]), float(match[2])))
        if low < high and numbers.between(low, high).mean() > 0.5:
            return low, high
    return ()


def _quantity(
    draft: Draft, numbers: pd.Series, found: Spread, said: Sequence[float], coded: Sequence[MissingCode]
) -> Draft:
    """Give a column its limits: those that the question names, else the range found, rounded outwards."""
    low, high = map(code_text, said) if said else outward(found.values[0], found.values[-1])
    if any(_lies_within(code, low, high) for code in coded):
        remark = "? no limits: a missing code lies among the answers; choose another code or limits"
        return replace(draft, remarks=(remark,))
    told = [float(code) for code in draft.missing]
    outside = int((~numbers.between(float(low), float(high)) & ~numbers.isin(told)).sum())
    remarks = [
        "? limits that the question names" if said else "? limits rounded outwards from what was found"
    ]
    if outside:
        remarks.append(f"? {outside} row(s) lie far outside: a slip, or a code for a missing answer")
    level = "warning" if outside else ""
    return replace(draft, minimum=low, maximum=high, remarks=tuple(remarks), level=level)


def is_number(code: str) -> bool:
    """Say whether a code is written as a number."""
    try:
        float(code)
    except ValueError:
        return False
    return True


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
