"""Reliable change of one person: six standardised changes and the cuts between two populations.

Every function takes arrays of scores and gives one number per person; positive always means higher after.
Sources: Jacobson and Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12; Speer (1992),
https://doi.org/10.1037/0022-006X.60.3.402 (Edwards-Nunnally); Hsu (1989), Behavioral Assessment 11, 459-467
(Gulliksen-Lord-Novick, Hsu-Linn-Lord); Hageman and Arrindell (1999),
https://doi.org/10.1016/S0005-7967(99)00032-7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipseval.core.errors import EstimationError

Floats = NDArray[np.float64]
METHODS = ("jacobson_truax", "edwards_nunnally", "gulliksen_lord_novick", "hsu_linn_lord",
           "nunnally_kotsch", "hageman_arrindell")  # fmt: skip
HAGEMAN_CRITICAL = 1.65
"""Hageman and Arrindell test one-sided at 5 %; the other methods two-sided at the level asked for."""


@dataclass(frozen=True)
class Norms:
    """What the formulas need beside the scores: means and SDs before and after, their correlation, r."""

    mean_before: float
    mean_after: float
    sd_before: float
    sd_after: float
    correlation: float
    reliability: float

    @property
    def sem(self) -> float:
        """Standard error of measurement."""
        return float(self.sd_before * np.sqrt(1.0 - self.reliability))


def standardised(method: str, x: Floats, y: Floats, norms: Norms) -> Floats:
    """Give each person's change in standard errors by one of `METHODS`."""
    if method == "hageman_arrindell":
        return _hageman_arrindell(x, y, norms)
    r, m1, s1 = norms.reliability, norms.mean_before, norms.sd_before
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "jacobson_truax":
            return np.asarray((y - x) / (np.sqrt(2.0) * norms.sem))
        predicted = r * (x - m1) + m1
        if method == "edwards_nunnally":
            return np.asarray((y - predicted) / norms.sem)
        residual_sd = s1 * np.sqrt(1.0 - r * r)
        if method == "gulliksen_lord_novick":
            return np.asarray((y - predicted) / residual_sd)
        if method == "hsu_linn_lord":
            return np.asarray((y - norms.mean_after - r * (x - m1)) / residual_sd)
        return np.asarray((y - predicted) / np.sqrt((r * r + 1.0) * s1 * s1 * (1.0 - r)))


@dataclass(frozen=True)
class HagemanArrindell:
    """Reliability of the difference, reliabilities before and after, by Hageman and Arrindell."""

    of_difference: float
    before: float
    after: float


def hageman_reliabilities(norms: Norms) -> HagemanArrindell:
    """Reliabilities that follow when the standard error of measurement is the same before and after."""
    s1, s2 = norms.sd_before, norms.sd_after
    error = norms.sem**2
    r1, r2 = (s1 * s1 - error) / (s1 * s1), (s2 * s2 - error) / (s2 * s2)
    twice = 2.0 * s1 * s2 * norms.correlation
    spread = s1 * s1 + s2 * s2 - twice
    of_difference = (s1 * s1 * r1 + s2 * s2 * r2 - twice) / spread if spread > 0 else float("nan")
    return HagemanArrindell(of_difference, r1, r2)


def _hageman_arrindell(x: Floats, y: Floats, norms: Norms) -> Floats:
    share = hageman_reliabilities(norms).of_difference
    if not share > 0.0:
        return np.full(len(x), np.nan)
    shift = (norms.mean_after - norms.mean_before) * (1.0 - share)
    return np.asarray(((y - x) * share + shift) / (np.sqrt(share) * np.sqrt(2.0) * norms.sem))


@dataclass(frozen=True)
class Population:
    """Mean and SD of a clinical or a functional population."""

    mean: float
    sd: float


def cutoff(criterion: str, better: str, clinical: Population | None, functional: Population | None) -> float:
    """Score that parts the clinical from the functional population by criterion a, b or c.

    a: two SDs beyond the clinical mean.  b: within two SDs of the functional mean, by the *functional* SD.
    c: where both are equally near in their own SDs.
    """
    sign = 1.0 if better == "higher" else -1.0
    if (criterion in "ac" and clinical is None) or (criterion in "bc" and functional is None):
        raise EstimationError(
            f"cut={criterion!r} needs the mean and SD of the "
            f"{ {'a': 'clinical', 'b': 'functional', 'c': 'clinical and the functional'}[criterion] } "
            "population: give clinical= and functional= as (mean, sd)."
        )
    if criterion == "a":
        assert clinical is not None
        return clinical.mean + sign * 2.0 * clinical.sd
    assert functional is not None
    if criterion == "b":
        return functional.mean - sign * 2.0 * functional.sd
    assert clinical is not None
    return (clinical.sd * functional.mean + functional.sd * clinical.mean) / (clinical.sd + functional.sd)
