"""Table 9: achieved values against R, against the answers in the frames, and against print."""

from math import log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipseval.study.cohort import cohort_frames, table9_achieved

ORACLE = Path(__file__).parents[1] / "oracles" / "table9_profile"
ACHIEVED = table9_achieved().set_index("predictor")
BY_R = pd.read_csv(ORACLE / "expected.csv").set_index("predictor")
PRINTED_BOUNDS = {
    "uddannelse": (0.48, 3.04), "varighed": (0.84, 2.11), "alder": (0.78, 1.18), "koen": (0.18, 3.27),
    "erfaring_aar": (0.66, 1.24), "vurdering": (1.16, 5.27), "mestring": (1.28, 4.73),
    "who5_aendring": (0.99, 1.08), "ensomhed": (0.25, 1.75), "belastning": (0.22, 0.95),
}  # fmt: skip


def predictors():
    """The predictors as the frames give them, among those who have finished and answered at the end."""
    frames = cohort_frames()
    people = frames["slut"].merge(frames["start"], on="id", how="left", suffixes=("", "_start"))
    people = people[people["i_forloeb"] == 0]
    who5 = [f"who5_{i}" for i in range(1, 6)]
    found = people[["i_job_uddannelse", "uddannelse", "varighed", "alder", "koen", "erfaring_aar"]].astype(
        "Float64"
    )
    found["vurdering"] = (people["opl_hverdag"] + people["opl_sammen"]).astype("Float64") / 2
    found["mestring"] = people[["mestring_1", "mestring_2", "mestring_3"]].sum(axis=1).astype("Float64")
    after, before = people[who5].astype("Float64"), people[[f"{i}_start" for i in who5]].astype("Float64")
    found["who5_aendring"] = 4 * (after.sum(axis=1, skipna=False) - before.sum(axis=1, skipna=False))
    found["ensomhed"], found["belastning"] = people["ensomhed"], people["belastning"]
    return found.astype("float64").reset_index(drop=True)


def test_rs_input_is_the_cohort():
    given = pd.read_csv(ORACLE / "input.csv").astype("float64")
    ours = predictors()[list(given.columns)]
    order = list(given.columns)
    pd.testing.assert_frame_equal(
        ours.sort_values(order).reset_index(drop=True), given.sort_values(order).reset_index(drop=True)
    )


def test_achieved_values_are_rs():
    assert list(ACHIEVED.index) == list(BY_R.index)
    assert (ACHIEVED[["n", "n_events"]] == BY_R[["n", "n_events"]]).all(axis=None)
    for column in ("odds_ratio", "low", "high"):
        np.testing.assert_allclose(ACHIEVED[column], BY_R[column], rtol=1e-6)
    np.testing.assert_allclose(ACHIEVED["p_wald"], BY_R["p_wald"], atol=1e-6)
    for ours, theirs in (("low", "confint_low"), ("high", "confint_high")):
        np.testing.assert_allclose(ACHIEVED[ours], BY_R[theirs], rtol=3e-4)


@pytest.mark.parametrize("predictor", PRINTED_BOUNDS)
def test_bounds_come_within_the_aim(predictor):
    low, high = PRINTED_BOUNDS[predictor]
    row = BY_R.loc[predictor]
    assert abs(row["low"] - low) <= 0.05
    assert abs(row["high"] - high) <= 0.05


def test_printed_odds_ratios_come_within_the_aim():
    assert abs(BY_R.loc["vurdering", "odds_ratio"] - 2.12) <= 0.02
    assert abs(BY_R.loc["mestring", "odds_ratio"] - 2.24) <= 0.02


def test_burden_leaves_1_out_by_profile_while_its_wald_p_is_over_5_percent():
    row = BY_R.loc["belastning"]
    assert row["high"] < 1
    assert row["p_wald"] == pytest.approx(0.053, abs=0.0005)


def test_the_two_that_were_called_significant_are_and_the_others_are_not():
    significant = BY_R.index[BY_R["p_wald"] < 0.05]
    assert list(significant) == ["vurdering", "mestring"]
    assert (BY_R["p_wald"] > 0.01).all()  # two stars would mean p < 0.01: they are a footnote mark


def test_persons_per_row():
    assert dict(ACHIEVED["n"]) == {
        "uddannelse": 33, "varighed": 34, "alder": 33, "koen": 33, "erfaring_aar": 28, "vurdering": 29,
        "mestring": 34, "who5_aendring": 33, "ensomhed": 34, "belastning": 34,
    }  # fmt: skip
    frame = predictors()
    for name, row in ACHIEVED.iterrows():
        used = frame[frame[name].notna()]
        assert (len(used), used["i_job_uddannelse"].sum()) == (row["n"], row["n_events"])


def test_why_the_printed_model_had_one_predictor_at_a_time():
    """The arithmetic of the finding: lopsided arms, the floor for sex, years of experience."""
    for ratio, low, high in ((2.12, 1.16, 5.27), (2.24, 1.28, 4.73)):
        least = log((high - 0.005) / (ratio + 0.005)) / log((ratio + 0.005) / (low - 0.005))
        assert least > 1.3  # a Wald interval has arms of equal length
    z = 1.959964
    floor = 4 * z / sqrt(34 * 0.25)
    widest = log(3.275 / 0.175)
    assert floor == pytest.approx(2.69, abs=0.005)
    assert (widest / floor) ** 2 < 1.20 < 33 / (33 - 9)
    assert 28 < (4 * z / widest) ** 2 / 0.25 < 29
    assert log(1.245 / 0.655) < floor / 4
