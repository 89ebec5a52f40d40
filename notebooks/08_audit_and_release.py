# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What may leave, and can it be true?
#
# Numbers leave a research machine for good. First a small printed report is held against arithmetic; then our own
# numbers are released, with the few persons hidden, and the folder is scanned. Before this: `07_sensitivity`.

# %% 1. A report's numbers as a file; an invented report, of which one number is impossible
import json
import tempfile
from html import escape
from pathlib import Path

import pandas as pd
from IPython.display import HTML

import ipseval as ips

place = Path(tempfile.mkdtemp())
printed_numbers = """
format: ipseval-published 1
report: {title: "An invented report", weights: none}
groups:
  - {id: end, n: 28, what: "answered at the end"}
shares:
  - {id: kind, what: "kind reception", percent: 51, count: 14, n: 28}
  - {id: again, what: "would come again", percent: 82, count: 23, n: 28}
means:
  - {id: mastery, what: "mastery at the end", value: 7.82, n: 28, low: 3, high: 12}
"""

# %% 2. The audit: what no way of rounding can have printed
(place / "printed.yaml").write_text(printed_numbers, encoding="utf-8")
printed = ips.audit(place / "printed.yaml")
printed

# %% [markdown]
# Now our own. The invented people answered at the start, and some of them again at the end: two tables of which one
# lies inside the other, so that a small count can be told by subtraction though both tables look innocent.

# %% 3. Two results
folder = ips.data_folder("ips_ung")
start = ips.read_survey(folder / "start.sav", schema="ips_ung/start", id="id")
end = ips.read_survey(folder / "slut.sav", schema="ips_ung/slut", id="id")
again = start.data[start.data["id"].isin(end.data["id"])]
asked = {"columns": ["uddannelse", "koen"], "id": "id"}
asked["levels"] = {column: start.codebook.levels(column) for column in asked["columns"]}
results = {"at the start": ips.describe(start.data, **asked), "answered again": ips.describe(again, **asked)}
words = start.codebook.labels()
ips.table(results["at the start"], lang="en", labels=words, title="Before the release; this table stays")

# %% 4. Release them by the rule of five; the ledger remembers what has left
released = ips.release(results, place / "out", profile="dst-5", ledger=place / "ledger.json", lang="en")
released

# %% 5. What was hidden, and why: few persons, or what would give the few away
fate = released.statuses().groupby(["result", "status", "why"]).size().rename("rows").reset_index()
fate

# %% 6. The page that stays, for the one who checks the output
page = (released.checker / "checker.html").read_text(encoding="utf-8")
HTML(f'<div><iframe srcdoc="{escape(page)}" title="Checker page" width="100%" height="480"></iframe></div>')

# %% 7. What left: every count in the files is nought or at least five
files = sorted(released.folder.glob("*.csv"))
left = pd.concat([pd.read_csv(file).assign(file=file.stem) for file in files])
counts = left.loc[left["line"] == "row", ["file", "Outcome", "Term", "Count", "n", "Status"]]
counts

# %% 8. The folder that leaves holds nobody
clean = ips.scan(released.folder)
clean

# %% [markdown]
# A notebook keeps what it printed. Here is one that showed a person: the example number from the leaflet of
# CPR-kontoret, put together from its parts so that this page does not hold it.

# %% 9. A leaking notebook, and what the scan says of it: where and what, never whom
shown = {"output_type": "stream", "name": "stdout", "text": "-".join(["070761", "4285"])}
cell = {"cell_type": "code", "metadata": {}, "source": "people.head(1)", "execution_count": 1, "outputs": [shown]}
leak = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
(place / "leak.ipynb").write_text(json.dumps(leak), encoding="utf-8")
found = ips.scan(place / "leak.ipynb")
found.table().assign(file="leak.ipynb")

# %% 10. Known numbers: by trying every possible count, and by reading the files that left
assert not any(round(100 * count / 28) == 51 for count in range(29))
assert [(f.level, f.item) for f in printed.findings] == [("contradiction", "kind")]
assert not counts["Count"].between(1, 4).any() and counts["Status"].str.startswith("hidden").any()
assert clean.clean and [f.rule for f in found.findings] == ["cpr"]

# %% [markdown]
# That was the course. `make report` does all of it from one plan file: see `docs/plan_format.md`.
