"""Readers of the other registers, and the invented registers they are tried on."""

import pandas as pd
import pyreadstat
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, ReportError, SchemaError
from ipseval.loading.registers.code_lists import codes_in
from ipseval.loading.registers.layout import build, layout, registers
from ipseval.loading.registers.reader import read_register
from ipseval.loading.registers.source import open_source
from ipseval.loading.synthetic_registers import write_twin

CANARY = "314159265358"


def test_every_packaged_layout_is_well_formed():
    assert len(registers()) >= 14
    for name in registers():
        plan = layout(name)
        assert plan.register == name
        assert set(plan.title) == {"da", "en"}
    with pytest.raises(SchemaError, match="did you mean 'bfl'"):
        layout("bfI")
    with pytest.raises(SchemaError, match="a layout needs"):
        build({"register": "x"}, "x")


def test_the_same_registers_come_out_of_every_format(folder):
    for name in ("bfl2020", "bef202012", "kotre2024", "lpr3_kontakter", "psyk_adm2018"):
        register = "".join(c for c in name if not c.isdigit() or name.startswith("lpr3"))
        endings = ("parquet", "csv", "dta", "xpt")
        read = [read_register(folder / f"{name}.{e}", register=register).data for e in endings]
        for other in read[1:]:
            pd.testing.assert_frame_equal(read[0], other, check_dtype=False)
        assert read[0]["pnr"].str.len().eq(12).all()


def test_yearly_files_are_read_together_by_column_person_and_year(folder, tmp_path):
    for year in (2019, 2020, 2021):
        (tmp_path / f"BFL{year}.csv").write_bytes((folder / f"bfl{year}.csv").read_bytes())
    whole = read_register(tmp_path, register="bfl", columns=["AJO_LOENTIMER"]).data
    assert list(whole.columns) == ["pnr", "ajo_loentimer", "file_date"]
    assert sorted(whole["file_date"].unique()) == ["2019", "2020", "2021"]
    some = whole["pnr"].unique()[:5]
    seen = []
    part = read_register(
        tmp_path, register="bfl", ids=some, years=(2020, 2021), progress=lambda *s: seen.append(s)
    )
    expected = whole[whole["pnr"].isin(some) & (whole["file_date"] > "2019")]
    assert len(part.data) == len(expected)
    in_files = whole["file_date"].value_counts()
    assert seen == [("BFL2020.csv", in_files["2020"], 0), ("BFL2021.csv", in_files["2021"], 0)]
    assert repr(part).startswith("<Register bfl: ")


def test_types_that_change_between_years_and_values_that_cannot_be_read_are_counted(tmp_path):
    pd.DataFrame(
        {"PNR": ["000000000001"], "ajo_job_slut_dato": ["31-12-2019"], "ajo_loentimer": ["7,5"]}
    ).to_parquet(tmp_path / "bfl2019.parquet")
    pd.DataFrame(
        {"pnr": [1, 123456789012], "AJO_JOB_SLUT_DATO": [22280.0, None], "ajo_loentimer": [8.0, 9.0]}
    ).to_parquet(tmp_path / "bfl2020.parquet")
    pd.DataFrame({"pnr": ["000000000003"], "ajo_job_slut_dato": [CANARY], "ajo_loentimer": ["."]}).to_parquet(
        tmp_path / "bfl2021.parquet"
    )
    read = read_register(tmp_path, register="bfl")
    assert read.data["pnr"].tolist() == ["000000000001", "000000000001", "123456789012", "000000000003"]
    assert read.data["ajo_loentimer"].tolist()[:3] == [7.5, 8.0, 9.0]
    assert read.data["ajo_job_slut_dato"].astype(str).tolist()[:2] == ["2019-12-31", "2020-12-31"]
    problems = {p.rule: p for p in read.report.problems}
    assert problems["types_mixed"].column == "ajo_job_slut_dato, ajo_loentimer, pnr"
    assert problems["unreadable"].n_rows == 1
    assert problems["id_zeros"].n_rows == 1
    assert CANARY not in str(read.report) + repr(read)


def test_what_is_not_there_is_said(folder, tmp_path):
    with pytest.raises(SchemaError, match="'ajo_job_slut_dato': there are"):
        read_register(folder / "bef202012.parquet", register="bfl")
    with pytest.raises(SchemaError, match="lacks 1 column"):
        read_register(folder / "bef202012.parquet", register="bef", columns=["komune"])
    with pytest.raises(ReadError, match="no file of 'bfl'"):
        read_register(tmp_path, register="bfl")
    with pytest.raises(ReadError, match=r"\.csv, \.dta, \.parquet"):
        read_register(folder, register="bfl")


def test_sas_files_made_by_others_are_read(sas_files, tmp_path):
    path = sas_files / "sas7bdat_files" / "file1.sas7bdat"

    source = open_source(path)
    expected, _ = pyreadstat.read_sas7bdat(path)
    pieces = list(source.batches(list(source.columns), rows=7))
    assert sum(map(len, pieces)) == len(expected) == source.n_rows
    for name in source.columns:
        got = [v for piece in pieces for v in piece[name].to_list()]
        assert [v is None for v in got] == expected[name].isna().tolist()
    cut = path.read_bytes()
    short = tmp_path / "short.sas7bdat"
    short.write_bytes(cut[: len(cut) // 2])
    with pytest.raises(ReadError, match="cut short"):
        list(open_source(short).batches(list(source.columns)))


@pytest.mark.parametrize("register", registers())
@pytest.mark.parametrize("ending", ["parquet", "csv", "dta", "xpt"])
def test_a_twin_of_every_register_is_read_by_its_layout_without_a_problem(register, ending, tmp_path):
    path = write_twin(tmp_path, register, rows=40, format=ending)
    read = read_register(path, register=register)
    plan = layout(register)
    assert len(read.data) == 40
    assert {plan.id, *(c.name for c in plan.columns)} <= set(read.data.columns)
    assert [p.rule for p in read.report.problems if p.rule != "rows_repeated"] == []
    again = read_register(write_twin(tmp_path, register, rows=40, format=ending), register=register)
    pd.testing.assert_frame_equal(read.data, again.data)


def test_a_twin_of_dream_has_the_weeks_of_its_year_and_gives_spells(tmp_path):
    dream = ips.dream.read(write_twin(tmp_path, "dream", rows=30, year=2020))
    assert dream.report.problems == ()
    assert len(dream.weeks) == 53
    assert ips.dream.spells(dream).told == {}
    with pytest.raises(ReportError, match="is not there"):
        write_twin(tmp_path / "no", "dream")


def test_a_twin_has_the_shares_ranges_and_order_that_its_layout_states(tmp_path):
    bef = ips.read_register(write_twin(tmp_path, "bef", rows=4000, seed=2), register="bef").data
    assert bef["koen"].isin([1, 2]).all()
    assert (bef["ie_type"] == 1).mean() == pytest.approx(0.85, abs=0.03)
    jobs = ips.read_register(write_twin(tmp_path, "bfl", rows=2000), register="bfl").data
    assert jobs["ajo_loentimer"].between(-10, 180).all()
    assert (jobs["ajo_loentimer"] < 0).any()
    assert (jobs["ajo_job_slut_dato"] >= jobs["ajo_job_start_dato"]).all()
    kotre = ips.read_register(write_twin(tmp_path, "kotre", rows=4000), register="kotre").data
    assert kotre["elev3_vtil"].isna().mean() == pytest.approx(0.2, abs=0.03)
    assert len(ips.enrolments(kotre, levels={}, default="ordinary")) == 4000
    weeks = ips.dream.read(write_twin(tmp_path, "dream", rows=3000, year=2018)).data.filter(regex="^y_")
    assert (weeks == 0).to_numpy().mean() == pytest.approx(0.74, abs=0.01)
    assert not weeks.isin([151]).to_numpy().any()  # a scheme that ended in 2016
    assert weeks.isin([140]).to_numpy().any()


def test_codes_that_the_list_has_not_in_the_file_year_are_counted_and_named(tmp_path):
    rows = pd.DataFrame({"pnr": ["1" * 12] * 4, "soc_status_kode": [131, 132, 999, 999]})
    rows.to_csv(tmp_path / "ras2007.csv", index=False)
    rows.to_csv(tmp_path / "ras2012.csv", index=False)
    before = ips.read_register(tmp_path / "ras2007.csv", register="ras").report.problems
    after = ips.read_register(tmp_path / "ras2012.csv", register="ras").report.problems
    assert [(p.rule, p.n_rows) for p in before if p.rule == "codes_unknown"] == [("codes_unknown", 4)]
    told = next(p for p in after if p.rule == "codes_unknown")
    assert (told.column, told.n_rows) == ("soc_status_kode", 2)
    assert told.message.endswith("1 code(s) that the list has not for the file's year: 999.")


def test_shares_that_do_not_add_up_are_a_malformed_layout():
    raw = {
        "register": "x", "title": {}, "row": "person", "files": "yearly", "key": [],
        "id": {"names": ["pnr"], "lengths": [12]},
    }  # fmt: skip
    for shares in ({1: 0.5, 2: 0.6}, {1: 0.5}, {1: 1.2, 2: -0.2}):
        with pytest.raises(SchemaError, match="ValueError at shares"):
            build({**raw, "columns": [{"name": "a", "type": "integer", "shares": shares}]}, "x")
    made = build({**raw, "columns": [{"name": "a", "shares": {1: 0.5}, "list": "koen"}]}, "x")
    assert made.listed() == {"a": "koen"}


def test_every_code_list_that_a_layout_names_is_there():
    for name in registers():
        plan = layout(name)
        for part in (*plan.columns, *plan.patterns):
            if part.margin.listed:
                known = codes_in(part.margin.listed, None)
                assert set(part.margin.shares) - {"0"} <= known, (name, part.name)
            assert not part.margin.after or part.margin.after in [c.name for c in plan.columns]
