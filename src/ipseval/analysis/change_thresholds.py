"""Rows that hold a change against what was declared: MIC, MDC, equivalence, floor, ceiling, selection."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipseval.analysis.change_inputs import Pairs
from ipseval.analysis.change_rows import Book, Row, start, t_columns
from ipseval.analysis.change_target import ChangeTarget, Selection
from ipseval.analysis.kernels.paired_t import t_mean, tost
from ipseval.analysis.kernels.shares import wilson
from ipseval.core import tails

Floats = np.ndarray[Any, np.dtype[np.float64]]


def threshold_rows(pairs: Pairs, target: ChangeTarget, book: Book) -> None:
    """Add the rows that the target of this outcome asks for."""
    direction = 1.0 if target.better == "higher" else -1.0
    for name, threshold in (("mic", target.mic), ("mdc", target.mdc)):
        if threshold is not None:
            _classes(pairs, direction * pairs.difference, threshold, name, book)
    if target.margin is not None:
        _equivalence(pairs, target.margin, book)
    if target.range is not None:
        _ends(pairs, target.range, book)
    if target.selection is not None:
        _selection(pairs, target.selection, book)


def share_row(row: Row, events: int, n: int, book: Book) -> None:
    """Add a share with Wilson's interval, or its refusal when there are no pairs."""
    if n == 0:
        book.add(row, "no_pairs")
        return
    low, high = wilson(events, n, book.level)
    share = events / n
    row |= {"estimate": share, "std_error": float(np.sqrt(share * (1 - share) / n)), "n_events": events}
    book.add(row | {"ci_low": float(low), "ci_high": float(high), "conf_level": book.level})


def _classes(pairs: Pairs, gain: Floats, threshold: float, name: str, book: Book) -> None:
    # A change of exactly the threshold counts; the slack keeps 0.3 - 0.1 from falling short of 0.2.
    reached = threshold * (1.0 - 1e-9)
    improved, worse = int((gain >= reached).sum()), int((gain <= -reached).sum())
    classes = {"improved": improved, "unchanged": pairs.n - improved - worse, "worse": worse}
    for term, events in classes.items():
        share_row(start(pairs, f"{term}_{name}", "share", f"share_{name}"), events, pairs.n, book)


def _equivalence(pairs: Pairs, margin: float, book: Book) -> None:
    row = start(pairs, "equivalence", "difference", "equivalence")
    if pairs.n == 0:
        book.add(row, "no_pairs")
        return
    found = tost(pairs.difference, margin, book.level)
    row |= {"estimate": found.mean}
    if not np.isfinite(found.std_error):
        code = "one_pair_has_no_interval" if pairs.n == 1 else "constant_has_no_interval"
        book.add(row, code, status="flagged")
        return
    row |= t_columns(found, 2.0 * book.level - 1.0)
    book.add(row, "equivalence_margin", status="ok", margin=margin)


def _ends(pairs: Pairs, ends: tuple[float, float], book: Book) -> None:
    outside = sum(int(((x < ends[0]) | (x > ends[1])).sum()) for x in (pairs.before, pairs.after))
    for when, x in (("before", pairs.before), ("after", pairs.after)):
        for end, value in zip(("floor", "ceiling"), ends, strict=True):
            row = start(pairs, f"{end}_{when}", "share", end)
            if outside:
                book.add(row, "scores_outside_range", n=outside)
            else:
                share_row(row, int((x == value).sum()), pairs.n, book)


def _selection(pairs: Pairs, selection: Selection, book: Book) -> None:
    expected_row = start(pairs, "expected_from_selection", "difference", "regression_to_the_mean")
    beyond = start(pairs, "difference_beyond_selection", "difference", "difference")
    if pairs.n == 0:
        book.add(expected_row, "no_pairs")
        book.add(beyond, "no_pairs")
        return
    rest = 1.0 - selection.reliability
    if selection.cut is not None:
        expected = rest * (selection.mean - _mean_beyond_cut(selection))
        net = pairs.difference - expected
    else:
        expected = rest * (selection.mean - float(pairs.before.mean()))
        net = pairs.difference - rest * (selection.mean - pairs.before)
    book.add(expected_row | {"estimate": expected})
    found = t_mean(net, book.level)
    row = beyond | {"estimate": found.mean}
    if np.isfinite(found.std_error):
        book.add(row | t_columns(found, book.level))
    else:
        code = "one_pair_has_no_interval" if pairs.n == 1 else "constant_has_no_interval"
        book.add(row, code, status="flagged")


def _mean_beyond_cut(selection: Selection) -> float:
    """Mean of a normal score given that it met the cut."""
    from scipy import special

    assert selection.cut is not None
    assert selection.sd is not None
    sign = -1.0 if selection.side == "below" else 1.0
    z = (selection.cut - selection.mean) / selection.sd
    share = max(float(special.ndtr(-sign * z)), tails.SMALLEST)
    density = float(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))
    return selection.mean + sign * selection.sd * density / share
