"""Selection on what was not observed, in proportion to selection on what was: Oster's delta and beta.

In the notation of Oster (2019), https://doi.org/10.1080/07350015.2016.1227711.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Regressions:
    """What the short regression (no covariates) and the one with covariates tell.

    `y_variance` and `x_variance` are those of outcome and treatment, `x_left` what covariates leave of the
    latter.
    """

    short: float
    r2_short: float
    full: float
    r2_full: float
    y_variance: float
    x_variance: float
    x_left: float


def regressions(y: Array, d: Array, x: Array, weights: Array | None = None) -> Regressions:
    """Fit both regressions; the covariates that always stand in the model are taken out beforehand."""
    w = np.ones(len(y)) if weights is None else weights / weights.mean()
    y, d, x = (v - np.average(v, axis=0, weights=w) for v in (y, d, x))
    root = np.sqrt(w)
    yy, dd = float(w @ y**2 / len(y)), float(w @ d**2 / len(y))
    short = float((w * d) @ y / ((w * d) @ d))
    both = np.column_stack([d, x])
    beta = np.linalg.lstsq(both * root[:, None], y * root, rcond=None)[0]
    left = d - x @ np.linalg.lstsq(x * root[:, None], d * root, rcond=None)[0]
    rest = y - both @ beta
    return Regressions(
        short, short**2 * dd / yy, float(beta[0]), 1.0 - float(w @ rest**2 / len(y)) / yy, yy, dd,
        float(w @ left**2 / len(y)),
    )  # fmt: skip


def adjusted(r: Regressions, r2_max: float, delta: float) -> list[float]:
    """Return the treatment's coefficients that `delta` and `r2_max` allow (the real roots of a cubic).

    The bias nu solves  delta * cov(x, observed) * var(unobserved) = cov(x, unobserved) * var(observed)
    when each part is written by what the two regressions tell.  The root nearest to the estimate with
    covariates stands first, among those under which covariates and bias keep the direction of selection.
    """
    gap = r.short - r.full
    rest = (r2_max - r.r2_full) * r.y_variance
    gained = (r.r2_full - r.r2_short) * r.y_variance
    xx, tau = r.x_variance, r.x_left
    cubic = [
        (delta - 1.0) * tau * (xx - tau),
        (delta - 2.0) * gap * xx * tau,
        delta * (xx - tau) * rest - tau * (gained + gap**2 * xx),
        delta * gap * xx * rest,
    ]
    scale = max(abs(c) for c in cubic)
    kept = cubic[next((k for k, c in enumerate(cubic) if abs(c) > 1e-12 * scale), 3) :]
    roots = np.roots(kept)
    real = roots[np.abs(roots.imag) <= 1e-7 * np.maximum(np.abs(roots.real), 1e-12)].real
    # Cov(x, observed index) is (gap + nu) xx - nu tau; it must keep the sign that the covariates' move shows.
    same = [(gap + nu) * xx - nu * tau for nu in real]
    order = sorted(range(len(real)), key=lambda k: (same[k] * gap < 0.0, abs(real[k])))
    return [float(r.full - real[k]) for k in order]


def delta_for(r: Regressions, r2_max: float, beta: float) -> float:
    """Return how strong selection on the unobserved must be, relative to the observed, for effect `beta`."""
    gap, nu = r.short - r.full, r.full - beta
    xx, tau = r.x_variance, r.x_left
    rest = (r2_max - r.r2_full) * r.y_variance
    gained = (r.r2_full - r.r2_short) * r.y_variance
    below = ((gap + nu) * xx - nu * tau) * (rest + nu**2 * tau)
    above = nu * tau * (gained + (gap + nu) ** 2 * xx - nu**2 * tau)
    return float(above / below) if below != 0.0 else float("inf")
