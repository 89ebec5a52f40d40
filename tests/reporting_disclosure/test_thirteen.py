"""Thirteen ways in which tables have leaked elsewhere; each must hold here."""

import csv
import json

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DisclosureError, EstimationError


def released(results, tmp_path, profile="dst-3", **options):
    """Release and read back every CSV."""
    out = ips.release(results, tmp_path / "out", profile=profile, lang="en", **options)
    lines = {}
    for path in (tmp_path / "out").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines[path.stem] = [line for line in csv.DictReader(stream) if line["Status"]]
    return out, lines


def crossed(a, b, counts):
    rows = [
        (x, y)
        for x, line in zip(a, counts, strict=True)
        for y, n in zip(b, line, strict=True)
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["a", "b"])


@pytest.mark.parametrize("codes", [(1, 2, 3), (True, False)])
def test_1_whole_number_and_boolean_codes_with_margins_are_hidden(codes, tmp_path):
    frame = crossed(codes, ("x", "y", "z"), [[2, 20, 15], [12, 14, 9], [8, 7, 11]][: len(codes)])
    frame = frame.astype({"a": "bool"} if codes[0] is True else {"a": "int64"})
    both = {"cross": ips.describe(frame, columns=["a"], by="b", levels={"a": sorted(codes)}),
            "margin": ips.describe(frame, columns=["a", "b"], levels={"a": sorted(codes)})}  # fmt: skip
    _, lines = released(both, tmp_path)
    assert lines["cross"]
    assert "2" not in [line["Count"] for line in lines["cross"]]
    assert sum(line["Count"] == "" for line in lines["cross"]) >= 4


def test_2_a_categorical_of_whole_numbers_keeps_its_table(tmp_path):
    frame = crossed((1, 2), ("x", "y"), [[20, 15], [12, 14]])
    frame["a"] = pd.Categorical(frame["a"], categories=[1, 2])
    _, lines = released(ips.describe(frame, columns=["a"], by="b"), tmp_path)
    assert [line["Count"] for line in lines["describe_1"]] == ["20", "12", "15", "14"]


def test_3_persons_are_counted_never_rows():
    weeks = pd.DataFrame({"id": [1] * 52, "state": ["work"] * 52})
    with pytest.raises(EstimationError, match="repeats"):
        ips.describe(weeks, columns=["state"], id="id")


def test_4_missing_values_do_not_count_as_people(tmp_path):
    frame = pd.DataFrame({"g": ["a"] * 12 + ["b"] * 12, "x": [8421.5] + [np.nan] * 11 + list(range(12))})
    out, lines = released(ips.describe(frame, columns=["x"], by="g"), tmp_path)
    inside = [line for line in lines["describe_1"] if line["Group"] == "a"]
    assert all(line["Value"] == "" for line in inside)
    assert "8421" not in (tmp_path / "out" / "describe_1.csv").read_text(encoding="utf-8")
    assert set(out.statuses().loc[:6, "status"]) <= {"hidden", "ok"}


def test_5_the_smallest_and_largest_are_averages_and_unknown_numbers_need_a_person(tmp_path):
    frame = pd.DataFrame({"x": [777.0, *np.linspace(1010, 1940, 28), 2999.0]})
    result = ips.describe(frame, columns=["x"])
    estimates = result.tidy()
    estimates.loc[1, ["scale", "estimand", "term"]] = ["q99", "q99", "q99"]
    from dataclasses import replace

    _, lines = released({"plain": result, "odd": replace(result, estimates=estimates)}, tmp_path)
    text = (tmp_path / "out" / "plain.csv").read_text(encoding="utf-8")
    assert "777" not in text
    assert "2999" not in text
    assert {"rounded"} == {x["Status"] for x in lines["plain"] if x["Term"] in ("min", "max")}
    # What no rule speaks of does not leave: it stands on the checker's page alone.
    assert len(lines["odd"]) == len(lines["plain"]) - 1
    assert "q99" not in (tmp_path / "out" / "odd.csv").read_text(encoding="utf-8")


def test_6_a_dummy_that_is_one_person_takes_its_model_along(tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"y": rng.integers(0, 2, 80), "d": ["n"] * 78 + ["j", "j"]})
    frame.loc[78, "y"], frame.loc[79, "y"] = 0, 1
    _, lines = released(ips.odds_ratios("y ~ d", frame), tmp_path)
    assert lines["odds_ratios_1"]
    assert all(line["Value"] == "" for line in lines["odds_ratios_1"])


def test_7_shares_with_hidden_counts_keep_the_rest_of_the_table(tmp_path):
    frame = crossed((1, 2, 3, 4), ("x", "y", "z"), [[2, 20, 15], [12, 14, 9], [8, 7, 11], [9, 9, 9]])
    _, lines = released(ips.describe(frame, columns=["a"], by="b", levels={"a": [1, 2, 3, 4]}), tmp_path)
    kept = [line for line in lines["describe_1"] if line["Value"]]
    assert len(kept) >= 8
    assert all(line["Count"] and line["n"] for line in kept)


def test_8_differences_between_tables_are_protected(tmp_path):
    frame = crossed(("m", "k"), ("x", "y"), [[27, 3], [20, 25]])
    frame.loc[frame.index[27:29], "b"] = "z"
    cross = ips.describe(frame, columns=["a"], by="b")
    _, lines = released({"cross": cross, "one": ips.describe(frame, columns=["a", "b"])}, tmp_path, "dst-5")
    men = {line["Group"]: line["Count"] for line in lines["cross"] if line["Term"] == "m"}
    total = next(line["Count"] for line in lines["one"] if line["Term"] == "m")
    assert men["z"] == men["y"] == ""
    assert "" in (men["x"], total)


def test_9_histograms_join_bars_and_leave_the_frame_alone(tmp_path):
    frame = crossed((1, 2), ("x", "y"), [[2, 15], [12, 14]])
    before = frame.copy()
    released(ips.describe(frame, columns=["a"], by="b", levels={"a": [1, 2]}), tmp_path)
    pd.testing.assert_frame_equal(frame, before)
    safe = pd.DataFrame({"v": [5.0] * 40 + [20.0] * 40})
    bars = ips.histogram(safe, column="v", edges=[0, 10, 20], least=10).estimates
    assert bars["n_events"].tolist() == [40, 40]
    few = pd.DataFrame({"v": [5.0] + [15.0] * 20 + [35.0] * 2})
    bars = ips.histogram(few, column="v", edges=[0, 10, 20, 30, 40], least=3).estimates
    assert all(n >= 3 or not n for n in bars["n_events"])
    assert bars["n_events"].sum() == 23
    assert few["v"].tolist()[:2] == [5.0, 15.0]


def test_10_thresholds_of_ones_own_are_a_file(tmp_path):
    own = tmp_path / "mine.yaml"
    own.write_text(
        "id: mine\npersons: 7\nfirm_share: 0.85\nfirm_units: 2\nresidual_df: 10\nparameters_per_person: 0.3\n"
        "steps: 7\nrounding_base: 7\nstaff: 11\nmissing: open\nsaid: {da: egen, en: own}\nsource: us\ndate: 2026-01-01\n",
        encoding="utf-8",
    )
    frame = pd.DataFrame({"a": ["x"] * 30 + ["y"] * 6 + ["z"] * 20})
    out, lines = released(ips.describe(frame, columns=["a"]), tmp_path, own)
    assert out.profile.persons == 7
    assert next(x for x in lines["describe_1"] if x["Term"] == "y")["Count"] == ""
    own.write_text("id: mine\npersons: 1\n", encoding="utf-8")
    with pytest.raises(DisclosureError, match="persons must be a whole number"):
        ips.release(ips.describe(frame, columns=["a"]), tmp_path / "x", profile=own)


def test_11_rounding_keeps_the_total_additive(tmp_path):
    frame = crossed((1, 2, 3), ("x", "y", "z"), [[2, 8, 7], [3, 9, 6], [8, 7, 5]])
    both = {"cross": ips.describe(frame, columns=["a"], by="b", levels={"a": [1, 2, 3]}),
            "margin": ips.describe(frame, columns=["a", "b"], levels={"a": [1, 2, 3]})}  # fmt: skip
    _, lines = released(both, tmp_path, "dst-5", method="round")
    total = int(lines["margin"][0]["n"])
    assert total in (55, 50, 60)
    assert sum(int(x["Count"]) for x in lines["cross"]) == total
    assert sum(int(x["Count"]) for x in lines["margin"] if x["Outcome"] == "b") == total


def test_12_one_way_tables_quantiles_and_text_are_covered(tmp_path):
    frame = pd.DataFrame({"a": ["x"] * 30 + ["y"] * 20, "v": np.arange(50.0)})
    out, lines = released(ips.describe(frame, columns=["a", "v"]), tmp_path)
    assert [x["Count"] for x in lines["describe_1"][:2]] == ["30", "20"]
    assert [x["Status"] for x in lines["describe_1"] if x["Term"] in ("q25", "median", "q75")] == [
        "rounded"
    ] * 3
    assert "<!DOCTYPE html>" in (out.folder / "index.html").read_text(encoding="utf-8")


def test_13_forty_three_people_keep_most_of_their_table(tmp_path):
    codes = ["1"] * 9 + ["2"] * 7 + ["3"] * 8 + ["4"] * 8 + ["5"] * 6 + ["6"] * 5
    _, lines = released(ips.describe(pd.DataFrame({"d": codes}), columns=["d"]), tmp_path, "dst-5")
    assert all(line["Count"] for line in lines["describe_1"])


def test_the_record_holds_bands_and_no_count(tmp_path):
    frame = pd.DataFrame({"a": ["x"] * 31 + ["y"] * 2 + ["z"] * 21})
    out, _ = released(ips.describe(frame, columns=["a"]), tmp_path)
    record = json.loads((out.folder / "evidence.json").read_text(encoding="utf-8"))
    assert record["results"][0]["persons"] == ["50-199"]
    assert len(record["code"]) == 64
    assert "54" not in json.dumps(record["results"])
