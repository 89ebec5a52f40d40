"""Mutation testing: a random sample of mutmut's mutants of one room, each against the tests of that room.

Works in a copy of what is committed, so a tree in use is left alone, in one process.  The copy and
`<room>.txt` (every mutant that lived, as a diff) stay in the folder given by --out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

EFFECTS = (
    "cluster_kernels",
    "counts",
    "design",
    "edges",
    "effect",
    "odds_effect",
    "panel",
    "selection",
    "sensitivity",
    "synthetic_control",
    "time_to_event",
    "time_to_event_clusters",
    "two_by_two",
)
ROOMS: dict[str, tuple[list[str], list[str]]] = {
    "core": (
        ["src/ipseval/core/*.py"],
        [
            "tests/core",
            "tests/identity",
            "tests/reporting_disclosure/test_linked.py",
            "tests/analysis_change/test_describe.py",
            "tests/reporting_tables/test_layouts.py",
            "tests/registers/test_calendar.py",
            "tests/auditing/test_honest.py",
        ],
    ),
    "instruments": (["src/ipseval/instruments/*.py"], ["tests/instruments"]),
    "disclosure": (["src/ipseval/reporting/disclosure/**/*.py"], ["tests/reporting_disclosure"]),
    "kernels": (
        ["src/ipseval/analysis/kernels/*.py"],
        [
            "tests/analysis_change",
            "tests/analysis_odds",
            "tests/analysis_sites",
            "tests/analysis_economics/test_cost_effectiveness.py",
            *(f"tests/analysis_effects/test_{name}.py" for name in EFFECTS),
        ],
    ),
}
"""What is changed and the tests that must see it; of the tests of effects those that reach kernels."""
LIVED = {0: "survived", 5: "no test", 33: "no test"}
TIME = (24, 36, 152, 255, -24)


def main() -> None:
    """Try a sample of one room's mutants and print the counts."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("room", choices=ROOMS)
    ask.add_argument("--sample", type=int, default=100, help="how many mutants, drawn at random; 0 for all")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--out", type=Path, default=Path("build/mutants"))
    asked = ask.parse_args()
    copy = (asked.out / asked.room).resolve()
    if not copy.exists():
        subprocess.run(["git", "clone", "-q", ".", str(copy)], check=True)
    patterns, tests = ROOMS[asked.room]
    point_at(copy / "pyproject.toml", patterns, tests)
    os.chdir(copy)
    names = mutant_names(patterns)
    drawn = sorted(random.Random(asked.seed).sample(names, min(asked.sample or len(names), len(names))))
    mutmut = str(Path(sys.executable).parent / "mutmut")
    environ = {**os.environ, "CI": "1", "OMP_NUM_THREADS": "1"}
    with Path("mutmut.log").open("w") as log:
        command = [mutmut, "run", "--max-children", "1", *drawn]
        subprocess.run(command, env=environ, stdout=log, stderr=log, check=False)
    verdicts = {name: verdict(code) for name, code in exit_codes().items() if name in set(drawn)}
    alive = [name for name in drawn if verdicts[name] in ("survived", "no test")]
    diffs = [subprocess.run([mutmut, "show", n], capture_output=True, text=True).stdout for n in alive]
    (copy.parent / f"{asked.room}.txt").write_text("\n".join(diffs), encoding="utf-8")
    counts = dict(Counter(verdicts.values()))
    print(f"{asked.room}: {len(names)} mutants, {len(drawn)} drawn with seed {asked.seed}: {counts}")


def point_at(pyproject: Path, patterns: list[str], tests: list[str]) -> None:
    """Set mutmut's table in the copy to one room."""
    before, after = re.split(r"(?m)^\[tool\.mutmut\]$", pyproject.read_text(encoding="utf-8"))
    room = f"only_mutate = {json.dumps(patterns)}\npytest_add_cli_args_test_selection = {json.dumps(tests)}\n"
    kept = [
        line
        for line in after.splitlines()
        if not line.startswith(("only_mutate", "pytest_add_cli_args_test"))
    ]
    pyproject.write_text(f"{before}[tool.mutmut]\n{room}" + "\n".join(kept) + "\n", encoding="utf-8")


def mutant_names(patterns: list[str]) -> list[str]:
    """Name every mutant that mutmut makes of the files."""
    from mutmut.mutation.file_mutation import mutate_file_contents
    from mutmut.utils.format_utils import get_mutant_name

    files = sorted(path for pattern in patterns for path in Path().glob(pattern))
    made = ((f, mutate_file_contents(str(f), f.read_text(encoding="utf-8"), None, None)) for f in files)
    return sorted(get_mutant_name(f, name) for f, file in made for name in file.mutant_names)


def exit_codes() -> dict[str, int | None]:
    """Read what mutmut noted of every mutant."""
    found: dict[str, int | None] = {}
    for path in Path("mutants/src").rglob("*.meta"):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def verdict(code: int | None) -> str:
    """Say what an exit code means; a mutant that hangs is caught too."""
    if code is None:
        return "not run"
    return "out of time" if code in TIME else LIVED.get(code, "killed")


if __name__ == "__main__":
    main()
