"""Weights for response, bounds, responder tests and multiple imputation, with answers missing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from change_parts.people import LEVEL, Found, answers, inside, note, people
from ipseval.analysis.kernels import bounds
from ipseval.analysis.kernels.exact_tables import freeman_halton
from ipseval.analysis.kernels.imputation import Variable, impute
from ipseval.analysis.kernels.pooling import rubin
from ipseval.analysis.kernels.ranks import rank_sum

ALPHA = 1 - LEVEL


@lru_cache
def truth(gain: float) -> float:
    """Mean after of a million people."""
    return float(people(1_000_000, gain, np.random.default_rng(77))[1].mean())


def _with_missing(
    n: int, gain: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores before and after, a related score, and who answers after: the worse off answer less."""
    level = rng.normal(44, 15, n)
    x, y, other = answers(level, 0.0, rng), answers(level, gain, rng), level + rng.normal(0, 12, n)
    answered = rng.uniform(size=n) < special.expit(1.0 + 0.03 * (x - 44))
    return x, y, other, answered


def closed_forms(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate of weighting, worst and best case, and the tests of responders against the rest."""
    x, y, _, answered = _with_missing(n, gain, rng)
    if answered.sum() < 3:
        return
    plain = bounds.filled_mean(y[answered], 0, 0.0)
    _cover(found, "coverage: mean of those who answered (biased here)", plain, truth(gain))
    weighted = (
        bounds.ipw_mean(y, answered, np.column_stack([np.ones(n), x - 44.0])) if not answered.all() else plain
    )
    note(found, "no interval: weighted for response (response is separated)", weighted is None)
    if weighted is not None:
        _cover(found, "coverage: mean weighted for response", weighted, truth(gain))
    low, high = (bounds.filled_mean(y[answered], int((~answered).sum()), v) for v in (0.0, 100.0))
    limits = bounds.imbens_manski(low, high, LEVEL)
    note(found, "coverage: Manski bounds, Imbens-Manski", inside(*limits, truth(gain)))
    random = rng.uniform(size=n) < 0.7
    if 0 < random.sum() < n:
        note(
            found,
            "type I: responders against the rest, exact rank-sum",
            rank_sum(x[random], x[~random]).p_value < ALPHA,
        )
        a, c = int((x[random] > 50).sum()), int((x[~random] > 50).sum())
        p = bounds.fisher_p(a, int(random.sum()), c, int((~random).sum()))
        note(found, "type I: responders against the rest, Fisher", p < ALPHA)
        bands = np.digitize(x, (28, 52, 72))
        first, totals = np.bincount(bands[random], minlength=4), np.bincount(bands, minlength=4)
        p = freeman_halton(first, totals, 1).p_value
        note(found, "type I: responders against the rest, Fisher-Freeman-Halton of four bands", p < ALPHA)


def _cover(found: Found, name: str, estimate: bounds.Estimate, value: float) -> None:
    half = float(special.stdtrit(estimate.df, 1 - ALPHA / 2)) * estimate.std_error
    note(found, name, inside(estimate.value - half, estimate.value + half, value))


def imputed(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate of twenty imputations and their pooled mean."""
    x, y, other, answered = _with_missing(n, gain, rng)
    if answered.sum() < 5 or answered.all():
        return
    held = np.where(answered, y, np.nan)
    seed = int(rng.integers(2**31))
    filled = impute([Variable(x), Variable(other), Variable(held)], 20, 10, seed)[2]
    errors = filled.std(axis=1, ddof=1) / np.sqrt(n)
    pooled = rubin(filled.mean(axis=1)[:, None], errors[:, None], np.array([n - 1.0]))
    estimate = bounds.Estimate(*(float(v[0]) for v in (pooled.value, pooled.std_error, pooled.df)))
    _cover(found, "coverage: mean, 20 imputations, Rubin and Barnard-Rubin", estimate, truth(gain))


def tipping(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate of tipping points, n persons an arm: those helped who do not answer are worse off.

    Help does nothing on the whole, since what those who answer gain the others lose.  An effect said to
    stand up to the true shift of the missing, or to the true number of events among them, is then wrong.
    """
    control, helped = (answers(rng.normal(44, 15, n), 0.0, rng) for _ in range(2))
    answered = rng.uniform(size=n) < 0.75
    missing = 1.0 - float(answered.mean())
    if not 0.0 < missing < 0.9:
        return
    shift = -gain / 0.25
    events = [int((v > 50).sum()) for v in (control, helped)]
    p = bounds.fisher_p(events[1], n, events[0], n)
    note(found, "type I: tipping grid of yes/no at the true events, n per arm", p < ALPHA)
    helped = helped + np.where(answered, gain, gain + shift)
    first, second = (bounds.filled_mean(v, 0, 0.0) for v in (control, helped[answered]))
    estimate = bounds.difference(second, first)
    critical = float(special.stdtrit(estimate.df, 1 - ALPHA / 2))
    tips = bounds.tipping_shift(estimate, missing, n, critical)
    clear = abs(estimate.value) > critical * estimate.std_error
    stands = clear and not (np.isfinite(tips.unclear) and abs(tips.unclear) <= abs(shift))
    note(found, "type I: tipping point of scores at the true shift, n per arm", stands)


def lee(n: int, gain: float, resamples: int, rng: np.random.Generator, found: Found) -> None:
    """One replicate of Lee's bounds: help makes some answer who would not have; n persons in each arm."""
    level = rng.normal(44, 15, 2 * n)
    treated = np.arange(2 * n) < n
    y = answers(level, 0.0, rng) + np.where(treated, gain, 0.0)
    eagerness = rng.uniform(size=2 * n)
    answered = eagerness < np.where(treated, 0.85, 0.7)
    if answered[treated].sum() < 3 or answered[~treated].sum() < 3:
        return
    arms = [y[answered & side] for side in (treated, ~treated)]
    found_bounds = bounds.lee_bounds(arms[0], n, arms[1], n)
    errors = bounds.lee_errors(arms[0], n, arms[1], n, resamples, int(rng.integers(2**31)))
    ends = [
        bounds.Estimate(v, e, np.inf)
        for v, e in zip((found_bounds.low, found_bounds.high), errors, strict=True)
    ]
    limits = bounds.imbens_manski(ends[0], ends[1], LEVEL)
    note(found, f"coverage: Lee bounds, bootstrap of {resamples}, n per arm", inside(*limits, gain))
