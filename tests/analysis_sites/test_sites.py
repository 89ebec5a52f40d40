"""Fidelity beside outcome, by hand."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

PEOPLE = pd.DataFrame(
    {
        "who": range(6),
        "town": ["a", "a", "a", "b", "b", "b"],
        "job": [1, 1, 0, 0, 0, 1],
        "weeks": [10, 20, 30, 5, 5, np.nan],
    }
)
REVIEWS = pd.DataFrame({"town": ["a", "b", "c"], "total": [104, 88, 70]})
CALL = {"site": "town", "fidelity": REVIEWS, "score": "total", "range": (25, 125), "id": "who"}


def test_shares_and_points_by_hand():
    rows = assert_result(ips.sites(PEOPLE, outcome="job", **CALL)).estimates.set_index(["group", "scale"])
    assert rows.loc[("a", "points"), "estimate"] == 104
    assert rows.loc[("a", "share"), ["estimate", "n_events", "n"]].to_list() == [2 / 3, 2, 3]
    assert rows.loc[("b", "share"), "estimate"] == 1 / 3
    assert "c" not in rows.index.get_level_values("group")
    assert rows["p_value"].isna().all()
    assert not (rows["term"] == "association").any()


def test_a_number_has_mean_and_spread_and_the_missing_are_counted():
    result = assert_result(ips.sites(PEOPLE, outcome="weeks", **CALL))
    rows = result.estimates.set_index(["group", "scale"])
    assert rows.loc[("a", "mean"), "estimate"] == 20
    assert rows.loc[("a", "sd"), "estimate"] == 10
    assert rows.loc[("b", "mean"), "n"] == 2
    assert [n.values["n"] for n in result.notes if n.code == "sites_lost"] == [1]


def test_ten_sites_get_a_rank_correlation_and_still_no_p():
    towns = np.repeat(np.arange(10), 3)
    people = pd.DataFrame({"town": towns, "weeks": towns * 2.0 + np.tile([0, 1, 2], 10)})
    reviews = pd.DataFrame({"town": range(10), "total": range(60, 110, 5)})
    result = ips.sites(people, site="town", outcome="weeks", fidelity=reviews, score="total", range=(25, 125))
    row = assert_result(result).estimates.set_index("term").loc["association"]
    assert row["estimate"] == pytest.approx(1.0)
    assert np.isnan(row["p_value"])


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"fidelity": REVIEWS.head(1)}, DesignError, "1 none"),
        ({"fidelity": pd.concat([REVIEWS, REVIEWS.head(1)])}, DesignError, "1 site"),
        ({"range": (15, 75)}, EstimationError, "outside 15 to 75 for 2 site"),
        ({"id": "town"}, DesignError, "repeats in 4 row"),
        ({"site": "by"}, EstimationError, "unknown column"),
    ],
)
def test_bad_input(change, error, words):
    with pytest.raises(error, match=words):
        ips.sites(PEOPLE, outcome="job", **{**CALL, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"frame": PEOPLE.assign(job="CANARY")},
        {"fidelity": REVIEWS.assign(total=["CANARY", "100", "90"])},
    ],
)
def test_text_is_counted_and_not_shown(change):
    with pytest.raises(EstimationError, match=r"row\(s\) with text") as refusal:
        ips.sites(**{"frame": PEOPLE, "outcome": "job", **CALL, **change})
    assert "CANARY" not in str(refusal.value)


def test_numbers_kept_as_text_are_numbers():
    told = ips.sites(PEOPLE, outcome="job", **{**CALL, "fidelity": REVIEWS.astype({"total": str})})
    pd.testing.assert_frame_equal(told.estimates, ips.sites(PEOPLE, outcome="job", **CALL).estimates)
