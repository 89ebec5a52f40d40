from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels import panel as kernel
from ipseval.analysis.kernels.cluster import cr2
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "effect_panel"
DATA = pd.read_csv(ORACLE / "input.csv")
GROUP_TIME = pd.read_csv(ORACLE / "group_time.csv")
EXPECTED = pd.read_csv(ORACLE / "expected.csv").set_index("set")
NAMES = {"outcome": "y", "id": "id", "time": "period", "treatment": "treat"}


def run(data=DATA, **options):
    return assert_result(ips.panel_effect(data, **NAMES, **options))


@pytest.mark.parametrize("name", ["all", "single"])
def test_two_way_effects_equal_plm_and_clubsandwich(name):
    data = DATA if name == "all" else DATA[DATA["town"] != 2]
    result = run(data, cluster="town", method="twfe")
    row, theirs = result.estimates.iloc[0], EXPECTED.loc[name]
    wide, cohort = (
        data.pivot(index="id", columns="period", values=c).to_numpy(float) for c in ("y", "treat")
    )
    towns = pd.factorize(data.drop_duplicates("id").sort_values("id")["town"])[0]
    fit = kernel.two_way(wide, cohort)
    ours = cr2(fit, np.repeat(towns, wide.shape[1]), np.eye(len(fit.beta))[0])
    t = ours.estimate / ours.std_error
    found = {
        "estimate": ours.estimate, "std_error": ours.std_error, "df": ours.df, "statistic": t,
        "p": 2 * stats.t.sf(abs(t), ours.df),
    }  # fmt: skip
    for column, value in found.items():
        assert value == pytest.approx(theirs[column], rel=1e-7), column
    # So few treated towns leave fewer than four degrees: the row itself is refused, with the sentence.
    assert theirs["df"] < 4
    assert row["status"] == "refused"
    assert any(n.code == "gate_df" for n in result.notes)
    assert any(n.code == "panel_twfe_staggered" for n in result.notes) == (name == "all")


def test_two_periods_are_the_difference_in_changes_and_can_be_placed():
    data = DATA[(DATA["town"] != 2) & DATA["period"].isin([2, 3])]
    wide = data.pivot(index="id", columns="period", values="y")
    change = wide[3] - wide[2]
    ever = data.groupby("id")["treat"].max() == 1
    expected = change[ever].mean() - change[~ever].mean()
    for method in ("did", "twfe"):
        assert run(data, method=method).estimates.iloc[0]["estimate"] == pytest.approx(expected)
    whole = run(data, method="group_time").estimates
    assert whole[whole["term"] == "average"].iloc[0]["estimate"] == pytest.approx(expected)
    offer = run(data, method="did", cluster="town", question="offer")
    assert offer.method.test == "" or offer.method.test.startswith("test_")


def by_hand(data, cohort, period, controls):
    start = data[data["treat"] == 1].groupby("id")["period"].min()
    wide = data.pivot(index="id", columns="period", values="y")
    entry = pd.Series(np.inf, index=wide.index)
    entry.update(start.astype(float))
    change = wide[period] - wide[cohort - 1]
    last = max(period, cohort - 1)
    control = entry == np.inf if controls == "never" else (entry > last) & (entry != cohort)
    one, other = change[entry == cohort], change[control]
    error = np.sqrt(one.var(ddof=0) / len(one) + other.var(ddof=0) / len(other))
    return one.mean() - other.mean(), error


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_effects_by_cohort_and_period_follow_their_definition(controls):
    est = run(controls=controls).estimates
    cells = est[est["term"] == "group_time"]
    assert len(cells) == 2 * 5
    for _, row in cells.iterrows():
        value, error = by_hand(DATA, int(row["group"]), int(row["contrast"]), controls)
        assert row["estimate"] == pytest.approx(value)
        assert row["std_error"] == pytest.approx(error)
    sizes = DATA[DATA["treat"] == 1].groupby("id")["period"].min().value_counts()
    post = cells[cells["contrast"].astype(int) >= cells["group"].astype(int)]
    weight = post["group"].astype(int).map(sizes)
    average = est[est["term"] == "average"].iloc[0]
    assert average["estimate"] == pytest.approx(np.average(post["estimate"], weights=weight))


def test_the_average_has_the_jackknifes_error():
    whole = run().estimates
    row = whole[whole["term"] == "average"].iloc[0]
    left = []
    for person in DATA["id"].unique():
        est = ips.panel_effect(DATA[DATA["id"] != person], **NAMES).estimates
        left.append(est[est["term"] == "average"].iloc[0]["estimate"])
    n = len(left)
    jackknife = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())
    assert row["std_error"] == pytest.approx(jackknife, rel=0.06)


def test_event_study_puts_periods_before_entry_beside_those_after_and_moves_the_base():
    est = run(method="event_study").estimates
    assert list(est["contrast"][:-1]) == ["-4", "-3", "-2", "+0", "+1", "+2"]
    dip = run(method="event_study", anticipation=1).estimates
    assert list(dip["contrast"][:-1]) == ["-4", "-3", "-1", "+0", "+1", "+2"]


def test_a_dip_before_entry_is_seen_and_allowed_for():
    start = DATA["id"].map(DATA[DATA["treat"] == 1].groupby("id")["period"].min())
    dipped = DATA.assign(y=DATA["y"] - 6.0 * (DATA["period"] == start - 1))
    plain = run(dipped, method="event_study").estimates.set_index("term")
    assert plain.loc["before_entry", "p_value"] < 1e-6
    sound = run(method="event_study").estimates.set_index("term")
    assert sound.loc["before_entry", "p_value"] > 0.05
    assert sound.loc["before_entry", "df"] == 3
    allowed = run(dipped, method="event_study", anticipation=1).estimates
    before = run(method="event_study", anticipation=1).estimates
    np.testing.assert_allclose(
        allowed.loc[allowed["contrast"].isin(["+0", "+1", "+2"]), "estimate"],
        before.loc[before["contrast"].isin(["+0", "+1", "+2"]), "estimate"],
    )
    assert allowed.loc[allowed["contrast"] == "-1", "estimate"].iloc[0] < -5


@pytest.mark.parametrize("ahead", [0, 1])
@pytest.mark.parametrize(("mine", "theirs"), [("never", "never_treated"), ("not_yet", "not_yet_treated")])
def test_effects_by_cohort_period_and_time_since_entry_equal_diff_diff(mine, theirs, ahead):
    table = GROUP_TIME[(GROUP_TIME["controls"] == theirs) & (GROUP_TIME["anticipation"] == ahead)]
    cells = table[(table["what"] == "cell") & table["se"].gt(0)].set_index(["cohort", "period"])
    whole = run(controls=mine, anticipation=ahead).estimates
    ours = whole[whole["term"] == "group_time"]
    assert len(ours) == len(cells)
    for _, row in ours.iterrows():
        other = cells.loc[(int(row["group"]), int(row["contrast"]))]
        assert (row["estimate"], row["std_error"]) == pytest.approx((other["effect"], other["se"]), rel=1e-9)
    if ahead == 0:
        average, other = whole.iloc[-1], table[table["what"] == "average"].iloc[0]
        assert (average["estimate"], average["std_error"]) == pytest.approx((other["effect"], other["se"]))
    lags = table[(table["what"] == "event") & table["se"].gt(0)].set_index("period")
    study = run(controls=mine, anticipation=ahead, method="event_study").estimates
    for _, row in study[study["term"] == "event_time"].iterrows():
        other = lags.loc[int(row["contrast"])]
        assert (row["estimate"], row["std_error"]) == pytest.approx((other["effect"], other["se"]), rel=1e-9)


def test_two_way_effects_equal_linearmodels():
    panel = DATA.set_index(["id", "period"])
    fit = PanelOLS(panel["y"], panel[["treat"]], entity_effects=True, time_effects=True).fit()
    assert run(method="twfe").estimates.iloc[0]["estimate"] == pytest.approx(fit.params["treat"])


def test_few_treated_towns_have_no_valid_test_of_averages_over_cohorts():
    result = run(cluster="town")
    assert set(result.estimates["status"]) == {"refused"}
    assert any(n.code == "gate_not_linear" for n in result.notes)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: pd.concat([d, d.head(3)]), {}, "3 row"),
        (lambda d: d.assign(treat=d["treat"].where(d["period"] < 5, 0)), {}, "switched off"),
        (lambda d: d.assign(treat=0), {}, "before and after"),
        (lambda d: d.assign(town=d["period"]), {"cluster": "town"}, "changes for"),
        (lambda d: d, {"method": "did"}, "one period of entry"),
        (lambda d: d, {"anticipation": -1}, "anticipation="),
        (lambda d: d, {"method": "lagged"}, "method="),
        (lambda d: d[d["town"] < 2], {}, "never"),
    ],
)
def test_bad_panels_are_refused(change, options, message):
    with pytest.raises((DesignError, EstimationError), match=message):
        ips.panel_effect(change(DATA), **NAMES, **options)


def test_people_who_miss_a_period_and_gaps_in_time_are_told():
    data = DATA[~((DATA["id"] == 5) & (DATA["period"] == 2))]
    data = data.assign(period=data["period"].replace(5, 9))
    codes = {n.code: n.values for n in run(data).notes}
    assert codes["panel_incomplete"]["n"] == 1
    assert "panel_uneven" in codes
