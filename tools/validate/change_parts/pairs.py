"""Means, shifts, standardised changes, McNemar, Stuart-Maxwell and Bowker of pairs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from change_parts.people import LEVEL, Found, inside, note, people
from ipseval.analysis.kernels.bootstrap import mean_bca, moment_bca, resample_counts
from ipseval.analysis.kernels.noncentral import t_noncentrality
from ipseval.analysis.kernels.paired_shares import mcnemar, newcombe_paired, tango
from ipseval.analysis.kernels.paired_t import (
    change_moments,
    hedges_j,
    no_spread,
    standardised_changes,
    t_mean,
)
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank
from ipseval.analysis.kernels.square_tables import bowker, stuart_maxwell, transition

CUT = 50.0


@lru_cache
def truth(gain: float) -> dict[str, float]:
    """Read the population values off a million people."""
    x, y = people(1_000_000, gain, np.random.default_rng(77))
    d = y - x
    moments = standardised_changes(change_moments(x, y).mean(axis=0))
    values = {"mean": d.mean(), "d_z": d.mean() / d.std(), "share": np.mean(y > CUT) - np.mean(x > CUT)}
    names = ("d_av", "d_rm", "d_start")
    return {k: float(v) for k, v in {**values, **dict(zip(names, moments, strict=True))}.items()}


def closed_forms(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate of everything without resampling."""
    known = truth(gain)
    x, y = people(n, gain, rng)
    d = y - x
    if no_spread(d):
        return
    test = t_mean(d, LEVEL)
    note(found, "coverage: mean change, t", inside(test.low, test.high, known["mean"]))
    low, high = t_noncentrality(test.statistic, test.df, LEVEL)
    for letter, factor in (("d", 1.0), ("g", hedges_j(test.df))):
        scale = factor / np.sqrt(n)
        note(found, f"coverage: {letter}_z, noncentral t", inside(low * scale, high * scale, known["d_z"]))
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


def bootstraps(n: int, gain: float, resamples: int, rng: np.random.Generator, found: Found) -> None:
    """One replicate of the BCa intervals of standardised changes."""
    known = truth(gain)
    x, y = people(n, gain, rng)
    if no_spread(y - x) or no_spread(x):
        return
    counts = resample_counts(n, resamples, int(rng.integers(2**31)))
    intervals = moment_bca(change_moments(x, y), standardised_changes, counts, LEVEL)
    shrink = np.sqrt((n - 1) / n)
    for name, interval in zip(("av", "rm", "start"), intervals, strict=True):
        for letter, factor in (("d", shrink), ("g", shrink * hedges_j(n - 1))):
            hit = inside(interval.low * factor, interval.high * factor, known[f"d_{name}"])
            note(found, f"coverage: {letter}_{name}, BCa", hit)
