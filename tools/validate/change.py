"""Measures coverage and type-I error of every interval and test of change, with WHO-5-like data.

    python tools/validate/change.py [--replicates 200] [--bootstrap-replicates 50] [--resamples 1999] [--out
    FILE.md]

The full run (10,000 closed-form and 1,000 bootstrap replicates) takes about half an hour on one core.  The
population: true well-being is normal, answers are sums of 0-25 times four with ties and bounds; the true
values of the standardised changes are read off a million people.  Each row of the table carries its
Monte-Carlo error.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ipseval.analysis.kernels.bootstrap import mean_bca, moment_bca, resample_counts
from ipseval.analysis.kernels.noncentral import t_noncentrality
from ipseval.analysis.kernels.paired_shares import mcnemar, newcombe_paired, tango
from ipseval.analysis.kernels.paired_t import change_moments, no_spread, standardised_changes, t_mean
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank
from ipseval.analysis.kernels.square_tables import bowker, stuart_maxwell, transition

SIZES = (15, 40, 100)
LEVEL = 0.95
CUT = 50.0
Found = dict[str, list[float]]


def people(n: int, gain: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw WHO-5-like index scores before and after: multiples of four between 0 and 100."""
    level = rng.normal(44, 15, n)
    answers = [level + rng.normal(shift, 10, n) for shift in (0.0, gain)]
    before, after = (np.clip(np.round(a / 4), 0, 25) * 4 for a in answers)
    return before, after


def truth(gain: float) -> dict[str, float]:
    """Read the population values off a million people."""
    x, y = people(1_000_000, gain, np.random.default_rng(77))
    d = y - x
    moments = standardised_changes(change_moments(x, y).mean(axis=0))
    values = {"mean": d.mean(), "d_z": d.mean() / d.std(), "share": np.mean(y > CUT) - np.mean(x > CUT)}
    names = ("d_av", "d_rm", "d_start")
    return {k: float(v) for k, v in {**values, **dict(zip(names, moments, strict=True))}.items()}


def note(found: Found, name: str, hit: bool) -> None:
    """Count one replicate."""
    found.setdefault(name, []).append(float(hit))


def inside(low: float, high: float, value: float) -> bool:
    """Say whether an interval holds the truth; a limit that does not exist holds everything on its side."""
    return not (value < low - 1e-9) and not (value > high + 1e-9)


def closed_forms(
    n: int, gain: float, known: dict[str, float], rng: np.random.Generator, found: Found
) -> None:
    """One replicate of everything without resampling."""
    x, y = people(n, gain, rng)
    d = y - x
    if no_spread(d):
        return
    test = t_mean(d, LEVEL)
    note(found, "coverage: mean change, t", inside(test.low, test.high, known["mean"]))
    low, high = t_noncentrality(test.statistic, test.df, LEVEL)
    note(found, "coverage: d_z, noncentral t", inside(low / np.sqrt(n), high / np.sqrt(n), known["d_z"]))
    ideal = mean_bca(d, LEVEL)
    if ideal is not None:
        note(found, "coverage: mean change, exact BCa", inside(ideal.low, ideal.high, known["mean"]))
    was, became = x > CUT, y > CUT
    gained, lost = int((became & ~was).sum()), int((was & ~became).sum())
    both = int((was & became).sum())
    limits = newcombe_paired(both, gained, lost, n - both - gained - lost, LEVEL)
    note(found, "coverage: paired share, Newcombe", inside(*limits, known["share"]))
    score = tango(gained, lost, n, LEVEL)
    note(found, "coverage: paired share, Tango", inside(score.low, score.high, known["share"]))
    if gain == 0.0:
        _tests(d, x, y, gained, lost, found)


def _tests(d: np.ndarray, x: np.ndarray, y: np.ndarray, gained: int, lost: int, found: Found) -> None:
    alpha = 1 - LEVEL
    note(found, "type I: paired t", t_mean(d, LEVEL).p_value < alpha)
    for zeros in ("wilcoxon", "pratt"):
        note(found, f"type I: signed-rank, {zeros}", signed_rank(d, zeros).p_value < alpha)
        shift = hodges_lehmann(d, LEVEL, zeros)
        if shift is not None:
            note(found, f"coverage: Hodges-Lehmann, {zeros}", inside(shift.low, shift.high, 0.0))
    note(found, "type I: sign flip", sign_flip(d, 1).p_value < alpha)
    exact = mcnemar(gained, lost, LEVEL)
    note(found, "type I: McNemar exact", exact.p_exact < alpha)
    note(found, "type I: McNemar mid-p", exact.p_mid < alpha)
    note(found, "type I: Tango score", tango(gained, lost, len(d), LEVEL).p_value < alpha)
    bands = [np.digitize(v, (28, 52, 72)) for v in (x, y)]
    table = transition(bands[0], bands[1], 4)
    for name, result in (("Stuart-Maxwell", stuart_maxwell(table, 1)), ("Bowker", bowker(table, 1))):
        note(found, f"type I: {name}, exact", result.p_exact < alpha)
        note(found, f"type I: {name}, chi-square", result.p_chi2 < alpha)


def bootstraps(
    n: int, gain: float, known: dict[str, float], resamples: int, rng: np.random.Generator, found: Found
) -> None:
    """One replicate of the BCa intervals of standardised changes."""
    x, y = people(n, gain, rng)
    if no_spread(y - x) or no_spread(x):
        return
    counts = resample_counts(n, resamples, int(rng.integers(2**31)))
    intervals = moment_bca(change_moments(x, y), standardised_changes, counts, LEVEL)
    shrink = np.sqrt((n - 1) / n)
    for name, interval in zip(("d_av", "d_rm", "d_start"), intervals, strict=True):
        note(
            found,
            f"coverage: {name}, BCa",
            inside(interval.low * shrink, interval.high * shrink, known[name]),
        )


def run(replicates: int, bootstrap_replicates: int, resamples: int, sizes: Sequence[int] = SIZES) -> str:
    """Return the table as Markdown."""
    lines = ["| n | true gain | what | measured | Monte-Carlo error | nominal | replicates | verdict |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for gain in (0.0, 8.0):
        known = truth(gain)
        for n in sizes:
            rng, found = np.random.default_rng([n, int(gain), 5]), Found()
            for _ in range(replicates):
                closed_forms(n, gain, known, rng, found)
            for _ in range(bootstrap_replicates):
                bootstraps(n, gain, known, resamples, rng, found)
            lines += [_line(n, gain, name, hits) for name, hits in sorted(found.items())]
    return "\n".join(lines) + "\n"


def _line(n: int, gain: float, name: str, hits: list[float]) -> str:
    share = float(np.mean(hits))
    error = float(np.sqrt(max(share * (1 - share), 1e-12) / len(hits)))
    nominal = LEVEL if name.startswith("coverage") else 1 - LEVEL
    short = nominal - share if name.startswith("coverage") else share - nominal
    verdict = "reached" if short <= 2 * error else f"missed by {short:.3f}"
    return (
        f"| {n} | {gain:g} | {name} | {share:.4f} | {error:.4f} | {nominal:.2f} | {len(hits)} | {verdict} |"
    )


def main() -> None:
    """Read the arguments and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--bootstrap-replicates", type=int, default=50)
    parser.add_argument("--resamples", type=int, default=1_999)
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    table = run(chosen.replicates, chosen.bootstrap_replicates, chosen.resamples)
    if chosen.out is None:
        print(table)
    else:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
