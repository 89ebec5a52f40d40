"""What a scan says: every line, what to do, who wrote the file, which figures to look at, what was not looked at."""

import docx
import openpyxl
import pytest
from typer.testing import CliRunner

import ipseval as ips
from ipseval.cli import app
from ipseval.core.language import LANGUAGES, words
from ipseval.reporting.scanning.rules import rules
from ipseval.reporting.scanning.scan import BY_NATURE, scan

from support.planted import base64_of, document, notebook, png, shown, workbook


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("lines", "english", "danish"),
    [
        ((3,), "line 3", "linje 3"),
        ((1, 2), "lines 1 and 2", "linje 1 og 2"),
        ((1, 2, 3), "lines 1, 2 and 3", "linje 1, 2 og 3"),
        (range(1, 11), "lines 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10", "linje 1, 2, 3, 4, 5, 6, 7, 8, 9 og 10"),
        (
            range(2, 19),
            "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 7 more",
            "linje 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 og 7 fund mere",
        ),
    ],
)
def test_every_line_is_told_up_to_ten(tmp_path, lines, english, danish):
    text = "".join("tlf 20304050\n" if k in lines else "x\n" for k in range(1, 30))
    (found,) = scan(written(tmp_path, "a.txt", text)).findings
    assert (found.where("en"), found.where("da"), found.count) == (english, danish, len(lines))


def test_two_hits_on_one_line_are_one_line(tmp_path):
    (found,) = scan(written(tmp_path, "a.txt", "tlf 20304050, tlf 30405060\n\ntlf 40506070")).findings
    assert (found.where("en"), found.count) == ("lines 1 and 3", 3)


def test_lines_go_on_over_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("ipseval.reporting.scanning.texts.BLOCK", 500)
    text = "".join("tlf 20304050\n" if k in (3, 900, 2000) else "ingenting her\n" for k in range(1, 2001))
    (found,) = scan(written(tmp_path, "a.log", text)).findings
    assert found.lines == (3, 900, 2000)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_command_says_what_to_do_once_per_rule_and_what_was_not_looked_at(tmp_path, lang):
    written(tmp_path, "a.txt", "tlf 20304050\n/home/bodil/x.py\nmob 20304051\n")
    written(tmp_path, "a.ipynb", notebook(outputs=[shown(text__plain="tlf 20304050")]))
    said = CliRunner().invoke(app, ["scan", str(tmp_path), "--language", lang]).output
    for code in ("scan_do_phone", "scan_do_user_path", "scan_do_at_output", "scan_not_looked_at"):
        assert said.count(words()[code][lang]) == 1, code
    assert words()["scan_do_cpr"][lang] not in said
    assert said.rstrip().endswith(words()["scan_not_looked_at"][lang])


def test_every_rule_has_its_advice():
    found = {rule.id for rule in rules()} | set(BY_NATURE) | {"known_value", "rows_of_persons", "small_count"}
    assert {f"scan_do_{rule}" for rule in found} <= set(words())
    assert {f"scan_rule_{rule}" for rule in found} <= set(words())


def test_a_clean_scan_says_what_was_not_looked_at_and_gives_no_advice(tmp_path):
    path = written(tmp_path, "a.txt", "n = 43")
    ran = CliRunner().invoke(app, ["scan", str(path), "--language", "en"])
    assert ran.exit_code == 0
    assert "Not looked at: small cells" in ran.output
    assert "What to do" not in ran.output
    assert "Not looked at: small cells" in scan(path)._repr_html_()


def _core(**given):
    def fill(made, *_):
        properties = made.core_properties if hasattr(made, "core_properties") else made.properties
        for name, value in given.items():
            setattr(properties, name, value)

    return fill


@pytest.mark.parametrize("make", [document, workbook])
def test_the_author_of_a_document_is_found_and_never_shown(tmp_path, make):
    name = "a.docx" if make is document else "a.xlsx"
    by = "last_modified_by" if make is document else "lastModifiedBy"
    creator = "author" if make is document else "creator"
    for given, n in (({creator: "Bodil Qvist"}, 1), ({creator: "Bodil Qvist", by: "bqv"}, 2)):
        (found,) = scan(written(tmp_path, name, make(_core(**given)))).findings
        assert (found.rule, found.level, found.count) == ("author", "likely", n)
        assert "Qvist" not in found.where("da") + str(found)
    for nobody in ("ipseval", "openpyxl", "python-docx", "Microsoft Office User", ""):
        assert scan(written(tmp_path, name, make(_core(**{creator: nobody})))).findings == ()


def test_the_author_of_a_comment_is_found(tmp_path):
    def in_word(made):
        made.add_comment(made.add_paragraph("x").runs, text="y", author="Bodil Qvist")

    def in_excel(made, sheet):
        sheet["A1"].comment = openpyxl.comments.Comment("y", "Bodil Qvist")

    for name, content in (("a.docx", document(in_word)), ("a.xlsx", workbook(in_excel))):
        assert {f.rule for f in scan(written(tmp_path, name, content)).findings} == {"author"}
    assert docx.Document(tmp_path / "a.docx").comments is not None


def _figure(n, mark):
    marks = "".join(mark.format(x=7 * k % 101, y=11 * k % 97) for k in range(n))
    return f"<svg xmlns='http://www.w3.org/2000/svg'><g>{marks}</g></svg>"


@pytest.mark.parametrize(
    "mark",
    [
        "<circle cx='{x}' cy='{y}' r='2'/>", "<use xlink:href='#m1a2b' x='{x}' y='{y}'/>",
        "<path class='point' transform='translate({x},{y})' d='M1'/>",
    ],
)  # fmt: skip
def test_a_figure_with_many_marks_is_told(tmp_path, mark):
    for name, text in (
        ("a.svg", _figure(43, mark)),
        ("a.html", f"<html>{_figure(3, mark)}{_figure(43, mark)}</html>"),
    ):
        (found,) = scan(written(tmp_path, name, text)).findings
        assert (found.rule, found.level, found.count) == ("many_marks", "possible", 43)
        assert found.where("en") == ("figure 1" if name == "a.svg" else "figure 2")
        assert scan(tmp_path / name).at_least("likely").clean
    assert scan(written(tmp_path, "a.svg", _figure(12, mark))).clean
    page = notebook(outputs=[shown(**{"image__svg+xml": _figure(43, mark)})])
    assert [f.count for f in scan(written(tmp_path, "a.ipynb", page)).findings] == [43]


def test_ticks_letters_and_bars_are_not_marks(tmp_path):
    ticks = "".join(f"<use xlink:href='#m1' x='{k}' y='300'/>" for k in range(40))
    letters = "".join(f"<use xlink:href='#DejaVuSans-{k % 9 + 30}' x='{k}' y='{k}'/>" for k in range(400))
    bars = "".join(f"<rect x='{k}' y='{k}' width='1' height='3'/>" for k in range(40))
    assert scan(written(tmp_path, "a.svg", f"<svg>{ticks}{letters}{bars}</svg>")).clean


def test_a_scatter_drawn_by_matplotlib_is_told_and_a_bar_chart_is_not(tmp_path):
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.scatter(range(43), [k * 7 % 40 for k in range(43)])
    figure.savefig(tmp_path / "a.svg")
    assert [(f.rule, f.count) for f in ips.scan(tmp_path / "a.svg").findings] == [("many_marks", 43)]
    figure = Figure()
    figure.subplots().bar(range(30), range(30))
    figure.savefig(tmp_path / "b.svg")
    assert ips.scan(tmp_path / "b.svg").clean


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("da", "Billeder, som du selv skal se på (2): a.ipynb, celle 1, output 1; b.png."),
        ("en", "Pictures that you must look at yourself (2): a.ipynb, cell 1, output 1; b.png."),
    ],
)
def test_pictures_are_told_with_their_place_and_do_not_make_a_scan_unclean(tmp_path, monkeypatch, lang, said):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "a.ipynb", notebook(outputs=[shown(image__png=base64_of(png()))]))
    written(tmp_path, "b.png", png())
    ran = CliRunner().invoke(app, ["scan", "a.ipynb", "b.png", "--language", lang])
    assert ran.exit_code == 0
    assert ran.output.splitlines()[-1] == said
    assert len(scan(tmp_path).at_least("sure").pictures) == 2
    if lang == "en":
        assert said in scan(["a.ipynb", "b.png"])._repr_html_()


def test_many_pictures_are_counted_and_the_first_ten_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for k in range(12):
        written(tmp_path, f"{k:02}.png", png())
    line = CliRunner().invoke(app, ["scan", *(f"{k:02}.png" for k in range(12)), "--language", "en"]).output
    assert "(12): 00.png; 01.png;" in line
    assert "09.png; 2 more." in line
    assert "10.png" not in line


def test_every_person_of_a_printed_frame_is_counted_where_its_head_does_not_fit(tmp_path):
    rows = "\n".join(f"{k:<3} 0{k + 1}0190-400{k}  Aarhus      F{k}    2{k}" for k in range(5))
    found = scan(written(tmp_path, "a.log", f"       cpr kommune diagnose alder\n{rows}\n"))
    assert [f.count for f in found.findings if f.rule == "rows_of_persons"] == [5]
