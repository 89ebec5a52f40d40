"""The sheet a figure is drawn on: its own canvas (no pyplot), banner, title, legend and file bytes.

Everything is placed in inches, so that a picture does not depend on a layout engine's version, and a
figure is closed by being forgotten: nothing here is registered anywhere.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from io import BytesIO
from typing import Any

from matplotlib import style as mpl_style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.reporting import style
from ipseval.reporting.under_lines import printable

EDGE = 0.08  # inches kept free at every edge
FORMATS = ("png", "svg", "pdf")


class DrawnAxes(Axes):
    """A matplotlib Axes that carries its alternative text and shows itself in a notebook cell."""

    name = "ipseval"
    alt: str = ""
    banner: str = ""
    screen_only: bool = False
    """Whether it has marks of single persons, so that it may be looked at and not saved."""

    def _repr_html_(self) -> str:
        picture = base64.b64encode(_drawn_bytes(self, "png", 110)).decode()
        return f'<img alt="{escape(self.alt, quote=True)}" src="data:image/png;base64,{picture}">'


Stroke = str | tuple[int, tuple[int, ...]]
LINES: tuple[Stroke, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a filled box, a line (one of `LINES`) or a marker ("o")."""

    label: str
    colour: str
    mark: Stroke = "box"
    hatch: str = ""
    edge: str = style.MUTED


@dataclass(frozen=True)
class Sheet:
    """The space round an axes, in inches, and what stands above and below it.

    `left` and `right` are kept free beside the axes, `below` under it for tick labels; `head` is kept
    free above it for column headings.
    """

    left: float
    right: float
    height: float
    below: float = 0.34
    head: float = 0.0
    title: str = ""
    banner: str = ""
    keys: tuple[Key, ...] = ()

    @property
    def title_lines(self) -> list[str]:
        """The title broken to the width of the sheet."""
        room = style.WIDTH - 2 * EDGE
        return style.wrap(self.title, room, style.TEXT_SIZE + 1, bold=True) if self.title else []

    @property
    def banner_lines(self) -> list[str]:
        """The banner broken to the width of the sheet."""
        return style.wrap(self.banner, style.WIDTH - 4 * EDGE, bold=True) if self.banner else []

    @property
    def key_lines(self) -> list[list[Key]]:
        """The legend entries, as many on each line as there is room for."""
        room = style.WIDTH - self._legend_left - EDGE
        lines: list[list[Key]] = []
        used = 0.0
        for key in self._wrapped_keys(room):
            width = _key_width(key)
            if not lines or used + width > room:
                lines.append([])
                used = 0.0
            lines[-1].append(key)
            used += width
        return lines

    @property
    def above(self) -> float:
        """Inches above the axes."""
        banner = len(self.banner_lines) * style.line_height() + 0.2 if self.banner else 0.0
        title = len(self.title_lines) * style.line_height(style.TEXT_SIZE + 1) + 0.1 if self.title else 0.0
        return EDGE + banner + title + self.head

    @property
    def legend_height(self) -> float:
        """Inches that the legend takes under the tick labels."""
        return sum(_line_height(line) for line in self.key_lines) + (0.06 if self.keys else 0.0)

    @property
    def total(self) -> float:
        """Height of the whole sheet in inches."""
        return self.above + self.height + self.below + self.legend_height + EDGE

    @property
    def _legend_left(self) -> float:
        widest = max((_key_width(key) for key in self.keys), default=0.0)
        return self.left if self.left + widest <= style.WIDTH - EDGE else EDGE

    def _wrapped_keys(self, room: float) -> list[Key]:
        return [
            replace(k, label="\n".join(style.wrap(k.label, room - 0.5, style.SMALL_SIZE))) for k in self.keys
        ]

    def open(self) -> DrawnAxes:
        """Make the figure and its axes with banner, title and legend; y runs downwards in inches."""
        total = self.total
        canvas = Canvas(figsize=(style.WIDTH, total), dpi=100, facecolor=style.PAPER)
        FigureCanvasAgg(canvas)
        bottom = total - self.above - self.height
        width = style.WIDTH - self.left - self.right
        box = (self.left / style.WIDTH, bottom / total, width / style.WIDTH, self.height / total)
        axes = canvas.add_axes(box, axes_class=DrawnAxes)
        assert isinstance(axes, DrawnAxes)
        axes.banner = self.banner
        axes.set_ylim(self.height, 0.0)
        axes.tick_params(axis="y", length=0, pad=6)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        self._draw_head(canvas, total)
        self._draw_legend(canvas, total)
        return axes

    def _draw_head(self, canvas: Canvas, total: float) -> None:
        top = total - EDGE
        if self.banner:
            lines = self.banner_lines
            height = len(lines) * style.line_height() + 0.1
            canvas.add_artist(
                Rectangle(
                    (EDGE / style.WIDTH, (top - height) / total),
                    (style.WIDTH - 2 * EDGE) / style.WIDTH,
                    height / total,
                    facecolor=style.BANNER_FILL,
                    edgecolor=style.BANNER_EDGE,
                    linewidth=0.8,
                    transform=canvas.transFigure,
                )
            )
            _text(canvas, 2 * EDGE, top - height / 2, "\n".join(lines), style.BANNER_INK, "center", bold=True)
            top -= height + 0.1
        if self.title:
            size = style.TEXT_SIZE + 1
            _text(canvas, EDGE, top, "\n".join(self.title_lines), style.INK, "top", size=size, bold=True)

    def _draw_legend(self, canvas: Canvas, total: float) -> None:
        y = EDGE + self.legend_height - 0.06
        for line in self.key_lines:
            x = self._legend_left
            for key in line:
                self._draw_key(canvas, key, x, y, total)
                _text(canvas, x + 0.28, y, key.label, style.INK, "top", size=style.SMALL_SIZE)
                x += _key_width(key)
            y -= _line_height(line)

    def _draw_key(self, canvas: Canvas, key: Key, x: float, y: float, total: float) -> None:
        middle = y - 0.06
        if key.mark == "box":
            canvas.add_artist(
                Rectangle(
                    (x / style.WIDTH, (middle - 0.055) / total),
                    0.2 / style.WIDTH,
                    0.11 / total,
                    facecolor=key.colour,
                    edgecolor=key.edge,
                    linewidth=0.6,
                    hatch=key.hatch or None,
                    transform=canvas.transFigure,
                )
            )
            return
        mark: Any = key.mark  # matplotlib lists its strokes and markers one by one
        line = mark in LINES
        canvas.add_artist(
            Line2D(
                [x / style.WIDTH, (x + 0.2) / style.WIDTH] if line else [(x + 0.1) / style.WIDTH],
                [middle / total] * (2 if line else 1),
                color=key.colour,
                linestyle=mark if line else "none",
                linewidth=1.4,
                marker="" if line else mark,
                markersize=5.5,
                markerfacecolor=style.PAPER if key.mark == "s" else key.colour,
                transform=canvas.transFigure,
            )
        )


def _text(
    canvas: Canvas,
    x: float,
    y: float,
    words: str,
    colour: str,
    align: str,
    *,
    size: float = style.TEXT_SIZE,
    bold: bool = False,
) -> None:
    """Set text at inches from the lower left corner of the sheet."""
    width, height = canvas.get_size_inches()
    canvas.text(
        x / width,
        y / height,
        words,
        size=size,
        color=colour,
        weight="bold" if bold else "normal",
        verticalalignment=align,
        horizontalalignment="left",
        linespacing=1.2,
        parse_math=False,
    )


def _key_width(key: Key) -> float:
    lines = key.label.split("\n")
    return 0.28 + max(style.text_width(line, style.SMALL_SIZE) for line in lines) + 0.24


def _line_height(keys: Sequence[Key]) -> float:
    most = max(key.label.count("\n") + 1 for key in keys)
    return most * style.line_height(style.SMALL_SIZE) + 0.06


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with the house's settings whatever the notebook has set, and leave those as they were."""
    with mpl_style.context(["default", style.RC]):
        yield


def words_in(axes: Axes, x: float, y: float, words: str, **options: Any) -> Any:
    """Set text in data coordinates; a dollar sign is a dollar sign."""
    return axes.text(x, y, words, parse_math=False, **{"verticalalignment": "center", **options})


def label_rows(axes: Axes, centres: Sequence[float], labels: Sequence[str]) -> None:
    """Put the row labels at the left of the axes."""
    axes.set_yticks(list(centres), list(labels))
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
        tick.set_linespacing(1.15)
        tick.set_verticalalignment("center")


def picture_bytes(axes: Axes, format: str, *, dpi: int = style.DPI) -> bytes:
    """Return the picture as PNG, SVG or PDF; the same drawing gives the same bytes, with no clock in them."""
    require_option(format, FORMATS, argument="format", error=ReportError)
    if getattr(axes, "screen_only", False):
        raise ReportError(
            "this figure has a mark for each person and is for the screen only: draw the one for a report "
            "(reliable_counts, change_bars)."
        )
    return _drawn_bytes(axes, format, dpi)


def _drawn_bytes(axes: Axes, format: str, dpi: int) -> bytes:
    alt, banner = getattr(axes, "alt", ""), getattr(axes, "banner", "")
    told = printable(f"{banner}. {alt}" if banner and not alt.startswith(banner) else alt)
    title = printable(banner) or "ipseval"
    metadata: dict[str, dict[str, str | None]] = {
        "png": {"Software": "ipseval", "Title": title, "Description": told},
        "svg": {"Creator": "ipseval", "Date": None, "Title": title, "Description": told},
        "pdf": {"Creator": "ipseval", "CreationDate": None, "Title": title, "Subject": told},
    }
    held = BytesIO()
    canvas = axes.get_figure(root=True)
    assert canvas is not None
    for text in canvas.findobj(Text):
        text.set_text(printable(text.get_text()))
    with house_style():
        canvas.savefig(held, format=format, dpi=dpi, metadata=metadata[format], facecolor=style.PAPER)
    return held.getvalue()
