"""Writes which printed cells of the IPS UNG report could not have left a research machine.

Run: python tools/validate/release_published.py [--write docs/measured/release_ips_ung.md]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ipseval.reporting.release_published import published_page

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "src" / "ipseval" / "study" / "plans" / "published" / "ips_ung.yaml"
AFTER = """
"Needs a person" stands where percents fit no whole counts, and at odds ratios, whose persons per level are
not printed.

All tables of the report are judged as one release: the same base is the same people, and a base that could
lie inside another is taken to.  Counts printed only as percents are those that fit; they can be computed from
whole percents at these sizes, so a percent is no protection.  The pattern of further cells is one of the
cheapest: another with as many cells may exist.  Not judged cell by cell: figures 1 to 4 (means of 40 paired
answers), the claims of the text, and the four case stories with ages, months, dates and an employer's name,
which need a person and would not have left as they stand.  The six partners are a base of fewer than eleven
people who know one another; numbers about them would not have left at all.

The report was made on a survey of its own, to which Statistics Denmark's thresholds do not apply; the page
shows what the same tables would have met on a research machine.
"""


def main() -> None:
    """Write the page."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--write", type=Path)
    told = ask.parse_args()
    title = "Printed cells of the IPS UNG report that could not have left a research machine"
    text = published_page(PUBLISHED, title) + AFTER
    sys.stdout.write(text)
    if told.write:
        told.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
