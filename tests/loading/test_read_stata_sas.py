"""Stata and SAS files, most of them written by Stata and SAS themselves."""

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels

import ipseval as ips
from ipseval.core.errors import ReadError

STATA = sorted(Path(statsmodels.__file__).parent.rglob("*.dta"))
LABEL_A = 2_147_483_622


def tagged(letter):
    """Stata's tagged missing value in a double: 0x7fe0 and the letter's place, little-endian."""
    return struct.pack("<Q", 0x7FE0_0000_0000_0000 + ((ord(letter) - 96) << 40))


@pytest.fixture
def dta(tmp_path):
    """A file of pandas' writer in which two answers are given tags byte by byte."""
    path = tmp_path / "start.dta"
    frame = pd.DataFrame({"id": [1, 2, 3, 4], "q": [1.0, 2.0, 1111.5, 2222.5], "t": ["a", "", "æø", "z"]})
    labels = {"q": {1: "Ja", 2: "Nej", LABEL_A: "Ved ikke", LABEL_A + 25: "Ikke relevant"}}
    frame.to_stata(
        path, write_index=False, version=118, value_labels=labels,
        variable_labels={"q": "Trivsel"}, data_label="Opdigtede personer",
    )  # fmt: skip
    content = path.read_bytes()
    for value, letter in ((1111.5, "a"), (2222.5, "z")):
        assert content.count(struct.pack("<d", value)) == 1
        content = content.replace(struct.pack("<d", value), tagged(letter))
    path.write_bytes(content)
    return path


def test_tagged_blanks_keep_their_letter_and_reason(dta):
    x = ips.read_survey(dta)
    assert x.data["q"].dropna().tolist() == [1, 2]
    assert x.reasons["q"].fillna("").tolist() == ["", "", "dont_know", "not_relevant"]
    assert x.codes["q"].dropna().tolist() == [".a", ".z"]
    assert x.codebook["q"].codes() == ("1", "2")
    assert x.codebook["q"].label == {"da": "Trivsel"}
    assert x.report.note == "Opdigtede personer"
    assert x.data["t"].fillna("").tolist() == ["a", "", "æø", "z"], "a text 'a' is no tag"


def test_real_stata_files_are_there():
    assert len(STATA) >= 5


@pytest.mark.parametrize("path", STATA, ids=lambda p: p.stem)
def test_real_stata_files_equal_pandas(path):
    theirs = pd.read_stata(path, convert_categoricals=False, convert_dates=False)
    ours = ips.read_survey(path, missing="declared").data
    assert list(ours.columns) == list(theirs.columns)
    for name in theirs:
        mine, other = ours[name], theirs[name]
        assert (mine.isna().to_numpy() == (other.isna() | (other.astype(object) == "")).to_numpy()).all(), (
            name
        )
        if pd.api.types.is_numeric_dtype(other) and pd.api.types.is_numeric_dtype(mine):
            np.testing.assert_array_equal(mine.astype("float64"), other.astype("float64"), err_msg=name)


@pytest.mark.parametrize("name", ["file1", "file2", "file3"])
def test_real_sas_data_sets_equal_their_expected_values(sas_files, name):
    ours = ips.read_survey(sas_files / "sas7bdat_files" / f"{name}.sas7bdat")
    expected = ips.read_survey(sas_files / "expected_files" / f"{name}.csv")
    _equal(ours, expected)


@pytest.mark.parametrize("name", ["file1", "file2"])
def test_real_transport_files_equal_their_expected_values(sas_files, name):
    ours = ips.read_survey(sas_files / "xpt_files" / f"{name}.xpt")
    expected = ips.read_survey(sas_files / "expected_xpt" / f"{name}.csv")
    assert ours.report.format == "xpt"
    _equal(ours, expected)


def test_stata_dates_are_dates_and_its_periods_are_told():
    x = ips.read_survey(next(p for p in STATA if p.stem == "time_series_examples"))
    assert x.data["datetime_c"].iloc[0] == pd.Timestamp("2006-11-19 23:13:20")
    assert x.data["datetime_big_c"].iloc[1] == pd.Timestamp("1959-12-31 23:35:20.410")
    assert x.data["date"].iloc[0] == pd.Timestamp("2010-01-20")
    assert x.data["monthly_date"].iloc[0] == 600
    told = {p.column for p in x.report.problems if p.rule == "stata_period"}
    assert told == {"weekly_date", "monthly_date", "quarterly_date", "half_yearly_date"}


def _equal(ours, expected):
    assert [c.lower() for c in ours.data] == [c.lower() for c in expected.data]
    assert len(ours.data) == len(expected.data) > 0
    for mine, theirs in zip(ours.data, expected.data, strict=True):
        pd.testing.assert_series_equal(
            ours.data[mine], expected.data[theirs], check_names=False, check_dtype=False
        )


def ibm(value):
    """A number as SAS transport files hold it: IBM hexadecimal floating point."""
    if value is None:
        return b"." + b"\0" * 7
    exponent, mantissa = 64, abs(value)
    while mantissa >= 1:
        mantissa, exponent = mantissa / 16, exponent + 1
    while 0 < mantissa < 1 / 16:
        mantissa, exponent = mantissa * 16, exponent - 1
    if not mantissa:
        return b"\0" * 8
    return bytes([exponent | (0x80 if value < 0 else 0)]) + int(mantissa * 2**56).to_bytes(7, "big")


def transport(rows, stated=None):
    """A transport file laid by hand from SAS's record layout: version 5, or 8 with a stated row count."""
    eight = stated is not None

    def record(text):
        return text.ljust(80).encode()

    def head(name, tail="0" * 30):
        return record(f"HEADER RECORD*******{name:<8}HEADER RECORD!!!!!!!{tail}  ")

    out = head("LIBV8" if eight else "LIBRARY")
    out += record("SAS     SAS     SASLIB  9.4     LINUX" + " " * 27 + "01JAN24:00:00:00")
    out += record("01JAN24:00:00:00")
    out += head("MEMBV8" if eight else "MEMBER", "000000000000000001600000000140")
    out += head("DSCPTV8" if eight else "DSCRPTR")
    out += record("SAS     START   SASDATA 9.4     LINUX") + record("01JAN24:00:00:00")
    out += head("NAMSTV8" if eight else "NAMESTR", "000000000300000000000000000000")
    names = b""
    for place, name in enumerate(("ID", "SCORE", "AGE")):
        names += struct.pack(">hhhh8s40s8shhh2s8shhl", 1, 0, 8, place + 1, name.ljust(8).encode(),
                             b" " * 40, b" " * 8, 0, 0, 0, b"\0\0", b" " * 8, 0, 0, place * 8)  # fmt: skip
        names += name.ljust(32).encode() + b"\0" * 20 if eight else b"\0" * 52
    out += names.ljust(-(-len(names) // 80) * 80)
    out += head("OBSV8", str(stated).rjust(15).ljust(30)) if eight else head("OBS")
    data = b"".join(ibm(v) for row in rows for v in row)
    return out + data.ljust(-(-len(data) // 80) * 80)


ROWS = [(float(i), None if i % 4 == 0 else i * 1.25, 15.0 + i) for i in range(1, 24)]


@pytest.mark.parametrize("stated", [None, 23], ids=["v5", "v8"])
def test_transport_file_laid_by_hand(write, stated):
    x = ips.read_survey(write("start.xpt", transport(ROWS, stated)))
    assert x.data["ID"].tolist() == list(range(1, 24))
    assert x.data["SCORE"].isna().sum() == 5
    assert x.data["SCORE"].dropna().tolist() == [r[1] for r in ROWS if r[1] is not None]


@pytest.mark.parametrize("stated", [None, 23], ids=["v5", "v8"])
def test_transport_file_cut_anywhere_in_its_rows_is_refused(write, stated):
    """The library reads a cut transport file without a word; here every cut but one must be noticed."""
    whole = transport(ROWS, stated)
    begin = len(transport([], stated))
    cuts = sorted({*range(begin + 80, len(whole), 7), *range(begin + 80, len(whole), 80)})
    if stated is None:  # a cut after a whole record that ends with a row cannot be seen: see below
        cuts = [end for end in cuts if (end - begin) % 240]
    for end in cuts:
        with pytest.raises(ReadError, match="cut off"):
            ips.read_survey(write("start.xpt", whole[:end]))
    on_a_row = begin + 240
    path = write("start.xpt", whole[:on_a_row])
    if stated:
        with pytest.raises(ReadError, match=r"should hold 23 rows but ends after 10 whole row"):
            ips.read_survey(path)
    else:
        assert len(ips.read_survey(path).data) == 10, "version 5 does not say how many rows it holds"
