"""Rows of standardised changes, each variant named, each with its own interval."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipseval.analysis.change_inputs import Pairs
from ipseval.analysis.change_rows import FEWEST_FOR_BOOTSTRAP, Book, Row, start
from ipseval.analysis.kernels.bootstrap import Bca, moment_bca
from ipseval.analysis.kernels.noncentral import t_noncentrality
from ipseval.analysis.kernels.paired_t import (
    change_moments,
    hedges_j,
    no_spread,
    standardised_changes,
    t_mean,
)

VARIANTS = ("av", "rm", "start")
MOST_FAILED = 0.05
"""Share of resamples without a value above which an interval would be about other data."""


def effect_rows(pairs: Pairs, book: Book) -> None:
    """d_z by the noncentral t; d_av, d_rm and d_start by BCa; each also Hedges-corrected (g)."""
    refusal = _refusal(pairs)
    if refusal:
        for name in ("z", *VARIANTS):
            for letter in "dg":
                book.add(start(pairs, f"{letter}_{name}", "standardised"), refusal)
        return
    _z_rows(pairs, book)
    n = pairs.n
    shrink = np.sqrt((n - 1) / n)
    moments = change_moments(pairs.before, pairs.after)
    values = standardised_changes(moments.mean(axis=0)) * shrink
    found: list[Bca | None] = [None] * len(VARIANTS)
    if n >= FEWEST_FOR_BOOTSTRAP:
        found = list(moment_bca(moments, standardised_changes, book.draws(n), book.level))
    for name, value, interval in zip(VARIANTS, values, found, strict=True):
        for letter, factor in (("d", 1.0), ("g", hedges_j(n - 1))):
            row = start(pairs, f"{letter}_{name}", "standardised")
            _variant_row(row, float(value), factor, interval, float(shrink), book)


def _refusal(pairs: Pairs) -> str:
    if pairs.n < 2:
        return "needs_two_pairs"
    return "constant_difference" if no_spread(pairs.difference) else ""


def _z_rows(pairs: Pairs, book: Book) -> None:
    test = t_mean(pairs.difference, book.level)
    root = np.sqrt(pairs.n)
    low, high = t_noncentrality(test.statistic, test.df, book.level)
    for letter, factor in (("d", 1.0), ("g", hedges_j(test.df))):
        row = start(pairs, f"{letter}_z", "standardised")
        if not np.isfinite(factor):
            book.add(row, "too_few_for_hedges")
            continue
        row |= {"estimate": factor * test.statistic / root, "statistic": test.statistic, "df": test.df}
        row |= {"ci_low": factor * low / root, "ci_high": factor * high / root, "conf_level": book.level}
        # The noncentral t interval leaves out zero exactly when the paired t-test rejects: same test.
        book.add(row | {"p_value": test.p_value})


def _variant_row(
    row: Row, value: float, factor: float, interval: Bca | None, shrink: float, book: Book
) -> None:
    if not np.isfinite(value):
        book.add(row, "no_spread")
    elif not np.isfinite(factor):
        book.add(row, "too_few_for_hedges")
    elif interval is None:
        row["estimate"] = factor * value
        book.add(row, "too_few_for_bootstrap", status="flagged", n=row["n"])
    elif not np.isfinite(interval.low) or interval.n_failed > MOST_FAILED * book.resamples:
        row["estimate"] = factor * value
        book.add(row, "bootstrap_has_no_spread", status="flagged", n=interval.n_failed)
    else:
        _with_interval(row, factor * value, factor * shrink, interval, book)


def _with_interval(row: Row, value: float, scale: float, interval: Bca, book: Book) -> None:
    row |= {"estimate": value, "std_error": scale * interval.std_error, "conf_level": book.level}
    row |= {"ci_low": scale * interval.low, "ci_high": scale * interval.high}
    told: dict[str, Any] = {"n": interval.n_failed}
    if interval.n_failed:
        book.add(row, "resamples_left_out", status="ok", **told)
    else:
        book.add(row)
