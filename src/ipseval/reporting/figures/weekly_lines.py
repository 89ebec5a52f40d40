"""Week by week around the index date: the arms' shares, or their difference with its band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.language import counted
from ipseval.core.language import words as house_words
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Row, Words, only_outcome, rows_of, speak
from ipseval.reporting.figures.sheet import EDGE, DrawnAxes, Key, Sheet, house_style

HEIGHT = 2.7  # inches
SHOWN = ("shares", "difference")
TOLD = (-52, -1, 13, 26, 52, 104)


def weekly_lines(
    result: Result,
    *,
    outcome: str | None = None,
    show: str = "shares",
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the share of each arm week by week, or their difference with one band for all weeks.

    Parameters
    ----------
    result
        What `ips.weekly_shares` gives.
    outcome
        The outcome to draw when there are several.
    show
        "shares" (treated solid, control dashed) or "difference" (treated minus control; alike before week 0
        is what makes it believable, a dip right after it is lock-in).
    lang, labels, title, banner
        "da" or "en"; words for outcomes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; a grey line marks the index week.

    Raises
    ------
    ReportError
        When the result is not of `ips.weekly_shares`, or several outcomes and none is named.
    """
    words = speak(lang, labels)
    require_option(show, SHOWN, argument="show", error=ReportError)
    if result.kind != "weekly_shares":
        raise ReportError("weekly_lines() draws what ips.weekly_shares gives; this result is another.")
    scales = ("share", "weighted_share") if show == "shares" else ("risk_difference",)
    rows = rows_of(result, scale=scales)
    chosen = only_outcome(rows, outcome, "weekly shares")
    rows = [row for row in rows if row.outcome == chosen]
    name = _name(words, chosen)
    keys = _share_keys(rows, words) if show == "shares" else _difference_keys(result, name, words)
    sheet = Sheet(
        left=0.62, right=EDGE + 0.2, height=HEIGHT, below=0.5, title=title, banner=banner, keys=keys
    )
    with house_style():
        axes = sheet.open()
        (_draw_shares if show == "shares" else _draw_difference)(axes, rows, words)
        axis = (
            words.say("weekly_share_axis", name=name)
            if show == "shares"
            else words.say("weekly_difference_axis")
        )
        axes.set_ylabel(axis, size=style.SMALL_SIZE, labelpad=4)
        axes.axvline(0, color=style.RULE, linewidth=1.0, zorder=1)
        weeks = [int(row.term) for row in rows]
        axes.set_xlim(min(weeks), max(weeks))
        marks = [w for w in range(-520, 521, 26) if min(weeks) <= w <= max(weeks)]
        axes.set_xticks(marks, [words.plain(w) for w in marks])
        axes.set_xlabel(words.say("weekly_axis"), size=style.SMALL_SIZE, labelpad=2)
        axes.alt = words.say("weekly_alt", name=name, parts="; ".join(_told(rows, show, words)))
    return axes


def _name(words: Words, outcome: str) -> str:
    code = f"weekly_name_{outcome}"
    named = outcome in words.ask.labels.names or code not in house_words()
    return words.name(outcome) if named else words.say(code)


def _share_keys(rows: Sequence[Row], words: Words) -> tuple[Key, ...]:
    n = {row.group: "–" if row.n is None else counted(row.n, words.lang) for row in rows}
    return (
        Key(words.say("weekly_treated", n=n["treated"]), style.AFTER, "-"),
        Key(words.say("weekly_control", n=n["control"]), style.BANNER_EDGE, "--"),
    )


def _difference_keys(result: Result, name: str, words: Words) -> tuple[Key, ...]:
    level = words.plain(100 * float(result.method.level or 0.95))
    return (
        Key(words.say("weekly_difference_key", name=name), style.AFTER, "-"),
        Key(words.say("weekly_band_key", level=level), "#C3DCEF"),
    )


def _draw_shares(axes: DrawnAxes, rows: Sequence[Row], words: Words) -> None:
    for group, colour, stroke in (
        ("treated", style.AFTER, "-"), ("control", style.BANNER_EDGE, (0, (4, 1.5))),
    ):  # fmt: skip
        mine = [row for row in rows if row.group == group]
        axes.plot(
            [int(r.term) for r in mine],
            [r.value for r in mine],
            color=colour,
            linestyle=stroke,
            linewidth=1.7,
        )
    top = max((row.value for row in rows if row.shown), default=1.0)
    high = min(1.0, np.ceil(top * 10 + 0.5) / 10)
    axes.set_ylim(0.0, high)
    marks = np.arange(0, round(high * 10) + 1) / 10
    axes.set_yticks(marks, [words.percent(float(m)) for m in marks])


def _draw_difference(axes: DrawnAxes, rows: Sequence[Row], words: Words) -> None:
    weeks = [int(row.term) for row in rows]
    axes.fill_between(
        weeks, [100 * r.low for r in rows], [100 * r.high for r in rows], color="#C3DCEF", linewidth=0
    )
    axes.plot(weeks, [100 * r.value for r in rows], color=style.AFTER, linewidth=1.7)
    axes.axhline(0, color=style.INK, linewidth=0.9, zorder=1)
    ends = [100 * x for r in rows for x in (r.low, r.high, r.value) if np.isfinite(x)] or [-1.0, 1.0]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    marks = [float(m) for m in axes.get_yticks() if low <= m <= high]
    axes.set_yticks(marks, [words.plain(m) for m in marks])


def _told(rows: Sequence[Row], show: str, words: Words) -> list[str]:
    """Say a few weeks in words: a year and a week before, and a quarter to two years after."""
    last = max(int(row.term) for row in rows)
    weeks = [w for w in TOLD if any(int(row.term) == w for row in rows)]
    weeks = weeks if last in weeks else [*weeks, last]
    by = {(row.group, int(row.term)): row for row in rows}
    if show == "shares":
        return [
            words.say("weekly_alt_share", week=w, treated=words.percent(by["treated", w].share),
                      control=words.percent(by["control", w].share))
            for w in weeks
        ]  # fmt: skip
    return [
        words.say("weekly_alt_difference", week=w, value=words.number(100 * by["", w].value, 1),
                  low=words.number(100 * by["", w].low, 1), high=words.number(100 * by["", w].high, 1))
        for w in weeks
    ]  # fmt: skip
