"""What `make` offers to those who work on ipseval, for machines without make: `ipseval make TARGET`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ipseval.core.checks import require_option
from ipseval.core.errors import ReportError

TARGETS = (
    "test", "lint", "notebooks", "docs", "check-pages", "bench", "validate", "oracles", "stub", "bundle",
)  # fmt: skip
TOOLS = {
    "notebooks": "run_notebooks.py",
    "docs": "site/build.py",
    "stub": "write_stub.py",
    "bundle": "bundle/make.py",
}


def commands(target: str, root: Path, out: str) -> Iterator[tuple[Path, list[str]]]:
    """Yield the folder and the words of each command of a target, in order."""
    python = [sys.executable]
    if target == "test":
        yield root, [*python, "-m", "pytest", "-n", "auto", "--dist", "loadscope"]
    elif target == "lint":
        yield root, [*python, "-m", "ruff", "check", "src", "tests", "tools"]
        yield root, [*python, "-m", "ruff", "format", "--check", "src", "tests", "tools"]
        yield root, [*python, "-m", "mypy"]
        yield root, [_beside_python("lint-imports")]
    elif target == "check-pages":
        yield root, [*python, "tools/check_pages.py", "--self-test", out]
    elif target == "bench":
        yield root, [*python, "tools/bench/run.py"]
    elif target == "validate":
        yield from (
            (root, [*python, str(script)]) for script in sorted((root / "tools" / target).glob("*.py"))
        )
    elif target == "oracles":
        for script in sorted((root / "tests" / "oracles").rglob("*.R")):
            yield script.parent, ["Rscript", "--vanilla", script.name]
    else:
        yield root, [*python, f"tools/{TOOLS[target]}"]


def run_target(target: str, root: Path, out: str) -> int:
    """Run the commands of a target until one fails; returns its exit code.

    Raises
    ------
    ReportError
        An unknown target, a folder that is not the project, or a program that is not there.
    """
    require_option(target, TARGETS, argument="target", error=ReportError)
    if not (root / "pyproject.toml").is_file() or not (root / "tools").is_dir():
        raise ReportError(
            f"the folder {root.name!r} is not the project; stand in the folder that holds tools/."
        )
    for folder, words in commands(target, root, out):
        if shutil.which(words[0]) is None:
            raise ReportError(
                f"{target}: the program {Path(words[0]).name!r} is not there; install it first."
            )
        code = subprocess.run(words, cwd=folder, check=False, env=_one_thread_each(target)).returncode
        if code:
            return code
    return 0


def _one_thread_each(target: str) -> dict[str, str] | None:
    """Keep the workers of tests and notebooks from fighting over the cores with threads of their own."""
    if target not in ("test", "notebooks"):
        return None
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}


def _beside_python(name: str) -> str:
    return shutil.which(name, path=str(Path(sys.executable).parent)) or name
