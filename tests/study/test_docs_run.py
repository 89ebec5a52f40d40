"""What the pages tell a reader to type runs as it stands, on invented registers."""

import re
import types
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import ipseval as ips
from ipseval.core.language import words
from ipseval.reporting.layouts import LAYOUTS
from ipseval.study.verbs import DESIGN_VERBS, VERBS

from support.contract import assert_result

DOCS = Path(__file__).parents[2] / "docs"


def test_the_whole_run_of_which_analysis_runs_and_leaves_a_release(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ips.write_registers(tmp_path / "registers", persons=1_500, formats=["csv"])
    page = (DOCS / "which_analysis.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    assert len(code) == 3
    made = {}
    for block in code:
        exec(compile(block, "which_analysis.md", "exec"), made)
    assert made["pool"]["index_date"].notna().sum() == (made["people"]["treated"] == 0).sum() > 50
    assert made["never"] == made["pool"]["index_date"].isna().sum()
    assert made["result"].estimates["n"].max() > 50
    assert made["panel"].groupby("pnr").size().eq(8).all()
    assert made["course"].estimates["contrast"].tolist()[:3] == ["-4", "-3", "-2"]
    assert (tmp_path / "out" / "evidence.json").is_file()
    assert (tmp_path / "effect.docx").is_file()
    assert (tmp_path / "weeks.png").is_file()
    assert (made["free"]["state"] == "blank").any()
    assert set(made["neet"].estimates["outcome"]) == {"dst_amr", "rockwool"}
    assert (tmp_path / "out_2" / "outcomes.csv").is_file()


def blocks(page, kind):
    return re.findall(rf"```{kind}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.S)


def test_the_verb_and_the_layout_of_adding_work_as_they_stand(monkeypatch):
    verb, layout = (types.ModuleType(name) for name in ("verb", "layout"))
    for module, code in zip((verb, layout), blocks("adding.md", "python"), strict=True):
        exec(compile(code, "adding.md", "exec"), module.__dict__)
    (said,) = blocks("adding.md", "yaml")
    for code, texts in yaml.safe_load(said).items():
        assert words().get(code, texts) == texts, code
        monkeypatch.setitem(words(), code, texts)
    frame = pd.DataFrame({"score": [*range(1, 12), np.nan], "few": [1.0, 2.0, *[np.nan] * 10]})
    result = assert_result(verb.medians(frame, columns=["score", "few"]))
    # Of 11 ordered answers the 2nd and the 10th: P(B <= 1) = 12 / 2048 < 0.025, P(B <= 2) = 67 / 2048 > 0.025.
    assert result.estimates.loc[0, ["estimate", "ci_low", "ci_high", "n"]].tolist() == [6, 2, 10, 11]
    assert result.estimates["status"].tolist() == ["ok", "refused"]
    assert r"| 6 | \[2.00, 10.00\] | 11 |" in ips.table(result, lang="en").to_markdown(), (
        "the interval is shown by itself"
    )
    monkeypatch.setitem(LAYOUTS, "bare", layout.bare)
    assert "| 6 |" in ips.table(result, layout="bare", lang="en").to_markdown()


def test_the_pages_name_what_plans_and_tables_know():
    page = (DOCS / "plan_format.md").read_text(encoding="utf-8")
    listed = re.search(r"\nVerbs: (.*?)\n?\. ", page, flags=re.S)[1].partition(".  What")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(VERBS)
    assert all(f"`{name}`" in page for name in DESIGN_VERBS)
    scales = {code.removeprefix("table_scale_") for code in words() if code.startswith("table_scale_")}
    adding = (DOCS / "adding.md").read_text(encoding="utf-8")
    assert scales <= set(re.findall(r"`(\w+)`", adding))
