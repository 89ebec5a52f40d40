from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.analysis.change import benjamini_hochberg, holm
from ipseval.analysis.change_inputs import outcome_name
from ipseval.analysis.kernels import bootstrap, signed_rank
from ipseval.analysis.kernels.noncentral import t_noncentrality
from ipseval.analysis.kernels.paired_t import change_moments, standardised_changes
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "change"
OUTCOMES = {name: (f"{name}_start", f"{name}_end") for name in ("who5", "lone", "small", "plain")}
CANARY = 9988776655


def scores(before, after):
    return pd.DataFrame({"x_start": before, "x_end": after}, dtype=float)


def change(before, after, **options):
    result = ips.change(scores(before, after), before="x_start", after="x_end", **options)
    return assert_result(result).estimates.set_index("term"), result


@pytest.mark.parametrize("zeros", ["wilcoxon", "pratt"])
def test_it_equals_r_in_every_column(zeros):
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    result = assert_result(ips.change(frame, outcomes=OUTCOMES, zeros=zeros, id="id"))
    expected = pd.read_csv(ORACLE / "expected.csv", na_values=[""])
    expected["zeros"] = expected["zeros"].fillna("")
    expected = expected[expected["zeros"].isin(["", zeros])]
    both = result.estimates.merge(expected, on=["outcome", "term"], suffixes=("", "_r"))
    assert len(both) == len(expected)
    for column in ("estimate", "ci_low", "ci_high", "statistic", "df", "p_value", "n"):
        told = both[column + "_r"].notna()
        ours, theirs = both.loc[told, column].astype(float), both.loc[told, column + "_r"].astype(float)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-8, err_msg=column)


def test_without_ties_the_hodges_lehmann_interval_is_that_of_base_r():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    expected = pd.read_csv(ORACLE / "expected.csv").query("zeros == 'base'").iloc[0]
    est = ips.change(frame, outcomes={"plain": OUTCOMES["plain"]}).estimates
    row = est[est["term"] == "hodges_lehmann"].iloc[0]
    for column in ("estimate", "ci_low", "ci_high", "statistic", "p_value"):
        assert row[column] == pytest.approx(expected[column], abs=1e-8)


def test_d_z_spreads_and_correlation_are_those_of_psych():
    est = ips.change(
        pd.read_csv(ORACLE / "input.csv", na_values=[""]), outcomes=OUTCOMES, resamples=99
    ).estimates
    expected = pd.read_csv(ORACLE / "expected.csv").query("zeros == 'psych'")
    both = expected.merge(est, on=["outcome", "term"], suffixes=("_r", ""))
    assert len(both) == len(expected) == 5 * len(OUTCOMES)
    np.testing.assert_allclose(both["estimate"], both["estimate_r"], atol=1e-8)
    d_z = both[both["term"] == "d_z"]
    for column in ("ci_low", "ci_high"):
        # psych searches its limits with uniroot's own tolerance.
        np.testing.assert_allclose(d_z[column], d_z[column + "_r"], atol=1e-4)
    np.testing.assert_allclose(d_z["statistic"], d_z["statistic_r"], atol=1e-8)
    assert (d_z["df"] == d_z["df_r"]).all()


def test_d_z_and_its_hedges_correction_are_those_of_effectsize():
    est = ips.change(
        pd.read_csv(ORACLE / "input.csv", na_values=[""]), outcomes=OUTCOMES, resamples=99
    ).estimates
    expected = pd.read_csv(ORACLE / "expected.csv").query("zeros == 'effectsize'")
    both = est.merge(expected, on=["outcome", "term"], suffixes=("", "_r"))
    assert len(both) == len(expected) == 8
    for column in ("estimate", "ci_low", "ci_high"):
        # effectsize searches its limits with optim, to some six digits.
        slack = 1e-8 if column == "estimate" else 2e-4
        np.testing.assert_allclose(both[column].astype(float), both[column + "_r"], atol=slack)


def enumerated_p(differences, zeros):
    d = np.round(differences, 9)
    if zeros == "wilcoxon":
        d = d[d != 0]
    ranks = stats.rankdata(np.abs(d))[d != 0]
    observed = ranks[d[d != 0] > 0].sum()
    sums = np.array([ranks @ signs for signs in product([0, 1], repeat=len(ranks))])
    return min(1.0, 2 * min(np.mean(sums >= observed - 1e-9), np.mean(sums <= observed + 1e-9)))


@pytest.mark.parametrize("seed", range(25))
def test_signed_rank_and_sign_flip_equal_enumeration(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 13))
    d = rng.integers(-5, 7, n) * rng.choice([1.0, 0.1, 4.0])
    for zeros in signed_rank.ZERO_RULES:
        assert signed_rank.signed_rank(d, zeros).p_value == pytest.approx(enumerated_p(d, zeros), abs=1e-12)
    flips = np.array([abs(np.abs(d) @ signs) for signs in product([-1, 1], repeat=n)])
    p = np.mean(flips >= abs(d.sum()) - 1e-9)
    assert sign_flip(d, 1).p_value == pytest.approx(p, abs=1e-12)
    assert sign_flip(d, 1).exact


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("zeros", ["wilcoxon", "pratt"])
def test_the_hodges_lehmann_interval_holds_every_shift_that_is_not_rejected(seed, zeros, monkeypatch):
    rng = np.random.default_rng(seed)
    d = np.round(rng.normal(1, 3, int(rng.integers(7, 20))), int(rng.integers(0, 2)))
    found = signed_rank.hodges_lehmann(d, 0.95, zeros)
    i, j = np.triu_indices(len(d))
    points = np.unique(np.round((d[i] + d[j]) / 2, 9))
    gaps = (points[1:] + points[:-1]) / 2
    kept = [p for p in points if enumerated_or_exact(d - p, zeros) > 0.05]
    edges = [
        e
        for g, a, b in zip(gaps, points, points[1:], strict=False)
        for e in (a, b)
        if enumerated_or_exact(d - g, zeros) > 0.05
    ]
    assert found.low == pytest.approx(min(kept + edges), abs=1e-9)
    assert found.high == pytest.approx(max(kept + edges), abs=1e-9)
    monkeypatch.setattr(signed_rank, "SCANNED", 0)
    assert signed_rank.hodges_lehmann(d, 0.95, zeros) == found


def enumerated_or_exact(d, zeros):
    d = np.round(d, 9)
    return enumerated_p(d, zeros) if len(d) <= 9 else signed_rank.signed_rank(d, zeros).p_value


def test_float_noise_neither_makes_nor_breaks_ties():
    clean = signed_rank.signed_rank(np.array([1.0, -1.0, 2.0, 0.0, 3.0]))
    noisy = signed_rank.signed_rank(np.array([0.3 - 0.2, 0.1 - 0.2, 0.5 - 0.3, 0.1 + 0.2 - 0.3, 0.3]))
    assert clean == noisy


def test_the_ideal_bootstrap_of_a_mean_is_the_limit_of_resampling():
    rng = np.random.default_rng(5)
    d = 4.0 * rng.integers(-6, 10, 40)
    ideal = bootstrap.mean_bca(d, 0.95)
    drawn = stats.bootstrap((d,), np.mean, n_resamples=100_000, method="BCa", batch=10_000, rng=1)
    assert ideal.exact
    assert ideal.low == pytest.approx(drawn.confidence_interval.low, abs=0.11)
    assert ideal.high == pytest.approx(drawn.confidence_interval.high, abs=0.11)
    # By enumeration: n = 4 has 256 resamples, all of them counted.
    small = np.array([-1.0, 0.0, 2.0, 5.0])
    means = np.sort([np.mean(pick) for pick in product(small, repeat=4)])
    below = (np.mean(means < 1.5) + np.mean(means <= 1.5)) / 2
    centred = small - 1.5
    ends = bootstrap.bca_levels(below, (centred**3).sum() / (6 * (centred**2).sum() ** 1.5), 0.9)
    expected = [means[np.searchsorted(np.arange(1, 257) / 256, e)] for e in ends]
    found = bootstrap.mean_bca(small, 0.9)
    np.testing.assert_allclose([found.low, found.high], expected, atol=1e-12)


def test_resampled_bca_of_standardised_changes_agrees_with_scipy():
    rng = np.random.default_rng(2)
    x = 4.0 * rng.integers(3, 20, 40)
    y = np.clip(x + 4.0 * rng.integers(-5, 9, 40), 0, 100)
    ours = bootstrap.moment_bca(
        change_moments(x, y), standardised_changes, bootstrap.resample_counts(40, 20_000, 7), 0.95
    )

    def d_rm(a, b, axis=-1):
        e = b - a
        am, bm = a - a.mean(axis, keepdims=True), b - b.mean(axis, keepdims=True)
        r = (am * bm).sum(axis) / np.sqrt((am**2).sum(axis) * (bm**2).sum(axis))
        return e.mean(axis) / e.std(axis) * np.sqrt(2 * (1 - r))

    theirs = stats.bootstrap((x, y), d_rm, paired=True, n_resamples=20_000, method="BCa", batch=5_000, rng=3)
    assert ours[1].low == pytest.approx(theirs.confidence_interval.low, abs=0.012)
    assert ours[1].high == pytest.approx(theirs.confidence_interval.high, abs=0.012)


def test_the_noncentral_limits_leave_zero_out_exactly_when_t_rejects():
    critical = stats.t.ppf(0.975, 12)
    low, high = t_noncentrality(critical, 12, 0.95)
    assert low == pytest.approx(0, abs=1e-9)
    assert high > critical
    assert stats.nct.cdf(critical, 12, high) == pytest.approx(0.025, abs=1e-8)
    assert t_noncentrality(-critical, 12, 0.95)[1] == pytest.approx(0, abs=1e-9)


def test_holm_and_benjamini_hochberg_equal_statsmodels():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(3).uniform(size=20) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-14)
    np.testing.assert_allclose(benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], atol=1e-14)


def test_many_outcomes_are_adjusted_together():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    result = ips.change(frame, before=["who5_start", "lone_start"], after=["who5_end", "lone_end"], id="id")
    told = result.extras["adjusted"].query("term == 'difference'")
    assert told["outcome"].tolist() == ["who5", "lone"]
    assert (told["p_holm"] >= told["p_value"]).all()
    assert told["family_size"].eq(2).all()


def test_long_data_give_what_wide_data_give():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])[["id", "who5_start", "who5_end"]]
    long = pd.concat(
        [frame[["id"]].assign(when=w, who5=frame[f"who5_{w}"]) for w in ("end", "start")], ignore_index=True
    )
    wide = ips.change(frame, outcomes={"who5": ("who5_start", "who5_end")}, id="id")
    melted = assert_result(ips.change(long, score="who5", wave="when", waves=("start", "end"), id="id"))
    pd.testing.assert_frame_equal(wide.tidy(), melted.tidy())
    with pytest.raises(EstimationError, match="alphabetical order"):
        ips.change(long, score="who5", wave="when", id="id")
    ordered = long.assign(when=pd.Categorical(long["when"], ["start", "end"], ordered=True))
    pd.testing.assert_frame_equal(wide.tidy(), ips.change(ordered, score="who5", wave="when", id="id").tidy())


def test_groups_and_halves_are_counted():
    frame = pd.DataFrame(
        {"g": ["a", "a", "b", "b", None], "x_start": [1, 2, 3, None, 1], "x_end": [2, None, 4, 5, 1]}
    )
    result = assert_result(ips.change(frame, before="x_start", after="x_end", by="g"))
    assert result.extras["flow"].to_numpy().tolist() == [["x", "a", 1, 1, 0, 0], ["x", "b", 1, 0, 1, 0]]
    assert "rows_without_group" in {n.code for n in result.notes}


def test_targets_class_exact_thresholds_and_direction():
    est, _ = change([50, 50, 50, 50], [60, 59, 40, 50], target={"mic": 10, "range": (0, 100)})
    assert est.loc[["improved_mic", "unchanged_mic", "worse_mic"], "n_events"].tolist() == [1, 2, 1]
    est, _ = change([50, 50, 50, 50], [60, 59, 35, 50], target=ips.ChangeTarget(better="lower", mdc=15))
    assert est.loc[["improved_mdc", "unchanged_mdc", "worse_mdc"], "n_events"].tolist() == [1, 3, 0]
    est, _ = change([0.1, 0.1], [0.3, 0.25], target={"mic": 0.2})
    assert est.loc["improved_mic", "n_events"] == 1
    est, _ = change([0, 50, 100], [0, 0, 120], target={"range": (0, 100)})
    assert est.loc["floor_after", "status"] == "refused"


def test_equivalence_is_two_one_sided_tests():
    rng = np.random.default_rng(4)
    x = rng.normal(50, 10, 30)
    d = rng.normal(0.5, 4, 30)
    est, _ = change(x, x + d, target={"margin": 3.0})
    row = est.loc["equivalence"]
    lower = stats.ttest_1samp(d, -3, alternative="greater").pvalue
    upper = stats.ttest_1samp(d, 3, alternative="less").pvalue
    assert row["p_value"] == pytest.approx(max(lower, upper), abs=1e-12)
    assert row["conf_level"] == pytest.approx(0.9)
    interval = stats.ttest_1samp(d, 0).confidence_interval(0.9)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(interval), abs=1e-9)


def test_selection_alone_explains_the_gain_of_people_who_never_changed():
    rng = np.random.default_rng(9)
    true = rng.normal(60, np.sqrt(0.7) * 20, 60_000)
    first, second = (true + rng.normal(0, np.sqrt(0.3) * 20, 60_000) for _ in range(2))
    chosen = first <= 50
    selection = {"mean": 60, "sd": 20, "reliability": 0.7, "cut": 50}
    est, _ = change(
        first[chosen][:4000], second[chosen][:4000], target={"selection": selection}, resamples=99
    )
    assert est.loc["difference", "estimate"] > 3
    assert est.loc["difference_beyond_selection", "estimate"] == pytest.approx(0, abs=1.2)
    by_mean, _ = change(
        first[chosen][:4000], second[chosen][:4000],
        target={"selection": {"mean": 60, "reliability": 0.7}}, resamples=99,
    )  # fmt: skip
    expected = by_mean.loc["expected_from_selection", "estimate"]
    assert expected == pytest.approx(est.loc["expected_from_selection", "estimate"], abs=0.5)


@pytest.mark.parametrize(
    ("before", "after"),
    [([], []), ([5], [7]), ([5, 5], [7, 7]), ([5, 6, 7, 8, 9, 9], [5, 6, 7, 8, 9, 9]), ([1, 2], [3, 5])],
)
def test_small_and_constant_data_keep_all_nineteen_rows(before, after):
    est, result = change(before, after)
    assert len(est) == 19
    known = est["status"].value_counts().to_dict()
    assert known.get("refused", 0) + known.get("flagged", 0) > 0
    assert {n.row for n in result.notes if n.row is not None} >= set(
        np.flatnonzero(est["status"].ne("ok").to_numpy())
    )


def test_two_pairs_have_a_t_interval_and_one_pair_an_estimate():
    est, _ = change([1, 2], [3, 5])
    assert est.loc["difference", "estimate"] == 2.5
    assert est.loc["difference", "df"] == 1
    est, _ = change([1], [3])
    assert est.loc["difference", "estimate"] == 2
    assert est.loc["difference", "status"] == "flagged"
    est, _ = change([1, 2, 3], [1, 2, 3])
    assert est.loc["difference", "estimate"] == 0
    assert est.loc["hodges_lehmann", "status"] == "refused"


def test_an_interval_that_ends_at_a_rejected_zero_says_so():
    # Seven rises of two steps and five persons unchanged: dropped, the unchanged leave p = 2 / 2^7.
    est, result = change([0] * 12, [0] * 5 + [2] * 7)
    row = est.loc["hodges_lehmann"]
    assert row["p_value"] == pytest.approx(2 / 2**7)
    assert row["ci_low"] == 0
    assert "zero_is_just_outside" in {note.code for note in result.notes}


def test_an_interval_that_cannot_be_reached_is_not_invented():
    est, _ = change([1, 2, 3, 4], [2, 4, 6, 9])
    row = est.loc["hodges_lehmann"]
    assert row["p_value"] == 0.125
    assert row["status"] == "flagged"
    assert np.isnan(row["ci_low"])


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (scores([1, np.inf], [1, 2]), {"before": "x_start", "after": "x_end"}, "1 infinite value"),
        (scores([1], [1]), {"before": "x_start", "after": "x_slut"}, "did you mean"),
        (scores([1], [1]), {"before": "x_start"}, "after= is not given"),
        (scores([1], [1]), {}, "exactly one way"),
        (scores([1], [1]), {"before": ["x_start"], "after": ["x_end", "x_end"]}, "give them in pairs"),
        (scores([1], [1]), {"before": {"a": "x_start"}, "after": {"b": "x_end"}}, "different outcomes"),
        (scores([1], [1]), {"before": "x_start", "after": "x_end", "zeros": "drop"}, "not offered"),
        (scores([1], [1]), {"before": "x_start", "after": "x_end", "resamples": 9}, "too few"),
        (scores([1], [1]), {"before": "x_start", "after": "x_end", "target": {"mcid": 1}}, "unknown outcome"),
        (scores([1], [1]), {"before": "x_start", "after": "x_end", "target": {"x": {"mic": -1}}}, "positive"),
        (
            pd.DataFrame({"id": [1, 1, 1], "t": [1, 2, 2], "s": [1, 2, CANARY]}),
            {"score": "s", "wave": "t", "id": "id"},
            "repeats on 1 row(s) within a wave",
        ),
        (
            pd.DataFrame({"id": [1, 2, 3], "t": [1, 1, 2], "s": [1, 2, 3], "u": ["a"] * 3}),
            {"score": "s", "wave": "u", "id": "id"},
            "1 label(s)",
        ),
        (
            pd.DataFrame({"id": [1, 2, 3, 1, 2], "t": ["a", "a", "ab", "b", "b"], "s": 1.0}),
            {"score": "s", "wave": "t", "id": "id"},
            "of which 1 on a single row",
        ),
        (
            pd.DataFrame({"id": [1, 2], "t": [1, 2], "s": [1.0, 2.0]}),
            {"score": "s", "wave": "t", "id": "id", "waves": (1, 3)},
            "names 1 wave(s) that no row",
        ),
        (
            pd.DataFrame({"id": [1, 1], "t": [1, 2], "s": [1.0, 2.0], "g": ["a", "b"]}),
            {"score": "s", "wave": "t", "id": "id", "by": "g"},
            "changes within 1 person",
        ),
        (pd.DataFrame({"t": [1, 2], "s": [1.0, 2.0]}), {"score": "s", "wave": "t"}, "needs wave= and id="),
    ],
)  # fmt: skip
def test_bad_input_gives_one_sentence(frame, options, said):
    with pytest.raises(EstimationError) as caught:
        ips.change(frame, **options)
    assert said in str(caught.value)
    assert str(CANARY) not in str(caught.value)


def test_outcomes_are_named_by_what_their_columns_share():
    assert outcome_name("who5_start", "who5_slut") == "who5"
    assert outcome_name("pre_who5", "post_who5") == "who5"
    assert outcome_name("pre", "post") == "post"


def test_the_frame_is_left_alone_and_no_person_leaves():
    frame = pd.read_csv(ORACLE / "input.csv", na_values=[""])
    copy = frame.copy()
    result = ips.change(frame, outcomes=OUTCOMES)
    pd.testing.assert_frame_equal(frame, copy)
    assert max(map(len, result.extras.values())) < len(frame)
