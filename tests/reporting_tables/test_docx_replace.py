from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

import ipseval as ips
from ipseval.core.errors import ReportError
from ipseval.reporting.docx_xml import text_of

from .conftest import BANNER, LABELS

REPORT = Path(__file__).parent / "files" / "libreoffice_report.docx"
KEYS = ("Tabel 1", "Tabel 2: De unges baggrund", "Status ved opstart", "bilag_tabel")


@pytest.fixture
def new(background, education, odds):
    """Four tables, one for each key, all with the banner."""
    shown = [
        ips.table(education, labels=LABELS, banner=BANNER, id="one"),
        ips.table(background, labels=LABELS, banner=BANNER, id="two"),
        ips.table(odds, layout="odds_full", labels=LABELS, banner=BANNER, id="three"),
        ips.table(odds, layout="odds", labels=LABELS, banner=BANNER, id="four"),
    ]
    return dict(zip(KEYS, shown, strict=True))


def body_text(path):
    return [text_of(p) for p in docx.Document(str(path)).element.body.iter(qn("w:p"))]


def test_four_tables_of_a_report_saved_by_libreoffice_are_replaced(new, tmp_path):
    out = tmp_path / "out.docx"
    ips.replace_tables(REPORT, new, out)
    tables = docx.Document(str(out)).tables
    assert [row.cells[1].text for row in tables[0].rows] == ["I alt", "4 (8%)", "45 (92%)", "0 (0%)"]
    assert [cell.text for cell in tables[1].rows[2].cells] == ["Mand", "24 (44%)"]
    assert [row.cells[0].text for row in tables[2].rows[:3]] == [
        "TABEL 3: STATUS VED OPSTART",
        "Variabel",
        "Alder",
    ]
    assert [cell.text for cell in tables[3].rows[1].cells] == ["Alder", "n.s.", "[0,78; 1,18]", "34"]
    text = "\n".join(body_text(out))
    for stale in ("9 (99%)", "8 (88%)", "77", "gammel"):
        assert stale not in text
    assert text.count(BANNER) == 4
    assert all(note.text in text for table in new.values() for note in table.notes)


def test_the_words_of_the_report_stay(new, tmp_path):
    out = tmp_path / "out.docx"
    ips.replace_tables(REPORT, new, out)
    inside = {id(p) for t in docx.Document(str(REPORT)).tables for p in t._tbl.iter(qn("w:p"))}
    before = docx.Document(str(REPORT)).element.body
    outside = [
        text_of(p) for p in before.iter(qn("w:p")) if not any(a.tag == qn("w:tbl") for a in p.iterancestors())
    ]
    assert inside
    left = iter(body_text(out))
    assert all(text in left for text in outside), "every paragraph is still there, in its order"


def test_style_width_and_look_are_those_of_the_old_table(new, tmp_path):
    out = tmp_path / "out.docx"
    ips.replace_tables(REPORT, new, out)
    old, fresh = (docx.Document(str(p)).tables for p in (REPORT, out))
    for one, other in zip(old, fresh, strict=True):
        assert one.style.name == other.style.name == "Table Grid"
        widths = [sum(int(g.get(qn("w:w"))) for g in t._tbl.tblGrid) for t in (one, other)]
        assert widths[0] == widths[1]
    fills = [c.get(qn("w:fill")) for c in fresh[0].rows[0]._tr.iter(qn("w:shd"))]
    assert fills == ["C6D9F1", "C6D9F1"]
    assert not list(fresh[0].rows[1]._tr.iter(qn("w:shd")))
    number = fresh[0].rows[1].cells[1].paragraphs[0]
    assert number.alignment is not None
    assert number.alignment.name == "RIGHT"
    assert fresh[0].rows[0].cells[0].paragraphs[0].runs[0].bold
    assert {
        e.get(qn("w:val"))
        for e in fresh[0]._tbl.iter(qn("w:lang"))
        if e.getparent().getparent().tag == qn("w:r")
    } == {"da-DK"}
    assert not list(fresh[1]._tbl.iter(qn("w:vMerge")))


def test_a_second_replacement_renews_and_piles_nothing_up(new, tmp_path):
    once, twice = tmp_path / "once.docx", tmp_path / "twice.docx"
    ips.replace_tables(REPORT, new, once)
    ips.replace_tables(once, new, twice)
    assert body_text(once) == body_text(twice)
    ips.replace_tables(once, new, once)
    assert once.read_bytes() == twice.read_bytes()


def test_our_own_documents_can_be_renewed_by_the_id_of_a_table(new, tmp_path):
    path = tmp_path / "a.docx"
    new["Tabel 1"].to_docx(path)
    ips.replace_tables(path, {"one": new["Tabel 2: De unges baggrund"]}, path)
    document = docx.Document(str(path))
    assert document.tables[0].rows[2].cells[1].text == "24 (44%)"
    assert "\n".join(body_text(path)).count(BANNER) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("Tabel 9", "there are 'Tabel 1: Forløbenes varighed"),
        ("bilag_tabl", "did you mean 'bilag_tabel'"),
        ("De unges bagrund", "no bookmark or caption"),
        ("Tabel", "fits 3 captions"),
    ],
)
def test_what_is_not_there_or_not_clear_is_refused_and_nothing_written(new, key, said, tmp_path):
    with pytest.raises(ReportError, match=said) as refused:
        ips.replace_tables(REPORT, {**new, key: new["Tabel 1"]}, tmp_path / "out.docx")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_two_keys_for_one_table_are_refused(new, tmp_path):
    table = new["Tabel 1"]
    with pytest.raises(ReportError, match="name the same table"):
        ips.replace_tables(REPORT, {"Tabel 1": table, "Forløbenes varighed": table}, tmp_path / "o.docx")


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half a file", b"plain text"])
def test_what_is_no_word_document_is_refused(content, new, tmp_path):
    path = tmp_path / "a.docx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReportError, match=r"a\.docx is not"):
        ips.replace_tables(path, {"Tabel 1": new["Tabel 1"]}, tmp_path / "o.docx")


def small(*blocks):
    """A document of these blocks: text for a paragraph, a list for a table of one column."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(rows=len(block), cols=2)
        for row, text in zip(table.rows, block, strict=True):
            row.cells[0].text = text
    return document


def replaced(document, key, table, tmp_path):
    document.save(str(tmp_path / "in.docx"))
    ips.replace_tables(tmp_path / "in.docx", {key: table}, tmp_path / "out.docx")
    return [t.rows[1].cells[0].text for t in docx.Document(str(tmp_path / "out.docx")).tables]


def test_captions_below_their_tables_are_understood_from_the_habit_of_the_document(new, tmp_path):
    document = small(["h", "a"], "Tabel 1: A", ["h", "b"], "Tabel 2: B")
    assert replaced(document, "Tabel 1", new["Tabel 1"], tmp_path) == ["1", "b"]


def test_captions_above_that_follow_a_table_are_understood_too(new, tmp_path):
    document = small("Tabel 1: A", ["h", "a"], "Tabel 2: B", ["h", "b"])
    assert replaced(document, "Tabel 2", new["Tabel 1"], tmp_path) == ["a", "1"]


def test_a_caption_between_two_tables_without_a_habit_is_refused(new, tmp_path):
    document = small(["h", "a"], "Tabel 1: A", ["h", "b"])
    with pytest.raises(ReportError, match="between two tables"):
        replaced(document, "Tabel 1", new["Tabel 1"], tmp_path)


def test_a_caption_far_from_any_table_is_refused(new, tmp_path):
    document = small("Tabel 1: A", "Tekst imellem.", "Mere.", ["h", "a"])
    with pytest.raises(ReportError, match="no table beside it"):
        replaced(document, "Tabel 1", new["Tabel 1"], tmp_path)


def test_a_list_of_tables_in_front_is_no_caption(new, tmp_path):
    document = small(
        "Tabel 1: A\t4", "Tabel 2: B\t5", "Tekst.", "Tabel 1: A", ["h", "a"], "x", "Tabel 2: B", ["h", "b"]
    )
    assert replaced(document, "Tabel 2", new["Tabel 1"], tmp_path) == ["a", "1"]


def test_a_plain_line_above_a_table_will_do_where_no_caption_fits(new, tmp_path):
    document = small("Status", ["h", "a"], "Køn", ["h", "b"])
    assert replaced(document, "køn", new["Tabel 1"], tmp_path) == ["a", "1"]


def test_tabel_1_is_not_tabel_10(new, tmp_path):
    document = small("Tabel 10: A", ["h", "a"], "x", "Tabel 1: B", ["h", "b"])
    assert replaced(document, "Tabel 1", new["Tabel 1"], tmp_path) == ["a", "1"]


def test_deleted_words_of_a_tracked_change_are_not_read(new, tmp_path):
    document = small("Tabel 1", ["h", "a"])
    run = document.paragraphs[0].runs[0]._r
    gone = parse_xml(
        f'<w:del {nsdecls("w")} w:id="5" w:author="x"><w:r><w:delText>7</w:delText><w:t>7</w:t></w:r></w:del>'
    )
    run.addnext(gone)
    assert replaced(document, "Tabel 1", new["Tabel 1"], tmp_path) == ["1"]


def test_an_exact_row_height_would_cut_words_off(new, tmp_path):
    from docx.enum.table import WD_ROW_HEIGHT_RULE
    from docx.shared import Cm

    document = small("Tabel 1", ["h", "a"])
    for row in document.tables[0].rows:
        row.height, row.height_rule = Cm(0.5), WD_ROW_HEIGHT_RULE.EXACTLY
    replaced(document, "Tabel 1", new["Tabel 1"], tmp_path)
    rows = docx.Document(str(tmp_path / "out.docx")).tables[0].rows
    assert {row.height_rule for row in rows} == {WD_ROW_HEIGHT_RULE.AT_LEAST}


def test_a_table_in_a_text_box_leaves_no_copy_with_the_old_numbers(new, tmp_path):
    document = small("Tekst.")
    table = (
        "<w:p><w:r><w:t>Tabel 1: A</w:t></w:r></w:p><w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w='3000'/>"
        "<w:gridCol w:w='3000'/></w:tblGrid><w:tr><w:tc><w:tcPr/><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr><w:tr><w:tc><w:p><w:r>"
        "<w:t>gammel</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p/>"
    )
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = parse_xml(
        f"<w:r {nsdecls('w')} {mc}><mc:AlternateContent><mc:Choice Requires='wps'><w:txbxContent>{table}</w:txbxContent>"
        f"</mc:Choice><mc:Fallback><w:pict><w:txbxContent>{table}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    document.paragraphs[0]._p.append(box)
    document.save(str(tmp_path / "in.docx"))
    ips.replace_tables(tmp_path / "in.docx", {"Tabel 1": new["Tabel 1"]}, tmp_path / "out.docx")
    text = "\n".join(body_text(tmp_path / "out.docx"))
    assert "gammel" not in text
    assert "4 (8%)" in text
