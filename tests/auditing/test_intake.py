"""The text reader: what it finds in small texts made here, in both languages and three file forms."""

import pytest
import yaml
from docx import Document

from ipseval.auditing.audit import audit
from ipseval.auditing.command import audit_text
from ipseval.auditing.intake.draft import draft_published
from ipseval.auditing.intake.tokens import tokens
from ipseval.core.errors import AuditError

DANISH = """Evaluering af Havnen

3.1 Deltagere
I alt har 31 unge deltaget, og 78 % (14 ud af 18) svarede igen. To ud af tre er kvinder,
og hver femte er under 20 år. I maj 2024 blev der talt med fire. Scoren steg fra 7,85 til
8,03, og 57,5
% var over grænsen (p = 0,053). Mødet den 7. juni 2023 varede 2 timer.

TABEL 1: VARIGHED (N: 18)
Varighed Total
Under 2 måneder 2 (11%)
Over 2 måneder 16(89%)

TABEL 2: MOTIVATION (N:18)
Jeg vil gerne 61% 28% 11% 0%

TABEL 3: MODEL, ODDS RATIO
Køn n.s. [0.18; 3.27]
Mestring** 2.24 [1.28; 4.73]

t(28) = 2,20; p = 0,04
"""
ENGLISH = """Two out of three stayed; 61 % (11 of 18) answered. A quarter left, one in five moved.
The score rose from 3.10 to 3.22, t(17) = 2.20, p = .042. Of 1,200 letters, 14 % came back.

Table 1: Length (N = 18)
Short 2 (11%)
Long 16 (89%)
"""


def write(tmp_path, text, name="report.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def values(draft):
    return {(n.value, n.line) for n in draft.numbers}


def test_danish(tmp_path):
    draft = draft_published(write(tmp_path, DANISH))
    expected = {
        ("31", 4),
        ("78", 4),
        ("14", 4),
        ("18", 4),
        ("66.67", 4),
        ("20.00", 5),
        ("20", 5),
        ("2024-05", 5),
        ("4", 5),
        ("7.85", 5),
        ("8.03", 6),
        ("57.5", 6),
        ("0.053", 7),
        ("2023-06-07", 7),
        ("2", 7),
        ("18", 9),
        ("2", 11),
        ("11", 11),
        ("16", 12),
        ("89", 12),
        ("61", 15),
        ("0.18", 18),
        ("4.73", 19),
        ("28", 21),
        ("2.20", 21),
        ("0.04", 21),
    }
    assert expected <= values(draft)
    shares = {(s.get("percent"), s.get("count"), s.get("n")) for s in draft.content["shares"]}
    assert {("78", "14", "18"), ("57.5", None, "18")} <= shares
    tables = {d["id"]: d for d in draft.content["distributions"]}
    assert [c["count"] for c in tables["table_1"]["cells"]] == [2, 16]
    assert tables["table_1"]["n"] == 18
    assert [c["percent"] for c in tables["table_2_1"]["cells"]] == ["61", "28", "11", "0"]
    assert [r.get("value") for r in draft.content["ratios"]] == [None, "2.24"]
    assert draft.content["tests"][0] | {"what": ""} == {
        "id": draft.content["tests"][0]["id"],
        "what": "",
        "lines": [21],
        "kind": "t",
        "df": "28",
        "value": "2.20",
        "p_sign": "=",
        "p": "0.04",
    }


def test_english(tmp_path):
    draft = draft_published(write(tmp_path, ENGLISH), lang="en")
    expected = {
        ("66.67", 1),
        ("61", 1),
        ("25.00", 1),
        ("20.00", 1),
        ("3.10", 2),
        ("3.22", 2),
        ("0.042", 2),
        ("1200", 2),
    }
    assert expected <= {(n.value if n.value != ".042" else "0.042", n.line) for n in draft.numbers} | {
        (t["p"], 2) for t in draft.content["tests"]
    }


@pytest.mark.parametrize(("text", "lang"), [(DANISH, "da"), (ENGLISH, "en")])
def test_every_number_is_accounted_for_and_the_draft_can_be_audited(tmp_path, text, lang):
    draft = draft_published(write(tmp_path, text), lang=lang)
    assert all(bool(n.used) != bool(n.ignored) for n in draft.numbers)
    digits = sum(c.isdigit() for c in text)
    covered = {i for t in tokens(text, lang) for i in range(t.start, t.end) if text[i].isdigit()}
    assert len(covered) == digits
    path = tmp_path / "draft.yaml"
    path.write_text(draft.to_yaml(), encoding="utf-8")
    found = audit(path)
    assert found.count("contradiction") == 0
    assert sum(found.checked.values()) >= 5


def test_proposed_bases_stay_doubts(tmp_path):
    text = "TABEL 1: X (N: 28)\nA 14 (50%)\nB 14 (50%)\n\nHele 51 % var glade for det, og det var mange.\n"
    draft = draft_published(write(tmp_path, text))
    path = tmp_path / "draft.yaml"
    path.write_text(draft.to_yaml(), encoding="utf-8")
    assert [(f.level, f.code) for f in audit(path).findings if f.rule == "share"] == [
        ("source", "audit_share_alone")
    ]


def test_a_draft_that_nobody_checked_makes_no_accusation(tmp_path):
    rows = "Mand 9 (50%)\nKvinde 9 (50%)\nJa 12 (67%)\nNej 6 (33%)\n"
    text = f"TABEL 1: BAGGRUND (N: 18)\n{rows}\nTABEL 2: SCORER (N: 18)\nTrivsel 7,85 [7,19; 8,51]\n"
    draft = draft_published(write(tmp_path, text))
    assert draft.content["distributions"][0]["exclusive"] is False
    assert "ratios" not in draft.content
    found = audit(draft.content)
    assert found.count("contradiction") + found.count("method") == 0


def test_digits_inside_words_are_told_apart(tmp_path):
    draft = draft_published(write(tmp_path, "De er 22 8r og har m3neder p8 12 hold.\n"))
    told = {n.value: n.ignored for n in draft.numbers}
    assert told["8"] == told["3"] == "a digit inside a word (misread letter)"
    assert told["12"] == "a plain number: no share, mean or test"


def test_word_and_web_pages(tmp_path):
    document = Document()
    document.add_paragraph("I alt 78 % (14 ud af 18) svarede.")
    document.add_paragraph("TABEL 1: VARIGHED (N: 18)")
    table = document.add_table(rows=2, cols=2)
    for row, (label, cell) in zip(table.rows, [("Kort", "2 (11%)"), ("Lang", "16 (89%)")], strict=True):
        row.cells[0].text, row.cells[1].text = label, cell
    document.save(tmp_path / "r.docx")
    page = (
        "<html><head><style>p{margin:3px}</style></head><body><p>I alt 78&nbsp;% (14 ud af 18) svarede.</p>"
        "<p>TABEL 1: VARIGHED (N: 18)</p><table><tr><td>Kort</td><td>2 (11%)</td></tr>"
        "<tr><td>Lang</td><td>16 (89%)</td></tr></table></body></html>"
    )
    for path in (tmp_path / "r.docx", write(tmp_path, page, "r.html")):
        draft = draft_published(path)
        assert [c["count"] for c in draft.content["distributions"][0]["cells"]] == [2, 16]
        assert draft.content["shares"][0]["count"] == "14"
        assert "3" not in {n.value for n in draft.numbers}


@pytest.mark.parametrize(("name", "told"), [("r.pdf", "only .txt"), ("r.docx", "cannot be opened as a Word")])
def test_files_that_cannot_be_read(tmp_path, name, told):
    with pytest.raises(AuditError, match=told):
        draft_published(write(tmp_path, "x", name))
    with pytest.raises(AuditError, match="choose 'da' or 'en'"):
        draft_published(write(tmp_path, "x"), lang="sv")


def test_the_command(tmp_path):
    text, holds = audit_text([write(tmp_path, DANISH)])
    assert holds
    assert yaml.safe_load(text)["format"] == "ipseval-published 1"
    numbers = write(
        tmp_path, "report: {weights: none}\nshares:\n  - {id: a, percent: 51, count: 14, n: 28}\n", "n.yaml"
    )
    for form in ("text", "md", "html"):
        text, holds = audit_text([numbers], lang="en", form=form)
        assert not holds
        assert "14 of 28" in text
    with pytest.raises(AuditError, match="form="):
        audit_text([numbers], form="pdf")
    with pytest.raises(AuditError, match="name a file"):
        audit_text([])


STRANGER = """Evaluering af Ny Vej

Af de 40 unge var 26 kvinder (65,0 %). Hver femte (8 ud af 40) havde ingen uddannelse.
Mestring steg fra 3,12 (SD 0,85) til 3,45 (n = 40).
Odds ratio for job var 2,24 [95% CI 1,28; 4,73], p = 0,012.
Knap en tredjedel (31 %) af de 48 unge boede alene.

Tabel 1. Tilfredshed (n = 40)
Svar\tAntal\tProcent
Tilfreds\t28\t70 %
Utilfreds\t12\t30
"""


def test_what_a_first_reader_stumbled_over(tmp_path):
    path = tmp_path / "report.txt"
    path.write_bytes(STRANGER.encode("latin-1"))
    content = draft_published(path).content
    shares = {s["id"]: s for s in content["shares"]}
    found = {(s.get("count"), s.get("percent"), s.get("n"), s.get("said")) for s in shares.values()}
    assert ("26", "65.0", "40", None) in found
    assert ("8", None, "40", "20.00") in found
    assert (None, "31", "48", "33.33") in found
    assert ("40", None, None, None) in found
    (table,) = content["distributions"]
    assert [(c["count"], c["percent"]) for c in table["cells"]] == [(28, "70"), (12, "30")]
    (ratio,) = content["ratios"]
    assert [ratio[k] for k in ("kind", "value", "low", "high", "p")] == [
        "odds",
        "2.24",
        "1.28",
        "4.73",
        "0.012",
    ]
    before, after = content["means"]
    assert (before["value"], before["sd"], after["value"], after["n"]) == ("3.12", "0.85", "3.45", "40")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The odds ratio for work was 2.24 (95% CI 1.28 to 4.73).", "odds"),
        ("HR 0.80 (0.61-0.99), p = .04", "hazard"),
        ("relativ risiko 1,50 [90 % KI 1,10; 2,05]", "risk"),
    ],
)
def test_ratios_in_running_text(tmp_path, text, kind):
    draft = draft_published(write(tmp_path, text), lang="da" if "," in text[:25] else "en")
    (ratio,) = draft.content["ratios"]
    assert ratio["kind"] == kind
    assert "shares" not in draft.content
    assert not [n for n in draft.numbers if n.ignored]


def test_a_p_without_its_nought_is_one_number(tmp_path):
    draft = draft_published(write(tmp_path, "It rose, t(39) = 2.20, p = .034."), lang="en")
    assert [(n.value, bool(n.used)) for n in draft.numbers] == [("39", True), ("2.20", True), ("0.034", True)]


def test_a_draft_says_what_to_do_next(tmp_path):
    path = write(tmp_path, STRANGER)
    assert draft_published(path).to_yaml().startswith("# Et udkast")
    assert "run `ipseval audit`" in draft_published(path, lang="en").to_yaml()


TABLE = "<table>{}<tr><th>Stayed</th><td>2 (11%)</td></tr><tr><th>Left</th><td>16 (89%)</td></tr></table>"


def test_tables_without_a_heading_are_taken_and_named_by_their_place(tmp_path):
    page = TABLE.format("") + TABLE.format("<caption>Table 7: Length (N = 18)</caption>") + TABLE.format("")
    found = draft_published(write(tmp_path, page, "r.html"), lang="en").content["distributions"]
    assert [d["id"] for d in found] == ["untitled_1", "table_7", "untitled_3"]
    assert "table number 1 of the document, which has no heading" in found[0]["what"]
    assert [[c["count"] for c in d["cells"]] for d in found] == [[2, 16]] * 3


def test_a_word_table_is_taken_with_and_without_the_paragraph_above_it(tmp_path):
    document = Document()
    for heading in ("Table 1: Length (N = 18)", ""):
        document.add_paragraph(heading)
        table = document.add_table(rows=2, cols=2)
        for row, texts in zip(table.rows, (("Stayed", "2 (11%)"), ("Left", "16 (89%)")), strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    document.save(tmp_path / "r.docx")
    found = draft_published(tmp_path / "r.docx", lang="en").content["distributions"]
    assert [(d["id"], len(d["cells"])) for d in found] == [("table_1", 2), ("untitled_2", 2)]


OWN = """Tabel 4: Hvem er kommet i job?
Variabel Odds ratio 95% konfidensinterval p n Hændelser
Trivsel 1,03 [0,99; 1,09] 0,179 35 11
Køn (alle niveauer samlet) 0,532 35 11
Køn: Andet 1,00 (reference) 4 4
Køn: Kvinde 1,78 [0,22; 21,87] <0,001 14 6
Metode: logistisk regression, 95 % konfidensinterval ved straffet profil-likelihood.
Trivsel (0-100): kodning 0-5, højst 1 manglende svar; 51 skemaer er scoret, 5 af dem opvejet for manglende svar.

Tabel 5: Alder
Variabel I alt
Mindste 16
Nedre kvartil 17
Median 19
Standardafvigelse 3
Besvaret ved slut n = 52
Ja 12
Nej 7
"""


def test_p_n_and_events_beside_ratios_are_read_by_their_heads_and_statistics_count_nobody(tmp_path):
    content = draft_published(write(tmp_path, OWN)).content
    (model,) = content["models"]
    assert (model["n"], model["events"], model["interval"]) == (35, 11, "penalised")
    assert model["doubt"]
    assert [(r.get("p"), r.get("p_below")) for r in content["ratios"]] == [("0,179", None), (None, "0,001")]
    (counts,) = content["distributions"]
    assert [c["label"] for c in counts["cells"]] == ["Ja", "Nej"]
    assert "shares" not in content, "the level of an interval is no share of people"
    found = audit(write(tmp_path, draft_published(write(tmp_path, OWN)).to_yaml(), "own.yaml"))
    assert "Wald" not in found.to_text("da"), "a penalised profile interval is not in the middle"


def test_own_odds_in_word_are_not_said_to_lack_what_is_printed(tmp_path):
    document = Document()
    document.add_paragraph("Tabel 4: Hvem er kommet i job?")
    rows = [
        ("Variabel", "Odds ratio", "95% konfidensinterval", "p", "n", "Hændelser"),
        ("Trivsel", "1,03", "[0,99; 1,09]", "0,179", "11", "11"),
        ("Alder", "1,15", "[0,90; 1,49]", "<0,001", "35", ""),
    ]
    table = document.add_table(rows=3, cols=6)
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.save(tmp_path / "r.docx")
    draft = draft_published(tmp_path / "r.docx")
    assert [r.get("p") for r in draft.content["ratios"]] == ["0,179", None], "n and events may be alike"
    path = write(tmp_path, draft.to_yaml(), "r.yaml")
    said = audit(path).to_text("da")
    assert "er trykt for de viste" not in said
    assert "Hverken antal personer" not in said
    only_below = draft.to_yaml().replace("p: 0,179", "p_below: 0,001")
    assert "Ingen p-værdi" not in audit(write(tmp_path, only_below, "b.yaml")).to_text("da")
