import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "validate" / "change.py"


def load():
    spec = importlib.util.spec_from_file_location("validate_change", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_validation_table_has_every_interval_and_test():
    table = load().run(replicates=20, bootstrap_replicates=3, resamples=199, sizes=(15,))
    lines = table.splitlines()[2:]
    names = {line.split("|")[3].strip() for line in lines}
    assert {"coverage: mean change, t", "coverage: d_z, noncentral t", "coverage: d_rm, BCa"} <= names
    assert {"type I: signed-rank, pratt", "type I: Stuart-Maxwell, exact", "type I: McNemar mid-p"} <= names
    coverage = [float(line.split("|")[4]) for line in lines if "coverage: mean change, t" in line]
    assert min(coverage) > 0.6, "the truth must be the truth of these people"
