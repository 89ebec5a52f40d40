"""Turns cells into typed columns: one decision per column, over all its rows, and always told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeGuard

import pandas as pd

from ipseval.core.labels import code_text
from ipseval.loading.codebook import MissingCode, Variable
from ipseval.loading.formats import dates, numbers
from ipseval.loading.formats.raw import Cells
from ipseval.loading.missing import word_reason
from ipseval.loading.survey import Problem

_BY_DELIMITER = {";": ",", ",": "."}
"""Danish spreadsheets part fields by ";" because "," is their decimal mark; English ones the reverse."""


@dataclass(frozen=True)
class Typed:
    """One column decided: its values, its type, the words in it that stand for missing answers."""

    values: list[object]
    type: str
    missing: tuple[MissingCode, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Hint:
    """The decimal mark to fall back on, and where it comes from."""

    mark: str
    why: str


def typed(
    cells: Cells, *, decimal: str | None
) -> tuple[pd.DataFrame, dict[str, Variable], tuple[Problem, ...]]:
    """Type every column of a table of cells.

    Parameters
    ----------
    cells
        The table as it stands in the file.
    decimal
        The decimal mark if the caller says, else None: each column then decides for itself.

    Returns
    -------
    tuple
        The frame (codes for missing answers still in place), its variables and what was found.
    """
    hint = _hint(cells, decimal)
    frame: dict[str, pd.Series] = {}
    variables: dict[str, Variable] = {}
    problems: list[Problem] = []
    for name, values in zip(cells.names, cells.columns, strict=True):
        one = _column(name, values, hint, decimal)
        problems += one.problems
        variables[name] = Variable(name, type=one.type, missing=one.missing)
        frame[name] = _series(one)
    return pd.DataFrame(frame, index=range(cells.n_rows)), variables, tuple(problems)


def _series(one: Typed) -> pd.Series:
    if one.type == "string":
        return pd.Series(one.values, dtype="str")
    if one.missing or one.type not in ("integer", "number"):
        return pd.Series(one.values, dtype=object)
    return pd.Series(one.values, dtype="Int64" if one.type == "integer" else "float64")


def blank(value: object) -> bool:
    """Say whether a cell is empty: nothing, or blanks only."""
    return value is None or (isinstance(value, str) and not value.strip())


def _hint(cells: Cells, decimal: str | None) -> _Hint:
    """Ask the other columns which decimal mark the file uses, then the delimiter."""
    if decimal is not None:
        return _Hint(decimal, f"decimal={decimal!r} was given")
    seen = set()
    for values in cells.columns:
        marks = numbers.look(v for v in values if isinstance(v, str) and v.strip())
        if marks.numbers > marks.other and not marks.mixed:
            seen |= ({","} if marks.comma else set()) | ({"."} if marks.point else set())
    if len(seen) == 1:
        mark = seen.pop()
        return _Hint(mark, f"other columns use the decimal {_word(mark)}")
    mark = _BY_DELIMITER.get(cells.delimiter, ",")
    return _Hint(
        mark, f"that is usual in files like this one, and nothing in it settles the decimal {_word(mark)}"
    )


def _word(mark: str) -> str:
    return "comma" if mark == "," else "point"


def _column(name: str, values: Sequence[object], hint: _Hint, decimal: str | None) -> Typed:
    there = [v for v in values if not blank(v)]
    if not there:
        return Typed([None] * len(values), "number")
    if all(isinstance(v, bool) for v in there):
        return Typed(list(values), "boolean")
    texts = [v for v in there if isinstance(v, str)]
    words = {t for t in set(texts) if word_reason(t) is not None}
    rest = [t for t in texts if t not in words]
    n_dates = sum(isinstance(v, date) for v in there)
    looked = dates.look(rest)
    if n_dates + looked.n:
        kept = _dates(name, values, looked, n_dates, len(rest))
        if kept is not None:
            return kept
    n_numbers = sum(_is_number(v) for v in there)
    marks = numbers.look(rest)
    if n_numbers + marks.numbers > 0 and not any(map(numbers.is_name_like, set(rest))):
        return _numbers(name, values, marks, n_numbers, hint, decimal)
    return Typed(_texts(values), "string", problems=_short_years(name, looked.short_year, len(rest)))


def _short_years(name: str, n: int, n_texts: int) -> tuple[Problem, ...]:
    if n * 2 <= n_texts:
        return ()
    message = (
        f"column {name!r}: {n} row(s) look like dates with a year of two digits, whose century the file does "
        "not say, so they are kept as text; write the years in full."
    )
    return (Problem("warning", name, "two_digit_years", n, message),)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(
    name: str,
    values: Sequence[object],
    marks: numbers.Marks,
    n_numbers: int,
    hint: _Hint,
    decimal: str | None,
) -> Typed:
    n_others = sum(1 for v in values if not blank(v) and not isinstance(v, str) and not _is_number(v))
    if marks.mixed and decimal is None:
        return Typed(_texts(values), "string", problems=(_mixed(name, marks.comma, marks.point),))
    mark = decimal or numbers.decimal_mark(marks, hint.mark)
    if mark is None:
        return Typed(_texts(values), "string", problems=(_mixed(name, marks.open_comma, marks.open_point),))
    parsed: dict[str, float | int | None] = {}
    for value in {v for v in values if isinstance(v, str)}:
        if value.strip() and word_reason(value) is None:
            parsed[value] = numbers.parse(value, mark)
    odd = n_others + sum(isinstance(v, str) and v in parsed and parsed[v] is None for v in values)
    good = n_numbers + sum(isinstance(v, str) and parsed.get(v) is not None for v in values)
    if odd:
        found = (_text_among_numbers(name, odd, good),) if good > odd else ()
        return Typed(_texts(values), "string", problems=found)
    out, words = _with_words(values, parsed)
    whole = all(isinstance(v, int) for v in out if _is_number(v))
    return Typed(out, "integer" if whole else "number", words, _told_marks(name, marks, mark, hint, decimal))


def _with_words(
    values: Sequence[object], parsed: dict[str, float | int | None]
) -> tuple[list[object], tuple[MissingCode, ...]]:
    """Put numbers in place, keep the words for missing answers as codes."""
    out: list[object] = []
    words: dict[str, MissingCode] = {}
    for value in values:
        if not isinstance(value, str):
            out.append(value)
        elif not value.strip():
            out.append(None)
        elif value in parsed:
            out.append(parsed[value])
        else:
            word = value.strip()
            words.setdefault(word, MissingCode(word, word, word_reason(word) or "system_missing", word))
            out.append(word)
    return out, tuple(words.values())


def _told_marks(
    name: str, marks: numbers.Marks, mark: str, hint: _Hint, decimal: str | None
) -> tuple[Problem, ...]:
    n_open = marks.open_comma + marks.open_point
    settled = marks.comma if mark == "," else marks.point
    n_thousands = marks.open_point if mark == "," else marks.open_comma
    if decimal is not None or not n_open or (settled and not n_thousands):
        return ()
    reading = "thousands" if n_thousands else "decimals"
    why = f"its other rows use the decimal {_word(mark)}" if settled else hint.why
    return (
        Problem(
            "warning", name, "ambiguous_number", n_open,
            f"column {name!r}: {n_open} row(s) hold one mark with three digits after it, which was read as "
            f"{reading} because {why}; give decimal=',' or decimal='.' to settle it.",
        ),
    )  # fmt: skip


def _mixed(name: str, n_comma: int, n_point: int) -> Problem:
    return Problem(
        "error", name, "mixed_decimal_marks", n_comma + n_point,
        f"column {name!r} mixes decimal marks: {n_comma} row(s) with a comma and {n_point} row(s) with a "
        "point, "
        "where one mark was expected, so it is kept as text; make them alike in the file, or give decimal=.",
    )  # fmt: skip


def _text_among_numbers(name: str, odd: int, good: int) -> Problem:
    return Problem(
        "warning", name, "text_among_numbers", odd,
        f"column {name!r}: {odd} row(s) hold text where a number was expected ({good} row(s) are "
        "numbers), so the "
        "whole column is kept as text and nothing is lost; correct them in the file to use it as numbers.",
    )  # fmt: skip


def _dates(
    name: str, values: Sequence[object], looked: dates.DateLook, n_dates: int, n_texts: int
) -> Typed | None:
    good = n_dates + looked.n
    n_rest = n_texts - looked.n + sum(_is_number(v) or isinstance(v, bool | time) for v in values)
    if n_rest:
        if good <= n_rest and not looked.month_first:
            return None
        hint = (
            f", {looked.month_first} of them would be if the month stood first" if looked.month_first else ""
        )
        found = Problem(
            "warning", name, "text_among_dates", n_rest,
            f"column {name!r}: {n_rest} row(s) hold no date such as 2024-12-31 or 31-12-2024 where one was "
            f"expected ({good} row(s) are dates{hint}), so the whole column is kept as text; correct them in "
            "the file to use it as dates.",
        )  # fmt: skip
        return Typed(_texts(values), "string", problems=(found,))
    moments = iter(looked.parsed)
    out: list[object] = []
    words: dict[str, MissingCode] = {}
    for value in values:
        if isinstance(value, str) and value.strip():
            reason = word_reason(value)
            if reason is None:
                out.append(next(moments))
                continue
            words.setdefault(value.strip(), MissingCode(value.strip(), value.strip(), reason, value.strip()))
            out.append(value.strip())
        else:
            out.append(None if isinstance(value, str) else _moment(value))
    with_time = looked.with_time or any(isinstance(v, datetime) and v.time() != time() for v in out)
    return Typed(out, "datetime" if with_time else "date", tuple(words.values()), _told_dates(name, looked))


def _moment(value: object) -> object:
    return datetime(value.year, value.month, value.day) if type(value) is date else value


def _told_dates(name: str, looked: dates.DateLook) -> tuple[Problem, ...]:
    found = []
    if looked.slash_open:
        found.append(
            Problem(
                "warning", name, "ambiguous_date", looked.slash_open,
                f"column {name!r}: in all {looked.slash_open} row(s) with slashes day and month could "
                "change places; "
                "they were read day first, as Danish dates are; write them as 2024-12-31 if that is wrong.",
            )
        )  # fmt: skip
    if looked.styles > 1:
        found.append(
            Problem(
                "warning", name, "mixed_date_styles", looked.n,
                f"column {name!r} holds both ISO dates and Danish dates ({looked.n} row(s)); both were read.",
            )
        )  # fmt: skip
    return tuple(found)


def _texts(values: Sequence[object]) -> list[object]:
    """Write every cell as text, as it would be typed; blanks become None."""
    return [None if blank(v) else v if isinstance(v, str) else _text(v) for v in values]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return code_text(value)
