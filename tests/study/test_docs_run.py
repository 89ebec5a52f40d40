"""What the pages tell a reader to type runs as it stands, on invented registers."""

import re
import shutil
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import ipseval as ips
from ipseval.core.errors import SchemaError
from ipseval.core.language import words
from ipseval.reporting.layouts import LAYOUTS
from ipseval.study.plan import load_plan
from ipseval.study.report import make_report
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


def test_the_smallest_plan_with_registers_runs_on_dream_and_a_list_alone(tmp_path):
    ips.write_registers(tmp_path / "all", persons=1_500, formats=["csv"])
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("dream", "participants"):
        shutil.copy(tmp_path / "all" / f"{name}.csv", folder)
    (text,) = [b for b in blocks("plan_format.md", "yaml") if b.startswith("plan: my_registers")]
    plan = load_plan(written(tmp_path / "plan.yaml", text))
    outcome = make_report(plan, data=folder, out=tmp_path / "out", lang="da")
    result = outcome.results["weeks"]
    assert result.base.registers == ("DREAM",)
    est = result.estimates.set_index("term")
    assert est.loc["difference", "n"] > 20
    people = pd.read_csv(folder / "participants.csv", dtype={"pnr": str}, parse_dates=["index_date"])
    counted = ips.dream.weeks_after(
        folder / "dream.csv", people, in_codes="uddannelseshjaelp", spans=[(1, 52)], incomplete="missing"
    )
    assert est.loc["after", "estimate"] == pytest.approx(counted["weeks_1_52"].mean())
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Uger på uddannelseshjælp" in page
    assert "BFL" not in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "weeks: {uddannelseshjaelp: [[1, 52]]}",
            "weeks: {uddannelseshjælp: [[1, 52]]}",
            "is no group of DREAM",
        ),
        ("[[1, 52]]", "[1, 52]", "must be a list of spans"),
        ("  participants: {file: participants}\n", "", "'participants' is missing"),
    ],
)
def test_faults_of_the_smallest_plan_with_registers_are_told(tmp_path, old, new, said):
    (text,) = [b for b in blocks("plan_format.md", "yaml") if b.startswith("plan: my_registers")]
    assert old in text
    with pytest.raises(SchemaError, match=said):
        load_plan(written(tmp_path / "plan.yaml", text.replace(old, new, 1)))


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_the_pages_name_what_plans_and_tables_know():
    page = (DOCS / "plan_format.md").read_text(encoding="utf-8")
    listed = re.search(r"\nVerbs: (.*?)\n?\. ", page, flags=re.S)[1].partition(".  What")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(VERBS)
    assert all(f"`{name}`" in page for name in DESIGN_VERBS)
    scales = {code.removeprefix("table_scale_") for code in words() if code.startswith("table_scale_")}
    adding = (DOCS / "adding.md").read_text(encoding="utf-8")
    assert scales <= set(re.findall(r"`(\w+)`", adding))
