"""What make does, without make."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ipseval.cli import app
from ipseval.cli_targets import TARGETS, commands

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_names_scripts_that_are_there(target):
    found = list(commands(target, ROOT, "build/report"))
    assert found
    for folder, words in found:
        for word in words:
            if word.endswith((".py", ".R")) and word != sys.executable:
                assert (folder / word).is_file(), word


def test_the_makefile_calls_each_of_them():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [t for t in TARGETS if f"ipseval make {t}" not in text] == []


def test_elsewhere_and_unknown_targets_are_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    elsewhere = CliRunner().invoke(app, ["make", "test"])
    assert elsewhere.exit_code == 1
    assert "is not the project" in elsewhere.output
    unknown = CliRunner().invoke(app, ["make", "tset"])
    assert unknown.exit_code == 1
    assert "'test'" in unknown.output


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "ipseval", "--help"], capture_output=True, text=True, check=True
    )
    assert "report" in done.stdout
