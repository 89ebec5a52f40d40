"""A battery of questions with one scale, read from a result: what a Likert figure draws and says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.core.labels import code_text
from ipseval.core.missing import REASONS
from ipseval.core.result import Result
from ipseval.reporting.figures.rows import Row, Words, codes_in_order, no_number, rows_of


@dataclass(frozen=True)
class Battery:
    """A battery ready to be drawn: its scale, what stands apart from it, and one stack per item.

    `middle` is the code that is centred when the bars diverge; "" centres the gap between the halves.
    """

    codes: tuple[str, ...]
    apart: tuple[str, ...]
    stacks: tuple[Stack, ...]
    middle: str = ""

    @property
    def left_half(self) -> tuple[str, ...]:
        """The codes left of the middle."""
        if self.middle:
            return self.codes[: self.codes.index(self.middle)]
        return self.codes[: len(self.codes) // 2]


@dataclass(frozen=True)
class Stack:
    """One bar: its rows by code, the mean where the result has one, and counts that stand beside it."""

    outcome: str
    group: str
    rows: dict[str, Row]
    mean: Row | None
    beside: dict[str, int]

    @property
    def n(self) -> int | None:
        """Persons behind the bar."""
        return next(iter(self.rows.values())).n

    @property
    def shown(self) -> bool:
        """Whether the bar has anything to draw."""
        return any(row.shown for row in self.rows.values())


def battery_of(
    result: Result,
    columns: Sequence[str] | None,
    levels: Sequence[Any] | None,
    apart: Sequence[Any],
    means: Result | None,
) -> Battery:
    """Collect the share rows of the questions by code, with means and counts that stand beside."""
    rows = rows_of(result, scale="share")
    there = list(dict.fromkeys(row.outcome for row in rows))
    wanted = list(columns) if columns is not None else there
    unknown = [c for c in wanted if c not in there]
    if unknown or not wanted:
        said = "; ".join(f"{c!r}: {hint_for(c, there)}" for c in unknown)
        raise ReportError(
            f"the result holds no shares for {len(unknown)} column(s) of columns=. {said}".strip()
        )
    aside = tuple(code_text(code) for code in apart)
    rows = [row for row in rows if row.outcome in wanted]
    scale = [row for row in rows if row.term not in aside]
    stacks = []
    for outcome in wanted:
        for group in dict.fromkeys(row.group for row in rows if row.outcome == outcome):
            mine = {row.term: row for row in rows if (row.outcome, row.group) == (outcome, group)}
            mean = _mean_of(means or result, outcome, group)
            stacks.append(Stack(outcome, group, mine, mean, _reasons(result, outcome, group, aside)))
    return Battery(tuple(codes_in_order(scale, levels)), aside, tuple(stacks))


def centred(battery: Battery, neutral: Any) -> Battery:
    """Name the code in the middle."""
    codes = battery.codes
    if neutral is not None:
        middle = code_text(neutral)
        if middle not in codes:
            raise ReportError(f"neutral={neutral!r} is not a code of the scale: {hint_for(middle, codes)}")
    else:
        middle = codes[len(codes) // 2] if len(codes) % 2 else ""
    return Battery(codes, battery.apart, battery.stacks, middle)


def likert_alt(battery: Battery, words: Words, diverging: bool) -> str:
    """Say every bar in words: item, n, each answer with percent and count, and the mean."""
    said = [words.say("figure_alt_diverging" if diverging else "figure_alt_likert")]
    for stack in battery.stacks:
        parts = []
        for code in (*battery.codes, *apart_segments(battery)):
            row = stack.rows.get(code)
            if row is not None:
                parts.append(f"{words.value(stack.outcome, code)} {segment_words(words, row)}")
        parts += [f"{words.value(stack.outcome, code)} {count}" for code, count in stack.beside.items()]
        if stack.mean is not None and stack.mean.shown:
            parts.append(words.say("figure_alt_mean", mean=words.number(stack.mean.value, 1)))
        said.append(f"{stack_label(words, stack)} (n={stack.n}): {', '.join(parts)}.")
    return " ".join(said)


def start(stack: Stack, battery: Battery) -> float:
    """Where a bar begins so that the middle of the scale stands at 0."""
    left = sum(stack.rows[c].value for c in battery.left_half if c in stack.rows)
    middle = stack.rows.get(battery.middle)
    return -left - (middle.value / 2 if middle is not None else 0.0)


def _mean_of(result: Result, outcome: str, group: str) -> Row | None:
    rows = rows_of(result, scale="mean", term="mean", outcome=outcome, group=group)
    return rows[0] if rows else None


def _reasons(result: Result, outcome: str, group: str, aside: Sequence[str]) -> dict[str, int]:
    """Counts of the missing answers whose reason was asked for beside the bars."""
    asked = [code for code in aside if code in REASONS]
    frame = result.extras.get("missing")
    if not asked or frame is None:
        return {}
    mine = frame[(frame["outcome"] == outcome) & (frame["group"] == group)]
    told = dict(zip(mine["reason"], mine["n"], strict=True))
    return {reason: int(told.get(reason, 0)) for reason in asked}


def apart_segments(battery: Battery) -> list[str]:
    """Codes outside the scale that have rows of their own."""
    return [code for code in battery.apart if any(code in stack.rows for stack in battery.stacks)]


def stack_label(words: Words, stack: Stack) -> str:
    """Words for a question, with its group."""
    name = words.name(stack.outcome)
    return f"{name}, {words.group(stack.group)}" if stack.group else name


def segment_words(words: Words, row: Row) -> str:
    """Percent and count of one answer: "35% (15)"."""
    if not row.shown or row.events is None:
        return no_number(words, row)
    return f"{words.percent(row.share)} ({row.events})"
