"""Wrong percents planted in reports of ours: how many the audit of the drafted file finds.

Run: python tools/validate/audit_planted.py REPORT... [--seed 1] [--most 60]
Each report (.docx, .html, .txt) is read, drafted and audited as it is; then, drafted anew, with one printed
percent beside its count changed by 3 to 7 points.  Found is a contradiction or a method finding that the
report did not have; the drafts' doubts are taken as settled and the numbers as unweighted.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from ipseval.auditing.audit import audit
from ipseval.auditing.findings import CONTRADICTION, METHOD, Audit
from ipseval.auditing.intake.draft import draft_text
from ipseval.auditing.intake.texts import report_text

SHARE = re.compile(r"(\d+)\s*\((\d+)\s*%\)")
STEPS = (-6, -3, 4, 7)


def audited(text: str, lang: str) -> Audit:
    """Audit a text as its draft has it once every doubt is settled."""
    content: dict[str, Any] = {"report": {"title": "planted", "weights": "none"}}
    for section, entries in draft_text(text, lang).content.items():
        if isinstance(entries, list):
            content[section] = [{k: v for k, v in entry.items() if k != "doubt"} for entry in entries]
    return audit(content)


def findings(found: Audit) -> set[tuple[str, str]]:
    """What is said against the numbers, and not only noted."""
    return {(f.rule, f.item) for f in found.findings if f.level in (CONTRADICTION, METHOD)}


def planted(text: str, lang: str, seed: int, most: int) -> dict[str, tuple[int, int]]:
    """By kind of row: how many percents were changed, one at a time, and how many of them were found."""
    rng = random.Random(seed)
    lines = text.split("\n")
    rows = [at for at, line in enumerate(lines) if SHARE.search(line) and ":" not in line[:12]]
    clean = findings(audited(text, lang))
    changed: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for at in rng.sample(rows, min(most, len(rows))):
        shares = list(SHARE.finditer(lines[at]))
        share = rng.choice(shares)
        wrong = int(share[2]) + rng.choice(STEPS)
        if not 0 <= wrong <= 100:
            continue
        other = lines[at][: share.start(2)] + str(wrong) + lines[at][share.end(2) :]
        text_of = "\n".join([*lines[:at], other, *lines[at + 1 :]])
        kind = "several columns" if len(shares) > 1 else "one column"
        changed[kind] += 1
        caught[kind] += bool(findings(audited(text_of, lang)) - clean)
    return {kind: (changed[kind], caught[kind]) for kind in sorted(changed)}


def main() -> None:
    """Print a row per report and kind."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("reports", nargs="+", type=Path)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--most", type=int, default=60)
    ask.add_argument("--language", default="da")
    asked = ask.parse_args()
    for path in asked.reports:
        text = report_text(path)
        clean, numbers = audited(text, asked.language), draft_text(text, asked.language).numbers
        left = sum(bool(number.ignored) for number in numbers)
        said = f"{clean.count(CONTRADICTION)} contradiction(s), {clean.count(METHOD)} of method"
        print(f"{path}: as it is {said}; {left} of {len(numbers)} numbers not looked at")
        for kind, (n, hits) in planted(text, asked.language, asked.seed, asked.most).items():
            print(f"  {kind}: {hits} of {n} planted found")


if __name__ == "__main__":
    main()
