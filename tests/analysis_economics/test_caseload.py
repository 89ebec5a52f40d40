"""Caseload: stays counted by hand, week by week."""

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

# Mondays from 2024-01-01: weeks 1, 8, 15, 22, 29 January.
STAYS = pd.DataFrame(
    {
        "who": ["a", "a", "a", "b"],
        "from": pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-10", "2024-01-15"]),
        "to": pd.to_datetime(["2024-01-14", None, "2024-01-28", "2024-01-15"]),
        "person": [1, 2, 3, 4],
        "met": [4, 8, 3, 1],
    }
)
CALL = {"consultant": "who", "start": "from", "end": "to", "id": "person", "until": "2024-02-04"}


def test_weeks_are_counted_on_mondays():
    # a: 1 January 1; 8 January 2 (persons 1, 2); 15 and 22 January 2 (2, 3); 29 January 1.  b: 15 January 1.
    result = assert_result(ips.caseload(STAYS, **CALL, limit=1.5))
    rows = result.estimates.set_index("term")["estimate"]
    assert rows["mean_caseload"] == pytest.approx((1 + 2 + 2 + 2 + 1 + 1) / 6)
    assert rows["largest"] == 2
    assert rows["weeks_above"] == pytest.approx(3 / 6)
    assert result.extras["by_week"]["consultants"].to_list() == [1, 1, 2, 1, 1]
    assert result.extras["by_week"]["largest"].to_list() == [1, 2, 2, 2, 1]
    assert (result.estimates["n"] == 4).all()


def test_contacts_count_the_days_of_the_stay():
    days = 14 + 28 + 19 + 1
    rate = ips.caseload(STAYS, **CALL, limit=20, contacts="met").estimates.set_index("term")
    assert rate.loc["contacts_per_month", "estimate"] == pytest.approx(16 / (days / 30.4375))


def test_no_consultant_is_named_anywhere():
    named = STAYS.assign(who=["Canary One", "Canary One", "Canary One", "Canary Two"])
    result = ips.caseload(named, **CALL, limit=20)
    assert "Canary" not in result._repr_html_() + str(result.extras["by_week"]) + str(result.estimates)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"to": pd.to_datetime(["2023-12-01", None, None, None])}, "1 end before they start"),
        ({"who": [None, "a", "a", "b"]}, "1 lack the consultant"),
        ({"from": pd.to_datetime(["2025-01-01"] + ["2024-01-01"] * 3)}, "1 start after until="),
    ],
)
def test_stays_that_cannot_be_are_counted(change, words):
    with pytest.raises(DesignError, match=words):
        ips.caseload(STAYS.assign(**change), **CALL, limit=20)


def test_the_same_stay_twice_is_refused():
    with pytest.raises(DesignError, match="1 stand twice"):
        ips.caseload(pd.concat([STAYS, STAYS.head(1)]), **CALL, limit=20)


def test_nobody_counts_twice_with_one_consultant():
    again = STAYS.iloc[[1]].assign(**{"from": pd.Timestamp("2024-01-20")})
    with pytest.raises(DesignError, match="1 begin before the person's last stay"):
        ips.caseload(pd.concat([STAYS, again]), **CALL, limit=20)
    back = STAYS.iloc[[0]].assign(**{"from": pd.Timestamp("2024-01-15"), "to": pd.Timestamp("2024-01-28")})
    elsewhere = again.assign(who="b")
    rows = ips.caseload(pd.concat([STAYS, back, elsewhere]), **CALL, limit=20).estimates.set_index("term")
    assert rows.loc["largest", ["estimate", "n"]].to_list() == [3, 4]


def test_contacts_that_are_text_are_counted_and_not_shown():
    with pytest.raises(EstimationError, match=r"4 row\(s\) with text") as refusal:
        ips.caseload(STAYS.assign(met="CANARY"), **CALL, limit=20, contacts="met")
    assert "CANARY" not in str(refusal.value)


def test_a_last_day_that_is_no_date_is_refused():
    with pytest.raises(EstimationError, match="until= is no date"):
        ips.caseload(STAYS, **{**CALL, "until": "the end"}, limit=20)
