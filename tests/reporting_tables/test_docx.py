import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.reporting.display import Cell, Column, Row, Table
from ipseval.reporting.items import Heading, Paragraph, Picture
from ipseval.reporting.write_docx import write_document

from .conftest import BANNER, LABELS
from .test_text_renderings import NASTY, nasty_table

# The smallest PNG there is: one white point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f0001010100a38fb9700000000049454e44ae426082"
)


def all_text(document):
    return "\n".join(
        "".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))
    )


def written(table, tmp_path):
    table.to_docx(tmp_path / "a.docx")
    return docx.Document(str(tmp_path / "a.docx"))


def test_a_real_table_with_repeated_head_and_description(background, tmp_path):
    table = ips.table(
        background, labels=LABELS, label="Tabel 2", title="Baggrund", summary="Køn og alder.", banner=BANNER
    )
    document = written(table, tmp_path)
    found = document.tables[0]
    assert [cell.text for cell in found.rows[0].cells] == ["Variabel", "I alt"]
    assert [cell.text for cell in found.rows[2].cells] == ["Mand", "24 (44%)"]
    assert found.rows[0]._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    properties = found._tbl.tblPr
    assert properties.find(qn("w:tblCaption")).get(qn("w:val")) == "Tabel 2: Baggrund"
    assert properties.find(qn("w:tblDescription")).get(qn("w:val")) == "Køn og alder."
    text = all_text(document)
    assert BANNER in text
    assert all(note.text in text for note in table.notes)


def test_every_adversarial_word_arrives_as_it_is(tmp_path):
    document = written(nasty_table(), tmp_path)
    assert [row.cells[0].text for row in document.tables[0].rows[1:]] == NASTY


def test_captions_number_themselves_and_keep_the_printed_number(background, tmp_path):
    tables = [ips.table(background, label=f"Tabel {n}", title="x", id=f"t{n}") for n in (1, 2, 9)]
    write_document(tables, tmp_path / "a.docx", title="R", lang="da")
    body = docx.Document(str(tmp_path / "a.docx")).element.body
    assert [t.text.strip() for t in body.iter(qn("w:instrText"))] == [
        "SEQ Tabel \\* ARABIC",
        "SEQ Tabel \\* ARABIC",
        "SEQ Tabel \\* ARABIC \\r 9",
    ]
    captions = [p for p in docx.Document(str(tmp_path / "a.docx")).paragraphs if p.style.name == "Caption"]
    assert ["".join(t.text for t in p._p.iter(qn("w:t"))) for p in captions] == [
        "Tabel 1: x",
        "Tabel 2: x",
        "Tabel 9: x",
    ]


@pytest.mark.parametrize(("lang", "locale"), [("da", "da-DK"), ("en", "en-GB")])
def test_the_document_names_its_language(background, lang, locale, tmp_path):
    write_document([ips.table(background, lang=lang)], tmp_path / "a.docx", title="R", lang=lang)
    document = docx.Document(str(tmp_path / "a.docx"))
    assert document.core_properties.language == locale
    assert document.core_properties.title == "R"
    assert {e.get(qn("w:val")) for e in document.styles.element.iter(qn("w:lang"))} == {locale}


def test_pictures_have_alternative_text_and_a_caption_below(tmp_path):
    (tmp_path / "f.png").write_bytes(PNG)
    items = [
        Heading("Et"),
        Paragraph("To <&"),
        Picture(tmp_path / "f.svg", "Udvikling", "En linje & et punkt.", "Figur 1", BANNER),
    ]
    write_document(items, tmp_path / "a.docx", title="R", lang="da", banner=BANNER)
    document = docx.Document(str(tmp_path / "a.docx"))
    picture = next(
        document.element.body.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        )
    )
    assert picture.get("descr") == "En linje & et punkt."
    assert picture.get("name") == "Figur 1"
    assert "Figur 1: Udvikling" in all_text(document)
    assert all_text(document).count(BANNER) == 1
    assert document.sections[0].header.paragraphs[0].text == BANNER


def test_headings_in_order_are_real_headings(tmp_path):
    write_document([Heading("A"), Heading("B", 2), Heading("C")], tmp_path / "a.docx", title="R", lang="en")
    styles = [p.style.name for p in docx.Document(str(tmp_path / "a.docx")).paragraphs]
    assert styles == ["Title", "Heading 1", "Heading 2", "Heading 1"]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([Heading("A"), Heading("B", 3)], "must not skip a level"),
        ([Heading("A", 2)], "must not skip a level"),
        ([Picture("f.png", "c", " ")], "without alternative text"),
        ([Picture("f.png", "c", "a")], "f.png is not there"),
        (["text"], "is a str"),
    ],
)
def test_what_readers_could_not_follow_is_refused_and_nothing_is_written(items, said, tmp_path):
    with pytest.raises(ReportError, match=said):
        write_document(items, tmp_path / "a.docx", title="R", lang="da")
    assert not list(tmp_path.iterdir())


def test_a_table_too_wide_for_the_page_is_turned(tmp_path):
    columns = tuple(Column("konfidensinterval") for _ in range(7))
    wide = Table("t", "x", "da", columns, (Row("r", tuple(Cell(text="1") for _ in columns)),))
    items = [Heading("Et"), wide, wide, Paragraph("efter")]
    write_document(items, tmp_path / "a.docx", title="R", lang="da")
    document = docx.Document(str(tmp_path / "a.docx"))
    assert [s.page_width > s.page_height for s in document.sections] == [False, True, False]
    first = [p.text for p in document.sections[0].iter_inner_content()]
    assert "Et" not in first, "a heading goes with its table"


def test_heads_over_several_columns_are_merged_cells(tmp_path):
    columns = (Column("a", group="G"), Column("b", group="G"), Column("c"))
    table = Table("t", "x", "en", columns, (Row("r", (Cell(text="1"), Cell(text="2"), Cell(text="3"))),))
    rows = written(table, tmp_path).tables[0].rows
    assert [cell.text for cell in rows[0].cells] == ["", "G", "G", ""]
    assert all(row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows[:2])


def test_tables_of_one_id_get_bookmarks_of_their_own(background, tmp_path):
    table = ips.table(background)
    write_document([table, table], tmp_path / "a.docx", title="R", lang="da")
    body = docx.Document(str(tmp_path / "a.docx")).element.body
    names = [b.get(qn("w:name")) for b in body.iter(qn("w:bookmarkStart"))]
    assert len(names) == len(set(names)) == 4
    numbers = [b.get(qn("w:id")) for b in body.iter(qn("w:bookmarkStart"))]
    assert len(numbers) == len(set(numbers))


def test_the_same_document_gives_the_same_bytes(background, tmp_path):
    for name in ("a", "b"):
        write_document([Heading("A"), ips.table(background)], tmp_path / f"{name}.docx", title="R", lang="da")
    assert Path(tmp_path / "a.docx").read_bytes() == Path(tmp_path / "b.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        assert {i.date_time[0] for i in package.infolist()} == {1980}


def test_a_table_joins_a_document_that_is_given(background):
    document = docx.Document()
    ips.table(background, label="Tabel 1", title="x").to_docx(document)
    assert len(document.tables) == 1


def test_a_title_longer_than_a_property_may_be_is_whole_in_the_text(tmp_path):
    title = "Evaluering " * 40
    write_document([Heading("A")], tmp_path / "long.docx", title=title, lang="da", banner=title)
    document = docx.Document(str(tmp_path / "long.docx"))
    assert title.strip() in all_text(document)
    assert len(document.core_properties.title) == 255


def test_a_range_of_numbers_is_never_broken_and_reads_as_it_was_written():
    from docx.oxml.ns import qn

    from ipseval.reporting.docx_xml import new, run, text_of

    paragraph = new("p")
    paragraph.append(run("WHO-5 (0-100), 2024-01-31, a-b, -3"))
    assert text_of(paragraph) == "WHO-5 (0-100), 2024-01-31, a-b, -3"
    assert len(paragraph.findall(f".//{qn('w:noBreakHyphen')}")) == 3
