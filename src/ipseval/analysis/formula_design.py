"""Turn a formula and a frame into numbers: one block of columns per term, with its levels named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.formula import Factor, Formula, Term
from ipseval.core.checks import hint_for
from ipseval.core.errors import EstimationError
from ipseval.core.labels import code_text

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """The columns of one term.

    `names` are the row names of its columns ("age", "gender[2]"); `reference` is the row name of the
    level left out, "" for a numeric term or a product.  `levels` lists a factor's levels as text,
    reference first.
    """

    term: Term
    values: Array
    names: tuple[str, ...]
    reference: str = ""
    levels: tuple[str, ...] = ()
    step: float = 1.0

    @property
    def is_factor(self) -> bool:
        """Whether the term compares levels with a reference."""
        return bool(self.reference)


@dataclass(frozen=True, eq=False)
class Design:
    """All blocks of a formula on the same rows."""

    blocks: tuple[Block, ...]
    n: int

    def matrix(self) -> Array:
        """Return the n x p matrix with the intercept first."""
        return np.column_stack([np.ones(self.n), *(b.values for b in self.blocks)])

    @property
    def names(self) -> tuple[str, ...]:
        """Return the row names of all columns but the intercept."""
        return tuple(name for b in self.blocks for name in b.names)

    def spans(self) -> tuple[slice, ...]:
        """Return where each block's columns stand in `matrix`."""
        ends = np.cumsum([1, *(len(b.names) for b in self.blocks)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    def changed(self, values: Mapping[Term, Array]) -> Array:
        """Return the matrix with the columns of single terms replaced, their products following."""
        single = {
            b.term.factors[0]: replace(b, values=values.get(b.term, b.values))
            for b in self.blocks
            if len(b.term.factors) == 1
        }
        blocks = [
            single[b.term.factors[0]] if len(b.term.factors) == 1
            else _product(b.term, [single[f] for f in b.term.factors])
            for b in self.blocks
        ]  # fmt: skip
        return Design(tuple(blocks), self.n).matrix()

    def only(self, term: Term) -> Design:
        """Return the design of one term alone."""
        return Design(tuple(b for b in self.blocks if b.term == term), self.n)


def empty_design(formula: Formula) -> Design:
    """Return a design of no rows with one column per term, so that a refused model keeps its rows."""
    return Design(tuple(Block(t, np.empty((0, 1)), (t.name,)) for t in formula.terms), 0)


def is_category(series: pd.Series, factor: Factor | None = None) -> bool:
    """Say whether a column is compared level by level: C(), text, categories and truth values."""
    if factor is not None and factor.transform:
        return factor.transform == "C"
    return not is_number(series)


def is_plain(series: pd.Series) -> bool:
    """Say whether a column is an array of numbers or truth values, as nearly all are."""
    return isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf"


def is_number(series: pd.Series) -> bool:
    """Say whether a column holds numbers, also where it was read as objects."""
    if is_plain(series):
        return series.dtype.kind != "b"
    if series.dtype == object:
        known = [v for v in series if not pd.isna(v)]
        return bool(known) and all(isinstance(v, NUMBERS) and not isinstance(v, bool) for v in known)
    return pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype)


NUMBERS = (int, float, np.integer, np.floating)


def numbers_of(series: pd.Series, *, argument: str) -> Array:
    """Return a column as floats, NaN where missing; text is refused without showing it."""
    if is_plain(series):
        return np.asarray(series.to_numpy(), dtype=float)
    if not is_number(series) and not pd.api.types.is_bool_dtype(series.dtype) and series.notna().any():
        raise EstimationError(
            f"{argument} needs numbers, but column {series.name!r} holds text or dates in "
            f"{int(series.notna().sum())} row(s); turn it into numbers first."
        )
    return np.asarray(series.to_numpy(dtype=float, na_value=np.nan), dtype=float)


def refuse_infinite(frame: pd.DataFrame, columns: tuple[str, ...] | None = None) -> None:
    """Refuse infinite values in all columns or those named, with their number."""
    looked = frame if columns is None else frame[list(columns)]
    plain = all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in looked.dtypes)
    if plain and not np.isinf(looked.to_numpy(dtype=float)).any():
        return
    for column, series in looked.items():
        if is_number(series):
            count = int(np.isinf(numbers_of(series, argument="formula=")).sum())
            if count:
                raise EstimationError(
                    f"column {column!r} has {count} row(s) with an infinite value where a finite one was "
                    "expected; correct them or set them to missing."
                )


def design_of(
    formula: Formula,
    frame: pd.DataFrame,
    *,
    reference: Mapping[str, object] | None = None,
    per: Mapping[str, float] | None = None,
) -> Design:
    """Build the design of `formula` on a frame without missing values in its columns.

    Parameters
    ----------
    formula
        What `parse_formula` read.
    frame
        The rows to use, complete in every column the formula names.
    reference
        The level of a factor column that the others are compared with; the first by default.
    per
        The step of a numeric column that its row speaks of, such as 5 for five years.
    """
    reference, per = dict(reference or {}), dict(per or {})
    if reference or per:
        _check_mappings(formula, frame, reference, per)
    single = {t.factors[0]: _single(t, frame, reference, per) for t in formula.main_terms}
    blocks = [
        single[t.factors[0]] if len(t.factors) == 1 else _product(t, [single[f] for f in t.factors])
        for t in formula.terms
    ]
    return Design(tuple(blocks), len(frame))


def _check_mappings(
    formula: Formula, frame: pd.DataFrame, reference: Mapping[str, object], per: Mapping[str, float]
) -> None:
    category = {f.column: is_category(frame[f.column], f) for t in formula.main_terms for f in t.factors}
    for argument, given, wanted in (("reference", reference, True), ("per", per, False)):
        for column in given:
            if column not in category:
                raise EstimationError(
                    f"{argument}= names {column!r}, which is no predictor: {hint_for(column, category)}"
                )
            if category[column] is not wanted:
                kind = "a factor" if wanted else "a number"
                raise EstimationError(f"{argument}= names {column!r}, which does not enter as {kind}.")
    for column, step in per.items():
        if not (isinstance(step, int | float) and np.isfinite(step) and step != 0):
            raise EstimationError(f"per= for {column!r} must be a finite number other than 0, such as 5.")


def levels_of(series: pd.Series) -> list[object]:
    """Return the levels that occur, in declared order for categories and sorted otherwise."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        present = set(series.dropna().unique())
        return [c for c in series.cat.categories if c in present]
    found = list(series.dropna().unique())
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=str)


def _single(
    term: Term, frame: pd.DataFrame, reference: Mapping[str, object], per: Mapping[str, float]
) -> Block:
    factor = term.factors[0]
    series = frame[factor.column]
    if not is_plain(series) and pd.api.types.is_datetime64_any_dtype(series.dtype):
        raise EstimationError(
            f"column {factor.column!r} holds dates; make it a number (such as months since a date) in the "
            "frame first."
        )
    if is_category(series, factor):
        return _levels_block(term, series, reference.get(factor.column))
    step = float(per.get(factor.column, 1.0))
    values = transformed(series, factor)
    if step != 1.0:
        values = values / step
    name = factor.name if step == 1.0 else f"{factor.name}[per {step:g}]"
    return Block(term, values[:, None], (name,), step=step)


def _levels_block(term: Term, series: pd.Series, reference: object) -> Block:
    levels = levels_of(series)
    texts = [code_text(level) for level in levels]
    column = term.factors[0].column
    if reference is not None:
        wanted = code_text(reference)
        if wanted not in texts:
            raise EstimationError(
                f"reference= for {column!r} names a level that no analysed row has; "
                f"choose one of its {len(texts)} level(s) that occur."
            )
        at = texts.index(wanted)
        levels, texts = (
            [levels[at], *levels[:at], *levels[at + 1 :]],
            [texts[at], *texts[:at], *texts[at + 1 :]],
        )
    plain = series.astype(object).to_numpy()
    columns = [np.array([v == level for v in plain], dtype=float) for level in levels[1:]]
    values = np.column_stack(columns) if columns else np.empty((len(series), 0))
    named = [f"{column}[{t}]" for t in texts]
    return Block(term, values, tuple(named[1:]), named[0] if named else f"{column}[]", tuple(texts))


def transformed(series: pd.Series, factor: Factor, shift: float = 0.0) -> Array:
    """Return a numeric column, moved by `shift`, within its transform; center() keeps its mean."""
    values = numbers_of(series, argument=factor.name)
    middle = values.mean()
    values = values + shift if shift else values
    if factor.transform in ("log", "sqrt"):
        low = values <= 0 if factor.transform == "log" else values < 0
        if low.any():
            raise EstimationError(
                f"{factor.name} cannot be taken in {int(low.sum())} row(s): column {factor.column!r} must be "
                f"{'above' if factor.transform == 'log' else 'at least'} 0 there; recode it first."
            )
        return np.asarray(np.log(values) if factor.transform == "log" else np.sqrt(values))
    if factor.transform == "square":
        return np.asarray(values**2)
    return np.asarray(values - middle) if factor.transform == "center" else values


def _product(term: Term, blocks: list[Block]) -> Block:
    values, names = blocks[0].values, list(blocks[0].names)
    if any(not b.names for b in blocks):
        return Block(term, np.empty((len(blocks[0].values), 0)), ())
    for block in blocks[1:]:
        values = np.column_stack([values[:, [i]] * block.values for i in range(values.shape[1])])
        names = [f"{a}:{b}" for a in names for b in block.names]
    return Block(term, np.asarray(values, dtype=float).reshape(len(blocks[0].values), -1), tuple(names))
