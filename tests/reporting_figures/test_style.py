import itertools

import numpy as np
import pytest

from ipseval.reporting import page_style, style

# Machado, Oliveira & Fernandes 2009, https://doi.org/10.1109/TVCG.2009.113, severity 1.0, linear RGB.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    x, y, z = np.cbrt(np.clip(xyz / np.array([0.9505, 1.0, 1.089]), 0.0, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def seen(colour, kind):
    return lab(np.clip(np.array(BLINDNESS[kind]) @ linear(colour), 0, 1))


def test_contrast_is_the_ratio_of_wcag():
    assert style.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert style.contrast("#FFFFFF", "#FFFFFF") == 1.0
    assert style.contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(("ink", "ground"), page_style.TEXT_PAIRS)
def test_every_text_of_the_page_can_be_read(ink, ground):
    assert style.contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(
    "colour", [style.BEFORE, style.AFTER, style.REFERENCE, style.MUTED, style.RULE, style.BAND_LINE]
)
def test_every_mark_stands_out_from_the_paper(colour):
    assert style.contrast(colour, style.PAPER) >= 3.0


@pytest.mark.parametrize("band", style.BANDS)
def test_bars_and_the_reference_stand_out_from_the_bands(band):
    assert style.contrast(style.AFTER, band) >= 3.0
    assert style.contrast(style.REFERENCE, band) >= 3.0
    assert style.contrast(style.INK, band) >= 4.5


def test_numbers_in_segments_and_cells_can_be_read():
    fills = [c for count in range(1, 12) for c in (*style.sequential(count), *style.diverging(count))]
    fills += [style.heat(i / 50) for i in range(51)]
    assert min(style.contrast(style.ink_on(fill), fill) for fill in fills) >= 4.5


@pytest.mark.parametrize("count", range(2, 12))
def test_an_ordered_palette_survives_a_black_and_white_printer(count):
    bright = [style.luminance(c) for c in style.sequential(count)]
    assert (np.diff(bright) > 0).all()
    assert len(set(style.diverging(count))) == count


@pytest.mark.parametrize("kind", BLINDNESS)
def test_answers_next_to_each_other_differ_for_colour_blind_eyes(kind):
    for palette in (style.sequential(5), style.diverging(5), (style.BEFORE, style.AFTER)):
        for one, other in itertools.pairwise(palette):
            assert np.linalg.norm(seen(one, kind) - seen(other, kind)) > 8
    for one, other in itertools.combinations(style.diverging(5), 2):
        assert np.linalg.norm(seen(one, kind) - seen(other, kind)) > 8


def test_lines_are_broken_to_their_width_and_lose_no_word():
    text = "Jeg er blevet bedre til at være sammen med andre mennesker end før"
    lines = style.wrap(text, 1.5)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert max(style.text_width(line) for line in lines) <= 1.5
    assert style.wrap("Beskæftigelsesordning", 0.2) == ["Beskæftigelsesordning"]
    assert style.wrap("", 1.0) == [""]


def test_bold_and_larger_text_is_wider():
    assert style.text_width("Gennemsnit", bold=True) > style.text_width("Gennemsnit")
    assert style.text_width("Gennemsnit", 16.0) == pytest.approx(
        2 * style.text_width("Gennemsnit", 8.0), rel=0.05
    )
