"""Counts of persons by score before and after, against the band of measurement error: may leave the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, speak
from ipseval.reporting.figures.sheet import house_style, words_in
from ipseval.reporting.figures.square import (
    Lines,
    alt_lines,
    limits_of,
    lines_of,
    open_square,
    square_sheet,
    write_n,
)

COLUMNS = ("outcome", "group", "before_from", "after_from", "width", "n")


@dataclass(frozen=True)
class Cell:
    """A square of scores before and after; None is a count not shown."""

    before: float
    after: float
    count: int | None


def reliable_counts(
    result: Result,
    *,
    outcome: str | None = None,
    group: str | None = None,
    range: Sequence[float] | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw how many persons went from which scores to which, with the band of measurement error.

    The figure for a report: counts by interval of scores, no mark of a person.  `ips.reliable_scatter` is
    its counterpart for the screen.

    Parameters
    ----------
    result
        What `ips.reliable_change` returned; its extra `binned` holds the counts (`bin_width=` sets them).
    outcome, group
        The outcome and the group to draw when the result holds several.
    range
        Lowest and highest score of the axes; left out, the intervals that hold somebody.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; x is before, y is after, above the diagonal is higher after.

    Raises
    ------
    ReportError
        When the result has no such counts, or several outcomes or groups and none is named.

    References
    ----------
    Jacobson and Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12
    """
    words = speak(lang, labels)
    lines = lines_of(result, outcome, group)
    cells, width = cells_of(result, lines)
    ends = [c.before for c in cells] + [c.after for c in cells]
    low, high = (min(ends), max(ends) + width) if range is None else limits_of(range)
    with house_style():
        axes = open_square(square_sheet(words, lines, title=title, banner=banner), words, lines, low, high)
        most = max((cell.count or 0 for cell in cells), default=0)
        for cell in cells:
            _draw(axes, cell, width, most)
        if all(cell.count is not None for cell in cells):
            write_n(axes, words, words.say("figure_n", n=sum(cell.count or 0 for cell in cells)))
        axes.alt = _alt(words, lines, cells, width)
    return axes


def cells_of(result: Result, lines: Lines) -> tuple[list[Cell], float]:
    """Read the counts of one outcome and group, and the width of an interval."""
    frame = result.extras.get("binned")
    if frame is None or not set(COLUMNS) <= set(frame.columns):
        raise ReportError(
            "the result has no counts by interval (extra 'binned'): give the result of ips.reliable_change."
        )
    frame = frame[(frame["outcome"] == lines.outcome) & (frame["group"] == lines.group)]
    if frame.empty:
        raise ReportError("the result counts nobody before and after: there is nothing to draw.")
    cells = [
        Cell(float(b), float(a), None if pd.isna(n) else int(n))
        for b, a, n in zip(frame["before_from"], frame["after_from"], frame["n"], strict=True)
    ]
    return cells, float(frame["width"].iloc[0])


def _draw(axes: Axes, cell: Cell, width: float, most: int) -> None:
    fill = style.heat(0.15 + 0.85 * (cell.count or 0) / most if cell.count and most else 0.0)
    place = (cell.before, cell.after)
    axes.add_patch(Rectangle(place, width, width, facecolor=fill, edgecolor=style.RULE, lw=0.6, zorder=2))
    words_in(
        axes,
        cell.before + width / 2,
        cell.after + width / 2,
        "–" if cell.count is None else str(cell.count),
        ha="center",
        color=style.ink_on(fill),
        zorder=5,
        bbox={"facecolor": fill, "edgecolor": "none", "pad": 1.0},
    )


def _alt(words: Words, lines: Lines, cells: Sequence[Cell], width: float) -> str:
    def span(start: float) -> str:
        return words.say("figure_from_to", low=words.plain(start), high=words.plain(start + width))

    parts = [
        words.say(
            "figure_alt_movement_part",
            before=span(c.before),
            after=span(c.after),
            n="–" if c.count is None else c.count,
        )
        for c in cells
    ]
    said = words.say("figure_alt_reliable", name=words.name(lines.outcome), parts="; ".join(parts))
    return f"{said} {alt_lines(words, lines)}"
