from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.gray import gray
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "effect_survival"
DATA = pd.read_csv(ORACLE / "input.csv")
EXPECTED = pd.read_csv(ORACLE / "expected.csv")
ONE = DATA.assign(job=(DATA["job"] == 1).astype(int))


def rows(kind):
    return EXPECTED[EXPECTED["kind"] == kind].reset_index(drop=True)


def result(data, **options):
    return assert_result(
        ips.time_to_event(
            data, duration="weeks", event="job", by="ips", times=[12, 26, 40], horizon=45, **options
        )
    )


def test_incidence_without_competing_events_is_one_minus_kaplan_meier():
    est = result(ONE).estimates
    ours, theirs = est[est["term"] == "incidence"], rows("km")
    for mine, other in (
        ("estimate", "estimate"),
        ("std_error", "se"),
        ("ci_low", "low"),
        ("ci_high", "high"),
    ):
        np.testing.assert_allclose(ours[mine].astype(float), theirs[other], rtol=1e-8)


def test_incidence_with_competing_events_is_aalen_johansen():
    found = result(DATA)
    ours, theirs = found.estimates[found.estimates["term"] == "incidence"], rows("aj")
    np.testing.assert_allclose(ours["estimate"].astype(float), theirs["estimate"], rtol=1e-10)
    np.testing.assert_allclose(ours["std_error"].astype(float), theirs["se"], rtol=0.02)
    assert any(n.code == "time_cause_specific" for n in found.notes)


def test_restricted_mean_log_rank_and_cox_equal_r():
    est = result(ONE, covariates=["age"]).estimates
    means = est[est["term"] == "restricted_mean"]
    np.testing.assert_allclose(means["estimate"].astype(float), rows("rmst")["estimate"], rtol=1e-8)
    np.testing.assert_allclose(means["std_error"].astype(float), rows("rmst")["se"], rtol=1e-8)
    gap = est[est["term"] == "restricted_mean_difference"].iloc[0]
    assert gap["estimate"] == pytest.approx(means["estimate"].iloc[1] - means["estimate"].iloc[0])
    test = est[est["term"] == "log_rank"].iloc[0]
    assert (test["statistic"], test["p_value"]) == pytest.approx(
        tuple(rows("logrank").loc[0, ["estimate", "p"]])
    )
    for name in ("ips", "age"):
        ours, theirs = est[est["term"] == name].iloc[0], rows(f"cox_{name}").iloc[0]
        found = ours[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].astype(float)
        np.testing.assert_allclose(
            found, theirs[["estimate", "se", "low", "high", "p"]].astype(float), rtol=1e-7
        )


GRAY = ORACLE.parent / "effect_gray"
RIVAL = pd.read_csv(GRAY / "input.csv")
RIVAL_EXPECTED = pd.read_csv(GRAY / "expected.csv")


@pytest.mark.parametrize("by", ["arm", "town"])
def test_grays_test_and_incidence_equal_cmprsk(by):
    found = ips.time_to_event(RIVAL, duration="weeks", event="job", by=by, times=[8, 20, 33], horizon=25)
    est = assert_result(found).estimates
    theirs = RIVAL_EXPECTED[RIVAL_EXPECTED["set"] == by]
    row, test = est[est["term"] == "gray"].iloc[0], theirs[theirs["what"] == "gray"].iloc[0]
    np.testing.assert_allclose(
        row[["statistic", "df", "p_value"]].astype(float),
        test[["value", "extra", "p"]].astype(float),
        rtol=1e-9,
    )
    ours, curve = est[est["term"] == "incidence"], theirs[theirs["what"] == "incidence"]
    there = curve["value"].notna().to_numpy()
    np.testing.assert_allclose(ours["estimate"].astype(float)[there], curve["value"][there], rtol=1e-9)
    np.testing.assert_allclose(ours["std_error"].astype(float)[there], curve["extra"][there], rtol=0.05)


def test_grays_test_without_competing_events_equals_cmprsk_and_knows_no_order():
    alone = RIVAL[RIVAL["job"] != 2]
    columns = [alone[c].to_numpy() for c in ("weeks", "job", "arm")]
    expected = RIVAL_EXPECTED[RIVAL_EXPECTED["set"] == "none"].iloc[0]
    assert gray(columns[0].astype(float), *columns[1:])[0] == pytest.approx(expected["value"])
    turned = gray(columns[0][::-1].astype(float), columns[1][::-1], 1 - columns[2][::-1])[0]
    assert turned == pytest.approx(expected["value"])
    same = gray(np.tile(columns[0], 2).astype(float), np.tile(columns[1], 2), np.repeat([0, 1], len(alone)))[
        0
    ]
    assert same == pytest.approx(0.0, abs=1e-12)


def test_without_censoring_incidence_is_the_share():
    data = pd.DataFrame({"weeks": [1, 2, 2, 3, 5, 8, 8, 9], "job": [1, 2, 1, 1, 2, 1, 1, 1]})
    est = assert_result(ips.time_to_event(data, duration="weeks", event="job", times=[2, 5])).estimates
    shares = est[est["term"] == "incidence"]
    assert list(shares["estimate"]) == pytest.approx([2 / 8, 3 / 8])
    assert shares["std_error"].iloc[0] == pytest.approx(np.sqrt(0.25 * 0.75 / 8))


def test_nobody_is_shown_in_the_curves():
    curves = result(DATA).extras["curves"]
    assert len(curves) == 2 * 41
    assert (curves.groupby("group")["incidence"].diff().dropna() >= 0).all()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"weeks": -1}, {}, "below 0"), ({"job": 0.5}, {}, "whole number"), ({"job": 0}, {}, "in no row"),
        ({}, {"horizon": 900}, "horizon="), ({}, {"event": "jobb"}, "did you mean 'job'"),
        ({"k": 1}, {"covariates": ["k"]}, "constant"), ({"weeks": np.inf}, {}, "infinite"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(change, options, message):
    with pytest.raises(EstimationError, match=message):
        ips.time_to_event(DATA.assign(**change), **({"duration": "weeks", "event": "job"} | options))


def test_times_beyond_observation_are_refused_in_their_place():
    est = assert_result(ips.time_to_event(DATA, duration="weeks", event="job", times=[12, 500])).estimates
    assert list(est["status"][:2]) == ["ok", "refused"]


def test_a_group_that_is_always_later_has_no_hazard_ratio_and_it_is_said():
    people = pd.DataFrame({"weeks": range(1, 9), "job": 1, "ips": [0, 0, 0, 0, 1, 1, 1, 1]})
    with pytest.raises(EstimationError, match="no finite answer"):
        ips.time_to_event(people, duration="weeks", event="job", by="ips")
