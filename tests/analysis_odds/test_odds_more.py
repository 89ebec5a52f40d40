"""Bootstrap, exact, infinite and influence: checked by brute force on small data."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.analysis.kernels.logit import fit_logit
from ipseval.analysis.kernels.logit_exact import exact_odds_ratio
from ipseval.analysis.kernels.logit_resample import (
    bca_limits,
    deletion_tests,
    resample_counts,
    resample_fits,
)
from ipseval.analysis.kernels.profile import profile_limits
from ipseval.analysis.kernels.separation import find_separation
from ipseval.core.errors import EstimationError

from support.contract import assert_result


def people(n=60, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 30, n).astype(float),
            "gender": rng.integers(1, 3, n),
            "edu": rng.choice(list("abc"), n),
        }
    )
    frame["job"] = (rng.random(n) < 0.25 + 0.3 * (frame["gender"] == 2)).astype(int)
    return frame


def arrays(n=40, p=3, seed=1):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, p)) * 3 + 20])
    x[:, 1] = x[:, 1] > 20
    y = (rng.random(n) < 1 / (1 + np.exp(-(x[:, 1:] - x[:, 1:].mean(0)) @ np.full(p, 0.2)))).astype(float)
    return x, y


@pytest.mark.parametrize("penalised", [False, True])
def test_every_resample_equals_its_single_fit_and_separated_ones_are_named(penalised):
    x, y = arrays(n=24)
    fit = fit_logit(x, y, penalised=penalised)
    counts = resample_counts(24, 250, np.random.default_rng(4))
    found = resample_fits(fit, counts)
    for k, row in enumerate(counts):
        if not penalised:
            one_class = len(set(y[row > 0])) == 1
            assert found.separated[k] == (one_class or find_separation(x, y, row.astype(float)).found)
        if not found.separated[k]:
            single = fit_logit(x, y, weights=row.astype(float), penalised=penalised)
            np.testing.assert_allclose(found.beta[k], single.beta, rtol=1e-10, atol=1e-10)
    assert found.separated.any() != penalised


def test_counts_are_resamples():
    counts = resample_counts(7, 500, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 7).all()
    assert abs(counts.mean(axis=0) - 1).max() < 0.2


def test_bca_of_a_symmetric_case_is_the_percentile_interval():
    draws = np.arange(-999, 1000) / 100.0
    low, high = bca_limits(0.0, draws, np.array([-1.0, 1.0, 0.0]), 0.95)
    np.testing.assert_allclose([low, high], np.quantile(draws, [0.025, 0.975]), rtol=1e-12)


def test_bca_equals_scipy_on_the_same_resamples():
    sample = np.random.default_rng(3).exponential(size=25)
    draws = np.random.default_rng(9).choice(sample, size=(4999, 25)).mean(axis=1)
    deleted = np.array([np.delete(sample, i).mean() for i in range(25)])
    theirs = stats.bootstrap((sample,), np.mean, n_resamples=4999, method="BCa", rng=np.random.default_rng(9))
    ours = bca_limits(float(sample.mean()), draws, deleted, 0.95)
    np.testing.assert_allclose(ours, theirs.confidence_interval, rtol=0.02)


def test_bootstrap_rows_carry_no_p_and_repeat_with_their_seed():
    frame = people(120)
    one, two = (
        assert_result(
            ips.odds_ratios("job ~ age + C(gender)", frame, interval="bootstrap", resamples=999, method="ml")
        )
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one.estimates, two.estimates)
    assert one.estimates["p_value"].isna().all()
    assert one.method.seed == 20
    profile = ips.odds_ratios("job ~ age + C(gender)", frame, method="ml").estimates
    ours = np.log(one.estimates["ci_high"].dropna().to_numpy())
    np.testing.assert_allclose(ours, np.log(profile["ci_high"].dropna().to_numpy()), atol=0.4)


def test_a_bootstrap_that_separates_is_refused_and_firth_is_not():
    frame = people(24, seed=5)
    refused = assert_result(
        ips.odds_ratios(
            "job ~ age + C(gender) + edu", frame, interval="bootstrap", resamples=999, method="ml"
        )
    )
    codes = {n.code for n in refused.notes}
    assert codes & {"odds_bootstrap_separates", "odds_bootstrap_deletion"}
    assert refused.estimates["ci_low"].isna().all()
    with pytest.raises(EstimationError, match="at least 999"):
        ips.odds_ratios("job ~ age", frame, interval="bootstrap", resamples=50, method="ml")
    firth = ips.odds_ratios("job ~ age", people(), method="firth", interval="bootstrap", resamples=999)
    assert assert_result(firth).estimates["ci_low"].notna().all()


@pytest.mark.parametrize(("a", "n1", "c", "n0"), [(3, 10, 9, 12), (0, 8, 5, 9), (8, 8, 2, 9), (5, 5, 4, 4)])
def test_exact_tails_by_direct_summation(a, n1, c, n0):
    found = exact_odds_ratio(a, n1, c, n0, 0.95)
    tails = stats.hypergeom(n1 + n0, n1, a + c)
    expected = min(1.0, 2 * min(tails.cdf(a), tails.sf(a - 1)))
    assert found.p == pytest.approx(expected, rel=1e-10)
    for limit, side in ((found.low, "upper"), (found.high, "lower")):
        if np.isfinite(limit):
            noncentral = stats.nchypergeom_fisher(n1 + n0, n1, a + c, np.exp(limit))
            tail = noncentral.sf(a - 1) if side == "upper" else noncentral.cdf(a)
            assert tail == pytest.approx(0.025, rel=1e-7)
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05)


def test_exact_rows_stand_where_the_likelihood_has_no_answer():
    frame = people()
    frame["job"] = np.where(frame["gender"] == 2, 1, frame["job"])
    result = assert_result(
        ips.odds_ratios("job ~ C(gender) + age", frame, models="both", interval="exact", influence=True)
    )
    row = result.estimates.set_index(["contrast", "term"]).loc[("univariable", "gender[2]")]
    assert row["estimate"] == np.inf
    assert np.isfinite(row["ci_low"])
    assert row["ci_high"] == np.inf
    assert row["status"] == "flagged"
    other = result.estimates[result.estimates["term"] == "age"]
    assert (other["status"] == "refused").all()


def brute_limit(x, y, index, side, level_drop=1.920729410347062):
    """The crossing of a likelihood profiled by a general maximiser, for data with finite other slopes."""
    from scipy.optimize import brentq, minimize

    z = (x - np.where(np.arange(x.shape[1]) == 0, 0, x.mean(0))) / np.where(x.std(0) > 0, x.std(0), 1)

    def height(value):
        def loss(free):
            eta = z @ np.insert(free, index, value)
            return np.logaddexp(0, eta).sum() - y @ eta

        return -minimize(loss, np.zeros(x.shape[1] - 1), method="BFGS", tol=1e-10).fun

    top = max(height(30.0), height(-30.0))
    inner = 30.0 * side
    return brentq(lambda v: height(v) - top + level_drop, 0.0, inner) / x.std(0)[index]


def test_infinite_estimates_keep_their_finite_limit():
    frame = people(30, seed=8)
    frame["job"] = np.where(frame["gender"] == 2, 1, frame["job"])
    frame.loc[frame["gender"] == 1, "job"] = np.arange((frame["gender"] == 1).sum()) % 2
    result = assert_result(ips.odds_ratios("job ~ C(gender) + age", frame, separated="infinite"))
    row = result.estimates.set_index("term").loc["gender[2]"]
    assert row["estimate"] == np.inf
    assert row["ci_high"] == np.inf
    x = np.column_stack([np.ones(30), frame["gender"] == 2, frame["age"]]).astype(float)
    expected = brute_limit(x, frame["job"].to_numpy(float), 1, 1)
    assert np.log(row["ci_low"]) == pytest.approx(expected, abs=2e-5)
    age = result.estimates.set_index("term").loc["age"]
    rest = frame[frame["gender"] == 1]
    alone = ips.odds_ratios("job ~ age", rest, method="ml").estimates.iloc[0]
    for name in ("estimate", "std_error", "ci_low", "ci_high", "statistic", "p_value"):
        assert age[name] == pytest.approx(alone[name], rel=1e-6)


def test_influence_counts_what_leaving_out_really_does():
    frame = people(26, seed=12)
    for interval in ("profile", "wald", "score"):
        result = ips.odds_ratios("job ~ age + C(gender)", frame, interval=interval, method="ml")
        before = result.estimates.set_index("term")["p_value"] < 0.05
        flips = dict.fromkeys(("age", "gender[2]"), 0)
        for i in frame.index:
            left = ips.odds_ratios(
                "job ~ age + C(gender)", frame.drop(index=i), interval=interval, influence=False, method="ml"
            )
            after = left.estimates.set_index("term")["p_value"] < 0.05
            for term in flips:
                flips[term] += int(after[term] != before[term])
        counted = result.extras["influence"].set_index("term")["flips"]
        assert counted.to_dict() == flips


def test_the_screen_finds_the_same_as_everyone(monkeypatch):
    from ipseval.analysis import odds_influence

    frame = people(80, seed=21)
    everyone = ips.odds_ratios("job ~ age + C(gender)", frame, level=0.9, method="ml").extras["influence"]
    monkeypatch.setattr(odds_influence, "EVERYONE", 10)
    screened = ips.odds_ratios("job ~ age + C(gender)", frame, level=0.9, method="ml").extras["influence"]
    np.testing.assert_array_equal(everyone["flips"].clip(upper=30), screened["flips"])


def test_deletions_that_leave_no_answer_are_told_apart():
    x, y = arrays(30, 2)
    x = np.column_stack([x, np.arange(30) == 4]).astype(float)
    fit = fit_logit(x, y, penalised=True)
    *_, lacking = deletion_tests(fit, [[1]], np.arange(30))
    np.testing.assert_array_equal(np.flatnonzero(lacking), [4])


def test_bca_moves_the_tails_by_twice_the_bias():
    draws = np.arange(1001) / 1000.0
    low, high = bca_limits(0.6, draws, np.array([-1.0, 1.0, 0.0]), 0.95)
    bias = stats.norm.ppf(600.5 / 1001)
    expected = np.quantile(draws, stats.norm.cdf(2 * bias + np.array([-1, 1]) * stats.norm.ppf(0.975)))
    np.testing.assert_allclose([low, high], expected, rtol=1e-10)


@pytest.mark.parametrize(("seed", "code"), [(19, "odds_bootstrap_separates"), (4, "odds_bootstrap_excluded")])
def test_one_percent_of_separated_resamples_is_the_bound(seed, code):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"g": rng.integers(0, 2, 40), "x": rng.normal(size=40)})
    frame["job"] = (rng.random(40) < 0.3 + 0.3 * frame["g"]).astype(int)
    result = assert_result(
        ips.odds_ratios(
            "job ~ C(g) + x", frame, interval="bootstrap", resamples=999, influence=False, method="ml"
        )
    )
    told = {n.code: n.values for n in result.notes}
    assert (told[code]["n"] > 9.99) == (code == "odds_bootstrap_separates")
    assert result.estimates["ci_low"].isna().all() == (code == "odds_bootstrap_separates")


def test_a_deletion_without_answer_is_no_change_of_verdict():
    frame = people(40, seed=12)
    frame["job"] = np.where(np.arange(40) % 9 == 0, frame["job"], (frame["age"] > 24).astype(int))
    frame["once"] = (np.arange(40) == 7).astype(int)
    result = ips.odds_ratios("job ~ age + once", frame, method="firth")
    row = result.extras["influence"].set_index("term").loc["age"]
    assert result.estimates["p_value"].iloc[0] < 1e-3
    assert (row["flips"], row["without_answer"]) == (0, 1)


def test_penalised_limits_of_many_columns_on_few_persons_are_found_not_broken():
    """With two tops of the penalised profile the search may land on either, but must agree with itself."""
    rng = np.random.default_rng([34, 10, 20])
    for number in range(944):
        x = np.column_stack([np.ones(34), rng.normal(size=(34, 10))])
        draw = rng.random(34)
        if number < 943:
            continue
        x[:, 1::2] = x[:, 1::2] > 0.0
        slopes = np.array([np.log(2.0), np.log(1.5), *[0.0] * 8])
        y = (draw < 1.0 / (1.0 + np.exp(0.75 - x[:, 1:] @ slopes))).astype(float)
    fit = fit_logit(x, y, penalised=True)
    low, high = profile_limits(fit, np.arange(1, 11), 0.95)
    assert (low < fit.beta[1:]).all()
    assert (high > fit.beta[1:]).all()
    assert np.isfinite([low, high]).all()
