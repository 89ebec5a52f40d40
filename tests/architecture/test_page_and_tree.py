"""ARCHITECTURE.md is held against the tree, so that neither can leave the other behind."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_folder_the_page_names_is_there():
    for folder in re.findall(r"^\| `([\w/]+)/` \|", PAGE, flags=re.M):
        assert (ROOT / folder).is_dir(), folder


def test_every_room_is_on_the_page():
    rooms = [p.name for p in (ROOT / "src" / "ipseval").iterdir() if (p / "__init__.py").is_file()]
    for room in rooms:
        assert f"`src/ipseval/{room}/`" in PAGE, room


def test_every_dependency_says_why_it_is_here():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    section = PAGE.split("## Dependencies")[1].split("## Decisions")[0]
    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement).group()
        assert re.search(rf"\b{name}\b", section), name


def test_every_dependency_is_pinned_by_name_and_version_alone():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in pins)


def test_importing_ipseval_or_a_scorer_stays_light():
    heavy = "statsmodels|matplotlib|great_tables|polars|pandera|pyreadstat|scipy.stats"
    for line in ("import ipseval", "from ipseval.instruments import WHO5"):
        code = f"{line}; import sys; print(*(m for m in sys.modules if m in '{heavy}'.split('|')))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert out.stdout.strip() == "", line
