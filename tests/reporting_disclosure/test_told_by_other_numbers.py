"""What a stranger with a pencil made of two numbers that were safe each for itself.

Each test computes a person's value, or a hidden mean, from the written files alone: where a number that it
needs is not there, it is not told.
"""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips


class Files:
    """The tables of the releases of one ledger."""

    def __init__(self, place):
        self.place, self.number = place, 0

    def release(self, **results):
        self.number += 1
        out = self.place / f"r{self.number}"
        ips.release(results, out, profile="dst-5", lang="en", ledger=self.place / "ledger.json")
        found = {}
        for path in out.glob("*.csv"):
            rows = pd.read_csv(path, dtype={"Outcome": str, "Group": str, "Term": str})
            found[path.stem] = rows[rows["line"] == "row"]
        return found


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def value(rows, term, outcome=None, group=None, column="Value"):
    rows = rows[rows["Term"] == term]
    rows = rows if outcome is None else rows[rows["Outcome"] == outcome]
    rows = rows if group is None else rows[rows["Group"] == group]
    return float(rows[column].iloc[0]) if len(rows) else float("nan")


def squares(rows, n, **where):
    return (n - 1) * value(rows, "sd", **where) ** 2 + n * value(rows, "mean", **where) ** 2


def people(n=40, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": range(n), "s0": rng.normal(10, 3, n).round(1)})
    frame["s1"] = (frame["s0"] + rng.normal(1, 2, n)).round(1)
    return frame


@pytest.mark.parametrize(("gone", "seed"), [(1, 0), (1, 4), (2, 0), (2, 7)])
def test_those_who_left_between_start_and_end(files, gone, seed):
    rng, n = np.random.default_rng(seed), 66
    frame = pd.DataFrame({"id": range(n), "sex": np.where(np.arange(n) < 27, "man", "woman")})
    frame["who0"] = rng.integers(5, 16, n) * 4.0
    frame["who1"] = np.clip(frame["who0"] + 4 * rng.integers(-3, 5, n), 0, 100)
    frame.loc[range(5, 5 + gone), "who1"] = np.nan
    frame.loc[40:46, "who1"] = np.nan
    change = {"before": "who0", "after": "who1", "id": "id"}
    found = files.release(
        start=ips.describe(frame, columns=["who0"], by="sex", id="id"),
        all=ips.describe(frame, columns=["who0"], id="id"),
        change=ips.change(frame, **change),
        by_sex=ips.change(frame, by="sex", **change),
    )
    by_sex, both = found["by_sex"], found["change"]
    women = value(by_sex, "after", group="woman") - value(by_sex, "difference", group="woman")
    everybody = value(both, "after") - value(both, "difference")
    men = 27 * value(found["start"], "mean", group="man")
    assert np.isnan(men - ((59 - gone) * everybody - 32 * women))


def test_the_treated_who_found_no_control(files):
    rng, n1, n0 = np.random.default_rng(0), 25, 90
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(n1 + n0)], "treated": [1] * n1 + [0] * n0})
    age = np.where(frame["treated"] == 1, rng.normal(24, 3, n1 + n0), rng.normal(23, 3, n1 + n0))
    frame["age"] = age.round(1)
    frame.loc[2, "age"] = 36.0
    design = ips.match("treated ~ age", frame, id="id", ratio=1, caliper=0.2)
    kept = frame[frame["id"].isin(design.ids[design.weight > 0])]
    assert 0 < n1 - kept["treated"].sum() < 5
    found = files.release(
        all=ips.describe(frame, columns=["age"], by="treated", id="id"),
        balance=design.balance(),
        matched=ips.describe(kept, columns=["age"], by="treated", id="id"),
    )
    smd = value(found["balance"], "smd", group="after")
    sd = value(found["all"], "sd", group="1")
    assert np.isnan(value(found["matched"], "mean", group="0") + smd * sd)


def test_a_difference_is_a_mean_where_the_other_arm_is_known(files):
    rng, n = np.random.default_rng(4), 80
    frame = pd.DataFrame({"id": range(n), "treated": [1] * 40 + [0] * 40})
    frame["weeks"] = rng.integers(0, 52, n).astype(float)
    frame["sex"] = np.where(np.arange(n) % 3 == 0, "m", "w")
    found = files.release(
        women=ips.describe(frame[frame["sex"] == "w"], columns=["weeks"], by="treated", id="id"),
        groups=ips.effect_by(frame.drop(index=1), outcome="weeks", treatment="treated", by=["sex"], id="id"),
    )
    effect = value(found["groups"], "effect_in_group", group="sex: w")
    women = found["women"]
    assert np.isnan(effect + value(women, "mean", group="0") - value(women, "mean", group="1"))


def test_one_who_crossed_over_each_way(files):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"id": range(40), "assigned": ["a"] * 20 + ["b"] * 20})
    frame["y"] = rng.integers(0, 52, 40).astype(float)
    frame["received"] = frame["assigned"]
    frame.loc[[3, 33], "received"] = ["b", "a"]
    found = files.release(
        assigned=ips.describe(frame, columns=["y"], by="assigned", id="id"),
        received=ips.describe(frame, columns=["y"], by="received", id="id"),
    )
    one, other = found["assigned"], found["received"]
    assert np.isnan(value(one, "mean", group="a") - value(other, "mean", group="a"))


@pytest.mark.parametrize("own", [[12.0] * 10, [0.0] * 9 + [44.0]])
@pytest.mark.parametrize("how", ["later", "before", "frames"])
def test_a_group_hidden_for_itself_stays_hidden(files, own, how):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": range(40), "sex": ["m"] * 30 + ["w"] * 10})
    frame["y"] = [*rng.integers(0, 30, 30).astype(float), *own]
    total = ips.describe(frame, columns=["y"], id="id")
    split = ips.describe(frame, columns=["y"], by="sex", id="id")
    men, women = (ips.describe(frame[frame["sex"] == s], columns=["y"], id="id") for s in "mw")
    if how == "frames":
        found = files.release(total=total, split=men, women=women)
    else:
        first, second = ("total", "split") if how == "later" else ("split", "total")
        results = {"total": total, "split": split}
        found = files.release(**{first: results[first]}) | files.release(**{second: results[second]})
    group = None if how == "frames" else "m"
    told = 40 * value(found["total"], "mean") - 30 * value(found["split"], "mean", group=group)
    assert np.isnan(told)


def test_the_sd_before_from_that_after_of_the_change_and_their_correlation(files):
    frame = people()
    frame.loc[0, "s1"] = np.nan
    found = files.release(
        start=ips.describe(frame, columns=["s0"], id="id"),
        change=ips.change(frame, before="s0", after="s1", id="id"),
    )
    known = [value(found["change"], term) for term in ("correlation", "sd_after", "sd_difference")]
    assert np.isnan(known).any() or np.isnan(value(found["start"], "sd"))


@pytest.mark.parametrize("how", ["one release", "counts first", "mean first"])
def test_hidden_counts_of_answers_and_the_mean_of_the_answers(files, how):
    answers = np.array([1] * 12 + [2] * 14 + [3] * 9 + [4] * 3 + [5] * 2)
    frame = pd.DataFrame({"id": range(40), "q": answers * 1.0})
    frame["words"] = np.array(["never", "rarely", "at times", "often", "always"])[answers - 1]
    counts = ips.describe(frame, columns=["words" if how == "one release" else "q"], id="id",
                          levels=None if how == "one release" else {"q": [1, 2, 3, 4, 5]})  # fmt: skip
    mean = ips.describe(frame, columns=["q"], id="id")
    if how == "one release":
        found = files.release(counts=counts, mean=mean)
    elif how == "counts first":
        found = files.release(counts=counts) | files.release(mean=mean)
    else:
        found = files.release(mean=mean) | files.release(counts=counts)
    told = "counts" in found and found["counts"].get("Count", pd.Series(dtype=float)).notna().any()
    assert not (told and "mean" in found and not np.isnan(value(found["mean"], "mean")))


def test_items_and_their_sum_for_one_who_lacks_an_item(files):
    rng, n = np.random.default_rng(3), 40
    items = [f"i{k}" for k in range(1, 6)]
    frame = pd.DataFrame({"id": range(n)} | {i: rng.integers(0, 6, n).astype(float) for i in items})
    frame.loc[7, "i2"] = np.nan
    frame["score"] = frame[items].sum(axis=1, skipna=False)
    rows = files.release(r=ips.describe(frame, columns=[*items, "score"], id="id"))["r"]
    sums = {c: value(rows, "mean", c) * value(rows, "mean", c, column="n") for c in [*items, "score"]}
    assert np.isnan(sum(sums[i] for i in items) - sums["score"])


def test_a_column_filled_in_or_cut_for_one(files):
    frame = people()
    frame.loc[3, "s1"] = np.nan
    frame["filled"] = frame["s1"].fillna(frame["s0"])
    rng = np.random.default_rng(3)
    frame["income"] = rng.gamma(3, 50_000, 40).round()
    frame.loc[5, "income"] = 912_345
    frame["cut"] = frame["income"].clip(upper=500_000)
    rows = files.release(r=ips.describe(frame, columns=["s1", "filled", "income", "cut"], id="id"))["r"]
    assert np.isnan(value(rows, "mean", "filled") - value(rows, "mean", "s1"))
    for term in ("mean", "max"):
        assert np.isnan(value(rows, term, "income") - value(rows, term, "cut"))


def test_another_unit_or_a_column_of_gains_of_one_fewer(files):
    frame = people()
    frame["wage"] = np.random.default_rng(3).gamma(3, 1e5, 40).round()
    frame["thousands"] = frame["wage"] / 1000
    frame["gain"] = frame["s1"] - frame["s0"]
    fewer = frame.iloc[1:]
    found = files.release(
        wage=ips.describe(frame, columns=["wage"], id="id"),
        less=ips.describe(fewer, columns=["thousands"], id="id"),
        change=ips.change(frame, before="s0", after="s1", id="id"),
        gain=ips.describe(fewer, columns=["gain"], id="id"),
    )
    assert np.isnan(value(found["wage"], "mean") - value(found["less"], "mean"))
    assert np.isnan(value(found["change"], "difference") - value(found["gain"], "mean"))


def test_one_who_came_for_one_who_went_is_left_to_a_person(files):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"id": range(41), "y": rng.normal(20, 4, 41).round(2)})
    first = files.release(a=ips.describe(frame.iloc[1:], columns=["y"], id="id"))["a"]
    second = files.release(b=ips.describe(frame.iloc[:-1], columns=["y"], id="id"))
    assert not np.isnan(value(first, "mean"))
    assert "b" not in second or np.isnan(value(second["b"], "mean"))


def test_people_of_whom_nobody_is_the_same_hide_one_another_s_means_in_no_release(files):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": range(61), "arm": [0] * 30 + [1] * 31, "age": rng.integers(18, 30, 61) * 1.0})
    controls, treated = (ips.describe(frame[frame["arm"] == a], columns=["age"], id="id") for a in (0, 1))
    found = files.release(controls=controls, treated=treated)
    assert all(rows["Value"].notna().all() for rows in found.values())


def test_other_people_a_year_later_are_other_people(files):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": range(61), "age": rng.integers(18, 30, 61) * 1.0})
    files.release(y1=ips.describe(frame.iloc[:30], columns=["age"], id="id"))
    later = files.release(y2=ips.describe(frame.iloc[30:], columns=["age"], id="id"))["y2"]
    assert not np.isnan(value(later, "mean"))


def test_a_group_hidden_for_itself_leaves_the_others(files):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"id": range(40), "side": ["a"] * 15 + ["b"] * 15 + ["c"] * 10})
    frame["y"] = [*rng.integers(0, 30, 30).astype(float), *[12.0] * 10]
    rows = files.release(r=ips.describe(frame, columns=["y"], by="side", id="id"))["r"]
    assert np.isnan(value(rows, "mean", group="c"))
    assert not np.isnan([value(rows, "mean", group=g) for g in "ab"]).any()


def test_counts_hidden_of_other_people_leave_a_mean(files):
    answers = np.array([1] * 12 + [2] * 14 + [3] * 9 + [4] * 3 + [5] * 2) * 1.0
    one = pd.DataFrame({"id": range(40), "q": answers})
    other = pd.DataFrame({"id": range(100, 160), "q": np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 12)})
    files.release(counts=ips.describe(one, columns=["q"], id="id", levels={"q": [1, 2, 3, 4, 5]}))
    rows = files.release(mean=ips.describe(other, columns=["q"], id="id"))["mean"]
    assert value(rows, "mean") == 3.0


def arms():
    """52 treated in three places, and 50 controls."""
    rng, n = np.random.default_rng(2), 102
    frame = pd.DataFrame({"id": [f"p{k}" for k in range(n)], "arm": [1] * 52 + [0] * 50})
    frame["site"] = ["a"] * 20 + ["b"] * 16 + ["c"] * 16 + ["d"] * 50
    return frame.assign(weeks=rng.integers(0, 52, n) * 1.0)


def weeks(frame):
    return ips.effect(frame, outcome="weeks", treatment="arm", id="id")


def test_a_number_that_is_out_already_is_shown_again(files):
    """The controls are the same in all; the treated of the first release are two more than they."""
    frame = arms()
    first = files.release(effect=weeks(frame))["effect"]
    again = files.release(part=weeks(frame[frame["site"] != "c"]), effect=weeks(frame))
    assert again["effect"]["Value"].equals(first["Value"])
    assert value(again["part"], "mean_control") == pytest.approx(value(first, "mean_control"))


def test_a_mean_that_is_left_to_a_person_is_not_told_by_the_difference(files):
    """As before, but for one other control: those of the first release may be these but for few."""
    frame, other = arms(), arms().iloc[[-1]].assign(id="other", weeks=7.0)
    files.release(effect=weeks(frame))
    part = weeks(pd.concat([frame[frame["site"] != "c"].iloc[:-1], other]))
    rows = files.release(part=part)["part"]
    assert np.isnan(value(rows, "mean_control"))
    assert np.isnan(value(rows, "mean_treated") - value(rows, "difference"))
