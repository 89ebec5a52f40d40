import itertools
import math

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from reporting_figures.invented import LABELS, change_result, made, odds_result, words_of


def points(ax):
    """Squares at estimates: (x, y, face)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_markerfacecolor())
        for line in ax.lines
        if line.get_marker() == "s"
    ]


def spans(ax):
    return [tuple(s[:, 0]) for c in ax.collections for s in c.get_segments() if s[0, 1] == s[1, 1]]


def test_marks_stand_at_the_estimates_on_a_logarithmic_axis():
    ax = ips.forest(odds_result(), labels=LABELS)
    assert ax.get_xscale() == "log"
    assert [x for x, _, _ in points(ax)] == [0.96, 2.12, 3.0]
    low, high = ax.get_xlim()
    assert spans(ax) == [(0.78, 1.18), (1.16, 5.27), (0.4, high)]
    assert low <= 0.4
    assert high < 900
    said = words_of(ax)
    assert {"0,96 [0,78; 1,18]", "2,12 [1,16; 5,27]", "Alder", "Odds ratio [95% KI]"} <= set(said)


def test_a_refused_row_keeps_its_place_and_a_flagged_one_is_hollow():
    ax = ips.forest(odds_result())
    ys = [y for _, y, _ in points(ax)]
    assert len(ax.get_yticks()) == 4
    assert ax.get_yticks()[3] not in ys
    assert "kan ikke beregnes" in words_of(ax)
    faces = [face for _, _, face in points(ax)]
    assert faces[2] != faces[0]
    assert "Med forbehold, se noter" in words_of(ax)


def test_an_interval_beyond_the_axis_ends_in_an_arrow():
    ax = ips.forest(odds_result(), limits=(0.5, 10))
    arrows = [
        (line.get_marker(), float(line.get_xdata()[0])) for line in ax.lines if line.get_marker() in "<>"
    ]
    assert sorted(a for a in arrows if a[0]) == [("<", 0.5), (">", 10.0)]
    assert "Pil: intervallet fortsætter uden for aksen" in words_of(ax)


def test_infinite_limits_are_drawn_as_arrows_and_written_as_such():
    row = {"outcome": "y", "term": "x", "scale": "odds_ratio", "estimate": 4.0, "ci_low": 1.2}
    ax = ips.forest(made("odds_ratios", [row | {"ci_high": math.inf, "conf_level": 0.95, "n": 9}], 9))
    assert any(line.get_marker() == ">" for line in ax.lines)
    assert "4,00 [1,20; ∞]" in words_of(ax)


def test_axis_marks_are_written_in_the_language():
    said = words_of(ips.forest(odds_result()))
    assert {"0,5", "1", "2"} <= set(said)
    assert not [text for text in said if "mathdefault" in text]
    assert "0.5" in words_of(ips.forest(odds_result(), lang="en"))


def test_differences_get_a_straight_axis_with_nought_marked():
    ax = ips.forest(change_result(), labels=LABELS)
    assert ax.get_xscale() == "linear"
    assert [x for x, _, _ in points(ax)] == [pytest.approx(2.35)]
    assert [list(line.get_xdata()) for line in ax.lines if line.get_linestyle() == "--"] == [[0.0, 0.0]]
    assert "Trivsel (WHO-5)" in words_of(ax)


def test_of_a_real_change_only_the_main_view_is_drawn_unless_others_are_asked_for():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 2, 3, 1, 5], "b": [2, 2, 4, 5, 2, 5, 3, 5]})
    result = ips.change(frame, outcomes={"up": ("a", "b"), "down": ("b", "a")})
    ax = ips.forest(result)
    assert len(ax.get_yticks()) == 2
    est = result.estimates
    np.testing.assert_allclose(
        [x for x, _, _ in points(ax)], est.loc[est["term"] == "difference", "estimate"].to_numpy()
    )
    several = ips.forest(result, scale="standardised", select={"term": ["d_z", "g_z"]})
    assert len(several.get_yticks()) == 4


def test_a_reference_level_is_marked_at_one():
    rows = [
        {"outcome": "y", "term": "k[1]", "estimand": "odds_ratio", "scale": "odds_ratio", "estimate": 1.0},
        {"outcome": "y", "term": "k[2]", "estimand": "odds_ratio", "scale": "odds_ratio", "estimate": 2.0,
         "ci_low": 0.7, "ci_high": 6.0, "conf_level": 0.95},
        {"outcome": "y", "term": "k[2]", "estimand": "odds_ratio_lr", "scale": "odds_ratio", "estimate": 2.0,
         "ci_low": 0.8, "ci_high": 5.0, "conf_level": 0.95},
    ]  # fmt: skip
    ax = ips.forest(made("odds_ratios", rows, 9))
    assert [x for x, _, _ in points(ax)] == [1.0, 2.0]
    assert "1 (reference)" in words_of(ax)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": "odds"}, "scale="),
        ({"scale": "difference"}, "no rows"),
        ({"select": {"terms": ["age"]}}, "select="),
        ({"limits": (1.5, 9)}, "limits="),
        ({"limits": (-1, 99)}, "limits="),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, said):
    with pytest.raises(ReportError, match=said):
        ips.forest(odds_result(), **options)


def test_a_result_without_any_known_scale_is_refused():
    with pytest.raises(ReportError, match="forest plot"):
        ips.forest(made("describe", [{"outcome": "y", "term": "sd", "scale": "sd", "estimate": 1.0}], 3))


def test_shares_are_written_in_percent_as_in_the_tables():
    frame = pd.DataFrame({"q": ["a"] * 5 + ["b"] * 3})
    ax = ips.forest(ips.describe(frame, columns=["q"]), scale="share")
    assert any(text.startswith("63% [") for text in words_of(ax))
    assert [x for x, _, _ in points(ax)] == [0.625, 0.375]
    assert "50%" in words_of(ax)


@pytest.mark.parametrize("high", [3, 30, 3e3, 3e5])
def test_numbers_on_a_wide_ratio_axis_never_touch(high):
    row = {
        "outcome": "y",
        "term": "x",
        "scale": "odds_ratio",
        "estimate": 1.0,
        "ci_low": 1 / high,
        "ci_high": high,
    }
    ax = ips.forest(made("odds_ratios", [row | {"conf_level": 0.95, "n": 9}], 9), limits=(1 / high, high))
    canvas = ax.get_figure().canvas
    canvas.draw()
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in ax.get_xticklabels() if t.get_text()]
    assert len(boxes) >= 2
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
