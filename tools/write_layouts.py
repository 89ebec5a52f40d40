"""Writes docs/table_layouts.md, the list of table layouts, from the layouts themselves."""

from __future__ import annotations

from pathlib import Path

from ipseval.core.language import say
from ipseval.reporting.layouts import LAYOUTS, ONLY

OUT = Path(__file__).resolve().parents[1] / "docs" / "table_layouts.md"
HEAD = """# Layouts of tables

Made by `python tools/write_layouts.py` from the layouts themselves; do not edit by hand.
`ips.table(result)` chooses one from what the estimates are (`layout="auto"`); `layout="NAME"` asks for
another.
How to add one: [adding](adding.md).

| layout | what it does | shows only | file in `src/ipseval/reporting/layouts` |
| --- | --- | --- | --- |
"""


def _row(name: str) -> str:
    made = LAYOUTS[name]
    does = (made.__doc__ or "").split("\n")[0]
    words = (say(f"table_scale_{scale}", "en").lower() for scale in ONLY.get(name, ()))
    return f"| `{name}` | {does} | {', '.join(words)} | `{made.__module__.rpartition('.')[2]}.py` |\n"


def page() -> str:
    """Give the page."""
    return HEAD + "".join(map(_row, LAYOUTS))


if __name__ == "__main__":
    OUT.write_text(page(), encoding="utf-8")
