"""What counts and what does not: patterns, context, rows of persons, known values."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import ipseval as ips
from ipseval.core.keys import Key
from ipseval.reporting.scanning.known import known_of
from ipseval.reporting.scanning.rules import hits

KEY = Key("test", b"k" * 32)


def rules_of(text):
    return [(h.rule, h.level) for h in hits(text)]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("070761-4285", "sure"),
        ("070761 4285", "sure"),
        ("070761\u20114285", "sure"),
        ("0707614285", "likely"),
        ("010165-0001", "likely"),
        ("0101650001", "possible"),
        ("cpr: 0101650001", "likely"),
        ("cpr: 0707614285", "sure"),
        ("1,0101650001,2", "possible"),
        ("0707614285.0", "likely"),
        ("670761-4285", "likely"),
        ("010190-AAB1", "likely"),
    ],
)
def test_personal_numbers_and_how_sure_they_are(text, level):
    assert rules_of(text) == [("cpr", level)]


@pytest.mark.parametrize(
    "text",
    [
        "310490-1234", "12345678901", "0.0707614285", "1.0707614285", "0707614285.25", "0707614285123", "a07-07-61",
        "2024-01-01 12:30", "120190 - 12345", "v010190-rev1", "ABC-010190",
    ],
)  # fmt: skip
def test_other_digits_are_no_personal_numbers(text):
    assert not [r for r in rules_of(text) if r[0] == "cpr"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("skriv til anna.hansen@kommune.dk i dag", "email"),
        ("+45 22 33 44 55", "phone"),
        ("004522334455", "phone"),
        ("tlf. 22334455", "phone"),
        ("Mobil: 22 33 44 55.", "phone"),
        ("CVR 13585628", "cvr"),
        ("arbejdsgiver DK13585628", "cvr"),
        ("pnr 123456789012", "pnr"),
        ("DK50 0040 0440 1162 43", "iban"),
        (r"D:\Data\Workdata\701234\kode.sas", "server_path"),
        ("E:/workdata/707070/x", "server_path"),
        (r"\\srv01\projekt\data.csv", "server_path"),
        ('read.csv("//srv-fs01/projekt/data.csv")', "server_path"),
        (r"C:\Users\annahansen\Desktop", "user_path"),
        ("/home/annahansen/x.py", "user_path"),
        ("if pnr == '12345678'", "id_in_code"),
        ("frame[frame['PNR'].isin(['12345678'])]", "id_in_code"),
        ("subset(d, cpr %in% c(101901234))", "id_in_code"),
        ("drop if lobenr==1234", "id_in_code"),
        ("010190-xxxx", "cpr_masked"),
        ("mob 20304050", "phone"),
        ("Mob.: 20 30 40 50", "phone"),
        ("kontakt_tlf=20304050", "phone"),
        ("tlf.20304050", "phone"),
        ("hun ringede 20-30-40-50", "phone"),
        ("bo.test@kommune.example", "email"),
        ("bo@kommune.test", "email"),
        ("bo@firma.kbh", "email"),
        ("/srv/projekt/707777/raw", "server_path"),
        ("/srv/projekt/raw", "server_path"),
        ("/ngc/projects2/gm_0001/data", "server_path"),
        (r"E:\rawdata\707777\grunddata", "server_path"),
        (r"X:\Data\Rawdata_Hurtig\707777", "server_path"),
        ("D:/FSE/707777/kode", "server_path"),
        (r"F:\Projekter\FSEID00001234\x", "server_path"),
        ("projekt FSEID-00001234", "server_path"),
    ],
)
def test_other_patterns(text, rule):
    assert rule in {r for r, _ in rules_of(text)}


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.fixture", "a@b", "someone@example.com", "git@github.com:x/y.git", "/home/runner/work/x", "n=12345678",
        "22 33 44 55", "20 30 40 50 60", "p = 0.12345678", "CVR 13585627", "tlf: se nedenfor", "version 1.2.3",
        "rgb(12, 34, 56)", "week 202401", "DK50 0040 0440 1162 44", "cpr_number = holds_cpr(text)", "id == 3",
        "registrering 23456789", "mobilisering 20304050", "scoring: 23456789", "https://x.dk/projekter/707777", 'src="//cdn.example.com/lib/a.js"', "x // y/z/w",
        "//cdn.x.dk/a/707777/b", "docs/700123", "uge /70/12", "cell border text_cell cell-id=50765596",
    ],
)  # fmt: skip
def test_what_is_nobodys(text):
    assert rules_of(text) == []


def test_overlapping_hits_of_a_rule_count_once_and_dates_after_a_word_are_less_sure():
    assert rules_of("/srv/projekt/707777/raw") == [("server_path", "likely")]
    assert rules_of("ring 20240115") == [("phone", "possible")]
    assert rules_of("ring 20304050") == [("phone", "likely")]


PERSONS = pd.DataFrame(
    {"respondent_id": [f"R{k}" for k in range(12)], "who5": range(12), "mdi": np.arange(12) / 3}
)


@pytest.mark.parametrize(
    "printed",
    [
        repr(PERSONS), PERSONS.to_string(index=False), repr(PERSONS.set_index("respondent_id").reset_index()),
        PERSONS.to_csv(), PERSONS.to_csv(sep=";"), PERSONS.to_csv(sep="\t"), repr(pl.DataFrame(PERSONS.to_dict("list"))),
        PERSONS.assign(kommune="Aarhus", navn="Anna B").to_string(), PERSONS.assign(a="x y", b="z")[["respondent_id", "b", "a", "who5"]].to_string(),
        PERSONS.head(4).to_string(), PERSONS.to_markdown() if False else "| respondent_id | who5 |\n|---|---|\n" + "\n".join(f"| R{k} | {k} |" for k in range(6)),
    ],
)  # fmt: skip
def test_printed_rows_of_persons(tmp_path, printed):
    (tmp_path / "a.log").write_text(f"start\n\n{printed}\n\nslut\n", encoding="utf-8")
    found = ips.scan(tmp_path / "a.log")
    assert [f.rule for f in found.findings] == ["rows_of_persons"]
    assert found.findings[0].count >= 4


NAMED = pd.DataFrame(
    {
        "fornavn": ["Anna", "Bo Erik", "Carla"],
        "efternavn": ["Hansen", "Jensen", "Vestergaard"],
        "adresse": ["Nørregade 12, 2. th", "Vej 3", "Allé 44"],
        "alder": [23, 24, 25],
    }
)


def _in_a_notebook(frame):
    from support.planted import notebook, shown

    return notebook("df.head()", outputs=[shown(text__plain=repr(frame), text__html=frame._repr_html_())])


@pytest.mark.parametrize(
    "frame",
    [
        NAMED, NAMED[["fornavn", "alder"]], NAMED[["efternavn"]].assign(n=5), NAMED.set_index("alder"), NAMED.set_index("fornavn"),
        NAMED.rename(columns={"fornavn": "First name"})[["First name", "alder"]],
        pd.DataFrame({"fødselsdato": ["2001-02-03", "2002-03-04", "2003-04-05"], "score": [1, 2, 3]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "way", ["a.csv", "b.csv", "a.log", "b.log", "a.txt", "a.html", "a.ipynb", "a.md", "polars.log"]
)
def test_columns_that_describe_persons_are_found_without_a_key(tmp_path, frame, way):
    flat = frame.reset_index() if frame.index.name else frame
    content = {
        "a.csv": lambda: flat.to_csv(index=False), "b.csv": lambda: flat.to_csv(sep=";"),
        "a.log": lambda: repr(frame), "b.log": lambda: repr(frame) + "\n\nslut\n",
        "a.txt": lambda: "indlæst, i dag\n" + flat.to_string(), "a.html": lambda: frame.to_html(),
        "a.ipynb": lambda: _in_a_notebook(frame), "a.md": lambda: f"# Personer\n\n{frame}\n",
        "polars.log": lambda: repr(pl.DataFrame(flat.to_dict("list"))),
    }[way]()  # fmt: skip
    (tmp_path / way).write_bytes(content if isinstance(content, bytes) else content.encode())
    found = ips.scan(tmp_path / way)
    assert {(f.rule, f.level) for f in found.findings} == {("rows_of_persons", "likely")}
    assert {f.count for f in found.findings} == {3}
    assert "Hansen" not in str(found.findings) + found.table("da").to_string()


def test_vague_names_of_columns_count_only_in_company(tmp_path):
    frame = pd.DataFrame({"navn": ["Anna Holm", "Bo Dam", "Carla By"], "alder": [23, 24, 25], "n": [5, 6, 7]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert [f.level for f in ips.scan(tmp_path / "a.csv").findings] == ["possible"]
    frame.drop(columns="alder").to_csv(tmp_path / "a.csv", index=False)
    assert ips.scan(tmp_path / "a.csv").findings == ()
    frame.assign(alder=["15-24", "16-24", "20-29"]).to_csv(tmp_path / "a.csv", index=False)
    assert ips.scan(tmp_path / "a.csv").findings == ()
    frame.assign(navn=["who5", "gad7", "mdi"]).to_csv(tmp_path / "a.csv", index=False)
    assert ips.scan(tmp_path / "a.csv").findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "from a.b import parse_cpr as parse_cpr\n" * 6,
        "names: [fornavn, efternavn]\ncpr_share: 0.5\npnr_share: 0.9\ncontact_share: 0.5\nlooked_at: 20000\n",
        "We asked for fornavn and alder\nof each of the members who\nhad come to the two meetings\nin the month of May last\n",
        "fornavn text\nefternavn text\nadresse text\nalder number\n",
    ],
)
def test_code_and_prose_about_names_are_no_tables(tmp_path, text):
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert ips.scan(tmp_path).findings == ()


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"group": ["a", "b", "c", "d"], "n": [1, 2, 3, 4], "share": [0.1, 0.2, 0.3, 0.4]}),
        pd.DataFrame({"person_id": ["IPS", "IPS", "control", "control"] * 3, "n": range(12)}),
        pd.DataFrame({"id": ["who5", "gad7", "mdi", "phq9", "k10"], "items": [5, 7, 10, 9, 10]}),
        pd.DataFrame({"year": range(2001, 2013), "persons": range(12)}),
        pd.DataFrame({"term": list("abcdef"), "estimate": np.linspace(0, 1, 6), "p_value": 0.5}),
    ],
)
def test_tables_of_results_are_not_rows_of_persons(tmp_path, frame):
    (tmp_path / "a.log").write_text(repr(frame))
    frame.to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "a.html").write_text(frame.to_html())
    assert ips.scan(tmp_path, profile=None).findings == ()


def test_our_own_results_are_clean(tmp_path):
    rng = np.random.Generator(np.random.PCG64(3))
    frame = pd.DataFrame(
        {"pre": rng.normal(50, 10, 40), "post": rng.normal(55, 10, 40), "arm": ["a", "b"] * 20}
    )
    result = ips.change(frame, before="pre", after="post")
    (tmp_path / "a.html").write_text(result._repr_html_(), encoding="utf-8")
    (tmp_path / "a.txt").write_text(repr(result), encoding="utf-8")
    table = ips.table(result, lang="da")
    table.to_csv(tmp_path / "a.csv")
    ips.write_workbook([table], tmp_path / "a.xlsx")
    ips.write_document([table], tmp_path / "a.docx", title="x", lang="da")
    assert ips.scan(tmp_path).clean


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("070761-4285", "0707614285"),
        ("707614285", "070761-4285"),
        ("0707614285", "nr 707614285.0 her"),
        ("Anna Hansen", "hilsen ANNA  HANSEN!"),
        ("Æbelø", "på æbelø,"),
        ("R-2024-17", "R 2024 17"),
        ("anna.hansen@kommune.dk", "anna.hansen@kommune.dk"),
        ("Jeg synes at det har været rigtig godt for mig", "»det har været rigtig godt«"),
    ],
)
def test_known_values_are_found_however_they_are_written(value, text):
    assert list(known_of([value], KEY).spans(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Anna Hansen", "Anna og Hansen"),
        ("123456", "1234567"),
        ("R-2024-17", "R-2024-171"),
        ("Holm", "Holmen"),
    ],
)
def test_known_values_are_found_whole_or_not_at_all(value, text):
    assert not list(known_of([value], KEY).spans(text))


def test_values_too_short_to_look_for_are_counted():
    known = known_of(["1", "12345", "abc", "abcd", "123456"], KEY)
    assert (known.n_short, len(known.digests)) == (3, 2)


def test_the_columns_of_known_values_are_found_or_named(tmp_path, monkeypatch):
    (tmp_path / "k").mkdir()
    (tmp_path / "p").mkdir()
    monkeypatch.chdir(tmp_path / "p")
    ips.make_key(tmp_path / "k" / "a.key")
    frame = PERSONS.assign(cpr="070761-4285", kommune="Aarhus", løn=[123456 + k for k in range(12)])
    known = ips.known_values(frame, key=tmp_path / "k" / "a.key")
    assert len(list(known.spans("0707614285, Aarhus, 123456"))) == 1
    named = ips.known_values(frame, key=tmp_path / "k" / "a.key", columns=["løn"])
    assert len(list(named.spans("0707614285, Aarhus, 123456"))) == 1
    assert "070761" not in repr(known)
    from ipseval.core.errors import DisclosureError

    with pytest.raises(DisclosureError, match="no column looks like"):
        ips.known_values(frame[["who5"]], key=tmp_path / "k" / "a.key")
    with pytest.raises(DisclosureError, match="did you mean"):
        ips.known_values(frame, key=tmp_path / "k" / "a.key", columns=["kommun"])


@pytest.mark.parametrize("text", ["(070761 4285)", "070761 4285", "x = '070761 4285'", "tlf 22 33 44 55"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_number_in_groups_is_found_in_a_last_line_without_an_end(tmp_path, text, end):
    for name in ("a.txt", "a.log", "a.html"):
        (tmp_path / name).write_text(text + end)
        assert len(ips.scan(tmp_path / name).findings) == 1


def test_prose_about_persons_is_no_table(tmp_path):
    text = "Every person id of the file\nis compared with the one\nthat stands in the other\nfile of the same study\nand told by its row\n"
    (tmp_path / "a.md").write_text(text * 3)
    assert ips.scan(tmp_path).clean


def test_a_wide_frame_that_is_printed_in_blocks_is_read_by_its_columns(tmp_path):
    wide = {f"long_name_of_column_{k}": 0.5 for k in range(6)}
    named = NAMED.assign(**wide).loc[[0, 1, 2, 0, 1]]
    (tmp_path / "a.log").write_text(named.to_string(line_width=80), encoding="utf-8")
    assert [f.rule for f in ips.scan(tmp_path / "a.log").findings] == ["rows_of_persons"]
    scales = pd.DataFrame({"id": ["burden", "gad7", "k10", "who5"], "title": "x"}).assign(**wide)
    (tmp_path / "a.log").write_text(scales.to_string(line_width=80), encoding="utf-8")
    assert ips.scan(tmp_path / "a.log").findings == ()


def test_labels_with_numbers_are_no_key(tmp_path):
    frame = pd.DataFrame({"id": [f"group {k}" for k in range(9)], "n": range(9)})
    (tmp_path / "a.log").write_text(frame.to_string(index=False))
    (tmp_path / "b.log").write_text(repr(frame))
    assert ips.scan(tmp_path, profile=None).findings == ()
