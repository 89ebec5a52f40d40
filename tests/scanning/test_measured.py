"""The measured page is the tool's own, and what it claims holds on a smaller draw; the hook runs the command."""

import runpy
import sys
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_recall_by_form_holds_on_a_small_draw(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    tool = runpy.run_path(str(ROOT / "tools" / "validate" / "scanning.py"))
    rows = [line.split("|") for line in tool["forms"](np.random.Generator(np.random.PCG64(1)), 16)[2:]]
    found = {row[1].strip(): row[2].strip() for row in rows}
    assert found.pop("a lost leading zero, alone in a text") == "0%"
    assert set(found.values()) == {"100%"}
    page = (ROOT / "docs" / "measured" / "scanning.md").read_text(encoding="utf-8")
    assert "places with a miss: none" in page
    assert all(f"| {name} | 100% |" in page for name in found)


def test_the_hook_runs_the_command_that_is_there():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"] == "ipseval scan"
    assert hook["language"] == "python"
