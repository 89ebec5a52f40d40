"""The report of IPS UNG as a reader holds it: published numbers, banners everywhere, numbers as numbers."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from zipfile import ZipFile

import openpyxl
import pytest

from ipseval.core.resources import load_yaml
from ipseval.study.ledger.ledger import common_rules, ledger
from ipseval.study.plan import PLANS, load_plan
from ipseval.study.report import make_report

from support.contract import assert_result

BANNER = {
    "da": "Opdigtede personer, tilpasset de trykte tal",
    "en": "Invented people, fitted to the printed numbers",
}


@pytest.fixture(scope="session")
def entries(danish):
    published = load_yaml(PLANS / "published" / "ips_ung.yaml")
    return ledger(published, danish.outcome.results, danish.outcome.bases)


def test_codes_without_words_are_warned_of(danish):
    assert danish.outcome.without_words() == []
    name, result = next(iter(danish.outcome.results.items()))
    strange = replace(result, method=replace(result.method, estimand="of_no_words"))
    told = replace(danish.outcome, results={name: strange}).without_words()
    assert told == [
        f"results.{name}: no words for 'of_no_words' in data_schemas/languages; the report shows the code."
    ]


def test_every_result_keeps_the_contract(danish):
    for result in danish.outcome.results.values():
        assert_result(result)
        assert result.source.plan == "ips_ung"


def test_the_bases_are_those_of_the_report(danish):
    bases = danish.outcome.bases
    assert bases["registered"] == 66
    assert bases["baseline_survey"] == 55
    assert bases["followup_survey"] == bases["finished"] == 43
    assert bases["paired"] == 40
    assert (bases["followup_ongoing"], bases["finished_survey"]) == (9, 34)
    assert (bases["placement_survey"], bases["psychiatry_survey"], bases["still_active"]) == (28, 16, 23)


def test_every_difference_has_a_computed_reason(entries):
    differing = [e for e in entries if e.verdict.status == "ledger_differs"]
    assert differing, "the report prints numbers that no whole persons have"
    unexplained = [
        e.printed.id for e in differing if e.verdict.reason in ("", "ledger_unexplained", "ledger_words_miss")
    ]
    assert unexplained == []


def test_every_count_share_and_mean_that_whole_persons_can_give_is_given(entries):
    allowed = {"ledger_no_whole_persons", "ledger_no_whole_persons_but", "ledger_sum_of_rounded", "ledger_own_table",
               "ledger_other_base", "ledger_range"}  # fmt: skip
    for entry in entries:
        if entry.printed.quantity in (
            "count",
            "n",
            "percent",
            "mean",
            "minimum",
            "maximum",
            "segment",
            "asked",
        ):
            assert entry.verdict.status != "ledger_differs" or entry.verdict.reason in allowed, (
                entry.printed.id
            )


def test_what_no_whole_persons_can_give_is_just_this(entries):
    differing = {e.printed.id for e in entries if e.verdict.status == "ledger_differs"}
    assert {i for i in differing if i.endswith("stars")} == {
        "tabel_9.6.stars",
        "tabel_9.7.stars",
        "tabel_9.10.stars",
    }
    assert {i for i in differing if not i.startswith("tabel_9")} == {
        "c176", "tabel_6.1.2", "tabel_6.1.5", "tabel_6.2.3", "figur_1.minimum",
        "c011", "c027", "c047", "c095", "c099", "c100", "c124", "c125",
    }  # fmt: skip


def test_one_rounding_rule_gives_all_the_others_at_once(entries):
    assert common_rules(entries) == {"r4"}


def test_table_9_is_as_near_as_was_aimed_at(entries):
    rows = [e for e in entries if e.printed.id.startswith("tabel_9.") and e.difference is not None]
    bounds = [e for e in rows if e.printed.quantity in ("ci_low", "ci_high")]
    ratios = [e for e in rows if e.printed.quantity == "odds_ratio"]
    assert (len(bounds), len(ratios)) == (20, 2)
    assert all(abs(e.difference) <= 0.05 for e in bounds)
    assert all(abs(e.difference) <= 0.02 for e in ratios)


def test_the_tendency_in_the_text_is_a_wald_p_beside_a_profile_interval(danish):
    wald = danish.outcome.results["odds_wald"].estimates
    profile = danish.outcome.results["odds"].estimates
    assert round(float(wald.loc[wald["term"] == "belastning_slut", "p_value"].iloc[0]), 3) == 0.053
    burden = profile[profile["term"] == "belastning_slut"].iloc[0]
    assert burden["ci_high"] < 1
    assert burden["p_value"] < 0.05


def test_every_published_number_is_in_the_ledger(entries, danish):
    page = (danish.out / "ledger.html").read_text(encoding="utf-8")
    rows = page.count("<tr")
    assert rows >= len(entries)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.headings, self.tables, self.captions, self.images, self.sources, self.lang = [], 0, 0, [], [], ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "html":
            self.lang = values.get("lang", "")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "img":
            self.images.append(values.get("alt"))
        self.sources += [v for k, v in attrs if k in ("src", "href") and v]


@pytest.mark.parametrize("name", ["report.html", "ledger.html"])
def test_pages_stand_alone_and_can_be_read_by_everyone(danish, name):
    text = (danish.out / name).read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.lang == "da"
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert page.tables == page.captions > 0
    assert all(page.images)
    assert all(source.startswith(("#", "data:")) for source in page.sources)
    assert text.count(BANNER["da"]) >= page.tables + len(page.images)


def test_word_holds_tables_captions_and_alternative_texts(danish):
    with ZipFile(danish.out / "report.docx") as archive:
        body = archive.read("word/document.xml").decode()
        everything = "".join(
            archive.read(n).decode("utf-8", "replace") for n in archive.namelist() if n.endswith(".xml")
        )
    assert body.count("<w:tbl>") >= 20
    assert BANNER["da"] in everything
    assert "w:tblHeader" in body
    pictures = re.findall(r"<wp:docPr [^>]*>", body)
    assert len(pictures) == len(danish.outcome.plan.shows) - len([s for s in danish.outcome.plan.shows.values() if s.kind == "table"])  # fmt: skip
    assert all(re.search(r'descr="[^"]{20,}"', picture) for picture in pictures)
    assert 'w:val="da-DK"' in everything


def test_numbers_in_excel_are_numbers(danish):
    book = openpyxl.load_workbook(danish.out / "tables.xlsx")
    counts = [
        c.value
        for sheet in book
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, int | float)
    ]
    assert len(counts) > 1000
    texts = [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert texts == []
    for sheet in book:
        assert any(BANNER["da"] in str(c.value) for row in sheet.iter_rows() for c in row), sheet.title


def test_every_single_table_and_figure_carries_the_banner(danish):
    files = [p for p in danish.out.rglob("*") if p.suffix in (".csv", ".tex", ".md", ".svg")]
    assert len(files) > 60
    assert [p.name for p in files if BANNER["da"] not in p.read_text(encoding="utf-8")] == []


def test_the_english_report_is_english(english):
    text = (english.out / "tables" / "tabel_1.md").read_text(encoding="utf-8")
    assert BANNER["en"] in text
    assert "Length of the programme" in text
    assert "Tabel" not in text


def test_the_english_ledger_has_the_same_numbers_in_english_words(english, danish):
    def rows(folder):
        return [line.split("|") for line in (folder / "tables" / "ledger_all.md").read_text("utf-8").splitlines() if line.startswith("|")]  # fmt: skip

    assert len(rows(english.out)) == len(rows(danish.out)) > 250
    words = {row[1].strip() for row in rows(english.out)}
    danish_letters = [w for w in words if any(c in w for c in "æøåÆØÅ")]
    assert danish_letters == []


def test_no_id_of_a_person_is_in_any_output(danish):
    ids = set(danish.outcome.people.frame.index)
    for path in danish.out.rglob("*"):
        if path.suffix in (".html", ".csv", ".tex", ".md", ".svg"):
            found = set(re.findall(r"\bU\d{3}\b", path.read_text(encoding="utf-8")))
            assert not found & ids, path.name


def test_people_and_surveys_show_their_shape_only(danish):
    assert (
        repr(danish.outcome.people) == f"<People: 66 persons, {danish.outcome.people.frame.shape[1]} columns>"
    )
    for survey in danish.outcome.people.surveys.values():
        assert re.fullmatch(r"<Survey \w+\.sav: \d+ rows, \d+ columns>", repr(survey))


def test_what_was_read_and_its_warnings_stand_in_the_report(danish, english):
    page = (danish.out / "report.html").read_text(encoding="utf-8")
    assert "slut.sav, id: id findes ikke i den anden fil (rækker: 3)." in page
    assert "Læste filer" in page


def test_a_report_leaves_a_release_beside_it_by_the_profile_that_is_asked_for(tmp_path):
    out = tmp_path / "report"
    make_report(load_plan("hjoerring"), out=out, lang="en", only="tables", release="dst-5")
    said = json.loads((out / "release" / "evidence.json").read_text(encoding="utf-8"))
    assert said["profile"] == "dst-5"
    assert (out / "release_checker" / "checker.html").is_file()
    assert "nvented" in (out / "release" / "index.html").read_text(encoding="utf-8")
    assert not [p for p in (out / "release").glob("*.csv") if len(p.read_text().splitlines()) < 2]
