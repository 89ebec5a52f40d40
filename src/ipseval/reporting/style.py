"""How figures and pages look: colours with their contrast, sizes, and text measured before it is set.

The ordered palettes run from dark to light, so that they survive a black-and-white printer and every
common form of colour blindness; two hues are never the only difference.  Contrast is the WCAG 2.2
ratio, and a test holds the pairs that are used to 4.5 : 1 for text and 3 : 1 for marks.
"""

from __future__ import annotations

from functools import lru_cache

from ipseval.reporting.under_lines import printable

FONT = "DejaVu Sans"  # ships with matplotlib, so a figure is the same on every machine
TEXT_SIZE = 8.5  # points
SMALL_SIZE = 7.5
WIDTH = 6.3  # inches: 16 cm, the text column of an A4 page
DPI = 300

INK = "#1A1A1A"
MUTED = "#595959"
RULE = "#8C8C8C"
PAPER = "#FFFFFF"
LINK = "#0B4F8A"
NAV_FILL = "#F1F5F9"
BANNER_INK = "#5C2E00"
BANNER_FILL = "#FFF1D6"
BANNER_EDGE = "#B35C00"

BEFORE = "#4A86B8"
AFTER = "#0B3C5D"
REFERENCE = "#882255"
BANDS = ("#F3C9A5", "#FBEBC8", "#E3EEDB", "#DCE9F2")
BAND_LINE = "#B8742F"
GRID = "#D9D9D9"
APART = "#FFFFFF"  # "not relevant" and the like: white and hatched, outside the scale

_SEQUENTIAL = ("#08306B", "#2B6CB0", "#7FB2DB", "#C3DCEF", "#EEF4FA")
_DIVERGING = ("#A34A00", "#E39A52", "#E6E6E6", "#6FA8D6", "#0B4F8A")
_HEAT = ("#FFFFFF", "#C3DCEF", "#5E9CCB", "#0B3C5D")

RC: dict[str, object] = {
    "font.family": [FONT],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.titlesize": TEXT_SIZE,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "ipseval",  # ids in an SVG come from a hash; without this they change every time
    "svg.fonttype": "path",
    "pdf.fonttype": 3,  # text stays text; type 42 costs half a second more per figure
}


def luminance(colour: str) -> float:
    """Relative luminance of "#RRGGBB" as WCAG defines it, from 0 (black) to 1 (white)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever reads better; the better one never falls below 4.5 : 1."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, fill))


def sequential(count: int) -> tuple[str, ...]:
    """Colours for an ordered scale, dark to light."""
    return _spread(_SEQUENTIAL, count)


def diverging(count: int) -> tuple[str, ...]:
    """Colours for a scale with two ends, grey in the middle."""
    if count % 2 == 0:  # an even scale has no middle: leave the grey out
        whole = _spread(_DIVERGING, count + 1)
        return whole[: count // 2] + whole[count // 2 + 1 :]
    return _spread(_DIVERGING, count)


def heat(share: float) -> str:
    """Colour for a share from 0 (white) to 1 (dark)."""
    return _at(_HEAT, min(max(share, 0.0), 1.0))


def _spread(anchors: tuple[str, ...], count: int) -> tuple[str, ...]:
    if count < 2:
        return anchors[:count]
    return tuple(_at(anchors, i / (count - 1)) for i in range(count))


def _at(anchors: tuple[str, ...], share: float) -> str:
    place = share * (len(anchors) - 1)
    left = min(int(place), len(anchors) - 2)
    rest = place - left
    mixed = (
        round((1 - rest) * int(anchors[left][i : i + 2], 16) + rest * int(anchors[left + 1][i : i + 2], 16))
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{c:02X}" for c in mixed)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = TEXT_SIZE, bold: bool = False) -> float:
    """Width of one line of text in inches, measured from the font and not from a renderer."""
    text = printable(text)
    if not text.strip():
        return 0.0
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, weight="bold" if bold else "normal", size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) / 72.0


def wrap(text: str, width: float, size: float = TEXT_SIZE, bold: bool = False) -> list[str]:
    """Break text into lines no wider than `width` inches; a single long word keeps its own line."""
    lines: list[str] = []
    for word in printable(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def line_height(size: float = TEXT_SIZE) -> float:
    """Height of one line in inches."""
    return 1.3 * size / 72.0
