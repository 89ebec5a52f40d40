"""Notebooks: paired by content, without outputs, short, and running."""

from pathlib import Path

import jupytext
import nbclient
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))


def cells(path):
    return [(c.cell_type, c.source) for c in jupytext.read(path).cells]


def test_there_is_a_notebook_to_start_with():
    assert SCRIPTS
    assert SCRIPTS[0].stem == "00_start_here"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_the_pair_says_the_same_and_holds_no_output(script):
    notebook = jupytext.read(script.with_suffix(".ipynb"))
    assert cells(script) == [(c.cell_type, c.source) for c in notebook.cells]
    assert not any(c.get("outputs") or c.get("execution_count") for c in notebook.cells)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_it_is_short_and_defines_nothing(script):
    text = script.read_text(encoding="utf-8")
    assert len(cells(script)) <= 25
    assert len(text.splitlines()) <= 140
    assert not any(line.startswith(("def ", "class ")) for line in text.splitlines())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_it_runs_and_ends_in_a_checked_number(script, tmp_path):
    notebook = jupytext.read(script)
    assert "assert" in [c for c in notebook.cells if c.cell_type == "code"][-1].source
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, resources=resources).execute()
