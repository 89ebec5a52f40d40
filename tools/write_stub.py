"""Writes src/ipseval/__init__.pyi, what editors and type checkers read, from the public names."""

from pathlib import Path

import ipseval

HEAD = '"""Public names with their types; made by tools/write_stub.py from `_VERBS`."""\n\n'
TAIL = "\n__version__: str\n_VERBS: dict[str, str]\n"


def main() -> None:
    """Write one re-export per public name, in the order of their modules."""
    lines = sorted(f"from {module} import {name} as {name}" for name, module in ipseval._VERBS.items())
    Path(ipseval.__file__).with_suffix(".pyi").write_text(
        HEAD + "\n".join(lines) + "\n" + TAIL, encoding="utf-8"
    )


if __name__ == "__main__":
    main()
