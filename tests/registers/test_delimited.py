"""Registers as delimited text: half a row is no person without benefits, and letters are told, not guessed."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import ReadError
from ipseval.loading.registers import delimited
from ipseval.loading.registers.delimited import look_at_text

HEAD = "PNR;y_2001;y_2002;y_2003;kom\n"
ROW = "0101010001;112;;703;Køge\n"


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_without_a_word(tmp_path: Path, encoding: str) -> None:
    dream = ips.dream.read(written(tmp_path / "d.csv", HEAD + ROW, encoding))
    assert dream.data.iloc[0].tolist() == ["0101010001", 112, 0, 703, "Køge"]
    assert dream.report.problems == ()


def test_another_encoding_is_decided_and_told(tmp_path: Path) -> None:
    dream = ips.dream.read(written(tmp_path / "d.csv", HEAD + ROW + ROW.replace("01;", "02;", 1), "cp1252"))
    assert dream.data["kom"].tolist() == ["Køge", "Køge"]
    (told,) = dream.report.problems
    assert (told.level, told.rule, told.n_rows) == ("warning", "encoding_decided", 2)
    assert "cp1252" in told.message


def test_the_report_of_any_register_tells_the_encoding(tmp_path: Path) -> None:
    text = "PNR;KOM;BOPIKOM\n0101010001;101;Århus\n"
    written(tmp_path / "bef2020.csv", text, "latin-1")
    read = ips.read_register(tmp_path, register="bef", columns=["bopikom"])
    stored = ips.store_register(tmp_path, register="bef", columns=["bopikom"], store=tmp_path / "all.parquet")
    assert read.data["bopikom"].tolist() == ["Århus"]
    assert [p.rule for p in read.report.problems] == [p.rule for p in stored.problems] == ["encoding_decided"]


@pytest.mark.parametrize(
    ("last", "fields"),
    [("9999990002;112;1\n", 3), ("9999990002;112;1", 3), ("9999990002;1;2;3;x;y\n", 6)],
)
def test_a_row_of_another_length_is_refused_and_not_shown(tmp_path: Path, last: str, fields: int) -> None:
    path = written(tmp_path / "d.csv", HEAD + ROW + last)
    with pytest.raises(ReadError, match=f"a row has {fields} field.* where 5 column names stand") as refused:
        ips.dream.read(path)
    assert "999999" not in "".join(traceback.format_exception(refused.value))


def test_the_line_that_spreadsheets_add_names_the_separator(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", "sep=|\nPNR|y_2001\n0101010001|112\n")
    assert ips.dream.read(path).data["y_2001"].tolist() == [112]


def test_quoted_text_may_hold_separators_quotes_and_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "d.csv", 'PNR;y_2001;note\n0101010001;112;"a;""b""\nc"\n0101010002;113;\n')
    data = ips.dream.read(path).data
    assert data["note"].tolist()[0] == 'a;"b"\nc'
    assert data["y_2001"].tolist() == [112, 113]


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "bef2020.csv", "PNR;KOM;KOM\n0101010001;101;102\n")
    with pytest.raises(ReadError, match=r"1 column name\(s\) stand twice \(KOM\)"):
        ips.read_register(path, register="bef")


@pytest.mark.parametrize("first", ["9999990001;112;113", "001;112;113", "1;1;1"])
def test_a_first_row_of_answers_is_refused_and_not_shown(tmp_path: Path, first: str) -> None:
    path = written(tmp_path / "d.csv", f"{first}\n{first}\n")
    with pytest.raises(ReadError, match="the first row holds answers") as refused:
        ips.dream.read(path)
    assert first.split(";")[0] not in str(refused.value).replace("3 of its 3", "")


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReadError, match="is empty"):
        ips.dream.read(written(tmp_path / "d.csv", text))


def test_names_without_a_row_are_nobody(tmp_path: Path) -> None:
    assert ips.dream.read(written(tmp_path / "d.csv", HEAD)).ids.n == 0


@given(
    st.lists(st.sampled_from(["112", "", ".", " 703 ", "0", "111.0", "æ"]), min_size=1, max_size=40),
    st.integers(1, 9),
)
@settings(max_examples=40, deadline=None)
def test_blocks_and_pieces_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], rows: int
) -> None:
    path = tmp_path_factory.mktemp("blocks") / "d.csv"
    written(path, "a;b\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(cells)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", 64)
        pieces = list(look_at_text(path).pieces(["b", "a"], rows))
    assert [v for piece in pieces for v in piece["b"].to_list()] == [c or None for c in cells]
    assert [v for piece in pieces for v in piece["a"].to_list()] == [str(i) for i in range(len(cells))]
    assert all(piece.columns == ["b", "a"] for piece in pieces)


def test_a_row_longer_than_a_block_is_no_row_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    endless = '9999990002;1;2;3;"' + "x" * 5000
    path = written(tmp_path / "d.csv", HEAD + ROW + endless)
    with pytest.raises(ReadError, match="cannot be read as text with ';' between its fields") as refused:
        ips.dream.read(path)
    assert "999999" not in "".join(traceback.format_exception(refused.value))
