"""Flow chart of a comparison: how many persons at each step, arm beside arm, and how many left between."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.result import Result
from ipseval.reporting import style
from ipseval.reporting.figures.rows import Words, speak
from ipseval.reporting.figures.sheet import EDGE, Sheet, house_style, words_in
from ipseval.reporting.formats import COUNT, show

BOX, GAP, PAD = 0.46, 0.42, 0.1  # inches


@dataclass(frozen=True)
class Step:
    """One step of the flow: its words and persons per group."""

    words: str
    persons: dict[str, int]


def flow_chart(
    result: Result,
    *,
    lang: str = "da",
    labels: Labels | None = None,
    title: str = "",
    banner: str = "",
) -> Axes:
    """Draw who was there, who was left out at each step and who is analysed, as TREND and CONSORT do.

    Parameters
    ----------
    result
        Any result: its flow (`sample`) is drawn; one column per group.
    lang, labels, title, banner
        "da" or "en"; words for groups; a heading; a sentence that must stand in the figure.

    Returns
    -------
    Axes
        A matplotlib Axes on its own figure.

    Raises
    ------
    ReportError
        When the flow has more than four groups, which do not fit beside one another.

    References
    ----------
    Des Jarlais et al. 2004 (TREND), https://doi.org/10.2105/AJPH.94.3.361
    """
    words = speak(lang, labels)
    steps = _steps(result, words)
    groups = list(dict.fromkeys(g for step in steps for g in step.persons))
    if not steps or len(groups) > 4:
        raise ReportError(
            f"flow_chart() draws 1 to 4 groups beside one another; this flow has {len(groups)}; "
            "use table(layout='flow')."
        )
    height = BOX * len(steps) + GAP * (len(steps) - 1)
    head = 0.3 if groups != [""] else 0.0
    sheet = Sheet(left=EDGE, right=EDGE, height=height, below=0.06, head=head, title=title, banner=banner)
    width = style.WIDTH - 2 * EDGE
    with house_style():
        axes = sheet.open()
        axes.set_xlim(0.0, width)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines["bottom"].set_visible(False)
        for k, group in enumerate(groups):
            left, room = k * width / len(groups), width / len(groups)
            if group:
                words_in(axes, left + room / 2, -0.16, words.group(group), ha="center", weight="bold")
            _column(axes, steps, group, (left, room), words)
        axes.alt = _alt(steps, groups, words)
    return axes


def _steps(result: Result, words: Words) -> list[Step]:
    found: dict[str, dict[str, int]] = {}
    for step, group, n in result.sample.itertuples(index=False, name=None):
        found.setdefault(str(step), {})[str(group)] = int(n)
    return [Step(words.name(step), persons) for step, persons in found.items()]


def _column(axes: Axes, steps: list[Step], group: str, place: tuple[float, float], words: Words) -> None:
    left, room = place
    before: int | None = None
    for i, step in enumerate(steps):
        top = i * (BOX + GAP)
        if group not in step.persons:
            before = None
            continue
        n = step.persons[group]
        box = FancyBboxPatch(
            (left + PAD, top), room - 2 * PAD, BOX, boxstyle="round,pad=0,rounding_size=0.05",
            facecolor=style.NAV_FILL, edgecolor=style.AFTER, linewidth=0.9, clip_on=False,
        )  # fmt: skip
        axes.add_patch(box)
        lines = style.wrap(step.words, room - 4 * PAD)[:1]
        text = f"{lines[0]}\nn = {show(n, COUNT, words.lang)}"
        words_in(axes, left + room / 2, top + BOX / 2, text, ha="center", linespacing=1.25)
        if before is not None:
            _arrow(axes, (left, room), top, before - n, words)
        before = n


def _arrow(axes: Axes, place: tuple[float, float], top: float, left_out: int, words: Words) -> None:
    left, room = place
    x = left + room / 3
    axes.annotate(
        "", xy=(x, top), xytext=(x, top - GAP), arrowprops={"arrowstyle": "-|>", "color": style.MUTED},
    )  # fmt: skip
    if left_out:
        told = words.say("flow_left_out", n=show(left_out, COUNT, words.lang))
        words_in(axes, x + 0.14, top - GAP / 2, told, size=style.SMALL_SIZE, color=style.MUTED)


def _alt(steps: list[Step], groups: list[str], words: Words) -> str:
    parts = []
    for group in groups:
        way = [f"{s.words} {show(s.persons[group], COUNT, words.lang)}" for s in steps if group in s.persons]
        parts.append((f"{words.group(group)}: " if group else "") + " → ".join(way))
    return "; ".join(parts) + "."
