from itertools import combinations, product
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels import square_tables as square
from ipseval.analysis.kernels.paired_shares import mcnemar, newcombe_paired, tango
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "band_change"
OUTCOMES = {name: (f"{name}_start", f"{name}_end") for name in ("risk", "lone", "band")}


def test_it_equals_r_in_every_column():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    result = assert_result(ips.band_change(frame, outcomes=OUTCOMES, id="id"))
    expected = pd.read_csv(ORACLE / "expected.csv")
    est = result.estimates
    # Differences stand once per code; R has those of the second code of the yes/no outcome.
    named = est["estimand"].str.startswith("difference_")
    est = est.assign(term=est["term"].where(~named, est["estimand"]))
    doubled = est.duplicated(["outcome", "term"], keep="last")
    est = est[~doubled]
    both = est.merge(expected, on=["outcome", "term"], suffixes=("", "_r"))
    assert len(both) == len(expected)
    for column in ("estimate", "ci_low", "ci_high", "statistic", "df", "p_value", "n"):
        told = both[column + "_r"].notna()
        slack = np.where(both.loc[told, "term"] == "difference_tango", 1e-6, 1e-8)
        gap = np.abs(both.loc[told, column].astype(float) - both.loc[told, column + "_r"].astype(float))
        assert (gap <= slack).all(), column


def all_tables(table):
    """Every table with the same movers between each two categories, with its probability."""
    k = len(table)
    pairs = [(i, j, int(table[i, j] + table[j, i])) for i, j in combinations(range(k), 2)]
    for picks in product(*(range(m + 1) for _, _, m in pairs)):
        new, weight = table.copy(), 1.0
        for (i, j, m), x in zip(pairs, picks, strict=True):
            new[i, j], new[j, i] = x, m - x
            weight *= comb(m, x) / 2**m
        yield new, weight


@pytest.mark.parametrize("seed", range(10))
def test_exact_p_of_stuart_maxwell_and_bowker_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 5))
    table = rng.integers(0, 3, (k, k))
    for test in (square.stuart_maxwell, square.bowker):
        found = test(table, 1)
        if found.df == 0:
            continue
        p = sum(w for t, w in all_tables(table) if test(t, 1).statistic >= found.statistic - 1e-9)
        assert found.p_exact == pytest.approx(p, abs=1e-12)


def test_draws_come_near_the_exact_p(monkeypatch):
    table = np.array([[5, 4, 1], [2, 6, 5], [0, 1, 3]])
    exact = [square.stuart_maxwell(table, 1).p_exact, square.bowker(table, 1).p_exact]
    monkeypatch.setattr(square, "MOST_STATES", 0)
    drawn = [square.stuart_maxwell(table, 1), square.bowker(table, 1)]
    assert not any(d.exact for d in drawn)
    np.testing.assert_allclose([d.p_exact for d in drawn], exact, atol=0.015)


def test_the_mcnemar_limits_turn_at_the_exact_p():
    for gained, lost in product(range(9), repeat=2):
        found = mcnemar(gained, lost, 0.95)
        if gained + lost:
            assert (found.p_exact < 0.05) == (found.low > 1 or found.high < 1)
            assert found.p_mid <= found.p_exact
    assert mcnemar(4, 4, 0.95).p_mid == pytest.approx(1.0)


def test_tango_leaves_zero_out_exactly_when_its_score_test_rejects():
    for gained, lost in product(range(0, 12, 2), repeat=2):
        found = tango(gained, lost, 30, 0.95)
        assert (found.p_value < 0.05) == (found.low > 1e-9 or found.high < -1e-9)
        turned = tango(lost, gained, 30, 0.95)
        assert turned.low == pytest.approx(-found.high, abs=1e-9)


def test_newcombe_turns_with_the_sign_and_stays_inside():
    for cells in product((0, 3, 9), repeat=4):
        if sum(cells):
            both, gained, lost, neither = cells
            low, high = newcombe_paired(both, gained, lost, neither, 0.95)
            back = newcombe_paired(both, lost, gained, neither, 0.95)
            assert -1 <= low <= (gained - lost) / sum(cells) <= high <= 1
            assert (low, high) == pytest.approx((-back[1], -back[0]), abs=1e-12)


def test_a_category_that_nobody_touched_does_not_change_the_test():
    table = np.array([[5, 4, 1], [2, 6, 5], [0, 1, 3]])
    wider = np.zeros((4, 4), dtype=int)
    wider[:3, :3] = table
    wider[3, 3] = 7
    first, again = square.stuart_maxwell(table, 1), square.stuart_maxwell(wider, 1)
    assert first.df == again.df == 2
    assert first.statistic == pytest.approx(again.statistic)
    assert first.p_exact == pytest.approx(again.p_exact)


def test_an_empty_cell_is_told_and_not_corrected():
    frame = pd.DataFrame({"r_start": [1, 1, 1, 0], "r_end": [0, 0, 1, 0]})
    result = assert_result(ips.band_change(frame, before="r_start", after="r_end", levels=[0, 1]))
    row = result.estimates.set_index("term").loc["paired_odds_ratio"]
    assert row["estimate"] == 0.0
    assert row["status"] == "flagged"
    assert row["ci_low"] == 0.0
    frame = frame.rename(columns={"r_start": "r_end", "r_end": "r_start"})
    row = ips.band_change(frame, before="r_start", after="r_end").estimates.set_index("term")
    assert np.isinf(row.loc["paired_odds_ratio", "estimate"])


def test_categories_in_one_wave_only_and_declared_ones_keep_their_rows():
    frame = pd.DataFrame({"b_start": ["low", "low", "mid"], "b_end": ["mid", "high", "high"]})
    result = assert_result(ips.band_change(frame, before="b_start", after="b_end", ordered=False))
    assert set(result.extras["transition"]["before"]) == {"low", "mid", "high"}
    result = assert_result(
        ips.band_change(frame, before="b_start", after="b_end", levels=["low", "mid", "high", "top"])
    )
    assert result.extras["transition"]["n"].sum() == 3
    assert len(result.extras["transition"]) == 16
    up = result.estimates.set_index("term").loc["moved_up", "n_events"]
    assert up == 3


@pytest.mark.parametrize("frame", [{"b_start": [], "b_end": []}, {"b_start": [1], "b_end": [1]}])
def test_nobody_moved_keeps_every_row(frame):
    frame = pd.DataFrame(frame, dtype=float)
    result = assert_result(ips.band_change(frame, before="b_start", after="b_end", levels=[0, 1]))
    assert len(result.estimates) == 20
    assert (result.estimates["status"] == "refused").any()


def test_a_code_outside_the_levels_is_refused():
    frame = pd.DataFrame({"b_start": [1, 2], "b_end": [1, 9]})
    with pytest.raises(EstimationError, match=r"1 row\(s\) with a code outside"):
        ips.band_change(frame, before="b_start", after="b_end", levels=[1, 2])


def test_one_category_keeps_the_rows_and_none_is_refused():
    est = ips.band_change(pd.DataFrame({"b_start": [1, 1], "b_end": [1, 1]}), before="b_start", after="b_end")
    tests = est.estimates[est.estimates["scale"] == "test"]
    assert len(tests) == 4
    assert (tests["status"] == "refused").all()
    empty = pd.DataFrame({"b_start": [np.nan] * 2, "b_end": [np.nan] * 2})
    with pytest.raises(EstimationError, match="no answer in either wave"):
        ips.band_change(empty, before="b_start", after="b_end")
