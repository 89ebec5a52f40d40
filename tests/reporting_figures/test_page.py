import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from ipseval.core.errors import ReportError
from ipseval.reporting.figures import figure_of
from ipseval.reporting.page import Html, Page, Section, content_policy, page_html, write_page
from ipseval.reporting.page_style import PAGE_CSS
from ipseval.reporting.tables import table
from reporting_figures.invented import BANNER, LABELS, count_result, likert_result

VOID = {"meta", "img", "br", "link", "input", "hr", "col"}


class Reader(HTMLParser):
    """Collects tags and refuses markup that does not nest."""

    def __init__(self):
        super().__init__()
        self.open, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def close(self):
        super().close()
        assert not self.open, f"never closed: {self.open}"


@dataclass(frozen=True)
class Stub:
    id: str

    def to_html(self):
        return f'<p id="{self.id}">x</p>'


def sections():
    shown = table(likert_result(), lang="da", layout="likert", labels=LABELS, banner=BANNER, id="tabel_1")
    drawn = figure_of(
        count_result(), "count_bars", id="figur_1", labels=LABELS, banner=BANNER, label="Figur 1"
    )
    return [
        Section(2, "Første & <del>", ("Tekst med <tegn> & mere.", shown)),
        Section(3, "Under", (drawn,)),
        Section(4, "Dybt"),
        Section(2, "Første & <del>", (Html("<p><em>Egen</em> opmærkning.</p>"),)),
    ]


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.fixture(scope="module")
def html():
    page = Page("Titel & mere", "da", tuple(sections()), BANNER, "start.sav (3f2a)")
    return page_html(page)


def test_the_markup_nests_and_the_headings_are_in_order(html):
    tags = read(html).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels == [1, 2, 3, 4, 2]
    assert dict(tags)["html"] == {"lang": "da"}
    assert [t for t, _ in tags if t in ("header", "nav", "main", "footer")] == [
        "header",
        "nav",
        "main",
        "footer",
    ]


def test_the_contents_lead_to_every_heading_once(html):
    tags = read(html).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"][1:] for tag, attrs in tags if tag == "a"]
    assert set(links) <= set(ids)
    assert links == ["content", "s-1", "s-1-1", "s-1-1-1", "s-2"]


def test_nothing_is_asked_from_outside_and_nothing_runs(html):
    tags = read(html).tags
    assert not {t for t, _ in tags} & {"script", "link", "iframe", "object", "embed", "base", "form"}
    assert not [a for _, a in tags if any(name.startswith("on") or name == "style" for name in a)]
    addresses = [a[name] for _, a in tags for name in ("src", "href") if name in a]
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert "url(" not in PAGE_CSS
    assert "@import" not in PAGE_CSS


def test_the_policy_allows_this_style_sheet_and_no_other(html):
    policy = dict(t for t in read(html).tags if t[0] == "meta" and "http-equiv" in t[1])["meta"]["content"]
    assert policy == content_policy(PAGE_CSS)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert content_policy(PAGE_CSS + " ") != policy
    assert f"<style>{PAGE_CSS}</style>" in html


def test_text_is_escaped_and_own_markup_is_not(html):
    assert "<p>Tekst med &lt;tegn&gt; &amp; mere.</p>" in html
    assert "<p><em>Egen</em> opmærkning.</p>" in html
    assert "<title>Titel &amp; mere</title>" in html
    assert "Første &amp; &lt;del&gt;</h2>" in html


def test_the_banner_stands_on_top_at_the_end_and_at_every_table_and_figure(html):
    assert html.index(BANNER) < html.index("<h1>")
    body = html[html.index("<body>") :]
    assert body.count(BANNER) >= 4
    for kind in ("caption", "figcaption"):
        assert BANNER in re.search(rf"<{kind}\b.*?</{kind}>", html, re.DOTALL).group(0)


def test_what_scrolls_can_be_reached_from_the_keyboard(html):
    boxes = [a for tag, a in read(html).tags if tag == "div" and a.get("class") == "scroll"]
    assert len(boxes) == 1
    assert boxes[0]["tabindex"] == "0"
    assert boxes[0]["aria-label"].startswith("Tabel, kan rulles vandret: ")


def test_the_page_is_the_same_every_time_and_has_no_clock(html):
    again = page_html(Page("Titel & mere", "da", tuple(sections()), BANNER, "start.sav (3f2a)"))
    assert again == html
    assert not re.search(r"20\d\d-\d\d-\d\d", html)


def test_english_words_and_an_empty_page():
    html = page_html(Page("Title", "en", (Section(2, "Part"),)))
    assert "Contents" in html
    assert "Skip to the content" in html
    assert "banner" not in html[html.index("<body>") :]
    empty = page_html(Page("Title", "en", ()))
    assert "<nav" not in empty
    read(empty)


def test_write_page_takes_plain_sections_and_replaces_the_file_whole(tmp_path):
    path = tmp_path / "deep" / "report.html"
    for heading in ("Et", "To"):
        write_page(path, title="T", lang="da", sections=[(2, heading, ["a", Stub("x")])], banner=BANNER)
    text = path.read_text(encoding="utf-8")
    assert ">To</h2>" in text
    assert ">Et</h2>" not in text
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize("levels", [(3,), (1,), (2, 4), (2, 3, 5), (7,)])
def test_headings_out_of_order_are_refused(levels):
    with pytest.raises(ReportError, match="one level deeper at a time"):
        Page("T", "da", tuple(Section(level, "H") for level in levels))


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(ReportError, match="more than once on the page"):
        Page("T", "da", (Section(2, "H", (Stub("x"), Stub("x"))),))


def test_an_unknown_language_is_refused():
    with pytest.raises(ReportError, match="lang="):
        Page("T", "sv", ())
