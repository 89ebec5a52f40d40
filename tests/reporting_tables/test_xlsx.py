import zipfile

import openpyxl
import pytest

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.reporting.write_xlsx import sheet_names

from .conftest import BANNER, LABELS
from .test_text_renderings import NASTY, nasty_table


def sheet_of(table, path):
    table.to_xlsx(path)
    return openpyxl.load_workbook(path).worksheets[-1]


def texts(sheet):
    return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]


def test_numbers_are_numbers_with_formats(background, tmp_path):
    table = ips.table(background, labels=LABELS, label="Tabel 2", title="Baggrund", banner=BANNER)
    sheet = sheet_of(table, tmp_path / "a.xlsx")
    heads = [cell.value for cell in sheet[3]]
    assert heads == ["Variabel", "I alt – Antal", "I alt – Andel", "I alt – Værdi"]
    assert sheet.freeze_panes == "B4"
    man = sheet[5]
    assert [cell.value for cell in man[:3]] == ["Mand", 24, pytest.approx(24 / 55)]
    assert [cell.data_type for cell in man[:3]] == ["s", "n", "n"]
    assert [cell.number_format for cell in man[1:3]] == ["#,##0", "0%"]
    mean = next(row for row in sheet.iter_rows() if row[0].value == "Gennemsnit")
    assert mean[3].value == 22.4
    assert mean[3].number_format == "#,##0.00"


def test_words_never_run_as_formulas(tmp_path):
    sheet = sheet_of(nasty_table(), tmp_path / "a.xlsx")
    held = {row[0].value: row[0].data_type for row in sheet.iter_rows()}
    for text in NASTY:
        assert held[text] == "s"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert all(b"<f>" not in package.read(name) for name in package.namelist())


def test_printed_odds_carry_all_numbers(odds, tmp_path):
    sheet = sheet_of(ips.table(odds, layout="odds", labels=LABELS, banner=BANNER), tmp_path / "a.xlsx")
    line = next(row for row in sheet.iter_rows() if row[0].value == "Alder")
    assert [cell.value for cell in line] == ["Alder", None, 0.97, "n.s.", 0.78, 1.18, 0.61, 34, 21]
    refused = next(row for row in sheet.iter_rows() if row[0].value == "lonely")
    assert refused[2].value == "–"
    load = next(row for row in sheet.iter_rows() if row[0].value == "load")
    assert load[1].value == "***"
    assert load[5].value == "∞"
    assert load[6].number_format == '[<0.001]"<0,001";0.000'


def test_banner_and_every_note_stand_on_the_sheet(odds, tmp_path):
    table = ips.table(odds, layout="odds", banner=BANNER)
    said = "\n".join(texts(sheet_of(table, tmp_path / "a.xlsx")))
    assert BANNER in said
    assert all(note.text in said for note in table.notes)


def test_a_workbook_has_a_sheet_per_table_and_contents_with_links(background, odds, tmp_path):
    tables = [
        ips.table(background, label="Tabel 1: a/b [x]*?", title="Ét", banner=BANNER),
        ips.table(odds, label="TABEL 1: A B X", title="To"),
        ips.table(odds, title="Et meget langt navn som ingen regnearksfane kan rumme"),
    ]
    ips.write_workbook(tables, tmp_path / "a.xlsx", title="IPS UNG")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[:3] == ["Indhold", "Tabel 1 a b x", "TABEL 1 A B X (2)"]
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert book.properties.language == "da-DK"
    contents = book["Indhold"]
    assert BANNER in contents["A1"].value
    assert [contents.cell(line, 3).hyperlink.location for line in (3, 4)] == [
        "'Tabel 1 a b x'!A1",
        "'TABEL 1 A B X (2)'!A1",
    ]


def test_sheet_names_may_be_given(background):
    table = ips.table(background)
    assert sheet_names([table, table], {table.id: "Data"}, "en") == ["Data", "Data (2)"]


def test_the_same_tables_give_the_same_bytes(background, tmp_path):
    for name in ("a", "b"):
        ips.write_workbook([ips.table(background)], tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_worksheet_may_be_filled(background):
    book = openpyxl.Workbook()
    ips.table(background).to_xlsx(book.active)
    assert book.active["B3"].value == 24


def test_a_workbook_needs_tables(tmp_path):
    with pytest.raises(ReportError, match="no tables"):
        ips.write_workbook([], tmp_path / "a.xlsx")


def test_control_characters_are_left_out(tmp_path):
    from ipseval.reporting.display import Cell, Column, Row, Table

    table = Table("t", "x\x07y", "en", (Column("c"),), (Row("a\x00b", (Cell(text="\x0bq"),)),))
    assert "ab" in texts(sheet_of(table, tmp_path / "a.xlsx"))
    table.to_docx(tmp_path / "a.docx")
