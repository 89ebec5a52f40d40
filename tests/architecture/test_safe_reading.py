"""No pickle, no unsafe YAML, no evaluation of text: held against every module of ours."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "src").rglob("*.py")) + sorted((ROOT / "tools").rglob("*.py"))
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    "eval",
    "read_pickle",
    "to_pickle",
    "unsafe_load",
    "full_load",
    "unsafe_load_all",
    "from_formula",
    "literal_eval",
}
SAFE = {"Loader", "yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"}


def faults(tree):
    """Name everything that would run what stands in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] + [getattr(node, "module", None) or ""]
            yield from (f"import {n}" for n in names if n.split(".")[0] in PICKLES)
        if isinstance(node, ast.Call):
            yield from call_faults(node)


def call_faults(node):
    words = {k.arg: k.value for k in node.keywords}
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield node.func.id
    if "allow_pickle" in words and ast.unparse(words["allow_pickle"]) != "False":
        yield "allow_pickle"
    if not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr in METHODS:
        yield node.func.attr
    if node.func.attr == "query" and node.args and not isinstance(node.args[0], ast.Constant):
        yield "query with a text that was put together"
    if ast.unparse(node.func) in ("yaml.load", "yaml.load_all", "yaml.compose"):
        loader = words.get("Loader") or (node.args[1] if len(node.args) > 1 else None)
        if loader is None or ast.unparse(loader) not in SAFE:
            yield "yaml without a safe loader"


@pytest.mark.parametrize("path", MODULES, ids=[p.relative_to(ROOT).as_posix() for p in MODULES])
def test_nothing_of_ours_runs_what_stands_in_a_file(path):
    assert list(faults(ast.parse(path.read_text(encoding="utf-8")))) == []


def test_the_one_yaml_loader_of_the_house_is_a_safe_one():
    import yaml

    from ipseval.core.resources import Loader

    assert Loader in (yaml.SafeLoader, yaml.CSafeLoader)


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from joblib import load", "eval(x)", "pd.read_pickle(x)", "yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)",
     "np.load(x, allow_pickle=True)", "frame.query(x)", "frame.eval('a')", "smf.ols.from_formula(x)"],
)  # fmt: skip
def test_each_fault_would_be_seen(text):
    assert list(faults(ast.parse(text)))
