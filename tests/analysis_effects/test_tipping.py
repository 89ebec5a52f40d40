import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

RNG = np.random.default_rng(11)
N = 240
PEOPLE = pd.DataFrame({"id": np.arange(N), "ips": np.tile([1, 0], N // 2), "x": RNG.normal(size=N)})
PEOPLE["town"] = RNG.integers(0, 24, N)
PEOPLE["weeks"] = 6.0 * PEOPLE["ips"] + 3 * PEOPLE["x"] + RNG.normal(10, 8, N)
PEOPLE["job"] = (PEOPLE["weeks"] > 12).astype(float)
GONE = RNG.random(N) < 0.15
PEOPLE.loc[GONE, ["weeks", "job"]] = np.nan


def filled(outcome, treated, control):
    values = np.where(PEOPLE["ips"] == 1, treated, control)
    return PEOPLE.assign(**{outcome: PEOPLE[outcome].fillna(pd.Series(values))})


def rows(result):
    return assert_result(result).estimates.set_index("term")


@pytest.mark.parametrize("cluster", [None, "town"])
def test_cells_equal_the_filled_in_data(cluster):
    found = ips.tipping_point(PEOPLE, outcome="job", treatment="ips", cluster=cluster)
    est, grid = rows(found), found.extras["grid"]
    assert len(grid) == 121
    for treated, control in ((0.0, 1.0), (0.3, 0.5), (1.0, 0.0)):
        here = filled("job", treated, control)
        direct = ips.effect(
            here, outcome="job", treatment="ips", cluster=cluster, vcov="cr2" if cluster else "auto"
        ).estimates.set_index("term").loc["difference"]  # fmt: skip
        cell = grid[
            np.isclose(grid["unknown_treated"], treated) & np.isclose(grid["unknown_control"], control)
        ]
        for column in ("estimate", "ci_low", "ci_high", "p_value"):
            assert cell[column].iloc[0] == pytest.approx(direct[column]), column
    assert (
        est.loc["worst_case", "estimate"]
        < est.loc["like_the_known", "estimate"]
        < est.loc["best_case", "estimate"]
    )


@pytest.mark.parametrize("outcome", ["job", "weeks"])
def test_at_the_tipping_points_the_verdict_turns(outcome):
    data = PEOPLE.assign(weeks=PEOPLE["weeks"] + 2 * PEOPLE["ips"])
    found = rows(ips.tipping_point(data, outcome=outcome, treatment="ips"))
    known = data.groupby("ips")[outcome].mean()
    shift = found.loc["tipping_unclear", "estimate"]
    assert shift < 0
    for move, clear in ((shift + 1e-6, True), (shift - 1e-6, False)):
        values = np.where(data["ips"] == 1, known[1] + move, known[0])
        here = data.assign(**{outcome: data[outcome].fillna(pd.Series(values))})
        p = ips.effect(here, outcome=outcome, treatment="ips").estimates["p_value"].dropna().iloc[0]
        assert (p < 0.05) == clear


def test_like_the_known_is_the_effect_among_the_known():
    found = rows(ips.tipping_point(PEOPLE, outcome="weeks", treatment="ips"))
    known = PEOPLE.groupby("ips")["weeks"].mean()
    assert found.loc["like_the_known", "estimate"] == pytest.approx(known[1] - known[0])
    assert "worst_case" not in found.index


def test_a_design_keeps_everybody_it_compared():
    design = ips.match("ips ~ x", PEOPLE, id="id")
    found = ips.tipping_point(design, outcome="job")
    assert rows(found)["n"].iloc[0] == int((design.weight > 0).sum())
    assert found.method.interval == "interval_cr2"
    again = ips.match("ips ~ x", PEOPLE, id="id", replace=True)
    with pytest.raises(DesignError, match=r"more than once.*use ips\.effect"):
        ips.tipping_point(again, outcome="job")


def test_no_departure_may_tip_and_few_towns_are_refused():
    strong = PEOPLE.assign(
        job=np.where(GONE & (np.arange(N) < 20), np.nan, PEOPLE["ips"] * (PEOPLE["x"] > -1.5))
    )
    found = ips.tipping_point(strong, outcome="job", treatment="ips")
    assert rows(found).loc["tipping_zero", "status"] == "refused"
    assert any(n.code == "tipping_none" for n in found.notes)
    few = PEOPLE.assign(town=np.where(PEOPLE["ips"] == 1, 0, PEOPLE["town"] + 1))
    assert set(rows(ips.tipping_point(few, outcome="job", treatment="ips", cluster="town"))["status"]) == {
        "refused"
    }


def test_everybody_known_is_refused():
    with pytest.raises(EstimationError, match="nothing can tip"):
        ips.tipping_point(PEOPLE.dropna(), outcome="job", treatment="ips")
    with pytest.raises(EstimationError, match="no treated"):
        ips.tipping_point(
            PEOPLE.assign(job=PEOPLE["job"].where(PEOPLE["ips"] == 0)), outcome="job", treatment="ips"
        )


def test_a_verdict_that_turns_before_the_effect_does_is_found():
    # At the worst case the effect is 0 and its interval reaches far above: the limit passed 0 on the way.
    known = pd.DataFrame({"ips": [1] * 140 + [0] * 200, "job": [1] * 90 + [0] * 50 + [1] * 90 + [0] * 110})
    data = pd.concat([known, pd.DataFrame({"ips": [1] * 60, "job": [np.nan] * 60})], ignore_index=True)
    for sign in (1, -1):
        people = data if sign == 1 else data.assign(job=1 - data["job"])
        shift = rows(ips.tipping_point(people, outcome="job", treatment="ips")).loc[
            "tipping_unclear", "estimate"
        ]
        mean = people.loc[people["ips"] == 1, "job"].mean()
        for move, clear in ((shift * 0.999, True), (shift * 1.001, False)):
            here = people.assign(job=people["job"].fillna(mean + move))
            row = (
                ips.effect(here, outcome="job", treatment="ips").estimates.set_index("term").loc["difference"]
            )
            assert (sign * row["ci_low" if sign == 1 else "ci_high"] > 0) == clear
