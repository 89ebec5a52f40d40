"""The runner of the benchmarks: that it runs, and what its page holds; never how long anything takes."""

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "tools" / "bench"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))

    def load(name):
        spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
        made = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, made)
        spec.loader.exec_module(made)
        return made

    return load


def cells(text):
    return [
        [cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines() if row[:1] == "|"
    ]


def test_a_quick_run_of_two_scripts_writes_the_page_the_table_and_the_picture(tmp_path):
    words = [sys.executable, str(BENCH / "run.py"), "--quick", "--only", "imports,instruments"]
    done = subprocess.run([*words, "--out", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "bench.md").read_text(encoding="utf-8")
    assert "these times mean nothing" in page
    table, kept = page.split("## Versions")
    head, rule, *body = cells(table)
    assert head[:4] == ["part", "task", "size", "ours"]
    assert {len(row) for row in [head, rule, *body]} == {11}
    assert [row[0] for row in body] == ["house"] * 2 + ["instruments"] * 10
    assert all(row[3].endswith("s") for row in body)
    assert {row[4] for row in body} == {"no peer", "pandas idiom on float64", "one pass over the int8 bytes"}
    assert all(row[10].count("/") == 1 for row in body[2:])
    assert {"ipseval", "Python", "numpy", "pandas"} <= {row[0] for row in cells(kept)}
    lines = (tmp_path / "lines.jsonl").read_text(encoding="utf-8").splitlines()
    with (tmp_path / "bench.csv").open(encoding="utf-8", newline="") as read:
        written = list(csv.DictReader(read))
    assert [json.loads(line)["task"] for line in lines] == [row["task"] for row in written]
    assert (tmp_path / "cost.png").read_bytes()[:4] == b"\x89PNG"
    assert 'src="data:image/png;base64,' in (tmp_path / "bench.html").read_text(encoding="utf-8")
    assert str(tmp_path) not in page


def test_an_unknown_script_is_named(tmp_path):
    words = [sys.executable, str(BENCH / "run.py"), "--quick", "--only", "speed", "--out", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no benchmark is called speed" in done.stderr


def test_every_planned_script_is_there_and_the_quick_plan_names_no_other(module):
    run = module("run")
    assert {name for name in run.FULL if not (BENCH / f"{name}.py").is_file()} == set()
    assert set(run.QUICK) <= set(run.FULL)
    assert set(run.LONG) <= set(run.FULL)


def test_a_script_that_stops_is_told_and_the_others_still_run(module, tmp_path, monkeypatch):
    run = module("run")
    wait = "import time; time.sleep(60)"
    for name, code in (("bad", "raise SystemExit(3)"), ("good", "print('ran')"), ("late", wait)):
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(run, "__file__", str(tmp_path / "run.py"))
    failed, loads = run.run_all([("bad", ["1"]), ("good", []), ("late", [])], tmp_path / "lines.jsonl", 2.0)
    assert failed == ["bad 1 (stopped with 3)", "late (stopped after 0 minutes)"]
    assert len(loads) == 3


def test_aims_are_judged_and_an_absent_peer_is_neither_reached_nor_missed(module):
    page, line = module("page"), module("lines").Line
    fast = line(4, "t", 10, "persons", 1.0, "peer", "scipy", 30.0, aim_ratio=40.0)
    assert (page.aim(fast), page.reached(fast)) == ("at least 40 times as fast", "missed (ratio)")
    near = line(6, "t", 10, "persons", 1.2, "peer", "polars", 1.0, aim_ratio=1 / 1.3)
    assert (page.aim(near), page.reached(near)) == ("at most 1.3 times its time", "yes")
    absent = line(7, "t", 10, "persons", 1.0, "peer", "R ebal", aim_ratio=10.0)
    assert (page.beside(absent), page.reached(absent)) == ("not measured", "not measured")
    large = line(7, "t", 10, "persons", 31.0, mb=700.0, aim_seconds=30.0, aim_mb=600.0)
    assert (page.aim(large), page.reached(large)) == ("under 30 s, under 600 MB", "missed (time, memory)")
    assert page.beside(large) == ""


@pytest.mark.parametrize(
    ("points", "power"), [([(10, 2.0), (1000, 200.0)], 1), ([(1, 3.0), (2, 12.0), (4, 48.0)], 2)]
)
def test_the_exponent_is_the_slope_of_logarithms(module, points, power):
    assert module("lines").exponent(points) == pytest.approx(power)


def test_one_size_has_no_exponent_and_nothing_is_recorded_outside_a_run(module, tmp_path, monkeypatch):
    lines = module("lines")
    assert lines.exponent([(10, 2.0), (10, 3.0)]) is None
    monkeypatch.delenv(lines.FILE, raising=False)
    lines.record(lines.Line(4, "t", 1, "persons", 1.0))
    monkeypatch.setenv(lines.FILE, str(tmp_path / "lines.jsonl"))
    made = lines.Line(4, "t", 1, "persons", 1.0, "peer", "scipy", 2.0)
    lines.record(made)
    assert lines.read(tmp_path / "lines.jsonl") == [made]


def test_the_register_lines_add_the_peers_and_leave_absent_ones_out(module):
    module("registers")
    record = module("registers_record")
    jobs = {peer for row in record.PEERS for peer in row[1]} | set(record.TASKS)
    found = {job: [{"cpu": 2.0, "mb": 100.0}] for job in jobs if not job.endswith("duckdb")}
    by = {(line.task, line.peer): line for line in record.lines_of(found, 1_000_000)}
    both = record.TASKS["from_store"]
    assert by[both, "DuckDB on a long file"].peer_seconds is None
    assert by[both, "polars, decoding alone"].ratio == 1.0
    assert "mean nothing" not in str(by)
    found |= {f"{job}_duckdb": [{"cpu": 7.0, "mb": 300.0}] for job in ("neet", "outcomes", "spells")}
    by = {(line.task, line.peer): line for line in record.lines_of(found, 1_000_000)}
    assert by[both, "DuckDB on a long file"].ratio == 7.0
    assert by[both, "DuckDB on a long file"].missed == ("ratio",)
