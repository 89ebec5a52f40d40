"""Who moved where: categories before against categories after, as a map of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ipseval.core.checks import hint_for
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels, code_text
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, rows_of, speak, with_n
from ipseval.reporting.figures.sheet import EDGE, Sheet, house_style, label_rows, words_in

CELL = 0.42  # inches high
LABEL_ROOM = 1.8
COLUMNS = ("outcome", "group", "before", "after", "n")


@dataclass(frozen=True)
class Moves:
    """Counts of persons by category before (rows) and after (columns); None is a count not shown."""

    outcome: str
    codes: tuple[str, ...]
    counts: dict[tuple[str, str], int | None]
    persons: int | None

    def count(self, before: str, after: str) -> int | None:
        """Persons who went from one category to another."""
        return self.counts.get((before, after), 0)


def movement(
    result: Result,
    *,
    outcome: str | None = None,
    group: str | None = None,
    levels: Sequence[Any] | None = None,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw how many persons moved from each category before to each category after.

    Parameters
    ----------
    result
        What `ips.band_change` returned; its extra `transition` holds the counts.
    outcome, group
        The outcome and the group to draw when the result holds several.
    levels
        The categories in order; left out, as the result has them.
    lang, labels, title, banner
        "da" or "en"; words for columns and codes; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; rows are before, columns after, the frame marks "unchanged".

    Raises
    ------
    ReportError
        When the result has no movement counts, or several outcomes or groups and none is named.
    """
    words = speak(lang, labels)
    moves = moves_of(result, outcome, group, levels)
    said = {code: words.value(moves.outcome, code) for code in moves.codes}
    left = EDGE + 0.5 + min(LABEL_ROOM, max(style.text_width(text) for text in said.values()))
    each = min(1.15, (style.WIDTH - left - 0.2) / len(moves.codes))
    heads = ["\n".join(style.wrap(said[code], each - 0.1)) for code in moves.codes]
    sheet = Sheet(
        left=left,
        right=style.WIDTH - left - each * len(moves.codes),
        height=CELL * len(moves.codes),
        below=0.06,
        head=0.36 + style.line_height() * max(head.count("\n") + 1 for head in heads),
        title=title,
        banner=banner,
    )
    with house_style():
        axes = sheet.open()
        axes.set_xlim(0, len(moves.codes))
        _draw_cells(axes, moves)
        _draw_heads(axes, moves, heads, words, left)
        centres = [CELL * (place + 0.5) for place, _ in enumerate(moves.codes)]
        label_rows(axes, centres, ["\n".join(style.wrap(said[code], LABEL_ROOM)) for code in moves.codes])
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.alt = _movement_alt(moves, said, words)
    return axes


def moves_of(result: Result, outcome: str | None, group: str | None, levels: Sequence[Any] | None) -> Moves:
    """Read the counts of one outcome and group from the extra `transition`."""
    frame = result.extras.get("transition")
    if frame is None or not set(COLUMNS) <= set(frame.columns):
        raise ReportError(
            f"the result of {result.kind!r} has no movement counts (extra 'transition' with columns "
            f"{', '.join(COLUMNS)}): give the result of ips.band_change."
        )
    chosen = _one_of(frame["outcome"], outcome, "outcome")
    frame = frame[frame["outcome"] == chosen]
    inside = _one_of(frame["group"], group, "group")
    frame = frame[frame["group"] == inside]
    before, after = ([code_text(code) for code in frame[column]] for column in ("before", "after"))
    counts = [None if pd.isna(n) else int(n) for n in frame["n"]]
    codes = list(dict.fromkeys([*before, *after]))
    if levels is not None:
        declared = [code_text(code) for code in levels]
        lacking = sum(code not in declared for code in codes)
        if lacking:
            raise ReportError(
                f"levels= lacks {lacking} category(ies) of the result: name each once, in order."
            )
        codes = declared
    found = dict(zip(zip(before, after, strict=True), counts, strict=True))
    # The total is left out where a count is: it would give the count away.
    persons = None if None in counts else _persons(result, chosen, inside)
    return Moves(chosen, tuple(codes), found, persons)


def _persons(result: Result, outcome: str, group: str) -> int | None:
    rows = [row for row in rows_of(result, outcome=outcome, group=group) if row.n is not None]
    return rows[0].n if rows else None


def _one_of(column: pd.Series, wanted: str | None, argument: str) -> str:
    there = [str(name) for name in dict.fromkeys(column)]
    if wanted is None and len(there) == 1:
        return there[0]
    if wanted is None:
        raise ReportError(
            f"the result holds movements of {len(there)} {argument}s, but this figure draws one: name it "
            f"with {argument}=; {hint_for('', there)}"
        )
    if wanted not in there:
        raise ReportError(f"{argument}={wanted!r} has no movements in the result: {hint_for(wanted, there)}")
    return wanted


def _draw_cells(axes: Axes, moves: Moves) -> None:
    most = max((count or 0 for count in moves.counts.values()), default=0)
    for down, before in enumerate(moves.codes):
        for across, after in enumerate(moves.codes):
            count = moves.count(before, after)
            fill = style.heat((count or 0) / most if most else 0.0)
            stays = down == across
            cell = Rectangle(
                (across, down * CELL),
                1.0,
                CELL,
                facecolor=fill,
                edgecolor=style.INK if stays else style.RULE,
                linewidth=1.8 if stays else 0.6,
                zorder=3 if stays else 2,
                clip_on=False,
            )
            axes.add_patch(cell)
            written = "–" if count is None else str(count)
            words_in(
                axes,
                across + 0.5,
                (down + 0.5) * CELL,
                written,
                ha="center",
                color=style.ink_on(fill),
                zorder=4,
            )


def _draw_heads(axes: Axes, moves: Moves, heads: Sequence[str], words: Words, left: float) -> None:
    for across, head in enumerate(heads):
        words_in(axes, across + 0.5, -0.07, head, ha="center", verticalalignment="bottom", linespacing=1.15)
    tallest = max(head.count("\n") + 1 for head in heads) * style.line_height()
    after = with_n(words, words.say("figure_moved_after"), moves.persons)
    words_in(axes, len(heads) / 2, -0.2 - tallest, after, ha="center", weight="bold")
    middle = CELL * len(moves.codes) / 2
    width = style.WIDTH - left - (style.WIDTH - left - axes.get_position().width * style.WIDTH)
    words_in(
        axes, -(left - EDGE - 0.1) / width, middle, words.say("figure_moved_before"),
        ha="center", rotation=90, weight="bold", transform=axes.get_yaxis_transform(),
    )  # fmt: skip


def _movement_alt(moves: Moves, said: dict[str, str], words: Words) -> str:
    parts = []
    for before in moves.codes:
        for after in moves.codes:
            count = moves.count(before, after)
            shown = "–" if count is None else count
            parts.append(
                words.say("figure_alt_movement_part", before=said[before], after=said[after], n=shown)
            )
    return words.say("figure_alt_movement", name=words.name(moves.outcome), parts="; ".join(parts))
