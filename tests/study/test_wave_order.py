"""Start and end that are exchanged, and drafts that leave nothing behind when they are refused."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from ipseval.cli import app
from ipseval.study.plan import load_plan
from ipseval.study.report import make_report

run = CliRunner().invoke


def write_waves(folder, *, day="Svardato", other_day="Svardato", late=0):
    """Twelve persons answer in January and in December; the first `late` of them the other way round."""
    for name, column, month, shift in (("start", day, 1, 0), ("slut", other_day, 12, 2)):
        persons = range(1, 13)
        months = [13 - month if k <= late else month for k in persons]
        frame = pd.DataFrame(
            {
                "id": [f"P{k:02d}" for k in persons],
                column: [f"{10 + k:02d}-{m:02d}-2023" for k, m in zip(persons, months, strict=True)],
                "trivsel": [k % 9 + shift for k in persons],
            }
        )
        frame.to_csv(folder / f"{name}.csv", sep=";", index=False)


def drafted(folder, start, end):
    return run(app, ["new", str(folder / "mine"), "--start", str(folder / start), "--end", str(folder / end)])


@pytest.mark.parametrize("columns", [("Svardato", "Svardato"), ("Startdato", "Slutdato")])
def test_files_that_are_exchanged_are_told_by_the_draft_the_plan_and_the_report(tmp_path, columns):
    write_waves(tmp_path, day=columns[0], other_day=columns[1])
    made = drafted(tmp_path, "slut.csv", "start.csv")
    assert made.exit_code == 0
    said = " ".join(made.output.split())
    assert "12 of the 12 persons in both 'start' and 'end' answered 'end' first" in said
    assert "the two files are exchanged" in said
    assert "are exchanged" in (tmp_path / "mine" / "plan.yaml").read_text(encoding="utf-8")
    out = tmp_path / "out"
    result = run(app, ["report", str(tmp_path / "mine"), "--data", str(tmp_path), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "answered 'end' first" in " ".join(result.output.split())
    page = " ".join((out / "report.html").read_text(encoding="utf-8").split())
    assert "se efter, om filerne er byttet om" in page


def test_files_in_order_and_single_odd_dates_and_birthdays_are_not_called_exchanged(tmp_path):
    for late in (0, 6):
        write_waves(tmp_path, late=late)
        made = drafted(tmp_path, "start.csv", "slut.csv")
        assert made.exit_code == 0, made.output
        assert "exchanged" not in made.output
        for path in (tmp_path / "mine").iterdir():
            path.unlink()
    write_waves(tmp_path, day="Svardato", other_day="Fødselsdato")
    assert "exchanged" not in drafted(tmp_path, "slut.csv", "start.csv").output


def test_a_plan_without_schemas_dates_says_nothing_of_order(tmp_path):
    outcome = make_report(load_plan("hjoerring"), out=tmp_path / "out", lang="da", only="tables")
    assert not any("exchanged" in warning for warning in outcome.people.warnings)


def test_a_refused_draft_leaves_no_folder_behind(tmp_path):
    write_waves(tmp_path)
    twice = pd.read_csv(tmp_path / "slut.csv", sep=";")
    pd.concat([twice, twice.head(1)]).to_csv(tmp_path / "slut.csv", sep=";", index=False)
    refused = drafted(tmp_path, "start.csv", "slut.csv")
    assert refused.exit_code == 1
    assert not (tmp_path / "mine").exists()
