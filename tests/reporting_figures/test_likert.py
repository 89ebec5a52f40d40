import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.core.result import Note
from reporting_figures.invented import (
    BATTERY,
    LABELS,
    MEANS,
    SCALE,
    likert_result,
    made,
    mean,
    shares,
    words_of,
)


def rows_of_segments(ax):
    """Segments (left, width) by bar, top to bottom."""
    found = {}
    for container in ax.containers:
        for patch in container:
            y = round(patch.get_y() + patch.get_height() / 2, 6)
            found.setdefault(y, []).append((patch.get_x(), patch.get_width()))
    return [found[y] for y in sorted(found)]


def test_segments_are_as_wide_as_the_shares_and_add_up():
    ax = ips.likert_bars(likert_result(), levels=SCALE, apart=["6"], labels=LABELS)
    bars = rows_of_segments(ax)
    assert len(bars) == 3
    for bar, counts in zip(bars, BATTERY.values(), strict=True):
        n = sum(counts.values())
        np.testing.assert_allclose([w for _, w in bar], [k / n for k in counts.values()])
        np.testing.assert_allclose([x for x, _ in bar], np.cumsum([0, *counts.values()])[:-1] / n, atol=1e-12)
        np.testing.assert_allclose(bar[-1][0] + bar[-1][1], 1.0)


def test_n_and_mean_stand_beside_the_bars():
    said = words_of(ips.likert_bars(likert_result(), levels=SCALE, apart=["6"], labels=LABELS))
    assert said.count("43") == 3
    assert {"Antal svar", "Gennemsnit", "2,9", "3,2", "4,2"} <= set(said)
    assert {"I meget høj grad", "Slet ikke", "Ikke relevant for mig"} <= set(said)
    english = words_of(ips.likert_bars(likert_result(), levels=SCALE, apart=["6"], labels=LABELS, lang="en"))
    assert {"Answers", "Mean", "3.2", "Very much"} <= set(english)


@pytest.mark.parametrize(("show", "wanted"), [("percent", "35"), ("count", "15"), ("both", "35%\n(15)")])
def test_what_stands_in_a_segment(show, wanted):
    assert wanted in words_of(ips.likert_bars(likert_result(), levels=SCALE, apart=["6"], show=show))


def test_every_segment_has_its_number_even_the_narrowest():
    ax = ips.likert_bars(likert_result(), levels=SCALE, apart=["6"], show="count")
    counted = [t.get_text() for t in ax.texts if t.get_text().isdigit()]
    in_bars = [str(k) for counts in BATTERY.values() for k in counts.values()]
    assert sorted(counted) == sorted([*in_bars, "43", "43", "43"])


def test_numbers_of_narrow_neighbours_never_collide():
    counts = {"1": 96, "2": 1, "3": 1, "4": 1, "5": 1}
    ax = ips.likert_bars(made("describe", shares("daily", counts), 100), show="both")
    canvas = ax.get_figure().canvas
    boxes = [t.get_window_extent(canvas.get_renderer()) for t in ax.texts if t.get_text() == "1%"]
    assert len(boxes) == 4
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[i + 1 :])


def test_diverging_bars_have_the_middle_of_the_neutral_answer_at_zero():
    result = likert_result()
    ax = ips.likert_bars(result, levels=SCALE[::-1], apart=["6"], diverging=True, labels=LABELS)
    for bar in rows_of_segments(ax):
        assert len(bar) == 5
        x, w = bar[2]
        assert x + w / 2 == pytest.approx(0.0, abs=1e-12)
        assert bar[0][0] == pytest.approx(-(bar[0][1] + bar[1][1] + w / 2))
    low, high = ax.get_xlim()
    assert low <= min(b[0][0] for b in rows_of_segments(ax))
    assert high >= max(b[-1][0] + b[-1][1] for b in rows_of_segments(ax))
    beside = [t.get_text() for t in ax.texts]
    assert {"3", "1", "2"} <= set(beside), "answers outside the scale stand beside, as counts"


def test_an_even_scale_is_centred_between_its_halves():
    counts = {"1": 2, "2": 3, "3": 4, "4": 1}
    (bar,) = rows_of_segments(ips.likert_bars(made("describe", shares("daily", counts), 10), diverging=True))
    assert bar[0][0] == pytest.approx(-0.5)
    assert bar[2][0] == pytest.approx(0.0, abs=1e-12)


def test_a_named_neutral_answer_need_not_stand_in_the_middle():
    counts = {"1": 2, "2": 2, "3": 3, "4": 3}
    result = made("describe", shares("daily", counts), 10)
    (bar,) = rows_of_segments(ips.likert_bars(result, diverging=True, neutral=2))
    x, w = bar[1]
    assert x + w / 2 == pytest.approx(0.0, abs=1e-12)


def test_answers_that_nobody_gave_do_not_stop_the_drawing():
    counts = {"1": 0, "2": 0, "3": 4, "4": 20, "5": 19}
    for diverging in (False, True):
        ax = ips.likert_bars(made("describe", shares("daily", counts), 43), diverging=diverging)
        assert sum(w for _, w in rows_of_segments(ax)[0]) == pytest.approx(1.0)
        assert "0% (0)" in ax.alt


def test_a_question_that_nobody_answered_keeps_its_row():
    rows = [*shares("daily", {"1": 0, "2": 0}), *shares("others", {"1": 3, "2": 1})]
    result = made("describe", rows, 4, notes=[Note("analysed", row=0), Note("analysed", row=1)])
    for diverging in (False, True):
        ax = ips.likert_bars(result, labels=LABELS, diverging=diverging)
        assert len(rows_of_segments(ax)) == 1
        assert "kan ikke beregnes" in words_of(ax)


def test_reasons_for_missing_answers_stand_beside_as_counts():
    missing = pd.DataFrame(
        {"outcome": ["daily"] * 2, "group": ["", ""], "reason": ["not_relevant", "not_answered"], "n": [7, 2]}
    )
    result = made("describe", shares("daily", {"1": 3, "2": 1}), 13, extras={"missing": missing})
    ax = ips.likert_bars(result, apart=["not_relevant"])
    said = words_of(ax)
    assert "7" in said
    assert "2" not in [t.get_text() for t in ax.texts]
    assert "Ikke relevant 7" in ax.alt


def test_means_may_come_from_another_result():
    scored = made("describe", [mean("daily", 3.25, 40)], 40)
    ax = ips.likert_bars(likert_result({"daily": BATTERY["daily"]}), means=scored)
    assert "3,3" in words_of(ax)
    assert str(MEANS["daily"]).replace(".", ",") not in words_of(ax)


def test_a_real_description_by_wave_gives_one_bar_per_question_and_wave():
    frame = pd.DataFrame({"q": [1, 2, 2, 3, 3, 3], "wave": ["s", "s", "s", "e", "e", "e"]})
    result = ips.describe(frame, columns=["q"], levels={"q": [1, 2, 3]}, by="wave", means=["q"])
    ax = ips.likert_bars(result)
    assert len(rows_of_segments(ax)) == 2
    assert {"q, s", "q, e"} <= set(words_of(ax))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": ["dayly"]}, "did you mean 'daily'"),
        ({"levels": ["1", "2"]}, "levels= lacks"),
        ({"diverging": True, "neutral": 9}, "neutral=9"),
        ({"show": "shares"}, "show="),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, said):
    with pytest.raises(ReportError, match=said):
        ips.likert_bars(likert_result(), **options)


def test_a_bar_that_fills_one_side_ends_at_100_percent():
    counts = {"1": 0, "2": 0, "3": 12, "4": 43}
    ax = ips.likert_bars(made("describe", shares("daily", counts), 55), diverging=True)
    assert ax.get_xlim() == (-0.25, 1.0)
    assert "125%" not in words_of(ax)
