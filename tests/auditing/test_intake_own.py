"""A report in our own forms, as text: each kind of row is drafted with its n, and a wrong percent is found."""

import re

import pytest

from ipseval.auditing.audit import audit
from ipseval.auditing.findings import CONTRADICTION
from ipseval.auditing.intake.draft import draft_text

DANISH = """Tabel 1: Svar ved start
[table]
Variabel I alt
Køn (n = 48)
Kvinde 29 (60%)
Mand 18 (38%)
Andet 1 (2%)
Støtte (n = 46)
Hjælp fra mentor 22 (48%)
Hjælp fra læge 27 (59%)

Grundlag: svarede ved start (n = 46–48 efter spørgsmål, af 48)
Anm.: Flere svar var mulige.
Tabel 2: Hvem har svaret
[table]
Besvarede skemaer
Start og slut 30 (61%)
Kun start 18 (37%)
Kun slut 1 (2%)

Grundlag: svarede mindst én gang (n = 49)
Tabel B: De, der svarede, og de øvrige
[table]
Køn ved opstart, som de unge selv har skrevet den i skemaet ved den første samtale n = 40 n = 15 0,094
Mand 19 (48%) 5 (33%) +0,29
Kvinde 21 (53%) 10 (67%) −0,29

Tabel 5: Trivsel i grupper
[table]
Variabel Før Efter Estimat 95% KI p n
0-35: stor risiko 15 (50%) 9 (30%) −20 [−37; −6] 0,014 30
36-100: ikke i risiko 15 (50%) 21 (70%) +20 [6; 37] 0,014 30

Tabel 4: Udvikling
[table]
Mål Gennemsnit Gennemsnit Estimat 95% KI p n
WHO-5 (0-100) 39,40 46,93 +7,53 [2,93; 12,13] 0,002 30

Tabel 6: Hvem er i job, odds ratio
[table]
Variabel Odds ratio 95% konfidensinterval p n Hændelser
FGU 1,00† [0,10; 9,61] >0,999 3 2
Anden uddannelse 0,07*† [<0,01; 0,86] 0,036 4 1
"""
ENGLISH = DANISH.replace("Tabel", "Table").replace("Grundlag", "Base").replace(" af ", " of ")
ENGLISH = ENGLISH.replace("Flere svar var mulige", "Several answers were possible")
ROWS = [line for line in DANISH.split("\n") if re.search(r"\d \(\d+%\)", line)]


def settled(text, lang="da"):
    content = {
        section: [{k: v for k, v in entry.items() if k != "doubt"} for entry in entries]
        for section, entries in draft_text(text, lang).content.items()
        if isinstance(entries, list)
    }
    return {"report": {"weights": "none"}, **content}


@pytest.mark.parametrize(("text", "lang"), [(DANISH, "da"), (ENGLISH, "en")])
def test_every_kind_of_table_is_drafted_with_its_n(text, lang):
    content = settled(text, lang)
    sizes = {entry["id"]: entry["n"] for entry in content["distributions"]}
    assert sizes == {
        "table_1_1": 48, "table_1_2": 46, "table_2": 49, "table_B_1": 40, "table_B_2": 15, "table_5_1": 30,
        "table_5_2": 30,
    }  # fmt: skip
    one_question = {entry["id"]: entry["exclusive"] for entry in content["distributions"]}
    assert not one_question["table_1_2"]
    assert [(m["value"], m["n"]) for m in content["means"]] == [("39,40", 30), ("46,93", 30)]
    assert [(r["value"], r["low"]) for r in content["ratios"]] == [("1,00", "0,10"), ("0,07", "0,00")]
    assert audit(content).holds


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("step", [-7, 4])
def test_a_wrong_percent_is_found_wherever_it_stands(row, step):
    for share in re.finditer(r"\((\d+)%\)", row):
        wrong = int(share[1]) + step
        if wrong < 0:
            continue
        changed = row[: share.start(1)] + str(wrong) + row[share.end(1) :]
        assert audit(settled(DANISH.replace(row, changed))).count(CONTRADICTION)


def test_what_was_not_looked_at_is_said():
    draft = draft_text(DANISH, "da")
    found = audit({"report": {}, **draft.content, "numbers": [n.__dict__ for n in draft.numbers]})
    left = [n for n in draft.numbers if n.ignored]
    assert (found.numbers, found.ignored) == (len(draft.numbers), len(left))
    # The change, its interval, p and n are read of no row.
    assert {"7.53", "12.13"} <= {n.value for n in left}
    assert f"{found.ignored} of the report's {found.numbers} numbers" in found.to_text("en")
    assert f"{found.ignored} af rapportens {found.numbers} tal" in found.to_html("da")


def test_the_words_of_a_figure_have_their_n_in_the_sentence():
    text = "Tabel 1: Andet (n = 90)\nFigur. Støtte (n=38): I høj grad 21% (8), Slet ikke 79% (30). Andre: 12% (3).\n"
    shares = draft_text(text, "da").content["shares"]
    assert [(s["count"], s["percent"], s["n"]) for s in shares[:2]] == [("8", "21", "38"), ("30", "79", "38")]
    assert "doubt" in shares[2]


def test_a_mean_may_say_that_an_interval_stands_beside_it():
    mean = {"id": "a", "value": "39.40", "n": 30, "series": "s", "interval": True}
    assert audit({"report": {}, "means": [mean, {**mean, "id": "b", "value": "46.93"}]}).holds
