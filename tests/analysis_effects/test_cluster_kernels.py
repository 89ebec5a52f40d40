from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipseval.analysis.effects.inference import two_way
from ipseval.analysis.kernels import ferman_pinto, randomisation, wild
from ipseval.analysis.kernels.cluster import cr2, fit_linear, sandwich
from ipseval.core.errors import EstimationError

ORACLE = Path(__file__).parents[1] / "oracles" / "effect_clusters"
DATA = pd.read_csv(ORACLE / "input.csv")
EXPECTED = pd.read_csv(ORACLE / "expected.csv").set_index(["set", "term"])
TOWNS = pd.get_dummies(DATA["town"]).to_numpy(float)[:, 1:]
SETS = {
    "ols": ("treat", False, False, "town"), "wls": ("treat", True, False, "town"),
    "within": ("volunteer", False, False, "town"), "fixed": ("volunteer", False, True, "town"),
    "persons": ("volunteer", False, False, None), "persons_weighted": ("volunteer", True, False, None),
}  # fmt: skip


def problem(name):
    treatment, weighted, fixed, cluster = SETS[name]
    x = DATA[[treatment, "x"]].to_numpy(float)
    x = np.column_stack([np.ones(len(x)), x, *([TOWNS] if fixed else [])])
    clusters = np.arange(len(x)) if cluster is None else DATA[cluster].to_numpy()
    return x, DATA["y"].to_numpy(float), clusters, DATA["w"].to_numpy(float) if weighted else None


@pytest.mark.parametrize("name", list(SETS))
def test_cr2_equals_clubsandwich(name):
    x, y, clusters, weights = problem(name)
    fit = fit_linear(x, y, weights)
    for j, term in enumerate(["(Intercept)", SETS[name][0], "x"]):
        theirs = EXPECTED.loc[(name, term)]
        unit = np.zeros(x.shape[1])
        unit[j] = 1.0
        ours = cr2(fit, clusters, unit)
        half = stats.t.ppf(0.975, ours.df) * ours.std_error
        t = ours.estimate / ours.std_error
        found = [ours.estimate, ours.std_error, t, ours.df, 2 * stats.t.sf(abs(t), ours.df)]
        np.testing.assert_allclose(
            [*found, ours.estimate - half, ours.estimate + half],
            theirs.to_numpy(float),
            rtol=1e-8,
            atol=1e-10,
        )


PAIRS = pd.read_csv(ORACLE / "input_pairs.csv")
EXPECTED_PAIRS = pd.read_csv(ORACLE / "expected_pairs.csv").set_index("set")


@pytest.mark.parametrize("name", list(EXPECTED_PAIRS.index))
def test_errors_by_town_and_pair_equal_clubsandwich_and_sandwich(name):
    theirs, unit = EXPECTED_PAIRS.loc[name], np.array([0.0, 1.0])
    y = PAIRS["apart" if name == "apart" else "y"].to_numpy()
    x = np.column_stack([np.ones(len(y)), PAIRS["treat"]]).astype(float)
    fit = fit_linear(x, y, PAIRS["w"].to_numpy() if name == "weighted" else None)
    town, pair = PAIRS["town"].to_numpy(), PAIRS["pair"].to_numpy()
    both = pd.factorize(pd.MultiIndex.from_arrays([town, pair]))[0]
    found = two_way(fit, town, pair, unit)
    parts = [cr2(fit, codes, unit).std_error ** 2 for codes in (town, pair, both)]
    ours = [found.estimate, *parts, found.std_error, found.df]
    wanted = theirs[["estimate", "town", "pair", "both", "std_error", "df"]].to_numpy(float)
    np.testing.assert_allclose(ours, wanted, rtol=1e-8)
    # Without small-sample factors the three parts, none held at 0, are sandwich's own two-way error.
    one, two, less = (sandwich(fit, codes, unit).std_error ** 2 for codes in (town, pair, both))
    assert one + two - less == pytest.approx(theirs["crossed"], rel=1e-9)


def test_cr2_stands_with_large_clusters_and_equals_the_plain_definition():
    rng = np.random.default_rng(1)
    n, count = 90, 6
    clusters = np.repeat(np.arange(count), n // count)
    x = np.column_stack([np.ones(n), clusters < 2, rng.normal(size=n)]).astype(float)
    y, w = rng.normal(size=n), rng.uniform(0.2, 3, n)
    fit = fit_linear(x, y, w)
    hat = x @ fit.bread @ (x * w[:, None]).T
    keep = np.eye(n) - hat
    meat = np.zeros((3, 3))
    for g in range(count):
        own = clusters == g
        values, vectors = np.linalg.eigh((keep @ keep.T)[np.ix_(own, own)])
        root = vectors @ np.diag(np.where(values > 1e-10, np.maximum(values, 1e-300) ** -0.5, 0)) @ vectors.T
        score = (x[own] * w[own, None]).T @ root @ fit.residual[own]
        meat += np.outer(score, score)
    cov = fit.bread @ meat @ fit.bread
    assert cr2(fit, clusters, np.array([0.0, 1, 0])).std_error == pytest.approx(np.sqrt(cov[1, 1]), rel=1e-10)


def test_dependent_columns_are_refused():
    with pytest.raises(EstimationError, match="not independent"):
        fit_linear(np.ones((5, 2)), np.arange(5.0))


def slow_t(x, y, clusters, w, null):
    root = np.sqrt(w)
    beta = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
    u = y - x @ beta
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    scores = np.array(
        [(x[clusters == g] * w[clusters == g, None]).T @ u[clusters == g] for g in np.unique(clusters)]
    )
    return (beta[1] - null) / np.sqrt((bread @ scores.T @ scores @ bread)[1, 1])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("null", [0.0, 0.35])
def test_wild_bootstrap_equals_refitting_every_draw(weighted, null):
    data = DATA[DATA["town"].isin([0, 1, 4, 5, 7, 9])]
    clusters = pd.factorize(data["town"])[0]
    x = np.column_stack([np.ones(len(data)), data["volunteer"], data["x"]]).astype(float)
    y = data["y"].to_numpy(float)
    w = data["w"].to_numpy(float) if weighted else np.ones(len(y))
    rest, root = x[:, [0, 2]], np.sqrt(w)
    gamma = np.linalg.lstsq(rest * root[:, None], (y - null * x[:, 1]) * root, rcond=None)[0]
    fitted = rest @ gamma + null * x[:, 1]
    observed = abs(slow_t(x, y, clusters, w, null))
    count = clusters.max() + 1
    slow = [
        abs(slow_t(x, fitted + np.array(v)[clusters] * (y - fitted), clusters, w, null))
        for v in product([-1.0, 1.0], repeat=count)
    ]
    expected = np.mean(np.array(slow) >= observed * (1 - 1e-9))
    found = wild.totals(x, y, clusters, 1, w if weighted else None)
    assert wild.p_value(found, wild.draws(count, "rademacher", 0, 1), null) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize("count", [3, 4, 6])
def test_wild_p_is_never_below_what_is_attainable(count):
    rng = np.random.default_rng(count)
    clusters = np.repeat(np.arange(count), 8)
    x = np.column_stack([np.ones(len(clusters)), clusters % 2]).astype(float)
    for _ in range(20):
        found = wild.totals(x, rng.normal(size=len(x)) + 50 * x[:, 1], clusters, 1)
        assert wild.p_value(found, wild.draws(count, "rademacher", 0, 1)) >= 2.0 ** (1 - count)
        assert wild.p_value(found, wild.draws(count, "webb", 199, 1)) >= 1 / 200


def test_wild_interval_holds_what_is_not_rejected():
    x, y, clusters, _ = problem("within")
    found = wild.totals(x, y, clusters, 1)
    drawn = wild.draws(12, "rademacher", 0, 1)
    low, high = wild.invert(lambda b: wild.p_value(found, drawn, b), found.estimate, 0.2, 0.05)
    assert low < found.estimate < high
    for inside, outside in ((low, low - 1e-6), (high, high + 1e-6)):
        assert wild.p_value(found, drawn, inside) >= 0.05 > wild.p_value(found, drawn, outside)


def test_webb_draws_have_mean_0_and_variance_1():
    assert pytest.approx(0) == wild.WEBB.mean()
    assert np.mean(wild.WEBB**2) == pytest.approx(1)


@pytest.mark.parametrize("weighted", [False, True])
def test_randomisation_equals_a_loop_over_placements(weighted):
    rng = np.random.default_rng(3)
    values, treated = rng.normal(size=9), np.array([1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    weight = rng.uniform(1, 9, 9) if weighted else np.ones(9)

    def t(chosen):
        inside = np.isin(np.arange(9), chosen)
        means, spreads = [], []
        for arm in (inside, ~inside):
            mean = np.average(values[arm], weights=weight[arm])
            spread = ((weight[arm] * (values[arm] - mean)) ** 2).sum() / weight[arm].sum() ** 2
            means.append(mean)
            spreads.append(spread * arm.sum() / (arm.sum() - 1))
        return (means[0] - means[1]) / np.sqrt(sum(spreads))

    every = np.array([abs(t(c)) for c in combinations(range(9), 3)])
    expected = np.mean(every >= abs(t([0, 1, 2])) - 1e-12)
    found = randomisation.judge_placements(
        randomisation.Clusters(values, treated.astype(float), weight, treated), 0.9, 99, 1
    )
    assert found.p_value == pytest.approx(expected)
    assert found.statistic == pytest.approx(t([0, 1, 2]))
    assert (found.placements, found.exact, found.smallest) == (84, True, 1 / 84)
    if not weighted:
        welch = stats.ttest_ind(values[:3], values[3:], equal_var=False)
        assert found.statistic == pytest.approx(welch.statistic)
    assert found.low < found.estimate < found.high
    moved = values - (found.high + 1e-6) * treated
    again = randomisation.judge_placements(
        randomisation.Clusters(moved, treated.astype(float), weight, treated), 0.9, 99, 1
    )
    assert again.p_value < 0.1


def test_randomisation_says_when_no_interval_is_attainable():
    treated = np.array([True, False, False, False, False])
    found = randomisation.judge_placements(
        randomisation.Clusters(np.array([9.0, 1, 2, 3, 4]), treated.astype(float), np.ones(5), treated),
        0.95,
        99,
        1,
    )
    assert found.p_value == found.smallest == 0.2
    assert (found.low, found.high) == (-np.inf, np.inf)
    assert randomisation.smallest_p(6, 3) == 2 / 20


def test_98_municipalities_are_placed_exactly():
    rng = np.random.default_rng(5)
    treated = np.arange(98) < 3
    found = randomisation.judge_placements(
        randomisation.Clusters(rng.normal(size=98), treated.astype(float), np.ones(98), treated), 0.95, 99, 1
    )
    assert (found.placements, found.exact) == (152_096, True)
    assert 1 / 152_096 <= found.p_value <= 1


def shocks_slowly(y, d, x, w, clusters, null):
    """Give units and pulls by n x n matrices: the residuals' covariance under shocks of towns and persons."""
    full = np.column_stack([np.ones(len(y)), d, x])
    rest = np.delete(full, 1, axis=1)
    pull = w * (full @ np.linalg.inv((full * w[:, None]).T @ full)[:, 1])
    keep = np.eye(len(y)) - rest @ np.linalg.inv((rest * w[:, None]).T @ rest) @ (rest * w[:, None]).T
    left = keep @ (y - null * d)
    z = np.equal.outer(clusters, np.arange(clusters.max() + 1)).astype(float)
    between = z @ np.diag(1 / z.sum(axis=0)) @ z.T
    shock, person = keep @ z @ z.T @ keep.T, keep @ keep.T
    # What the residuals' squares, in all and between towns, are expected to be: solved for both variances.
    expected = [[np.trace(m @ v) for v in (shock, person)] for m in (np.eye(len(y)), between)]
    tau2, sigma2 = np.linalg.solve(expected, [left @ left, left @ between @ left])
    if tau2 < 0:
        tau2, sigma2 = 0.0, left @ left / expected[0][1]
    assert sigma2 > 0
    parts = (z * pull[:, None]).T
    seen = parts @ (tau2 * shock + sigma2 * person) @ parts.T
    whole = np.diag(parts @ (tau2 * z @ z.T + sigma2 * np.eye(len(y))) @ parts.T)
    sign = np.sign(parts.sum(axis=1))
    root = sign / np.sqrt(np.diag(seen))
    v, corr = sign * np.sqrt(whole), seen * np.outer(root, root)
    alike = [(v[i] * v[j], corr[i, j]) for i in range(len(v)) for j in range(len(v)) if i != j]
    varies = (v**2).sum() + sum(a for a, _ in alike) * np.mean([c for _, c in alike])
    return root * (parts @ left) * np.sqrt((v**2).sum() / varies), v, abs((parts @ left).sum())


@pytest.mark.parametrize("treatment", ["treat", "volunteer"])
@pytest.mark.parametrize("null", [0.0, 0.4])
def test_dealing_shocks_equals_the_definition(treatment, null):
    d, x, y = (DATA[c].to_numpy(float) for c in (treatment, "x", "y"))
    w, clusters = DATA["w"].to_numpy(float), DATA["town"].to_numpy()
    fit = fit_linear(np.column_stack([np.ones(len(y)), d, x]), y, w)
    orders = ferman_pinto.deals(12, 199, 3)
    found = ferman_pinto.shocks_of(fit, clusters, np.array([0.0, 1.0, 0.0]))
    units, pull, observed = shocks_slowly(y, d, x, w, clusters, null)
    np.testing.assert_allclose(ferman_pinto.units_at(found, null), [units, pull], rtol=1e-9)
    drawn = [abs(sum(pull[g] * units[order[g]] for g in range(12))) for order in orders]
    expected = (1 + sum(s >= observed * (1 - 1e-9) for s in drawn)) / 200
    assert ferman_pinto.p_value(found, orders, null) == expected
    assert ferman_pinto.p_value(found, orders, found.estimate) == 1.0


def test_what_is_dealt_out_varies_as_the_estimate_does():
    """The average over fresh shocks of all orders' mean square is the estimate's variance, sizes uneven."""
    rng = np.random.default_rng(8)
    clusters = np.repeat(np.arange(9), [60, 25, 5, 8, 10, 12, 20, 6, 14])
    d, x = (clusters < 2).astype(float), rng.normal(size=160)
    full, ratios = np.column_stack([np.ones(160), d, x]), []
    for _ in range(400):
        y = rng.normal(size=160) + rng.normal(size=9)[clusters]
        found = ferman_pinto.shocks_of(fit_linear(full, y), clusters, np.array([0.0, 1.0, 0.0]))
        units, pull = ferman_pinto.units_at(found, 0.0)
        # Every order's mean square in closed form: equal chances for each unit and each pair of units.
        square, pairs = (units**2).mean(), (units.sum() ** 2 - (units**2).sum()) / 72
        spread = (pull**2).sum() * square + (pull.sum() ** 2 - (pull**2).sum()) * pairs
        ratios.append(spread / (found.parts.one**2 + found.parts.two).sum())
    assert np.mean(ratios) == pytest.approx(1.0, abs=4 * np.std(ratios) / 20)


def test_one_treated_town_among_equals_is_ranked_by_its_mean():
    rng = np.random.default_rng(4)
    clusters = np.repeat(np.arange(30), 8)
    y = rng.normal(size=240) + rng.normal(size=30)[clusters] + 2.0 * (clusters == 0)
    fit = fit_linear(np.column_stack([np.ones(240), clusters == 0]).astype(float), y)
    found = ferman_pinto.shocks_of(fit, clusters, np.array([0.0, 1.0]))
    gap = np.abs([y[clusters == g].mean() - y.mean() for g in range(30)])
    orders = np.array([np.roll(np.arange(30), k) for k in range(30)])
    expected = (1 + (gap >= gap[0] * (1 - 1e-9)).sum()) / 31
    assert ferman_pinto.p_value(found, orders) == pytest.approx(expected)
    low, high = ferman_pinto.limits(found, orders, 0.5, 0.10)
    assert low < found.estimate < high
    for end, outward in ((low, -1), (high, 1)):
        assert ferman_pinto.p_value(found, orders, end + outward * 1e-6) < 0.10
