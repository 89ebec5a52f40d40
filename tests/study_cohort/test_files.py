"""What is written can be read back, by others' readers and by ours, with labels, codes and the note."""

import openpyxl
import pandas as pd
import pyreadstat
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.study.cohort import cohort_frames, write_cohort

NOTE = {
    "da": "Opdigtede personer, tilpasset de trykte tal",
    "en": "Invented people, fitted to the printed numbers",
}
NAMES = ("start", "slut", "registrering")
CODED = cohort_frames(coded=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("cohort")
    write_cohort(target)
    return target


def test_files_and_mark(folder):
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["INVENTED.txt", *(f"{name}.{ending}" for name in NAMES for ending in ("sav", "xlsx"))]
    )
    mark = (folder / "INVENTED.txt").read_text(encoding="utf-8")
    assert NOTE["da"] in mark
    assert NOTE["en"] in mark


@pytest.mark.parametrize("name", NAMES)
def test_spss_file(folder, name):
    frame, meta = pyreadstat.read_sav(str(folder / f"{name}.sav"), user_missing=True)
    assert meta.file_label == NOTE["da"]
    assert any(NOTE["da"] in line for line in meta.notes)
    assert list(frame.columns) == list(CODED[name].columns)
    for column, wanted in CODED[name].items():
        got = frame[column]
        if pd.api.types.is_datetime64_any_dtype(wanted):
            assert [pd.Timestamp(d) for d in got] == list(wanted), column
        elif pd.api.types.is_numeric_dtype(wanted):
            pd.testing.assert_series_equal(got.astype(float), wanted.astype("float64"), check_names=False)
        else:
            assert list(got) == list(wanted)
    assert all(meta.column_names_to_labels.values())
    assert meta.column_names_to_labels["dato_start" if name != "slut" else "dato_slut"].startswith("Dato")


def test_spss_labels_and_user_missing_codes(folder):
    plain, meta = pyreadstat.read_sav(str(folder / "slut.sav"), user_missing=True)
    assert meta.variable_value_labels["vurd_indflydelse"][5.0] == "I meget høj grad"
    assert meta.variable_value_labels["vurd_indflydelse"][6.0] == "Ikke relevant for mig"
    assert {r["lo"] for r in meta.missing_ranges["vurd_indflydelse"]} == {6, 8, 9}
    assert meta.variable_measure["vurd_indflydelse"] == "ordinal"
    assert (plain["opl_hverdag"] == 6).sum() == 5
    shut, _ = pyreadstat.read_sav(str(folder / "slut.sav"))
    assert shut["opl_hverdag"].isna().sum() == 5
    assert shut["vurd_indflydelse"].isna().sum() == 4


@pytest.mark.parametrize("name", NAMES)
def test_workbook_in_the_layout_of_surveyxact(folder, name):
    book = openpyxl.load_workbook(folder / f"{name}.xlsx")
    assert book.sheetnames == ["Labels", "Variables", "Dataset"]
    assert book.properties.title == NOTE["da"]
    variables = list(book["Variables"].values)
    assert variables[0] == ("variableName", "variableDescription")
    assert [row[0] for row in variables[1:]] == list(CODED[name].columns)
    data = list(book["Dataset"].values)
    assert list(data[0]) == list(CODED[name].columns)
    assert len(data) == len(CODED[name]) + 1
    for row, wanted in zip(data[1:], CODED[name].itertuples(index=False), strict=True):
        for got, value in zip(row, wanted, strict=True):
            assert (got is None and pd.isna(value)) or got == value
    labels = {(row[0], row[1]): row[2] for row in book["Labels"].values}
    column = {"start": ("koen", 2, "Kvinde"), "slut": ("praktik", 1, "Ja"), "registrering": ("reg_afslutning", 2, "Afsluttet til fleksjob")}[name]  # fmt: skip
    assert labels[column[:2]] == column[2]


@pytest.mark.parametrize("ending", ["sav", "xlsx"])
@pytest.mark.parametrize("name", NAMES)
def test_our_reader_gives_the_frames_back(folder, name, ending):
    survey = ips.read_survey(folder / f"{name}.{ending}", schema=f"ips_ung/{name}")
    assert NOTE["da"] in survey.report.note
    assert [p for p in survey.report.problems if p.level == "error"] == []
    wanted = cohort_frames()[name]
    assert list(survey.data["id"]) == list(wanted["id"])
    for column in wanted.columns.drop("id"):
        if pd.api.types.is_datetime64_any_dtype(wanted[column]):
            assert (survey.data[column].to_numpy() == wanted[column].to_numpy()).all(), column
        else:
            got = survey.data[column].astype("Float64")
            assert got.equals(wanted[column].astype("Float64")), column
    told = survey.reasons[wanted.columns].isin(["not_relevant", "dont_know", "not_answered"])
    assert (told == (CODED[name].notna() & wanted.isna())).all(axis=None)


def test_english_labels(tmp_path):
    report = write_cohort(tmp_path, lang="en", formats=("sav",))
    assert report.files == ("start.sav", "slut.sav", "registrering.sav", "INVENTED.txt")
    _, meta = pyreadstat.read_sav(str(tmp_path / "start.sav"), metadataonly=True)
    assert meta.file_label == report.note == NOTE["en"]
    assert meta.variable_value_labels["koen"][2.0] == "Woman"


def test_written_again_over_an_earlier_run(folder):
    before = pyreadstat.read_sav(str(folder / "start.sav"), user_missing=True)[0]
    write_cohort(folder)
    again = pyreadstat.read_sav(str(folder / "start.sav"), user_missing=True)[0]
    pd.testing.assert_frame_equal(again, before)
    assert not [p for p in folder.iterdir() if p.name.startswith(".half")]


def test_a_folder_with_files_of_ones_own_is_left_alone(tmp_path):
    (tmp_path / "start.sav").write_bytes(b"mine")
    with pytest.raises(ReadError, match=r"holds 1 file\(s\).*choose an empty folder") as told:
        write_cohort(tmp_path)
    assert (tmp_path / "start.sav").read_bytes() == b"mine"
    assert str(told.value).count(". ") == 0
    assert [p.name for p in tmp_path.iterdir()] == ["start.sav"]


def test_arguments_that_are_not_offered(tmp_path):
    with pytest.raises(SchemaError, match=r"lang='no' is not offered"):
        write_cohort(tmp_path / "a", lang="no")
    with pytest.raises(SchemaError, match=r"formats='csv' is not offered"):
        write_cohort(tmp_path / "a", formats=("csv",))
    assert not (tmp_path / "a").exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ReadError, match="cannot be made"):
        write_cohort(tmp_path / "file" / "inside")


def test_a_file_that_cannot_be_written(tmp_path):
    (tmp_path / "INVENTED.txt").mkdir()
    with pytest.raises(ReadError, match=r"INVENTED.txt cannot be written .*choose a folder you may write in"):
        write_cohort(tmp_path)
