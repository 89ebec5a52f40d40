"""Measures coverage and type-I error of every interval and test of change, with WHO-5-like data.

    python tools/validate/change.py [--part NAME] [--replicates 200] [--out docs/measured/change.md]

`--replicates 10000` is the full run: closed forms get that many, what resamples or iterates a tenth of it
(`--slow-share`).  It takes some two hours on one core; `--part` runs one part, and `--out` then replaces that
part's section of the file and leaves the others.  The population: true well-being is normal, answers are sums
of 0-25 times four with ties and bounds; true values are read off a million people.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from change_parts import categories, missing, pairs, waves
from change_parts.people import LEVEL, Found

SIZES = (15, 40, 100)
Replicate = Callable[[int, float, np.random.Generator, Found], None]
HEAD = """# Measured: coverage and type-I error of change

Written by `tools/validate/change.py`; do not edit by hand. People are WHO-5-like: levels N(44, 15), day
to day N(0, 10), scores 0 to 100 in steps of four. Nominal level 95 %, tests at 5 %. A verdict is
"missed" where the measured value is on the wrong side of the nominal by more than two Monte-Carlo
errors; conservative is not a miss. "True gain" is in points. Rows "no interval" count replicates where
the verb refuses or flags; rows "by chance" are the share of persons called improved when nobody
changed. Closed forms and imputation have 10,000 replicates; bootstraps (1,999 resamples each) and the
models of several waves, which are found by iteration, have 1,000.
"""


@dataclass(frozen=True)
class Part:
    """What is measured together: fast and slow replicates, at which true gains."""

    title: str
    fast: tuple[Replicate, ...] = ()
    slow: tuple[Replicate, ...] = ()
    gains: tuple[float, ...] = (0.0, 8.0)


def parts(resamples: int) -> dict[str, Part]:
    """Every part by name."""
    return {
        "pairs": Part(
            "Pairs: means, shifts, standardised changes, two categories and tables",
            (pairs.closed_forms,),
            (partial(_swapped, pairs.bootstraps, resamples),),
        ),
        "categories": Part(
            "Pairs: shares, sign test, equivalence, ordinal moves, reliable change, selection",
            (categories.closed_forms,),
        ),
        "missing": Part(
            "Missing answers: weights, bounds, responders, imputation",
            (missing.closed_forms, missing.tipping, missing.imputed),
            (partial(_swapped, missing.lee, resamples),),
            gains=(8.0,),
        ),
        "waves": Part("Three waves and two arms", slow=(waves.fits,)),
    }


def _swapped(
    replicate: Callable[..., None],
    resamples: int,
    n: int,
    gain: float,
    rng: np.random.Generator,
    found: Found,
) -> None:
    replicate(n, gain, resamples, rng, found)


def run(part: Part, replicates: int, slow: int, sizes: Sequence[int] = SIZES) -> str:
    """Return the table of a part as Markdown."""
    lines = ["| n | true gain | what | measured | Monte-Carlo error | nominal | replicates | verdict |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for gain in part.gains:
        for n in sizes:
            found: Found = {}
            rng = np.random.default_rng([n, int(gain), 5])
            for count, work in ((replicates, part.fast), (slow, part.slow)):
                for replicate in work:
                    for _ in range(count):
                        replicate(n, gain, rng, found)
            lines += [_line(n, gain, name, hits) for name, hits in sorted(found.items())]
    return "\n".join(lines) + "\n"


def _line(n: int, gain: float, name: str, hits: list[float]) -> str:
    share = float(np.mean(hits))
    error = float(np.std(hits) / np.sqrt(len(hits)))
    nominal, verdict = _verdict(name, share, error)
    return f"| {n} | {gain:g} | {name} | {share:.4f} | {error:.4f} | {nominal} | {len(hits)} | {verdict} |"


def _verdict(name: str, share: float, error: float) -> tuple[str, str]:
    expected = re.search(r"\((0\.\d+) expected\)", name)
    if expected:
        off = share - float(expected[1])
        return expected[1], "as expected" if abs(off) <= 2 * error else f"off by {off:+.3f}"
    if name.startswith("no interval"):
        return "-", "-"
    coverage = name.startswith("coverage")
    nominal = LEVEL if coverage else 1 - LEVEL
    short = nominal - share if coverage else share - nominal
    return f"{nominal:.2f}", "reached" if short <= 2 * error else f"missed by {short:.3f}"


def write(out: Path, tables: dict[str, str], titles: dict[str, str]) -> None:
    """Write the document, keeping the sections of parts that were not run."""
    old = out.read_text(encoding="utf-8") if out.exists() else ""
    held = dict(re.findall(r"## ([^\n]+)\n\n(\|.+?\n)(?=\n|\Z)", old, flags=re.DOTALL))
    held |= {titles[name]: table for name, table in tables.items()}
    sections = [f"## {title}\n\n{held.get(title, _to_run(name))}" for name, title in titles.items()]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join([HEAD, *sections]), encoding="utf-8")


def _to_run(name: str) -> str:
    command = f"tools/validate/change.py --part {name} --replicates 10000 --out docs/measured/change.md"
    return f"Not measured yet: `python {command}`.\n"


def main() -> None:
    """Read the arguments and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", action="append", choices=list(parts(0)), default=None)
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--slow-share", type=float, default=0.1)
    parser.add_argument("--resamples", type=int, default=1_999)
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    every = parts(chosen.resamples)
    tables: dict[str, str] = {}
    for name in chosen.part or every:
        tables[name] = run(every[name], chosen.replicates, int(chosen.replicates * chosen.slow_share))
        if chosen.out is None:
            print(tables[name])
        else:
            write(chosen.out, tables, {name: part.title for name, part in every.items()})


if __name__ == "__main__":
    main()
