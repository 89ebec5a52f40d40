"""Words under and in tables: questions instead of columns, groups of a score, what a page shows, each thing once."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.instruments import WHO5
from ipseval.study.plan import load_plan
from ipseval.study.report import make_report

PLAN = """plan: x
title: X
inputs:
  start: {file: start.csv, schema: wave.yaml, id: id, suffix: _start}
  end: {file: end.csv, schema: wave.yaml, id: id, suffix: _end}
scores:
  - {instrument: WHO5, input: start, items: &i [w1, w2, w3, w4, w5], coding: "0-5"}
  - {instrument: WHO5, input: end, items: *i, coding: "0-5"}
bases:
  both: {predicate: begge, answered: [start, end]}
results:
  change: {verb: change, base: both, with: {outcomes: {s7: [s7_start, s7_end], Mit mål: [s7_start, s7_end], who5: [who5_start, who5_end]}}}
  bands: {verb: band_change, base: both, with: {outcomes: {who5: [who5_band_start, who5_band_end]}}}
  start: {verb: describe, base: both, with: {columns: [who5_start, who5_band_start]}}
tables:
  t1: {results: change, layout: change, title: T}
  t2: {results: bands, title: T}
  t3: {results: start, layout: counts, title: T}
report: [{heading: H, items: [t1, t2, t3]}]
"""
WAVE = """name: x/wave
wave: wave
primaryKey: id
fields:
  - {name: id, type: string, constraints: {required: true, unique: true}}
  - {name: s7, type: integer, title: {da: "Hvor meget tror du på et job?"}, constraints: {minimum: 0, maximum: 10}}
""" + "".join(
    f"  - {{name: w{k}, type: integer, constraints: {{minimum: 0, maximum: 5}}}}\n" for k in range(1, 6)
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    rng = np.random.default_rng(11)
    (folder / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (folder / "wave.yaml").write_text(WAVE, encoding="utf-8")
    for name, shift in (("start", 0), ("end", 1)):
        frame = pd.DataFrame({"id": [f"P{k:02d}" for k in range(40)], "s7": rng.integers(0, 9, 40) + shift})
        for k in range(1, 6):
            frame[f"w{k}"] = rng.integers(0, 5, 40) + shift
        frame.loc[0, "w2"] = np.nan
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False)
    make_report(load_plan(folder / "plan.yaml"), data=folder, out=folder / "out", lang="da")
    return {
        name: (folder / "out" / "tables" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("t1", "t2", "t3")
    }


def test_an_outcome_called_like_its_columns_is_shown_as_the_question_and_a_name_of_ones_own_stays(pages):
    assert "| Hvor meget tror du på et job? |" in pages["t1"]
    assert "| Mit mål |" in pages["t1"]
    assert "s7" not in pages["t1"]


def test_the_method_under_a_change_table_is_of_what_it_shows(pages):
    for hidden in ("Hodges", "BCa", "Wilcoxon", "fortegnstest"):
        assert hidden not in pages["t1"]
    assert "ikke-central t for d" in pages["t1"]
    assert "Standardiseret" not in pages["t1"].split("\n\n")[1]


def test_a_note_names_its_outcome_once_and_one_on_what_only_the_files_hold_stands_there(tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(0, 1, 45), "b": rng.normal(1, 1, 45)})
    result = ips.change(frame, outcomes={"who5": ("a", "b"), "gad7": ("b", "a")})
    table = ips.table(result, lang="da", layout="change", labels=WHO5.words())
    text = "\n".join(note.text for note in table.notes)
    drawn = [line for line in text.split("\n") if "permutationstesten er beregnet" in line]
    assert drawn
    assert all(line.count("WHO-5") <= 1 for line in drawn)
    # The permutation test stands in the files of numbers only, and so does what is told of it.
    table.to_csv(tmp_path / "t.csv")
    assert "permutationstesten er beregnet" in (tmp_path / "t.csv").read_text(encoding="utf-8-sig")
    for page in (table.to_markdown(), table.to_html(), table.to_latex()):
        assert "permutationstesten" not in page


def test_bands_have_words_wherever_they_are_shown(pages):
    for name in ("t2", "t3"):
        assert "high_risk" not in pages[name]
        assert "stor risiko for depression" in pages[name]
    assert "**WHO-5 (0-100) (start)**" in pages["t3"]
    assert "**WHO-5 (0-100) (start), i grupper**" in pages["t3"]


def test_proration_and_notes_are_said_in_danish(pages):
    assert "heraf 1 forholdsmæssigt ud fra de besvarede spørgsmål" in pages["t3"]
    assert not any("\nNote:" in page for page in pages.values())


def test_an_instrument_gives_the_words_of_its_scores_and_bands():
    scores = WHO5.score(
        pd.DataFrame([[1] * 5, [4] * 5], columns=list("abcde")), items=list("abcde"), coding="0-5"
    )
    told = ips.describe(scores.add_suffix("_start"), columns=["who5_start", "who5_band_start"])
    text = ips.table(told, lang="da", labels=WHO5.words(suffix="_start")).to_markdown()
    assert "stor risiko for depression" in text
    assert "who5" not in text.replace("WHO-5", "")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A report and its release, with a title of a table and a label of a result."""
    folder = tmp_path_factory.mktemp("released")
    plan = PLAN.replace("outcomes: {who5: [who5_band_start", "outcomes: {who5_band: [who5_band_start")
    plan = plan.replace(
        "layout: change, title: T}", "layout: change, title: {da: Udvikling i mål, en: Change}}"
    )
    plan += "release: dst-5\nlabels: {start: Hvordan de begyndte}\n"
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    (folder / "wave.yaml").write_text(WAVE, encoding="utf-8")
    rng = np.random.default_rng(12)
    for name, shift in (("start", 0), ("end", 1)):
        frame = pd.DataFrame({"id": [f"P{k:02d}" for k in range(60)], "s7": rng.integers(0, 9, 60) + shift})
        for k in range(1, 6):
            frame[f"w{k}"] = rng.integers(0, 5, 60) + shift
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False)
    make_report(load_plan(folder / "plan.yaml"), data=folder, out=folder / "out", lang="da")
    return folder / "out"


def test_bands_before_and_after_are_headed_by_no_wave(released):
    shown = (released / "tables" / "t2.md").read_text(encoding="utf-8")
    assert "**WHO-5 (0-100), i grupper**" in shown


def test_the_methods_of_a_report_are_of_what_its_tables_show_and_said_under_their_heading(released):
    methods = (released / "report.html").read_text(encoding="utf-8").split("<h2")[-2]
    assert "Ændring fra før til efter" in methods
    for hidden in ("Metode:", "Hodges", "BCa", "Wilcoxon", "fortegnstest", "Newcombe", "McNemar"):
        assert hidden not in methods


def test_a_release_speaks_danish_and_is_headed_by_the_titles_of_the_plan(released):
    page = (released / "release" / "index.html").read_text(encoding="utf-8")
    for english in ("after - before", "share of changed", "share_of_changed"):
        assert english not in page
    assert "efter minus før" in page
    assert "Udvikling i mål</h2>" in page
    assert "Udvikling i mål: begge (change.csv)" in page
    assert "Hvordan de begyndte</h2>" in page


def test_a_change_of_two_scores_stands_on_an_upright_page(released):
    import docx

    (section,) = docx.Document(str(released / "report.docx")).sections
    assert section.page_width < section.page_height
