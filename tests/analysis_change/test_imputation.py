from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.imputation import Variable, impute
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Result, estimates_frame, sample_frame

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "imputation"


def result_of(rows):
    made = [{"outcome": str(int(r.row)), "scale": "difference", "estimate": r.estimate, "n": 40,
             "std_error": r.std_error, "df": r.df, "p_value": 0.5} for r in rows.itertuples()]  # fmt: skip
    return Result(
        "change",
        estimates_frame(made),
        sample_frame([("analysed", "", 40)]),
        Method("change_estimator"),
        Base("in_frame", 40),
    )


def test_pooling_equals_mice_in_every_column():
    table = pd.read_csv(ORACLE / "input.csv")
    table["draw"] = table.groupby("row").cumcount()
    pooled = assert_result(ips.pool([result_of(part) for _, part in table.groupby("draw")]))
    expected = pd.read_csv(ORACLE / "expected.csv")
    for column in ("estimate", "std_error", "df", "ci_low", "ci_high", "p_value"):
        np.testing.assert_allclose(pooled.estimates[column].astype(float), expected[column], rtol=1e-10)
    told = pooled.extras["pooling"]["missing_information"]
    np.testing.assert_allclose(told, expected["missing_information"], rtol=1e-10)


def test_imputed_means_are_those_of_mice_within_monte_carlo_error():
    people = pd.read_csv(ORACLE / "people.csv", na_values=[""])
    names = list(people.columns)
    made = impute([Variable(people[c].to_numpy(float)) for c in names], 400, 10, 1)
    expected = pd.read_csv(ORACLE / "expected_means.csv").set_index("column")
    for column, values in zip(names, made, strict=True):
        means, within = values.mean(axis=1), values.var(axis=1, ddof=1).mean() / len(people)
        # Four Monte-Carlo standard errors of the difference of 400 draws here and 200 there.
        slack = 4 * np.sqrt(means.var(ddof=1) * (1 / 400 + 1 / 200))
        assert abs(means.mean() - expected.loc[column, "estimate"]) <= slack + 1e-8
        error = np.sqrt(within + means.var(ddof=1) * 1.0025)
        assert error == pytest.approx(expected.loc[column, "std_error"], rel=0.06)
    # The answers alone are off: people with a low start are missing at the end.
    assert people["end"].mean() - expected.loc["end", "estimate"] > 0.5


def test_filled_values_are_possible_values_and_answers_stay():
    rng = np.random.default_rng(2)
    n = 80
    frame = pd.DataFrame(
        {
            "start": rng.integers(0, 26, n) * 4,
            "mood": pd.array(rng.integers(1, 6, n), dtype="Int64"),
            "edu": pd.Categorical(rng.choice(["none", "basic", "higher"], n), ["none", "basic", "higher"]),
            "job": rng.choice(["yes", "no"], n),
            "free": ["x"] * n,
        }
    )
    holes = frame.copy()
    for column in ("mood", "edu", "job"):
        holes.loc[rng.uniform(size=n) < 0.25, column] = pd.NA
    copy = holes.copy()
    filled = ips.impute(holes, columns=["start", "mood", "edu", "job"], kinds={"mood": "ordinal"}, m=4)
    pd.testing.assert_frame_equal(holes, copy)
    for made in filled.frames:
        assert made[["start", "mood", "edu", "job"]].notna().all().all()
        assert made.dtypes.equals(holes.dtypes)
        for column in ("mood", "edu", "job"):
            kept = holes[column].notna()
            assert (made.loc[kept, column] == holes.loc[kept, column]).all()
            assert set(made[column]) <= set(holes[column].dropna())
    assert any(not filled.frames[0]["edu"].equals(other["edu"]) for other in filled.frames[1:])
    again = ips.impute(holes, columns=["start", "mood", "edu", "job"], kinds={"mood": "ordinal"}, m=4)
    for first, second in zip(filled.frames, again.frames, strict=True):
        pd.testing.assert_frame_equal(first, second)
    assert "answers filled" in repr(filled)


def test_nominal_columns_learn_from_the_others():
    rng = np.random.default_rng(8)
    group = rng.integers(0, 3, 300)
    score = np.array([0.0, 10.0, 20.0])[group] + rng.normal(size=300)
    gone = rng.uniform(size=300) < 0.3
    values = np.where(gone, np.nan, group.astype(float))
    (found, _) = impute([Variable(values, 3), Variable(score)], 5, 5, 1)
    assert (found[:, gone] == group[gone]).mean() > 0.97


def test_a_share_and_an_odds_ratio_pool_on_their_own_scales():
    frame = pd.DataFrame({"r_start": [1, 1, 1, 0, 0, 1, 1, 0] * 3, "r_end": [0, 1, 0, 1, 0, 0, 1, 1] * 3})
    other = frame.copy()
    other.loc[:2, "r_end"] = [1, 0, 1]
    found = [ips.band_change(f, before="r_start", after="r_end", levels=[0, 1]) for f in (frame, other)]
    pooled = assert_result(ips.pool(found)).estimates
    shares = pooled[pooled["scale"] == "pooled_share"]
    assert shares["estimate"].between(0, 1).all()
    both = [np.log(r.estimates.query("term == 'ordinal_odds_ratio'")["estimate"].iloc[0]) for r in found]
    row = pooled[pooled["term"] == "ordinal_odds_ratio"].iloc[0]
    assert row["estimate"] == pytest.approx(np.exp(np.mean(both)))
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_change_pools_and_rows_without_a_standard_error_say_so():
    people = pd.read_csv(ORACLE / "people.csv", na_values=[""])
    filled = ips.impute(people, columns=list(people.columns), m=5)
    pooled = assert_result(filled.pool(lambda f: ips.change(f, before="start", after="end", resamples=99)))
    est = pooled.estimates.set_index("term")
    assert est.loc["difference", "status"] == "ok"
    assert est.loc["hodges_lehmann", "status"] == "flagged"


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        ({"a": [1.0] * 12}, {"columns": ["a"]}, "at least two columns"),
        ({"a": [1.0] * 12, "b": [np.nan] * 6 + [1.0] * 6}, {"columns": ["a", "b"]}, "6 answer(s), too few"),
        ({"a": [1.0] * 12, "b": ["x"] * 12}, {"columns": ["a", "b"]}, "one category only"),
        ({"a": [1.0] * 12, "b": [2.0] * 12}, {"columns": ["a", "b"], "m": 1}, "m= must be"),
        ({"a": [1.0] * 12, "b": [2.0] * 12}, {"columns": ["a", "b"], "kinds": {"b": "text"}}, "not offered"),
    ],
)
def test_bad_input_gives_one_sentence(frame, options, said):
    with pytest.raises(EstimationError) as caught:
        ips.impute(pd.DataFrame(frame), **options)
    assert said in str(caught.value)


def test_results_that_differ_are_not_pooled():
    one = ips.describe(pd.DataFrame({"x": [1.0, 2.0]}), columns=["x"])
    two = ips.describe(pd.DataFrame({"y": [1.0, 2.0]}), columns=["y"])
    with pytest.raises(EstimationError, match="same rows"):
        ips.pool([one, two])
    with pytest.raises(EstimationError, match="two or more"):
        ips.pool([one])
