"""A figure of a report: its picture made when asked for, with everything that must go with it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError
from ipseval.core.labels import Labels
from ipseval.core.language import say
from ipseval.core.result import Result
from ipseval.reporting.atomic import write_bytes
from ipseval.reporting.figures.acceptability import acceptability
from ipseval.reporting.figures.bars import change_bars, count_bars
from ipseval.reporting.figures.effect_lines import event_study, incidence, synthetic_paths
from ipseval.reporting.figures.flow_chart import flow_chart
from ipseval.reporting.figures.forest import forest
from ipseval.reporting.figures.likert import likert_bars
from ipseval.reporting.figures.love import love
from ipseval.reporting.figures.movement_map import movement
from ipseval.reporting.figures.overlap import overlap
from ipseval.reporting.figures.reliable_map import reliable_counts
from ipseval.reporting.figures.roads import specification_curve, tipping_map
from ipseval.reporting.figures.sheet import FORMATS, picture_bytes
from ipseval.reporting.figures.states import state_bands, state_flows
from ipseval.reporting.figures.weekly_lines import weekly_lines
from ipseval.reporting.under_lines import printable

DRAWINGS: dict[str, Callable[..., Axes]] = {
    "change_bars": change_bars,
    "likert_bars": likert_bars,
    "count_bars": count_bars,
    "forest": forest,
    "movement": movement,
    "love": love,
    "overlap": overlap,
    "flow_chart": flow_chart,
    "acceptability": acceptability,
    "reliable_counts": reliable_counts,
    "state_bands": state_bands,
    "state_flows": state_flows,
    "weekly_lines": weekly_lines,
    "event_study": event_study,
    "incidence": incidence,
    "synthetic_paths": synthetic_paths,
    "specification_curve": specification_curve,
    "tipping_map": tipping_map,
}
ALT_AT_MOST = 250
"""Characters; a longer alternative text goes below the figure, and the picture points to it."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure to show and export; read, never changed.

    Attributes
    ----------
    id
        Stable name, used for files, HTML ids and Word bookmarks.
    label, title
        "Figur 1" and what the figure shows.
    alt
        The figure in words with its numbers, for readers who cannot see it.
    notes
        Lines under the figure.
    banner
        What every reader must see in every rendering, such as that the persons are invented; it stands in
        the picture itself too.
    axes
        The drawing itself; the files are made from it when they are asked for.
    """

    id: str
    label: str
    title: str
    alt: str
    lang: str
    axes: Axes = field(repr=False)
    notes: tuple[str, ...] = ()
    banner: str = ""

    @property
    def caption(self) -> str:
        """The label and the title in one line."""
        return ": ".join(part for part in (self.label, self.title) if part)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG at 300 dots per inch."""
        return picture_bytes(self.axes, "png")

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return picture_bytes(self.axes, "svg").decode("utf-8")

    @cached_property
    def pdf(self) -> bytes:
        """The picture as PDF."""
        return picture_bytes(self.axes, "pdf")

    def save(self, folder: str | Path, formats: Sequence[str] = ("png", "svg", "pdf")) -> list[Path]:
        """Write the picture in each format, whole or not at all; returns the paths."""
        for format in formats:
            require_option(format, FORMATS, argument="formats", error=ReportError)
        return [
            write_bytes(
                Path(folder) / f"{self.id}.{format}",
                self.svg.encode("utf-8") if format == "svg" else getattr(self, format),
            )
            for format in formats
        ]

    def to_html(self) -> str:
        """Return the figure as HTML: picture inside, caption, banner and the numbers as text."""
        # The SVG goes in as an image: inlined, the ids of several SVGs on one page would collide.
        picture = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        short, long = self._alternative()
        parts = [
            f'<figure class="figure" id="{escape(self.id, quote=True)}" lang="{self.lang}">',
            f"<figcaption>{self._caption_html()}</figcaption>",
            f'<img alt="{escape(short, quote=True)}" src="data:image/svg+xml;base64,{picture}">',
            *(f'<p class="note">{escape(note)}</p>' for note in self.notes),
            self._details_html(long),
            "</figure>",
        ]
        return "".join(parts)

    def _details_html(self, long: str) -> str:
        if not long:
            return ""
        head = escape(say("figure_as_text", self.lang))
        return f"<details><summary>{head}</summary><p>{escape(long)}</p></details>"

    def _caption_html(self) -> str:
        label = f"<strong>{escape(self.label)}</strong>" if self.label else ""
        said = ": ".join(part for part in (label, escape(self.title)) if part)
        return said + (f'<strong class="ips-banner">{escape(self.banner)}</strong>' if self.banner else "")

    def _alternative(self) -> tuple[str, str]:
        """The text beside the picture, and the long one under it when it is too much for one breath."""
        if len(self.alt) <= ALT_AT_MOST:
            return self.alt, ""
        name = self.caption or self.id
        return f"{name}. {say('figure_alt_below', self.lang)}", self.alt

    def _repr_html_(self) -> str:
        return self.to_html()


def figure_of(
    result: Result,
    kind: str,
    *,
    id: str,
    label: str = "",
    title: str = "",
    notes: Sequence[str] = (),
    banner: str = "",
    lang: str = "da",
    labels: Labels | None = None,
    **options: Any,
) -> Figure:
    """Make the display object of one drawing; `options` go to the drawing as they stand.

    The title stands in the caption, not in the picture; the banner stands in both.
    """
    axes = _drawn(result, kind, lang=lang, labels=labels, banner=banner, **options)
    label, title, banner, *said = (printable(text) for text in (label, title, banner, *notes))
    return Figure(id, label, title, _told(axes, banner), lang, axes, tuple(said), banner)


def figure_alt(
    result: Result,
    kind: str,
    *,
    lang: str = "da",
    labels: Labels | None = None,
    banner: str = "",
    **options: Any,
) -> str:
    """Say a figure in words with its numbers, as readers who cannot see it get it.

    Parameters
    ----------
    result, kind
        What is drawn, and by which drawing ("change_bars", "likert_bars", ...).
    lang, labels, banner, options
        As for the drawing itself.

    Returns
    -------
    str
        The alternative text; the banner comes first, since it changes what the numbers mean.
    """
    return _told(_drawn(result, kind, lang=lang, labels=labels, banner=banner, **options), banner)


def _drawn(result: Result, kind: str, **options: Any) -> Axes:
    require_option(kind, tuple(DRAWINGS), argument="kind", error=ReportError)
    return DRAWINGS[kind](result, **options)


def _told(axes: Axes, banner: str) -> str:
    said = str(getattr(axes, "alt", ""))
    return printable(f"{banner.rstrip('.')}. {said}" if banner else said)
