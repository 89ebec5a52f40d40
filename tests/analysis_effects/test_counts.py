import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels import arms as kernel
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

RNG = np.random.default_rng(21)
N = 260
PEOPLE = pd.DataFrame({"id": np.arange(N), "x": RNG.normal(size=N), "town": RNG.integers(0, 26, N)})
PEOPLE["ips"] = (PEOPLE["x"] + RNG.normal(size=N) > 0.3).astype(int)
CHANCE = 1 / (1 + np.exp(-(-0.6 + 0.7 * PEOPLE["ips"] + 0.5 * PEOPLE["x"])))
PEOPLE["weeks"] = np.where(RNG.random(N) < CHANCE, np.ceil(RNG.gamma(2, 7, N)), 0.0)
FIELDS = ["estimate", "std_error", "ci_low", "ci_high", "statistic", "df", "p_value"]


def effects(result):
    est = assert_result(result).estimates
    return est[est["group"] == ""].set_index("term")


@pytest.mark.parametrize("cluster", [None, "town"])
def test_share_and_mean_are_those_of_effect(cluster):
    found = effects(ips.count_effect(PEOPLE, outcome="weeks", treatment="ips", cluster=cluster, quantiles=[]))
    data = PEOPLE.assign(any=(PEOPLE["weeks"] > 0).astype(int))
    for term, outcome in (("share_any", "any"), ("mean_all", "weeks")):
        direct = ips.effect(
            data, outcome=outcome, treatment="ips", cluster=cluster, vcov="cr2" if cluster else "auto"
        ).estimates.set_index("term").loc["difference"]  # fmt: skip
        np.testing.assert_allclose(
            found.loc[term, FIELDS].astype(float), direct[FIELDS].astype(float), rtol=1e-9
        )


def test_in_a_matched_design_pairs_are_the_units():
    design = ips.match("ips ~ x", PEOPLE, id="id")
    made = ips.count_effect(design, outcome="weeks", quantiles=[0.75], resamples=199)
    sets = len(np.unique(design.subclass[design.weight > 0]))
    said = next(note for note in made.notes if note.code == "gate_matched_sets")
    assert said.values["clusters"] == sets  # and nobody is told of clusters that were not named
    assert not {"gate_asked", "gate_cr2"} & {note.code for note in made.notes}
    found = effects(made)
    direct = ips.effect(design, outcome="weeks").estimates.set_index("term").loc["difference"]
    np.testing.assert_allclose(
        found.loc["mean_all", FIELDS].astype(float), direct[FIELDS].astype(float), rtol=1e-9
    )
    again = ips.match("ips ~ x", PEOPLE, id="id", replace=True)
    with pytest.raises(DesignError, match=r"more than once.*use ips\.effect"):
        ips.count_effect(again, outcome="weeks")


def test_the_two_parts_add_up_and_delta_is_every_pair_compared():
    found = effects(ips.count_effect(PEOPLE, outcome="weeks", treatment="ips", quantiles=[]))["estimate"]
    assert found["part_share"] + found["part_amount"] == pytest.approx(found["mean_all"])
    one, other = (PEOPLE.loc[PEOPLE["ips"] == a, "weeks"].to_numpy() for a in (1, 0))
    assert found["success_rate_difference"] == pytest.approx(np.sign(one[:, None] - other).mean())
    assert found["mean_ratio"] == pytest.approx(one.mean() / other.mean())
    assert found["mean_if_any"] == pytest.approx(one[one > 0].mean() - other[other > 0].mean())


def test_deltas_test_statistic_is_brunner_and_munzels():
    row = effects(ips.count_effect(PEOPLE, outcome="weeks", treatment="ips", quantiles=[])).loc[
        "success_rate_difference"
    ]
    one, other = (PEOPLE.loc[PEOPLE["ips"] == a, "weeks"] for a in (1, 0))
    theirs = stats.brunnermunzel(other, one)
    assert row["statistic"] == pytest.approx(theirs.statistic)
    assert row["p_value"] == pytest.approx(theirs.pvalue, rel=0.02)


def test_errors_of_smooth_quantities_are_the_jackknifes():
    def values(data):
        one, other = (data.loc[data["ips"] == a, "weeks"].to_numpy() for a in (1, 0))
        p, a = (
            np.array([f(v) for v in (one, other)])
            for f in (lambda v: (v > 0).mean(), lambda v: v[v > 0].mean())
        )
        return np.array(
            [
                (p[0] - p[1]) * a.mean(),
                (a[0] - a[1]) * p.mean(),
                a[0] - a[1],
                np.log(one.mean() / other.mean()),
            ]
        )

    left = np.array([values(PEOPLE.drop(index=i)) for i in PEOPLE.index])
    jackknife = np.sqrt((N - 1) / N * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    found = effects(ips.count_effect(PEOPLE, outcome="weeks", treatment="ips", quantiles=[]))["std_error"]
    ours = found[["part_share", "part_amount", "mean_if_any", "mean_ratio"]].astype(float)
    np.testing.assert_allclose(ours, jackknife, rtol=0.03)


def test_quantiles_are_numpys_and_their_intervals_cover():
    found = effects(ips.count_effect(PEOPLE, outcome="weeks", treatment="ips", resamples=399))
    for q in (0.5, 0.75, 0.9):
        one, other = (
            np.quantile(PEOPLE.loc[PEOPLE["ips"] == a, "weeks"], q, method="inverted_cdf") for a in (1, 0)
        )
        row = found.loc[f"quantile_{q:g}"]
        assert row["estimate"] == pytest.approx(one - other)
        assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
        assert np.isnan(row["p_value"])
    rng = np.random.default_rng(4)
    truth = stats.expon.ppf(0.75) * 0.5
    caught = 0
    for b in range(120):
        d = np.tile([1.0, 0.0], 60)
        y = rng.exponential(1.0, 120) * (1.0 + 0.5 * d)
        drawn = kernel.resampled_quantiles(y, d, np.ones(120), np.arange(120), (0.75,), 199, b).resampled
        low, high = np.quantile(drawn[:, 0, 0] - drawn[:, 1, 0], [0.025, 0.975])
        caught += low <= truth <= high
    assert caught >= 104  # 95 % of 120 is 114; six Monte-Carlo errors would be 14


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1)), min_size=8, max_size=30))
def test_whole_weights_are_people_and_swapped_arms_turn_the_sign(pairs):
    y, d = (np.array(v, dtype=float) for v in zip(*pairs, strict=True))
    if len(np.unique(d)) < 2:
        return
    w = np.arange(len(y)) % 3 + 1.0
    weighted = kernel.placements(y, d, w)
    repeat = np.repeat(np.arange(len(y)), w.astype(int))
    plain = kernel.placements(y[repeat], d[repeat], np.ones(len(repeat)))
    np.testing.assert_allclose(weighted[repeat], plain, atol=1e-12)
    np.testing.assert_allclose(kernel.placements(y, 1 - d, w), weighted, atol=1e-12)
    delta = np.average(weighted[d == 1], weights=w[d == 1])
    assert delta == pytest.approx(-np.average(weighted[d == 0], weights=w[d == 0]), abs=1e-12)


def test_an_arm_with_nothing_keeps_its_rows_and_few_towns_are_refused():
    nothing = PEOPLE.assign(weeks=PEOPLE["weeks"] * PEOPLE["ips"])
    found = effects(ips.count_effect(nothing, outcome="weeks", treatment="ips", quantiles=[]))
    assert found.loc["mean_ratio", "status"] == "refused"
    assert found.loc["mean_all", "status"] == "ok"
    few = PEOPLE.assign(town=np.where(PEOPLE["ips"] == 1, 0, PEOPLE["town"] + 1))
    refused = effects(ips.count_effect(few, outcome="weeks", treatment="ips", cluster="town", resamples=199))
    assert set(refused["status"]) == {"refused", "flagged"}
    offer = PEOPLE.assign(ips=(PEOPLE["town"] < 12).astype(int))
    assert_result(
        ips.count_effect(
            offer, outcome="weeks", treatment="ips", cluster="town", question="offer", resamples=199
        )
    )


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"weeks": -1.0}, {}, "below 0"), ({"weeks": 0.0}, {}, "somebody must"), ({"ips": 1}, {}, "both arms"),
        ({}, {"quantiles": [50]}, "quantiles="), ({}, {"resamples": 10}, "199"), ({}, {"outcome": "week"}, "weeks"),
    ],
)  # fmt: skip
def test_bad_calls_are_refused(change, options, message):
    with pytest.raises((DesignError, EstimationError), match=message):
        ips.count_effect(PEOPLE.assign(**change), **({"outcome": "weeks", "treatment": "ips"} | options))


def test_matched_sets_that_lose_an_arm_to_missing_outcomes_are_told():
    people = pd.DataFrame({"id": range(12), "ips": [1, 0] * 6, "x": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]})
    people["weeks"] = [None, 3.0, 1.0, 4.0, None, None, 8.0, 2.0, 9.0, None, 7.0, 5.0]
    design = ips.match("ips ~ x", people, id="id", exact=["x"])
    for found in (
        ips.effect(design, outcome="weeks"),
        ips.count_effect(design, outcome="weeks", quantiles=[]),
        ips.time_to_event(design, duration="weeks", event="ips_job", data=people.assign(ips_job=1)),
    ):
        note = next(n for n in assert_result(found).notes if n.code == "design_sets_broken")
        # Sets whose both outcomes are missing are gone as a whole.
        assert note.values == {"n": 2, "all": 6}
    whole = ips.effect(design, outcome="weeks", data=people.assign(weeks=people["weeks"].fillna(0)))
    assert "design_sets_broken" not in {n.code for n in whole.notes}
