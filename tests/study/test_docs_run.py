"""What the pages tell a reader to type runs as it stands, on invented registers."""

import re
from pathlib import Path

import ipseval as ips

DOCS = Path(__file__).parents[2] / "docs"


def test_the_whole_run_of_which_analysis_runs_and_leaves_a_release(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ips.write_registers(tmp_path / "registers", persons=1_500, formats=["csv"])
    page = (DOCS / "which_analysis.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, flags=re.S)
    assert len(code) == 2
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
