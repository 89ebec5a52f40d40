"""Figures with one mark per person: for the screen of those who may see the data, and nowhere else.

They are drawn from a frame and not from a `Result`, no display object takes them, and saving them through
ipseval is refused; the picture says so itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ipseval.core.checks import require_columns
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Row, Words, only_outcome, rows_of, speak, with_n
from ipseval.reporting.figures.sheet import (
    EDGE,
    DrawnAxes,
    Key,
    Sheet,
    house_style,
    label_rows,
)
from ipseval.reporting.figures.square import (
    alt_lines,
    limits_of,
    lines_of,
    open_square,
    square_sheet,
    write_n,
)

Floats = NDArray[np.float64]
DOT = 4.4  # points across
STEP = 0.075  # inches between dots of a pile
TALLEST = 1.0  # inches of a pile


def reliable_scatter(
    frame: pd.DataFrame,
    *,
    before: str,
    after: str,
    result: Result,
    range: Sequence[float],
    outcome: str | None = None,
    group: str | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw each person's score before against after, with the band of measurement error: screen only.

    Parameters
    ----------
    frame
        The persons that `result` was made from, one row each (of one group where it has groups).
    before, after
        Columns of the score.
    result
        What `ips.reliable_change` returned for them: its smallest sure change is the band, its cut the lines.
    range
        Lowest and highest possible score.
    outcome, group
        The outcome and the group of `result` when it holds several.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes; one mark per pair of scores, larger where several persons share it, filled outside
        the band.  ipseval does not save it: `ips.reliable_counts` is the figure for a report.

    Raises
    ------
    ReportError
        When the frame has not the pairs that the result counted, or scores outside `range`.

    References
    ----------
    Jacobson and Truax 1991, https://doi.org/10.1037/0022-006X.59.1.12
    """
    words = speak(lang, labels)
    lines = lines_of(result, outcome, group)
    low, high = limits_of(range)
    x, y = _pairs(frame, before, after, low, high, lines.n)
    places, counts = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    beyond = np.abs(places[:, 1] - places[:, 0]) > lines.mdc
    edge = 0.03 * (high - low)
    keys = (Key(words.say("figure_one_person"), style.AFTER, "o"),)
    sheet = square_sheet(words, lines, title=title, banner=_for_screen(words, banner), more=keys)
    with house_style():
        axes = open_square(sheet, words, lines, low - edge, high + edge)
        for inside, fill in ((~beyond, style.PAPER), (beyond, style.AFTER)):
            axes.scatter(
                places[inside, 0], places[inside, 1], s=26.0 * counts[inside], facecolors=fill,
                edgecolors=style.AFTER, linewidths=1.2, zorder=4,
            )  # fmt: skip
        write_n(axes, words, words.say("figure_n", n=len(x)))
        axes.alt = words.say("figure_alt_scatter", n=len(x), name=words.name(lines.outcome))
        axes.alt += " " + alt_lines(words, lines)
        axes.screen_only = True
    return axes


def paired_dots(
    frame: pd.DataFrame,
    *,
    before: str,
    after: str,
    result: Result,
    range: Sequence[float],
    outcome: str | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the distributions before, after and of each person's change, one dot per person: screen only.

    Parameters
    ----------
    frame
        The persons that `result` was made from, one row each.
    before, after
        Columns of the score.
    result
        What `ips.change` returned for them: means with their intervals stand under the dots.
    range
        Lowest and highest possible score.
    outcome
        The outcome of `result` when it holds several.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        The matplotlib Axes of the scores; the changes stand below on an axis of the same unit with 0 marked.
        ipseval does not save it: `ips.change_bars` is the figure for a report.

    Raises
    ------
    ReportError
        When the frame has not the pairs that the result counted, or scores outside `range`.
    """
    words = speak(lang, labels)
    low, high = limits_of(range)
    rows = [r for r in rows_of(result, term=("before", "after", "difference")) if r.group == ""]
    chosen = only_outcome(rows, outcome, "changes")
    found = {row.term: row for row in reversed(rows) if row.outcome == chosen}
    if result.kind != "change" or len(found) < 3:
        raise ReportError("paired_dots() draws what ips.change returned, without groups: give that result.")
    x, y = _pairs(frame, before, after, low, high, found["difference"].n)
    piles = {"before": x, "after": y, "difference": y - x}
    heights = {term: _height(values) for term, values in piles.items()}
    score_room = heights["before"] + heights["after"]
    sheet = Sheet(
        left=EDGE + 1.6,
        right=0.2,
        height=score_room,
        below=0.62 + heights["difference"] + 0.34,
        title=title,
        banner=_for_screen(words, banner),
        keys=(Key(words.say("figure_mean_interval"), style.REFERENCE, "D"),),
    )
    with house_style():
        axes = sheet.open()
        edge = 0.03 * (high - low)
        axes.set_xlim(low - edge, high + edge)
        changes = _second_axes(axes, sheet, heights["difference"])
        span = max(float(np.abs(piles["difference"]).max()), 1e-9) * 1.06
        changes.set_xlim(-span, span)
        changes.axvline(0.0, color=style.MUTED, linestyle="--", linewidth=1.0, zorder=1)
        names = [with_n(words, words.say(f"figure_{t}"), len(x)) for t in ("before", "after")]
        centres = [heights["before"] / 2, heights["before"] + heights["after"] / 2]
        label_rows(axes, centres, names)
        label_rows(changes, [heights["difference"] / 2], [words.say("figure_scale_change")])
        floor = 0.0
        for term in ("before", "after"):
            floor += heights[term]
            _pile(axes, piles[term], found[term], floor, heights[term])
        _pile(changes, piles["difference"], found["difference"], heights["difference"], heights["difference"])
        for each in (axes, changes):
            _plain_ticks(each, words)
        axes.alt = words.say("figure_alt_dots", n=len(x), name=words.name(chosen))
        axes.screen_only = True
    return axes


def _pairs(
    frame: pd.DataFrame, before: str, after: str, low: float, high: float, n: int | None
) -> tuple[Floats, Floats]:
    require_columns(frame, [before, after], argument="before and after", error=ReportError)
    columns = [pd.to_numeric(frame[c], errors="coerce").to_numpy(dtype=float) for c in (before, after)]
    both = ~(np.isnan(columns[0]) | np.isnan(columns[1]))
    x, y = columns[0][both], columns[1][both]
    if n is not None and len(x) != n:
        raise ReportError(
            f"before= and after= hold {len(x)} complete pair(s), but the result counted {n}: give the frame "
            "(or the group of it) that the result was made from."
        )
    outside = int(((np.minimum(x, y) < low) | (np.maximum(x, y) > high)).sum())
    if outside or not len(x):
        raise ReportError(f"range= leaves out {outside} of {len(x)} pair(s) of scores: widen it.")
    return x, y


def _for_screen(words: Words, banner: str) -> str:
    own = words.say("figure_screen_only")
    return f"{banner} · {own}" if banner else own


def _levels(values: Floats) -> tuple[Floats, NDArray[np.int64], float]:
    """Distinct scores, persons at each, and the step that keeps the tallest pile in its room."""
    levels, counts = np.unique(values, return_counts=True)
    return levels, counts, min(STEP, TALLEST / max(int(counts.max()), 1))


def _height(values: Floats) -> float:
    _, counts, step = _levels(values)
    return 0.34 + step * int(counts.max())


def _pile(axes: Axes, values: Floats, mean: Row, floor: float, height: float) -> None:
    """Stack one dot per person upwards from a floor, with the mean and its interval under them."""
    levels, counts, step = _levels(values)
    x = np.repeat(levels, counts)
    up = np.concatenate([np.arange(1, c + 1) for c in counts])
    size = min(DOT, 72.0 * step * 0.86)
    axes.plot(
        x, floor - 0.2 - step * (up - 0.5), marker="o", markersize=size, linestyle="none",
        markerfacecolor=style.BEFORE, markeredgecolor=style.PAPER, markeredgewidth=0.3, zorder=3,
    )  # fmt: skip
    y = floor - 0.11
    if np.isfinite(mean.low) and np.isfinite(mean.high):
        axes.plot([mean.low, mean.high], [y, y], color=style.REFERENCE, linewidth=1.6, zorder=4)
    if mean.shown:
        axes.plot(
            [mean.value], [y], marker="D", markersize=5, color=style.REFERENCE, linestyle="none", zorder=5
        )


def _second_axes(axes: DrawnAxes, sheet: Sheet, height: float) -> Axes:
    """Make the axes of the changes under those of the scores."""
    canvas = axes.get_figure(root=True)
    assert canvas is not None
    bottom = sheet.total - sheet.above - sheet.height - 0.62 - height
    width = style.WIDTH - sheet.left - sheet.right
    box = (sheet.left / style.WIDTH, bottom / sheet.total, width / style.WIDTH, height / sheet.total)
    made = canvas.add_axes(box)
    made.set_ylim(height, 0.0)
    made.tick_params(axis="y", length=0, pad=6)
    for side in ("top", "right", "left"):
        made.spines[side].set_visible(False)
    return made


def _plain_ticks(axes: Axes, words: Words) -> None:
    low, high = axes.get_xlim()
    marks = [float(m) for m in axes.get_xticks() if low <= m <= high]
    axes.set_xticks(marks, [words.plain(m) for m in marks])
    axes.set_xlim(low, high)
