"""Love plot: how far apart the arms stand on each covariate, before and after matching or weighting."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Row, Words, rows_of, speak
from ipseval.reporting.figures.sheet import EDGE, Key, Sheet, house_style, label_rows
from ipseval.reporting.formats import Format, show

STEP = 0.26  # inches
LABEL_ROOM = 2.6


def love(
    result: Result,
    *,
    limit: float = 0.1,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the absolute standardised difference of each covariate before (open) and after (filled).

    Parameters
    ----------
    result
        What `design.balance()` gives.
    limit
        Where a dashed line says "as alike as one asks for", in standard deviations.
    lang, labels, title, banner
        "da" or "en"; words for covariates; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure, covariates with the largest difference before at the top.

    Raises
    ------
    ReportError
        When the result is not one of balance.

    References
    ----------
    Austin 2009, https://doi.org/10.1002/sim.3697
    """
    words = speak(lang, labels)
    rows = rows_of(result, scale="standardised")
    before = {r.term: r for r in rows if r.group == "before"}
    after = {r.term: r for r in rows if r.group == "after"}
    if result.kind != "balance" or not before:
        raise ReportError("love() draws the result of design.balance(); this result has no balance to show.")
    terms = sorted(before, key=lambda t: -_size(before[t]))
    names = ["\n".join(style.wrap(words.term("", term, "standardised"), LABEL_ROOM)) for term in terms]
    keys = (
        Key(words.say("balance_before"), style.BEFORE, "s"),
        Key(words.say("balance_after"), style.AFTER, "o"),
    )
    sheet = Sheet(
        left=EDGE + 0.16 + max(style.text_width(line) for name in names for line in name.split("\n")),
        right=EDGE + 0.2,
        height=STEP * len(terms) + 0.1,
        below=0.48,
        title=title,
        banner=banner,
        keys=keys,
    )
    centres = [0.05 + STEP * (i + 0.5) for i in range(len(terms))]
    with house_style():
        axes = sheet.open()
        largest = max([_size(r) for r in rows] + [limit])
        axes.set_xlim(0.0, 1.08 * largest)
        marks = [float(m) for m in axes.get_xticks() if 0.0 <= m <= 1.08 * largest]
        axes.set_xticks(marks, [words.plain(m) for m in marks])
        axes.set_xlim(0.0, 1.08 * largest)
        axes.axvline(limit, color=style.MUTED, linestyle="--", linewidth=1.0, zorder=1)
        axes.set_xlabel(words.say("balance_axis"), size=style.SMALL_SIZE, labelpad=2)
        for term, y in zip(terms, centres, strict=True):
            _draw(axes, before[term], after.get(term), y)
        label_rows(axes, centres, names)
        axes.alt = _alt(terms, before, after, words)
    return axes


def _size(row: Row | None) -> float:
    return abs(row.value) if row is not None and row.shown and math.isfinite(row.value) else 0.0


def _draw(axes: Axes, before: Row, after: Row | None, y: float) -> None:
    if before.shown and after is not None and after.shown:
        low, high = sorted((_size(before), _size(after)))
        axes.hlines(y, low, high, color=style.RULE, linewidth=1.0, zorder=1)
    for row, marker, colour, fill in (
        (before, "s", style.BEFORE, style.PAPER), (after, "o", style.AFTER, style.AFTER),
    ):  # fmt: skip
        if row is not None and row.shown:
            axes.plot(
                [_size(row)], [y], marker=marker, markersize=6, markerfacecolor=fill, markeredgecolor=colour,
                markeredgewidth=1.4, linestyle="none", zorder=3,
            )  # fmt: skip


def _alt(terms: Sequence[str], before: dict[str, Row], after: dict[str, Row], words: Words) -> str:
    format = Format("number", 2)
    parts = [
        f"{words.term('', t, 'standardised')}: {show(_size(before[t]), format, words.lang)} → "
        f"{show(_size(after.get(t)), format, words.lang)}"
        for t in terms
    ]
    return words.say("balance_alt", parts="; ".join(parts))
