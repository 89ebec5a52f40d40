from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import ipseval as ips
from ipseval.analysis.kernels.repeated_gee import fit_gee
from ipseval.analysis.kernels.repeated_mixed import persons_of
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "repeated"


def people():
    return pd.read_csv(ORACLE / "input.csv", na_values=[""])


def call(frame, **options):
    return assert_result(ips.repeated(frame, **{"score": "who5", "wave": "month", "id": "id", **options}))


@pytest.mark.parametrize(
    ("model", "options", "slack"),
    [
        ("intercept", {}, 1e-7),
        ("slope", {"random": "slope"}, 5e-6),
        ("gee", {"method": "gee"}, 1e-8),
    ],
)
def test_it_equals_r_in_every_column(model, options, slack):
    est = call(people(), arm="arm", **options).estimates
    expected = pd.read_csv(ORACLE / "expected.csv", dtype={"term": str}).query("model == @model")
    expected = expected.assign(group=expected["group"].fillna(""))
    est = est.assign(kind=est["estimand"].where(est["estimand"] != "", est["scale"].replace("test", "joint")))
    both = est.merge(expected, on=["group", "term", "kind"], suffixes=("", "_r"))
    assert len(both) == len(expected) == len(est)
    for column in ("estimate", "std_error", "statistic", "df", "p_value"):
        told = both[column].notna() & both[column + "_r"].notna()
        assert told.any()
        ours, theirs = both.loc[told, column].astype(float), both.loc[told, column + "_r"].astype(float)
        np.testing.assert_allclose(ours, theirs, rtol=slack * (10 if column == "p_value" else 1), atol=1e-9)


def test_the_uncorrected_robust_errors_are_those_of_geepack():
    frame = people().dropna()
    cells = frame["month"].astype(str) + "." + frame["arm"]
    names = [f"{m}.{a}" for a in ("ips", "usual") for m in (0, 6, 12, 18)]
    x = np.column_stack([(cells == name).astype(float) for name in names])
    fit = fit_gee(persons_of(x, x[:, :1], frame["who5"].to_numpy(), frame["id"].to_numpy()))
    expected = pd.read_csv(ORACLE / "expected_robust.csv").set_index("cell").loc[[f"cell{n}" for n in names]]
    np.testing.assert_allclose(fit.beta, expected["estimate"], atol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov_robust)), expected["std_error"], atol=1e-8)


def test_two_complete_waves_are_the_paired_t_test():
    frame = people().query("month in (0, 6)").dropna()
    frame = frame[frame.groupby("id")["month"].transform("count") == 2]
    est = call(frame).estimates
    row = est[est["estimand"] == "change"].iloc[0]
    wide = frame.pivot(index="id", columns="month", values="who5")
    paired = ips.change(wide.rename(columns={0: "w_0", 6: "w_6"}), before="w_0", after="w_6").estimates
    t = paired[paired["term"] == "difference"].iloc[0]
    for column in ("estimate", "std_error", "df", "p_value"):
        assert row[column] == pytest.approx(t[column], rel=1e-5)


def test_row_order_and_labels_of_persons_do_not_matter():
    frame = people()
    mixed_up = frame.sample(frac=1, random_state=1).assign(id=lambda f: "p" + (999 - f["id"]).astype(str))
    for method in ("mixed", "gee"):
        first, again = call(frame, method=method).tidy(), call(mixed_up, method=method).tidy()
        pd.testing.assert_frame_equal(first, again, rtol=1e-5)


def test_no_variation_between_persons_falls_back_and_says_so():
    rng = np.random.default_rng(1)
    rows = [(i, m, v) for i in range(30) for m, v in enumerate(rng.permutation([10.0, 30.0, 50.0]))]
    result = call(pd.DataFrame(rows, columns=["id", "month", "who5"]))
    assert "random_effect_is_zero" in {n.code for n in result.notes}
    assert result.estimates.loc[result.estimates["term"] == "waves_test", "df"].iloc[0] == pytest.approx(
        87, rel=1e-4
    )


def test_waves_in_words_need_their_order():
    frame = people().replace({"month": {0: "start", 6: "half", 12: "year", 18: "end"}})
    with pytest.raises(EstimationError, match="alphabetical"):
        call(frame)
    est = call(frame, waves=["start", "half", "year", "end"]).estimates
    assert est.loc[est["scale"] == "mean", "term"].tolist() == ["start", "half", "year", "end"]


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda f: pd.concat([f, f.head(2)]), {}, "repeats on 2 row(s)"),
        (lambda f: f.assign(id=f["id"].where(f["id"] > 1)), {}, "missing on 4 row"),
        (
            lambda f: f.assign(arm=np.where(f["month"] > 6, "x", f["arm"])),
            {"arm": "arm"},
            "changes within 48",
        ),
        (lambda f: f.assign(arm="one"), {"arm": "arm"}, "two arms"),
        (lambda f: f.assign(who5=f["who5"].where(f["month"] < 18)), {}, "1 wave(s) have no answer"),
        (lambda f: f[f["month"] == 0], {}, "two or more"),
        (lambda f: f[f["id"] < 4], {}, "too few for 4 means"),
        (lambda f: f.assign(who5=5.0), {}, "no variation"),
        (lambda f: f, {"waves": [0, 7]}, "different waves"),
        (lambda f: f, {"method": "anova"}, "not offered"),
    ],
)
def test_bad_input_gives_one_sentence(change, options, said):
    with pytest.raises(EstimationError) as caught:
        call(change(people()), **options)
    assert said in str(caught.value)


MODELS = [
    f"{y}_{correlation}_{covariates}"
    for y in ("who5", "work")
    for correlation in ("independence", "exchangeable")
    for covariates in ("plain", "adjusted")
] + ["who5_mixed_adjusted"]


def fit_of(model, **options):
    score, how, covariates = model.split("_")
    options |= {"covariates": ["age", "sex"] if covariates == "adjusted" else []}
    options |= {"method": "mixed"} if how == "mixed" else {"method": "gee", "correlation": how}
    return call(people(), score=score, kind="yes_no" if score == "work" else "score", arm="arm", **options)


@pytest.mark.parametrize("model", MODELS)
def test_covariates_correlation_and_yes_no_equal_r_in_every_column(model):
    est = fit_of(model).estimates
    expected = pd.read_csv(ORACLE / "expected_models.csv", dtype={"term": str}).query("model == @model")
    expected = expected.assign(group=expected["group"].fillna(""))
    kind = est["estimand"].replace("share", "mean")
    est = est.assign(kind=kind.where(kind != "", est["scale"].replace("test", "joint")))
    both = est.merge(expected, on=["group", "term", "kind"], suffixes=("", "_r"))
    assert len(both) == len(expected) == len(est) - 2 * ("mixed" in model)
    theirs = both[["estimate_r", "std_error_r"]].to_numpy(float)
    t = stats.t.ppf(0.975, both["df_r"])
    ends = theirs[:, 0] - t * theirs[:, 1], theirs[:, 0] + t * theirs[:, 1]
    if "work" in model:
        shares = (both["kind"] == "mean").to_numpy()
        share = special.expit(theirs[:, 0])
        theirs[:, 1] *= np.where(shares, share * (1 - share), 1.0)
        ends = [np.where(shares, special.expit(end), np.exp(end)) for end in ends]
        theirs[:, 0] = np.where(shares, share, np.exp(theirs[:, 0]))
    slack = 1e-7 if "mixed" in model else 1e-8
    single = (both["kind"] != "joint").to_numpy()
    for column, wanted in zip(
        ("estimate", "std_error", "ci_low", "ci_high"), (*theirs.T, *ends), strict=True
    ):
        np.testing.assert_allclose(both.loc[single, column], wanted[single], rtol=slack, atol=slack)
    tested = (both["kind"] != "mean").to_numpy()
    for column in ("statistic", "p_value"):
        wanted = both.loc[tested, column + "_r"]
        np.testing.assert_allclose(both.loc[tested, column], wanted, rtol=10 * slack, atol=slack)
    np.testing.assert_allclose(both["df"], both["df_r"], rtol=slack)


@pytest.mark.parametrize("model", MODELS[:-1])
def test_point_estimates_correlation_and_plain_robust_errors_are_those_of_geepack(model):
    score, how, covariates = model.split("_")
    frame = people().dropna(subset=[score])
    wanted = pd.read_csv(ORACLE / "expected_models_robust.csv").query("model == @model").set_index("cell")
    columns = {
        f"cell{m}.{a}": (frame["month"] == m) & (frame["arm"] == a)
        for a in ("ips", "usual")
        for m in (0, 6, 12, 18)
    }
    if covariates == "adjusted":
        columns |= {"age_c": frame["age"] - frame["age"].mean()}
        columns |= {f"sex_{s}": (frame["sex"] == s) - (frame["sex"] == s).mean() for s in ("other", "woman")}
    x = np.column_stack([np.asarray(c, dtype=float) for c in columns.values()])
    split = persons_of(x, x[:, :1], frame[score].to_numpy(dtype=float), frame["id"].to_numpy())
    fit = fit_gee(split, yes_no=score == "work", exchangeable=how == "exchangeable")
    wanted = wanted.loc[list(columns)]
    np.testing.assert_allclose(fit.beta, wanted["estimate"], atol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.cov_robust)), wanted["std_error"], atol=1e-8)
    assert fit.correlation == pytest.approx(wanted["alpha"].iloc[0], abs=1e-8)


def test_shares_of_a_wave_are_the_counts_when_nothing_is_lent():
    est = call(people(), score="work", kind="yes_no").estimates
    shares = est[est["scale"] == "expected_share"]
    assert shares["estimate"].to_numpy() == pytest.approx((shares["n_events"] / shares["n"]).to_numpy(float))


def test_a_wave_where_all_said_the_same_keeps_its_rows_without_numbers():
    frame = people().dropna(subset=["work"])
    frame["work"] = frame["work"].where(frame["month"] != 6, 0)
    result = call(frame, score="work", kind="yes_no", arm="arm")
    est = result.estimates
    touched = (est["term"] == "6") | est["term"].isin(["waves_test", "arm_by_wave_test"])
    assert (est.loc[touched, "status"] == "refused").all()
    others = est[~touched]
    assert (others["status"] == "ok").all()
    without = call(frame[frame["month"] != 6], score="work", kind="yes_no", arm="arm").estimates
    both = others.merge(without, on=["group", "term", "contrast"])
    assert len(both) == len(others)
    np.testing.assert_allclose(both["estimate_x"], both["estimate_y"], rtol=1e-9)


def test_an_answer_without_a_covariate_is_left_out_and_counted():
    frame = people()
    gone = frame.index[frame["who5"].notna()][:3]
    frame.loc[gone, "sex"] = None
    result = call(frame, covariates=["sex"])
    told = [n for n in result.notes if n.values.get("column") == "sex"]
    assert [n.values["n"] for n in told] == [3]
    assert result.sample.query("step == 'answered'")["n"].sum() == frame["who5"].notna().sum() - 3


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (lambda f: f, {"kind": "yes_no"}, "neither 1 (yes) nor 0"),
        (lambda f: f, {"score": "work", "kind": "yes_no", "method": "mixed"}, "estimating equations"),
        (lambda f: f, {"correlation": "ar1"}, "not offered"),
        (lambda f: f, {"covariates": ["age", "age"]}, "different columns"),
        (lambda f: f.assign(twice=2 * f["age"]), {"covariates": ["age", "twice"]}, "sums of one another"),
        (lambda f: f.assign(flat=1.0), {"covariates": ["flat"]}, "sums of one another"),
        (lambda f: f, {"covariates": ["agee"]}, "did you mean 'age'"),
        (lambda f: f.assign(age=np.inf), {"covariates": ["age"]}, "infinite"),
        (
            lambda f: f.assign(told=f["work"] * 10.0),
            {"score": "work", "kind": "yes_no", "covariates": ["told"]},
            "separate completely",
        ),
    ],
)
def test_bad_covariates_and_yes_no_give_one_sentence(change, options, said):
    with pytest.raises(EstimationError) as caught:
        call(change(people()), **options)
    assert said in str(caught.value)


def test_a_wave_without_spread_has_no_interval_and_says_so():
    frame = people().dropna(subset=["who5"])
    frame["who5"] = np.where(frame["month"] == 12, 44.0, frame["who5"])
    result = call(frame, method="gee")
    est = result.estimates
    flat = est[(est["term"] == "12") & (est["scale"] == "mean")]
    assert (flat["status"] == "flagged").all()
    assert flat["ci_low"].isna().all()
    assert {n.code for n in result.notes if n.row in set(flat.index)} == {"wave_has_no_spread"}


def test_a_joint_test_without_spread_is_refused():
    rows = [(i, m, 10.0 * m) for i in range(8) for m in range(3)]
    result = call(pd.DataFrame(rows, columns=["id", "month", "who5"]), method="gee")
    joint = result.estimates.set_index("term").loc["waves_test"]
    assert joint["status"] == "refused"
    assert np.isnan(joint["p_value"])
