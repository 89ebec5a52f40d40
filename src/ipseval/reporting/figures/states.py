"""Register states: how many are in each week by week, and who goes from which to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.resources import packaged_yaml
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, rows_of, speak
from ipseval.reporting.figures.sheet import EDGE, DrawnAxes, Sheet, house_style, label_rows, words_in
from ipseval.reporting.formats import COUNT, show

HEIGHT = 3.2  # inches
CELL = 0.34
MOST = 8
REST = "rest"
COLOURS = ("#EEF4FA", "#0B3C5D", "#4A86B8", "#E39A52", "#7FB2DB", "#A34A00", "#C3DCEF", "#595959")
HATCHES = ("", "", "", "", "//", "", "..", "")
LABEL_ROOM = 1.55


def state_bands(
    result: Result,
    *,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw the share of persons in each state week by week, stacked to the whole.

    Parameters
    ----------
    result
        What `ips.dream.distribution` gives.
    lang, labels, title, banner
        "da" or "en"; words for states; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure.  The largest state is at the bottom; beyond seven, the
        smallest are drawn together as "others".

    Raises
    ------
    ReportError
        When the result is not of `ips.dream.distribution`, or a count in it was suppressed.
    """
    words = speak(lang, labels)
    weeks, shares, n = _shares(result)
    names = list(shares)
    said = {name: state_words(words, name) for name in names}
    sheet = Sheet(
        left=0.62, right=EDGE + LABEL_ROOM + 0.15, height=HEIGHT, below=0.34, title=title, banner=banner
    )
    with house_style():
        axes = sheet.open()
        axes.set_ylim(0.0, 1.0)
        axes.set_xlim(0, max(len(weeks) - 1, 1))
        drawn = axes.stackplot(
            np.arange(len(weeks)), np.array([shares[name] for name in names]), edgecolor=style.PAPER,
            linewidth=0.5, colors=COLOURS[: len(names)],
        )  # fmt: skip
        for area, hatch in zip(drawn, HATCHES, strict=False):
            if hatch:
                area.set_hatch(hatch)
        first_of = {week.partition("-")[0]: k for k, week in reversed(list(enumerate(weeks)))}
        axes.set_xticks(sorted(first_of.values()), sorted(first_of))
        ticks = np.linspace(0.0, 1.0, 5)
        axes.set_yticks(ticks, [words.percent(float(t)) for t in ticks])
        axes.set_ylabel(words.say("states_axis"), size=style.SMALL_SIZE, labelpad=4)
        _label_ends(axes, names, shares, said)
        axes.alt = _bands_alt(weeks, shares, said, n, words)
    return axes


def _shares(result: Result) -> tuple[list[str], dict[str, NDArray[np.float64]], int]:
    """Give weeks, the share of each state per week (largest first, the smallest together) and n."""
    rows = rows_of(result, scale="share")
    if result.kind != "distribution" or not rows:
        raise ReportError("state_bands() draws what ips.dream.distribution gives; this result is another.")
    if not all(row.shown for row in rows):
        raise ReportError("state_bands() needs every count; this result has some that are not shown.")
    weeks = list(dict.fromkeys(row.term for row in rows))
    place = {week: k for k, week in enumerate(weeks)}
    shares: dict[str, NDArray[np.float64]] = {}
    for row in rows:
        shares.setdefault(row.outcome, np.zeros(len(weeks)))[place[row.term]] = row.value
    kept = largest({name: float(share.sum()) for name, share in shares.items()})
    found = {name: shares[name] for name in kept if name != REST}
    if REST in kept:
        found[REST] = sum((s for name, s in shares.items() if name not in found), np.zeros(len(weeks)))
    return weeks, found, int(rows[0].n or 0)


def largest(sizes: Mapping[str, float]) -> list[str]:
    """Name the states by size; from the eighth on they are "others" together, and empty ones go."""
    there = sorted((name for name, size in sizes.items() if size > 0), key=lambda name: -sizes[name])
    return there if len(there) <= MOST else [*there[: MOST - 1], REST]


def state_words(words: Words, name: str) -> str:
    """Words for a state: the caller's, then those of the code list, then those of the house."""
    if name in words.ask.labels.names:
        return words.name(name)
    group = packaged_yaml("codes/dream.yaml")["groups"].get(name)
    if group:
        return str(group[words.lang]).partition(" (")[0]
    return words.say(f"state_{name}") if name in (REST, "censored", "gap") else name


def _label_ends(
    axes: DrawnAxes, names: Sequence[str], shares: Mapping[str, NDArray[np.float64]], said: Mapping[str, str]
) -> None:
    """Write each state's name where its band ends, moved apart where they would touch, with a line to it."""
    last = np.array([shares[name][-1] for name in names])
    middle = np.cumsum(last) - last / 2
    lines = {name: style.wrap(said[name], LABEL_ROOM, style.SMALL_SIZE) for name in names}
    room = [len(lines[name]) * style.line_height(style.SMALL_SIZE) / HEIGHT * 1.05 for name in names]
    at = spread(middle, room)
    for name, centre, y in zip(names, middle, at, strict=True):
        axes.plot([1.0, 1.02], [centre, y], color=style.RULE, linewidth=0.7, clip_on=False,
                  transform=axes.get_yaxis_transform())  # fmt: skip
        words_in(axes, 1.03, y, "\n".join(lines[name]), size=style.SMALL_SIZE, linespacing=1.1,
                 transform=axes.get_yaxis_transform())  # fmt: skip


def spread(middle: NDArray[np.float64], room: Sequence[float]) -> NDArray[np.float64]:
    """Move labels apart so that none overlaps, in their order and between 0 and 1 if they fit."""
    at = np.array(middle, dtype=float)
    for k in range(len(at)):
        low = room[k] / 2 if k == 0 else at[k - 1] + (room[k - 1] + room[k]) / 2
        at[k] = max(at[k], low)
    for k in range(len(at) - 1, -1, -1):
        high = 1 - room[k] / 2 if k == len(at) - 1 else at[k + 1] - (room[k + 1] + room[k]) / 2
        at[k] = min(at[k], high)
    return at


def _bands_alt(
    weeks: Sequence[str],
    shares: Mapping[str, NDArray[np.float64]],
    said: Mapping[str, str],
    n: int,
    words: Words,
) -> str:
    parts = [
        words.say(
            "states_alt_part",
            name=said[name],
            before=words.percent(float(s[0])),
            after=words.percent(float(s[-1])),
        )
        for name, s in shares.items()
    ]
    return words.say(
        "states_alt", first=weeks[0], last=weeks[-1], n=show(n, COUNT, words.lang), parts="; ".join(parts)
    )


def state_flows(
    result: Result,
    *,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw how many changes there were from each state to each other one.

    Parameters
    ----------
    result
        What `ips.dream.flows` gives.
    lang, labels, title, banner
        "da" or "en"; words for states; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure; rows are from, columns to, darker is more.  Beyond seven states
        the least travelled are drawn together as "others" (changes among them are in their own cell).

    Raises
    ------
    ReportError
        When the result is not of `ips.dream.flows`, or a count in it was suppressed.
    """
    words = speak(lang, labels)
    names, counts = _changes(result)
    said = [state_words(words, name) for name in names]
    left = EDGE + 0.3 + min(LABEL_ROOM, max(style.text_width(text) for text in said))
    each = min(1.0, (style.WIDTH - left - EDGE - 0.1) / len(names))
    heads = ["\n".join(style.wrap(text, each - 0.06, style.SMALL_SIZE)) for text in said]
    tallest = max(style.text_width(part, style.SMALL_SIZE) for head in heads for part in head.split("\n"))
    upright = tallest > each - 0.02
    room = (
        max(style.text_width(text, style.SMALL_SIZE) for text in said)
        if upright
        else (style.line_height(style.SMALL_SIZE) * max(head.count("\n") + 1 for head in heads))
    )
    size = CELL * len(names)
    right = style.WIDTH - left - each * len(names)
    sheet = Sheet(
        left=left, right=right, height=size, below=0.08, head=0.36 + room, title=title, banner=banner
    )
    with house_style():
        axes = sheet.open()
        axes.set_xlim(0, len(names))
        _draw_changes(axes, counts, words)
        for k, (head, text) in enumerate(zip(heads, said, strict=True)):
            words_in(axes, k + 0.5, -0.07, text if upright else head, ha="center", verticalalignment="bottom",
                     rotation=90 if upright else 0, size=style.SMALL_SIZE, linespacing=1.1)  # fmt: skip
        words_in(axes, len(names) / 2, -0.17 - room, words.say("flows_to"), ha="center", weight="bold")
        beside = -(left - EDGE - 0.08) / (each * len(names))
        words_in(axes, beside, size / 2, words.say("flows_from"), ha="center", rotation=90, weight="bold",
                 transform=axes.get_yaxis_transform())  # fmt: skip
        centres = [CELL * (k + 0.5) for k in range(len(names))]
        label_rows(axes, centres, ["\n".join(style.wrap(text, LABEL_ROOM)) for text in said])
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        parts = [
            words.say(
                "flows_alt_part", before=said[a], after=said[b], n=show(int(counts[a, b]), COUNT, words.lang)
            )
            for a, b in np.argwhere(counts > 0)
        ]
        axes.alt = words.say("flows_alt", parts="; ".join(parts))
    return axes


def _changes(result: Result) -> tuple[list[str], NDArray[np.int64]]:
    """Give the states, most travelled first, and the changes between them."""
    rows = rows_of(result, scale="count")
    if result.kind != "flows" or not rows:
        raise ReportError("state_flows() draws what ips.dream.flows gives; this result is another.")
    if not all(row.shown for row in rows):
        raise ReportError("state_flows() needs every count; this result has some that are not shown.")
    sizes: dict[str, float] = {}
    for row in rows:
        for name in (row.outcome, row.term):
            sizes[name] = sizes.get(name, 0.0) + row.value
    names = largest(sizes)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    place = {name: names.index(name) if name in names else names.index(REST) for name in sizes}
    for row in rows:
        counts[place[row.outcome], place[row.term]] += int(row.value)
    return names, counts


def _draw_changes(axes: Axes, counts: NDArray[np.int64], words: Words) -> None:
    most = int(counts.max())
    for down, across in np.ndindex(counts.shape):
        count = int(counts[down, across])
        fill = style.heat(count / most if most else 0.0)
        axes.add_patch(Rectangle((across, down * CELL), 1.0, CELL, facecolor=fill, edgecolor=style.RULE,
                                 linewidth=0.6, zorder=2, clip_on=False))  # fmt: skip
        if count or down != across:
            words_in(axes, across + 0.5, (down + 0.5) * CELL, show(count, COUNT, words.lang), ha="center",
                     size=style.SMALL_SIZE, color=style.ink_on(fill), zorder=4)  # fmt: skip
