"""Bad input: one clear sentence each, nothing lost, and no person's value in any of them."""

import logging
import re
import struct
import traceback
from pathlib import Path

import pandas as pd
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import IpsevalError, ReadError

CANARY = "7318846520913"
CPR = "010190-1234"


def refusal(path, **kwargs):
    """Read what cannot be read; the refusal is one sentence that names the file and no folder."""
    with pytest.raises(ReadError) as caught:
        ips.read_survey(path, **kwargs)
    text = str(caught.value)
    assert Path(path).name in text
    assert str(Path(path).parent) not in text
    assert text.rstrip().endswith((".", "?"))
    assert caught.value.__cause__ is None
    return text


# --- another format behind the ending -------------------------------------------------------------


@pytest.mark.parametrize("ending", [".sav", ".por", ".dta", ".sas7bdat", ".xpt", ".xlsx", ".csv"])
def test_every_ending_is_held_against_the_content(files, book, write, sas_files, ending):
    contents = {
        ".sav": (files / "start.sav").read_bytes(),
        ".por": (files / "start.por").read_bytes(),
        ".sas7bdat": (sas_files / "sas7bdat_files" / "file1.sas7bdat").read_bytes(),
        ".xpt": (sas_files / "xpt_files" / "file1.xpt").read_bytes(),
        ".xlsx": book("a.xlsx", {"Ark1": [["id"], [1]]}).read_bytes(),
        ".csv": b"id;a\n1;2\n",
    }
    for other, content in contents.items():
        if other != ending:
            text = refusal(write(f"forkert{ending}", content))
            assert f"({other})" in text
            said = re.search(r"format='(\w+)'", text)[1]
            assert len(ips.read_survey(write(f"forkert{ending}", content), format=said).data) > 0


def test_idl_files_share_the_ending_of_spss():
    folder = Path(scipy.io.__file__).parent / "tests" / "data"
    found = sorted(folder.glob("*.sav"))
    assert len(found) > 10
    for path in found[:5]:
        assert "an IDL save file" in refusal(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel workbook"),
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.csv", b"<!DOCTYPE html><html><body>Log ind</body></html>", "web page"),
        (
            "a.csv",
            b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
            "Excel 2003",
        ),
        ("a.csv", b'{"records": []}', "JSON"),
        ("a.csv", b"PAR1\x15\x04", "Parquet"),
        ("a.csv", b"\x00\x01\x02\x03" * 200, "binary"),
        ("a.sav", b"\x1f\x8b\x08\x00" + b"x" * 50, "gzip"),
    ],
)
def test_what_cannot_be_read_is_called_by_its_name(write, name, content, said):
    assert said in refusal(write(name, content))


def test_format_asked_for_is_held_against_the_content(files):
    text = refusal(files / "start.sav", format="dta")
    assert "format='dta' was asked for, but its content is an SPSS file" in text


# --- files that are not whole ----------------------------------------------------------------------


def read_or_refuse(path, whole):
    """A cut file is refused, or what was cut away was no answer: the data are whole."""
    try:
        x = ips.read_survey(path, missing="declared")
    except ReadError:
        return "refused"
    pd.testing.assert_frame_equal(x.data, whole.data)
    return "whole"


@pytest.mark.parametrize("name", ["start.sav", "start.zsav", "start.por"])
def test_spss_files_cut_at_many_places(files, write, name):
    whole = ips.read_survey(files / name, missing="declared")
    content = (files / name).read_bytes()
    outcomes = [read_or_refuse(write(name, content[:end]), whole) for end in range(1, len(content), 13)]
    assert outcomes.count("refused") > 0.9 * len(outcomes)
    assert "cut off or damaged" in refusal(write(name, content[: len(content) * 3 // 4]))


def test_sas_and_stata_files_cut_at_many_places(sas_files, write, tmp_path):
    frame = pd.DataFrame({"id": range(1, 200), "t": ["abc"] * 199})
    frame.to_stata(tmp_path / "whole.dta", write_index=False)
    for path in (sas_files / "sas7bdat_files" / "file1.sas7bdat", tmp_path / "whole.dta"):
        whole, content = ips.read_survey(path, missing="declared"), path.read_bytes()
        step = max(len(content) // 40, 1)
        name = f"cut{path.suffix}"
        outcomes = [read_or_refuse(write(name, content[:end]), whole) for end in range(1, len(content), step)]
        assert outcomes.count("refused") > 0.5 * len(outcomes)
        assert "cut off or damaged" in refusal(write(name, content[: len(content) // 2]))


def test_workbook_cut_at_many_places(book, write):
    path = book("whole.xlsx", {"Ark1": [["id", "a"], *([i, "svar"] for i in range(50))]})
    content = path.read_bytes()
    for end in range(10, len(content) - 1, 97):
        assert "cut off or damaged" in refusal(write("cut.xlsx", content[:end]))


def test_text_cut_in_a_row_or_in_a_quotation_or_a_letter(write):
    assert "have fewer" in refusal(write("a.csv", "id;a;b\n1;2;3\n4;5"))
    assert "ends inside a quoted text" in refusal(write("a.csv", 'id;a\n1;2\n3;"fire'))
    assert "cut off in the middle of a character" in refusal(write("a.csv", "id;a\n1;ø".encode()[:-1]))


def test_text_with_an_unquoted_delimiter(write):
    assert "1 row(s) have more fields than the 2 column names" in refusal(
        write("a.csv", "id;a\n1;ja; nej\n2;x\n")
    )


def test_spss_file_that_does_not_say_its_rows(files, write):
    content = bytearray((files / "start.sav").read_bytes())
    content[80:84] = struct.pack("<i", -1)
    x = ips.read_survey(write("a.sav", bytes(content)))
    assert "rows_unknown" in [p.rule for p in x.report.problems]
    assert len(x.data) == 5


# --- nothing in it, not there, not allowed ----------------------------------------------------------


def test_empty_files_and_sheets(write, book):
    for name in ("a.csv", "a.sav", "a.xlsx", "a.dta"):
        assert "is empty" in refusal(write(name, b""))
    assert "is empty" in refusal(write("a.csv", b"\xef\xbb\xbf\n\n"))
    assert "column names only" in refusal(write("a.csv", "id;a\n"))
    assert "every sheet is empty" in refusal(book("a.xlsx", {"Ark1": []}))
    assert "column names only" in refusal(book("a.xlsx", {"Ark1": [["id", "a"]]}))
    two = {"Svar": [["id"], [1]], "Tom": []}
    assert "the sheet 'Tom' is empty" in refusal(book("a.xlsx", two), sheet="Tom")
    assert "did you mean 'Svar'?" in refusal(book("a.xlsx", two), sheet="Svarr")
    assert "'Dataset' has no row" in refusal(
        book("a.xlsx", {"Dataset": [["id"]], "Labels": [["id", 1, "x"]], "Variables": [["id", "Nummer"]]})
    )


def test_missing_file_offers_near_names(write, tmp_path):
    write("startskema.sav", b"x")
    assert "did you mean 'startskema.sav'?" in refusal(tmp_path / "startskemaa.sav")
    assert "none with a near name" in refusal(tmp_path / "q.csv")
    assert "nor is the folder 'ingen'" in refusal(tmp_path / "ingen" / "q.csv")
    with pytest.raises(ReadError, match="is no SurveyXact export"):
        ips.read_survey(tmp_path)


def test_a_refusal_of_the_system_is_told_as_such(write, monkeypatch):
    path = write("a.csv", "id;a\n1;2\n")

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    text = refusal(path)
    assert "cannot be opened (Permission denied)" in text


def test_wrong_arguments(files):
    for kwargs, said in (
        ({"format": "spss"}, r"format='spss' is not offered"),
        ({"on_problem": "ignore"}, r"on_problem='ignore' is not offered"),
        ({"decimal": ";"}, r"decimal=';' is not offered"),
    ):
        with pytest.raises(ReadError, match=said):
            ips.read_survey(files / "start.sav", **kwargs)
    with pytest.raises(ReadError, match="path= must be text or a path"):
        ips.read_survey(None)


# --- ids and names ---------------------------------------------------------------------------------


def test_missing_and_repeated_ids_are_counted_together(write):
    path = write("a.csv", f"id;a\n{CANARY};2\n{CANARY};3\n;4\n5;6\n;7\n;8\n")
    text = refusal(path, id="id")
    assert "2 problem(s)" in text
    assert "3 row(s) have no id" in text
    assert "2 row(s) share their id with another (1 ids)" in text
    assert CANARY not in text
    x = ips.read_survey(path, id="id", on_problem="report")
    assert (len(x.data), {p.rule: p.n_rows for p in x.report.problems}) == (
        6,
        {"missing_id": 3, "duplicate_id": 2},
    )


def test_repeated_column_names(write, book):
    for path in (
        write("a.csv", "id;a;b;a\n1;2;3;4\n"),
        book("a.xlsx", {"Ark1": [["id", "a", "b", "a"], [1, 2, 3, 4]]}),
    ):
        assert "the column name 'a' stands 2 times" in refusal(path)
        x = ips.read_survey(path, on_problem="report")
        assert list(x.data.columns) == ["id", "a", "b", "a_2"]
        assert x.data.iloc[0].tolist() == [1, 2, 3, 4]


def test_a_file_without_names_is_refused_before_its_first_row_becomes_names(write, book):
    for path in (
        write("a.csv", f"{CANARY};ja;{CPR}\n2;nej;\n"),
        write("b.csv", f"1;{CANARY},5;31-12-2024;ja\n2;3;;nej\n"),
        book("a.xlsx", {"Ark1": [[1, int(CANARY), "ja"], [2, 3, "nej"]]}),
    ):
        text = refusal(path)
        assert "the first row holds answers" in text
        assert CANARY not in text
        assert CPR not in text


# --- no person's value anywhere ---------------------------------------------------------------------


def test_cpr_numbers_are_counted_and_never_shown(write, caplog):
    rows = [f"1;{CPR};0101901234;ringede til {CPR} i dag", "2;;0202902345;intet", "3;;;ikke 1234567890123456"]
    x = ips.read_survey(write("a.csv", "id;cpr;cpr2;note\n" + "\n".join(rows)))
    found = {p.column: (p.n_rows, p.message) for p in x.report.problems if p.rule == "cpr_number"}
    assert {c: n for c, (n, _) in found.items()} == {"cpr": 1, "cpr2": 2, "note": 1}
    text = repr(x) + repr(x.report) + repr(x.codebook) + caplog.text + "".join(m for _, m in found.values())
    assert CPR not in text
    assert "0101901234" not in text


CANARIES = {
    "text among numbers": f"id;v\n1;2\n2;3\n3;ca. {CANARY}\n",
    "mixed marks": f"id;v\n1;{CANARY},5\n2;2.5\n",
    "ambiguous": "id;v\n1;731.884\n2;7\n",
    "dates": f"id;v\n1;01-02-2024\n2;02-02-2024\n3;99-{CANARY}\n",
    "ids": f"id;v\n{CANARY};2\n{CANARY};3\n",
    "names": f"id;v;v\n1;{CANARY};2\n",
    "ragged": f"id;v\n1;2;{CANARY}\n",
    "cut": f'id;v\n1;"{CANARY}\n',
    "quotes": f'id;v\n1;"{CANARY}"x\n2;3\n',
    "encoding": f"id;v\n1;{CANARY}\xff\xfe\n",
    "labels": f"id;v\n1;Ved ikke\n2;{CANARY}\n",
}


@pytest.mark.parametrize("case", CANARIES)
@pytest.mark.parametrize("mode", ["raise", "report"])
@pytest.mark.parametrize("encoding", [None, "ascii"])
def test_no_value_reaches_a_message_a_report_a_log_or_a_traceback(write, caplog, case, mode, encoding):
    caplog.set_level(logging.DEBUG)
    path = write("a.csv", CANARIES[case], "latin-1")
    told = ""
    try:
        x = ips.read_survey(path, id="id", on_problem=mode, encoding=encoding)
        told = repr(x) + repr(x.report) + repr(x.codebook.variables) + x.report.table().to_string()
    except IpsevalError as problem:
        told = "".join(traceback.format_exception(problem)) + repr(problem.args)
    for canary in (CANARY, "731.884", "731884"):
        assert canary not in told + caplog.text


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=200), place=st.integers(464, 1500), value=st.integers(0, 255))
def test_damage_is_refused_or_read_never_a_stumble(files, write, content, place, value):
    """Whatever bytes stand in a text file or a portable file, the outcome is a survey or a refusal."""
    portable = bytearray((files / "start.por").read_bytes())
    portable[place] = value
    for name, damaged in (("a.csv", content), ("b.csv", b"id;a\n1;" + content), ("a.por", bytes(portable))):
        try:
            x = ips.read_survey(write(name, damaged), on_problem="report")
        except ReadError as problem:
            told = str(problem)
        else:
            told = repr(x)
        assert name in told or "is no SurveyXact" in told
