"""The site of docs builds without a warning, has a page per public name and asks for nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import ipseval

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "docs"
    command = [sys.executable, str(ROOT / "tools" / "site" / "build.py"), str(target)]
    made = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    return target


def test_every_public_name_has_a_page_with_its_docstring(site):
    names = set(ipseval.__all__) - {"__version__"}
    pages = {p.stem for p in (site / "reference").glob("*.html")}
    assert names <= pages
    bare = [n for n in names if "doc-contents" not in (site / "reference" / f"{n}.html").read_text("utf-8")]
    assert bare == []


def estimators():
    """Yield the public functions that give a result or a design."""
    for name in ipseval.__all__:
        given = getattr(getattr(ipseval, name), "__annotations__", {}).get("return")
        if str(given).split(".")[-1] in ("Result", "Design", "Release", "Scan"):
            yield name


def test_every_estimator_has_a_methods_page_linked_from_its_reference(site):
    names = list(estimators())
    assert len(names) > 50
    pages = {n: (site / "reference" / f"{n}.html").read_text("utf-8") for n in names}
    assert [
        n
        for n in names
        if not re.search(r'href="../docs/methods/\w+.html"', pages[n].partition('<main id="content">')[2])
    ] == []


def test_no_page_loads_anything_from_elsewhere(site):
    loads = re.compile(r"""(?:src|<link[^>]*href)=["'](https?:)?//""")
    assert [p.name for p in site.rglob("*.html") if loads.search(p.read_text("utf-8"))] == []


def test_a_parameter_that_shares_a_line_shows_its_own_default(site):
    text = (site / "reference" / "change.html").read_text("utf-8")
    row = text[text.index("<code>seed</code>") :]
    assert "20260101" in row[: row.index("</tr>")]
