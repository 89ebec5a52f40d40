"""Figures of how far an effect may be trusted: the specification curve and the map of tipping points."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import speak
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style, label_rows, words_in

STEP = 0.3  # inches
CELL = 0.26


def specification_curve(
    result: Result, *, lang: str = "da", labels: Labels | None = None, title: str = "", banner: str = ""
) -> Axes:
    """Draw the same effect by every road, smallest first, with the balance left and effective n beside it.

    Parameters
    ----------
    result
        What `ips.triangulate` gives.
    lang, labels, title, banner
        "da" or "en"; words for roads (terms); a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; refused roads keep a line that says so.

    Raises
    ------
    ReportError
        When the result is not one of `triangulate`.

    References
    ----------
    Simonsohn, Simmons and Nelson 2020, https://doi.org/10.1038/s41562-020-0912-z
    """
    words = speak(lang, labels)
    if result.kind != "triangulate":
        raise ReportError("specification_curve() draws the result of triangulate(); this is another.")
    est = result.estimates[result.estimates["term"] != "joint"]
    order = est["estimate"].astype(float).sort_values(na_position="last").index
    est, beside = est.loc[order], result.extras["beside"].set_index("name")
    names = [words.term(str(r.outcome), str(r.term), str(r.scale)) for r in est.itertuples()]
    room = EDGE + 0.16 + max(style.text_width(name) for name in names)
    sheet = Sheet(
        left=min(room, 2.6), right=1.75, height=STEP * len(est) + 0.1, below=0.48, head=0.26, title=title,
        banner=banner,
        keys=(Key(words.say("specification_estimate"), style.AFTER, "o"),),
    )  # fmt: skip
    centres = [0.05 + STEP * (i + 0.5) for i in range(len(est))]
    parts = []
    with house_style():
        axes = sheet.open()
        ends = est[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
        ends = ends[np.isfinite(ends)]
        low, high = (min(0.0, ends.min()), max(0.0, ends.max())) if len(ends) else (-1.0, 1.0)
        pad = 0.06 * (high - low or 1.0)
        axes.set_xlim(low - pad, high + pad)
        axes.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
        for row, y, name in zip(est.to_dict("records"), centres, names, strict=True):
            value, told = float(row["estimate"]), words.say("figure_refused")
            if math.isfinite(value):
                told = words.number(value, 2)
                if math.isfinite(row["ci_low"]):
                    axes.hlines(y, row["ci_low"], row["ci_high"], color=style.AFTER, linewidth=1.4, zorder=2)
                fill = style.PAPER if row["status"] == "flagged" else style.AFTER
                axes.plot([value], [y], "o", color=style.AFTER, markerfacecolor=fill, markersize=6, zorder=3)
            else:
                words_in(axes, (low + high) / 2, y, told, size=style.SMALL_SIZE, horizontalalignment="center")
            parts.append(f"{name}: {told}")
            side = beside.loc[row["term"]]
            for share, text in (
                (
                    1.04,
                    words.number(float(side["largest_smd"]), 2) if np.isfinite(side["largest_smd"]) else "–",
                ),
                (1.34, _sizes(side)),
            ):
                axes.text(
                    share, y, text, transform=axes.get_yaxis_transform(), verticalalignment="center",
                    size=style.SMALL_SIZE, parse_math=False,
                )  # fmt: skip
        for share, code in ((1.04, "specification_smd"), (1.34, "specification_n")):
            axes.text(
                share, -0.1, words.say(code), transform=axes.get_yaxis_transform(), size=style.SMALL_SIZE,
                verticalalignment="bottom", parse_math=False,
            )  # fmt: skip
        marks = [float(m) for m in axes.get_xticks() if low - pad <= m <= high + pad]
        axes.set_xticks(marks, [words.plain(m) for m in marks])
        axes.set_xlabel(words.name(str(est["outcome"].iloc[0])), size=style.SMALL_SIZE, labelpad=2)
        label_rows(axes, centres, names)
        axes.alt = words.say("specification_alt", parts="; ".join(parts))
    return axes


def _sizes(side: pd.Series) -> str:
    found = [float(side[f"effective_n_{arm}"]) for arm in ("treated", "control")]
    if not np.isfinite(found).all():
        found = [float(side[f"n_{arm}"]) for arm in ("treated", "control")]
    return " / ".join(f"{v:.0f}" for v in found)


def tipping_map(
    result: Result, *, lang: str = "da", labels: Labels | None = None, title: str = "", banner: str = ""
) -> Axes:
    """Draw what the unknown of each arm would have to be like: shaded where the effect is told from 0.

    Parameters
    ----------
    result
        What `ips.tipping_point` gives.
    lang, labels, title, banner
        "da" or "en"; words for the outcome; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; every cell carries its effect as text.

    Raises
    ------
    ReportError
        When the result is not one of `tipping_point`, or was refused.

    References
    ----------
    Liublinska and Rubin 2014, https://doi.org/10.1002/sim.6128
    """
    words = speak(lang, labels)
    grid = result.extras.get("grid")
    if result.kind != "tipping_point" or grid is None or grid["estimate"].isna().all():
        raise ReportError("tipping_map() draws a result of tipping_point() that was not refused.")
    treated, control = (np.unique(grid[c]) for c in ("unknown_treated", "unknown_control"))
    keys = (
        Key(words.say("tipping_told"), style.BANDS[3]),
        Key(words.say("tipping_not_told"), style.PAPER, hatch="///"),
    )
    sheet = Sheet(
        left=0.8,
        right=EDGE + 0.2,
        height=CELL * len(treated),
        below=0.5,
        title=title,
        banner=banner,
        keys=keys,
    )
    clear = 0
    with house_style():
        axes = sheet.open()
        axes.set_xlim(0.0, float(len(control)))
        axes.set_ylim(0.0, float(len(treated)))
        alpha = 1.0 - float(result.method.level or 0.95)
        for row in grid.to_dict("records"):
            x, y = (
                int(np.searchsorted(control, row["unknown_control"])),
                int(np.searchsorted(treated, row["unknown_treated"])),
            )
            told = row["p_value"] < alpha
            clear += bool(told)
            axes.fill(
                [x, x + 1, x + 1, x], [y, y, y + 1, y + 1], facecolor=style.BANDS[3] if told else style.PAPER,
                edgecolor=style.GRID, linewidth=0.5, hatch=None if told else "//", zorder=1,
            )  # fmt: skip
            words_in(
                axes, x + 0.5, y + 0.5, words.number(float(row["estimate"]), 2), size=6.5,
                horizontalalignment="center", zorder=2,
            )  # fmt: skip
        axes.set_xticks(np.arange(len(control)) + 0.5, [words.number(float(v), 1) for v in control])
        axes.set_yticks(np.arange(len(treated)) + 0.5, [words.number(float(v), 1) for v in treated])
        axes.set_xlabel(words.say("tipping_x"), size=style.SMALL_SIZE, labelpad=2)
        axes.set_ylabel(words.say("tipping_y"), size=style.SMALL_SIZE, labelpad=4)
        axes.alt = words.say("tipping_alt", n=clear, of=len(grid))
    return axes
