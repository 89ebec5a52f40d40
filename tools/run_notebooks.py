"""Runs every notebook from its percent script and writes finished copies into build/notebooks."""

import sys
from pathlib import Path

import jupytext
import nbclient

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "notebooks"


def main() -> int:
    """Run all notebooks in their order; the first that fails stops the run."""
    OUT.mkdir(parents=True, exist_ok=True)
    for script in sorted((ROOT / "notebooks").glob("*.py")):
        print(f"running {script.name} ...", flush=True)
        notebook = jupytext.read(script)
        nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
        jupytext.write(notebook, OUT / f"{script.stem}.ipynb")
    print(f"finished copies are in {OUT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
