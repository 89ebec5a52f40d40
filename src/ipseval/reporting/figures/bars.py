"""Horizontal bars: means before and after on a score's own axis, and counts of one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import (
    Row,
    Words,
    codes_in_order,
    no_number,
    only_outcome,
    rows_of,
    speak,
    with_n,
)
from ipseval.reporting.figures.score_axis import ScoreAxis, score_axis
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style, label_rows, words_in

THICK = 0.30  # inches
STEP = 0.46
LABEL_ROOM = 2.3
BAND_HATCH = ("////", "", "", "")


def change_bars(
    result: Result,
    *,
    range: Sequence[float],
    outcome: str | None = None,
    ends: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    bands: Sequence[Mapping[str, Any]] = (),
    reference: float | Mapping[str, Any] | None = None,
    ticks: Sequence[float] = (),
    decimals: int = 2,
    intervals: bool = False,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the mean before and after as two bars over the score's theoretical range.

    Parameters
    ----------
    result
        What `ips.change` returned.
    range
        The lowest and the highest possible score, such as `(0, 100)`; never taken from the data.
    outcome
        The outcome to draw when the result holds several.
    ends
        Words for the two ends of the scale ("Never", "Very often").
    bands
        Shaded stretches: `{"low": 0, "high": 35, "label": "..."}`.
    reference
        A dashed line: a number, or `{"value": 68, "label": "..."}`.
    ticks
        Where numbers stand; left out, whole numbers or quarters of the range.
    decimals
        Decimals of the printed means.
    intervals
        Draw the confidence interval of each mean where the result has one.
    lang, labels, title, banner
        "da" or "en"; words for outcomes; a heading; a sentence that must stand in the figure itself.
        Every text may also be given as `{"da": ..., "en": ...}`.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; one bar per wave (and group), ending at the mean.

    Raises
    ------
    ReportError
        When the result holds no means before and after, or several outcomes and none is named.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> scores = pd.DataFrame({"start": [20, 36, 44, 52], "end": [36, 40, 44, 68]})
    >>> result = ips.change(scores, outcomes={"WHO-5": ("start", "end")})
    >>> axes = ips.change_bars(result, range=(0, 100), reference=68, lang="en")
    >>> axes.alt.split(". ")[1]
    'Wave 1 (n=4): 38.00; Wave 2 (n=4): 47.00'
    """
    words = speak(lang, labels)
    axis = score_axis(words, range, ends=ends, bands=bands, reference=reference, ticks=ticks)
    rows = change_rows(result, outcome)
    names = [wave_label(words, row) for row in rows]
    sheet = Sheet(
        left=_label_room(names),
        right=0.55,
        height=STEP * len(rows) + 0.12,
        below=0.46 if any(axis.ends) else 0.32,
        title=title,
        banner=banner,
        keys=_keys(axis),
    )
    with house_style():
        axes = sheet.open()
        axes.set_xlim(axis.low, axis.high)
        _draw_scale(axes, axis, words)
        centres = [0.06 + STEP * (place + 0.5) for place, _ in enumerate(rows)]
        for y, row in zip(centres, rows, strict=True):
            _draw_mean(axes, row, y, words, decimals, intervals)
        label_rows(axes, centres, names)
        axes.alt = _change_alt(rows, axis, decimals, words)
    return axes


def change_rows(result: Result, outcome: str | None) -> list[Row]:
    """Return the mean rows before and after of one outcome, in the result's order."""
    rows = rows_of(result, scale="mean", term=("before", "after"))
    chosen = only_outcome(rows, outcome, "means before and after")
    return [row for row in rows if row.outcome == chosen]


def wave_label(words: Words, row: Row) -> str:
    """Words for a wave with its n: "1. måling (n=40)"."""
    named = row.term in words.ask.labels.names
    wave = words.name(row.term) if named else words.say(f"figure_{row.term}")
    group = f"{words.group(row.group)}, " if row.group else ""
    return with_n(words, f"{group}{wave}", row.n)


def _change_alt(rows: Sequence[Row], axis: ScoreAxis, decimals: int, words: Words) -> str:
    parts = [
        f"{wave_label(words, row)}: "
        + (words.number(row.value, decimals) if row.shown else no_number(words, row))
        for row in rows
    ]
    first = words.say("figure_alt_change", name=words.name(rows[0].outcome), parts="; ".join(parts))
    return " ".join([first, *axis.sentences(words)])


def _keys(axis: ScoreAxis) -> tuple[Key, ...]:
    keys = [
        Key(band.label, style.BANDS[place % 4], hatch=BAND_HATCH[place % 4], edge=style.BAND_LINE)
        for place, band in enumerate(axis.bands)
    ]
    if axis.reference is not None:
        keys.append(Key(axis.reference.label, style.REFERENCE, "--"))
    return tuple(keys)


def _label_room(names: Sequence[str], most: float = LABEL_ROOM) -> float:
    widest = max(style.text_width(line) for name in names for line in name.split("\n"))
    return EDGE + min(widest, most) + 0.16


def _draw_scale(axes: Axes, axis: ScoreAxis, words: Words) -> None:
    for place, band in enumerate(axis.bands):
        hatch = BAND_HATCH[place % 4]
        axes.axvspan(
            band.low,
            band.high,
            facecolor=style.BANDS[place % 4],
            edgecolor=style.BAND_LINE,
            hatch=hatch or None,
            linewidth=0.0,
            zorder=0,
        )
    axes.set_xticks(list(axis.ticks), axis.tick_labels(words))
    axes.tick_params(axis="x", color=style.RULE, length=3)
    axes.vlines(axis.ticks, *axes.get_ylim(), color=style.GRID, linewidth=0.6, zorder=0.5, clip_on=False)
    below = axes.get_ylim()[0] + 0.32
    for value, text, align in ((axis.low, axis.ends[0], "left"), (axis.high, axis.ends[1], "right")):
        if text:
            words_in(axes, value, below, text, size=style.SMALL_SIZE, ha=align)
    if axis.reference is not None:
        axes.axvline(axis.reference.low, color=style.REFERENCE, linestyle="--", linewidth=1.4, zorder=1.5)


def _draw_mean(axes: Axes, row: Row, y: float, words: Words, decimals: int, intervals: bool) -> None:
    start, stop = axes.get_xlim()
    if not row.shown:
        words_in(axes, start, y, f"  {no_number(words, row)}", color=style.MUTED, style="italic")
        return
    colour = style.BEFORE if row.term == "before" else style.AFTER
    axes.barh(y, row.value - start, left=start, height=THICK, color=colour, zorder=2)
    end = row.value
    if intervals and row.low == row.low and row.high == row.high:
        for width, ink, above in (
            (3.2, style.PAPER, 3),
            (1.3, style.INK, 4),
        ):  # paper round the ink: seen on any bar
            axes.hlines(y, row.low, row.high, color=ink, linewidth=width, zorder=above)
            axes.vlines([row.low, row.high], y - 0.06, y + 0.06, color=ink, linewidth=width, zorder=above)
        end = max(end, row.high)
    shown = words_in(
        axes, end + 0.01 * (stop - start), y, words.number(row.value, decimals), weight="bold", zorder=4
    )
    shown.set_bbox({"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1.0})


def count_bars(
    result: Result,
    *,
    outcome: str | None = None,
    levels: Sequence[Any] | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw how many chose each answer to one question; an answer that nobody chose keeps its place.

    Parameters
    ----------
    result
        What `ips.describe` returned.
    outcome, levels
        The question to draw when the result holds several; its codes in the order to be shown.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; one bar per code (and group), as long as its share, with
        the count and the percent printed at it.

    Raises
    ------
    ReportError
        When the result holds no shares, or several questions and none is named.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> answers = pd.DataFrame({"sex": ["f", "m", "f", "f"]})
    >>> ips.count_bars(ips.describe(answers, columns=["sex"]), lang="en").alt
    'Horizontal bars: sex (n=4), number of answers. f: 3 (75%); m: 1 (25%).'
    """
    words = speak(lang, labels)
    rows = count_rows(result, outcome, levels)
    names = ["\n".join(style.wrap(count_label(words, row), LABEL_ROOM)) for row in rows]
    head = words.say("figure_count")
    column = style.text_width(head, style.SMALL_SIZE, bold=True) + 0.24
    left = _label_room(names) + column
    sheet = Sheet(
        left=left, right=0.5, height=0.34 * len(rows) + 0.1, below=0.5, head=0.2, title=title, banner=banner
    )
    with house_style():
        axes = sheet.open()
        share_axis(axes, words)
        centres = [0.05 + 0.34 * (place + 0.5) for place in range(len(rows))]
        beside = axes.get_yaxis_transform()
        unit = 1 / (style.WIDTH - left - sheet.right)  # one inch as a share of the axes' width
        at = -(0.06 + column / 2) * unit
        words_in(axes, at, -0.1, head, size=style.SMALL_SIZE, weight="bold", ha="center", transform=beside)
        for y, row in zip(centres, rows, strict=True):
            counted = "–" if row.events is None else str(row.events)
            words_in(axes, at, y, counted, ha="center", transform=beside)
            _draw_share(axes, row, y, words)
        label_rows(axes, centres, names)
        axes.tick_params(axis="y", pad=6 + 72 * column)
        axes.alt = _count_alt(rows, words)
    return axes


def count_rows(result: Result, outcome: str | None, levels: Sequence[Any] | None) -> list[Row]:
    """Return the share rows of one question in the order of its codes."""
    rows = rows_of(result, scale="share")
    chosen = only_outcome(rows, outcome, "shares")
    rows = [row for row in rows if row.outcome == chosen]
    order = codes_in_order(rows, levels)
    return sorted(rows, key=lambda row: order.index(row.term))


def count_label(words: Words, row: Row) -> str:
    """Words for a code, with its group."""
    code = words.value(row.outcome, row.term)
    return f"{code}, {words.group(row.group)}" if row.group else code


def _count_alt(rows: Sequence[Row], words: Words) -> str:
    parts = [f"{count_label(words, row)}: {_count_words(words, row)}" for row in rows]
    name = with_n(words, words.name(rows[0].outcome), rows[0].n if not rows[0].group else None)
    return words.say("figure_alt_counts", name=name, parts="; ".join(parts))


def share_axis(axes: Axes, words: Words, low: float = 0.0, high: float = 1.0) -> None:
    """Mark every 25 percent from `low` to `high`, or every 50 where the numbers would touch."""
    axes.set_xlim(low, high)
    inches = axes.get_position().width * style.WIDTH
    step = 0.25 if inches * 0.25 / (high - low) > 0.42 else 0.5
    first, last = -int(-low / step + 1e-9), int(high / step + 1e-9)
    marks = [step * place for place in range(first, last + 1)]
    axes.set_xticks(marks, [words.percent(abs(mark)) for mark in marks])
    axes.set_xlim(low, high)
    axes.set_xlabel(words.say("figure_share_axis"), size=style.SMALL_SIZE, labelpad=2)
    axes.tick_params(axis="x", color=style.RULE, length=3)
    axes.vlines(marks, *axes.get_ylim(), color=style.GRID, linewidth=0.6, zorder=0.5, clip_on=False)


def _count_words(words: Words, row: Row) -> str:
    if not row.shown or row.events is None or row.n is None:
        return no_number(words, row)
    return f"{row.events} ({words.percent(row.share)})"


def _draw_share(axes: Axes, row: Row, y: float, words: Words) -> None:
    if not row.shown or row.events is None or row.n is None:
        words_in(axes, 0.0, y, f"  {no_number(words, row)}", color=style.MUTED, style="italic")
        return
    axes.barh(y, row.value, height=0.22, color=style.AFTER, zorder=2)
    percent = words.percent(row.share)
    shown = words_in(axes, row.value + 0.01, y, percent, size=style.SMALL_SIZE, zorder=3)
    shown.set_bbox({"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1.0})
