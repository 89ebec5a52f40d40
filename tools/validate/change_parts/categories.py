"""Shares, sign test, equivalence, paired odds, ordinal moves, reliable change and gains beyond selection."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from change_parts.people import LEVEL, RELIABILITY, SD_DAY, SD_LEVEL, Found, answers, inside, note, people
from ipseval.analysis.change_inputs import Pairs
from ipseval.analysis.change_rows import Book, sign_row
from ipseval.analysis.change_target import ChangeTarget, Selection
from ipseval.analysis.change_thresholds import threshold_rows
from ipseval.analysis.kernels.paired_shares import mcnemar
from ipseval.analysis.kernels.reliable import HAGEMAN_CRITICAL, METHODS, Norms, standardised
from ipseval.analysis.kernels.shares import wilson
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.analysis.kernels.square_tables import ordinal_shift, transition

MIC, CUT, BANDS = 12.0, 50.0, (28, 52, 72)
ALPHA = 1 - LEVEL
SD = float(np.hypot(SD_LEVEL, SD_DAY))


@lru_cache
def truth(gain: float) -> dict[str, float]:
    """Read the population values off a million people."""
    x, y = people(1_000_000, gain, np.random.default_rng(77))
    d, steps = y - x, np.digitize(y, BANDS) - np.digitize(x, BANDS)
    gained, lost = np.mean((y > CUT) & (x <= CUT)), np.mean((x > CUT) & (y <= CUT))
    shift = np.log(steps[steps > 0].sum() / -steps[steps < 0].sum())
    values = {"mean": d.mean(), "odds": gained / lost, "risen": np.mean(d > 0) / np.mean(d != 0)}
    values |= {"improved": np.mean(d >= MIC), "worse": np.mean(d <= -MIC), "shift": shift}
    return {name: float(value) for name, value in values.items()}


def closed_forms(n: int, gain: float, rng: np.random.Generator, found: Found) -> None:
    """One replicate."""
    known = truth(gain)
    x, y = people(n, gain, rng)
    d = y - x
    for name, events in (("improved", int((d >= MIC).sum())), ("worse", int((d <= -MIC).sum()))):
        low, high = wilson(events, n, LEVEL)
        note(
            found, f"coverage: share {name} by the MIC, Wilson", inside(float(low), float(high), known[name])
        )
    _odds(x, y, known, found)
    _ordinal(x, y, gain, known, found)
    _verb_rows(x, y, gain, known, found)
    if gain == 0.0:
        _reliable(x, y, found)
        _selected(n, rng, found)


def _odds(x: np.ndarray, y: np.ndarray, known: dict[str, float], found: Found) -> None:
    gained, lost = int(((y > CUT) & (x <= CUT)).sum()), int(((x > CUT) & (y <= CUT)).sum())
    if gained + lost:
        exact = mcnemar(gained, lost, LEVEL)
        hit = inside(exact.low, exact.high, known["odds"])
        note(found, "coverage: paired odds ratio, exact conditional", hit)


def _ordinal(x: np.ndarray, y: np.ndarray, gain: float, known: dict[str, float], found: Found) -> None:
    before, after = (np.digitize(v, BANDS) for v in (x, y))
    shift = ordinal_shift(transition(before, after, 4))
    told = np.isfinite(shift.std_error)
    note(found, "no interval: ordinal shift (nobody moved one way)", not told)
    if told:
        half = float(special.ndtri(1 - ALPHA / 2)) * shift.std_error
        hit = inside(shift.log_odds - half, shift.log_odds + half, known["shift"])
        note(found, "coverage: ordinal shift (proportional odds), Wald", hit)
        if gain == 0.0:
            note(found, "type I: ordinal shift (proportional odds), Wald", shift.p_value < ALPHA)
    if gain == 0.0:
        steps = (after - before).astype(float)
        p = sign_flip(steps, 1).p_value if steps.any() else 1.0
        note(found, "type I: ordinal permutation", p < ALPHA)


def _verb_rows(x: np.ndarray, y: np.ndarray, gain: float, known: dict[str, float], found: Found) -> None:
    book = Book(LEVEL, "wilcoxon", 0, 1)
    pairs = Pairs("y", "", x, y, 0, 0, 0)
    sign_row(pairs, book)
    if gain:
        # The change is exactly as large as the margin: the largest type-I error of the two one-sided tests.
        threshold_rows(pairs, ChangeTarget(margin=known["mean"]), book)
    for row in book.rows:
        if row["term"] == "risen" and "p_value" in row:
            hit = inside(row["ci_low"], row["ci_high"], known["risen"])
            note(found, "coverage: share risen of those who changed, Clopper-Pearson", hit)
            if gain == 0.0:
                note(found, "type I: sign test", row["p_value"] < ALPHA)
        if row["term"] == "equivalence" and "p_value" in row:
            note(found, "type I: equivalence (TOST) at the margin", row["p_value"] < ALPHA)


def _reliable(x: np.ndarray, y: np.ndarray, found: Found) -> None:
    correlation = float(np.corrcoef(x, y)[0, 1])
    norms = Norms(x.mean(), y.mean(), SD, float(y.std(ddof=1)), correlation, RELIABILITY)
    for method in METHODS:
        hageman = method == "hageman_arrindell"
        critical = HAGEMAN_CRITICAL if hageman else float(special.ndtri(1 - ALPHA / 2))
        z = standardised(method, x, y, norms)
        if np.isfinite(z).all():
            expected = "0.05" if hageman else "0.025"
            note(found, f"by chance ({expected} expected): improved, {method}", float((z > critical).mean()))


def _selected(n: int, rng: np.random.Generator, found: Found) -> None:
    """People screened in at 50 or below who get no help: nothing is left beyond selection."""
    level = rng.normal(44, SD_LEVEL, 6 * n)
    x = answers(level, 0.0, rng)
    chosen = np.flatnonzero(x <= CUT)[:n]
    x, y = x[chosen], answers(level[chosen], 0.0, rng)
    told = {"with the cut": {"sd": SD, "cut": CUT + 2.0}, "by the mean at start": {}}
    for name, more in told.items():
        book = Book(LEVEL, "wilcoxon", 0, 1)
        target = ChangeTarget(selection=Selection(mean=44.0, reliability=RELIABILITY, **more))
        threshold_rows(Pairs("y", "", x, y, 0, 0, 0), target, book)
        row = book.rows[1]
        if "p_value" in row:
            note(found, f"type I: change beyond selection, {name}", row["p_value"] < ALPHA)
