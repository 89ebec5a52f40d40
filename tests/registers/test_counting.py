"""Weeks in sets of codes: by year and around index dates, from columns and from spells, against counting."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import DesignError, ReadError
from ipseval.core.weeks import monday, week_from_iso, week_from_yyww, weeks_in, yyww
from ipseval.outcomes.codes import dream_codes
from ipseval.outcomes.columns import Translation, flags_of, weeks_after
from registers import slow

FIRST = week_from_yyww("1950")
N = week_from_iso(2021, 52) - FIRST + 6
CODES = (0, 111, 140, 143, 651, 720, 730, 739, 890, 999)


def made(seed, n, kind="int16"):
    codes = np.random.default_rng(seed).choice(CODES, size=(n, N)).astype(kind)
    frame = pd.DataFrame(codes, columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    frame.insert(0, "pnr", [f"{i:012d}" for i in range(n)])
    return codes, frame


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(-5, 300), max_size=12), st.sampled_from(["uint8", "int16"]), st.integers(0, 10**6))
def test_sets_hold_what_python_says(codes, kind, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0 if kind == "uint8" else -10, 256, seed % 200).astype(kind)
    wanted = {c for c in codes if c >= 0}
    numbers = np.where(flags_of(wanted), 7, 0).astype(np.uint16 if seed % 2 else np.uint8)
    expected = [7 * (int(v) in wanted) for v in values]
    for column in (
        values,
        np.append(values[:1], values)[1:],
    ):  # the second one does not begin at an even byte
        assert Translation(numbers).of(column).tolist() == expected


@pytest.mark.parametrize("seed", range(3))
def test_years_from_columns_and_from_spells_agree_with_counting(seed, tmp_path):
    codes, frame = made(seed, 60)
    sets = {"none": [0], "help": "uddannelseshjaelp", "many": [111, 140, 651, 730, 890]}
    found = ips.dream.count_weeks(frame, sets=sets, years=[2020, 2021])
    frame.to_parquet(tmp_path / "d.parquet")
    store = ips.dream.spells(frame, store=tmp_path / "s.parquet")
    for other in (tmp_path / "d.parquet", ips.dream.spells(frame), store):
        pd.testing.assert_frame_equal(ips.dream.count_weeks(other, sets=sets, years=[2020, 2021]), found)
    groups = {
        "none": {0},
        "help": set(dream_codes().codes_where(group="uddannelseshjaelp")),
        "many": set(sets["many"]),
    }
    for year in (2020, 2021):
        low = week_from_iso(year, 1) - FIRST
        for name, wanted in groups.items():
            expected = [sum(int(c) in wanted for c in row[low : low + weeks_in(year)]) for row in codes]
            assert found[f"{name}_{year}"].tolist() == expected
    with pytest.raises(DesignError, match="2019, 2022"):
        ips.dream.count_weeks(frame, sets=sets, years=[2019, 2020, 2022])


SPANS = st.lists(
    st.tuples(st.integers(-70, 70), st.integers(0, 60)), min_size=1, max_size=3, unique=True
).map(lambda pairs: [(a, a + more) for a, more in pairs])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-90, N + 90), min_size=1, max_size=25),
    SPANS,
    st.sets(st.integers(1, N - 2), max_size=2),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_spans_around_index_dates_agree_with_asking_person_by_person(weeks, spans, gaps, from_spells, seed):
    """Index dates inside, at the edges of and far outside the file, over week 53, with weeks that it lacks."""
    n = len(weeks)
    codes, frame = made(seed, n + 3)
    frame = frame.drop(columns=[f"y_{yyww(FIRST + w)}" for w in gaps])
    rng = np.random.default_rng(seed)
    who = rng.permutation(n + 6)[:n]  # some are not in DREAM
    dates = monday(FIRST + np.array(weeks)) + rng.integers(0, 7, n).astype("timedelta64[D]")
    people = pd.DataFrame({"pnr": [f"{i:012d}" for i in who], "index_date": dates.astype("datetime64[s]")})
    source = ips.dream.spells(frame, tolerate=["week_missing"]) if from_spells else frame
    asked = {"in_codes": [0, 730], "spans": spans, "tolerate": ["week_missing"]}
    found = ips.dream.weeks_after(source, people, incomplete="missing", **asked)
    assert found["pnr"].tolist() == sorted(p for p in people["pnr"] if int(p) < n + 3)
    index_of = dict(zip(people["pnr"], weeks, strict=True))
    for row in found.to_dict("records"):
        mine, at = codes[int(row["pnr"])], index_of[row["pnr"]]
        person = {w: int(mine[w]) for w in range(N) if w not in gaps}
        counts, first = slow.weeks_after(person, at, spans, {0, 730})
        got = [None if pd.isna(row[f"weeks_{a}_{b}"]) else row[f"weeks_{a}_{b}"] for a, b in spans]
        assert got == counts
        assert (None if pd.isna(row["first_week"]) else row["first_week"]) == first
    n_out = sum(
        None in slow.weeks_after(dict.fromkeys(set(range(N)) - gaps, 0), at, spans, {0})[0] for at in weeks
    )
    if n_out:
        with pytest.raises(DesignError, match=f"for {n_out} of {n} persons"):
            ips.dream.weeks_after(source, people, **asked)
    else:
        pd.testing.assert_frame_equal(ips.dream.weeks_after(source, people, **asked), found)


@pytest.mark.parametrize("wide", [253, 254, 255, 256, 511, 590])
@pytest.mark.parametrize("kind", ["uint8", "int16"])
def test_spans_of_more_weeks_than_a_byte_holds_are_counted_whole(wide, kind):
    """A person in work all the time, one never, one in the last week alone; 600 weeks."""
    codes = np.zeros((3, 600), dtype=kind)
    codes[0], codes[2, 590] = 121, 121
    index = np.array([0, 0, 590 - wide])
    counts, first = weeks_after(list(codes.T.copy()), index, [(-600, 600), (0, wide)], flags_of([121]))
    assert counts.tolist() == [[600, wide + 1], [0, 0], [1, 1]]
    assert first.tolist() == [0, -1, wide]
    counts, first = weeks_after(list(codes.T.copy()), index, [(0, wide)], flags_of([121]))
    assert counts.tolist() == [[wide + 1], [0], [1]]
    assert first.tolist() == [0, -1, wide]


def test_a_store_gives_the_spans_of_the_file_and_names_the_widest_window(tmp_path):
    _, frame = made(2, 40)
    weeks = np.arange(40) + 30
    people = pd.DataFrame({"pnr": frame["pnr"], "index_date": monday(FIRST + weeks).astype("datetime64[s]")})
    store = ips.dream.spells(frame, store=tmp_path / "s.parquet")
    around = {"in_codes": [0, 730], "spans": [(1, 10), (-30, N - 70)]}
    expected = ips.dream.weeks_after(frame, people, **around)
    pd.testing.assert_frame_equal(ips.dream.weeks_after(store, people, **around), expected)
    widest = rf"2019-W50 to 2022-W05, so the widest window .* is \(-30, {N - 70}\)"
    for source in (frame, store):
        with pytest.raises(DesignError, match=widest):
            ips.dream.weeks_after(source, people, in_codes=[0], spans=[(-31, 2)])
        with pytest.raises(DesignError, match=r"1 span\(s\) that end before they begin \(\(5, 1\)\)"):
            ips.dream.weeks_after(source, people, in_codes=[0], spans=[(1, 9), (5, 1)])
    apart = people.assign(index_date=np.where(weeks > 50, "2001-01-01", "2040-01-01"))
    with pytest.raises(DesignError, match="no one window fits"):
        ips.dream.weeks_after(frame, apart, in_codes=[0])


def test_a_year_with_a_week_that_the_file_lacks_is_not_whole(tmp_path):
    _, frame = made(2, 10)
    frame = frame.drop(columns="y_2053")
    store = ips.dream.spells(frame, store=tmp_path / "s.parquet", tolerate=["week_missing"])
    for source in (frame, store):
        given_up = {"sets": {"a": [0]}, "tolerate": ["week_missing"]}
        with pytest.raises(DesignError, match=r"1 year\(s\) that DREAM does not cover whole: 2020"):
            ips.dream.count_weeks(source, years=[2020, 2021], **given_up)
        assert len(ips.dream.count_weeks(source, years=[2021], **given_up)) == 10


def test_codes_of_one_byte_and_many_sets_count_the_same(tmp_path):
    codes, frame = made(4, 300)
    small = frame.copy()
    for name in frame.columns[1:]:
        small[name] = (frame[name] // 4).astype("uint8")
    sets = {f"s{k}": [c // 4 for c in CODES[k:]] for k in range(6)}
    listed = ips.dream.codes().with_codes(
        {c // 4: "kontanthjaelp" for c in CODES if c} | {255: "kontanthjaelp"}
    )
    asked = {"sets": sets, "years": [2020, 2021], "codes": listed}
    found = ips.dream.count_weeks(small, **asked)
    wider = small.astype(dict.fromkeys(small.columns[1:], "int16"))
    spells = ips.dream.spells(small)
    for other in (wider, spells):
        pd.testing.assert_frame_equal(ips.dream.count_weeks(other, **asked), found)
    low = week_from_iso(2020, 1) - FIRST
    for k in range(6):
        hit = np.isin(codes[:, low : low + 53] // 4, [c // 4 for c in CODES[k:]])
        assert found[f"s{k}_2020"].tolist() == hit.sum(axis=1).tolist()
    signed = small.assign(**{c: np.int8(-1) for c in small.columns[1:]})
    assert ips.dream.count_weeks(signed, sets={"a": [255]}, years=[2020], codes=listed)["a_2020"].sum() == 0


def test_codes_that_the_list_lacks_are_refused_and_own_ones_are_laid_over_it():
    _, frame = made(0, 5)
    for wrong in ([7200], [730, 7320], range(7000, 7010), [-5]):
        with pytest.raises(DesignError, match=r"'x' holds .* code.* that the code list does not have"):
            ips.dream.count_weeks(frame, sets={"x": wrong}, years=[2020])
    known = [c for c in range(720, 740) if c in set(dream_codes().table["code"])]
    wide = ips.dream.count_weeks(frame, sets={"x": range(720, 740)}, years=[2020])
    pd.testing.assert_frame_equal(wide, ips.dream.count_weeks(frame, sets={"x": known}, years=[2020]))
    people = pd.DataFrame({"pnr": ["1"], "index_date": "2020-02-03"})
    with pytest.raises(DesignError, match="'in_codes' holds 1 code"):
        ips.dream.weeks_after(frame, people, in_codes=[7200], spans=[(1, 2)])


def test_years_that_are_not_whole_are_refused_with_the_weeks_there_are():
    _, frame = made(0, 5)
    for source in (frame, ips.dream.spells(frame)):
        with pytest.raises(
            DesignError, match=r"not cover whole: 2022; it has the weeks 2019-W50 to 2022-W0\d\."
        ):
            ips.dream.count_weeks(source, sets={"x": [730]}, years=[2020, 2022])
    with pytest.raises(DesignError, match=r"without 3 between them"):
        ips.dream.count_weeks(
            frame.drop(columns=frame.columns[20:23]),
            sets={"x": [730]},
            years=[2020],
            tolerate=["week_missing"],
        )


def test_arms_that_came_as_floats_are_whole_numbers():
    _, frame = made(0, 8)
    people = pd.DataFrame({"pnr": frame["pnr"], "arm": [0.0, 1.0] * 4})
    asked = {"sets": {"x": [730]}, "years": [2020], "by": "arm"}
    for some, arms in ((people, [0, 1]), (people.head(5), [0, 1, pd.NA])):
        found = ips.dream.count_persons(frame, people=some, **asked)["arm"]
        assert found.dtype == "Int64"
        assert [str(a) for a in found] == [str(a) for a in arms]
    words = people.assign(arm=people["arm"].map({0.0: "control", 1.0: "treated"}))
    assert ips.dream.count_persons(frame, people=words, **asked)["arm"].tolist() == ["control", "treated"]
    halves = people.assign(arm=[0.5, 1.0] * 4)
    assert ips.dream.count_persons(frame, people=halves, **asked)["arm"].tolist() == [0.5, 1.0]


def test_periods_longer_than_a_byte_counts_are_whole():
    from ipseval.outcomes.columns import weeks_by_period

    columns = [np.full(5, 7, dtype=np.uint8)] * 600
    sets = {"a": flags_of([7]), "b": flags_of([7, 8]), "c": flags_of([8])}
    found = weeks_by_period(columns, [(0, 599), (3, 258)], sets)
    assert [found[n].tolist() for n in "abc"] == [[[600] * 5, [256] * 5]] * 2 + [[[0] * 5] * 2]


def test_states_and_doubled_people_are_refused():
    _, frame = made(0, 5)
    with pytest.raises(DesignError, match="not of states"):
        ips.dream.count_weeks(ips.dream.spells(frame, states="group"), sets={"a": [0]}, years=[2020])
    people = pd.DataFrame({"pnr": ["1", "1"], "index_date": "2020-02-03"})
    with pytest.raises(DesignError, match="code list does not have"):
        ips.dream.count_weeks(frame, sets={"a": [99_999]}, years=[2020])
    with pytest.raises(DesignError, match="repeat a person"):
        ips.dream.weeks_after(frame, people, in_codes=[0])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 53), st.booleans())
def test_persons_counted_by_group_are_the_rows_of_the_weeks(seed, limit, from_spells):
    _, frame = made(seed, 40)
    sets = {"none": [0], "help": "uddannelseshjaelp"}
    weeks = ips.dream.count_weeks(frame, sets=sets, years=[2020, 2021])
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"pnr": frame["pnr"], "sex": rng.choice(["m", "w", None], 40)})
    people = people.sample(30, random_state=seed)
    source = ips.dream.spells(frame) if from_spells else frame
    least = {"none": limit, "help": 1}
    found = ips.dream.count_persons(
        source, sets=sets, years=[2021, 2020], at_least=least, people=people, by="sex"
    )
    sex = weeks["pnr"].map(people.set_index("pnr")["sex"])
    for row in found.itertuples():
        mine = sex.isna() if pd.isna(row.sex) else sex == row.sex
        assert row.of == mine.sum()
        assert row.persons == (weeks.loc[mine, f"{row.set}_{row.year}"] >= least[row.set]).sum()
        assert row.at_least == least[row.set]
    assert found.groupby(["set", "year"])["of"].sum().eq(40).all()
    assert len(found) == 4 * sex.fillna("").nunique()
    whole = ips.dream.count_persons(source, sets=sets, years=[2020, 2021], at_least=least)
    summed = found.groupby(["set", "year"])["persons"].sum()
    assert {(r.set, r.year): r.persons for r in whole.itertuples()} == summed.to_dict()


def test_persons_are_not_counted_without_a_limit_or_a_column():
    _, frame = made(0, 5)
    with pytest.raises(DesignError, match="at_least= must have a number of weeks for each of a, b"):
        ips.dream.count_persons(frame, sets={"a": [0], "b": [1]}, years=[2020], at_least={"a": 1})
    with pytest.raises(DesignError, match="belong together"):
        ips.dream.count_persons(frame, sets={"a": [0]}, years=[2020], by="sex")
    twice = pd.DataFrame({"pnr": ["1", "1"], "sex": ["m", "w"]})
    with pytest.raises(DesignError, match="repeat a person"):
        ips.dream.count_persons(frame, sets={"a": [0]}, years=[2020], people=twice, by="sex")


def test_rows_written_batch_by_batch_are_those_in_memory(tmp_path, monkeypatch):
    _, frame = made(5, 60)
    wide, path = tmp_path / "dream.parquet", tmp_path / "rows.parquet"
    frame.to_parquet(wide, row_group_size=7)
    monkeypatch.setattr("ipseval.loading.registers.source.BATCH", 7)
    people = pd.DataFrame({"pnr": frame["pnr"][::2], "index_date": "2020-02-03"})
    years = {"sets": {"a": [0], "b": [111, 730]}, "years": [2020, 2021]}
    around = {"in_codes": [0, 730], "spans": [(-8, -1), (1, 30)]}
    for source in (frame, wide, ips.dream.spells(wide, store=tmp_path / "spells.parquet")):
        assert ips.dream.count_weeks_to(path, source, **years) == 60
        pd.testing.assert_frame_equal(pd.read_parquet(path), ips.dream.count_weeks(source, **years))
        assert ips.dream.weeks_after_to(path, source, people, **around) == 30
        pd.testing.assert_frame_equal(pd.read_parquet(path), ips.dream.weeks_after(source, people, **around))
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()

    def full(self, table, **rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(ReadError, match="No space left"):
        ips.dream.count_weeks_to(path, frame, **years)
    with pytest.raises(ReadError, match="folder is not there"):
        ips.dream.weeks_after_to(tmp_path / "no" / "rows.parquet", frame, people, **around)
    assert path.read_bytes() == before
    assert sorted(f.name for f in tmp_path.iterdir()) == ["dream.parquet", "rows.parquet", "spells.parquet"]
