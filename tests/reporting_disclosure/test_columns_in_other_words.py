"""What columns that follow from others tell of the one person who lacks a part, and what they leave alone.

As in `test_told_by_other_numbers`: the arithmetic of an outsider, from the written files alone.
"""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from reporting_disclosure.test_told_by_other_numbers import Files, value

WORDS = {0.0: "never", 1.0: "seldom", 2.0: "now and then", 3.0: "often"}


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def total(rows, column, group=None):
    """The sum of the values of everybody with one."""
    about = {"outcome": column, "group": group}
    return value(rows, "mean", **about) * value(rows, "mean", **about, column="n")


def items(names, n=60, answers=4, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": range(n)})
    for name in names:
        frame[name] = rng.integers(0, answers, n).astype(float)
    return frame


def lacking(frame, item, parts, score="score"):
    """Person 7 lacks an item, and so the sum."""
    frame.loc[7, item] = np.nan
    frame[score] = frame[parts].sum(axis=1, skipna=False)
    return frame


NAMES = {
    "numbered": [f"i{k}" for k in range(1, 6)],
    "words": ["sad", "tired", "calm", "glad"],
    "letters": ["phq_a", "phq_b", "phq_c"],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("id", ["id", None])
def test_a_sum_of_items_whatever_they_are_called(files, names, id):
    frame = lacking(items(names), names[1], names)
    rows = files.release(d=ips.describe(frame, columns=[*names, "score"], id=id))["d"]
    assert np.isnan(sum(total(rows, name) for name in names) - total(rows, "score"))


@pytest.mark.parametrize("unlike", [0, 1])
def test_a_score_that_was_corrected_by_hand_for_one(files, unlike):
    names = NAMES["numbered"]
    frame = lacking(items(names, answers=6), "i2", names)
    frame.loc[range(9, 9 + unlike), "score"] = 3.0
    rows = files.release(d=ips.describe(frame, columns=[*names, "score"], id="id"))["d"]
    assert np.isnan(sum(total(rows, name) for name in names) - total(rows, "score"))


@pytest.mark.parametrize("decimals", [1, 2])
def test_a_mean_of_items_that_was_rounded(files, decimals):
    names = [f"i{k}" for k in range(1, 8)]
    frame = lacking(items(names, answers=7), "i2", names)
    frame["score"] = (frame["score"] / 7).round(decimals)
    rows = files.release(d=ips.describe(frame, columns=[*names, "score"], id="id"))["d"]
    assert np.isnan(sum(total(rows, name) for name in names) - 7 * total(rows, "score"))


def test_weeks_in_months_with_a_decimal(files):
    weeks = np.random.default_rng(3).integers(4, 80, 40).astype(float)
    frame = pd.DataFrame({"id": range(40), "weeks": weeks, "months": (weeks / 4.345).round(1)})
    frame.loc[3, "months"] = np.nan
    rows = files.release(d=ips.describe(frame, columns=["weeks", "months"], id="id"))["d"]
    assert np.isnan(total(rows, "weeks") - 4.345 * total(rows, "months"))


def test_a_score_of_few_items_of_a_long_questionnaire(files):
    names = [f"q{k}" for k in range(1, 37)]
    frame = lacking(items(names, n=45, answers=6), "q2", names[:5])
    rows = files.release(d=ips.describe(frame, columns=[*names, "score"], id="id"))["d"]
    assert np.isnan(sum(total(rows, name) for name in names[:5]) - total(rows, "score"))


@pytest.mark.parametrize("answers", [2, 4])
def test_tables_of_answers_in_words_beside_their_score(files, answers):
    names = [f"i{k}" for k in range(1, 5)]
    frame = lacking(items(names, n=100, answers=answers), "i2", names)
    words = frame[["id"]].assign(**{name: frame[name].map(WORDS) for name in names})
    found = files.release(
        items=ips.describe(words, columns=names, id="id"),
        score=ips.describe(frame, columns=["score"], id="id"),
    )
    counted = sum(
        points * value(found["items"], word, outcome=name, column="Count")
        for points, word in list(WORDS.items())[1:answers]
        for name in names
    )
    assert not np.isnan(counted)
    assert np.isnan(counted - total(found["score"], "score"))


def test_a_table_of_answers_in_words_beside_means_of_one_fewer(files):
    frame = items(["y"], n=200)
    frame["words"] = frame["y"].map(WORDS)
    frame["sex"] = np.where(np.random.default_rng(1).random(200) < 0.5, "man", "woman")
    known = frame.drop(index=3)
    found = files.release(
        table=ips.describe(frame, columns=["words"], id="id"),
        means=ips.describe(known, columns=["y"], by="sex", id="id"),
    )
    counted = sum(k * value(found["table"], word, column="Count") for k, word in WORDS.items() if k)
    assert not np.isnan(counted)
    assert np.isnan(counted - sum(total(found["means"], "y", group) for group in ("man", "woman")))


def test_a_histogram_of_whole_numbers_beside_means_of_one_fewer(files):
    frame = items(["y"], n=200, answers=8)
    frame["sex"] = np.where(np.random.default_rng(1).random(200) < 0.5, "man", "woman")
    edges = [k - 0.5 for k in range(9)]
    found = files.release(
        bars=ips.histogram(frame, column="y", edges=edges, id="id"),
        means=ips.describe(frame.drop(index=3), columns=["y"], by="sex", id="id"),
    )
    assert len(found["bars"])
    assert np.isnan(sum(total(found["means"], "y", group) for group in ("man", "woman")))


def before_after(n=40, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": range(n), "phq_before": rng.normal(10, 3, n).round(1)})
    frame["phq_after"] = (frame["phq_before"] + rng.normal(1, 2, n)).round(1)
    return frame


@pytest.mark.parametrize("id", ["id", None])
def test_a_change_made_by_hand(files, id):
    frame = before_after()
    frame.loc[5, "phq_after"] = np.nan
    frame["phq_change"] = frame["phq_after"] - frame["phq_before"]
    rows = files.release(d=ips.describe(frame, columns=["phq_before", "phq_after", "phq_change"], id=id))["d"]
    assert np.isnan(total(rows, "phq_before") - total(rows, "phq_after") + total(rows, "phq_change"))


def test_how_many_did_not_change_at_all(files):
    rng, n = np.random.default_rng(2), 40
    frame = pd.DataFrame({"id": range(n), "s0": rng.integers(5, 16, n) * 4.0})
    frame["s1"] = frame["s0"] + 4 * rng.choice([-3, -2, -1, 1, 2, 3], n)
    frame.loc[:1, "s1"] = frame.loc[:1, "s0"]
    rows = files.release(c=ips.change(frame, before="s0", after="s1", id="id"))["c"]
    assert value(rows, "before", column="n") == n
    assert np.isnan(value(rows, "risen", column="n"))
    assert np.isnan(value(rows, "risen"))


@pytest.mark.parametrize(
    "columns", [["raw", "percent", "filled"], ["filled", "raw", "percent"], ["percent", "filled", "raw"]]
)
def test_the_order_of_columns_makes_no_difference(files, columns):
    raw = np.random.default_rng(5).integers(0, 26, 40).astype(float)
    frame = pd.DataFrame({"id": range(40), "raw": raw, "percent": 4 * raw, "filled": raw})
    frame.loc[0, "filled"] = 13.0
    rows = files.release(d=ips.describe(frame, columns=columns, id="id"))["d"]
    assert np.isnan(total(rows, "filled") - total(rows, "raw"))
    assert np.isnan(total(rows, "filled") - total(rows, "percent") / 4)


def test_the_sd_in_another_unit_of_one_fewer(files):
    raw = np.random.default_rng(5).integers(0, 26, 40).astype(float)
    frame = pd.DataFrame({"id": range(40), "raw": raw, "percent": 4 * raw})
    frame.loc[3, "percent"] = np.nan
    rows = files.release(d=ips.describe(frame, columns=["raw", "percent"], id="id"))["d"]
    assert np.isnan(value(rows, "sd", outcome="raw") + value(rows, "sd", outcome="percent"))


def test_another_unit_that_is_cut_for_one(files):
    frame = pd.DataFrame(
        {"id": range(60), "kr": np.random.default_rng(3).integers(150_000, 550_000, 60) * 1.0}
    )
    frame.loc[3, "kr"] = 812_345.0
    frame["tkr"] = (frame["kr"] / 1000).clip(upper=600)
    rows = files.release(d=ips.describe(frame, columns=["kr", "tkr"], id="id"))["d"]
    assert np.isnan(total(rows, "kr") - 1000 * total(rows, "tkr"))


def test_amounts_of_which_no_two_are_alike(files):
    rng, n = np.random.default_rng(3), 1500
    frame = pd.DataFrame({"id": range(n)})
    for name in ("ward", "clinic"):
        frame[name] = rng.permutation(50_000)[:n] * 1.0
    frame.loc[7, "ward"] = np.nan
    frame["whole"] = frame["ward"] + frame["clinic"]
    rows = files.release(d=ips.describe(frame, columns=["ward", "clinic", "whole"], id="id"))["d"]
    assert np.isnan(total(rows, "ward") + total(rows, "clinic") - total(rows, "whole"))


@pytest.mark.parametrize("first", [1, 10**17])
@pytest.mark.parametrize("text", [True, False])
def test_ids_that_are_text_in_one_frame_and_large(files, first, text):
    rng, n = np.random.default_rng(3), 40
    frame = pd.DataFrame({"id": [first + k for k in range(n)], "arm": ["a", "b"] * 20})
    frame["y"] = rng.normal(10, 3, n).round(1)
    fewer = frame[1:].assign(id=lambda d: d["id"].astype(str) if text else d["id"])
    found = files.release(
        whole=ips.describe(frame, columns=["y"], id="id"),
        arms=ips.describe(fewer, columns=["y"], by="arm", id="id"),
    )
    arms = total(found["arms"], "y", "a") + total(found["arms"], "y", "b")
    assert np.isnan(total(found["whole"], "y") - arms)


def shown(tmp_path, **results):
    out = ips.release(results, tmp_path / "r", profile="dst-5", ledger=tmp_path / "ledger.json")
    told = out.statuses()
    return told[told["why"].isin(["release_sum"])]


def test_a_column_in_which_all_are_alike_hides_no_other(tmp_path):
    rng, n = np.random.default_rng(5), 60
    frame = pd.DataFrame({"id": range(n), "site": ["a", "b", "c"] * 20, "nights": 0.0})
    frame["age"] = rng.integers(18, 30, n) * 1.0
    frame["weeks"] = rng.integers(0, 52, n) * 1.0
    columns = ["age", "weeks", "nights"]
    whole = ips.describe(frame, columns=columns, id="id")
    assert shown(tmp_path, whole=whole, sites=ips.describe(frame, columns=columns, by="site", id="id")).empty


def test_another_unit_of_the_same_persons_hides_nothing(tmp_path):
    frame = pd.DataFrame({"id": range(60), "weeks": np.random.default_rng(5).normal(30, 9, 60).round(1)})
    frame["days"] = 7 * frame["weeks"]
    assert shown(tmp_path, d=ips.describe(frame, columns=["weeks", "days"], id="id")).empty


def test_a_whole_questionnaire_and_its_score_of_the_same_persons_hide_nothing(tmp_path):
    names = NAMES["numbered"]
    frame = items(names)
    frame["score"] = frame[names].sum(axis=1)
    assert shown(tmp_path, d=ips.describe(frame, columns=[*names, "score"], id="id")).empty


def waves(seed=5, n=40):
    """Two waves in long form; person 0 answers the first alone."""
    rng = np.random.default_rng(seed)
    first = pd.DataFrame({"id": range(n), "wave": 0, "y": rng.normal(10, 3, n).round(1)})
    last = first[1:].assign(wave=1, y=lambda d: (d["y"] + rng.normal(1, 2, n - 1)).round(1))
    return pd.concat([first, last], ignore_index=True)


@pytest.mark.parametrize("beside", ["wide", "long", "those with both"])
def test_one_who_answered_the_first_of_two_waves(files, beside):
    frame = waves()
    wide = frame.pivot(index="id", columns="wave", values="y").add_prefix("y").reset_index()
    both = frame[frame["id"] > 0]
    change = {"score": "y", "wave": "wave", "waves": [0, 1], "id": "id"}
    whole = {
        "wide": lambda: ips.describe(wide, columns=["y0"], id="id"),
        "long": lambda: ips.describe(frame, columns=["y"], by="wave", id="id"),
        "those with both": lambda: ips.describe(both, columns=["y"], by="wave", id="id"),
    }[beside]()
    found = files.release(whole=whole, change=ips.change(frame, **change))
    rows = found["whole"]
    if "Group" in rows:
        rows = rows[rows["Group"].astype(float) == 0]
    start = value(rows, "mean") * value(rows, "mean", column="n")
    before = value(found["change"], "before") * value(found["change"], "before", column="n")
    assert np.isnan(start - before) == (beside != "those with both")


def test_costs_of_arms_beside_the_parts_of_the_costs(files):
    rng, n = np.random.default_rng(3), 80
    frame = pd.DataFrame({"id": range(n), "treated": [1] * 40 + [0] * 40, "qaly": rng.normal(0.6, 0.1, n)})
    frame["hospital"], frame["gp"] = rng.gamma(2, 1000, n).round(), rng.gamma(2, 100, n).round()
    frame["cost"] = frame["hospital"] + frame["gp"]
    fewer = frame.assign(gp=frame["gp"].where(frame["id"] != 3))
    ce = {"cost": "cost", "effect": "qaly", "willingness": [1e5], "treatment": "treated", "resamples": 99}
    found = files.release(
        ce=ips.cost_effectiveness(frame, id="id", **ce),
        parts=ips.describe(fewer, columns=["hospital", "gp"], by="treated", id="id"),
    )
    arm = next(g for g in found["parts"]["Group"].unique() if float(g) == 1)
    parts = total(found["parts"], "hospital", arm) + total(found["parts"], "gp", arm)
    assert np.isnan(40 * value(found["ce"], "mean_treated", outcome="cost") - parts)
