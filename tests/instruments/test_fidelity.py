"""Anchors from raw figures, and the trend of yearly reviews."""

import numpy as np
import pandas as pd
import pytest

from ipseval.core.errors import ScoringError
from ipseval.instruments import IPS15, IPS25, anchor_points, check_anchors, fidelity_trend


@pytest.mark.parametrize(
    ("scale", "item", "figures", "points"),
    [
        (
            IPS25,
            "caseload",
            [0, 20, 20.4, 21, 25, 25.1, 26, 30, 31, 40, 41, 100],
            [5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 1, 1],
        ),
        (
            IPS25,
            "employment_staff",
            [100, 96, 95.9, 95, 90, 89.9, 75, 74.9, 60, 59.9, 0],
            [5, 5, 4, 4, 4, 3, 3, 2, 2, 1, 1],
        ),
        (IPS15, "caseload", [25, 26, 40, 41, 60, 61, 80, 81], [5, 4, 4, 3, 3, 2, 2, 1]),
    ],
)
def test_every_edge_of_the_printed_anchors(scale, item, figures, points):
    assert anchor_points(scale, item, pd.Series(figures)).tolist() == points


def test_a_missing_figure_gives_no_points():
    assert anchor_points(IPS25, "caseload", pd.Series([np.nan, 17.0])).isna().tolist() == [True, False]


def test_full_marks_by_reconnects_own_criterion_differ_between_the_scales():
    assert anchor_points(IPS15, "caseload", pd.Series([25]))[0] == 5
    assert anchor_points(IPS25, "caseload", pd.Series([25]))[0] == 4


def test_ratings_are_held_against_figures():
    frame = pd.DataFrame({"r1": [5, 4, np.nan], "clients": [18, 18, 18]}, index=["x", "y", "z"])
    out = check_anchors(frame, instrument=IPS25, items={"caseload": "r1"}, figures={"caseload": "clients"})
    assert out["agrees"].tolist()[:2] == [True, False]
    assert out["agrees"].isna().tolist() == [False, False, True]
    assert out["review"].tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("item", "raw", "said"),
    [
        ("generalists", [1], "no anchor for 'generalists'"),
        ("caseload", [-1], r"negative in 1 row"),
        ("caseload", ["many 8675309"], "must be numbers"),
        ("employment_staff", [95, 8675309, 101], r"over 100 in 2 row\(s\); give per cent"),
        ("employment_staff", [0.96, 0.5, 0.0], "looks like shares"),
    ],
)
def test_bad_figures(item, raw, said):
    with pytest.raises(ScoringError, match=said) as caught:
        anchor_points(IPS25, item, pd.Series(raw))
    assert "8675309" not in str(caught.value)


def reviews(**changes):
    frame = pd.DataFrame(
        {
            "place": ["h", "g", "h", "h", "g"],
            "on": pd.to_datetime(["2023-03-01", "2023-05-01", "2022-03-01", "2024-02-29", "2024-05-01"]),
            "total": [95.0, 101, 88, 104, 99],
            "who": ["independent", "self", "independent", "self", "self"],
            "scale": ["ips25", "ips15", "ips25", "ips25", "ips25"],
        }
    )
    return frame.assign(**changes)


def trend(frame, **options):
    return fidelity_trend(frame, programme="place", date="on", score="total", rater="who", **options)


def test_changes_are_within_programme_and_only_where_comparable():
    out = trend(reviews())
    assert out["programme"].tolist() == ["g", "g", "h", "h", "h"]
    assert out["comparable"].isna().tolist() == [True, False, True, False, False]
    assert out["comparable"].tolist()[1:2] + out["comparable"].tolist()[3:] == [True, True, False]
    np.testing.assert_array_equal(out["change"], [np.nan, -2, np.nan, 7, np.nan])
    assert out["years"].tolist()[3] == pytest.approx(365 / 365.25)
    other_scale = trend(reviews(), scale="scale")
    assert not other_scale["comparable"][1]
    assert np.isnan(other_scale["change"][1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"who": "Canary 8675309"}, r"5 row\(s\) .*'independent', 'self'"),
        ({"on": "2023"}, "does not hold dates"),
        ({"total": "Canary 8675309"}, "'total' is not numeric"),
        ({"on": pd.Timestamp("2023-01-01")}, "repeat a programme and date"),
    ],
)
def test_bad_reviews(changes, said):
    with pytest.raises(ScoringError, match=said) as caught:
        trend(reviews(**changes))
    assert "8675309" not in str(caught.value)


def test_no_time_at_all_on_employment_is_a_figure_and_no_share():
    assert anchor_points(IPS25, "employment_staff", pd.Series([0.0, 0.0])).tolist() == [1, 1]
    assert anchor_points(IPS25, "employment_staff", pd.Series([0.5, 100.0])).tolist() == [1, 5]


def test_ratings_in_words_are_refused_without_showing_them():
    frame = pd.DataFrame({"r1": ["Canary 8675309"], "clients": [18]})
    with pytest.raises(ScoringError, match="'r1' is not numeric") as caught:
        check_anchors(frame, instrument=IPS25, items={"caseload": "r1"}, figures={"caseload": "clients"})
    assert "8675309" not in str(caught.value)
