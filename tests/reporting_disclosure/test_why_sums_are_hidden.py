"""Which means, averages and weighted numbers go, with what reason, and which stay."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from reporting_disclosure.test_sums_over_people import invented, uneven_match


def released(tmp_path, name, results, profile="dst-5"):
    """Release beside earlier ones; the reason of each row by result."""
    out = ips.release(results, tmp_path / name, profile=profile, lang="en", ledger=tmp_path / "ledger.json")
    rows = out.statuses()
    return {each: own.set_index("row")["why"].to_dict() for each, own in rows.groupby("result")}


def table(people, by=None, columns=("weeks",)):
    return ips.describe(people, columns=list(columns), by=by, id="id")


def reason_of(whys, result, term, name):
    at = [k for k, row in enumerate(result.estimates.itertuples()) if (row.group, row.term) == term]
    return whys[name][at[0]]


def frame_of(a: int, b: int) -> pd.DataFrame:
    frame = invented(a + b, 7)
    frame["arm"] = ["a"] * a + ["b"] * b
    return frame


def test_a_mean_of_more_people_is_hidden_where_an_earlier_one_is_of_these_but_for_few(tmp_path):
    frame = frame_of(20, 22)
    released(tmp_path, "first", {"r": table(frame[frame["arm"] == "a"].iloc[3:])})
    later = table(frame, "arm")
    whys = released(tmp_path, "second", {"r": later})
    assert reason_of(whys, later, ("a", "mean"), "r") == "release_near_earlier"
    assert reason_of(whys, later, ("b", "mean"), "r") == ""


def test_people_who_are_others_are_not_taken_for_those_of_an_earlier_mean(tmp_path):
    frame = frame_of(20, 23)
    released(tmp_path, "first", {"r": table(frame[frame["arm"] == "a"])})
    # As many but for three, and nobody of them.
    more = frame_of(24, 23).assign(id=lambda f: f["id"] + 1_000)
    later = table(more, "arm")
    whys = released(tmp_path, "second", {"r": later})
    assert reason_of(whys, later, ("b", "mean"), "r") == ""


def test_a_mean_of_fewer_than_an_earlier_one_of_other_people_is_left_to_a_person(tmp_path):
    frame = frame_of(20, 22)
    released(tmp_path, "first", {"r": table(frame[frame["arm"] == "a"])})
    later = table(frame.iloc[3:], "arm")
    whys = released(tmp_path, "second", {"r": later})
    assert reason_of(whys, later, ("a", "mean"), "r") == "release_nearly_out"


def test_what_three_releases_tell_together_is_seen_where_the_people_are_one_group(tmp_path):
    frame = frame_of(30, 12)
    released(tmp_path, "whole", {"r": table(frame)})
    by_arm = table(frame.iloc[2:], "arm")
    whys = released(tmp_path, "arms", {"r": by_arm})
    # Two of arm a were left out: the whole less both arms would be these two.
    assert reason_of(whys, by_arm, ("b", "mean"), "r") == "release_sum"
    assert reason_of(whys, by_arm, ("a", "mean"), "r") == ""
    alone = table(frame[frame["arm"] == "b"])
    assert reason_of(released(tmp_path, "alone", {"r": alone}), alone, ("", "mean"), "r") == "release_sum"


def test_of_several_means_the_smallest_that_helps_goes_and_no_other(tmp_path):
    frame = frame_of(30, 40)
    frame["side"] = ["x"] * 10 + ["y"] * 60
    results = {"arms": table(frame.iloc[2:], "arm"), "sides": table(frame, "side"), "whole": table(frame)}
    whys = released(tmp_path, "one", results)
    gone = {
        (name, row.group)
        for name, result in results.items()
        for at, row in enumerate(result.estimates.itertuples())
        if row.term == "mean" and whys[name][at]
    }
    assert gone == {("arms", "a")}


def test_two_numbers_of_different_people_have_their_own_averages(tmp_path):
    frame = invented(60, 5)
    frame["hours"] = frame["weeks"].rank() * 3.0
    frame.loc[:2, "hours"] = np.nan
    whys = released(tmp_path, "out", {"r": table(frame, columns=("weeks", "hours"))})
    assert set(whys["r"].values()) == {"", "release_averaged"}


def test_an_average_shown_for_a_group_is_not_shown_where_it_is_hidden_under_another_name(tmp_path):
    # The five largest of all are those of arm b, whose eleven would tell their middle one.
    frame = frame_of(39, 11)
    frame.loc[frame["arm"] == "b", "weeks"] += 10_000
    results = {"arms": table(frame, "arm"), "all": table(frame)}
    whys = released(tmp_path, "out", results)
    assert reason_of(whys, results["arms"], ("b", "max"), "arms") == "release_window"
    assert reason_of(whys, results["all"], ("", "max"), "all") == "release_window"
    assert reason_of(whys, results["all"], ("", "min"), "all") == "release_averaged"


@pytest.mark.parametrize(("few", "hidden"), [(4, True), (5, False)])
def test_as_many_as_the_rules_ask_for_may_weigh_otherwise(few, hidden, tmp_path):
    frame, design, matched = uneven_match(few)
    results = {
        "weeks": ips.effect(design, outcome="weeks", data=frame, id="pnr"),
        "job": ips.effect(design, outcome="job", data=frame, id="pnr"),
        "table": ips.describe(matched, columns=["weeks"], by="treated", id="pnr"),
    }
    whys = released(tmp_path, "out", results)
    told = {"weeks": "release_uneven", "job": "release_uneven_cells"} if hidden else {"weeks": "", "job": ""}
    for name, why in told.items():
        assert reason_of(whys, results[name], ("", "mean_control"), name) == why
        assert reason_of(whys, results[name], ("", "difference"), name) == why
        assert reason_of(whys, results[name], ("", "mean_treated"), name) == ""


def test_what_is_plain_is_hidden_whole_after_a_weighted_mean_has_left(tmp_path):
    frame, design, matched = uneven_match(2)
    released(tmp_path, "first", {"e": ips.effect(design, outcome="weeks", data=frame, id="pnr")})
    later = ips.describe(matched, columns=["weeks"], by="treated", id="pnr")
    whys = released(tmp_path, "second", {"t": later})
    assert set(whys["t"].values()) == {"release_uneven_earlier"}
    rows = pd.read_csv(tmp_path / "second" / "t.csv")
    assert rows.loc[rows["line"] == "row", ["n", "Value"]].isna().all(axis=None)


def test_a_design_whose_controls_all_weigh_alike_is_not_taken_for_a_weighted_one(tmp_path):
    frame, design, matched = uneven_match(0)
    released(tmp_path, "first", {"e": ips.effect(design, outcome="weeks", data=frame, id="pnr")})
    later = ips.describe(matched, columns=["weeks"], by="treated", id="pnr")
    whys = released(tmp_path, "second", {"t": later})
    assert reason_of(whys, later, ("0", "mean"), "t") == ""
