"""Before against after on a square, with the lines that reliable change is read by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, only_outcome, rows_of
from ipseval.reporting.figures.sheet import DrawnAxes, Key, Sheet

SIDE = 4.0  # inches
LEFT = 0.75


@dataclass(frozen=True)
class Lines:
    """What a result of reliable change says of one outcome and group."""

    outcome: str
    group: str
    mdc: float
    cut: float | None
    n: int | None


def lines_of(result: Result, outcome: str | None, group: str | None) -> Lines:
    """Read the smallest sure change and the cut from the rows of `ips.reliable_change`."""
    rows = [row for row in rows_of(result, term="mdc") if row.estimand == ""] or rows_of(result, term="mdc")
    if result.kind != "reliable_change" or not rows:
        raise ReportError(
            f"the result of {result.kind!r} has no smallest sure change: give the result of "
            "ips.reliable_change."
        )
    chosen = only_outcome(rows, outcome, "thresholds")
    rows = [row for row in rows if row.outcome == chosen]
    groups = [row.group for row in rows]
    if group is None and len(rows) > 1:
        raise ReportError(
            f"the result holds {len(rows)} groups, but this figure draws one: name it with group=; "
            f"{hint_for('', groups)}"
        )
    inside = groups[0] if group is None else group
    if inside not in groups:
        raise ReportError(f"group={inside!r} is not in the result: {hint_for(inside, groups)}")
    row = rows[groups.index(inside)]
    if not row.shown:
        raise ReportError("the smallest sure change of this outcome was refused: see the result's notes.")
    cuts = rows_of(result, term="cut_score", outcome=chosen, group=inside)
    return Lines(chosen, inside, row.value, cuts[0].value if cuts else None, row.n)


def square_sheet(words: Words, lines: Lines, *, title: str, banner: str, more: Sequence[Key] = ()) -> Sheet:
    """Make the sheet of a square figure, with the legend of its lines."""
    band = words.say("figure_within_error", mdc=words.number(lines.mdc, 1))
    keys = [*more, Key(band, style.MUTED, "--")]
    if lines.cut is not None:
        keys.append(Key(words.say("figure_cut", cut=words.number(lines.cut, 1)), style.REFERENCE, "--"))
    right = style.WIDTH - LEFT - SIDE
    return Sheet(LEFT, right, SIDE, below=0.62, title=title, banner=banner, keys=tuple(keys))


def open_square(sheet: Sheet, words: Words, lines: Lines, low: float, high: float) -> DrawnAxes:
    """Open the sheet with equal axes, the diagonal, the band and the cut."""
    axes = sheet.open()
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.spines["left"].set_visible(True)
    # `sheet.open` moves labels away from a list of rows; here the side is a scale of numbers.
    axes.tick_params(axis="y", length=3, pad=2, labelsize=style.SMALL_SIZE)
    marks = [float(m) for m in axes.get_xticks() if low <= m <= high]
    for set_marks in (axes.set_xticks, axes.set_yticks):
        set_marks(marks, [words.plain(m) for m in marks])
    axes.set_xlabel(words.say("figure_before"), size=style.SMALL_SIZE, labelpad=3)
    axes.set_ylabel(words.say("figure_after"), size=style.SMALL_SIZE, labelpad=4)
    ends = np.array([low, high])
    axes.plot(ends, ends, color=style.RULE, linewidth=1.0, zorder=3)
    for shift in (-lines.mdc, lines.mdc):
        axes.plot(ends, ends + shift, color=style.MUTED, linewidth=1.2, linestyle="--", zorder=3)
    if lines.cut is not None:
        axes.axvline(lines.cut, color=style.REFERENCE, linewidth=1.2, linestyle="--", zorder=3)
        axes.axhline(lines.cut, color=style.REFERENCE, linewidth=1.2, linestyle="--", zorder=3)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    return axes


def alt_lines(words: Words, lines: Lines) -> str:
    """Say the lines for an alternative text."""
    said = words.say("figure_within_error", mdc=words.number(lines.mdc, 1)) + "."
    if lines.cut is not None:
        said += " " + words.say("figure_cut", cut=words.number(lines.cut, 1)) + "."
    return said


def limits_of(range: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest possible score."""
    if len(range) != 2 or not (np.isfinite(range[0]) and np.isfinite(range[1]) and range[0] < range[1]):
        raise ReportError("range= needs a lowest and a higher highest score, such as (0, 100).")
    return float(range[0]), float(range[1])


def write_n(axes: Axes, words: Words, text: str) -> None:
    """Say how many are drawn, in the corner where improvement on a falling scale would be rarest."""
    axes.text(
        0.99, 0.015, text, transform=axes.transAxes, ha="right", va="bottom",
        size=style.SMALL_SIZE, color=style.INK, parse_math=False, zorder=6,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
    )  # fmt: skip
