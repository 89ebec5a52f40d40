"""Batteries of questions on one scale: bars that add up to 100 %, or centred on the scale's middle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.bars import share_axis
from ipseval.reporting.figures.battery import (
    Battery,
    Stack,
    apart_segments,
    battery_of,
    centred,
    likert_alt,
    stack_label,
    start,
)
from ipseval.reporting.figures.rows import Row, Words, no_number, speak
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style, label_rows, words_in

THICK = {"percent": 0.27, "count": 0.27, "both": 0.36}  # inches; both stand on two lines
LABEL_ROOM = 1.75
APART_HATCH = "///"
SHOW = ("percent", "count", "both")


def likert_bars(
    result: Result,
    *,
    columns: Sequence[str] | None = None,
    levels: Sequence[Any] | None = None,
    diverging: bool = False,
    neutral: Any = None,
    apart: Sequence[Any] = (),
    means: Result | None = None,
    show: str = "percent",
    by: str = "",
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw a battery of questions with one scale: one bar per question with the share of each answer.

    Parameters
    ----------
    result
        What `ips.describe` returned for the questions (with `by=` a wave, one bar per question and wave).
    columns, levels
        The questions and the codes of the scale, in the order to be shown.
    diverging
        Centre every bar on the middle of the scale instead of letting it run from 0 to 100 %.
    neutral
        The code in the middle when `diverging`; left out, the middle code of an odd scale, and the gap
        between the halves of an even one.
    apart
        Codes outside the scale ("not relevant"), hatched at the end of the bar, or as a column of counts
        when the bars diverge; a reason for a missing answer (`"not_relevant"`) is always a column.
    means
        Another result with the means, when the questions were scored apart from their shares.
    show
        What stands in a segment: "percent", "count" or "both".
    by
        The column that split the persons into groups, for the words of its codes.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; a segment is as wide as its share; n and mean stand at right.

    Raises
    ------
    ReportError
        When the result holds no shares, or a code or column is not in it.
    """
    require_option(show, SHOW, argument="show", error=ReportError)
    words = speak(lang, labels, by)
    battery = battery_of(result, columns, levels, apart, means)
    if diverging:
        battery = centred(battery, neutral)
    names = [_stack_lines(words, stack) for stack in battery.stacks]
    beside = _columns(battery, words, diverging)
    fills = colours(battery, diverging)
    keys = [Key(words.value(battery.stacks[0].outcome, code), fills[code]) for code in battery.codes]
    if not diverging:
        keys += [
            Key(words.value(battery.stacks[0].outcome, code), style.APART, hatch=APART_HATCH)
            for code in apart_segments(battery)
        ]
    thick = THICK[show]
    heights = [max(0.2 + thick, 0.18 + len(lines) * style.line_height()) for lines in names]
    head = 0.06 + style.line_height(style.SMALL_SIZE) * max((len(c[1]) for c in beside), default=0)
    sheet = Sheet(
        left=EDGE + 0.14 + max(style.text_width(line) for lines in names for line in lines),
        right=EDGE + 0.12 + sum(width for width, _, _ in beside),
        height=sum(heights) + 0.06,
        below=0.48,
        head=head,
        title=title,
        banner=banner,
        keys=tuple(keys),
    )
    with house_style():
        axes = sheet.open()
        centres = [sum(heights[:i]) + h / 2 + 0.03 for i, h in enumerate(heights)]
        _set_axis(axes, battery, words, diverging)
        for stack, y in zip(battery.stacks, centres, strict=True):
            _draw_stack(axes, stack, y, battery, words, Look(fills, diverging, show))
        _draw_columns(axes, sheet, beside, centres)
        label_rows(axes, centres, ["\n".join(lines) for lines in names])
        axes.alt = likert_alt(battery, words, diverging)
    return axes


def colours(battery: Battery, diverging: bool) -> dict[str, str]:
    """A fill per code: dark to light, or two hues away from the middle."""
    codes = battery.codes
    if not diverging:
        return dict(zip(codes, style.sequential(len(codes)), strict=True))
    left = len(battery.left_half)
    right = len(codes) - left - bool(battery.middle)
    side = max(left, right)
    ramp = style.diverging(2 * side + bool(battery.middle))
    picked = ramp[side - left : side - left + len(codes)]
    return dict(zip(codes, picked, strict=True))


def _columns(battery: Battery, words: Words, diverging: bool) -> list[tuple[float, list[str], list[str]]]:
    """Columns at right: width, heading lines and one text per bar."""
    outcome = battery.stacks[0].outcome
    found: list[tuple[str, list[str]]] = []
    if diverging:
        for code in apart_segments(battery):
            counts = [stack.rows[code].events if code in stack.rows else None for stack in battery.stacks]
            found.append((words.value(outcome, code), ["–" if c is None else str(c) for c in counts]))
    for reason in dict.fromkeys(code for stack in battery.stacks for code in stack.beside):
        found.append((words.say(reason), [str(stack.beside.get(reason, 0)) for stack in battery.stacks]))
    found.append(
        (words.say("figure_count"), ["–" if stack.n is None else str(stack.n) for stack in battery.stacks])
    )
    if any(stack.mean is not None for stack in battery.stacks):
        shown = [words.number(s.mean.value, 1) if s.mean is not None else "–" for s in battery.stacks]
        found.append((words.say("figure_mean"), shown))
    columns = []
    for heading, texts in found:
        lines = style.wrap(heading, 0.72, style.SMALL_SIZE, bold=True)
        widths = [style.text_width(line, style.SMALL_SIZE, bold=True) for line in lines]
        columns.append((max(widths) + 0.12, lines, texts))
    return columns


def _draw_columns(
    axes: Axes, sheet: Sheet, columns: Sequence[tuple[float, list[str], list[str]]], centres: Sequence[float]
) -> None:
    unit = 1 / (style.WIDTH - sheet.left - sheet.right)
    beside = axes.get_yaxis_transform()
    x = 1 + 0.12 * unit
    for width, heading, texts in columns:
        at = x + width * unit / 2
        options = {"ha": "center", "transform": beside}
        words_in(
            axes, at, -0.05, "\n".join(heading), size=style.SMALL_SIZE, weight="bold",
            verticalalignment="bottom", linespacing=1.15, **options,
        )  # fmt: skip
        for y, text in zip(centres, texts, strict=True):
            words_in(axes, at, y, text, **options)
        x += width * unit


def _stack_lines(words: Words, stack: Stack) -> list[str]:
    return style.wrap(stack_label(words, stack), LABEL_ROOM)


def _set_axis(axes: Axes, battery: Battery, words: Words, diverging: bool) -> None:
    if not diverging:
        share_axis(axes, words)
        return
    starts = [start(stack, battery) for stack in battery.stacks if stack.shown]
    ends = [
        start + sum(stack.rows[c].value for c in battery.codes if c in stack.rows)
        for stack, start in zip((s for s in battery.stacks if s.shown), starts, strict=True)
    ]
    low = -0.25 * _quarters(-min(starts, default=0.0))
    share_axis(axes, words, low, 0.25 * _quarters(max(ends, default=0.0)))
    axes.axvline(0.0, color=style.INK, linewidth=1.0, zorder=1)


def _quarters(share: float) -> int:
    """Quarters of the axis that hold a share, at least one; sums of shares may be off by a rounding."""
    return max(1, math.ceil(round(4 * share, 9)))


@dataclass(frozen=True)
class Look:
    """How a battery is drawn: a fill per code of the scale, where bars begin, what stands in them."""

    fills: dict[str, str]
    diverging: bool
    show: str

    @property
    def thick(self) -> float:
        """Thickness of a bar in inches."""
        return THICK[self.show]


def _draw_stack(axes: Axes, stack: Stack, y: float, battery: Battery, words: Words, look: Look) -> None:
    if not stack.shown:
        unseen = next(iter(stack.rows.values()))
        words_in(axes, 0.02, y, no_number(words, unseen), color=style.MUTED, style="italic")
        return
    x = start(stack, battery) if look.diverging else 0.0
    codes = battery.codes if look.diverging else (*battery.codes, *apart_segments(battery))
    taken = {-1: -math.inf, 1: -math.inf}
    for code in codes:
        row = stack.rows.get(code)
        if row is None or not row.shown:
            continue
        axes.barh(
            y,
            row.value,
            left=x,
            height=look.thick,
            color=look.fills.get(code, style.APART),
            edgecolor=style.MUTED,
            linewidth=0.5,
            hatch=None if code in look.fills else APART_HATCH,
            zorder=2,
        )
        if row.value:
            _label_segment(axes, row, (x + row.value / 2, y), words, look, taken)
        x += row.value


def _label_segment(
    axes: Axes, row: Row, at: tuple[float, float], words: Words, look: Look, taken: dict[int, float]
) -> None:
    """Write in the segment; a number that is wider than it stands above (-1) or below (1) the bar.

    `taken` holds how far each side is written on already, so that narrow neighbours never collide.
    """
    x, y = at
    low, high = axes.get_xlim()
    unit = (high - low) / (axes.get_position().width * style.WIDTH)  # one inch on the axis
    lines = _segment_lines(words, row, look.show)
    fill = look.fills.get(row.term)
    options: dict[str, Any] = {"ha": "center", "zorder": 5}
    paper = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 0.8}
    if max(style.text_width(line, style.SMALL_SIZE) for line in lines) + 0.05 <= row.value / unit:
        ink = style.ink_on(fill or style.APART)
        text = "\n".join(lines)
        shown = words_in(axes, x, y, text, size=style.SMALL_SIZE, color=ink, linespacing=1.1, **options)
        if fill is None:  # on the hatching a number needs paper under it
            shown.set_bbox(paper)
        return
    half = style.text_width(lines[0], style.SMALL_SIZE - 1) * unit / 2
    side = min(taken, key=lambda each: (max(taken[each] + half, x), each))
    x = max(x, taken[side] + half)
    shown = words_in(
        axes, x, y + side * (look.thick / 2 + 0.06), lines[0], size=style.SMALL_SIZE - 1, **options
    )
    shown.set_bbox({**paper, "pad": 0.3})
    taken[side] = x + half + 0.04 * unit


def _segment_lines(words: Words, row: Row, show: str) -> list[str]:
    """What stands in a segment: percent without its sign (the axis has it), the count, or both."""
    percent = words.percent(row.share).rstrip("%")
    if row.events is None or show == "percent":
        return [percent]
    return [str(row.events)] if show == "count" else [f"{percent}%", f"({row.events})"]
