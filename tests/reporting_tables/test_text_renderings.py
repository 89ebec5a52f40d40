import csv
import io
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.labels import Labels
from ipseval.reporting.display import Cell, Column, Number, Row, Table, TableNote
from ipseval.reporting.formats import COUNT, PERCENT
from ipseval.reporting.write_csv import table_csv

from .conftest import BANNER, LABELS, result, share

NASTY = [
    "<b>&",
    'a | b "c"',
    "100% _x_ #1 $y ^z ~ \\w {v}",
    "two\nlines",
    "=SUM(A1)",
    "+1",
    "-1",
    "@x",
    "[2] *",
]


def nasty_table(lang="da"):
    rows = [share("q", str(i), i, 40) for i in range(len(NASTY))]
    labels = Labels({"q": {"da": "Q<&|_%"}}, {"q": {str(i): {"da": text} for i, text in enumerate(NASTY)}})
    return ips.table(
        result(rows),
        labels=labels,
        lang=lang,
        title="T<&|_%",
        label="Tabel 1",
        banner=BANNER,
        notes=["n<&|_%"],
    )


class Reader(HTMLParser):
    """Collects what a browser would: tags with attributes, and the text of each cell."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.cells, self.text = [], [], [], ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self._add("\n")
        else:
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self._add(data)

    def _add(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


def test_html_is_semantic_and_says_every_word_as_it_is():
    html = nasty_table().to_html()
    read = Reader(html)
    tags = [tag for tag, _ in read.tags]
    assert tags.count("caption") == 1
    assert all(attrs["scope"] in ("col", "row") for tag, attrs in read.tags if tag == "th")
    assert {attrs.get("lang") for tag, attrs in read.tags if "lang" in attrs} == {"da"}
    assert [c for c in read.cells if c in NASTY] == NASTY
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    described = next(attrs for tag, attrs in read.tags if tag == "table")["aria-describedby"].split()
    assert set(described) <= set(ids)
    assert "http" not in html
    assert "script" not in tags


def test_html_heads_over_several_columns_and_sections_are_scoped(odds, background):
    grouped = ips.table([odds], layout="odds_full", labels=LABELS)
    assert 'scope="colgroup"' not in grouped.to_html()
    columns = (Column("a", group="G"), Column("b", group="G"), Column("c"))
    rows = (Row("S", section=True), Row("r", (Cell(text="1"), Cell(text="2"), Cell(text="3"))))
    html = Table("t", "x", "en", columns, rows, stub="s").to_html()
    assert '<th scope="colgroup" colspan="2">G</th>' in html
    assert '<th scope="col" rowspan="2">c</th>' in html
    assert '<th scope="rowgroup" colspan="4">S</th>' in html


def test_a_notebook_shows_the_table_with_its_look(background):
    assert ips.table(background)._repr_html_().startswith("<style>")


def test_latex_leaves_no_special_character_raw():
    latex = nasty_table().to_latex()
    body = latex[latex.index("\\toprule") : latex.index("\\bottomrule")]
    plain = re.sub(r"\\[&%$#_{}]", "", body)
    assert "%" not in plain
    assert "#" not in plain
    assert "_" not in plain
    assert plain.count("{") == plain.count("}")
    assert r"\textless{}b\textgreater{}\&" in body
    assert r"\textbackslash{}w \{v\}" in body
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert {re.sub(r"\\&", "", row).count("&") for row in rows} == {1}
    assert "−" not in latex


def test_markdown_keeps_its_columns():
    lines = [line for line in nasty_table().to_markdown().splitlines() if line.startswith("|")]
    assert {re.sub(r"\\\|", "", line).count("|") for line in lines} == {3}
    assert len(lines) == 2 + len(NASTY)


@pytest.mark.parametrize(("lang", "delimiter"), [("da", ";"), ("en", ",")])
def test_csv_holds_numbers_and_runs_no_formula(lang, delimiter):
    rows = list(csv.reader(io.StringIO(table_csv(nasty_table(lang))), delimiter=delimiter))
    assert len({len(row) for row in rows}) == 1
    data = [row for row in rows[1:] if row[0] == ("række" if lang == "da" else "row")]
    assert [row[3] for row in data] == [str(i) for i in range(len(NASTY))]
    shares = [float(row[4].replace(",", ".")) for row in data]
    assert shares == pytest.approx([i / 40 for i in range(len(NASTY))])
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    assert all(row[-1] == BANNER for row in rows[1:])


def test_csv_files_open_in_a_spreadsheet_with_danish_letters(background, tmp_path):
    ips.table(background, labels=LABELS).to_csv(tmp_path / "a.csv")
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "Ældst" in raw.decode("utf-8-sig")


def test_csv_of_printed_odds_has_the_full_numbers(odds):
    rows = list(csv.reader(io.StringIO(table_csv(ips.table(odds, layout="odds", lang="en")))))
    head = {name: place for place, name in enumerate(rows[0])}
    age = next(row for row in rows if "age" in row)
    assert age[head["Odds ratio"]] == "0.97"
    assert age[head["Odds ratio – as shown"]] == "n.s."
    assert age[head["p"]] == "0.61"
    load = next(row for row in rows if "load" in row)
    assert load[head["Stars"]] == "***"
    assert load[head["p"]] == "1e-09"
    assert load[head["95% confidence interval – Upper limit"]] == "∞"


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(st.lists(words, min_size=1, max_size=4), words, st.integers(1, 500), st.data())
def test_no_text_rendering_loses_a_note_or_the_banner(notes, banner, n, data):
    k = data.draw(st.integers(0, n))
    cell = Cell((Number("n", k, COUNT), Number("share", k / n, PERCENT)), "{n} ({share})")
    table = Table(
        "t",
        "x",
        "da",
        (Column("c"),),
        (Row("r", (cell,)),),
        notes=tuple(TableNote("note", x) for x in notes),
        banner=banner,
    )
    html = Reader(table.to_html()).text
    assert banner in html
    assert all(note in html for note in notes)
    read = [cell for row in csv.reader(io.StringIO(table_csv(table)), delimiter=";") for cell in row]
    assert any(banner in cell for cell in read)
    assert all(any(note in cell for cell in read) for note in notes)
    for text in (table.to_markdown(), table.to_latex()):
        assert text.count("Anm.: ") >= len(set(notes))
        assert "Bemærk: " in text


def test_a_table_holds_its_own_shape():
    from ipseval.core.errors import ReportError

    with pytest.raises(ReportError, match="has 0 cells"):
        Table("t", "x", "da", (Column("c"),), (Row("r"),))
    with pytest.raises(ReportError, match="kind="):
        Table("t", "x", "da", (), (), notes=(TableNote("remark", "x"),))
