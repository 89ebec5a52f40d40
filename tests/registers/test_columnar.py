"""SAS files by the fast reader against pyreadstat, copies into parquet, and progress."""

import io
import os

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.loading.registers import normal, source
from ipseval.loading.registers.source import open_source

from support.downloads import unpacked

CANARY = "271828182845"


@pytest.fixture(scope="module")
def sas_files():
    found = unpacked("sas7bdat-converter==4.0.0", "--no-binary", ":all:")
    return sorted(found.rglob("sas7bdat_files/*.sas7bdat"))


def bfl(n=6, **changed):
    columns = {
        "PNR": [f"{k + 10**11}" for k in range(n)],
        "AJO_JOB_SLUT_DATO": ["2020-01-31"] * n,
        "AJO_JOB_START_DATO": ["2020-01-01"] * n,
        "AJO_LOENTIMER": [160.33] * n,
        **changed,
    }
    return pd.DataFrame(columns)


def test_the_fast_reader_gives_what_pyreadstat_gives_on_files_made_by_others(sas_files):
    assert len(sas_files) >= 3
    for path in sas_files:
        found = open_source(path)
        expected = pyreadstat.read_sas7bdat(path)[0]
        for rows in (3, 1000):
            pieces = list(found.batches(list(found.columns), rows))
            for name in found.columns:
                got = [v for piece in pieces for v in piece[name].to_list()]
                known = expected[name].notna().to_numpy() & (expected[name] != "").to_numpy()
                assert [v not in (None, "") for v in got] == known.tolist(), (path.name, name)
                assert [v for v in got if v not in (None, "")] == expected[name][known].tolist()


def test_without_the_fast_reader_the_same_comes_out(sas_files, monkeypatch):
    for path in sas_files:
        fast = open_source(path)
        quick = [normal.texts(p[c]).to_list() for p in fast.batches(fast.columns) for c in fast.columns]
        with monkeypatch.context() as patch:
            patch.setattr(source, "find_spec", lambda name: None)
            slow = [normal.texts(p[c]).to_list() for p in fast.batches(fast.columns) for c in fast.columns]
        assert quick == slow


def test_a_shortened_sas_file_never_passes_for_a_whole_one(tmp_path):
    path = os.path.join(os.path.dirname(__file__), "files", "dream.sas7bdat")
    with open(path, "rb") as file:
        raw = file.read()
    for size in (len(raw) // 2, len(raw) - 4096, len(raw) - 1000):
        short = tmp_path / "short.sas7bdat"
        short.write_bytes(raw[:size])
        with pytest.raises(ReadError, match="cut short"):
            list(open_source(short).batches(["PNR"]))
    # The fast reader gives no rows and no word for this one: the count is what stops it.
    from polars_readstat import scan_readstat

    assert len(scan_readstat(str(short), preserve_order=True).collect()) < 6


def test_yearly_files_of_several_formats_become_one_parquet_file(tmp_path):
    frame = bfl()
    frame.iloc[:3].to_csv(tmp_path / "bfl2019.csv", index=False, sep=";", decimal=",")
    numbers = frame.iloc[3:].assign(AJO_SMALT_LOENBELOEB=1000.0)
    numbers.to_parquet(tmp_path / "bfl2020.parquet")
    files = [tmp_path / "bfl2019.csv", tmp_path / "bfl2020.parquet"]
    seen = []
    report = ips.store_register(
        files, register="bfl", store=tmp_path / "all.parquet", progress=lambda *said: seen.append(said)
    )
    assert seen == [("bfl2019.csv", 3, 0), ("bfl2020.parquet", 3, 3)]
    whole = ips.read_register(files, register="bfl")
    stored = pd.read_parquet(tmp_path / "all.parquet")
    assert report.n_rows == len(stored) == 6
    assert [p.rule for p in report.problems] == [p.rule for p in whole.report.problems] == ["types_mixed"]
    assert set(stored.columns) == set(whole.data.columns)
    for name in whole.data.columns:
        left, right = stored[name], whole.data[name]
        assert left.isna().tolist() == right.isna().tolist(), name
        assert [str(v)[:10] for v in left.dropna()] == [str(v)[:10] for v in right.dropna()], name
    some = ips.store_register(
        files, register="bfl", store=tmp_path / "few.parquet", columns=["ajo_loentimer"], ids=["100000000004"]
    )
    assert (some.n_rows, some.n_columns) == (1, 3)
    assert ips.read_register(tmp_path / "few.parquet", register="bfl", columns=["ajo_loentimer"]).data[
        "ajo_loentimer"
    ].tolist() == [160.33]


def test_a_copy_is_whole_or_not_there(tmp_path, monkeypatch):
    path, store = tmp_path / "bfl2020.csv", tmp_path / "all.parquet"
    bfl().to_csv(path, index=False)
    ips.store_register(path, register="bfl", store=store)
    before = store.read_bytes()

    def full(self, table, **rest):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
        with pytest.raises(ReadError, match="No space left"):
            ips.store_register(path, register="bfl", store=store)
    bfl().rename(columns={"AJO_JOB_SLUT_DATO": "slut"}).to_csv(tmp_path / "bfl2021.csv", index=False)
    with pytest.raises(SchemaError, match="lacks 1 column"):
        ips.store_register([path, tmp_path / "bfl2021.csv"], register="bfl", store=store)
    with pytest.raises(ReadError, match="folder is not there"):
        ips.store_register(path, register="bfl", store=tmp_path / "no" / "all.parquet")
    assert store.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["all.parquet", "bfl2020.csv", "bfl2021.csv"]


def test_bad_values_of_a_register_are_counted_and_never_shown(tmp_path):
    frame = bfl(PNR=["12345678901", CANARY, CANARY, "1234567890123", "x", ""])
    frame["AJO_LOENTIMER"] = ["1,5", "2.5", "many", ".", "", CANARY + "x"]
    frame.to_csv(tmp_path / "bfl2020.csv", index=False)
    read = ips.read_register(tmp_path / "bfl2020.csv", register="bfl")
    assert {p.rule: p.n_rows for p in read.report.problems} == {
        "id_zeros": 1, "id_length": 3, "unreadable": 2,
    }  # fmt: skip
    assert read.data["pnr"].iloc[0] == "012345678901"
    assert read.data["ajo_loentimer"].iloc[:2].tolist() == [1.5, 2.5]
    assert CANARY not in repr(read) + str(read.report.table().to_string())


def test_cut_parquet_and_missing_columns_are_refused_without_a_value(tmp_path):
    path = tmp_path / "bfl2020.parquet"
    bfl(PNR=[CANARY] * 6).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ReadError, match="cut short") as told:
        ips.read_register(path, register="bfl")
    assert CANARY not in str(told.value)


def test_progress_is_silent_where_nobody_looks(monkeypatch):
    heard = io.StringIO()
    monkeypatch.setattr("sys.stderr", heard)
    frame = pd.DataFrame({"pnr": ["1", "2"], "y_2001": np.array([0, 111], dtype="int16")})
    with ips.progress_bar() as bar:
        ips.dream.spells(frame, progress=bar)
        bar("rows unknown", 5, 0)
    assert heard.getvalue() == ""
