from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"
EXPECTED = pd.read_csv(ORACLES / "two_by_two" / "expected.csv")
INPUT = pd.read_csv(ORACLES / "two_by_two" / "input.csv").set_index("id")
PUBLISHED = pd.read_csv(ORACLES / "two_by_two" / "published.csv").set_index("id")
TOLERANCE = {("odds_ratio_exact", "estimate"): 1e-3}


def rows_of(a, n1, c, n2):
    result = assert_result(ips.two_by_two(int(a), int(n1), int(c), int(n2)))
    return result.estimates.set_index("term")


@pytest.mark.parametrize("name", list(INPUT.index))
def test_every_row_equals_r(name):
    ours = rows_of(*INPUT.loc[name])
    theirs = EXPECTED[EXPECTED["id"] == name].set_index("term")
    for term, row in theirs.iterrows():
        for mine, other in (
            ("estimate", "estimate"), ("ci_low", "low"), ("ci_high", "high"),
            ("statistic", "statistic"), ("p_value", "p"),
        ):  # fmt: skip
            near = {"rtol": TOLERANCE.get((term, mine), 1e-6), "atol": 1e-9}
            if not np.isnan(row[other]):
                np.testing.assert_allclose(ours.loc[term, mine], row[other], err_msg=f"{term} {mine}", **near)


@pytest.mark.parametrize("name", list(PUBLISHED.index))
def test_published_trials_come_out_as_printed(name):
    row = PUBLISHED.loc[name]
    ours = rows_of(row.a, row.n1, row.c, row.n2)
    cells = {
        "rd": ("wald", "estimate"), "rd_wald_lo": ("wald", "ci_low"), "rd_wald_hi": ("wald", "ci_high"),
        "rd_newcombe_lo": ("newcombe", "ci_low"), "rd_newcombe_hi": ("newcombe", "ci_high"),
        "rr": ("risk_ratio", "estimate"), "rr_lo": ("risk_ratio", "ci_low"), "rr_hi": ("risk_ratio", "ci_high"),
        "or": ("odds_ratio", "estimate"), "or_lo": ("odds_ratio", "ci_low"), "or_hi": ("odds_ratio", "ci_high"),
        "chi2": ("chi_square", "statistic"), "chi2_p": ("chi_square", "p_value"),
        "chi2_yates": ("chi_square_yates", "statistic"), "fisher_p": ("fisher", "p_value"),
        "cohen_h": ("cohen_h", "estimate"), "p1": ("first", "estimate"), "p2": ("second", "estimate"),
    }  # fmt: skip
    for column, (term, field) in cells.items():
        assert ours.loc[term, field] == pytest.approx(row[column], rel=2e-7), column


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0528, 0.3382), ((9, 10, 3, 10), 0.1700, 0.8406), ((10, 10, 0, 20), 0.7156, 1.0)],
)
def test_miettinen_nurminen_equals_newcombe_1998(counts, low, high):
    row = rows_of(*counts).loc["miettinen_nurminen"]
    assert round(row["ci_low"], 4) == pytest.approx(low, abs=1e-9)
    assert round(row["ci_high"], 4) == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize("counts", [(2, 7, 5, 6), (0, 8, 5, 9), (40, 49, 25, 60)])
def test_barnard_equals_scipy(counts):
    a, n1, c, n2 = counts
    theirs = stats.barnard_exact([[a, c], [n1 - a, n2 - c]], pooled=True, n=256)
    ours = rows_of(*counts).loc["barnard"]
    assert abs(ours["statistic"]) == pytest.approx(abs(theirs.statistic), rel=1e-10)
    assert ours["p_value"] == pytest.approx(theirs.pvalue, rel=1e-6)


@pytest.mark.parametrize("counts", [(3, 5, 0, 6), (7, 15, 12, 15), (3, 9, 8, 10)])
def test_barnard_is_the_largest_chance_with_ties_decided_by_fractions(counts):
    # scipy compares |z| as doubles and loses tied tables: it gives 0.0587 for the last, which is too small.
    a, n1, c, n2 = counts

    def squared(x, y):
        p = Fraction(x + y, n1 + n2)
        gap = Fraction(x, n1) - Fraction(y, n2)
        return Fraction(0) if p in (0, 1) else gap**2 / (p * (1 - p) * (Fraction(1, n1) + Fraction(1, n2)))

    extreme = [(x, y) for x in range(n1 + 1) for y in range(n2 + 1) if squared(x, y) >= squared(a, c)]
    shares = np.linspace(0.0001, 0.9999, 5000)
    chance = sum(stats.binom.pmf(x, n1, shares) * stats.binom.pmf(y, n2, shares) for x, y in extreme)
    assert rows_of(*counts).loc["barnard", "p_value"] == pytest.approx(chance.max(), rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_limits_and_p_agree_and_arms_swap(n1, n2, data):
    a, c = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    one, other = rows_of(a, n1, c, n2), rows_of(c, n2, a, n1)
    for term in ("wald", "newcombe", "miettinen_nurminen"):
        np.testing.assert_allclose(one.loc[term, "ci_low"], -other.loc[term, "ci_high"], atol=1e-7)
    for term in ("fisher", "barnard", "odds_ratio_exact"):
        np.testing.assert_allclose(one.loc[term, "p_value"], other.loc[term, "p_value"], rtol=1e-6)
    for term, null in (("wald", 0), ("miettinen_nurminen", 0), ("odds_ratio_exact", 1), ("risk_ratio", 1)):
        row = one.loc[term]
        if pd.notna(row["p_value"]) and pd.notna(row["ci_low"]) and abs(row["p_value"] - 0.05) > 1e-6:
            outside = row["ci_low"] > null + 1e-9 or row["ci_high"] < null - 1e-9
            assert outside == (row["p_value"] < 0.05), term


def test_empty_cells_are_refused_where_ratios_do_not_exist():
    result = assert_result(ips.two_by_two(5, 56, 0, 29))
    est = result.estimates.set_index("term")
    assert list(est.loc[["risk_ratio", "odds_ratio"], "status"]) == ["refused", "refused"]
    assert est.loc["odds_ratio_exact", "estimate"] == np.inf
    assert np.isfinite(est.loc["odds_ratio_exact", "ci_low"])
    assert np.isfinite(est.loc["miettinen_nurminen", "p_value"])


def test_one_outcome_refuses_the_tests_and_keeps_rows():
    est = assert_result(ips.two_by_two(0, 12, 0, 9)).estimates.set_index("term")
    assert list(est.loc[["chi_square", "fisher", "barnard", "number_needed"], "status"]) == ["refused"] * 4
    assert len(est) == len(rows_of(3, 9, 2, 8))


def test_number_needed_says_when_its_interval_goes_through_infinity():
    result = ips.two_by_two(72, 162, 62, 164)
    row = result.estimates.set_index("term").loc["number_needed"]
    assert row["estimate"] == pytest.approx(1 / 0.066395664)
    assert np.isnan(row["ci_low"])
    assert any(n.code == "two_by_two_number_open" for n in result.notes)
    sure = rows_of(40, 49, 25, 60).loc["number_needed"]
    assert (sure["ci_low"], sure["ci_high"]) == pytest.approx((1 / 0.5649358, 1 / 0.23438393))


@pytest.mark.parametrize(
    "counts", [(5, 4, 1, 3), (-1, 4, 1, 3), (1.5, 4, 1, 3), (True, 4, 1, 3), (0, 0, 1, 3)]
)
def test_impossible_counts_are_refused_in_one_sentence(counts):
    with pytest.raises(EstimationError, match="="):
        ips.two_by_two(*counts)


def test_t_from_summaries_names_which_and_equals_r():
    means = pd.read_csv(ORACLES / "two_by_two" / "means.csv")
    theirs = pd.read_csv(ORACLES / "two_by_two" / "expected_t.csv")
    for i, row in enumerate(means.itertuples(index=False), start=1):
        ours = assert_result(ips.t_from_summary(*row)).estimates.set_index("term")
        for _, expected in theirs[theirs["row"] == i].iterrows():
            for mine, other in (("estimate", "estimate"), ("std_error", "std_error"), ("ci_low", "low"),
                                ("ci_high", "high"), ("statistic", "statistic"), ("df", "df"), ("p_value", "p")):  # fmt: skip
                assert ours.loc[expected["term"], mine] == pytest.approx(expected[other], rel=1e-9), mine
    with pytest.raises(EstimationError, match="n2="):
        ips.t_from_summary(1, 1, 5, 1, 1, 1)
    with pytest.raises(EstimationError, match="spread"):
        ips.t_from_summary(1, 0, 5, 1, 0, 5)


@pytest.mark.parametrize(
    ("measure", "short"), [("risk_difference", "RD"), ("risk_ratio", "RR"), ("odds_ratio", "OR")]
)
def test_pooling_equals_metafor(measure, short):
    theirs = pd.read_csv(ORACLES / "trial_pooling" / "expected.csv").set_index("measure").loc[short]
    trials = pd.read_csv(ORACLES / "two_by_two" / "input.csv").head(8)
    result = assert_result(
        ips.pool_trials(trials, study="id", counts=["a", "n1", "c", "n2"], measure=measure)
    )
    est = result.estimates.set_index("term")
    log = (lambda v: v) if short == "RD" else np.log
    main, new, tau, q = (
        est.loc[t] for t in ("pooled_effect", "prediction", "between_variance", "heterogeneity")
    )
    pairs = [
        (log(main["estimate"]), "estimate"), (main["std_error"], "std_error"), (log(main["ci_low"]), "low"),
        (log(main["ci_high"]), "high"), (main["statistic"], "statistic"), (main["p_value"], "p"), (main["df"], "df"),
        (log(new["ci_low"]), "pi_low"), (log(new["ci_high"]), "pi_high"), (tau["estimate"], "tau2"),
        (tau["ci_low"], "tau2_low"), (tau["ci_high"], "tau2_high"), (q["statistic"], "q"), (q["p_value"], "q_p"),
        (result.extras["weights"]["i_squared"][0], "i2"), (result.extras["weights"]["weight"][0], "w1"),
    ]  # fmt: skip
    for mine, name in pairs:
        assert mine == pytest.approx(theirs[name], rel=1e-6), name
    assert len(est) == 8 + 4


def test_pooling_keeps_a_trial_with_an_empty_cell_as_refused():
    trials = pd.DataFrame(
        {"id": ["x", "y", "z"], "a": [5, 8, 9], "n": [20, 20, 30], "c": [0, 4, 5], "m": [20] * 3}
    )
    result = assert_result(
        ips.pool_trials(trials, study="id", counts=["a", "n", "c", "m"], measure="odds_ratio")
    )
    assert list(result.estimates["status"][:3]) == ["refused", "ok", "ok"]
    with pytest.raises(EstimationError, match="repeat"):
        ips.pool_trials(trials.assign(id="x"), study="id", counts=["a", "n", "c", "m"])
    with pytest.raises(EstimationError, match="counts="):
        ips.pool_trials(trials, study="id")


def test_forest_shows_the_pooled_trials():
    trials = pd.read_csv(ORACLES / "two_by_two" / "input.csv").head(8)
    axes = ips.forest(ips.pool_trials(trials, study="id", counts=["a", "n1", "c", "n2"]), lang="en")
    assert len(axes.get_yticks()) >= 0
    axes.figure.clear()
