"""Rows of outcomes with several classes, made from a fitted likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula_design import Block, Design
from ipseval.analysis.kernels import softmax
from ipseval.analysis.kernels.brant import brant
from ipseval.analysis.odds_model import Refusal
from ipseval.core.result import Note
from ipseval.core.tails import chi2_upper, normal_quantile, normal_two_sided

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be fitted: the likelihood, where each coefficient stands, and how a row is called.

    `outcomes` has one name per set of slopes, `first` the place of its first slope; slopes follow each
    other in the order of the design, on scaled columns.
    """

    likelihood: softmax.Likelihood
    start: Array
    outcomes: tuple[str, ...]
    first: tuple[int, ...]
    events: tuple[int | None, ...]
    scale: str = "odds_ratio"


@dataclass(frozen=True, eq=False)
class Found:
    """A task with the place where its likelihood is highest."""

    task: Task
    best: softmax.Optimum


def class_rows(
    design: Design,
    outcomes: tuple[str, ...],
    found: Found | None,
    reason: Refusal | None,
    interval: str,
    level: float,
    n: int,
    scale: str,
) -> tuple[list[dict[str, Any]], list[Note]]:
    """Return the rows of all outcomes in the order of the design, refused ones with their note."""
    rows: list[dict[str, Any]] = []
    for number, outcome in enumerate(outcomes):
        base: dict[str, Any] = {"outcome": outcome, "contrast": "multivariable", "n": n}
        if found is not None:
            base["n_events"] = found.task.events[number]
        place = 0
        for block in design.blocks:
            rows += _block_rows(block, base, found, number, place, interval, level, scale)
            place += len(block.names)
    if reason is None:
        return rows, []
    refused = [row | {"status": "refused"} for row in rows]
    return refused, [Note(reason.code, row=k, values=reason.values) for k in range(len(refused))]


def _block_rows(
    block: Block,
    base: dict[str, Any],
    found: Found | None,
    number: int,
    place: int,
    interval: str,
    level: float,
    scale: str,
) -> list[dict[str, Any]]:
    ratio = {"estimand": scale, "scale": scale}
    rows: list[dict[str, Any]] = []
    if len(block.names) > 1:
        row = base | {"term": block.term.name, "estimand": "global_test", "scale": "test"}
        rows.append(row if found is None else row | _test(found, number, place, len(block.names), interval))
    if block.is_factor:
        rows.append(base | ratio | {"term": block.reference} | ({} if found is None else {"estimate": 1.0}))
    for k, name in enumerate(block.names):
        row = base | ratio | {"term": name, "conf_level": level}
        if found is not None:
            spread = float(np.std(block.values[:, k]))
            row |= _line(found, number, place + k, spread, interval, level)
        rows.append(row)
    return rows


def _line(
    found: Found, number: int, place: int, spread: float, interval: str, level: float
) -> dict[str, Any]:
    j = found.task.first[number] + place
    value, error = float(found.best.theta[j]), float(np.sqrt(found.best.cov[j, j]))
    if interval == "profile":
        low, high = softmax.profile_of(found.task.likelihood, found.best, j, level)
    else:
        half = normal_quantile(level) * error
        low, high = value - half, value + half
    return {
        "estimate": np.exp(value / spread), "std_error": error / spread,
        "ci_low": np.exp(low / spread), "ci_high": np.exp(high / spread),
    } | _test(found, number, place, 1, interval)  # fmt: skip


def _test(found: Found, number: int, place: int, size: int, interval: str) -> dict[str, Any]:
    first = found.task.first[number] + place
    group = list(range(first, first + size))
    if interval == "wald":
        part = found.best.theta[group]
        if size == 1:
            z = float(part[0] / np.sqrt(found.best.cov[first, first]))
            return {"statistic": z, "p_value": float(normal_two_sided(z))}
        value = float(part @ np.linalg.solve(found.best.cov[np.ix_(group, group)], part))
    else:
        start = found.best.theta.copy()
        start[group] = 0.0
        null = softmax.climb(found.task.likelihood, start, group)
        value = max(2.0 * (found.best.loglik - null.loglik), 0.0)
    return {"statistic": value, "df": float(size), "p_value": float(chi2_upper(value, size))}


def class_support(design: Design, y: Array, names: list[str]) -> pd.DataFrame:
    """Return persons per level of each factor and class of the outcome; a number has one row per class."""
    rows = []
    for block in design.blocks:
        if len(block.term.factors) > 1 or not block.names:
            continue
        inside = [block.values[:, k] > 0 for k in range(len(block.names))] if block.is_factor else []
        rest = ~np.any(np.column_stack(inside), axis=1) if inside else np.ones(len(y), dtype=bool)
        levels = block.levels or ("",)
        for level, mask in zip(levels, [rest, *inside], strict=True):
            rows += [
                (block.term.name, level, name, int((mask & (y == k)).sum())) for k, name in enumerate(names)
            ]
    return pd.DataFrame(rows, columns=["term", "level", "outcome", "n"])


def parallel_frame(
    design: Design, x: Array, classes: NDArray[np.int_], count: int, level: float
) -> tuple[pd.DataFrame, list[Note]]:
    """Return Brant's tests, over all predictors (term "") and for each, and what they say."""
    names = ["", *(block.term.name for block in design.blocks)]
    found = brant(x, classes, count, [range(s.start, s.stop) for s in design.spans()])
    if found is None:
        empty = [np.nan] * len(names)
        frame = pd.DataFrame({"term": names, "statistic": empty, "df": empty, "p_value": empty})
        return frame, [Note("odds_parallel_unknown")]
    frame = pd.DataFrame(
        {
            "term": names,
            "statistic": [f.statistic for f in found],
            "df": [f.df for f in found],
            "p_value": [f.p for f in found],
        }
    )
    apart = [name for name, f in zip(names[1:], found[1:], strict=True) if f.p < 1.0 - level]
    if found[0].p >= 1.0 - level and not apart:
        return frame, []
    values = {"columns": ", ".join(apart) or ", ".join(names[1:]), "p": float(found[0].p)}
    return frame, [Note("odds_not_parallel", values=values)]
