"""The commands as a person types them: exit codes, one clear sentence, nothing lost."""

import re
import shutil

import pytest
from typer.testing import CliRunner

from ipseval.cli import app
from ipseval.loading.registers.layout import registers
from ipseval.loading.synthetic_registers.write import MADE
from ipseval.study.cohort import write_cohort
from ipseval.study.plan import load_plan

run = CliRunner().invoke


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    write_cohort(folder)
    return folder


def own_copy(files, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(files, folder)
    return folder


def test_a_plan_that_names_a_missing_column_says_which_are_near(files, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "plan: small\ntitle: Lille\n"
        "inputs: {start: {file: start.sav, schema: ips_ung/start, suffix: _start}}\n"
        "bases: {all: {predicate: alle, answered: [start]}}\n"
        "results: {koen: {verb: describe, base: all, with: {columns: [kon_start, aldr_start]}}}\n",
        encoding="utf-8",
    )
    result = run(app, ["report", str(plan), "--data", str(files), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "2 column(s)" in result.output
    assert "did you mean 'koen_start'" in result.output
    assert "did you mean 'alder_start'" in result.output
    assert not (tmp_path / "out").exists()


def test_a_missing_file_offers_near_names(files, tmp_path):
    folder = own_copy(files, tmp_path)
    for path in folder.glob("slut*"):
        path.rename(path.with_name(path.name.replace("slut", "slutt")))
    result = run(app, ["report", "--data", str(folder), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "did you mean 'slutt.sav'" in result.output


def test_an_unknown_study_offers_near_names(tmp_path):
    result = run(app, ["report", "ips_ugn", "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "did you mean 'ips_ung'" in result.output


@pytest.mark.parametrize(
    ("name", "near"), [("ips_ung_en.yaml", "did you mean 'ips_ung'"), ("xx", "there is")]
)
def test_an_unknown_plan_is_told_which_plans_there_are(tmp_path, name, near):
    result = run(app, ["report", name, "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert near in result.output
    assert "hjoerring, ips_ung, reconnect" in " ".join(result.output.split())


def test_a_part_that_is_not_offered_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for option, words in (("--only", "only='figures' is not"), ("--language", "lang='figures' is not")):
        result = run(app, ["report", "hjoerring", option, "figures"])
        assert result.exit_code == 1
        assert words in result.output
    assert list(tmp_path.iterdir()) == []


def test_accepted_numbers_hold_and_drift_is_told(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["report", "hjoerring", "--out", "out", "--only", "tables"]
    assert run(app, [*command, "--accept"]).exit_code == 0
    assert run(app, command).exit_code == 0
    numbers = tmp_path / "accepted" / "hjoerring.csv"
    text = numbers.read_text()
    numbers.write_text(text.replace(",60.0,", ",61.0,") if ",60.0," in text else text.replace(",60,", ",61,"))
    result = run(app, command)
    assert result.exit_code == 1
    assert "was 61, is 60" in result.output
    assert "--accept" in result.output


def test_a_new_study_is_drafted_and_runs(files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run(app, ["new", "mine", "--start", str(files / "start.sav"), "--end", str(files / "slut.sav")])
    assert made.exit_code == 0, made.output
    result = run(app, ["report", "mine", "--data", str(files), "--out", "build/mine"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "build" / "mine" / "report.html").is_file()
    plan = (tmp_path / "mine" / "plan.yaml").read_text(encoding="utf-8")
    proposed = (
        '{instrument: WHO5, input: start, items: [who5_1, who5_2, who5_3, who5_4, who5_5], coding: "0-5"}'
    )
    assert f"#   - {proposed}" in plan
    assert "alder_start, alder_end" not in plan, "age is no outcome"
    again = run(app, ["new", "mine", "--start", str(files / "start.sav"), "--end", str(files / "slut.sav")])
    assert again.exit_code == 1
    assert "not empty" in again.output


def test_files_in_two_folders_are_told_to_be_put_into_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for wave in ("start", "end"):
        (tmp_path / wave).mkdir()
        (tmp_path / wave / "a.csv").write_text("id;trivsel\n1;2\n2;3\n3;4\n4;1\n5;2\n")
    (tmp_path / "end" / "a.csv").rename(tmp_path / "end" / "b.csv")
    made = run(app, ["new", "mine", "--start", "start/a.csv", "--end", "end/b.csv"])
    assert made.exit_code == 0
    assert "put copies of both into one first" in made.output
    assert "--data FOLDER_WITH_BOTH_FILES" in made.output
    alike = run(app, ["new", "again", "--start", "start/a.csv", "--end", "end/A.csv"])
    assert alike.exit_code == 1
    assert "different names" in " ".join(alike.output.split())
    assert not (tmp_path / "again").exists()


def test_words_in_one_language_are_told_once_a_file_when_the_report_is_in_the_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for wave in ("start", "end"):
        (tmp_path / f"{wave}.csv").write_text("id;trivsel\n1;2\n2;3\n3;4\n4;1\n5;2\n")
    assert run(app, ["new", "mine", "--start", "start.csv", "--end", "end.csv"]).exit_code == 0
    made = {
        lang: run(app, ["report", "mine", "--data", ".", "--only", "tables", "--language", lang])
        for lang in ("da", "en")
    }
    assert [made[lang].exit_code for lang in made] == [0, 0]
    assert made["en"].output.count("have no words in 'en'") == 2
    assert "have no words" not in made["da"].output


def test_faults_of_a_plan_and_of_its_schemas_are_told_together(tmp_path):
    (tmp_path / "a.yaml").write_text("name: a\nfields: [{name: x, type: strong}]\n")
    (tmp_path / "plan.yaml").write_text(
        "plan: small\ntitle: Lille\ninputs: {a: {file: a.csv, schema: a.yaml}, b: {file: b.csv, schema: a.yaml}}\n"
        "bases: {all: {predicate: alle}}\nresults: {x: {verb: discribe, base: all}}\n"
    )
    result = run(app, ["report", str(tmp_path / "plan.yaml"), "--data", str(tmp_path)])
    assert "'discribe' is not known" in result.output
    assert "'strong' is not offered" in result.output
    (tmp_path / "plan.yaml").write_text((tmp_path / "plan.yaml").read_text().replace("discribe", "describe"))
    again = run(app, ["report", str(tmp_path / "plan.yaml"), "--data", str(tmp_path)])
    assert again.output.count("'strong' is not offered") == 1


def test_a_draft_that_fails_leaves_nothing_and_can_be_tried_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "start.csv").write_text("x;y\n1;2\n1;2\n")
    (tmp_path / "end.csv").write_text("id;y\n1;2\n2;2\n")
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    command = ["new", ".", "--start", "../start.csv", "--end", "../end.csv"]
    failed = run(app, command)
    assert failed.exit_code == 1
    assert "looks like the id of a person" in failed.output
    assert "keep one row per person" in " ".join(failed.output.split())
    assert list((tmp_path / "mine").iterdir()) == []
    (tmp_path / "start.csv").write_text("id;y\n1;2\n2;2\n")
    assert run(app, command).exit_code == 0
    assert load_plan(tmp_path / "mine").id == "mine"


def test_a_file_is_held_against_a_schema(files):
    good = run(app, ["schema", "check", str(files / "start.sav"), "--schema", "ips_ung/start"])
    assert good.exit_code == 0, good.output
    bad = run(app, ["schema", "check", str(files / "slut.sav"), "--schema", "ips_ung/start"])
    assert bad.exit_code == 1
    assert "uddannelse" in bad.output


def test_ties_between_waves_are_checked_where_the_other_file_is_given(files):
    command = ["schema", "check", str(files / "slut.sav"), "--schema", "ips_ung/slut"]
    alone = run(app, command)
    tied = run(app, [*command, "--with", f"ips_ung/start={files / 'start.sav'}"])
    assert tied.exit_code == 0
    assert "3 " in tied.output
    assert alone.output != tied.output


def test_a_wave_that_contradicts_the_other_is_refused_by_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(app, ["report", "hjoerring", "--out", "out", "--only", "tables"]).exit_code == 0
    end = tmp_path / "data" / "hjoerring" / "slut.csv"
    lines = end.read_text(encoding="utf-8-sig").splitlines()
    at = lines[0].split(";").index("foedselsaar")
    cells = lines[1].split(";")
    cells[at] = "2001" if cells[at] != "2001" else "2002"
    end.write_text("\n".join([lines[0], ";".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
    result = run(app, ["report", "hjoerring", "--data", str(end.parent), "--out", "out2"])
    assert result.exit_code == 1
    assert "foedselsaar" in result.output
    assert cells[0] not in result.output


def test_what_was_found_in_the_files_is_told_and_never_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(app, ["report", "hjoerring", "--out", "out", "--only", "tables"]).exit_code == 0
    folder = tmp_path / "data" / "hjoerring"
    start, end = folder / "start.csv", folder / "slut.csv"
    start.write_text(start.read_text("utf-8-sig").replace("P001;", "010190-1234;"), encoding="utf-8")
    end.write_text(
        "\n".join(end.read_text("utf-8-sig").splitlines()[:5]).replace("P001;", "P777;"), encoding="utf-8"
    )
    result = run(app, ["report", "hjoerring", "--data", str(folder), "--out", "out2"])
    assert result.exit_code == 0, result.output
    assert (
        "warning: start.csv: column 'deltager_id': 1 row(s) hold what looks like a CPR number"
        in result.output
    )
    assert "warning: slut.csv: column 'deltager_id': 1 row(s) have an id that" in result.output
    assert "010190" not in result.output
    assert "P777" not in result.output


def test_a_draft_is_printed(files):
    result = run(app, ["schema", "draft", str(files / "start.sav")])
    assert result.exit_code == 0
    assert 'primaryKey: "id"' in result.output


def test_instruments_are_listed_with_their_doubts():
    result = run(app, ["instruments", "--language", "da"])
    assert result.exit_code == 0
    assert "WHO-5" in result.output


def test_faults_of_instrument_files_are_a_line_each(tmp_path, monkeypatch):
    from ipseval.instruments import instrument

    (tmp_path / "instruments").mkdir()
    for name in ("first", "second"):
        text = f"id: {name}\nbeter: lower\nitems: {{range: [0, 3], list: [{{id: a}}]}}\nscores: []\n"
        (tmp_path / "instruments" / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(instrument, "data_root", lambda: tmp_path)
    result = run(app, ["instruments"])
    assert result.exit_code == 1
    assert [line.partition(".yaml: ")[0] for line in result.output.splitlines()] == [
        "ipseval: first",
        "second",
    ]
    assert result.output.count("'beter' is not known: did you mean 'better'") == 2


def test_published_numbers_are_audited_and_contradictions_fail(tmp_path):
    from ipseval.study.plan import PLANS

    page = tmp_path / "audit.html"
    file = PLANS / "published" / "ips_ung.yaml"
    found = run(app, ["audit", str(file), "--language", "en"])
    assert found.exit_code == 1
    assert "contradiction" in found.output.casefold()
    assert run(app, ["audit", str(file), "--form", "html", "--out", str(page)]).exit_code == 1
    assert "<html" in page.read_text(encoding="utf-8")
    missing = run(app, ["audit", str(tmp_path / "nothing.yaml")])
    assert missing.exit_code == 1
    assert "Traceback" not in missing.output


def test_invented_registers_are_written(tmp_path):
    result = run(app, ["synth", "registers", str(tmp_path / "reg"), "--persons", "200"])
    assert result.exit_code == 0, result.output
    assert any((tmp_path / "reg").iterdir())
    asked = run(app, ["synth", "registers", "--help"]).output
    made, not_made = result.output.splitlines()[-2:]
    for name in registers():
        assert (name in MADE) == (name in re.split(r"[ ,:]+", made)) == (name in re.split(r"[ ,.│]+", asked))
        assert (name in MADE) != (name in re.split(r"[ ,:]+", not_made))
