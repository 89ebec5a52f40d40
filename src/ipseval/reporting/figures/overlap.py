"""Propensity overlap: how the log odds of treatment are spread in either arm, before and after a design."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, speak
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style
from ipseval.reporting.formats import Format, show

PANEL = 1.3  # inches per panel
TOP = 1.25


def overlap(
    result: Result, *, lang: str = "da", labels: Labels | None = None, title: str = "", banner: str = ""
) -> Axes:
    """Draw the spread of the log odds of treatment, treated upwards and controls downwards.

    Parameters
    ----------
    result
        What `design.balance()` gives.
    lang, labels, title, banner
        "da" or "en"; words of a plan, of which none is shown; a heading; a sentence that must stand there.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure: the upper half before, the lower half after.  Bars have the same
        area in both arms; where one arm has a bar and the other none, there is nobody to compare with.

    Raises
    ------
    ReportError
        When the result is not one of balance.

    References
    ----------
    Austin 2011, https://doi.org/10.1080/00273171.2011.568786
    """
    bins = result.extras.get("propensity")
    if result.kind != "balance" or not isinstance(bins, pd.DataFrame) or bins.empty:
        raise ReportError("overlap() draws the result of design.balance(); this result has no propensities.")
    words = speak(lang, labels)
    keys = (
        Key(words.say("overlap_treated"), style.AFTER, "s"),
        Key(words.say("overlap_control"), style.BEFORE, "s"),
    )
    names = [words.say("balance_before"), words.say("balance_after")]
    sheet = Sheet(
        left=EDGE + 0.2 + max(style.text_width(n) for n in names), right=EDGE + 0.2, height=2 * PANEL,
        below=0.48, title=title, banner=banner, keys=keys,
    )  # fmt: skip
    with house_style():
        axes = sheet.open()
        heights = [_panel(axes, bins, group, middle) for group, middle in (("before", 0.5), ("after", 1.5))]
        axes.set_ylim(2.0, 0.0)
        axes.set_yticks([0.5, 1.5], names)
        axes.set_xlabel(words.say("overlap_axis"), size=style.SMALL_SIZE, labelpad=2)
        axes.alt = _alt(heights, words)
    return axes


def _panel(axes: Axes, bins: pd.DataFrame, group: str, middle: float) -> float:
    """Draw one panel and return the share of the treated's spread that the controls' covers."""
    part = bins[bins["group"] == group]
    one, other = (part[part["arm"] == arm].reset_index(drop=True) for arm in ("treated", "control"))
    edges = np.append(one["from"].to_numpy(float), one["to"].iloc[-1])
    inner = edges[np.isfinite(edges)]
    step = float(np.diff(inner).mean()) if len(inner) > 1 else 1.0
    ends = (inner[0] - step if len(inner) else -step, inner[-1] + step if len(inner) else step)
    edges = np.clip(edges, *ends)
    width = np.diff(edges)
    dense = [frame["share"].to_numpy(float) / width for frame in (one, other)]
    top = max(float(max(d.max() for d in dense)), 1e-300) / (0.46 * TOP / 1.25)
    axes.axhline(middle, color=style.RULE, linewidth=0.8, zorder=1)
    for density, colour, direction in ((dense[0], style.AFTER, -1.0), (dense[1], style.BEFORE, 1.0)):
        axes.bar(
            edges[:-1], direction * density / top, width, bottom=middle, align="edge", color=colour,
            edgecolor=style.PAPER, linewidth=0.6, zorder=2,
        )  # fmt: skip
    return float(np.minimum(one["share"], other["share"]).sum())


def _alt(shares: list[float], words: Words) -> str:
    format = Format("number", 2)
    before, after = (show(s if math.isfinite(s) else 0.0, format, words.lang) for s in shares)
    return words.say("overlap_alt", before=before, after=after)
