"""Rows of moves between categories."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ipseval.analysis.change_rows import Book, Row
from ipseval.analysis.kernels import square_tables as square
from ipseval.analysis.kernels.paired_shares import mcnemar, newcombe_paired, tango
from ipseval.analysis.kernels.shares import wilson
from ipseval.analysis.kernels.sign_flip import sign_flip
from ipseval.core import tails

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Moves:
    """Complete pairs of one outcome in one group, as positions in `codes`; `flow` counts the halves."""

    outcome: str
    group: str
    codes: tuple[str, ...]
    before: Ints
    after: Ints
    flow: tuple[int, int, int, int]

    @property
    def n(self) -> int:
        """Persons with both answers."""
        return len(self.before)

    @cached_property
    def table(self) -> Ints:
        """Persons by category before (rows) and after (columns)."""
        return square.transition(self.before, self.after, len(self.codes))


def move_rows(moves: Moves, book: Book, *, ordered: bool) -> None:
    """Add every row of one outcome and group."""
    for position, code in enumerate(moves.codes):
        _level_rows(moves, position, code, book)
    if len(moves.codes) == 2:
        _binary_rows(moves, book)
    _square_rows(moves, book)
    if ordered:
        _ordinal_rows(moves, book)


def _start(moves: Moves, term: str, estimand: str, scale: str, contrast: str = "") -> Row:
    row: Row = {"outcome": moves.outcome, "group": moves.group, "term": term, "estimand": estimand}
    return row | {"scale": scale, "contrast": contrast, "n": moves.n}


def _share(row: Row, events: int, book: Book) -> None:
    n = row["n"]
    if n == 0:
        book.add(row, "no_pairs")
        return
    low, high = wilson(events, n, book.level)
    share = events / n
    row |= {"estimate": share, "std_error": float(np.sqrt(share * (1 - share) / n)), "n_events": events}
    book.add(row | {"ci_low": float(low), "ci_high": float(high), "conf_level": book.level})


def _level_rows(moves: Moves, position: int, code: str, book: Book) -> None:
    was, became = moves.before == position, moves.after == position
    _share(_start(moves, code, "before", "share"), int(was.sum()), book)
    _share(_start(moves, code, "after", "share"), int(became.sum()), book)
    plain = _start(moves, code, "difference_newcombe", "risk_difference", "after - before")
    scored = _start(moves, code, "difference_tango", "risk_difference", "after - before")
    if moves.n == 0:
        book.add(plain, "no_pairs")
        book.add(scored, "no_pairs")
        return
    gained, lost = int((became & ~was).sum()), int((was & ~became).sum())
    both = int((was & became).sum())
    estimate = {"estimate": (gained - lost) / moves.n, "conf_level": book.level}
    low, high = newcombe_paired(both, gained, lost, moves.n - both - gained - lost, book.level)
    book.add(plain | estimate | {"ci_low": low, "ci_high": high})
    found = tango(gained, lost, moves.n, book.level)
    told = {"ci_low": found.low, "ci_high": found.high, "statistic": found.statistic}
    book.add(scored | estimate | told | {"p_value": found.p_value})


def _binary_rows(moves: Moves, book: Book) -> None:
    gained, lost = int(moves.table[0, 1]), int(moves.table[1, 0])
    found = mcnemar(gained, lost, book.level)
    for term, p in (("mcnemar_exact", found.p_exact), ("mcnemar_mid_p", found.p_mid)):
        row = _start(moves, term, "discordant", "difference", "gained - lost")
        row |= {"estimate": float(gained - lost), "p_value": p}
        book.add(row, "" if gained + lost else _nobody(moves))
    row = _start(moves, "paired_odds_ratio", "conditional_odds_ratio", "odds_ratio", "gained / lost")
    if gained + lost == 0:
        book.add(row, _nobody(moves))
        return
    row |= {"estimate": found.odds_ratio, "ci_low": found.low, "ci_high": found.high}
    row |= {"conf_level": book.level, "p_value": found.p_exact}
    book.add(row, "" if gained and lost else "an_empty_cell", status="flagged")


def _nobody(moves: Moves) -> str:
    return "nobody_changed" if moves.n else "no_pairs"


def _square_rows(moves: Moves, book: Book) -> None:
    tests = (
        ("stuart_maxwell", "marginal_homogeneity", square.stuart_maxwell),
        ("bowker", "symmetry", square.bowker),
    )
    for name, estimand, test in tests:
        found = test(moves.table, book.seed)
        row = _start(moves, name, estimand, "test")
        large = row | {"term": f"{name}_chi2"}
        if found.df == 0:
            book.add(row, _nobody(moves))
            book.add(large, _nobody(moves))
            continue
        told = {"statistic": found.statistic, "df": found.df}
        book.add(row | told | {"p_value": found.p_exact}, "" if found.exact else "p_was_drawn", status="ok")
        book.add(large | told | {"p_value": found.p_chi2})


def _ordinal_rows(moves: Moves, book: Book) -> None:
    steps = (moves.after - moves.before).astype(float)
    for term, chosen in (("moved_up", steps > 0), ("stayed", steps == 0), ("moved_down", steps < 0)):
        _share(_start(moves, term, "movement", "share"), int(chosen.sum()), book)
    row = _start(moves, "ordinal_permutation", "mean_step", "difference", "after - before")
    ratio = _start(moves, "ordinal_odds_ratio", "proportional_odds_shift", "odds_ratio", "after / before")
    if not steps.any():
        book.add(row, _nobody(moves))
        book.add(ratio, _nobody(moves))
        return
    flip = sign_flip(steps, book.seed)
    row |= {"estimate": float(steps.mean()), "p_value": flip.p_value}
    book.add(row, "" if flip.exact else "p_was_drawn", status="ok")
    shift = square.ordinal_shift(moves.table)
    ratio |= {"estimate": float(np.exp(shift.log_odds))}
    if not np.isfinite(shift.std_error):
        book.add(ratio, "all_moved_one_way", status="flagged")
        return
    half = tails.normal_quantile(book.level) * shift.std_error
    ends = np.exp([shift.log_odds - half, shift.log_odds + half])
    ratio |= {"ci_low": float(ends[0]), "ci_high": float(ends[1]), "conf_level": book.level}
    z = shift.log_odds / shift.std_error
    book.add(ratio | {"std_error": shift.std_error, "statistic": z, "p_value": shift.p_value})
