import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "validate" / "change.py"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("validate_change", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "validate_change", module)
    spec.loader.exec_module(module)
    return module


NAMES = {
    "pairs": {
        "coverage: mean change, t",
        "coverage: mean change, exact BCa",
        "coverage: d_z, noncentral t",
        "coverage: d_rm, BCa",
        "coverage: paired share, Tango",
        "type I: signed-rank, pratt",
        "type I: sign flip",
        "type I: Stuart-Maxwell, exact",
        "type I: McNemar mid-p",
    },
    "categories": {
        "coverage: share improved by the MIC, Wilson",
        "coverage: paired odds ratio, exact conditional",
        "coverage: ordinal shift (proportional odds), Wald",
        "type I: sign test",
        "type I: ordinal permutation",
        "type I: equivalence (TOST) at the margin",
        "type I: change beyond selection, with the cut",
        "by chance (0.025 expected): improved, jacobson_truax",
    },
    "missing": {
        "coverage: mean weighted for response",
        "coverage: Manski bounds, Imbens-Manski",
        "coverage: mean, 20 imputations, Rubin and Barnard-Rubin",
        "type I: responders against the rest, Fisher",
    },
    "waves": {
        "coverage: difference in change, mixed, random slope, Kenward-Roger",
        "coverage: difference in change, GEE of yes/no, exchangeable, Mancl-DeRouen",
        "type I: same course in both arms, GEE, independence, Mancl-DeRouen",
    },
}


@pytest.mark.parametrize("part", NAMES)
def test_the_tables_have_every_interval_and_test(script, part):
    table = script.run(script.parts(199)[part], 12, 3, sizes=(15,))
    lines = table.splitlines()[2:]
    assert NAMES[part] <= {line.split("|")[3].strip() for line in lines}
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    coverage = [float(c[4]) for c in cells if c[3].startswith("coverage: ") and "Wald" not in c[3]]
    assert min(coverage, default=1.0) > 0.3, "the truth must be the truth of these people"


def test_a_section_that_was_not_run_stays_as_it_was(script, tmp_path):
    out, titles = tmp_path / "change.md", {"one": "First", "two": "Second"}
    script.write(out, {"one": "| a |\n|---|\n| 1 |\n", "two": "| a |\n|---|\n| 2 |\n"}, titles)
    script.write(out, {"two": "| a |\n|---|\n| 3 |\n"}, titles)
    text = out.read_text(encoding="utf-8")
    assert text.startswith("# Measured")
    assert ("| 1 |" in text, "| 2 |" in text, "| 3 |" in text) == (True, False, True)
    again = text
    script.write(out, {}, titles)
    assert out.read_text(encoding="utf-8") == again
