"""Acceptability curve: how sure it is that treatment is worth it, for each amount a unit may cost."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, speak
from ipseval.reporting.figures.sheet import EDGE, LINES, Key, Sheet, house_style
from ipseval.reporting.formats import COUNT, show

HEIGHT = 2.6  # inches
COLOURS = (style.AFTER, style.REFERENCE, style.BEFORE, style.BANNER_EDGE, style.MUTED)


def acceptability(
    result: Result,
    *,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the share of resamples in which treatment is worth it against what a unit of effect may cost.

    Parameters
    ----------
    result
        What `ips.cost_effectiveness` gives; one line per perspective.
    lang, labels, title, banner
        "da" or "en"; words for perspectives; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure, lines told apart by their strokes too.

    Raises
    ------
    ReportError
        When the result has no curve, because there were too few units to draw from.

    References
    ----------
    Fenwick, O'Brien and Briggs 2004, https://doi.org/10.1002/hec.903
    """
    words = speak(lang, labels)
    curve = result.extras.get("acceptability")
    if result.kind != "cost_effectiveness" or curve is None:
        raise ReportError(
            "acceptability() draws a result of cost_effectiveness() that could resample; this one has "
            "no curve."
        )
    groups = list(dict.fromkeys(curve["group"]))
    if len(groups) > len(LINES):
        raise ReportError(f"acceptability() tells {len(LINES)} lines apart; this result has {len(groups)}.")
    keys = tuple(Key(words.group(g), COLOURS[k], LINES[k]) for k, g in enumerate(groups) if len(groups) > 1)
    sheet = Sheet(
        left=0.62, right=EDGE + 0.3, height=HEIGHT, below=0.5, title=title, banner=banner, keys=keys
    )
    with house_style():
        axes = sheet.open()
        axes.set_ylim(0.0, 1.0)
        for k, group in enumerate(groups):
            own = curve[curve["group"] == group]
            axes.plot(
                own["willingness"], own["acceptable"], color=COLOURS[k], linestyle=LINES[k], linewidth=1.6
            )
        axes.set_xlim(0.0, float(curve["willingness"].max()))
        axes.axhline(0.5, color=style.GRID, linewidth=0.8, zorder=0)
        marks = [m for m in axes.get_xticks() if 0 <= m <= curve["willingness"].max()]
        axes.set_xticks(
            marks, [show(float(m), COUNT, lang) if m == int(m) else words.plain(m) for m in marks]
        )
        shares = np.linspace(0.0, 1.0, 5)
        axes.set_yticks(shares, [words.percent(float(s)) for s in shares])
        axes.set_xlabel(words.say("acceptability_x"), size=style.SMALL_SIZE, labelpad=2)
        axes.set_ylabel(words.say("acceptability_y"), size=style.SMALL_SIZE, labelpad=4)
        axes.alt = _alt(result, words)
    return axes


def _alt(result: Result, words: Words) -> str:
    rows = result.estimates[result.estimates["outcome"] == "acceptable"]
    told = zip(rows["group"], rows["term"], rows["estimate"].to_numpy(float), strict=True)
    parts = [
        f"{words.group(group) + ', ' if group else ''}{term}: {words.percent(float(share))}"
        for group, term, share in told
        if np.isfinite(share)
    ]
    return words.say("acceptability_alt", parts="; ".join(parts))
