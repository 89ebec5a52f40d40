"""Reliable change as counts (may leave) and figures with a mark per person (screen only)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.reporting.figures import DRAWINGS, figure_of
from ipseval.reporting.figures.sheet import picture_bytes
from reporting_figures.invented import words_of

START = [0, 8, 20, 20, 36, 36, 48, 60, 72, 40]
END = [32, 12, 20, 20, 60, 8, 48, 64, 80, np.nan]
SCREEN = {"before": "start", "after": "end", "range": (0, 100), "lang": "en"}


def frame():
    return pd.DataFrame({"start": START, "end": END})


def reliable(**options):
    chosen = {"sd": 18.0, "reliability": 0.82, "cut": 50, "bin_width": 20, **options}
    return ips.reliable_change(frame(), outcomes={"WHO-5": ("start", "end")}, **chosen)


def change():
    return ips.change(frame(), outcomes={"WHO-5": ("start", "end")})


def test_every_interval_shows_its_count_in_its_place():
    ax = ips.reliable_counts(reliable(), range=(0, 100))
    cells = {(p.get_x(), p.get_y()): p.get_width() for p in ax.patches if isinstance(p, Rectangle)}
    counts = {(t.get_position()[0] - 10, t.get_position()[1] - 10): t.get_text() for t in ax.texts[:-1]}
    x, y = np.array(START[:-1]), np.array(END[:-1])
    wanted = {}
    # The highest score, 80, closes the interval below it.
    for a, b in zip(np.minimum(x // 20 * 20, 60), np.minimum(y // 20 * 20, 60), strict=True):
        wanted[float(a), float(b)] = wanted.get((float(a), float(b)), 0) + 1
    assert counts == {place: str(n) for place, n in wanted.items()}
    assert cells == dict.fromkeys(wanted, 20.0)
    assert "n=9" in words_of(ax)


def test_the_band_is_the_smallest_sure_change_and_the_cut_crosses():
    result = reliable()
    mdc = result.estimates.set_index("term").loc["mdc", "estimate"]
    for ax in (ips.reliable_counts(result), ips.reliable_scatter(frame(), result=result, **SCREEN)):
        shifts = [float(np.diff(np.array(line.get_xydata())[0])[0]) for line in ax.lines[:3]]
        assert shifts == pytest.approx([0.0, -mdc, mdc])
        assert [list(line.get_xdata()) for line in ax.lines[3:4]] == [[50.0, 50.0]]
        assert ax.get_xlim() == ax.get_ylim()


def test_a_count_that_is_not_shown_stays_hidden_and_so_does_the_total():
    result = reliable()
    binned = result.extras["binned"].copy()
    binned.loc[0, "n"] = None
    ax = ips.reliable_counts(replace(result, extras={"binned": binned}), lang="en")
    assert "–" in words_of(ax)
    assert not any(text.startswith("n=") for text in words_of(ax))
    assert ": –" in ax.alt


def test_marks_of_persons_are_at_their_scores_and_filled_beyond_the_band():
    result = reliable()
    ax = ips.reliable_scatter(frame(), result=result, **SCREEN)
    inside, beyond = (c for c in ax.collections if isinstance(c, PathCollection))
    pairs = set(zip(START[:-1], END[:-1], strict=True))
    mdc = result.estimates.set_index("term").loc["mdc", "estimate"]
    assert {tuple(p) for p in beyond.get_offsets()} == {p for p in pairs if abs(p[1] - p[0]) > mdc}
    assert {tuple(p) for p in inside.get_offsets()} == {p for p in pairs if abs(p[1] - p[0]) <= mdc}
    sizes = dict(zip(map(tuple, inside.get_offsets()), inside.get_sizes(), strict=True))
    assert sizes[20, 20] == 2 * sizes[48, 48], "two persons share a mark of twice the area"


def test_one_dot_per_person_before_after_and_of_the_change():
    ax = ips.paired_dots(frame(), result=change(), **SCREEN)
    scores, changes = ax.figure.axes
    dots = [line for line in (*scores.lines, *changes.lines) if line.get_marker() == "o"]
    wanted = np.array(START[:-1]), np.array(END[:-1])
    for line, values in zip(dots, (*wanted, wanted[1] - wanted[0]), strict=True):
        assert sorted(line.get_xdata()) == sorted(values)
        assert len(set(map(tuple, line.get_xydata()))) == len(values), "no dot hides another"
    means = [
        float(line.get_xdata()[0]) for line in (*scores.lines, *changes.lines) if line.get_marker() == "D"
    ]
    assert means == pytest.approx([w.mean() for w in (*wanted, wanted[1] - wanted[0])])


def test_what_shows_persons_is_never_saved_nor_part_of_a_report():
    for ax in (
        ips.reliable_scatter(frame(), result=reliable(), **SCREEN),
        ips.paired_dots(frame(), result=change(), **SCREEN),
    ):
        assert "For the screen only: each mark is a person" in " ".join(
            t.get_text() for t in ax.figure.texts
        ).replace("\n", " ")
        assert "<img" in ax._repr_html_()
        for format in ("png", "svg", "pdf"):
            with pytest.raises(ReportError, match="for the screen only"):
                picture_bytes(ax, format)
    assert not {"reliable_scatter", "paired_dots"} & set(DRAWINGS)


def test_the_counts_can_stand_in_a_report():
    figure = figure_of(reliable(), "reliable_counts", id="sikker", lang="en")
    assert figure.png.startswith(b"\x89PNG")
    assert "0 to below 20 to 20 to below 40: 1" in figure.alt


def test_drawing_leaves_frame_and_result_as_they_were():
    people, result = frame(), reliable()
    ips.reliable_scatter(people, result=result, **SCREEN)
    pd.testing.assert_frame_equal(people, frame())
    pd.testing.assert_frame_equal(result.estimates, reliable().estimates)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ips.reliable_counts(change()), "no smallest sure change"),
        (lambda: ips.reliable_counts(reliable(), outcome="x"), "no thresholds"),
        (lambda: ips.reliable_counts(reliable(), group="ips"), "not in the result"),
        (lambda: ips.reliable_counts(reliable(), range=(5,)), "lowest and a higher"),
        (lambda: ips.reliable_counts(replace(reliable(), extras={})), "no counts by interval"),
        (lambda: ips.reliable_scatter(frame(), result=change(), **SCREEN), "no smallest sure change"),
        (lambda: ips.reliable_scatter(frame()[2:], result=reliable(), **SCREEN), "the result counted 9"),
        (
            lambda: ips.reliable_scatter(frame(), result=reliable(), **{**SCREEN, "range": (0, 70)}),
            "leaves out 1 of 9",
        ),
        (lambda: ips.reliable_scatter(frame(), result=reliable(), **{**SCREEN, "after": "ende"}), "'end'"),
        (lambda: ips.paired_dots(frame(), result=reliable(), **SCREEN), "no changes"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(call, said):
    with pytest.raises(ReportError) as caught:
        call()
    assert said in str(caught.value)
