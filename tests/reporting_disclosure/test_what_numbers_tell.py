"""What a number tells besides itself: few who fell, few values, two large persons, ends of an interval."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.evidence import QUANTILES, fewest_told, window_of
from ipseval.reporting.disclosure.numbers.rank_limits import means_outside


def files_of(place, step="r1", **results):
    """What the files of a release hold, and what became of each row."""
    told = ips.release(results, place / step, profile="dst-5", lang="en", ledger=place / "ledger.json")
    found = {}
    for path in (place / step).glob("*.csv"):
        rows = pd.read_csv(path, dtype={"Outcome": str, "Group": str, "Term": str})
        found[path.stem] = rows[rows["line"] == "row"]
    return found, told.statuses()


def shown(rows, term, column="Value"):
    found = rows.loc[rows["Term"] == term, column]
    return bool(found.notna().any())


def few_fell(n_fell):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"id": range(40), "s0": rng.integers(5, 16, 40) * 4.0})
    frame["s1"] = frame["s0"] + 4 * rng.integers(1, 5, 40)
    frame.loc[30:37, "s1"] = frame["s0"]
    frame.loc[: n_fell - 1, "s1"] = frame["s0"] - 4
    return frame


@pytest.mark.parametrize("n_fell", [1, 3])
def test_few_who_fell_do_not_hide_how_far_the_others_moved(tmp_path, n_fell):
    rows = files_of(tmp_path, c=ips.change(few_fell(n_fell), before="s0", after="s1", id="id"))[0]["c"]
    assert not any(shown(rows, term) for term in ("risen", "hodges_lehmann", "permutation"))
    kept = ("before", "after", "difference", "sd_before", "sd_after", "sd_difference", "correlation", "d_z")
    assert all(shown(rows, term) for term in kept)


def test_of_a_few_who_fell_the_exact_p_tells_the_number():
    """Why the ranks go with the count: one person fell least, and the p is that of just one way more."""
    change = np.arange(2.0, 12.0)
    change[0] = -1.0
    frame = pd.DataFrame({"id": range(10), "s0": 0.0, "s1": change + 0.0})
    frame["s0"] = np.arange(10.0)
    frame["s1"] = frame["s0"] + change
    rows = ips.change(frame, before="s0", after="s1", id="id").estimates.set_index("term")
    assert rows.loc["permutation", "p_value"] * 2**9 == pytest.approx(2)


def others_that_agree(rows, scale, n):
    """All counts of the answers 0, 1, .. that give the n, mean, SD and averages of five in the files."""
    values = np.arange(scale, dtype=float)
    found = counts_of(n, scale)
    mean, sd = (float(rows.loc[rows["Term"] == term, "Value"].iloc[0]) for term in ("mean", "sd"))
    found = found[np.abs(found @ values - n * mean) < 1e-6]
    found = found[np.abs(found @ values**2 - ((n - 1) * sd**2 + n * mean**2)) < 1e-5]
    for term, at in QUANTILES.items():
        average = float(rows.loc[rows["Term"] == term, "Value"].iloc[0])
        if average == average:
            low, high = window_of(n, at, 5)
            inside = np.clip(np.minimum(np.cumsum(found, axis=1), high) - low, 0, None)
            sums = np.diff(np.hstack([np.zeros((len(found), 1)), inside]), axis=1) @ values
            found = found[np.abs(sums - 5 * average) < 1e-6]
    return found


def counts_of(n, scale):
    bars = np.array(list(combinations(range(n + scale - 1), scale - 1)))
    ends = np.hstack([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), n + scale - 1)])
    return np.diff(ends, axis=1) - 1


@pytest.mark.parametrize("shares", [[0.45, 0.5, 0.05], [0.05, 0.3, 0.6, 0.05], [0.1, 0.2, 0.3, 0.3, 0.1]])
def test_of_a_short_scale_the_numbers_tell_no_count_of_few(tmp_path, shares):
    rng, n, seen = np.random.default_rng(1), 24, 0
    for number in range(6):
        answers = rng.choice(len(shares), n, p=shares)
        frame = pd.DataFrame({"id": range(n), "x": answers})
        rows = files_of(tmp_path / str(number), d=ips.describe(frame, columns=["x"], id="id"))[0]["d"]
        if not (shown(rows, "mean") and shown(rows, "sd")):
            continue
        seen += 1
        agree, true = others_that_agree(rows, len(shares), n), np.bincount(answers, minlength=len(shares))
        assert (agree == true).all(axis=1).any()
        assert not [v for v in range(len(shares)) if 0 < true[v] < 5 and (agree[:, v] == true[v]).all()]
    assert seen or len(shares) == 3


def test_a_scale_without_a_rare_answer_keeps_its_averages(tmp_path):
    frame = pd.DataFrame({"id": range(60), "x": np.arange(60) % 6})
    rows = files_of(tmp_path, d=ips.describe(frame, columns=["x"], id="id"))[0]["d"]
    assert all(shown(rows, term) for term in ("mean", "sd", "median", "q25", "q75"))


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([1, 20, 19], 1),
        ([1, 20, 19, 3], None),  # [2, 17, 22, 2] agrees
        ([1, 2, 2, 1], 1),  # nothing else has this n, mean and SD
        ([9, 9], 9),
    ],
)
def test_how_few_have_a_value_that_mean_and_sd_tell(counts, told):
    assert fewest_told(np.arange(len(counts), dtype=float), np.array(counts)) == told


def test_two_persons_who_hold_the_sum_have_neither_sd_nor_largest(tmp_path):
    frame = pd.DataFrame({"id": range(40), "sick": [0.0] * 30 + [1.0, 2, 3, 4, 5, 6, 7, 8, 150, 190]})
    rows = files_of(tmp_path, d=ips.describe(frame, columns=["sick"], id="id"))[0]["d"]
    assert not any(shown(rows, term) for term in ("mean", "sd", "max"))


def test_the_largest_five_of_whom_one_holds_most(tmp_path):
    frame = pd.DataFrame({"id": range(40), "income": np.random.default_rng(3).gamma(3, 30000, 40).round()})
    frame.loc[5, "income"] = 4_500_000
    rows = files_of(tmp_path, d=ips.describe(frame, columns=["income"], id="id"))[0]["d"]
    assert shown(rows, "mean")
    assert shown(rows, "median")
    assert not shown(rows, "max")


def test_why_a_number_is_hidden_for_itself_is_said_on_the_page_that_stays(tmp_path):
    frame = pd.DataFrame({"id": range(40), "same": 7.0, "sick": [0.0] * 30 + [1.0] * 8 + [150, 190]})
    files_of(tmp_path, d=ips.describe(frame, columns=["same", "sick"], id="id"))
    leaves = (tmp_path / "r1" / "index.html").read_text(encoding="utf-8")
    stays = (tmp_path / "r1_checker" / "checker.html").read_text(encoding="utf-8")
    for words in ("everybody has the same value", "two persons hold nearly all"):
        assert words not in leaves
        assert words in stays


@pytest.mark.parametrize(("n", "told"), [(6, False), (8, False), (12, False), (13, True), (70, True)])
def test_limits_of_hodges_lehmann_are_shown_once_they_are_no_single_persons(tmp_path, n, told):
    rng = np.random.default_rng(n)
    frame = pd.DataFrame({"id": range(n), "s0": rng.normal(10, 3, n)})
    frame["s1"] = frame["s0"] + rng.normal(0, 2, n) + np.where(np.arange(n) % 2, 3, -3)
    rows = files_of(tmp_path, c=ips.change(frame, before="s0", after="s1", id="id"))[0]["c"]
    assert shown(rows, "hodges_lehmann", "CI from") == told


@pytest.mark.parametrize("n", [6, 9, 13])
def test_the_place_of_the_limit_is_that_of_the_interval(n):
    change = np.random.default_rng(n).normal(1, 1, n)
    frame = pd.DataFrame({"s0": np.arange(n) * 1.0, "s1": np.arange(n) + change})
    row = ips.change(frame, before="s0", after="s1").estimates.set_index("term").loc["hodges_lehmann"]
    means = [(change[i] + change[j]) / 2 for i in range(n) for j in range(i, n)]
    told = sum(mean <= row["ci_low"] + 1e-9 for mean in means)
    assert means_outside(n, 0.95) - told in (0, 1), "at the limit itself a tie may be accepted"


@pytest.mark.parametrize("order", [("all", "sex"), ("sex", "all")])
def test_a_mean_of_all_and_means_by_group_where_one_has_no_group(tmp_path, order):
    frame = pd.DataFrame({"id": range(40), "sex": ["m"] * 19 + ["w"] * 20 + [None]})
    frame["y"] = np.random.default_rng(1).normal(10, 2, 40).round(2)
    both = {
        "all": ips.describe(frame, columns=["y"], id="id"),
        "sex": ips.describe(frame, columns=["y"], by="sex", id="id"),
    }
    found = [files_of(tmp_path, name, **{name: both[name]})[0].get(name) for name in order]
    means = [rows is not None and rows.loc[rows["Term"] == "mean", "Value"].notna().all() for rows in found]
    assert means[0]
    assert not means[1]


def test_of_few_kinds_of_changes_mean_and_sd_of_the_change_tell_who_fell(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"id": range(40), "s0": rng.normal(50, 9, 40).round(1)})
    frame["s1"] = frame["s0"] + np.array([-1.0] * 2 + [0.0] * 20 + [1.0] * 18)
    rows = files_of(tmp_path, c=ips.change(frame, before="s0", after="s1", id="id"))[0]["c"]
    mean, sd = shown(rows, "difference"), shown(rows, "sd_difference")
    assert not (mean and sd)
    assert not shown(rows, "d_z")


def test_a_change_that_two_persons_hold_is_hidden_and_does_not_follow_from_both_means(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"id": range(40), "s0": rng.normal(50, 9, 40).round(1)})
    frame["s1"] = (frame["s0"] + rng.normal(0, 0.1, 40)).round(2)
    frame.loc[:1, "s1"] += 60
    rows = files_of(tmp_path, c=ips.change(frame, before="s0", after="s1", id="id"))[0]["c"]
    assert not any(shown(rows, term) for term in ("difference", "sd_difference", "d_z"))
    assert not (shown(rows, "before") and shown(rows, "after"))


def test_a_thin_level_of_a_model_is_said_to_be_one(tmp_path):
    frame = pd.DataFrame({"id": range(60), "y": [0, 1] * 30, "g": ["a"] * 30 + ["b"] * 30})
    frame.loc[frame["g"] == "b", "y"] = [1] * 3 + [0] * 27
    result = ips.odds_ratios("y ~ g", frame, id="id", influence=False)
    whys = files_of(tmp_path, o=result)[1]["why"]
    assert "release_model_cell" in set(whys)
    assert "release_rare_value" not in set(whys)
