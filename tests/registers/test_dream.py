"""DREAM: reading, spells, states and the store, held against a person-by-person reference."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.core.weeks import week_from_yyww, week_label, yyww
from ipseval.outcomes.codes import dream_codes
from registers import slow

FIRST = week_from_yyww("2045")
CANARY = "314159265358"


def names(n, first=FIRST):
    return [f"y_{yyww(w)}" for w in range(first, first + n)]


def wide(rows, ids=None, first=FIRST):
    frame = pd.DataFrame(rows, columns=names(len(rows[0]), first), dtype=object)
    frame.insert(0, "PNR", ids or [f"{i:012d}" for i in range(1, len(rows) + 1)])
    return frame


CELLS = st.sampled_from(
    [
        None,
        "",
        " ",
        ".",
        0,
        "0",
        111,
        "111",
        111.0,
        730,
        "730",
        736,
        771,
        651,
        783,
        997,
        999,
        555,
        "abc",
        float("nan"),
    ]
)
ROWS = st.integers(1, 14).flatmap(
    lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)
)


def told(frame):
    return list(
        frame[["pnr", "state", "first_week", "last_week", "n_weeks"]].itertuples(index=False, name=None)
    )


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_spells_of_codes_agree_with_reading_person_by_person(rows):
    expected = []
    for i, row in enumerate(rows, start=1):
        for code, first, last in slow.spells([slow.cell_code(c) for c in row]):
            labels = week_label(FIRST + first), week_label(FIRST + last)
            expected.append((f"{i:012d}", code, *labels, last - first + 1))
    assert told(ips.dream.spells(wide(rows)).frame(blank=True)) == expected


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(0, 3), st.sampled_from([True, False, ("fortidspension",)]))
def test_states_agree_with_reading_person_by_person(rows, gap, censor):
    listed = dream_codes()
    known = dict(zip(listed.table["code"], listed.table["group"], strict=True))
    ending = set(listed.censoring) if censor is True else set(censor or ())

    def group_of(code):
        return "blank" if code == 0 else known.get(code, "unknown")

    expected = []
    for i, row in enumerate(rows, start=1):
        codes = [slow.cell_code(c) for c in row]
        for state, first, last in slow.spells(slow.states(codes, group_of, ending, gap)):
            if state != "censored":
                labels = week_label(FIRST + first), week_label(FIRST + last)
                expected.append((f"{i:012d}", state, *labels, last - first + 1))
    found = ips.dream.spells(wide(rows), states="group", gap=gap, censor=censor)
    assert told(found.frame(blank=True)) == expected


@pytest.mark.parametrize("kind", ["int", "float", "text"])
@pytest.mark.parametrize("ending", [".parquet", ".csv", "_semicolon.csv", ".dta"])
def test_every_format_gives_the_same_spells(tmp_path, kind, ending):
    rng = np.random.default_rng(4)
    codes = rng.choice([0, 111, 730, 651, 999], size=(40, 20))
    frame = wide(codes.tolist())
    weeks = frame.columns[1:]
    if kind == "int":
        frame[weeks] = frame[weeks].astype("int16")
    elif kind == "float":
        frame[weeks] = frame[weeks].astype(float).replace(0, np.nan)
    else:
        frame[weeks] = frame[weeks].astype(str).replace({"0": ""}).astype("str")
    frame["PNR"] = frame["PNR"].astype("str")
    path = tmp_path / f"dream{ending}"
    if ending == ".parquet":
        frame.to_parquet(path)
    elif ending == ".dta":
        frame.to_stata(path, write_index=False)
    else:
        frame.to_csv(path, index=False, sep=";" if "semicolon" in ending else ",")
    found = ips.dream.spells(path)
    pd.testing.assert_frame_equal(
        found.frame(blank=True), ips.dream.spells(wide(codes.tolist())).frame(blank=True)
    )
    data = ips.dream.read(path, columns=["Y_2045"]).data
    assert list(data.columns) == ["pnr", "y_2045"]
    assert data["y_2045"].tolist() == codes[:, 0].tolist()


def test_batches_do_not_matter_and_progress_is_told(tmp_path, monkeypatch):
    from ipseval.loading.registers import dream as reader

    codes = np.random.default_rng(1).choice([0, 111, 730], size=(500, 30)).astype("int16")
    frame = wide(codes.tolist()).astype(dict.fromkeys(names(30), "int16")).astype({"PNR": "str"})
    path = tmp_path / "d.parquet"
    pl.from_pandas(frame).write_parquet(path, row_group_size=100)
    whole = ips.dream.spells(path).frame()
    seen = []
    monkeypatch.setattr(reader.Dream.week_batches, "__defaults__", (100,))
    small = ips.dream.spells(path, progress=lambda *said: seen.append(said)).frame()
    pd.testing.assert_frame_equal(whole, small)
    assert seen == [("spells", n, 500) for n in (100, 200, 300, 400, 500)]


def test_a_store_gives_what_memory_gives_and_is_whole_or_not_there(tmp_path, monkeypatch):
    from ipseval.outcomes.store import StoreWriter

    codes = np.random.default_rng(2).choice([0, 111, 730, 999], size=(50, 30))
    frame, path = wide(codes.tolist()), tmp_path / "spells.parquet"
    kept = ips.dream.spells(frame, store=path)
    pd.testing.assert_frame_equal(kept.frame(blank=True), ips.dream.spells(frame).frame(blank=True))
    again = ips.dream.open_store(path).grouped("group", gap=1)
    pd.testing.assert_frame_equal(again.frame(), ips.dream.spells(frame, states="group", gap=1).frame())
    before = path.read_bytes()

    from pyarrow.parquet import ParquetWriter

    from ipseval.loading.registers import dream as reader

    whole = ParquetWriter.write_table
    for room in (0, 3):  # at the first piece, and midway

        def full(self, part, left=[room], **rest):  # noqa: B006 - it counts down
            if not left[0]:
                raise OSError(28, "No space left on device")
            left[0] -= 1
            whole(self, part, **rest)

        with monkeypatch.context() as patch:
            patch.setattr(reader.Dream.week_batches, "__defaults__", (7,))
            patch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
            with pytest.raises(ReadError, match="No space left"):
                ips.dream.spells(frame, store=path)
            assert full.__defaults__ == ([0],)
        assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["spells.parquet"]
    with pytest.raises(ReadError, match="folder is not there"), StoreWriter(tmp_path / "no" / "s.parquet"):
        pass


def test_a_file_that_is_cut_short_is_refused(tmp_path):
    path = tmp_path / "d.parquet"
    wide([[111] * 5] * 200).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ReadError, match="cut short"):
        ips.dream.read(path)
    store = tmp_path / "s.parquet"
    ips.dream.spells(wide([[111] * 5] * 200), store=store)
    store.write_bytes(store.read_bytes()[:-50])
    with pytest.raises(ReadError, match="cut short"):
        ips.dream.open_store(store)
    with pytest.raises(ReadError, match="not a register file"):
        ips.dream.read(tmp_path / "d.xlsx")


def test_missing_and_misnamed_weeks_are_named_and_stop_the_job():
    frame = wide([[111] * 8]).drop(columns=["y_2047", "y_2048"]).rename(columns={"y_2052": "y_2o52"})
    frame["y_2153"] = 111
    with pytest.raises(SchemaError) as refusal:
        ips.dream.spells(frame)
    said = str(refusal.value)
    assert "y_2o52" in said
    assert "y_2153" in said
    assert "2 week(s) are missing" in said
    assert "y_2047, y_2048" in said
    rules = ("week_missing", "week_misnamed", "week_not_real")
    spells = ips.dream.spells(frame, tolerate=rules)
    assert [r[1:4] for r in told(spells.frame(blank=True))] == [
        (111, "2020-W45", "2020-W46"), (-2, "2020-W47", "2020-W48"), (111, "2020-W49", "2020-W51"),
    ]  # fmt: skip
    assert told(spells.grouped("group").frame())[1][1] == "gap"


def test_person_ids_that_are_repeated_or_odd_are_counted_never_shown():
    frame = wide([[111, 0]] * 5, ids=[CANARY, CANARY, "31415926535", "31415926535X", ""])
    with pytest.raises(SchemaError) as refusal:
        ips.dream.spells(frame)
    said = str(refusal.value)
    assert "2 row(s) share a person" in said
    assert "1 row(s) have no person id" in said
    assert CANARY not in said
    assert "31415926" not in said


@pytest.mark.parametrize(
    ("ids", "told"), [([CANARY, CANARY], "share a person"), ([CANARY, ""], "have no person id")]
)
def test_rows_that_are_no_person_are_refused_whatever_is_tolerated(ids, told):
    frame = wide([[111, 0], [0, 111]], ids=ids)
    with pytest.raises(SchemaError, match=told) as refusal:
        ips.dream.spells(frame, tolerate=["id_repeated", "id_empty", "id_length"])
    assert "tolerate=" not in str(refusal.value)


def test_a_rule_to_tolerate_that_is_none_is_refused():
    with pytest.raises(SchemaError, match=r"'week_mising'\): did you mean 'week_missing'"):
        ips.dream.spells(wide([[111, 0]]), tolerate=["week_mising"])


def test_a_person_twice_is_put_right_in_a_frame_and_the_frame_given(tmp_path):
    path = tmp_path / "dream.csv"
    path.write_text("CPRNR;Y_2045\n0101010001;111\n0101010001;111\n2404040004;\n")
    with pytest.raises(SchemaError, match=r"drop the row that is wrong \(frame.drop_duplicates\(\)"):
        ips.dream.spells(path)
    frame = pd.read_csv(path, sep=";", dtype=str).drop_duplicates()
    assert ips.dream.spells(frame).frame()["pnr"].tolist() == ["0101010001"]


def test_zeros_that_were_stripped_are_put_back_and_counted(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("pnr,y_2045\n123456789012,111\n3456789012,730\n")
    dream = ips.dream.read(path)
    assert [p.rule for p in dream.report.problems] == ["id_zeros"]
    assert dream.data["pnr"].tolist() == ["123456789012", "003456789012"]
    numeric = wide([[111]], ids=[12]).astype({"PNR": "int64"})
    assert ips.dream.spells(numeric).frame()["pnr"].tolist() == ["12"]


def test_codes_that_the_list_lacks_are_counted_by_code():
    spells = ips.dream.spells(wide([[555, 555, 111], ["x", 555, 0]]))
    assert spells.told == {"codes_unknown": {"no number": 1, "555": 3}}
    mapped = ips.dream.spells(wide([[555, 111]]), states="group", codes={555: "dagpenge"})
    assert [r[1] for r in told(mapped.frame())] == ["dagpenge"]
    with pytest.raises(SchemaError, match=r"lacks \(nonsense\); there are .*dagpenge"):
        ips.dream.spells(wide([[555]]), codes={555: "nonsense"})


@pytest.mark.parametrize("stored", [False, True])
def test_codes_of_your_own_stay_with_the_spells_they_were_given_to(tmp_path, stored):
    weeks = wide([[555] * 53, [0] * 53], first=week_from_yyww("2001"))
    keep = {"store": tmp_path / "spells.parquet"} if stored else {}
    plain = ips.dream.spells(weeks)
    assert set(plain.grouped().frame()["state"]) == {"unknown"}
    spells = ips.dream.spells(weeks, codes={555: "dagpenge"}, **keep)
    assert spells.told == {"codes_mapped": {"555": "dagpenge"}}
    people = pd.DataFrame({"pnr": plain.frame(blank=True)["pnr"].unique(), "index_date": "2020-12-28"})
    for same in (spells, ips.dream.open_store(keep["store"]) if stored else spells.load()):
        assert [set(s.frame()["state"]) for s in (same.grouped().load(), same.load().grouped())] == [
            {"dagpenge"}
        ] * 2
        assert ips.dream.count_weeks(same, sets={"d": "dagpenge"}, years=[2020])["d_2020"].tolist() == [53, 0]
        after = ips.dream.weeks_after(same, people, in_codes="dagpenge", spans=[(-10, -1)])
        assert after["weeks_-10_-1"].tolist() == [10, 0]
        known = ips.covariates(people, dream=same, groups=["dagpenge"], years=[1])
        assert known["weeks_dagpenge_1y"].tolist() == [52, 0]
    other = ips.dream.codes().with_codes({555: "su"})
    assert set(spells.grouped(codes=other).load().frame()["state"]) == {"su"}


def test_a_code_that_changes_its_meaning_is_cut_there():
    from ipseval.outcomes.codes import CodeList

    listed = dream_codes()
    new = pd.DataFrame(
        {"code": [42, 42], "group": ["leave", "su"], "ready": "", "activity": "passive", "sector": "",
         "valid_from": "", "valid_to": "", "first": [-10**9, FIRST + 2], "last": [FIRST + 1, 10**9]}
    )  # fmt: skip
    both = CodeList(pd.concat([listed.table, new]), listed.labels, listed.censoring)
    spells = ips.dream.spells(wide([[42, 42, 42, 111]]), states="group", codes=both)
    assert [r[1:4] for r in told(spells.frame())] == [
        ("leave", "2020-W45", "2020-W46"), ("su", "2020-W47", "2020-W47"), ("dagpenge", "2020-W48", "2020-W48"),
    ]  # fmt: skip


def test_the_last_digit_is_the_activity():
    listed = dream_codes()
    subsidised = listed.codes_where(activity=("wage_subsidy", "work_placement", "community_work"))
    assert {135, 136, 137, 138, 139, 736, 818} <= set(subsidised)
    assert not {899, 771, 890, 651} & set(subsidised)
    assert listed.table["code"].is_unique
    assert set(listed.table["group"]) <= set(listed.labels)


def test_columns_that_are_asked_for_must_be_there():
    path_free = wide([[111, 0]])
    with pytest.raises(SchemaError, match="weeks= asks for 2010-W01"):
        ips.dream.spells(path_free, weeks=("2010-W01", "2010-W10"))
    with pytest.raises(SchemaError, match="give ISO weeks"):
        ips.dream.spells(path_free, weeks=("1001", "1010"))
    for nothing in (path_free[["PNR"]], 42):
        with pytest.raises(SchemaError, match=r"no weekly column|must be text or a path"):
            ips.dream.spells(nothing, tolerate=["no_weeks"])
    with pytest.raises(SchemaError, match="no person column"):
        ips.dream.spells(path_free.drop(columns="PNR"))
    with pytest.raises(SchemaError, match="stand twice"):
        ips.dream.spells(path_free.assign(Y_2045=1))


def test_reprs_show_no_person():
    frame = wide([[111, 0]], ids=[CANARY])
    spells = ips.dream.spells(frame)
    assert CANARY not in repr(spells)
    assert repr(spells) == "<Spells of codes: 1 persons, 2 spells, 2020-W45 to 2020-W46>"


def test_the_job_in_arrow_gives_in_pieces_what_it_gives_whole():
    import pyarrow as pa

    rng = np.random.default_rng(8)
    codes = rng.choice([0, 111, 730, 555], size=(57, 25)).astype("int16")
    frame = wide(codes.tolist()).astype(dict.fromkeys(names(25), "int16")).astype({"PNR": "str"})
    whole = ips.dream.spells(frame)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for size in (7, 57):
        pieces = ips.dream.spells_in_arrow(iter(table.to_batches(max_chunksize=size)), id_length=12)
        made = pa.Table.from_batches(list(pieces)).to_pandas()
        assert made["pnr"].tolist() == whole.frame(blank=True)["pnr"].tolist()
        assert made["code"].tolist() == whole.frame(blank=True)["state"].tolist()
        assert (made["last_week"] - made["first_week"] + 1).tolist() == whole.frame(blank=True)[
            "n_weeks"
        ].tolist()
        assert [week_label(w) for w in made["first_week"]] == whole.frame(blank=True)["first_week"].tolist()


def test_paid_work_can_come_from_the_employment_ratios_of_dream():
    frame = wide([[720] * 8, [0] * 8]).assign(
        GRAD_2020_11=[0.5, None], grad_2020_12=[".", "1,0"], branche_2020_11="4711"
    )
    jobs = ips.dream.jobs(frame)
    rows = [
        tuple(str(v)[: 12 if k == 0 else 10] for k, v in enumerate(r)) for r in jobs.itertuples(index=False)
    ]
    assert rows == [
        ("000000000001", "0.5", "2020-11-01", "2020-11-30"), ("000000000002", "1.0", "2020-12-01", "2020-12-31"),
    ]  # fmt: skip
    people = pd.DataFrame({"pnr": frame["PNR"], "index_date": "2020-11-02"})
    found = ips.employment(people, jobs=jobs, dream=ips.dream.spells(frame), window=(1, 7)).data
    # November has weeks 45 to 48; the window holds 46 to 48, and December's 49 to 52.
    assert found["weeks_worked"].tolist() == [3, 4]
    assert found["hours_worked"].round(2).tolist() == [
        round(0.5 * 160.33 * 3 / 4, 2),
        round(160.33 * 4 / 5, 2),
    ]
    with pytest.raises(SchemaError, match="no employment ratio"):
        ips.dream.jobs(wide([[0]]))


def test_a_sas_file_with_text_and_numbers_gives_its_spells():
    path = Path(__file__).parent / "files" / "dream.sas7bdat"  # made by make_dream_sas.R beside it
    dream = ips.dream.read(path)
    assert dream.report.problems == ()
    expected = [
        ("000000000017", 730, "2020-W51", "2020-W53"), ("000000000017", 730, "2021-W02", "2021-W02"),
        ("000000007936", 720, "2020-W53", "2021-W02"), ("000000023774", 111, "2020-W51", "2020-W52"),
        ("000000031693", 651, "2020-W51", "2021-W02"), ("000000039612", 771, "2020-W51", "2020-W52"),
        ("000000039612", 999, "2020-W53", "2021-W02"),
    ]  # fmt: skip
    assert [r[:4] for r in told(ips.dream.spells(dream).frame())] == expected


@pytest.mark.parametrize("states", ["code", "group", "activity", "ready", "sector"])
def test_states_are_the_same_in_every_batch_of_a_store(states, tmp_path, monkeypatch):
    from ipseval.loading.registers import dream as reader

    codes = np.vstack([np.full((10, 6), c) for c in (111, 730, 555, 0, 771, 137)])
    codes[:, 3] = 730
    frame = wide(codes.tolist())
    whole = ips.dream.spells(frame, states=states).frame(blank=True)
    monkeypatch.setattr(reader.Dream.week_batches, "__defaults__", (7,))
    cut = ips.dream.spells(frame, store=tmp_path / "s.parquet").grouped(states)
    assert len(list(cut.batches())) == 9
    pd.testing.assert_frame_equal(cut.frame(blank=True), whole)
    if states == "code":
        assert set(whole["state"]) == {"111", "730", "unknown", "blank", "771", "137"}


def test_a_serial_number_beside_the_person_id_is_a_column_of_its_own():
    frame = wide([[111]]).assign(LOBENR=["7"])
    spells = ips.dream.spells(frame)
    assert spells.frame()["pnr"].tolist() == ["000000000001"]
    only = frame.drop(columns="PNR")
    assert ips.dream.spells(only).frame()["pnr"].tolist() == ["7"]


def test_ids_are_checked_over_all_pieces_whatever_their_order():
    from ipseval.loading.registers.id_check import check_ids

    def checked(*pieces):
        return check_ids(lambda: iter([pl.Series(p, dtype=pl.String) for p in pieces]), (12, 10))

    whole = [f"{k:012d}" for k in range(8)]
    assert checked(whole[:4], whole[4:]).n_repeated == 0
    assert checked(whole[4:], whole[:4]).n_repeated == 0  # no piece is out of order, the file is
    assert checked(whole[4:], [*whole[:4], whole[6]]).n_repeated == 2
    lost = checked([whole[3], "5"], [whole[5], "", "x"])
    assert (lost.length, lost.n, lost.n_padded, lost.n_odd, lost.n_empty, lost.n_repeated) == (
        12,
        5,
        1,
        1,
        1,
        2,
    )
    assert checked(["1", "22"], ["22"]).n_odd == 1
    assert checked([]).n == 0


def test_a_polars_frame_is_read_like_a_pandas_one():
    frame = pd.DataFrame({"pnr": ["0101901234", "0202901234"], "y_2001": [0, 111], "y_2002": [111, 111]})
    assert ips.dream.spells(pl.from_pandas(frame)).frame().equals(ips.dream.spells(frame).frame())
