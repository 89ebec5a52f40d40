"""Describes answers: counts and shares, or means and quantiles, overall or by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ipseval.analysis import describe_inputs as inputs
from ipseval.analysis.kernels.shares import wilson
from ipseval.core import tails
from ipseval.core.checks import require_columns, require_level
from ipseval.core.errors import EstimationError
from ipseval.core.evidence import Count, Evidence, Line, Where, number_line, split_evidence, where
from ipseval.core.labels import code_text
from ipseval.core.missing import REASONS
from ipseval.core.result import Base, Method, Note, Result, Source, estimates_frame, sample_frame

Row = dict[str, Any]
Groups = list[tuple[str, pd.Series]]


@dataclass
class _Collected:
    """Rows as they are made; a working value that never leaves this module."""

    level: float
    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    missing: list[tuple[str, str, str, int]] = field(default_factory=list)
    ticks: list[tuple[str, str, str, int, float]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    counts: dict[Where, int] = field(default_factory=dict)

    def add(self, row: Row, refusal: str = "", line: Line | None = None) -> None:
        """Add a row, or its refusal with the reason."""
        if refusal:
            self.notes.append(Note(refusal, row=len(self.rows), values={"outcome": row["outcome"]}))
            row = {**row, "status": "refused"}
        self.rows.append(row)
        self.lines.append(line or Line())


def describe(
    frame: pd.DataFrame,
    *,
    columns: Sequence[str] = (),
    by: str | None = None,
    levels: Mapping[str, Sequence[Any]] | None = None,
    sets: Mapping[str, Sequence[str]] | None = None,
    means: Sequence[str] = (),
    reasons: pd.DataFrame | None = None,
    id: str | None = None,
    level: float = 0.95,
) -> Result:
    """Count what people answered: n and share per category, or mean, SD and quantiles per number.

    Parameters
    ----------
    frame
        One row per person (per person and group when `by` is a wave).
    columns
        Columns to describe.  A column is categorical when `levels` declares it or its dtype is text,
        category or boolean; otherwise it is a number.
        A Likert battery is several columns with the same levels.
    by
        Column that splits the persons into groups.
    levels
        Column -> its codes in order.  A declared code that nobody chose keeps its row.
    sets
        Multiple-response questions: name -> columns with 1 = ticked, 0 = not ticked.
    means
        Categorical columns (codes are numbers) that also get rows for mean, SD and quantiles.
    reasons
        Same index as `frame`: why an answer is missing (`core.missing.REASONS`).
    id
        Person column; needed where rows can repeat.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Result
        One row per category of a column (`scale` "share", Wilson interval, `n` = persons who answered),
        or per statistic of a number (`mean` with a t interval, `sd`, `quantile`, `minimum`, `maximum`).
        Extras: `missing` (outcome, group, reason, n) and, with `sets`, `ticks` (share of all ticks).

    Raises
    ------
    EstimationError
        Unknown columns, codes outside the declared levels, infinite values, a person twice in a group.

    Notes
    -----
    Assumptions: persons are independent.  Missing data: each column is described on those who answered
    it; a person counts as answering a set when any of its columns is answered.  Quantiles interpolate
    linearly (R type 7).  Checked against: tests/oracles/describe (R).
    Start and end described beside one another rest on different persons: what changed in those who
    answered both times is `change` for scores and `band_change` for categories.
    References: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> answers = pd.DataFrame({"sex": ["f", "m", "f", "f"]})
    >>> result = ips.describe(answers, columns=["sex"])
    >>> result.estimates[["term", "n_events", "n", "estimate"]].to_string(index=False).split()[4:]
    ['f', '3', '4', '0.75', 'm', '1', '4', '0.25']
    """
    levels, sets = dict(levels or {}), dict(sets or {})
    _check(frame, columns, by, sets, means, id, level)
    persons = inputs.check_persons(frame, id, by)
    groups = inputs.group_masks(frame, by, levels)
    found = _Collected(level)
    answered = pd.Series(False, index=frame.index)
    for column in columns:
        answered |= frame[column].notna()
        _describe_column(frame, column, groups, levels, column in means, by, found)
        _count_missing(frame, column, [column], groups, reasons, found)
    for name, members in sets.items():
        answered |= frame[list(members)].notna().any(axis=1)
        _describe_set(frame, name, members, groups, found)
        _count_missing(frame, name, members, groups, reasons, found)
    sample = _flow(frame, by, groups, answered, persons)
    asked = {column: (column,) for column in columns}
    return Result(
        kind="describe",
        estimates=estimates_frame(found.rows),
        sample=sample,
        method=Method(
            estimator="describe_estimator",
            interval="wilson_and_t",
            level=level,
            missing="available_answers",
            references=("https://doi.org/10.1080/01621459.1927.10502953",),
        ),
        base=Base(name="in_frame", n=persons),
        notes=tuple(found.notes + _ungrouped(frame, by)),
        extras=_extras(found, bool(sets)),
        source=Source.of(frame=frame),
        evidence=_evidence(split_evidence(frame, id, by, sample, asked), found),
    )


def _evidence(told: Evidence, found: _Collected) -> Evidence:
    """Who a split result speaks of, with the cells and lines of its rows."""
    cells = tuple(Count(cell, n) for cell, n in found.counts.items())
    return replace(told, counts=(*told.counts, *cells), lines=tuple(found.lines), columns=())


def _check(
    frame: pd.DataFrame,
    columns: Sequence[str],
    by: str | None,
    sets: Mapping[str, Sequence[str]],
    means: Sequence[str],
    id: str | None,
    level: float,
) -> None:
    if isinstance(columns, str):
        raise EstimationError(
            f"columns={columns!r} is one text: give a list of columns, such as [{columns!r}]."
        )
    if not columns and not sets:
        raise EstimationError("columns= and sets= are both empty: name at least one column to describe.")
    require_level(level)
    require_columns(frame, list(columns), argument="columns")
    for name, members in sets.items():
        require_columns(frame, list(members), argument=f"sets[{name!r}]")
    for argument, value in (("by", by), ("id", id)):
        if value is not None:
            require_columns(frame, [value], argument=argument)
    stray = [c for c in means if c not in columns]
    if stray:
        raise EstimationError(
            f"means= names {', '.join(map(repr, stray))}, which columns= does not: add them there."
        )


def _describe_column(
    frame: pd.DataFrame,
    name: str,
    groups: Groups,
    levels: Mapping[str, Sequence[Any]],
    with_mean: bool,
    by: str | None,
    found: _Collected,
) -> None:
    column = frame[name]
    categorical = inputs.is_categorical(column, name, levels)
    if categorical:
        texts, codes = inputs.as_text(column), inputs.level_texts(column, name, levels)
        for group, mask in groups:
            inside = texts[mask].dropna()
            counts = inside.value_counts()
            # Without codes nobody answered: the question keeps its place all the same.
            shown = {c: int(counts.get(c, 0)) for c in codes or ["no_answer"]}
            _share_rows(name, group, shown, len(inside), found)
    if with_mean or not categorical:
        values = inputs.numbers(column, name, codes=True)
        for group, mask in groups:
            _number_rows(name, group, values[mask].dropna().to_numpy(), (by or "", group), found)


def _share_rows(name: str, group: str, counts: Mapping[str, int], n: int, found: _Collected) -> None:
    for code, events in counts.items():
        row: Row = {"outcome": name, "group": group, "term": code, "estimand": "share", "scale": "share"}
        row |= {"n": n, "n_events": events}
        if n == 0:
            found.add(row, "nobody_answered")
            continue
        low, high = wilson(events, n, found.level)
        share = events / n
        row |= {"estimate": share, "std_error": float(np.sqrt(share * (1 - share) / n))}
        found.add(row | {"ci_low": float(low), "ci_high": float(high), "conf_level": found.level})


def _number_rows(name: str, group: str, x: np.ndarray, inside: tuple[str, str], found: _Collected) -> None:
    n = len(x)
    start: Row = {"outcome": name, "group": group, "n": n}
    terms = ("mean", "sd", "min", "q25", "median", "q75", "max")
    scales = ("mean", "sd", "minimum", "quantile", "quantile", "quantile", "maximum")
    if n == 0:
        for term, scale in zip(terms, scales, strict=True):
            found.add(start | {"term": term, "estimand": scale, "scale": scale}, "nobody_answered")
        return
    quantiles = np.quantile(x, (0.0, 0.25, 0.5, 0.75, 1.0))
    sd = float(np.std(x, ddof=1)) if n > 1 else float("nan")
    ordered = np.sort(x)
    behind = _few_cells(name, ordered, where(inside if group else ("", "")), found)
    for term, scale, value in zip(terms, scales, (float(np.mean(x)), sd, *quantiles), strict=True):
        row = start | {"term": term, "estimand": scale, "scale": scale, "estimate": float(value)}
        if term == "sd" and n == 1:
            found.add(row, "needs_two_persons")
            continue
        if term == "mean" and n > 1:
            half = float(tails.t_quantile(found.level, n - 1)) * sd / np.sqrt(n)
            row |= {"std_error": sd / np.sqrt(n), "df": n - 1, "conf_level": found.level}
            row |= {"ci_low": row["estimate"] - half, "ci_high": row["estimate"] + half}
        found.add(row, line=replace(number_line(ordered, term), behind=behind))


def _few_cells(name: str, ordered: np.ndarray, group: Where, found: _Collected) -> tuple[Where, ...]:
    """Of two or three different values, how many persons have each: n, mean and SD tell it."""
    values, counts = np.unique(ordered, return_counts=True)
    if len(values) not in (2, 3):
        return ()
    cells = [group | where((name, code_text(float(value)))) for value in values]
    found.counts |= dict(zip(cells, map(int, counts), strict=True))
    return tuple(cells)


def _describe_set(
    frame: pd.DataFrame, name: str, members: Sequence[str], groups: Groups, found: _Collected
) -> None:
    ticked = inputs.ticks(frame, name, members)
    for group, mask in groups:
        inside = ticked[mask & ticked.notna().any(axis=1)]
        counts = {column: int((inside[column] == 1).sum()) for column in members}
        _share_rows(name, group, counts, len(inside), found)
        total = sum(counts.values())
        found.ticks += [(name, group, c, k, k / total if total else float("nan")) for c, k in counts.items()]


def _count_missing(
    frame: pd.DataFrame,
    name: str,
    members: Sequence[str],
    groups: Groups,
    reasons: pd.DataFrame | None,
    found: _Collected,
) -> None:
    missing = frame[list(members)].isna().all(axis=1)
    told = inputs.reason_texts(frame, members, reasons, missing)
    occurring = [reason for reason in REASONS if (told == reason).any()]
    for group, mask in groups:
        inside = told[mask[missing]]
        found.missing += [(name, group, reason, int((inside == reason).sum())) for reason in occurring]


def _flow(
    frame: pd.DataFrame, by: str | None, groups: Groups, answered: pd.Series, persons: int
) -> pd.DataFrame:
    steps: list[tuple[str, str, int]] = [("in_frame", "", persons)]
    if by is not None:
        steps += [("in_frame", group, int(mask.sum())) for group, mask in groups]
    steps += [("analysed", group, int((mask & answered).sum())) for group, mask in groups]
    return sample_frame(steps)


def _ungrouped(frame: pd.DataFrame, by: str | None) -> list[Note]:
    n = 0 if by is None else int(frame[by].isna().sum())
    return [Note("rows_without_group", values={"n": n, "column": by})] if n else []


def _extras(found: _Collected, with_sets: bool) -> dict[str, pd.DataFrame]:
    extras = {"missing": _frame(found.missing, ["outcome", "group", "reason", "n"])}
    if with_sets:
        extras["ticks"] = _frame(found.ticks, ["outcome", "group", "term", "n_events", "share_of_ticks"])
    return extras


def _frame(rows: Iterable[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns)
