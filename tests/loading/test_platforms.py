"""Exports of SurveyXact, REDCap and Enalyzer, laid by hand after their public descriptions."""

import zipfile

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError

DATASET = """respondent;trivsel;v_1_1;v_1_2;timer;kommentar;statoverall_4
101;1;1;0;7,5;Løb og æbler;1
102;9;0;0;;;1
103;2;0;1;37,0;"Ja; måske";0
104;8;1;1;12,25;;1
"""
LABELS = """trivsel;1;Ja
trivsel;2;Nej
trivsel;8;Ikke relevant
trivsel;9;Ved ikke
v_1_1;0;Ikke valgt
v_1_1;1;Valgt
v_1_2;0;Ikke valgt
v_1_2;1;Valgt
"""
STRUCTURE = """questionName;variableName;questionType;subType;questionText;choiceValue;choiceText;
respondent;respondent;Open;Number;Respondent;;;
trivsel;trivsel;Closed;Single;Trives du på dit arbejde? ;;;
v_1;v_1_1;Closed;Multiple;Hvem har hjulpet dig?;1;Mentor ;
v_1;v_1_2;Closed;Multiple;Hvem har hjulpet dig?;2;Jobkonsulent;
timer;timer;Open;Number;Timer om ugen;;;
kommentar;kommentar;Open;String;Andet, som du ønsker at sige;;;
"""
VARIABLES = "respondent;Respondent\ntrivsel;Trives du på dit arbejde?\nv_1_1;Hvem har hjulpet dig? - Mentor\n"


def as_rows(text, numeric=False):
    """Cells as SurveyXact's workbook holds them: numbers as numbers, blanks as empty text."""
    import csv

    rows = [list(row) for row in csv.reader(text.splitlines(), delimiter=";")]
    if not numeric:
        return rows
    return [rows[0] if numeric == "head" else _cells(rows[0])] + [_cells(row) for row in rows[1:]]


def _cells(row):
    return [float(v.replace(",", ".")) if v.replace(",", "").isdigit() else v for v in row]


def export(write, encoding, delimiter=";", folder="export"):
    parts = {"dataset": DATASET, "labels": LABELS, "structure": STRUCTURE}
    for name, text in parts.items():
        if delimiter != ";":
            rows = [delimiter.join(row) for row in as_rows(text)]
            text = "\n".join(rows) + "\n"
        path = write(f"{folder}/{name}.csv", text, encoding)
    return path.parent


def check(x):
    assert x.data["respondent"].tolist() == [101, 102, 103, 104]
    assert x.data["trivsel"].dropna().tolist() == [1, 2]
    assert x.reasons["trivsel"].fillna("").tolist() == ["", "dont_know", "", "not_relevant"]
    assert x.codes["trivsel"].dropna().tolist() == [9, 8]
    assert x.data["timer"].dropna().tolist() == [7.5, 37.0, 12.25]
    assert x.data["kommentar"].fillna("").tolist() == ["Løb og æbler", "", "Ja; måske", ""]
    assert x.codebook["trivsel"].label["da"].startswith("Trives du på dit arbejde?")
    assert x.codebook["trivsel"].codes() == ("1", "2")
    assert x.codebook["v_1_1"].label == {"da": "Hvem har hjulpet dig? - Mentor"}
    assert x.codebook["v_1_1"].values == {"0": {"da": "Ikke valgt"}, "1": {"da": "Valgt"}}


@pytest.mark.parametrize(
    ("encoding", "delimiter", "told"),
    [("cp1252", ";", "cp1252"), ("utf-16", "\t", "utf-16"), ("utf-8", ";", "utf-8")],
)
def test_surveyxact_text_files(write, encoding, delimiter, told):
    folder = export(write, encoding, delimiter)
    x = ips.read_survey(folder, id="respondent")
    check(x)
    assert (x.report.format, x.report.encoding) == ("surveyxact csv", told)
    assert x.codebook.sets["v_1"].columns == ("v_1_1", "v_1_2")
    assert x.codebook.sets["v_1"].label == {"da": "Hvem har hjulpet dig?"}
    rules = [p.rule for p in x.report.problems]
    assert rules.count("labelled_missing") == 2
    assert ("encoding_decided" in rules) == (encoding == "cp1252")


def test_surveyxact_as_archive_and_by_its_data_file(write, tmp_path):
    folder = export(write, "cp1252")
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"survey/{path.name}")
    whole = ips.read_survey(folder)
    for other in (ips.read_survey(tmp_path / "export.zip"), ips.read_survey(folder / "dataset.csv")):
        check(other)
        pd.testing.assert_frame_equal(whole.data, other.data)


def surveyxact_book(book, **extra):
    sheets = {
        "Variables": [["Variable", "Description"], *as_rows(VARIABLES)],
        "Labels": as_rows(LABELS, numeric=True),
        "Dataset": as_rows(DATASET, numeric="head"),
    }
    return book("export.xlsx", sheets | extra)


def test_surveyxact_workbook(book):
    x = ips.read_survey(surveyxact_book(book), id="respondent")
    check(x)
    assert x.report.format == "surveyxact xlsx"
    assert len(x.data) == 4


def test_surveyxact_workbook_with_structure_and_a_wide_survey(book):
    """A survey too wide for one sheet goes on in another: columns must not be lost, rows must agree."""
    rows = as_rows(DATASET, numeric="head")
    sheets = {
        "Labels": as_rows(LABELS, numeric=True),
        "Dataset(1)": [row[:3] for row in rows],
        "Dataset(2)": [row[3:] for row in rows],
        "Structure": as_rows(STRUCTURE),
    }
    x = ips.read_survey(book("wide.xlsx", dict(reversed(sheets.items()))))
    check(x)
    assert list(x.data.columns) == rows[0]
    assert x.codebook.sets["v_1"].columns == ("v_1_1", "v_1_2")
    sheets["Dataset(2)"] = sheets["Dataset(2)"][:-1]
    with pytest.raises(ReadError, match="different numbers of rows"):
        ips.read_survey(book("uneven.xlsx", sheets))


def test_surveyxact_sheet_can_be_read_alone(book):
    x = ips.read_survey(surveyxact_book(book), sheet="Variables")
    assert x.data["Variable"].tolist() == ["respondent", "trivsel", "v_1_1"]


REDCAP = """record_id,redcap_event_name,start_dato,trivsel,hjaelp___1,hjaelp___2,hjaelp____9,har_job,note,cpr,start_complete
1,start_arm_1,2024-01-31,3,1,0,0,1,12,,2
2,start_arm_1,2024-02-01,99,0,0,1,0,,,2
3,start_arm_1,,,0,1,0,,"Ja, lidt",,0
"""
DICTIONARY = """"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,start,,text,Nummer,,,,,,,,,,,,,
start_dato,start,,text,Dato,,,date_dmy,,,,,,,,,,
trivsel,start,Om dig,radio,Hvordan trives du?,"1, Dårligt | 3, Godt, faktisk | 99, Ved ikke",,,,,,,y,,,,,
hjaelp,start,,checkbox,Hvem hjalp?,"1, Mentor | 2, Konsulent | -9, Ingen",,,,,,,,,,,,
har_job,start,,yesno,Har du job?,,,,,,,[trivsel] = '3',,,,,,
note,start,,notes,Andet?,,,,,,,,,,,,,
cpr,start,,text,CPR-nummer,,,,,,y,,,,,,,
info,start,,descriptive,Tak,,,,,,,,,,,,,
"""


def test_redcap_with_its_data_dictionary(write):
    write("Projekt_DataDictionary_2024-03-01.csv", DICTIONARY)
    write("Andet_DataDictionary_2024-03-01.csv", DICTIONARY.replace("record_id", "other_id"))
    x = ips.read_survey(write("Projekt_DATA_2024-03-01_1200.csv", REDCAP), id="record_id")
    assert x.report.format == "redcap csv"
    assert x.data["trivsel"].dropna().tolist() == [3]
    assert x.reasons["trivsel"].fillna("").tolist() == ["", "dont_know", "system_missing"]
    assert x.codebook["trivsel"].values["3"] == {"da": "Godt, faktisk"}
    assert x.codebook["har_job"].values == {"1": {"da": "Yes"}, "0": {"da": "No"}}
    assert x.codebook["start_complete"].values["2"] == {"da": "Complete"}
    assert x.codebook.sets["hjaelp"].columns == ("hjaelp___1", "hjaelp___2", "hjaelp____9")
    assert x.codebook["hjaelp____9"].label == {"da": "Hvem hjalp? - Ingen"}
    assert x.data["start_dato"].iloc[0] == pd.Timestamp(2024, 1, 31)
    assert x.data["note"].fillna("").tolist() == ["12", "", "Ja, lidt"], "notes are text, whatever is in them"
    assert x.codebook["cpr"].role == "identifier"
    assert x.report.note == "data dictionary: Projekt_DataDictionary_2024-03-01.csv"


def test_the_dictionary_that_knows_more_of_the_columns_is_taken_and_its_texts_stay_texts(write):
    write("A_DataDictionary.csv", DICTIONARY[: DICTIONARY.index("start_dato")])
    write("B_DataDictionary.csv", DICTIONARY.replace("note,start,,notes", "postnr,start,,notes"))
    rows = [line.rsplit(",", 3) for line in REDCAP.splitlines()]
    codes = ("postnr", "12", "", "7")
    data = "\n".join(",".join((*row[:1], code, *row[2:])) for row, code in zip(rows, codes, strict=True))
    x = ips.read_survey(write("data.csv", data.replace(',"Ja', "")), id="record_id")
    assert x.report.note == "data dictionary: B_DataDictionary.csv"
    assert x.data["postnr"].fillna("").tolist() == ["12", "", "7"], "not the numbers 12 and 7"


def test_redcap_without_its_dictionary(write):
    write("Andet_DataDictionary_2024-03-01.csv", DICTIONARY.replace("record_id", "other_id"))
    path = write("data.csv", REDCAP)
    assert ips.read_survey(path).report.format == "csv"
    with pytest.raises(ReadError, match="no REDCap data dictionary that describes its columns"):
        ips.read_survey(path, format="redcap")


ENALYZER = """Respondent ID;Status;Hvordan har du det?;Hvem hjalp dig? - Mentor;Hvem hjalp dig? - Ingen;Andet
1;Gennemført;Godt;1;0;
2;Gennemført;Ved ikke;0;1;Tak
3;Delvist;;0;0;
"""


def test_enalyzer_download(write, book):
    csv = ips.read_survey(write("svar.csv", ENALYZER, "utf-8-sig"), format="enalyzer", id="Respondent ID")
    xlsx = ips.read_survey(book("svar.xlsx", {"Svardata": as_rows(ENALYZER)}), format="enalyzer")
    assert (csv.report.format, xlsx.report.format) == ("enalyzer csv", "enalyzer xlsx")
    pd.testing.assert_frame_equal(csv.data, xlsx.data)
    assert csv.reasons["Hvordan har du det?"].fillna("").tolist() == ["", "dont_know", "system_missing"]
    (ticks,) = csv.codebook.sets.values()
    assert ticks.columns == ("Hvem hjalp dig? - Mentor", "Hvem hjalp dig? - Ingen")
    assert csv.codebook["Status"].label == {"da": "Status"}


def test_a_platform_asked_for_must_be_there(write, book):
    with pytest.raises(ReadError, match="lacks the sheets of a SurveyXact export"):
        ips.read_survey(book("a.xlsx", {"Ark1": [["a"], [1]]}), format="surveyxact")
    with pytest.raises(ReadError, match=r"labels\.csv was expected"):
        ips.read_survey(write("a.csv", "id;a\n1;2\n"), format="surveyxact")
    with pytest.raises(ReadError, match=r"dataset\.csv and labels\.csv were expected"):
        ips.read_survey(write("tom/laes.txt", "x").parent)


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def bare_workbook(path):
    """A workbook as some exporters write it: no default style, and a size that is wrong."""
    cells = "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{c}{r}" t="inlineStr"><is><t>{v}</t></is></c>' for c, v in row)
        + "</row>"
        for r, row in (
            (1, (("A", "id"), ("B", "by"))),
            (2, (("A", "1"), ("B", "Ærø"))),
            (3, (("B", "Vejle"),)),
        )
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{OFFICE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        f'"{OFFICE}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{REL}/'
        'officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Svar" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{REL}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{REL}/styles" '
        'Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders>'
        "<border/></borders><cellXfs><xf/></cellXfs></styleSheet>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{cells}'
        "</sheetData></worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def test_workbook_written_without_styles_and_with_a_wrong_size(tmp_path):
    x = ips.read_survey(bare_workbook(tmp_path / "a.xlsx"))
    assert x.data["by"].tolist() == ["Ærø", "Vejle"]
    assert x.data["id"].isna().tolist() == [False, True]
    assert x.report.problems == ()


def test_formulas_that_were_never_computed_are_told(book):
    x = ips.read_survey(book("a.xlsx", {"Ark1": [["id", "v"], [1, 2], [2, "=B2*2"], [3, "=B2*3"]]}))
    assert [(p.rule, p.n_rows) for p in x.report.problems] == [("uncomputed_formula", 2)]


def test_workbook_types_and_notes(book):
    from datetime import date, datetime

    rows = [
        ["id", "dato", "tid", "timer", "blandet", "sandt", "tom"],
        [1, date(2024, 1, 31), datetime(2024, 1, 31, 12, 30), "7,5", 15, True, None],
        [2, "01-02-2024", None, 8, "ca. 15", False, None],
        [3, None, None, "Ved ikke", 17.5, None, None],
    ]
    x = ips.read_survey(
        book("a.xlsx", {"Tom": [], "Svar": rows, "Mere": [["x"], [1]]}, title="Opdigtede personer")
    )
    assert x.report.note == "Opdigtede personer"
    assert x.data["dato"].tolist()[:2] == [pd.Timestamp(2024, 1, 31), pd.Timestamp(2024, 2, 1)]
    assert x.codebook["tid"].type == "datetime"
    assert x.data["timer"].dropna().tolist() == [7.5, 8]
    assert x.reasons["timer"].dropna().tolist() == ["dont_know"]
    assert x.data["blandet"].tolist() == ["15", "ca. 15", "17.5"]
    assert x.data["sandt"].fillna(False).tolist() == [True, False, False]
    assert [p.rule for p in x.report.problems if p.level == "warning"][:2] == [
        "sheets_left",
        "text_among_numbers",
    ]
