"""`make report` runs again when, and only when, something it rests on has changed."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = """#!/bin/sh
echo run >> runs.txt
mkdir -p build/report
touch build/report/report.html
"""


@pytest.fixture
def clone(tmp_path):
    """Give a folder with the Makefile, a made environment and a stand-in for the command."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt", "own data/start svar.sav", "mine/plan.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("1")
    command = tmp_path / ".venv" / "bin" / "ipseval"
    command.parent.mkdir(parents=True)
    command.write_text(STAND_IN)
    command.chmod(0o755)
    (tmp_path / ".venv" / ".run").touch()
    return tmp_path


def runs(clone, *arguments):
    subprocess.run(["make", "report", *arguments], cwd=clone, check=True, capture_output=True)
    return len((clone / "runs.txt").read_text().splitlines())


@pytest.mark.parametrize("study", ["mine", "mine/plan.yaml"])
def test_a_changed_file_of_ones_own_is_noticed_whatever_its_name(clone, study):
    asked = ("DATA=own data", f"STUDY={study}")
    assert runs(clone, *asked) == 1
    assert runs(clone, *asked) == 1, "nothing changed"
    (clone / "own data" / "start svar.sav").write_text("2")
    assert runs(clone, *asked) == 2
    (clone / "mine" / "plan.yaml").write_text("2")
    assert runs(clone, *asked) == 3
    (clone / "own data" / "start svar.sav").unlink()
    assert runs(clone, *asked) == 4
    assert runs(clone, *asked) == 4, "nothing changed"


def test_another_question_is_another_report(clone):
    assert runs(clone) == 1
    assert runs(clone) == 1
    assert runs(clone, "LANGUAGE=en") == 2
