"""The engine on the first instruments: worked examples, band edges, missing counts, codings, bad input."""

import numpy as np
import pandas as pd
import pytest

from ipseval.core.errors import ScoringError
from ipseval.instruments import BURDEN, GAD7, LONELINESS, MASTERY, WHO5, Instrument, ScoringWarning

NA = np.nan
FIVE = ["a", "b", "c", "d", "e"]
SEVEN = ["a", "b", "c", "d", "e", "f", "g"]


def who5(*rows, **options):
    options.setdefault("coding", "0-5")
    return WHO5.score(pd.DataFrame(list(rows), columns=FIVE), items=FIVE, **options)


def gad7(*rows, **options):
    return GAD7.score(pd.DataFrame(list(rows), columns=SEVEN), items=SEVEN, **options)


@pytest.mark.parametrize(
    ("answers", "index", "band", "low", "depression", "rule_1998"),
    [
        ([3, 3, 3, 3, 3], 60, "no_immediate_risk", "no", "no", "no"),
        ([3, 3, 3, 3, 1], 52, "no_immediate_risk", "no", "no", "yes"),
        ([2, 2, 3, 2, 3], 48, "risk", "yes", "no", "yes"),
        ([1, 2, 2, 1, 2], 32, "high_risk", "yes", "no", "yes"),
        ([1, 2, 2, 2, 2], 36, "risk", "yes", "no", "yes"),
        ([1, 1, 2, 2, 1], 28, "high_risk", "yes", "yes", "yes"),
        ([0, 0, 0, 0, 0], 0, "high_risk", "yes", "yes", "yes"),
        ([5, 5, 5, 5, 5], 100, "no_immediate_risk", "no", "no", "no"),
        ([5, 5, 2, 1, 0], 52, "no_immediate_risk", "no", "no", "yes"),
        ([2, 3, 2, 3, 3], 52, "no_immediate_risk", "no", "no", "no"),
        ([2, 2, 2, 2, 1], 36, "risk", "yes", "no", "yes"),
        ([2, 2, 2, 1, 1], 32, "high_risk", "yes", "no", "yes"),
        ([2, NA, 3, 2, 3], 50, "risk", "yes", "no", "yes"),
        ([2, 2, 2, 1, NA], 35, "high_risk", "yes", "no", "yes"),
        ([3, 3, 3, 3, NA], 60, "no_immediate_risk", "no", "no", "undetermined"),
    ],
)
def test_who5_worked_examples(answers, index, band, low, depression, rule_1998):
    out = who5(answers, extras=["cuts"]).iloc[0]
    assert (out["who5"], out["who5_band"]) == (index, band)
    assert (out["who5_low"], out["who5_depression_level"], out["who5_rule_1998"]) == (
        low,
        depression,
        rule_1998,
    )


def test_who5_gives_the_four_columns_with_the_callers_index():
    frame = pd.DataFrame([[3] * 5, [1] * 5], columns=FIVE, index=[7, 3])
    out = WHO5.score(frame, items=FIVE, coding="0-5")
    assert list(out.columns) == ["who5", "who5_band", "who5_n_answered", "who5_prorated"]
    assert list(out.index) == [7, 3]
    assert list(out["who5_band"].cat.categories) == ["high_risk", "risk", "no_immediate_risk"]
    assert out["who5_band"].cat.ordered


@pytest.mark.parametrize("allowed", [0, 1, 2, 4])
@pytest.mark.parametrize("n_missing", range(6))
def test_who5_every_missing_count_under_every_rule(allowed, n_missing):
    out = who5([NA] * n_missing + [3] * (5 - n_missing), max_missing=allowed).iloc[0]
    assert pd.notna(out["who5"]) == (n_missing <= allowed)
    assert pd.notna(out["who5_band"]) == (n_missing <= allowed)
    assert out["who5_n_answered"] == 5 - n_missing
    assert out["who5_prorated"] == (0 < n_missing <= allowed)
    if n_missing <= allowed:
        assert out["who5"] == 60.0


@pytest.mark.parametrize(("coding", "index"), [("1-6 reversed", 68), ("0-5", 52), ("1-6", 32)])
def test_the_same_export_under_three_codings(coding, index):
    assert who5([2, 2, 3, 4, 2], coding=coding)["who5"][0] == index


def test_codings_agree_on_the_same_answers():
    answers = np.random.default_rng(5).integers(0, 6, (40, 5))
    plain = who5(*answers)
    pd.testing.assert_frame_equal(plain, who5(*(answers + 1), coding="1-6"))
    pd.testing.assert_frame_equal(plain, who5(*(6 - answers), coding="1-6 reversed"))
    pd.testing.assert_frame_equal(plain, who5(*(5 - answers), coding="0-5 reversed"))


def test_labels_and_codes_are_accepted_together_through_a_map():
    words = {
        "Aldrig": 0,
        "lidt": 1,
        "Noget af tiden": 2,
        "oftest": 3,
        "for det meste": 4,
        "Hele tiden": 5,
        4: 4,
    }
    frame = pd.DataFrame([["aldrig", " HELE  tiden", "oftest", 4, None]], columns=FIVE)
    out = WHO5.score(frame, items=FIVE, coding=words)
    assert out["who5"][0] == (0 + 5 + 3 + 4) * 5
    assert out["who5_n_answered"][0] == 4


def test_labels_may_be_declared_as_missing():
    frame = pd.DataFrame([["Ved  IKKE", "ja", "ja", "ja", "ja"]], columns=FIVE)
    out = WHO5.score(frame, items=FIVE, coding={"ja": 5, "nej": 0}, missing=["ved ikke"])
    assert out["who5"].tolist() == [100]
    assert out["who5_n_answered"].tolist() == [4]
    mixed = pd.DataFrame([[9, "ja", "ja", "nej", "ja"]], columns=FIVE)
    out = WHO5.score(mixed, items=FIVE, coding={"ja": 5, "nej": 0}, missing=[9])
    assert out["who5_n_answered"].tolist() == [4]
    numbers = pd.DataFrame([["-", 5, 5, 5, 5]], columns=FIVE)
    assert WHO5.score(numbers, items=FIVE, coding="0-5", missing=["-"])["who5_n_answered"].tolist() == [4]


def test_categories_and_strings_are_read_through_the_map():
    words = {"nej": 0, "ja": 5}
    text = pd.DataFrame([["ja"] * 5, ["nej"] * 5], columns=FIVE)
    for kind in ("category", "string", "str", object):
        assert WHO5.score(text.astype(kind), items=FIVE, coding=words)["who5"].tolist() == [100, 0]


def test_the_instruments_own_labels_in_both_languages():
    frame = pd.DataFrame({"x": ["Meget ofte", "never", "AF OG TIL", None, 2]})
    out = LONELINESS.score(frame, items=["x"], coding="labels", extras=["cuts"])
    assert out["loneliness"].tolist()[:3] == [5, 1, 3]
    assert out["loneliness"].isna().tolist() == [False, False, False, True, False]
    assert out["loneliness_often"].tolist()[:3] == ["yes", "no", "no"]


def test_coding_must_be_declared_where_several_are_in_use():
    frame = pd.DataFrame([[3] * 5], columns=FIVE)
    with pytest.raises(ScoringError, match=r"coding= must be declared for who5.*'1-6 reversed'"):
        WHO5.score(frame, items=FIVE)


@pytest.mark.parametrize(
    ("answers", "total", "band"),
    [
        ([2, 1, 1, 1, 1, 1, 1], 8, "mild"),
        ([0] * 7, 0, "minimal"),
        ([1, 1, 1, 1, 0, 0, 0], 4, "minimal"),
        ([1, 1, 1, 1, 1, 0, 0], 5, "mild"),
        ([2, 2, 1, 1, 1, 1, 1], 9, "mild"),
        ([2, 2, 2, 1, 1, 1, 1], 10, "moderate"),
        ([2] * 7, 14, "moderate"),
        ([3, 2, 2, 2, 2, 2, 2], 15, "severe"),
        ([3] * 7, 21, "severe"),
        ([1, 1, 1, 1, 0, 0, NA], 4 * 7 / 6, "minimal"),
        ([2, 2, 1, 1, 1, 1, NA], 8 * 7 / 6, "mild"),
    ],
)
def test_gad7_every_band_edge(answers, total, band):
    out = gad7(answers, extras=["cuts"]).iloc[0]
    assert out["gad7"] == pytest.approx(total, rel=1e-15)
    assert out["gad7_band"] == band
    assert out["gad7_case_8"] == ("yes" if total >= 8 else "no")
    assert out["gad7_case_10"] == ("yes" if total >= 10 else "no")


@pytest.mark.parametrize("n_missing", range(8))
def test_gad7_every_missing_count(n_missing):
    out = gad7([NA] * n_missing + [1] * (7 - n_missing)).iloc[0]
    assert pd.notna(out["gad7"]) == (n_missing <= 1)
    assert out["gad7_n_answered"] == 7 - n_missing


def test_bounds_say_what_missing_answers_leave_open():
    out = gad7([3, 3, 3, 3, 3, NA, NA], [1, 1, 1, 1, 0, NA, NA], [NA] * 7, [1] * 7, extras=["bounds"])
    assert out["gad7_lowest"].tolist()[:2] == [15, 4]
    assert out["gad7_highest"].tolist()[:2] == [21, 10]
    assert out["gad7_band_certain"].tolist()[:2] == ["severe", "undetermined"]
    assert out.loc[2, ["gad7_lowest", "gad7_highest", "gad7_band_certain"]].isna().all()
    assert out.loc[3, "gad7_band_certain"] == "mild"


def test_a_cut_may_be_settled_where_no_score_is_given():
    out = gad7([3, 3, 3, 3, 3, NA, NA], [0, 0, 0, 0, 1, NA, NA], [1, 1, 1, 1, 1, NA, NA], extras=["cuts"])
    assert out["gad7"].isna().all()
    assert out["gad7_case_8"].tolist() == ["yes", "no", "undetermined"]


def test_mastery_range_follows_from_the_items_and_a_printed_one_is_checked():
    frame = pd.DataFrame([[1, 1, 1], [4, 4, 4], [4, NA, 4]], columns=["a", "b", "c"])
    out = MASTERY.score(frame, items=["a", "b", "c"], coding="1-4", score_range=(3, 12))
    assert out["mastery"].tolist()[:2] == [3, 12]
    assert np.isnan(out["mastery"][2])
    with pytest.raises(ScoringError, match=r"score_range= .* 3 item\(s\).* give 3 to 12"):
        MASTERY.score(frame, items=["a", "b", "c"], coding="1-4", score_range=(4, 12))
    with pytest.raises(ScoringError, match="coding= must be declared"):
        MASTERY.score(frame, items=["a", "b", "c"])
    assert MASTERY.score(frame, items=["a", "b", "c"], coding="1-4 reversed")["mastery"].tolist()[:2] == [
        12,
        3,
    ]


def test_single_items_are_missing_when_missing():
    out = BURDEN.score(pd.DataFrame({"x": [1, 5, NA]}), items=["x"])
    assert out["burden"].tolist()[:2] == [1, 5]
    assert np.isnan(out["burden"][2])
    assert list(out.columns) == ["burden", "burden_n_answered", "burden_prorated"]


# --- bad input ---------------------------------------------------------------------------------------
CANARY = 8675309


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        ([6, 4, 5, 5, 3], {}, r"'a' \(1 row\(s\), allowed 0 to 5\)"),
        ([-1, 4, 5, 5, 3], {}, "outside the declared codes"),
        ([CANARY, 4, 5, 5, 3], {}, "outside the declared codes"),
        ([9, 4, 5, 5, 3], {"missing": [8]}, "outside the declared codes"),
        ([1.5, 4, 5, 5, 3], {}, "between two codes"),
        (["8675309", 4, 5, 5, 3], {}, "hold text"),
        (
            ["never 8675309", 4, 5, 5, 3],
            {"coding": {"never": 0, 4: 4, 5: 5, 3: 3}},
            "coding map does not know",
        ),
        ([True, False, True, True, False], {}, "true/false"),
        ([3, 4, 5, 5, 3], {"missing": [5]}, "legal answer"),
        ([3, 4, 5, 5, 3], {"missing": [None]}, "list of codes"),
        ([3, 4, 5, 5, 3], {"missing": "ved ikke"}, "not one text"),
        ([3, 4, 5, 5, 3], {"score_range": "0-100"}, "pair of numbers"),
        ([3, 4, 5, 5, 3], {"score_range": (0, 25)}, "give 0 to 100"),
        ([3, 4, 5, 5, 3], {"coding": "0-4"}, "declares 5 answers"),
        ([3, 4, 5, 5, 3], {"coding": "5-0"}, "smaller code first"),
        ([3, 4, 5, 5, 3], {"coding": "often"}, "not a range of codes"),
        ([3, 4, 5, 5, 3], {"coding": {}}, "coding= must be a range"),
        ([3, 4, 5, 5, 3], {"coding": {"A ": 1, "a": 2}}, "two different answers"),
        ([3, 4, 5, 5, 3], {"coding": {"a": True}}, "not a number"),
        ([3, 4, 5, 5, 3], {"coding": {3: 3, 4: 4, 5: 7}}, "from 3 to 7"),
        ([3, 4, 5, 5, 3], {"max_missing": 0.2}, "whole number"),
        ([3, 4, 5, 5, 3], {"max_missing": 5}, "0 to 4"),
        ([3, 4, 5, 5, 3], {"bands": "norwegian"}, "'danish'"),
        ([3, 4, 5, 5, 3], {"bands": {"a": 3, "b": 3}}, "rise"),
        ([3, 4, 5, 5, 3], {"on_out_of_range": "drop"}, "'error', 'missing'"),
        ([3, 4, 5, 5, 3], {"rounding": "up"}, "'none', 'half_up'"),
        ([3, 4, 5, 5, 3], {"extras": ["norms"]}, "'cuts', 'bounds'"),
        ([3, 4, 5, 5, 3], {"extras": "cuts"}, "not one text"),
        ([3, 4, 5, 5, 3], {"icd10_rule": "mdi"}, "no option 'icd10_rule'"),
        ([[CANARY], 4, 5, 5, 3], {}, r"'a' \(1 row\(s\)\) hold text"),
    ],
)
def test_bad_input_gives_one_sentence_without_a_value(row, options, said):
    with pytest.raises(ScoringError, match=said) as caught:
        who5(row, **options)
    assert "8675309" not in str(caught.value)
    assert str(caught.value).count(". ") <= 1
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (["a", "b", "c", "d"], "names 4 column"),
        (["a", "b", "c", "d", "e", "a"], "names 6 column"),
        (["a", "b", "c", "d", "d"], "more than once"),
        (["a", "b", "c", "d", "A1"], "not a column"),
        ("abcde", "not one text"),
        ({"cheerful": "a"}, "map exactly the 5 items"),
    ],
)
def test_wrong_items(items, said):
    with pytest.raises(ScoringError, match=said):
        WHO5.score(pd.DataFrame([[1] * 5], columns=FIVE), items=items, coding="0-5")


def test_a_column_that_stands_twice_in_the_frame():
    frame = pd.DataFrame([[1] * 6], columns=[*FIVE, "e"])
    with pytest.raises(ScoringError, match="stands 2 times"):
        WHO5.score(frame, items=FIVE, coding="0-5")


def test_items_may_be_named_by_id_in_any_order():
    frame = pd.DataFrame([[1, 2, 3, 4, 5]], columns=FIVE)
    by_id = {"interest": "e", "cheerful": "a", "rested": "d", "calm": "b", "active": "c"}
    assert WHO5.score(frame, items=by_id, coding="0-5")["who5"][0] == 60


def test_out_of_range_may_be_counted_as_missing():
    out = who5([9, 3, 3, 3, 3], [9, 9, 3, 3, 3], [3, 3, 3, 3, 3], on_out_of_range="missing")
    assert out["who5_n_out_of_range"].tolist() == [1, 2, 0]
    assert out["who5_n_answered"].tolist() == [4, 3, 5]
    assert out["who5"].isna().tolist() == [False, True, False]


def test_declared_missing_codes_are_missing_and_not_out_of_range():
    out = who5([9, 3, 3, 3, 3], [8, 3, 3, 3, 3], missing=[8, 9])
    assert out["who5"].tolist() == [60, 60]
    assert out["who5_n_answered"].tolist() == [4, 4]


def test_rows_are_counted_over_all_columns_at_once():
    rows = [[7, 3, 3, 3, 3]] * 3 + [[3, 3, 3, 3, 7]] * 2
    with pytest.raises(ScoringError, match=r"'a' \(3 row\(s\), allowed 0 to 5\), 'e' \(2 row\(s\)"):
        who5(*rows)


def test_hints_for_a_shifted_export_and_for_scores_in_place_of_items():
    with pytest.raises(ScoringError, match='coding="1-6", or add "reversed"'):
        who5([1, 2, 3, 4, 6])
    with pytest.raises(ScoringError, match="scores from 0 to 100"):
        who5([20, 40, 60, 80, 100], [0, 4, 8, 12, 16], [24, 28, 32, 36, 44])


def test_declared_missing_codes_do_not_hide_a_shifted_export():
    with pytest.raises(ScoringError, match='coding="1-6", or add "reversed"'):
        who5([1, 2, 3, 4, 6], [99, 2, 3, 4, 6], missing=[99])


def test_a_shifted_export_is_told_also_where_its_highest_answers_become_missing():
    with pytest.warns(ScoringWarning, match='counted as missing, but .*coding="1-6"'):
        out = who5([1, 2, 3, 4, 6], on_out_of_range="missing")
    assert out["who5_n_out_of_range"].tolist() == [1]


@pytest.mark.parametrize("factor", [4, 20])
def test_one_column_of_scores_is_told_from_items_with_codes_for_missing(factor):
    rows = np.random.default_rng(8).integers(0, 6, (60, 5))
    rows[:, 2] *= factor
    with pytest.raises(ScoringError, match="scores from 0 to 100"):
        who5(*rows)
    rows[:, 2] //= factor
    rows[:5] = 99
    rows[5:9] = 88
    with pytest.raises(ScoringError, match="declare codes that mean missing") as caught:
        who5(*rows)
    assert "100" not in str(caught.value)


def test_columns_may_be_named_by_numbers():
    frame = pd.DataFrame([[3] * 5, [2] * 5])
    assert WHO5.score(frame, items=list(range(5)), coding="0-5")["who5"].tolist() == [60, 40]
    with pytest.raises(ScoringError, match="'0', which is not a column"):
        WHO5.score(frame, items=list("01234"), coding="0-5")


def test_max_missing_may_be_a_whole_number_of_numpy():
    assert who5([3, 3, 3, NA, NA], max_missing=np.int64(2))["who5"][0] == 60


def test_an_export_that_counts_from_one_is_suspected():
    with pytest.warns(ScoringWarning, match="counts from 1"):
        gad7(*([[1, 1, 2, 1, 3, 1, 2]] * 30))


def test_the_callers_frame_is_not_changed():
    frame = pd.DataFrame([[1.0, NA, 3, 4, 9]], columns=FIVE)
    before = frame.copy(deep=True)
    WHO5.score(frame, items=FIVE, coding="0-5", missing=[9])
    pd.testing.assert_frame_equal(frame, before)


def test_an_empty_frame_gives_empty_columns():
    out = WHO5.score(pd.DataFrame(columns=FIVE, dtype=float), items=FIVE, coding="0-5")
    assert len(out) == 0


@pytest.mark.parametrize("kind", [object, "str", "category", "Int8", float, "boolean"])
def test_a_column_nobody_answered_is_missing_whatever_its_kind(kind):
    frame = pd.DataFrame([[3.0] * 5, [2.0] * 5], columns=FIVE)
    frame["c"] = pd.Series([None, None], dtype=kind)
    if kind == "boolean":
        with pytest.raises(ScoringError, match="true/false"):
            WHO5.score(frame, items=FIVE, coding="0-5")
    else:
        out = WHO5.score(frame, items=FIVE, coding="0-5")
        assert out["who5"].tolist() == [60, 40]
        assert out["who5_prorated"].all()


def test_dates_and_infinities_are_refused():
    frame = pd.DataFrame([[3.0] * 5], columns=FIVE)
    with pytest.raises(ScoringError, match="text where an answer code"):
        WHO5.score(frame.assign(a=pd.Timestamp("2024-01-01")), items=FIVE, coding="0-5")
    with pytest.raises(ScoringError, match="outside the declared codes"):
        WHO5.score(frame.assign(a=np.inf), items=FIVE, coding="0-5")


def test_blocks_do_not_show_in_the_result(monkeypatch):
    answers = np.random.default_rng(1).integers(0, 6, (1000, 5)).astype(float)
    answers[answers == 0] = NA
    whole = who5(*answers, extras=["cuts", "bounds"])
    monkeypatch.setattr("ipseval.instruments.answers.BLOCK", 64)
    pd.testing.assert_frame_equal(whole, who5(*answers, extras=["cuts", "bounds"]))


def test_every_kind_of_column_gives_the_same_scores():
    import polars as pl
    import pyarrow as pa

    answers = np.random.default_rng(2).integers(0, 6, (300, 5)).astype(float)
    answers[np.random.default_rng(3).random(answers.shape) < 0.1] = NA
    plain = pd.DataFrame(answers, columns=FIVE)
    nullable = plain.astype("Int8")
    expected = WHO5.score(plain, items=FIVE, coding="0-5")
    with_code = plain.fillna(99).astype("int8")
    arrow = pa.Table.from_pandas(nullable)
    others = [
        (nullable, ()),
        (plain.astype("Float64"), ()),
        (plain.astype("float32"), ()),
        (plain.astype(object), ()),
        (with_code, (99,)),
        (with_code.astype("uint8"), (99,)),
        (with_code.astype("int64"), (99,)),
        (nullable.astype("int8[pyarrow]"), ()),
        (arrow, ()),
        (arrow.combine_chunks().to_batches()[0], ()),
        (pl.from_arrow(arrow), ()),
        (pl.from_arrow(arrow).cast(pl.Float64), ()),
    ]
    for frame, missing in others:
        found = WHO5.score(frame, items=FIVE, coding="0-5", missing=missing)
        pd.testing.assert_frame_equal(found, expected)


def test_columns_may_have_the_names_of_methods():
    frame = pd.DataFrame([[3] * 5], columns=["collect", "column", "schema", "columns", "type"])
    assert WHO5.score(frame, items=list(frame), coding="0-5")["who5"][0] == 60


def test_text_and_booleans_are_refused_from_polars_and_arrow_too():
    import polars as pl
    import pyarrow as pa

    for column, said in ((["ja"], "text"), ([True], "true/false"), ([6], "outside")):
        plain = {"a": column, "b": [1], "c": [1], "d": [1], "e": [1]}
        for frame in (pl.DataFrame(plain), pa.table(plain)):
            with pytest.raises(ScoringError, match=said):
                WHO5.score(frame, items=FIVE, coding="0-5")
    with pytest.raises(ScoringError, match="collect a lazy frame"):
        WHO5.score(pl.DataFrame(plain).lazy(), items=FIVE, coding="0-5")
    with pytest.raises(ScoringError, match="DataFrame"):
        WHO5.score([[1, 2, 3, 4, 5]], items=FIVE, coding="0-5")


def test_an_instrument_from_your_own_file_behaves_like_the_shipped_one(tmp_path):
    from ipseval.core.resources import data_root

    text = (data_root() / "instruments" / "who5.yaml").read_text(encoding="utf-8")
    own = tmp_path / "mine.yaml"
    own.write_text(text, encoding="utf-8")
    answers = pd.DataFrame(np.random.default_rng(4).integers(0, 6, (50, 5)), columns=FIVE)
    mine = Instrument.from_file(own).score(answers, items=FIVE, coding="0-5", extras=["cuts"])
    pd.testing.assert_frame_equal(mine, WHO5.score(answers, items=FIVE, coding="0-5", extras=["cuts"]))
    assert Instrument.from_file(own) == WHO5


def test_a_call_without_items_says_what_is_missing():
    with pytest.raises(ScoringError, match="items= must name the columns of the 5 items of who5"):
        WHO5.score(pd.DataFrame({"a": [1]}))
