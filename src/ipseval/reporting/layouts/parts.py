"""The rows of results as plain values, chosen and put in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from ipseval.core.checks import hint_for, require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import code_text
from ipseval.core.result import COUNT_COLUMNS, TEXT_COLUMNS, Result
from ipseval.reporting.display import Cell, Number
from ipseval.reporting.formats import COUNT, NOTHING, Format, Value, interval_mark, is_missing
from ipseval.reporting.layouts.ask import Ask, Choice, Picks

CHOOSABLE = ("outcome", "group", "contrast", "term", "estimand", "scale")
FLAG = "†"


@dataclass(frozen=True)
class Est:
    """One estimate; `row` is its place in its result, `part` which of the results it came from."""

    part: int
    row: int
    outcome: str
    group: str
    contrast: str
    term: str
    estimand: str
    scale: str
    status: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    conf_level: float | None
    p_value: float | None
    n: int | None
    n_events: int | None

    @property
    def refused(self) -> bool:
        """Whether the row keeps its place without a number."""
        return self.status == "refused"

    def exact(self) -> Value:
        """The estimate as exactly as it is known: a share from its counts."""
        if self.scale == "share" and self.n and self.n_events is not None:
            return Fraction(self.n_events, self.n)
        return self.estimate


def read(results: Sequence[Result]) -> list[Est]:
    """Turn the estimates of results into values, in their own order."""
    names = [f.name for f in fields(Est)][2:]
    out = []
    for part, result in enumerate(results):
        columns = [result.estimates[name].tolist() for name in names]
        for row, values in enumerate(zip(*columns, strict=True)):
            named = {n: _value(n, v) for n, v in zip(names, values, strict=True)}
            out.append(Est(part=part, row=row, **named))
    return out


def _value(name: str, value: Any) -> Any:
    if name in TEXT_COLUMNS:
        return str(value)
    if is_missing(value):
        return None
    return int(value) if name in COUNT_COLUMNS else float(value)


def picks(given: Picks | Sequence[str] | str | None, argument: str) -> dict[str, Choice]:
    """Read `select=` or `order=`: plain names are outcomes; a mapping names the columns of estimates."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {"outcome": [given]}
    if not isinstance(given, Mapping):
        return {"outcome": list(given)}
    for key in given:
        require_option(key, CHOOSABLE, argument=f"a key of {argument}", error=ReportError)
    return dict(given)


def chosen(rows: Sequence[Est], ask: Ask) -> list[Est]:
    """Keep the rows asked for, in the order asked for; unknown names are refused with near ones."""
    kept = list(rows)
    for key, choice in ask.select.items():
        _check_known(rows, key, choice, "select")
        kept = [r for r in kept if (wanted := _for(choice, r)) is None or getattr(r, key) in wanted]
    for key, choice in reversed(list(ask.order.items())):
        _check_known(rows, key, choice, "order")
        kept.sort(key=lambda r: _place(getattr(r, key), _for(choice, r)))
    return kept


def _for(choice: Choice, row: Est) -> list[str] | None:
    """The names that count for a row; a mapping speaks only of the outcomes it names."""
    if isinstance(choice, Mapping):
        return _texts(choice[row.outcome]) if row.outcome in choice else None
    return _texts(choice)


def _texts(names: str | Sequence[str]) -> list[str]:
    return [code_text(n) for n in ([names] if isinstance(names, str | int | float) else names)]


def _place(value: str, order: list[str] | None) -> int:
    if order is None:
        return 0
    return order.index(value) if value in order else len(order)


def _check_known(rows: Sequence[Est], key: str, choice: Choice, argument: str) -> None:
    groups = choice.items() if isinstance(choice, Mapping) else [("", choice)]
    for outcome, names in groups:
        inside = [r for r in rows if not outcome or r.outcome == outcome]
        if outcome and not inside:
            raise ReportError(
                f"{argument}[{key!r}] names the outcome {outcome!r}, which the result does not have: "
                + hint_for(outcome, distinct(r.outcome for r in rows))
            )
        there = distinct(getattr(r, key) for r in inside)
        for name in _texts(names):
            if name not in there:
                raise ReportError(
                    f"{argument}[{key!r}] names {name!r}, which the result does not have: "
                    + hint_for(name, there)
                )


def distinct(values: Iterable[str]) -> list[str]:
    """The values, each once, in their order."""
    return list(dict.fromkeys(values))


NAMES = ("part", "outcome", "group", "term", "scale")


def tells(row: Est, rows: Sequence[Est], key: str) -> bool:
    """Whether `key` (contrast or estimand) is needed to tell a row from others that are named alike."""
    mine = tuple(getattr(row, name) for name in NAMES)
    alike = (r for r in rows if tuple(getattr(r, name) for name in NAMES) == mine)
    return bool(getattr(row, key)) and any(getattr(r, key) != getattr(row, key) for r in alike)


def between_arms(row: Est) -> bool:
    """Whether a row compares two arms: its difference is no change over time."""
    return row.contrast == "treated - control" or row.term in ("effect_in_group", "interaction")


def term_words(row: Est, ask: Ask) -> str:
    """Words for the term of a row, the same in a table and in the notes under it."""
    if between_arms(row) and row.term == "difference":
        return ask.say("table_between_arms")
    return ask.term(row.outcome, row.term, row.scale)


def check_apart(rows: Sequence[Est], layout: str) -> None:
    """Refuse rows that a layout could not keep apart, so that none stands in another's place."""
    names = [(*(getattr(r, name) for name in NAMES), r.contrast) for r in rows]
    alike = len(names) - len(set(names))
    if alike:
        raise ReportError(
            f"layout={layout!r} cannot tell {alike} row(s) from others of the same outcome, term and scale: "
            "choose among them with select=, such as by estimand, or take layout='estimates'."
        )


def flag(row: Est) -> str:
    """The mark of a row that has reservations."""
    return FLAG if row.status == "flagged" else ""


def count_cell(row: Est, percent: Format, pattern: str) -> Cell:
    """Count and share of one category, whatever of them the pattern shows."""
    numbers = (Number("n", row.n_events, COUNT), Number("share", row.exact(), percent))
    if row.refused:
        return Cell(numbers, text=NOTHING)
    return Cell(numbers, pattern, after=flag(row))


def value_cell(row: Est, ask: Ask, field: str = "estimate") -> Cell:
    """One estimate with its unit."""
    if row.scale == "test" and not row.refused:
        return Cell()  # a test of several at once has a p and nothing to estimate
    number = Number(field, row.exact(), ask.format(row.scale, row.outcome, row.estimate))
    if row.refused:
        return Cell((number,), text=NOTHING)
    return Cell((number,), after=ask.unit(row.outcome, row.scale) + flag(row))


def interval_cell(row: Est, ask: Ask) -> Cell:
    """The two ends of an interval in one cell; empty where there is none."""
    if row.ci_low is None and row.ci_high is None:
        return Cell(text=NOTHING) if row.refused else Cell()
    format = replace(ask.format(row.scale, row.outcome), signed=False)
    numbers = (Number("low", row.ci_low, format), Number("high", row.ci_high, format))
    return Cell(numbers, "[{low}" + interval_mark(ask.lang) + "{high}]")


def p_cell(row: Est, ask: Ask) -> Cell:
    """The p-value; empty where the row has none."""
    if row.p_value is None:
        return Cell(text=NOTHING) if row.refused else Cell()
    return Cell((Number("p", row.p_value, ask.p_format()),))


def number_cell(field: str, value: int | None) -> Cell:
    """One count; empty where there is none."""
    return Cell() if value is None else Cell((Number(field, value, COUNT),))
