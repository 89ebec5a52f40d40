"""Every word that stands in the language files is used by somebody."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CODE = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
DATA = "\n".join(
    p.read_text(encoding="utf-8")
    for folder in ("data_schemas", "src")
    for p in (ROOT / folder).rglob("*.yaml")
    if p.parent.name != "languages"
)
NAMED = set(re.findall(r"\w+", CODE + DATA))
BEGUN = tuple(
    set(
        re.findall(r"""f["'](\w{3,}_)\{""", CODE)
        + re.findall(r"""["'](\w{3,}_)["'] \+""", CODE)
        + re.findall(r'f"(\w{12,})\{', CODE)
    )
)
"""How codes begin that are put together when needed, such as f"table_scale_{scale}"."""


def test_no_word_is_left_that_nobody_says():
    files = sorted((ROOT / "data_schemas" / "languages").glob("*.yaml"))
    codes = [(f.stem, c) for f in files for c in yaml.safe_load(f.read_text(encoding="utf-8"))]
    assert len(codes) > 1000
    assert [(f, c) for f, c in codes if c not in NAMED and not c.startswith(BEGUN)] == []
