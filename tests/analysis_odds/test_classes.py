from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

ORACLES = Path(__file__).parents[1] / "oracles"
FORMULA = "~ age + C(gender) + edu + who5"
NAMES = {"gender2": "gender[2]", "edub": "edu[b]", "educ": "edu[c]"}
CLASSES = ["none", "education", "flexjob", "job"]


def people():
    return pd.read_csv(ORACLES / "odds_classes" / "input.csv")


def expected(kind):
    frame = pd.read_csv(ORACLES / "odds_classes" / "expected.csv")
    return frame[frame["kind"] == kind].reset_index(drop=True)


def compare(result, theirs):
    ours = result.estimates.dropna(subset=["ci_low"])
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["low"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["high"], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours["statistic"], theirs["lr"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ours["p_value"], theirs["lr_p"], rtol=1e-6)
    return ours


def test_proportional_odds_equal_polr():
    result = assert_result(ips.ordinal_odds("rank " + FORMULA, people(), order=[0, 1, 2, 3]))
    ours = compare(result, expected("ordinal"))
    assert ours["term"].tolist() == [NAMES.get(t, t) for t in expected("ordinal")["term"]]
    words = assert_result(ips.ordinal_odds("status " + FORMULA, people(), order=CLASSES)).estimates
    numbers = ["estimate", "ci_low", "p_value"]
    pd.testing.assert_frame_equal(words[numbers], result.estimates[numbers])


def test_brants_test_equals_a_second_implementation():
    result = ips.ordinal_odds("rank " + FORMULA, people(), order=[0, 1, 2, 3])
    ours = result.extras["parallel"]
    theirs = pd.read_csv(ORACLES / "odds_classes" / "brant.csv")
    assert ours["term"].tolist() == ["", *theirs["term"].iloc[1:]]
    np.testing.assert_allclose(ours["statistic"], theirs["statistic"], rtol=1e-8)
    np.testing.assert_array_equal(ours["df"], theirs["df"])
    np.testing.assert_allclose(ours["p_value"], theirs["p"], rtol=1e-8)
    assert ("odds_not_parallel" in {n.code for n in result.notes}) == (theirs["p"] < 0.05).any()


def test_slopes_that_differ_between_cuts_are_told():
    rng = np.random.default_rng(4)
    x = rng.normal(size=400)
    y = (rng.random(400) < 1 / (1 + np.exp(-2 * x))).astype(int)
    y += y * (rng.random(400) < 1 / (1 + np.exp(2 * x)))
    frame = pd.DataFrame({"x": x, "z": rng.normal(size=400), "y": y})
    result = assert_result(ips.ordinal_odds("y ~ x + z", frame, order=[0, 1, 2]))
    told = next(n for n in result.notes if n.code == "odds_not_parallel").values
    assert told["columns"] == "x"
    assert result.extras["parallel"]["p_value"].iloc[0] < 1e-6


def test_a_cut_that_separates_leaves_the_test_unknown():
    frame = people()
    frame.loc[(frame["rank"] == 3) & (frame["edu"] == "c"), "edu"] = "b"
    result = assert_result(ips.ordinal_odds("rank ~ edu", frame, order=[0, 1, 2, 3]))
    assert "odds_parallel_unknown" in {n.code for n in result.notes}
    assert result.extras["parallel"]["p_value"].isna().all()


def test_multinomial_equals_multinom():
    result = assert_result(ips.multinomial_odds("status " + FORMULA, people(), classes=CLASSES))
    theirs = expected("multinomial")
    ours = compare(result, theirs)
    told = [
        (a.removeprefix("status[").removesuffix("]"), b)
        for a, b in zip(ours["outcome"], ours["term"], strict=True)
    ]
    asked = [(a, NAMES.get(b, b)) for a, b in (t.split(" ") for t in theirs["term"])]
    assert told == asked
    counted = ours.groupby("outcome", sort=False)["n_events"].first().tolist()
    assert counted == [int((people()["status"] == c).sum()) for c in CLASSES[1:]]


def test_reversing_the_order_turns_every_odds_ratio_over():
    up = ips.ordinal_odds("rank " + FORMULA, people(), order=[0, 1, 2, 3], interval="wald").estimates
    down = ips.ordinal_odds("rank " + FORMULA, people(), order=[3, 2, 1, 0], interval="wald").estimates
    np.testing.assert_allclose(
        up["estimate"] * down["estimate"], np.where(up["estimate"].isna(), np.nan, 1.0)
    )
    np.testing.assert_allclose(up["p_value"], down["p_value"])


def test_risk_ratios_equal_glm_with_hc0():
    frame = pd.read_csv(ORACLES / "odds_robust" / "input.csv")
    result = assert_result(ips.risk_ratios("job " + FORMULA, frame))
    theirs = pd.read_csv(ORACLES / "odds_robust" / "expected.csv").replace({"term": NAMES})
    ours = result.estimates.dropna(subset=["ci_low"]).set_index("term")
    theirs = theirs[theirs["kind"] == "poisson"].set_index("term").loc[ours.index]
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-8)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["low"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["high"], rtol=1e-8)
    np.testing.assert_allclose(ours["p_value"], theirs["p"], rtol=1e-8)


def test_one_factor_alone_gives_the_raw_risk_ratio():
    frame = people().assign(job=lambda d: (d["status"] == "job").astype(int))
    ours = ips.risk_ratios("job ~ C(gender)", frame).estimates.set_index("term")["estimate"]
    raw = frame.groupby("gender")["job"].mean()
    assert ours["gender[2]"] == pytest.approx(raw[2] / raw[1], rel=1e-9)


def test_separated_and_empty_classes_are_refused():
    frame = people()
    frame["rank"] = np.where(frame["edu"] == "c", 3, frame["rank"])
    for result in (
        ips.ordinal_odds("rank ~ edu", frame, order=[0, 1, 2, 3]),
        ips.multinomial_odds("rank ~ edu", frame, classes=[0, 1, 2, 3]),
        ips.risk_ratios("job ~ edu", frame.assign(job=(frame["edu"] == "a").astype(int))),
        ips.ordinal_odds("rank ~ age", frame, order=[0, 1, 2, 3, 9]),
        ips.risk_ratios("job ~ edu", frame.assign(job=0)),
    ):
        assert (assert_result(result).estimates["status"] == "refused").all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"order": [0, 1]}, "at least three"),
        ({"order": [0, 1, 2]}, "lacks the code of"),
        ({"order": [0, 1, 2, 3], "interval": "score"}, "interval="),
    ],
)
def test_bad_calls(options, words):
    with pytest.raises(EstimationError, match=words):
        ips.ordinal_odds("rank ~ age", people(), **options)


def test_persons_per_level_and_class_stand_beside_the_rows():
    frame = people()
    support = ips.multinomial_odds("status ~ edu + age", frame, classes=CLASSES).extras["support"]
    crossed = pd.crosstab(frame["edu"], frame["status"])
    for _, row in support[support["term"] == "edu"].iterrows():
        name = row["outcome"].removeprefix("status[").removesuffix("]")
        assert row["n"] == crossed.loc[row["level"], name]
    assert support.loc[support["term"] == "age", "n"].sum() == len(frame)
