"""Norms, bands of persons, missing report, directions, sum indices and the catalogue."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import ipseval as ips
from ipseval.core.errors import SchemaError, ScoringError
from ipseval.instruments import (
    GAD7,
    MASTERY,
    MDI,
    RSES,
    WHO5,
    Norm,
    ScoringWarning,
    catalog,
    catalog_text,
    direction_check,
    sum_index,
)
from ipseval.instruments.instrument import shipped_ids

from support.contract import assert_result

NA = np.nan
FIVE = list("abcde")


def test_z_and_percentile():
    out = WHO5.norm_scores(
        pd.Series([68, 68 - 19.5, 68 + 2 * 19.5, NA], index=list("wxyz")), norm="denmark_2003"
    )
    np.testing.assert_allclose(out["z"], [0, -1, 2, NA])
    np.testing.assert_allclose(out["percentile"], 100 * stats.norm.cdf([0, -1, 2, NA]))
    assert list(out.index) == list("wxyz")


def test_a_norm_of_your_own_must_be_cited():
    own = Norm(60, 20, "young Danes", "own survey")
    assert WHO5.norm_scores(pd.Series([80]), norm=own)["z"][0] == 1
    for norm, said in (
        (Norm(60, 20, "", ""), "source"),
        (Norm(60, 0, "x", "y"), "sd"),
        ("norway", "denmark_2003"),
    ):
        with pytest.raises(ScoringError, match=said):
            WHO5.norm_scores(pd.Series([80]), norm=norm)


def test_the_difference_from_a_norm_equals_scipys_t_test():
    scores = np.random.default_rng(1).normal(50, 18, 41)
    scores[3] = NA
    result = assert_result(
        ips.compare_with_norm(pd.DataFrame({"who5": scores}), score="who5", norm=WHO5.norms["denmark_2003"])
    )
    known = scores[~np.isnan(scores)]
    expected = stats.ttest_1samp(known, 68)
    low, high = expected.confidence_interval(0.95)
    mean, difference, standardised = (result.estimates.iloc[i] for i in range(3))
    assert (mean["estimate"], mean["ci_low"], mean["ci_high"]) == pytest.approx((known.mean(), low, high))
    assert difference["estimate"] == pytest.approx(known.mean() - 68)
    assert (difference["statistic"], difference["p_value"]) == pytest.approx(
        (expected.statistic, expected.pvalue)
    )
    assert standardised["estimate"] == pytest.approx((known.mean() - 68) / 19.5)
    assert standardised["ci_low"] == pytest.approx((low - 68) / 19.5)
    assert result.sample["n"].tolist() == [41, 40]


def test_a_norm_comparison_by_group_keeps_a_group_of_one():
    frame = pd.DataFrame({"x": [50.0, 60, 70], "g": ["a", "a", "b"], "id": [1, 2, 3]})
    result = assert_result(
        ips.compare_with_norm(frame, score="x", norm=Norm(60, 20, "p", "s"), by="g", id="id")
    )
    assert result.estimates["status"].tolist() == ["ok"] * 3 + ["refused"] * 3
    nameless = ips.compare_with_norm(
        frame.assign(g=["a", "a", None]), score="x", norm=Norm(60, 20, "p", "s"), by="g"
    )
    assert "1 row(s) have no value in g" in " ".join(nameless.notes_frame()["sentence"])
    with pytest.raises(ScoringError, match="more than once"):
        ips.compare_with_norm(frame.assign(id=1, g="a"), score="x", norm=Norm(60, 20, "p", "s"), id="id")
    with pytest.raises(ScoringError, match="not numeric"):
        ips.compare_with_norm(frame, score="g", norm=Norm(60, 20, "p", "s"))


# --- bands of persons --------------------------------------------------------------------------------
def test_bands_of_persons_equal_those_of_the_score():
    answers = np.random.default_rng(2).integers(0, 6, (60, 5)).astype(float)
    answers[::7, 2] = NA
    frame = pd.DataFrame(answers, columns=FIVE)
    scored = WHO5.score(frame, items=FIVE, coding="0-5")
    pd.testing.assert_series_equal(WHO5.band(scored["who5"]), scored["who5_band"], check_names=False)


@pytest.mark.parametrize(
    "mean", [49.3, 51, pd.Series([49.3]), pd.Series([51.0, 48.0]), [48, 52], np.float64(52)]
)
def test_bands_are_never_laid_on_a_mean(mean):
    with pytest.raises(ScoringError, match=r"classify\s+persons"):
        WHO5.band(mean)


def test_band_of_other_conventions_and_of_none():
    assert MDI.band(pd.Series([20.0])).tolist() == ["none"]
    assert MDI.band(pd.Series([20.0]), bands="2003").tolist() == ["mild"]
    assert RSES.band(pd.Series([12.0]), bands={"low": 0, "high": 15}).tolist() == ["low"]
    with pytest.raises(ScoringError, match="has no bands"):
        RSES.band(pd.Series([12.0]))


# --- missing report, keyed items, directions ---------------------------------------------------------
def test_the_missing_report_counts_items_and_forms():
    frame = pd.DataFrame([[1, 1, 1, 1, 1], [NA, 1, 1, 1, 1], [NA, NA, 1, 1, 1], [NA] * 5], columns=FIVE)
    result = assert_result(WHO5.missing_report(frame, items=FIVE, coding="0-5"))
    found = result.estimates.set_index("term")["n_events"].to_dict()
    assert found == {
        "cheerful": 3, "calm": 2, "active": 1, "rested": 1, "interest": 1,
        "complete": 1, "prorated": 1, "not_scored": 2, "blank": 1,
    }  # fmt: skip
    assert (result.estimates["n"] == 4).all()
    assert "at most 2 of 5" in result.notes_frame()["sentence"].iloc[-1]
    nobody = assert_result(WHO5.missing_report(frame.iloc[:0], items=FIVE, coding="0-5"))
    assert (nobody.estimates["status"] == "refused").all()


def test_keyed_items_run_one_way_and_go_straight_into_reliability():
    trait = np.random.default_rng(3).integers(0, 4, 50)
    turned = [item.reversed for item in RSES.items]
    frame = pd.DataFrame({f"q{i}": 3 - trait if turned[i] else trait for i in range(10)})
    frame["q0"] = np.clip(frame["q0"] + 1, 0, 3)
    keyed = RSES.keyed(frame, items=[f"q{i}" for i in range(10)], coding="0-3")
    assert list(keyed.columns) == [item.id for item in RSES.items]
    result = assert_result(ips.reliability(keyed, items=list(keyed), name="rses"))
    assert (result.estimates["status"] != "flagged").all()
    twelve = pd.DataFrame([[0] * 7 + [2, 5, 0, 4, NA]], columns=[f"m{i}" for i in range(12)])
    assert MDI.keyed(twelve, items=list(twelve)).iloc[0].tolist() == [0] * 7 + [5, 0, 4]


def test_a_reversed_export_is_seen_against_another_scale():
    trait = np.linspace(0, 1, 40)
    frame = pd.DataFrame({"who5": 100 * trait, "gad7": 21 * (1 - trait)})
    fine = direction_check(frame, better={"who5": "higher", "gad7": "lower"})
    assert not fine["suspicious"][0]
    noise = np.tile([0.0, 12.0], 20)
    weak = direction_check(
        frame.assign(gad7=frame["gad7"] + noise), better={"who5": "higher", "gad7": "lower"}
    )
    assert not weak["suspicious"][0]
    with pytest.warns(ScoringWarning, match="check whether one export is reversed"):
        bad = direction_check(
            frame.assign(who5=100 - frame["who5"]), better={"who5": "higher", "gad7": "lower"}
        )
    assert bad["suspicious"][0]
    few = direction_check(
        frame.assign(who5=100 - frame["who5"])[:29], better={"who5": "higher", "gad7": "lower"}
    )
    assert not few["suspicious"][0]
    for better, said in (
        ({"who5": "higher"}, "fewer than two"),
        ({"who5": "up", "gad7": "lower"}, "'higher'"),
    ):
        with pytest.raises(ScoringError, match=said):
            direction_check(frame, better=better)


# --- sum indices and the catalogue -------------------------------------------------------------------
@pytest.mark.parametrize(("k", "low", "high"), [(4, 1, 3), (2, 2, 6)])
def test_only_two_readings_give_four_to_twelve(k, low, high):
    index = sum_index("m", items=list("abcd")[:k], item_min=low, item_max=high, declared_range=(4, 12))
    assert index.score_range() == (4, 12)


@pytest.mark.parametrize(("low", "high", "range_"), [(1, 4, (3, 12)), (1, 3, (3, 9)), (0, 4, (0, 12))])
def test_three_items_cannot_give_four_to_twelve(low, high, range_):
    assert MASTERY.score_range(coding=f"{low}-{high}") == range_
    with pytest.raises(ScoringError, match=f"give {range_[0]} to {range_[1]}"):
        sum_index("m", items=list("abc"), item_min=low, item_max=high, declared_range=(4, 12))


def test_a_sum_index_scores_like_an_instrument():
    index = sum_index("m", items=["a", "b"], item_min=1, item_max=5, reversed=["b"], better="lower")
    out = index.score(pd.DataFrame({"x": [1, 5], "y": [5, 1]}), items=["x", "y"])
    assert out["m"].tolist() == [2, 10]
    with pytest.raises(SchemaError, match="below item_max"):
        sum_index("m", items=["a"], item_min=5, item_max=1)


@pytest.mark.parametrize("lang", ["da", "en"])
def test_the_catalogue_tells_everything_of_every_instrument(lang):
    frame = catalog(lang)
    assert set(frame["id"]) == set(shipped_ids())
    for column in ("title", "items", "answers", "score", "missing", "references", "doubts", "licence"):
        assert (frame[column].str.len() > 0).all(), column
    text = catalog_text(lang)
    assert "catalog" not in text
    assert "{" not in text.replace("bands={", "")
    for identifier in shipped_ids():
        assert f"{identifier.upper()}  " in text
    assert len(catalog_text(lang, only=["gad7"])) < len(text) / 5
    assert GAD7.title[lang] in catalog_text(lang, only=["gad7"])


def test_text_is_no_score_and_is_never_shown():
    words = pd.Series(["8675309", None])
    with pytest.raises(ScoringError, match="must be numbers") as caught:
        WHO5.band(words)
    assert "8675309" not in str(caught.value)
    with pytest.raises(ScoringError, match="must be numbers") as caught:
        WHO5.norm_scores(words, norm="denmark_2003")
    assert "8675309" not in str(caught.value)


def test_a_group_is_compared_with_a_norm_and_not_with_its_name():
    frame = pd.DataFrame({"x": [50.0, 60.0]})
    with pytest.raises(ScoringError, match="must be a Norm, not text"):
        ips.compare_with_norm(frame, score="x", norm="denmark_2003")
    with pytest.raises(ScoringError, match="population and source"):
        ips.compare_with_norm(frame, score="x", norm=Norm(50.0, 10.0, "", ""))


@pytest.mark.parametrize("allowed", [-1, 0.75, True, 5])
def test_the_missing_report_takes_whole_numbers_only(allowed):
    frame = pd.DataFrame([[1] * 5], columns=list("abcde"))
    with pytest.raises(ScoringError, match="whole number"):
        WHO5.missing_report(frame, items=list("abcde"), coding="0-5", max_missing=allowed)


def test_the_catalogue_prints_every_limit_as_a_number():
    from ipseval.instruments import catalog
    from ipseval.instruments.instrument import shipped

    for lang in ("da", "en"):
        rows = catalog(lang).set_index("id")
        assert rows.loc["gad7", "bands"].endswith("(>= 15)")
        assert rows.loc["phq9", "bands"].count(">=") == 5
        assert rows.loc["burden", "cuts"].endswith("(>= 4)")
        assert ">" not in rows.loc["mdi", "bands"]
        for identifier, row in rows.iterrows():
            for bands in shipped(identifier).scores[0].bands.values():
                for band in bands[1:]:
                    near = {f"{float(band.lower):g}", f"{float(band.lower) - 1:g}"}
                    assert any(number in row["bands"] for number in near)


def test_directions_of_words_are_refused_without_showing_them():
    frame = pd.DataFrame({"a": ["Canary 8675309", "x"], "b": [1, 2]})
    with pytest.raises(ScoringError, match="'a', which is not numeric") as caught:
        direction_check(frame, better={"a": "higher", "b": "lower"})
    assert "8675309" not in str(caught.value)


def test_infinite_scores_are_refused_and_not_averaged():
    days = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-01-01", "2024-02-01"])
    frame = pd.DataFrame({"x": [np.inf, 60.0, 50.0, 55.0], "id": [1, 1, 2, 2], "on": days})
    with pytest.raises(ScoringError, match="'x', which holds 1 infinite"):
        ips.compare_with_norm(frame, score="x", norm=WHO5.norms["denmark_2003"])
    with pytest.raises(ScoringError, match="'x', which holds 1 infinite"):
        ips.progression(frame, scores=["x"], id="id", date="on")
