"""Figures of effects over time: event study, incidence, and a unit beside its synthetic control."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, rows_of, speak
from ipseval.reporting.figures.sheet import EDGE, DrawnAxes, Key, Sheet, house_style

HEIGHT = 2.6  # inches
COLOURS = (style.AFTER, style.REFERENCE, style.BEFORE, style.BANNER_EDGE, style.MUTED)
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def event_study(
    result: Result, *, lang: str = "da", labels: Labels | None = None, title: str = "", banner: str = ""
) -> Axes:
    """Draw effects by time since entry with their intervals; those left of the line came before it.

    Parameters
    ----------
    result
        What `ips.panel_effect` gives with method="event_study".
    lang, labels, title, banner
        "da" or "en"; words for outcomes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; refused effects are not drawn.

    Raises
    ------
    ReportError
        When the result has no effect by time since entry to draw.

    References
    ----------
    Callaway and Sant'Anna 2021, https://doi.org/10.1016/j.jeconom.2020.12.001
    """
    words = speak(lang, labels)
    rows = [r for r in rows_of(result, term="event_time") if r.shown]
    if result.kind != "panel_effect" or not rows:
        raise ReportError("event_study() draws panel_effect(method='event_study') with at least one effect.")
    at = np.array([float(r.contrast) for r in rows])
    with house_style():
        axes = _open(title, banner, ())
        axes.axhline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
        axes.axvline(-0.5, color=style.MUTED, linestyle="--", linewidth=0.8, zorder=1)
        for x, row in zip(at, rows, strict=True):
            if math.isfinite(row.low):
                axes.vlines(x, row.low, row.high, color=style.AFTER, linewidth=1.4, zorder=2)
        axes.plot(at, [r.value for r in rows], "o", color=style.AFTER, markersize=5.5, zorder=3)
        _finish(axes, words, "event_study_x", words.name(rows[0].outcome))
        axes.set_xticks(at, [words.plain(float(x)) for x in at])
        parts = "; ".join(f"{r.contrast}: {words.number(r.value, 2)}" for r in rows)
        axes.alt = words.say("event_study_alt", parts=parts)
    return axes


def incidence(
    result: Result,
    *,
    survival: bool = False,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the share that has had the event by each time, a line per group.

    Parameters
    ----------
    result
        What `ips.time_to_event` gives.
    survival
        Draw the share that has not had it instead.
    lang, labels, title, banner
        "da" or "en"; words for groups; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure, on an even grid of times, so that no person's own shows.

    Raises
    ------
    ReportError
        When the result has no curves, or more groups than lines can be told apart.

    References
    ----------
    Aalen and Johansen 1978, https://www.jstor.org/stable/4615704
    """
    words = speak(lang, labels)
    curves = result.extras.get("curves")
    if result.kind != "time_to_event" or curves is None:
        raise ReportError("incidence() draws the result of time_to_event(); this result has no curves.")
    groups = list(dict.fromkeys(curves["group"]))
    if len(groups) > len(LINES):
        raise ReportError(f"incidence() tells {len(LINES)} lines apart; this result has {len(groups)}.")
    keys = tuple(Key(words.group(g), COLOURS[k], "--") for k, g in enumerate(groups) if len(groups) > 1)
    parts = []
    with house_style():
        axes = _open(title, banner, keys)
        for k, group in enumerate(groups):
            own = curves[curves["group"] == group]
            share = 1.0 - own["incidence"] if survival else own["incidence"]
            axes.step(own["time"], share, where="post", color=COLOURS[k], linestyle=LINES[k], linewidth=1.6)
            parts.append(f"{words.group(group) or '–'}: {words.percent(float(share.iloc[-1]))}")
        axes.set_xlim(0.0, float(curves["time"].max()))
        _finish(axes, words, "incidence_x", words.say("survival_y" if survival else "incidence_y"))
        axes.set_ylim(0.0, 1.0)
        shares = np.linspace(0.0, 1.0, 5)
        axes.set_yticks(shares, [words.percent(float(s)) for s in shares])
        end = words.plain(float(curves["time"].max()))
        axes.alt = words.say("incidence_alt", parts="; ".join(parts), end=end)
    return axes


def synthetic_paths(
    result: Result,
    *,
    unit: str | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw a municipality's gap to its synthetic control, on the gaps of those treated in name only.

    Parameters
    ----------
    result
        What `ips.synthetic_control` gives.
    unit
        Which municipality; may be left out where there is one.
    lang, labels, title, banner
        "da" or "en"; words for outcomes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure, periods in their order along the axis.

    Raises
    ------
    ReportError
        When the result is another one, or the municipality is not named where there are several.

    References
    ----------
    Abadie, Diamond and Hainmueller 2010, https://doi.org/10.1198/jasa.2009.ap08746
    """
    words = speak(lang, labels)
    if result.kind != "synthetic_control":
        raise ReportError("synthetic_paths() draws the result of synthetic_control(); this is another.")
    paths, placebos = result.extras["paths"], result.extras["placebos"]
    there = list(dict.fromkeys(paths["unit"]))
    chosen = str(there[0] if unit is None and len(there) == 1 else unit)
    if chosen not in there:
        raise ReportError(f"unit= must name one of the {len(there)} treated units of the result.")
    own = paths[paths["unit"] == chosen].reset_index(drop=True)
    others = placebos[placebos["unit"] == chosen]
    keys = (
        Key(words.group(chosen), style.AFTER, "--"),
        Key(words.say("synthetic_others"), style.RULE, "--"),
    )
    with house_style():
        axes = _open(title, banner, keys)
        for _, other in others.groupby("donor", sort=False):
            axes.plot(np.arange(len(own)), other["gap"].to_numpy(), color=style.RULE, linewidth=0.6, zorder=1)
        axes.plot(own.index, own["gap"], color=style.AFTER, linewidth=1.8, zorder=3)
        axes.axhline(0.0, color=style.MUTED, linewidth=0.8, zorder=2)
        _finish(axes, words, "synthetic_x", words.say("gap"))
        step = max(1, math.ceil(len(own) / 10))
        axes.set_xticks(own.index[::step], [_period(p) for p in own["period"][::step]])
        last = words.number(float(own["gap"].iloc[-1]), 2)
        axes.alt = words.say(
            "synthetic_alt", unit=words.group(chosen), n=others["donor"].nunique(), last=last
        )
    return axes


def _period(value: object) -> str:
    return f"{value:%Y-%m}" if isinstance(value, pd.Timestamp) else str(value)


def _open(title: str, banner: str, keys: tuple[Key, ...]) -> DrawnAxes:
    sheet = Sheet(
        left=0.72, right=EDGE + 0.3, height=HEIGHT, below=0.5, title=title, banner=banner, keys=keys
    )
    axes = sheet.open()
    axes.invert_yaxis()
    axes.autoscale(True)
    axes.spines["left"].set_visible(True)
    return axes


def _finish(axes: Axes, words: Words, x: str, y: str) -> None:
    axes.autoscale_view()
    low, high = axes.get_ylim()
    if low > high:
        axes.set_ylim(high, low)
    for axis, bounds, setter in (
        (axes.xaxis, axes.get_xlim(), axes.set_xticks), (axes.yaxis, axes.get_ylim(), axes.set_yticks),
    ):  # fmt: skip
        marks = [float(m) for m in axis.get_majorticklocs() if bounds[0] <= m <= bounds[1]]
        setter(marks, [words.plain(m) for m in marks])
    axes.set_xlabel(words.say(x), size=style.SMALL_SIZE, labelpad=2)
    axes.set_ylabel(y, size=style.SMALL_SIZE, labelpad=4)
