"""A share of none in an arm has no ratio, whatever rounding the fit leaves."""

import pandas as pd
import pytest

import ipseval as ips


@pytest.mark.parametrize("controls", range(20, 60, 3))
@pytest.mark.parametrize("event", [0, 1])
def test_nobody_or_everybody_in_an_arm_gives_no_odds_ratio(controls, event):
    jobs = [1 - event] * 5 + [event] * 23 + [event] * controls
    people = pd.DataFrame({"arm": [1] * 28 + [0] * controls, "job": jobs})
    rows = ips.effect(people, outcome="job", treatment="arm").estimates.set_index("term")
    assert rows.loc["odds_ratio", "status"] == "refused"
    assert (rows.loc["risk_ratio", "status"] == "refused") == (event == 0)
