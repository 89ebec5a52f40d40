"""No honest report is accused; most changed numbers are noticed (tools/validate/audit.py runs 2,000)."""

import importlib.util
from pathlib import Path

import pytest

from ipseval.core.rounding import CONVENTIONS

PATH = Path(__file__).resolve().parents[2] / "tools" / "validate" / "audit.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("validate_audit", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_honest_reports_are_not_accused_and_changed_ones_mostly_are(tool):
    found = tool.simulate(60, seed=31)
    assert found["false"] == 0
    assert found["levels"]["contradiction"] == 0
    assert found["told"] > 10
    assert found["told_accused"] == 0
    rows = found["rates"].values()
    assert sum(r[1] for r in rows) > 0.5 * sum(r[0] for r in rows)
    assert "| number changed |" in tool.page(found, 1.0, 1.0)


def test_the_reports_are_of_every_kind(tool):
    makers = [tool.Maker(seed) for seed in range(60)]
    assert {m.rounding for m in makers} == set(CONVENTIONS.values())
    assert {m.weights is None for m in makers} == {True, False}
    assert {m.missing > 0 for m in makers} == {True, False}
    assert min(m.n for m in makers) < 60
    assert max(m.n for m in makers) > 400


def test_one_number_is_changed_and_only_one(tool):
    for seed in range(40):
        maker = tool.Maker(seed)
        report = maker.report()
        changed, _, _ = tool.change_one(report, maker.rng)
        assert sum(a != b for a, b in zip(_leaves(report), _leaves(changed), strict=True)) == 1


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in _leaves(v)]
    if isinstance(value, list):
        return [leaf for v in value for leaf in _leaves(v)]
    return [value]
