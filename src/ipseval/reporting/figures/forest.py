"""Estimates with their intervals on one axis, logarithmic for ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.language import counted
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Row, Words, no_number, rows_of, speak
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style, label_rows, words_in
from ipseval.reporting.formats import interval_mark, show

RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")
SCALES = (*RATIOS, "risk_difference", "difference", "standardised", "log_odds", "mean", "share")
SELECTABLE = ("outcome", "group", "contrast", "term", "estimand")
STEP = 0.3  # inches
LABEL_ROOM = 2.3
REACH = 20.0  # a ratio's axis goes at most this factor beyond its outermost estimate, then comes an arrow
TICKS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Where a logarithmic axis may be marked."""


def forest(
    result: Result,
    *,
    scale: str | None = None,
    select: Mapping[str, Sequence[str]] | None = None,
    limits: tuple[float, float] | None = None,
    reference: float | None = None,
    decimals: int | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw each estimate with its confidence interval, one row each, refused ones in their place.

    Parameters
    ----------
    result
        Any result with intervals: odds ratios, effects, changes.
    scale
        Which scale to draw ("odds_ratio", "difference", ...); left out, the first of `SCALES` that the
        result has intervals on.  Ratios get a logarithmic axis.
    select
        Keep only rows whose column has one of these values, such as `{"term": ["who5", "age"]}`.
    limits
        Ends of the axis; an interval that goes further ends in an arrow.
    reference
        Where "no difference" is drawn; left out, 1 for ratios, 0 for differences, none for levels.
    decimals
        Decimals of the printed numbers; left out, as in the tables.
    lang, labels, title, banner
        "da" or "en"; words for outcomes and terms; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; the marker stands at the estimate, the line is the interval.

    Raises
    ------
    ReportError
        When the result has no such rows, or `limits` cannot hold the estimates.

    References
    ----------
    Lewis & Clarke 2001, https://doi.org/10.1136/bmj.322.7300.1479
    """
    words = speak(lang, labels)
    scale, rows = forest_rows(result, scale, select)
    said_scale = _scale_words(words, scale, result.kind)
    said = row_names(rows, words, scale)
    names = ["\n".join(style.wrap(name, LABEL_ROOM)) for name in said]
    span = _limits(rows, scale, limits, reference)
    texts = [estimate_words(words, row, decimals, scale) for row in rows]
    columns = _columns(words, rows, texts, _head(said_scale, words, result.method.level))
    sheet = Sheet(
        left=EDGE + 0.16 + max(style.text_width(line) for name in names for line in name.split("\n")),
        right=EDGE + 0.14 + sum(width for width, _, _ in columns),
        height=sum(_height(name) for name in names) + 0.08,
        below=0.48,
        head=0.24,
        title=title,
        banner=banner,
        keys=_keys(words, rows, span),
    )
    with house_style():
        axes = sheet.open()
        _set_axis(axes, words, said_scale, scale, span, _reference(scale, reference))
        centres = _centres(names)
        for row, y in zip(rows, centres, strict=True):
            _draw_row(axes, row, y, span)
        _draw_columns(axes, sheet, columns, centres)
        label_rows(axes, centres, names)
        axes.alt = _forest_alt(said, texts, said_scale, result.method.level, words)
    return axes


def forest_rows(
    result: Result, scale: str | None, select: Mapping[str, Sequence[str]] | None
) -> tuple[str, list[Row]]:
    """Return the scale and its rows, in the result's order."""
    estimates = result.estimates
    if scale is None:
        with_interval = set(estimates.loc[estimates["ci_low"].notna(), "scale"]) or set(estimates["scale"])
        scale = next((s for s in SCALES if s in with_interval), None)
        if scale is None:
            raise ReportError("the result has no estimates that a forest plot can show: it needs intervals.")
    else:
        require_option(scale, SCALES, argument="scale", error=ReportError)
    unknown = [column for column in (select or {}) if column not in SELECTABLE]
    if unknown:
        raise ReportError(
            f"select= names {len(unknown)} unknown column(s): use one of {', '.join(SELECTABLE)}."
        )
    rows = rows_of(result, scale=scale, **(select or {}))
    if not rows:
        raise ReportError(f"the result has no rows on the scale {scale!r} that select= keeps: widen select=.")
    return scale, rows if select else _main(rows, scale)


def _main(rows: list[Row], scale: str) -> list[Row]:
    """Leave out second views of the same quantity (another interval or test), unless they were asked for.

    A row named after its estimand is the main one; where no row is, the one whose estimand is the scale.
    """
    named = [row for row in rows if row.term and row.term == row.estimand == scale]
    return named or [row for row in rows if row.estimand in ("", scale)] or rows


def row_names(rows: Sequence[Row], words: Words, scale: str) -> list[str]:
    """Words for each row: the parts in which the rows differ, outcome first."""
    varying = [c for c in ("outcome", "group", "term", "contrast") if len({getattr(r, c) for r in rows}) > 1]
    if not varying:
        varying = ["term"] if scale in (*RATIOS, "log_odds") else ["outcome"]
    return [_row_name(row, varying, words, scale) for row in rows]


def _row_name(row: Row, columns: Sequence[str], words: Words, scale: str) -> str:
    said = {
        "outcome": words.name(row.outcome) if row.outcome else "",
        "group": words.group(row.group) if row.group else "",
        "term": words.term(row.outcome, row.term, scale) if row.term else "",
        "contrast": words.contrast(row.contrast) if row.contrast else "",
    }
    parts = [said[column] for column in columns if said[column]]
    return ", ".join(parts) or said["outcome"] or "–"


def estimate_words(words: Words, row: Row, decimals: int | None, scale: str) -> str:
    """The estimate with its interval, written as the tables write it: "2,12 [1,16; 5,27]"."""
    if not row.shown:
        return no_number(words, row)
    format = words.ask.format(scale)
    if decimals is not None:
        format = replace(format, decimals=decimals)
    value = row.share if scale == "share" else row.value
    shown = show(value, format, words.lang)
    if math.isnan(row.low) and math.isnan(row.high):
        return words.say("figure_reference") if scale in RATIOS and row.value == 1 else shown
    ends = (show(bound, format, words.lang) for bound in (row.low, row.high))
    return f"{shown} [{interval_mark(words.lang).join(ends)}]"


def _forest_alt(
    names: Sequence[str], texts: Sequence[str], scale: str, level: float | None, words: Words
) -> str:
    kind = f"{scale[:1].lower()}{scale[1:]}"
    if level is not None:
        kind += ", " + words.say("figure_interval", level=words.plain(100 * level))
    parts = [f"{name}: {text}" for name, text in zip(names, texts, strict=True)]
    return words.say("figure_alt_forest", scale=kind, parts="; ".join(parts))


def _reference(scale: str, reference: float | None) -> float | None:
    if reference is not None:
        return reference
    return 1.0 if scale in RATIOS else None if scale in ("mean", "share") else 0.0


def _limits(
    rows: Sequence[Row], scale: str, limits: tuple[float, float] | None, reference: float | None
) -> tuple[float, float]:
    """Ends of the axis: they hold every estimate, the reference and, within reach, every interval."""
    values = [row.value for row in rows if row.shown and (scale not in RATIOS or row.value > 0)]
    line = _reference(scale, reference)
    values += [] if line is None else [line]
    values = values or [0.0]
    if scale in RATIOS and line is not None and line <= 0:
        raise ReportError("reference= must be above 0 on a scale of ratios; 1 is no difference.")
    if limits is not None:
        low, high = float(limits[0]), float(limits[1])
        if not low < high or low > min(values) or high < max(values) or (scale in RATIOS and low <= 0):
            raise ReportError("limits= must be low < high and hold every estimate and the reference.")
        return low, high
    bounds = [b for row in rows for b in (row.low, row.high) if math.isfinite(b)]
    if scale in RATIOS:
        floor, roof = min(values) / REACH, max(values) * REACH
        low = min([*values, *(max(b, floor) for b in bounds)])
        high = max([*values, *(min(b, roof) for b in bounds)])
        low = max((t for t in TICKS if t <= low), default=low)
        high = min((t for t in TICKS if t >= high), default=high)
        return (low, high) if low < high else (low / 2, high * 2)
    low, high = min([*values, *bounds]), max([*values, *bounds])
    air = 0.06 * (high - low) or 1.0
    return low - air, high + air


def _keys(words: Words, rows: Sequence[Row], span: tuple[float, float]) -> tuple[Key, ...]:
    keys = []
    if any(row.shown and row.status == "flagged" for row in rows):
        keys.append(Key(words.say("figure_flagged"), style.AFTER, "s"))
    if any(row.shown and (row.low < span[0] or row.high > span[1]) for row in rows):
        keys.append(Key(words.say("figure_beyond"), style.AFTER, ">"))
    return tuple(keys)


def _height(name: str) -> float:
    return max(STEP, 0.12 + (name.count("\n") + 1) * style.line_height())


def _centres(names: Sequence[str]) -> list[float]:
    heights = [_height(name) for name in names]
    return [0.04 + sum(heights[:i]) + h / 2 for i, h in enumerate(heights)]


def _scale_words(words: Words, scale: str, kind: str) -> str:
    return words.say(
        "figure_scale_change" if scale == "difference" and kind == "change" else f"figure_scale_{scale}"
    )


def _head(scale: str, words: Words, level: float | None) -> str:
    return scale if level is None else words.say("figure_head", scale=scale, level=words.plain(100 * level))


def _columns(
    words: Words, rows: Sequence[Row], texts: Sequence[str], head: str
) -> list[tuple[float, str, list[str]]]:
    counts = ["–" if row.n is None else counted(row.n, words.lang) for row in rows]
    wide = max(
        style.text_width(head, style.SMALL_SIZE, bold=True), *(style.text_width(text) for text in texts)
    )
    columns = [(wide + 0.16, head, list(texts))]
    if any(row.n is not None for row in rows):
        columns.append((0.4, "n", counts))
    return columns


def _draw_columns(
    axes: Axes, sheet: Sheet, columns: Sequence[tuple[float, str, list[str]]], centres: Sequence[float]
) -> None:
    unit = 1 / (style.WIDTH - sheet.left - sheet.right)
    x = 1 + 0.14 * unit
    for width, heading, texts in columns:
        at = x + (width - 0.08) * unit
        options: dict[str, Any] = {"ha": "right", "transform": axes.get_yaxis_transform()}
        words_in(axes, at, -0.1, heading, size=style.SMALL_SIZE, weight="bold", **options)
        for y, text in zip(centres, texts, strict=True):
            words_in(axes, at, y, text, **options)
        x += width * unit


def _set_axis(
    axes: Axes, words: Words, said: str, scale: str, span: tuple[float, float], reference: float | None
) -> None:
    if scale in RATIOS:
        axes.set_xscale("log")
        axes.set_xlim(*span)
        marks = _ratio_marks(axes, words, span)
        axes.minorticks_off()
        said = words.say("figure_log_axis", scale=said)
    else:
        axes.set_xlim(*span)
        marks = [float(m) for m in axes.get_xticks() if span[0] <= m <= span[1]]
    in_percent = scale in ("share", "risk_difference")
    axes.set_xticks(marks, [words.plain(100 * m) + "%" if in_percent else words.plain(m) for m in marks])
    axes.set_xlim(*span)
    axes.set_xlabel(said, size=style.SMALL_SIZE, labelpad=2)
    axes.tick_params(axis="x", color=style.RULE, length=3)
    if reference is not None:
        axes.axvline(reference, color=style.MUTED, linestyle="--", linewidth=1.0, zorder=1)


def _ratio_marks(axes: Axes, words: Words, span: tuple[float, float]) -> list[float]:
    """Marks 1, 2, 5, 10 ... as long as their numbers keep apart, else powers of ten."""
    inches = axes.get_position().width * style.WIDTH / math.log(span[1] / span[0])
    marks = [float(tick) for tick in TICKS if span[0] <= tick <= span[1]]
    for one, other in pairwise(marks):
        wide = sum(style.text_width(words.plain(m), style.SMALL_SIZE) for m in (one, other)) / 2
        if math.log(other / one) * inches < wide + 0.06:
            return [m for m in marks if float(math.log10(m)).is_integer()]
    return marks


def _draw_row(axes: Axes, row: Row, y: float, span: tuple[float, float]) -> None:
    if not row.shown:
        return
    low = row.low if math.isfinite(row.low) else (span[0] if row.low == -math.inf else row.value)
    high = row.high if math.isfinite(row.high) else (span[1] if row.high == math.inf else row.value)
    axes.hlines(y, max(low, span[0]), min(high, span[1]), color=style.AFTER, linewidth=1.5, zorder=2)
    for bound, end, arrow in ((row.low, span[0], "<"), (row.high, span[1], ">")):
        beyond = bound < span[0] or bound > span[1]
        if beyond:
            axes.plot([end], [y], marker=arrow, color=style.AFTER, markersize=5.5, clip_on=False, zorder=3)
        elif math.isfinite(bound):
            axes.vlines(bound, y - 0.05, y + 0.05, color=style.AFTER, linewidth=1.5, zorder=2)
    if span[0] <= row.value <= span[1]:
        fill = style.PAPER if row.status == "flagged" else style.AFTER
        axes.plot(
            [row.value], [y], marker="s", markersize=6, markerfacecolor=fill,
            markeredgecolor=style.AFTER, markeredgewidth=1.4, linestyle="none", zorder=4,
        )  # fmt: skip
