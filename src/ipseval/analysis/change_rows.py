"""Rows of a mean change: means, difference, exact rank and sign tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ipseval.analysis.change_inputs import Pairs
from ipseval.analysis.kernels.bootstrap import mean_bca, moment_bca, resample_counts
from ipseval.analysis.kernels.paired_t import TMean, no_spread, t_mean
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank
from ipseval.core import tails
from ipseval.core.result import Note

Row = dict[str, Any]
KEPT = 4_000_000
"""Cells of resamples kept for the next outcome: 32 MB."""
FEWEST_FOR_BOOTSTRAP = 5
"""Below five pairs a resample is too often one person over and over."""


@dataclass
class Book:
    """Rows and notes as they are made, with the settings they share; it never leaves the analysis."""

    level: float
    zeros: str
    resamples: int
    seed: int
    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    counts: dict[int, list[np.ndarray[Any, np.dtype[np.float64]]]] = field(default_factory=dict)

    def add(self, row: Row, note: str = "", *, status: str = "refused", **values: Any) -> None:
        """Add a row; with a note's code the row is refused, or has the status that is said."""
        if note:
            told = {"outcome": row["outcome"], **values}
            self.notes.append(Note(note, row=len(self.rows), values=told))
            row = {**row, "status": status}
            if status == "refused":
                row = {k: v for k, v in row.items() if k not in NUMBERS}
        self.rows.append(row)

    def draws(self, n: int) -> Iterable[np.ndarray[Any, np.dtype[np.float64]]]:
        """Resamples of n persons, kept for the next outcome with n pairs while they are small."""
        if n * self.resamples > KEPT:
            return resample_counts(n, self.resamples, self.seed)
        if n not in self.counts:
            self.counts[n] = list(resample_counts(n, self.resamples, self.seed))
        return self.counts[n]


NUMBERS = (
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "conf_level",
    "statistic",
    "df",
    "p_value",
    "n_events",
)


def start(pairs: Pairs, term: str, scale: str, estimand: str = "") -> Row:
    """Open a row of an outcome."""
    row: Row = {"outcome": pairs.outcome, "group": pairs.group, "term": term, "scale": scale, "n": pairs.n}
    if scale in ("difference", "standardised"):
        row["contrast"] = "after - before"
    return row | {"estimand": estimand or term}


def location_rows(pairs: Pairs, book: Book) -> None:
    """Means before and after, the difference with t and bootstrap intervals, and the SDs."""
    for term, x in (("before", pairs.before), ("after", pairs.after)):
        _mean_row(start(pairs, term, "mean"), x, book, with_p=False)
    _mean_row(start(pairs, "difference", "difference"), pairs.difference, book, with_p=True)
    _bootstrap_row(pairs, book)
    sides = (("sd_before", pairs.before), ("sd_after", pairs.after), ("sd_difference", pairs.difference))
    for term, x in sides:
        row = start(pairs, term, "sd")
        if pairs.n < 2:
            book.add(row, "needs_two_pairs")
        else:
            book.add(row | {"estimate": 0.0 if no_spread(x) else float(np.std(x, ddof=1))})
    row = start(pairs, "correlation", "correlation")
    if pairs.n < 2:
        book.add(row, "needs_two_pairs")
    elif no_spread(pairs.before) or no_spread(pairs.after):
        book.add(row, "no_spread")
    else:
        book.add(row | {"estimate": float(np.corrcoef(pairs.before, pairs.after)[0, 1])})


def _mean_row(row: Row, x: np.ndarray[Any, np.dtype[np.float64]], book: Book, *, with_p: bool) -> None:
    if len(x) == 0:
        book.add(row, "no_pairs")
        return
    found = t_mean(x, book.level)
    row = row | {"estimate": found.mean}
    if len(x) == 1:
        book.add(row, "one_pair_has_no_interval", status="flagged")
    elif not np.isfinite(found.std_error):
        book.add(row, "constant_has_no_interval", status="flagged")
    else:
        book.add(row | t_columns(found, book.level, with_p=with_p))


def t_columns(found: TMean, level: float, *, with_p: bool = True) -> Row:
    """Give the columns of a t interval, and its test when the row carries it."""
    row = {"std_error": found.std_error, "ci_low": found.low, "ci_high": found.high, "conf_level": level}
    row |= {"df": found.df}
    return row | {"statistic": found.statistic, "p_value": found.p_value} if with_p else row


def _bootstrap_row(pairs: Pairs, book: Book) -> None:
    row = start(pairs, "difference_bca", "difference", "difference")
    if pairs.n < FEWEST_FOR_BOOTSTRAP:
        book.add(row, "too_few_for_bootstrap", n=pairs.n)
        return
    if no_spread(pairs.difference):
        book.add(row, "constant_difference")
        return
    found = mean_bca(pairs.difference, book.level)
    if found is None:
        means = moment_bca(pairs.difference[:, None], lambda m: m, book.draws(pairs.n), book.level)
        found = means[0]
    row |= {"estimate": float(pairs.difference.mean()), "std_error": found.std_error}
    row |= {"ci_low": found.low, "ci_high": found.high, "conf_level": book.level}
    book.add(row)


def rank_rows(pairs: Pairs, book: Book) -> None:
    """Hodges-Lehmann shift with the exact signed-rank test it inverts; sign and permutation tests."""
    _hodges_lehmann_row(pairs, book)
    sign_row(pairs, book)
    row = start(pairs, "permutation", "difference", "difference")
    if pairs.n == 0:
        book.add(row, "no_pairs")
        return
    row |= {"estimate": float(pairs.difference.mean())}
    if signed_rank(pairs.difference).n_changed == 0:
        book.add(row, "nobody_changed")
        return
    found = sign_flip(pairs.difference, book.seed)
    row |= {"p_value": found.p_value}
    if found.exact:
        book.add(row)
    else:
        book.add(row, "permutation_was_drawn", status="ok")


def _hodges_lehmann_row(pairs: Pairs, book: Book) -> None:
    row = start(pairs, "hodges_lehmann", "difference", f"pseudomedian_{book.zeros}")
    if pairs.n == 0:
        book.add(row, "no_pairs")
        return
    test = signed_rank(pairs.difference, book.zeros)
    if test.n_changed == 0:
        book.add(row, "nobody_changed")
        return
    shift = hodges_lehmann(pairs.difference, book.level, book.zeros)
    if shift is None:
        book.add(row, "too_many_for_rank_interval")
        return
    row |= {"estimate": shift.estimate, "statistic": test.statistic, "p_value": test.p_value}
    if not (np.isfinite(shift.low) and np.isfinite(shift.high)):
        book.add(row, "too_few_for_exact_interval", status="flagged", n=pairs.n)
        return
    row |= {"ci_low": shift.low, "ci_high": shift.high, "conf_level": book.level}
    # The interval is closed: a shift of zero may stand at its end and yet be just rejected.
    if test.p_value <= 1.0 - book.level and 0.0 in (shift.low, shift.high):
        book.notes.append(Note("zero_is_just_outside", row=len(book.rows), values={"outcome": pairs.outcome}))
    book.add(row, "" if test.exact else "rank_test_is_approximate", status="ok")


def sign_row(pairs: Pairs, book: Book) -> None:
    """Share who rose of those who changed, with the sign test and the interval that inverts it."""
    from scipy import special

    row = start(pairs, "risen", "share", "share_of_changed")
    test = signed_rank(pairs.difference) if pairs.n else None
    if test is None or test.n_changed == 0:
        book.add(row, "nobody_changed" if pairs.n else "no_pairs")
        return
    n = test.n_changed
    k = int((pairs.difference > 1e-9 * np.max(np.abs(pairs.difference))).sum())
    alpha = (1.0 - book.level) / 2.0
    low = 0.0 if k == 0 else float(special.betaincinv(k, n - k + 1, alpha))
    high = 1.0 if k == n else float(special.betaincinv(k + 1, n - k, 1.0 - alpha))
    p = min(1.0, 2.0 * float(special.bdtr(min(k, n - k), n, 0.5)))
    row |= {"estimate": k / n, "n": n, "n_events": k, "ci_low": low, "ci_high": high}
    book.add(row | {"conf_level": book.level, "statistic": float(k), "p_value": max(p, tails.SMALLEST)})
