"""Three waves with a fifth of the later answers missing, two arms: mixed models and estimating equations."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from change_parts.people import LEVEL, SD_LEVEL, Found, answers, inside, note
from ipseval.analysis.kernels.repeated_gee import fit_gee, wald_f
from ipseval.analysis.kernels.repeated_mixed import MixedFit, Person, f_test, fit_mixed, persons_of
from ipseval.core import tails
from ipseval.core.errors import EstimationError

ALPHA = 1 - LEVEL
TIMES = (0.0, 0.5, 1.0)
CUT = 50.0
# Columns are control at the three waves, then treated.
LAST = np.array([1.0, 0.0, -1.0, -1.0, 0.0, 1.0])
COURSE = np.array([[1.0, -1.0, 0.0, -1.0, 1.0, 0.0], LAST])


def _scores(n: int, gain: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, 3) and arm; the treated gain evenly over time, the others nothing."""
    level = rng.normal(44, SD_LEVEL, n)
    treated = np.arange(n) % 2
    return np.column_stack([answers(level + gain * t * treated, 0.0, rng) for t in TIMES]), treated


@lru_cache
def truth(gain: float) -> dict[str, float]:
    """Difference in change at the last wave, as means and as log-odds, of a million people."""
    y, treated = _scores(1_000_000, gain, np.random.default_rng(77))
    means = np.concatenate([y[treated == a].mean(axis=0) for a in (0, 1)])
    logits = special.logit(np.concatenate([(y[treated == a] > CUT).mean(axis=0) for a in (0, 1)]))
    return {"mean": float(LAST @ means), "log_odds": float(LAST @ logits)}


def fits(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate of every model."""
    y, treated = _scores(n, gain, rng)
    there = np.column_stack([np.ones(n, bool), rng.uniform(size=(n, 2)) > 0.2])
    person, wave = np.nonzero(there)
    x = np.zeros((len(person), 6))
    x[np.arange(len(person)), 3 * treated[person] + wave] = 1.0
    time = np.array(TIMES)[wave]
    if (x.sum(axis=0) < 2).any():
        return
    scores = y[person, wave]
    for name, z in (("random intercept", x[:, :0]), ("random slope", time[:, None])):
        z = np.column_stack([np.ones(len(x)), z])
        fit = _mixed(persons_of(x, z, scores, person))
        test = f_test(fit, LAST)
        _judge(found, f"mixed, {name}, Kenward-Roger", (fit.beta, fit.cov, test.df), truth(gain)["mean"])
        if gain == 0.0:
            joint = f_test(fit, COURSE)
            p = float(tails.f_upper(joint.statistic, joint.df_numerator, joint.df))
            note(found, f"type I: same course in both arms, mixed, {name}, Kenward-Roger", p < ALPHA)
    for exchangeable in (False, True):
        kind = "exchangeable" if exchangeable else "independence"
        people = persons_of(x, x[:, :1], scores, person)
        _gee(found, f"GEE, {kind}, Mancl-DeRouen", people, gain, yes_no=False, exchangeable=exchangeable)
        people = persons_of(x, x[:, :1], (scores > CUT).astype(float), person)
        _gee(
            found,
            f"GEE of yes/no, {kind}, Mancl-DeRouen",
            people,
            gain,
            yes_no=True,
            exchangeable=exchangeable,
        )


def _mixed(people: list[Person]) -> MixedFit:
    fit = fit_mixed(people)
    while fit.singular:
        # As the verb does: one random effect less until what is left is there.
        people = [Person(p.x, p.z[:, : p.z.shape[1] - 1], p.y) for p in people]
        fit = fit_mixed(people)
    return fit


def _gee(
    found: Found, name: str, people: list[Person], gain: float, *, yes_no: bool, exchangeable: bool
) -> None:
    if yes_no:
        x, y = np.vstack([p.x for p in people]), np.concatenate([p.y for p in people])
        share = (x.T @ y) / x.sum(axis=0)
        alike = bool(((share == 0) | (share == 1)).any())
        note(found, f"no interval: {name} (all alike in a wave, or no solution)", alike)
        if alike:
            return
    try:
        fit = fit_gee(people, yes_no=yes_no, exchangeable=exchangeable)
    except EstimationError:
        found[f"no interval: {name} (all alike in a wave, or no solution)"][-1] = 1.0
        return
    joint = wald_f(fit, COURSE)
    if not np.isfinite(joint.statistic):
        return
    _judge(found, name, (fit.beta, fit.cov, fit.df), truth(gain)["log_odds" if yes_no else "mean"])
    if gain == 0.0:
        p = float(tails.f_upper(joint.statistic, joint.df_numerator, joint.df))
        note(found, f"type I: same course in both arms, {name}", p < ALPHA)


def _judge(found: Found, name: str, fit: tuple[np.ndarray, np.ndarray, float], value: float) -> None:
    beta, cov, df = fit
    half = float(tails.t_quantile(LEVEL, df)) * float(np.sqrt(LAST @ cov @ LAST))
    estimate = float(LAST @ beta)
    hit = inside(estimate - half, estimate + half, value)
    note(found, f"coverage: difference in change, {name}", hit)
