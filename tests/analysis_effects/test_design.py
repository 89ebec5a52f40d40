import gc
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp

import ipseval as ips
from ipseval.analysis.kernels.cluster import cr2, fit_linear
from ipseval.analysis.kernels.matching import whiten
from ipseval.core.errors import DesignError, EstimationError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"
PEOPLE = pd.read_csv(ORACLES / "effect_matching" / "input.csv")
FORMULA = "treat ~ years + educ + C(race) + married + nodegree + re74 + re75"
RUNS = {
    "plain": {"order": "data"}, "replaced": {"replace": True}, "two_replaced": {"replace": True, "ratio": 2},
}  # fmt: skip


def used(design, arm):
    return np.flatnonzero((design.weight > 0) & (design.d == arm))


def total_distance(design):
    if design.pairs is not None:
        a, b = design.pairs
        return np.abs(design.score[a] - design.score[b]).sum()
    treated = dict(zip(design.subclass[used(design, 1)], design.score[used(design, 1)], strict=True))
    rows = used(design, 0)
    return sum(abs(design.score[j] - treated[design.subclass[j]]) for j in rows)


@pytest.mark.parametrize("name", list(RUNS))
def test_nearest_and_its_error_equal_r_matching(name):
    theirs = pd.read_csv(ORACLES / "effect_matching" / "expected.csv").set_index("run").loc[name]
    design = ips.match(FORMULA, PEOPLE, id="id", **RUNS[name])
    assert (len(used(design, 1)), len(used(design, 0))) == (theirs["treated"], theirs["controls"])
    assert total_distance(design) == pytest.approx(theirs["distance"], rel=1e-6)
    sizes = design.balance().extras["sizes"].set_index("arm")
    assert sizes.loc["control", "effective_n"] == pytest.approx(theirs["ess"], rel=1e-9)
    row = ips.effect(design, outcome="re78").estimates.set_index("term").loc["difference"]
    assert row["estimate"] == pytest.approx(theirs["estimate"], rel=1e-9)
    if name != "plain":
        assert row["std_error"] == pytest.approx(theirs["se"], rel=1e-9)


def test_balance_equals_matchit():
    from dataclasses import replace

    theirs = pd.read_csv(ORACLES / "effect_matching" / "expected_balance.csv").set_index(["group", "term"])
    design = ips.match(FORMULA, PEOPLE, id="id", ratio=2, replace=True)
    weights = pd.read_csv(ORACLES / "effect_matching" / "weights.csv")["w"].to_numpy()
    result = assert_result(replace(design, weight=weights).balance())
    ours = result.extras["measures"].set_index(["group", "covariate"])
    names = {"raceblack": "race[black]", "racehispan": "race[hispan]", "racewhite": "race[white]"}
    for (group, term), row in theirs.iterrows():
        if term in ("distance", "raceblack"):
            continue
        mine = ours.loc[(group, names.get(term, term))]
        for column in ("mean_treated", "mean_control", "smd", "variance_ratio", "ks", "ecdf_mean"):
            if np.isnan(row[column]):
                assert np.isnan(mine[column])
            elif column != "ecdf_mean" or term not in ("married", "nodegree", *names):
                assert mine[column] == pytest.approx(row[column], rel=1e-6, abs=1e-9), (group, term, column)
            else:  # MatchIt gives the share's gap for a 0/1 column; over its two values the mean gap is half
                assert 2 * mine[column] == pytest.approx(row[column], abs=1e-9)


def slow_nearest(score, d, order, caliper, ratio, replace, allowed):
    """A plain loop over everybody, with the same rules in words."""
    free = set(np.flatnonzero(d == 0))
    found = []
    for _ in range(1 if replace else ratio):
        for i in order:
            pool = [j for j in sorted(free) if abs(score[j] - score[i]) <= caliper and allowed(i, j)]
            pool.sort(key=lambda j: (abs(score[j] - score[i]), score[j], j))
            for j in pool[: ratio if replace else 1]:
                found.append((i, j))
                if not replace:
                    free.discard(j)
    return sorted(found)


def pairs_of(design):
    if design.pairs is not None:
        return sorted(zip(*(p.tolist() for p in design.pairs), strict=True))
    head = {design.subclass[i]: i for i in used(design, 1)}
    return sorted((int(head[design.subclass[j]]), int(j)) for j in used(design, 0))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("raw", [False, True])
def test_calipers_strata_and_ties_equal_a_plain_loop(seed, replace, raw):
    rng = np.random.default_rng(seed)
    n = 60
    people = pd.DataFrame({"a": rng.integers(0, 6, n), "b": rng.integers(0, 2, n)})
    people["treat"] = (rng.random(n) < 0.2 + 0.05 * people["a"]).astype(int)
    caliper = {"propensity": 0.8, "a": 1} if raw else 0.4
    design = ips.match("treat ~ a", people, ratio=2, caliper=caliper, exact=["b"], replace=replace)
    score, d = design.score, design.d
    width = (0.8 if raw else 0.4) * np.sqrt((score[d == 1].var(ddof=1) + score[d == 0].var(ddof=1)) / 2)
    treated = np.flatnonzero(d == 1)
    order = treated[np.argsort(-score[treated], kind="stable")]

    def allowed(i, j):
        near = not raw or abs(people["a"][i] - people["a"][j]) <= 1
        return people["b"][i] == people["b"][j] and near

    assert pairs_of(design) == slow_nearest(score, d, order, width, 2, replace, allowed)
    assert any(n.code == "design_ties" for n in design.notes)


def test_ties_are_counted_only_where_there_are_any():
    rng = np.random.default_rng(2)
    people = pd.DataFrame({"x": rng.normal(size=80), "treat": np.arange(80) % 4 == 0})
    assert not any(n.code == "design_ties" for n in ips.match("treat ~ x", people).notes)


def test_mahalanobis_equals_a_plain_loop():
    rng = np.random.default_rng(4)
    people = pd.DataFrame(rng.normal(size=(50, 2)), columns=["x", "z"])
    people["treat"] = (np.arange(50) % 5 == 0).astype(int)
    design = ips.match("treat ~ x + z", people, distance="mahalanobis", order="data")
    arms = [people.loc[people["treat"] == a, ["x", "z"]].to_numpy() for a in (1, 0)]
    pooled = sum((len(p) - 1) * np.cov(p.T) for p in arms) / (50 - 2)
    inverse = np.linalg.inv(pooled)
    values, free, expected = people[["x", "z"]].to_numpy(), set(np.flatnonzero(people["treat"] == 0)), []
    for i in np.flatnonzero(people["treat"] == 1):
        best = min(free, key=lambda j: (values[i] - values[j]) @ inverse @ (values[i] - values[j]))
        free.discard(best)
        expected.append((int(i), int(best)))
    assert pairs_of(design) == sorted(expected)


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_optimal_equals_the_dense_assignment_solver(ratio, distance):
    rng = np.random.default_rng(ratio)
    people = pd.DataFrame(rng.normal(size=(90, 2)), columns=["x", "z"])
    people["treat"] = (rng.random(90) < 1 / (1 + np.exp(1.5 - people["x"]))).astype(int)
    design = ips.match("treat ~ x + z", people, method="optimal", ratio=ratio, distance=distance)
    points = design.score[:, None] if distance == "propensity" else whiten(design.x, design.d)
    treated, control = np.flatnonzero(design.d == 1), np.flatnonzero(design.d == 0)
    cost = np.sqrt(((points[treated][:, None] - points[control][None]) ** 2).sum(-1))
    cost = np.vstack([cost] * ratio)
    rows, columns = linear_sum_assignment(cost)
    ours = sum(np.linalg.norm(points[i] - points[j]) for i, j in pairs_of(design))
    assert ours == pytest.approx(cost[rows, columns].sum(), rel=1e-9)
    assert len(pairs_of(design)) == len(treated) * ratio


def test_optimal_matches_as_many_as_can_be_within_a_caliper():
    people = pd.DataFrame(
        {"treat": [1, 1, 1, 0, 0, 0], "p": [0.5, 0.52, 0.9, 0.51, 0.49, 0.1], "x": range(6)}
    )
    design = ips.match("treat ~ x", people, method="optimal", score="p", caliper={"x": 9, "propensity": 0.2})
    score, best = design.score, None
    spread = np.sqrt((score[:3].var(ddof=1) + score[3:].var(ddof=1)) / 2)
    for order in permutations(range(3, 6)):
        pairs = [(i, j) for i, j in enumerate(order) if abs(score[i] - score[j]) <= 0.2 * spread]
        key = (-len(pairs), sum(abs(score[i] - score[j]) for i, j in pairs))
        best = key if best is None or key < best else best
    found = pairs_of(design)
    assert (-len(found), sum(abs(score[i] - score[j]) for i, j in found)) == pytest.approx(best)
    assert design.population == "population_att_matched"
    assert any(n.code == "design_dropped" for n in design.notes)


def test_controls_can_be_the_target():
    people = pd.DataFrame({"treat": [1] * 6 + [0] * 3, "x": [1.0, 2, 3, 4, 5, 6, 2.1, 3.9, 5.2]})
    design = ips.match("treat ~ x", people, estimand="ATC")
    assert len(used(design, 1)) == 3 == len(used(design, 0))


def test_a_design_holds_no_outcome_and_does_not_keep_the_frame_alive():
    frame = PEOPLE.assign(secret=7_777_777.0)
    design = ips.match(FORMULA, frame, id="id")
    held = [v for v in vars(design).values() if isinstance(v, np.ndarray)]
    assert not any((np.asarray(v, dtype=float) == 7_777_777.0).any() for v in held if v.dtype.kind in "if")
    assert "7777777" not in repr(design)
    del frame
    gc.collect()
    with pytest.raises(DesignError, match="data="):
        ips.effect(design, outcome="re78")


def test_the_outcome_joins_by_id_in_any_order_and_unmatched_ids_are_refused():
    design = ips.match(FORMULA, PEOPLE, id="id")
    shuffled = PEOPLE.sample(frac=1, random_state=1)
    here = assert_result(ips.effect(design, outcome="re78", data=PEOPLE, id="id"))
    there = ips.effect(design, outcome="re78", data=shuffled[["id", "re78"]], id="id")
    pd.testing.assert_frame_equal(here.estimates, there.estimates)
    with pytest.raises(DesignError, match="not in data="):
        ips.effect(design, outcome="re78", data=PEOPLE.tail(300), id="id")
    bare = ips.match(FORMULA, PEOPLE)
    pd.testing.assert_frame_equal(ips.effect(bare, outcome="re78").estimates, here.estimates)
    with pytest.raises(DesignError, match="make the design with id="):
        ips.effect(bare, outcome="re78", data=PEOPLE.head(100))


def test_matched_difference_is_the_paired_t():
    design = ips.match(FORMULA, PEOPLE, id="id")
    row = ips.effect(design, outcome="re78").estimates.set_index("term").loc["difference"]
    pairs = np.array(pairs_of(design))
    y = PEOPLE["re78"].to_numpy()
    paired = stats.ttest_rel(y[pairs[:, 0]], y[pairs[:, 1]])
    assert row["estimate"] == pytest.approx((y[pairs[:, 0]] - y[pairs[:, 1]]).mean())
    assert row["statistic"] == pytest.approx(paired.statistic)
    assert row["p_value"] == pytest.approx(paired.pvalue)
    assert row["df"] == pytest.approx(len(pairs) - 1)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"treat": 1}, {}, "only the treated arm"),
        ({"treat": 2}, {}, "0/1"),
        ({"id": 5}, {}, "repeats in 613"),
        ({"years": np.inf}, {}, "infinite"),
        ({}, {"caliper": {"height": 2}}, "height"),
        ({}, {"caliper": -1.0}, "0 or more"),
        ({}, {"ratio": 0}, "ratio="),
        ({}, {"method": "optimal", "replace": True}, "replacement"),
        ({}, {"exact": ["treat"]}, "treatment"),
        ({}, {"estimand": "ATE"}, "estimand="),
        ({}, {"score": "re74"}, "between 0 and 1"),
        ({"town": lambda f: f["treat"]}, {"exact": ["town"]}, "nobody was matched"),
    ],
)
def test_impossible_designs_are_refused_in_one_sentence(change, options, message):
    with pytest.raises((DesignError, EstimationError), match=message):
        ips.match(FORMULA, PEOPLE.assign(**change), id="id", **options)


def test_what_is_lost_is_told():
    frame = PEOPLE.copy()
    frame.loc[:9, "years"] = np.nan
    frame["town"] = np.where((frame["treat"] == 1) & (frame["educ"] > 11), "alone", "shared")
    design = ips.match(FORMULA, frame, id="id", exact=["town"], caliper=0.2)
    codes = {n.code: n.sentence for n in design.notes}
    assert "10 row(s) lack years" in codes["design_covariate_missing"]
    assert {"design_stratum_alone", "design_dropped", "design_no_support"} <= set(codes)
    flow = design.sample.set_index(["step", "group"])["n"]
    assert flow[("in_frame", "treated")] - flow[("design_covariates_known", "treated")] == 10


def test_separated_arms_are_scored_by_firth():
    people = pd.DataFrame({"treat": [1] * 8 + [0] * 8, "x": [*range(8, 16), *range(8)]})
    design = ips.match("treat ~ x", people)
    assert any(n.code == "design_firth" for n in design.notes)
    assert np.isfinite(design.score).all()


@pytest.mark.parametrize("target", ["ATT", "ATC", "ATE", "ATO", "entropy"])
@pytest.mark.parametrize("outcome", ["y", "job"])
def test_weights_and_their_errors_equal_stacked_equations_in_r(target, outcome):
    people = pd.read_csv(ORACLES / "effect_clusters" / "input.csv")
    theirs = pd.read_csv(ORACLES / "effect_weights" / "expected.csv").set_index(["outcome", "target"])
    row = theirs.loc[(outcome, target)]
    method = {"ATO": "overlap", "entropy": "entropy"}.get(target, "ipw")
    design = ips.weight(
        "volunteer ~ x + w", people, method=method, estimand=None if method != "ipw" else target
    )
    result = assert_result(ips.effect(design, outcome=outcome))
    est = result.estimates.set_index("term")
    assert est.loc["mean_treated", "estimate"] == pytest.approx(row["m1"], rel=1e-6)
    assert est.loc["mean_control", "estimate"] == pytest.approx(row["m0"], rel=1e-6)
    assert est.loc["difference", "std_error"] == pytest.approx(row["se"], rel=1e-6)
    if outcome == "job":
        assert est.loc["risk_ratio", "std_error"] == pytest.approx(row["se_log_ratio"], rel=1e-6)
    if method == "ipw":
        direct = ips.effect(
            people,
            outcome=outcome,
            treatment="volunteer",
            covariates=["x", "w"],
            method="ipw",
            estimand=target,
        )
        np.testing.assert_allclose(
            direct.estimates.set_index("term").loc["difference", ["estimate", "std_error"]].astype(float),
            est.loc["difference", ["estimate", "std_error"]].astype(float), rtol=1e-10,
        )  # fmt: skip


def test_overlap_and_entropy_balance_means_exactly():
    for method in ("overlap", "entropy"):
        result = assert_result(ips.weight(FORMULA, PEOPLE, method=method).balance())
        after = result.estimates[result.estimates["group"] == "after"]
        assert after["estimate"].abs().max() < 1e-7


def test_balance_of_squares_flags_what_is_left_and_offers_no_p():
    result = assert_result(ips.match(FORMULA, PEOPLE).balance(squares=True))
    assert result.estimates["p_value"].isna().all()
    assert (result.estimates["status"] == "flagged").any()
    assert any("²" in t for t in result.estimates["term"])
    shares = result.extras["propensity"].groupby(["group", "arm"])["share"].sum()
    np.testing.assert_allclose(shares, 1.0)


def test_heavy_weights_and_trimming_are_told():
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"x": rng.normal(size=400)})
    people["treat"] = (rng.random(400) < 1 / (1 + np.exp(-2.5 * people["x"]))).astype(int)
    design = ips.weight("treat ~ x", people, estimand="ATE", trim=0.05)
    assert design.population == "population_ate_trimmed"
    assert {n.code for n in design.notes} >= {"design_trimmed"}
    heavy = ips.weight("treat ~ x", people, estimand="ATT")
    assert any(n.code == "design_low_n_control" for n in heavy.notes)
    with pytest.raises(DesignError, match="trim="):
        ips.weight("treat ~ x", people, trim=5)
    with pytest.raises(DesignError, match="estimand="):
        ips.weight("treat ~ x", people, method="entropy", estimand="ATE")


def test_entropy_says_when_no_weights_can_reach_the_mean():
    people = pd.DataFrame({"treat": [1, 1, 1, 0, 0, 0, 0], "x": [9.0, 9.5, 9.1, 1, 2, 3, 2.5]})
    with pytest.raises(EstimationError, match="outside what the other arm can reach"):
        ips.weight("treat ~ x", people, method="entropy")


def cheapest_cover(cost):
    """The cheapest choice of edges that leaves nobody alone, by integer programming."""
    n, m = cost.shape
    cover = np.vstack(
        [np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))]
    )  # one line per treated, one per control
    found = milp(
        cost.ravel(),
        constraints=LinearConstraint(cover, lb=1.0),
        integrality=np.ones(n * m),
        bounds=Bounds(0, 1),
    )
    return found.fun


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("distance", ["propensity", "mahalanobis"])
def test_full_matching_is_the_cheapest_cover(seed, distance):
    rng = np.random.default_rng(seed)
    people = pd.DataFrame(rng.normal(size=(40, 2)), columns=["x", "z"])
    if seed == 4:
        people = people.round(0)  # many distances of 0 and many ties
    people["treat"] = (rng.random(40) < 1 / (1 + np.exp(0.3 - people["x"]))).astype(int)
    design = ips.match("treat ~ x + z", people, method="full", distance=distance)
    points = design.score[:, None] if distance == "propensity" else whiten(design.x, design.d)
    treated, control = np.flatnonzero(design.d == 1), np.flatnonzero(design.d == 0)
    cost = np.sqrt(((points[treated][:, None] - points[control][None]) ** 2).sum(-1))
    total = 0.0
    for k in np.unique(design.subclass):
        own, other = (np.flatnonzero((design.subclass == k) & (design.d == a)) for a in (1, 0))
        assert min(len(own), len(other)) == 1, "a set has one treated or one control"
        total += sum(np.linalg.norm(points[a] - points[b]) for a in own for b in other)
        assert design.weight[other].sum() == pytest.approx(len(own))
        np.testing.assert_allclose(design.weight[other], len(own) / len(other))
    assert (design.weight > 0).all()
    assert total == pytest.approx(cheapest_cover(cost), rel=1e-9, abs=1e-9)


def test_full_matching_within_limits_leaves_out_who_has_nobody():
    people = pd.DataFrame(
        {"treat": [1, 1, 1, 0, 0, 0, 0], "town": list("aabaacc"), "p": [0.5, 0.6, 0.5, 0.52, 0.55, 0.5, 0.5]}
    )
    design = ips.match("treat ~ p", people, method="full", score="p", exact=["town"])
    assert design.weight.tolist() == [1, 1, 0, 1, 1, 0, 0]
    assert "design_dropped" in {n.code for n in design.notes}
    with pytest.raises(DesignError, match="no meaning"):
        ips.match("treat ~ p", people, method="full", ratio=2)
    row = ips.effect(design, outcome="y", data=people.assign(y=range(7))).estimates.set_index("term")
    assert row.loc["mean_control", "estimate"] == pytest.approx(3.5)


def test_matched_sets_across_towns_are_clustered_both_ways():
    rng = np.random.default_rng(3)
    n = 400
    people = pd.DataFrame({"x": rng.normal(size=n), "town": rng.integers(0, 24, n)})
    people["treat"] = ((people["town"] < 12) & (rng.random(n) < 0.6)).astype(int)
    people["y"] = (
        people["x"] + 0.4 * people["treat"] + rng.normal(size=24)[people["town"]] + rng.normal(size=n)
    )
    design = ips.match("treat ~ x", people, caliper=0.2)
    result = assert_result(ips.effect(design, outcome="y", cluster="town"))
    assert result.method.test == "test_two_way"
    used_rows = design.weight > 0
    part = people[used_rows]
    fit = fit_linear(np.column_stack([np.ones(len(part)), part["treat"]]).astype(float), part["y"].to_numpy())
    unit = np.array([0.0, 1.0])
    codes = (part["town"], design.subclass[used_rows], part["town"] * 1000 + design.subclass[used_rows])
    town, pair, cell = (cr2(fit, pd.factorize(c)[0], unit) for c in codes)
    row = result.estimates.set_index("term").loc["difference"]
    assert row["df"] == pytest.approx(town.df)
    expected = town.std_error**2 + max(pair.std_error**2 - cell.std_error**2, 0)
    assert row["std_error"] ** 2 == pytest.approx(expected)
    inside = people[people["town"] < 12].reset_index(drop=True)
    within = ips.match("treat ~ x", inside, exact=["town"])
    nested = ips.effect(within, outcome="y", cluster="town", vcov="two_way")
    assert "gate_not_crossed" in {n.code for n in nested.notes}
