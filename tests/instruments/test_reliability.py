"""Reliability against R, against the published numbers for intervals, and where it must refuse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ScoringError
from ipseval.instruments import reliability_kernel as kernel

from support.contract import assert_result

ORACLE = Path(__file__).parents[1] / "oracles" / "reliability"
ITEMS = [f"q{i}" for i in range(1, 9)]


def rows(result, scale):
    return result.estimates[result.estimates["scale"] == scale].reset_index(drop=True)


def one(result, scale):
    return float(rows(result, scale)["estimate"].iloc[0])


def test_every_number_equals_r():
    frame = pd.read_csv(ORACLE / "input.csv")
    result = assert_result(
        ips.reliability(frame, items=ITEMS, reversed={"q7": (0, 5)}, wave="wave", id="id", name="test")
    )
    expected = pd.read_csv(ORACLE / "expected.csv", keep_default_na=True).fillna({"term": ""})
    loadings = result.extras["loadings"].rename(
        columns={"group": "wave", "item": "term", "loading": "estimate"}
    )
    found = pd.concat(
        [result.estimates.rename(columns={"group": "wave"}), loadings.assign(scale="loading")],
        ignore_index=True,
    )
    both = expected.merge(found, on=["wave", "scale", "term"], suffixes=("_r", ""), validate="one_to_one")
    assert len(both) == len(expected) == len(result.estimates) + len(loadings)
    loose = both["scale"].isin(["omega", "omega_standardised", "loading"])
    for part, tolerance in ((both[~loose], 1e-10), (both[loose], 1e-5)):
        for column in ("estimate", "ci_low", "ci_high"):
            np.testing.assert_allclose(part[column], part[f"{column}_r"], rtol=tolerance, equal_nan=True)
    counted = both[both["scale"] != "loading"]
    assert (counted["n"].astype(float) == counted["n_r"]).all()


@pytest.mark.parametrize(
    ("alpha", "n", "k", "feldt", "bonett"),
    [
        (0.88, 100, 7, (0.8403, 0.9128), (0.8376, 0.9113)),
        (0.80, 50, 5, (0.6966, 0.8759), (0.6872, 0.8721)),
        (0.91, 60, 10, (0.8718, 0.9404), (0.8679, 0.9387)),
        (0.75, 40, 3, (0.5775, 0.8594), (0.5664, 0.8559)),
        (0.75, 12, 3, (0.3383, 0.9218), (0.2686, 0.9145)),
    ],
)
def test_intervals_equal_the_numbers_known(alpha, n, k, feldt, bonett):
    assert kernel.feldt(alpha, n, k, 0.95) == pytest.approx(feldt, abs=5.1e-5)
    assert kernel.bonett(alpha, n, k, 0.95) == pytest.approx(bonett, abs=5.1e-5)


SIX = pd.DataFrame(
    [[3, 2, 3, 2, 3], [1, 1, 0, 1, 2], [4, 5, 4, 4, 4], [2, 2, 3, 1, 2], [5, 4, 5, 5, 5], [0, 1, 1, 0, 1]],
    columns=list("abcde"),
)


def test_six_persons_of_who5():
    result = assert_result(ips.reliability(SIX, items=list("abcde"), multiply=4, name="who5"))
    alpha = rows(result, "alpha").iloc[0]
    assert alpha["estimate"] == pytest.approx(0.97715, abs=5e-6)
    assert (alpha["ci_low"], alpha["ci_high"]) == pytest.approx((0.9248, 0.9964), abs=5e-5)
    assert one(result, "sd") == pytest.approx(33.815, abs=5e-4)
    assert one(result, "sem") == pytest.approx(one(result, "sd") * np.sqrt(1 - alpha["estimate"]))
    assert one(result, "mdc") == pytest.approx(1.959963985 * np.sqrt(2) * one(result, "sem"))


def test_omega_of_three_items_has_a_closed_form():
    r = np.array([[1, 0.42, 0.35], [0.42, 1, 0.30], [0.35, 0.30, 1]])
    fit = kernel.one_factor(r)
    np.testing.assert_allclose(fit.loadings, [0.7, 0.6, 0.5], atol=1e-7)
    assert fit.omega == pytest.approx(0.6304, abs=5e-5)
    assert kernel.alpha_from(r) == pytest.approx(0.6245, abs=5e-5)


def test_omega_does_not_depend_on_units_of_an_item():
    covariance = np.cov(pd.read_csv(ORACLE / "input.csv")[ITEMS].dropna().to_numpy(), rowvar=False)
    scale = np.arange(1.0, 9.0)
    fit, scaled = kernel.one_factor(covariance), kernel.one_factor(covariance * np.outer(scale, scale))
    np.testing.assert_allclose(scaled.loadings, fit.loadings * scale, rtol=1e-6)


def test_the_n_actually_used_makes_the_interval():
    frame = SIX.astype(float)
    holed = pd.concat([frame, frame.assign(a=np.nan)], ignore_index=True)
    complete, with_holes = (ips.reliability(f, items=list("abcde")) for f in (frame, holed))
    pd.testing.assert_frame_equal(complete.estimates, with_holes.estimates)
    assert with_holes.sample["n"].tolist() == [12, 6]


def test_an_item_that_runs_the_wrong_way_is_flagged_and_turning_it_mends_that():
    frame = SIX.assign(c=5 - SIX["c"])
    result = assert_result(ips.reliability(frame, items=list("abcde")))
    flagged = result.estimates[result.estimates["status"] == "flagged"]
    assert flagged["term"].tolist() == ["c"]
    assert any(note.code == "item_runs_the_wrong_way" for note in result.notes)
    mended = ips.reliability(frame, items=list("abcde"), reversed={"c": (0, 5)})
    assert one(mended, "alpha") == pytest.approx(0.97715, abs=5e-6)


def test_several_unreversed_items_are_found_although_they_correlate_with_the_rest():
    random = np.random.default_rng(8)
    trait = random.normal(size=(400, 1))
    x = 0.7 * trait + 0.7 * random.normal(size=(400, 15))
    x[:, :4] *= -1
    x[:, :4] += 0.8 * random.normal(size=(400, 1))  # the turned ones also share their wording
    frame = pd.DataFrame(x, columns=[f"i{at}" for at in range(15)])
    result = assert_result(ips.reliability(frame, items=list(frame)))
    flagged = result.estimates[result.estimates["status"] == "flagged"]["term"].tolist()
    assert flagged == ["i0", "i1", "i2", "i3"]


def test_negative_alpha_is_shown_and_told():
    frame = SIX[["a", "b"]].assign(b=5 - SIX["b"])
    result = assert_result(ips.reliability(frame, items=["a", "b"]))
    assert one(result, "alpha") < 0
    assert any(note.code == "alpha_is_negative" for note in result.notes)


def test_two_items_give_spearman_brown_and_no_omega():
    x = np.array([[1, 1], [2, 1], [1, 2], [2, 2], [3, 2], [2, 3], [3, 3]], float)
    frame = pd.DataFrame(x, columns=["a", "b"])
    r = np.corrcoef(x.T)[0, 1]
    result = assert_result(ips.reliability(frame, items=["a", "b"]))
    assert one(result, "spearman_brown") == pytest.approx(2 * r / (1 + r))
    assert rows(result, "omega")["status"].tolist() == ["refused"]
    assert rows(result, "alpha_if_dropped")["status"].tolist() == ["refused", "refused"]


def test_testlets_count_as_one_item_each():
    frame = pd.read_csv(ORACLE / "input.csv").dropna()
    result = ips.reliability(frame, items=ITEMS[:4], testlets=[["q2", "q3"]])
    merged = frame.assign(pair=frame["q2"] + frame["q3"])
    apart = ips.reliability(merged, items=["pair", "q1", "q4"])
    assert one(result, "alpha_testlets") == pytest.approx(one(apart, "alpha"))


@pytest.mark.parametrize("frame", [SIX.iloc[:0], SIX.iloc[:1], SIX.assign(**dict.fromkeys("abcde", 3))])
def test_what_cannot_be_computed_keeps_its_row_and_says_why(frame):
    result = assert_result(ips.reliability(frame, items=list("abcde")))
    assert (result.estimates["status"] == "refused").all()
    assert len(result.estimates) == len(ips.reliability(SIX, items=list("abcde")).estimates)


def test_one_item_without_variation_refuses_only_what_needs_it():
    result = assert_result(ips.reliability(SIX.assign(e=3), items=list("abcde")))
    assert rows(result, "alpha")["status"].tolist() == ["ok"]
    assert rows(result, "alpha_standardised")["status"].tolist() == ["refused"]
    assert rows(result, "omega")["status"].tolist() == ["refused"]
    assert rows(result, "item_rest")["status"].tolist() == ["ok"] * 4 + ["refused"]


def test_a_heywood_case_gives_no_omega():
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1]])
    assert kernel.one_factor(r).heywood
    assert np.isnan(kernel.one_factor(r).omega)


def test_the_order_of_items_and_rows_does_not_matter():
    frame = pd.read_csv(ORACLE / "input.csv").dropna()
    one_way = ips.reliability(frame, items=ITEMS)
    other = ips.reliability(frame.sample(frac=1, random_state=1), items=ITEMS[::-1])
    merged = one_way.estimates.merge(other.estimates, on=["scale", "term"], suffixes=("", "_other"))
    assert len(merged) == len(one_way.estimates)
    np.testing.assert_allclose(merged["estimate"], merged["estimate_other"], rtol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"items": ["a"]}, "at least two"),
        ({"items": ["a", "a"]}, "each once"),
        ({"items": ["a", "z"]}, "'z' is not a column"),
        ({"items": ["a", "word"]}, "not numeric"),
        ({"items": ["a", "flag"]}, "not numeric"),
        ({"level": 95}, "confidence level"),
        ({"id": "who"}, "stands more than once in 3 row"),
        ({"reversed": {"q": (0, 5)}}, "not in items="),
        ({"reversed": {"a": (1, 5)}}, r"1 row\(s\) lie outside"),
        ({"testlets": [["a", "z"]]}, "testlets="),
        ({"wave": "round"}, "'round' is not a column"),
    ],
)
def test_bad_arguments(arguments, said):
    frame = SIX.assign(word="x8675309", flag=True, who=[1, 1, 1, 1, 2, 3])
    with pytest.raises(ScoringError, match=said) as caught:
        ips.reliability(frame, **{"items": list("abcde"), **arguments})
    assert "8675309" not in str(caught.value)


def test_rows_without_a_wave_are_counted_and_told():
    frame = pd.concat([SIX.assign(w="start"), SIX.assign(w=None)], ignore_index=True)
    result = assert_result(ips.reliability(frame, items=list("abcde"), wave="w"))
    assert result.base.n == 6
    assert any(note.code == "rows_without_group" and note.values["n"] == 6 for note in result.notes)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([1.0, 2.0, np.inf, 3.0], "1 infinite"),
        (pd.array([True, False, True, None], dtype="boolean"), "not numeric"),
    ],
)
def test_infinite_answers_and_booleans_have_no_reliability(column, said):
    frame = pd.DataFrame({"a": column, "b": [1.0, 2, 3, 4], "c": [2.0, 2, 3, 5]})
    with pytest.raises(ScoringError, match=said):
        ips.reliability(frame, items=["a", "b", "c"])
