"""Rows of bounds and sensitivity to missing answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.change_rows import Book, Row
from ipseval.analysis.kernels import bounds
from ipseval.core import tails

Floats = np.ndarray[Any, np.dtype[np.float64]]
MOST_SCENARIOS = 10_000


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm: outcome of everybody (NaN where missing) and the columns of the response model."""

    name: str
    y: Floats
    x: Floats | None

    @property
    def n(self) -> int:
        """Persons in the arm."""
        return len(self.y)

    @property
    def answers(self) -> Floats:
        """Outcomes of those who answered."""
        return np.asarray(self.y[~np.isnan(self.y)])

    @property
    def n_missing(self) -> int:
        """Persons without an answer."""
        return self.n - len(self.answers)


def bound_rows(outcome: str, arms: Sequence[Arm], ends: tuple[float, float], book: Book) -> None:
    """Add every row; `ends` is (worst, best) value of the outcome."""
    scale = "difference" if len(arms) == 2 else "mean"
    contrast = f"{arms[1].name} - {arms[0].name}" if len(arms) == 2 else ""
    base: Row = {"outcome": outcome, "scale": scale, "contrast": contrast, "n": sum(a.n for a in arms)}
    plain = _combine([bounds.filled_mean(a.answers, 0, 0.0) for a in arms])
    complete = base | {"n": sum(len(a.answers) for a in arms)}
    _add(complete | {"term": "complete_case", "estimand": "answered"}, plain, book)
    if arms[0].x is not None:
        weighted = [bounds.ipw_mean(a.y, ~np.isnan(a.y), a.x) for a in arms if a.x is not None]
        row = base | {"term": "ipw", "estimand": "everybody"}
        if any(w is None for w in weighted):
            book.add(row, "response_is_separated")
        else:
            _add(row, _combine([w for w in weighted if w is not None]), book)
    worst, best = (_filled(arms, ends, which) for which in (0, 1))
    _add(base | {"term": "worst_case", "estimand": "everybody"}, worst, book)
    _add(base | {"term": "best_case", "estimand": "everybody"}, best, book)
    low, high = sorted((worst, best), key=lambda e: e.value)
    ci = bounds.imbens_manski(low, high, book.level)
    row = base | {"term": "manski_bounds", "estimand": "everybody", "conf_level": book.level}
    book.add(row | {"ci_low": ci[0], "ci_high": ci[1]})
    if len(arms) == 2:
        _lee_rows(base, arms, book)
    _tipping_rows(base, arms, plain, book)


def _combine(parts: Sequence[bounds.Estimate]) -> bounds.Estimate:
    return parts[0] if len(parts) == 1 else bounds.difference(parts[1], parts[0])


def _filled(arms: Sequence[Arm], ends: tuple[float, float], which: int) -> bounds.Estimate:
    """Everybody missing at one end; with two arms, the first arm at the other end."""
    if len(arms) == 1:
        return bounds.filled_mean(arms[0].answers, arms[0].n_missing, ends[which])
    first = bounds.filled_mean(arms[0].answers, arms[0].n_missing, ends[1 - which])
    second = bounds.filled_mean(arms[1].answers, arms[1].n_missing, ends[which])
    return bounds.difference(second, first)


def _add(row: Row, found: bounds.Estimate, book: Book) -> None:
    row = row | {"estimate": found.value}
    if not found.std_error > 0:
        book.add(row, "constant_has_no_interval", status="flagged")
        return
    half = float(tails.t_quantile(book.level, found.df)) * found.std_error
    row |= {"std_error": found.std_error, "ci_low": found.value - half, "ci_high": found.value + half}
    t = found.value / found.std_error
    row |= {"conf_level": book.level, "statistic": t, "df": found.df}
    row |= {"p_value": float(tails.t_two_sided(t, found.df))}
    book.add(row)


def _lee_rows(base: Row, arms: Sequence[Arm], book: Book) -> None:
    control, treated = arms
    found = bounds.lee_bounds(treated.answers, treated.n, control.answers, control.n)
    errors = bounds.lee_errors(
        treated.answers, treated.n, control.answers, control.n, book.resamples, book.seed
    )
    low, high = (bounds.Estimate(v, e, np.inf) for v, e in zip((found.low, found.high), errors, strict=True))
    ci = bounds.imbens_manski(low, high, book.level)
    for term, part in (("lee_low", low), ("lee_high", high)):
        row = base | {"term": term, "estimand": "always_responders", "estimate": part.value}
        row |= {"std_error": part.std_error}
        book.add(row)
    row = base | {"term": "lee_bounds", "estimand": "always_responders", "conf_level": book.level}
    book.add(row | {"ci_low": ci[0], "ci_high": ci[1]}, "lee_trimmed", status="ok", share=100 * found.trimmed)


def _tipping_rows(base: Row, arms: Sequence[Arm], plain: bounds.Estimate, book: Book) -> None:
    shifted = arms[-1]
    critical = float(tails.t_quantile(book.level, plain.df)) if plain.std_error > 0 else 0.0
    found = bounds.tipping_shift(plain, shifted.n_missing / shifted.n, shifted.n, critical)
    for term, value in (("tipping_zero", found.zero), ("tipping_unclear", found.unclear)):
        row = base | {"term": term, "estimand": "shift_of_the_missing", "scale": "points"}
        if np.isfinite(value):
            book.add(row | {"estimate": value})
        else:
            book.add(row, "nobody_is_missing" if shifted.n_missing == 0 else "not_clear_to_begin_with")


def tipping_grid(arms: Sequence[Arm]) -> pd.DataFrame | None:
    """List every count of events among the missing of a 0/1 outcome, the estimate and Fisher's p."""
    if not all(np.isin(a.answers, (0.0, 1.0)).all() for a in arms):
        return None
    if np.prod([a.n_missing + 1 for a in arms]) > MOST_SCENARIOS:
        return None
    events = [int(a.answers.sum()) for a in arms]
    if len(arms) == 1:
        one = [(k, (events[0] + k) / arms[0].n) for k in range(arms[0].n_missing + 1)]
        return pd.DataFrame(one, columns=["events_among_missing", "estimate"])
    rows = []
    for k0 in range(arms[0].n_missing + 1):
        for k1 in range(arms[1].n_missing + 1):
            a, c = events[1] + k1, events[0] + k0
            p = bounds.fisher_p(a, arms[1].n, c, arms[0].n)
            rows.append((k0, k1, a / arms[1].n - c / arms[0].n, p))
    return pd.DataFrame(rows, columns=["events_first_arm", "events_second_arm", "difference", "p_value"])
