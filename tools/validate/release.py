"""Attacks released bundles of linked tables: what an outsider with only the files can tell, and what is kept.

Run: python tools/validate/release.py [--bundles 500] [--write docs/measured/release.md]
The bundles, the attacker and the two simple rules are those of tests/reporting_disclosure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from reporting_disclosure.attack_runs import run  # noqa: E402 - found only with the path above
from reporting_disclosure.bundles import KINDS, bundle  # noqa: E402 - found only with the path above


def main() -> None:
    """Attack every bundle and write the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--bundles", type=int, default=500)
    ask.add_argument("--method", default="suppress", choices=("suppress", "round"))
    ask.add_argument("--write", type=Path)
    told = ask.parse_args()
    found: dict[tuple[str, int], list[Any]] = defaultdict(list)
    longest = 0.0
    for seed in range(told.bundles):
        drawn = bundle(seed)
        with tempfile.TemporaryDirectory() as place:
            start = time.perf_counter()
            outcome = run(drawn, Path(place), told.method)
            longest = max(longest, time.perf_counter() - start)
        if outcome.told:
            sys.stdout.write(f"bundle {seed} ({outcome.kind}, k = {outcome.k}): {outcome.told}\n")
        found[(outcome.kind, outcome.k)].append(outcome)
        if told.write and seed % 25 == 24:
            told.write.write_text(_page(found, seed + 1, longest), encoding="utf-8")
    text = _page(found, told.bundles, longest)
    sys.stdout.write(text)
    if told.write:
        told.write.write_text(text, encoding="utf-8")


def _page(found: dict[tuple[str, int], list[Any]], bundles: int, longest: float) -> str:
    lines = [
        "# Release: what an attacker finds, and what the reader keeps",
        "",
        f"Written by `python tools/validate/release.py` from {bundles} generated bundles of invented",
        "people (30 to 159 persons; nested bases 34, 40 and 43).  The attacker has the released CSV files of",
        "all releases of a bundle.  He writes each number as an equation about people by sex, area, answer",
        "and base, adds that a zero is never hidden, and solves in whole numbers.  A small count is told",
        "when only one number fits, or when a share, mean or interval made of a hidden count stands in the",
        "file; answers of the few in one base and not in another count, too.",
        "",
        "*Kept* is the share of distinct counts (n and numerators) that stand in the files.  *Small only*",
        "hides counts below the threshold and nothing else; *whole group* leaves out every group of a table",
        "that has one.",
        "",
        "| bundle | k | bundles | refused | small counts told | kept "
        "| small only: told in | kept | whole group: kept |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    everything = []
    for kind in KINDS:
        for k in (3, 5):
            if found[(kind, k)]:
                lines.append(_line(kind.replace("_", "-"), str(k), found[(kind, k)]))
                everything += found[(kind, k)]
    lines.append(_line("all", "", everything))
    lines += ["", f"Longest bundle, release and attack: {longest:.1f} s, beside other work on two cores.", ""]
    return "\n".join(lines)


def _line(kind: str, k: str, rows: list[Any]) -> str:
    counts = sum(r.counts for r in rows) or 1
    names = ("shown", "naive_shown", "whole_shown")
    kept = [100 * sum(getattr(r, name) for r in rows) / counts for name in names]
    refused = sum(r.refused for r in rows)
    told, naive = sum(len(r.told) for r in rows), sum(r.naive_told > 0 for r in rows)
    return (
        f"| {kind} | {k} | {len(rows)} | {refused} | {told} | {kept[0]:.0f} % | {naive} of {len(rows)} | "
        f"{kept[1]:.0f} % | {kept[2]:.0f} % |"
    )


if __name__ == "__main__":
    main()
