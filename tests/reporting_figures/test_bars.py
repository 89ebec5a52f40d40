import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.core.result import Note
from reporting_figures.invented import (
    BANNER,
    LABELS,
    WHO5_AXIS,
    change_result,
    count_result,
    made,
    shares,
    words_of,
)


def bars_of(ax):
    return [(p.get_x(), p.get_width(), p.get_y() + p.get_height() / 2) for c in ax.containers for p in c]


def test_a_bar_ends_exactly_at_the_mean_and_starts_at_the_lowest_score():
    ax = ips.change_bars(change_result(2.825, 2.7), range=(1, 5), labels=LABELS)
    (x1, w1, y1), (x2, w2, y2) = bars_of(ax)
    assert (x1, x2) == (1.0, 1.0)
    assert x1 + w1 == 2.825
    assert x2 + w2 == 2.7
    assert y1 < y2, "the first wave stands above the second"
    assert ax.get_xlim() == (1.0, 5.0)


def test_means_are_printed_half_up_with_the_mark_of_the_language():
    danish = words_of(ips.change_bars(change_result(2.825, 2.7), range=(1, 5)))
    english = words_of(ips.change_bars(change_result(2.825, 2.7), range=(1, 5), lang="en"))
    assert {"2,83", "2,70"} <= set(danish)
    assert {"2.83", "2.70"} <= set(english)
    assert {"1. måling (n=40)", "2. måling (n=40)"} <= set(danish)
    assert {"Wave 1 (n=40)", "Wave 2 (n=40)"} <= set(english)


def test_reference_bands_and_ends_stand_where_they_are_declared():
    ax = ips.change_bars(change_result(), **WHO5_AXIS, ends=["Lavest", "Højest"], decimals=0)
    spans = sorted((p.get_x(), p.get_x() + p.get_width()) for p in ax.patches if p.get_zorder() == 0)
    assert spans == [(0.0, 35.0), (36.0, 50.0)]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [list(line.get_xdata()) for line in dashed] == [[68.0, 68.0]]
    said = words_of(ax)
    assert {"49", "51", "Lavest", "Højest", "Dansk befolkningsgennemsnit (68)"} <= set(said)
    assert "0-35: Stor risiko for depression/stressbelastning" in said


def test_intervals_are_drawn_only_when_asked_for():
    plain = ips.change_bars(change_result(20, 30), range=(0, 60))
    asked = ips.change_bars(change_result(20, 30), range=(0, 60), intervals=True)
    ends = {tuple(seg[:, 0]) for c in asked.collections for seg in c.get_segments()}
    assert {(15.0, 25.0), (26.0, 36.0)} <= ends
    assert not {(15.0, 25.0), (26.0, 36.0)} & {
        tuple(seg[:, 0]) for c in plain.collections for seg in c.get_segments()
    }


def test_a_refused_mean_keeps_its_place_and_says_so():
    rows = [
        {"outcome": "who5", "term": "before", "scale": "mean", "estimate": 40.0, "n": 3},
        {"outcome": "who5", "term": "after", "scale": "mean", "n": 0, "status": "refused"},
    ]
    result = made("change", rows, 3, notes=[Note("analysed", row=1)])
    ax = ips.change_bars(result, range=(0, 100))
    assert len(bars_of(ax)) == 1
    assert any("kan ikke beregnes" in text for text in words_of(ax))
    assert "2. måling (n=0)" in words_of(ax)
    assert "kan ikke beregnes" in ax.alt


def test_a_real_change_and_its_groups_are_drawn():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 2, 3], "b": [2, 2, 4, 5, 2, 5], "arm": list("xxxyyy")})
    result = ips.change(frame, outcomes={"mood": ("a", "b"), "other": ("b", "a")}, by="arm")
    ax = ips.change_bars(result, outcome="mood", range=(1, 5))
    est = result.estimates
    kept = est[(est["outcome"] == "mood") & est["term"].isin(["before", "after"])]
    np.testing.assert_allclose([x + w for x, w, _ in bars_of(ax)], kept["estimate"].to_numpy())
    assert any(text.startswith("x, 1. måling") for text in words_of(ax))


def test_count_bars_keep_answers_that_nobody_chose():
    ax = ips.count_bars(count_result(), labels=LABELS)
    assert [w for _, w, _ in bars_of(ax)] == [0.0, 4 / 43, 39 / 43]
    said = words_of(ax)
    assert {"0", "4", "39", "0%", "9%", "91%", "Antal svar"} <= set(said)
    assert "Hverken negativt eller positivt" in said


def test_count_bars_take_the_declared_order():
    ax = ips.count_bars(count_result(), levels=[3, 2, 1], labels=LABELS)
    assert [w for _, w, _ in bars_of(ax)] == [39 / 43, 4 / 43, 0.0]


def test_a_half_percent_rounds_up_from_the_counts():
    result = made("describe", shares("q", {"a": 1, "b": 199}), 200)
    assert {"1%", "100%"} <= set(words_of(ips.count_bars(result)))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ips.change_bars(count_result(), range=(0, 100)), "no means before and after"),
        (lambda: ips.change_bars(change_result(), range=(5, 1)), "range="),
        (lambda: ips.change_bars(change_result(), range=(0, 50, 100)), "needs two"),
        (lambda: ips.change_bars(change_result(), range=(0, 60), reference=68), "outside it"),
        (lambda: ips.change_bars(change_result(), range=(0, 100), bands=[{"low": 1, "hihg": 2}]), "bands="),
        (lambda: ips.change_bars(change_result(), range=(0, 100), reference={"at": 3}), "reference="),
        (lambda: ips.change_bars(change_result(), range=(0, 100), ends=["a"]), "ends="),
        (lambda: ips.change_bars(change_result(), range=(0, 100), outcome="who"), "did you mean 'who5'"),
        (lambda: ips.change_bars(change_result(), range=(0, 100), lang="sv"), "lang="),
        (lambda: ips.count_bars(change_result()), "no shares"),
        (lambda: ips.count_bars(count_result(), levels=[1, 2]), "levels= lacks 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(call, said):
    with pytest.raises(ReportError) as refusal:
        call()
    text = str(refusal.value)
    assert said in text
    assert text.endswith((".", "?"))
    assert "\n" not in text


def test_several_outcomes_must_be_told_apart():
    both = made("describe", [*shares("overall", {"1": 2, "2": 3}), *shares("daily", {"1": 2, "2": 3})], 5)
    with pytest.raises(ReportError, match="outcome="):
        ips.count_bars(both)
    assert ips.count_bars(both, outcome="daily", labels=LABELS, banner=BANNER).alt.count("40%") == 1
