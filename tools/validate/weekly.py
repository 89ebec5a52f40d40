"""How often the band of weekly_shares holds all weeks at once; writes docs/measured/weekly.md.

Two arms of Reconnect's size go in and out of work by weekly chances; nobody's effect is zero after the start,
so the true difference moves.  The controls weigh what three matches, two or one each would give them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ipseval.outcomes.calendar import Window
from ipseval.outcomes.weekly import _add, _differences, _empty  # the band without the registers around it

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from measured_page import HEAD, put  # noqa: E402 - beside this folder

OUT = ROOT / "docs" / "measured" / "weekly.md"
WINDOW = Window(-104, 52)
WEIGHTS = (1 / 3, 1 / 2, 1.0)
SIZES = {"as in Reconnect": (461, 1359), "a third of it": (150, 450), "small": (40, 120)}


def chances(treated: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weekly chances of finding work and of losing it, by week; the programme raises the first."""
    week = WINDOW.relative()
    find = np.where(week < 0, 0.004, 0.010) * np.where(treated & (week >= 0), 1.6, 1.0)
    return find, np.full(len(week), 0.03)


def shares(treated: bool) -> NDArray[np.float64]:
    """The true share in work by week, from 15 % at the beginning."""
    share, out = 0.15, []
    for find, lose in zip(*chances(treated), strict=True):
        share = share * (1 - lose) + (1 - share) * find
        out.append(share)
    return np.array(out)


def lives(n: int, treated: bool, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw who works in which week."""
    now = rng.random(n) < 0.15
    weeks = []
    for find, lose in zip(*chances(treated), strict=True):
        draw = rng.random(n)
        now = np.where(now, draw >= lose, draw < find)
        weeks.append(now)
    return np.column_stack(weeks)


def held(sizes: tuple[int, int], weighted: bool, seed: int) -> tuple[bool, float]:
    """Whether one band holds the truth in every week, and the share of weeks whose own interval does."""
    rng = np.random.default_rng(seed)
    sums = _empty(["work"], WINDOW.length)
    for group, n in ((True, sizes[0]), (False, sizes[1])):
        weight = rng.choice(WEIGHTS, n, p=(0.9, 0.07, 0.03)) if weighted and not group else np.ones(n)
        _add(sums["work", group], lives(n, group, rng), weight)
    rows = _differences("work", sums["work", True], sums["work", False], WINDOW, 0.95, seed)
    truth = shares(True) - shares(False)
    low, high, at, error = (
        np.array([r[name] for r in rows]) for name in ("ci_low", "ci_high", "estimate", "std_error")
    )
    own = np.abs(at - truth) <= 1.959964 * error
    return bool(((low <= truth) & (truth <= high)).all()), float(own.mean())


def main() -> None:
    """Draw, count and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    seeds = parser.parse_args().seeds
    lines = [
        f"{seeds} seeds a line, 157 weeks (-104 to 52), level 95 %; written by `tools/validate/weekly.py`.",
        "",
        "| arms | weights of controls | band holds every week | each week's own interval |",
        "| --- | --- | --- | --- |",
    ]
    for name, sizes in SIZES.items():
        for weighted in (False, True):
            found = [held(sizes, weighted, seed) for seed in range(seeds)]
            whole, own = np.mean([f[0] for f in found]), np.mean([f[1] for f in found])
            error = np.sqrt(whole * (1 - whole) / seeds)
            said = "matched" if weighted else "none"
            lines.append(
                f"| {name} ({sizes[0]} and {sizes[1]}) | {said} | {100 * whole:.1f} % +- {100 * error:.1f} "
                f"| {100 * own:.1f} % |"
            )
    put(OUT, HEAD, ["# How often the band of weekly shares holds", "", *lines])


if __name__ == "__main__":
    main()
