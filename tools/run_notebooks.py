"""Runs every notebook; finished copies, as notebooks and as pages, stand in build/notebooks."""

import sys
import tempfile
from html import escape
from pathlib import Path

import jupytext
import nbclient
import nbformat
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter

from ipseval.reporting.page_style import PAGE_CSS

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "notebooks"
# A kernel on this machine alone; its word about encryption between machines is no news here.
QUIET = ["--IPKernelApp.log_level=ERROR"]

# Laid over the style sheet of reports: cells, code, and what the code gave.
NOTEBOOK_CSS = """
body{max-width:70rem}
.cell{margin:1.1rem 0}
.prompt,.anchor-link{display:none}
.input_area pre{background:#f5f6f8;border-left:.25rem solid #8a93a3;padding:.6rem .8rem;margin:.3rem 0;
overflow-x:auto;font-size:.85rem;line-height:1.45}
.output_area{overflow-x:auto;max-width:100%}
.output_area>div>pre{white-space:pre-wrap;font-size:.85rem;margin:.3rem 0}
.output_area img{max-width:46rem;width:100%;height:auto}
.output_area iframe{border:1px solid #8a93a3}
table.dataframe{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}
table.dataframe th,table.dataframe td{border:0;border-bottom:1px solid #d0d0d0;padding:.25rem .6rem;
text-align:right;vertical-align:top;max-width:24rem}
.turn{display:flex;justify-content:space-between;gap:1rem}
"""


def main(only: list[str]) -> int:
    """Run the notebooks in their order, or those named; the first that fails stops the run."""
    OUT.mkdir(parents=True, exist_ok=True)
    scripts = sorted((ROOT / "notebooks").glob("*.py"))
    titles = {script.stem: title(jupytext.read(script)) for script in scripts}
    for script in [each for each in scripts if not only or each.stem in only]:
        print(f"running {script.name} ...", flush=True)
        notebook = run(script)
        jupytext.write(notebook, OUT / f"{script.stem}.ipynb")
        (OUT / f"{script.stem}.html").write_text(page(notebook, script.stem, titles), encoding="utf-8")
    (OUT / "index.html").write_text(index(titles), encoding="utf-8")
    print(f"finished copies are in {OUT.relative_to(ROOT)}; open index.html there")
    return 0


def run(script: Path) -> nbformat.NotebookNode:
    """Run one notebook in a folder of its own; a word on stderr is a failure, since readers would see it."""
    notebook = jupytext.read(script)
    with tempfile.TemporaryDirectory() as folder:
        nbclient.NotebookClient(
            notebook, timeout=300, resources={"metadata": {"path": folder}}, extra_arguments=QUIET
        ).execute()
    said = [o.text for cell in notebook.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]
    if said:
        raise SystemExit(f"{script.name} writes to stderr: {said[0].strip()}")
    return notebook


def title(notebook: nbformat.NotebookNode) -> str:
    """Return the first heading."""
    lines = (line for cell in notebook.cells for line in cell.source.splitlines())
    return next(line.removeprefix("# ").strip() for line in lines if line.startswith("# "))


def page(notebook: nbformat.NotebookNode, stem: str, titles: dict[str, str]) -> str:
    """Set a finished notebook as one page without scripts or requests; it opens from disk."""
    notebook = with_headings(notebook)
    body, _ = HTMLExporter(template_name="basic", exclude_input_prompt=True).from_notebook_node(notebook)
    order = list(titles)
    at = order.index(stem)
    before = link(order[at - 1], "← " + titles[order[at - 1]]) if at else "<span></span>"
    after = link(order[at + 1], titles[order[at + 1]] + " →") if at + 1 < len(order) else "<span></span>"
    turn = f'<p class="turn">{before}{link("index", "All notebooks")}{after}</p>'
    return framed(titles[stem], f"{turn}<main>{body}</main>{turn}")


def with_headings(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Show the name of a cell ("# %% 1. The answers") as a heading; it is only metadata otherwise."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code" and (name := cell.metadata.get("title", "")):
            cells.append(nbformat.v4.new_markdown_cell(f"## {name}"))
        cells.append(cell)
    return nbformat.from_dict({**notebook, "cells": cells})


def index(titles: dict[str, str]) -> str:
    """List the notebooks in their order."""
    rows = "".join(f"<li>{link(stem, f'{stem[:2]}  {words}')}</li>" for stem, words in titles.items())
    return framed("Notebooks", f"<h1>Notebooks, in the order of a study</h1><ul>{rows}</ul>")


def link(stem: str, words: str) -> str:
    """Return a link to the page of a notebook."""
    return f'<a href="{stem}.html">{escape(words)}</a>'


def framed(heading: str, body: str) -> str:
    """Return a whole page."""
    css = PAGE_CSS + HtmlFormatter().get_style_defs(".highlight") + NOTEBOOK_CSS
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(heading)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{css}</style></head>'
        f"<body>{body}</body></html>\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
