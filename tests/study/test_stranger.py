"""What an evaluator with two files of his own stumbled over: messages, drafts and the list of files read."""

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import ipseval as ips
from ipseval.cli import app
from ipseval.core.errors import ScoringError
from ipseval.instruments import WHO5

run = CliRunner().invoke
ENIG = ["Meget uenig", "Uenig", "Enig", "Meget enig"]


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """Two waves of forty persons with ten questions in words, and the plan drafted from them."""
    folder = tmp_path_factory.mktemp("mine")
    rng = np.random.default_rng(7)
    for name in ("start", "slut"):
        frame = pd.DataFrame({"id": [f"P{k:02d}" for k in range(40)]})
        for k in range(1, 11):
            frame[f"Selvværd {k}"] = rng.choice(ENIG, 40)
        frame["Har du en fortrolig at tale med?"] = rng.choice(["Ja", "Nej"], 40)
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False, encoding="utf-8-sig")
    start, end = str(folder / "start.csv"), str(folder / "slut.csv")
    assert run(app, ["new", str(folder / "kompas"), "--start", start, "--end", end]).exit_code == 0
    return folder


def test_a_drafted_plan_breaks_no_name_and_reads_as_it_was_meant(mine):
    text = (mine / "kompas" / "plan.yaml").read_text(encoding="utf-8")
    assert [f"- Selvværd {k}_start" in text for k in range(1, 11)] == [True] * 10
    assert "Har du en fortrolig at tale med?_start" in text
    columns = yaml.safe_load(text)["results"]["answers_start"]["with"]["columns"]
    assert [c for c in columns if c.startswith("Selv")] == [f"Selvværd {k}_start" for k in range(1, 11)]


def test_a_word_in_the_columns_that_is_the_scales_own_settles_which_is_proposed(mine):
    text = (mine / "kompas" / "plan.yaml").read_text(encoding="utf-8")
    assert "instrument: RSES" in text
    assert not any(name in text for name in ("GSE", "K10", "PSS10"))


def test_words_read_as_codes_are_one_line_and_no_warning(mine, tmp_path):
    plan = mine / "kompas"
    text = (plan / "start.yaml").read_text(encoding="utf-8")
    for code, word in enumerate(ENIG):
        text = text.replace(f'value: "{word}"', f"value: {code}")
    text = "\n".join(
        line.replace("type: string", "type: integer") if "Selvværd" in before else line
        for before, line in zip(["", *text.split("\n")], text.split("\n"), strict=False)
    )
    (tmp_path / "start.yaml").write_text(text, encoding="utf-8")
    checked = run(app, ["schema", "check", str(mine / "start.csv"), "--schema", str(tmp_path / "start.yaml")])
    assert checked.exit_code == 0, checked.output
    assert "meets its schema" in checked.output
    assert "warning" not in checked.output
    assert checked.output.count("nothing needs doing") == 1
    report = ips.read_survey(mine / "start.csv", schema=tmp_path / "start.yaml").report
    assert (
        repr(report) == "<ReadReport start.csv: 40 rows, 12 columns; warning words: 10; .table() lists them>"
    )
    (tmp_path / "plan.yaml").write_text(
        "plan: x\ntitle: X\ninputs: {start: {file: start.csv, schema: start.yaml, id: id, suffix: _start}}\n"
        "bases: {all: {predicate: alle}}\n"
        "results: {a: {verb: describe, base: all, with: {columns: [Selvværd 1_start]}}}\n"
        "tables: {t: {results: a, title: T}}\nreport: [{heading: H, items: [t]}]\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    made = run(app, ["report", str(tmp_path / "plan.yaml"), "--data", str(mine), "--out", str(out)])
    assert made.exit_code == 0, made.output
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("læst som koder") == 1
    assert "start.csv: i 10 kolonner er svarenes ord læst som koder" in page


def test_a_folder_and_a_plan_of_ones_own_are_told_as_what_they_are(mine, tmp_path, monkeypatch):
    monkeypatch.chdir(mine)
    file = run(app, ["report", "kompas", "--data", "start.csv", "--out", str(tmp_path / "o")])
    assert "'start.csv' is a file; give the folder" in file.output
    near = " ".join(run(app, ["report", "kompa", "--data", "."]).output.split())
    assert "there is no plan 'kompa'; did you mean 'kompas'?" in near
    assert "; The" not in near


def test_a_warning_names_its_file_once(mine, tmp_path):
    for name in ("start", "slut"):
        text = (mine / f"{name}.csv").read_text(encoding="utf-8-sig")
        (tmp_path / f"{name}.csv").write_bytes(text.encode("cp1252"))
    command = ["report", str(mine / "kompas"), "--data", str(tmp_path), "--out", str(tmp_path / "o")]
    said = [line for line in run(app, command).output.split("\n") if "not UTF-8" in line]
    assert len(said) == 2
    assert all(line.count(".csv") == 1 for line in said)


def test_labels_of_an_instrument_without_words_are_asked_of_the_caller():
    frame = pd.DataFrame({f"w{k}": ["Hele tiden"] for k in range(5)})
    with pytest.raises(
        ScoringError, match=r'the instrument as shipped holds no words.*coding={"word": points'
    ):
        WHO5.score(frame, items=list(frame), coding="labels")
