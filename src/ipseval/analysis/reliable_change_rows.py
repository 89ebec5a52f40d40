"""Rows of reliable change, its cross-table with important change, and binned counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis.change_inputs import Pairs
from ipseval.analysis.change_rows import Book, start
from ipseval.analysis.change_thresholds import share_row
from ipseval.analysis.kernels.paired_t import no_spread
from ipseval.analysis.kernels.reliable import HAGEMAN_CRITICAL, Norms, hageman_reliabilities, standardised
from ipseval.core import tails

Floats = np.ndarray[Any, np.dtype[np.float64]]
NICE_WIDTHS = (1.0, 2.0, 4.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class Plan:
    """Settings of one call: reliability, SD at start (None: of the sample), direction, cut, methods, MIC."""

    reliability: float
    sd: float | None
    better: str
    cut: float | None
    methods: tuple[str, ...]
    mic: float | None

    @property
    def sign(self) -> float:
        """+1 where higher is better."""
        return 1.0 if self.better == "higher" else -1.0


def norms_of(pairs: Pairs, plan: Plan) -> Norms | None:
    """Collect means, SDs and correlation of the pairs, or None where there is no spread to go by."""
    if pairs.n == 0 or (plan.sd is None and (pairs.n < 2 or no_spread(pairs.before))):
        return None
    known = pairs.n > 1
    nan = float("nan")
    sds = [float(np.std(x, ddof=1)) if known else nan for x in (pairs.before, pairs.after)]
    flat = not known or no_spread(pairs.before) or no_spread(pairs.after)
    correlation = nan if flat else float(np.corrcoef(pairs.before, pairs.after)[0, 1])
    sd = plan.sd if plan.sd is not None else sds[0]
    means = float(pairs.before.mean()), float(pairs.after.mean())
    return Norms(*means, sd, sds[1], correlation, plan.reliability)


def reliable_rows(pairs: Pairs, plan: Plan, book: Book) -> None:
    """Add thresholds, then the shares of each method."""
    norms = norms_of(pairs, plan)
    z = tails.normal_quantile(book.level)
    for term, factor in (("sem", 1.0), ("mdc", z * np.sqrt(2.0))):
        row = start(pairs, term, "points")
        if norms is None:
            book.add(row, "no_pairs" if pairs.n == 0 else "no_spread")
        else:
            book.add(row | {"estimate": float(factor * norms.sem)})
    if plan.cut is not None:
        book.add(start(pairs, "cut_score", "points") | {"estimate": plan.cut})
    for method in plan.methods:
        _method_rows(pairs, plan, method, norms, book)


def _method_rows(pairs: Pairs, plan: Plan, method: str, norms: Norms | None, book: Book) -> None:
    hageman = method == "hageman_arrindell"
    critical = HAGEMAN_CRITICAL if hageman else tails.normal_quantile(book.level)
    refusal = "no_pairs" if pairs.n == 0 else "no_spread"
    z = np.full(pairs.n, np.nan)
    if norms is not None:
        z = plan.sign * standardised(method, pairs.before, pairs.after, norms)
        refusal = "method_has_no_value"
    refused = pairs.n == 0 or not np.isfinite(z).all()
    for term, chosen in _classes(pairs, plan, method, z, critical, norms).items():
        row = start(pairs, term, "share", method)
        if refused:
            book.add(row, refusal)
        else:
            share_row(row, int(chosen.sum()), pairs.n, book)
    chance = float(tails.normal_two_sided(critical)) / 2.0
    book.add(start(pairs, "expected_by_chance", "expected_share", method) | {"estimate": chance})


def _classes(
    pairs: Pairs, plan: Plan, method: str, z: Floats, critical: float, norms: Norms | None
) -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
    better, worse = z > critical, z < -critical
    if plan.cut is None:
        return {"improved": better, "unchanged": ~better & ~worse, "deteriorated": worse}
    was = plan.sign * (pairs.before - plan.cut)
    became = plan.sign * (pairs.after - plan.cut)
    if method == "hageman_arrindell" and norms is not None:
        # Their clinical significance asks for the cut to be passed beyond measurement error.
        r2 = hageman_reliabilities(norms).after
        with np.errstate(divide="ignore", invalid="ignore"):
            regressed = norms.mean_after + (pairs.after - norms.mean_after) * r2 - plan.cut
            became = plan.sign * regressed / (np.sqrt(max(r2, 0.0)) * norms.sem)
        passed = became > critical
    else:
        passed = became > 0
    recovered = better & (was < 0) & passed
    return {
        "recovered": recovered,
        "improved": better & ~recovered,
        "unchanged": ~better & ~worse,
        "deteriorated": worse,
        "harmed": worse & (was > 0) & (became < 0),
    }


def cross_table(found: Sequence[Pairs], plan: Plan, level: float) -> pd.DataFrame:
    """Count persons by important (MIC) and detectable (MDC) change, in the better and the worse direction."""
    rows: list[tuple[str, str, str, bool, bool, int]] = []
    z = tails.normal_quantile(level)
    for pairs in found:
        norms = norms_of(pairs, plan)
        if norms is None or plan.mic is None:
            continue
        mdc = z * np.sqrt(2.0) * norms.sem
        for direction, gain in (
            ("better", plan.sign * pairs.difference),
            ("worse", -plan.sign * pairs.difference),
        ):
            moved = gain > 0
            important, detectable = gain >= plan.mic * (1 - 1e-9), gain > mdc
            for i in (True, False):
                for d in (True, False):
                    n = int((moved & (important == i) & (detectable == d)).sum())
                    rows.append((pairs.outcome, pairs.group, direction, i, d, n))
    names = ["outcome", "group", "direction", "at_least_mic", "beyond_mdc", "n"]
    return pd.DataFrame(rows, columns=names)


def binned(found: Sequence[Pairs], width: float | None) -> pd.DataFrame:
    """Count persons by interval of the score before and after: what a release may show of the scatter.

    The highest score of an outcome closes the interval below it, so a scale to 100 has none from 100 to 120.
    """
    rows: list[tuple[str, str, float, float, float, int]] = []
    for pairs in found:
        if pairs.n == 0:
            continue
        step = width if width is not None else _nice_width(pairs)
        cells = np.floor(np.column_stack([pairs.before, pairs.after]) / step).astype(int)
        last = int(np.ceil(_highest(found, pairs.outcome) / step)) - 1
        cells = np.minimum(cells, max(last, int(cells.min())))
        places, counts = np.unique(cells, axis=0, return_counts=True)
        for (i, j), n in zip(places, counts, strict=True):
            rows.append((pairs.outcome, pairs.group, float(i * step), float(j * step), step, int(n)))
    names = ["outcome", "group", "before_from", "after_from", "width", "n"]
    return pd.DataFrame(rows, columns=names)


def _highest(found: Sequence[Pairs], outcome: str) -> float:
    return max(float(max(p.before.max(), p.after.max())) for p in found if p.outcome == outcome and p.n)


def _nice_width(pairs: Pairs) -> float:
    """Pick a round width that gives some five bins over the scores seen."""
    both = np.concatenate([pairs.before, pairs.after])
    span = float(np.ptp(both)) / 5.0
    return next((w for w in NICE_WIDTHS if w >= span), NICE_WIDTHS[-1])
